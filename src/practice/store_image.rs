//! A stored file becomes an image of an order. All of it happens in the caller's transaction.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::create::{self, SCHEDULED};
use super::error::Refusal;
use super::groups;
use super::header::Header;
use super::orders::{self, Order};
use super::store::{Store, Sum};
use super::text::fold_name;

/// A file that lies in the store and has no row yet.
pub(super) struct Arrival<'a> {
    pub(super) user: Uuid,
    pub(super) location: Uuid,
    pub(super) header: &'a Header,
    /// Digest of the digests of its parts.
    pub(super) digest: Sum,
    pub(super) size: i64,
    /// Relative to [`Store::files`].
    pub(super) path: &'a str,
    /// Folders that the order is put into.
    pub(super) folders: &'a [Uuid],
}

/// What became of an arrival.
pub(super) struct Outcome {
    /// The order as it is now.
    pub(super) order: Order,
    /// A stored file that nobody needs once this is committed: what was replaced, or the arrival itself where the same
    /// bytes were there already.
    pub(super) surplus: Option<String>,
}

/// The image that had the same SOP Instance UID before.
struct Previous {
    order: String,
    series_uid: String,
    digest: Vec<u8>,
    size: i64,
    path: String,
}

/// Makes or extends the order of the file's study. The same image again changes nothing; another image under the same
/// SOP Instance UID replaces the former one.
pub(super) fn record(
    work: &Transaction<'_>,
    store: &Store,
    arrival: &Arrival<'_>,
) -> Result<Outcome, Refusal> {
    let location = arrival.location.to_string();
    let previous = previous(work, &location, &arrival.header.sop_uid)?;
    if let Some(same) = previous.as_ref().filter(|previous| {
        previous.digest == arrival.digest
            && previous.size == arrival.size
            && store.holds(&previous.path, previous.size)
    }) {
        into_folders(work, &same.order, arrival.folders)?;
        return Ok(Outcome {
            order: order(work, &same.order)?,
            surplus: Some(arrival.path.to_owned()),
        });
    }
    let freed = previous.as_ref().map_or(0, |previous| previous.size);
    take_room(work, store.capacity(), arrival.size - freed)?;

    let known = has_order(work, &location, arrival.header)?;
    let uuid = extend_order(work, &location, arrival)?;
    if !known {
        create::own(work, &arrival.user.to_string(), &uuid)?;
    }
    extend_series(work, &uuid, arrival.header)?;
    if let Some(previous) = &previous {
        if previous.order == uuid {
            renew(work, &uuid, arrival.header)?;
        }
        withdraw(work, previous, &arrival.header.sop_uid)?;
    }
    work.prepare_cached(
        "INSERT INTO image (location, sop_uid, patient_order, series_uid, digest, size, path)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        location,
        arrival.header.sop_uid,
        uuid,
        arrival.header.series_uid,
        arrival.digest.as_slice(),
        arrival.size,
        arrival.path
    ])?;
    into_folders(work, &uuid, arrival.folders)?;
    Ok(Outcome {
        order: order(work, &uuid)?,
        surplus: previous.map(|previous| previous.path),
    })
}

/// Refuses what would not fit, as a full disk does, and counts what does.
pub(super) fn take_room(
    work: &Transaction<'_>,
    capacity: Option<u64>,
    more: i64,
) -> Result<(), Refusal> {
    let stored: i64 = work
        .prepare_cached(
            "UPDATE counter SET value = value + ?1 WHERE name = 'stored' RETURNING value",
        )?
        .query_row([more], |row| row.get(0))?;
    check_room(capacity, stored)
}

/// Whether so many bytes may be stored.
pub(super) fn check_room(capacity: Option<u64>, stored: i64) -> Result<(), Refusal> {
    match (capacity, u64::try_from(stored)) {
        (Some(capacity), Ok(stored)) if stored > capacity => Err(Refusal::Full),
        _ => Ok(()),
    }
}

fn order(work: &Transaction<'_>, uuid: &str) -> Result<Order, Refusal> {
    orders::find(work, uuid)?.ok_or(Refusal::Database(rusqlite::Error::QueryReturnedNoRows))
}

fn previous(
    work: &Transaction<'_>,
    location: &str,
    sop_uid: &str,
) -> Result<Option<Previous>, Refusal> {
    Ok(work
        .prepare_cached(
            "SELECT i.patient_order, i.series_uid, i.digest, i.size, i.path FROM image i
             JOIN patient_order o ON o.uuid = i.patient_order AND o.trashed IS NULL
             WHERE i.location = ?1 AND i.sop_uid = ?2",
        )?
        .query_row([location, sop_uid], |row| {
            Ok(Previous {
                order: row.get(0)?,
                series_uid: row.get(1)?,
                digest: row.get(2)?,
                size: row.get(3)?,
                path: row.get(4)?,
            })
        })
        .optional()?)
}

/// Counts the image in its study's order, which is made where it is the first. What an earlier image left empty, or who
/// made the order by hand, a later one fills in.
fn extend_order(
    work: &Transaction<'_>,
    location: &str,
    arrival: &Arrival<'_>,
) -> Result<String, Refusal> {
    let header = arrival.header;
    Ok(work
        .prepare_cached(
            "INSERT INTO patient_order (uuid, location, study_uid, patient_name, name_key, patient_id,
                 other_patient_id, birth_date, sex, accession, study_description, procedure_description,
                 performed, images, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1, ?14)
             ON CONFLICT (location, study_uid) WHERE trashed IS NULL DO UPDATE SET
                 patient_name = iif(patient_name = '', excluded.patient_name, patient_name),
                 name_key = iif(name_key = '', excluded.name_key, name_key),
                 patient_id = iif(patient_id = '', excluded.patient_id, patient_id),
                 other_patient_id = iif(other_patient_id = '', excluded.other_patient_id, other_patient_id),
                 birth_date = iif(birth_date = '', excluded.birth_date, birth_date),
                 sex = iif(sex = '', excluded.sex, sex),
                 accession = iif(accession = '', excluded.accession, accession),
                 study_description = iif(study_description = '', excluded.study_description, study_description),
                 procedure_description =
                     iif(procedure_description = '', excluded.procedure_description, procedure_description),
                 performed = iif(performed = '', excluded.performed, performed),
                 images = images + 1, bytes = bytes + excluded.bytes
             RETURNING uuid",
        )?
        .query_row(
            params![
                Uuid::new_v4().to_string(),
                location,
                header.study_uid,
                header.patient_name,
                fold_name(&header.patient_name),
                header.patient_id,
                header.other_patient_id,
                header.birth_date,
                header.sex,
                header.accession,
                header.study_description,
                header.procedure_description,
                header.performed,
                arrival.size
            ],
            |row| row.get(0),
        )?)
}

/// Writes what a replacing image says over what its order says, empty values too: who sends an image again with another
/// patient, or without one, wants the former one gone. What was typed into an order made by hand stays, but for the
/// patient.
fn renew(work: &Transaction<'_>, order: &str, header: &Header) -> Result<(), Refusal> {
    work.prepare_cached(
        "UPDATE patient_order SET patient_name = ?2, name_key = ?3, patient_id = ?4, other_patient_id = ?5,
             birth_date = ?6, sex = ?7 WHERE uuid = ?1",
    )?
    .execute(params![
        order,
        header.patient_name,
        fold_name(&header.patient_name),
        header.patient_id,
        header.other_patient_id,
        header.birth_date,
        header.sex,
    ])?;
    work.prepare_cached(
        "UPDATE patient_order SET accession = ?2, study_description = ?3, procedure_description = ?4,
             performed = ?5 WHERE uuid = ?1 AND NOT scheduled",
    )?
    .execute(params![
        order,
        header.accession,
        header.study_description,
        header.procedure_description,
        header.performed,
    ])?;
    Ok(())
}

/// Whether there is an order that the study goes into.
fn has_order(work: &Transaction<'_>, location: &str, header: &Header) -> Result<bool, Refusal> {
    let known = work
        .prepare_cached(
            "SELECT 1 FROM patient_order WHERE location = ?1 AND study_uid = ?2 AND trashed IS NULL",
        )?
        .exists([location, &header.study_uid])?;
    Ok(known || take_scheduled(work, location, header)?)
}

/// Gives the study to an order that was made for it: one of the location without a study whose patient ID and accession
/// number are the study's. Says whether there was one.
fn take_scheduled(
    work: &Transaction<'_>,
    location: &str,
    header: &Header,
) -> Result<bool, Refusal> {
    if header.patient_id.is_empty() || header.accession.is_empty() {
        return Ok(false);
    }
    let taken = work
        .prepare_cached(
            "UPDATE patient_order SET study_uid = ?4, status = 1 WHERE uuid = (
                 SELECT uuid FROM patient_order
                 WHERE location = ?1 AND accession = ?2 AND patient_id = ?3 AND study_uid IS NULL
                   AND trashed IS NULL AND status = ?5 AND images = 0
                 ORDER BY performed, uuid LIMIT 1)",
        )?
        .execute(params![
            location,
            header.accession,
            header.patient_id,
            header.study_uid,
            SCHEDULED
        ])?;
    Ok(taken > 0)
}

fn extend_series(work: &Transaction<'_>, order: &str, header: &Header) -> Result<(), Refusal> {
    let images: i64 = work
        .prepare_cached(
            "INSERT INTO series VALUES (?1, ?2, ?3, 1)
             ON CONFLICT (patient_order, series_uid) DO UPDATE SET images = images + 1 RETURNING images",
        )?
        .query_row(
            params![order, header.series_uid, header.modality.to_uppercase()],
            |row| row.get(0),
        )?;
    if images == 1 {
        summarise(work, order)?;
    }
    Ok(())
}

/// Writes what follows from an order's series: their number and their distinct modalities.
fn summarise(work: &Transaction<'_>, order: &str) -> Result<(), Refusal> {
    let mut series = work.prepare_cached("SELECT modality FROM series WHERE patient_order = ?1")?;
    let all = series
        .query_map([order], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    let distinct: BTreeSet<&str> = all
        .iter()
        .flat_map(|modality| modality.split('\\'))
        .filter(|modality| !modality.is_empty())
        .collect();
    let modality = distinct.into_iter().collect::<Vec<_>>().join("\\");
    // An order that its images left keeps what it was made for.
    work.prepare_cached(
        "UPDATE patient_order SET modality = iif(?2 = '', modality, ?2), series = ?3 WHERE uuid = ?1",
    )?
        .execute(params![
            order,
            modality,
            i64::try_from(all.len()).unwrap_or(i64::MAX)
        ])?;
    Ok(())
}

/// Takes a replaced image out of the order and series that it was in. An order that holds nothing more goes, for its
/// study's only image said that it belongs elsewhere; one that was made by hand waits for its study again.
fn withdraw(work: &Transaction<'_>, previous: &Previous, sop_uid: &str) -> Result<(), Refusal> {
    work.prepare_cached("DELETE FROM image WHERE patient_order = ?1 AND sop_uid = ?2")?
        .execute([&previous.order, sop_uid])?;
    work.prepare_cached(
        "UPDATE patient_order SET images = images - 1, bytes = bytes - ?2 WHERE uuid = ?1",
    )?
    .execute(params![previous.order, previous.size])?;
    work.prepare_cached(
        "UPDATE series SET images = images - 1 WHERE patient_order = ?1 AND series_uid = ?2",
    )?
    .execute([&previous.order, &previous.series_uid])?;
    let gone = work
        .prepare_cached("DELETE FROM series WHERE patient_order = ?1 AND images <= 0")?
        .execute([&previous.order])?;
    if gone > 0 {
        summarise(work, &previous.order)?;
    }
    work.prepare_cached(
        "UPDATE patient_order SET study_uid = NULL, status = ?2
         WHERE uuid = ?1 AND images <= 0 AND scheduled",
    )?
    .execute(params![previous.order, SCHEDULED])?;
    let empty = work
        .prepare_cached(
            "SELECT 1 FROM patient_order
             WHERE uuid = ?1 AND images <= 0 AND documents = 0 AND NOT scheduled",
        )?
        .exists([&previous.order])?;
    if empty {
        forget(work, &previous.order)?;
    }
    Ok(())
}

/// Removes an order that holds nothing from wherever it is named.
fn forget(work: &Transaction<'_>, order: &str) -> Result<(), Refusal> {
    groups::leave(work, &[order.to_owned()])?;
    for table in [
        "order_folder",
        "order_user",
        "order_user_group",
        "order_flag",
        "share_order",
        "view_order",
    ] {
        work.prepare_cached(&format!("DELETE FROM {table} WHERE patient_order = ?1"))?
            .execute([order])?;
    }
    work.prepare_cached("DELETE FROM patient_order WHERE uuid = ?1")?
        .execute([order])?;
    Ok(())
}

/// Puts an order into folders; into one that it is in already, nothing happens.
pub(super) fn into_folders(
    work: &Transaction<'_>,
    order: &str,
    folders: &[Uuid],
) -> Result<(), Refusal> {
    let mut put = work.prepare_cached("INSERT OR IGNORE INTO order_folder VALUES (?1, ?2)")?;
    for folder in folders {
        put.execute([order, &folder.to_string()])?;
    }
    Ok(())
}
