//! What a person can keep of a finished transfer: every file with its UIDs, its size, its digest and what became of it.
//! As JSON for programs, as PDF for people and paper.
//!
//! A receipt names the patient, because who asks for one wants to know whose it is; the name of its file does not.

pub(crate) mod fonts;
pub(crate) mod page;
pub(crate) mod pdf;
pub(crate) mod shaping;

use jiff::Zoned;
use jiff::civil::DateTime;
use serde::{Serialize, Serializer};
use thiserror::Error;
use uuid::Uuid;

use crate::transfer::{Ledger, TransferState};
use crate::words;

/// The version of the JSON: goes up when a field changes its meaning or goes.
pub const FORMAT: u32 = 1;

/// A receipt cannot be written.
#[derive(Debug, Error)]
pub enum ReceiptError {
    /// Not to be expected: everything in it can be written.
    #[error("The receipt could not be written as JSON ({0}).")]
    Json(#[from] serde_json::Error),
    /// Not to be expected: the typeface comes with the program.
    #[error("The receipt could not be written as PDF: its typeface cannot be used ({0}).")]
    Typeface(String),
}

/// How it is known that the account holds the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifiedBy {
    /// The account's number of images for the study is that of the files.
    Counts,
    /// The account was asked for each image.
    EachImage,
    /// It was not asked, or not to the end.
    Nothing,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// The account took it in this transfer.
    Sent,
    /// The account held it before.
    AlreadyThere,
    /// It was not to be sent.
    Skipped,
    /// It could not be sent.
    Failed,
}

/// One file of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptFile {
    /// The file's name without its folders; `None` where it is not to be told.
    pub name: Option<String>,
    /// (0020,000E) as sent; empty where it is not known.
    pub series_instance_uid: String,
    /// (0008,0018) as sent; empty where it is not known.
    pub sop_instance_uid: String,
    /// Bytes as sent; `None` where nothing was sent and the size is not known.
    pub bytes: Option<u64>,
    /// SHA-256 of what was sent, 64 hexadecimal digits; `None` where nothing was.
    pub sha256: Option<String>,
    /// What became of it.
    pub state: FileState,
    /// Why, for those that were skipped or failed.
    pub reason: Option<String>,
}

/// A receipt. The order of the fields is that of the JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receipt {
    /// [`FORMAT`].
    pub format: u32,
    /// "StudyDrop".
    pub program: String,
    /// The program's version.
    pub version: String,
    /// The account's name.
    pub account: String,
    /// The location's name.
    pub location: String,
    /// The full name of who sent it.
    pub user: String,
    /// When it was queued, on the local clock.
    #[serde(serialize_with = "with_offset")]
    pub queued: Zoned,
    /// When it ended, on the local clock.
    #[serde(serialize_with = "with_offset")]
    pub ended: Zoned,
    /// (0010,0010) as sent, as DICOM writes it.
    pub patient_name: String,
    /// (0010,0020) as sent.
    pub patient_id: String,
    /// "CT Thorax with contrast".
    pub study: String,
    /// (0020,000D) as sent.
    pub study_instance_uid: String,
    /// The order that it became.
    pub order_uuid: Option<Uuid>,
    /// How it ended.
    #[serde(serialize_with = "word")]
    pub state: TransferState,
    /// One sentence where the whole transfer ended badly.
    pub note: Option<String>,
    /// How it was verified.
    pub verified_by: VerifiedBy,
    /// found = sent + already there + skipped + failed.
    pub ledger: Ledger,
    /// Every file that was found.
    pub files: Vec<ReceiptFile>,
}

/// Local time with its offset, to the second: "2026-11-24T20:31:07+01:00".
fn with_offset<S: Serializer>(at: &Zoned, serializer: S) -> Result<S::Ok, S::Error> {
    let text = at.strftime("%Y-%m-%dT%H:%M:%S%:z");
    serializer.collect_str(&text)
}

fn word<S: Serializer>(state: &TransferState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.word())
}

impl Receipt {
    /// For programs: one object, indented, its fields in the order of [`Receipt`].
    ///
    /// # Errors
    /// [`ReceiptError::Json`].
    pub fn to_json(&self) -> Result<String, ReceiptError> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// For people: pages of A4 with a number on each. Characters that Inter does not have (it has Latin, Greek and Cyrillic)
    /// are taken from the system's fonts where those have them and they need no shaping (Chinese, Japanese, Korean and
    /// others); what is left is drawn as □, and the last page says so.
    ///
    /// # Errors
    /// [`ReceiptError::Typeface`].
    pub fn to_pdf(&self) -> Result<Vec<u8>, ReceiptError> {
        self::pdf::write(self)
    }

    /// "found 412 = sent 400 + already there 10 + skipped 2 + failed 0".
    pub fn sum(&self) -> String {
        words::ledger(&self.ledger)
    }

    /// How it is known that the images are there, in a sentence.
    pub fn checked(&self) -> &'static str {
        match self.verified_by {
            VerifiedBy::Counts => "The account's number of images is that of the files.",
            VerifiedBy::EachImage => "The account was asked for each image.",
            VerifiedBy::Nothing => "The account was not asked for all of them.",
        }
    }
}

/// The name of a receipt's file, without its ending. It names no patient.
pub fn file_name(at: DateTime) -> String {
    at.strftime("studydrop-receipt-%Y-%m-%d-%H%M").to_string()
}
