//! Parameters as a script writes them: JSON with the documentation's names, turned into the types that the methods take,
//! with the rules of `docs/protocol.md` ("Parameter checks").

use jiff::civil::{Date, Time};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::cloud::Error;
use crate::cloud::model::{Account, OrderRef};
use crate::cloud::sharing::not_over;
use crate::cloud::values::{
    Email, FolderPath, Modality, parse_date, parse_guid, parse_time, wrong,
};

/// Second spellings: the name in the method's signature, and the one that the documentation's parameter table has for
/// the same parameter. Each is accepted where the method has either of the two.
const SECOND_SPELLINGS: [(&str, &str); 4] = [
    ("groupId", "flagGroupId"),
    ("email", "emailAddress"),
    (
        "emailForSendingSharePassword",
        "emailAddressForSendingSharePassword",
    ),
    ("orderUuidList", "patientOrderUuidList"),
];

/// The other spelling of a parameter, if it has one.
fn other_spelling(name: &str) -> Option<&'static str> {
    SECOND_SPELLINGS.iter().find_map(|(one, other)| match name {
        _ if name == *one => Some(*other),
        _ if name == *other => Some(*one),
        _ => None,
    })
}

/// Whether a method that has the parameters `known` has this one, by either of its spellings.
fn is_known(known: &[&str], name: &str) -> bool {
    known.contains(&name) || other_spelling(name).is_some_and(|other| known.contains(&other))
}

/// The parameters of one call.
pub(in crate::cloud) struct Parameters<'a> {
    given: &'a Map<String, Value>,
    account: &'a Account,
    today: Date,
}

impl<'a> Parameters<'a> {
    /// Checks the names: each parameter must be one that `method` has, and be given by one of its spellings only.
    pub(in crate::cloud) fn new(
        method: &'static str,
        known: &[&str],
        given: &'a Map<String, Value>,
        account: &'a Account,
        today: Date,
    ) -> Result<Self, Error> {
        let twice = SECOND_SPELLINGS.iter().find(|(one, other)| {
            is_known(known, one) && given.contains_key(*one) && given.contains_key(*other)
        });
        if let Some((name, other)) = twice {
            return Err(wrong(name, other, "it is given by both of its names"));
        }
        match given.keys().find(|name| !is_known(known, name)) {
            None => Ok(Parameters {
                given,
                account,
                today,
            }),
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

    /// A parameter that is there, by either of its spellings; `null` counts as left away.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.given
            .get(name)
            .or_else(|| self.given.get(other_spelling(name)?))
            .filter(|value| !value.is_null())
    }

    /// `userUuid`; the account's first user where it is left away.
    pub(in crate::cloud) fn user(&self) -> Result<Uuid, Error> {
        match self.optional_guid("userUuid")? {
            Some(user) => Ok(user),
            None => match self.account.user_list.first() {
                Some(user) => Ok(user.user_uuid),
                None => Err(Error::NoUsers),
            },
        }
    }

    /// A GUID, written as a text or as a list of at most one; `None` where it is empty or left away.
    pub(in crate::cloud) fn guid_or_list(&self, name: &'static str) -> Result<Option<Uuid>, Error> {
        match self.get(name) {
            Some(Value::Array(list)) => match list.as_slice() {
                [] => Ok(None),
                [one] => guid(name, one).map(Some),
                [_, _, ..] => Err(wrong(name, "a longer list", "it names at most one")),
            },
            Some(_) | None => self.optional_guid(name),
        }
    }

    /// `institutionUuid`; where it is left away, the first location of the user who acts.
    ///
    /// # Errors
    /// What is no GUID, and a user without a location.
    pub(in crate::cloud) fn location_or_first(&self, name: &'static str) -> Result<Uuid, Error> {
        if let Some(location) = self.optional_guid(name)? {
            return Ok(location);
        }
        let user = self.user()?;
        let mut users = self.account.user_list.iter();
        users
            .find(|known| known.user_uuid == user)
            .and_then(|known| known.institution_list.first())
            .map(|location| location.institution_uuid)
            .ok_or_else(|| missing(name))
    }

    /// A GUID that must be there.
    pub(in crate::cloud) fn guid(&self, name: &'static str) -> Result<Uuid, Error> {
        match self.get(name) {
            Some(value) => guid(name, value),
            None => Err(missing(name)),
        }
    }

    /// A GUID that may be empty or left away.
    pub(in crate::cloud) fn optional_guid(
        &self,
        name: &'static str,
    ) -> Result<Option<Uuid>, Error> {
        match self.get(name) {
            Some(value) if value.as_str().is_some_and(|text| text.trim().is_empty()) => Ok(None),
            Some(value) => guid(name, value).map(Some),
            None => Ok(None),
        }
    }

    /// A list of GUIDs; empty where it is left away.
    pub(in crate::cloud) fn guid_list(&self, name: &'static str) -> Result<Vec<Uuid>, Error> {
        self.list(name, guid)
    }

    fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(&'static str, &Value) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list.iter().map(|value| read(name, value)).collect(),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(Vec::new()),
            Some(value) => Err(invalid(name, value, "it is not a list")),
        }
    }

    /// A text; empty where it is left away.
    pub(in crate::cloud) fn text(&self, name: &'static str) -> Result<&'a str, Error> {
        match self.get(name) {
            None => Ok(""),
            Some(value) => value
                .as_str()
                .ok_or_else(|| invalid(name, value, "it is not a text")),
        }
    }

    /// A date that exists in the calendar; `None` where it is empty or left away.
    pub(in crate::cloud) fn optional_date(
        &self,
        name: &'static str,
    ) -> Result<Option<Date>, Error> {
        match self.text(name)?.trim() {
            "" => Ok(None),
            text => parse_date(name, text).map(Some),
        }
    }

    /// A date that must be there.
    pub(in crate::cloud) fn date(&self, name: &'static str) -> Result<Date, Error> {
        self.optional_date(name)?.ok_or_else(|| missing(name))
    }

    /// The last day of a share: a date of the calendar that is not over yet; `None` where it is empty or left away.
    pub(in crate::cloud) fn last_day(&self, name: &'static str) -> Result<Option<Date>, Error> {
        let day = self.optional_date(name)?;
        not_over(name, day, self.today)
    }

    /// A time of day; `None` where it is empty or left away.
    pub(in crate::cloud) fn optional_time(
        &self,
        name: &'static str,
    ) -> Result<Option<Time>, Error> {
        match self.text(name)?.trim() {
            "" => Ok(None),
            text => parse_time(name, text).map(Some),
        }
    }

    /// An e-mail address; `None` where it is empty or left away.
    pub(in crate::cloud) fn optional_email(
        &self,
        name: &'static str,
    ) -> Result<Option<Email>, Error> {
        match self.text(name)?.trim() {
            "" => Ok(None),
            text => Email::parse(name, text).map(Some),
        }
    }

    /// An e-mail address that must be there.
    pub(in crate::cloud) fn email(&self, name: &'static str) -> Result<Email, Error> {
        Email::parse(name, self.text(name)?)
    }

    /// A whole number from zero up, as a number or, as the documentation types it, as a text of digits.
    pub(in crate::cloud) fn number(&self, name: &'static str) -> Result<u32, Error> {
        let value = self.get(name).ok_or_else(|| missing(name))?;
        let number = match value {
            Value::String(text) => digits(text),
            other => other.as_u64(),
        };
        number
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| invalid(name, value, "it is not a whole number from 0 up"))
    }

    /// `folderName` as a path.
    pub(in crate::cloud) fn folder_path(&self) -> Result<FolderPath, Error> {
        FolderPath::parse("folderName", self.text("folderName")?)
    }

    /// `patientOrderUuid` at `patientOrderInstitutionUuid`.
    pub(in crate::cloud) fn order(&self) -> Result<OrderRef, Error> {
        Ok(OrderRef {
            location: self.guid("patientOrderInstitutionUuid")?,
            order: self.guid("patientOrderUuid")?,
        })
    }

    /// Modalities; empty where they are left away.
    pub(in crate::cloud) fn modalities(&self, name: &'static str) -> Result<Vec<Modality>, Error> {
        self.list(name, |name, value| match value.as_str() {
            Some(text) => Modality::parse(name, text),
            None => Err(invalid(name, value, "it is not a list of texts")),
        })
    }

    /// An object within the parameters, with these fields and no others.
    pub(in crate::cloud) fn object(
        &self,
        method: &'static str,
        name: &'static str,
        known: &[&str],
    ) -> Result<Parameters<'a>, Error> {
        match self.get(name) {
            Some(Value::Object(given)) => {
                Parameters::new(method, known, given, self.account, self.today)
            }
            Some(value) => Err(invalid(name, value, "it is not a JSON object")),
            None => Err(missing(name)),
        }
    }

    /// Whether a parameter is there.
    pub(in crate::cloud) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Yes or no; no where it is left away.
    pub(in crate::cloud) fn flag(&self, name: &'static str) -> Result<bool, Error> {
        match self.get(name) {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| invalid(name, value, "it is neither true nor false")),
        }
    }
}

/// The number that a text of decimal digits says.
fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    let plain = text.bytes().all(|letter| letter.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn guid(name: &'static str, value: &Value) -> Result<Uuid, Error> {
    match value.as_str() {
        Some(text) => parse_guid(name, text),
        None => Err(invalid(name, value, "it is not a GUID")),
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
    match value {
        Value::String(text) => wrong(name, text, wants),
        other => wrong(name, &other.to_string(), wants),
    }
}
