//! De-identify: what of a patient leaves this computer with the ticked studies.

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

/// What is chosen on the page.
#[derive(Debug, Default)]
pub struct Deidentify {
    /// What is done.
    pub mode: Mode,
    /// What stands in the fields of *Replace these values*, in the order of [`FIELDS`]; empty: unchanged.
    pub typed: [String; FIELDS.len()],
    /// The profile, with its options as they are ticked.
    pub profile: Profile,
    /// One's own profiles; those that come with the program are not among them.
    pub own: Vec<OwnProfile>,
    /// What patients are called from now on, where no table says it.
    pub identities: HashMap<Whose, NewIdentity>,
    /// What was said where several patients would get one name or ID.
    pub several: several::Several,
    /// The table of pseudonyms, where one is used.
    pub table: Option<Table>,
    /// What is blackened, by series.
    pub areas: BTreeMap<String, Vec<Rectangle>>,
    /// Whether dragging on the picture draws.
    pub drawing: bool,
    /// The rectangle that is changed, of the series at the right.
    pub area: Option<usize>,
    /// What the images' headers say.
    pub looks: Looks,
    /// What becomes of the image at the right.
    pub shown: ShownPreview,
    /// What is looked for in the list of changes.
    pub find: String,
    /// The name under which the profile is to be saved, while that is typed.
    pub saving: Option<String>,
    /// The path that is typed where no dialog came.
    pub path: Option<PathForm>,
    /// Why there are no pseudonyms: the key cannot be had.
    pub no_key: Option<String>,
    /// Series whose pictures may be sent although they may show whose they are, with how many of them.
    pub(super) agreed: BTreeSet<(String, usize)>,
    /// Patients whose pseudonym was asked for.
    pub(super) asked: HashSet<Whose>,
    /// Whether the settings still name a profile of one's own that has to be loaded.
    pub(super) awaited: Option<Deidentification>,
}

/// A table of pseudonyms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The file.
    pub path: PathBuf,
    /// Whether patients that it does not know get a new pseudonym.
    pub makes_new: bool,
    /// Patients in it.
    pub known: usize,
    /// What patients are called there, or why they are not.
    pub answers: HashMap<Whose, Result<NewIdentity, String>>,
    /// Why it cannot be used.
    pub failed: Option<String>,
    /// Patients that it was asked about.
    pub(super) asked: HashSet<Whose>,
}

/// What a typed path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFor {
    /// The table of pseudonyms.
    Table,
    /// A profile to take in.
    Import,
    /// The profile, written out.
    Export,
}

/// A path that is typed because no dialog came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathForm {
    /// What it is for.
    pub what: PathFor,
    /// As typed.
    pub path: String,
    /// What the matter is with it.
    pub wrong: Option<String>,
}

/// The preview at the right: the last one that came stays until the next one does.
#[derive(Debug, Default)]
pub struct ShownPreview {
    /// What was asked for last.
    pub(super) asked: Option<PreviewOf>,
    /// Whether it is still on its way.
    pub waiting: bool,
    /// What came last.
    pub last: Option<Result<Arc<Preview>, String>>,
    pub(super) numbers: u64,
}

/// A word that can be ticked: what a profile leaves in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Retain Patient Characteristics.
    Characteristics,
    /// Retain Device Identity.
    Device,
    /// Retain Institution Identity.
    Institution,
    /// Clean Descriptors.
    Descriptions,
    /// Clean Structured Content.
    Reports,
    /// Clean Graphics.
    Graphics,
    /// Retain Safe Private.
    SafePrivate,
    /// Retain UIDs.
    Uids,
}

impl Keep {
    /// All of them.
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

    /// Whether it is ticked.
    pub fn is_on(self, mut options: Options) -> bool {
        *self.place(&mut options)
    }
}

impl Whose {
    /// The patient of a catalogue.
    pub fn of(patient: &Patient) -> Self {
        Whose {
            id: patient.id.clone(),
            name: patient.name.alphabetic.clone(),
        }
    }
}

/// The standard's profile, as it comes with the program.
fn basic() -> Profile {
    built_in().into_iter().next().unwrap_or_default()
}

impl Deidentify {
    /// As the settings say.
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

    /// One's own profiles have come: the one that was used last may be among them.
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

    /// What is kept for the next session.
    pub(super) fn kept(&self) -> Deidentification {
        Deidentification {
            mode: self.mode,
            profile: self.profile.name.clone(),
            options: self.profile.basic.then_some(self.profile.options),
        }
    }

    /// The next drop is of other patients: nothing of these stays, and what is done does.
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

    /// Every profile that can be picked, by name: those of the program first.
    pub fn profiles(&self) -> Vec<(String, bool)> {
        let own = self.own.iter().map(|one| (one.name.clone(), true));
        let built_in = built_in().into_iter().map(|one| (one.name, false));
        built_in.chain(own).collect()
    }

    /// The profile of this name, as it is saved.
    pub fn saved(&self, name: &str) -> Option<Profile> {
        let own = self.own.iter().find(|one| one.name == name);
        let own = own.and_then(|one| one.profile.clone().ok());
        built_in().into_iter().find(|one| one.name == name).or(own)
    }

    /// Whether the profile is another one than what was saved under its name.
    pub fn is_changed(&self) -> bool {
        self.saved(&self.profile.name).as_ref() != Some(&self.profile)
    }

    /// Whether the profile is one's own.
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

    /// What is wrong with what stands in a field of *Replace these values*.
    pub fn wrong(&self, field: usize) -> Option<&'static str> {
        let (text, field) = (self.typed.get(field)?, FIELDS.get(field)?);
        if text.trim().is_empty() {
            return None;
        }
        let checked = Replacement::new(field.name, text);
        checked.err().map(|error| error.wants)
    }

    /// The values that are replaced, those alone that are right.
    pub fn values(&self) -> Vec<Replacement> {
        let filled = FIELDS.iter().zip(&self.typed);
        let filled = filled.filter(|(_, text)| !text.trim().is_empty());
        filled
            .filter_map(|(field, text)| Replacement::new(field.name, text).ok())
            .collect()
    }

    /// What a patient is called from now on; `None`: the profile takes the name away.
    ///
    /// # Errors
    /// Why the patient cannot be sent, as half a sentence.
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

    /// The profile with what is blackened in a study.
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
