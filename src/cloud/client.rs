//! The handle that everybody else holds. Requests go over the main socket; while that is being opened again they wait,
//! within their time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Zoned;
use jiff::civil::Date;
use rustls::pki_types::CertificateDer;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use super::connect::Dialer;
use super::message::{Answer, Message, Patience, read};
use super::model::Account;
use super::socket::{Ids, Socket};
use super::wire::Response;
use super::{Endpoint, Error, Keys, session};

/// The state of the connection, for the light at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Connected.
    Online,
    /// Lost; connecting again. Says why, in a few words.
    Reconnecting(String),
    /// Signed out, or given up.
    Offline,
}

/// Every time-out of this room, in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening a connection, its TLS and WebSocket handshakes included.
    pub connect: Duration,
    /// From an ordinary request to its answer, waiting for the line included.
    pub request: Duration,
    /// The same for a search.
    pub search: Duration,
    /// The same for a part of a file, and the longest that one message may take to be written.
    pub part: Duration,
    /// Between two pings.
    pub ping: Duration,
    /// A line on which nothing is heard for so long is dead.
    pub silence: Duration,
    /// For saying goodbye.
    pub close: Duration,
    /// Before the first new attempt after the line broke; it doubles with each one, and varies by half.
    pub first_pause: Duration,
    /// The longest pause between two attempts.
    pub longest_pause: Duration,
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
            close: Duration::from_secs(2),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    pub(super) fn of(&self, patience: Patience) -> Duration {
        match patience {
            Patience::Request => self.request,
            Patience::Search => self.search,
            Patience::Part => self.part,
        }
    }
}

/// What may be set besides the address and the keys.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The time-outs.
    pub timeouts: Timeouts,
    /// Certificates to trust besides the system's, DER.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// The day to hold dates against; `None`: the system's clock is asked each time.
    pub today: Option<Date>,
}

/// A sign-in. Clones share it; the last one that is dropped ends it.
#[derive(Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

/// Ends the sign-in when the last client goes.
struct Handle {
    core: Arc<Core>,
    keeper: AbortHandle,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.keeper.abort();
        self.core.end(Error::SignedOut);
    }
}

/// What the clients, the upload sockets and the keeper (`session.rs`) share.
pub(super) struct Core {
    pub(super) endpoint: Endpoint,
    pub(super) keys: Keys,
    pub(super) timeouts: Timeouts,
    pub(super) dialer: Dialer,
    today: Option<Date>,
    pub(super) ids: Ids,
    /// The session as it is now; it is made anew when the server has forgotten it.
    pub(super) session: Mutex<Session>,
    pub(super) main: watch::Sender<Main>,
    pub(super) link: watch::Sender<Link>,
    /// A session that an upload socket found to be over; the keeper makes a new one.
    pub(super) stale: watch::Sender<Option<Uuid>>,
    files: AtomicU32,
}

/// What signing in gave.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) uuid: Uuid,
    pub(super) socket: Url,
    pub(super) account: Arc<Account>,
    /// The answer that the account came in, as received.
    pub(super) answer: Arc<Value>,
}

/// The main socket.
pub(super) enum Main {
    /// Open, as far as is known.
    Up(Arc<Socket>),
    /// Being opened again. What broke it.
    Down(Error),
    /// There will be no other. Why.
    Over(Error),
}

impl Core {
    pub(super) fn new(endpoint: &Endpoint, keys: &Keys, options: &Options) -> Result<Core, Error> {
        Ok(Core {
            endpoint: endpoint.clone(),
            keys: keys.clone(),
            timeouts: options.timeouts,
            dialer: Dialer::new(endpoint, options)?,
            today: options.today,
            ids: Ids::default(),
            session: Mutex::new(Session {
                uuid: Uuid::nil(),
                socket: endpoint.router.clone(),
                account: Arc::default(),
                answer: Arc::default(),
            }),
            main: watch::Sender::new(Main::Down(Error::SignedOut)),
            link: watch::Sender::new(Link::Offline),
            stale: watch::Sender::new(None),
            files: AtomicU32::new(0),
        })
    }

    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends everything for good.
    pub(super) fn end(&self, why: Error) {
        self.main.send_replace(Main::Over(why));
        self.link.send_replace(Link::Offline);
    }

    /// The main socket, as soon as there is one.
    async fn up(&self) -> Result<Arc<Socket>, Error> {
        let mut main = self.main.subscribe();
        loop {
            match &*main.borrow_and_update() {
                Main::Up(socket) if socket.is_alive() => return Ok(Arc::clone(socket)),
                Main::Over(why) => return Err(why.clone()),
                // The keeper will notice.
                Main::Up(_) | Main::Down(_) => {}
            }
            if main.changed().await.is_err() {
                return Err(Error::SignedOut);
            }
        }
    }

    /// Sends a request over the main socket. What certainly did not reach the server is sent again for as long as there
    /// is time; what may have reached it is sent again once, if it changes nothing.
    async fn send(&self, message: &Message) -> Result<Response, Error> {
        let mut may_repeat = message.repeatable;
        loop {
            let socket = self.up().await?;
            match socket.request(message).await {
                Ok(response) => return Ok(response),
                Err(broken) if !broken.sent && !socket.is_alive() => {}
                Err(broken) if may_repeat && matches!(broken.error, Error::Lost { .. }) => {
                    may_repeat = false;
                }
                Err(broken) => return Err(broken.error),
            }
        }
    }

    pub(super) async fn ask<T>(&self, message: Message) -> Result<T, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let limit = self.timeouts.of(message.patience);
        let response = match timeout(limit, self.send(&message)).await {
            Ok(response) => response?,
            Err(_) => return Err(self.too_late(message.what, limit)),
        };
        read(message.what, response, &self.keys).await
    }

    /// A time-out while there is no connection is the lost connection.
    fn too_late(&self, what: &'static str, limit: Duration) -> Error {
        match &*self.main.borrow() {
            Main::Up(_) => Error::Timeout {
                what,
                seconds: limit.as_secs(),
            },
            Main::Down(why) | Main::Over(why) => why.clone(),
        }
    }
}

impl Client {
    /// Signs in: asks the router for the region, the region for a session, the router for the socket, opens it and reads
    /// the account. `step` is told what is being done ("Asking the router").
    ///
    /// # Errors
    /// Everything that [`Error`] has for connections, keys refused, and accounts without users or locations.
    pub async fn sign_in(
        endpoint: &Endpoint,
        keys: &Keys,
        step: impl Fn(&'static str) + Send,
    ) -> Result<Client, Error> {
        Client::sign_in_with(endpoint, keys, &Options::default(), step).await
    }

    /// [`Client::sign_in`] with other time-outs or further certificates.
    ///
    /// # Errors
    /// As [`Client::sign_in`].
    pub async fn sign_in_with(
        endpoint: &Endpoint,
        keys: &Keys,
        options: &Options,
        step: impl Fn(&'static str) + Send,
    ) -> Result<Client, Error> {
        let core = Arc::new(Core::new(endpoint, keys, options)?);
        let socket = session::establish(&core, step).await?;
        core.main.send_replace(Main::Up(Arc::clone(&socket)));
        core.link.send_replace(Link::Online);
        let keeper = tokio::spawn(session::keep(Arc::clone(&core), socket)).abort_handle();
        Ok(Client {
            handle: Arc::new(Handle { core, keeper }),
        })
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.handle.core
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.core().keys
    }

    /// The account's key, which names it.
    pub fn account_key(&self) -> Uuid {
        self.keys().account_key
    }

    /// The account, as the last sign-in gave it.
    pub fn account(&self) -> Arc<Account> {
        Arc::clone(&self.core().session().account)
    }

    /// The state of the connection, and its changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.core().link.subscribe()
    }

    /// A number for a file to be sent, unique within this sign-in (`docs/protocol.md`, "Uploading").
    pub fn next_file_index(&self) -> u32 {
        self.core().files.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends a general or upload message over the main socket and reads the whole answer.
    pub(super) async fn ask<T>(&self, message: Message) -> Result<T, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.core().ask(message).await
    }

    /// Sends a general message and reads what its answer holds.
    pub(super) async fn answer<T>(&self, message: Message) -> Result<T, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let answer: Answer<T> = self.ask(message).await?;
        Ok(answer.response_message)
    }

    /// Sends a general message whose answer holds nothing but that it went well.
    pub(super) async fn done(&self, message: Message) -> Result<(), Error> {
        let _: IgnoredAny = self.ask(message).await?;
        Ok(())
    }

    /// The day that it is.
    pub(super) fn today(&self) -> Date {
        self.core().today.unwrap_or_else(|| Zoned::now().date())
    }

    /// Signs out: requests that still wait are told so, and the connection is closed.
    pub async fn close(&self) {
        self.handle.keeper.abort();
        let socket = match &*self.core().main.borrow() {
            Main::Up(socket) => Some(Arc::clone(socket)),
            Main::Down(_) | Main::Over(_) => None,
        };
        self.core().end(Error::SignedOut);
        if let Some(socket) = socket {
            socket.close().await;
        }
    }
}
