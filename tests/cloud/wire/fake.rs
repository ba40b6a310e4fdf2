//! A server that records what it is sent and answers as it is told: the router, the region and the WebSocket of the
//! protocol on one port of 127.0.0.1, with or without TLS.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::{any, get};
use bytes::Bytes;
use serde_json::{Value, json};
use studydrop::cloud::wire::{Kind, Request, Response};
use studydrop::cloud::{Client, Endpoint, Error, Keys, Options, Timeouts};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

// The ids of traces.json, so that even the bytes agree.
pub const API_KEY: &str = "000000a1-0000-4000-8000-0000000000a1";
pub const ACCOUNT_KEY: &str = "000000a2-0000-4000-8000-0000000000a2";
pub const SESSION: &str = "000000a3-0000-4000-8000-0000000000a3";
pub const UPLOAD: &str = "000000a4-0000-4000-8000-0000000000a4";
pub const USER: &str = "000000b1-0000-4000-8000-0000000000b1";
pub const LOCATION: &str = "000000c1-0000-4000-8000-0000000000c1";
pub const ORDER: &str = "000000e1-0000-4000-8000-0000000000e1";

/// What the server was sent.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Path and query of an HTTP request.
    Http(String),
    /// Path and query of a WebSocket that was opened.
    Open(String),
    /// A binary message, and on which socket (from 0, in the order of opening) it came.
    Frame { socket: usize, bytes: Bytes },
    /// A socket that was closed.
    Closed(usize),
}

/// What the server does about a request.
pub enum Reply {
    /// Answers well, with this JSON.
    Json(Value),
    /// Sends these messages, whatever they are.
    Raw(Vec<Message>),
    /// Answers nothing.
    Nothing,
    /// Cuts the connection.
    HangUp,
    /// Reads nothing any more and holds the connection open.
    Stall,
}

type HttpScript = Arc<dyn Fn(&str, &str) -> (StatusCode, String) + Send + Sync>;
type FrameScript = Arc<dyn Fn(&Request, usize) -> Reply + Send + Sync>;

/// The server, before it runs.
pub struct Plan {
    http: HttpScript,
    frames: FrameScript,
    tls: Option<TlsAcceptor>,
}

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    sockets: Arc<AtomicUsize>,
    http: HttpScript,
    frames: FrameScript,
    base: Arc<str>,
}

/// The server while it runs.
pub struct Fake {
    pub address: SocketAddr,
    pub router: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The good answer to an HTTP request: `ResponseCode` 1 and this message.
pub fn good(message: &str) -> (StatusCode, String) {
    let answer = json!({"ResponseCode": 1, "ResponseMessage": message});
    (StatusCode::OK, answer.to_string())
}

/// The addresses that a router gives, and the session; `base` is `host:port` with its scheme's ending ("" or "s").
pub fn usual_http(kind: &str, base: &str) -> (StatusCode, String) {
    match kind {
        "region" => good(&format!("http{base}/region/")),
        "session" => good(SESSION),
        "socket" => good(&format!("ws{base}/socket")),
        other => panic!("the client asked for {other}"),
    }
}

/// The account of the recordings.
pub fn account() -> Value {
    json!({"UserList": [{"UserUuid": USER, "UserName": "asa", "FullName": "Åsa Öberg", "InstitutionList": [
        {"InstitutionUuid": LOCATION, "InstitutionName": "Main"}], "Color": "blue"}], "AccountName": "Test"})
}

/// The answers of a server where everything is well and nothing is found.
pub fn usual_frames(request: &Request) -> Reply {
    let message = match (request.kind, request.management) {
        (Kind::Session, 4) => json!({"Account": account()}),
        (Kind::Session, _) => json!("Registered"),
        (Kind::General, 1) => json!({"Success": true, "Message": "", "SearchResultList": []}),
        (Kind::General, 3) => json!({"Success": true, "Folder": {"SubFolderList": []}}),
        (Kind::Upload, 1) => {
            let answer =
                json!({"ResponseCode": 1, "ResponseMessage": {}, "SessionUniqueUuid": UPLOAD});
            return Reply::Json(answer);
        }
        (Kind::Upload, 2) => json!({"FileIfExist": false, "PatientOrder": null}),
        _ => json!({"PatientOrder": {"PatientOrderUuid": ORDER}}),
    };
    Reply::Json(json!({"ResponseCode": 1, "ResponseMessage": message}))
}

/// The frame of an answer to `request`.
pub fn answer(request: &Request, json: &Value) -> Message {
    let response = Response {
        kind: request.kind.answer(),
        id: 1,
        request_id: request.id,
        success: true,
        message: String::new(),
        management: request.management,
        json: json.to_string().into(),
    };
    Message::Binary(response.encode().unwrap())
}

impl Plan {
    pub fn new() -> Self {
        Plan {
            http: Arc::new(usual_http),
            frames: Arc::new(|request, _| usual_frames(request)),
            tls: None,
        }
    }

    /// Answers HTTP by this: it is told "region", "session" or "socket", and the base for addresses.
    pub fn http<F>(mut self, script: F) -> Self
    where
        F: Fn(&str, &str) -> (StatusCode, String) + Send + Sync + 'static,
    {
        self.http = Arc::new(script);
        self
    }

    /// Answers WebSocket messages by this: it is told the request and the number of the socket.
    pub fn frames<F>(mut self, script: F) -> Self
    where
        F: Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    {
        self.frames = Arc::new(script);
        self
    }

    pub fn tls(mut self, acceptor: TlsAcceptor) -> Self {
        self.tls = Some(acceptor);
        self
    }

    /// Runs it under its own address.
    pub async fn start(self) -> Fake {
        self.start_as(None).await
    }

    /// Runs it; the addresses it gives name `host` (through a proxy) in place of its own.
    pub async fn start_as(self, host: Option<&str>) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ending = if self.tls.is_some() { "s" } else { "" };
        let host = host.map_or_else(|| address.to_string(), str::to_owned);
        let base = format!("{ending}://{host}");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Shared {
            seen: Arc::clone(&seen),
            sockets: Arc::default(),
            http: self.http,
            frames: self.frames,
            base: base.as_str().into(),
        };
        let app = Router::new()
            .route("/wssShellService/", get(http))
            .route("/region/", get(http))
            .route("/socket/", any(socket))
            .with_state(shared);
        let task = match self.tls {
            None => tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }),
            Some(acceptor) => {
                let listener = TlsListener { listener, acceptor };
                tokio::spawn(async move { axum::serve(listener, app).await.unwrap() })
            }
        };
        Fake {
            address,
            router: format!("http{base}/wssShellService/"),
            seen,
            task,
        }
    }
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, address)) = self.listener.accept().await else {
                continue;
            };
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

fn whole(uri: &Uri) -> String {
    uri.path_and_query().unwrap().to_string()
}

async fn http(State(shared): State<Shared>, uri: Uri) -> HttpResponse {
    let text = whole(&uri);
    let kind = match (uri.path(), text.contains("%22AddressType%22%3A%221%22")) {
        ("/region/", _) => "session",
        (_, true) => "region",
        (_, false) => "socket",
    };
    shared.seen.lock().unwrap().push(Seen::Http(text));
    (shared.http)(kind, &shared.base).into_response()
}

async fn socket(State(shared): State<Shared>, uri: Uri, upgrade: WebSocketUpgrade) -> HttpResponse {
    let number = shared.sockets.fetch_add(1, Ordering::SeqCst);
    shared.seen.lock().unwrap().push(Seen::Open(whole(&uri)));
    upgrade
        .max_message_size(8 * 1024 * 1024)
        .on_upgrade(move |socket| async move {
            serve(&shared, socket, number).await;
            shared.seen.lock().unwrap().push(Seen::Closed(number));
        })
}

async fn serve(shared: &Shared, mut socket: WebSocket, number: usize) {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Binary(bytes) = message else {
            continue;
        };
        let seen = Seen::Frame {
            socket: number,
            bytes: bytes.clone(),
        };
        shared.seen.lock().unwrap().push(seen);
        let request = Request::decode(bytes).unwrap();
        let messages = match (shared.frames)(&request, number) {
            Reply::Json(json) => vec![answer(&request, &json)],
            Reply::Raw(messages) => messages,
            Reply::Nothing => Vec::new(),
            Reply::HangUp => return,
            Reply::Stall => std::future::pending().await,
        };
        for message in messages {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    }
}

/// Time-outs with which a test of a silent server does not take a minute, and a busy machine still signs in.
pub fn short() -> Timeouts {
    use std::time::Duration;
    Timeouts {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(5),
        search: Duration::from_secs(5),
        part: Duration::from_secs(5),
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(200),
        ..Timeouts::default()
    }
}

pub fn keys() -> Keys {
    Keys::parse(ACCOUNT_KEY, API_KEY).unwrap()
}

impl Fake {
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::parse(&self.router, "").unwrap()
    }

    pub async fn sign_in(&self) -> Result<Client, Error> {
        self.sign_in_with(short()).await
    }

    pub async fn sign_in_with(&self, timeouts: Timeouts) -> Result<Client, Error> {
        let options = Options {
            timeouts,
            // The day of the recordings: their shares expire some day.
            today: Some(jiff::civil::date(2026, 11, 24)),
            ..Options::default()
        };
        Client::sign_in_with(&self.endpoint(), &keys(), &options, |_| {}).await
    }

    /// What it was sent since the last time this was asked.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// The requests it was sent since the last time, with the sockets that they came on.
    pub fn take_requests(&self) -> Vec<(usize, Request)> {
        let frame = |seen| match seen {
            Seen::Frame { socket, bytes } => Some((socket, Request::decode(bytes).unwrap())),
            _ => None,
        };
        self.take().into_iter().filter_map(frame).collect()
    }
}
