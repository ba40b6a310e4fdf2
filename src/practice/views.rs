//! View addresses (messages 5 and 26): pages of this server, open to whoever has the address.

use rusqlite::{Transaction, params};
use serde_json::{Value, json};

use super::access;
use super::account;
use super::error::Refusal;
use super::orders;
use super::parameters::Parameters;
use super::secret;
use super::store::now;
use super::text::{fold_name, quoted};

/// `GetViewUrl`: of one order together with the other orders of its group, or of all orders of a patient; in both cases
/// those that the user sees.
pub(super) fn of_orders(
    work: &Transaction<'_>,
    host: &str,
    given: &Parameters,
) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let orders = if given.guid("PatientOrderUuid")?.is_some() {
        with_group(work, &user, access::named_order(work, &user, given)?)?
    } else {
        of_patient(work, &user, given)?
    };
    let token = enter(work, &user, None)?;
    let mut put = work.prepare_cached(
        "INSERT INTO view_order (token, patient_order, position) VALUES (?1, ?2, ?3)",
    )?;
    for (position, order) in (0_i64..).zip(&orders) {
        put.execute(params![token, order, position])?;
    }
    Ok(answer(host, &token))
}

/// An order, and behind it the orders that were grouped to open together with it, newest first.
fn with_group(work: &Transaction<'_>, user: &str, order: String) -> Result<Vec<String>, Refusal> {
    let group: String = work
        .prepare_cached("SELECT connected_group FROM patient_order WHERE uuid = ?1")?
        .query_row([&order], |row| row.get(0))?;
    let mut together = vec![order];
    if !group.is_empty() {
        for other in orders::in_group(work, user, &group)? {
            if !together.iter().any(|known| known == other.uuid()) {
                together.push(other.uuid().to_owned());
            }
        }
    }
    Ok(together)
}

fn of_patient(
    work: &Transaction<'_>,
    user: &str,
    given: &Parameters,
) -> Result<Vec<String>, Refusal> {
    let name = given.text("PatientName")?;
    if fold_name(name).is_empty() {
        return Err(Refusal::denied(
            "PatientOrderUuid or PatientName must say what is to be viewed.",
        ));
    }
    let born = given.day("BirthDate")?;
    let found = orders::of_patient(work, user, name, born.clone())?;
    if found.is_empty() {
        let born = born.map(|day| format!(", born {day},")).unwrap_or_default();
        return Err(Refusal::denied(format!(
            "There is no order of a patient {}{born} that the user may see.",
            quoted(name)
        )));
    }
    Ok(found.iter().map(|order| order.uuid().to_owned()).collect())
}

/// `GetFolderViewUrl`.
pub(super) fn of_folder(
    work: &Transaction<'_>,
    host: &str,
    given: &Parameters,
) -> Result<Value, Refusal> {
    let user = account::acting(work, given)?;
    let folder = given.needed_guid("FolderUuid")?;
    account::check_folders(work, &[folder])?;
    let token = enter(work, &user, Some(&folder.to_string()))?;
    Ok(answer(host, &token))
}

fn enter(work: &Transaction<'_>, user: &str, folder: Option<&str>) -> Result<String, Refusal> {
    let token = secret::token();
    work.prepare_cached("INSERT INTO view (token, user, folder, created) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![token, user, folder, now()])?;
    Ok(token)
}

fn answer(host: &str, token: &str) -> Value {
    json!({ "Result": format!("http://{host}/view/{token}") })
}
