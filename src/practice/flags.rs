//! Flags: the account's dictionary, and one flag of a group at most on each order.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::{Value, json};

use super::access;
use super::account;
use super::error::Refusal;
use super::orders::Order;
use super::parameters::Parameters;
use super::text::quoted;

/// What takes a group's flag away (*inferred*).
const NONE: u32 = 0;

/// A flag on an order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Flag {
    group_id: i64,
    group_name: String,
    flag_id: i64,
    flag_name: String,
    /// `#RRGGBB`.
    flag_color: String,
}

/// Brings the flags of orders, all in one question.
pub(super) fn load(work: &Transaction<'_>, orders: &mut [Order]) -> Result<(), Refusal> {
    let wanted: Vec<&str> = orders.iter().map(Order::uuid).collect();
    let wanted = serde_json::to_string(&wanted).unwrap_or_default();
    let mut statement = work.prepare_cached(
        "SELECT s.patient_order, s.flag_group, g.name, s.flag, f.name, f.color
         FROM json_each(?1) wanted JOIN order_flag s ON s.patient_order = wanted.value
         JOIN flag_group g ON g.id = s.flag_group
         JOIN flag f ON f.flag_group = s.flag_group AND f.id = s.flag
         ORDER BY s.patient_order, s.flag_group",
    )?;
    let mut found: HashMap<String, Vec<Flag>> = HashMap::new();
    let mut rows = statement.query([wanted])?;
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().push(Flag {
            group_id: row.get(1)?,
            group_name: row.get(2)?,
            flag_id: row.get(3)?,
            flag_name: row.get(4)?,
            flag_color: row.get(5)?,
        });
    }
    if found.is_empty() {
        return Ok(());
    }
    for order in orders {
        if let Some(flags) = found.remove(order.uuid()) {
            order.set_flags(flags);
        }
    }
    Ok(())
}

/// `GetAccountFlagDictionary`: the groups by number, each with its flags.
pub(super) fn dictionary(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    account::acting(work, given)?;
    let mut groups = work.prepare_cached("SELECT id, name FROM flag_group ORDER BY id")?;
    let groups = groups
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(i64, String)>, _>>()?;
    let mut flags =
        work.prepare_cached("SELECT id, name, color FROM flag WHERE flag_group = ?1 ORDER BY id")?;
    let mut list = Vec::new();
    for (id, name) in groups {
        let flags = flags
            .query_map([id], |row| {
                Ok(json!({
                    "FlagId": row.get::<_, i64>(0)?,
                    "FlagName": row.get::<_, String>(1)?,
                    "FlagColor": row.get::<_, String>(2)?,
                }))
            })?
            .collect::<Result<Vec<Value>, _>>()?;
        list.push(json!({"GroupId": id, "GroupName": name, "FlagList": flags}));
    }
    Ok(json!({ "FlagGroupList": list }))
}

/// `SetFlagToPatientOrder`: the order's flag of a group.
pub(super) fn set(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let order = access::named_order(work, &user, given)?;
    let (group, flag) = (given.number("GroupId")?, given.number("FlagId")?);
    let name: String = work
        .prepare_cached("SELECT name FROM flag_group WHERE id = ?1")?
        .query_row([group], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Refusal::denied(format!("There is no flag group {group}.")))?;
    if flag == NONE {
        work.prepare_cached("DELETE FROM order_flag WHERE patient_order = ?1 AND flag_group = ?2")?
            .execute(params![order, group])?;
        return Ok(json!({}));
    }
    let known = work
        .prepare_cached("SELECT 1 FROM flag WHERE flag_group = ?1 AND id = ?2")?
        .exists([group, flag])?;
    if !known {
        return Err(Refusal::denied(format!(
            "There is no flag {flag} in the group {group}, {}.",
            quoted(&name)
        )));
    }
    work.prepare_cached("INSERT OR REPLACE INTO order_flag VALUES (?1, ?2, ?3)")?
        .execute(params![order, group, flag])?;
    Ok(json!({}))
}
