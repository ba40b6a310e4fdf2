//! What is asked of the account about orders, folders and shares, and what comes of it.

use jiff::civil::Date;
use uuid::Uuid;

use super::Failure;
use crate::cloud::model::{
    Contact, DicomNode, FlagGroup, FolderUpdate, Order, OrderRef, User, UserGroup,
};
use crate::cloud::{FolderPath, FolderShare, MailTo, NewOrder, ViewOf};

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
