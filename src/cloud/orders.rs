//! Searching orders. The four documented searches are one message with more or fewer fields (`docs/protocol.md`,
//! "Methods and messages").

use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::by_name::parameters::Parameters;
use super::by_name::{Method, Work};
use super::fields::Fields;
use super::message::{Answer, Message, Patience};
use super::model::{DateFilter, Order, OrderQuery};
use super::values::Modality;
use super::wire::General;
use super::{Client, Error, Keys, lenient};

const WHAT: &str = "the search for orders";

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    #[serde(deserialize_with = "lenient::list")]
    search_result_list: Vec<Order>,
}

/// The three searches by what is known of the patient; `query.dates` says which.
fn search(keys: &Keys, user: Uuid, query: &OrderQuery) -> Result<Message, Error> {
    let (performed, birth) = match query.dates {
        DateFilter::Any => ((None, None), (None, None)),
        DateFilter::Performed { from, to } => {
            ((from, in_order("endDate", from, to)?), (None, None))
        }
        DateFilter::Birth { from, to } => {
            ((None, None), (from, in_order("endBirthdate", from, to)?))
        }
    };
    let modalities: Vec<&str> = query.modalities.iter().map(Modality::as_str).collect();
    // Dates that are not given are left away.
    let written = |date: Option<Date>| date.map(|date| date.to_string());
    let fields = Fields::of(user)
        .guids("InstitutionUuidList", &query.locations)
        .with("PatientName", query.patient_name.as_str())
        .with("AccessionNumber", query.accession_number.as_str())
        .with("PatientId", query.patient_id.as_str())
        .with("OtherPatientId", query.other_patient_id.as_str())
        .with("Modalities", modalities)
        .some("StartDate", written(performed.0))
        .some("EndDate", written(performed.1))
        .some("StartBirthdate", written(birth.0))
        .some("EndBirthdate", written(birth.1));
    question(keys, &fields)
}

/// The search in a folder.
fn search_in_folder(keys: &Keys, user: Uuid, folder: Uuid) -> Result<Message, Error> {
    question(keys, &Fields::of(user).guid("FolderUuid", folder))
}

fn question(keys: &Keys, fields: &Fields) -> Result<Message, Error> {
    let message = Message::general(keys, General::SearchPatientOrder, WHAT, fields)?;
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

/// The parameters that the first three searches share.
const BY_PATIENT: [&str; 7] = [
    "userUuid",
    "institutionUuidList",
    "patientName",
    "accessionNumber",
    "patientId",
    "otherPatientId",
    "modalities",
];

const fn with_dates(from: &'static str, to: &'static str) -> [&'static str; 9] {
    let [a, b, c, d, e, f, g] = BY_PATIENT;
    [a, b, c, d, e, f, g, from, to]
}

const BY_DATE: [&str; 9] = with_dates("startDate", "endDate");
const BY_BIRTHDATE: [&str; 9] = with_dates("startBirthdate", "endBirthdate");

/// What scripts call.
pub(super) const METHODS: &[Method] = &[
    Method::new(
        "GetPatientOrderList",
        &BY_PATIENT,
        Work::Send(|keys, given| search(keys, given.user()?, &query(given, DateFilter::Any)?)),
    ),
    Method::new(
        "GetPatientOrderListWithDateRange",
        &BY_DATE,
        Work::Send(|keys, given| {
            let dates = DateFilter::Performed {
                from: given.optional_date("startDate")?,
                to: given.optional_date("endDate")?,
            };
            search(keys, given.user()?, &query(given, dates)?)
        }),
    ),
    Method::new(
        "GetPatientOrderListWithBirthdate",
        &BY_BIRTHDATE,
        Work::Send(|keys, given| {
            let dates = DateFilter::Birth {
                from: given.optional_date("startBirthdate")?,
                to: given.optional_date("endBirthdate")?,
            };
            search(keys, given.user()?, &query(given, dates)?)
        }),
    ),
    Method::new(
        "GetPatientOrderListInFolder",
        &["userUuid", "folderUuid"],
        Work::Send(|keys, given| search_in_folder(keys, given.user()?, given.guid("folderUuid")?)),
    ),
];

fn query(given: &Parameters<'_>, dates: DateFilter) -> Result<OrderQuery, Error> {
    Ok(OrderQuery {
        locations: given.guid_list("institutionUuidList")?,
        patient_name: given.text("patientName")?.to_owned(),
        accession_number: given.text("accessionNumber")?.to_owned(),
        patient_id: given.text("patientId")?.to_owned(),
        other_patient_id: given.text("otherPatientId")?.to_owned(),
        modalities: given.modalities("modalities")?,
        dates,
    })
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
