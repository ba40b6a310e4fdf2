//! A transfer's receipt, from what its study knows.

use std::fmt::Write;
use std::time::SystemTime;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

use super::Study;
use crate::cloud::model::Account;
use crate::dicom::deidentify::{Blackened, Replacement};
use crate::receipt::{Deidentified, FORMAT, FileState, Receipt, ReceiptFile};
use crate::transfer::{Outcome, held_before};
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
        let ledger = told.status.ledger;
        // What was asked for is said only where something of it is in the account.
        let any = ledger.sent + ledger.already_there > 0
            || (upload.cleaning.is_none() && !told.files.iter().any(Told::is_of_another_content));
        let there = |value: &str| if any { value.to_owned() } else { String::new() };
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
            patient_name: there(upload.sent_patient_name()),
            patient_id: there(upload.sent_patient_id()),
            study: upload.title.clone(),
            deidentified: self.deidentified().filter(|_| any),
            study_instance_uid: self.sent_uid(&upload.study_instance_uid),
            order_uuid: told.status.order,
            state: told.status.state,
            note: told.status.note.clone(),
            verified_by: told.verified_by,
            ledger: told.status.ledger,
            files: self.receipt_files(&told.files),
        }
    }

    /// How the files are changed on their way out; `None`: they are not.
    fn deidentified(&self) -> Option<Deidentified> {
        let upload = &self.upload;
        let cleaning = upload.cleaning.as_ref()?;
        let profile = &cleaning.profile;
        let mut replaced: Vec<String> = profile.replace.iter().map(Replacement::keyword).collect();
        if cleaning.identity.is_some() {
            replaced.splice(0..0, ["PatientName".to_owned(), "PatientID".to_owned()]);
        }
        let of_it = |area: &&Blackened| {
            let mut files = upload.files.iter();
            area.series.is_empty() || files.any(|file| file.series_instance_uid == area.series)
        };
        let as_sent = |area: &Blackened| Blackened {
            series: match area.series.as_str() {
                "" => String::new(),
                series => self.sent_uid(series),
            },
            ..area.clone()
        };
        Some(Deidentified {
            basic_profile: profile.basic,
            profile: profile.name.clone(),
            options: profile.basic.then_some(profile.options),
            replaced,
            blackened: profile
                .rectangles
                .iter()
                .filter(of_it)
                .map(as_sent)
                .collect(),
            looked: (profile.basic && cleaning.burned_in_agreed)
                .then(|| upload.target.user_name.clone()),
        })
    }

    fn receipt_files(&self, files: &[Told]) -> Vec<ReceiptFile> {
        let sent = self.upload.files.iter().zip(files).map(|(file, told)| {
            let (state, reason) = match &told.outcome {
                Outcome::Acknowledged | Outcome::Held => (FileState::Sent, None),
                Outcome::AlreadyThere => (FileState::AlreadyThere, None),
                Outcome::Failed(reason) => (FileState::Failed, Some(reason.clone())),
                Outcome::Left(reason) => (FileState::Skipped, Some(reason.clone())),
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

impl Told {
    /// Whether the account holds something under its number that is not known to be the same.
    fn is_of_another_content(&self) -> bool {
        match &self.outcome {
            Outcome::Left(_) => true,
            Outcome::Failed(reason) => held_before::is_undecided(reason),
            Outcome::Pending | Outcome::AlreadyThere | Outcome::Acknowledged | Outcome::Held => {
                false
            }
        }
    }
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
