//! A transfer's receipt, from what its study knows.

use std::fmt::Write;
use std::time::SystemTime;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

use super::Study;
use crate::cloud::model::Account;
use crate::receipt::{FORMAT, FileState, Receipt, ReceiptFile};
use crate::transfer::Outcome;
use crate::words;

impl Study {
    /// As it stands now; `account` has the names.
    pub(in crate::transfer) fn receipt(&self, account: &Account) -> Receipt {
        let upload = &self.upload;
        let told = self.told();
        let user = account
            .user_list
            .iter()
            .find(|user| user.user_uuid == upload.target.user);
        let location = user.and_then(|user| {
            let mut locations = user.institution_list.iter();
            locations.find(|location| location.institution_uuid == upload.target.location)
        });
        Receipt {
            format: FORMAT,
            program: "StudyDrop".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // The account itself has no name in the API.
            account: user.map(|user| user.user_name.clone()).unwrap_or_default(),
            location: location
                .map(|location| location.institution_name.clone())
                .unwrap_or_else(|| known(upload.target.location)),
            user: upload.target.user_name.clone(),
            queued: local(self.queued),
            ended: local(told.ended.unwrap_or_else(SystemTime::now)),
            patient_name: upload.sent_patient_name().to_owned(),
            patient_id: upload.sent_patient_id().to_owned(),
            study: upload.title.clone(),
            study_instance_uid: self.sent_uid(&upload.study_instance_uid),
            order_uuid: told.status.order,
            state: told.status.state,
            note: told.status.note.clone(),
            verified_by: told.verified_by,
            ledger: told.status.ledger,
            files: self.receipt_files(&told.files),
        }
    }

    fn receipt_files(&self, files: &[Told]) -> Vec<ReceiptFile> {
        let sent = self.upload.files.iter().zip(files).map(|(file, told)| {
            let (state, reason) = match &told.outcome {
                Outcome::Acknowledged | Outcome::Held => (FileState::Sent, None),
                Outcome::AlreadyThere => (FileState::AlreadyThere, None),
                Outcome::Failed(reason) => (FileState::Failed, Some(reason.clone())),
                Outcome::Pending => (FileState::Failed, None),
            };
            ReceiptFile {
                name: Some(words::file_name(&file.path)),
                series_instance_uid: self.sent_uid(&file.series_instance_uid),
                sop_instance_uid: self.sent_uid(&file.sop_instance_uid),
                bytes: Some(told.size),
                sha256: told.digest.as_ref().map(|digest| hex(digest)),
                state,
                reason,
            }
        });
        let skipped = self.upload.skipped.iter().map(|skipped| ReceiptFile {
            name: Some(words::file_name(&skipped.path)),
            series_instance_uid: String::new(),
            sop_instance_uid: String::new(),
            bytes: None,
            sha256: None,
            state: FileState::Skipped,
            reason: Some(words::skip_reason(&skipped.reason)),
        });
        sent.chain(skipped).collect()
    }
}

/// What is known of a file.
pub(super) struct Told {
    pub(super) outcome: Outcome,
    /// Bytes as they leave this computer.
    pub(super) size: u64,
    /// SHA-256 of what was sent.
    pub(super) digest: Option<[u8; 32]>,
}

/// "location 000000b1-…": without a name, the GUID says which.
fn known(location: Uuid) -> String {
    format!("location {location}")
}

fn local(time: SystemTime) -> Zoned {
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned(TimeZone::system())
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
