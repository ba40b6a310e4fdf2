//! Signing in: router → region → session → socket → account (`protocol.md`, "Signing in").

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::address::{checked, host_and_port, is_loopback};
use super::envelope::{self, Answer};
use super::error::Error;
use super::model::Account;
use super::socket::{Counter, Pulse, Socket};
use super::wire::{Kind, Session as Management};
use super::{Endpoint, Keys, dial};

/// The longest HTTP answer: it holds an address or a GUID.
const MAX_BODY: usize = 1024 * 1024;

/// How long to wait for what. All of them can be chosen by tests.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// One HTTP request, or opening a WebSocket.
    pub connect: Duration,
    /// A request that is answered from what the server knows.
    pub request: Duration,
    /// A search, which may find very much.
    pub search: Duration,
    /// A part of a file, up and acknowledged: 512 KiB in this time is the slowest line that works.
    pub part: Duration,
    /// A ping is sent this often.
    pub ping: Duration,
    /// Without any sign of life for this long a connection counts as lost.
    pub silence: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(15),
            request: Duration::from_secs(60),
            search: Duration::from_secs(120),
            part: Duration::from_secs(120),
            ping: Duration::from_secs(20),
            silence: Duration::from_secs(60),
        }
    }
}

/// Where the account lives, as the router and the region's server told.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The session's GUID.
    pub(super) session: Uuid,
    /// The address that WebSockets are opened to.
    pub(super) socket: Url,
}

/// What is needed to sign in, and to sign in again.
pub(super) struct Door {
    pub(super) endpoint: Endpoint,
    pub(super) keys: Keys,
    pub(super) timeouts: Timeouts,
    http: reqwest::Client,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AskRouter {
    router_key: Uuid,
    address_type: &'static str,
    adapter_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AskSession {
    transaction_type: &'static str,
    account_key: Uuid,
    api_key: Uuid,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Register {
    session_uuid: Uuid,
    other_parameter_list: [String; 2],
}

impl Door {
    pub(super) fn new(endpoint: Endpoint, keys: Keys, timeouts: Timeouts) -> Result<Self, Error> {
        dial::install_crypto();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.connect)
            // A redirect could lead off to an address that would have been refused.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(proxy) = &endpoint.proxy {
            let address = proxy.clone();
            builder = builder.proxy(reqwest::Proxy::custom(move |url| {
                (!is_loopback(url)).then(|| address.clone())
            }));
        }
        let http = builder.build().map_err(|error| Error::Unreachable {
            host: host_and_port(&endpoint.router),
            reason: error.without_url().to_string(),
        })?;
        Ok(Door {
            endpoint,
            keys,
            timeouts,
            http,
        })
    }

    /// Steps 1 to 3.
    pub(super) async fn find(
        &self,
        step: &(dyn Fn(&'static str) + Send + Sync),
    ) -> Result<Place, Error> {
        step("Asking the router");
        let region = self.router("1").await?;
        let region = checked(&region, "web service", &["http", "https"])?;
        step("Opening a session");
        let parameters = AskSession {
            transaction_type: "3",
            account_key: self.keys.account_key,
            api_key: self.keys.api_key,
        };
        let session = self
            .get(&region, "The region's server", "7", &parameters)
            .await?;
        let session = Uuid::try_parse(session.trim()).map_err(|_| Error::NotAnAnswer {
            who: "The region's server",
            what: "something that is no session".to_owned(),
        })?;
        step("Asking for the account's server");
        let socket = self.router("2").await?;
        let socket = checked(&socket, "WebSocket", &["ws", "wss"])?;
        Ok(Place {
            session,
            socket: self.socket_url(socket),
        })
    }

    async fn router(&self, address_type: &'static str) -> Result<String, Error> {
        let parameters = AskRouter {
            router_key: self.keys.account_key,
            address_type,
            adapter_type: "2",
        };
        self.get(&self.endpoint.router, "The router", "4", &parameters)
            .await
    }

    /// `{socket}/?ClientUniqueId={ApiKey}`.
    fn socket_url(&self, mut socket: Url) -> Url {
        let path = format!("{}/", socket.path().trim_end_matches('/'));
        socket.set_path(&path);
        socket.set_query(Some(&format!("ClientUniqueId={}", self.keys.api_key)));
        socket
    }

    async fn get(
        &self,
        base: &Url,
        who: &'static str,
        request_type: &str,
        parameters: &impl Serialize,
    ) -> Result<String, Error> {
        let parameters = serde_json::to_string(parameters).unwrap_or_default();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        let mut url = base.clone();
        url.query_pairs_mut()
            .clear()
            .append_pair("RequestType", request_type)
            .append_pair("Parameters", &parameters)
            .append_pair("ClientUniqueId", &self.keys.api_key.to_string())
            .append_pair("Cache", &now.to_string());
        let answer = self.http.get(url).send().await;
        let answer = answer.map_err(|error| self.http_error(base, who, error))?;
        if answer.status().is_redirection() {
            return Err(Error::NotAnAnswer {
                who,
                what: "a redirect".to_owned(),
            });
        }
        let body = self.body(answer, base, who).await?;
        envelope::text_of(&body, who)
    }

    async fn body(
        &self,
        mut answer: reqwest::Response,
        base: &Url,
        who: &'static str,
    ) -> Result<Bytes, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| self.http_error(base, who, error))?
        {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Error::NotAnAnswer {
                    who,
                    what: "more than 1 MB".to_owned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.into())
    }

    fn http_error(&self, base: &Url, who: &'static str, error: reqwest::Error) -> Error {
        let host = host_and_port(base);
        // The address holds the keys: it never goes into an error.
        let error = error.without_url();
        if error.is_timeout() {
            return Error::TimedOut {
                who,
                after: self.timeouts.connect,
            };
        }
        let causes = causes(&error);
        let tls = std::iter::successors(Some(&error as &dyn std::error::Error), |error| {
            error.source()
        })
        .any(|cause| is_tls(cause));
        if tls {
            Error::Tls {
                host,
                reason: causes,
            }
        } else {
            Error::Unreachable {
                host,
                reason: causes,
            }
        }
    }

    /// Opens a further WebSocket and registers it with the session.
    pub(super) async fn register(
        &self,
        place: &Place,
        counter: &std::sync::Arc<Counter>,
    ) -> Result<Socket, Error> {
        let (socket, _) = self
            .open(place, counter, Management::RegisterSession)
            .await?;
        Ok(socket)
    }

    /// Opens the main WebSocket; its first answer is the account.
    pub(super) async fn account(
        &self,
        place: &Place,
        counter: &std::sync::Arc<Counter>,
    ) -> Result<(Socket, Account), Error> {
        let (socket, answer) = self
            .open(place, counter, Management::CreateApiSession)
            .await?;
        let account = answer
            .message
            .get("Account")
            .cloned()
            .unwrap_or(Value::Null);
        let account = Account::deserialize_from(account)?;
        Ok((socket, account))
    }

    async fn open(
        &self,
        place: &Place,
        counter: &std::sync::Arc<Counter>,
        management: Management,
    ) -> Result<(Socket, Answer), Error> {
        let proxy = self.endpoint.proxy.as_ref();
        let socket = dial::open(&place.socket, proxy, self.timeouts.connect).await?;
        let pulse = Pulse {
            ping: self.timeouts.ping,
            silence: self.timeouts.silence,
        };
        let socket = Socket::new(socket, counter.clone(), pulse);
        let register = Register {
            session_uuid: place.session,
            other_parameter_list: [
                format!("Api={}", place.session),
                format!("ApiKey={}", self.keys.api_key),
            ],
        };
        let json = Bytes::from(serde_json::to_vec(&register).unwrap_or_default());
        let limit = self.timeouts.connect;
        let asked = socket.ask(
            Kind::Session,
            management.number(),
            json,
            Bytes::new(),
            String::new(),
            limit,
        );
        let answer = Answer::of(&asked.await?).map_err(|error| match error {
            Error::Refused { message } => Error::SignInRefused { message },
            error => error,
        })?;
        Ok((socket, answer))
    }
}

fn is_tls(cause: &(dyn std::error::Error + 'static)) -> bool {
    let in_io = || {
        cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
    };
    cause.is::<rustls::Error>() || in_io().is_some_and(|inner| inner.is::<rustls::Error>())
}

/// The innermost cause: the others repeat it in more general words.
fn causes(error: &reqwest::Error) -> String {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |error| {
        error.source()
    });
    chain.last().map(ToString::to_string).unwrap_or_default()
}
