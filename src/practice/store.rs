//! What the server keeps: a SQLite database, a folder of stored files, and a folder of parts that wait for the rest of
//! their file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::answers::Refusal;
use super::seed;

/// The layout of the database; raised with every change, and each step up is a migration.
const VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE locations (number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;
CREATE TABLE users (number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, full_name TEXT NOT NULL) STRICT;
CREATE TABLE user_locations (user TEXT NOT NULL, location TEXT NOT NULL, PRIMARY KEY (user, location)) STRICT;
CREATE TABLE user_groups (number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL) STRICT;
CREATE TABLE group_users (user_group TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (user_group, user)) STRICT;
CREATE TABLE sessions (uuid TEXT PRIMARY KEY) STRICT;
CREATE TABLE uploads (uuid TEXT PRIMARY KEY, user TEXT NOT NULL, location TEXT NOT NULL) STRICT;
CREATE TABLE folders (
    number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, parent TEXT NOT NULL, name TEXT NOT NULL,
    description TEXT NOT NULL) STRICT;
CREATE INDEX folders_parent ON folders (parent);
CREATE TABLE orders (
    number INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, location TEXT NOT NULL, study_uid TEXT NOT NULL,
    patient_name TEXT NOT NULL, patient_id TEXT NOT NULL, other_patient_id TEXT NOT NULL, birth_date TEXT NOT NULL,
    sex TEXT NOT NULL, accession TEXT NOT NULL, modality TEXT NOT NULL, description TEXT NOT NULL,
    procedure TEXT NOT NULL, referring TEXT NOT NULL, performed TEXT NOT NULL, status INTEGER NOT NULL,
    images INTEGER NOT NULL, bytes INTEGER NOT NULL, UNIQUE (location, study_uid)) STRICT;
CREATE INDEX orders_performed ON orders (performed);
CREATE TABLE images (
    location TEXT NOT NULL, sop_uid TEXT NOT NULL, order_uuid TEXT NOT NULL, series_uid TEXT NOT NULL,
    path TEXT NOT NULL, bytes INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (location, sop_uid)) STRICT;
CREATE INDEX images_order ON images (order_uuid, series_uid);
CREATE TABLE order_folders (folder TEXT NOT NULL, order_uuid TEXT NOT NULL, PRIMARY KEY (folder, order_uuid)) STRICT;
CREATE TABLE incoming (
    id INTEGER PRIMARY KEY, session TEXT NOT NULL, file_index INTEGER NOT NULL, parts INTEGER NOT NULL,
    order_uuid TEXT, UNIQUE (session, file_index)) STRICT;
CREATE TABLE parts (
    incoming INTEGER NOT NULL, part_index INTEGER NOT NULL, bytes INTEGER NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (incoming, part_index)) STRICT;
";

/// Why the store could not do something. The text is for the client.
#[derive(Debug, Error)]
pub(super) enum StoreError {
    #[error("The server's disk is full. Ask its administrator to make room.")]
    Full,
    #[error("The server could not write to its disk ({0}).")]
    Io(io::Error),
    #[error("The server's database failed ({0}).")]
    Database(rusqlite::Error),
    #[error("it was written by a newer StudyDrop; install that one")]
    Newer,
    #[error("its keys are damaged")]
    Keys,
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Io(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full,
            _ => StoreError::Database(error),
        }
    }
}

/// The account's keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    pub(super) api: Uuid,
    pub(super) account: Uuid,
}

/// The open store. One connection serves all; what takes long happens outside its lock.
pub(super) struct Store {
    folder: PathBuf,
    capacity: Option<u64>,
    keys: Keys,
    db: Mutex<Connection>,
}

impl Store {
    pub(super) fn open(folder: &Path, capacity: Option<u64>) -> Result<Self, StoreError> {
        for inner in ["files", "parts", "temp"] {
            fs::create_dir_all(folder.join(inner))?;
        }
        let mut db = Connection::open(folder.join("practice.sqlite"))?;
        db.busy_timeout(Duration::from_secs(10))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        migrate(&mut db)?;
        let keys = Keys {
            api: key(&db, "api_key")?,
            account: key(&db, "account_key")?,
        };
        let store = Store {
            folder: folder.to_owned(),
            capacity,
            keys,
            db: Mutex::new(db),
        };
        store.sweep();
        Ok(store)
    }

    pub(super) fn keys(&self) -> Keys {
        self.keys
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes away what a kill left half written. Another process may be writing now: only what is old goes.
    fn sweep(&self) {
        let old = |path: &Path| {
            let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
            changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > Duration::from_secs(600)))
        };
        for entry in fs::read_dir(self.folder.join("temp"))
            .into_iter()
            .flatten()
            .flatten()
        {
            if old(&entry.path()) {
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    /// Refuses what would not fit.
    pub(super) fn make_room(&self, bytes: u64) -> Result<(), StoreError> {
        let Some(capacity) = self.capacity else {
            return Ok(());
        };
        let held: i64 = self.db().query_row(
            "SELECT (SELECT COALESCE(SUM(bytes), 0) FROM images) + (SELECT COALESCE(SUM(p.bytes), 0) FROM parts p
             JOIN incoming i ON i.id = p.incoming WHERE i.order_uuid IS NULL AND i.parts > 1)",
            [],
            |row| row.get(0),
        )?;
        let held = u64::try_from(held).unwrap_or(0);
        if held.saturating_add(bytes) > capacity {
            Err(StoreError::Full)
        } else {
            Ok(())
        }
    }

    /// A fresh name for something that is being written.
    pub(super) fn temp_path(&self) -> PathBuf {
        self.folder
            .join("temp")
            .join(Uuid::new_v4().simple().to_string())
    }

    pub(super) fn part_path(&self, incoming: i64, part: u32) -> PathBuf {
        self.folder.join("parts").join(format!("{incoming}-{part}"))
    }

    /// Where an image's file lies, relative to the folder: a digest, for nothing about a patient is in a name.
    pub(super) fn image_path(location: &str, study_uid: &str, sop_uid: &str) -> String {
        let name = hex(&digest(
            format!("{location}\n{study_uid}\n{sop_uid}").as_bytes(),
        ));
        let (folder, _) = name.split_at(2);
        format!("files/{folder}/{name}.dcm")
    }

    pub(super) fn new_session(&self) -> Result<Uuid, StoreError> {
        let uuid = Uuid::new_v4();
        self.db().execute(
            "INSERT INTO sessions (uuid) VALUES (?1)",
            [uuid.to_string()],
        )?;
        Ok(uuid)
    }

    pub(super) fn knows_session(&self, uuid: Uuid) -> Result<bool, StoreError> {
        Ok(self.db().query_row(
            "SELECT EXISTS (SELECT 1 FROM sessions WHERE uuid = ?1)",
            [uuid.to_string()],
            |row| row.get(0),
        )?)
    }

    /// The account as it is told at signing in.
    pub(super) fn account(&self) -> Result<Value, StoreError> {
        let db = self.db();
        let mut users = db.prepare("SELECT uuid, name, full_name FROM users ORDER BY number")?;
        let mut locations = db.prepare(
            "SELECT l.uuid, l.name FROM user_locations ul JOIN locations l ON l.uuid = ul.location
             WHERE ul.user = ?1 ORDER BY l.number",
        )?;
        let users = users.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        let mut list = Vec::new();
        for user in users {
            let [uuid, name, full_name]: [String; 3] = user?;
            let of_user = locations.query_map([&uuid], |row| {
                Ok(json!({ "InstitutionUuid": row.get::<_, String>(0)?, "InstitutionName": row.get::<_, String>(1)? }))
            })?;
            let institutions = of_user.collect::<rusqlite::Result<Vec<Value>>>()?;
            list.push(json!({
                "UserUuid": uuid, "UserName": name, "FullName": full_name, "InstitutionList": institutions,
            }));
        }
        Ok(json!({ "AccountName": "Practice hospital", "UserList": list }))
    }

    /// The locations that a user may use.
    pub(super) fn locations_of(&self, user: Uuid) -> Result<Vec<String>, Refusal> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT location FROM user_locations WHERE user = ?1")?;
        let locations = query.query_map([user.to_string()], |row| row.get(0))?;
        let locations = locations.collect::<rusqlite::Result<Vec<String>>>()?;
        if locations.is_empty() {
            return Err(Refusal::new("The user is not known."));
        }
        Ok(locations)
    }

    /// Refuses a location that is not the user's.
    pub(super) fn check_location(&self, user: Uuid, location: Uuid) -> Result<String, Refusal> {
        let location = location.to_string();
        if self.locations_of(user)?.contains(&location) {
            Ok(location)
        } else {
            Err(Refusal::new("The location is not one of this user's."))
        }
    }

    /// Refuses a folder that is not there.
    pub(super) fn check_folder(&self, folder: Uuid) -> Result<String, Refusal> {
        let uuid = folder.to_string();
        let name =
            self.db()
                .query_row("SELECT uuid FROM folders WHERE uuid = ?1", [&uuid], |row| {
                    row.get::<_, String>(0)
                });
        match name.optional()? {
            Some(uuid) => Ok(uuid),
            None => Err(Refusal::new("The folder is no longer there.")),
        }
    }
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    // Two programs may start at once: the first one to get the lock fills the database.
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        0 => {
            transaction.execute_batch(SCHEMA)?;
            seed::fill(&transaction)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        VERSION => {}
        _ => return Err(StoreError::Newer),
    }
    Ok(transaction.commit()?)
}

fn key(db: &Connection, name: &str) -> Result<Uuid, StoreError> {
    let text: String = db.query_row(
        "SELECT value FROM meta WHERE name = ?1",
        params![name],
        |row| row.get(0),
    )?;
    Uuid::try_parse(&text).map_err(|_| StoreError::Keys)
}

pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
