//! Studies whose files are on this computer: the scanned ones, and those sent since the program started.

use crate::cloud::model::{Order, OrderProperties};
use crate::dicom::catalogue::{Patient, Series, Study};
use crate::model::Model;

/// Maximum number of sent studies to remember, and of their images.
const MOST_STUDIES: usize = 50;
const MOST_IMAGES: usize = 200_000;

/// Sent studies, whose files can still be displayed.
#[derive(Debug, Default)]
pub struct Sent(Vec<(Patient, Study)>);

impl Sent {
    /// Remembers a study, dropping the oldest ones beyond the limits.
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
    /// A local study by its UID.
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

    /// The local study of an order: one whose UID or series the order names, or that was sent to the order.
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
        // If the server does not return the Study Instance UID, the series identify the study.
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

    /// Representative series of a study: the largest one; while a scan is running, the first one.
    pub fn standing_series<'a>(&self, study: &'a Study) -> Option<&'a Series> {
        match self.upload.scans.is_empty() {
            true => study.largest_series(),
            false => study.series.first(),
        }
    }

    /// Representative image of a series and its frame: the middle one. While a scan is running it is the first one, so
    /// that it does not change with every file.
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
