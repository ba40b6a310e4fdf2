//! SearchPatientOrder: the four order searches in one message.

use rusqlite::{Row, params_from_iter};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{Refusal, done};
use super::matching::Pattern;
use super::socket::parse;
use super::store::Store;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Search {
    user_uuid: Uuid,
    #[serde(default)]
    institution_uuid_list: Vec<Uuid>,
    #[serde(default)]
    patient_name: String,
    #[serde(default)]
    accession_number: String,
    #[serde(default)]
    patient_id: String,
    #[serde(default)]
    other_patient_id: String,
    #[serde(default)]
    modalities: Vec<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    start_birthdate: Option<String>,
    end_birthdate: Option<String>,
    folder_uuid: Option<Uuid>,
}

/// Columns in the order in which [`order`] reads them.
const COLUMNS: &str = "o.uuid, o.location, o.patient_name, o.patient_id, o.other_patient_id, o.accession, o.modality,
    o.status, o.description, o.procedure, o.performed, o.bytes, o.images, o.birth_date, o.sex, o.referring, o.study_uid,
    l.name, (SELECT COUNT(DISTINCT i.series_uid) FROM images i WHERE i.order_uuid = o.uuid)";

/// Answers SearchPatientOrder.
pub(super) fn search(store: &Store, json: &[u8]) -> Result<Value, Refusal> {
    let search: Search = parse(json)?;
    if let Some(folder) = search.folder_uuid {
        store.check_folder(folder)?;
        return Ok(done(
            "SearchResultList",
            Value::from(in_folder(store, search.user_uuid, folder)?),
        ));
    }
    let mut locations = store.locations_of(search.user_uuid)?;
    if !search.institution_uuid_list.is_empty() {
        let wanted: Vec<String> = search
            .institution_uuid_list
            .iter()
            .map(Uuid::to_string)
            .collect();
        if let Some(foreign) = wanted.iter().find(|location| !locations.contains(location)) {
            return Err(Refusal::new(format!(
                "The location {foreign} is not one of this user's."
            )));
        }
        locations = wanted;
    }
    let found = select(store, &locations, "", None)?;
    let filter = Filter::new(&search);
    let found: Vec<Value> = found
        .into_iter()
        .filter(|order| filter.takes(order))
        .collect();
    Ok(done("SearchResultList", Value::from(found)))
}

/// The orders of a folder that the user may see.
pub(super) fn in_folder(store: &Store, user: Uuid, folder: Uuid) -> Result<Vec<Value>, Refusal> {
    let locations = store.locations_of(user)?;
    let join = "JOIN order_folders f ON f.order_uuid = o.uuid AND f.folder = ?";
    select(store, &locations, join, Some(folder.to_string()))
}

/// Newest first.
fn select(
    store: &Store,
    locations: &[String],
    join: &str,
    argument: Option<String>,
) -> Result<Vec<Value>, Refusal> {
    let marks = vec!["?"; locations.len()].join(", ");
    let sql = format!(
        "SELECT {COLUMNS} FROM orders o JOIN locations l ON l.uuid = o.location {join}
         WHERE o.location IN ({marks}) ORDER BY o.performed DESC, o.number DESC"
    );
    let db = store.db();
    let mut query = db.prepare_cached(&sql)?;
    let arguments = params_from_iter(argument.iter().chain(locations));
    let orders = query
        .query_map(arguments, order)?
        .collect::<rusqlite::Result<Vec<Value>>>()?;
    Ok(orders)
}

#[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
fn order(row: &Row<'_>) -> rusqlite::Result<Value> {
    let text = |column: usize| row.get::<_, String>(column);
    let number = |column: usize| row.get::<_, i64>(column);
    Ok(json!({
        "PatientOrderUuid": text(0)?,
        "InstitutionUuid": text(1)?,
        "PatientName": text(2)?,
        "PatientId": text(3)?,
        "OtherPatientId": text(4)?,
        "AccessionNumber": text(5)?,
        "OrderModality": text(6)?,
        "OrderStatus": number(7)?,
        "StudyDescription": text(8)?,
        "RequestingProcedureDescription": text(9)?,
        "PerformedDatetime": text(10)?,
        "OrderSize": number(11)? as f64 / 1024.0,
        "ImagesCount": number(12)?,
        "DocumentsCount": 0,
        "PatientBirthDate": text(13)?,
        "PatientSex": text(14)?,
        "ReferringPhysiciansName": text(15)?,
        "StudyInstanceUid": text(16)?,
        "InstitutionName": text(17)?,
        "SeriesCount": number(18)?,
    }))
}

struct Filter {
    texts: Vec<(&'static str, Pattern)>,
    modalities: Vec<String>,
    performed: (Option<String>, Option<String>),
    born: (Option<String>, Option<String>),
}

impl Filter {
    fn new(search: &Search) -> Self {
        let texts = [
            ("PatientName", &search.patient_name),
            ("AccessionNumber", &search.accession_number),
            ("PatientId", &search.patient_id),
            ("OtherPatientId", &search.other_patient_id),
        ];
        let pattern = |(field, text): (&'static str, &String)| Some((field, Pattern::new(text)?));
        let day = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Filter {
            texts: texts.into_iter().filter_map(pattern).collect(),
            modalities: search
                .modalities
                .iter()
                .map(|modality| modality.trim().to_uppercase())
                .collect(),
            performed: (day(&search.start_date), day(&search.end_date)),
            born: (day(&search.start_birthdate), day(&search.end_birthdate)),
        }
    }

    fn takes(&self, order: &Value) -> bool {
        let text = |field: &str| order.get(field).and_then(Value::as_str).unwrap_or_default();
        let of_modality = |wanted: &String| {
            text("OrderModality")
                .split('\\')
                .any(|modality| modality == wanted)
        };
        self.texts
            .iter()
            .all(|(field, pattern)| pattern.matches(text(field)))
            && (self.modalities.is_empty() || self.modalities.iter().any(of_modality))
            && within(&self.performed, text("PerformedDatetime"))
            && within(&self.born, text("PatientBirthDate"))
    }
}

/// Whether a text that begins `YYYY-MM-DD` lies in the range, both days inclusive. Without a date it lies in no range.
fn within((from, to): &(Option<String>, Option<String>), text: &str) -> bool {
    if from.is_none() && to.is_none() {
        return true;
    }
    let Some(day) = text.get(..10) else {
        return false;
    };
    from.as_deref().is_none_or(|from| from <= day) && to.as_deref().is_none_or(|to| day <= to)
}
