//! Searching orders. The four documented searches are one message with more or fewer fields (`protocol.md`, "Facts that
//! the method names hide").

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::{Answer, Message, Patience};
use super::model::{DateFilter, Order, OrderQuery};
use super::{Client, Error, Keys, lenient, wire};

const WHAT: &str = "the search for orders";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Search<'a> {
    user_uuid: Uuid,
    institution_uuid_list: &'a [Uuid],
    patient_name: &'a str,
    accession_number: &'a str,
    patient_id: &'a str,
    other_patient_id: &'a str,
    modalities: &'a [String],
    // Dates that are not given are left away.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_birthdate: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SearchInFolder {
    user_uuid: Uuid,
    folder_uuid: Uuid,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    #[serde(deserialize_with = "lenient::list")]
    search_result_list: Vec<Order>,
}

/// The three searches by what is known of the patient; `query.dates` says which.
pub(super) fn search(keys: &Keys, user: Uuid, query: &OrderQuery) -> Result<Message, Error> {
    let (performed, birth) = match query.dates {
        DateFilter::Any => ((None, None), (None, None)),
        DateFilter::Performed { from, to } => {
            ((from, in_order("endDate", from, to)?), (None, None))
        }
        DateFilter::Birth { from, to } => {
            ((None, None), (from, in_order("endBirthdate", from, to)?))
        }
    };
    let parameters = Search {
        user_uuid: user,
        institution_uuid_list: &query.locations,
        patient_name: &query.patient_name,
        accession_number: &query.accession_number,
        patient_id: &query.patient_id,
        other_patient_id: &query.other_patient_id,
        modalities: &query.modalities,
        start_date: written(performed.0),
        end_date: written(performed.1),
        start_birthdate: written(birth.0),
        end_birthdate: written(birth.1),
    };
    question(keys, &parameters)
}

/// `YYYY-MM-DD`.
fn written(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

/// The search in a folder.
pub(super) fn search_in_folder(keys: &Keys, user: Uuid, folder: Uuid) -> Result<Message, Error> {
    let parameters = SearchInFolder {
        user_uuid: user,
        folder_uuid: folder,
    };
    question(keys, &parameters)
}

fn question<P: Serialize>(keys: &Keys, parameters: &P) -> Result<Message, Error> {
    let message = Message::general(keys, wire::General::SearchPatientOrder, WHAT, parameters)?;
    Ok(message.question().patience(Patience::Search))
}

/// The last day, if it is not before the first one.
fn in_order(
    name: &'static str,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Option<Date>, Error> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(Error::InvalidParameter {
            name,
            value: format!("“{to}”"),
            wants: "it is before the first day of the range",
        }),
        _ => Ok(to),
    }
}

impl Client {
    /// Searches orders with whichever of the three documented searches fits `query.dates`.
    ///
    /// # Errors
    /// A range that ends before it begins, and what any request can meet.
    pub async fn search_orders(&self, user: Uuid, query: &OrderQuery) -> Result<Vec<Order>, Error> {
        self.found(search(self.keys(), user, query)?).await
    }

    /// `GetPatientOrderList`: `query.dates` is passed over.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_patient_order_list(
        &self,
        user: Uuid,
        query: &OrderQuery,
    ) -> Result<Vec<Order>, Error> {
        self.search_within(user, query, DateFilter::Any).await
    }

    /// `GetPatientOrderListWithDateRange`: studies made from one day to another, both inclusive and both optional.
    /// `query.dates` is passed over.
    ///
    /// # Errors
    /// A range that ends before it begins, and what any request can meet.
    pub async fn get_patient_order_list_with_date_range(
        &self,
        user: Uuid,
        query: &OrderQuery,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<Order>, Error> {
        let dates = DateFilter::Performed { from, to };
        self.search_within(user, query, dates).await
    }

    /// `GetPatientOrderListWithBirthdate`: patients born from one day to another, both inclusive and both optional.
    /// `query.dates` is passed over.
    ///
    /// # Errors
    /// A range that ends before it begins, and what any request can meet.
    pub async fn get_patient_order_list_with_birthdate(
        &self,
        user: Uuid,
        query: &OrderQuery,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<Order>, Error> {
        let dates = DateFilter::Birth { from, to };
        self.search_within(user, query, dates).await
    }

    /// `GetPatientOrderListInFolder`.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_patient_order_list_in_folder(
        &self,
        user: Uuid,
        folder: Uuid,
    ) -> Result<Vec<Order>, Error> {
        self.found(search_in_folder(self.keys(), user, folder)?)
            .await
    }

    async fn search_within(
        &self,
        user: Uuid,
        query: &OrderQuery,
        dates: DateFilter,
    ) -> Result<Vec<Order>, Error> {
        let query = OrderQuery {
            dates,
            ..query.clone()
        };
        self.search_orders(user, &query).await
    }

    async fn found(&self, message: Message) -> Result<Vec<Order>, Error> {
        let answer: Answer<Found> = self.ask(message).await?;
        Ok(answer.response_message.search_result_list)
    }
}
