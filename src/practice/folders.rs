//! SearchFolder: a folder's listing with its four counts.

use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{Refusal, done};
use super::matching::Pattern;
use super::orders;
use super::socket::parse;
use super::store::Store;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Search {
    user_uuid: Uuid,
    #[serde(default)]
    parent_folder_uuid: Option<Uuid>,
    #[serde(default)]
    folder_name: String,
    #[serde(default)]
    get_orders_in_folder: bool,
}

/// The folders below a folder, itself left out: a common table expression that the counts start from.
const BELOW: &str = "WITH RECURSIVE below (uuid) AS (
    SELECT uuid FROM folders WHERE parent = ?1
    UNION SELECT f.uuid FROM folders f JOIN below b ON f.parent = b.uuid)";

/// Answers SearchFolder.
pub(super) fn list(store: &Store, json: &[u8]) -> Result<Value, Refusal> {
    let search: Search = parse(json)?;
    store.locations_of(search.user_uuid)?;
    let parent = search.parent_folder_uuid.unwrap_or(Uuid::nil());
    let mut folder = {
        let db = store.db();
        let own = describe(&db, &parent.to_string())?;
        let mut folder = match own {
            Some(folder) => folder,
            None if parent.is_nil() => with_counts(&db, &parent.to_string(), "", "")?,
            None => return Err(Refusal::new("The folder is no longer there.")),
        };
        let inner = inner(
            &db,
            &parent.to_string(),
            Pattern::new(&search.folder_name).as_ref(),
        )?;
        put(&mut folder, "SubFolderList", Value::from(inner));
        folder
    };
    let orders = if search.get_orders_in_folder && !parent.is_nil() {
        orders::in_folder(store, search.user_uuid, parent)?
    } else {
        Vec::new()
    };
    put(&mut folder, "PatientOrderList", Value::from(orders));
    Ok(done("Folder", folder))
}

fn inner(db: &Connection, parent: &str, name: Option<&Pattern>) -> Result<Vec<Value>, Refusal> {
    let mut query = db.prepare_cached(
        "SELECT uuid, name, description FROM folders WHERE parent = ?1 ORDER BY name, number",
    )?;
    let rows = query.query_map([parent], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    let mut folders = Vec::new();
    for row in rows {
        let [uuid, folder_name, description]: [String; 3] = row?;
        if name.is_none_or(|name| name.matches(&folder_name)) {
            folders.push(with_counts(db, &uuid, &folder_name, &description)?);
        }
    }
    Ok(folders)
}

fn describe(db: &Connection, uuid: &str) -> Result<Option<Value>, Refusal> {
    let row = db.query_row(
        "SELECT name, description FROM folders WHERE uuid = ?1",
        [uuid],
        |row| Ok([row.get::<_, String>(0)?, row.get::<_, String>(1)?]),
    );
    match row.optional()? {
        Some([name, description]) => Ok(Some(with_counts(db, uuid, &name, &description)?)),
        None => Ok(None),
    }
}

fn with_counts(
    db: &Connection,
    uuid: &str,
    name: &str,
    description: &str,
) -> Result<Value, Refusal> {
    let count = |sql: &str| db.query_row(sql, [uuid], |row| row.get::<_, i64>(0));
    let orders = count("SELECT COUNT(*) FROM order_folders WHERE folder = ?1")?;
    let all_orders = count(&format!(
        "{BELOW} SELECT COUNT(DISTINCT order_uuid) FROM order_folders WHERE folder = ?1 OR folder IN (SELECT uuid FROM below)"
    ))?;
    let folders = count("SELECT COUNT(*) FROM folders WHERE parent = ?1")?;
    let all_folders = count(&format!("{BELOW} SELECT COUNT(*) FROM below"))?;
    Ok(json!({
        "FolderUuid": uuid,
        "FolderName": name,
        "FolderDescription": description,
        "OrderCount": orders,
        "AllSubOrderCount": all_orders,
        "SubFolderCount": folders,
        "AllSubFolderCount": all_folders,
        "IsShared": false,
    }))
}

fn put(object: &mut Value, field: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), value);
    }
}
