//! The sockets that uploads travel on. Studies that are sent side by side share them; each lane has one message in
//! flight, as the vendor's library does it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::cloud::{CheckFile, Client, Error, FileCheck, FilePart, UploadSocket, jittered};

/// How often one message is put on a new socket after the socket broke under it.
const MOST_BREAKS: u32 = 5;
/// The first wait after a failure; each further one doubles it, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Something to ask the account over a lane.
pub(super) enum Ask {
    Check(CheckFile),
    Part(FilePart),
}

/// Its answer.
pub(super) enum Reply {
    Check(FileCheck),
    Part(Option<Uuid>),
}

/// All lanes of a sign-in.
pub(super) struct Lanes {
    client: Client,
    permits: Arc<Semaphore>,
    limit: usize,
    patience: Option<Duration>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    idle: Vec<UploadSocket>,
    open: usize,
    down_since: Option<Instant>,
}

impl Lanes {
    /// At most `limit` sockets. While none can be opened, waits for the network as long as `patience` says (`None`:
    /// for ever).
    pub(super) fn new(client: Client, limit: usize, patience: Option<Duration>) -> Self {
        let permits = Arc::new(Semaphore::new(limit));
        Lanes {
            client,
            permits,
            limit,
            patience,
            inner: Mutex::default(),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Sockets open now.
    pub(super) fn open(&self) -> usize {
        self.lock().open
    }

    /// Whether no socket could be opened when it was last tried.
    pub(super) fn is_down(&self) -> bool {
        self.lock().down_since.is_some()
    }

    /// Closes the sockets that nobody uses.
    pub(super) fn close_idle(&self) {
        let mut inner = self.lock();
        let idle = std::mem::take(&mut inner.idle);
        inner.open = inner.open.saturating_sub(idle.len());
    }

    /// Asks, on another socket again while sockets break, and waits while none can be had.
    ///
    /// # Errors
    /// What the account says, at once; a broken connection only after several tries or when patience has run out.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Reply, Error> {
        let (mut breaks, mut wait) = (0, FIRST_WAIT);
        loop {
            let error = match self.lane().await {
                Ok(mut lane) => match lane.ask(ask).await {
                    Ok(reply) => return Ok(reply),
                    Err(error) if error.is_connection() => {
                        lane.discard();
                        breaks += 1;
                        if breaks >= MOST_BREAKS {
                            return Err(error);
                        }
                        error
                    }
                    Err(error) => return Err(error),
                },
                Err(error) if error.is_connection() && !self.patience_is_over() => error,
                Err(error) => return Err(error),
            };
            tracing::debug!(%error, "a lane broke; trying again");
            tokio::time::sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn lane(&self) -> Result<Lane<'_>, Error> {
        // The semaphore is never closed; if it were, the connection would be gone with it.
        let permit = self.permits.clone().acquire_owned().await.ok();
        loop {
            let idle = self.lock().idle.pop();
            match idle {
                Some(socket) if socket.is_alive() => {
                    return Ok(Lane {
                        lanes: self,
                        socket: Some(socket),
                        _permit: permit,
                    });
                }
                Some(_dead) => self.closed_one(),
                None => break,
            }
        }
        match self.client.upload_socket().await {
            Ok(socket) => {
                let mut inner = self.lock();
                inner.open += 1;
                inner.down_since = None;
                drop(inner);
                Ok(Lane {
                    lanes: self,
                    socket: Some(socket),
                    _permit: permit,
                })
            }
            Err(error) => {
                if error.is_connection() {
                    self.lock().down_since.get_or_insert_with(Instant::now);
                }
                Err(error)
            }
        }
    }

    fn patience_is_over(&self) -> bool {
        let down_since = self.lock().down_since;
        matches!((self.patience, down_since), (Some(patience), Some(since)) if since.elapsed() >= patience)
    }

    fn closed_one(&self) {
        let mut inner = self.lock();
        inner.open = inner.open.saturating_sub(1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One socket, lent. It goes back when this is dropped, unless it was discarded.
struct Lane<'a> {
    lanes: &'a Lanes,
    socket: Option<UploadSocket>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Lane<'_> {
    async fn ask(&mut self, ask: &Ask) -> Result<Reply, Error> {
        // Taken while the message is in flight: a lane whose user is cancelled in between does not go back.
        let Some(socket) = self.socket.take() else {
            return Err(Error::lost());
        };
        let reply = match ask {
            Ask::Check(check) => socket.check_file_exist(check).await.map(Reply::Check),
            Ask::Part(part) => socket.process_file(part.clone()).await.map(Reply::Part),
        };
        self.socket = Some(socket);
        reply
    }

    fn discard(&mut self) {
        if self.socket.take().is_some() {
            self.lanes.closed_one();
        }
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            self.lanes.lock().idle.push(socket);
        }
    }
}
