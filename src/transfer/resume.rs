//! What an earlier run left in the journal, and the way back into the queue.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use uuid::Uuid;

use super::{Outcome, Target, TransferState, Upload};
use crate::cloud::model::Account;
use crate::dicom::catalogue::{Catalogue, Found};
use crate::dicom::media;
use crate::dicom::scan::{Sink, scan};
use crate::receipt::VerifiedBy;

/// Files that are looked into for the patient's name before it is given up.
const MOST_LOOKED_INTO: usize = 20;

/// A transfer's state as far as it outlives the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It goes on when the program does.
    Queued,
    /// Held by the user.
    Paused,
    /// Over: see [`TransferState`].
    Verified,
    NeedsAttention,
    Cancelled,
}

impl Kept {
    pub(super) fn number(self) -> i64 {
        match self {
            Kept::Queued => 0,
            Kept::Paused => 1,
            Kept::Verified => 2,
            Kept::NeedsAttention => 3,
            Kept::Cancelled => 4,
        }
    }

    pub(super) fn of(number: i64) -> Self {
        match number {
            1 => Kept::Paused,
            2 => Kept::Verified,
            3 => Kept::NeedsAttention,
            4 => Kept::Cancelled,
            _ => Kept::Queued,
        }
    }

    pub(super) fn is_over(self) -> bool {
        self.number() >= Kept::Verified.number()
    }

    /// The state that a transfer begins with.
    pub(super) fn state(self) -> TransferState {
        match self {
            Kept::Queued | Kept::Paused => TransferState::Waiting,
            Kept::Verified => TransferState::Verified,
            Kept::NeedsAttention => TransferState::NeedsAttention,
            Kept::Cancelled => TransferState::Cancelled,
        }
    }
}

/// What was acknowledged of a file that is not whole at the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partial {
    /// The upload and the number under which its parts went.
    pub(super) upload: Uuid,
    pub(super) file_index: u32,
    pub(super) part_count: u32,
    /// Each acknowledged part, with the SHA-256 of the file up to its end.
    pub(super) acknowledged: BTreeMap<u32, [u8; 32]>,
}

/// A transfer as the journal has it.
#[derive(Debug, Clone)]
pub struct Saved {
    pub(super) row: i64,
    /// What is sent. The patient and the title are empty until [`Saved::recall`].
    pub upload: Upload,
    /// When it was queued.
    pub queued: SystemTime,
    /// When it ended.
    pub ended: Option<SystemTime>,
    pub(super) kept: Kept,
    pub(super) order: Option<Uuid>,
    pub(super) order_is_new: Option<bool>,
    pub(super) verified_by: VerifiedBy,
    pub(super) note: Option<String>,
    /// The key that the files' UIDs are made with.
    pub(super) key_mark: Option<String>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) sizes: HashMap<usize, u64>,
    pub(super) digests: HashMap<usize, [u8; 32]>,
    pub(super) partial: HashMap<usize, Partial>,
}

impl Saved {
    /// Whether nothing more is to be done.
    pub fn is_over(&self) -> bool {
        self.kept.is_over()
    }

    /// Reads who the patient is from the study's own files, for the journal does not say; the user's name is the
    /// account's. Where none of the files is there it stays unknown. Reads files: not for the window's thread.
    pub fn recall(&mut self, account: &Account) {
        let user = self.upload.target.user;
        let user = account.user_list.iter().find(|u| u.user_uuid == user);
        self.upload.target.user_name = user.map(|u| u.full_name.clone()).unwrap_or_default();
        let there = |path: &PathBuf| media::exists(path);
        let paths = self.upload.files.iter().map(|file| file.path.clone());
        let looked_into: Vec<PathBuf> =
            paths.take(MOST_LOOKED_INTO).filter(there).take(1).collect();
        let seen = Seen::default();
        scan(&looked_into, &seen, &AtomicBool::new(false));
        let catalogue = seen.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Some(patient) = catalogue.patients.first() else {
            return;
        };
        let same = |study: &&crate::dicom::catalogue::Study| {
            study.study_instance_uid == self.upload.study_instance_uid
        };
        if let Some(study) = patient.studies.iter().find(same) {
            let target = Target {
                user_name: String::new(),
                ..self.upload.target.clone()
            };
            let known = Upload::of_study(self.upload.job, patient, study, &[], &target);
            self.upload.patient_name = known.patient_name;
            self.upload.patient_id = known.patient_id;
            self.upload.title = known.title;
        }
    }
}

#[derive(Default)]
struct Seen(Mutex<Catalogue>);

impl Sink for Seen {
    fn found(&self, found: Found) {
        let mut catalogue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        catalogue.add(found);
    }
}
