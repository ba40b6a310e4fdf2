//! What is asked and said about de-identification. Previews name patients: they are shown, and written down nowhere.

use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use crate::dicom::deidentify::burned_in::Risk;
use crate::dicom::deidentify::{Glance, NewIdentity, PixelWork, Profile};
use crate::transfer::Cleaning;

/// Whose a study is, as its files say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Whose {
    /// (0010,0020)
    pub id: String,
    /// (0010,0010), alphabetic group.
    pub name: String,
}

/// From the model to the worker.
#[derive(Debug, Clone)]
pub enum AskCleaning {
    /// One's own profiles; answered by [`CleaningNews::Profiles`].
    Profiles,
    /// Keeps a profile under its name; answered by [`CleaningNews::Kept`], then by the list.
    Save(Box<Profile>),
    /// Takes a profile away; answered likewise.
    Remove(String),
    /// Takes a profile in from a file; answered likewise. The system's dialog asks where there is no path.
    Import(Option<PathBuf>),
    /// Writes a profile into a file; answered by [`CleaningNews::Kept`]. The system's dialog asks where there is no path.
    Export {
        /// What is written.
        profile: Box<Profile>,
        /// Where.
        to: Option<PathBuf>,
    },
    /// Reads a table of pseudonyms, and says what these patients are called there; answered by [`CleaningNews::Table`].
    Table {
        /// The file; the system's dialog asks where there is none.
        path: Option<PathBuf>,
        /// Patients that it does not know get a new pseudonym, which is written into it.
        makes_new: bool,
        /// Whom it is asked about.
        patients: Vec<Whose>,
    },
    /// What these patients may be called; answered by [`CleaningNews::Pseudonyms`].
    Pseudonyms(Vec<Whose>),
    /// Cleans one file, and shows what that changes; answered by [`CleaningNews::Preview`]. Only the newest is answered.
    Preview(Box<PreviewOf>),
    /// Reads the headers of these images; answered by [`CleaningNews::Looked`], one a series.
    Look(Vec<LookAt>),
    /// No more of these answers are wanted.
    StopLooking,
}

impl AskCleaning {
    /// Whether the system's dialog opens.
    pub fn opens_dialog(&self) -> bool {
        matches!(
            self,
            AskCleaning::Import(None)
                | AskCleaning::Export { to: None, .. }
                | AskCleaning::Table { path: None, .. }
        )
    }
}

/// Whose headers are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAt {
    /// (0020,000E)
    pub series: String,
    /// Its images.
    pub images: Vec<PathBuf>,
}

/// A file that is to be cleaned for a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewOf {
    /// Names the request.
    pub ask: u64,
    /// The file.
    pub path: PathBuf,
    /// How it would be sent.
    pub cleaning: Arc<Cleaning>,
    /// (0010,0020) of its study.
    pub patient_id: String,
}

/// An attribute that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedValue {
    /// "Request › Requesting physician"
    pub name: String,
    /// What it says; the beginning of what is long.
    pub now: String,
    /// What it would say; empty where nothing is left.
    pub sent: String,
    /// One or two words: "removed", "new UID".
    pub rule: &'static str,
    /// Why.
    pub why: String,
}

/// What cleaning does to one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The attributes, those of the patient first.
    pub changes: Vec<ChangedValue>,
    /// What was done with its pixels.
    pub pixels: Option<PixelWork>,
    /// Why its picture may show whose it is.
    pub risk: Option<Risk>,
    /// What of the original still stood in it: such a file is not sent.
    pub residue: Option<String>,
    /// Whether it was looked for.
    pub checked: bool,
}

/// A profile of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnProfile {
    /// The file's name.
    pub name: String,
    /// What it does, or why it cannot be used.
    pub profile: Result<Profile, String>,
}

/// What was done with a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was saved.
    Saved,
    /// It was taken away.
    Removed,
    /// It was taken in.
    Imported,
    /// It was written into a file.
    Exported,
}

/// What a table of pseudonyms says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableAnswer {
    /// The file.
    pub path: PathBuf,
    /// Whether patients that it did not know got a new pseudonym.
    pub makes_new: bool,
    /// Patients in it.
    pub known: usize,
    /// What these are called, or why they are not.
    pub patients: Vec<(Whose, Result<NewIdentity, String>)>,
}

/// From the worker to the model.
#[derive(Debug, Clone)]
pub enum CleaningNews {
    /// One's own profiles, by name.
    Profiles(Result<Vec<OwnProfile>, Failure>),
    /// What came of it: the profile's name, or the file's path. `None`: cancelled, or the dialog could not be opened.
    Kept(Kept, Result<Option<String>, Failure>),
    /// The table; `None`: cancelled, or the dialog could not be opened.
    Table(Result<Option<TableAnswer>, Failure>),
    /// What patients may be called.
    Pseudonyms(Result<Vec<(Whose, NewIdentity)>, Failure>),
    /// What cleaning does to a file, or why it cannot be cleaned.
    Preview {
        /// The request.
        ask: u64,
        /// What it does.
        result: Result<Arc<Preview>, String>,
    },
    /// A series was looked at.
    Looked {
        /// (0020,000E)
        series: String,
        /// Its images; those that could not be read are not among them.
        images: Vec<(PathBuf, Glance)>,
    },
}
