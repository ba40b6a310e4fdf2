//! What a person can keep of a finished transfer: every file with its UIDs, its size, its digest and what became of it.
//! As JSON for programs, as PDF for people and paper.
//!
//! A receipt names the patient, because who asks for one wants to know whose it is; the name of its file does not.

pub(crate) mod fonts;
pub(crate) mod page;
pub(crate) mod pdf;
pub(crate) mod shaping;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Zoned;
use jiff::civil::DateTime;
use serde::{Serialize, Serializer};
use thiserror::Error;
use uuid::Uuid;

use crate::dicom::deidentify::{Blackened, Dates, Options};
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

/// How the files of a receipt were changed on their way out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deidentified {
    /// Whether the Basic Application Level Confidentiality Profile (PS3.15 E.1) was applied; else only values were replaced.
    pub basic_profile: bool,
    /// The profile's name; empty: the standard's own.
    pub profile: String,
    /// The profile's options (PS3.15 E.3); `None` where it was not applied.
    pub options: Option<Options>,
    /// Keywords of the attributes whose values were replaced; the original values stand nowhere.
    pub replaced: Vec<String>,
    /// What was blackened, by series or device, in pixels.
    pub blackened: Vec<Blackened>,
    /// Who has looked at pictures that may show whose they are, and said that they may be sent; `None`: nobody was asked
    /// or said so.
    pub looked: Option<String>,
}

impl Deidentified {
    /// The same in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = vec![match (self.basic_profile, self.profile.as_str()) {
            (false, _) => "Not de-identified: only values were replaced.".to_owned(),
            (true, "") => "De-identified by the basic profile of the standard.".to_owned(),
            (true, name) => format!("De-identified by the profile {name}."),
        }];
        if let Some(options) = &self.options {
            let options = names(options);
            said.push(match options.is_empty() {
                true => "Options: none.".to_owned(),
                false => format!("Options: {}.", options.join(", ")),
            });
        }
        if !self.replaced.is_empty() {
            said.push(format!("Values replaced: {}.", self.replaced.join(", ")));
        }
        said.push(match self.blackened.len() {
            0 => "Nothing was blackened.".to_owned(),
            _ => format!("Blackened: {}.", self.areas()),
        });
        if self.basic_profile {
            said.push(match &self.looked {
                Some(who) => format!("{who} said yes to pictures that may show whose they are."),
                None => "Nobody said yes to pictures that may show whose they are.".to_owned(),
            });
        }
        said
    }

    /// "(0, 0) 128 × 64 of series 1.2.3"; each with what it is for.
    fn areas(&self) -> String {
        let areas = self.blackened.iter().map(|one| {
            let of = [
                (&one.series, "series "),
                (&one.modality, ""),
                (&one.manufacturer, ""),
                (&one.model, ""),
            ];
            let of = of.into_iter().filter(|(text, _)| !text.is_empty());
            let of: Vec<String> = of.map(|(text, kind)| format!("{kind}{text}")).collect();
            let rectangles = one.rectangles.iter();
            let rectangles = rectangles
                .map(|one| format!("{} × {} at ({}, {})", one.width, one.height, one.x, one.y));
            let area = rectangles.collect::<Vec<_>>().join(", ");
            match of.is_empty() {
                true => area,
                false => format!("{area} of {}", of.join(" ")),
            }
        });
        areas.collect::<Vec<_>>().join("; ")
    }
}

/// The options of the profile that were on, by the standard's names (PS3.15 E.3).
fn names(options: &Options) -> Vec<&'static str> {
    let dates = match options.dates {
        Dates::Remove => None,
        Dates::Modified => Some("Retain Longitudinal Temporal Information with Modified Dates"),
        Dates::Full => Some("Retain Longitudinal Temporal Information with Full Dates"),
    };
    let flags = [
        (options.retain_safe_private, "Retain Safe Private"),
        (options.retain_uids, "Retain UIDs"),
        (options.retain_device_identity, "Retain Device Identity"),
        (
            options.retain_institution_identity,
            "Retain Institution Identity",
        ),
        (
            options.retain_patient_characteristics,
            "Retain Patient Characteristics",
        ),
        (options.clean_descriptors, "Clean Descriptors"),
        (options.clean_structured_content, "Clean Structured Content"),
        (options.clean_graphics, "Clean Graphics"),
        (options.clean_pixel_data, "Clean Pixel Data"),
    ];
    let on = flags.into_iter().filter(|(on, _)| *on);
    on.map(|(_, name)| name).chain(dates).collect()
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
    /// How the files were changed on their way; `None`: they went byte by byte.
    pub deidentified: Option<Deidentified>,
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

/// How many receipts of one name are tried before it is given up.
const MOST_OF_A_NAME: u32 = 10_000;

/// Writes a receipt's files into a folder, which is made where it is missing: each whole or not at all, for its owner
/// alone. Where a file of the name is there already, "-2", "-3" and so on are put behind it: nothing is overwritten.
/// Gives their paths.
///
/// # Errors
/// What the system says of the file that could not be written.
pub fn keep(folder: &Path, name: &str, files: &[(&str, Vec<u8>)]) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    for number in 1..MOST_OF_A_NAME {
        let name = match number {
            1 => name.to_owned(),
            number => format!("{name}-{number}"),
        };
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(ending, _)| folder.join(format!("{name}.{ending}")))
            .collect();
        let is_free = |path: &PathBuf| std::fs::symlink_metadata(path).is_err();
        if paths.iter().all(is_free) && put(folder, files, &paths)? {
            return Ok(paths);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Whether they were written; not where another process has taken one of the names meanwhile: then none of them is there.
fn put(folder: &Path, files: &[(&str, Vec<u8>)], paths: &[PathBuf]) -> io::Result<bool> {
    let mut written: Vec<&PathBuf> = Vec::new();
    for ((_, bytes), path) in files.iter().zip(paths) {
        let put = put_one(folder, bytes, path);
        match put {
            Ok(()) => written.push(path),
            Err(error) => {
                for path in written {
                    std::fs::remove_file(path)?;
                }
                return match error.kind() {
                    io::ErrorKind::AlreadyExists => Ok(false),
                    _ => Err(error),
                };
            }
        }
    }
    Ok(true)
}

fn put_one(folder: &Path, bytes: &[u8], path: &Path) -> io::Result<()> {
    // Such a file is made for its owner alone, whatever the umask.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_never_written_over_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = |text: &str| [("json", text.as_bytes().to_vec()), ("pdf", b"%".to_vec())];
        let first = keep(folder.path(), "r-1", &files("one")).unwrap();
        let second = keep(folder.path(), "r-1", &files("two")).unwrap();
        assert_ne!(first, second);
        assert_eq!(std::fs::read_to_string(&first[0]).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(&second[0]).unwrap(), "two");
        // Where one of the pair is there, the other takes another name too.
        std::fs::write(folder.path().join("r-2.pdf"), b"").unwrap();
        let third = keep(folder.path(), "r-2", &files("three")).unwrap();
        assert!(third[0].ends_with("r-2-2.json"), "{third:?}");
        #[cfg(unix)]
        for path in first.iter().chain(&third) {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 7, "nothing half written is left");
    }
}
