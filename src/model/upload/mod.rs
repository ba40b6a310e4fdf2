//! Model of the Upload page: scanned studies, selection, and destination.

pub(in crate::model) mod archive_password;
mod event;
pub(in crate::model) mod local_studies;
pub(in crate::model) mod media_warnings;
pub(in crate::model) mod order_matches;
#[cfg(test)]
mod order_matches_tests;
pub(in crate::model) mod removal;
pub(in crate::model) mod update;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use uuid::Uuid;

use super::{FolderSearch, Matches, Removed, UnlockForm};
use crate::dicom::catalogue::gaps::{self, Gap};
use crate::dicom::catalogue::{Catalogue, Found, Image, Series, Study};
use crate::message::JobId;
use crate::words;

/// Maximum number of series for which missing images are reported.
const FEW_GAPS: usize = 3;

/// Tabs of the Upload page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// Viewer.
    #[default]
    Images,
    /// Properties and attributes.
    Details,
    /// De-identification settings and preview.
    Deidentify,
}

/// A running scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// Job of the scan.
    pub job: JobId,
    /// Number of files examined.
    pub seen: u64,
    /// Number of files found so far.
    pub known: u64,
    /// Number of files reported, without those that were listed already.
    pub told: u64,
}

impl Scan {
    pub(super) fn new(job: JobId) -> Self {
        Scan {
            job,
            seen: 0,
            known: 0,
            told: 0,
        }
    }
}

/// Folder to add orders to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderChoice {
    /// Folder UUID.
    pub uuid: Uuid,
    /// Names from the root, such as "Trauma / Week 48".
    pub path: String,
}

/// A warning that is shown before upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// More than one patient was dropped; with their number.
    Patients(usize),
    /// Files of one study name two patients.
    Conflict {
        /// Study Instance UID.
        study: String,
        /// The two patients, such as "P-1 Öberg, Märta" and "P-2 Öberg, Marta".
        names: (String, String),
    },
    /// A patient has no ID; with the patient's name.
    NoPatientId(String),
    /// Number of damaged files that may belong to the studies but cannot be sent.
    Damaged(usize),
    /// Images seem to be missing, judging by the instance numbers of a series.
    Gap {
        /// Study Instance UID.
        study: String,
        /// Series Instance UID.
        series: String,
        /// Series Number (0020,0011)
        number: Option<i32>,
        /// The missing numbers.
        gap: Gap,
    },
    /// Number of files that the system could not read.
    Unreadable(usize),
    /// Encrypted files.
    Locked {
        /// Number of encrypted files.
        files: usize,
        /// Number of archives that they are in.
        archives: usize,
    },
    /// Number of archives of unsupported formats.
    Archives(usize),
    /// Number of files that a disc's directory refers to but that do not exist.
    Missing(u64),
    /// Differences between discs' directories and their files, one sentence each.
    Discs(Vec<String>),
}

/// State of the Upload page.
#[derive(Debug, Default)]
pub struct Upload {
    /// Everything that was found.
    pub catalogue: Catalogue,
    /// Study Instance UIDs of ticked studies.
    pub checked: HashSet<String>,
    /// Study Instance UID of the selected study.
    pub study: Option<String>,
    /// Series Instance UID of the selected series.
    pub series: Option<String>,
    /// Index of the shown image in its series; `None`: the middle one.
    pub image: Option<usize>,
    /// Current tab.
    pub tab: Tab,
    /// Running scans.
    pub scans: Vec<Scan>,
    /// Whether the list of skipped files is expanded.
    pub skipped_open: bool,
    /// Path as typed.
    pub path: String,
    /// Hint below the drop target.
    pub hint: Option<String>,
    /// Folder that orders are added to.
    pub folder: Option<FolderChoice>,
    /// State of the folder picker.
    pub folder_search: FolderSearch,
    /// Open orders that match the studies.
    pub matches: Matches,
    /// Whether a scan of this drop was cancelled, so that files may be missing.
    pub(super) was_stopped: bool,
    /// Whether a scan of this drop has ended.
    pub scanned: bool,
    /// Removed entries that can be restored.
    pub removed: Removed,
    /// Missing images, with Study and Series Instance UIDs and series number.
    pub(super) gaps: Vec<(String, String, Option<i32>, Gap)>,
    /// Archives that need a password; known when a scan has ended.
    pub locked: Vec<PathBuf>,
    /// The password dialog.
    pub unlock: Option<UnlockForm>,
    /// The archive whose last password was wrong.
    pub wrong_password: Option<PathBuf>,
    /// Number of disc warnings dismissed by the user.
    pub(super) kept_discs: usize,
    pub(super) kept_patients: usize,
    pub(super) kept_conflicts: BTreeSet<String>,
    pub(super) known: HashSet<String>,
    pub(super) loose_counted: bool,
}

impl Upload {
    /// Whether nothing was dropped.
    pub fn is_empty(&self) -> bool {
        self.catalogue.is_empty() && self.scans.is_empty() && !self.scanned
    }

    /// Number of images and total size in bytes.
    pub fn totals(&self) -> (u64, u64) {
        sum(self.studies())
    }

    /// Number of ticked studies, of their images, and their size in bytes.
    pub fn chosen(&self) -> (usize, u64, u64) {
        let chosen: Vec<&Study> = self
            .studies()
            .filter(|study| self.is_checked(study))
            .collect();
        let (images, bytes) = sum(chosen.iter().copied());
        (chosen.len(), images, bytes)
    }

    /// All studies of all patients.
    pub fn studies(&self) -> impl Iterator<Item = &Study> {
        self.catalogue
            .patients
            .iter()
            .flat_map(|patient| &patient.studies)
    }

    /// Whether a study is ticked.
    pub fn is_checked(&self, study: &Study) -> bool {
        self.checked.contains(&study.study_instance_uid)
    }

    /// The selected study.
    pub fn selected(&self) -> Option<&Study> {
        self.catalogue.study(self.study.as_deref()?)
    }

    /// The selected series.
    pub fn selected_series(&self) -> Option<&Series> {
        let study = self.selected()?;
        let picked = self.series.as_deref();
        let picked = study
            .series
            .iter()
            .find(|series| Some(series.series_instance_uid.as_str()) == picked);
        picked.or_else(|| largest(study))
    }

    /// The shown image and its index in its series.
    pub fn shown_image(&self) -> Option<(usize, &Image)> {
        let images = &self.selected_series()?.images;
        let middle = images.len() / 2;
        let index = self.image.filter(|index| *index < images.len());
        let index = index.unwrap_or(middle);
        images.get(index).map(|image| (index, image))
    }

    /// Warnings, the most important first.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let patients = self.catalogue.patients.len();
        if patients > 1 && patients != self.kept_patients {
            warnings.push(Warning::Patients(patients));
        }
        let mut told = BTreeSet::new();
        for conflict in &self.catalogue.conflicts {
            let study = &conflict.study_instance_uid;
            // One line for each study, however many patients its files name.
            if !self.kept_conflicts.contains(study) && told.insert(study) {
                let words = |(id, name): &(String, _)| {
                    format!("{id} {}", words::patient_name(name))
                        .trim()
                        .to_owned()
                };
                let names = (words(&conflict.listed), words(&conflict.other));
                warnings.push(Warning::Conflict {
                    study: conflict.study_instance_uid.clone(),
                    names,
                });
            }
        }
        let nameless = self
            .catalogue
            .patients
            .iter()
            .filter(|patient| patient.id.trim().is_empty());
        let nameless: Vec<String> = nameless
            .map(|patient| words::patient_name(&patient.name))
            .collect();
        match nameless.as_slice() {
            [] => {}
            [one] => warnings.push(Warning::NoPatientId(format!("{one} has"))),
            many => warnings.push(Warning::NoPatientId(format!(
                "{} patients have",
                many.len()
            ))),
        }
        self.media_warnings(&mut warnings);
        self.gap_warnings(&mut warnings);
        warnings
    }

    fn gap_warnings(&self, warnings: &mut Vec<Warning>) {
        for (study, series, number, gap) in self.gaps.iter().take(FEW_GAPS) {
            warnings.push(Warning::Gap {
                study: study.clone(),
                series: series.clone(),
                number: *number,
                gap: gap.clone(),
            });
        }
    }

    /// Looks for missing images. To be called when the list has changed and no scan is running.
    pub(super) fn look_for_gaps(&mut self) {
        let studies = self.studies();
        let all = studies.flat_map(|study| study.series.iter().map(move |series| (study, series)));
        let gaps = all.filter_map(|(study, series)| {
            let gap = gaps::missing(series)?;
            let study = study.study_instance_uid.clone();
            let uid = series.series_instance_uid.clone();
            Some((study, uid, series.number, gap))
        });
        self.gaps = gaps.collect();
    }

    /// Numbers of files examined and found, of all running scans.
    pub fn scan_progress(&self) -> Option<(u64, u64)> {
        let add =
            |(seen, known), scan: &Scan| (seen + scan.seen, known + scan.known.max(scan.seen));
        (!self.scans.is_empty()).then(|| self.scans.iter().fold((0, 0), add))
    }

    /// Takes in results of a scan. Those of a cancelled scan are ignored.
    pub(super) fn scanned(&mut self, job: JobId, found: Vec<Found>, seen: u64, known: u64) {
        let Some(scan) = self.scans.iter_mut().find(|scan| scan.job == job) else {
            return;
        };
        (scan.seen, scan.known) = (seen, known);
        scan.told += found.len() as u64;
        for found in found {
            if let Found::Image(header) = &found
                && self.known.insert(header.study.study_instance_uid.clone())
            {
                self.checked.insert(header.study.study_instance_uid.clone());
            }
            self.catalogue.add(found);
        }
    }

    pub(super) fn scan_done(&mut self, job: JobId, cancelled: bool) {
        if cancelled {
            // Files that were not read do not count as missing.
            self.catalogue.forget_unjudged_discs();
            self.was_stopped = true;
        }
        let at = self.scans.iter().position(|scan| scan.job == job);
        let Some(scan) = at.map(|at| self.scans.remove(at)) else {
            return;
        };
        if scan.told == 0 && scan.seen > 0 && !cancelled {
            let files = match scan.seen {
                1 => "this file is".to_owned(),
                files => format!("all {} files are", words::number(files)),
            };
            self.hint = Some(format!("Nothing new: {files} in the list already."));
        }
        if !self.scans.is_empty() {
            return;
        }
        self.scanned = true;
        self.catalogue.settle();
        self.locked = self.catalogue.locked();
        // Not for an incomplete list.
        if !cancelled {
            self.look_for_gaps();
        }
        if cancelled {
            self.hint =
                Some("Reading was stopped: only what was found until then is listed.".to_owned());
        }
        if self.selected().is_none() {
            let first = self.first_study();
            (self.study, self.series) = (first, None);
        }
    }

    pub(super) fn first_study(&self) -> Option<String> {
        self.studies()
            .next()
            .map(|study| study.study_instance_uid.clone())
    }

    /// Number of skipped files that belong to no listed study.
    pub(super) fn loose(&self) -> u64 {
        let listed = |uid: &String| self.catalogue.study(uid).is_some();
        let loose = self.catalogue.skipped.iter();
        loose
            .filter(|skipped| !skipped.study_instance_uid.as_ref().is_some_and(listed))
            .count() as u64
    }
}

fn sum<'a>(studies: impl Iterator<Item = &'a Study>) -> (u64, u64) {
    studies.fold((0, 0), |(images, bytes), study| {
        (images + study.images() as u64, bytes + study.bytes())
    })
}

fn largest(study: &Study) -> Option<&Series> {
    study
        .series
        .iter()
        .rev()
        .max_by_key(|series| series.images.len())
}

/// Representative image of a series: the middle one. For a study, pass its largest series.
pub fn middle(series: &Series) -> Option<&Image> {
    series.images.get(series.images.len() / 2)
}

impl Study {
    /// Representative series: the one with the most images.
    pub fn largest_series(&self) -> Option<&Series> {
        largest(self)
    }
}
