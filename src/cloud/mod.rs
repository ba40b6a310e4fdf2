//! The Cloud API: the only room that knows the wire.

mod address;
mod call;
mod client;
mod dial;
mod envelope;
mod error;
mod folders;
pub mod model;
mod orders;
mod session;
mod socket;
mod upload;
pub mod wire;

use std::fmt;

use url::Url;
use uuid::Uuid;

pub use address::{KeyError, parse_key};
pub use call::METHODS;
pub use client::{Client, jittered};
pub use dial::install_crypto;
pub use error::Error;
pub use session::Timeouts;
pub use upload::{CheckFile, DocumentPart, FileCheck, FilePart, UploadSession, UploadSocket};

/// The developer library's router. The production router's address is *unknown*, so it is a setting with this default.
pub const DEFAULT_ROUTER: &str = "https://developer.postdicom.com/wssShellService/";

/// The two keys of an account. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Names the account.
    pub account_key: Uuid,
    /// Lets a program in.
    pub api_key: Uuid,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

/// Where to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The router's address. `http://` only to loopback.
    pub router: Url,
    /// An HTTP proxy (`http://host:port`), if one is needed.
    pub proxy: Option<Url>,
}

/// The state of the connection, for the light at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Connected.
    Online,
    /// Lost; connecting again. Says why, in a few words.
    Reconnecting(String),
    /// Signed out, or given up.
    Offline,
}
