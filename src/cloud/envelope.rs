//! What every answer is wrapped in: `{"ResponseCode": 1 = good, "ResponseMessage": …, "Message"?: …}`.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::error::Error;
use super::model::Account;
use super::wire::Response;

/// The most characters of a server's words that are passed on.
const MOST_WORDS: usize = 400;

/// A good answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// `ResponseMessage`.
    pub(super) message: Value,
    /// Everything beside it.
    pub(super) beside: Map<String, Value>,
}

impl Answer {
    /// Unwraps a response.
    ///
    /// # Errors
    /// [`Error::Refused`] with the server's words, or [`Error::NotAnAnswer`].
    pub(super) fn of(response: &Response) -> Result<Self, Error> {
        let not_json = || Error::NotAnAnswer {
            who: "The account",
            what: "no JSON".to_owned(),
        };
        let parsed = serde_json::from_slice::<Value>(&response.json);
        let Ok(Value::Object(mut beside)) = parsed else {
            return Err(not_json());
        };
        let code = code(&beside);
        let message = beside.remove("ResponseMessage").unwrap_or(Value::Null);
        if code != Some(1) {
            let words = [Some(&message), beside.get("Message")];
            let words = words.into_iter().flatten().find_map(words_of);
            let spoken =
                words.or_else(|| Some(response.message.clone()).filter(|text| !text.is_empty()));
            return Err(refused(spoken));
        }
        if message.get("Success") == Some(&Value::Bool(false)) {
            return Err(refused(words_of(&message)));
        }
        Ok(Answer { message, beside })
    }
}

/// The text in an HTTP answer of the router or the region's server.
pub(super) fn text_of(body: &Bytes, who: &'static str) -> Result<String, Error> {
    let Ok(Value::Object(answer)) = serde_json::from_slice::<Value>(body) else {
        return Err(Error::NotAnAnswer {
            who,
            what: looks_like(body).to_owned(),
        });
    };
    let words = answer.get("ResponseMessage").and_then(words_of);
    match (code(&answer), words) {
        (Some(1), Some(text)) => Ok(text),
        (Some(1), None) => Err(Error::NotAnAnswer {
            who,
            what: "an empty answer".to_owned(),
        }),
        (_, words) => Err(Error::SignInRefused {
            message: said(words),
        }),
    }
}

fn code(answer: &Map<String, Value>) -> Option<i64> {
    match answer.get("ResponseCode")? {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

/// What a server says in words: a text, or the `Message` of an object.
fn words_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        value => value.get("Message")?.as_str()?,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(MOST_WORDS).collect())
}

fn refused(words: Option<String>) -> Error {
    Error::Refused {
        message: said(words),
    }
}

fn said(words: Option<String>) -> String {
    words.unwrap_or_else(|| "no reason was given".to_owned())
}

fn looks_like(body: &[u8]) -> &'static str {
    let start: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .take(1)
        .collect();
    match start.first() {
        None => "nothing",
        Some(b'<') => "a web page",
        Some(_) => "something",
    }
}

impl Account {
    /// Reads the account of a sign-in.
    pub(super) fn deserialize_from(value: Value) -> Result<Self, Error> {
        let account: Account = serde_json::from_value(value).map_err(|_| Error::NotAnAnswer {
            who: "The account",
            what: "something that is no account".to_owned(),
        })?;
        if account.user_list.is_empty() {
            return Err(Error::EmptyAccount { what: "users" });
        }
        if account
            .user_list
            .iter()
            .all(|user| user.institution_list.is_empty())
        {
            return Err(Error::EmptyAccount { what: "locations" });
        }
        Ok(account)
    }
}
