//! A client that knows frames and nothing more.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use studydrop::cloud::wire::{
    General, Kind, MAX_PART, MAX_RESPONSE, Request, Response, Session, Upload,
};
use studydrop::practice::{Config, Server, start};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

use crate::practice::studies::Image;

/// Where a server is and what lets one in.
#[derive(Clone, Copy)]
pub struct Door {
    pub address: SocketAddr,
    pub api_key: Uuid,
    pub account_key: Uuid,
}

impl From<&Server> for Door {
    fn from(server: &Server) -> Self {
        Door {
            address: server.address(),
            api_key: server.api_key(),
            account_key: server.account_key(),
        }
    }
}

impl Door {
    /// One HTTP question, as the vendor's library puts it.
    pub async fn question(&self, path: &str, kind: u8, parameters: &Value) -> Value {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("RequestType", &kind.to_string())
            .append_pair("Parameters", &parameters.to_string())
            .append_pair("ClientUniqueId", &self.api_key.to_string())
            .append_pair("Cache", "1764000000000")
            .finish();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let ask = format!(
            "GET {path}?{query} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    pub async fn session(&self) -> Value {
        let parameters = json!({
            "TransactionType": "3", "AccountKey": self.account_key, "ApiKey": self.api_key,
        });
        self.question("/region/", 7, &parameters).await
    }

    pub async fn socket(&self) -> Result<Socket, tungstenite::Error> {
        let address = format!(
            "ws://{}/socket/?ClientUniqueId={}",
            self.address, self.api_key
        );
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_RESPONSE))
            .max_frame_size(Some(MAX_RESPONSE));
        let (stream, _) =
            tokio_tungstenite::connect_async_with_config(address, Some(limits), true).await?;
        Ok(Socket { stream, last: 0 })
    }

    /// Signs in as the first user, at the first location.
    pub async fn sign_in(&self) -> Client {
        self.sign_in_as(0).await
    }

    pub async fn sign_in_as(&self, user: usize) -> Client {
        let session = self.session().await["ResponseMessage"].clone();
        self.resume(session, user).await
    }

    /// Goes on with a session that exists.
    pub async fn resume(&self, session: Value, user: usize) -> Client {
        let mut main = self.socket().await.unwrap();
        let answer = self
            .register(&mut main, &session, Session::CreateApiSession)
            .await;
        let account = answer["ResponseMessage"]["Account"].clone();
        let person = account["UserList"][user].clone();
        Client {
            door: *self,
            session,
            main,
            user: person["UserUuid"].clone(),
            location: person["InstitutionList"][0]["InstitutionUuid"].clone(),
            account,
        }
    }

    pub async fn register(&self, socket: &mut Socket, session: &Value, how: Session) -> Value {
        let given = json!({
            "SessionUuid": session,
            "OtherParameterList": [
                format!("Api={}", session.as_str().unwrap_or_default()),
                format!("ApiKey={}", self.api_key),
            ],
        });
        socket.ask(Kind::Session, how.number(), &given, &[]).await
    }
}

/// One WebSocket.
pub struct Socket {
    pub stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last: u32,
}

impl Socket {
    pub async fn send(&mut self, kind: Kind, management: i32, given: &Value, bytes: &[u8]) -> u32 {
        self.last += 1;
        let request = Request {
            kind,
            id: self.last,
            management,
            json: given.to_string().into(),
            payload: Bytes::copy_from_slice(bytes),
            user: given["UserUuid"].as_str().unwrap_or_default().to_owned(),
        };
        // A server that was killed takes nothing more; what then never comes is the answer.
        let _ = self
            .stream
            .send(Message::Binary(request.encode().unwrap()))
            .await;
        self.last
    }

    /// The next answer; `None` once the connection is gone.
    pub async fn answer(&mut self) -> Option<Response> {
        while let Some(Ok(message)) = self.stream.next().await {
            if let Message::Binary(frame) = message {
                return Some(Response::decode(frame).unwrap());
            }
        }
        None
    }

    pub async fn try_ask(
        &mut self,
        kind: Kind,
        management: i32,
        given: &Value,
        bytes: &[u8],
    ) -> Option<Value> {
        let id = self.send(kind, management, given, bytes).await;
        let answer = self.answer().await?;
        assert_eq!(answer.request_id, id);
        assert_eq!(answer.kind, kind.answer());
        assert_eq!(answer.management, management);
        let value: Value = serde_json::from_slice(&answer.json).unwrap();
        assert_eq!(answer.success, value["ResponseCode"] == 1);
        Some(value)
    }

    pub async fn ask(&mut self, kind: Kind, management: i32, given: &Value, bytes: &[u8]) -> Value {
        self.try_ask(kind, management, given, bytes)
            .await
            .expect("an answer")
    }
}

/// A client that is signed in.
pub struct Client {
    pub door: Door,
    pub session: Value,
    pub main: Socket,
    pub user: Value,
    pub location: Value,
    pub account: Value,
}

impl Client {
    /// A further socket of the session.
    pub async fn further(&self) -> Socket {
        let mut socket = self.door.socket().await.unwrap();
        let answer = self
            .door
            .register(&mut socket, &self.session, Session::RegisterSession)
            .await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        socket
    }

    /// Parameters with the keys, user and location that every message carries.
    pub fn with(&self, more: Value) -> Value {
        let mut all = json!({
            "ApiKey": self.door.api_key, "AccountKey": self.door.account_key,
            "UserUuid": self.user, "InstitutionUuid": self.location,
        });
        all.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        all
    }

    pub async fn general(&mut self, management: General, more: Value) -> Value {
        let given = self.with(more);
        self.main
            .ask(Kind::General, management.number(), &given, &[])
            .await
    }

    pub async fn upload(&mut self, management: Upload, more: Value, bytes: &[u8]) -> Value {
        let given = self.with(more);
        self.main
            .ask(Kind::Upload, management.number(), &given, bytes)
            .await
    }

    /// Has something done; gives what the answer says within.
    pub async fn done(&mut self, management: General, more: Value) -> Value {
        let answer = self.general(management, more.clone()).await;
        assert_eq!(answer["ResponseCode"], 1, "{more} {answer}");
        assert_eq!(answer["ResponseMessage"]["Success"], true);
        answer["ResponseMessage"].clone()
    }

    /// Asks for what is refused; gives why.
    pub async fn refused(&mut self, management: General, more: Value) -> String {
        let answer = self.general(management, more).await;
        assert_eq!(answer["ResponseMessage"]["Success"], false);
        refusal(&answer).to_owned()
    }

    /// Sends an image; gives its order's GUID.
    pub async fn send_image(&mut self, image: &Image) -> Value {
        let upload = self.begin().await;
        let answer = self.send_file(&upload, 0, &image.bytes(100, 7)).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        answer["ResponseMessage"]["PatientOrder"]["PatientOrderUuid"].clone()
    }

    /// Makes an image of a study, sends it, gives its order's GUID.
    pub async fn study(&mut self, study: &str) -> Value {
        self.send_image(&Image::of(study, 1)).await
    }

    /// Makes a folder below another, or at the top; gives its GUID.
    pub async fn folder(&mut self, parent: &Value, name: &str) -> Value {
        let given = json!({"ParentFolderUuid": parent, "FolderName": name});
        self.done(General::CreateFolder, given).await["FolderUuid"].clone()
    }

    /// The listing of a folder, with its orders.
    pub async fn listing(&mut self, folder: &Value) -> Value {
        let given = json!({"ParentFolderUuid": folder, "GetOrdersInFolder": true});
        self.done(General::SearchFolder, given).await["Folder"].clone()
    }

    /// All that is known of an order.
    pub async fn properties(&mut self, order: &Value) -> Value {
        let given = json!({"PatientOrderUuid": order});
        self.done(General::GetPatientOrderProperties, given).await["PatientOrder"].clone()
    }

    /// The studies that a search finds, sorted.
    pub async fn found(&mut self, filter: Value) -> Vec<String> {
        let study = |order: &Value| order["StudyInstanceUid"].as_str().unwrap().to_owned();
        let mut studies: Vec<_> = self.orders(filter).await.iter().map(study).collect();
        studies.sort();
        studies
    }

    /// A user of the account by place.
    pub fn person(&self, user: usize) -> Value {
        self.account["UserList"][user]["UserUuid"].clone()
    }

    /// A location of the account's first user by place.
    pub fn place(&self, location: usize) -> Value {
        self.account["UserList"][0]["InstitutionList"][location]["InstitutionUuid"].clone()
    }

    /// Begins an upload; gives its GUID.
    pub async fn begin(&mut self) -> Value {
        let answer = self
            .upload(Upload::Initialize, json!({"TotalFileSize": 1.5}), &[])
            .await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        answer["SessionUniqueUuid"].clone()
    }

    pub fn part(&self, upload: &Value, file: u32, index: usize, count: usize) -> Value {
        self.with(json!({
            "SessionUniqueUuid": upload, "FileIndex": file,
            "CurrentFilePartIndex": index, "CurrentFileTotalPartCount": count,
        }))
    }

    /// Sends one part over the main socket.
    pub async fn send_part(
        &mut self,
        upload: &Value,
        file: u32,
        (index, count): (usize, usize),
        bytes: &[u8],
    ) -> Value {
        let given = self.part(upload, file, index, count);
        self.main
            .ask(Kind::Upload, Upload::ProcessFile.number(), &given, bytes)
            .await
    }

    /// Sends a file, whole; gives the last answer, or the first refusal.
    pub async fn send_file(&mut self, upload: &Value, file: u32, bytes: &[u8]) -> Value {
        let parts: Vec<&[u8]> = bytes.chunks(MAX_PART).collect();
        let mut answer = Value::Null;
        for (index, part) in parts.iter().enumerate() {
            answer = self
                .send_part(upload, file, (index, parts.len()), part)
                .await;
            if answer["ResponseCode"] != 1 {
                break;
            }
        }
        answer
    }

    pub async fn orders(&mut self, filter: Value) -> Vec<Value> {
        let answer = self.general(General::SearchPatientOrder, filter).await;
        assert_eq!(answer["ResponseCode"], 1, "{answer}");
        answer["ResponseMessage"]["SearchResultList"]
            .as_array()
            .unwrap()
            .clone()
    }

    pub async fn exists(&mut self, upload: &Value, study: &str, sop: &str) -> bool {
        let given = json!({
            "SessionUniqueUuid": upload, "StudyInstanceUid": study, "SopInstanceUid": sop,
        });
        let answer = self.upload(Upload::CheckFileExist, given, &[]).await;
        assert_eq!(answer["StudyInstanceUid"], study, "{answer}");
        let answer = &answer["ResponseMessage"];
        assert_eq!(answer["FileIfExist"], !answer["PatientOrder"].is_null());
        answer["FileIfExist"].as_bool().unwrap()
    }
}

/// A server of its own in a new folder, and a client of it.
pub async fn server() -> (TempDir, Server, Client) {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Config::local(folder.path())).await.unwrap();
    let client = Door::from(&server).sign_in().await;
    (folder, server, client)
}

/// What a refusal says.
pub fn refusal(answer: &Value) -> &str {
    assert_ne!(answer["ResponseCode"], 1, "{answer}");
    answer["Message"].as_str().unwrap()
}

/// Every file in the store by its bytes' length, and how many there are in `incoming`.
pub fn stored(data: &Path) -> (Vec<Vec<u8>>, usize) {
    let mut files = BTreeMap::new();
    for study in std::fs::read_dir(data.join("files")).unwrap() {
        for file in std::fs::read_dir(study.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            files.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    let incoming = std::fs::read_dir(data.join("incoming")).unwrap().count();
    (files.into_values().collect(), incoming)
}
