//! What a scan found, grouped as a technician thinks of it: patient → study → series → image.

pub mod disc_check;
pub mod gaps;
pub(in crate::dicom) mod grouping;
pub(crate) mod ownership;
pub(crate) mod removal;
pub(crate) mod rescan;
pub(crate) mod skipped;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

pub use self::disc_check::{About, Contradiction, DiscReport};
pub use self::grouping::{Catalogue, Conflict, Known, Taken};
pub use super::media::{ArchiveKind, Stamp};

/// A person's name in up to three scripts (PS3.5, 6.2.1.2). Each group is as the file has it, decoded, with its `^`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonName {
    /// First group: Latin letters.
    pub alphabetic: String,
    /// Second group: Chinese characters and the like.
    pub ideographic: String,
    /// Third group: kana, Hangul.
    pub phonetic: String,
}

/// One DICOM file that can be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Where it lies.
    pub path: PathBuf,
    /// Size of the whole file in bytes.
    pub size: u64,
    /// When the file was changed last, where the file system says so.
    pub modified: Option<SystemTime>,
    /// (0008,0018)
    pub sop_instance_uid: String,
    /// (0008,0016)
    pub sop_class_uid: String,
    /// (0002,0010), or the one that was recognised where the file has no file meta information.
    pub transfer_syntax_uid: String,
    /// (0020,0013)
    pub instance_number: Option<i32>,
    /// (0028,0008), at least 1.
    pub frames: u32,
}

/// A series and its images, by instance number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// (0020,000E)
    pub series_instance_uid: String,
    /// (0020,0011)
    pub number: Option<i32>,
    /// (0008,0060)
    pub modality: String,
    /// (0008,103E)
    pub description: String,
    /// (0018,0015)
    pub body_part: String,
    /// The images.
    pub images: Vec<Image>,
}

/// A study and its series, by series number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Study {
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0008,0020)
    pub date: Option<Date>,
    /// (0008,0030)
    pub time: Option<Time>,
    /// (0008,1030)
    pub description: String,
    /// (0008,0050)
    pub accession_number: String,
    /// (0008,0090)
    pub referring_physician: PersonName,
    /// (0008,0080)
    pub institution: String,
    /// The series.
    pub series: Vec<Series>,
}

/// A patient, told apart by ID and name, and their studies, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patient {
    /// (0010,0010)
    pub name: PersonName,
    /// (0010,0020)
    pub id: String,
    /// (0010,0030)
    pub birth_date: Option<Date>,
    /// (0010,0040): M, F, O or empty.
    pub sex: String,
    /// The studies.
    pub studies: Vec<Study>,
}

/// Why a file is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SkipReason {
    /// The content is not DICOM.
    NotDicom,
    /// A DICOMDIR: the directory of a disc, no image.
    DicomDir,
    /// The file is shorter than it says.
    Truncated {
        /// Bytes that are there.
        has: u64,
        /// Bytes that its elements claim, where they say it; `None` where the end of a sequence or fragment list is missing.
        needs: Option<u64>,
    },
    /// Study, Series or SOP Instance UID is missing or empty.
    NoUids {
        /// The first missing one's keyword.
        missing: Cow<'static, str>,
    },
    /// Another file of this drop has the same SOP Instance UID.
    Duplicate {
        /// The one that is sent.
        of: PathBuf,
    },
    /// DICOM, but damaged: the reader's words.
    Damaged(String),
    /// The system would not let it be read: the system's words.
    Unreadable(String),
    /// A symbolic link to what is told already: a folder above it, or a file or folder that has a path of its own here.
    LinkLoop,
    /// A symbolic link that leads nowhere, a device, a socket; in an archive, any link.
    NotAFile,
    /// An archive that is not read.
    Archive(ArchiveKind),
    /// Encrypted, in an archive whose password is not known.
    Locked {
        /// The archive.
        archive: PathBuf,
    },
    /// Encrypted with another password than the one that is known.
    WrongPassword {
        /// The archive.
        archive: PathBuf,
    },
    /// An archive that cannot be read: the reader's words.
    DamagedArchive(String),
    /// In an archive, packed or encrypted in a way that is not supported: its name.
    Method(String),
    /// In an archive, or one, that claims more than is believed: the reader's words.
    OverBound(String),
    /// In an archive, under a name that leads out of it.
    ClimbsOut,
    /// A disc's directory names it, and it is not there.
    Missing {
        /// The directory.
        by: PathBuf,
    },
}

impl SkipReason {
    /// Whether something that was meant to be sent may be missing, so that somebody should look. Files that are no DICOM,
    /// DICOMDIRs, duplicates and links are none of that.
    pub fn is_problem(&self) -> bool {
        matches!(
            self,
            SkipReason::Truncated { .. }
                | SkipReason::NoUids { .. }
                | SkipReason::Damaged(_)
                | SkipReason::Unreadable(_)
                | SkipReason::Archive(_)
                | SkipReason::Locked { .. }
                | SkipReason::WrongPassword { .. }
                | SkipReason::DamagedArchive(_)
                | SkipReason::Method(_)
                | SkipReason::OverBound(_)
                | SkipReason::ClimbsOut
                | SkipReason::Missing { .. }
        )
    }
}

/// A file that is not sent, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it lies.
    pub path: PathBuf,
    /// Why.
    pub reason: SkipReason,
    /// The study that it belongs to, where its header says so.
    pub study_instance_uid: Option<String>,
    /// Which file it was, where it could be read.
    pub stamp: Option<Stamp>,
}

/// One file's header: an [`Image`] with everything above it.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Patient without studies.
    pub patient: Patient,
    /// Study without series.
    pub study: Study,
    /// Series without images.
    pub series: Series,
    /// The image.
    pub image: Image,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It can be sent.
    Image(Box<Header>),
    /// It cannot, or need not.
    Skipped(Skipped),
}

impl Image {
    /// Which file it was.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            size: self.size,
            modified: self.modified,
        }
    }
}

impl Catalogue {
    /// Archives among what was scanned that are encrypted with a password that is not known.
    pub fn locked(&self) -> Vec<PathBuf> {
        let skipped = self.skipped.iter();
        let locked: BTreeSet<&PathBuf> = skipped.filter_map(|one| locked_by(&one.reason)).collect();
        locked.into_iter().cloned().collect()
    }

    /// Takes the encrypted files of an archive off the list, before it is scanned with its password; and whatever else
    /// in it was not sent, since a wrong password may be what made it look so. Which ones.
    pub fn forget_locked(&mut self, archive: &Path) -> Vec<PathBuf> {
        let is_of_it = |skipped: &Skipped| match &skipped.reason {
            // What is not there was not decrypted either.
            SkipReason::Missing { .. } => false,
            reason => {
                locked_by(reason).is_some_and(|by| by == archive)
                    || skipped.path.starts_with(archive)
            }
        };
        let skipped = self.skipped.iter().filter(|skipped| is_of_it(skipped));
        let paths: Vec<PathBuf> = skipped.map(|skipped| skipped.path.clone()).collect();
        paths.iter().for_each(|path| self.unskip(path));
        paths
    }
}

fn locked_by(reason: &SkipReason) -> Option<&PathBuf> {
    match reason {
        SkipReason::Locked { archive } | SkipReason::WrongPassword { archive } => Some(archive),
        _ => None,
    }
}

impl Study {
    /// Images in all series.
    pub fn images(&self) -> usize {
        self.series.iter().map(|series| series.images.len()).sum()
    }

    /// Size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.series.iter().map(Series::bytes).sum()
    }

    /// The modalities, each once, in the order of the series.
    pub fn modalities(&self) -> Vec<&str> {
        let mut modalities = Vec::new();
        for series in &self.series {
            let modality = series.modality.as_str();
            if !modality.is_empty() && !modalities.contains(&modality) {
                modalities.push(modality);
            }
        }
        modalities
    }
}

impl Series {
    /// Size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.images.iter().map(|image| image.size).sum()
    }
}
