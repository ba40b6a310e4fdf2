//! Orders into the trash (message 6). Their images and documents stay; nothing shows them any more.

use rusqlite::{Transaction, params};
use serde_json::{Value, json};

use super::access;
use super::account;
use super::error::Refusal;
use super::groups;
use super::parameters::Parameters;
use super::store::now;

/// `DeletePatientOrder`.
pub(super) fn delete(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let order = access::named_order(work, &user, given)?;
    groups::leave(work, std::slice::from_ref(&order))?;
    work.prepare_cached("UPDATE patient_order SET trashed = ?2 WHERE uuid = ?1")?
        .execute(params![order, now()])?;
    Ok(json!({}))
}
