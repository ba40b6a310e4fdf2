//! Patient orders: the row as an answer shows it, and the search (message 1).

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction, params_from_iter};
use serde::Serialize;

use super::access::SEEN;
use super::account;
use super::error::Refusal;
use super::flags::{self, Flag};
use super::parameters::Parameters;
use super::text::{Id, Name, fold_name};

/// An order with the fields of an answer. Beyond the known ones (`docs/protocol.md`, "Answers") come
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
    /// Empty for an order of no group.
    connected_group_uuid: String,
    flag_list: Vec<Flag>,
}

/// What [`Order::from_row`] reads.
pub(super) const COLUMNS: &str = "o.uuid, o.location, coalesce(l.name, ''), o.patient_name, o.patient_id,
    o.other_patient_id, o.birth_date, o.sex, o.accession, o.modality, o.status, o.study_description,
    o.procedure_description, o.performed, o.bytes, o.images, o.documents, o.series, coalesce(o.study_uid, ''),
    o.connected_group, o.name_key";
/// The column behind [`Order::from_row`]'s: the name as searches compare it.
const NAME_KEY: usize = 20;

impl Order {
    pub(super) fn uuid(&self) -> &str {
        &self.patient_order_uuid
    }

    pub(super) fn is_of_study(&self, study_uid: &str) -> bool {
        self.study_instance_uid == study_uid
    }

    pub(super) fn group(&self) -> &str {
        &self.connected_group_uuid
    }

    pub(super) fn set_flags(&mut self, flags: Vec<Flag>) {
        self.flag_list = flags;
    }

    /// Its fields but for the flags, which [`flags::load`] brings for many orders at once.
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
            connected_group_uuid: row.get(19)?,
            flag_list: Vec::new(),
        })
    }
}

/// One order, where it exists.
pub(super) fn find(work: &Transaction<'_>, order: &str) -> Result<Option<Order>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient_order o LEFT JOIN location l ON l.uuid = o.location WHERE o.uuid = ?1"
    );
    let mut found: Vec<Order> = work
        .prepare_cached(&sql)?
        .query_row([order], Order::from_row)
        .optional()?
        .into_iter()
        .collect();
    flags::load(work, &mut found)?;
    Ok(found.pop())
}

/// What a search asks: a condition in SQL for what SQL compares, patterns for the texts that it cannot. Filters that are
/// empty let everything pass.
struct Filter {
    condition: String,
    /// From `?1`, the user, up.
    values: Vec<Value>,
    name: Option<Name>,
    patient_id: Option<Id>,
    other_id: Option<Id>,
    accession: Option<Id>,
}

impl Filter {
    fn new(user: &str) -> Self {
        Filter {
            condition: SEEN.to_owned(),
            values: vec![Value::from(user.to_owned())],
            name: None,
            patient_id: None,
            other_id: None,
            accession: None,
        }
    }

    fn read(user: &str, given: &Parameters) -> Result<Self, Refusal> {
        let mut filter = Filter {
            name: Name::new(given.text("PatientName")?),
            patient_id: Id::new(given.text("PatientId")?),
            other_id: Id::new(given.text("OtherPatientId")?),
            accession: Id::new(given.text("AccessionNumber")?),
            ..Filter::new(user)
        };
        let locations = given.guids("InstitutionUuidList")?;
        filter.any_of(
            "o.location IN (SELECT value FROM json_each(?))",
            locations.iter().map(ToString::to_string).collect(),
        );
        filter.any_of(
            r"EXISTS (SELECT 1 FROM json_each(?) wanted
                WHERE instr('\' || o.modality || '\', '\' || wanted.value || '\'))",
            given
                .texts("Modalities")?
                .into_iter()
                .map(|one| one.trim().to_uppercase())
                .filter(|one| !one.is_empty())
                .collect(),
        );
        let (from, to) = days(given, "StartDate", "EndDate")?;
        filter.days("o.performed", from, to);
        let (from, to) = days(given, "StartBirthdate", "EndBirthdate")?;
        filter.days("o.birth_date", from, to);
        Ok(filter)
    }

    /// Adds a condition whose `?` is bound to a value.
    fn and(&mut self, condition: &str, value: String) {
        self.values.push(Value::from(value));
        let bound = condition.replace('?', &format!("?{}", self.values.len()));
        self.condition.push_str(" AND ");
        self.condition.push_str(&bound);
    }

    /// As [`Filter::and`], the value being a list as JSON; an empty one adds nothing.
    fn any_of(&mut self, condition: &str, list: Vec<String>) {
        if !list.is_empty() {
            self.and(condition, serde_json::Value::from(list).to_string());
        }
    }

    /// Both days inclusive. What has no date lies in no range. A text with a time behind its day is not beyond the day
    /// followed by `~`.
    fn days(&mut self, column: &str, from: Option<String>, to: Option<String>) {
        if from.is_none() && to.is_none() {
            return;
        }
        self.and(
            &format!("{column} >= ?"),
            from.unwrap_or_else(|| "0".to_owned()),
        );
        if let Some(to) = to {
            self.and(&format!("{column} <= ?"), format!("{to}~"));
        }
    }

    /// Whether a row's texts are what the patterns say. They are looked at where they lie: most rows go no further.
    fn passes(&self, row: &Row<'_>) -> Result<bool, Refusal> {
        let text = |column: usize| -> Result<&str, Refusal> {
            row.get_ref(column)?
                .as_str()
                .map_err(|wrong| Refusal::Database(wrong.into()))
        };
        for (column, pattern) in [
            (4, &self.patient_id),
            (5, &self.other_id),
            (8, &self.accession),
        ] {
            if let Some(pattern) = pattern
                && !pattern.matches(text(column)?)
            {
                return Ok(false);
            }
        }
        match &self.name {
            Some(name) => Ok(name.matches(text(NAME_KEY)?)),
            None => Ok(true),
        }
    }

    /// The orders that pass, newest first.
    fn select(&self, work: &Transaction<'_>) -> Result<Vec<Order>, Refusal> {
        let sql = format!(
            "SELECT {COLUMNS} FROM patient_order o LEFT JOIN location l ON l.uuid = o.location
             WHERE {} ORDER BY o.performed DESC, o.uuid DESC",
            self.condition
        );
        let mut statement = work.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(&self.values))?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            if self.passes(row)? {
                list.push(Order::from_row(row)?);
            }
        }
        flags::load(work, &mut list)?;
        Ok(list)
    }
}

/// The two days of a range, the right way round.
fn days(
    given: &Parameters,
    from: &'static str,
    to: &'static str,
) -> Result<(Option<String>, Option<String>), Refusal> {
    let days = (given.day(from)?, given.day(to)?);
    match &days {
        (Some(first), Some(last)) if first > last => Err(Refusal::denied(format!(
            "{from} ({first}) lies after {to} ({last})."
        ))),
        _ => Ok(days),
    }
}

/// `SearchPatientOrder`: the orders that the user sees and that pass the filters, newest first.
pub(super) fn search(work: &Transaction<'_>, given: &Parameters) -> Result<Vec<Order>, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    account::check_user(work, user)?;
    for location in given.guids("InstitutionUuidList")? {
        account::check_location(work, user, location)?;
    }
    let mut filter = Filter::read(&user.to_string(), given)?;
    if let Some(folder) = given.guid("FolderUuid")? {
        account::check_folders(work, &[folder])?;
        filter.and(IN_FOLDER, folder.to_string());
    }
    filter.select(work)
}

const IN_FOLDER: &str = "o.uuid IN (SELECT patient_order FROM order_folder WHERE folder = ?)";

/// The orders of a folder that a user sees, newest first.
pub(super) fn in_folder(
    work: &Transaction<'_>,
    user: &str,
    folder: &str,
) -> Result<Vec<Order>, Refusal> {
    let mut filter = Filter::new(user);
    filter.and(IN_FOLDER, folder.to_owned());
    filter.select(work)
}

/// The orders of a group that a user sees, newest first.
pub(super) fn in_group(
    work: &Transaction<'_>,
    user: &str,
    group: &str,
) -> Result<Vec<Order>, Refusal> {
    let mut filter = Filter::new(user);
    // The index on groups knows only those that are not empty.
    filter.and(
        "o.connected_group <> '' AND o.connected_group = ?",
        group.to_owned(),
    );
    filter.select(work)
}

/// The orders of a patient that a user sees, newest first: by the whole name, and the birth date where one is given.
pub(super) fn of_patient(
    work: &Transaction<'_>,
    user: &str,
    name: &str,
    born: Option<String>,
) -> Result<Vec<Order>, Refusal> {
    let mut filter = Filter::new(user);
    filter.and("o.name_key = ?", fold_name(name));
    if let Some(born) = born {
        filter.and("o.birth_date = ?", born);
    }
    filter.select(work)
}
