//! One WebSocket: reads frames, has them answered off the async threads, writes answers as they come.
//!
//! A connection has a bounded number of messages in work; whoever sends faster is read slower. Nonsense, and a message
//! that is too large, is answered with a refusal where its id can be read, and ends the connection where not. No
//! connection can disturb another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{Semaphore, mpsc};

use crate::cloud::wire::{Kind, MAX_PARAMETERS, Request};

use super::answer::{self, Registration};
use super::error::Refusal;
use super::upload::MAX_DOCUMENT;
use super::{House, off_thread};

/// The longest message that is read at all, in bytes (512 MiB). A longer one cannot be refused by its id, for it is not
/// read: the connection ends with code 1009 and a reason. What is shorter and still too large is answered.
pub(super) const MAX_READ: usize = 512 * 1024 * 1024;
/// Messages of one connection in work at once; a message longer than [`MAX_PARAMETERS`] is in work alone.
const IN_WORK: u16 = 16;
/// A client that takes nothing for so long is cut off, or its answers would be kept for ever.
const UNREAD: Duration = Duration::from_secs(60);

/// What goes out.
enum Out {
    Answer(Bytes),
    Close(u16, &'static str),
}

/// Serves one connection to its end.
pub(super) async fn serve(socket: WebSocket, house: Arc<House>, host: String) {
    let (sink, mut stream) = socket.split();
    let (out, queue) = mpsc::channel(usize::from(IN_WORK));
    let writer = tokio::spawn(write(sink, queue));
    let connection = Connection {
        house: Arc::clone(&house),
        out,
        slots: Arc::new(Semaphore::new(usize::from(IN_WORK))),
        answers: Arc::new(AtomicU32::new(1)),
    };
    let mut registration = Registration::new(&host);
    loop {
        let message = tokio::select! {
            () = house.stop.cancelled() => {
                connection.close(close_code::AWAY, "The server is stopped.").await;
                break;
            }
            // The client is gone where nothing can be written any more.
            () = connection.out.closed() => break,
            message = stream.next() => message,
        };
        match message {
            Some(Ok(Message::Binary(frame))) => {
                if !connection.take(frame, &mut registration).await {
                    break;
                }
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_))) => {
                let reason = "Messages must be binary.";
                connection.close(close_code::UNSUPPORTED, reason).await;
                break;
            }
            Some(Err(error)) if is_too_long(&error) => {
                connection
                    .close(close_code::SIZE, "The message is too long.")
                    .await;
                break;
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => break,
        }
    }
    // What is in work is finished, for it was asked for; its answers go out where somebody still reads.
    drop(connection);
    let abort = writer.abort_handle();
    if tokio::time::timeout(house.patience, writer).await.is_err() {
        abort.abort();
    }
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Out>) {
    while let Some(out) = queue.recv().await {
        let message = match out {
            Out::Answer(frame) => Message::Binary(frame),
            Out::Close(code, reason) => Message::Close(Some(CloseFrame {
                code,
                reason: reason.into(),
            })),
        };
        match tokio::time::timeout(UNREAD, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = sink.close().await;
}

/// What every message of one connection needs.
#[derive(Clone)]
struct Connection {
    house: Arc<House>,
    out: mpsc::Sender<Out>,
    slots: Arc<Semaphore>,
    answers: Arc<AtomicU32>,
}

impl Connection {
    async fn close(&self, code: u16, reason: &'static str) {
        let _ = self.out.send(Out::Close(code, reason)).await;
    }

    /// Takes one frame. Says whether the connection goes on.
    async fn take(&self, frame: Bytes, registration: &mut Registration) -> bool {
        let request = match Request::decode(frame.clone()) {
            Ok(request) => request,
            Err(error) => {
                let Some((kind, id, management)) = beginning(&frame) else {
                    let reason = "A message could not be read.";
                    self.close(close_code::PROTOCOL, reason).await;
                    return false;
                };
                let refusal = Refusal::Unreadable(error.to_string());
                return self.refuse(kind, id, management, refusal).await;
            }
        };
        if let Some(refusal) = too_large(&request) {
            let (kind, id, management) = (request.kind, request.id, request.management);
            return self.refuse(kind, id, management, refusal).await;
        }
        let places = if frame.len() > MAX_PARAMETERS {
            IN_WORK
        } else {
            1
        };
        // The request shares the frame's memory: with it goes the last of it.
        drop(frame);
        let slots = Arc::clone(&self.slots);
        let Ok(slot) = slots.acquire_many_owned(u32::from(places)).await else {
            return false;
        };
        if request.kind == Kind::Session {
            // What follows on this connection depends on it: it is waited for.
            *registration = self.work(request, registration.clone()).await;
            return true;
        }
        let (connection, registration) = (self.clone(), registration.clone());
        self.house.tasks.spawn(async move {
            connection.work(request, registration).await;
            drop(slot);
        });
        true
    }

    /// Answers a message with a refusal. Says whether the connection goes on.
    async fn refuse(&self, kind: Kind, id: u32, management: i32, refusal: Refusal) -> bool {
        let id_out = self.answers.fetch_add(1, Ordering::Relaxed);
        match answer::frame(kind, id, management, id_out, &Err(refusal)) {
            Some(answer) => self.out.send(Out::Answer(answer)).await.is_ok(),
            None => false,
        }
    }

    /// Has a message answered, and sends the answer.
    async fn work(&self, request: Request, mut registration: Registration) -> Registration {
        let (kind, id, management) = (request.kind, request.id, request.management);
        let answer_id = self.answers.fetch_add(1, Ordering::Relaxed);
        let before = registration.clone();
        let house = Arc::clone(&self.house);
        let Ok(turn) = self.house.jobs.acquire().await else {
            return before;
        };
        let done = off_thread(move || {
            let result = answer::answer(&house.store, &mut registration, &request);
            // An answer is made into a frame here too: a long one takes its time.
            Ok((
                answer::frame(kind, id, management, answer_id, &result),
                registration,
            ))
        })
        .await;
        let (frame, after) = match done {
            Ok(done) => done,
            Err(refusal) => (
                answer::frame(kind, id, management, answer_id, &Err(refusal)),
                before,
            ),
        };
        drop(turn);
        if let Some(frame) = frame {
            let _ = self.out.send(Out::Answer(frame)).await;
        }
        after
    }
}

/// Why a message that was read is more than is taken.
fn too_large(request: &Request) -> Option<Refusal> {
    let (what, length, most) = if request.json.len() > MAX_PARAMETERS {
        ("parameters have", request.json.len(), MAX_PARAMETERS)
    } else if request.payload.len() > MAX_DOCUMENT {
        ("file has", request.payload.len(), MAX_DOCUMENT)
    } else {
        return None;
    };
    Some(Refusal::denied(format!(
        "The message is too large: its {what} {length} bytes, at most {most} are taken."
    )))
}

/// Whether reading ended at a message beyond [`MAX_READ`].
fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tokio_tungstenite::tungstenite::Error::Capacity(_)) = error.downcast_ref() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Kind, id and management number of a frame whose rest cannot be read.
fn beginning(frame: &[u8]) -> Option<(Kind, u32, i32)> {
    let [t1, t2, a, b, c, d, rest @ ..] = frame else {
        return None;
    };
    let kind = [Kind::Session, Kind::General, Kind::Upload]
        .into_iter()
        .find(|kind| kind.number() == u16::from_le_bytes([*t1, *t2]))?;
    let management = match rest {
        [a, b, c, d, ..] => i32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0,
    };
    Some((kind, u32::from_le_bytes([*a, *b, *c, *d]), management))
}
