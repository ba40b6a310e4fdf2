//! Searching orders: four documented methods, one message (`cloud-api.txt`, "Search Orders").

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::client::{Client, Repeat};
use super::error::Error;
use super::model::{DateFilter, Order, OrderQuery};
use super::wire::General;

/// The message's parameters. Dates that are not asked for are left away.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SearchPatientOrder<'a> {
    user_uuid: Uuid,
    institution_uuid_list: &'a [Uuid],
    patient_name: &'a str,
    accession_number: &'a str,
    patient_id: &'a str,
    other_patient_id: &'a str,
    modalities: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_birthdate: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_birthdate: Option<Date>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SearchInFolder {
    user_uuid: Uuid,
    folder_uuid: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default)]
    search_result_list: Option<Vec<Order>>,
}

impl Client {
    /// `GetPatientOrderList`, `GetPatientOrderListWithDateRange` or `GetPatientOrderListWithBirthdate`, whichever the
    /// query's dates ask for.
    ///
    /// # Errors
    /// A date range the wrong way round is refused before anything is sent; else any [`Error`].
    pub async fn search_orders(&self, user: Uuid, query: &OrderQuery) -> Result<Vec<Order>, Error> {
        orders(self.search_orders_raw(user, query).await?)
    }

    /// `GetPatientOrderListInFolder`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn get_patient_order_list_in_folder(
        &self,
        user: Uuid,
        folder: Uuid,
    ) -> Result<Vec<Order>, Error> {
        orders(self.orders_in_folder_raw(user, folder).await?)
    }

    pub(super) async fn search_orders_raw(
        &self,
        user: Uuid,
        query: &OrderQuery,
    ) -> Result<Value, Error> {
        let (made, born) = match query.dates {
            DateFilter::Any => ((None, None), (None, None)),
            DateFilter::Performed { from, to } => ((from, to), (None, None)),
            DateFilter::Birth { from, to } => ((None, None), (from, to)),
        };
        in_order("endDate", made)?;
        in_order("endBirthdate", born)?;
        let parameters = SearchPatientOrder {
            user_uuid: user,
            institution_uuid_list: &query.locations,
            patient_name: &query.patient_name,
            accession_number: &query.accession_number,
            patient_id: &query.patient_id,
            other_patient_id: &query.other_patient_id,
            modalities: &query.modalities,
            start_date: made.0,
            end_date: made.1,
            start_birthdate: born.0,
            end_birthdate: born.1,
        };
        self.search(&parameters).await
    }

    pub(super) async fn orders_in_folder_raw(
        &self,
        user: Uuid,
        folder: Uuid,
    ) -> Result<Value, Error> {
        self.search(&SearchInFolder {
            user_uuid: user,
            folder_uuid: folder,
        })
        .await
    }

    async fn search(&self, parameters: &impl Serialize) -> Result<Value, Error> {
        let limit = self.inner.door.timeouts.search;
        let answer = self
            .general(General::SearchPatientOrder, parameters, Repeat::Asks, limit)
            .await?;
        Ok(answer.message)
    }
}

fn orders(answer: Value) -> Result<Vec<Order>, Error> {
    let found: Found = serde_json::from_value(answer).map_err(|error| Error::NotAnAnswer {
        who: "The account",
        what: format!("orders that cannot be read ({error})"),
    })?;
    Ok(found.search_result_list.unwrap_or_default())
}

fn in_order(parameter: &'static str, range: (Option<Date>, Option<Date>)) -> Result<(), Error> {
    match range {
        (Some(from), Some(to)) if from > to => Err(Error::Invalid {
            parameter,
            value: to.to_string(),
            expected: "date on or after the start date",
        }),
        _ => Ok(()),
    }
}
