//! Orders assigned to users, groups of users and locations (messages 28, 29, 32, 33 and 35).

use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value, json};

use super::access;
use super::account;
use super::error::Refusal;
use super::parameters::Parameters;

/// `AssignPatientOrderToUser`. Twice is no failure.
pub(super) fn to_user(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let assign = "INSERT OR IGNORE INTO order_user (patient_order, user) VALUES (?1, ?2)";
    with_user(work, given, "AssignedUserUuid", assign)
}

/// `UnassignPatientOrderFromUser`. One who is not assigned is passed over.
pub(super) fn from_user(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let unassign = "DELETE FROM order_user WHERE patient_order = ?1 AND user = ?2";
    with_user(work, given, "UnassignedUserUuid", unassign)
}

/// `AssignPatientOrderToUserGroup`.
pub(super) fn to_group(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let assign =
        "INSERT OR IGNORE INTO order_user_group (patient_order, user_group) VALUES (?1, ?2)";
    with_group(work, given, "AssignedUserGroupUuid", assign)
}

/// `UnassignPatientOrderFromUserGroup`.
pub(super) fn from_group(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let unassign = "DELETE FROM order_user_group WHERE patient_order = ?1 AND user_group = ?2";
    with_group(work, given, "UnassignedUserGroupUuid", unassign)
}

fn with_user(
    work: &Transaction<'_>,
    given: &Parameters,
    field: &'static str,
    sql: &str,
) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let order = access::named_order(work, &user, given)?;
    let other = given.needed_guid(field)?;
    account::check_user(work, other)?;
    work.prepare_cached(sql)?
        .execute([order, other.to_string()])?;
    Ok(json!({}))
}

fn with_group(
    work: &Transaction<'_>,
    given: &Parameters,
    field: &'static str,
    sql: &str,
) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let order = access::named_order(work, &user, given)?;
    let group = given.needed_guid(field)?;
    account::check_user_group(work, group)?;
    work.prepare_cached(sql)?
        .execute([order, group.to_string()])?;
    Ok(json!({}))
}

/// `AssignPatientOrderToInstitution`: moves an order with its images to another location of the user's.
pub(super) fn to_location(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let acting = given.needed_guid("UserUuid")?;
    let user = account::acting(work, given)?;
    let order = access::named_order(work, &user, given)?;
    let location = given.needed_guid("InstitutionUuid")?;
    account::check_location(work, acting, location)?;
    let location = location.to_string();
    let there = work
        .prepare_cached("SELECT 1 FROM patient_order WHERE uuid = ?1 AND location = ?2")?
        .exists([&order, &location])?;
    if there {
        return Ok(json!({}));
    }
    check_room_for(work, &order, &location)?;
    for sql in [
        "UPDATE patient_order SET location = ?2 WHERE uuid = ?1",
        "UPDATE image SET location = ?2 WHERE patient_order = ?1",
    ] {
        work.prepare_cached(sql)?.execute([&order, &location])?;
    }
    Ok(json!({}))
}

/// Whether the location holds neither the order's study nor one of its images.
fn check_room_for(work: &Transaction<'_>, order: &str, location: &str) -> Result<(), Refusal> {
    let name = account::location_name(work, location)?;
    let study: Option<String> = work
        .prepare_cached(
            "SELECT there.study_uid FROM patient_order o
             JOIN patient_order there ON there.study_uid = o.study_uid AND there.location = ?2
             WHERE o.uuid = ?1 AND there.trashed IS NULL",
        )?
        .query_row([order, location], |row| row.get(0))
        .optional()?;
    if let Some(study) = study {
        return Err(Refusal::denied(format!(
            "The location \"{name}\" holds the study {study} already."
        )));
    }
    let images: i64 = work
        .prepare_cached(
            "SELECT count(*) FROM image i JOIN image there ON there.location = ?2 AND there.sop_uid = i.sop_uid
             JOIN patient_order o ON o.uuid = there.patient_order AND o.trashed IS NULL
             WHERE i.patient_order = ?1",
        )?
        .query_row([order, location], |row| row.get(0))?;
    if images > 0 {
        return Err(Refusal::denied(format!(
            "The location \"{name}\" holds {images} of the order's images already, in another order."
        )));
    }
    Ok(())
}
