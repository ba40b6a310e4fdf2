//! The sealed part of an entry: what is sent from where, and with which values replaced.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::dicom::catalogue::{SkipReason, Skipped};
use crate::dicom::deidentify::{NewIdentity, Profile};
use crate::transfer::{Cleaning, IfThere, Upload};

/// As JSON, so that an older entry can still be read when there is more to write down.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    /// In the order of [`Upload::files`].
    paths: Vec<Place>,
    #[serde(default)]
    skipped: Vec<Passed>,
    #[serde(default)]
    open_ends: Vec<Passed>,
    #[serde(default)]
    if_there: IfThere,
    #[serde(default)]
    cleaning: Option<Cleaned>,
}

/// How the files are cleaned; it names the key that their UIDs are made with, and does not have it.
#[derive(Debug, Serialize, Deserialize)]
struct Cleaned {
    profile: Profile,
    /// The patient's new ID and name, and the original ID that they are for.
    identity: Option<(String, String, String)>,
    burned_in_agreed: bool,
    key_mark: Option<String>,
}

/// A path; one that is no Unicode is written in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    Text(String),
    Bytes { base64: String },
}

#[derive(Debug, Serialize, Deserialize)]
struct Passed {
    path: Place,
    reason: SkipReason,
}

/// For showing alone: it may lose what is no Unicode.
fn shown(path: &Path) -> PathBuf {
    PathBuf::from(path.to_string_lossy().as_ref())
}

impl Content {
    pub(super) fn of(upload: &Upload, key_mark: Option<&str>) -> Self {
        let passed = |skipped: &Skipped| Passed {
            path: Place::of(&skipped.path),
            reason: match &skipped.reason {
                SkipReason::OtherContent { of } => SkipReason::OtherContent { of: shown(of) },
                SkipReason::Locked { archive } => SkipReason::Locked {
                    archive: shown(archive),
                },
                SkipReason::WrongPassword { archive } => SkipReason::WrongPassword {
                    archive: shown(archive),
                },
                SkipReason::Missing { by } => SkipReason::Missing { by: shown(by) },
                other => other.clone(),
            },
        };
        let cleaned = |cleaning: &Arc<Cleaning>| Cleaned {
            profile: cleaning.profile.clone(),
            identity: cleaning
                .identity
                .as_ref()
                .map(|new| (new.id.clone(), new.name.clone(), upload.patient_id.clone())),
            burned_in_agreed: cleaning.burned_in_agreed,
            key_mark: key_mark.filter(|_| cleaning.needs_key()).map(str::to_owned),
        };
        Content {
            paths: upload.files.iter().map(|f| Place::of(&f.path)).collect(),
            skipped: upload.skipped.iter().map(passed).collect(),
            open_ends: upload.open_ends.iter().map(passed).collect(),
            if_there: upload.if_there,
            cleaning: upload.cleaning.as_ref().map(cleaned),
        }
    }

    pub(super) fn paths(&self) -> impl ExactSizeIterator<Item = PathBuf> {
        self.paths.iter().map(Place::path)
    }

    pub(super) fn skipped(&self, study_instance_uid: &str) -> Vec<Skipped> {
        let skipped = |passed: &Passed| Skipped {
            path: passed.path.path(),
            reason: passed.reason.clone(),
            study_instance_uid: Some(study_instance_uid.to_owned()),
            stamp: None,
        };
        self.skipped.iter().map(skipped).collect()
    }

    pub(super) fn open_ends(&self) -> Vec<Skipped> {
        let skipped = |passed: &Passed| Skipped {
            path: passed.path.path(),
            reason: passed.reason.clone(),
            study_instance_uid: None,
            stamp: None,
        };
        self.open_ends.iter().map(skipped).collect()
    }

    pub(super) fn if_there(&self) -> IfThere {
        self.if_there
    }

    /// How the files are cleaned.
    pub(super) fn cleaning(&self) -> Option<Arc<Cleaning>> {
        let cleaned = self.cleaning.as_ref()?;
        let identity = cleaned.identity.clone();
        Some(Arc::new(Cleaning {
            profile: cleaned.profile.clone(),
            identity: identity.map(|(id, name, _)| NewIdentity { id, name }),
            burned_in_agreed: cleaned.burned_in_agreed,
        }))
    }

    /// The original patient ID, where a new identity is for this one alone.
    pub(super) fn patient_id(&self) -> Option<String> {
        let (_, _, original) = self.cleaning.as_ref()?.identity.as_ref()?;
        Some(original.clone())
    }

    /// Which key their UIDs are made with.
    pub(super) fn key_mark(&self) -> Option<String> {
        self.cleaning.as_ref()?.key_mark.clone()
    }
}

impl Place {
    fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Place::Text(text.to_owned()),
            None => Place::Bytes {
                base64: STANDARD_NO_PAD.encode(bytes_of(path)),
            },
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Place::Text(text) => PathBuf::from(text),
            Place::Bytes { base64 } => path_of(STANDARD_NO_PAD.decode(base64).unwrap_or_default()),
        }
    }
}

#[cfg(unix)]
fn bytes_of(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
}

/// Unpaired surrogates, which no program should have made, are lost; such a file is then told as gone.
#[cfg(not(unix))]
fn bytes_of(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_unicode_comes_back_as_it_was() {
        let path = path_of(b"/disc/M\xfcller/IM\xff".to_vec());
        let place = serde_json::to_string(&Place::of(&path)).unwrap();
        let back: Place = serde_json::from_str(&place).unwrap();
        assert_eq!(back.path(), path);
    }
}
