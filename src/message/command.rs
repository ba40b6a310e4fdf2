//! What the model asks of the worker.

use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use super::{
    AskCleaning, Change, JobId, Pick, ReceiptFormat, Share, Stamp, StudyKey, View, Wishes,
};
use crate::cloud::model::{OrderQuery, OrderRef};
use crate::cloud::{Endpoint, Keys};
use crate::dicom::attributes::Place;
use crate::dicom::catalogue::Known;
use crate::dicom::media::ArchivePassword;
use crate::logbook::Entry;
use crate::settings::Settings;
use crate::transfer::Upload;

/// From the model to the worker.
#[derive(Debug, Clone)]
pub enum Command {
    /// Signing in and out, and the settings.
    Session(SessionCommand),
    /// What lies on this computer: choosing, scanning, opening archives.
    Files(FilesCommand),
    /// Attributes of one file.
    Attributes(AttributesCommand),
    /// The queue of transfers and their receipts.
    Transfer(TransferCommand),
    /// Orders, their documents, and what a study could belong to.
    Orders(OrdersCommand),
    /// The folder tree.
    Folders(FoldersCommand),
    /// The lists of the account, changes to it, sharing, addresses for the browser.
    Account(AccountCommand),
    /// The log on disk.
    Log(LogCommand),
    /// Every picture that the window wants now, the most urgent first; each is answered by [`Event::Picture`]. What an earlier
    /// list named and this one does not is not wanted any more.
    Pictures(Box<Wishes>),
    /// Stops a scan, a transfer or a search.
    Cancel(JobId),
    /// Something about de-identification; answered by [`Event::Deidentify`].
    Deidentify(Box<AskCleaning>),
}

/// Signing in and out, and the settings.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Looks in the keychain; answered by [`SessionEvent::Recalled`].
    RecallKeys,
    /// Signs in to an account; answered by `SignedIn` or `SignInFailed`.
    SignIn {
        /// Router and proxy.
        endpoint: Endpoint,
        /// The keys.
        keys: Keys,
        /// Whether to put the keys into the keychain once they were accepted.
        remember: bool,
    },
    /// Starts the practice server (if it does not run yet) and signs in to it.
    OpenPractice,
    /// Gives up signing in.
    CancelSignIn,
    /// Ends the session; cancels everything that runs. Forgets remembered keys if asked.
    SignOut {
        /// Whether to remove the keys from the keychain.
        forget: bool,
    },
    /// Writes the settings.
    SaveSettings(Settings),
}

/// What lies on this computer: choosing, scanning, opening archives.
#[derive(Debug, Clone)]
pub enum FilesCommand {
    /// Opens the system's dialog; answered by [`FilesEvent::Picked`], or [`OrdersEvent::DocumentsPicked`].
    Pick(Pick),
    /// Reads what lies under these paths; answered by `Scanned` … `ScanDone`.
    Scan {
        /// Names the scan.
        job: JobId,
        /// Files and folders.
        paths: Vec<PathBuf>,
        /// What is listed already, and is not read again while it is what it was.
        known: Arc<Known>,
    },
    /// Tries a password on an archive; answered by [`FilesEvent::Unlocked`].
    Unlock {
        /// The archive.
        archive: PathBuf,
        /// What was typed.
        password: ArchivePassword,
    },
    /// Makes the sample study (practice workspace) and scans it; answered like [`FilesCommand::Scan`].
    SampleStudy {
        /// Names the scan.
        job: JobId,
    },
}

/// Attributes of one file.
#[derive(Debug, Clone)]
pub enum AttributesCommand {
    /// Reads a file's attributes, only the newest request; answered by [`AttributesEvent::Read`].
    Read {
        /// The file.
        path: PathBuf,
    },
    /// Reads a value that has no room in a row; answered by [`AttributesEvent::Value`].
    ReadValue {
        /// The file.
        path: PathBuf,
        /// The row's key.
        key: u64,
        /// Where the value is.
        place: Box<Place>,
        /// Which file it was that has it there.
        stamp: Stamp,
    },
}

/// The queue of transfers and their receipts.
#[derive(Debug, Clone)]
pub enum TransferCommand {
    /// Queues these studies; answered by [`TransferEvent::Status`] snapshots.
    Queue(Vec<Upload>),
    /// Sends again what failed in a finished transfer.
    Retry(JobId),
    /// Holds these transfers until they are resumed; what is in flight arrives.
    Pause(Vec<JobId>),
    /// Lets these transfers go on.
    Resume(Vec<JobId>),
    /// Gives a transfer another place in the queue.
    Move {
        /// The transfer.
        job: JobId,
        /// The one that it is put before; `None`: to the end.
        before: Option<JobId>,
    },
    /// Takes finished transfers off the list for good, off the journal too.
    Forget(Vec<JobId>),
    /// Writes the receipt of a finished transfer; answered by [`TransferEvent::ReceiptSaved`].
    SaveReceipt {
        /// The transfer.
        job: JobId,
        /// Where; the system's dialog asks where there is none.
        to: Option<PathBuf>,
        /// The file name that the dialog begins with, without its ending. It names no patient.
        name: String,
        /// As what.
        format: ReceiptFormat,
    },
}

/// Orders, their documents, and what a study could belong to.
#[derive(Debug, Clone)]
pub enum OrdersCommand {
    /// Searches orders; answered by [`OrdersEvent::Found`].
    Search {
        /// Names the search: a newer one makes an older one's answer void.
        job: JobId,
        /// The user who searches.
        user: Uuid,
        /// By what.
        query: OrderQuery,
    },
    /// Searches the orders of a folder; answered like [`OrdersCommand::Search`].
    InFolder {
        /// Names the search.
        job: JobId,
        /// The user who searches.
        user: Uuid,
        /// The folder.
        folder: Uuid,
    },
    /// Asks for everything about an order; answered by [`OrdersEvent::Properties`].
    Properties {
        /// The user who asks.
        user: Uuid,
        /// The order.
        order: OrderRef,
    },
    /// Sends documents to an order, one after the other; answered by [`OrdersEvent::DocumentSent`], one a document, then by
    /// [`OrdersEvent::DocumentsDone`].
    SendDocuments {
        /// Names the sending.
        job: JobId,
        /// The user who sends.
        user: Uuid,
        /// The order.
        order: OrderRef,
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// Asks for orders without images that a study could belong to; answered by [`OrdersEvent::Candidates`].
    FindCandidates {
        /// The user who asks.
        user: Uuid,
        /// The location that the study goes to.
        location: Uuid,
        /// The study that is asked for.
        study: StudyKey,
    },
}

/// The folder tree.
#[derive(Debug, Clone)]
pub enum FoldersCommand {
    /// Lists a folder; answered by [`FoldersEvent::Listed`].
    List {
        /// The user who asks.
        user: Uuid,
        /// The folder; `None` for the root.
        folder: Option<Uuid>,
        /// Whether its orders are wanted too.
        with_orders: bool,
    },
}

/// The lists of the account, changes to it, sharing, addresses for the browser.
#[derive(Debug, Clone)]
pub enum AccountCommand {
    /// Asks for the lists of the account: users, groups, contacts, nodes, flags; answered by [`AccountEvent::Directory`].
    LoadDirectory {
        /// The user who asks.
        user: Uuid,
    },
    /// Changes orders or folders; answered by [`AccountEvent::Changed`].
    Change {
        /// Names the change.
        job: JobId,
        /// The user who does it.
        user: Uuid,
        /// What is done.
        change: Change,
    },
    /// Shares orders or a folder; answered by [`AccountEvent::Shared`].
    Share {
        /// Names the sharing.
        job: JobId,
        /// The user who shares.
        user: Uuid,
        /// What is shared, and how.
        share: Share,
    },
    /// Asks for an address that opens in a browser; answered by [`AccountEvent::ViewAddress`].
    View {
        /// The user who asks.
        user: Uuid,
        /// Of what.
        view: View,
    },
}

/// The log on disk.
#[derive(Debug, Clone)]
pub enum LogCommand {
    /// Keeps what was noted, for the next session.
    Append(Vec<Entry>),
    /// Writes a table of the log into a file; answered by [`LogEvent::Saved`].
    Save {
        /// Where; the system's dialog asks where there is none.
        to: Option<PathBuf>,
        /// The file name that the dialog begins with.
        name: String,
        /// The table.
        csv: String,
    },
}
