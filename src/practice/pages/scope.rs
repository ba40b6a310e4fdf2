//! Which orders an address shows: the one place where that is decided, for lists, pictures, documents and downloads.
//!
//! Whoever made the address shows no more through it than is theirs to see, and nothing that lies in the trash.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

use super::error_page::Stop;
use crate::practice::access::SEEN;
use crate::practice::store::now;

/// The age at which a view's address is refused, in seconds.
const VIEW_LASTS: i64 = 12 * 60 * 60;

/// Whose orders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A folder and all below it.
    Folder,
    /// The rows of `view_order`.
    View,
    /// The rows of `share_order`.
    Share,
}

/// The orders that an address shows.
#[derive(Clone)]
pub(super) struct Scope {
    of: Of,
    /// The folder, the view's token or the share.
    key: String,
    /// The user who made the address.
    user: String,
}

/// A folder as a page names it.
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) description: String,
}

/// An order as a page shows it.
pub(super) struct Entry {
    /// From 1, in the order of the page.
    pub(super) number: i64,
    pub(super) uuid: String,
    pub(super) patient_name: String,
    pub(super) patient_id: String,
    pub(super) performed: String,
    pub(super) modality: String,
    pub(super) description: String,
    pub(super) images: i64,
    pub(super) documents: i64,
    pub(super) bytes: i64,
}

/// The orders of [`Of`], as a subquery; `?2` is the key.
const IN_FOLDER: &str = "SELECT patient_order FROM order_folder WHERE folder IN (
    WITH RECURSIVE tree (uuid) AS (VALUES (?2) UNION SELECT f.uuid FROM folder f JOIN tree t ON f.parent = t.uuid)
    SELECT uuid FROM tree)";
const IN_VIEW: &str = "SELECT patient_order FROM view_order WHERE token = ?2";
const IN_SHARE: &str = "SELECT patient_order FROM share_order WHERE share = ?2";

impl Scope {
    fn new(of: Of, key: String, user: String) -> Self {
        Scope { of, key, user }
    }

    /// What a share shows: its folder, or its orders.
    pub(super) fn of_share(share: &str, folder: Option<&str>, user: &str) -> Self {
        let user = user.to_owned();
        match folder {
            Some(folder) => Scope::new(Of::Folder, folder.to_owned(), user),
            None => Scope::new(Of::Share, share.to_owned(), user),
        }
    }

    /// What a view's address shows.
    pub(super) fn of_view(work: &Transaction<'_>, token: &str) -> Result<Self, Stop> {
        let row: Option<(String, Option<String>, i64)> = work
            .prepare_cached("SELECT user, folder, created FROM view WHERE token = ?1")?
            .query_row([token], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let (user, folder, created) = row.ok_or(Stop::Unknown)?;
        if now() - created > VIEW_LASTS {
            return Err(Stop::Old);
        }
        Ok(match folder {
            Some(folder) => Scope::new(Of::Folder, folder, user),
            None => Scope::new(Of::View, token.to_owned(), user),
        })
    }

    /// The folder that is shown, where it is one. `None` stands for single orders.
    ///
    /// # Errors
    /// [`Stop::FolderGone`] where it was deleted.
    pub(super) fn folder(&self, work: &Transaction<'_>) -> Result<Option<Folder>, Stop> {
        if self.of != Of::Folder {
            return Ok(None);
        }
        // The root has no row.
        if self.key == Uuid::nil().to_string() {
            let (name, description) = ("All folders".to_owned(), String::new());
            return Ok(Some(Folder { name, description }));
        }
        let folder = work
            .prepare_cached("SELECT name, description FROM folder WHERE uuid = ?1")?
            .query_row([&self.key], |row| {
                Ok(Folder {
                    name: row.get(0)?,
                    description: row.get(1)?,
                })
            })
            .optional()?;
        folder.map(Some).ok_or(Stop::FolderGone)
    }

    /// The condition that an order `o` must meet; `?1` is the user and `?2` the key.
    fn condition(&self) -> String {
        let within = match self.of {
            Of::Folder => IN_FOLDER,
            Of::View => IN_VIEW,
            Of::Share => IN_SHARE,
        };
        format!("o.uuid IN ({within}) AND {SEEN}")
    }

    /// How many orders there are.
    pub(super) fn count(&self, work: &Transaction<'_>) -> Result<i64, Stop> {
        let sql = format!(
            "SELECT count(*) FROM patient_order o WHERE {}",
            self.condition()
        );
        Ok(work
            .prepare_cached(&sql)?
            .query_row([&self.user, &self.key], |row| row.get(0))?)
    }

    /// Some of the orders: as they were chosen, or the newest first.
    pub(super) fn orders(
        &self,
        work: &Transaction<'_>,
        skip: i64,
        most: i64,
    ) -> Result<Vec<Entry>, Stop> {
        let sql = format!("{} ORDER BY number LIMIT ?4 OFFSET ?3", self.numbered());
        let mut statement = work.prepare_cached(&sql)?;
        let rows =
            statement.query_map(params![self.user, self.key, skip, most], Entry::from_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One order, if it is among them.
    pub(super) fn order(&self, work: &Transaction<'_>, order: &str) -> Result<Entry, Stop> {
        let sql = format!("SELECT * FROM ({}) WHERE uuid = ?3", self.numbered());
        work.prepare_cached(&sql)?
            .query_row(params![self.user, self.key, order], Entry::from_row)
            .optional()?
            .ok_or(Stop::NotHere)
    }

    fn numbered(&self) -> String {
        let before = match self.of {
            Of::View => {
                "(SELECT position FROM view_order WHERE token = ?2 AND patient_order = o.uuid), "
            }
            Of::Folder | Of::Share => "",
        };
        format!(
            "SELECT row_number() OVER (ORDER BY {before}o.performed DESC, o.uuid) AS number, o.uuid AS uuid,
                 o.patient_name, o.patient_id, o.performed, o.modality,
                 iif(o.study_description = '', o.procedure_description, o.study_description),
                 o.images, o.documents, o.bytes
             FROM patient_order o WHERE {}",
            self.condition()
        )
    }

    /// Whether an order is among them.
    pub(super) fn has(&self, work: &Transaction<'_>, order: &str) -> Result<bool, Stop> {
        let sql = format!(
            "SELECT 1 FROM patient_order o WHERE o.uuid = ?3 AND {}",
            self.condition()
        );
        Ok(work
            .prepare_cached(&sql)?
            .exists(params![self.user, self.key, order])?)
    }
}

impl Entry {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Entry {
            number: row.get(0)?,
            uuid: row.get(1)?,
            patient_name: row.get(2)?,
            patient_id: row.get(3)?,
            performed: row.get(4)?,
            modality: row.get(5)?,
            description: row.get(6)?,
            images: row.get(7)?,
            documents: row.get(8)?,
            bytes: row.get(9)?,
        })
    }
}
