//! A signed-in client: the main socket, which reconnects by itself, and what every request goes through.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::envelope::Answer;
use super::error::Error;
use super::model::Account;
use super::session::{Door, Place, Timeouts};
use super::socket::{Counter, Socket};
use super::wire::{General, Kind, Upload};
use super::{Endpoint, Keys, Link};

/// The first wait before connecting again; each further one doubles it, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A sign-in. Cheap to clone; the last clone that is dropped closes it.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
    _keeper: Arc<AbortOnDropHandle<()>>,
}

pub(super) struct Inner {
    pub(super) door: Door,
    pub(super) counter: Arc<Counter>,
    pub(super) files: Counter,
    place: Mutex<Place>,
    account: Mutex<Arc<Account>>,
    main: watch::Sender<Option<Arc<Socket>>>,
    link: watch::Sender<Link>,
}

/// Whether a request may be sent again when the line broke before its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It only asks.
    Asks,
    /// It changes something: whether it arrived is not known.
    #[expect(
        dead_code,
        reason = "no method of the searches and uploads changes anything over the main socket"
    )]
    Changes,
}

/// Every general and upload message carries the keys beside its own parameters.
#[derive(Serialize)]
struct WithKeys<'a, P: Serialize> {
    #[serde(flatten)]
    parameters: &'a P,
    #[serde(rename = "ApiKey")]
    api_key: Uuid,
    #[serde(rename = "AccountKey")]
    account_key: Uuid,
}

impl Client {
    /// Signs in: router → region → session → socket → account. `step` is told what is being done, in words.
    ///
    /// # Errors
    /// Any [`Error`]; each names what failed and has a remedy.
    pub async fn sign_in(
        endpoint: &Endpoint,
        keys: &Keys,
        step: impl Fn(&'static str) + Send + Sync,
    ) -> Result<Client, Error> {
        Self::sign_in_with(endpoint, keys, Timeouts::default(), step).await
    }

    /// [`Client::sign_in`] with other time-outs.
    ///
    /// # Errors
    /// As [`Client::sign_in`].
    pub async fn sign_in_with(
        endpoint: &Endpoint,
        keys: &Keys,
        timeouts: Timeouts,
        step: impl Fn(&'static str) + Send + Sync,
    ) -> Result<Client, Error> {
        let door = Door::new(endpoint.clone(), keys.clone(), timeouts)?;
        let place = door.find(&step).await?;
        step("Signing in");
        let counter = Arc::new(Counter::default());
        let (socket, account) = door.account(&place, &counter).await?;
        let inner = Arc::new(Inner {
            door,
            counter,
            files: Counter::default(),
            place: Mutex::new(place),
            account: Mutex::new(Arc::new(account)),
            main: watch::Sender::new(Some(Arc::new(socket))),
            link: watch::Sender::new(Link::Online),
        });
        let keeper = AbortOnDropHandle::new(tokio::spawn(keep(inner.clone())));
        Ok(Client {
            inner,
            _keeper: Arc::new(keeper),
        })
    }

    /// The account, as it was told at signing in.
    pub fn account(&self) -> Arc<Account> {
        self.inner
            .account
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The state of the main connection, and its changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.inner.link.subscribe()
    }

    /// Signs off.
    pub async fn close(&self) {
        let socket = self.inner.main.borrow().clone();
        self.inner.link.send_replace(Link::Offline);
        if let Some(socket) = socket {
            socket.close().await;
        }
    }

    /// Sends a general message over the main socket; hands back its `ResponseMessage` and what stands beside it.
    pub(super) async fn general(
        &self,
        message: General,
        parameters: &impl Serialize,
        repeat: Repeat,
        limit: Duration,
    ) -> Result<Answer, Error> {
        let json = self.inner.json(parameters);
        self.inner
            .ask(
                Kind::General,
                message.number(),
                json,
                String::new(),
                repeat,
                limit,
            )
            .await
    }

    /// Sends an upload message without bytes over the main socket.
    pub(super) async fn upload(
        &self,
        message: Upload,
        parameters: &impl Serialize,
        user: Uuid,
    ) -> Result<Answer, Error> {
        let (json, limit) = (
            self.inner.json(parameters),
            self.inner.door.timeouts.request,
        );
        // Both messages that go this way may come twice: a second upload that stays empty harms nobody.
        let user = user.to_string();
        self.inner
            .ask(
                Kind::Upload,
                message.number(),
                json,
                user,
                Repeat::Asks,
                limit,
            )
            .await
    }

    /// A further socket of this session.
    pub(super) async fn further_socket(&self) -> Result<Socket, Error> {
        let place = self.inner.place();
        self.inner.door.register(&place, &self.inner.counter).await
    }
}

impl Inner {
    fn place(&self) -> Place {
        self.place
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn json(&self, parameters: &impl Serialize) -> Bytes {
        let keys = &self.door.keys;
        let with_keys = WithKeys {
            parameters,
            api_key: keys.api_key,
            account_key: keys.account_key,
        };
        // Plain structs of texts and numbers: they always serialise.
        Bytes::from(serde_json::to_vec(&with_keys).unwrap_or_default())
    }

    async fn ask(
        &self,
        kind: Kind,
        management: i32,
        json: Bytes,
        user: String,
        repeat: Repeat,
        limit: Duration,
    ) -> Result<Answer, Error> {
        let mut tries = if repeat == Repeat::Asks { 2 } else { 1 };
        loop {
            let socket = self.main_socket(limit).await?;
            let asked = socket.ask(
                kind,
                management,
                json.clone(),
                Bytes::new(),
                user.clone(),
                limit,
            );
            tries -= 1;
            match asked.await {
                Err(Error::Lost { .. }) if tries > 0 => {}
                Err(error) => return Err(error),
                Ok(response) => return Answer::of(&response),
            }
        }
    }

    /// The main socket; waits while it is being opened again.
    async fn main_socket(&self, limit: Duration) -> Result<Arc<Socket>, Error> {
        let mut main = self.main.subscribe();
        let ready = main.wait_for(|socket| socket.as_ref().is_some_and(|socket| socket.is_alive()));
        match tokio::time::timeout(limit, ready).await {
            Ok(Ok(socket)) => socket.clone().ok_or_else(Error::lost),
            Ok(Err(_)) => Err(Error::lost()),
            Err(_) => Err(Error::TimedOut {
                who: "The account",
                after: limit,
            }),
        }
    }

    /// Opens the main socket again: with the same session, or with a new one where the old one is refused.
    async fn reopen(&self) -> Result<Socket, Error> {
        let place = self.place();
        match self.door.register(&place, &self.counter).await {
            Ok(socket) => return Ok(socket),
            Err(Error::SignInRefused { .. }) => {}
            // The server may have moved to another address: the router knows. But a network that is down is no reason
            // to ask the router.
            Err(error) => return Err(error),
        }
        let place = self.door.find(&|_step| {}).await?;
        let (socket, account) = self.door.account(&place, &self.counter).await?;
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
        *self.account.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(account);
        Ok(socket)
    }
}

/// Keeps the main socket open until the client is signed off or dropped.
async fn keep(inner: Arc<Inner>) {
    loop {
        let socket = inner.main.borrow().clone();
        if let Some(socket) = socket {
            let why = socket.ended().await;
            if *inner.link.borrow() == Link::Offline {
                return;
            }
            inner.link.send_replace(Link::Reconnecting(why.to_string()));
            inner.main.send_replace(None);
        }
        let mut wait = FIRST_WAIT;
        let socket = loop {
            tokio::time::sleep(jittered(wait)).await;
            match inner.reopen().await {
                Ok(socket) => break socket,
                Err(error) => {
                    tracing::debug!(%error, "could not connect again");
                    inner
                        .link
                        .send_replace(Link::Reconnecting(error.to_string()));
                }
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        };
        if *inner.link.borrow() == Link::Offline {
            return;
        }
        inner.main.send_replace(Some(Arc::new(socket)));
        inner.link.send_replace(Link::Online);
    }
}

/// Between half of `wait` and all of it, so that many programs that lost one server do not come back in step.
pub fn jittered(wait: Duration) -> Duration {
    let share = u16::try_from(Uuid::new_v4().as_u128() % 512).unwrap_or(0);
    wait.mul_f64(0.5 + f64::from(share) / 1024.0)
}
