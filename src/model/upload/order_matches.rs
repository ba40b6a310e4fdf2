//! Open orders that match scanned studies. They are offered, but never chosen automatically: without a choice, a study
//! becomes a new order.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::dicom::catalogue::{Patient, Study};
use crate::dicom::deidentify::Replacement;
use crate::message::{Candidate, Command, Failure, OrdersCommand, StudyKey};
use crate::model::{Model, Tone};

/// Delay between a change of the ticked studies and the request.
const PATIENCE: Duration = Duration::from_millis(300);
/// Maximum number of simultaneous requests.
const AT_A_TIME: usize = 4;

/// Study Instance UID and location UUID.
type Place = (String, Uuid);

/// State of the requests, and their results.
#[derive(Debug, Default)]
pub struct Matches {
    asked: HashSet<Place>,
    waiting: VecDeque<(StudyKey, Uuid)>,
    under_way: HashSet<Place>,
    found: HashMap<Place, Arc<Vec<Candidate>>>,
    chosen: HashMap<Place, Uuid>,
    told_failure: bool,
    pub(in crate::model) due: Option<Duration>,
}

impl Matches {
    /// Matching orders of a study at a location, best match first.
    pub fn of(&self, study: &str, location: Uuid) -> &[Candidate] {
        self.found
            .get(&(study.to_owned(), location))
            .map_or(&[], |list| list.as_slice())
    }

    /// The order chosen for a study; `None`: it becomes a new order.
    pub fn chosen(&self, study: &str, location: Uuid) -> Option<&Candidate> {
        let order = self.chosen.get(&(study.to_owned(), location))?;
        let mut all = self.of(study, location).iter();
        all.find(|candidate| candidate.order.patient_order_uuid == *order)
    }

    /// Removes a study that was sent.
    pub(in crate::model) fn forget(&mut self, study: &str) {
        self.asked.retain(|(one, _)| one != study);
        self.found.retain(|(one, _), _| one != study);
        self.chosen.retain(|(one, _), _| one != study);
    }
}

/// Values that a study's images need so that the server adds them to an order: its patient ID and accession number,
/// where they differ.
///
/// # Errors
/// Why they cannot be added to it, as part of a sentence.
pub fn adopting(
    patient: &Patient,
    study: &Study,
    order: &Order,
) -> Result<Vec<Replacement>, &'static str> {
    if order.patient_id.trim().is_empty() {
        return Err("it has no patient ID to know the images by");
    }
    if order.accession_number.trim().is_empty() {
        return Err("it has no accession number to know the images by");
    }
    let fields = [
        ("PatientID", patient.id.trim(), order.patient_id.trim()),
        (
            "AccessionNumber",
            study.accession_number.trim(),
            order.accession_number.trim(),
        ),
    ];
    fields
        .into_iter()
        .filter(|(_, has, gets)| has != gets)
        .map(|(name, _, gets)| Replacement::new(name, gets))
        .collect::<Result<_, _>>()
        .map_err(|_| "its patient ID or accession number cannot stand in a DICOM file")
}

impl Model {
    /// Schedules a search for matching orders after the ticked studies or the location have changed.
    pub(in crate::model) fn look_for_orders(&mut self) {
        self.upload.matches.due = Some(self.now.running + PATIENCE);
    }

    /// Requests matches for ticked studies that have not been requested at this location.
    pub(in crate::model) fn due_matches(&mut self) -> Vec<Command> {
        if self
            .upload
            .matches
            .due
            .is_none_or(|due| due > self.now.running)
        {
            return Vec::new();
        }
        self.upload.matches.due = None;
        let Some(location) = self.session.as_ref().and_then(|session| session.location) else {
            return Vec::new();
        };
        if !self.upload.scans.is_empty() {
            // The search is repeated when the scan has ended.
            return Vec::new();
        }
        let page = &mut self.upload;
        let mut wanted = Vec::new();
        for patient in &page.catalogue.patients {
            for study in &patient.studies {
                if page.checked.contains(&study.study_instance_uid) {
                    wanted.extend(key(patient, study));
                }
            }
        }
        for key in wanted {
            let place = (key.study_instance_uid.clone(), location);
            if page.matches.asked.insert(place) {
                page.matches.waiting.push_back((key, location));
            }
        }
        self.ask_for_orders()
    }

    fn ask_for_orders(&mut self) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let user = session.user;
        let matches = &mut self.upload.matches;
        let mut commands = Vec::new();
        while matches.under_way.len() < AT_A_TIME {
            let Some((study, location)) = matches.waiting.pop_front() else {
                break;
            };
            matches
                .under_way
                .insert((study.study_instance_uid.clone(), location));
            commands.push(Command::Orders(OrdersCommand::FindCandidates {
                user,
                location,
                study,
            }));
        }
        commands
    }

    pub(in crate::model) fn candidates_news(
        &mut self,
        study: &StudyKey,
        location: Uuid,
        result: Result<Arc<Vec<Candidate>>, Failure>,
    ) -> Vec<Command> {
        let place = (study.study_instance_uid.clone(), location);
        let matches = &mut self.upload.matches;
        matches.under_way.remove(&place);
        if !matches.asked.contains(&place) {
            // The study has been removed.
            return self.ask_for_orders();
        }
        match result {
            Ok(list) => drop(matches.found.insert(place, list)),
            Err(failure) => {
                // It is requested again later. Matches are optional, so one log entry is enough.
                matches.asked.remove(&place);
                if !std::mem::replace(&mut matches.told_failure, true) {
                    let what = "Open orders could not be looked for";
                    self.note_about(Tone::Warning, what, failure.what, failure.remedy);
                }
            }
        }
        self.ask_for_orders()
    }

    pub(in crate::model) fn choose_order(&mut self, study: String, order: Option<Uuid>) {
        let Some(location) = self.session.as_ref().and_then(|session| session.location) else {
            return;
        };
        let fits = order.is_none_or(|order| self.can_take(&study, location, order));
        if !fits {
            return;
        }
        let place = (study, location);
        match order {
            Some(order) => self.upload.matches.chosen.insert(place, order),
            None => self.upload.matches.chosen.remove(&place),
        };
    }

    fn can_take(&self, study: &str, location: Uuid, order: Uuid) -> bool {
        let mut all = self.upload.matches.of(study, location).iter();
        let candidate = all.find(|candidate| candidate.order.patient_order_uuid == order);
        let listed = self.upload.catalogue.patients.iter();
        let found = listed
            .flat_map(|patient| patient.studies.iter().map(move |one| (patient, one)))
            .find(|(_, one)| one.study_instance_uid == study);
        match (candidate, found) {
            (Some(candidate), Some((patient, study))) => {
                adopting(patient, study, &candidate.order).is_ok()
            }
            _ => false,
        }
    }

    /// Values that a study's images get from their order: those that differ, and those that would otherwise be replaced
    /// or removed by de-identification.
    pub(in crate::model) fn order_values(
        &self,
        patient: &Patient,
        study: &Study,
        (replaced, all): (&[Replacement], bool),
    ) -> Vec<Replacement> {
        let mut list = Vec::new();
        let location = self.session.as_ref().and_then(|session| session.location);
        let chosen = location.and_then(|location| {
            self.upload
                .matches
                .chosen(&study.study_instance_uid, location)
        });
        if let Some(candidate) = chosen {
            // Included even if the images have the right value, because it overrides a replacement.
            let order = &candidate.order;
            let keys = [
                ("PatientID", &order.patient_id),
                ("AccessionNumber", &order.accession_number),
            ];
            for (keyword, gets) in keys {
                let goes = all || replaced.iter().any(|one| one.keyword() == keyword);
                if goes && let Ok(own) = Replacement::new(keyword, gets.trim()) {
                    list.push(own);
                }
            }
            for own in adopting(patient, study, order).unwrap_or_default() {
                list.retain(|one: &Replacement| one.keyword() != own.keyword());
                list.push(own);
            }
        }
        list
    }
}

/// Search key of a study; `None` if it has neither patient ID nor accession number.
fn key(patient: &Patient, study: &Study) -> Option<StudyKey> {
    let key = StudyKey {
        study_instance_uid: study.study_instance_uid.clone(),
        patient_id: patient.id.trim().to_owned(),
        accession_number: study.accession_number.trim().to_owned(),
        patient_name: patient.name.alphabetic.clone(),
    };
    (!key.patient_id.is_empty() || !key.accession_number.is_empty()).then_some(key)
}
