//! Folder listings (message 3). Counts hold the orders that the user may see, each once.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use uuid::Uuid;

use super::access::SEEN;
use super::account;
use super::error::Refusal;
use super::orders::{self, Order};
use super::parameters::Parameters;
use super::text::{Name, fold_name};

/// A folder as an answer shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Folder {
    folder_uuid: String,
    folder_name: String,
    folder_description: String,
    /// Orders in it.
    order_count: i64,
    /// Orders in it and below, each once.
    all_sub_order_count: i64,
    sub_folder_count: i64,
    /// Folders below, at any depth.
    all_sub_folder_count: i64,
    /// Whether it is shared itself, and the share not expired.
    is_shared: bool,
}

impl Folder {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Folder {
            folder_uuid: row.get(0)?,
            folder_name: row.get(1)?,
            folder_description: row.get(2)?,
            ..Folder::root()
        })
    }

    fn root() -> Self {
        Folder {
            folder_uuid: Uuid::nil().to_string(),
            folder_name: String::new(),
            folder_description: String::new(),
            order_count: 0,
            all_sub_order_count: 0,
            sub_folder_count: 0,
            all_sub_folder_count: 0,
            is_shared: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.folder_name
    }
}

/// A folder with what is in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listing {
    #[serde(flatten)]
    folder: Folder,
    sub_folder_list: Vec<Folder>,
    patient_order_list: Vec<Order>,
}

/// `SearchFolder`: a folder (the root's GUID is all zeros), its subfolders by name, and its orders where asked for.
/// `FolderName` narrows the subfolders as a patient's name narrows a search (*inferred*).
pub(super) fn list(work: &Transaction<'_>, given: &Parameters) -> Result<Listing, Refusal> {
    let user = account::acting(work, given)?;
    let parent = given.guid("ParentFolderUuid")?.unwrap_or(Uuid::nil());
    let wanted = Name::new(given.text("FolderName")?);
    let with_orders = given.flag("GetOrdersInFolder")?;

    let folder = described(work, &user, parent)?;
    let mut below = children(work, &folder.folder_uuid)?;
    if let Some(name) = &wanted {
        below.retain(|child| name.matches(&fold_name(&child.folder_name)));
    }
    describe(work, &user, &mut below, &folder.folder_uuid, BELOW)?;
    let in_it = if with_orders {
        orders::in_folder(work, &user, &folder.folder_uuid)?
    } else {
        Vec::new()
    };
    Ok(Listing {
        folder,
        sub_folder_list: below,
        patient_order_list: in_it,
    })
}

/// One folder as a listing shows it.
pub(super) fn described(work: &Transaction<'_>, user: &str, uuid: Uuid) -> Result<Folder, Refusal> {
    let mut folder = [find(work, uuid)?];
    describe(work, user, &mut folder, &uuid.to_string(), ITSELF)?;
    let [folder] = folder;
    Ok(folder)
}

/// A folder, its counts not filled in.
pub(super) fn find(work: &Transaction<'_>, uuid: Uuid) -> Result<Folder, Refusal> {
    if uuid.is_nil() {
        return Ok(Folder::root());
    }
    work.prepare_cached("SELECT uuid, name, description FROM folder WHERE uuid = ?1")?
        .query_row([uuid.to_string()], Folder::from_row)
        .optional()?
        .ok_or(Refusal::UnknownFolder)
}

fn children(work: &Transaction<'_>, parent: &str) -> Result<Vec<Folder>, Refusal> {
    let mut statement =
        work.prepare_cached("SELECT uuid, name, description FROM folder WHERE parent = ?1")?;
    let mut list = statement
        .query_map([parent], Folder::from_row)?
        .collect::<Result<Vec<_>, _>>()?;
    list.sort_by_cached_key(|folder| (fold_name(&folder.folder_name), folder.folder_uuid.clone()));
    Ok(list)
}

/// Which folders are counted: `?2` itself, or those in it.
const ITSELF: &str = "VALUES (?2)";
const BELOW: &str = "SELECT uuid FROM folder WHERE parent = ?2";

/// Fills in the counts of all these folders by five questions, however many folders there are. `UNION` ends the walk
/// even where folders held each other in a circle.
fn describe(
    work: &Transaction<'_>,
    user: &str,
    folders: &mut [Folder],
    named: &str,
    which: &str,
) -> Result<(), Refusal> {
    let top = format!("WITH RECURSIVE top (uuid) AS ({which})");
    let tree = format!(
        "{top}, tree (uuid, top) AS (
            SELECT uuid, uuid FROM top UNION SELECT f.uuid, t.top FROM folder f JOIN tree t ON f.parent = t.uuid)"
    );
    let seen = format!("JOIN patient_order o ON o.uuid = held.patient_order WHERE {SEEN}");
    let count = |sql: String| -> Result<HashMap<String, i64>, Refusal> {
        let mut statement = work.prepare_cached(&sql)?;
        let rows = statement.query_map([user, named], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let orders = count(format!(
        "{top} SELECT held.folder, count(*) FROM top JOIN order_folder held ON held.folder = top.uuid {seen}
         GROUP BY held.folder"
    ))?;
    let all_orders = count(format!(
        "{tree} SELECT tree.top, count(DISTINCT o.uuid) FROM tree
         JOIN order_folder held ON held.folder = tree.uuid {seen} GROUP BY tree.top"
    ))?;
    let below = count(format!(
        "{top} SELECT f.parent, count(*) FROM top JOIN folder f ON f.parent = top.uuid GROUP BY f.parent"
    ))?;
    let all_below = count(format!(
        "{tree} SELECT tree.top, count(*) - 1 FROM tree GROUP BY tree.top"
    ))?;
    let shared = count(format!(
        "{top} SELECT s.folder, count(*) FROM share s JOIN top ON top.uuid = s.folder
         WHERE s.expires = '' OR s.expires >= date('now', 'localtime') GROUP BY s.folder"
    ))?;
    for folder in folders {
        let of =
            |counts: &HashMap<String, i64>| counts.get(&folder.folder_uuid).copied().unwrap_or(0);
        let (orders, all_orders) = (of(&orders), of(&all_orders));
        let (below, all_below) = (of(&below), of(&all_below));
        folder.is_shared = of(&shared) > 0;
        folder.order_count = orders;
        folder.all_sub_order_count = all_orders;
        folder.sub_folder_count = below;
        folder.all_sub_folder_count = all_below;
    }
    Ok(())
}
