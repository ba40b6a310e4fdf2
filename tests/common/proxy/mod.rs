//! A line that fails as it is told: a TCP proxy on this computer between a client and the practice server. It knows just
//! enough of WebSockets to do something to one message and not to its neighbours (`frames`, `deeds`); `wire` carries
//! the bytes of one connection.
//!
//! The practice server gives the addresses by which it was asked, so that a client which signs in through the proxy
//! stays with it.

mod deeds;
mod frames;
mod wire;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

pub use deeds::{Answered, Asked, Deed, How, to_answers_of_parts};
use deeds::{OnAnswer, OnRequest};

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What the line is like, for every connection by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// How long each byte is on its way up. Connecting itself takes no time.
    pub up: Duration,
    /// How long each byte is on its way down.
    pub down: Duration,
    /// Bytes a second up.
    pub rate_up: Option<u64>,
    /// Bytes a second down.
    pub rate_down: Option<u64>,
}

impl Line {
    /// A line on which a question and its answer take so long together, half each way.
    pub fn round_trip(time: Duration) -> Self {
        Line {
            up: time / 2,
            down: time / 2,
            ..Line::default()
        }
    }
}

/// What was carried so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub open: usize,
    /// Connections that the proxy ended.
    pub cuts: u64,
    /// Bytes handed on to the server.
    pub bytes_up: u64,
    /// Bytes handed on to the client.
    pub bytes_down: u64,
    /// Messages from the client.
    pub frames_up: u64,
    /// Messages from the server.
    pub frames_down: u64,
    /// Bytes that arrived nowhere because their connection was half-open.
    pub swallowed: u64,
}

#[derive(Default)]
struct Tally {
    connections: AtomicU64,
    cuts: AtomicU64,
    bytes: [AtomicU64; 2],
    frames: [AtomicU64; 2],
    swallowed: AtomicU64,
}

/// What one connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Carries,
    /// Takes everything and hands nothing on.
    HalfOpen,
    /// Takes nothing any more.
    Stalled,
    Cut(How),
}

struct Connection {
    number: usize,
    mood: watch::Sender<Mood>,
    /// How many bytes pass before it is cut, and how.
    budget: Mutex<Option<(u64, How)>>,
}

/// When connections are cut.
struct Shears {
    chance: Chance,
    least: u64,
    most: u64,
    how: Option<How>,
}

impl Shears {
    fn draw(&mut self) -> (u64, How) {
        let span = self.most as f64 / self.least as f64;
        let after = self.least as f64 * span.powf(self.chance.fraction());
        let either = if self.chance.next().is_multiple_of(2) {
            How::Reset
        } else {
            How::End
        };
        (after as u64, self.how.unwrap_or(either))
    }
}

struct Shared {
    upstream: SocketAddr,
    line: Mutex<Line>,
    requests: Mutex<Option<OnRequest>>,
    answers: Mutex<Option<OnAnswer>>,
    shears: Mutex<Option<Shears>>,
    /// Cuts by `shears` that are still to come.
    cuts_left: AtomicI64,
    door: watch::Sender<bool>,
    open: Mutex<BTreeMap<usize, Arc<Connection>>>,
    tally: Tally,
}

/// The proxy. Dropping it ends all its connections.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// A line to the server at `upstream` that hands everything on.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            line: Mutex::default(),
            requests: Mutex::default(),
            answers: Mutex::default(),
            shears: Mutex::default(),
            cuts_left: AtomicI64::new(0),
            door: watch::Sender::new(true),
            open: Mutex::default(),
            tally: Tally::default(),
        });
        let task = tokio::spawn(accept(listener, address, Arc::clone(&shared))).abort_handle();
        Proxy {
            address,
            shared,
            task,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The practice server's router, by way of here.
    pub fn router(&self) -> String {
        format!("http://{}/router/", self.address)
    }

    /// Changes the line, also under connections that are open.
    pub fn line(&self, line: Line) {
        *self.shared.line.lock().unwrap() = line;
    }

    /// Does something to requests from now on.
    pub fn on_request(&self, hook: impl Fn(&Asked) -> Deed + Send + Sync + 'static) {
        *self.shared.requests.lock().unwrap() = Some(Arc::new(hook));
    }

    /// Does something to answers from now on.
    pub fn on_answer(&self, hook: impl Fn(&Answered) -> Deed + Send + Sync + 'static) {
        *self.shared.answers.lock().unwrap() = Some(Arc::new(hook));
    }

    /// Lets all messages pass again, and cuts nothing more by itself.
    pub fn behave(&self) {
        *self.shared.requests.lock().unwrap() = None;
        *self.shared.answers.lock().unwrap() = None;
        *self.shared.shears.lock().unwrap() = None;
        self.shared.cuts_left.store(0, Ordering::SeqCst);
    }

    /// Cuts each connection, also those that are open, after so many further bytes both ways together, `times` times.
    pub fn cut_after(&self, bytes: u64, how: How, times: u32) {
        self.shear(Chance::new(0), bytes, bytes, Some(how), times);
    }

    /// The same after a number of bytes by chance, small ones as likely as large ones, and either way of cutting.
    pub fn cut_at_random(&self, seed: u64, least: u64, most: u64, times: u32) {
        self.shear(Chance::new(seed), least, most, None, times);
    }

    fn shear(&self, chance: Chance, least: u64, most: u64, how: Option<How>, times: u32) {
        let mut shears = Shears {
            chance,
            least,
            most,
            how,
        };
        self.shared
            .cuts_left
            .store(i64::from(times), Ordering::SeqCst);
        // In this order, so that a connection that is just opened gets its share from one of both.
        let open: Vec<_> = self.shared.open.lock().unwrap().values().cloned().collect();
        for connection in open {
            *connection.budget.lock().unwrap() = Some(shears.draw());
        }
        *self.shared.shears.lock().unwrap() = Some(shears);
    }

    /// Cuts of [`Proxy::cut_after`] and [`Proxy::cut_at_random`] that are still to come.
    pub fn cuts_left(&self) -> u64 {
        u64::try_from(self.shared.cuts_left.load(Ordering::SeqCst)).unwrap_or(0)
    }

    /// The numbers of the connections that are open, oldest first.
    pub fn open(&self) -> Vec<usize> {
        self.shared.open.lock().unwrap().keys().copied().collect()
    }

    /// Cuts one connection now.
    pub fn cut(&self, connection: usize, how: How) {
        self.set(Some(connection), Mood::Cut(how));
    }

    /// Cuts all connections now; new ones are taken.
    pub fn cut_all(&self, how: How) {
        self.set(None, Mood::Cut(how));
    }

    /// From now on one connection takes everything, answers nothing and stays open.
    pub fn half_open(&self, connection: usize) {
        self.set(Some(connection), Mood::HalfOpen);
    }

    /// The same for all that are open.
    pub fn half_open_all(&self) {
        self.set(None, Mood::HalfOpen);
    }

    /// From now on the connections that are open take nothing: whoever writes to them fills the buffers and waits.
    pub fn stall_all(&self) {
        self.set(None, Mood::Stalled);
    }

    fn set(&self, connection: Option<usize>, mood: Mood) {
        for one in self.shared.open.lock().unwrap().values() {
            if connection.is_none_or(|number| number == one.number) {
                one.mood.send_replace(mood);
            }
        }
    }

    /// Nobody answers at this address any more; connections that are open stay. Returns when it is so.
    pub async fn refuse(&self) {
        self.move_door(false).await;
    }

    /// Takes connections again. Returns when it does.
    pub async fn take(&self) {
        self.move_door(true).await;
    }

    async fn move_door(&self, open: bool) {
        self.shared.door.send_replace(open);
        // The door says that it has moved by whether one can enter.
        for _ in 0..500 {
            if TcpStream::connect(self.address).await.is_ok() == open {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("the proxy's door does not move");
    }

    /// The network is gone: nobody answers, and all connections are cut.
    pub async fn stop(&self) {
        self.refuse().await;
        self.cut_all(How::Reset);
    }

    pub fn counts(&self) -> Counts {
        let tally = &self.shared.tally;
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        Counts {
            connections: read(&tally.connections),
            open: self.shared.open.lock().unwrap().len(),
            cuts: read(&tally.cuts),
            bytes_up: read(&tally.bytes[Way::Up as usize]),
            bytes_down: read(&tally.bytes[Way::Down as usize]),
            frames_up: read(&tally.frames[Way::Up as usize]),
            frames_down: read(&tally.frames[Way::Down as usize]),
            swallowed: read(&tally.swallowed),
        }
    }
}

async fn accept(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut door = shared.door.subscribe();
    let mut connections = JoinSet::new();
    let mut listener = Some(listener);
    loop {
        while connections.try_join_next().is_some() {}
        let Some(listening) = &listener else {
            // Holds the port, and listens on it only when the door opens.
            let held = bind(address).await;
            let _ = door.wait_for(|open| *open).await;
            listener = Some(held.listen(1024).unwrap());
            continue;
        };
        tokio::select! {
            _ = door.wait_for(|open| !*open) => listener = None,
            accepted = listening.accept() => {
                if let Ok((client, _)) = accepted {
                    connections.spawn(wire::carry(Arc::clone(&shared), client));
                }
            }
        }
    }
}

async fn bind(address: SocketAddr) -> TcpSocket {
    for _ in 0..500 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        if socket.bind(address).is_ok() {
            return socket;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the proxy's port is taken");
}

/// Numbers by chance, the same for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Chance(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
