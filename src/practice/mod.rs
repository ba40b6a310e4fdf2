//! The practice server: the same protocol over HTTP and WebSocket as an account in the cloud, on this computer.
//!
//! It keeps its data in a folder: `practice.sqlite` and, beside it, `files/` with each stored file as it was sent.
//! What it has acknowledged survives a kill of the process at any moment: parts and files are on disk and in the
//! database before the answer goes out (SQLite in WAL mode). Against a power cut it promises less: files are not
//! flushed to the medium one by one, for this is a place to try things out.
//!
//! It knows the frames of the wire and the field names, and nothing else of this program: what it understands it
//! learnt from what travels.

mod answers;
mod folders;
mod http;
mod intake;
mod matching;
mod orders;
mod seed;
mod socket;
mod store;
mod upload;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use store::Store;

/// How to run a practice server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where its data is kept; made where it is missing.
    pub data: PathBuf,
    /// Whether it may listen on an address that other computers reach. Nothing is encrypted.
    pub allow_remote: bool,
    /// Bytes of stored files at most, as a disk of that size would hold.
    pub capacity: Option<u64>,
}

impl Config {
    /// On loopback, on any free port.
    pub fn local(data: impl Into<PathBuf>) -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: data.into(),
            allow_remote: false,
            capacity: None,
        }
    }
}

/// Why a practice server could not be started.
#[derive(Debug, Error)]
pub enum Error {
    /// The address is not this computer's own.
    #[error(
        "The practice server listens on this computer only; {0} could be reached from others. Say --allow-remote if that is meant."
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("The practice server cannot listen on {address} ({source}). Choose another port.")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("The practice server's data in {path} cannot be used ({reason}).")]
    Data {
        /// The folder.
        path: PathBuf,
        /// In a few words.
        reason: String,
    },
}

/// A running practice server. Dropping it stops it.
pub struct Server {
    address: SocketAddr,
    store: Arc<Store>,
    stop: CancellationToken,
    task: Option<AbortOnDropHandle<()>>,
}

/// What every connection shares.
#[derive(Clone)]
struct Shared {
    store: Arc<Store>,
    address: SocketAddr,
    stop: CancellationToken,
}

/// Starts a server.
///
/// # Errors
/// [`Error`] when it cannot listen or its data cannot be used.
pub async fn start(config: Config) -> Result<Server, Error> {
    if !config.listen.ip().is_loopback() && !config.allow_remote {
        return Err(Error::NotLoopback(config.listen));
    }
    let (path, capacity) = (config.data.clone(), config.capacity);
    let opened = tokio::task::spawn_blocking(move || Store::open(&path, capacity)).await;
    let data_error = |reason: String| Error::Data {
        path: config.data.clone(),
        reason,
    };
    let store = opened
        .map_err(|error| data_error(error.to_string()))?
        .map_err(|error| data_error(error.to_string()))?;
    let listen_error = |source| Error::Listen {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let stop = CancellationToken::new();
    let store = Arc::new(store);
    let shared = Shared {
        store: store.clone(),
        address,
        stop: stop.clone(),
    };
    let served = axum::serve(listener, http::routes(shared))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let task = tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the practice server ended");
        }
    });
    Ok(Server {
        address,
        store,
        stop,
        task: Some(AbortOnDropHandle::new(task)),
    })
}

impl Server {
    /// The router's address, to sign in at.
    pub fn router(&self) -> String {
        format!("http://{}/router/", self.address)
    }

    /// The key that lets a program in.
    pub fn api_key(&self) -> Uuid {
        self.store.keys().api
    }

    /// The key that names the account.
    pub fn account_key(&self) -> Uuid {
        self.store.keys().account
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder with its data.
    pub fn data(&self) -> &Path {
        self.store.folder()
    }

    /// Stops it and waits until every connection is closed.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            drop(task.await);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
