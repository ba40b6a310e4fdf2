//! Patient orders: the row as an answer shows it, and the search (message 1).

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use serde_json::{Value, json};

use super::account;
use super::error::Refusal;
use super::parameters::Parameters;
use super::text::{Id, Name};

/// An order with the fields of an answer. Beyond the known ones (`protocol.md`, "Answers that are known") come
/// `AccessionNumber`, `PatientBirthDate`, `PatientSex`, `SeriesCount`, `StudyInstanceUid` and `InstitutionName`
/// (*inferred* names).
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Order {
    patient_order_uuid: String,
    institution_uuid: String,
    institution_name: String,
    patient_name: String,
    patient_id: String,
    other_patient_id: String,
    /// `YYYY-MM-DD`, or empty.
    patient_birth_date: String,
    patient_sex: String,
    accession_number: String,
    /// Distinct modalities, parted by `\`.
    order_modality: String,
    order_status: i64,
    study_description: String,
    requesting_procedure_description: String,
    /// `YYYY-MM-DD HH:MM`, or empty.
    performed_datetime: String,
    /// KB of 1,024 bytes.
    order_size: f64,
    images_count: i64,
    documents_count: i64,
    series_count: i64,
    study_instance_uid: String,
    #[serde(skip)]
    name_key: String,
}

/// What [`Order::from_row`] reads.
pub(super) const COLUMNS: &str = "o.uuid, o.location, coalesce(l.name, ''), o.patient_name, o.patient_id,
    o.other_patient_id, o.birth_date, o.sex, o.accession, o.modality, o.status, o.study_description,
    o.procedure_description, o.performed, o.bytes, o.images, o.documents, o.series, coalesce(o.study_uid, ''),
    o.name_key";

impl Order {
    pub(super) fn uuid(&self) -> &str {
        &self.patient_order_uuid
    }

    pub(super) fn is_of_study(&self, study_uid: &str) -> bool {
        self.study_instance_uid == study_uid
    }

    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a size in bytes is far below 2^53"
        )]
        let order_size = row.get::<_, i64>(14)? as f64 / 1024.0;
        Ok(Order {
            patient_order_uuid: row.get(0)?,
            institution_uuid: row.get(1)?,
            institution_name: row.get(2)?,
            patient_name: row.get(3)?,
            patient_id: row.get(4)?,
            other_patient_id: row.get(5)?,
            patient_birth_date: row.get(6)?,
            patient_sex: row.get(7)?,
            accession_number: row.get(8)?,
            order_modality: row.get(9)?,
            order_status: row.get(10)?,
            study_description: row.get(11)?,
            requesting_procedure_description: row.get(12)?,
            performed_datetime: row.get(13)?,
            order_size,
            images_count: row.get(15)?,
            documents_count: row.get(16)?,
            series_count: row.get(17)?,
            study_instance_uid: row.get(18)?,
            name_key: row.get(19)?,
        })
    }
}

/// One order, where it exists.
pub(super) fn find(work: &Transaction<'_>, order: &str) -> Result<Option<Order>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient_order o LEFT JOIN location l ON l.uuid = o.location WHERE o.uuid = ?1"
    );
    Ok(work
        .prepare_cached(&sql)?
        .query_row([order], Order::from_row)
        .optional()?)
}

/// The filters of a search. Those that are empty let everything pass.
struct Filter {
    locations: HashSet<String>,
    name: Option<Name>,
    patient_id: Option<Id>,
    other_id: Option<Id>,
    accession: Option<Id>,
    modalities: Vec<String>,
    performed: Days,
    born: Days,
}

/// Both days inclusive.
struct Days {
    from: Option<String>,
    to: Option<String>,
}

impl Days {
    /// Whether a text that begins with `YYYY-MM-DD` lies within. What has no date lies in no range.
    fn include(&self, text: &str) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let Some(day) = text.get(..10) else {
            return false;
        };
        self.from.as_deref().is_none_or(|from| day >= from)
            && self.to.as_deref().is_none_or(|to| day <= to)
    }
}

impl Filter {
    fn read(given: &Parameters) -> Result<Self, Refusal> {
        let locations = given.guids("InstitutionUuidList")?;
        Ok(Filter {
            locations: locations.iter().map(ToString::to_string).collect(),
            name: Name::new(given.text("PatientName")?),
            patient_id: Id::new(given.text("PatientId")?),
            other_id: Id::new(given.text("OtherPatientId")?),
            accession: Id::new(given.text("AccessionNumber")?),
            modalities: given
                .texts("Modalities")?
                .into_iter()
                .map(|one| one.trim().to_uppercase())
                .filter(|one| !one.is_empty())
                .collect(),
            performed: Days {
                from: given.day("StartDate")?,
                to: given.day("EndDate")?,
            },
            born: Days {
                from: given.day("StartBirthdate")?,
                to: given.day("EndBirthdate")?,
            },
        })
    }

    fn passes(&self, order: &Order) -> bool {
        let id =
            |filter: &Option<Id>, value: &str| filter.as_ref().is_none_or(|f| f.matches(value));
        (self.locations.is_empty() || self.locations.contains(&order.institution_uuid))
            && self.performed.include(&order.performed_datetime)
            && self.born.include(&order.patient_birth_date)
            && (self.modalities.is_empty()
                || order
                    .order_modality
                    .split('\\')
                    .any(|one| self.modalities.iter().any(|wanted| wanted == one)))
            && id(&self.patient_id, &order.patient_id)
            && id(&self.other_id, &order.other_patient_id)
            && id(&self.accession, &order.accession_number)
            && self
                .name
                .as_ref()
                .is_none_or(|name| name.matches(&order.name_key))
    }
}

/// `SearchPatientOrder`: the orders of the user's locations that pass the filters, newest first.
pub(super) fn search(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    account::check_user(work, user)?;
    let filter = Filter::read(given)?;
    for location in given.guids("InstitutionUuidList")? {
        account::check_location(work, user, location)?;
    }
    let folder = given.guid("FolderUuid")?;
    if let Some(folder) = folder {
        account::check_folders(work, &[folder])?;
    }
    let list = select(
        work,
        &user.to_string(),
        folder.map(|f| f.to_string()),
        |order| filter.passes(order),
    )?;
    Ok(json!({ "SearchResultList": list }))
}

/// The orders that a user sees (in one folder, if given), newest first, as far as they pass.
pub(super) fn select(
    work: &Transaction<'_>,
    user: &str,
    folder: Option<String>,
    passes: impl Fn(&Order) -> bool,
) -> Result<Vec<Order>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient_order o
         JOIN user_location u ON u.location = o.location AND u.user = ?1
         LEFT JOIN location l ON l.uuid = o.location
         WHERE ?2 IS NULL OR o.uuid IN (SELECT patient_order FROM order_folder WHERE folder = ?2)
         ORDER BY o.performed DESC, o.uuid"
    );
    let mut statement = work.prepare_cached(&sql)?;
    let rows = statement.query_map((user, folder), Order::from_row)?;
    let mut list = Vec::new();
    for order in rows {
        let order = order?;
        if passes(&order) {
            list.push(order);
        }
    }
    Ok(list)
}
