//! Removing entries from the Upload page's list, and restoring them.

use std::collections::BTreeMap;

use crate::dicom::catalogue::{PersonName, Study, Taken};
use crate::model::{Model, Tone};
use crate::words;

/// What to remove from the list. Files are not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// A study, by its UID.
    Study(String),
    /// One series of a study.
    Series {
        /// Study Instance UID.
        study: String,
        /// Series Instance UID.
        series: String,
    },
    /// All studies of a patient, by their UIDs.
    Patient(Vec<String>),
}

impl Removal {
    /// The study that is removed only in part.
    fn part_of(&self) -> Option<&str> {
        match self {
            Removal::Series { study, .. } => Some(study),
            Removal::Study(_) | Removal::Patient(_) => None,
        }
    }
}

/// Entries that were removed together.
#[derive(Debug, Clone)]
struct Together {
    taken: Vec<Taken>,
    /// Study Instance UIDs of those that were ticked.
    ticked: Vec<String>,
}

/// Removed entries that can be restored, by the id of the toast that offers it.
#[derive(Debug, Clone, Default)]
pub struct Removed {
    by_toast: BTreeMap<u64, Together>,
}

impl Removed {
    /// Ids of the toasts that offer to restore something.
    pub(in crate::model) fn toasts(&self) -> impl Iterator<Item = u64> + '_ {
        self.by_toast.keys().copied()
    }
}

/// Title of a study, quoted.
fn title(study: &Study) -> String {
    match study.description.trim() {
        "" => "The study".to_owned(),
        description => format!("“{description}”"),
    }
}

impl Model {
    pub(in crate::model) fn remove(&mut self, removal: &Removal) {
        // A scan might add removed entries again.
        if !self.upload.scans.is_empty() {
            let text = "Wait until what was dropped is read, or cancel the reading.";
            return self.toast(Tone::Plain, "Still reading.", text);
        }
        let next = self.study_beside(removal);
        let before = self.owner_of(removal.part_of());
        let catalogue = &mut self.upload.catalogue;
        let taken: Vec<Taken> = match removal {
            Removal::Study(uid) => catalogue.take_study(uid).into_iter().collect(),
            Removal::Series { study, series } => {
                catalogue.take_series(study, series).into_iter().collect()
            }
            Removal::Patient(studies) => studies
                .iter()
                .filter_map(|uid| catalogue.take_study(uid))
                .collect(),
        };
        if taken.is_empty() {
            return;
        }
        let what = said(&taken);
        let ticked = self.forget_taken(&taken);
        self.forget_orders_of_others(removal.part_of(), before.as_ref());
        self.select_after(next);
        let images: usize = taken.iter().map(|taken| taken.study().images()).sum();
        let images = words::count(images as u64, "image", "images");
        let text = format!("{images}. Nothing on the disk was changed.");
        self.toast(Tone::Plain, format!("{what} was taken off the list."), text);
        if let Some(toast) = self.toasts.offer_undo() {
            let together = Together { taken, ticked };
            self.upload.removed.by_toast.insert(toast, together);
        }
        // Entries whose toast is gone cannot be restored any more.
        let shown: Vec<u64> = self.toasts.shown().iter().map(|toast| toast.id).collect();
        let removed = &mut self.upload.removed.by_toast;
        removed.retain(|toast, _| shown.contains(toast));
    }

    /// ID and name of the patient that a study is listed under.
    fn owner_of(&self, study: Option<&str>) -> Option<(String, PersonName)> {
        let whose = self.upload.catalogue.whose(study?)?;
        Some((whose.id.clone(), whose.name.clone()))
    }

    /// Discards matching orders if the study is now listed under another patient.
    fn forget_orders_of_others(
        &mut self,
        study: Option<&str>,
        before: Option<&(String, PersonName)>,
    ) {
        if let Some(study) = study
            && self.owner_of(Some(study)).as_ref() != before
        {
            self.upload.matches.forget(study);
        }
    }

    /// Unticks whole studies, so that they are ticked when they are scanned again. Returns those that were ticked.
    fn forget_taken(&mut self, taken: &[Taken]) -> Vec<String> {
        let mut ticked = Vec::new();
        for taken in taken.iter().filter(|taken| taken.is_whole()) {
            let uid = &taken.study().study_instance_uid;
            if self.upload.checked.remove(uid) {
                ticked.push(uid.clone());
            }
            self.upload.known.remove(uid);
            self.upload.matches.forget(uid);
        }
        ticked
    }

    /// The study to select after a removal: the next one in the list, else the previous one.
    fn study_beside(&self, removal: &Removal) -> Option<String> {
        let goes = |uid: &String| match removal {
            Removal::Study(study) => study == uid,
            Removal::Series { .. } => false,
            Removal::Patient(studies) => studies.contains(uid),
        };
        let all: Vec<String> = self
            .upload
            .studies()
            .map(|study| study.study_instance_uid.clone())
            .collect();
        let at = all
            .iter()
            .position(|uid| Some(uid) == self.upload.study.as_ref())?;
        let (before, behind) = all.split_at_checked(at)?;
        let mut near = behind.iter().chain(before.iter().rev());
        near.find(|uid| !goes(uid)).cloned()
    }

    fn select_after(&mut self, next: Option<String>) {
        let page = &mut self.upload;
        page.look_for_gaps();
        if page.selected().is_none() {
            page.study = next.or_else(|| page.first_study());
            (page.series, page.image) = (None, None);
        } else {
            // The shown series may be gone.
            page.image = None;
        }
        self.look_for_orders();
    }

    /// *Undo* on the toast of a removal. Returns whether it was one.
    pub(in crate::model) fn put_back(&mut self, toast: u64) -> bool {
        let Some(together) = self.upload.removed.by_toast.remove(&toast) else {
            return false;
        };
        self.toasts.close(toast);
        let first = together.taken.first();
        let first = first.map(|taken| taken.study().study_instance_uid.clone());
        for taken in together.taken {
            let uid = taken.study().study_instance_uid.clone();
            let before = self.owner_of(Some(&uid));
            self.upload.known.insert(uid.clone());
            self.upload.catalogue.put_back(taken);
            self.forget_orders_of_others(Some(&uid), before.as_ref());
        }
        self.upload.look_for_gaps();
        self.upload.checked.extend(together.ticked);
        if first.is_some() {
            (self.upload.study, self.upload.series) = (first, None);
            self.upload.image = None;
        }
        self.look_for_orders();
        true
    }
}

/// Text of the toast.
fn said(taken: &[Taken]) -> String {
    match taken {
        [one] if one.is_whole() => title(one.study()),
        [one] => {
            let number = one.study().series.first().and_then(|series| series.number);
            let series = number.map_or("A series".to_owned(), |number| format!("Series {number}"));
            format!("{series} of {}", title(one.study()))
        }
        many => match many.first().map(Taken::patient) {
            Some(patient) => words::patient_name(&patient.name),
            None => "The patient".to_owned(),
        },
    }
}
