//! All that is known of one order (message 13).

use rusqlite::{Row, Transaction};
use serde_json::{Map, Value, json};

use super::access;
use super::account;
use super::create::DETAILS;
use super::error::Refusal;
use super::orders::{self, Order};
use super::parameters::Parameters;
use super::people::rows;

/// `GetPatientOrderProperties`: the fields of a search, and what a search leaves out.
pub(super) fn of_order(
    work: &Transaction<'_>,
    host: &str,
    given: &Parameters,
) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let uuid = access::named_order(work, &user, given)?;
    let order = orders::find(work, &uuid)?.ok_or(Refusal::UnknownOrder)?;
    let Ok(Value::Object(mut all)) = serde_json::to_value(&order) else {
        return Err(Refusal::UnknownOrder);
    };
    all.extend(details(work, &uuid)?);
    let mut put = |field: &str, list: Vec<Value>| {
        all.insert(field.to_owned(), list.into());
    };
    put("SeriesList", series(work, &uuid)?);
    put("DocumentList", documents(work, &uuid)?);
    put("FolderList", folders(work, &uuid)?);
    put("ConnectedOrderList", connected(work, &user, &order)?);
    put("UserList", users(work, &uuid)?);
    put("UserGroupList", user_groups(work, &uuid)?);
    put("ShareList", shares(work, host, &uuid)?);
    Ok(json!({ "PatientOrder": all }))
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    row.get(column)
}

/// A size in bytes as KB of 1,024 bytes.
pub(super) fn kilobytes(bytes: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a size in bytes is far below 2^53"
    )]
    let bytes = bytes as f64;
    bytes / 1024.0
}

/// A moment as `YYYY-MM-DD HH:MM` of this computer's clock.
fn clock(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|moment| {
            moment
                .to_zoned(jiff::tz::TimeZone::system())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        })
        .unwrap_or_default()
}

/// The texts, each there even where it is empty, and the equipment.
fn details(work: &Transaction<'_>, order: &str) -> Result<Map<String, Value>, Refusal> {
    let (kept, equipment, equipment_name): (String, String, String) = work
        .prepare_cached(
            "SELECT o.details, o.equipment, coalesce(n.name, '') FROM patient_order o
             LEFT JOIN dicom_node n ON n.uuid = o.equipment WHERE o.uuid = ?1",
        )?
        .query_row([order], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let kept: Map<String, Value> = serde_json::from_str(&kept).unwrap_or_default();
    let mut all: Map<String, Value> = DETAILS
        .into_iter()
        .map(|field| {
            let text = kept.get(field).cloned().unwrap_or_else(|| "".into());
            (field.to_owned(), text)
        })
        .collect();
    all.insert("ScheduledEquipmentUuid".to_owned(), equipment.into());
    all.insert("ScheduledEquipmentName".to_owned(), equipment_name.into());
    Ok(all)
}

fn series(work: &Transaction<'_>, order: &str) -> Result<Vec<Value>, Refusal> {
    rows(
        work,
        "SELECT series_uid, modality, images FROM series WHERE patient_order = ?1 ORDER BY series_uid",
        &[order],
        |row| {
            Ok(json!({
                "SeriesInstanceUid": text(row, 0)?,
                "Modality": text(row, 1)?,
                "ImagesCount": row.get::<_, i64>(2)?,
            }))
        },
    )
}

fn documents(work: &Transaction<'_>, order: &str) -> Result<Vec<Value>, Refusal> {
    rows(
        work,
        "SELECT uuid, name, mime, size, created FROM document WHERE patient_order = ?1 ORDER BY created, name, uuid",
        &[order],
        |row| {
            Ok(json!({
                "DocumentUuid": text(row, 0)?,
                "DocumentName": text(row, 1)?,
                "DocumentType": text(row, 2)?,
                "DocumentSize": kilobytes(row.get(3)?),
                "CreatedDatetime": clock(row.get(4)?),
            }))
        },
    )
}

/// The folders that the order is in, each with its path from the top.
fn folders(work: &Transaction<'_>, order: &str) -> Result<Vec<Value>, Refusal> {
    rows(
        work,
        "WITH RECURSIVE up (leaf, name, uuid, parent, path) AS (
            SELECT f.uuid, f.name, f.uuid, f.parent, f.name FROM order_folder held
            JOIN folder f ON f.uuid = held.folder WHERE held.patient_order = ?1
            UNION SELECT up.leaf, up.name, f.uuid, f.parent, f.name || '/' || up.path
            FROM up JOIN folder f ON f.uuid = up.parent)
         SELECT leaf, name, path FROM up WHERE parent = '00000000-0000-0000-0000-000000000000' ORDER BY path, leaf",
        &[order],
        |row| {
            Ok(json!({
                "FolderUuid": text(row, 0)?,
                "FolderName": text(row, 1)?,
                "FolderPath": text(row, 2)?,
            }))
        },
    )
}

/// The other orders of its group that the user sees.
fn connected(work: &Transaction<'_>, user: &str, order: &Order) -> Result<Vec<Value>, Refusal> {
    if order.group().is_empty() {
        return Ok(Vec::new());
    }
    let group = orders::in_group(work, user, order.group())?;
    Ok(group
        .iter()
        .filter(|other| other.uuid() != order.uuid())
        .map(|other| json!(other))
        .collect())
}

fn users(work: &Transaction<'_>, order: &str) -> Result<Vec<Value>, Refusal> {
    rows(
        work,
        "SELECT u.uuid, u.user_name, u.full_name FROM order_user a JOIN user u ON u.uuid = a.user
         WHERE a.patient_order = ?1 ORDER BY u.position, u.full_name",
        &[order],
        |row| {
            Ok(json!({
                "UserUuid": text(row, 0)?,
                "UserName": text(row, 1)?,
                "FullName": text(row, 2)?,
            }))
        },
    )
}

fn user_groups(work: &Transaction<'_>, order: &str) -> Result<Vec<Value>, Refusal> {
    rows(
        work,
        "SELECT g.uuid, g.name FROM order_user_group a JOIN user_group g ON g.uuid = a.user_group
         WHERE a.patient_order = ?1 ORDER BY g.name, g.uuid",
        &[order],
        |row| Ok(json!({"UserGroupUuid": text(row, 0)?, "UserGroupName": text(row, 1)?})),
    )
}

fn shares(work: &Transaction<'_>, host: &str, order: &str) -> Result<Vec<Value>, Refusal> {
    rows(
        work,
        "SELECT s.uuid, s.kind, coalesce(s.token, ''), s.email, s.expires, s.can_download, s.created
         FROM share_order o JOIN share s ON s.uuid = o.share WHERE o.patient_order = ?1 ORDER BY s.created, s.uuid",
        &[order],
        |row| {
            let token = text(row, 2)?;
            Ok(json!({
                "ShareUuid": text(row, 0)?,
                "ShareType": text(row, 1)?,
                "ShareUrl": format!("http://{host}/share/{token}"),
                "Email": text(row, 3)?,
                "ExpireDate": text(row, 4)?,
                "UserCanDownloadStudies": row.get::<_, bool>(5)?,
                "CreatedDatetime": clock(row.get(6)?),
            }))
        },
    )
}
