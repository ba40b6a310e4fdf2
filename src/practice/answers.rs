//! What the server says: the JSON around every answer, and what it refuses.

use serde_json::{Value, json};

use super::store::StoreError;

/// Why a message is not done: the text goes to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Refusal(text.into())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Refusal(error.to_string())
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// `{"ResponseCode": 1, "ResponseMessage": …}`, with further fields beside.
pub(super) fn good(message: Value, beside: &[(&str, Value)]) -> Value {
    let mut answer = json!({ "ResponseCode": 1, "ResponseMessage": message });
    if let Value::Object(fields) = &mut answer {
        fields.extend(
            beside
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
    }
    answer
}

/// A good answer to a general message: an object with `Success`, `Message` and the method's own field.
pub(super) fn done(field: &str, value: Value) -> Value {
    let mut message = json!({ "Success": true, "Message": "" });
    if let Value::Object(fields) = &mut message {
        fields.insert(field.to_owned(), value);
    }
    good(message, &[])
}

/// A refusal as it travels.
pub(super) fn refused(refusal: &Refusal) -> Value {
    json!({ "ResponseCode": 0, "ResponseMessage": refusal.0 })
}
