//! Folder listings (message 3). Counts hold the orders that the user may see, each once.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::account;
use super::error::Refusal;
use super::orders;
use super::parameters::Parameters;
use super::text::{Name, fold_name};

struct Folder {
    uuid: String,
    name: String,
    description: String,
}

/// `SearchFolder`: a folder (the root's GUID is all zeros), its subfolders by name, and its orders where asked for.
/// `FolderName` narrows the subfolders as a patient's name narrows a search (*inferred*).
pub(super) fn list(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    account::check_user(work, user)?;
    let user = user.to_string();
    let parent = given.guid("ParentFolderUuid")?.unwrap_or(Uuid::nil());
    let wanted = Name::new(given.text("FolderName")?);
    let with_orders = given.flag("GetOrdersInFolder")?;

    let folder = find(work, parent)?;
    let mut below = Vec::new();
    for child in children(work, &folder.uuid)? {
        if wanted
            .as_ref()
            .is_none_or(|name| name.matches(&fold_name(&child.name)))
        {
            below.push(Value::Object(describe(work, &user, &child)?));
        }
    }
    let in_it = if with_orders {
        orders::select(work, &user, Some(folder.uuid.clone()), |_| true)?
    } else {
        Vec::new()
    };
    let mut answer = describe(work, &user, &folder)?;
    answer.insert("SubFolderList".to_owned(), Value::Array(below));
    answer.insert("PatientOrderList".to_owned(), json!(in_it));
    Ok(json!({ "Folder": answer }))
}

fn find(work: &Transaction<'_>, uuid: Uuid) -> Result<Folder, Refusal> {
    if uuid.is_nil() {
        return Ok(Folder {
            uuid: uuid.to_string(),
            name: String::new(),
            description: String::new(),
        });
    }
    work.prepare_cached("SELECT uuid, name, description FROM folder WHERE uuid = ?1")?
        .query_row([uuid.to_string()], |row| {
            Ok(Folder {
                uuid: row.get(0)?,
                name: row.get(1)?,
                description: row.get(2)?,
            })
        })
        .optional()?
        .ok_or(Refusal::UnknownFolder)
}

fn children(work: &Transaction<'_>, parent: &str) -> Result<Vec<Folder>, Refusal> {
    let mut statement =
        work.prepare_cached("SELECT uuid, name, description FROM folder WHERE parent = ?1")?;
    let mut list = statement
        .query_map([parent], |row| {
            Ok(Folder {
                uuid: row.get(0)?,
                name: row.get(1)?,
                description: row.get(2)?,
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    list.sort_by_cached_key(|folder| (fold_name(&folder.name), folder.uuid.clone()));
    Ok(list)
}

/// A folder's fields with the four counts. `UNION` ends the walk even where folders held each other in a circle.
fn describe(
    work: &Transaction<'_>,
    user: &str,
    folder: &Folder,
) -> Result<Map<String, Value>, Refusal> {
    const TREE: &str = "WITH RECURSIVE tree (uuid) AS (
        VALUES (?1) UNION SELECT f.uuid FROM folder f JOIN tree t ON f.parent = t.uuid) ";
    const VISIBLE: &str = "FROM order_folder i JOIN patient_order o ON o.uuid = i.patient_order
        JOIN user_location u ON u.location = o.location AND u.user = ?2 ";
    let orders = |sql: &str| -> Result<i64, Refusal> {
        Ok(work
            .prepare_cached(sql)?
            .query_row(params![folder.uuid, user], |row| row.get(0))?)
    };
    let folders = |sql: &str| -> Result<i64, Refusal> {
        Ok(work
            .prepare_cached(sql)?
            .query_row([&folder.uuid], |row| row.get(0))?)
    };
    let counted = json!({
        "FolderUuid": folder.uuid,
        "FolderName": folder.name,
        "FolderDescription": folder.description,
        "OrderCount": orders(&format!("SELECT count(*) {VISIBLE} WHERE i.folder = ?1"))?,
        "AllSubOrderCount": orders(&format!(
            "{TREE} SELECT count(DISTINCT o.uuid) {VISIBLE} WHERE i.folder IN (SELECT uuid FROM tree)"
        ))?,
        "SubFolderCount": folders("SELECT count(*) FROM folder WHERE parent = ?1")?,
        "AllSubFolderCount": folders(&format!("{TREE} SELECT count(*) - 1 FROM tree"))?,
        "IsShared": false,
    });
    match counted {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}
