//! Groups what a scan finds: patient → study → series → image. Nothing moves while it grows, nothing is searched for
//! from end to end, and once settled the result does not depend on the order in which the files were read.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{
    DiscReport, Found, Header, Image, Patient, PersonName, Series, SkipReason, Skipped, Stamp,
    Study,
};
use crate::dicom::media::Disc;

use super::ownership::Claim;

pub use super::removal::Taken;
pub use super::rescan::Known;

/// One study whose files name more than one patient. It stays one study, under the patient of the file whose path comes
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The study.
    pub study_instance_uid: String,
    /// ID and name of the patient that it is listed under.
    pub listed: (String, PersonName),
    /// ID and name in some of its files.
    pub other: (String, PersonName),
}

/// Everything that scans found. Nothing moves while it grows; [`Catalogue::settle`] sorts it when a scan has ended.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The patients.
    pub patients: Vec<Patient>,
    /// What is not sent.
    pub skipped: Vec<Skipped>,
    /// Studies whose files disagree about the patient.
    pub conflicts: Vec<Conflict>,
    /// Discs among what was scanned, and whether their directories say what is there.
    pub discs: Vec<DiscReport>,
    pub(in crate::dicom) unjudged: Vec<Disc>,
    patient_index: HashMap<Key, usize>,
    pub(super) study_index: HashMap<String, (usize, usize)>,
    series_index: HashMap<(String, String), usize>,
    /// Where each image is, by SOP Instance UID.
    pub(super) images: HashMap<String, Place>,
    /// Which image each file is, by path.
    pub(super) files: HashMap<PathBuf, String>,
    /// Where each skipped file is, by path.
    pub(super) skipped_index: HashMap<PathBuf, usize>,
    /// Whom each study belongs to.
    pub(super) claims: HashMap<String, Claim>,
    /// Files that are another image now, or none, and which image each was: there may be copies of it.
    pub(super) gone: HashMap<PathBuf, String>,
    /// Copies that are to be read again.
    pub(super) orphans: Vec<PathBuf>,
    /// How many missing files of a disc are not listed one by one, by its directory.
    pub(in crate::dicom) unlisted: HashMap<PathBuf, u64>,
}

/// ID and folded name.
pub(super) type Key = (String, String);

/// Indexes of patient, study, series and image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(
    pub(super) usize,
    pub(super) usize,
    pub(super) usize,
    pub(super) usize,
);

impl Catalogue {
    /// Files that were taken in: images and skipped ones.
    pub fn len(&self) -> usize {
        self.images.len() + self.skipped.len()
    }

    /// Whether nothing was taken in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Images of all studies.
    pub fn images(&self) -> usize {
        self.images.len()
    }

    /// Size of all images' files in bytes.
    pub fn bytes(&self) -> u64 {
        let studies = self.patients.iter().flat_map(|patient| &patient.studies);
        studies.map(Study::bytes).sum()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Catalogue::default();
    }

    /// The study with this UID.
    pub fn study(&self, uid: &str) -> Option<&Study> {
        let (patient, study) = self.study_index.get(uid)?;
        self.patients.get(*patient)?.studies.get(*study)
    }

    /// Whose study this is.
    pub fn whose(&self, uid: &str) -> Option<&Patient> {
        self.patients.get(self.study_index.get(uid)?.0)
    }

    /// Takes in what became of a file. Of two images with one SOP Instance UID the one whose path comes first stays,
    /// whichever was read first. A file that is taken in again is counted once.
    pub fn add(&mut self, found: Found) {
        let header = match found {
            Found::Skipped(skipped) => {
                self.forget_changed(&skipped.path, None);
                return self.skip(skipped);
            }
            Found::Image(header) => *header,
        };
        self.forget_changed(&header.image.path, Some(&header));
        let uid = &header.image.sop_instance_uid;
        let first = self.images.get(uid).copied();
        let first = first.and_then(|place| Some((place, self.image(place)?.path.clone())));
        match first {
            None => {
                self.unskip(&header.image.path);
                self.insert(header);
            }
            Some((_, first)) if first == header.image.path => {}
            Some((_, first)) if first < header.image.path => {
                let stamp = header.image.stamp();
                let study = header.study.study_instance_uid;
                self.skip_duplicate((header.image.path, stamp), first, study);
            }
            Some((place, old)) => {
                let stamp = self.image(place).map(Image::stamp);
                let old = (old, stamp.unwrap_or_else(|| header.image.stamp()));
                let new = header.image.path.clone();
                let study = header.study.study_instance_uid.clone();
                self.unskip(&new);
                self.replace(place, header);
                self.skip_duplicate(old, new, study);
            }
        }
    }

    pub(super) fn image(&self, place: Place) -> Option<&Image> {
        let study = self.patients.get(place.0)?.studies.get(place.1)?;
        study.series.get(place.2)?.images.get(place.3)
    }

    pub(super) fn series_mut(&mut self, place: Place) -> Option<&mut Series> {
        let patient = self.patients.get_mut(place.0)?;
        patient.studies.get_mut(place.1)?.series.get_mut(place.2)
    }

    pub(in crate::dicom) fn skip(&mut self, skipped: Skipped) {
        match self.skipped_index.get(&skipped.path) {
            Some(at) => {
                if let Some(before) = self.skipped.get_mut(*at) {
                    *before = skipped;
                }
            }
            None => {
                self.skipped_index
                    .insert(skipped.path.clone(), self.skipped.len());
                self.skipped.push(skipped);
            }
        }
    }

    fn skip_duplicate(&mut self, (path, stamp): (PathBuf, Stamp), of: PathBuf, study: String) {
        self.files.remove(&path);
        self.skip(Skipped {
            stamp: Some(stamp),
            path,
            reason: SkipReason::Duplicate { of },
            study_instance_uid: Some(study),
        });
    }

    /// A file that was skipped before and now is an image: it was mended and dropped again.
    pub(in crate::dicom) fn unskip(&mut self, path: &PathBuf) {
        let Some(at) = self.skipped_index.remove(path) else {
            return;
        };
        if at < self.skipped.len() {
            self.skipped.swap_remove(at);
        }
        if let Some(moved) = self.skipped.get(at) {
            self.skipped_index.insert(moved.path.clone(), at);
        }
    }

    /// Puts an image where one with its SOP Instance UID is; nothing else moves.
    fn replace(&mut self, place: Place, header: Header) {
        let (study, series) = (
            header.study.study_instance_uid.clone(),
            header.series.series_instance_uid.clone(),
        );
        let at_study = self.study_index.get(&study).copied();
        let at_series = self.series_index.get(&(study, series)).copied();
        if at_study == Some((place.0, place.1)) && at_series == Some(place.2) {
            let image = header.image.clone();
            let uid = image.sop_instance_uid.clone();
            self.place_study(header);
            self.files.insert(image.path.clone(), uid);
            let images = self.series_mut(place).map(|series| &mut series.images);
            if let Some(old) = images.and_then(|images| images.get_mut(place.3)) {
                *old = image;
            }
            return;
        }
        // One instance in two series: that should not be, and moves one image.
        self.take_out(place);
        self.insert(header);
    }

    fn insert(&mut self, header: Header) {
        let (image, series) = (header.image.clone(), header.series.clone());
        let names = (
            header.study.study_instance_uid.clone(),
            header.series.series_instance_uid.clone(),
        );
        let (at_patient, at_study) = self.place_study(header);
        let patient = self.patients.get_mut(at_patient);
        let Some(study) = patient.and_then(|patient| patient.studies.get_mut(at_study)) else {
            return;
        };
        let at_series = *self.series_index.entry(names).or_insert(study.series.len());
        if at_series == study.series.len() {
            study.series.push(series);
        }
        if let Some(series) = study.series.get_mut(at_series) {
            let place = Place(at_patient, at_study, at_series, series.images.len());
            let uid = image.sop_instance_uid.clone();
            self.images.insert(uid.clone(), place);
            self.files.insert(image.path.clone(), uid);
            series.images.push(image);
        }
    }

    /// Where this image's study is listed; makes it, and its patient, where they are new.
    fn place_study(&mut self, header: Header) -> (usize, usize) {
        let (patient, study, series) = (header.patient, header.study, header.series);
        let place = self.study_index.get(&study.study_instance_uid).copied();
        let place = place.unwrap_or_else(|| self.append_study(patient.clone(), study.clone()));
        self.claim(
            &series.series_instance_uid,
            patient,
            study,
            header.image.path,
        );
        place
    }

    fn append_study(&mut self, patient: Patient, study: Study) -> (usize, usize) {
        let at_patient = *self
            .patient_index
            .entry(key(&patient))
            .or_insert(self.patients.len());
        if at_patient == self.patients.len() {
            self.patients.push(patient);
        }
        let Some(patient) = self.patients.get_mut(at_patient) else {
            return (at_patient, 0);
        };
        let place = (at_patient, patient.studies.len());
        self.study_index
            .insert(study.study_instance_uid.clone(), place);
        patient.studies.push(study);
        place
    }

    /// Sorts: patients by name, studies newest first, series and images by number; what has no number comes last. Studies go
    /// to the patient whom their first file names. Directories of discs are held against the files. To be called when a scan
    /// has ended.
    pub fn settle(&mut self) {
        self.settle_copies();
        self.sort_studies();
        self.judge_discs();
        self.sort_skipped();
    }

    /// The same while a scan may run: of a new directory's files not all were read, so it is not judged.
    pub(super) fn settle_but_discs(&mut self) {
        self.settle_copies();
        self.sort_studies();
        self.find_missing_ones();
        self.sort_skipped();
    }

    /// Studies to their patients, and all of it in order.
    pub(super) fn sort_studies(&mut self) {
        self.assign();
        for patient in &mut self.patients {
            for study in &mut patient.studies {
                settle_study(study);
            }
            patient.studies.retain(|study| !study.series.is_empty());
            patient.studies.sort_by(|a, b| {
                (b.date, b.time, &a.description, &a.study_instance_uid).cmp(&(
                    a.date,
                    a.time,
                    &b.description,
                    &b.study_instance_uid,
                ))
            });
        }
        self.patients.retain(|patient| !patient.studies.is_empty());
        self.patients
            .sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }

    fn sort_skipped(&mut self) {
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        self.count_missing();
        self.index();
    }

    /// Gives each study to the patient whom its first file names, with what that file says of it; who else is named in it
    /// is a conflict.
    fn assign(&mut self) {
        let old = std::mem::take(&mut self.patients);
        self.patient_index.clear();
        self.study_index.clear();
        self.conflicts.clear();
        let mut studies: Vec<Study> = old
            .into_iter()
            .flat_map(|patient| patient.studies)
            .collect();
        let path = |study: &Study| {
            let claim = self.claims.get(&study.study_instance_uid);
            claim.map(|claim| claim.first.path.clone())
        };
        studies.sort_by_cached_key(path);
        for study in studies {
            let uid = study.study_instance_uid.clone();
            let Some(claim) = self.claims.get(&uid) else {
                continue;
            };
            let (patient, said) = (
                Patient::clone(&claim.first.patient),
                Study::clone(&claim.first.study),
            );
            let mut others: Vec<_> = claim.others.iter().collect();
            others.sort_by_key(|(key, _)| *key);
            self.conflicts.extend(
                others
                    .into_iter()
                    .map(|(_, other)| conflict(&uid, &patient, other)),
            );
            self.append_study(
                patient,
                Study {
                    series: study.series,
                    ..said
                },
            );
        }
    }

    pub(super) fn index(&mut self) {
        self.patient_index.clear();
        self.study_index.clear();
        self.series_index.clear();
        self.images.clear();
        self.files.clear();
        for (p, patient) in self.patients.iter().enumerate() {
            self.patient_index.insert(key(patient), p);
            for (s, study) in patient.studies.iter().enumerate() {
                let uid = &study.study_instance_uid;
                self.study_index.insert(uid.clone(), (p, s));
                for (r, series) in study.series.iter().enumerate() {
                    let names = (uid.clone(), series.series_instance_uid.clone());
                    self.series_index.insert(names, r);
                    for (i, image) in series.images.iter().enumerate() {
                        let place = Place(p, s, r, i);
                        let uid = image.sop_instance_uid.clone();
                        self.images.insert(uid.clone(), place);
                        self.files.insert(image.path.clone(), uid);
                    }
                }
            }
        }
        let skipped = self.skipped.iter().enumerate();
        self.skipped_index = skipped
            .map(|(at, skipped)| (skipped.path.clone(), at))
            .collect();
    }
}

fn settle_study(study: &mut Study) {
    study.series.retain(|series| !series.images.is_empty());
    study.series.sort_by(|a, b| {
        let key = |series: &Series| (series.number.is_none(), series.number);
        (key(a), &a.series_instance_uid).cmp(&(key(b), &b.series_instance_uid))
    });
    for series in &mut study.series {
        series.images.sort_by(|a, b| {
            let key = |image: &Image| (image.instance_number.is_none(), image.instance_number);
            (key(a), &a.path).cmp(&(key(b), &b.path))
        });
    }
}

pub(super) fn conflict(uid: &str, listed: &Patient, other: &Patient) -> Conflict {
    Conflict {
        study_instance_uid: uid.to_owned(),
        listed: (listed.id.clone(), listed.name.clone()),
        other: (other.id.clone(), other.name.clone()),
    }
}

/// Who a patient is: the ID, and the name however it is capitalised and padded.
pub(super) fn key(patient: &Patient) -> Key {
    let name = format!("{}={}", patient.name.alphabetic, patient.name.ideographic);
    (
        patient.id.clone(),
        name.trim_end_matches(['^', ' ', '=']).to_lowercase(),
    )
}
