//! A message's parameters, read with care: a missing or null one is empty, one of the wrong kind is refused by name.

use std::collections::HashSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::Refusal;

/// The JSON object that a message carries.
pub(super) struct Parameters(Map<String, Value>);

impl Parameters {
    /// Reads a message's JSON. serde_json bounds how deep it may be nested.
    pub(super) fn parse(json: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(json) {
            Ok(Value::Object(map)) => Ok(Parameters(map)),
            Ok(_) => Err(Refusal::Unreadable(
                "its parameters are no object".to_owned(),
            )),
            // The place is named and not the text, which may be a patient's.
            Err(error) => Err(Refusal::Unreadable(format!(
                "its parameters are no JSON (line {}, column {})",
                error.line(),
                error.column()
            ))),
        }
    }

    /// Whether a parameter is there.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }

    /// A text; missing is empty.
    pub(super) fn text(&self, field: &'static str) -> Result<&str, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Refusal::parameter(field, "must be a text")),
        }
    }

    /// A text, where there is one.
    pub(super) fn given_text(&self, field: &'static str) -> Result<Option<&str>, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.text(field).map(Some),
        }
    }

    /// An object within; missing is empty.
    pub(super) fn object(&self, field: &'static str) -> Result<Parameters, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(Parameters(Map::new())),
            Some(Value::Object(map)) => Ok(Parameters(map.clone())),
            Some(_) => Err(Refusal::parameter(field, "must be an object")),
        }
    }

    /// A text of one line, trimmed, of so many characters at most; missing is empty.
    pub(super) fn line(&self, field: &'static str, most: usize) -> Result<String, Refusal> {
        let text = self.text(field)?.trim();
        if text.chars().any(char::is_control) {
            return Err(Refusal::parameter(field, "must be one line of text"));
        }
        within(field, text, most)
    }

    /// As [`Parameters::line`], of any number of lines.
    pub(super) fn note(&self, field: &'static str, most: usize) -> Result<String, Refusal> {
        let text = self.text(field)?.trim();
        if text
            .chars()
            .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
        {
            return Err(Refusal::parameter(field, "holds control characters"));
        }
        within(field, text, most)
    }

    /// A GUID; missing, empty and all zeros are `None`.
    pub(super) fn guid(&self, field: &'static str) -> Result<Option<Uuid>, Refusal> {
        parse_guid(field, self.text(field)?)
    }

    /// A GUID that must be there.
    pub(super) fn needed_guid(&self, field: &'static str) -> Result<Uuid, Refusal> {
        self.guid(field)?
            .ok_or(Refusal::parameter(field, "is missing"))
    }

    /// A GUID, or a list of at most one, as the vendor's library sends scheduled equipment; missing and empty are `None`.
    pub(super) fn guid_or_list(&self, field: &'static str) -> Result<Option<Uuid>, Refusal> {
        match self.0.get(field) {
            Some(Value::Array(list)) if list.len() > 1 => {
                Err(Refusal::parameter(field, "must name one at most"))
            }
            Some(Value::Array(_)) => Ok(self.guids(field)?.first().copied()),
            Some(_) | None => self.guid(field),
        }
    }

    /// Bytes written as a list of numbers from 0 to 255; `None` where the field is missing or `null`.
    ///
    /// # Errors
    /// Something else than such a list, and a list of more than `most` numbers.
    pub(super) fn bytes(
        &self,
        field: &'static str,
        most: usize,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let list = match self.0.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Refusal::parameter(field, "must be a list of bytes")),
        };
        if list.len() > most {
            return Err(Refusal::denied(format!(
                "{field} has {} bytes; at most {most} are possible.",
                list.len()
            )));
        }
        list.iter()
            .map(|one| one.as_u64().and_then(|number| u8::try_from(number).ok()))
            .collect::<Option<Vec<u8>>>()
            .map(Some)
            .ok_or(Refusal::parameter(field, "must be a list of bytes"))
    }

    /// A list of texts; missing is empty.
    pub(super) fn texts(&self, field: &'static str) -> Result<Vec<&str>, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => list
                .iter()
                .map(|one| {
                    one.as_str()
                        .ok_or(Refusal::parameter(field, "must hold texts"))
                })
                .collect(),
            Some(_) => Err(Refusal::parameter(field, "must be a list")),
        }
    }

    /// A list of GUIDs; missing is empty, empty ones are left away.
    pub(super) fn guids(&self, field: &'static str) -> Result<Vec<Uuid>, Refusal> {
        self.texts(field)?
            .into_iter()
            .filter_map(|text| parse_guid(field, text).transpose())
            .collect()
    }

    /// A list of GUIDs that must hold one at least; each is given once.
    pub(super) fn needed_guids(&self, field: &'static str) -> Result<Vec<Uuid>, Refusal> {
        let mut seen = HashSet::new();
        let mut list = self.guids(field)?;
        list.retain(|guid| seen.insert(*guid));
        if list.is_empty() {
            return Err(Refusal::parameter(field, "is empty"));
        }
        Ok(list)
    }

    /// A whole number from zero up that must be there.
    pub(super) fn number(&self, field: &'static str) -> Result<u32, Refusal> {
        self.0
            .get(field)
            .and_then(Value::as_u64)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or(Refusal::parameter(
                field,
                "must be a whole number from 0 up",
            ))
    }

    /// Yes or no; missing is no.
    pub(super) fn flag(&self, field: &'static str) -> Result<bool, Refusal> {
        match self.0.get(field) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Refusal::parameter(field, "must be true or false")),
        }
    }

    /// A day (`YYYY-MM-DD`) that exists; missing and empty are `None`.
    pub(super) fn day(&self, field: &'static str) -> Result<Option<String>, Refusal> {
        let text = self.text(field)?.trim();
        if text.is_empty() {
            return Ok(None);
        }
        // Written anew, for days are compared as texts.
        text.parse::<jiff::civil::Date>()
            .map(|day| Some(day.to_string()))
            .map_err(|_| Refusal::parameter(field, "must be a day like 2026-11-24"))
    }
}

fn within(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    if text.chars().nth(most).is_some() {
        return Err(Refusal::denied(format!(
            "{field} has more than {most} characters."
        )));
    }
    Ok(text.to_owned())
}

fn parse_guid(field: &'static str, text: &str) -> Result<Option<Uuid>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    Uuid::try_parse(text)
        .map(|guid| (!guid.is_nil()).then_some(guid))
        .map_err(|_| Refusal::parameter(field, "must be a GUID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(json: &str) -> Parameters {
        Parameters::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_missing_is_empty() {
        let none = given(r#"{"A":null}"#);
        assert_eq!(none.text("A").unwrap(), "");
        assert_eq!(none.guid("B").unwrap(), None);
        assert!(none.guids("A").unwrap().is_empty());
        assert!(none.needed_guid("A").is_err());
        assert!(none.number("A").is_err());
    }

    #[test]
    fn what_is_of_the_wrong_kind_is_refused_by_name() {
        let wrong = given(r#"{"A":1,"B":"x","C":[1],"D":"2026-02-31","E":-1}"#);
        assert!(wrong.text("A").unwrap_err().to_string().starts_with("A "));
        assert!(wrong.guid("B").is_err());
        assert!(wrong.texts("C").is_err());
        assert!(wrong.day("D").is_err());
        assert!(wrong.number("E").is_err());
        assert!(Parameters::parse(b"[]").is_err());
        assert!(Parameters::parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
