//! The sockets that uploads travel on. Studies that are sent side by side share them; each lane has as many messages in
//! flight as the setting says (the vendor's library has one), and [`Pace`] says how many lanes there are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Options;
use super::pool_size::Pace;
use super::throttle::Throttle;
use crate::cloud::{CheckFile, Client, Error, FileCheck, FilePart, UploadSocket, jittered};

/// How often one message is put on another socket after a socket broke under it: enough for a line that breaks all the
/// time, and not for ever, for it may be the message that breaks it.
const MOST_BREAKS: u32 = 16;
/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait between two attempts to open a socket.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The longest wait of a message whose socket broke. Where no other can be opened, that has its own.
const LONGEST_WAIT_ON_BREAK: Duration = Duration::from_secs(2);

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
    throttle: Throttle,
    inner: Mutex<Inner>,
    /// A place on a lane is free, or a lane may be opened.
    room: Notify,
}

struct Inner {
    lanes: Vec<Open>,
    /// Lanes that are being opened.
    opening: usize,
    /// Messages that wait for a place.
    waiting: usize,
    next: u64,
    in_flight: usize,
    patience: Option<Duration>,
    pace: Pace,
    down: Option<Down>,
}

/// Since when no lane could be opened, and when it is tried again.
struct Down {
    since: Instant,
    again_at: Instant,
    wait: Duration,
    why: Error,
}

struct Open {
    number: u64,
    socket: Arc<UploadSocket>,
    busy: usize,
    /// Cancelled when it is found out elsewhere that it is dead.
    dead: CancellationToken,
}

/// What somebody who wants a place is to do.
enum Place {
    Taken(u64, Arc<UploadSocket>, CancellationToken),
    OpenOne,
    Wait(Option<Instant>),
}

impl Lanes {
    /// While none can be opened, waits for the network as long as the patience says (`None`: for ever).
    pub(super) fn new(client: Client, options: &Options) -> Self {
        Lanes {
            client,
            throttle: Throttle::new(options.bytes_per_second),
            inner: Mutex::new(Inner {
                lanes: Vec::new(),
                opening: 0,
                waiting: 0,
                next: 0,
                in_flight: options.in_flight.max(1),
                patience: options.patience,
                pace: Pace::new(options.connections),
                down: None,
            }),
            room: Notify::new(),
        }
    }

    /// Takes other limits; they hold from the next message on.
    pub(super) fn set(&self, options: &Options) {
        self.throttle.set(options.bytes_per_second);
        let mut inner = self.lock();
        inner.in_flight = options.in_flight.max(1);
        inner.patience = options.patience;
        inner.pace.set_limit(options.connections);
        drop(inner);
        self.room.notify_waiters();
    }

    /// Messages that can be under way at most.
    pub(super) fn most_in_flight(&self) -> usize {
        let inner = self.lock();
        inner.pace.limit().saturating_mul(inner.in_flight)
    }

    /// Sockets open now.
    pub(super) fn open(&self) -> usize {
        self.lock().lanes.len()
    }

    /// Whether there is no connection, and none could be opened when it was last tried.
    pub(super) fn is_down(&self) -> bool {
        let inner = self.lock();
        inner.down.is_some() && inner.lanes.is_empty()
    }

    /// Closes the sockets that nobody uses.
    pub(super) fn close_idle(&self) {
        let mut inner = self.lock();
        inner.lanes.retain(|lane| lane.busy > 0);
        inner.pace.restart();
    }

    /// Gives all sockets up, for the computer has slept: whatever is in flight goes over new ones.
    pub(super) fn give_up_all(&self) {
        let mut inner = self.lock();
        for lane in inner.lanes.drain(..) {
            lane.dead.cancel();
        }
        inner.down = None;
        drop(inner);
        self.room.notify_waiters();
    }

    /// Asks, on another socket again while sockets break, and waits while none can be had. `None` when it was held
    /// before it was sent.
    ///
    /// # Errors
    /// What the account says, at once; a broken connection only after several tries or when patience has run out.
    pub(super) async fn ask(
        &self,
        ask: &Ask,
        hold: &CancellationToken,
    ) -> Result<Option<Reply>, Error> {
        let (mut breaks, mut wait) = (0, FIRST_WAIT);
        loop {
            let lane = async {
                if let Ask::Part(part) = ask {
                    self.throttle.pass(part.bytes.len()).await;
                }
                self.lane().await
            };
            let Some(lane) = hold.run_until_cancelled(lane).await else {
                return Ok(None);
            };
            let error = match self.over(lane?, ask).await {
                Err(error) if error.is_connection() => error,
                done => return done.map(Some),
            };
            breaks += 1;
            if breaks >= MOST_BREAKS {
                return Err(error);
            }
            tracing::debug!(%error, "a lane broke; trying again");
            if hold
                .run_until_cancelled(sleep(jittered(wait)))
                .await
                .is_none()
            {
                return Ok(None);
            }
            wait = (wait * 2).min(LONGEST_WAIT_ON_BREAK);
        }
    }

    /// Does something over the main connection, again and again while that fails for the connection's sake, within
    /// the same patience. `None` when it was held.
    ///
    /// # Errors
    /// What the account says, and a broken connection when patience has run out.
    pub(super) async fn patiently<T, F>(
        &self,
        hold: &CancellationToken,
        mut attempt: impl FnMut() -> F,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        loop {
            let error = match hold.run_until_cancelled(attempt()).await {
                None => return Ok(None),
                Some(Err(error)) if error.is_connection() => error,
                Some(done) => {
                    self.is_up();
                    return done.map(Some);
                }
            };
            let again_at = self.went_down(error)?;
            if hold
                .run_until_cancelled(sleep_until(again_at))
                .await
                .is_none()
            {
                return Ok(None);
            }
        }
    }

    /// One message over one lane. A lane that breaks is gone afterwards.
    async fn over(&self, lane: Lane<'_>, ask: &Ask) -> Result<Reply, Error> {
        let start = Instant::now();
        let answered = async {
            match ask {
                Ask::Check(check) => lane.socket.check_file_exist(check).await.map(Reply::Check),
                Ask::Part(part) => lane
                    .socket
                    .process_file(part.clone())
                    .await
                    .map(Reply::Part),
            }
        };
        let result = lane.dead.run_until_cancelled(answered).await;
        let result = result.unwrap_or_else(|| Err(Error::lost()));
        match (&result, ask) {
            (Err(error), _) if error.is_connection() => self.remove(lane.number),
            (Ok(_), Ask::Part(part)) => {
                let bytes = part.bytes.len() as u64;
                let mut inner = self.lock();
                let (open, busy) = (inner.lanes.len(), inner.waiting > 0);
                let now = Instant::now();
                let before = inner.pace.target();
                inner
                    .pace
                    .answered(now.into_std(), bytes, now - start, open, busy);
                let grown = inner.pace.target().saturating_sub(before);
                drop(inner);
                (0..grown).for_each(|_| self.room.notify_one());
            }
            _ => {}
        }
        result
    }

    /// A place on a lane.
    async fn lane(&self) -> Result<Lane<'_>, Error> {
        let waiting = Waiting::new(self);
        loop {
            // Waits from before looking, so that room that comes in between is not missed.
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            match self.place() {
                Place::Taken(number, socket, dead) => {
                    drop(waiting);
                    return Ok(Lane {
                        lanes: self,
                        number,
                        socket,
                        dead,
                    });
                }
                Place::OpenOne => self.open_one().await?,
                Place::Wait(None) => room.await,
                Place::Wait(Some(until)) => {
                    let _ = tokio::time::timeout_at(until, room).await;
                }
            }
        }
    }

    fn place(&self) -> Place {
        let mut inner = self.lock();
        inner.lanes.retain(|lane| lane.socket.is_alive());
        let most = inner.in_flight;
        let free = inner.lanes.iter_mut().filter(|lane| lane.busy < most);
        if let Some(lane) = free.min_by_key(|lane| lane.busy) {
            lane.busy += 1;
            return Place::Taken(lane.number, Arc::clone(&lane.socket), lane.dead.clone());
        }
        // While the network is gone one looks for it, for all.
        let room = match &inner.down {
            Some(down) if Instant::now() < down.again_at => {
                return Place::Wait(Some(down.again_at));
            }
            // Others may stand all the same: a server takes only so many.
            Some(_) => inner.pace.target().min(inner.lanes.len() + 1),
            None => inner.pace.target(),
        };
        if inner.lanes.len() + inner.opening < room {
            inner.opening += 1;
            Place::OpenOne
        } else {
            // Whoever looks for the network may be cancelled meanwhile: then somebody else has to.
            let down = inner.down.is_some();
            Place::Wait(down.then(|| Instant::now() + LONGEST_WAIT))
        }
    }

    async fn open_one(&self) -> Result<(), Error> {
        let opening = Opening(self);
        let opened = self.client.upload_socket().await;
        let told = match opened {
            Ok(socket) => {
                let mut inner = self.lock();
                inner.next += 1;
                let number = inner.next;
                inner.lanes.push(Open {
                    number,
                    socket: Arc::new(socket),
                    busy: 0,
                    dead: CancellationToken::new(),
                });
                drop(inner);
                self.is_up();
                Ok(())
            }
            Err(error) if error.ends_session() => Err(error),
            // A network that asks for a sign-in of its own, a certificate that is not the right one: these pass, too.
            Err(error) => self.went_down(error).map(drop),
        };
        drop(opening);
        told
    }

    /// Notes that the network is gone; when it is to be tried again.
    fn went_down(&self, why: Error) -> Result<Instant, Error> {
        let now = Instant::now();
        let mut inner = self.lock();
        let (since, wait) = match &inner.down {
            Some(down) if now < down.again_at => (down.since, down.wait),
            Some(down) => (down.since, (down.wait * 2).min(LONGEST_WAIT)),
            None => (now, FIRST_WAIT),
        };
        // While others stand it is not the network that is gone.
        let since = if inner.lanes.is_empty() { since } else { now };
        if inner
            .patience
            .is_some_and(|patience| now - since >= patience)
        {
            return Err(why);
        }
        let again_at = now + jittered(wait);
        inner.down = Some(Down {
            since,
            again_at,
            wait,
            why,
        });
        Ok(again_at)
    }

    fn is_up(&self) {
        let was_down = self.lock().down.take();
        if let Some(down) = was_down {
            tracing::info!("the network is back; it was gone because {}", down.why);
            self.room.notify_waiters();
        }
    }

    fn remove(&self, number: u64) {
        self.lock().lanes.retain(|lane| lane.number != number);
    }

    fn release(&self, number: u64) {
        let mut inner = self.lock();
        let target = inner.pace.target();
        let open = inner.lanes.len();
        let lane = inner
            .lanes
            .iter_mut()
            .position(|lane| lane.number == number);
        if let Some(at) = lane
            && let Some(lane) = inner.lanes.get_mut(at)
        {
            lane.busy = lane.busy.saturating_sub(1);
            if open > target && lane.busy == 0 {
                inner.lanes.swap_remove(at);
            }
        }
        drop(inner);
        self.room.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place on a lane. It is free again when this is dropped, whether or not the answer has come: a late one finds nobody.
struct Lane<'a> {
    lanes: &'a Lanes,
    number: u64,
    socket: Arc<UploadSocket>,
    dead: CancellationToken,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.lanes.release(self.number);
    }
}

/// Counts one that waits, however its waiting ends.
struct Waiting<'a>(&'a Lanes);

impl<'a> Waiting<'a> {
    fn new(lanes: &'a Lanes) -> Self {
        lanes.lock().waiting += 1;
        Waiting(lanes)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.waiting = inner.waiting.saturating_sub(1);
    }
}

/// Counts a lane that is being opened, even when whoever opens it is gone.
struct Opening<'a>(&'a Lanes);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.opening = inner.opening.saturating_sub(1);
        drop(inner);
        self.0.room.notify_one();
    }
}
