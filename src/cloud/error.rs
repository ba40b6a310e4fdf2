//! Everything that can go wrong between here and the account, worded for a person. No variant holds a key, a session's
//! name or anything about a patient, except the server's own words and a refused parameter, which are for the person
//! who asked and not for a log.

use thiserror::Error as ThisError;

use super::wire::WireError;

/// What went wrong. `Display` is one sentence that says what happened and to what; [`Error::remedy`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// No connection came about.
    #[error("The {what} at {host} cannot be reached: {why}.")]
    Unreachable {
        /// "router", "web service", "connection service" or "proxy".
        what: &'static str,
        /// Host and port.
        host: String,
        /// In a few words.
        why: String,
    },
    /// The proxy said no.
    #[error("The proxy at {host} does not let the connection through: {why}.")]
    Proxy {
        /// Host and port.
        host: String,
        /// In a few words.
        why: String,
    },
    /// The encryption could not be agreed upon.
    #[error("The connection to {host} is not safe: {why}.")]
    Tls {
        /// Host and port.
        host: String,
        /// In a few words.
        why: String,
    },
    /// `http://` or `ws://` to another computer.
    #[error(
        "The {what} is {scheme}://{host}, which is not encrypted; that is allowed to this computer alone."
    )]
    PlainAddress {
        /// Whose address.
        what: &'static str,
        /// `http` or `ws`.
        scheme: String,
        /// Host and port.
        host: String,
    },
    /// Not an address.
    #[error("The {what} cannot be used: {why}.")]
    BadAddress {
        /// Whose address.
        what: &'static str,
        /// In a few words.
        why: String,
    },
    /// An HTTP status that is no success.
    #[error("The {what} at {host} answered with HTTP status {status}.")]
    HttpStatus {
        /// Who answered.
        what: &'static str,
        /// Host and port.
        host: String,
        /// 100 to 999.
        status: u16,
    },
    /// A web page or something else where JSON was due.
    #[error("The {what} at {host} answered with {instead} in place of data.")]
    NotJson {
        /// Who answered.
        what: &'static str,
        /// Host and port.
        host: String,
        /// "a web page", "an empty page", "something unreadable".
        instead: &'static str,
    },
    /// More than is ever taken.
    #[error("The answer from the {what} is longer than {limit} bytes and was not read.")]
    TooLong {
        /// Who answered.
        what: &'static str,
        /// The bound in bytes.
        limit: usize,
    },
    /// The keys were refused.
    #[error("The account did not accept the keys: {words}")]
    KeysRefused {
        /// The server's words.
        words: String,
    },
    /// The account has nobody in it.
    #[error("The account has no users, so nothing can be sent or searched.")]
    NoUsers,
    /// Nobody in the account may use a location.
    #[error("No user of the account has a location, so there is nowhere to send images to.")]
    NoLocations,
    /// No answer in time.
    #[error("There was no answer to {what} within {seconds} seconds.")]
    Timeout {
        /// What was asked for.
        what: &'static str,
        /// How long was waited.
        seconds: u64,
    },
    /// The connection broke.
    #[error("The connection was lost: {why}.")]
    Lost {
        /// In a few words.
        why: String,
    },
    /// The session was ended here.
    #[error("The program is signed out.")]
    SignedOut,
    /// The server sent something that is no message. The socket is closed after it.
    #[error("The server sent a damaged message: {0}.")]
    Malformed(#[from] WireError),
    /// The answer is not what the wire's description promises.
    #[error("The answer to {what} cannot be understood: {why}.")]
    Unreadable {
        /// What was asked for.
        what: &'static str,
        /// In a few words; nothing of the answer's text.
        why: String,
    },
    /// The server said no.
    #[error("The account refused {what}: {words}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// The server's words.
        words: String,
    },
    /// A parameter that is known to be wrong; nothing was sent.
    #[error("{name} cannot be {value}: {wants}.")]
    InvalidParameter {
        /// As documented: `userUuid`.
        name: &'static str,
        /// The beginning of it, in quotes.
        value: String,
        /// "it is not a GUID", "it is not a date (YYYY-MM-DD)", …
        wants: &'static str,
    },
    /// A parameter that the method does not have.
    #[error("{method} has no parameter {name}; it has {known}.")]
    UnknownParameter {
        /// The method.
        method: &'static str,
        /// What was given.
        name: String,
        /// The method's parameters.
        known: String,
    },
    /// A method that this program does not know.
    #[error("There is no method {0} here.")]
    UnknownMethod(String),
}

impl Error {
    /// What to do about it: one sentence, or nothing where there is nothing to do.
    pub fn remedy(&self) -> &str {
        match self {
            Error::Unreachable { .. } => {
                "Check the network, the address and, if your site needs one, the proxy (under Advanced), then try again."
            }
            Error::Proxy { .. } => {
                "Check the proxy's address and password under Advanced, or ask who runs your network to let this address through."
            }
            Error::Tls { .. } => {
                "Check this computer's date and time, and ask who runs your network whether it opens encrypted connections."
            }
            Error::PlainAddress { .. } => "Use an address that begins with https:// (or wss://).",
            Error::BadAddress { .. } => {
                "Correct the address; it looks like https://host/path (a proxy's like http://host:port)."
            }
            Error::HttpStatus { .. } | Error::NotJson { .. } => {
                "Check the router's address under Advanced; a network that asks for a sign-in page also answers so."
            }
            Error::TooLong { .. } => "Narrow what is asked for and try again.",
            Error::KeysRefused { .. } => {
                "Check both keys on the account's API page and paste them again."
            }
            Error::NoUsers => "Ask the account's administrator to add a user.",
            Error::NoLocations => "Ask the account's administrator to give your user a location.",
            Error::Timeout { .. } | Error::Lost { .. } => {
                "Check the network and try again; nothing that was acknowledged is lost."
            }
            Error::SignedOut => "Sign in again.",
            Error::Malformed(_) | Error::Unreadable { .. } => {
                "Try again; if it stays so, this program and the server do not fit each other and the vendor should be told."
            }
            Error::Refused { .. } => {
                "Read the account's words, change what they name and try again."
            }
            Error::InvalidParameter { .. } => "Correct it; nothing was sent.",
            Error::UnknownParameter { .. } | Error::UnknownMethod(_) => {
                "Spell it as the Cloud API's documentation does."
            }
        }
    }

    /// Why it failed, in words that may be kept: no address, no key and nothing that a server wrote.
    pub fn cause(&self) -> String {
        let words = match self {
            Error::Unreachable { what, .. } => return format!("the {what} could not be reached"),
            Error::Proxy { .. } => "the proxy refused the connection",
            Error::Tls { .. } => "the encryption was not trusted",
            Error::PlainAddress { .. } => "the address is not encrypted",
            Error::BadAddress { .. } => "the address cannot be used",
            Error::HttpStatus { what, status, .. } => {
                return format!("the {what} answered with HTTP status {status}");
            }
            Error::NotJson { what, instead, .. } => {
                return format!("the {what} answered with {instead} in place of data");
            }
            Error::TooLong { .. } => "the answer was too long",
            Error::KeysRefused { .. } => "the account did not accept the keys",
            Error::NoUsers => "the account has no users",
            Error::NoLocations => "no user of the account has a location",
            Error::Timeout { seconds, .. } => {
                return format!("there was no answer within {seconds} seconds");
            }
            Error::Lost { .. } => "the connection was lost",
            Error::SignedOut => "the program was signed out",
            Error::Malformed(_) => "the server sent a damaged message",
            Error::Unreadable { .. } => "the server's answer could not be understood",
            Error::Refused { .. } => "the account refused it",
            Error::InvalidParameter { .. }
            | Error::UnknownParameter { .. }
            | Error::UnknownMethod(_) => "the request was not right",
        };
        words.to_owned()
    }

    /// Whether the connection failed rather than the request, so that the same request is worth sending on a new socket.
    pub fn is_connection(&self) -> bool {
        match self {
            Error::Unreachable { .. }
            | Error::Proxy { .. }
            | Error::Timeout { .. }
            | Error::Lost { .. }
            | Error::Malformed(_) => true,
            // A gateway that has nobody behind it for the moment.
            Error::HttpStatus { status, .. } => matches!(status, 408 | 429 | 500..=599),
            _ => false,
        }
    }

    /// Whether nothing more can be done with this sign-in, however long one waits.
    pub fn ends_session(&self) -> bool {
        matches!(
            self,
            Error::SignedOut | Error::KeysRefused { .. } | Error::NoUsers | Error::NoLocations
        )
    }

    /// A connection that is gone, where a caller finds it out rather than the socket.
    pub fn lost() -> Error {
        Error::Lost {
            why: "the connection is closed".to_owned(),
        }
    }

    /// A few words for the connection light.
    pub(super) fn in_short(&self) -> String {
        match self {
            Error::Unreachable { why, .. }
            | Error::Lost { why }
            | Error::Tls { why, .. }
            | Error::Proxy { why, .. } => why.clone(),
            Error::Timeout { .. } => "no answer in time".to_owned(),
            Error::Malformed(_) => "the server sent a damaged message".to_owned(),
            Error::HttpStatus { status, .. } => format!("HTTP status {status}"),
            Error::NotJson { instead, .. } => format!("{instead} in place of data"),
            Error::KeysRefused { .. } | Error::Refused { .. } => {
                "the account refused the session".to_owned()
            }
            _ => "the server's answer cannot be used".to_owned(),
        }
    }
}
