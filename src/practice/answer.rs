//! Which room answers which message, and how an answer looks on the wire.
//!
//! Every answer is `{"ResponseCode": 1 = good, "ResponseMessage": {"Success", "Message", …}, "Message", …}`.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Transaction;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::cloud::wire::{General, Kind, MAX_RESPONSE, Request, Response, Session, Upload};

use super::content::Purpose;
use super::error::Refusal;
use super::folders::Listing;
use super::orders::Order;
use super::parameters::Parameters;
use super::shares::What;
use super::store::Store;
use super::upload::{self, Part};
use super::{
    access, account, assemble, assign, call_counts, create, delete_order, flags, folder_changes,
    folders, groups, orders, people, properties, shares, views,
};

/// The code of an answer that is no failure.
const GOOD: i64 = 1;
/// The code of every failure; which ones the vendor uses is *unknown*.
const FAILED: i64 = 0;
/// The longest answer, JSON: what a client takes, less room for the frame around it.
const MAX_ANSWER: usize = MAX_RESPONSE - 1024;

/// What a message is answered with: fields of `ResponseMessage`, and fields beside it.
struct Answer {
    within: Within,
    beside: Map<String, Value>,
}

/// Fields of `ResponseMessage`. What may be long is kept as it is until it is written: 100,000 orders as loose values
/// take many times the memory.
#[derive(Serialize)]
#[serde(untagged)]
enum Within {
    Fields(Map<String, Value>),
    Found {
        #[serde(rename = "SearchResultList")]
        list: Vec<Order>,
    },
    Listed {
        #[serde(rename = "Folder")]
        folder: Box<Listing>,
    },
}

impl Answer {
    fn new(within: Within) -> Self {
        Answer {
            within,
            beside: Map::new(),
        }
    }

    /// The fields of a JSON object.
    fn of(fields: Value) -> Self {
        Answer::new(Within::Fields(match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }))
    }

    fn beside(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.beside.insert(field.to_owned(), value.into());
        self
    }
}

/// A whole answer that is no failure.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reply {
    response_code: i64,
    response_message: Message,
    #[serde(flatten)]
    beside: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    success: bool,
    message: &'static str,
    #[serde(flatten)]
    within: Within,
}

/// What a connection knows about its client, and what a message makes of it.
#[derive(Debug, Clone)]
pub(super) struct Registration {
    session: Option<Uuid>,
    /// Host and port by which the client reaches this server: addresses that it is given begin so.
    host: Arc<str>,
}

impl Registration {
    /// Nothing is known yet but where the connection came to.
    pub(super) fn new(host: &str) -> Self {
        Registration {
            session: None,
            host: host.into(),
        }
    }
}

/// Does what a message asks for. Session messages may change the registration; no other kind is answered without one.
///
/// This waits for the disk: it is not for an async thread.
pub(super) fn answer(
    store: &Store,
    registration: &mut Registration,
    request: &Request,
) -> Result<Reply, Refusal> {
    let answer = match request.kind {
        Kind::Session => session(store, registration, request)?,
        Kind::General | Kind::Upload => {
            if registration.session.is_none() {
                return Err(Refusal::NotRegistered);
            }
            let given = Parameters::parse(&request.json)?;
            check_keys(store, &given)?;
            if request.kind == Kind::General {
                let answer = general(store, &registration.host, request.management, &given)?;
                if let Some(message) = General::from_number(request.management) {
                    store.served().add(call_counts::general(message, &given));
                }
                answer
            } else {
                let answer = upload(store, request, &given)?;
                let message = Upload::from_number(request.management);
                if let Some(method) = message.and_then(|one| call_counts::upload(one, &given)) {
                    store.served().add(method);
                }
                answer
            }
        }
    };
    Ok(Reply {
        response_code: GOOD,
        response_message: Message {
            success: true,
            message: "",
            within: answer.within,
        },
        beside: answer.beside,
    })
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
    registration.session = Some(session);
    Ok(Answer::of(within))
}

fn check_keys(store: &Store, given: &Parameters) -> Result<(), Refusal> {
    let keys = store.keys();
    let right =
        given.guid("ApiKey")? == Some(keys.api) && given.guid("AccountKey")? == Some(keys.account);
    right.then_some(()).ok_or(Refusal::WrongKeys)
}

fn general(
    store: &Store,
    host: &str,
    management: i32,
    given: &Parameters,
) -> Result<Answer, Refusal> {
    use General as G;
    let Some(message) = General::from_number(management) else {
        return Err(not_built(None, management));
    };
    let fields = match message {
        G::SearchPatientOrder => {
            let list = store.search(|work| orders::search(work, given))?;
            return Ok(Answer::new(Within::Found { list }));
        }
        G::SearchFolder => {
            let folder = store.search(|work| folders::list(work, given))?;
            return Ok(Answer::new(Within::Listed {
                folder: Box::new(folder),
            }));
        }
        G::GetPatientOrderProperties => store.read(|work| properties::of_order(work, host, given)),
        G::GetAccountFlagDictionary => store.read(|work| flags::dictionary(work, given)),
        G::GetUserList => store.read(|work| people::users(work, given)),
        G::GetUserGroupList => store.read(|work| people::user_groups(work, given)),
        G::GetDicomNodeList => store.read(|work| people::dicom_nodes(work, given)),
        G::GetContactList => store.read(|work| people::contacts(work, given)),
        G::ShareFolderWithEmail
        | G::ShareFolderToUploadWithEmail
        | G::SharePatientOrderWithEmail
        | G::SharePatientOrderWithEmailWithExpireDate => {
            shares::by_email(store, host, given, what(message))
        }
        _ => store.write(|work| change(work, host, message, given)),
    };
    fields.map(Answer::of)
}

/// What a message of sharing shares.
fn what(message: General) -> What {
    use General as G;
    match message {
        G::ShareFolderToUploadWithEmail | G::ShareFolderToUploadWithUrl => What::FolderToUpload,
        G::ShareFolderWithEmail | G::ShareFolderWithURL => What::Folder,
        _ => What::Orders,
    }
}

/// The messages that change something, each in one transaction.
fn change(
    work: &Transaction<'_>,
    host: &str,
    message: General,
    given: &Parameters,
) -> Result<Value, Refusal> {
    use General as G;
    match message {
        G::CreateFolder => folder_changes::create(work, given),
        G::DeleteFolder => folder_changes::delete(work, given),
        G::UpdateFolderWithJson => folder_changes::update(work, given),
        G::AddOrderToFolder => folder_changes::add_order(work, given),
        G::RemoveOrderFromFolder => folder_changes::remove_orders(work, given),
        G::GetViewUrl => views::of_orders(work, host, given),
        G::GetFolderViewUrl => views::of_folder(work, host, given),
        G::DeletePatientOrder => delete_order::delete(work, given),
        G::CreatePatientOrder => create::create(work, given),
        G::CreatePatientOrderWithJson => create::create_with_json(work, given),
        G::CreateOrderGroup => groups::create(work, given),
        G::AddOrdersToOrderGroup => groups::add(work, given),
        G::RemoveOrdersFromGroup => groups::remove(work, given),
        G::AssignPatientOrderToUser => assign::to_user(work, given),
        G::AssignPatientOrderToUserGroup => assign::to_group(work, given),
        G::UnassignPatientOrderFromUser => assign::from_user(work, given),
        G::UnassignPatientOrderFromUserGroup => assign::from_group(work, given),
        G::AssignPatientOrderToInstitution => assign::to_location(work, given),
        G::SetFlagToPatientOrder => flags::set(work, given),
        G::ShareFolderWithAccountUser => shares::with_users(work, given),
        G::ShareFolderWithAccountUserGroup => shares::with_groups(work, given),
        G::ShareFolderWithURL
        | G::ShareFolderToUploadWithUrl
        | G::SharePatientOrderWithUrl
        | G::SharePatientOrderWithUrlWithExpireDate => {
            shares::by_address(work, host, given, what(message))
        }
        other => Err(not_built(Some(other.name()), other.number())),
    }
}

fn upload(store: &Store, request: &Request, given: &Parameters) -> Result<Answer, Refusal> {
    let purpose = match Upload::from_number(request.management) {
        Some(Upload::Initialize) => {
            let begun = upload::initialize(store, given)?;
            return Ok(Answer::of(json!({})).beside("SessionUniqueUuid", begun.to_string()));
        }
        Some(Upload::CheckFileExist) => {
            return Ok(Answer::of(upload::check(store, given)?)
                .beside("StudyInstanceUid", given.text("StudyInstanceUid")?));
        }
        Some(Upload::ProcessFile) => Purpose::image(given)?,
        Some(Upload::ProcessDocuments) => Purpose::document(given)?,
        other => return Err(not_built(other.map(Upload::name), request.management)),
    };
    let bytes = match &purpose {
        Purpose::Image(_) => request.payload.clone(),
        Purpose::Document(_) => upload::document_part(given, &request.payload)?,
    };
    let part = Part::read(given, purpose, bytes)?;
    let mut fields = Map::new();
    if let Some(stored) = assemble::process(store, &part)? {
        let user = part.user.to_string();
        let order = store.read(|work| access::told(work, &user, &stored.order))?;
        fields.insert("PatientOrder".to_owned(), order);
        if let Some(document) = stored.document {
            fields.insert("DocumentUuid".to_owned(), document.into());
        }
    }
    Ok(Answer::new(Within::Fields(fields)))
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
    result: &Result<Reply, Refusal>,
) -> Option<Bytes> {
    let encode = |result: &Result<Reply, Refusal>| {
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
