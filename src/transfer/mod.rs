//! Sending studies: a queue of uploads, several sockets, verification, and a ledger that always closes.
//!
//! [`engine`] decides what is sent when; [`reader`] turns files into parts; [`lanes`] are the sockets; [`verify`] asks
//! the account what it holds; [`study`] is one transfer's state and [`ledger`] what became of each file. A journal that
//! outlives the program would record what goes through `study`: every change of a file's fate passes there.

mod engine;
mod lanes;
mod ledger;
mod meter;
mod reader;
pub mod receipt;
mod receipt_face;
mod receipt_page;
mod receipt_pdf;
mod study;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::dicom::catalogue::{Patient, Series, Skipped, Study};
use crate::dicom::deidentify::{Replacement, value_of};
use crate::message::JobId;

pub use engine::{Engine, Options};
pub use ledger::Outcome;

/// Is told how transfers go. Called from the worker's threads; must return at once.
pub trait Report: Send + Sync {
    /// A transfer has news.
    fn transfer(&self, status: Arc<TransferStatus>);
}

/// Where a study goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Who sends it.
    pub user: Uuid,
    /// The user's full name, which the account shows as the uploader.
    pub user_name: String,
    /// The location.
    pub location: Uuid,
    /// The folder that its order is put into, if any.
    pub folder: Option<Uuid>,
}

/// One file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes when it was scanned.
    pub size: u64,
    /// Its time of change when it was scanned.
    pub modified: Option<std::time::SystemTime>,
    /// (0020,000E)
    pub series_instance_uid: String,
    /// (0008,0018)
    pub sop_instance_uid: String,
}

/// One study to send: one row of the Transfers page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Names the transfer.
    pub job: JobId,
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0010,0010) as DICOM writes it, alphabetic group.
    pub patient_name: String,
    /// (0010,0020)
    pub patient_id: String,
    /// For the row: "CT Thorax with contrast".
    pub title: String,
    /// The files.
    pub files: Arc<[UploadFile]>,
    /// Files of this study that are not sent, and why.
    pub skipped: Arc<[Skipped]>,
    /// Where it goes.
    pub target: Target,
    /// Values that each file gets on its way out. Empty: the files go unchanged.
    pub replace: Arc<[Replacement]>,
}

impl Upload {
    /// The patient's name that leaves this computer (alphabetic group): the new one where it is replaced.
    pub fn sent_patient_name(&self) -> &str {
        match value_of(&self.replace, "PatientName") {
            Some(name) => name.split('=').next().unwrap_or_default(),
            None => &self.patient_name,
        }
    }

    /// The patient ID that leaves this computer: the new one where it is replaced.
    pub fn sent_patient_id(&self) -> &str {
        value_of(&self.replace, "PatientID").unwrap_or(&self.patient_id)
    }

    /// The same with values to replace.
    #[must_use]
    pub fn replacing(mut self, replace: &[Replacement]) -> Self {
        self.replace = replace.into();
        self
    }

    /// Size of its files in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// One upload for a study of a catalogue, with the files that were skipped of it.
    pub fn of_study(
        job: JobId,
        patient: &Patient,
        study: &Study,
        skipped: &[Skipped],
        target: &Target,
    ) -> Self {
        let of_series = |series: &Series| {
            let uid = series.series_instance_uid.clone();
            series
                .images
                .iter()
                .map(move |image| UploadFile {
                    path: image.path.clone(),
                    size: image.size,
                    modified: image.modified,
                    series_instance_uid: uid.clone(),
                    sop_instance_uid: image.sop_instance_uid.clone(),
                })
                .collect::<Vec<_>>()
        };
        let uid = Some(study.study_instance_uid.as_str());
        let mine = |skipped: &&Skipped| skipped.study_instance_uid.as_deref() == uid;
        let title = format!("{} {}", study.modalities().join("/"), study.description);
        Upload {
            job,
            study_instance_uid: study.study_instance_uid.clone(),
            patient_name: patient.name.alphabetic.clone(),
            patient_id: patient.id.clone(),
            title: match title.trim() {
                "" => "Study without description".to_owned(),
                title => title.to_owned(),
            },
            files: study.series.iter().flat_map(of_series).collect(),
            skipped: skipped.iter().filter(mine).cloned().collect(),
            target: target.clone(),
            replace: Arc::from([]),
        }
    }
}

/// Where a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// In the queue.
    Waiting,
    /// Asking what is there already and opening the upload.
    Preparing,
    /// Parts travel.
    Sending,
    /// The connection is gone; it goes on by itself.
    Reconnecting,
    /// Asking the account what it holds.
    Verifying,
    /// Held by the user until it is resumed.
    Paused,
    /// Every image is in the order: checked.
    Verified,
    /// Ended with something failed or skipped that somebody should look at.
    NeedsAttention,
    /// Stopped by the user.
    Cancelled,
}

impl TransferState {
    /// The state in one word or two, lower case, for scripts.
    pub fn word(self) -> &'static str {
        match self {
            TransferState::Waiting => "waiting",
            TransferState::Preparing => "preparing",
            TransferState::Sending => "sending",
            TransferState::Reconnecting => "reconnecting",
            TransferState::Verifying => "verifying",
            TransferState::Paused => "paused",
            TransferState::Verified => "verified",
            TransferState::NeedsAttention => "needs attention",
            TransferState::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            TransferState::Verified | TransferState::NeedsAttention | TransferState::Cancelled
        )
    }
}

/// found = sent + already there + skipped + failed (+ pending while it runs).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Files that were dropped for this study.
    pub found: u64,
    /// Acknowledged by the account in this transfer and, after verification, held by it.
    pub sent: u64,
    /// Held by the account before.
    pub already_there: u64,
    /// Not sent, with a reason.
    pub skipped: u64,
    /// Could not be sent, with a reason; cancelled ones among them.
    pub failed: u64,
}

impl Ledger {
    /// Files whose fate is open.
    pub fn pending(&self) -> u64 {
        self.found
            .saturating_sub(self.sent + self.already_there + self.skipped + self.failed)
    }

    /// Both added up.
    #[must_use]
    pub fn plus(&self, other: &Ledger) -> Ledger {
        Ledger {
            found: self.found + other.found,
            sent: self.sent + other.sent,
            already_there: self.already_there + other.already_there,
            skipped: self.skipped + other.skipped,
            failed: self.failed + other.failed,
        }
    }

    /// Whether every file is accounted for.
    pub fn is_closed(&self) -> bool {
        self.found == self.sent + self.already_there + self.skipped + self.failed
    }
}

/// A file that was not sent or not found at the account, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFailure {
    /// Where it lies.
    pub path: PathBuf,
    /// What happened and what to do, one or two sentences.
    pub reason: String,
}

/// A snapshot of one transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferStatus {
    /// Names the transfer.
    pub job: JobId,
    /// Where it is.
    pub state: TransferState,
    /// The numbers.
    pub ledger: Ledger,
    /// Images checked in the account so far, while verifying.
    pub verified: u64,
    /// Bytes to send (files already there left out once known).
    pub bytes_total: u64,
    /// Bytes acknowledged.
    pub bytes_done: u64,
    /// Bytes a second, smoothed; `None` before there is a figure.
    pub speed: Option<f64>,
    /// Seconds left, smoothed; `None` before there is a figure.
    pub seconds_left: Option<u64>,
    /// Sockets in use.
    pub connections: usize,
    /// Failed files, each with its reason.
    pub failures: Arc<[FileFailure]>,
    /// One sentence where the whole transfer stands still or has ended badly.
    pub note: Option<String>,
    /// The order that it became.
    pub order: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn upload_of(files: usize) -> Upload {
        let file = |n| UploadFile {
            path: format!("/study/{n}").into(),
            size: 1000,
            modified: None,
            series_instance_uid: "1.2.3".into(),
            sop_instance_uid: format!("1.2.3.{n}"),
        };
        Upload {
            job: JobId(1),
            study_instance_uid: "1.2".into(),
            patient_name: "Test^Case".into(),
            patient_id: "P-1".into(),
            title: "CT Test".into(),
            files: (0..files).map(file).collect(),
            skipped: Arc::from([]),
            target: Target {
                user: Uuid::nil(),
                user_name: "Åsa Öberg".into(),
                location: Uuid::nil(),
                folder: None,
            },
            replace: Arc::from([]),
        }
    }

    #[test]
    fn the_account_is_asked_for_what_is_sent_and_not_for_what_is_replaced() {
        let replace = |name, value| Replacement::new(name, value).unwrap();
        let upload = upload_of(1);
        assert_eq!(upload.sent_patient_name(), "Test^Case");
        let list = [
            replace("PatientName", "Doe^John=山田"),
            replace("PatientId", ""),
        ];
        let upload = upload.replacing(&list);
        assert_eq!(upload.sent_patient_name(), "Doe^John");
        assert_eq!(upload.sent_patient_id(), "");
        assert_eq!(upload.patient_id, "P-1");
    }
}
