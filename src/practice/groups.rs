//! Groups of orders that open together (messages 10 to 12). An order is in one at most, and a group holds two or more.

use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access;
use super::account;
use super::error::Refusal;
use super::parameters::Parameters;

/// `CreateOrderGroup`. An order of another group leaves that one.
pub(super) fn create(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let orders = named(work, given)?;
    if orders.len() < 2 {
        return Err(Refusal::denied("A group needs two orders at least."));
    }
    let group = Uuid::new_v4().to_string();
    put(work, &orders, &group)?;
    Ok(json!({ "ConnectedGroupUuid": group }))
}

/// `AddOrdersToOrderGroup`.
pub(super) fn add(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let orders = named(work, given)?;
    let user = account::acting(work, given)?;
    let group = given.needed_guid("ConnectedGroupUuid")?.to_string();
    let sql = format!(
        "SELECT 1 FROM patient_order o WHERE o.connected_group <> '' AND o.connected_group = ?2 AND {}",
        access::SEEN
    );
    if !work.prepare_cached(&sql)?.exists([&user, &group])? {
        return Err(Refusal::UnknownOrderGroup);
    }
    put(work, &orders, &group)?;
    Ok(json!({}))
}

/// `RemoveOrdersFromGroup`. An order that is in none is passed over.
pub(super) fn remove(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let orders = named(work, given)?;
    leave(work, &orders)?;
    Ok(json!({}))
}

/// The orders of a message, all of them seen by its user.
fn named(work: &Transaction<'_>, given: &Parameters) -> Result<Vec<String>, Refusal> {
    let user = account::acting(work, given)?;
    if let Some(location) = given.guid("PatientOrderInstitutionUuid")? {
        account::location_name(work, &location.to_string())?;
    }
    let orders = given.needed_guids("PatientOrderUuidList")?;
    access::check_orders(work, &user, &orders)
}

/// Takes orders out of their groups.
pub(super) fn leave(work: &Transaction<'_>, orders: &[String]) -> Result<(), Refusal> {
    put(work, orders, "")
}

/// Puts orders into a group, or into none, and dissolves those of their former groups that are too small then.
fn put(work: &Transaction<'_>, orders: &[String], group: &str) -> Result<(), Refusal> {
    let mut former = Vec::new();
    let mut of =
        work.prepare_cached("SELECT connected_group FROM patient_order WHERE uuid = ?1")?;
    let mut set =
        work.prepare_cached("UPDATE patient_order SET connected_group = ?2 WHERE uuid = ?1")?;
    for order in orders {
        let left: Option<String> = of.query_row([order], |row| row.get(0)).optional()?;
        former.extend(left.filter(|left| !left.is_empty() && left != group));
        set.execute([order.as_str(), group])?;
    }
    former.sort();
    former.dedup();
    for group in former {
        work.prepare_cached(
            "UPDATE patient_order SET connected_group = '' WHERE connected_group <> '' AND connected_group = ?1
             AND (SELECT count(*) FROM patient_order WHERE connected_group <> '' AND connected_group = ?1) < 2",
        )?
        .execute([group])?;
    }
    Ok(())
}
