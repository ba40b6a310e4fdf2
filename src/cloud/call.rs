//! Any method by its documented name, with parameters named as the documentation names them: what `studydrop call` and
//! scripts use. Everything is checked, and goes through the same functions as the rest of the program's requests.

use jiff::civil::Date;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::client::Client;
use super::error::Error;
use super::model::{DateFilter, OrderQuery};

/// The methods that [`Client::call`] knows.
pub const METHODS: [&str; 6] = [
    "Initialize",
    "GetPatientOrderList",
    "GetPatientOrderListWithDateRange",
    "GetPatientOrderListWithBirthdate",
    "GetPatientOrderListInFolder",
    "GetFolderList",
];

impl Client {
    /// Calls a method by name. `userUuid` may be left away: the account's first user asks then.
    ///
    /// # Errors
    /// [`Error::UnknownMethod`]; [`Error::Invalid`] for a parameter that is missing, of the wrong shape or not of this
    /// method, before anything is sent; else as the method itself.
    pub async fn call(&self, method: &str, parameters: &Value) -> Result<Value, Error> {
        if !METHODS.contains(&method) {
            return Err(Error::UnknownMethod(method.to_owned()));
        }
        let mut given = Given::new(parameters)?;
        if method == "Initialize" {
            given.end()?;
            return Ok(serde_json::json!({ "Account": *self.account() }));
        }
        let user = match given.uuid("userUuid")? {
            Some(user) => user,
            None => self
                .account()
                .user_list
                .first()
                .map(|user| user.user_uuid)
                .unwrap_or_default(),
        };
        match method {
            "GetPatientOrderListInFolder" => {
                let folder = given.required_uuid("folderUuid")?;
                given.end()?;
                self.orders_in_folder_raw(user, folder).await
            }
            "GetFolderList" => {
                let parent = given.uuid("parentFolderUuid")?;
                let name = given.text("folderName")?;
                let with_orders = given.flag("getOrdersInFolder")?;
                given.end()?;
                self.folder_list_raw(user, parent, &name, with_orders).await
            }
            _ => {
                let query = given.order_query(method)?;
                given.end()?;
                self.search_orders_raw(user, &query).await
            }
        }
    }
}

/// Parameters as they were given; each is taken out as it is read, so that what is left over is not of the method.
struct Given(Map<String, Value>);

impl Given {
    fn new(parameters: &Value) -> Result<Self, Error> {
        match parameters {
            Value::Object(map) => Ok(Given(map.clone())),
            Value::Null => Ok(Given(Map::new())),
            other => Err(invalid("parameters", other, "JSON object")),
        }
    }

    fn order_query(&mut self, method: &str) -> Result<OrderQuery, Error> {
        let dates = match method {
            "GetPatientOrderListWithDateRange" => DateFilter::Performed {
                from: self.date("startDate")?,
                to: self.date("endDate")?,
            },
            "GetPatientOrderListWithBirthdate" => DateFilter::Birth {
                from: self.date("startBirthdate")?,
                to: self.date("endBirthdate")?,
            },
            _ => DateFilter::Any,
        };
        Ok(OrderQuery {
            locations: self.uuids("institutionUuidList")?,
            patient_name: self.text("patientName")?,
            accession_number: self.text("accessionNumber")?,
            patient_id: self.text("patientId")?,
            other_patient_id: self.text("otherPatientId")?,
            modalities: self.texts("modalities")?,
            dates,
        })
    }

    fn take(&mut self, name: &str) -> Value {
        self.0.remove(name).unwrap_or(Value::Null)
    }

    fn text(&mut self, name: &'static str) -> Result<String, Error> {
        match self.take(name) {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text),
            other => Err(invalid(name, &other, "text")),
        }
    }

    fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Error> {
        let value = self.take(name);
        if value.is_null() {
            return Ok(Vec::new());
        }
        serde_json::from_value(value.clone()).map_err(|_| invalid(name, &value, "list of texts"))
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, Error> {
        match self.take(name) {
            Value::Null => Ok(false),
            Value::Bool(flag) => Ok(flag),
            other => Err(invalid(name, &other, "true or false")),
        }
    }

    /// A GUID; an empty text is none, as the documentation has it.
    fn uuid(&mut self, name: &'static str) -> Result<Option<Uuid>, Error> {
        let text = self.text(name)?;
        if text.is_empty() {
            Ok(None)
        } else {
            guid(name, &text).map(Some)
        }
    }

    fn required_uuid(&mut self, name: &'static str) -> Result<Uuid, Error> {
        let value = self.uuid(name)?;
        value.ok_or_else(|| invalid(name, &Value::from(""), "GUID"))
    }

    fn uuids(&mut self, name: &'static str) -> Result<Vec<Uuid>, Error> {
        self.texts(name)?
            .iter()
            .map(|text| guid(name, text))
            .collect()
    }

    fn date(&mut self, name: &'static str) -> Result<Option<Date>, Error> {
        let text = self.text(name)?;
        if text.is_empty() {
            Ok(None)
        } else {
            date(name, &text).map(Some)
        }
    }

    fn end(&self) -> Result<(), Error> {
        match self.0.iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(Error::Invalid {
                parameter: "parameters",
                value: name.clone(),
                expected: "parameter of this method",
            }),
        }
    }
}

/// A GUID of versions 1 to 5, or all zeros, written 8-4-4-4-12.
fn guid(name: &'static str, text: &str) -> Result<Uuid, Error> {
    let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
    let known = |uuid: &Uuid| uuid.is_nil() || (1..=5).contains(&uuid.get_version_num());
    uuid.filter(known)
        .ok_or_else(|| invalid(name, &Value::from(text), "GUID"))
}

/// A day that exists, written `YYYY-MM-DD`.
fn date(name: &'static str, text: &str) -> Result<Date, Error> {
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    date.ok_or_else(|| invalid(name, &Value::from(text), "date (YYYY-MM-DD)"))
}

fn invalid(parameter: &'static str, value: &Value, expected: &'static str) -> Error {
    let value = match value {
        Value::String(text) => text.chars().take(80).collect(),
        other => other.to_string().chars().take(80).collect(),
    };
    Error::Invalid {
        parameter,
        value,
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_and_dates_are_checked_as_the_recorded_library_checks_them() {
        assert!(guid("userUuid", "000000b1-0000-4000-8000-0000000000b1").is_ok());
        assert!(guid("folderUuid", "00000000-0000-0000-0000-000000000000").is_ok());
        for bad in [
            "not-a-guid",
            "000000b1-0000-4000-8000-0000000000b12",
            "{000000b1-0000-4000-8000-0000000000b1}",
        ] {
            assert!(guid("userUuid", bad).is_err(), "{bad}");
        }
        assert!(date("startDate", "2026-02-28").is_ok());
        for bad in ["2026-02-30", "2026-2-3", "20260203", "yesterday"] {
            assert!(date("startDate", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_parameter_that_the_method_does_not_have_is_named() {
        let mut given = Given::new(&serde_json::json!({"patientNaem": "x"})).unwrap();
        given.order_query("GetPatientOrderList").unwrap();
        assert!(given.end().unwrap_err().to_string().contains("patientNaem"));
    }
}
