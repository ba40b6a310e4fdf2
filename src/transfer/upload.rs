//! What is sent: a study's files, where they go, and what becomes of them on the way.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Cleaning;
use crate::dicom::catalogue::{Patient, Series, Skipped, Study};
use crate::dicom::deidentify::{NewIdentity, Replacement, value_of};
use crate::message::JobId;

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

/// What becomes of an image whose number the account holds with content that is not known to be the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfThere {
    /// It is not sent, and that is said: the person decides.
    #[default]
    Ask,
    /// The account's stays.
    Leave,
    /// It is sent in place of the account's.
    Replace,
    /// Nothing of the study is sent.
    Cancel,
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
    /// What of the same drop could not be read and may belong to this study: nobody can say that all of it was sent.
    pub open_ends: Arc<[Skipped]>,
    /// What becomes of images that the account may hold with other content.
    pub if_there: IfThere,
    /// Where it goes.
    pub target: Target,
    /// What is done with each file on its way out; `None`: the files go unchanged.
    pub cleaning: Option<Arc<Cleaning>>,
}

impl Upload {
    /// The patient's name that leaves this computer (alphabetic group): the new one where it is replaced, none where a
    /// profile takes it out.
    pub fn sent_patient_name(&self) -> &str {
        let name = self.sent("PatientName", |identity| &identity.name);
        match name {
            Some(name) => name.split('=').next().unwrap_or_default(),
            None => &self.patient_name,
        }
    }

    /// The patient ID that leaves this computer: the new one where it is replaced, none where a profile takes it out.
    pub fn sent_patient_id(&self) -> &str {
        let id = self.sent("PatientID", |identity| &identity.id);
        id.unwrap_or(&self.patient_id)
    }

    /// What becomes of a part of the patient's identity; `None`: nothing.
    fn sent(&self, keyword: &str, part: impl Fn(&NewIdentity) -> &String) -> Option<&str> {
        let cleaning = self.cleaning.as_ref()?;
        match &cleaning.identity {
            Some(identity) => Some(part(identity)),
            None => value_of(&cleaning.profile.replace, keyword)
                .or(cleaning.profile.basic.then_some("")),
        }
    }

    /// The values that are replaced in each file.
    pub fn replaced(&self) -> &[Replacement] {
        let cleaning = self.cleaning.as_ref();
        cleaning.map_or(&[], |cleaning| &cleaning.profile.replace)
    }

    /// The same with values to replace; with none it goes unchanged.
    #[must_use]
    pub fn replacing(mut self, replace: &[Replacement]) -> Self {
        let any = !replace.is_empty();
        self.cleaning = any.then(|| Arc::new(Cleaning::only(replace)));
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
        let is_open_end = |skipped: &&Skipped| {
            skipped.study_instance_uid.is_none() && skipped.reason.is_open_end()
        };
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
            open_ends: skipped.iter().filter(is_open_end).cloned().collect(),
            if_there: IfThere::Ask,
            target: target.clone(),
            cleaning: None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::transfer) fn upload_of(files: usize) -> Upload {
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
            open_ends: Arc::from([]),
            if_there: IfThere::Ask,
            target: Target {
                user: Uuid::nil(),
                user_name: "Åsa Öberg".into(),
                location: Uuid::nil(),
                folder: None,
            },
            cleaning: None,
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
