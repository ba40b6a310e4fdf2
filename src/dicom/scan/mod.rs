//! Finds the DICOM files in what was dropped: in folders, and in ZIP archives as if they were folders. Folders are walked
//! on one thread, headers are read on several, and what is found is told as it comes.

pub(in crate::dicom) mod header;
mod queue;
mod walker;
pub(in crate::dicom) mod wanted;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use self::header::{Checking, Fate};
use self::queue::{Job, Queue};
use self::walker::Walker;
use super::catalogue::{Found, Known, SkipReason, Skipped};
use super::media::{self, Allowance, Archive, Disc, Opened};

/// Threads that read, at most: a disc or a share gains nothing from more.
const MOST_READERS: usize = 8;

/// Is told what a scan finds. Called from several threads.
pub trait Sink: Sync {
    /// What became of one file. Each file is told once, by whatever names it is reached.
    fn found(&self, found: Found);
    /// A file that is known and has not changed: it was not read.
    fn again(&self, _path: &Path) {}
    /// So many files are known to be there by now; grows while folders are walked and archives are opened.
    fn known(&self, _files: u64) {}
    /// The directory of a disc, which is told as a file too.
    fn disc(&self, _disc: Disc) {}
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanEnd {
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// Files that were told of.
    pub seen: u64,
}

/// Reads everything under these files and folders, hidden ones too, and what links in them lead to. Returns when all is
/// told, or soon after `cancelled` is set. Of a folder's files no more than some thousands are held at a time.
///
/// A ZIP archive is looked into, and its files are told in its place; so are archives in it, but not those in them. One
/// that cannot be opened is told itself, as are archives of other kinds, and documents and programs that are kept as ZIP
/// archives.
pub fn scan(paths: &[PathBuf], sink: &dyn Sink, cancelled: &AtomicBool) -> ScanEnd {
    scan_more(paths, &Known::default(), sink, cancelled)
}

/// The same where something is known already: those files are told of and not read again, unless they have changed.
pub fn scan_more(
    paths: &[PathBuf],
    known: &Known,
    sink: &dyn Sink,
    cancelled: &AtomicBool,
) -> ScanEnd {
    let readers = thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(2, MOST_READERS);
    let scan = Scan {
        sink,
        listed: known,
        cancelled,
        queue: Queue::of(readers),
        checking: Checking::default(),
        records: Mutex::default(),
        seen: AtomicU64::new(0),
        known: AtomicU64::new(0),
    };
    thread::scope(|scope| {
        for _ in 0..readers {
            scope.spawn(|| scan.read());
        }
        Walker::of(&scan).walk(paths);
        scan.queue.is_walked();
    });
    sink.known(scan.known.into_inner());
    ScanEnd {
        cancelled: cancelled.load(Ordering::Relaxed),
        seen: scan.seen.into_inner(),
    }
}

/// What the threads of a scan share.
struct Scan<'a> {
    sink: &'a dyn Sink,
    /// What need not be read again.
    listed: &'a Known,
    cancelled: &'a AtomicBool,
    queue: Queue,
    checking: Checking,
    /// What directories of discs may still hold: all of them are kept until the scan ends.
    records: Mutex<Allowance>,
    seen: AtomicU64,
    known: AtomicU64,
}

impl Scan<'_> {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn tell(&self, found: Found) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        self.sink.found(found);
    }

    /// So many files more are known to be there.
    fn count(&self, more: u64) {
        let before = self.known.fetch_add(more, Ordering::Relaxed);
        let known = before + more;
        if known / 256 > before / 256 || known.is_power_of_two() {
            self.sink.known(known);
        }
    }

    /// Reads until there is nothing left.
    fn read(&self) {
        while let Some((job, _busy)) = self.queue.next() {
            match job {
                _ if self.is_cancelled() => {}
                Job::File(path) => {
                    let opened = media::open(&path);
                    self.one(&path, opened, || Archive::open(&path));
                }
                Job::Entry(archive, index) => self.entry(&archive, index),
                Job::Whole(archive) => {
                    for index in (0..archive.files()).take_while(|_| !self.is_cancelled()) {
                        self.entry(&archive, index);
                    }
                }
            }
        }
    }

    fn entry(&self, archive: &Archive, index: usize) {
        if let Some(path) = archive.path_of(index) {
            self.one(&path, archive.file(index), || archive.inner(index));
        }
    }

    /// Reads a file, unless it is listed and has not changed.
    fn one(
        &self,
        path: &Path,
        opened: io::Result<Opened>,
        open: impl FnOnce() -> io::Result<Archive>,
    ) {
        let stamp = opened.as_ref().ok().map(Opened::stamp);
        if stamp.is_some_and(|stamp| self.listed.holds(path, stamp)) {
            self.seen.fetch_add(1, Ordering::Relaxed);
            return self.sink.again(path);
        }
        self.settle(path, header::read(path, opened, &self.checking), open);
    }

    fn disc(&self, path: &Path) -> Disc {
        let mut left = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        Disc::read(path, &mut left)
    }

    /// Tells what became of a file, or has the files in it read.
    fn settle(&self, path: &Path, fate: Fate, open: impl FnOnce() -> io::Result<Archive>) {
        let reason = match fate {
            Fate::Told(found) => {
                let reason = match &*found {
                    Found::Skipped(skipped) => Some(&skipped.reason),
                    Found::Image(_) => None,
                };
                if reason == Some(&SkipReason::DicomDir) && media::is_called_so(path) {
                    self.sink.disc(self.disc(path));
                }
                return self.tell(*found);
            }
            Fate::Zip => match open() {
                Ok(archive) if archive.files() == 0 || archive.is_document() => {
                    SkipReason::NotDicom
                }
                Ok(archive) => {
                    // One of them, the archive itself, was counted.
                    self.count(archive.files() as u64 - 1);
                    return self.queue.open(Arc::new(archive));
                }
                Err(error) => header::unreadable(&error),
            },
        };
        self.tell(Found::Skipped(Skipped {
            path: path.to_owned(),
            reason,
            study_instance_uid: None,
            stamp: None,
        }));
    }
}

/// Whether this path is a file or folder that a scan would look into.
pub fn can_be_scanned(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => metadata.is_dir() || metadata.is_file(),
        Err(_) => media::exists(path),
    }
}
