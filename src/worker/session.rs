//! Signing in, for the window and for the command line.

use std::path::PathBuf;

use crate::cloud::{Client, Endpoint, Keys};
use crate::message::{Failure, Workspace};
use crate::practice;

/// Where to sign in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// The built-in practice server, with its data in this folder.
    Practice(PathBuf),
    /// An account.
    Account {
        /// Addresses of router and proxy.
        endpoint: Endpoint,
        /// Account key and API key.
        keys: Keys,
    },
}

/// A session. It owns the practice server, if there is one, which ends with it.
pub struct Session {
    /// The signed-in client.
    pub client: Client,
    /// Cloud or practice workspace.
    pub workspace: Workspace,
    _practice: Option<practice::Server>,
}

/// Signs in. `step` is called with a description of the current step.
///
/// # Errors
/// What went wrong, and the remedy.
pub async fn open(
    place: SignIn,
    step: impl Fn(&'static str) + Send + Sync,
) -> Result<Session, Failure> {
    let (endpoint, keys, server) = match place {
        SignIn::Account { endpoint, keys } => (endpoint, keys, None),
        SignIn::Practice(data) => {
            step("Starting the practice workspace");
            let (endpoint, keys, server) = practice_server(data).await?;
            (endpoint, keys, Some(server))
        }
    };
    let workspace = if server.is_some() {
        Workspace::Practice
    } else {
        Workspace::Cloud
    };
    let client = Client::sign_in(&endpoint, &keys, step)
        .await
        .map_err(|error| Failure::from(&error))?;
    Ok(Session {
        client,
        workspace,
        _practice: server,
    })
}

async fn practice_server(data: PathBuf) -> Result<(Endpoint, Keys, practice::Server), Failure> {
    let server = practice::start(practice::Config::local(data)).await;
    let server = server.map_err(|error| Failure {
        what: format!("The practice workspace could not be opened: {error}"),
        remedy: "Set STUDYDROP_DATA to a folder that can be written.".to_owned(),
    })?;
    let keys = Keys {
        account_key: server.account_key(),
        api_key: server.api_key(),
    };
    let endpoint = Endpoint::parse(&server.router(), "").map_err(|error| Failure::from(&error))?;
    Ok((endpoint, keys, server))
}
