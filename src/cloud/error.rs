//! What can go wrong between this program and an account, worded for a person. No error holds a key, a session or the
//! query of an address.

use std::time::Duration;

use thiserror::Error;

use super::wire::WireError;

/// Why the cloud did not do what was asked.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// Nobody answers at this host.
    #[error("{host} cannot be reached ({reason}).")]
    Unreachable {
        /// Host and port.
        host: String,
        /// In the system's words.
        reason: String,
    },
    /// The host's certificate was not accepted, or it speaks no TLS.
    #[error("The connection to {host} is not safe ({reason}).")]
    Tls {
        /// Host and port.
        host: String,
        /// In the TLS library's words.
        reason: String,
    },
    /// An address without encryption that does not lead to this computer.
    #[error("{address} is not encrypted, so nothing is sent there.")]
    PlainRefused {
        /// Scheme, host and port.
        address: String,
    },
    /// An address that is none.
    #[error("\"{text}\" is no {what} address.")]
    BadAddress {
        /// Router, proxy, web service, WebSocket.
        what: &'static str,
        /// As it was given.
        text: String,
    },
    /// The answer is something else than the API's JSON.
    #[error("{who} answered with {what} instead of data.")]
    NotAnAnswer {
        /// The router, the region's server, the account.
        who: &'static str,
        /// A web page, text, nothing, too much …
        what: String,
    },
    /// A step of signing in was refused.
    #[error("Signing in was refused: {message}")]
    SignInRefused {
        /// The server's words.
        message: String,
    },
    /// The account can be reached but nobody can work in it.
    #[error("The account has no {what}.")]
    EmptyAccount {
        /// Users or locations.
        what: &'static str,
    },
    /// The account refused a request.
    #[error("The account refused it: \"{message}\".")]
    Refused {
        /// The server's words.
        message: String,
    },
    /// No answer within the time allowed.
    #[error("{who} did not answer within {} seconds.", after.as_secs().max(1))]
    TimedOut {
        /// Who was asked.
        who: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended while something was under way.
    #[error("The connection to the account was lost ({reason}).")]
    Lost {
        /// In a few words.
        reason: String,
    },
    /// A message from the server that is none.
    #[error("The account sent a damaged message: {0}.")]
    Malformed(#[from] WireError),
    /// A parameter that is known to be wrong; nothing was sent.
    #[error("{parameter}: \"{value}\" is no {expected}.")]
    Invalid {
        /// Named as the documentation names it.
        parameter: &'static str,
        /// As it was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// [`super::Client::call`] does not know the method.
    #[error("There is no method {0}.")]
    UnknownMethod(String),
}

impl Error {
    /// The connection ended for no known reason.
    pub fn lost() -> Self {
        Error::Lost {
            reason: "it was closed".to_owned(),
        }
    }

    /// What to do about it, one sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Error::Unreachable { .. } => {
                "Check the network, and the router's address under Advanced."
            }
            Error::Tls { .. } => {
                "Check this computer's clock and ask your network's administrator."
            }
            Error::PlainRefused { .. } => "Use an https:// or wss:// address.",
            Error::BadAddress { .. } => "Write it like https://host/path/.",
            Error::NotAnAnswer { .. } => {
                "Check the router's address; a proxy or a sign-in page of the network may stand in between."
            }
            Error::SignInRefused { .. } => "Check both keys in the account's API settings.",
            Error::EmptyAccount { .. } => "Ask the account's administrator to add one.",
            Error::Refused { .. } => "",
            Error::TimedOut { .. } => "Check the network and try again.",
            Error::Lost { .. } => "Check the network; it is tried again by itself.",
            Error::Malformed(_) => {
                "Try again; if it happens again, tell the account's administrator."
            }
            Error::Invalid { .. } => "Correct it and try again.",
            Error::UnknownMethod(_) => "The names are those of the Cloud API's documentation.",
        }
    }

    /// Whether the same request may succeed over a new connection.
    pub fn is_connection(&self) -> bool {
        matches!(
            self,
            Error::Unreachable { .. }
                | Error::TimedOut { .. }
                | Error::Lost { .. }
                | Error::Malformed(_)
        )
    }
}
