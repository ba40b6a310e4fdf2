//! Which room answers which message, and how an answer looks on the wire.
//!
//! Every answer is `{"ResponseCode": 1 = good, "ResponseMessage": {"Success", "Message", …}, "Message", …}`.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::cloud::wire::{General, Kind, MAX_RESPONSE, Request, Response, Session, Upload};

use super::error::Refusal;
use super::parameters::Parameters;
use super::store::Store;
use super::upload::{self, Part};
use super::{account, folders, orders, parts};

/// The code of an answer that is no failure.
const GOOD: i64 = 1;
/// The code of every failure; which ones the vendor uses is *unknown*.
const FAILED: i64 = 0;
/// The longest answer, JSON: what a client takes, less room for the frame around it.
const MAX_ANSWER: usize = MAX_RESPONSE - 1024;

/// What a message is answered with: fields of `ResponseMessage`, and fields beside it.
struct Answer {
    within: Value,
    beside: Map<String, Value>,
}

impl Answer {
    fn new(within: Value) -> Self {
        Answer {
            within,
            beside: Map::new(),
        }
    }

    fn beside(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.beside.insert(field.to_owned(), value.into());
        self
    }
}

/// What a connection knows about its client, and what a message makes of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Registration(Option<Uuid>);

/// Does what a message asks for. Session messages may change the registration; no other kind is answered without one.
///
/// This waits for the disk: it is not for an async thread.
pub(super) fn answer(
    store: &Store,
    registration: &mut Registration,
    request: &Request,
) -> Result<Value, Refusal> {
    let answer = match request.kind {
        Kind::Session => session(store, registration, request)?,
        Kind::General | Kind::Upload => {
            if registration.0.is_none() {
                return Err(Refusal::NotRegistered);
            }
            let given = Parameters::parse(&request.json)?;
            check_keys(store, &given)?;
            if request.kind == Kind::General {
                general(store, request.management, &given)?
            } else {
                upload(store, request, &given)?
            }
        }
    };
    let mut message = json!({"Success": true, "Message": ""});
    if let (Value::Object(message), Value::Object(fields)) = (&mut message, answer.within) {
        message.extend(fields);
    }
    let mut all = answer.beside;
    all.insert("ResponseCode".to_owned(), GOOD.into());
    all.insert("ResponseMessage".to_owned(), message);
    Ok(Value::Object(all))
}

fn session(
    store: &Store,
    registration: &mut Registration,
    request: &Request,
) -> Result<Answer, Refusal> {
    let management = Session::from_number(request.management);
    if !matches!(
        management,
        Some(Session::CreateApiSession | Session::RegisterSession)
    ) {
        return Err(not_built(management.map(Session::name), request.management));
    }
    let given = Parameters::parse(&request.json)?;
    let session = given.needed_guid("SessionUuid")?;
    let key = format!("ApiKey={}", store.keys().api);
    if !given
        .texts("OtherParameterList")?
        .iter()
        .any(|one| one.trim().eq_ignore_ascii_case(&key))
    {
        return Err(Refusal::WrongKeys);
    }
    if !store.knows_session(session)? {
        return Err(Refusal::UnknownSession);
    }
    let within = if management == Some(Session::CreateApiSession) {
        json!({"Account": store.read(account::account)?})
    } else {
        json!({})
    };
    registration.0 = Some(session);
    Ok(Answer::new(within))
}

fn check_keys(store: &Store, given: &Parameters) -> Result<(), Refusal> {
    let keys = store.keys();
    let right =
        given.guid("ApiKey")? == Some(keys.api) && given.guid("AccountKey")? == Some(keys.account);
    right.then_some(()).ok_or(Refusal::WrongKeys)
}

fn general(store: &Store, management: i32, given: &Parameters) -> Result<Answer, Refusal> {
    match General::from_number(management) {
        Some(General::SearchPatientOrder) => store.search(|work| orders::search(work, given)),
        Some(General::SearchFolder) => store.search(|work| folders::list(work, given)),
        other => Err(not_built(other.map(General::name), management)),
    }
    .map(Answer::new)
}

fn upload(store: &Store, request: &Request, given: &Parameters) -> Result<Answer, Refusal> {
    match Upload::from_number(request.management) {
        Some(Upload::Initialize) => {
            let begun = upload::initialize(store, given)?;
            Ok(Answer::new(json!({})).beside("SessionUniqueUuid", begun.to_string()))
        }
        Some(Upload::CheckFileExist) => Ok(Answer::new(upload::check(store, given)?)
            .beside("StudyInstanceUid", given.text("StudyInstanceUid")?)),
        Some(Upload::ProcessFile) => {
            let part = Part::read(given, request.payload.clone())?;
            let order = parts::process(store, &part)?;
            Ok(Answer::new(match order {
                Some(order) => json!({"PatientOrder": order}),
                None => json!({}),
            }))
        }
        other => Err(not_built(other.map(Upload::name), request.management)),
    }
}

fn not_built(name: Option<&str>, management: i32) -> Refusal {
    Refusal::NotBuilt(name.map_or_else(|| format!("message {management}"), str::to_owned))
}

/// A refusal as JSON.
fn refused(refusal: &Refusal) -> Value {
    let text = refusal.to_string();
    json!({
        "ResponseCode": FAILED,
        "ResponseMessage": {"Success": false, "Message": text},
        "Message": text,
    })
}

/// The frame of an answer. `None` only where not even a refusal could be put into a frame.
pub(super) fn frame(
    kind: Kind,
    request_id: u32,
    management: i32,
    id: u32,
    result: &Result<Value, Refusal>,
) -> Option<Bytes> {
    let encode = |result: &Result<Value, Refusal>| {
        let (success, json) = match result {
            Ok(value) => (true, serde_json::to_vec(value).ok()?),
            Err(refusal) => (false, serde_json::to_vec(&refused(refusal)).ok()?),
        };
        Some((success, json))
    };
    if let Err(Refusal::Disk(_) | Refusal::Database(_)) = result {
        // The client is told that it failed; why is for whoever keeps the server. Neither kind quotes what was sent.
        tracing::warn!(cause = ?result.as_ref().err(), "the practice server could not store or read");
    }
    let (mut success, mut json) = encode(result)?;
    if json.len() > MAX_ANSWER {
        (success, json) = encode(&Err(Refusal::TooMany))?;
    }
    Response {
        kind: kind.answer(),
        id,
        request_id,
        success,
        message: String::new(),
        management,
        json: json.into(),
    }
    .encode()
    .ok()
}
