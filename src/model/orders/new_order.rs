//! The dialog *New order…*: contents, validation, conversion to a request.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use uuid::Uuid;

use crate::cloud::model::{DicomNode, OrderRef};
use crate::cloud::{
    MAX_ACCESSION, MAX_LONG, MAX_NAME, MAX_TEXT, Modality, MoreOfOrder, NewOrder, Sex, parse_time,
};
use crate::message::{Change, Changed, Command, Failure, JobId};
use crate::model::{Dialog, Model, Session, parse_day};

/// Text fields of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is a field's name")]
pub enum OrderField {
    PatientName,
    PatientId,
    OtherId,
    BirthDate,
    Modality,
    Description,
    Accession,
    Date,
    Time,
    ProcedureId,
    Procedure,
    Complaints,
    Referring,
    Requesting,
    Department,
    Institution,
    Priority,
    History,
    Symptoms,
    Note1,
    Note2,
}

impl OrderField {
    /// All fields, in the order of the form.
    pub const ALL: [OrderField; 21] = [
        OrderField::PatientName,
        OrderField::PatientId,
        OrderField::OtherId,
        OrderField::BirthDate,
        OrderField::Modality,
        OrderField::Description,
        OrderField::Accession,
        OrderField::Date,
        OrderField::Time,
        OrderField::ProcedureId,
        OrderField::Procedure,
        OrderField::Complaints,
        OrderField::Referring,
        OrderField::Requesting,
        OrderField::Department,
        OrderField::Institution,
        OrderField::Priority,
        OrderField::History,
        OrderField::Symptoms,
        OrderField::Note1,
        OrderField::Note2,
    ];

    /// Maximum length in characters.
    fn longest(self) -> usize {
        match self {
            OrderField::PatientName | OrderField::Referring | OrderField::Requesting => MAX_NAME,
            OrderField::Accession | OrderField::ProcedureId => MAX_ACCESSION,
            OrderField::Complaints
            | OrderField::History
            | OrderField::Symptoms
            | OrderField::Note1
            | OrderField::Note2 => MAX_TEXT,
            _ => MAX_LONG,
        }
    }

    /// Whether the field is required.
    pub fn is_needed(self) -> bool {
        matches!(
            self,
            OrderField::PatientName
                | OrderField::PatientId
                | OrderField::Modality
                | OrderField::Date
        )
    }
}

/// Contents of the form.
#[derive(Debug, Default)]
pub struct NewOrderForm {
    texts: BTreeMap<OrderField, String>,
    /// Patient's Sex (0010,0040)
    pub sex: Option<Sex>,
    /// UUID of the location.
    pub location: Option<Uuid>,
    /// UUID of the equipment to schedule it for.
    pub equipment: Option<Uuid>,
    /// Whether *Make order* was pressed; from then on, missing values are reported.
    pub tried: bool,
    /// Why the server refused the order.
    pub failure: Option<Failure>,
    job: Option<JobId>,
    /// Initial texts of the fields.
    at_first: BTreeMap<OrderField, String>,
}

impl NewOrderForm {
    /// An empty form with the current date and time.
    fn new(now: DateTime, location: Option<Uuid>) -> Self {
        let mut form = NewOrderForm {
            location,
            ..NewOrderForm::default()
        };
        *form.text_mut(OrderField::Date) = now.date().to_string();
        *form.text_mut(OrderField::Time) = now.strftime("%H:%M").to_string();
        form.at_first.clone_from(&form.texts);
        form
    }

    /// Text of a field without surrounding whitespace.
    pub fn text(&self, field: OrderField) -> &str {
        self.texts.get(&field).map_or("", |text| text.trim())
    }

    /// Text of a field, for editing.
    pub fn text_mut(&mut self, field: OrderField) -> &mut String {
        self.texts.entry(field).or_default()
    }

    /// Whether the request is pending.
    pub fn is_running(&self) -> bool {
        self.job.is_some()
    }

    /// Why *Make order* is disabled.
    pub fn refused(&self) -> Option<&'static str> {
        match (self.is_running(), self.location) {
            (true, _) => Some("The account is being asked."),
            (false, None) => Some("Choose a location first."),
            (false, Some(_)) => None,
        }
    }

    /// Whether the form contains input that would be lost.
    fn is_begun(&self) -> bool {
        let mut texts = self.texts.iter();
        let typed = texts.any(|(field, text)| {
            let first = self.at_first.get(field).map_or("", String::as_str);
            text.trim() != first
        });
        typed || self.sex.is_some() || self.equipment.is_some() || self.is_running()
    }

    /// Validation message of a field. Missing values are reported only after `tried`.
    pub fn wrong(&self, field: OrderField, today: Date) -> Option<String> {
        let text = self.text(field);
        if text.is_empty() {
            let missing = field.is_needed() && self.tried;
            return missing.then(|| "It is needed.".to_owned());
        }
        let longest = field.longest();
        if text.chars().count() > longest {
            return Some(format!("At most {longest} characters."));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Some("It holds characters that cannot be seen. Type it again.".to_owned());
        }
        let day = "It is no date of the calendar: write 2026-11-24.";
        let what = match field {
            OrderField::Date => parse_day(text).is_none().then_some(day),
            OrderField::BirthDate => match parse_day(text) {
                None => Some(day),
                Some(born) => (born > today).then_some("It is after today."),
            },
            OrderField::Time => parse_time("orderTime", text)
                .is_err()
                .then_some("It is no time of day: write 09:30."),
            OrderField::Modality => Modality::parse("modality", text)
                .is_err()
                .then_some("It is no modality: write CT, MR …"),
            _ => None,
        };
        what.map(str::to_owned)
    }

    /// The order to create, if the form is complete and valid.
    fn order(&self, today: Date) -> Option<NewOrder> {
        let wrong = |field: OrderField| {
            (field.is_needed() && self.text(field).is_empty()) || self.wrong(field, today).is_some()
        };
        if OrderField::ALL.into_iter().any(wrong) {
            return None;
        }
        let text = |field| self.text(field).to_owned();
        Some(NewOrder {
            location: self.location?,
            patient_name: dicom_name(self.text(OrderField::PatientName)),
            patient_id: text(OrderField::PatientId),
            other_patient_id: text(OrderField::OtherId),
            patient_sex: self.sex,
            patient_birth_date: parse_day(self.text(OrderField::BirthDate)),
            modality: Modality::parse("modality", self.text(OrderField::Modality)).ok(),
            study_description: text(OrderField::Description),
            accession_number: text(OrderField::Accession),
            patient_complaints: text(OrderField::Complaints),
            date: parse_day(self.text(OrderField::Date)),
            time: parse_time("orderTime", self.text(OrderField::Time)).ok(),
            requested_procedure_id: text(OrderField::ProcedureId),
            requested_procedure_description: text(OrderField::Procedure),
            scheduled_equipment: self.equipment,
            referring_physician: dicom_name(self.text(OrderField::Referring)),
            more: MoreOfOrder {
                priority: text(OrderField::Priority),
                patient_history: text(OrderField::History),
                patient_symptom: text(OrderField::Symptoms),
                requesting_department: text(OrderField::Department),
                order_note1: text(OrderField::Note1),
                order_note2: text(OrderField::Note2),
                requesting_physician: dicom_name(self.text(OrderField::Requesting)),
                institution_name: text(OrderField::Institution),
            },
        })
    }
}

/// Converts "Öberg, Märta" to the DICOM form `Öberg^Märta` (PS3.5 6.2.1.1). Text with a `^` or without a comma stays
/// unchanged.
fn dicom_name(text: &str) -> String {
    match text.split_once(',') {
        Some((family, given)) if !text.contains('^') => {
            format!("{}^{}", family.trim(), given.trim())
        }
        _ => text.to_owned(),
    }
}

impl Model {
    /// Prepares the form for display: unfinished input is kept, otherwise it starts anew.
    pub(in crate::model) fn ready_new_order(&mut self) {
        let session = self.session.as_ref();
        let location = session.and_then(|session| session.location);
        let form = &mut self.orders.new_order;
        if !form.is_begun() {
            *form = NewOrderForm::new(self.now.clock, location);
            return;
        }
        // Another user may have other locations.
        let locations = session.map_or(&[][..], Session::locations);
        let known = |uuid: &Uuid| locations.iter().any(|one| one.institution_uuid == *uuid);
        if form.location.filter(known).is_none() {
            form.location = location;
            form.equipment = None;
        }
    }

    /// Clears and closes the form. A pending request continues, and its result is still reported.
    pub(in crate::model) fn drop_new_order(&mut self) {
        self.orders.new_order = NewOrderForm::default();
        if self.dialog == Some(Dialog::NewOrder) {
            self.dialog = None;
        }
    }

    /// Equipment of a location, or of any location for `None`.
    pub fn equipment(&self, location: Option<Uuid>) -> impl Iterator<Item = &DicomNode> {
        let nodes = self.directory.value().map(|lists| lists.nodes.iter());
        nodes.into_iter().flatten().filter(move |node| {
            node.institution_uuid.is_nil() || Some(node.institution_uuid) == location
        })
    }

    /// Chooses the equipment, and fills in its modality.
    pub(in crate::model) fn choose_equipment(&mut self, node: Option<Uuid>) {
        let location = self.orders.new_order.location;
        let mut here = self.equipment(location);
        let found = here.find(|one| Some(one.dicom_node_uuid) == node);
        let modality = found.map(|node| node.modality.clone()).unwrap_or_default();
        drop(here);
        let form = &mut self.orders.new_order;
        form.equipment = node;
        if !modality.trim().is_empty() {
            *form.text_mut(OrderField::Modality) = modality;
        }
    }

    /// Sends the request, unless the form is incomplete or invalid.
    pub(in crate::model) fn make_order(&mut self) -> Vec<Command> {
        let form = &mut self.orders.new_order;
        form.tried = true;
        if form.is_running() {
            return Vec::new();
        }
        let Some(order) = form.order(self.now.clock.date()) else {
            return Vec::new();
        };
        form.failure = None;
        let (job, commands) = self.change_as_job(Change::CreateOrder(Box::new(order)));
        self.orders.new_order.job = job;
        commands
    }

    /// Result of the request. The created order is selected once it is found; an error is shown in the form.
    pub(in crate::model) fn new_order_news(
        &mut self,
        job: JobId,
        result: &Result<Changed, Failure>,
    ) {
        let form = &mut self.orders.new_order;
        if form.job != Some(job) {
            return;
        }
        form.job = None;
        match result {
            Err(failure) => form.failure = Some(failure.clone()),
            Ok(changed) => {
                let place = changed.made.zip(form.location);
                let patient_id = form.text(OrderField::PatientId).to_owned();
                self.orders.made =
                    place.map(|(order, location)| (OrderRef { location, order }, patient_id));
                self.drop_new_order();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        jiff::civil::date(2026, 11, 24)
    }

    #[test]
    fn a_form_is_begun_once_something_stands_in_it_that_nobody_but_a_person_put_there() {
        let fresh = || NewOrderForm::new(today().at(10, 30, 0, 0), Some(Uuid::from_u128(11)));
        assert!(!fresh().is_begun());
        let mut spaces = fresh();
        *spaces.text_mut(OrderField::Note1) = "  ".to_owned();
        assert!(!spaces.is_begun());
        assert!(filled().is_begun());
        let mut later = fresh();
        *later.text_mut(OrderField::Time) = "11:00".to_owned();
        assert!(later.is_begun());
    }

    #[test]
    fn without_a_location_no_order_can_be_made_and_the_reason_is_told() {
        let mut form = filled();
        assert_eq!(form.refused(), None);
        form.location = None;
        assert_eq!(form.refused(), Some("Choose a location first."));
        assert!(form.order(today()).is_none());
    }

    fn filled() -> NewOrderForm {
        let mut form = NewOrderForm::new(today().at(10, 30, 0, 0), Some(Uuid::from_u128(11)));
        for (field, text) in [
            (OrderField::PatientName, "Öberg, Märta"),
            (OrderField::PatientId, " 19510203-1234 "),
            (OrderField::Modality, "ct"),
            (OrderField::BirthDate, "3.2.1951"),
        ] {
            *form.text_mut(field) = text.to_owned();
        }
        form
    }

    #[test]
    fn a_filled_form_is_an_order_for_now_with_the_name_as_dicom_writes_it() {
        let order = filled().order(today()).unwrap();
        assert_eq!(order.patient_name, "Öberg^Märta");
        assert_eq!(order.patient_id, "19510203-1234");
        assert_eq!(order.date, Some(today()));
        assert_eq!(order.time, Some(jiff::civil::time(10, 30, 0, 0)));
        assert_eq!(
            order.patient_birth_date,
            Some(jiff::civil::date(1951, 2, 3))
        );
        assert_eq!(order.modality.as_ref().map(Modality::as_str), Some("CT"));
        assert_eq!(order.more, MoreOfOrder::default());
    }

    #[test]
    fn nothing_is_asked_for_while_a_field_is_wrong_and_the_field_says_why() {
        for (field, text, says) in [
            (OrderField::Date, "2026-02-30", "no date"),
            (OrderField::Time, "24:00", "no time"),
            (OrderField::BirthDate, "2027-01-01", "after today"),
            (OrderField::Modality, "C/T", "no modality"),
            (OrderField::Accession, "12345678901234567", "16 characters"),
            (OrderField::PatientId, "a\u{7}", "cannot be seen"),
        ] {
            let mut form = filled();
            *form.text_mut(field) = text.to_owned();
            let wrong = form.wrong(field, today()).unwrap();
            assert!(wrong.contains(says), "{field:?}: {wrong}");
            assert!(form.order(today()).is_none(), "{field:?}");
        }
    }

    #[test]
    fn what_is_missing_is_said_once_it_was_tried() {
        let mut form = filled();
        form.text_mut(OrderField::PatientId).clear();
        assert_eq!(form.wrong(OrderField::PatientId, today()), None);
        assert!(form.order(today()).is_none());
        form.tried = true;
        assert!(form.wrong(OrderField::PatientId, today()).is_some());
    }
}
