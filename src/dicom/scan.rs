//! Finds the DICOM files in what was dropped. Folders are walked on one thread, headers are read on several, and what is
//! found is told as it comes.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::catalogue::{Found, SkipReason, Skipped};
use super::header::{self, plain_words};

/// Paths that may wait for a reader: a folder of a million files needs no more memory than one of a thousand.
const QUEUE: usize = 1024;
/// Threads that read, at most: a disc or a share gains nothing from more.
const MOST_READERS: usize = 8;

/// Is told what a scan finds. Called from several threads.
pub trait Sink: Sync {
    /// What became of one file. Each file is told once.
    fn found(&self, found: Found);
    /// So many files are known to be there by now; grows while folders are walked.
    fn known(&self, _files: u64) {}
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanEnd {
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// Files that were told of.
    pub seen: u64,
}

/// Reads everything under these files and folders. Returns when all is told, or soon after `cancelled` is set.
pub fn scan(paths: &[PathBuf], sink: &dyn Sink, cancelled: &AtomicBool) -> ScanEnd {
    let readers = thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(2, MOST_READERS);
    let seen = AtomicU64::new(0);
    let (sender, receiver) = sync_channel(QUEUE);
    let receiver = Mutex::new(receiver);
    let tell = |found| {
        seen.fetch_add(1, Ordering::Relaxed);
        sink.found(found);
    };
    thread::scope(|scope| {
        for _ in 0..readers {
            scope.spawn(|| {
                while let Some(path) = next(&receiver) {
                    if !cancelled.load(Ordering::Relaxed) {
                        tell(header::read(&path));
                    }
                }
            });
        }
        let mut walker = Walker {
            queue: sender,
            sink,
            cancelled,
            tell: &tell,
            seen: HashSet::new(),
            known: 0,
        };
        walker.walk(paths);
        // The readers end when the queue is empty and nobody can fill it.
        drop(walker);
    });
    ScanEnd {
        cancelled: cancelled.load(Ordering::Relaxed),
        seen: seen.into_inner(),
    }
}

fn next(receiver: &Mutex<Receiver<PathBuf>>) -> Option<PathBuf> {
    receiver
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .recv()
        .ok()
}

struct Walker<'a> {
    queue: SyncSender<PathBuf>,
    sink: &'a dyn Sink,
    cancelled: &'a AtomicBool,
    tell: &'a dyn Fn(Found),
    /// Folders and linked files that were visited, by what they really are.
    seen: HashSet<PathBuf>,
    known: u64,
}

impl Walker<'_> {
    fn walk(&mut self, paths: &[PathBuf]) {
        let mut todo: VecDeque<PathBuf> = paths.iter().cloned().collect();
        while let Some(path) = todo.pop_front() {
            if self.cancelled.load(Ordering::Relaxed) {
                return;
            }
            // Depth first, in the order of names.
            for inner in self.visit(path).into_iter().rev() {
                todo.push_front(inner);
            }
        }
    }

    /// Looks at one path; hands back what lies in it where it is a folder.
    fn visit(&mut self, path: PathBuf) -> Vec<PathBuf> {
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) => return self.skip(path, SkipReason::Unreadable(plain_words(&error))),
        };
        if !kind.is_symlink() {
            return self.visit_kind(path, kind);
        }
        let target = fs::canonicalize(&path)
            .and_then(|target| Ok((fs::metadata(&target)?.file_type(), target)));
        match target {
            Err(_) => self.skip(path, SkipReason::NotAFile),
            Ok((kind, target)) if kind.is_dir() || self.seen.insert(target.clone()) => {
                self.visit_kind(path, kind)
            }
            Ok(_) => self.skip(path, SkipReason::LinkLoop),
        }
    }

    fn visit_kind(&mut self, path: PathBuf, kind: FileType) -> Vec<PathBuf> {
        if kind.is_dir() {
            let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if self.seen.insert(real) {
                self.list(path)
            } else {
                self.skip(path, SkipReason::LinkLoop)
            }
        } else if kind.is_file() {
            self.count();
            // Fails only when the readers are gone, and they go after this.
            drop(self.queue.send(path));
            Vec::new()
        } else {
            self.skip(path, SkipReason::NotAFile)
        }
    }

    fn list(&mut self, folder: PathBuf) -> Vec<PathBuf> {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => return self.skip(folder, SkipReason::Unreadable(plain_words(&error))),
        };
        let mut inner = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => inner.push(entry.path()),
                Err(error) => {
                    self.skip(folder.clone(), SkipReason::Unreadable(plain_words(&error)));
                    break;
                }
            }
        }
        inner.sort_unstable();
        inner
    }

    fn count(&mut self) {
        self.known += 1;
        if self.known.is_power_of_two() || self.known.is_multiple_of(256) {
            self.sink.known(self.known);
        }
    }

    fn skip(&mut self, path: PathBuf, reason: SkipReason) -> Vec<PathBuf> {
        self.count();
        (self.tell)(Found::Skipped(Skipped {
            path,
            reason,
            study_instance_uid: None,
        }));
        Vec::new()
    }
}

/// Whether this path is a file or folder that a scan would look into.
pub fn can_be_scanned(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir() || metadata.is_file())
}
