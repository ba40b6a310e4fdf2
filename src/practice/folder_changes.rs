//! Folders made, named, deleted, and filled with orders (messages 2, 4, 8, 9 and 27).

use rusqlite::{OptionalExtension, Transaction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access;
use super::account;
use super::error::Refusal;
use super::folders;
use super::parameters::Parameters;
use super::store_image;
use super::text::quoted;

/// The longest name of a folder, in characters.
const LONGEST_NAME: usize = 255;
/// How many folders one name with slashes may make.
const MAX_PARTS: usize = 64;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 10_240;

/// `CreateFolder`: "a/b/c" makes what is missing of the path, and must make its last part.
pub(super) fn create(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let mut parent = given.guid("ParentFolderUuid")?.unwrap_or(Uuid::nil());
    folders::find(work, parent)?;
    let path = given.text("FolderName")?;
    let parts = path
        .split('/')
        .map(|part| check_name(part, path))
        .collect::<Result<Vec<&str>, _>>()?;
    if parts.len() > MAX_PARTS {
        return Err(Refusal::denied(format!(
            "{} names {} folders within each other; at most {MAX_PARTS} are possible.",
            quoted(path),
            parts.len()
        )));
    }
    let description = given.note("FolderDescription", LONGEST_DESCRIPTION)?;
    let last = parts.len().saturating_sub(1);
    for (at, name) in parts.into_iter().enumerate() {
        parent = match child(work, parent, name)? {
            Some(_) if at == last => return Err(taken(work, parent, name)?),
            Some(found) => found,
            None => insert(
                work,
                parent,
                name,
                if at == last { &description } else { "" },
            )?,
        };
    }
    let folder = folders::described(work, &user, parent)?;
    Ok(json!({"FolderUuid": parent.to_string(), "Folder": folder}))
}

/// A folder's name without the blanks around it; `path` is what it was sent in.
fn check_name<'a>(name: &'a str, path: &str) -> Result<&'a str, Refusal> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Refusal::denied(if path.trim().is_empty() {
            "The folder needs a name.".to_owned()
        } else {
            format!("A folder in {} has no name.", quoted(path))
        }));
    }
    if name.chars().any(char::is_control) {
        return Err(Refusal::denied(format!(
            "The folder name {} holds control characters.",
            quoted(name)
        )));
    }
    if name.chars().nth(LONGEST_NAME).is_some() {
        return Err(Refusal::denied(format!(
            "The folder name {} has {} characters; at most {LONGEST_NAME} are possible.",
            quoted(name),
            name.chars().count()
        )));
    }
    Ok(name)
}

fn child(work: &Transaction<'_>, parent: Uuid, name: &str) -> Result<Option<Uuid>, Refusal> {
    let found: Option<String> = work
        .prepare_cached("SELECT uuid FROM folder WHERE parent = ?1 AND name = ?2")?
        .query_row([&parent.to_string(), name], |row| row.get(0))
        .optional()?;
    found
        .map(|uuid| Uuid::try_parse(&uuid).map_err(|_| Refusal::UnknownFolder))
        .transpose()
}

/// That a folder holds one of this name.
fn taken(work: &Transaction<'_>, parent: Uuid, name: &str) -> Result<Refusal, Refusal> {
    let name = quoted(name);
    Ok(Refusal::Denied(if parent.is_nil() {
        format!("There is a folder {name} already.")
    } else {
        let parent = folders::find(work, parent)?;
        format!(
            "The folder {} holds a folder {name} already.",
            quoted(parent.name())
        )
    }))
}

fn insert(
    work: &Transaction<'_>,
    parent: Uuid,
    name: &str,
    description: &str,
) -> Result<Uuid, Refusal> {
    let uuid = Uuid::new_v4();
    work.prepare_cached(
        "INSERT INTO folder (uuid, parent, name, description) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute([&uuid.to_string(), &parent.to_string(), name, description])?;
    Ok(uuid)
}

/// `UpdateFolderWithJson`: the name, the description, or both.
pub(super) fn update(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let folder = given.needed_guid("FolderUuid")?;
    folders::find(work, folder)?;
    access::check_folder_change(work, &user, &folder.to_string())?;
    let identity = given
        .object("JsonParameters")?
        .object("IdentityInformation")?;
    if let Some(name) = identity.given_text("Name")? {
        rename(work, folder, name)?;
    }
    if identity.given_text("Description")?.is_some() {
        let description = identity.note("Description", LONGEST_DESCRIPTION)?;
        work.prepare_cached("UPDATE folder SET description = ?2 WHERE uuid = ?1")?
            .execute([&folder.to_string(), &description])?;
    }
    let folder = folders::described(work, &user, folder)?;
    Ok(json!({ "Folder": folder }))
}

fn rename(work: &Transaction<'_>, folder: Uuid, name: &str) -> Result<(), Refusal> {
    if name.contains('/') {
        return Err(Refusal::denied(format!(
            "The folder name {} holds a slash, which parts folders.",
            quoted(name)
        )));
    }
    let name = check_name(name, name)?;
    let parent: String = work
        .prepare_cached("SELECT parent FROM folder WHERE uuid = ?1")?
        .query_row([folder.to_string()], |row| row.get(0))?;
    let parent = Uuid::try_parse(&parent).map_err(|_| Refusal::UnknownFolder)?;
    if child(work, parent, name)?.is_some_and(|other| other != folder) {
        return Err(taken(work, parent, name)?);
    }
    work.prepare_cached("UPDATE folder SET name = ?2 WHERE uuid = ?1")?
        .execute([&folder.to_string(), name])?;
    Ok(())
}

/// `DeleteFolder`: with all below it. Their orders stay; their shares and view addresses end.
pub(super) fn delete(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let folder = given.needed_guid("FolderUuid")?;
    folders::find(work, folder)?;
    let folder = folder.to_string();
    access::check_folder_change(work, &user, &folder)?;
    let tree = "WITH RECURSIVE tree (uuid) AS (
        VALUES (?1) UNION SELECT f.uuid FROM folder f JOIN tree t ON f.parent = t.uuid)";
    let shares = "(SELECT uuid FROM share WHERE folder IN tree)";
    let mut deleted = 0;
    for what in [
        format!("share_user WHERE share IN {shares}"),
        format!("share_user_group WHERE share IN {shares}"),
        "share WHERE folder IN tree".to_owned(),
        "view WHERE folder IN tree".to_owned(),
        "order_folder WHERE folder IN tree".to_owned(),
        // The last, for it is what the tree is found by; what is counted is its rows.
        "folder WHERE uuid IN tree".to_owned(),
    ] {
        deleted = work
            .prepare_cached(&format!("{tree} DELETE FROM {what}"))?
            .execute([&folder])?;
    }
    Ok(json!({ "DeletedFolderCount": deleted }))
}

/// `AddOrderToFolder`: one order, any number of folders. In one that it is in already, it stays.
pub(super) fn add_order(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let order = access::named_order(work, &user, given)?;
    let folders = given.needed_guids("FolderUuidList")?;
    account::check_folders(work, &folders)?;
    store_image::into_folders(work, &order, &folders)?;
    Ok(json!({}))
}

/// `RemoveOrderFromFolder`: any number of orders, one folder. One that is not in it is passed over.
pub(super) fn remove_orders(work: &Transaction<'_>, given: &Parameters) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let folder = given.needed_guid("FolderUuid")?;
    account::check_folders(work, &[folder])?;
    let orders = given.needed_guids("PatientOrderUuidList")?;
    let folder = folder.to_string();
    let mut remove =
        work.prepare_cached("DELETE FROM order_folder WHERE patient_order = ?1 AND folder = ?2")?;
    for order in access::check_orders(work, &user, &orders)? {
        remove.execute([&order, &folder])?;
    }
    Ok(json!({}))
}
