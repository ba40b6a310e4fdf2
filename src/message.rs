//! What travels between the window and the worker. [`Command`] goes from the model to the worker, [`Event`] comes back.
//! (`Action`, from a panel to the model, is the model's own: `model::Action`.)

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use url::Url;
use uuid::Uuid;

use crate::cloud::{
    self, Endpoint, FolderPath, FolderShare, Keys, Link, MailTo, NewOrder, ViewOf,
    model::{
        Account, Contact, DicomNode, FlagGroup, Folder, FolderUpdate, Order, OrderProperties,
        OrderQuery, OrderRef, Shared, User, UserGroup,
    },
};
use crate::dicom::catalogue::Found;
use crate::dicom::preview::Picture;
use crate::logbook::Entry;
use crate::settings::Settings;
use crate::transfer::{TransferStatus, Upload};

/// Names one task of the worker. Numbers are given by the model, upwards from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

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
    },
    /// Makes the sample study (practice workspace) and scans it; answered like [`Command::Scan`].
    SampleStudy {
        /// Names the scan.
        job: JobId,
    },
    /// Decodes a file's picture, newest request first; answered by [`Event::Picture`].
    Picture {
        /// The file.
        path: PathBuf,
        /// Longest side of the picture in pixels.
        size: u32,
    },
    /// Queues these studies; answered by [`Event::Transfer`] snapshots.
    Upload(Vec<Upload>),
    /// Sends again what failed in a finished transfer.
    Retry(JobId),
    /// Stops a scan, a transfer or a search.
    Cancel(JobId),
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

/// What a study is known by when it is held against orders.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StudyKey {
    /// Study Instance UID.
    pub study_instance_uid: String,
    /// Patient ID; may be empty.
    pub patient_id: String,
    /// Accession number; may be empty.
    pub accession_number: String,
    /// Patient's name, as DICOM writes it.
    pub patient_name: String,
}

/// A change to orders or folders. Where it names several orders and the API takes one, they are done one after the other,
/// and [`Changed`] says which were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Makes a folder (`a/b/c`: and those above it).
    CreateFolder {
        /// Where; `None` for the root.
        parent: Option<Uuid>,
        /// Its path below it.
        path: FolderPath,
        /// A text about it; may be empty.
        description: String,
    },
    /// Renames or describes a folder.
    UpdateFolder {
        /// The folder.
        folder: Uuid,
        /// What is changed.
        update: FolderUpdate,
    },
    /// Deletes a folder and those in it; orders stay. [`Changed::removed`] then holds what [`Change::RestoreFolder`] needs.
    DeleteFolder {
        /// The folder.
        folder: Uuid,
    },
    /// Makes a deleted folder again, with what was in it. Its shares are gone.
    RestoreFolder(Box<RemovedFolder>),
    /// Puts orders into a folder.
    AddToFolder {
        /// The orders.
        orders: Vec<OrderRef>,
        /// The folder.
        folder: Uuid,
    },
    /// Takes orders out of a folder; they stay in the account.
    RemoveFromFolder {
        /// The orders.
        orders: Vec<OrderRef>,
        /// The folder.
        folder: Uuid,
    },
    /// Makes orders open together, in a new group.
    Group {
        /// At least two.
        orders: Vec<OrderRef>,
    },
    /// Adds orders to a group.
    AddToGroup {
        /// The group.
        group: Uuid,
        /// The orders.
        orders: Vec<OrderRef>,
    },
    /// Takes orders out of their group.
    Ungroup {
        /// The orders.
        orders: Vec<OrderRef>,
    },
    /// Assigns orders to a user (`on`), or takes them back.
    AssignUser {
        /// The orders.
        orders: Vec<OrderRef>,
        /// To whom.
        to: Uuid,
        /// Assign, or take back.
        on: bool,
    },
    /// Assigns orders to a user group (`on`), or takes them back.
    AssignUserGroup {
        /// The orders.
        orders: Vec<OrderRef>,
        /// To whom.
        to: Uuid,
        /// Assign, or take back.
        on: bool,
    },
    /// Moves orders to a location.
    Move {
        /// The orders.
        orders: Vec<OrderRef>,
        /// Where.
        location: Uuid,
    },
    /// Sets a flag; 0 takes the group's flag away.
    SetFlag {
        /// The orders.
        orders: Vec<OrderRef>,
        /// The group of flags.
        group: u32,
        /// The flag.
        flag: u32,
    },
    /// Moves orders to the trash. There is no method that takes them out again.
    Delete {
        /// The orders.
        orders: Vec<OrderRef>,
    },
    /// Makes an order.
    CreateOrder(Box<NewOrder>),
}

/// What came of a [`Change`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// The orders for which it was done, where it is about orders.
    pub done: Vec<Uuid>,
    /// The orders for which it was not, and why.
    pub failed: Vec<(Uuid, Failure)>,
    /// The folder, group or order that was made.
    pub made: Option<Uuid>,
    /// The folder that was deleted.
    pub removed: Option<Box<RemovedFolder>>,
    /// What takes it back, for those orders for which it really changed something.
    pub back: Vec<Change>,
}

/// A folder with so many folders in it, itself counted, can be made again once it is deleted; a larger one cannot.
pub const MOST_FOLDERS: u64 = 500;

/// A folder that was deleted, with what was in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedFolder {
    /// Where it was; `None` for the root.
    pub parent: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The orders in it.
    pub orders: Vec<OrderRef>,
    /// The folders in it; their `parent` says nothing.
    pub folders: Vec<RemovedFolder>,
}

/// What is shared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// Orders, by address, or by e-mail where `to` says so.
    Orders {
        /// The orders.
        orders: Vec<Uuid>,
        /// By e-mail to whom.
        to: Option<MailTo>,
        /// Whether recipients may download the images.
        can_download: bool,
        /// The last day that it is good.
        expires: Option<Date>,
    },
    /// A folder, by address, or by e-mail where `to` says so.
    Folder {
        /// The folder, password, title, text, last day, right to download.
        share: FolderShare,
        /// By e-mail to whom.
        to: Option<MailTo>,
        /// The location that uploads go to, where recipients may upload.
        upload_to: Option<Uuid>,
    },
    /// A folder, with users of the account.
    FolderWithUsers {
        /// The folder.
        folder: Uuid,
        /// The users.
        users: Vec<Uuid>,
        /// The last day that it is good.
        expires: Option<Date>,
    },
    /// A folder, with user groups of the account.
    FolderWithGroups {
        /// The folder.
        folder: Uuid,
        /// The user groups.
        groups: Vec<Uuid>,
        /// The last day that it is good.
        expires: Option<Date>,
    },
}

/// What an address opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// An order, or every order of a patient.
    Orders(ViewOf),
    /// A folder's orders.
    Folder(Uuid),
}

/// The lists of an account. A list that the account does not give is empty, and why stands in `missing`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    /// Users.
    pub users: Vec<User>,
    /// Groups of users.
    pub groups: Vec<UserGroup>,
    /// People outside the account.
    pub contacts: Vec<Contact>,
    /// Equipment for orders.
    pub nodes: Vec<DicomNode>,
    /// Flags for orders.
    pub flags: Vec<FlagGroup>,
    /// The lists that could not be had.
    pub missing: Vec<Failure>,
}

/// An open order that a dropped study could belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The order.
    pub order: Order,
    /// Whether its patient ID is the study's.
    pub same_patient_id: bool,
    /// Whether its accession number is the study's.
    pub same_accession: bool,
    /// Whether its patient's name is the study's (case, accents and empty components apart).
    pub same_name: bool,
}

impl Candidate {
    /// How well it fits, 0 to 100: the accession number counts for 60, the patient ID for 30, the name for 10.
    pub fn score(&self) -> u8 {
        let count = |yes: bool, worth: u8| if yes { worth } else { 0 };
        count(self.same_accession, 60) + count(self.same_patient_id, 30) + count(self.same_name, 10)
    }
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
    /// A scan ended.
    ScanDone {
        /// The scan.
        job: JobId,
        /// Whether it was cancelled.
        cancelled: bool,
    },
    /// A picture was decoded, or why it cannot be shown.
    Picture {
        /// The file.
        path: PathBuf,
        /// As asked for.
        size: u32,
        /// The picture.
        result: Result<Arc<Picture>, String>,
    },
    /// Where a transfer is, at most 30 times a second; the last one of a transfer has an end state.
    Transfer(Arc<TransferStatus>),
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
    /// Something failed that no panel waits for.
    Failed(Failure),
}
