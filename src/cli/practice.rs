//! `studydrop practice`: runs only the practice server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{failure, output};
use crate::message::Failure;
use crate::practice::{self, Config};
use crate::settings;

#[derive(Debug, Args)]
pub struct Options {
    /// Address and port; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8104")]
    listen: SocketAddr,
    /// Where its orders and files are kept [default: beside the rest of StudyDrop's data].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Listen on an address that other computers reach. Nothing is encrypted: only for a closed test network.
    #[arg(long)]
    allow_remote: bool,
    /// Hold at most this many bytes of files, as a disk of that size would.
    #[arg(long, value_name = "BYTES")]
    capacity: Option<u64>,
}

pub(super) async fn run(options: Options) -> Result<bool, Failure> {
    let data = match options.data {
        Some(data) => data,
        None => settings::data_folder()
            .map_err(|error| failure(error, ""))?
            .join("practice"),
    };
    let config = Config {
        listen: options.listen,
        data,
        allow_remote: options.allow_remote,
        capacity: options.capacity,
    };
    let server = practice::start(config).await;
    let server = server.map_err(|error| failure(error, ""))?;
    output::object(&json!({
        "router": server.router(),
        "api_key": server.api_key(),
        "account_key": server.account_key(),
    }));
    stopped().await;
    server.stop().await;
    Ok(true)
}

/// Waits for Ctrl+C or, on Unix, SIGTERM.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
