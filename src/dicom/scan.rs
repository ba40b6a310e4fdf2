//! Finds the DICOM files in what was dropped. Folders are walked on one thread, headers are read on several, and what is
//! found is told as it comes.

use std::collections::{HashSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::catalogue::{Found, Known, SkipReason, Skipped};
use super::header::{self, plain_words};

/// Paths that may wait for a reader: a folder of a million files needs no more memory than one of some thousands.
const QUEUE: usize = 1024;
/// Files of one folder that are brought into order at a time.
const CHUNK: usize = 16 * 1024;
/// Threads that read, at most: a disc or a share gains nothing from more.
const MOST_READERS: usize = 8;

/// Is told what a scan finds. Called from several threads.
pub trait Sink: Sync {
    /// What became of one file. Each file is told once, by whatever names it is reached.
    fn found(&self, found: Found);
    /// A file that is known and has not changed: it was not read.
    fn again(&self, _path: &Path) {}
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

/// Reads everything under these files and folders, hidden ones too, and what links in them lead to. Returns when all is
/// told, or soon after `cancelled` is set. Of a folder's files no more than some thousands are held at a time.
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
                    if cancelled.load(Ordering::Relaxed) {
                        continue;
                    }
                    if known.holds(&path) {
                        seen.fetch_add(1, Ordering::Relaxed);
                        sink.again(&path);
                    } else {
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
            folders: HashSet::new(),
            files: HashSet::new(),
            links: VecDeque::new(),
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

/// A place as it was reached, and what it really is, without links.
struct Folder {
    path: PathBuf,
    real: PathBuf,
}

struct Walker<'a> {
    queue: SyncSender<PathBuf>,
    sink: &'a dyn Sink,
    cancelled: &'a AtomicBool,
    tell: &'a dyn Fn(Found),
    /// Folders whose files were told, by what they really are.
    folders: HashSet<PathBuf>,
    /// Files that were told alone: dropped, or behind a link. Those of `folders` are not kept.
    files: HashSet<PathBuf>,
    /// Links are followed when everything else was told, so that what is in a folder is told by its own path.
    links: VecDeque<PathBuf>,
    known: u64,
}

impl Walker<'_> {
    fn walk(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.root(path);
        }
        while let Some(link) = self.links.pop_front() {
            if self.is_cancelled() {
                break;
            }
            self.link(link);
        }
        self.sink.known(self.known);
    }

    /// Something that was dropped. What lies in another dropped folder is told once: it was told, or will not be again.
    fn root(&mut self, path: &Path) {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            // A link that leads nowhere is there, though what it names is not.
            Err(_) if path.is_symlink() => return self.skip(path.to_owned(), SkipReason::NotAFile),
            Err(error) => return self.unreadable(path.to_owned(), &error),
        };
        match fs::metadata(&real) {
            Ok(metadata) if metadata.is_dir() => self.folder(Folder {
                path: path.to_owned(),
                real,
            }),
            Ok(metadata) if metadata.is_file() => {
                if !self.was_told(&real) {
                    self.files.insert(real);
                    self.send(path.to_owned());
                }
            }
            Ok(_) => self.skip(path.to_owned(), SkipReason::NotAFile),
            Err(error) => self.unreadable(path.to_owned(), &error),
        }
    }

    /// A link inside a folder.
    fn link(&mut self, path: PathBuf) {
        let target = fs::canonicalize(&path).and_then(|real| Ok((fs::metadata(&real)?, real)));
        match target {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.unreadable(path, &error);
            }
            Err(_) => self.skip(path, SkipReason::NotAFile),
            Ok((_, real)) if self.was_told(&real) => self.skip(path, SkipReason::LinkLoop),
            Ok((metadata, real)) if metadata.is_dir() => self.folder(Folder { path, real }),
            Ok((metadata, real)) if metadata.is_file() => {
                self.files.insert(real);
                self.send(path);
            }
            Ok(_) => self.skip(path, SkipReason::NotAFile),
        }
    }

    /// Whether this file or folder, without links, was told already.
    fn was_told(&self, real: &Path) -> bool {
        self.folders.contains(real)
            || self.files.contains(real)
            || real
                .parent()
                .is_some_and(|parent| real.is_file() && self.folders.contains(parent))
    }

    /// A folder and everything below it, depth first, in the order of names as far as [`CHUNK`] reaches.
    fn folder(&mut self, folder: Folder) {
        let mut todo = vec![folder];
        while let Some(folder) = todo.pop() {
            if self.is_cancelled() {
                return;
            }
            if self.folders.insert(folder.real.clone()) {
                let mut inner = self.list(folder);
                inner.sort_unstable_by(|a, b| b.path.cmp(&a.path));
                todo.append(&mut inner);
            }
        }
    }

    /// Sends a folder's files to the readers, a chunk at a time; hands back the folders in it.
    fn list(&mut self, folder: Folder) -> Vec<Folder> {
        let (mut folders, mut chunk) = (Vec::new(), Vec::new());
        let entries = match fs::read_dir(&folder.path) {
            Ok(entries) => entries,
            Err(error) => {
                self.unreadable(folder.path, &error);
                return folders;
            }
        };
        for entry in entries {
            let entry = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
            let (kind, entry) = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable(folder.path, &error);
                    break;
                }
            };
            let (path, real) = (entry.path(), || folder.real.join(entry.file_name()));
            if kind.is_dir() {
                folders.push(Folder { real: real(), path });
            } else if kind.is_symlink() {
                self.links.push_back(path);
            } else if !kind.is_file() {
                self.skip(path, SkipReason::NotAFile);
            } else if self.files.is_empty() || !self.files.contains(&real()) {
                chunk.push(path);
            }
            if chunk.len() == CHUNK {
                self.send_sorted(&mut chunk);
            }
            if self.is_cancelled() {
                return Vec::new();
            }
        }
        self.send_sorted(&mut chunk);
        folders
    }

    fn send_sorted(&mut self, chunk: &mut Vec<PathBuf>) {
        chunk.sort_unstable();
        // Known before they are read, so that there is a figure to measure progress by.
        self.count(chunk.len() as u64);
        for path in chunk.drain(..) {
            // Fails only when the readers are gone, and they go after this.
            drop(self.queue.send(path));
        }
    }

    fn send(&mut self, path: PathBuf) {
        self.send_sorted(&mut vec![path]);
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn count(&mut self, more: u64) {
        let before = self.known;
        self.known += more;
        if self.known / 256 > before / 256 || self.known.is_power_of_two() {
            self.sink.known(self.known);
        }
    }

    fn unreadable(&mut self, path: PathBuf, error: &io::Error) {
        self.skip(path, SkipReason::Unreadable(plain_words(error)));
    }

    fn skip(&mut self, path: PathBuf, reason: SkipReason) {
        self.count(1);
        (self.tell)(Found::Skipped(Skipped {
            path,
            reason,
            study_instance_uid: None,
            stamp: None,
        }));
    }
}

/// Whether this path is a file or folder that a scan would look into.
pub fn can_be_scanned(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir() || metadata.is_file())
}
