//! Requests on their way out and answers on their way in: the account's keys are put beside a request's parameters, and
//! an answer's JSON is judged (did it go well?) before it is read.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::wire::{self, Kind, Response};
use super::{Error, Keys};

/// Answers longer than this are read on a thread of their own, so that the runtime goes on meanwhile.
const LONG_ANSWER: usize = 256 * 1024;
/// The longest text of a server that is shown.
const MAX_WORDS: usize = 300;
/// So much of a text is looked through for keys and identifiers before it is cut to [`MAX_WORDS`], so that none is cut
/// in two and shown in part.
const MAX_QUOTED: usize = 4096;

/// How long a request may take, by its nature; the seconds stand in [`super::Timeouts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// An ordinary request.
    Request,
    /// A search, which may find 100,000 orders.
    Search,
    /// A part of a file, on a slow line.
    Part,
}

/// A request before it has a number.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// What is asked for, as an error would name it: "the search for orders".
    pub(super) what: &'static str,
    pub(super) kind: Kind,
    pub(super) management: i32,
    pub(super) json: Bytes,
    pub(super) payload: Bytes,
    pub(super) user: Option<Uuid>,
    pub(super) patience: Patience,
    /// Whether it changes nothing, so that it may be sent again when the line broke before the answer came.
    pub(super) repeatable: bool,
}

/// Parameters with the keys behind them, as every general and upload message has them.
#[derive(Serialize)]
struct Signed<'a, P> {
    #[serde(flatten)]
    parameters: &'a P,
    #[serde(rename = "ApiKey")]
    api_key: Uuid,
    #[serde(rename = "AccountKey")]
    account_key: Uuid,
}

fn signed<P: Serialize>(what: &'static str, keys: &Keys, parameters: &P) -> Result<Bytes, Error> {
    let message = Signed {
        parameters,
        api_key: keys.api_key,
        account_key: keys.account_key,
    };
    to_json(what, &message)
}

fn to_json<P: Serialize>(what: &'static str, parameters: &P) -> Result<Bytes, Error> {
    match serde_json::to_vec(parameters) {
        Ok(json) => Ok(json.into()),
        Err(error) => Err(Error::Unreadable {
            what,
            why: format!("its parameters are no JSON ({:?})", error.classify()),
        }),
    }
}

impl Message {
    /// A general message that changes something at the account. See [`Message::question`] for those that do not.
    pub(super) fn general<P: Serialize>(
        keys: &Keys,
        management: wire::General,
        what: &'static str,
        parameters: &P,
    ) -> Result<Message, Error> {
        Ok(Message {
            what,
            kind: Kind::General,
            management: management.number(),
            json: signed(what, keys, parameters)?,
            payload: Bytes::new(),
            user: None,
            patience: Patience::Request,
            repeatable: false,
        })
    }

    /// An upload message, with bytes of a file or without.
    pub(super) fn upload<P: Serialize>(
        keys: &Keys,
        management: wire::Upload,
        what: &'static str,
        user: Uuid,
        parameters: &P,
        payload: Bytes,
    ) -> Result<Message, Error> {
        Ok(Message {
            what,
            kind: Kind::Upload,
            management: management.number(),
            json: signed(what, keys, parameters)?,
            payload,
            user: Some(user),
            patience: Patience::Request,
            repeatable: false,
        })
    }

    /// A session message: the first on a socket.
    pub(super) fn session(
        keys: &Keys,
        management: wire::Session,
        what: &'static str,
        session: Uuid,
    ) -> Result<Message, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Parameters {
            session_uuid: Uuid,
            other_parameter_list: [String; 2],
        }
        let parameters = Parameters {
            session_uuid: session,
            other_parameter_list: [format!("Api={session}"), format!("ApiKey={}", keys.api_key)],
        };
        Ok(Message {
            what,
            kind: Kind::Session,
            management: management.number(),
            json: to_json(what, &parameters)?,
            payload: Bytes::new(),
            user: None,
            patience: Patience::Request,
            repeatable: false,
        })
    }

    /// Marks a message that changes nothing.
    pub(super) fn question(self) -> Message {
        Message {
            repeatable: true,
            ..self
        }
    }

    /// Gives a message more time, or less.
    pub(super) fn patience(self, patience: Patience) -> Message {
        Message { patience, ..self }
    }
}

/// A server's text as it may be shown: short, on one line, a sentence's end at its end, and without the keys, which a
/// server may quote.
pub(super) fn words(text: &str, keys: &Keys) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_QUOTED)
        .collect();
    let mut shown = line.trim().to_owned();
    for key in [keys.account_key, keys.api_key] {
        for form in [key.hyphenated().to_string(), key.simple().to_string()] {
            // ASCII alone changes, so that the places in both texts agree.
            while let Some(at) = shown.to_ascii_lowercase().find(&form) {
                shown.replace_range(at..at + form.len(), "(key)");
            }
        }
    }
    shown = without_ids(&shown).chars().take(MAX_WORDS).collect();
    if shown.is_empty() {
        shown.push_str("it gave no reason");
    }
    if !shown.ends_with(['.', '!', '?']) {
        shown.push('.');
    }
    shown
}

/// The same without identifiers in the form of a GUID, with hyphens or without: those of sessions and uploads open them to
/// whoever knows them, and no others help a person.
fn without_ids(text: &str) -> String {
    let is_of_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_of_id) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_of_id(c)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        let digits = token.chars().filter(char::is_ascii_hexdigit).count();
        shown.push_str(before);
        shown.push_str(if digits >= ID_DIGITS { "(id)" } else { token });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Hexadecimal digits of a GUID.
const ID_DIGITS: usize = 32;

/// What stands beside `ResponseMessage` and in it about how it went.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Envelope {
    response_code: Value,
    response_message: Verdict,
    message: Verdict,
}

/// `ResponseMessage` is a text, or an object with `Success` and `Message`, or something else.
#[derive(Debug, Default)]
struct Verdict {
    success: Option<bool>,
    text: Option<String>,
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VerdictVisitor)
    }
}

struct VerdictVisitor;

impl<'de> Visitor<'de> for VerdictVisitor {
    type Value = Verdict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Verdict, E> {
        Ok(Verdict {
            success: None,
            text: Some(text.chars().take(MAX_QUOTED).collect()),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Verdict, A::Error> {
        let mut verdict = Verdict::default();
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match name.as_ref() {
                "Success" => verdict.success = map.next_value::<Value>()?.as_bool(),
                "Message" => verdict.text = map.next_value::<Verdict>()?.text,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(verdict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Verdict, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Verdict::default())
    }

    fn visit_unit<E>(self) -> Result<Verdict, E> {
        Ok(Verdict::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Verdict, E> {
        Ok(Verdict::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Verdict, E> {
        Ok(Verdict::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Verdict, E> {
        Ok(Verdict::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Verdict, E> {
        Ok(Verdict::default())
    }
}

/// Says why JSON could not be read, without a word of it: it may hold names of patients.
pub(super) fn unreadable(what: &'static str, error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    Error::Unreadable {
        what,
        why: match error.classify() {
            serde_json::error::Category::Data => {
                format!("a field is not what it should be (line {line}, character {column})")
            }
            _ => format!("it is no JSON (line {line}, character {column})"),
        },
    }
}

/// Whether the server says that it went well. `ResponseCode` has the last word, then the message's own `Success`.
pub(super) fn judge(what: &'static str, json: &[u8], keys: &Keys) -> Result<(), Error> {
    let envelope: Envelope = serde_json::from_slice(json).map_err(|e| unreadable(what, &e))?;
    let good_code = match &envelope.response_code {
        Value::String(text) => text.trim() == "1",
        other => other.as_i64() == Some(1),
    };
    if good_code && envelope.response_message.success != Some(false) {
        return Ok(());
    }
    let text = [envelope.response_message.text, envelope.message.text]
        .into_iter()
        .flatten()
        .find(|text| !text.trim().is_empty());
    Err(Error::Refused {
        what,
        words: words(text.as_deref().unwrap_or(""), keys),
    })
}

/// An answer's `ResponseMessage`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer<T> {
    pub(super) response_message: T,
}

/// Judges an answer and reads the whole of it as `T`; [`Answer`] is for those whose worth lies in `ResponseMessage`.
pub(super) async fn read<T: DeserializeOwned + Send + 'static>(
    what: &'static str,
    response: Response,
    keys: &Keys,
) -> Result<T, Error> {
    if response.json.is_empty() {
        let words = words(&response.message, keys);
        return Err(Error::Refused { what, words });
    }
    let long = response.json.len() > LONG_ANSWER;
    let keys = keys.clone();
    let work = move || {
        judge(what, &response.json, &keys)?;
        if !response.success {
            // The frame says that it failed, its JSON that it went well: which of them is true nobody can know.
            return Err(Error::Refused {
                what,
                words: words(&response.message, &keys),
            });
        }
        serde_json::from_slice(&response.json).map_err(|error| unreadable(what, &error))
    };
    if !long {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::Unreadable {
            what,
            why: "reading it was given up".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::parse(
            "000000a2-0000-4000-8000-0000000000a2",
            "000000a1-0000-4000-8000-0000000000a1",
        )
        .unwrap()
    }

    #[test]
    fn the_response_code_has_the_last_word() {
        let judged = |json: &str| judge("the question", json.as_bytes(), &keys());
        assert_eq!(
            judged(r#"{"ResponseCode":1,"ResponseMessage":"x"}"#),
            Ok(())
        );
        assert_eq!(
            judged(r#"{"ResponseCode":1,"ResponseMessage":{"Success":true}}"#),
            Ok(())
        );
        for refused in [
            r#"{"ResponseCode":0,"ResponseMessage":"No."}"#,
            r#"{"ResponseCode":2,"ResponseMessage":{"Success":true,"Message":"No."}}"#,
            r#"{"ResponseCode":1,"ResponseMessage":{"List":[1,{}],"Success":false,"Message":"No."}}"#,
            r#"{"ResponseCode":-1,"ResponseMessage":null,"Message":"No."}"#,
        ] {
            assert_eq!(
                judged(refused),
                Err(Error::Refused {
                    what: "the question",
                    words: "No.".to_owned()
                }),
                "{refused}"
            );
        }
        for unreadable in ["", "<html>", "[", "1", "{\"ResponseCode\":", "\u{0}"] {
            assert!(
                matches!(judged(unreadable), Err(Error::Unreadable { .. })),
                "{unreadable}"
            );
        }
    }

    #[test]
    fn a_server_that_quotes_the_keys_is_not_repeated() {
        let text = "Account 000000A2-0000-4000-8000-0000000000A2/000000a1000040008000000000000000a1 \n 000000a10000400080000000000000a1";
        let shown = words(text, &keys());
        assert!(!shown.to_lowercase().contains("000000a2"), "{shown}");
        assert!(
            !shown.contains("000000a10000400080000000000000a1"),
            "{shown}"
        );
    }

    #[test]
    fn identifiers_of_sessions_are_not_repeated_not_even_in_part() {
        let id = "5f0c5d3e-1b2a-4c3d-8e9f-0a1b2c3d4e5f";
        let long = format!("{} {id}", "x".repeat(MAX_WORDS - 20));
        for text in [
            format!("Session {id} is not known"),
            format!("Session {{{}}}", id.to_uppercase()),
            format!("Session={}", id.replace('-', "")),
            long,
        ] {
            let shown = words(&text, &keys()).to_lowercase();
            assert!(!shown.contains("5f0c"), "{shown}");
        }
        let plain = "Image 1.2.840.10008 of 2026-11-25 is not known.";
        assert_eq!(words(plain, &keys()), plain);
    }

    #[test]
    fn an_unreadable_answer_is_not_quoted() {
        let error = serde_json::from_str::<Answer<u8>>(r#"{"ResponseMessage":"DOE^JANE"}"#)
            .err()
            .unwrap();
        assert!(error.to_string().contains("DOE"));
        assert!(
            !unreadable("the question", &error)
                .to_string()
                .contains("DOE")
        );
    }
}
