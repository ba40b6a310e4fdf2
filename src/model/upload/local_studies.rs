//! Studies whose files are on this computer: those of the drop, and those that were sent since the program was started.

use crate::cloud::model::{Order, OrderProperties};
use crate::dicom::catalogue::{Patient, Series, Study};
use crate::model::Model;

/// Studies that were sent and are remembered, at most, and images of all of them.
const MOST_STUDIES: usize = 50;
const MOST_IMAGES: usize = 200_000;

/// What was sent: its files can still be looked at where they lie.
#[derive(Debug, Default)]
pub struct Sent(Vec<(Patient, Study)>);

impl Sent {
    /// Remembers a study; the oldest are forgotten.
    pub(in crate::model) fn add(&mut self, patient: &Patient, study: &Study) {
        let who = Patient {
            name: patient.name.clone(),
            id: patient.id.clone(),
            birth_date: patient.birth_date,
            sex: patient.sex.clone(),
            studies: Vec::new(),
        };
        let is_other =
            |(_, other): &(Patient, Study)| other.study_instance_uid != study.study_instance_uid;
        self.0.retain(is_other);
        self.0.push((who, study.clone()));
        while self.0.len() > MOST_STUDIES || (self.0.len() > 1 && self.images() > MOST_IMAGES) {
            self.0.remove(0);
        }
    }

    fn images(&self) -> usize {
        self.0.iter().map(|(_, study)| study.images()).sum()
    }
}

impl Model {
    /// A study whose files are on this computer.
    pub fn study_here(&self, uid: &str) -> Option<(&Patient, &Study)> {
        if let Some(study) = self.upload.catalogue.study(uid) {
            let mut patients = self.upload.catalogue.patients.iter();
            let owner = patients.find(|patient| {
                let mut studies = patient.studies.iter();
                studies.any(|other| other.study_instance_uid == uid)
            })?;
            return Some((owner, study));
        }
        let mut sent = self.sent.0.iter();
        let found = sent.find(|(_, study)| study.study_instance_uid == uid);
        found.map(|(patient, study)| (patient, study))
    }

    /// The study of an order, where its files are on this computer: the order names it or its series, or it was sent
    /// into the order.
    pub fn study_of_order(
        &self,
        order: &Order,
        known: Option<&OrderProperties>,
    ) -> Option<(&Patient, &Study)> {
        let named = ["StudyInstanceUid", "StudyInstanceUID"].into_iter();
        let named = named.filter_map(|key| order.other.get(key)?.as_str());
        let named = named.map(str::trim).filter(|uid| !uid.is_empty());
        let into = self
            .transfers
            .rows
            .iter()
            .filter(|row| row.status.order == Some(order.patient_order_uuid));
        let into = into.map(|row| row.upload.study_instance_uid.as_str());
        let found = named.chain(into).find_map(|uid| self.study_here(uid));
        // Where the account does not name the study, its series do.
        found.or_else(|| {
            let mut series = known?.series_list.iter();
            series.find_map(|series| self.study_with(series.series_instance_uid.trim()))
        })
    }

    fn study_with(&self, series: &str) -> Option<(&Patient, &Study)> {
        let dropped = self.upload.catalogue.patients.iter();
        let dropped =
            dropped.flat_map(|patient| patient.studies.iter().map(move |study| (patient, study)));
        let sent = self.sent.0.iter().map(|(patient, study)| (patient, study));
        let has = |(_, study): &(&Patient, &Study)| {
            let mut all = study.series.iter();
            !series.is_empty() && all.any(|one| one.series_instance_uid == series)
        };
        dropped.chain(sent).find(has)
    }

    /// The series that stands for a study: the first one while a scan runs, the largest one then.
    pub fn standing_series<'a>(&self, study: &'a Study) -> Option<&'a Series> {
        match self.upload.scans.is_empty() {
            true => study.largest_series(),
            false => study.series.first(),
        }
    }

    /// The image that stands for a series, and its frame: the first that was found while a scan runs, so that it does not
    /// change with every file; the middle one then.
    pub fn standing<'a>(
        &self,
        series: &'a Series,
    ) -> Option<(&'a crate::dicom::catalogue::Image, u32)> {
        let image = match self.upload.scans.is_empty() {
            true => crate::model::middle(series)?,
            false => series.images.first()?,
        };
        Some((image, self.standing_frame(series, image)))
    }
}
