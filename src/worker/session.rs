//! Signing in, for the window and for the command line.

use std::path::PathBuf;

use crate::cloud;
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
/// What went wrong, and what to do.
/// Why a sign-in failed.
#[derive(Debug)]
pub struct SignInFailure {
    /// What happened, for the person.
    pub failure: Failure,
    /// Why, in words that the log may keep: no address and no key.
    pub cause: String,
}

impl From<&cloud::Error> for SignInFailure {
    fn from(error: &cloud::Error) -> Self {
        SignInFailure {
            failure: Failure::from(error),
            cause: error.cause(),
        }
    }
}

/// Signs in.
///
/// # Errors
/// What [`Client::sign_in`] can meet, and a practice workspace that cannot be opened.
pub async fn open(
    place: SignIn,
    step: impl Fn(&'static str) + Send + Sync,
) -> Result<Session, SignInFailure> {
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
        .map_err(|error| SignInFailure::from(&error))?;
    Ok(Session {
        client,
        workspace,
        _practice: server,
    })
}

async fn practice_server(
    data: PathBuf,
) -> Result<(Endpoint, Keys, practice::Server), SignInFailure> {
    let server = practice::start(practice::Config::local(data)).await;
    let server = server.map_err(|error| SignInFailure {
        failure: Failure {
            what: format!("The practice workspace could not be opened: {error}"),
            remedy: "Set STUDYDROP_DATA to a folder that can be written.".to_owned(),
        },
        cause: "the practice workspace could not be opened".to_owned(),
    })?;
    let keys = Keys {
        account_key: server.account_key(),
        api_key: server.api_key(),
    };
    let endpoint =
        Endpoint::parse(&server.router(), "").map_err(|error| SignInFailure::from(&error))?;
    Ok((endpoint, keys, server))
}
