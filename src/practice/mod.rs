//! The practice server: an account on this computer, for trying, teaching and testing. It speaks the protocol of
//! `docs/protocol.md` over loopback and keeps its data in one folder (`store` says how, and what survives what).
//!
//! `http` answers the questions of signing in, `socket` one WebSocket, `answer` leads each message to its room:
//! `account` and `people`; `orders` (the search), `create`, `properties`, `groups`, `assign`, `flags` and `trash`;
//! `folders` and `folder_changes`; `shares` with `outbox`, and `views`. `access` alone says who sees which order. For
//! uploads there are `upload`, `parts` and `disk` (parts become a file), then `content`: a file becomes an image of an
//! order (`intake`, by what `header` reads in it) or a document of one (`documents`). Two processes may serve from one
//! folder.
//!
//! `pages` holds the plain web pages behind the addresses of views and shares. They alone use more of the program than
//! the wire's frames: `dicom::preview` for their pictures, and `i18n` for names, dates and sizes.

mod access;
mod account;
mod answer;
mod assemble;
mod assign;
mod call_counts;
mod content;
mod create;
mod delete_order;
mod disk;
mod documents;
mod error;
mod flags;
mod folder_changes;
mod folders;
mod groups;
mod header;
mod http;
mod orders;
mod outbox;
mod pages;
mod parameters;
mod people;
mod properties;
mod schema;
mod secret;
mod seed;
mod shares;
mod socket;
mod store;
mod store_image;
mod text;
mod upload;
mod views;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub use error::Error;
use error::Refusal;
use store::Store;

/// Connections at once. A client has one and some for uploading.
const MAX_CONNECTIONS: usize = 256;
/// Messages in work at once, over all connections.
const MAX_JOBS: usize = 32;
/// How long answers of a connection that ends, and stopping as a whole, are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How to start the server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// The folder that holds everything; made if it is missing.
    pub data: PathBuf,
    /// Whether an address that other computers can reach is allowed. The connection is not encrypted.
    pub allow_remote: bool,
    /// How many bytes of files may be stored; beyond it the server says that its disk is full.
    pub capacity: Option<u64>,
}

impl Config {
    /// A server for this computer alone, on a free port.
    pub fn local(data: impl Into<PathBuf>) -> Self {
        Config {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            data: data.into(),
            allow_remote: false,
            capacity: None,
        }
    }
}

/// What all connections share.
struct House {
    store: Store,
    address: SocketAddr,
    /// Places for connections.
    places: Arc<Semaphore>,
    /// Places for work.
    jobs: Semaphore,
    stop: CancellationToken,
    tasks: TaskTracker,
    patience: Duration,
}

impl House {
    /// The host and port by which a client reaches this server: where it listens, or the one that the client itself
    /// used, where the server listens at every address of the computer or the client came over another port of this
    /// computer, that is, through a program that passes connections on.
    fn host(&self, named: Option<&str>) -> String {
        let passed_on = |named: &str| {
            let named = named.parse::<SocketAddr>();
            named.is_ok_and(|named| named.ip().is_loopback())
        };
        match named {
            Some(named) if self.address.ip().is_unspecified() || passed_on(named) => {
                named.to_owned()
            }
            _ => self.address.to_string(),
        }
    }
}

/// A running practice server. Dropping it stops it too, without waiting.
pub struct Server {
    house: Arc<House>,
    serving: JoinHandle<()>,
    _stop: DropGuard,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.house.address)
            .finish_non_exhaustive()
    }
}

/// Starts the server on the present tokio runtime.
///
/// # Errors
/// [`Error`] when the address is refused or taken, or the folder or its database cannot be used.
pub async fn start(config: Config) -> Result<Server, Error> {
    if !config.allow_remote && !config.listen.ip().is_loopback() {
        return Err(Error::NotLoopback(config.listen));
    }
    let unusable = |source| Error::Listen {
        address: config.listen,
        source,
    };
    let listener = bind(&config).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let data = config.data.clone();
    let any_port = config.listen.port() == 0;
    let open = move || {
        let store = Store::open(&config.data, config.capacity)?;
        if any_port {
            keep_port(&config.data, address.port());
        }
        Ok::<Store, Error>(store)
    };
    let store = tokio::task::spawn_blocking(open)
        .await
        .map_err(|gone| Error::Folder {
            path: data,
            source: std::io::Error::other(gone),
        })??;
    let stop = CancellationToken::new();
    let house = Arc::new(House {
        store,
        address,
        places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        jobs: Semaphore::new(MAX_JOBS),
        stop: stop.clone(),
        tasks: TaskTracker::new(),
        patience: PATIENCE,
    });
    let routes = http::routes(Arc::clone(&house));
    let stopped = stop.clone();
    let serving = tokio::spawn(async move {
        let served = axum::serve(listener, routes)
            .with_graceful_shutdown(stopped.cancelled_owned())
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the practice server ended");
        }
    });
    Ok(Server {
        house,
        serving,
        _stop: stop.drop_guard(),
    })
}

/// Listens. Where any port will do it is the one of the last time, if it is free: addresses of shares that were given out
/// stay good over a restart.
async fn bind(config: &Config) -> std::io::Result<TcpListener> {
    if config.listen.port() != 0 {
        return TcpListener::bind(config.listen).await;
    }
    let kept = config.data.join("port");
    let last = tokio::fs::read_to_string(&kept).await.ok();
    let last = last.and_then(|text| text.trim().parse::<u16>().ok());
    if let Some(port) = last.filter(|port| *port >= 1024) {
        let again = SocketAddr::new(config.listen.ip(), port);
        if let Ok(listener) = TcpListener::bind(again).await {
            return Ok(listener);
        }
    }
    TcpListener::bind(config.listen).await
}

/// Keeps the port for the next start. What cannot be kept costs no more than addresses that were given out.
fn keep_port(data: &Path, port: u16) {
    if let Ok(mut kept) = disk::create_new(&data.join("port")) {
        drop(kept.write_all(port.to_string().as_bytes()));
    }
}

impl Server {
    /// The address to sign in at, `http://127.0.0.1:PORT/router/`.
    pub fn router(&self) -> String {
        format!("http://{}/router/", self.house.address)
    }

    /// The key that lets a program in.
    pub fn api_key(&self) -> Uuid {
        self.house.store.keys().api
    }

    /// The key that names the account.
    pub fn account_key(&self) -> Uuid {
        self.house.store.keys().account
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.house.address
    }

    /// The folder that holds everything.
    pub fn data(&self) -> &Path {
        self.house.store.data()
    }

    /// How often each documented method was done since the start, by its documented name. What is sent with replaced values
    /// looks on the wire like what is not.
    pub fn served(&self) -> BTreeMap<&'static str, u64> {
        self.house.store.served().counts()
    }

    /// Stops it: nothing new is taken, what is in work is finished and answered.
    pub async fn stop(self) {
        self.house.stop.cancel();
        self.house.tasks.close();
        let _ = tokio::time::timeout(PATIENCE, self.house.tasks.wait()).await;
        let abort = self.serving.abort_handle();
        if tokio::time::timeout(PATIENCE, self.serving).await.is_err() {
            abort.abort();
        }
    }
}

/// Runs work that waits for the disk on a thread for such. Should it panic, that costs this one answer.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Refusal::File(
            "The server could not do this. Try again.".to_owned(),
        ))
    })
}
