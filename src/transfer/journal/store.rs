//! The journal's tables, and nothing but reading and writing them.
//!
//! A row of `transfer` is a study in the queue, one of `file` each of its files, one of `part` each acknowledged part of
//! a file of several parts that is not whole yet. What names a person is in `sealed`, `reason` and `note` (see `seal`).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::content::Content;
use super::seal::{Seal, SealError};
use super::{Account, Note, notes};
use crate::message::JobId;
use crate::receipt::VerifiedBy;
use crate::transfer::resume::{Kept, Partial, Saved};
use crate::transfer::{Outcome, Target, Upload, UploadFile};

/// Written into the file; a newer program's journal has a higher one.
pub(super) const VERSION: i64 = 1;
/// What tells a journal of this program from another SQLite file ("SDjn").
pub(super) const APPLICATION: i64 = 0x5344_6a6e;

const SCHEMA: &str = "
CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    account BLOB NOT NULL,
    place REAL NOT NULL,
    queued INTEGER NOT NULL,
    ended INTEGER,
    state INTEGER NOT NULL,
    study_uid TEXT NOT NULL,
    user TEXT NOT NULL,
    location TEXT NOT NULL,
    folder TEXT,
    patient_order TEXT,
    order_is_new INTEGER,
    verified_by INTEGER NOT NULL DEFAULT 0,
    note BLOB,
    sealed BLOB NOT NULL
);
CREATE TABLE file (
    transfer INTEGER NOT NULL REFERENCES transfer ON DELETE CASCADE,
    n INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER,
    series_uid TEXT NOT NULL,
    sop_uid TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    reason BLOB,
    sent_size INTEGER,
    digest BLOB,
    upload TEXT,
    file_index INTEGER,
    part_count INTEGER,
    PRIMARY KEY (transfer, n)
) WITHOUT ROWID;
CREATE TABLE part (
    transfer INTEGER NOT NULL,
    n INTEGER NOT NULL,
    part INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (transfer, n, part),
    FOREIGN KEY (transfer, n) REFERENCES file ON DELETE CASCADE
) WITHOUT ROWID;
";

const ENTRY: &str = "SELECT id, queued, state, study_uid, user, location, folder, patient_order, order_is_new, note, sealed, ended, verified_by FROM transfer";

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("it is not a journal of StudyDrop")]
    Foreign,
    #[error("it was written by a newer StudyDrop")]
    Newer,
    #[error("an entry of it cannot be read")]
    Entry,
}

impl StoreError {
    /// Whether another file should be begun, because this one will never be of use.
    pub(super) fn is_hopeless(&self) -> bool {
        match self {
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
                error.code,
                rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt
            ),
            StoreError::Seal(SealError::Key(_)) => false,
            _ => true,
        }
    }
}

impl StoreError {
    /// Whether the same may succeed later, when the disk has room again.
    pub(super) fn may_pass(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        matches!(self, StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) if matches!(
            error.code,
            Code::DiskFull
                | Code::SystemIoFailure
                | Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::CannotOpen
                | Code::ReadOnly
                | Code::OutOfMemory
        ))
    }
}

/// The tables, opened.
pub(super) struct Store {
    connection: Connection,
    seal: Seal,
}

impl Store {
    /// Opens the file, makes it where it is missing, and looks whether it is sound.
    pub(super) fn open(path: &Path, key: &Path) -> Result<Self, StoreError> {
        let fresh = !path.exists();
        if fresh {
            // Before SQLite makes it with the rights that are usual.
            super::seal::write_private(path, &[]).map_err(SealError::Key)?;
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 {
            let pragma =
                |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            if pragma("application_id")? != APPLICATION {
                return Err(StoreError::Foreign);
            }
            if pragma("user_version")? > VERSION {
                return Err(StoreError::Newer);
            }
            let sound: String =
                connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if sound != "ok" {
                return Err(StoreError::Entry);
            }
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit has reached the disk when it returns.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        if tables == 0 {
            connection.execute_batch(SCHEMA)?;
            connection.pragma_update(None, "application_id", APPLICATION)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        Ok(Store {
            connection,
            seal: Seal::open(key)?,
        })
    }

    /// Writes a study at the end of the queue, with all its files; its row's number.
    pub(super) fn queue(
        &mut self,
        account: Account,
        upload: &Upload,
        key_mark: Option<&str>,
    ) -> Result<i64, StoreError> {
        let content =
            serde_json::to_vec(&Content::of(upload, key_mark)).map_err(|_| StoreError::Entry)?;
        let sealed = self.seal.seal(&content)?;
        let work = self.connection.transaction()?;
        let target = &upload.target;
        work.prepare_cached(
            "INSERT INTO transfer (account, place, queued, state, study_uid, user, location, folder, sealed)
             VALUES (?1, (SELECT coalesce(max(place), 0) + 1 FROM transfer), ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            account.0.as_slice(),
            millis(SystemTime::now()),
            Kept::Queued.number(),
            upload.study_instance_uid,
            target.user.to_string(),
            target.location.to_string(),
            target.folder.map(|folder| folder.to_string()),
            sealed
        ])?;
        let row = work.last_insert_rowid();
        {
            let mut insert = work.prepare_cached(
                "INSERT INTO file (transfer, n, size, modified, series_uid, sop_uid, outcome)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            )?;
            for (n, file) in (0_i64..).zip(upload.files.iter()) {
                insert.execute(params![
                    row,
                    n,
                    signed(file.size),
                    file.modified.and_then(nanos),
                    file.series_instance_uid,
                    file.sop_instance_uid
                ])?;
            }
        }
        work.commit()?;
        Ok(row)
    }

    /// Writes what happened, all of it or nothing.
    pub(super) fn write(&mut self, notes: &[Note]) -> Result<(), StoreError> {
        let work = self.connection.transaction()?;
        for note in notes {
            notes::apply(&work, &self.seal, note)?;
        }
        work.commit()?;
        Ok(())
    }

    /// Forgets what ended before this moment.
    pub(super) fn prune(&mut self, before: SystemTime) -> Result<usize, StoreError> {
        let pruned = self.connection.execute(
            "DELETE FROM transfer WHERE state >= 2 AND ended < ?1",
            [millis(before)],
        )?;
        Ok(pruned)
    }

    /// How many studies of other accounts wait.
    pub(super) fn of_others(&self, account: Account) -> Result<u64, StoreError> {
        let count: i64 = self.connection.query_row(
            "SELECT count(*) FROM transfer WHERE state < 2 AND account <> ?1",
            [account.0.as_slice()],
            |row| row.get(0),
        )?;
        Ok(count.unsigned_abs())
    }

    /// What is written down for an account, in the order of the queue: all that is not over, and the newest of what is.
    pub(super) fn load(&self, account: Account, most_over: u32) -> Result<Vec<Saved>, StoreError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{ENTRY} WHERE account = ?1 AND (state < 2 OR id IN
                (SELECT id FROM transfer WHERE account = ?1 AND state >= 2 ORDER BY ended DESC LIMIT ?2))
             ORDER BY place, id",
        ))?;
        let mut rows = query.query(params![account.0.as_slice(), most_over])?;
        let mut saved = Vec::new();
        while let Some(row) = rows.next()? {
            match self.entry(row) {
                // One that is over and cannot be read must not keep the others from going on.
                Err(error) if error.is_hopeless() && Kept::of(row.get(2)?).is_over() => {
                    tracing::warn!("a finished entry of the journal was passed over: {error}");
                }
                entry => saved.push(entry?),
            }
        }
        Ok(saved)
    }

    /// Whether every study that is not over can be read.
    pub(super) fn check_entries(&self) -> Result<(), StoreError> {
        let mut query = self
            .connection
            .prepare(&format!("{ENTRY} WHERE state < 2"))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            self.entry(row)?;
        }
        Ok(())
    }

    fn entry(&self, row: &Row<'_>) -> Result<Saved, StoreError> {
        let id: i64 = row.get(0)?;
        let uuid = |column| -> Result<Option<Uuid>, StoreError> {
            let text: Option<String> = row.get(column)?;
            let parsed = text.map(|text| Uuid::try_parse(&text));
            parsed.transpose().map_err(|_| StoreError::Entry)
        };
        let sealed: Vec<u8> = row.get(10)?;
        let content: Content =
            serde_json::from_slice(&self.seal.unseal(&sealed)?).map_err(|_| StoreError::Entry)?;
        let study_instance_uid: String = row.get(3)?;
        let target = Target {
            user: uuid(4)?.ok_or(StoreError::Entry)?,
            user_name: String::new(),
            location: uuid(5)?.ok_or(StoreError::Entry)?,
            folder: uuid(6)?,
        };
        let mut files = self.files(id, &content)?;
        files.partial = self.parts(id)?;
        Ok(Saved {
            row: id,
            kept: Kept::of(row.get(2)?),
            queued: moment(row.get(1)?),
            ended: row.get::<_, Option<i64>>(11)?.map(moment),
            order: uuid(7)?,
            order_is_new: row.get(8)?,
            verified_by: match row.get(12)? {
                1 => VerifiedBy::Counts,
                2 => VerifiedBy::EachImage,
                _ => VerifiedBy::Nothing,
            },
            note: self.text(row.get(9)?)?,
            upload: Upload {
                job: JobId(JobId::RESTORED.saturating_add(id.unsigned_abs())),
                skipped: content.skipped(&study_instance_uid).into(),
                study_instance_uid,
                patient_name: String::new(),
                patient_id: content.patient_id().unwrap_or_default(),
                title: String::new(),
                files: files.files.into(),
                target,
                cleaning: content.cleaning(),
            },
            key_mark: content.key_mark(),
            outcomes: files.outcomes,
            sizes: files.sizes,
            digests: files.digests,
            partial: files.partial,
        })
    }

    fn text(&self, sealed: Option<Vec<u8>>) -> Result<Option<String>, StoreError> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let plain = self.seal.unseal(&sealed)?;
        Ok(Some(String::from_utf8_lossy(&plain).into_owned()))
    }

    fn files(&self, transfer: i64, content: &Content) -> Result<Files, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT size, modified, series_uid, sop_uid, outcome, reason, sent_size, digest FROM file
             WHERE transfer = ?1 ORDER BY n",
        )?;
        let mut rows = query.query([transfer])?;
        let mut files = Files::default();
        let mut paths = content.paths();
        while let Some(row) = rows.next()? {
            let n = files.files.len();
            files.files.push(UploadFile {
                path: paths.next().ok_or(StoreError::Entry)?,
                size: row.get::<_, i64>(0)?.unsigned_abs(),
                modified: row.get::<_, Option<i64>>(1)?.and_then(at_nanos),
                series_instance_uid: row.get(2)?,
                sop_instance_uid: row.get(3)?,
            });
            files.outcomes.push(match row.get(4)? {
                1 => Outcome::AlreadyThere,
                2 => Outcome::Acknowledged,
                3 => Outcome::Held,
                4 => Outcome::Failed(self.text(row.get(5)?)?.unwrap_or_default()),
                _ => Outcome::Pending,
            });
            if let Some(size) = row.get::<_, Option<i64>>(6)? {
                files.sizes.insert(n, size.unsigned_abs());
            }
            if let Some(digest) = row.get(7)? {
                files.digests.insert(n, digest);
            }
        }
        match paths.len() {
            0 => Ok(files),
            _ => Err(StoreError::Entry),
        }
    }

    fn parts(&self, transfer: i64) -> Result<HashMap<usize, Partial>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT f.n, f.upload, f.file_index, f.part_count, p.part, p.digest
             FROM file f JOIN part p ON p.transfer = f.transfer AND p.n = f.n
             WHERE f.transfer = ?1 AND f.outcome IN (0, 4) AND f.upload IS NOT NULL",
        )?;
        let mut rows = query.query([transfer])?;
        let mut all: HashMap<usize, Partial> = HashMap::new();
        while let Some(row) = rows.next()? {
            let n = usize::try_from(row.get::<_, i64>(0)?).map_err(|_| StoreError::Entry)?;
            let upload: String = row.get(1)?;
            let partial = Partial {
                upload: Uuid::try_parse(&upload).map_err(|_| StoreError::Entry)?,
                file_index: row.get(2)?,
                part_count: row.get(3)?,
                acknowledged: BTreeMap::new(),
            };
            let entry = all.entry(n).or_insert(partial);
            entry.acknowledged.insert(row.get(4)?, row.get(5)?);
        }
        Ok(all)
    }
}

#[derive(Default)]
struct Files {
    files: Vec<UploadFile>,
    outcomes: Vec<Outcome>,
    sizes: HashMap<usize, u64>,
    digests: HashMap<usize, [u8; 32]>,
    partial: HashMap<usize, Partial>,
}

pub(super) fn index(file: usize) -> i64 {
    i64::try_from(file).unwrap_or(i64::MAX)
}

pub(super) fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub(super) fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn moment(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
}

/// Nanoseconds since 1970; `None` for a time before it or after 2262, which is then not compared.
fn nanos(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

fn at_nanos(nanos: i64) -> Option<SystemTime> {
    let nanos = u64::try_from(nanos).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_nanos(nanos))
}
