//! What this computer has sent: for each image number at an account the SHA-256 of the file that the account acknowledged
//! last. The account can only say that it holds a number (`CheckFileExist`), not with which content; this tells the
//! content, as long as no other program or computer has sent under the same number.
//!
//! It lies beside the journal (`sent.sqlite`), holds no name and no UID in clear, and is written by several processes at
//! once. Entries are never pruned: one takes about 60 bytes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Account;

/// The number of an image at one location of one account, as a digest.
pub(super) type Number = [u8; 32];
/// SHA-256 of a file as it left.
pub(super) type Content = [u8; 32];

/// How long another process may keep it locked.
const BUSY: Duration = Duration::from_secs(2);

/// The record. Clones share it.
#[derive(Clone)]
pub struct SentRecord {
    kept: Arc<Mutex<Kept>>,
}

enum Kept {
    Disk(Connection),
    /// Where nothing can be written: it ends with the program.
    Memory(HashMap<Number, Content>),
}

impl SentRecord {
    /// The one in the program's data folder; where it cannot be used, one in memory.
    pub fn open(data: &Path) -> Self {
        match opened(&data.join("sent.sqlite")) {
            Ok(connection) => SentRecord::of(Kept::Disk(connection)),
            Err(error) => {
                tracing::warn!("the record of what was sent cannot be used: {error}");
                SentRecord::in_memory()
            }
        }
    }

    /// An empty one that ends with the program.
    pub fn in_memory() -> Self {
        SentRecord::of(Kept::Memory(HashMap::new()))
    }

    fn of(kept: Kept) -> Self {
        SentRecord {
            kept: Arc::new(Mutex::new(kept)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was sent under this number last; `None` where that is not known.
    pub(super) fn content(&self, number: &Number) -> Option<Content> {
        match &*self.lock() {
            Kept::Memory(all) => all.get(number).copied(),
            Kept::Disk(connection) => {
                let found = connection
                    .prepare_cached("SELECT content FROM sent WHERE number = ?1")
                    .and_then(|mut query| {
                        query
                            .query_row([number.as_slice()], |row| row.get::<_, Content>(0))
                            .optional()
                    });
                found.unwrap_or_else(|error| {
                    tracing::warn!("the record of what was sent cannot be read: {error}");
                    None
                })
            }
        }
    }

    /// The account has acknowledged this content under this number.
    pub(super) fn note(&self, number: Number, content: Content) {
        self.write(number, Some(content));
    }

    /// What the account holds under this number is not known any more: something is about to be sent.
    pub(super) fn forget(&self, number: Number) {
        if self.content(&number).is_some() {
            self.write(number, None);
        }
    }

    fn write(&self, number: Number, content: Option<Content>) {
        match (&mut *self.lock(), content) {
            (Kept::Memory(all), Some(content)) => drop(all.insert(number, content)),
            (Kept::Memory(all), None) => drop(all.remove(&number)),
            (Kept::Disk(connection), content) => {
                let written = match content {
                    Some(content) => connection
                        .prepare_cached("INSERT OR REPLACE INTO sent VALUES (?1, ?2)")
                        .and_then(|mut insert| {
                            insert.execute(params![number.as_slice(), content.as_slice()])
                        }),
                    None => connection
                        .prepare_cached("DELETE FROM sent WHERE number = ?1")
                        .and_then(|mut delete| delete.execute([number.as_slice()])),
                };
                if let Err(error) = written {
                    tracing::warn!("the record of what was sent cannot be written: {error}");
                }
            }
        }
    }
}

fn opened(path: &Path) -> rusqlite::Result<Connection> {
    if !path.exists() {
        // Before SQLite makes it with the rights that are usual. Another process may have been quicker.
        private_file(path);
    }
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    // What a power cut takes of the last moments is asked about again, never believed.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS sent (number BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;",
    )?;
    Ok(connection)
}

fn private_file(path: &Path) {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Where it cannot be made, opening it says so.
    drop(options.open(path));
}

/// The number of an image, by its UIDs as they are sent.
pub(super) fn number(account: Account, location: Uuid, study: &str, image: &str) -> Number {
    let mut digest = Sha256::new_with_prefix(b"StudyDrop sent ");
    digest.update(account.digest());
    digest.update(location.as_bytes());
    digest.update(study.trim().as_bytes());
    digest.update([0]);
    digest.update(image.trim().as_bytes());
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_known_to_another_process_until_something_is_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let one = SentRecord::open(folder.path());
        let other = SentRecord::open(folder.path());
        let account = Account::of(Uuid::nil());
        let image = number(account, Uuid::nil(), "1.2", "1.2.3");
        assert_ne!(image, number(account, Uuid::nil(), "1.21", ".2.3"));
        assert_eq!(other.content(&image), None);
        one.note(image, [7; 32]);
        assert_eq!(other.content(&image), Some([7; 32]));
        other.note(image, [8; 32]);
        assert_eq!(one.content(&image), Some([8; 32]));
        one.forget(image);
        assert_eq!(other.content(&image), None);
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_its_owner_alone_and_a_folder_that_cannot_be_used_does_no_harm() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let record = SentRecord::open(folder.path());
        record.note([1; 32], [2; 32]);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        let nowhere = SentRecord::open(&folder.path().join("missing"));
        nowhere.note([1; 32], [2; 32]);
        assert_eq!(nowhere.content(&[1; 32]), Some([2; 32]));
    }
}
