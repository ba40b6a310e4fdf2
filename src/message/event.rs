//! What the worker says to the model.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;
use uuid::Uuid;

use super::{
    Candidate, Change, Changed, CleaningNews, Directory, Failure, JobId, Journal, PictureNews,
    Restored, StudyKey, Workspace,
};
use crate::cloud::model::{Account, Folder, Order, OrderProperties, OrderRef, Shared};
use crate::cloud::{Keys, Link};
use crate::dicom::attributes::{Tree, Whole};
use crate::dicom::catalogue::Found;
use crate::dicom::media::Disc;
use crate::logbook::Entry;
use crate::transfer::TransferStatus;

/// From the worker to the model.
#[derive(Debug, Clone)]
pub enum Event {
    /// Signing in, the keychain, the connection.
    Session(SessionEvent),
    /// What a scan, a dialog or an archive's password brought.
    Files(FilesEvent),
    /// Orders, their documents, and what a study could belong to.
    Orders(OrdersEvent),
    /// Attributes of one file.
    Attributes(AttributesEvent),
    /// The queue of transfers and their receipts.
    Transfer(TransferEvent),
    /// The folder tree.
    Folders(FoldersEvent),
    /// The lists of the account, changes to it, sharing, addresses for the browser.
    Account(AccountEvent),
    /// The log on disk.
    Log(LogEvent),
    /// A picture was made, or why it cannot be shown. Comes by itself, too, when the file that is looked at is replaced.
    Picture(Box<PictureNews>),
    /// Something about de-identification.
    Deidentify(Box<CleaningNews>),
    /// Something failed that no panel waits for.
    Failed(Failure),
}

/// Signing in, the keychain, the connection.
#[derive(Debug, Clone)]
pub enum SessionEvent {
    /// What the keychain holds, and why it cannot be used where that is so.
    Recalled {
        /// The keys, where remembered.
        keys: Option<Keys>,
        /// Why *Remember on this computer* cannot be offered.
        unavailable: Option<String>,
    },
    /// The keys were put into the keychain, or why they were not.
    Remembered(Result<(), Failure>),
    /// Signing in is at this step ("Asking the router …").
    SigningIn(&'static str),
    /// Signed in.
    SignedIn {
        /// The account.
        account: Arc<Account>,
        /// Where.
        workspace: Workspace,
    },
    /// Signing in failed.
    SignInFailed {
        /// What happened, and what to do.
        failure: Failure,
        /// Why, in words that the log may keep: no address and no key.
        cause: String,
    },
    /// The connection light.
    Link(Link),
}

/// What a scan, a dialog or an archive's password brought.
#[derive(Debug, Clone)]
pub enum FilesEvent {
    /// Paths chosen in the dialog; `None`: cancelled, or the dialog could not be opened (rfd does not say which).
    Picked(Option<Vec<PathBuf>>),
    /// More files of a scan, coalesced.
    Scanned {
        /// The scan.
        job: JobId,
        /// What was found since the last one.
        found: Vec<Found>,
        /// Files looked at so far.
        seen: u64,
        /// Files known to be there so far (grows while folders are walked).
        known: u64,
    },
    /// A scan came by a disc's directory.
    Disc {
        /// The scan.
        job: JobId,
        /// What the directory says.
        disc: Box<Disc>,
    },
    /// Whether a password was the right one. Then the archive can be scanned again.
    Unlocked {
        /// The archive.
        archive: PathBuf,
        /// Whether it was.
        is_right: bool,
    },
    /// A scan ended.
    ScanDone {
        /// The scan.
        job: JobId,
        /// Whether it was cancelled.
        cancelled: bool,
    },
}

/// Orders, their documents, and what a study could belong to.
#[derive(Debug, Clone)]
pub enum OrdersEvent {
    /// The same for documents of an order.
    DocumentsPicked {
        /// The order.
        order: OrderRef,
        /// The files.
        paths: Option<Vec<PathBuf>>,
    },
    /// A search's answer.
    Found {
        /// The search.
        job: JobId,
        /// The orders.
        result: Result<Arc<Vec<Order>>, Failure>,
        /// How long it took.
        took: Duration,
    },
    /// Everything about an order.
    Properties {
        /// The order.
        order: Uuid,
        /// What is known.
        result: Result<Arc<OrderProperties>, Failure>,
    },
    /// A document was sent, or why not.
    DocumentSent {
        /// The sending.
        job: JobId,
        /// The file.
        path: PathBuf,
        /// Whether it went well.
        result: Result<(), Failure>,
    },
    /// A sending of documents is over.
    DocumentsDone {
        /// The sending.
        job: JobId,
        /// The order.
        order: Uuid,
    },
    /// Open orders that a study could belong to, the best first.
    Candidates {
        /// The study.
        study: StudyKey,
        /// The location where they were looked for.
        location: Uuid,
        /// The orders.
        result: Result<Arc<Vec<Candidate>>, Failure>,
    },
}

/// Attributes of one file.
#[derive(Debug, Clone)]
pub enum AttributesEvent {
    /// A file's attributes, or why they cannot be shown.
    Read {
        /// The file.
        path: PathBuf,
        /// The attributes.
        result: Result<Arc<Tree>, Failure>,
    },
    /// A long value.
    Value {
        /// The file.
        path: PathBuf,
        /// The row's key.
        key: u64,
        /// The value.
        result: Result<Arc<Whole>, Failure>,
    },
}

/// The queue of transfers and their receipts.
#[derive(Debug, Clone)]
pub enum TransferEvent {
    /// Where a transfer is, at most 30 times a second; the last one of a transfer has an end state.
    Status(Arc<TransferStatus>),
    /// What earlier sessions left for this account, in the order of the queue. Comes after [`SessionEvent::SignedIn`].
    Restored(Vec<Restored>),
    /// Whether transfers are written down. Comes once, by itself, and again when it changes.
    Journal(Journal),
    /// Where the receipt is; `None`: cancelled, or the dialog could not be opened.
    ReceiptSaved(Result<Option<PathBuf>, Failure>),
}

/// The folder tree.
#[derive(Debug, Clone)]
pub enum FoldersEvent {
    /// A folder's listing.
    Listed {
        /// The user who asked.
        user: Uuid,
        /// Whether its orders were asked for too.
        with_orders: bool,
        /// The folder; `None` for the root.
        folder: Option<Uuid>,
        /// The folder with its subfolders.
        result: Result<Arc<Folder>, Failure>,
    },
}

/// The lists of the account, changes to it, sharing, addresses for the browser.
#[derive(Debug, Clone)]
pub enum AccountEvent {
    /// The lists of the account.
    Directory {
        /// The user who asked.
        user: Uuid,
        /// The lists.
        directory: Arc<Directory>,
    },
    /// What came of a change.
    Changed {
        /// The change.
        job: JobId,
        /// What was asked for.
        change: Box<Change>,
        /// What came of it; an error where nothing was done.
        result: Result<Changed, Failure>,
    },
    /// What came of sharing.
    Shared {
        /// The sharing.
        job: JobId,
        /// The address and its password, where there are any.
        result: Result<Shared, Failure>,
    },
    /// An address for the browser.
    ViewAddress(Result<Url, Failure>),
}

/// The log on disk.
#[derive(Debug, Clone)]
pub enum LogEvent {
    /// What was noted in earlier sessions, oldest first. Comes once, by itself.
    Loaded(Vec<Entry>),
    /// What was noted is not kept. Comes at most once.
    NotKept(Failure),
    /// Where the table of the log is; `None`: cancelled, or the dialog could not be opened.
    Saved(Result<Option<PathBuf>, Failure>),
}
