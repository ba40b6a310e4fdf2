//! Parameters as a script writes them: JSON with the documentation's names, turned into the types that the methods take,
//! with the rules of `protocol.md` ("Checked before anything is sent").

use jiff::civil::Date;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Error;
use super::model::Account;

/// The parameters of one call.
pub(super) struct Parameters<'a> {
    given: &'a Map<String, Value>,
    account: &'a Account,
}

impl<'a> Parameters<'a> {
    /// Refuses parameters that `method` does not have.
    pub(super) fn new(
        method: &'static str,
        known: &[&str],
        given: &'a Map<String, Value>,
        account: &'a Account,
    ) -> Result<Self, Error> {
        match given.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(Parameters { given, account }),
            Some(name) if known.is_empty() => Err(Error::UnknownParameter {
                method,
                name: name.chars().take(60).collect(),
                known: "none".to_owned(),
            }),
            Some(name) => Err(Error::UnknownParameter {
                method,
                name: name.chars().take(60).collect(),
                known: known.join(", "),
            }),
        }
    }

    /// A parameter that is there: `null` is not.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.given.get(name).filter(|value| !value.is_null())
    }

    /// `userUuid`; the account's first user where it is left away.
    pub(super) fn user(&self) -> Result<Uuid, Error> {
        match self.optional_guid("userUuid")? {
            Some(user) => Ok(user),
            None => match self.account.user_list.first() {
                Some(user) => Ok(user.user_uuid),
                None => Err(Error::NoUsers),
            },
        }
    }

    /// A GUID that must be there.
    pub(super) fn guid(&self, name: &'static str) -> Result<Uuid, Error> {
        match self.get(name) {
            Some(value) => guid(name, value),
            None => Err(missing(name)),
        }
    }

    /// A GUID that may be empty or left away.
    pub(super) fn optional_guid(&self, name: &'static str) -> Result<Option<Uuid>, Error> {
        match self.get(name) {
            Some(value) if value.as_str().is_some_and(|text| text.trim().is_empty()) => Ok(None),
            Some(value) => guid(name, value).map(Some),
            None => Ok(None),
        }
    }

    /// A list of GUIDs; empty where it is left away.
    pub(super) fn guid_list(&self, name: &'static str) -> Result<Vec<Uuid>, Error> {
        self.list(name, guid)
    }

    /// A list of texts; empty where it is left away.
    pub(super) fn text_list(&self, name: &'static str) -> Result<Vec<String>, Error> {
        self.list(name, |name, value| match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(invalid(name, value, "it is not a list of texts")),
        })
    }

    fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(&'static str, &Value) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|value| read(name, value)).collect(),
            Some(value) => Err(invalid(name, value, "it is not a list")),
        }
    }

    /// A text; empty where it is left away.
    pub(super) fn text(&self, name: &'static str) -> Result<&'a str, Error> {
        match self.get(name) {
            None => Ok(""),
            Some(value) => value
                .as_str()
                .ok_or_else(|| invalid(name, value, "it is not a text")),
        }
    }

    /// A date that exists in the calendar; `None` where it is empty or left away.
    pub(super) fn optional_date(&self, name: &'static str) -> Result<Option<Date>, Error> {
        let text = self.text(name)?.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || Error::InvalidParameter {
            name,
            value: quoted(text),
            wants: "it is not a date of the calendar (YYYY-MM-DD)",
        };
        // jiff reads more forms than the wire has.
        if text.len() != 10 {
            return Err(wrong());
        }
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// Yes or no; no where it is left away.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Error> {
        match self.get(name) {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| invalid(name, value, "it is neither true nor false")),
        }
    }
}

/// Versions 1 to 5, or all zeros.
fn guid(name: &'static str, value: &Value) -> Result<Uuid, Error> {
    let wrong = || invalid(name, value, "it is not a GUID");
    let text = value.as_str().ok_or_else(wrong)?.trim();
    if text.len() != 36 {
        return Err(wrong());
    }
    let uuid = Uuid::try_parse(text).map_err(|_| wrong())?;
    if uuid.is_nil() || (1..=5).contains(&uuid.get_version_num()) {
        Ok(uuid)
    } else {
        Err(wrong())
    }
}

fn missing(name: &'static str) -> Error {
    Error::InvalidParameter {
        name,
        value: "left away".to_owned(),
        wants: "the method needs it",
    }
}

fn invalid(name: &'static str, value: &Value, wants: &'static str) -> Error {
    let value = match value {
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    };
    Error::InvalidParameter { name, value, wants }
}

/// The beginning of a text, in quotes.
fn quoted(text: &str) -> String {
    let more = if text.chars().count() > 60 { "…" } else { "" };
    let begin: String = text.chars().take(60).collect();
    format!("“{begin}{more}”")
}
