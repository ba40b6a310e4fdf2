//! How each study is de-identified, and reasons that it cannot be sent yet.

use std::sync::Arc;

use super::Mode;
use super::several::is_naming;
use crate::dicom::catalogue::{Patient, Series, Study};
use crate::dicom::deidentify::FIELDS;
use crate::message::{Failure, Whose};
use crate::model::{Deidentify, Model, Risky};
use crate::transfer::Cleaning;
use crate::words;

impl Model {
    /// How a study's files are de-identified, including the values of the order that they are added to. `Ok(None)`:
    /// files are sent unchanged.
    ///
    /// # Errors
    /// A sentence that says why the study cannot be sent.
    pub fn cleaning(
        &self,
        patient: &Patient,
        study: &Study,
    ) -> Result<Option<Arc<Cleaning>>, String> {
        let page = &self.deidentify;
        let mut profile = page.profile_for(study);
        let each = self.names_each();
        let identity = match page.mode {
            Mode::Profile => page.identity(&Whose::of(patient)).map_err(|why| {
                let name = words::patient_name(&patient.name);
                format!("{name} cannot be sent: {why}.")
            })?,
            Mode::Replace if each => Some(self.own_identity(patient)?),
            Mode::Off | Mode::Replace => None,
        };
        let hides = page.mode == Mode::Profile || each;
        for value in self.order_values(patient, study, (&profile.replace, hides)) {
            let id = identity.as_ref().map(|identity| identity.id.trim());
            if hides && value.keyword() == "PatientID" && id != Some(value.value()) {
                return Err(GIVES_BACK.to_owned());
            }
            profile.set(value);
        }
        if each {
            profile.replace.retain(|value| !is_naming(value));
        }
        if !profile.basic && profile.replace.is_empty() && profile.rectangles.is_empty() {
            let does_more = !profile.overrides.is_empty() || identity.is_some();
            if !does_more {
                return Ok(None);
            }
        }
        // Agreement covers only images that were shown as risky. Without any, the check on upload still stops on an
        // image that turns out to be risky.
        let risky = self.risky_of(study);
        let agreed = !risky.is_empty() && risky.iter().all(|one| self.is_agreed(one));
        Ok(Some(Arc::new(Cleaning {
            burned_in_agreed: !profile.basic || agreed,
            profile,
            identity,
        })))
    }

    /// Series of the ticked studies that may have burned-in identifiers; empty unless the profile removes identity.
    pub fn risky(&self) -> Vec<Risky> {
        let studies = self.upload.studies();
        let ticked = studies.filter(|study| self.upload.is_checked(study));
        ticked.flat_map(|study| self.risky_of(study)).collect()
    }

    fn risky_of(&self, study: &Study) -> Vec<Risky> {
        let page = &self.deidentify;
        if !page.hides() {
            return Vec::new();
        }
        let of = |series: &Series| {
            let (images, risk) = page.looks.risky(series)?;
            Some(Risky {
                series: series.series_instance_uid.clone(),
                title: title(series),
                images,
                risk,
            })
        };
        study.series.iter().filter_map(of).collect()
    }

    /// Whether the user has agreed to send these images.
    pub fn is_agreed(&self, risky: &Risky) -> bool {
        let agreed = &self.deidentify.agreed;
        agreed.contains(&(risky.series.clone(), risky.images))
    }

    /// Number of series of the ticked studies whose headers are still to be read, and their total number.
    pub fn looking(&self) -> (usize, usize) {
        let mut all = 0;
        let mut open = 0;
        for study in self.upload.studies() {
            if self.upload.is_checked(study) {
                all += study.series.len();
                let looks = &self.deidentify.looks;
                open += study.series.iter().filter(|one| !looks.knows(one)).count();
            }
        }
        (open, all)
    }

    /// Why the ticked studies cannot be sent with the current settings.
    pub fn deidentify_refused(&self) -> Option<String> {
        let page = &self.deidentify;
        match page.mode {
            Mode::Off => {}
            Mode::Replace => {
                let refused = page.replace_refused().map(str::to_owned);
                if let Some(refused) = refused.or_else(|| self.several_refused()) {
                    return Some(refused);
                }
            }
            Mode::Profile => {
                if page.awaited.is_some() {
                    return Some(NOT_THERE.to_owned());
                }
                if page.hides() {
                    if self.looking().0 > 0 {
                        return Some(
                            "Still looking for pictures that may show whose they are.".to_owned(),
                        );
                    }
                    let open = self.risky().into_iter().filter(|one| !self.is_agreed(one));
                    let open: usize = open.map(|one| one.images).sum();
                    if open > 0 {
                        let whose = if open == 1 { "it is" } else { "they are" };
                        let pictures = words::count(open as u64, "picture", "pictures");
                        return Some(format!(
                            "{pictures} may show whose {whose}: look at them, blacken what they show, and say yes under De-identify."
                        ));
                    }
                }
                if let Some(residue) = self.residue() {
                    return Some(residue);
                }
            }
        }
        self.ticked()
            .find_map(|(patient, study)| self.cleaning(patient, study).err())
    }

    /// Finding of the residual check in the shown image, if its study is ticked.
    fn residue(&self) -> Option<String> {
        let study = self.upload.selected()?;
        let shown = &self.deidentify.shown;
        let Some(Ok(preview)) = &shown.last else {
            return None;
        };
        let counts = self.upload.is_checked(study) && !shown.waiting;
        preview.residue.clone().filter(|_| counts)
    }

    /// The ticked studies with their patients.
    pub(in crate::model) fn ticked(&self) -> impl Iterator<Item = (&Patient, &Study)> {
        let patients = self.upload.catalogue.patients.iter();
        patients
            .flat_map(|patient| patient.studies.iter().map(move |study| (patient, study)))
            .filter(|(_, study)| self.upload.is_checked(study))
    }

    /// The patients with ticked studies.
    pub fn ticked_patients(&self) -> Vec<Whose> {
        let patients = self.upload.catalogue.patients.iter();
        let ticked = patients.filter(|patient| {
            let mut studies = patient.studies.iter();
            studies.any(|study| self.upload.is_checked(study))
        });
        ticked.map(Whose::of).collect()
    }

    pub(in crate::model) fn key_failed(&mut self, failure: &Failure) {
        let what = failure.what.trim_end_matches('.');
        self.deidentify.no_key = Some(what.to_owned());
    }
}

const NOT_THERE: &str =
    "The profile that was used last is not there: choose one under De-identify.";
const GIVES_BACK: &str = "A study would get its identity back from the open order that it goes into: send it as an order of its own, or send it as it is.";

impl Deidentify {
    /// Whether the current mode removes the patient's identity.
    pub fn hides(&self) -> bool {
        self.mode == Mode::Profile && self.profile.basic
    }

    fn replace_refused(&self) -> Option<&'static str> {
        if (0..FIELDS.len()).any(|field| self.wrong(field).is_some()) {
            return Some("Correct the fields with a red border under De-identify first.");
        }
        let is_empty = self.typed.iter().all(|text| text.trim().is_empty());
        let nothing = is_empty && self.areas.values().all(Vec::is_empty);
        nothing.then_some(
            "Nothing is replaced yet: fill in a field under De-identify, or send it as it is.",
        )
    }

    /// Name such as "Basic profile" or "Teaching files, changed". The standard's profile is never called changed,
    /// because its options are part of it.
    pub fn called(&self) -> String {
        let name = profile_title(&self.profile.name);
        match self.is_changed() && self.profile.name != "basic" {
            true => format!("{name}, changed"),
            false => name,
        }
    }
}

/// Display name of a profile. The built-in ones are named like files.
pub fn profile_title(name: &str) -> String {
    match name {
        "basic" | "" => "Basic profile",
        "basic-modified-dates" => "Research, same dates apart",
        "basic-keep-characteristics" => "Basic, with sex, age and size",
        "teaching" => "Teaching files",
        "replace-only" => "Name and ID only",
        own => own,
    }
    .to_owned()
}

/// Title such as "Series 3 · Lung 1.25 mm".
pub(in crate::model) fn title(series: &Series) -> String {
    let number = match series.number {
        Some(number) => format!("Series {number}"),
        None => "Series".to_owned(),
    };
    let texts = [&series.description, &series.body_part, &series.modality];
    let text = texts.into_iter().find(|text| !text.trim().is_empty());
    match text {
        Some(text) => format!("{number} · {}", text.trim()),
        None => number,
    }
}
