//! The account as sign-in tells it, and who may use what.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::Refusal;
use super::parameters::Parameters;
use super::seed;

/// `Account`: the users in their order, each with the locations that they may use.
pub(super) fn account(work: &Transaction<'_>) -> Result<Value, Refusal> {
    let mut users = work.prepare_cached(
        "SELECT uuid, user_name, full_name FROM user ORDER BY position, full_name",
    )?;
    let users = users
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<Vec<(String, String, String)>, _>>()?;
    let mut list = Vec::new();
    for (uuid, user_name, full_name) in users {
        let locations: Vec<Value> = locations(work, &uuid)?
            .into_iter()
            .map(|(uuid, name)| json!({"InstitutionUuid": uuid, "InstitutionName": name}))
            .collect();
        list.push(json!({
            "UserUuid": uuid,
            "UserName": user_name,
            "FullName": full_name,
            "InstitutionList": locations,
        }));
    }
    Ok(json!({"AccountName": seed::ACCOUNT, "UserList": list}))
}

/// The locations of a user, GUID and name, in their order.
fn locations(work: &Transaction<'_>, user: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut locations = work.prepare_cached(
        "SELECT l.uuid, l.name FROM location l JOIN user_location u ON u.location = l.uuid
         WHERE u.user = ?1 ORDER BY l.position, l.name",
    )?;
    let rows = locations.query_map([user], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `UserUuid`, who asks for what a message says; somebody of the account.
pub(super) fn acting(work: &Transaction<'_>, given: &Parameters) -> Result<String, Refusal> {
    let user = given.needed_guid("UserUuid")?;
    check_user(work, user)?;
    Ok(user.to_string())
}

/// Whether this person sees only what was assigned or shared.
pub(super) fn is_restricted(work: &Transaction<'_>, user: &str) -> Result<bool, Refusal> {
    Ok(work
        .prepare_cached("SELECT 1 FROM user WHERE uuid = ?1 AND restricted <> 0")?
        .exists([user])?)
}

/// Whether this person is in the account.
pub(super) fn check_user(work: &Transaction<'_>, user: Uuid) -> Result<(), Refusal> {
    work.prepare_cached("SELECT 1 FROM user WHERE uuid = ?1")?
        .exists([user.to_string()])?
        .then_some(())
        .ok_or(Refusal::UnknownUser)
}

/// Whether this person is in the account and may use the location.
pub(super) fn check_location(
    work: &Transaction<'_>,
    user: Uuid,
    location: Uuid,
) -> Result<(), Refusal> {
    check_user(work, user)?;
    let name = location_name(work, &location.to_string())?;
    work.prepare_cached("SELECT 1 FROM user_location WHERE user = ?1 AND location = ?2")?
        .exists(params![user.to_string(), location.to_string()])?
        .then_some(())
        .ok_or(Refusal::ForeignLocation(name))
}

/// The name of a location that must exist.
pub(super) fn location_name(work: &Transaction<'_>, location: &str) -> Result<String, Refusal> {
    work.prepare_cached("SELECT name FROM location WHERE uuid = ?1")?
        .query_row([location], |row| row.get(0))
        .optional()?
        .ok_or(Refusal::UnknownLocation)
}

/// Whether this group of users is in the account.
pub(super) fn check_user_group(work: &Transaction<'_>, group: Uuid) -> Result<(), Refusal> {
    work.prepare_cached("SELECT 1 FROM user_group WHERE uuid = ?1")?
        .exists([group.to_string()])?
        .then_some(())
        .ok_or(Refusal::UnknownUserGroup)
}

/// Whether these folders exist.
pub(super) fn check_folders(work: &Transaction<'_>, folders: &[Uuid]) -> Result<(), Refusal> {
    let mut known = work.prepare_cached("SELECT 1 FROM folder WHERE uuid = ?1")?;
    for folder in folders {
        if !known.exists([folder.to_string()])? {
            return Err(Refusal::UnknownFolder);
        }
    }
    Ok(())
}

/// Whether `SessionUniqueUuid` names a sign-in, or an upload of this user and location: both are seen on the wire
/// (`docs/protocol.md`, "Uploading").
pub(super) fn check_upload(
    work: &Transaction<'_>,
    upload: Uuid,
    user: Uuid,
    location: Uuid,
) -> Result<(), Refusal> {
    let upload = upload.to_string();
    let begun: Option<(String, String)> = work
        .prepare_cached("SELECT user, location FROM upload WHERE uuid = ?1")?
        .query_row([&upload], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match begun {
        Some(owner) if owner == (user.to_string(), location.to_string()) => Ok(()),
        Some(_) => Err(Refusal::ForeignUpload),
        None => work
            .prepare_cached("SELECT 1 FROM session WHERE uuid = ?1")?
            .exists([&upload])?
            .then_some(())
            .ok_or(Refusal::UnknownUpload),
    }
}
