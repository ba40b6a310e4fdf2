//! What is taken off the list, and put back.

use super::{Catalogue, Claim};
use crate::dicom::catalogue::{Found, Header, Image, Patient, Series, Skipped, Study};

/// A study that was taken off the list, or some of its series, with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Whose it is, without studies.
    patient: Patient,
    /// What was taken of it.
    study: Study,
    /// Where nothing of the study is left on the list.
    claim: Option<Claim>,
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
        self.claim.is_some()
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
        let claim = self.claims.remove(uid);
        let all = std::mem::take(&mut self.skipped).into_iter();
        let (skipped, kept): (Vec<_>, Vec<_>) =
            all.partition(|skipped| skipped.study_instance_uid.as_deref() == Some(uid));
        self.skipped = kept;
        self.conflicts
            .retain(|conflict| conflict.study_instance_uid != uid);
        self.index();
        Some(Taken {
            patient: whose,
            study,
            claim,
            skipped,
        })
    }

    /// Takes a series off the list; with the last one of a study the study goes.
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
        let said = Study {
            series: Vec::new(),
            ..listed.clone()
        };
        let whose = Patient {
            studies: Vec::new(),
            ..patient.clone()
        };
        self.index();
        Some(Taken {
            patient: whose,
            study: Study {
                series: vec![taken],
                ..said
            },
            claim: None,
            skipped: Vec::new(),
        })
    }

    /// Puts back what was taken. What has come to the list meanwhile stays.
    pub fn put_back(&mut self, taken: Taken) {
        let Taken {
            patient,
            study,
            claim,
            skipped,
        } = taken;
        let uid = study.study_instance_uid.clone();
        let is_new = !self.study_index.contains_key(&uid);
        let said = Study {
            series: Vec::new(),
            ..study.clone()
        };
        for series in study.series {
            let about = Series {
                images: Vec::new(),
                ..series.clone()
            };
            for image in series.images {
                self.add(header(&patient, &said, &about, image));
            }
        }
        if let Some(claim) = claim.filter(|_| is_new) {
            self.claims.insert(uid, claim);
        }
        for skipped in skipped {
            self.add(Found::Skipped(skipped));
        }
        self.settle();
    }
}

fn header(patient: &Patient, study: &Study, series: &Series, image: Image) -> Found {
    Found::Image(Box::new(Header {
        patient: patient.clone(),
        study: study.clone(),
        series: series.clone(),
        image,
    }))
}
