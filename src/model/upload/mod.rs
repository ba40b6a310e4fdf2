//! The Upload page: what was dropped, what of it is to be sent, and where.

pub(in crate::model) mod archive_password;
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

/// Series of which it is said that images seem to be missing, at most.
const FEW_GAPS: usize = 3;

/// The tabs at the right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// Pictures.
    #[default]
    Images,
    /// Facts.
    Details,
    /// What leaves this computer about the patient.
    Deidentify,
}

/// A scan that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// Names it.
    pub job: JobId,
    /// Files looked at.
    pub seen: u64,
    /// Files known to be there.
    pub known: u64,
    /// Files that were read: not those that were listed already.
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

/// A folder that the orders are put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderChoice {
    /// The folder.
    pub uuid: Uuid,
    /// Its names from the root on: "Trauma / Week 48".
    pub path: String,
}

/// Something to look at before sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// More than one patient in one drop.
    Patients(usize),
    /// A study whose files name two patients.
    Conflict {
        /// The study.
        study: String,
        /// Who is meant: "P-1 Öberg, Märta" and "P-2 Öberg, Marta".
        names: (String, String),
    },
    /// A patient without an ID.
    NoPatientId(String),
    /// Files that may belong to what is sent, but cannot be.
    Damaged(usize),
    /// Images that a series' numbers say should be there.
    Gap {
        /// The study.
        study: String,
        /// The series.
        series: String,
        /// Its number.
        number: Option<i32>,
        /// What seems to be missing.
        gap: Gap,
    },
    /// Files that the system could not read.
    Unreadable(usize),
    /// Encrypted files, in so many archives.
    Locked {
        /// Files.
        files: usize,
        /// Archives.
        archives: usize,
    },
    /// Archives of a kind that is not read.
    Archives(usize),
    /// Files that a disc's directory names and that are not there.
    Missing(u64),
    /// What discs' directories say otherwise than their files, a sentence each.
    Discs(Vec<String>),
}

/// The page.
#[derive(Debug, Default)]
pub struct Upload {
    /// What was found.
    pub catalogue: Catalogue,
    /// Studies that are ticked, by UID.
    pub checked: HashSet<String>,
    /// The study at the right.
    pub study: Option<String>,
    /// The series at the right.
    pub series: Option<String>,
    /// The image of it that is shown, counted from 0; `None`: the one in the middle.
    pub image: Option<usize>,
    /// The tab at the right.
    pub tab: Tab,
    /// Scans that run.
    pub scans: Vec<Scan>,
    /// Whether the list of skipped files is open.
    pub skipped_open: bool,
    /// A path as typed.
    pub path: String,
    /// A sentence below the drop target.
    pub hint: Option<String>,
    /// Where the orders are put.
    pub folder: Option<FolderChoice>,
    /// What is looked for in the list of folders.
    pub folder_search: FolderSearch,
    /// Open orders that the studies could go into.
    pub matches: Matches,
    /// Whether a scan of this drop was stopped: there may be files that nothing was told of.
    pub(super) was_stopped: bool,
    /// Whether a scan of this drop has ended.
    pub scanned: bool,
    /// What was taken off the list and can be put back.
    pub removed: Removed,
    /// What seems to be missing of each series, by its study's and its own UID.
    pub(super) gaps: Vec<(String, String, Option<i32>, Gap)>,
    /// Archives that wait for their passwords; known when a scan has ended.
    pub locked: Vec<PathBuf>,
    /// The dialog that asks for the password of one of them.
    pub unlock: Option<UnlockForm>,
    /// The archive whose password was typed last and is another one.
    pub wrong_password: Option<PathBuf>,
    /// Whether what discs' directories say was read and put away.
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

    /// Images and bytes of everything found.
    pub fn totals(&self) -> (u64, u64) {
        sum(self.studies())
    }

    /// Studies, images and bytes of what is ticked.
    pub fn chosen(&self) -> (usize, u64, u64) {
        let chosen: Vec<&Study> = self
            .studies()
            .filter(|study| self.is_checked(study))
            .collect();
        let (images, bytes) = sum(chosen.iter().copied());
        (chosen.len(), images, bytes)
    }

    /// All studies.
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

    /// The study at the right.
    pub fn selected(&self) -> Option<&Study> {
        self.catalogue.study(self.study.as_deref()?)
    }

    /// The series at the right.
    pub fn selected_series(&self) -> Option<&Series> {
        let study = self.selected()?;
        let picked = self.series.as_deref();
        let picked = study
            .series
            .iter()
            .find(|series| Some(series.series_instance_uid.as_str()) == picked);
        picked.or_else(|| largest(study))
    }

    /// The image at the right, and its place in its series, counted from 0.
    pub fn shown_image(&self) -> Option<(usize, &Image)> {
        let images = &self.selected_series()?.images;
        let middle = images.len() / 2;
        let index = self.image.filter(|index| *index < images.len());
        let index = index.unwrap_or(middle);
        images.get(index).map(|image| (index, image))
    }

    /// What to look at before sending, in order of weight.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let patients = self.catalogue.patients.len();
        if patients > 1 && patients != self.kept_patients {
            warnings.push(Warning::Patients(patients));
        }
        let mut told = BTreeSet::new();
        for conflict in &self.catalogue.conflicts {
            let study = &conflict.study_instance_uid;
            // One line a study, however many patients its files name.
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

    /// Looks for images that seem to be missing: when the list has changed, and is not growing any more.
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

    /// Files looked at and known, of all scans that run.
    pub fn scan_progress(&self) -> Option<(u64, u64)> {
        let add =
            |(seen, known), scan: &Scan| (seen + scan.seen, known + scan.known.max(scan.seen));
        (!self.scans.is_empty()).then(|| self.scans.iter().fold((0, 0), add))
    }

    /// More of a scan. What was found of a scan that has been cancelled since is passed over.
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
            // What was not read is not missing.
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
        // Of a list that is not complete everything is missing.
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

    /// Files that belong to no study that is listed.
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

/// The image that stands for a series: the one in its middle. For a study pass its largest series.
pub fn middle(series: &Series) -> Option<&Image> {
    series.images.get(series.images.len() / 2)
}

impl Study {
    /// The series that stands for the study: the one with the most images.
    pub fn largest_series(&self) -> Option<&Series> {
        largest(self)
    }
}
