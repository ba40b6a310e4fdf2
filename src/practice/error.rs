//! What can go wrong: [`Error`] keeps the server from starting, a [`Refusal`] is one message's answer.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// Why the practice server cannot be started.
#[derive(Debug, Error)]
pub enum Error {
    /// Asked to listen where other computers can reach it.
    #[error(
        "the practice server would be reachable from other computers at {0}; listen on 127.0.0.1, or allow it explicitly"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken, or not this computer's.
    #[error(
        "the practice server cannot listen on {address}; choose another port, or 0 for a free one"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error("the practice workspace's folder {} cannot be used; choose a folder that can be written to", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error(
        "the practice workspace's database cannot be opened; choose another folder, or move this one away"
    )]
    Database(#[from] rusqlite::Error),
    /// The database was made by a later version.
    #[error(
        "the practice workspace was made by a later version of this program (its data has version {found}, this program knows {known}); use that version, or choose another folder"
    )]
    Newer {
        /// The version of the data.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// The database holds something that this server never wrote.
    #[error(
        "the practice workspace's database is damaged ({0}); choose another folder, or move this one away"
    )]
    Damaged(&'static str),
}

/// Why one message is refused. The text is the answer's `Message`: it names what the client itself sent, and no other
/// patient's data.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error(
        "This connection is not signed in yet: send RegisterSession or CreateApiSession first."
    )]
    NotRegistered,
    #[error("The session is not known. Sign in again.")]
    UnknownSession,
    #[error("The API key and the account key do not belong together.")]
    WrongKeys,
    #[error("The practice server does not know {0} yet.")]
    NotBuilt(String),
    #[error("The message cannot be read: {0}.")]
    Unreadable(String),
    #[error("{field} {problem}.")]
    Parameter {
        field: &'static str,
        problem: &'static str,
    },
    #[error("The user is not in this account.")]
    UnknownUser,
    #[error("The user may not use the location \"{0}\".")]
    ForeignLocation(String),
    #[error("The location does not exist.")]
    UnknownLocation,
    #[error("The user group is not in this account.")]
    UnknownUserGroup,
    #[error("The DICOM node is not in this account.")]
    UnknownNode,
    #[error("The order does not exist, or the user may not see it. Search again.")]
    UnknownOrder,
    #[error("The order is in the trash.")]
    InTrash,
    #[error("The order is at another location. Search again.")]
    OtherLocation,
    #[error("The group of orders does not exist. It may have been dissolved.")]
    UnknownOrderGroup,
    #[error("The folder does not exist. It may have been deleted.")]
    UnknownFolder,
    #[error("The upload is not known: send Initialize first.")]
    UnknownUpload,
    #[error("The upload was begun for another user or location.")]
    ForeignUpload,
    /// What cannot be, in a sentence that names it.
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    Part(String),
    #[error("{0}")]
    File(String),
    #[error("The server's disk is full. Make room there, then send the file again.")]
    Full,
    #[error("The answer would be too long. Narrow the search.")]
    TooMany,
    #[error("The server could not write to its disk. Try again.")]
    Disk(#[source] io::Error),
    #[error("The server could not use its database. Try again.")]
    Database(#[source] rusqlite::Error),
}

impl Refusal {
    /// Shorthand for a parameter that is not as it must be.
    pub(super) const fn parameter(field: &'static str, problem: &'static str) -> Self {
        Refusal::Parameter { field, problem }
    }

    /// Shorthand for a sentence.
    pub(super) fn denied(sentence: impl Into<String>) -> Self {
        Refusal::Denied(sentence.into())
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refusal::Full,
            _ => Refusal::Disk(error),
        }
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Refusal::Full,
            _ => Refusal::Database(error),
        }
    }
}
