//! One WebSocket, many requests: each answer is handed to whoever asked, by the request's id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_util::task::AbortOnDropHandle;

use super::dial::WebSocket;
use super::error::Error;
use super::wire::{Kind, Request, Response, WireError};

/// Messages that may wait for the wire.
const QUEUE: usize = 16;

/// Numbers the messages of a client: 1, 2, 3 …
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU32);

impl Counter {
    pub(super) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    fn was_given(&self, id: u32) -> bool {
        id != 0 && id <= self.0.load(Ordering::Relaxed)
    }
}

/// How a socket is kept alive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pulse {
    /// A ping is sent this often.
    pub(super) ping: Duration,
    /// Without any sign of life for this long the connection counts as lost.
    pub(super) silence: Duration,
}

/// One connection. Dropping it closes it.
pub(super) struct Socket {
    outgoing: mpsc::Sender<Message>,
    shared: Arc<Shared>,
    _reader: AbortOnDropHandle<()>,
    _writer: AbortOnDropHandle<()>,
}

struct Shared {
    counter: Arc<Counter>,
    waiting: Mutex<HashMap<u32, oneshot::Sender<Result<Response, Error>>>>,
    ended: watch::Sender<Option<Error>>,
}

impl Socket {
    pub(super) fn new(socket: WebSocket, counter: Arc<Counter>, pulse: Pulse) -> Self {
        let (sink, stream) = socket.split();
        let (outgoing, queue) = mpsc::channel(QUEUE);
        let (ended, _) = watch::channel(None);
        let shared = Arc::new(Shared {
            counter,
            waiting: Mutex::default(),
            ended,
        });
        let reader = tokio::spawn(read(stream, shared.clone(), pulse.silence));
        let writer = tokio::spawn(write(sink, queue, shared.clone(), pulse.ping));
        Socket {
            outgoing,
            shared,
            _reader: AbortOnDropHandle::new(reader),
            _writer: AbortOnDropHandle::new(writer),
        }
    }

    /// Whether requests can still be made.
    pub(super) fn is_alive(&self) -> bool {
        self.shared.ended.borrow().is_none()
    }

    /// Waits until the connection has ended, and says why.
    pub(super) async fn ended(&self) -> Error {
        let mut ended = self.shared.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(error) => error.clone().unwrap_or_else(Error::lost),
            Err(_) => Error::lost(),
        }
    }

    /// Sends a request and waits for its answer, at most as long as `limit`.
    pub(super) async fn ask(
        &self,
        kind: Kind,
        management: i32,
        json: Bytes,
        payload: Bytes,
        user: String,
        limit: Duration,
    ) -> Result<Response, Error> {
        let id = self.shared.counter.next();
        let frame = Request {
            kind,
            id,
            management,
            json,
            payload,
            user,
        }
        .encode()?;
        let (sender, answer) = oneshot::channel();
        let _waiting = self.shared.expect(id, sender)?;
        let exchange = async {
            let queued = self.outgoing.send(Message::Binary(frame)).await;
            queued.map_err(|_| self.shared.reason())?;
            answer.await.unwrap_or_else(|_| Err(self.shared.reason()))
        };
        let timed_out = Error::TimedOut {
            who: "The account",
            after: limit,
        };
        tokio::time::timeout(limit, exchange)
            .await
            .unwrap_or(Err(timed_out))
    }

    /// Says goodbye.
    pub(super) async fn close(&self) {
        let goodbye = self.outgoing.send(Message::Close(None));
        drop(tokio::time::timeout(Duration::from_secs(1), goodbye).await);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, oneshot::Sender<Result<Response, Error>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(
        &self,
        id: u32,
        sender: oneshot::Sender<Result<Response, Error>>,
    ) -> Result<Waiting<'_>, Error> {
        let mut waiting = self.lock();
        // Under the lock: whoever ends the connection empties the table after saying so.
        if let Some(error) = self.ended.borrow().clone() {
            return Err(error);
        }
        waiting.insert(id, sender);
        Ok(Waiting { shared: self, id })
    }

    fn reason(&self) -> Error {
        self.ended.borrow().clone().unwrap_or_else(Error::lost)
    }

    /// Ends the connection for everybody; the first reason stays.
    fn end(&self, error: Error) {
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            ended.get_or_insert(error);
            first
        });
        let reason = self.reason();
        for (_, sender) in self.lock().drain() {
            drop(sender.send(Err(reason.clone())));
        }
    }

    fn take(&self, frame: Bytes) -> Result<(), Error> {
        let response = Response::decode(frame)?;
        let asked = self.lock().remove(&response.request_id);
        match asked {
            Some(sender) => drop(sender.send(Ok(response))),
            // Nobody waits any more: an answer that came too late.
            None if self.counter.was_given(response.request_id) => {
                tracing::debug!("an answer came after its time");
            }
            None => return Err(WireError::Unasked(response.request_id).into()),
        }
        Ok(())
    }
}

/// Takes the request out of the table when its asker goes away.
struct Waiting<'a> {
    shared: &'a Shared,
    id: u32,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.lock().remove(&self.id);
    }
}

async fn read(mut stream: SplitStream<WebSocket>, shared: Arc<Shared>, silence: Duration) {
    let error = loop {
        let message = match tokio::time::timeout(silence, stream.next()).await {
            Err(_) => break lost("no sign of life"),
            Ok(None | Some(Ok(Message::Close(_)))) => break lost("the account's server closed it"),
            Ok(Some(Err(error))) => break broken(&error),
            Ok(Some(Ok(message))) => message,
        };
        let taken = match message {
            Message::Binary(frame) => shared.take(frame),
            Message::Text(_) => Err(WireError::NotBinary.into()),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) | Message::Close(_) => Ok(()),
        };
        if let Err(error) = taken {
            break error;
        }
    };
    shared.end(error);
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Message>,
    shared: Arc<Shared>,
    ping: Duration,
) {
    let mut ended = shared.ended.subscribe();
    let mut beat = tokio::time::interval(ping);
    beat.tick().await;
    let error = loop {
        let message = tokio::select! {
            message = queue.recv() => match message {
                Some(message) => message,
                None => break lost("it was closed"),
            },
            _ = beat.tick() => Message::Ping(Bytes::new()),
            _ = ended.wait_for(Option::is_some) => break lost("it was closed"),
        };
        let closing = matches!(message, Message::Close(_));
        if let Err(error) = sink.send(message).await {
            break broken(&error);
        }
        if closing {
            break lost("it was closed");
        }
    };
    drop(sink.close().await);
    shared.end(error);
}

fn lost(reason: &str) -> Error {
    Error::Lost {
        reason: reason.to_owned(),
    }
}

fn broken(error: &WsError) -> Error {
    match error {
        WsError::Capacity(_) => WireError::TooLong("message").into(),
        WsError::Io(error) => lost(&error.to_string()),
        WsError::ConnectionClosed | WsError::AlreadyClosed => lost("it was closed"),
        _ => lost("it broke off"),
    }
}
