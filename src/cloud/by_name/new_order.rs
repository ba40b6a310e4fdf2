//! New orders as scripts write them: by the documented names of their parameters.

use jiff::civil::{Date, Time};
use uuid::Uuid;

use super::parameters::Parameters;
use super::{Method, Work};
use crate::cloud::Error;
use crate::cloud::new_order::{MoreOfOrder, NewOrder, by_json, full, minimum};
use crate::cloud::values::{Modality, Sex, parse_date, parse_time};

const MINIMUM: &[&str] = &[
    "userUuid",
    "institutionUuid",
    "patientName",
    "patientId",
    "modality",
    "studyDescription",
    "orderDate",
    "orderTime",
];
const FULL: &[&str] = &[
    "userUuid",
    "institutionUuid",
    "patientName",
    "patientId",
    "patientOtherId",
    "patientBirthdate",
    "modality",
    "studyDescription",
    "accessionNumber",
    "complaints",
    "orderDate",
    "orderTime",
    "procedureId",
    "procedureDescription",
    "scheduledEquipmentUuid",
];
const FULL_2: &[&str] = &[
    "userUuid",
    "institutionUuid",
    "patientName",
    "patientId",
    "patientOtherId",
    "patientSex",
    "patientBirthdate",
    "modality",
    "studyDescription",
    "accessionNumber",
    "complaints",
    "orderDate",
    "orderTime",
    "procedureId",
    "procedureDescription",
    "scheduledEquipmentUuid",
    "referringPhysiciansName",
];
const JSON: &[&str] = &[
    "OtherPatientId",
    "PatientName",
    "OrderModality",
    "OrderAccessionNumber",
    "PatientsBirthDate",
    "PatientID",
    "Priority",
    "PatientHistory",
    "PatientComplaints",
    "PatientSymptom",
    "RequestingPhysician",
    "RequestingDepartment",
    "RequestingProcedureDescription",
    "PerformedDatetime",
    "OrderNote1",
    "OrderNote2",
    "ReferringPhysiciansName",
    "StudyDescription",
    "RequestedProcedureId",
    "ScheduledEquipmentUuid",
    "PatientSex",
    "InstitutionNameInDicom",
];

/// What scripts call.
pub(in crate::cloud) const METHODS: &[Method] = &[
    Method::new(
        "CreateOrderWithMinimumParameters",
        MINIMUM,
        Work::Send(|keys, given| minimum(keys, given.user()?, &by_list(given)?)),
    ),
    Method::new(
        "CreateOrderWithFullParameters",
        FULL,
        Work::Send(|keys, given| full(keys, given.user()?, &by_list(given)?, false)),
    ),
    Method::new(
        "CreateOrderWithFullParameters2",
        FULL_2,
        Work::Send(|keys, given| full(keys, given.user()?, &by_list(given)?, true)),
    ),
    Method::new(
        "CreateOrderWithJSON",
        &["userUuid", "institutionUuid", "jsonParameters"],
        Work::Send(|keys, given| {
            let (user, location) = (given.user()?, given.guid("institutionUuid")?);
            let json = given.object("CreateOrderWithJSON", "jsonParameters", JSON)?;
            by_json(keys, user, &from_json(location, &json)?)
        }),
    ),
];

/// An order from a list of parameters, as far as the method has them.
fn by_list(given: &Parameters<'_>) -> Result<NewOrder, Error> {
    let text = |name| given.text(name).map(str::to_owned);
    Ok(NewOrder {
        location: given.guid("institutionUuid")?,
        patient_name: text("patientName")?,
        patient_id: text("patientId")?,
        other_patient_id: text("patientOtherId")?,
        patient_sex: Sex::parse("patientSex", given.text("patientSex")?)?,
        patient_birth_date: given.optional_date("patientBirthdate")?,
        modality: Some(Modality::parse("modality", given.text("modality")?)?),
        study_description: text("studyDescription")?,
        accession_number: text("accessionNumber")?,
        patient_complaints: text("complaints")?,
        date: Some(given.date("orderDate")?),
        time: given.optional_time("orderTime")?,
        requested_procedure_id: text("procedureId")?,
        requested_procedure_description: text("procedureDescription")?,
        scheduled_equipment: given.guid_or_list("scheduledEquipmentUuid")?,
        referring_physician: text("referringPhysiciansName")?,
        more: MoreOfOrder::default(),
    })
}

fn from_json(location: Uuid, json: &Parameters<'_>) -> Result<NewOrder, Error> {
    let text = |name| json.text(name).map(str::to_owned);
    let (date, time) = date_and_time("PerformedDatetime", json.text("PerformedDatetime")?)?;
    Ok(NewOrder {
        location,
        patient_name: text("PatientName")?,
        patient_id: text("PatientID")?,
        other_patient_id: text("OtherPatientId")?,
        patient_sex: Sex::parse("PatientSex", json.text("PatientSex")?)?,
        patient_birth_date: json.optional_date("PatientsBirthDate")?,
        modality: match json.text("OrderModality")?.trim() {
            "" => None,
            modality => Some(Modality::parse("OrderModality", modality)?),
        },
        study_description: text("StudyDescription")?,
        accession_number: text("OrderAccessionNumber")?,
        patient_complaints: text("PatientComplaints")?,
        date,
        time,
        requested_procedure_id: text("RequestedProcedureId")?,
        requested_procedure_description: text("RequestingProcedureDescription")?,
        scheduled_equipment: json.guid_or_list("ScheduledEquipmentUuid")?,
        referring_physician: text("ReferringPhysiciansName")?,
        more: MoreOfOrder {
            priority: text("Priority")?,
            patient_history: text("PatientHistory")?,
            patient_symptom: text("PatientSymptom")?,
            requesting_department: text("RequestingDepartment")?,
            order_note1: text("OrderNote1")?,
            order_note2: text("OrderNote2")?,
            requesting_physician: text("RequestingPhysician")?,
            institution_name: text("InstitutionNameInDicom")?,
        },
    })
}

/// `YYYY-MM-DD HH:MM`, or the date alone.
fn date_and_time(name: &'static str, text: &str) -> Result<(Option<Date>, Option<Time>), Error> {
    match text.trim().split_once(' ') {
        None if text.trim().is_empty() => Ok((None, None)),
        None => Ok((Some(parse_date(name, text)?), None)),
        Some((date, time)) => Ok((Some(parse_date(name, date)?), Some(parse_time(name, time)?))),
    }
}
