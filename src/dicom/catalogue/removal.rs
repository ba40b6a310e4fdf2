//! What is taken off the list, and put back.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::grouping::Catalogue;
use super::ownership::BySeries;
use crate::dicom::catalogue::{Found, Header, Image, Patient, Series, SkipReason, Skipped, Study};

/// A study that was taken off the list, or some of its series, with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Whose it is, without studies.
    patient: Patient,
    /// What was taken of it.
    study: Study,
    /// What its files say about the study.
    said: BySeries,
    /// Whether nothing of the study was left on the list.
    is_whole: bool,
    skipped: Vec<Skipped>,
}

impl Taken {
    /// The study, with what was taken of it.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Whose it is, without studies.
    pub fn patient(&self) -> &Patient {
        &self.patient
    }

    /// Whether nothing of the study was left on the list.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }
}

impl Catalogue {
    /// Takes a study off the list, with what was skipped of it. Its files may be dropped again.
    pub fn remove_study(&mut self, uid: &str) {
        drop(self.take_study(uid));
    }

    /// The same, and hands it out.
    pub fn take_study(&mut self, uid: &str) -> Option<Taken> {
        let (at_patient, at_study) = self.study_index.get(uid).copied()?;
        let patient = self.patients.get_mut(at_patient)?;
        if at_study >= patient.studies.len() {
            return None;
        }
        let study = patient.studies.remove(at_study);
        let whose = Patient {
            studies: Vec::new(),
            ..patient.clone()
        };
        if patient.studies.is_empty() {
            self.patients.remove(at_patient);
        }
        let said = self.forget_claim(uid);
        let all = std::mem::take(&mut self.skipped).into_iter();
        let (skipped, kept): (Vec<_>, Vec<_>) =
            all.partition(|skipped| skipped.study_instance_uid.as_deref() == Some(uid));
        self.skipped = kept;
        self.conflicts
            .retain(|conflict| conflict.study_instance_uid != uid);
        self.count_missing();
        self.index();
        Some(Taken {
            patient: whose,
            study,
            said,
            is_whole: true,
            skipped,
        })
    }

    /// Takes a series off the list; with the last one of a study the study goes. What is left is listed under the patient
    /// whom the first of its own files names.
    pub fn take_series(&mut self, study: &str, series: &str) -> Option<Taken> {
        let (at_patient, at_study) = self.study_index.get(study).copied()?;
        let patient = self.patients.get_mut(at_patient)?;
        let listed = patient.studies.get_mut(at_study)?;
        let is_it = |one: &Series| one.series_instance_uid == series;
        let at = listed.series.iter().position(is_it)?;
        if listed.series.len() == 1 {
            return self.take_study(study);
        }
        let taken = listed.series.remove(at);
        let about = Study {
            series: Vec::new(),
            ..listed.clone()
        };
        let whose = Patient {
            studies: Vec::new(),
            ..patient.clone()
        };
        let said = self.forget_series(study, series);
        self.sort_studies();
        self.index();
        Some(Taken {
            patient: whose,
            study: Study {
                series: vec![taken],
                ..about
            },
            said,
            is_whole: false,
            skipped: Vec::new(),
        })
    }

    /// Puts back what was taken. What has come to the list meanwhile stays.
    pub fn put_back(&mut self, taken: Taken) {
        let uid = taken.study.study_instance_uid.clone();
        let about = Study {
            series: Vec::new(),
            ..taken.study.clone()
        };
        // Images are added in the name of the patient that they were listed under; what their files say is put back below.
        let now = self.claims.remove(&uid);
        let mut came: HashMap<String, HashSet<PathBuf>> = HashMap::new();
        for series in taken.study.series {
            let (of_it, images) = about_series(series);
            for image in images {
                if self.came_meanwhile(&image.path) {
                    // A copy of it may be put back that is none of what the file is now.
                    self.gone
                        .entry(image.path)
                        .or_insert(image.sop_instance_uid);
                    continue;
                }
                let here = came.entry(of_it.series_instance_uid.clone()).or_default();
                here.insert(image.path.clone());
                self.add(header(&taken.patient, &about, &of_it, image));
            }
        }
        self.claims.remove(&uid);
        self.claims.extend(now.map(|now| (uid.clone(), now)));
        self.claim_again(&uid, taken.said, &came);
        for skipped in taken.skipped {
            let path = &skipped.path;
            if !self.files.contains_key(path) && !self.skipped_index.contains_key(path) {
                self.skip(skipped);
            }
        }
        self.settle_but_discs();
    }

    /// Whether a file that was an image was read again since it was taken off: what it is now stays.
    fn came_meanwhile(&self, path: &PathBuf) -> bool {
        let at = self.skipped_index.get(path);
        let skipped = at.and_then(|at| self.skipped.get(*at));
        let is_told = |skipped: &Skipped| {
            !matches!(
                skipped.reason,
                SkipReason::Missing { .. } | SkipReason::Duplicate { .. }
            )
        };
        self.files.contains_key(path) || skipped.is_some_and(is_told)
    }
}

/// A series without its images, and they.
fn about_series(mut series: Series) -> (Series, Vec<Image>) {
    let images = std::mem::take(&mut series.images);
    (series, images)
}

fn header(patient: &Patient, study: &Study, series: &Series, image: Image) -> Found {
    Found::Image(Box::new(Header {
        patient: patient.clone(),
        study: study.clone(),
        series: series.clone(),
        image,
    }))
}
