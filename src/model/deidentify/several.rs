//! New values that would make one patient of several: what the person said about it.

use std::collections::BTreeSet;

use super::Mode;
use crate::dicom::catalogue::Patient;
use crate::dicom::deidentify::{NewIdentity, Replacement};
use crate::message::Whose;
use crate::model::Model;
use crate::words;

/// What is done where a name or an ID was typed, and the ticked studies are of several patients.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Several {
    /// Nobody has said it.
    #[default]
    Ask,
    /// Each gets a pseudonym of their own in place of what was typed.
    EachItsOwn,
    /// They are one patient: those who were ticked then.
    One(BTreeSet<Whose>),
}

/// New values that say who the patient is.
const NAMING: [&str; 2] = ["PatientName", "PatientID"];

pub(super) fn is_naming(value: &Replacement) -> bool {
    NAMING.contains(&value.keyword().as_str())
}

impl Model {
    /// How many patients would get the same name or ID, where there are several.
    pub fn merges_patients(&self) -> Option<usize> {
        if !self.names_somebody() {
            return None;
        }
        let conflicts = self.upload.catalogue.conflicts.iter();
        let ticked = conflicts.filter(|one| self.upload.checked.contains(&one.study_instance_uid));
        let patients = self.ticked_patients().len() + ticked.count();
        (patients > 1).then_some(patients)
    }

    /// Whether the person said that the ticked patients are one.
    pub fn is_one_patient(&self) -> bool {
        match &self.deidentify.several {
            Several::One(said) => self
                .ticked_patients()
                .iter()
                .all(|whose| said.contains(whose)),
            Several::Ask | Several::EachItsOwn => false,
        }
    }

    /// Whether each patient gets a pseudonym in place of what was typed.
    pub(super) fn names_each(&self) -> bool {
        self.deidentify.several == Several::EachItsOwn && self.merges_patients().is_some()
    }

    /// Why the ticked studies cannot be sent before somebody says what is meant.
    pub(super) fn several_refused(&self) -> Option<String> {
        let patients = self.merges_patients()?;
        if self.names_each() || self.is_one_patient() {
            return None;
        }
        let patients = words::count(patients as u64, "patient", "patients");
        Some(format!(
            "{patients} would become one: say under De-identify what is meant."
        ))
    }

    /// The pseudonym of a patient.
    pub(super) fn own_identity(&self, patient: &Patient) -> Result<NewIdentity, String> {
        let page = &self.deidentify;
        let made = page.identities.get(&Whose::of(patient)).cloned();
        made.ok_or_else(|| {
            let why = page.no_key.as_deref().unwrap_or("still making a pseudonym");
            let name = words::patient_name(&patient.name);
            format!("{name} cannot be sent: {why}.")
        })
    }

    pub(super) fn say_one_patient(&mut self, on: bool) {
        let said = self.ticked_patients().into_iter().collect();
        self.deidentify.several = match on {
            true => Several::One(said),
            false => Several::Ask,
        };
    }

    fn names_somebody(&self) -> bool {
        let page = &self.deidentify;
        page.mode == Mode::Replace && page.values().iter().any(is_naming)
    }
}
