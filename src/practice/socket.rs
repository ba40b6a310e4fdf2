//! One WebSocket of a client: frames in, frames out. One client's nonsense disturbs nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::answers::{Refusal, good, refused};
use super::{Shared, folders, orders, upload};
use crate::cloud::wire::{General, Kind, Request, Response, Session, Upload};

/// Messages of one connection that are worked on side by side.
const SIDE_BY_SIDE: usize = 8;

/// Serves one connection to its end.
pub(super) async fn serve(shared: Shared, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (answers, mut ready) = mpsc::channel::<Bytes>(SIDE_BY_SIDE);
    let writer = tokio::spawn(async move {
        while let Some(frame) = ready.recv().await {
            if sink.send(Message::Binary(frame)).await.is_err() {
                return;
            }
        }
        drop(sink.close().await);
    });
    let stop = shared.stop.clone();
    let mut connection = Connection {
        shared,
        answers,
        registered: false,
        turns: Arc::new(Semaphore::new(SIDE_BY_SIDE)),
        running: JoinSet::new(),
        sent: Arc::new(AtomicU32::new(0)),
    };
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            () = stop.cancelled() => break,
        };
        let going_on = match message {
            Some(Ok(Message::Binary(frame))) => connection.take(frame).await,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
            Some(Ok(Message::Text(_) | Message::Close(_)) | Err(_)) | None => false,
        };
        if !going_on {
            break;
        }
    }
    // What was begun is finished: a part that is half written would only be sent again.
    while connection.running.join_next().await.is_some() {}
    drop(connection);
    drop(writer.await);
}

struct Connection {
    shared: Shared,
    answers: mpsc::Sender<Bytes>,
    registered: bool,
    turns: Arc<Semaphore>,
    running: JoinSet<()>,
    sent: Arc<AtomicU32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Register {
    session_uuid: Uuid,
}

/// What every general and upload message carries.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys {
    api_key: Uuid,
    account_key: Uuid,
}

impl Connection {
    /// Takes one frame; `false` ends the connection, for what follows a malformed frame cannot be trusted.
    async fn take(&mut self, frame: Bytes) -> bool {
        let Ok(request) = Request::decode(frame) else {
            return false;
        };
        while self.running.try_join_next().is_some() {}
        if request.kind == Kind::Session {
            let answer = self.register(&request).await;
            return self.answer(&request, answer).await;
        }
        if !self.registered {
            let answer = Err(Refusal::new(
                "This connection is not registered with a session.",
            ));
            return self.answer(&request, answer).await;
        }
        let Ok(turn) = self.turns.clone().acquire_owned().await else {
            return false;
        };
        let (shared, answers, sent) =
            (self.shared.clone(), self.answers.clone(), self.sent.clone());
        self.running.spawn(async move {
            let head = (request.kind, request.id, request.management);
            let worked = tokio::task::spawn_blocking(move || work(&shared, &request)).await;
            let answer = worked.unwrap_or_else(|_| Err(Refusal::new("The server made a mistake.")));
            if let Some(frame) = frame_of(head, &answer, &sent) {
                drop(answers.send(frame).await);
            }
            drop(turn);
        });
        true
    }

    async fn register(&mut self, request: &Request) -> Result<Value, Refusal> {
        let asked: Register = parse(&request.json)?;
        let store = self.shared.store.clone();
        let known =
            tokio::task::spawn_blocking(move || store.knows_session(asked.session_uuid)).await;
        if !known.unwrap_or(Ok(false))? {
            return Err(Refusal::new("The session is not known. Sign in again."));
        }
        let answer = match Session::from_number(request.management) {
            Some(Session::RegisterSession) => good("Registered".into(), &[]),
            Some(Session::CreateApiSession) => good(
                serde_json::json!({ "Account": self.shared.store.account()? }),
                &[],
            ),
            _ => return Err(not_known(request.management, None)),
        };
        self.registered = true;
        Ok(answer)
    }

    async fn answer(&self, request: &Request, answer: Result<Value, Refusal>) -> bool {
        let head = (request.kind, request.id, request.management);
        match frame_of(head, &answer, &self.sent) {
            Some(frame) => self.answers.send(frame).await.is_ok(),
            None => false,
        }
    }
}

fn frame_of(
    (kind, request_id, management): (Kind, u32, i32),
    answer: &Result<Value, Refusal>,
    sent: &AtomicU32,
) -> Option<Bytes> {
    let json = match answer {
        Ok(value) => value.to_string(),
        Err(refusal) => refused(refusal).to_string(),
    };
    let response = Response {
        kind: kind.answer(),
        id: sent.fetch_add(1, Ordering::Relaxed).wrapping_add(1),
        request_id,
        success: answer.is_ok(),
        message: String::new(),
        management,
        json: json.into(),
    };
    response.encode().ok()
}

/// Does what one message asks. May wait for the disk.
fn work(shared: &Shared, request: &Request) -> Result<Value, Refusal> {
    let keys: Keys = parse(&request.json)?;
    let ours = shared.store.keys();
    if keys.api_key != ours.api || keys.account_key != ours.account {
        return Err(Refusal::new("No account knows these keys."));
    }
    let store = &shared.store;
    match request.kind {
        Kind::General => match General::from_number(request.management) {
            Some(General::SearchPatientOrder) => orders::search(store, &request.json),
            Some(General::SearchFolder) => folders::list(store, &request.json),
            message => Err(not_known(request.management, message.map(General::name))),
        },
        Kind::Upload => match Upload::from_number(request.management) {
            Some(Upload::Initialize) => upload::initialize(store, &request.json),
            Some(Upload::CheckFileExist) => upload::check_file_exist(store, &request.json),
            Some(Upload::ProcessFile) => {
                upload::process_file(store, &request.json, &request.payload)
            }
            message => Err(not_known(request.management, message.map(Upload::name))),
        },
        Kind::Session => Err(not_known(request.management, None)),
    }
}

/// Reads a message's parameters.
pub(super) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(json)
        .map_err(|error| Refusal::new(format!("The parameters cannot be used: {error}.")))
}

fn not_known(number: i32, name: Option<&str>) -> Refusal {
    match name {
        Some(name) => Refusal::new(format!("The practice server does not know {name} yet.")),
        None => Refusal::new(format!("There is no message {number}.")),
    }
}
