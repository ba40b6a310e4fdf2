//! One WebSocket with many requests in flight. Answers come in any order and find their request by its number. The
//! reading and the writing side run in a task of their own that ends with the handle; whatever ends it, everybody who
//! waits is told why.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{self, Message as Frame};

use super::connect::{self, io_words};
use super::message::Message;
use super::wire::{Request, Response};
use super::{Error, Timeouts};

/// How many requests may wait to be written; whoever has one more waits for room.
const QUEUE: usize = 32;

/// Numbers requests: 1, 2, 3 … over all sockets of a client.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids(Arc<AtomicU32>);

impl Ids {
    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }
}

/// A request that got no answer.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) error: Error,
    /// Whether it may have reached the server.
    pub(super) sent: bool,
}

/// The handle. Dropping it closes the connection.
pub(super) struct Socket {
    shared: Arc<Shared>,
    outgoing: mpsc::Sender<Outgoing>,
    task: AbortHandle,
    timeouts: Timeouts,
}

enum Outgoing {
    Frame(Bytes),
    Close,
}

struct Shared {
    ids: Ids,
    waiting: Mutex<HashMap<u32, oneshot::Sender<Result<Response, Error>>>>,
    /// Why it ended, once it has. Set while `waiting` is locked, so that nobody begins to wait afterwards.
    end: watch::Sender<Option<Error>>,
    /// Messages that nobody asked for.
    unasked: AtomicU64,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, HashMap<u32, oneshot::Sender<Result<Response, Error>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(&self, error: &Error) {
        let mut waiting = self.waiting();
        let first = self.end.send_if_modified(|end| {
            let first = end.is_none();
            end.get_or_insert_with(|| error.clone());
            first
        });
        if first {
            for (_, answer) in waiting.drain() {
                let _ = answer.send(Err(error.clone()));
            }
        }
    }

    fn why_ended(&self) -> Error {
        self.end.borrow().clone().unwrap_or_else(closed_here)
    }
}

fn closed_here() -> Error {
    Error::Lost {
        why: "this program closed it".to_owned(),
    }
}

/// Takes a request's place in the table away when nobody waits for it any more.
struct Place<'a>(&'a Shared, u32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting().remove(&self.1);
    }
}

impl Socket {
    /// Starts the task for a connection that is open.
    pub(super) fn start(stream: connect::Stream, ids: Ids, timeouts: Timeouts) -> Self {
        let shared = Arc::new(Shared {
            ids,
            waiting: Mutex::default(),
            end: watch::Sender::new(None),
            unasked: AtomicU64::new(0),
        });
        let (outgoing, queue) = mpsc::channel(QUEUE);
        let task = tokio::spawn(run(stream, queue, Arc::clone(&shared), timeouts));
        Socket {
            shared,
            outgoing,
            task: task.abort_handle(),
            timeouts,
        }
    }

    /// Sends a request and waits for its answer, for as long as it takes: the caller has the clock.
    pub(super) async fn request(&self, message: &Message) -> Result<Response, Broken> {
        let unsent = |error: Error| Broken { error, sent: false };
        let id = self.shared.ids.next();
        let frame = Request {
            kind: message.kind,
            id,
            management: message.management,
            json: message.json.clone(),
            payload: message.payload.clone(),
            user: message
                .user
                .map(|user| user.to_string())
                .unwrap_or_default(),
        };
        let frame = frame.encode().map_err(|error| unsent(error.into()))?;
        let (sender, answer) = oneshot::channel();
        {
            let mut waiting = self.shared.waiting();
            if self.shared.end.borrow().is_some() {
                return Err(unsent(self.shared.why_ended()));
            }
            waiting.insert(id, sender);
        }
        let _place = Place(&self.shared, id);
        if self.outgoing.send(Outgoing::Frame(frame)).await.is_err() {
            return Err(unsent(self.shared.why_ended()));
        }
        match answer.await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Broken { error, sent: true }),
            Err(_) => Err(Broken {
                error: self.shared.why_ended(),
                sent: true,
            }),
        }
    }

    /// Whether it has not ended yet, as far as can be known.
    pub(super) fn is_alive(&self) -> bool {
        self.shared.end.borrow().is_none()
    }

    /// Waits until it ends and says why.
    pub(super) async fn ended(&self) -> Error {
        let mut end = self.shared.end.subscribe();
        match end.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_else(closed_here),
            Err(_) => closed_here(),
        }
    }

    /// Says goodbye to the server, and waits a little for it to be written.
    pub(super) async fn close(&self) {
        let goodbye = async {
            if self.outgoing.send(Outgoing::Close).await.is_ok() {
                self.ended().await;
            }
        };
        let _ = timeout(self.timeouts.close, goodbye).await;
        self.task.abort();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// When the other side was last heard, and whether something is just being written to it.
struct Pulse(Mutex<(Instant, bool)>);

impl Pulse {
    fn beat(&self, writing: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), writing);
    }

    fn heard(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = Instant::now();
    }

    /// Ends when nothing was heard for `limit`. On a slow line a part takes longer than that to be written, and nothing
    /// can be heard meanwhile: then the writer has the clock.
    async fn silence(&self, limit: Duration) {
        loop {
            let (last, writing) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if !writing && now >= last + limit {
                return;
            }
            sleep_until((last + limit).max(now + limit / 8)).await;
        }
    }
}

/// Ends the socket for everybody, even when the task panics or is aborted.
struct Finish(Arc<Shared>);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.finish(&closed_here());
    }
}

async fn run(
    stream: connect::Stream,
    queue: mpsc::Receiver<Outgoing>,
    shared: Arc<Shared>,
    timeouts: Timeouts,
) {
    let finish = Finish(shared);
    let pulse = Pulse(Mutex::new((Instant::now(), false)));
    let (sink, source) = stream.split();
    let error = tokio::select! {
        error = read(source, &finish.0, &pulse) => error,
        error = write(sink, queue, &pulse, timeouts) => error,
        () = pulse.silence(timeouts.silence) => Error::Lost {
            why: format!("nothing was heard for {} seconds", timeouts.silence.as_secs()),
        },
    };
    finish.0.finish(&error);
}

async fn read<S>(mut source: S, shared: &Shared, pulse: &Pulse) -> Error
where
    S: Stream<Item = Result<Frame, tungstenite::Error>> + Unpin,
{
    loop {
        let frame = match source.next().await {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return lost(error),
            None => return server_closed(),
        };
        pulse.heard();
        match frame {
            Frame::Binary(bytes) => match Response::decode(bytes) {
                Ok(response) => deliver(shared, response),
                Err(error) => return error.into(),
            },
            // No message of this protocol is text.
            Frame::Text(_) => unasked(shared, "a text message"),
            Frame::Close(_) => return server_closed(),
            Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
        }
    }
}

fn deliver(shared: &Shared, response: Response) {
    let place = shared.waiting().remove(&response.request_id);
    match place {
        // Whoever asked may have gone meanwhile; then the answer is of no use to anybody.
        Some(answer) => drop(answer.send(Ok(response))),
        None => unasked(shared, "an answer to no question"),
    }
}

fn unasked(shared: &Shared, what: &str) {
    let count = shared.unasked.fetch_add(1, Ordering::Relaxed) + 1;
    // 1, 2, 4, 8 …: a server that goes on so does not fill the log.
    if count.is_power_of_two() {
        tracing::warn!(count, "the server sent {what}; it was passed over");
    }
}

async fn write<S>(
    mut sink: S,
    mut queue: mpsc::Receiver<Outgoing>,
    pulse: &Pulse,
    timeouts: Timeouts,
) -> Error
where
    S: Sink<Frame, Error = tungstenite::Error> + Unpin,
{
    let mut pings = interval_at(Instant::now() + timeouts.ping, timeouts.ping);
    pings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let next = tokio::select! {
            next = queue.recv() => next,
            _ = pings.tick() => {
                // A line that takes not even this is found by its silence.
                match sink.send(Frame::Ping(Bytes::new())).await {
                    Ok(()) => continue,
                    Err(error) => return lost(error),
                }
            }
        };
        let Some(Outgoing::Frame(bytes)) = next else {
            let _ = sink.close().await;
            return closed_here();
        };
        pulse.beat(true);
        let written = timeout(timeouts.part, sink.send(Frame::Binary(bytes))).await;
        pulse.beat(false);
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return lost(error),
            Err(_) => {
                return Error::Lost {
                    why: format!(
                        "nothing could be sent for {} seconds",
                        timeouts.part.as_secs()
                    ),
                };
            }
        }
    }
}

fn server_closed() -> Error {
    Error::Lost {
        why: "the server closed it".to_owned(),
    }
}

fn lost(error: tungstenite::Error) -> Error {
    match error {
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => server_closed(),
        tungstenite::Error::Io(error) => Error::Lost {
            why: io_words(&error),
        },
        tungstenite::Error::Capacity(tungstenite::error::CapacityError::MessageTooLong {
            max_size,
            ..
        }) => Error::TooLong {
            what: "server",
            limit: max_size,
        },
        _ => Error::Lost {
            why: "the server did not keep to the WebSocket protocol".to_owned(),
        },
    }
}
