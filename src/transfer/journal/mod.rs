//! The journal: what is queued, and what became of each file and part, so that a transfer goes on where it was when the
//! program, the computer or the network is gone.
//!
//! One thread owns the database and writes what it is told in groups, a commit a group (WAL, `synchronous = FULL`): an
//! entry that was written is on the disk. An acknowledgement that had not been written when the lights went out costs
//! that the account is asked again, or gets the same part again, and nothing else. The folder is the program's data
//! folder:
//!
//! ```text
//! journal.sqlite       the tables (`store`), readable by their owner alone
//! journal.key          opens what names a person in them (`seal`)
//! journal.lock         locked by the program that keeps the journal
//! journal-….sqlite     a journal that could not be used, kept aside
//! ```

mod content;
mod notes;
mod seal;
mod store;
mod thread;

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use super::part_reader::Part;
use super::resume::{Kept, Saved};
use super::{Outcome, Upload};
use crate::receipt::VerifiedBy;
use store::{Store, StoreError};
use thread::Order;

/// So many finished transfers are shown again after a start.
const MOST_OVER: u32 = 50;

/// Whose transfer it is: a digest of the account key, from which the key cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account([u8; 16]);

impl Account {
    /// Of the account with this key.
    pub fn of(account_key: Uuid) -> Self {
        let mut digest = Sha256::new_with_prefix(b"StudyDrop journal ");
        digest.update(account_key.as_bytes());
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(digest.finalize()) {
            *to = from;
        }
        Account(half)
    }
}

/// Why there is no journal.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another copy of the program has it.
    #[error("Another StudyDrop on this computer keeps the journal of transfers.")]
    InUse,
    /// It cannot be read or written.
    #[error("The journal of transfers cannot be kept ({0}).")]
    Unusable(String),
}

/// A journal that was opened.
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// Where a journal that could not be used was kept aside, and why it could not.
    pub set_aside: Option<(PathBuf, String)>,
}

/// The journal. Clones share it; the last one that is dropped closes it, with everything written.
#[derive(Clone)]
pub struct Journal {
    keeper: Arc<Keeper>,
}

/// Ends the thread, and waits for it, when the last handle goes.
struct Keeper {
    orders: Option<Sender<Order>>,
    thread: Option<std::thread::JoinHandle<()>>,
    health: watch::Receiver<Option<String>>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Something that happened to a transfer; the first number is its row.
#[derive(Debug)]
pub(super) enum Note {
    /// A part of a file of several parts was acknowledged.
    Part(i64, PartNote),
    /// What was acknowledged of a file is of no use any more.
    ForgetParts(i64, usize),
    /// What became of a file.
    File {
        row: i64,
        file: usize,
        outcome: Outcome,
        /// Size in bytes and SHA-256 of what was sent.
        size: Option<u64>,
        digest: Option<[u8; 32]>,
    },
    /// Every file that is open failed with this reason.
    FailPending(i64, String),
    /// Failed files are open again.
    Reopened(i64),
    /// Where the transfer is.
    State {
        row: i64,
        kept: Kept,
        note: Option<String>,
    },
    /// The order that the study became, and whether it came into being with this transfer.
    Order {
        row: i64,
        order: Option<Uuid>,
        is_new: Option<bool>,
    },
    /// How it was verified.
    VerifiedBy(i64, VerifiedBy),
    /// The order of the queue.
    Places(Vec<i64>),
    /// It was taken off the list.
    Forget(i64),
}

/// An acknowledged part.
#[derive(Debug)]
pub(super) struct PartNote {
    pub(super) file: usize,
    pub(super) upload: Uuid,
    pub(super) file_index: u32,
    pub(super) part_index: u32,
    pub(super) part_count: u32,
    /// SHA-256 of the file up to the end of this part.
    pub(super) digest: [u8; 32],
}

impl PartNote {
    pub(super) fn of(part: &Part) -> Self {
        PartNote {
            file: part.file,
            upload: part.upload,
            file_index: part.file_index,
            part_index: part.part_index,
            part_count: part.part_count,
            digest: part.digest,
        }
    }
}

impl Journal {
    /// Opens the journal in the program's data folder. What ended more than `keep_days` days ago is forgotten. One that
    /// is damaged, or of a newer program, is kept aside under another name and a new one begun. Reads and writes files:
    /// not for the window's thread.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(data: &Path, keep_days: u32) -> Result<Opened, OpenError> {
        let lock = lock(&data.join("journal.lock"))?;
        let (path, key) = (data.join("journal.sqlite"), data.join("journal.key"));
        let unusable = |error: StoreError| OpenError::Unusable(error.to_string());
        let (mut store, set_aside) = match open_whole(&path, &key) {
            Ok(store) => (store, None),
            Err(error) if error.is_hopeless() => {
                let aside = set_aside(data, &path, &key)
                    .map_err(|error| OpenError::Unusable(error.to_string()))?;
                let store = Store::open(&path, &key).map_err(unusable)?;
                (store, Some((aside, error.to_string())))
            }
            Err(error) => return Err(unusable(error)),
        };
        let kept = Duration::from_secs(u64::from(keep_days) * 24 * 60 * 60);
        if let Some(before) = SystemTime::now().checked_sub(kept) {
            store.prune(before).map_err(unusable)?;
        }
        let (orders, inbox) = channel();
        let (sick, health) = watch::channel(None);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                thread::run(store, inbox, sick);
                drop(lock);
            })
            .map_err(|error| OpenError::Unusable(error.to_string()))?;
        let keeper = Keeper {
            orders: Some(orders),
            thread: Some(thread),
            health,
        };
        Ok(Opened {
            journal: Journal {
                keeper: Arc::new(keeper),
            },
            set_aside,
        })
    }

    /// Why the journal cannot be written at present, where it cannot; and its changes.
    pub fn health(&self) -> watch::Receiver<Option<String>> {
        self.keeper.health.clone()
    }

    /// Writes a study at the end of the queue, and by which mark the key is known that its UIDs are made with. It is on the disk when the answer comes: its row, or none where it could
    /// not be written.
    pub(super) fn queue(
        &self,
        account: Account,
        upload: Upload,
        key_mark: Option<String>,
    ) -> oneshot::Receiver<Option<i64>> {
        let (answer, row) = oneshot::channel();
        self.order(Order::Queue(account, Box::new(upload), key_mark, answer));
        row
    }

    /// What is written down for this account, in the order of the queue, and how many studies wait for other accounts.
    ///
    /// # Errors
    /// A sentence for a person, where entries cannot be read.
    pub async fn load(&self, account: Account) -> Result<(Vec<Saved>, u64), String> {
        let (answer, saved) = oneshot::channel();
        self.order(Order::Load(account, answer));
        saved
            .await
            .unwrap_or_else(|_| Err("The journal of transfers is closed.".to_owned()))
    }

    /// Waits until everything that was noted is on the disk.
    pub async fn written(&self) {
        let (answer, done) = oneshot::channel();
        self.order(Order::Written(answer));
        // A thread that is gone has written everything.
        let _ = done.await;
    }

    /// Has something written soon. Never blocks: as much may wait as there are parts in flight and files in a queue.
    pub(super) fn note(&self, note: Note) {
        self.order(Order::Note(note));
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.keeper.orders {
            // The thread ends only after this handle.
            let _ = orders.send(order);
        }
    }
}

/// Entries that cannot be read make the whole journal useless: it is better to say so than to lose one silently.
fn open_whole(path: &Path, key: &Path) -> Result<Store, StoreError> {
    let store = Store::open(path, key)?;
    store.check_entries()?;
    Ok(store)
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let unusable = |error: io::Error| OpenError::Unusable(error.to_string());
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Moves the journal and its key out of the way; says where it lies now.
fn set_aside(data: &Path, path: &Path, key: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let aside = data.join(format!("journal-{now}.sqlite"));
    std::fs::rename(path, &aside)?;
    for (suffix, from) in [
        ("-wal", "journal.sqlite-wal"),
        ("-shm", "journal.sqlite-shm"),
    ] {
        let to = data.join(format!("journal-{now}.sqlite{suffix}"));
        ignore_missing(std::fs::rename(data.join(from), to))?;
    }
    ignore_missing(std::fs::rename(
        key,
        data.join(format!("journal-{now}.key")),
    ))?;
    Ok(aside)
}

fn ignore_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
