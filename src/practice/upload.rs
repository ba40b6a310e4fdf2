//! The upload messages: `Initialize`, `CheckFileExist`, and the parts that `ProcessFile` and `ProcessDocuments` bring.
//! How parts become a file stands in [`super::assemble`].

use bytes::Bytes;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::wire::MAX_PART;

use super::access;
use super::account;
use super::content::Purpose;
use super::error::Refusal;
use super::orders::{self, Order};
use super::parameters::Parameters;
use super::store::{Store, Sum, now, sum};

/// The most parts of one file: 32 GiB in full parts.
const MAX_PARTS: u32 = 65_536;
/// The largest document that a message may carry whole beside a part of it, in bytes (200 MiB).
pub(super) const MAX_DOCUMENT: usize = 200 * 1024 * 1024;

/// `Initialize`: begins an upload and gives it a GUID.
pub(super) fn initialize(store: &Store, given: &Parameters) -> Result<Uuid, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    let location = given.needed_guid("InstitutionUuid")?;
    let upload = Uuid::new_v4();
    store.write(|work| {
        account::check_location(work, user, location)?;
        work.prepare_cached("INSERT INTO upload VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                upload.to_string(),
                user.to_string(),
                location.to_string(),
                now()
            ])?;
        Ok(upload)
    })
}

/// `CheckFileExist`: whether an image is in the location, in its row and on the disk, and the order that it is in.
pub(super) fn check(store: &Store, given: &Parameters) -> Result<Value, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    let location = given.needed_guid("InstitutionUuid")?;
    let upload = given.needed_guid("SessionUniqueUuid")?;
    let study_uid = given.text("StudyInstanceUid")?.trim();
    let sop_uid = given.text("SopInstanceUid")?.trim();
    if sop_uid.is_empty() {
        return Err(Refusal::parameter("SopInstanceUid", "is missing"));
    }
    let order = store.read(|work| {
        account::check_location(work, user, location)?;
        account::check_upload(work, upload, user, location)?;
        stored(work, store, location, sop_uid)?
            .filter(|order| study_uid.is_empty() || order.is_of_study(study_uid))
            .map(|order| access::told(work, &user.to_string(), &order))
            .transpose()
    })?;
    Ok(json!({"FileIfExist": order.is_some(), "PatientOrder": order}))
}

/// The order of an image that is truly there.
pub(super) fn stored(
    work: &Transaction<'_>,
    store: &Store,
    location: Uuid,
    sop_uid: &str,
) -> Result<Option<Order>, Refusal> {
    let row: Option<(String, String, i64)> = work
        .prepare_cached(
            "SELECT i.patient_order, i.path, i.size FROM image i
             JOIN patient_order o ON o.uuid = i.patient_order AND o.trashed IS NULL
             WHERE i.location = ?1 AND i.sop_uid = ?2",
        )?
        .query_row([location.to_string().as_str(), sop_uid], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    match row {
        Some((order, path, size)) if store.holds(&path, size) => orders::find(work, &order),
        _ => Ok(None),
    }
}

/// The bytes of the part that a `ProcessDocuments` message brings.
///
/// The vendor's library sends a document of several parts in messages that each carry the whole document as their
/// payload, and the part itself as a list of numbers, `FileBuffer`. A payload that is longer than a part and comes
/// without the list is taken for the whole document too, cut at every [`MAX_PART`] bytes. Every other payload is the
/// part itself.
///
/// # Errors
/// A list that is none of bytes, or that is not what stands at its place in the document.
pub(super) fn document_part(given: &Parameters, payload: &Bytes) -> Result<Bytes, Refusal> {
    let index = usize::try_from(given.number("CurrentFilePartIndex")?).unwrap_or(usize::MAX);
    let count = usize::try_from(given.number("CurrentFileTotalPartCount")?).unwrap_or(usize::MAX);
    let listed = given.bytes("FileBuffer", MAX_PART)?.unwrap_or_default();
    if listed.is_empty() {
        return Ok(cut(payload, index, count).unwrap_or_else(|| payload.clone()));
    }
    if payload.is_empty() || *payload == listed {
        return Ok(listed.into());
    }
    let is_last = index.saturating_add(1) == count;
    let start = if is_last {
        payload.len().checked_sub(listed.len())
    } else {
        index.checked_mul(listed.len())
    };
    let found = start.and_then(|start| payload.get(start..start.checked_add(listed.len())?));
    match found {
        Some(bytes) if bytes == listed => Ok(payload.slice_ref(bytes)),
        Some(_) | None => Err(Refusal::Part(format!(
            "The bytes of part {index} in FileBuffer are not those of the document beside them."
        ))),
    }
}

/// A part of a whole document; `None` where the payload is no whole document of so many parts.
fn cut(payload: &Bytes, index: usize, count: usize) -> Option<Bytes> {
    if payload.len() <= MAX_PART || payload.len().div_ceil(MAX_PART) != count {
        return None;
    }
    let start = index.checked_mul(MAX_PART)?;
    let end = start.checked_add(MAX_PART)?.min(payload.len());
    payload.get(start..end).map(|part| payload.slice_ref(part))
}

/// One part of a file, as `ProcessFile` or `ProcessDocuments` brings it.
pub(super) struct Part {
    /// `SessionUniqueUuid`: an upload's GUID, or a sign-in's.
    pub(super) upload: Uuid,
    pub(super) user: Uuid,
    pub(super) location: Uuid,
    pub(super) purpose: Purpose,
    /// Names the file within the upload.
    pub(super) file: u32,
    /// From 0.
    pub(super) index: u32,
    pub(super) count: u32,
    pub(super) bytes: Bytes,
    pub(super) digest: Sum,
}

impl Part {
    /// Reads a part and refuses what contradicts itself.
    pub(super) fn read(
        given: &Parameters,
        purpose: Purpose,
        bytes: Bytes,
    ) -> Result<Self, Refusal> {
        let index = given.number("CurrentFilePartIndex")?;
        let count = given.number("CurrentFileTotalPartCount")?;
        if count == 0 || count > MAX_PARTS {
            return Err(Refusal::Part(format!(
                "A file cannot have {count} parts; 1 to {MAX_PARTS} are possible."
            )));
        }
        if index >= count {
            return Err(Refusal::Part(format!(
                "There is no part {index} in a file of {count} parts, counted from 0."
            )));
        }
        if bytes.is_empty() {
            return Err(Refusal::Part("The part is empty.".to_owned()));
        }
        if bytes.len() > MAX_PART {
            return Err(Refusal::Part(format!(
                "The part has {} bytes; at most {MAX_PART} are possible.",
                bytes.len()
            )));
        }
        Ok(Part {
            upload: given.needed_guid("SessionUniqueUuid")?,
            user: given.needed_guid("UserUuid")?,
            location: given.needed_guid("InstitutionUuid")?,
            purpose,
            file: given.number("FileIndex")?,
            index,
            count,
            digest: sum(&bytes),
            bytes,
        })
    }

    /// Whether the one who sends it may.
    pub(super) fn check(&self, work: &Transaction<'_>) -> Result<(), Refusal> {
        account::check_location(work, self.user, self.location)?;
        account::check_upload(work, self.upload, self.user, self.location)?;
        self.purpose.check(work, self.user)
    }
}
