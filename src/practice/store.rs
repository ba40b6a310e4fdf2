//! The data folder: one SQLite database, the stored files and the files that are still arriving.
//!
//! ```text
//! practice.sqlite      everything but the files' bytes
//! lock                 locked by whoever sweeps, shared by whoever serves
//! files/xx…/yy….dcm    stored files, byte for byte as they were sent; names are digests and random numbers
//! outbox/….eml         messages that a server on the internet would have sent
//! incoming/N.part      the parts of file N so far, each at its place
//! incoming/….tmp       a file on its way into files/
//! ```
//!
//! A file is stored when its row is committed and not before; whatever lies in a folder without a row is left over from
//! a kill and swept at the next start. What was acknowledged survives the death of the program at any moment, for the
//! system keeps what was written. A power cut is another matter: neither the database (WAL, `synchronous = NORMAL`) nor
//! the files are forced to the disk at once, so the last seconds may be lost. The database stays sound, and a file that
//! is not there in its full length is answered as not there, so that sending it again mends it.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::call_counts::Served;
use super::disk;
use super::error::{Error, Refusal};
use super::{schema, seed};

/// Sessions, uploads, view addresses and files that never became whole are forgotten after this many seconds (30 days).
const FORGET_AFTER: i64 = 30 * 24 * 60 * 60;
/// The database's name in the data folder.
const DATABASE: &str = "practice.sqlite";
/// Everything that this server keeps in the data folder.
const OURS: [&str; 9] = [
    DATABASE,
    "practice.sqlite-wal",
    "practice.sqlite-shm",
    "practice.sqlite-journal",
    "lock",
    "port",
    "files",
    "incoming",
    "outbox",
];
/// Extensions of stored files.
const STORED: [&str; 6] = ["dcm", "pdf", "jpg", "png", "bmp", "mp4"];
/// How long one process waits for another's write.
const BUSY: Duration = Duration::from_secs(20);
/// Locks by which two parts of one file wait for each other.
const STRIPES: usize = 64;

/// The data folder, opened.
pub(super) struct Store {
    data: PathBuf,
    keys: seed::Keys,
    capacity: Option<u64>,
    served: Served,
    /// Every write goes through this one.
    writer: Mutex<Connection>,
    /// Short questions.
    reader: Mutex<Connection>,
    /// Searches and listings, so that a long one holds up no upload.
    searcher: Mutex<Connection>,
    stripes: Vec<Mutex<()>>,
    /// Shared while this process serves; the system lets go of it when the process dies.
    _lock: File,
}

/// A digest of bytes, or of digests.
pub(super) type Sum = [u8; 32];

pub(super) fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

pub(super) fn now() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

impl Store {
    /// Opens the folder, makes what is missing, and sweeps what a kill left over if nobody else serves from it.
    pub(super) fn open(data: &Path, capacity: Option<u64>) -> Result<Self, Error> {
        let folder = |source| Error::Folder {
            path: data.to_path_buf(),
            source,
        };
        // What lies in it is for its owner: names and keys in the database, letters in the outbox. SQLite gives the files
        // beside the database the database's own rights.
        for inner in ["files", "incoming"] {
            disk::make_private_folder(&data.join(inner)).map_err(folder)?;
        }
        disk::private()
            .create(true)
            .append(true)
            .open(data.join(DATABASE))
            .map_err(folder)?;
        disk::tighten(data, &OURS).map_err(folder)?;
        let lock = disk::private()
            .create(true)
            .truncate(false)
            .write(true)
            .read(true)
            .open(data.join("lock"))
            .map_err(folder)?;
        let alone = match lock.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => return Err(folder(source)),
        };
        let mut writer = connect(data)?;
        schema::migrate(&mut writer)?;
        let keys = seed::plant(&mut writer)?;
        if alone {
            sweep(data, &mut writer)?.map_err(folder)?;
            lock.unlock().map_err(folder)?;
        }
        lock.lock_shared().map_err(folder)?;
        Ok(Store {
            data: data.to_path_buf(),
            keys,
            capacity,
            served: Served::default(),
            writer: Mutex::new(writer),
            reader: Mutex::new(connect(data)?),
            searcher: Mutex::new(connect(data)?),
            stripes: std::iter::repeat_with(Mutex::default)
                .take(STRIPES)
                .collect(),
            _lock: lock,
        })
    }

    /// What was done so far.
    pub(super) fn served(&self) -> &Served {
        &self.served
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    pub(super) fn keys(&self) -> seed::Keys {
        self.keys
    }

    /// How many bytes of files may be stored.
    pub(super) fn capacity(&self) -> Option<u64> {
        self.capacity
    }

    /// Does work in one transaction: all of it happens, or nothing. It does not begin before others' writes are over.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut writer = unpoisoned(&self.writer);
        let transaction = Transaction::new(&mut writer, TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Answers a short question, from one state of the database.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut reader = unpoisoned(&self.reader);
        work(&Transaction::new(
            &mut reader,
            TransactionBehavior::Deferred,
        )?)
    }

    /// As [`Store::read`], for what may take long.
    pub(super) fn search<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut searcher = unpoisoned(&self.searcher);
        work(&Transaction::new(
            &mut searcher,
            TransactionBehavior::Deferred,
        )?)
    }

    /// Holds up whoever else works on the same file.
    pub(super) fn turn(&self, upload: Uuid, file_index: u32) -> Option<MutexGuard<'_, ()>> {
        let spread = upload.as_u128() ^ u128::from(file_index);
        let at = usize::try_from(spread % STRIPES as u128).unwrap_or(0);
        self.stripes.get(at).map(unpoisoned)
    }

    /// Where the parts of a file are gathered.
    pub(super) fn gathering(&self, file: i64) -> PathBuf {
        self.data.join("incoming").join(format!("{file}.part"))
    }

    /// A name for a file on its way into the store. Nobody else has it.
    pub(super) fn passing(&self) -> PathBuf {
        let name = format!("{}.tmp", Uuid::new_v4().simple());
        self.data.join("incoming").join(name)
    }

    /// A name for an image, relative to [`Store::files`]: digests of its UIDs and a random number, so that an image that
    /// replaces another never touches the other's file.
    pub(super) fn image_name(study_uid: &str, sop_uid: &str) -> String {
        let random = Uuid::new_v4().simple().to_string();
        format!(
            "{}/{}-{}.dcm",
            short(study_uid),
            short(sop_uid),
            random.get(..12).unwrap_or_default()
        )
    }

    /// A name for a document of an order, relative to [`Store::files`]. It tells what the file is and nothing more.
    pub(super) fn document_name(order: Uuid, extension: &str) -> String {
        let random = Uuid::new_v4().simple();
        format!("{}/{random}.{extension}", short(&order.to_string()))
    }

    /// The folder of messages that nobody sends.
    pub(super) fn outbox(&self) -> PathBuf {
        self.data.join("outbox")
    }

    /// The folder of the stored files.
    pub(super) fn files(&self) -> PathBuf {
        self.data.join("files")
    }

    /// Whether a stored file is there in its full length.
    pub(super) fn holds(&self, path: &str, size: i64) -> bool {
        fs::metadata(self.files().join(path))
            .is_ok_and(|found| found.is_file() && i64::try_from(found.len()) == Ok(size))
    }

    /// Begins a sign-in.
    pub(super) fn new_session(&self) -> Result<Uuid, Refusal> {
        let session = Uuid::new_v4();
        self.write(|work| {
            work.prepare_cached("INSERT INTO session VALUES (?1, ?2)")?
                .execute(params![session.to_string(), now()])?;
            Ok(session)
        })
    }

    /// Whether a sign-in is known.
    pub(super) fn knows_session(&self, session: Uuid) -> Result<bool, Refusal> {
        self.read(|work| {
            Ok(work
                .prepare_cached("SELECT 1 FROM session WHERE uuid = ?1")?
                .exists([session.to_string()])?)
        })
    }
}

/// The beginning of a text's digest.
fn short(text: &str) -> String {
    sum(text.as_bytes())
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A panic while a lock was held leaves nothing half: a transaction that is dropped is rolled back.
fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(data: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(data.join(DATABASE))?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// Removes what no row knows, and rows whose parts are gone. Only called while nobody else serves from the folder.
fn sweep(data: &Path, writer: &mut Connection) -> Result<io::Result<()>, Error> {
    let work = Transaction::new(writer, TransactionBehavior::Immediate)?;
    for table in ["session", "upload", "file", "view"] {
        work.execute(
            &format!("DELETE FROM {table} WHERE created < ?1"),
            [now() - FORGET_AFTER],
        )?;
    }
    work.execute(
        "DELETE FROM view_order WHERE token NOT IN (SELECT token FROM view)",
        [],
    )?;
    let gathering: HashSet<i64> = work
        .prepare("SELECT id FROM file WHERE state = 0")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut present = HashSet::new();
    let swept = sweep_incoming(data, &gathering, &mut present).and_then(|()| {
        sweep_files(&data.join("files"), |name| {
            work.prepare_cached("SELECT 1 FROM image WHERE path = ?1 UNION ALL SELECT 1 FROM document WHERE path = ?1")
                .and_then(|mut known| known.query_row([name], |_| Ok(())).optional())
                .map(|row| row.is_some())
                .map_err(io::Error::other)
        })
    });
    if swept.is_err() {
        return Ok(swept);
    }
    for file in gathering.difference(&present) {
        work.execute("DELETE FROM file WHERE id = ?1", [file])?;
    }
    work.commit()?;
    Ok(Ok(()))
}

fn sweep_incoming(
    data: &Path,
    gathering: &HashSet<i64>,
    present: &mut HashSet<i64>,
) -> io::Result<()> {
    for entry in fs::read_dir(data.join("incoming"))? {
        let path = entry?.path();
        let known = (path.extension() == Some(OsStr::new("part")))
            .then(|| path.file_stem()?.to_str()?.parse().ok())
            .flatten()
            .filter(|file| gathering.contains(file));
        match known {
            Some(file) => {
                present.insert(file);
            }
            None => fs::remove_file(path)?,
        }
    }
    Ok(())
}

fn sweep_files(files: &Path, known: impl Fn(&str) -> io::Result<bool>) -> io::Result<()> {
    for study in fs::read_dir(files)? {
        let study = study?;
        if !study.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(study.path())? {
            let file = file?;
            let name = format!(
                "{}/{}",
                study.file_name().to_string_lossy(),
                file.file_name().to_string_lossy()
            );
            // Only what this server names so is its to remove.
            let ours = Path::new(&name)
                .extension()
                .and_then(OsStr::to_str)
                .is_some_and(|extension| STORED.contains(&extension));
            if ours && !known(&name)? {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}
