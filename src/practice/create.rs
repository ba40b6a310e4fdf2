//! Orders made by hand (messages 7 and 25). They wait, without images, for the study that belongs to them.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::account;
use super::error::Refusal;
use super::orders;
use super::parameters::Parameters;
use super::text::{fold_name, quoted};

/// `OrderStatus` of an order that has no images yet (*inferred*, as all of its numbers).
pub(super) const SCHEDULED: i64 = 0;
/// The longest line, and the longest note, in characters.
const LINE: usize = 1024;
const NOTE: usize = 10_240;
/// The longest name: three groups of 64 characters and what parts them (PS3.5 section 6.2, PN).
const NAME: usize = 194;
/// The longest code string, such as a modality (PS3.5 section 6.2, CS).
const CODE: usize = 16;

/// What only an order's properties show, by its name on the wire.
pub(super) const DETAILS: [&str; 11] = [
    "RequestedProcedureId",
    "RequestingPhysician",
    "ReferringPhysiciansName",
    "PatientComplaints",
    "PatientHistory",
    "PatientSymptom",
    "Priority",
    "RequestingDepartment",
    "OrderNote1",
    "OrderNote2",
    "InstitutionNameInDicom",
];

/// An order as it is asked for.
struct Draft {
    name: String,
    id: String,
    other_id: String,
    /// `YYYY-MM-DD`, or empty.
    birth_date: String,
    sex: String,
    accession: String,
    modality: String,
    study_description: String,
    procedure_description: String,
    /// `YYYY-MM-DD HH:MM`, or empty.
    performed: String,
    equipment: Option<Uuid>,
    details: Map<String, Value>,
}

/// `CreatePatientOrder`. Name and ID of the patient must be there, as documented.
pub(super) fn create(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let draft = Draft {
        name: needed(given, "PatientName", NAME)?,
        id: needed(given, "PatientID", LINE)?,
        other_id: given.line("OtherPatientId", LINE)?,
        birth_date: given.day("PatientsBirthDate")?.unwrap_or_default(),
        sex: sex(given, "PatientSex")?,
        accession: given.line("OrderAccessionNumber", LINE)?,
        modality: modality(given, "OrderModality")?,
        study_description: given.line("StudyDescription", LINE)?,
        procedure_description: given.line("RequestingProcedureDescription", LINE)?,
        performed: moment(given, "PerformedDatetime")?,
        equipment: given.guid_or_list("ScheduledEquipmentUuid")?,
        details: details(&[given])?,
    };
    insert(work, given, &draft)
}

/// `CreatePatientOrderWithJson`. The patient's name must be there.
pub(super) fn create_with_json(
    work: &Transaction<'_>,
    given: &Parameters,
) -> Result<Value, Refusal> {
    let json = given.object("JsonParameters")?;
    let identity = json.object("IdentityInformation")?;
    let study = json.object("StudyInformation")?;
    let other = json.object("OtherInformation")?;
    let draft = Draft {
        name: needed(&identity, "Name", NAME)?,
        id: identity.line("Id", LINE)?,
        other_id: identity.line("OtherId", LINE)?,
        birth_date: identity.day("Birthdate")?.unwrap_or_default(),
        sex: sex(&identity, "Sex")?,
        accession: json.line("AccessionNumber", LINE)?,
        modality: modality(&json, "Modality")?,
        study_description: study.line("StudyDescription", LINE)?,
        procedure_description: other.line("RequestedProcedureDescription", LINE)?,
        performed: moment(&study, "StudyDate")?,
        equipment: json.guid_or_list("ScheduledEquipmentUuid")?,
        details: details(&[&other, &study])?,
    };
    insert(work, given, &draft)
}

fn needed(given: &Parameters, field: &'static str, most: usize) -> Result<String, Refusal> {
    let text = given.line(field, most)?;
    if text.is_empty() {
        return Err(Refusal::parameter(field, "is missing"));
    }
    Ok(text)
}

fn sex(given: &Parameters, field: &'static str) -> Result<String, Refusal> {
    match given.text(field)?.trim() {
        known @ ("" | "M" | "F" | "O") => Ok(known.to_owned()),
        _ => Err(Refusal::parameter(field, "must be M, F, O or empty")),
    }
}

/// Modalities in capitals, several parted by `\`.
fn modality(given: &Parameters, field: &'static str) -> Result<String, Refusal> {
    let text = given.line(field, LINE)?.to_uppercase();
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b' ' | b'_');
    for one in text.split('\\') {
        if one.len() > CODE || !one.bytes().all(plain) {
            return Err(Refusal::denied(format!(
                "{field} {} is no modality.",
                quoted(one)
            )));
        }
    }
    Ok(text)
}

/// `YYYY-MM-DD HH:MM`; a day alone is its midnight.
fn moment(given: &Parameters, field: &'static str) -> Result<String, Refusal> {
    let text = given.text(field)?.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let day = jiff::civil::Date::strptime("%Y-%m-%d", text).map(|day| day.at(0, 0, 0, 0));
    jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", text)
        .or(day)
        .map(|moment| moment.strftime("%Y-%m-%d %H:%M").to_string())
        .map_err(|_| Refusal::parameter(field, "must be a day and time like 2026-11-24 09:30"))
}

/// The details that are there, each from the first place that has it.
fn details(places: &[&Parameters]) -> Result<Map<String, Value>, Refusal> {
    let mut found = Map::new();
    for field in DETAILS {
        for place in places {
            let text = place.note(field, NOTE)?;
            if !text.is_empty() {
                found.entry(field).or_insert(text.into());
            }
        }
    }
    Ok(found)
}

fn insert(work: &Transaction<'_>, given: &Parameters, draft: &Draft) -> Result<Value, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    let location = given.needed_guid("InstitutionUuid")?;
    account::check_location(work, user, location)?;
    if let Some(node) = draft.equipment {
        check_equipment(work, node, location)?;
    }
    let uuid = Uuid::new_v4().to_string();
    work.prepare_cached(
        "INSERT INTO patient_order (uuid, location, patient_name, name_key, patient_id, other_patient_id, birth_date,
             sex, accession, modality, study_description, procedure_description, performed, equipment, details,
             status, scheduled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 1)",
    )?
    .execute(params![
        uuid,
        location.to_string(),
        draft.name,
        fold_name(&draft.name),
        draft.id,
        draft.other_id,
        draft.birth_date,
        draft.sex,
        draft.accession,
        draft.modality,
        draft.study_description,
        draft.procedure_description,
        draft.performed,
        draft.equipment.map(|node| node.to_string()).unwrap_or_default(),
        Value::Object(draft.details.clone()).to_string(),
        SCHEDULED,
    ])?;
    own(work, &user.to_string(), &uuid)?;
    let order = orders::find(work, &uuid)?.ok_or(Refusal::UnknownOrder)?;
    Ok(json!({"PatientOrderUuid": uuid, "PatientOrder": order}))
}

/// Whether the DICOM node is in the account and stands at the order's location.
fn check_equipment(work: &Transaction<'_>, node: Uuid, location: Uuid) -> Result<(), Refusal> {
    let (name, place): (String, String) = work
        .prepare_cached("SELECT name, location FROM dicom_node WHERE uuid = ?1")?
        .query_row([node.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Refusal::UnknownNode)?;
    // A node without a location serves all of them.
    if place.is_empty() || place == location.to_string() {
        return Ok(());
    }
    Err(Refusal::denied(format!(
        "The equipment {} is at another location than the order.",
        quoted(&name)
    )))
}

/// Assigns what a restricted user made to that user, who would not see it otherwise.
pub(super) fn own(work: &Transaction<'_>, user: &str, order: &str) -> Result<(), Refusal> {
    if account::is_restricted(work, user)? {
        work.prepare_cached(
            "INSERT OR IGNORE INTO order_user (patient_order, user) VALUES (?1, ?2)",
        )?
        .execute([order, user])?;
    }
    Ok(())
}
