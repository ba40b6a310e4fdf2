//! Directories of archives that were read before. Whoever opens a file in an archive opens it by its path and nothing else,
//! from many threads and rooms; the directory is the same for all of them, so it is kept for the whole process. No medium is
//! held open by it: only what was read is kept, and it is of no use any more once the archive's size or time has changed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::central_directory::Directory;
use super::limits::MOST_ENTRIES;
use super::read_at::Disk;

/// Archives whose directories are kept, and files in all of them together.
const MOST_KEPT: usize = 16;
const MOST_FILES: usize = 600_000;

struct Kept {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
    directory: Arc<Directory>,
}

/// The one that was used last stands last.
static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// The directory of this archive.
///
/// # Errors
/// [`crate::dicom::media::MediaError`], and those of the file system.
pub(in crate::dicom::media) fn directory(path: &Path, disk: &Disk) -> io::Result<Arc<Directory>> {
    let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let is_this =
        |kept: &Kept| kept.path == path && kept.size == disk.size && kept.modified == disk.modified;
    {
        let mut all = lock();
        if let Some(at) = all.iter().position(is_this) {
            let kept = all.remove(at);
            let directory = kept.directory.clone();
            all.push(kept);
            return Ok(directory);
        }
    }
    let directory = Arc::new(Directory::read(disk, disk.size, &Mutex::new(MOST_ENTRIES))?);
    // A file system that does not tell times cannot tell a changed archive either.
    if disk.modified.is_some() {
        let mut all = lock();
        all.retain(|kept| kept.path != path);
        all.push(Kept {
            path: path.to_owned(),
            size: disk.size,
            modified: disk.modified,
            directory: directory.clone(),
        });
        let files =
            |all: &[Kept]| -> usize { all.iter().map(|kept| kept.directory.entries.len()).sum() };
        while all.len() > MOST_KEPT || (all.len() > 1 && files(&all) > MOST_FILES) {
            all.remove(0);
        }
    }
    Ok(directory)
}
