//! Whom a study belongs to: what its files say, kept by series, so that what a series said goes with it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::grouping::{Catalogue, Key, conflict, key};
use crate::dicom::catalogue::{Patient, Study};

/// What a file says about its study. Files that say the same share it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) path: PathBuf,
    pub(crate) patient: Arc<Patient>,
    pub(crate) study: Arc<Study>,
}

/// The first file of each patient that a series names.
pub(crate) type BySeries = HashMap<String, HashMap<Key, Said>>;

/// What the file that comes first says about a study, and who else is named in it.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) first: Said,
    pub(crate) others: HashMap<Key, Arc<Patient>>,
    series: BySeries,
}

impl Claim {
    fn of(series: BySeries) -> Option<Self> {
        let all = || series.values().flat_map(HashMap::iter);
        let (listed, first) = all().min_by(|(_, a), (_, b)| a.path.cmp(&b.path))?;
        let mut others: HashMap<Key, &Said> = HashMap::new();
        for (key, said) in all().filter(|(key, _)| *key != listed) {
            let other = others.entry(key.clone()).or_insert(said);
            if said.path < other.path {
                *other = said;
            }
        }
        let patient = |(key, said): (Key, &Said)| (key, said.patient.clone());
        Some(Claim {
            first: first.clone(),
            others: others.into_iter().map(patient).collect(),
            series,
        })
    }

    /// Keeps what a file says, where it is the first of its series that names this patient.
    fn note(&mut self, series: &str, whose: Key, said: &Said) {
        if !self.series.contains_key(series) {
            self.series.insert(series.to_owned(), HashMap::new());
        }
        let Some(series) = self.series.get_mut(series) else {
            return;
        };
        let known = series.entry(whose).or_insert_with(|| said.clone());
        if said.path < known.path {
            known.clone_from(said);
        }
    }

    /// The same values once.
    fn share(&self, patient: Patient, study: Study) -> (Arc<Patient>, Arc<Study>) {
        let first = &self.first;
        let patient = if *first.patient == patient {
            first.patient.clone()
        } else {
            Arc::new(patient)
        };
        let study = if *first.study == study {
            first.study.clone()
        } else {
            Arc::new(study)
        };
        (patient, study)
    }
}

impl Catalogue {
    /// What a file says about its study, which is listed or not. It may come before the one that spoke for the study, or
    /// name another patient.
    pub(crate) fn claim(&mut self, series: &str, patient: Patient, study: Study, path: PathBuf) {
        let uid = study.study_instance_uid.clone();
        let theirs = key(&patient);
        let Some(claim) = self.claims.get_mut(&uid) else {
            let (patient, study) = (Arc::new(patient), Arc::new(study));
            let said = Said {
                path,
                patient,
                study,
            };
            let of_it = HashMap::from([(theirs, said)]);
            let series = HashMap::from([(series.to_owned(), of_it)]);
            self.claims
                .extend(Claim::of(series).map(|claim| (uid, claim)));
            return;
        };
        let (patient, study) = claim.share(patient, study);
        let mut said = Said {
            path,
            patient,
            study,
        };
        claim.note(series, theirs.clone(), &said);
        let mine = key(&claim.first.patient);
        if said.path < claim.first.path {
            std::mem::swap(&mut claim.first, &mut said);
        }
        if mine == theirs {
            return;
        }
        let other = said.patient;
        claim.others.remove(&key(&claim.first.patient));
        if claim.others.insert(key(&other), other.clone()).is_none() {
            let listed = &claim.first.patient;
            self.conflicts.push(conflict(&uid, listed, &other));
        }
    }

    /// What the other files of a study say about it, once those of a series are gone.
    pub(crate) fn forget_series(&mut self, study: &str, series: &str) -> BySeries {
        let Some(mut claim) = self.claims.remove(study) else {
            return HashMap::new();
        };
        let gone = claim.series.remove_entry(series);
        let rest = Claim::of(claim.series);
        self.claims
            .extend(rest.map(|claim| (study.to_owned(), claim)));
        gone.into_iter().collect()
    }

    /// All that the files of a study say about it.
    pub(crate) fn forget_claim(&mut self, study: &str) -> BySeries {
        let claim = self.claims.remove(study);
        claim.map(|claim| claim.series).unwrap_or_default()
    }

    /// Puts back what files said about a study, beside what others say by now. `came`: those of them that came back, by
    /// series.
    pub(crate) fn claim_again(
        &mut self,
        study: &str,
        old: BySeries,
        came: &HashMap<String, HashSet<PathBuf>>,
    ) {
        let mut all = self.forget_claim(study);
        for (series, of_it) in old {
            let Some(came) = came.get(&series) else {
                continue;
            };
            let Some(first) = came.iter().min() else {
                continue;
            };
            let now = all.entry(series).or_default();
            for (whose, mut said) in of_it {
                // That file is another one by now: another of the series speaks in its place.
                if !came.contains(&said.path) {
                    said.path.clone_from(first);
                }
                match now.get(&whose) {
                    Some(known) if known.path <= said.path => {}
                    _ => drop(now.insert(whose, said)),
                }
            }
        }
        self.claims
            .extend(Claim::of(all).map(|claim| (study.to_owned(), claim)));
    }

    /// A file that spoke for its study has changed: what it says now counts.
    pub(crate) fn claim_changed(
        &mut self,
        path: &Path,
        series: &str,
        patient: &Patient,
        study: &Study,
    ) {
        let Some(claim) = self.claims.get_mut(&study.study_instance_uid) else {
            return;
        };
        let (patient, study) = claim.share(patient.clone(), study.clone());
        let said = Said {
            path: path.to_owned(),
            patient,
            study,
        };
        if let Some(of_it) = claim.series.get_mut(series) {
            of_it.retain(|_, known| known.path != path);
            of_it.insert(key(&said.patient), said.clone());
        }
        if claim.first.path == path {
            claim.first = said;
        }
    }
}
