//! The Cloud API: the only room that knows the wire.
//!
//! ```text
//! wire.rs      the frames                      model.rs     what the account holds
//! endpoint.rs  keys and addresses              error.rs     everything that can go wrong, worded for a person
//! connect.rs   TLS, proxy, bounded HTTP        socket.rs    one WebSocket, many requests
//! session.rs   signing in, staying signed in   client.rs    the handle that everybody else holds
//! message.rs   requests and their answers      lenient.rs   answers whose shapes nobody documents
//! values.rs    parameters that cannot be wrong  fields.rs    a request's parameters, in their order
//! account.rs, orders.rs, new_order.rs, folders.rs, views.rs, changes.rs, sharing.rs, upload.rs (parts.rs): one async fn
//!              a documented method
//! call.rs (parameters.rs, …/by_name.rs): the same methods by their documented names, for scripts
//! ```
//!
//! A further method is one function that builds its [`message::Message`] and one async fn on [`Client`] in the file of
//! its subject, and one row in that file's `METHODS`.

mod account;
mod by_name;
mod changes;
mod client;
mod connect;
mod endpoint;
mod error;
mod fields;
mod folders;
mod lenient;
mod message;
pub mod model;
mod new_order;
mod orders;
mod parts;
mod session;
mod sharing;
mod socket;
mod upload;
mod values;
mod views;
pub mod wire;

pub use by_name::{Method, methods};
pub use client::{Client, Link, Options, Timeouts};
pub use connect::install_crypto;
pub use endpoint::{Endpoint, KeyError, Keys, KeysError, parse_key};
pub use error::Error;
pub use new_order::{MAX_ACCESSION, MAX_LONG, MAX_NAME, MoreOfOrder, NewOrder};
pub use parts::{CheckFile, DocumentPart, FileCheck, FilePart};
pub use session::jittered;
pub use sharing::{FolderShare, MailTo};
pub use upload::{UploadSession, UploadSocket};
pub use values::{
    Email, FolderName, FolderPath, MAX_FOLDER_NAME, MAX_TEXT, Modality, Sex, parse_date,
    parse_guid, parse_time,
};
pub use views::ViewOf;

/// The developer library's router. The production router's address is *unknown*, so it is a setting with this default.
pub const DEFAULT_ROUTER: &str = "https://developer.postdicom.com/wssShellService/";
