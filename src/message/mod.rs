//! What travels between the window and the worker. [`Command`] goes from the model to the worker, [`Event`] comes back.
//! (`Action`, from a panel to the model, is the model's own: `model::Action`.)

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use url::Url;
use uuid::Uuid;

use crate::cloud::{
    self, Endpoint, Keys, Link,
    model::{Account, Folder, Order, OrderProperties, OrderQuery, OrderRef, Shared},
};
use crate::dicom::attributes::{Place, Tree, Whole};
use crate::dicom::catalogue::{Found, Known};
pub use crate::dicom::media::Stamp;
use crate::dicom::media::{ArchivePassword, Disc};
use crate::logbook::Entry;
use crate::settings::Settings;
use crate::transfer::{TransferStatus, Upload};

mod account;
mod deidentify;
mod pictures;

pub use account::{
    Candidate, Change, Changed, Directory, MOST_FOLDERS, RemovedFolder, Share, StudyKey, View,
};
pub use deidentify::{
    AskCleaning, ChangedValue, CleaningNews, Kept, LookAt, OwnProfile, Preview, PreviewOf,
    TableAnswer, Whose,
};
pub use pictures::{Content, PictureAsk, PictureNews, Purpose, Shot, Watch, Wishes};

/// Names one task of the worker. Numbers are given by the model, upwards from 1; a transfer that an earlier session left
/// gets its number from the worker, upwards from [`JobId::RESTORED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

impl JobId {
    /// The first number of transfers that an earlier session left.
    pub const RESTORED: u64 = 1 << 40;
}

/// Something that went wrong, worded for a person: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One sentence: what happened, to what.
    pub what: String,
    /// One sentence: what to do about it. May be empty where there is nothing to do.
    pub remedy: String,
}

impl From<&cloud::Error> for Failure {
    fn from(error: &cloud::Error) -> Self {
        Failure {
            what: error.to_string(),
            remedy: error.remedy().to_owned(),
        }
    }
}

/// Where a session works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workspace {
    /// An account in the cloud.
    Cloud,
    /// The practice server inside this program.
    Practice,
}

/// What the system's file dialog is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// One or more folders.
    Folders,
    /// One or more files.
    Files,
    /// Documents for an order.
    Documents(OrderRef),
}

/// What a receipt is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptFormat {
    /// For people.
    Pdf,
    /// For programs.
    Json,
}

/// A transfer that an earlier session left.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What is sent. The patient and the title are read from its files again; both are empty where no file is there.
    pub upload: Upload,
    /// Where it is.
    pub status: Arc<TransferStatus>,
    /// When it was queued.
    pub queued: SystemTime,
}

/// Whether transfers outlive the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Journal {
    /// They are written down.
    Kept,
    /// Another copy of the program keeps the journal: nothing can be uploaded from this one.
    InUse(Failure),
    /// The journal cannot be written: uploads work, and end with the program.
    NotKept(Failure),
}

/// From the model to the worker.
#[derive(Debug, Clone)]
pub enum Command {
    /// Looks in the keychain; answered by [`Event::Recalled`].
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
    /// Opens the system's dialog; answered by [`Event::Picked`], or [`Event::DocumentsPicked`].
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
    /// Tries a password on an archive; answered by [`Event::Unlocked`].
    Unlock {
        /// The archive.
        archive: PathBuf,
        /// What was typed.
        password: ArchivePassword,
    },
    /// Makes the sample study (practice workspace) and scans it; answered like [`Command::Scan`].
    SampleStudy {
        /// Names the scan.
        job: JobId,
    },
    /// Reads a file's attributes, only the newest request; answered by [`Event::Attributes`].
    Attributes {
        /// The file.
        path: PathBuf,
    },
    /// Reads a value that has no room in a row; answered by [`Event::AttributeValue`].
    AttributeValue {
        /// The file.
        path: PathBuf,
        /// The row's key.
        key: u64,
        /// Where the value is.
        place: Box<Place>,
        /// Which file it was that has it there.
        stamp: Stamp,
    },
    /// Every picture that the window wants now, the most urgent first; each is answered by [`Event::Picture`]. What an earlier
    /// list named and this one does not is not wanted any more.
    Pictures(Box<Wishes>),
    /// Queues these studies; answered by [`Event::Transfer`] snapshots.
    Upload(Vec<Upload>),
    /// Sends again what failed in a finished transfer.
    Retry(JobId),
    /// Stops a scan, a transfer or a search.
    Cancel(JobId),
    /// Holds these transfers until they are resumed; what is in flight arrives.
    Pause(Vec<JobId>),
    /// Lets these transfers go on.
    Resume(Vec<JobId>),
    /// Gives a transfer another place in the queue.
    MoveTransfer {
        /// The transfer.
        job: JobId,
        /// The one that it is put before; `None`: to the end.
        before: Option<JobId>,
    },
    /// Takes finished transfers off the list for good, off the journal too.
    ForgetTransfers(Vec<JobId>),
    /// Writes the receipt of a finished transfer; answered by [`Event::ReceiptSaved`].
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
    /// Searches orders; answered by [`Event::Orders`].
    SearchOrders {
        /// Names the search: a newer one makes an older one's answer void.
        job: JobId,
        /// The user who searches.
        user: Uuid,
        /// By what.
        query: OrderQuery,
    },
    /// Searches the orders of a folder; answered like [`Command::SearchOrders`].
    OrdersInFolder {
        /// Names the search.
        job: JobId,
        /// The user who searches.
        user: Uuid,
        /// The folder.
        folder: Uuid,
    },
    /// Lists a folder; answered by [`Event::Folder`].
    ListFolder {
        /// The user who asks.
        user: Uuid,
        /// The folder; `None` for the root.
        folder: Option<Uuid>,
        /// Whether its orders are wanted too.
        with_orders: bool,
    },
    /// Asks for the lists of the account: users, groups, contacts, nodes, flags; answered by [`Event::Directory`].
    LoadDirectory {
        /// The user who asks.
        user: Uuid,
    },
    /// Asks for everything about an order; answered by [`Event::Properties`].
    OrderProperties {
        /// The user who asks.
        user: Uuid,
        /// The order.
        order: OrderRef,
    },
    /// Changes orders or folders; answered by [`Event::Changed`].
    Change {
        /// Names the change.
        job: JobId,
        /// The user who does it.
        user: Uuid,
        /// What is done.
        change: Change,
    },
    /// Shares orders or a folder; answered by [`Event::Shared`].
    Share {
        /// Names the sharing.
        job: JobId,
        /// The user who shares.
        user: Uuid,
        /// What is shared, and how.
        share: Share,
    },
    /// Asks for an address that opens in a browser; answered by [`Event::ViewAddress`].
    View {
        /// The user who asks.
        user: Uuid,
        /// Of what.
        view: View,
    },
    /// Sends documents to an order, one after the other; answered by [`Event::DocumentSent`], one a document, then by
    /// [`Event::DocumentsDone`].
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
    /// Asks for orders without images that a study could belong to; answered by [`Event::Candidates`].
    FindCandidates {
        /// The user who asks.
        user: Uuid,
        /// The location that the study goes to.
        location: Uuid,
        /// The study that is asked for.
        study: StudyKey,
    },
    /// Something about de-identification; answered by [`Event::Deidentify`].
    Deidentify(Box<AskCleaning>),
    /// Writes the settings.
    SaveSettings(Settings),
    /// Keeps what was noted, for the next session.
    AppendLog(Vec<Entry>),
    /// Writes a table of the log into a file; answered by [`Event::LogSaved`].
    SaveLog {
        /// Where; the system's dialog asks where there is none.
        to: Option<PathBuf>,
        /// The file name that the dialog begins with.
        name: String,
        /// The table.
        csv: String,
    },
}

/// From the worker to the model.
#[derive(Debug, Clone)]
pub enum Event {
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
    SignInFailed(Failure),
    /// The connection light.
    Link(Link),
    /// Paths chosen in the dialog; `None`: cancelled, or the dialog could not be opened (rfd does not say which).
    Picked(Option<Vec<PathBuf>>),
    /// The same for documents of an order.
    DocumentsPicked {
        /// The order.
        order: OrderRef,
        /// The files.
        paths: Option<Vec<PathBuf>>,
    },
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
    /// A file's attributes, or why they cannot be shown.
    Attributes {
        /// The file.
        path: PathBuf,
        /// The attributes.
        result: Result<Arc<Tree>, Failure>,
    },
    /// A long value.
    AttributeValue {
        /// The file.
        path: PathBuf,
        /// The row's key.
        key: u64,
        /// The value.
        result: Result<Arc<Whole>, Failure>,
    },
    /// A picture was made, or why it cannot be shown. Comes by itself, too, when the file that is looked at is replaced.
    Picture(Box<PictureNews>),
    /// Where a transfer is, at most 30 times a second; the last one of a transfer has an end state.
    Transfer(Arc<TransferStatus>),
    /// What earlier sessions left for this account, in the order of the queue. Comes after [`Event::SignedIn`].
    Restored(Vec<Restored>),
    /// Whether transfers are written down. Comes once, by itself, and again when it changes.
    Journal(Journal),
    /// Where the receipt is; `None`: cancelled, or the dialog could not be opened.
    ReceiptSaved(Result<Option<PathBuf>, Failure>),
    /// A search's answer.
    Orders {
        /// The search.
        job: JobId,
        /// The orders.
        result: Result<Arc<Vec<Order>>, Failure>,
        /// How long it took.
        took: Duration,
    },
    /// A folder's listing.
    Folder {
        /// The user who asked.
        user: Uuid,
        /// Whether its orders were asked for too.
        with_orders: bool,
        /// The folder; `None` for the root.
        folder: Option<Uuid>,
        /// The folder with its subfolders.
        result: Result<Arc<Folder>, Failure>,
    },
    /// The lists of the account.
    Directory {
        /// The user who asked.
        user: Uuid,
        /// The lists.
        directory: Arc<Directory>,
    },
    /// Everything about an order.
    Properties {
        /// The order.
        order: Uuid,
        /// What is known.
        result: Result<Arc<OrderProperties>, Failure>,
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
    /// What was noted in earlier sessions, oldest first. Comes once, by itself.
    LogLoaded(Vec<Entry>),
    /// What was noted is not kept. Comes at most once.
    LogNotKept(Failure),
    /// Where the table of the log is; `None`: cancelled, or the dialog could not be opened.
    LogSaved(Result<Option<PathBuf>, Failure>),
    /// Something about de-identification.
    Deidentify(Box<CleaningNews>),
    /// Something failed that no panel waits for.
    Failed(Failure),
}
