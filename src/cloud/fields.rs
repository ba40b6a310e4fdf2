//! A request's parameters in the order in which the recordings have them.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use uuid::Uuid;

/// Named values, written in the order in which they were put in.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Field)>);

#[derive(Debug)]
enum Field {
    Value(Value),
    Fields(Fields),
}

impl Fields {
    pub(super) fn new() -> Fields {
        Fields::default()
    }

    /// What every general message begins with.
    pub(super) fn of(user: Uuid) -> Fields {
        Fields::new().guid("UserUuid", user)
    }

    /// A text, a number, yes or no.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Fields {
        self.0.push((name, Field::Value(value.into())));
        self
    }

    /// A value that may be left away.
    pub(super) fn some(self, name: &'static str, value: Option<impl Into<Value>>) -> Fields {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A text that is left away where it is empty.
    pub(super) fn text(self, name: &'static str, text: String) -> Fields {
        self.some(name, (!text.is_empty()).then_some(text))
    }

    pub(super) fn guid(self, name: &'static str, guid: Uuid) -> Fields {
        self.with(name, guid.to_string())
    }

    pub(super) fn guids(self, name: &'static str, guids: &[Uuid]) -> Fields {
        let list: Vec<String> = guids.iter().map(Uuid::to_string).collect();
        self.with(name, list)
    }

    /// An object, written where it is empty too: the vendor's library always sends the objects that a message has.
    pub(super) fn object(mut self, name: &'static str, fields: Fields) -> Fields {
        self.0.push((name, Field::Fields(fields)));
        self
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            match field {
                Field::Value(value) => map.serialize_entry(name, value)?,
                Field::Fields(fields) => map.serialize_entry(name, fields)?,
            }
        }
        map.end()
    }
}
