//! What travels between the window and the worker. [`Command`] goes from the model to the worker, [`Event`] comes back.
//! (`Action`, from a panel to the model, is the model's own: `model::Action`.)

use std::sync::Arc;
use std::time::SystemTime;

use crate::cloud::{self, model::OrderRef};
pub use crate::dicom::media::Stamp;
use crate::transfer::{TransferStatus, Upload};

mod account;
mod command;
mod deidentify;
mod event;
mod pictures;

pub use account::{
    Candidate, Change, Changed, Directory, MOST_FOLDERS, RemovedFolder, Share, StudyKey, View,
};
pub use command::{
    AccountCommand, AttributesCommand, Command, FilesCommand, FoldersCommand, LogCommand,
    OrdersCommand, SessionCommand, TransferCommand,
};
pub use deidentify::{
    AskCleaning, ChangedValue, CleaningNews, Kept, LookAt, OwnProfile, Preview, PreviewOf,
    TableAnswer, Whose,
};
pub use event::{
    AccountEvent, AttributesEvent, Event, FilesEvent, FoldersEvent, LogEvent, OrdersEvent,
    SessionEvent, TransferEvent,
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
