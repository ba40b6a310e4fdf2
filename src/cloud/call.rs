//! The methods by their documented names, for scripts. A row here and a builder in the file of its subject make a method
//! known; checking and sending are the typed client's.

use serde_json::{Map, Value};

use super::message::{Answer, Message};
use super::model::{DateFilter, OrderQuery};
use super::parameters::Parameters;
use super::{Client, Error, Keys, folders, orders};

/// A method that [`Client::call`] knows.
pub struct Method {
    /// As the documentation spells it.
    pub name: &'static str,
    /// The names of its parameters, in the documentation's order.
    pub parameters: &'static [&'static str],
    work: Work,
}

/// What a call does.
enum Work {
    /// Gives the account that signing in brought.
    Account,
    /// Sends this message and gives its `ResponseMessage`.
    Send(fn(&Keys, &Parameters<'_>) -> Result<Message, Error>),
}

/// Every method that [`Client::call`] knows.
pub const METHODS: &[Method] = &[
    Method {
        name: "Initialize",
        parameters: &[],
        work: Work::Account,
    },
    Method {
        name: "GetPatientOrderList",
        parameters: &[
            "userUuid",
            "institutionUuidList",
            "patientName",
            "accessionNumber",
            "patientId",
            "otherPatientId",
            "modalities",
        ],
        work: Work::Send(|keys, given| {
            orders::search(keys, given.user()?, &query(given, DateFilter::Any)?)
        }),
    },
    Method {
        name: "GetPatientOrderListWithDateRange",
        parameters: &[
            "userUuid",
            "institutionUuidList",
            "patientName",
            "accessionNumber",
            "patientId",
            "otherPatientId",
            "modalities",
            "startDate",
            "endDate",
        ],
        work: Work::Send(|keys, given| {
            let dates = DateFilter::Performed {
                from: given.optional_date("startDate")?,
                to: given.optional_date("endDate")?,
            };
            orders::search(keys, given.user()?, &query(given, dates)?)
        }),
    },
    Method {
        name: "GetPatientOrderListWithBirthdate",
        parameters: &[
            "userUuid",
            "institutionUuidList",
            "patientName",
            "accessionNumber",
            "patientId",
            "otherPatientId",
            "modalities",
            "startBirthdate",
            "endBirthdate",
        ],
        work: Work::Send(|keys, given| {
            let dates = DateFilter::Birth {
                from: given.optional_date("startBirthdate")?,
                to: given.optional_date("endBirthdate")?,
            };
            orders::search(keys, given.user()?, &query(given, dates)?)
        }),
    },
    Method {
        name: "GetPatientOrderListInFolder",
        parameters: &["userUuid", "folderUuid"],
        work: Work::Send(|keys, given| {
            orders::search_in_folder(keys, given.user()?, given.guid("folderUuid")?)
        }),
    },
    Method {
        name: "GetFolderList",
        parameters: &[
            "userUuid",
            "parentFolderUuid",
            "folderName",
            "getOrdersInFolder",
        ],
        work: Work::Send(|keys, given| {
            let parent = given.optional_guid("parentFolderUuid")?;
            let name = given.text("folderName")?;
            let with_orders = given.flag("getOrdersInFolder")?;
            folders::list(keys, given.user()?, parent, name, with_orders)
        }),
    },
];

/// The names of every method that [`Client::call`] knows, in the documentation's order.
pub fn methods() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|method| method.name)
}

fn query(given: &Parameters<'_>, dates: DateFilter) -> Result<OrderQuery, Error> {
    Ok(OrderQuery {
        locations: given.guid_list("institutionUuidList")?,
        patient_name: given.text("patientName")?.to_owned(),
        accession_number: given.text("accessionNumber")?.to_owned(),
        patient_id: given.text("patientId")?.to_owned(),
        other_patient_id: given.text("otherPatientId")?.to_owned(),
        modalities: given.text_list("modalities")?,
        dates,
    })
}

impl Client {
    /// Calls a method by its documented name, with parameters named as documented (`null` is an empty object); `userUuid`
    /// may be left away and is then the account's first user. Gives the answer's `ResponseMessage` as received.
    ///
    /// # Errors
    /// A method or a parameter that is not known or not right, before anything is sent; and what any request can meet.
    pub async fn call(&self, method: &str, parameters: &Value) -> Result<Value, Error> {
        let Some(method) = METHODS.iter().find(|known| known.name == method) else {
            return Err(Error::UnknownMethod(method.chars().take(60).collect()));
        };
        let nothing = Map::new();
        let given = match parameters {
            Value::Null => &nothing,
            Value::Object(given) => given,
            _ => {
                return Err(Error::InvalidParameter {
                    name: "The parameters",
                    value: "a list or a single value".to_owned(),
                    wants: "they are written as a JSON object",
                });
            }
        };
        let account = self.account();
        let given = Parameters::new(method.name, method.parameters, given, &account)?;
        match method.work {
            Work::Account => Ok(self.core().session().answer.as_ref().clone()),
            Work::Send(build) => {
                let answer: Answer<Value> = self.ask(build(self.keys(), &given)?).await?;
                Ok(answer.response_message)
            }
        }
    }
}
