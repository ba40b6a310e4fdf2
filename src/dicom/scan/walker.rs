//! The walk through folders, on one thread.

use std::collections::{HashSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Scan;
use crate::dicom::catalogue::{Found, SkipReason, Skipped};
use crate::dicom::media::{self, Allowance, Disc, Lies};
use crate::dicom::scan::header::plain_words;

/// Files of one folder that are brought into order at a time.
const CHUNK: usize = 16 * 1024;

/// A place as it was reached, and what it really is, without links.
struct Folder {
    path: PathBuf,
    real: PathBuf,
}

pub(super) struct Walker<'a> {
    scan: &'a Scan<'a>,
    /// Folders whose files were told, by what they really are.
    folders: HashSet<PathBuf>,
    /// Files that were told alone: dropped, or behind a link. Those of `folders` are not kept.
    files: HashSet<PathBuf>,
    /// Links are followed when everything else was told, so that what is in a folder is told by its own path.
    links: VecDeque<PathBuf>,
}

impl<'a> Walker<'a> {
    pub(super) fn of(scan: &'a Scan<'a>) -> Self {
        Walker {
            scan,
            folders: HashSet::new(),
            files: HashSet::new(),
            links: VecDeque::new(),
        }
    }

    pub(super) fn walk(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.root(path);
        }
        while let Some(link) = self.links.pop_front() {
            if self.is_cancelled() {
                break;
            }
            self.link(link);
        }
    }

    /// Something that was dropped. What lies in another dropped folder is told once: it was told, or will not be again.
    fn root(&mut self, path: &Path) {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            // A link that leads nowhere is there, though what it names is not.
            Err(_) if path.is_symlink() => return self.skip(path.to_owned(), SkipReason::NotAFile),
            Err(error) => {
                return match media::lies(path) {
                    Some(lies) => self.in_archive(path, lies),
                    None => self.unreadable(path.to_owned(), &error),
                };
            }
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
                    self.on_disc(path);
                }
            }
            Ok(_) => self.skip(path.to_owned(), SkipReason::NotAFile),
            Err(error) => self.unreadable(path.to_owned(), &error),
        }
    }

    /// A disc's directory that was dropped alone stands for the files that it names.
    fn on_disc(&mut self, path: &Path) {
        if !media::is_called_so(path) {
            return;
        }
        let disc = Disc::read(path, &mut Allowance::default());
        for (_, said) in disc.files() {
            let spelled = [
                said.file.clone(),
                said.file.to_lowercase(),
                format!("{};1", said.file),
            ];
            let places = spelled.map(|name| disc.folder().join(name));
            if let Some(path) = places.into_iter().find(|path| path.is_file())
                && let Ok(real) = fs::canonicalize(&path)
                && !self.was_told(&real)
            {
                self.files.insert(real);
                self.send(path);
            }
        }
    }

    /// A file or a folder in an archive.
    fn in_archive(&mut self, path: &Path, lies: Lies) {
        match lies {
            Lies::File => self.send(path.to_owned()),
            Lies::Folder => match media::folder(path) {
                Ok(mut files) => self.send_sorted(&mut files),
                Err(error) => self.unreadable(path.to_owned(), &error),
            },
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
        self.scan.count(chunk.len() as u64);
        for path in chunk.drain(..) {
            self.scan.queue.push(path);
        }
    }

    fn send(&mut self, path: PathBuf) {
        self.send_sorted(&mut vec![path]);
    }

    fn is_cancelled(&self) -> bool {
        self.scan.is_cancelled()
    }

    fn unreadable(&mut self, path: PathBuf, error: &io::Error) {
        self.skip(path, SkipReason::Unreadable(plain_words(error)));
    }

    fn skip(&mut self, path: PathBuf, reason: SkipReason) {
        self.scan.count(1);
        self.scan.tell(Found::Skipped(Skipped {
            path,
            reason,
            study_instance_uid: None,
            stamp: None,
        }));
    }
}
