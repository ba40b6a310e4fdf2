//! Model of the De-identify tab: how the ticked studies are de-identified.

pub(in crate::model) mod burned_in;
pub(in crate::model) mod cleaning;
pub(in crate::model) mod event;
pub(in crate::model) mod redaction;
pub(in crate::model) mod requests;
pub(in crate::model) mod several;
#[cfg(test)]
mod tests;
pub(in crate::model) mod update;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::Looks;
use crate::dicom::catalogue::{Patient, Series, Study};
use crate::dicom::deidentify::profiles::built_in;
use crate::dicom::deidentify::{
    Blackened, FIELDS, NewIdentity, Options, Profile, Rectangle, Replacement,
};
use crate::message::{OwnProfile, Preview, PreviewOf, Whose};
use crate::settings::{Deidentification, Settings};

pub use crate::settings::Mode;

/// State of the De-identify tab.
#[derive(Debug, Default)]
pub struct Deidentify {
    /// Off, replaced values, or a profile.
    pub mode: Mode,
    /// Text of the fields of *Replace these values*, in the order of [`FIELDS`]. An empty field leaves the value
    /// unchanged.
    pub typed: [String; FIELDS.len()],
    /// The profile with its ticked options.
    pub profile: Profile,
    /// The user's own profiles, without the built-in ones.
    pub own: Vec<OwnProfile>,
    /// Pseudonyms by patient, used unless there is a table.
    pub identities: HashMap<Whose, NewIdentity>,
    /// What was said where several patients would get one name or ID.
    pub several: several::Several,
    /// The pseudonym table, if one is used.
    pub table: Option<Table>,
    /// Areas to black out, by Series Instance UID.
    pub areas: BTreeMap<String, Vec<Rectangle>>,
    /// Whether dragging on the picture draws an area.
    pub drawing: bool,
    /// Index of the selected area in the selected series.
    pub area: Option<usize>,
    /// Results of reading the images' headers.
    pub looks: Looks,
    /// Preview of the shown image.
    pub shown: ShownPreview,
    /// Search text for the list of changes.
    pub find: String,
    /// Name to save the profile under, while it is being typed.
    pub saving: Option<String>,
    /// A path being typed, because there was no file dialog.
    pub path: Option<PathForm>,
    /// Why no pseudonyms can be made: the key is not available.
    pub no_key: Option<String>,
    /// Series (by UID, with the number of risky images) that the user agreed to send despite possible burned-in
    /// identifiers.
    pub(super) agreed: BTreeSet<(String, usize)>,
    /// Patients whose pseudonyms were requested.
    pub(super) asked: HashSet<Whose>,
    /// The saved settings, while the user's own profile that they name has not been loaded.
    pub(super) awaited: Option<Deidentification>,
}

/// A pseudonym table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Path of the CSV file.
    pub path: PathBuf,
    /// Whether patients missing from the table get a new pseudonym.
    pub makes_new: bool,
    /// Number of patients in the table.
    pub known: usize,
    /// Pseudonyms by patient, or the reason that there is none.
    pub answers: HashMap<Whose, Result<NewIdentity, String>>,
    /// Why the table cannot be used.
    pub failed: Option<String>,
    /// Patients looked up in the table.
    pub(super) asked: HashSet<Whose>,
}

/// Purpose of a typed path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFor {
    /// Pseudonym table to use.
    Table,
    /// Profile to import.
    Import,
    /// File to export the profile to.
    Export,
}

/// A path being typed, because there was no file dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathForm {
    /// Purpose of the path.
    pub what: PathFor,
    /// The path as typed.
    pub path: String,
    /// Validation message.
    pub wrong: Option<String>,
}

/// Preview of the shown image. The last one is kept until the next one arrives.
#[derive(Debug, Default)]
pub struct ShownPreview {
    /// What was requested last.
    pub(super) asked: Option<PreviewOf>,
    /// Whether a preview is pending.
    pub waiting: bool,
    /// Last result.
    pub last: Option<Result<Arc<Preview>, String>>,
    pub(super) numbers: u64,
}

/// Options of a profile (PS3.15 table E.1-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Retain Patient Characteristics Option.
    Characteristics,
    /// Retain Device Identity Option.
    Device,
    /// Retain Institution Identity Option.
    Institution,
    /// Clean Descriptors Option.
    Descriptions,
    /// Clean Structured Content Option.
    Reports,
    /// Clean Graphics Option.
    Graphics,
    /// Retain Safe Private Option.
    SafePrivate,
    /// Retain UIDs Option.
    Uids,
}

impl Keep {
    /// All options, in display order.
    pub const ALL: [Keep; 8] = [
        Keep::Characteristics,
        Keep::Device,
        Keep::Institution,
        Keep::Descriptions,
        Keep::Reports,
        Keep::Graphics,
        Keep::SafePrivate,
        Keep::Uids,
    ];

    pub(super) fn place(self, options: &mut Options) -> &mut bool {
        match self {
            Keep::Characteristics => &mut options.retain_patient_characteristics,
            Keep::Device => &mut options.retain_device_identity,
            Keep::Institution => &mut options.retain_institution_identity,
            Keep::Descriptions => &mut options.clean_descriptors,
            Keep::Reports => &mut options.clean_structured_content,
            Keep::Graphics => &mut options.clean_graphics,
            Keep::SafePrivate => &mut options.retain_safe_private,
            Keep::Uids => &mut options.retain_uids,
        }
    }

    /// Whether the option is on.
    pub fn is_on(self, mut options: Options) -> bool {
        *self.place(&mut options)
    }
}

impl Whose {
    /// Identifies a scanned patient by ID and name.
    pub fn of(patient: &Patient) -> Self {
        Whose {
            id: patient.id.clone(),
            name: patient.name.alphabetic.clone(),
        }
    }
}

/// The built-in Basic profile.
fn basic() -> Profile {
    built_in().into_iter().next().unwrap_or_default()
}

impl Deidentify {
    /// Initial state from the saved settings.
    pub(super) fn new(settings: &Settings) -> Self {
        let kept = &settings.deidentify;
        let mut its = Deidentify {
            mode: kept.mode,
            profile: basic(),
            ..Deidentify::default()
        };
        if !kept.profile.is_empty() && !its.take_profile(&kept.profile) {
            its.awaited = Some(kept.clone());
        } else if let Some(options) = kept.options.filter(|_| its.profile.basic) {
            its.profile.options = options;
        }
        its
    }

    /// Takes in the user's own profiles, and selects the last used one if it is among them.
    pub(super) fn listed(&mut self, own: Vec<OwnProfile>) {
        self.own = own;
        let Some(kept) = self.awaited.take() else {
            return;
        };
        if !self.take_profile(&kept.profile) {
            self.awaited = Some(kept);
        } else if let Some(options) = kept.options.filter(|_| self.profile.basic) {
            self.profile.options = options;
        }
    }

    /// The part that is saved in the settings.
    pub(super) fn kept(&self) -> Deidentification {
        Deidentification {
            mode: self.mode,
            profile: self.profile.name.clone(),
            options: self.profile.basic.then_some(self.profile.options),
        }
    }

    /// Resets everything about patients for a new drop; mode, profile and table are kept.
    pub(super) fn begin_drop(&mut self) {
        let kept = Deidentify {
            mode: self.mode,
            profile: std::mem::take(&mut self.profile),
            own: std::mem::take(&mut self.own),
            table: self.table.take().map(|table| Table {
                answers: HashMap::new(),
                asked: HashSet::new(),
                ..table
            }),
            awaited: self.awaited.take(),
            shown: ShownPreview {
                numbers: self.shown.numbers,
                ..ShownPreview::default()
            },
            ..Deidentify::default()
        };
        *self = kept;
    }

    /// Names of all profiles and whether each is the user's own; built-in ones first.
    pub fn profiles(&self) -> Vec<(String, bool)> {
        let own = self.own.iter().map(|one| (one.name.clone(), true));
        let built_in = built_in().into_iter().map(|one| (one.name, false));
        built_in.chain(own).collect()
    }

    /// The saved profile of this name.
    pub fn saved(&self, name: &str) -> Option<Profile> {
        let own = self.own.iter().find(|one| one.name == name);
        let own = own.and_then(|one| one.profile.clone().ok());
        built_in().into_iter().find(|one| one.name == name).or(own)
    }

    /// Whether the profile differs from the one saved under its name.
    pub fn is_changed(&self) -> bool {
        self.saved(&self.profile.name).as_ref() != Some(&self.profile)
    }

    /// Whether the profile is one of the user's own.
    pub fn is_own(&self) -> bool {
        self.own.iter().any(|one| one.name == self.profile.name)
    }

    pub(super) fn take_profile(&mut self, name: &str) -> bool {
        match self.saved(name) {
            Some(profile) => self.profile = profile,
            None => return false,
        }
        true
    }

    /// Validation message for a field of *Replace these values*.
    pub fn wrong(&self, field: usize) -> Option<&'static str> {
        let (text, field) = (self.typed.get(field)?, FIELDS.get(field)?);
        if text.trim().is_empty() {
            return None;
        }
        let checked = Replacement::new(field.name, text);
        checked.err().map(|error| error.wants)
    }

    /// Values to replace, without invalid ones.
    pub fn values(&self) -> Vec<Replacement> {
        let filled = FIELDS.iter().zip(&self.typed);
        let filled = filled.filter(|(_, text)| !text.trim().is_empty());
        filled
            .filter_map(|(field, text)| Replacement::new(field.name, text).ok())
            .collect()
    }

    /// Pseudonym of a patient. `None`: the profile removes the name.
    ///
    /// # Errors
    /// Why the patient cannot be sent, as part of a sentence.
    pub fn identity(&self, whose: &Whose) -> Result<Option<NewIdentity>, String> {
        if let Some(table) = &self.table {
            if let Some(failed) = &table.failed {
                return Err(failed.clone());
            }
            let answer = table.answers.get(whose);
            let pending = || Err("still looking in the table of pseudonyms".to_owned());
            return answer.cloned().unwrap_or_else(pending).map(Some);
        }
        let Some(identity) = self.identities.get(whose) else {
            let why = self.no_key.as_deref();
            return Err(why.unwrap_or("still making a pseudonym").to_owned());
        };
        match (identity.name.trim(), identity.id.trim()) {
            ("", "") => return Ok(None),
            ("", _) | (_, "") => {
                return Err("fill in both the new name and the new patient ID, or neither".into());
            }
            _ => {}
        }
        for (name, value) in [("PatientName", &identity.name), ("PatientID", &identity.id)] {
            if let Err(error) = Replacement::new(name, value) {
                return Err(error.to_string().trim_end_matches('.').to_owned());
            }
        }
        Ok(Some(identity.clone()))
    }

    /// The profile including the areas to black out in a study.
    pub(super) fn profile_for(&self, study: &Study) -> Profile {
        let mut profile = match self.mode {
            Mode::Profile => self.profile.clone(),
            Mode::Off | Mode::Replace => Profile::only(self.values()),
        };
        if self.mode != Mode::Off {
            profile.rectangles.extend(self.blackened(study));
        }
        profile
    }

    fn blackened(&self, study: &Study) -> impl Iterator<Item = Blackened> {
        let of = |series: &Series| {
            let areas = self.areas.get(&series.series_instance_uid)?;
            (!areas.is_empty()).then(|| Blackened {
                series: series.series_instance_uid.clone(),
                rectangles: areas.clone(),
                ..Blackened::default()
            })
        };
        study.series.iter().filter_map(of)
    }
}
