//! A visitor without scripts, and a server whose tables are filled behind its back.

use std::path::Path;

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Client as Http, Method, redirect};
use rusqlite::{Connection, params};
use serde_json::Value;
use studydrop::practice::{Config, Server, start};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::common::studies::StudyBuilder;
use crate::practice::client::{Client, Door};

/// A server with one signed-in client, its database and a visitor.
pub struct Place {
    pub folder: TempDir,
    pub server: Server,
    pub client: Client,
    pub db: Connection,
    http: Http,
    files: u32,
}

/// What the server said.
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Page {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The values of an attribute, unescaped no further than these tests need.
    pub fn all(&self, attribute: &str) -> Vec<String> {
        let begin = format!("{attribute}=\"");
        self.text()
            .split(&begin)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }

    /// Links and pictures whose address holds this.
    pub fn links(&self, part: &str) -> Vec<String> {
        let mut all = self.all("href");
        all.extend(self.all("src"));
        all.retain(|link| link.contains(part));
        all
    }
}

impl Place {
    pub async fn new() -> Self {
        Place::with(None).await
    }

    pub async fn with(capacity: Option<u64>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            capacity,
            ..Config::local(folder.path())
        };
        let server = start(config).await.unwrap();
        let client = Door::from(&server).sign_in().await;
        let db = database(folder.path());
        studydrop::cloud::install_crypto();
        let http = Http::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Place {
            folder,
            server,
            client,
            db,
            http,
            files: 0,
        }
    }

    /// Uploads a file; gives its order.
    pub async fn send(&mut self, bytes: &[u8]) -> String {
        let upload = self.client.begin().await;
        let answer = self.client.send_file(&upload, self.files, bytes).await;
        self.files += 1;
        let order = &answer["ResponseMessage"]["PatientOrder"]["PatientOrderUuid"];
        order.as_str().expect("the file is stored").to_owned()
    }

    /// Uploads a made-up study; gives its order and its files' bytes.
    pub async fn study(&mut self, study: &StudyBuilder) -> (String, Vec<Vec<u8>>) {
        let folder = tempfile::tempdir().unwrap();
        let (mut order, mut files) = (String::new(), Vec::new());
        for written in study.write_to(folder.path()) {
            let bytes = std::fs::read(&written.path).unwrap();
            order = self.send(&bytes).await;
            files.push(bytes);
        }
        (order, files)
    }

    pub fn user(&self, number: usize) -> String {
        text(&self.client.account["UserList"][number]["UserUuid"])
    }

    pub fn location(&self, number: usize) -> String {
        text(&self.client.account["UserList"][0]["InstitutionList"][number]["InstitutionUuid"])
    }

    pub fn folder(&self, name: &str) -> String {
        self.db
            .query_row("SELECT uuid FROM folder WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .unwrap()
    }

    pub fn put(&self, order: &str, folder: &str) {
        self.change(
            "INSERT INTO order_folder VALUES (?1, ?2)",
            &[order, &self.folder(folder)],
        );
    }

    pub fn change(&self, sql: &str, values: &[&str]) {
        let changed = self
            .db
            .execute(sql, rusqlite::params_from_iter(values))
            .unwrap();
        assert!(changed > 0, "{sql}");
    }

    /// A view of orders, by the first user; gives its path.
    pub fn view(&self, orders: &[&str]) -> String {
        self.view_by(&self.user(0), None, orders)
    }

    pub fn view_folder(&self, name: &str) -> String {
        self.view_by(&self.user(0), Some(&self.folder(name)), &[])
    }

    pub fn view_by(&self, user: &str, folder: Option<&str>, orders: &[&str]) -> String {
        let token = Uuid::new_v4().simple().to_string();
        self.db
            .execute(
                "INSERT INTO view VALUES (?1, ?2, ?3, unixepoch())",
                params![token, user, folder],
            )
            .unwrap();
        for (position, order) in (0_i64..).zip(orders) {
            let row = params![token, order, position];
            self.db
                .execute("INSERT INTO view_order VALUES (?1, ?2, ?3)", row)
                .unwrap();
        }
        format!("/view/{token}")
    }

    /// A share by address; gives its path. `set` changes its row.
    pub fn share(&self, folder: Option<&str>, orders: &[&str], set: &[(&str, &str)]) -> String {
        let (uuid, token) = (
            Uuid::new_v4().to_string(),
            Uuid::new_v4().simple().to_string(),
        );
        let folder = folder.map(|name| self.folder(name));
        self.db
            .execute(
                "INSERT INTO share (uuid, kind, token, folder, user, created)
                 VALUES (?1, 'Url', ?2, ?3, ?4, unixepoch())",
                params![uuid, token, folder, self.user(0)],
            )
            .unwrap();
        for order in orders {
            self.change("INSERT INTO share_order VALUES (?1, ?2)", &[&uuid, order]);
        }
        for (column, value) in set {
            let sql = format!("UPDATE share SET {column} = ?2 WHERE uuid = ?1");
            self.change(&sql, &[&uuid, value]);
        }
        format!("/share/{token}")
    }

    /// A document with its file; gives its GUID.
    pub fn document(&self, order: &str, name: &str, mime: &str, bytes: &[u8]) -> String {
        let uuid = Uuid::new_v4().to_string();
        let path = format!("documents/{uuid}.doc");
        let file = self.folder.path().join("files").join(&path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        self.db
            .execute(
                "INSERT INTO document VALUES (?1, ?2, ?3, ?4, x'00', ?5, ?6, unixepoch())",
                params![uuid, order, name, mime, bytes.len() as i64, path],
            )
            .unwrap();
        self.change(
            "UPDATE patient_order SET documents = documents + 1 WHERE uuid = ?1",
            &[order],
        );
        uuid
    }

    /// Asks for a path as it stands, which no browser would send so.
    pub async fn raw(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.server.address()).await.unwrap();
        let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub async fn get(&self, path: &str) -> Page {
        self.ask(Method::GET, path, &[], Vec::new()).await
    }

    pub async fn get_as(&self, path: &str, cookie: &str) -> Page {
        let headers = [("cookie", cookie)];
        self.ask(Method::GET, path, &headers, Vec::new()).await
    }

    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Page {
        let address = format!("http://{}{path}", self.server.address());
        let mut request = self.http.request(method, address).body(body);
        for (name, value) in headers {
            request = request.header(HeaderName::try_from(*name).unwrap(), *value);
        }
        let answer = request.send().await.unwrap();
        Page {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            bytes: answer.bytes().await.unwrap().to_vec(),
        }
    }

    /// Sends a form with a password.
    pub async fn enter(&self, share: &str, password: &str) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("password", password)
            .finish();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.ask(Method::POST, share, &kind, body.into()).await
    }

    /// Sends a form with files to a share.
    pub async fn offer(&self, share: &str, files: &[(&str, &[u8])]) -> Page {
        self.post_form(share, form(files)).await
    }

    pub async fn post_form(&self, share: &str, body: Vec<u8>) -> Page {
        let kind = [("content-type", "multipart/form-data; boundary=edge")];
        self.ask(Method::POST, &format!("{share}/upload"), &kind, body)
            .await
    }
}

/// A form with files, its parts marked off by "edge".
pub fn form(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in files {
        body.extend(b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"");
        body.extend(name.as_bytes());
        body.extend(b"\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

pub fn database(data: &Path) -> Connection {
    let db = Connection::open(data.join("practice.sqlite")).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    db
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
