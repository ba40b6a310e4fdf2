//! What happened to a transfer, written into the tables.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, Transaction, params};

use super::Note;
use super::seal::Seal;
use super::store::{StoreError, index, millis, signed};
use crate::receipt::VerifiedBy;
use crate::transfer::Outcome;

/// Writes one note; one of a transfer or file that is gone writes nothing.
pub(super) fn apply(work: &Transaction<'_>, seal: &Seal, note: &Note) -> Result<(), StoreError> {
    match note {
        Note::Part(row, part) => {
            let n = index(part.file);
            // A part in a new upload, or under a new number, is the first of its file.
            let known: Option<(Option<String>, Option<u32>)> = work
                .prepare_cached(
                    "SELECT upload, file_index FROM file WHERE transfer = ?1 AND n = ?2",
                )?
                .query_row(params![row, n], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let upload = part.upload.to_string();
            if known.is_none() {
                // It was taken off the list meanwhile.
                return Ok(());
            }
            if known != Some((Some(upload.clone()), Some(part.file_index))) {
                forget_parts(work, *row, n)?;
                work.prepare_cached(
                    "UPDATE file SET upload = ?3, file_index = ?4, part_count = ?5 WHERE transfer = ?1 AND n = ?2",
                )?
                .execute(params![row, n, upload, part.file_index, part.part_count])?;
            }
            work.prepare_cached("INSERT OR REPLACE INTO part VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![row, n, part.part_index, part.digest.as_slice()])?;
        }
        Note::ForgetParts(row, file) => forget_parts(work, *row, index(*file))?,
        Note::File {
            row,
            file,
            outcome,
            size,
            digest,
        } => {
            let reason = match outcome {
                Outcome::Failed(reason) => Some(seal.seal(reason.as_bytes())?),
                _ => None,
            };
            work.prepare_cached(
                "UPDATE file SET outcome = ?3, reason = ?4, sent_size = coalesce(?5, sent_size),
                 digest = coalesce(?6, digest) WHERE transfer = ?1 AND n = ?2",
            )?
            .execute(params![
                row,
                index(*file),
                number(outcome),
                reason,
                size.map(signed),
                digest
            ])?;
            if !matches!(outcome, Outcome::Failed(_)) {
                forget_parts(work, *row, index(*file))?;
            }
        }
        Note::FailPending(row, reason) => {
            work.prepare_cached(
                "UPDATE file SET outcome = 4, reason = ?2 WHERE transfer = ?1 AND outcome = 0",
            )?
            .execute(params![row, seal.seal(reason.as_bytes())?])?;
        }
        Note::Reopened(row) => {
            work.prepare_cached(
                "UPDATE file SET outcome = 0, reason = NULL WHERE transfer = ?1 AND outcome = 4",
            )?
            .execute([row])?;
            work.prepare_cached("UPDATE transfer SET note = NULL WHERE id = ?1")?
                .execute([row])?;
        }
        Note::State { row, kept, note } => {
            let note = note.as_ref().map(|note| seal.seal(note.as_bytes()));
            let ended = kept.is_over().then(|| millis(SystemTime::now()));
            work.prepare_cached(
                "UPDATE transfer SET state = ?2, note = ?3, ended = ?4 WHERE id = ?1",
            )?
            .execute(params![row, kept.number(), note.transpose()?, ended])?;
        }
        Note::Order { row, order, is_new } => {
            work.prepare_cached(
                "UPDATE transfer SET patient_order = coalesce(?2, patient_order),
                 order_is_new = coalesce(?3, order_is_new) WHERE id = ?1",
            )?
            .execute(params![row, order.map(|order| order.to_string()), is_new])?;
        }
        Note::VerifiedBy(row, by) => {
            let by = match by {
                VerifiedBy::Nothing => 0,
                VerifiedBy::Counts => 1,
                VerifiedBy::EachImage => 2,
            };
            work.prepare_cached("UPDATE transfer SET verified_by = ?2 WHERE id = ?1")?
                .execute(params![row, by])?;
        }
        Note::Places(rows) => {
            let mut update = work.prepare_cached("UPDATE transfer SET place = ?2 WHERE id = ?1")?;
            for (place, row) in (1_i64..).zip(rows) {
                update.execute(params![row, place])?;
            }
        }
        Note::Forget(row) => {
            work.prepare_cached("DELETE FROM transfer WHERE id = ?1")?
                .execute([row])?;
        }
    }
    Ok(())
}

fn forget_parts(work: &Transaction<'_>, row: i64, n: i64) -> Result<(), StoreError> {
    work.prepare_cached("DELETE FROM part WHERE transfer = ?1 AND n = ?2")?
        .execute(params![row, n])?;
    work.prepare_cached(
        "UPDATE file SET upload = NULL, file_index = NULL WHERE transfer = ?1 AND n = ?2",
    )?
    .execute(params![row, n])?;
    Ok(())
}

fn number(outcome: &Outcome) -> i64 {
    match outcome {
        Outcome::Pending => 0,
        Outcome::AlreadyThere => 1,
        Outcome::Acknowledged => 2,
        Outcome::Held => 3,
        Outcome::Failed(_) => 4,
    }
}
