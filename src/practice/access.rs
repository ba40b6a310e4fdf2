//! Who sees which order: one rule, for searches, counts and changes alike. Nobody changes what they do not see.

use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::account;
use super::error::Refusal;
use super::orders::Order;
use super::parameters::Parameters;

/// Whether the user `?1` sees the order `o`, in SQL. An order in the trash is seen by nobody. A restricted user sees
/// what is assigned to the user or a group of the user's, and what lies in folders (and below) that are shared so;
/// others see the orders of their locations, and what is assigned to them. None of the lists depends on `o`: SQLite
/// makes each once a statement, and only where the ones before did not settle it.
pub(super) const SEEN: &str = "(o.trashed IS NULL AND (
    o.location IN (SELECT mine.location FROM user_location mine JOIN user me ON me.uuid = mine.user
                   WHERE me.uuid = ?1 AND me.restricted = 0)
    OR o.uuid IN (SELECT patient_order FROM order_user WHERE user = ?1
                  UNION SELECT given.patient_order FROM order_user_group given
                  JOIN user_group_member mine ON mine.user_group = given.user_group WHERE mine.user = ?1)
    OR o.uuid IN (SELECT held.patient_order FROM order_folder held
                  WHERE held.folder IN (SELECT uuid FROM (
    WITH RECURSIVE shared (uuid) AS (
        SELECT s.folder FROM share s JOIN user me ON me.uuid = ?1 AND me.restricted <> 0
        WHERE s.folder IS NOT NULL AND (s.expires = '' OR s.expires >= date('now', 'localtime'))
          AND (EXISTS (SELECT 1 FROM share_user with_me WHERE with_me.share = s.uuid AND with_me.user = ?1)
               OR EXISTS (SELECT 1 FROM share_user_group with_us
                          JOIN user_group_member mine ON mine.user_group = with_us.user_group
                          WHERE with_us.share = s.uuid AND mine.user = ?1))
        UNION SELECT below.uuid FROM folder below JOIN shared ON below.parent = shared.uuid)
    SELECT uuid FROM shared)))))";

/// The folders that are shared with the user `?1`, and all below them: [`SEEN`]'s last list, for folders themselves.
const SHARED_FOLDER: &str = "WITH RECURSIVE up (uuid) AS (
        VALUES (?2) UNION SELECT f.parent FROM folder f JOIN up ON f.uuid = up.uuid)
    SELECT 1 FROM share s JOIN up ON s.folder = up.uuid
    WHERE (s.expires = '' OR s.expires >= date('now', 'localtime'))
      AND (EXISTS (SELECT 1 FROM share_user with_me WHERE with_me.share = s.uuid AND with_me.user = ?1)
           OR EXISTS (SELECT 1 FROM share_user_group with_us
                      JOIN user_group_member mine ON mine.user_group = with_us.user_group
                      WHERE with_us.share = s.uuid AND mine.user = ?1))";

/// Today, as expiry dates are compared with it.
pub(super) fn today(work: &Transaction<'_>) -> Result<String, Refusal> {
    Ok(work
        .prepare_cached("SELECT date('now', 'localtime')")?
        .query_row([], |row| row.get(0))?)
}

fn sees(work: &Transaction<'_>, user: &str, order: &str) -> Result<bool, Refusal> {
    let sql = format!("SELECT 1 FROM patient_order o WHERE o.uuid = ?2 AND {SEEN}");
    Ok(work.prepare_cached(&sql)?.exists([user, order])?)
}

/// An order as it is told to a user who sent an image of it: whoever does not see it learns its GUID and no more.
pub(super) fn told(work: &Transaction<'_>, user: &str, order: &Order) -> Result<Value, Refusal> {
    Ok(if sees(work, user, order.uuid())? {
        json!(order)
    } else {
        json!({ "PatientOrderUuid": order.uuid() })
    })
}

/// Whether the user sees the order; its GUID as the tables have it.
pub(super) fn check_order(
    work: &Transaction<'_>,
    user: &str,
    order: Uuid,
) -> Result<String, Refusal> {
    let order = order.to_string();
    if sees(work, user, &order)? {
        return Ok(order);
    }
    let trashed: Option<bool> = work
        .prepare_cached("SELECT trashed IS NOT NULL FROM patient_order WHERE uuid = ?1")?
        .query_row([&order], |row| row.get(0))
        .optional()?;
    Err(match trashed {
        Some(true) => Refusal::InTrash,
        _ => Refusal::UnknownOrder,
    })
}

/// As [`check_order`], for several.
pub(super) fn check_orders(
    work: &Transaction<'_>,
    user: &str,
    orders: &[Uuid],
) -> Result<Vec<String>, Refusal> {
    orders
        .iter()
        .map(|order| check_order(work, user, *order))
        .collect()
}

/// The order that a message names by `PatientOrderUuid`, and by `PatientOrderInstitutionUuid` where it says so too.
pub(super) fn named_order(
    work: &Transaction<'_>,
    user: &str,
    given: &Parameters,
) -> Result<String, Refusal> {
    let order = check_order(work, user, given.needed_guid("PatientOrderUuid")?)?;
    if let Some(location) = given.guid("PatientOrderInstitutionUuid")? {
        let location = location.to_string();
        account::location_name(work, &location)?;
        let there = work
            .prepare_cached("SELECT 1 FROM patient_order WHERE uuid = ?1 AND location = ?2")?
            .exists([&order, &location])?;
        if !there {
            return Err(Refusal::OtherLocation);
        }
    }
    Ok(order)
}

/// Whether the user may rename or delete a folder. A restricted user may not where it, or a folder below it, holds an
/// order that the user does not see: the change would reach others through what is hidden from the user.
pub(super) fn check_folder_change(
    work: &Transaction<'_>,
    user: &str,
    folder: &str,
) -> Result<(), Refusal> {
    if !account::is_restricted(work, user)? {
        return Ok(());
    }
    let hidden = format!(
        "WITH RECURSIVE tree (uuid) AS (
             VALUES (?2) UNION SELECT f.uuid FROM folder f JOIN tree t ON f.parent = t.uuid)
         SELECT 1 FROM order_folder held JOIN tree ON tree.uuid = held.folder
         JOIN patient_order o ON o.uuid = held.patient_order
         WHERE o.trashed IS NULL AND NOT {SEEN}"
    );
    if work.prepare_cached(&hidden)?.exists([user, folder])? {
        return Err(Refusal::denied(
            "The folder holds orders that the user may not see, so the user may not change it.",
        ));
    }
    Ok(())
}

/// Whether the user may let others into a folder: a restricted user would let in themselves.
pub(super) fn check_sharing(
    work: &Transaction<'_>,
    user: &str,
    folder: &str,
) -> Result<(), Refusal> {
    let free = !account::is_restricted(work, user)?
        || work.prepare_cached(SHARED_FOLDER)?.exists([user, folder])?;
    free.then_some(()).ok_or_else(|| {
        Refusal::denied("The user may share only folders that are shared with the user.")
    })
}
