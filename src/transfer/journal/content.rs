//! The sealed part of an entry: what is sent from where, and with which values replaced.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::dicom::catalogue::{SkipReason, Skipped};
use crate::dicom::deidentify::Replacement;
use crate::transfer::Upload;

/// As JSON, so that an older entry can still be read when there is more to write down.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    /// In the order of [`Upload::files`].
    paths: Vec<Place>,
    #[serde(default)]
    skipped: Vec<Passed>,
    /// Keyword and value.
    #[serde(default)]
    replace: Vec<(String, String)>,
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

impl Content {
    pub(super) fn of(upload: &Upload) -> Self {
        let passed = |skipped: &Skipped| Passed {
            path: Place::of(&skipped.path),
            reason: match &skipped.reason {
                // For showing alone: it may lose what is no Unicode.
                SkipReason::Duplicate { of } => SkipReason::Duplicate {
                    of: PathBuf::from(of.to_string_lossy().as_ref()),
                },
                other => other.clone(),
            },
        };
        let value = |value: &Replacement| (value.keyword(), value.value().to_owned());
        Content {
            paths: upload.files.iter().map(|f| Place::of(&f.path)).collect(),
            skipped: upload.skipped.iter().map(passed).collect(),
            replace: upload.replace.iter().map(value).collect(),
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
        };
        self.skipped.iter().map(skipped).collect()
    }

    /// `None` where a value cannot be replaced (any more): then nothing of the entry may be sent.
    pub(super) fn replace(&self) -> Option<Vec<Replacement>> {
        let value = |(name, value): &(String, String)| Replacement::new(name, value).ok();
        self.replace.iter().map(value).collect()
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
