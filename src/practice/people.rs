//! Whom and what the account knows: users, their groups, contacts and DICOM nodes (messages 22 to 24 and 34).

use rusqlite::{Row, Transaction};
use serde_json::{Value, json};

use super::account;
use super::error::Refusal;
use super::parameters::Parameters;

/// Rows as JSON.
pub(super) fn rows(
    work: &Transaction<'_>,
    sql: &str,
    bound: &[&str],
    each: impl Fn(&Row<'_>) -> rusqlite::Result<Value>,
) -> Result<Vec<Value>, Refusal> {
    let mut statement = work.prepare_cached(sql)?;
    let rows = statement.query_map(rusqlite::params_from_iter(bound), |row| each(row))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    row.get(column)
}

/// `GetUserList`.
pub(super) fn users(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    account::acting(work, given)?;
    let list = rows(
        work,
        "SELECT uuid, user_name, full_name, email, restricted FROM user ORDER BY position, full_name",
        &[],
        |row| {
            Ok(json!({
                "UserUuid": text(row, 0)?,
                "UserName": text(row, 1)?,
                "FullName": text(row, 2)?,
                "Email": text(row, 3)?,
                "IsRestricted": row.get::<_, bool>(4)?,
            }))
        },
    )?;
    Ok(json!({ "UserList": list }))
}

/// `GetUserGroupList`, each with its users.
pub(super) fn user_groups(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    account::acting(work, given)?;
    let mut groups = rows(
        work,
        "SELECT uuid, name FROM user_group ORDER BY name, uuid",
        &[],
        |row| Ok(json!({"UserGroupUuid": text(row, 0)?, "UserGroupName": text(row, 1)?})),
    )?;
    for group in &mut groups {
        let Value::Object(group) = group else {
            continue;
        };
        let uuid = group.get("UserGroupUuid").and_then(Value::as_str);
        let users = rows(
            work,
            "SELECT u.uuid, u.full_name FROM user_group_member m JOIN user u ON u.uuid = m.user
             WHERE m.user_group = ?1 ORDER BY u.position, u.full_name",
            &[uuid.unwrap_or_default()],
            |row| Ok(json!({"UserUuid": text(row, 0)?, "FullName": text(row, 1)?})),
        )?;
        group.insert("UserList".to_owned(), users.into());
    }
    Ok(json!({ "UserGroupList": groups }))
}

/// `GetDicomNodeList`: the nodes at the user's locations, and those that stand at none.
pub(super) fn dicom_nodes(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let list = rows(
        work,
        "SELECT uuid, name, ae_title, modality, location FROM dicom_node
         WHERE location = '' OR location IN (SELECT location FROM user_location WHERE user = ?1)
         ORDER BY name, uuid",
        &[&user],
        |row| {
            Ok(json!({
                "DicomNodeUuid": text(row, 0)?,
                "DicomNodeName": text(row, 1)?,
                "AeTitle": text(row, 2)?,
                "Modality": text(row, 3)?,
                "InstitutionUuid": text(row, 4)?,
            }))
        },
    )?;
    Ok(json!({ "DicomNodeList": list }))
}

/// `GetContactList`.
pub(super) fn contacts(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    account::acting(work, given)?;
    let list = rows(
        work,
        "SELECT uuid, name, email FROM contact ORDER BY name, uuid",
        &[],
        |row| {
            Ok(json!({
                "ContactUuid": text(row, 0)?,
                "ContactName": text(row, 1)?,
                "Email": text(row, 2)?,
            }))
        },
    )?;
    Ok(json!({ "ContactList": list }))
}
