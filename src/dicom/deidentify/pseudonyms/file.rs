//! The file that a table of pseudonyms is: read within bounds, locked while a line is added.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{LONGEST, TableError};

/// How long another program may keep the table locked.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a table is opened again that was put in another's place meanwhile.
const TRIES: usize = 100;

/// All of it.
///
/// # Errors
/// No ordinary file, too large a one, one that cannot be read, one that another program keeps locked.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TableError> {
    // A pipe would wait for a writer when it is opened.
    check_kind(&std::fs::metadata(path)?)?;
    let mut file = File::open(path)?;
    check_kind(&file.metadata()?)?;
    match wait_for(|| file.try_lock_shared()) {
        // There are file systems without locks. Nothing is added here: at worst the newest line is missing.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        locked => locked?,
    }
    text(&mut file)
}

/// A table that nobody else adds a line to, until this is dropped.
pub(super) struct Locked(File);

impl Locked {
    /// Opens it; one that is not there is made, readable by its owner alone. What is there is made so too, where it is the
    /// owner who asks.
    ///
    /// # Errors
    /// As with [`read`]; a file system that has no locks.
    pub(super) fn open(path: &Path) -> Result<Self, TableError> {
        match std::fs::metadata(path) {
            Ok(metadata) => check_kind(&metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        for _ in 0..TRIES {
            let file = options.open(path)?;
            check_kind(&file.metadata()?)?;
            wait_for(|| file.try_lock())?;
            if is_there(&file, path)? {
                own(&file);
                return Ok(Locked(file));
            }
        }
        Err(io::Error::other("another program replaces it again and again").into())
    }

    /// What stands in it.
    ///
    /// # Errors
    /// As with [`read`].
    pub(super) fn text(&mut self) -> Result<Vec<u8>, TableError> {
        text(&mut self.0)
    }

    /// Writes behind what is there; it is on the disk when this returns, or nothing of it is in the file.
    ///
    /// # Errors
    /// The file system.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let before = self.0.metadata()?.len();
        let written = self.0.write_all(line).and_then(|()| self.0.sync_data());
        if written.is_err() {
            // Of a line that could not be written nothing is given out: what is left of it would only confuse.
            let _ = self.0.set_len(before);
        }
        written
    }
}

fn check_kind(metadata: &std::fs::Metadata) -> Result<(), TableError> {
    if !metadata.is_file() {
        return Err(TableError::Whole(
            "is no ordinary file: write it into a CSV file first",
        ));
    }
    match metadata.len() > LONGEST {
        true => Err(TOO_LARGE),
        false => Ok(()),
    }
}

const TOO_LARGE: TableError =
    TableError::Whole("is larger than 64 MiB: this is another kind of file");

fn text(file: &mut File) -> Result<Vec<u8>, TableError> {
    file.seek(SeekFrom::Start(0))?;
    let mut text = Vec::new();
    // It may grow while it is read, and some files say that they are empty and never end.
    file.take(LONGEST + 1).read_to_end(&mut text)?;
    match text.len() as u64 > LONGEST {
        true => Err(TOO_LARGE),
        false => Ok(text),
    }
}

fn wait_for(lock: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    let until = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(1);
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() > until => {
                let words = "another program keeps it locked";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, words));
            }
            Err(TryLockError::WouldBlock) => {}
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Whether this file is still the one with that name.
#[cfg(unix)]
fn is_there(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (mine, named) = (file.metadata()?, std::fs::metadata(path));
    match named {
        Ok(named) => Ok((mine.dev(), mine.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file that is open cannot be replaced.
#[cfg(not(unix))]
fn is_there(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn own(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    // Somebody else's file stays as they made it.
    let _ = file.set_permissions(std::fs::Permissions::from_mode(0o600));
}

#[cfg(not(unix))]
fn own(_: &File) {}
