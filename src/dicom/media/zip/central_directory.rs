//! What is in an archive, from the directory at its end (APPNOTE.TXT, 4.3.12 to 4.3.16). The library that we pack with keeps
//! one entry of those that share a name; here every one of them is kept.

use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::checkpoints::{self, Points};
use super::end_of_directory::{End, damaged};
use super::entry::{Entry, FIXED, Record, le16};
use super::limits::{HIGHEST_RATIO, LARGEST_DIRECTORY, MOST_UNPACKED, UNPACKED_FREELY};
use super::names::{Script, make_unique, path_of};
use super::read_at::{Place, Run};
use crate::dicom::media::error::MediaError;

/// An entry's own header, without its name.
pub(in crate::dicom::media) const LOCAL: usize = 30;

/// The files of an archive, in the order in which they lie in it.
pub(in crate::dicom::media) struct Directory {
    pub(in crate::dicom::media) entries: Vec<Entry>,
    /// Records that it has, those of folders too.
    pub(in crate::dicom::media) records: u64,
    /// Indexes of `entries`, by path.
    by_path: Vec<usize>,
    /// Whether it is a document or a program that is kept as an archive: office files, Java programs.
    pub(in crate::dicom::media) is_document: bool,
    /// Archives in it that were opened.
    inner: Mutex<HashMap<usize, Arc<Directory>>>,
    /// No other directory has it.
    number: u64,
}

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
/// Files in inner archives whose directories are kept, together.
const MOST_INNER: usize = 500_000;

impl Directory {
    /// Reads the directory of an archive of `size` bytes, which may have so many records as are `left`.
    ///
    /// # Errors
    /// [`MediaError`], and those of the file system.
    pub(in crate::dicom::media) fn read(
        place: &dyn Place,
        size: u64,
        left: &Mutex<u64>,
    ) -> io::Result<Directory> {
        let end = End::find(place, size)?;
        // Held while they are read, so that no two archives are given the same room.
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        if end.end - end.start > LARGEST_DIRECTORY || end.entries > *left {
            return Err(too_many());
        }
        let records = records(place, &end, *left)?;
        *left = left.saturating_sub(records.len() as u64);
        drop(left);
        Directory::of(records, &end)
    }

    fn of(records: Vec<Record>, end: &End) -> io::Result<Directory> {
        let count = records.len() as u64;
        let script = Script::guess(records.iter().map(|record| &record.name));
        let (mut entries, mut paths) = (Vec::new(), Vec::new());
        for record in records.into_iter().filter(|record| !record.is_folder) {
            let (path, flaw) = path_of(&script.decode(&record.name));
            let mut entry = record.entry;
            entry.header_at = entry.header_at.saturating_add(end.shift);
            entry.flaw = entry.flaw.or(flaw);
            entries.push(entry);
            paths.push(path);
        }
        let is_document = is_document(&paths);
        make_unique(&mut paths);
        for (entry, path) in entries.iter_mut().zip(paths) {
            entry.path = path.into_boxed_str();
        }
        judge(&mut entries, end.start)?;
        let mut by_path: Vec<usize> = (0..entries.len()).collect();
        let path = |at: &usize| entries.get(*at).map(|entry| &*entry.path);
        by_path.sort_unstable_by(|a, b| path(a).cmp(&path(b)));
        Ok(Directory {
            entries,
            records: count,
            by_path,
            is_document,
            inner: Mutex::default(),
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// The entry with this path.
    pub(in crate::dicom::media) fn find(&self, path: &str) -> Option<usize> {
        let of = |at: &usize| self.entries.get(*at).map(|entry| &*entry.path);
        let found = self.by_path.binary_search_by(|at| of(at).cmp(&Some(path)));
        self.by_path.get(found.ok()?).copied()
    }

    /// Whether some entry lies in this folder of the archive.
    pub(in crate::dicom::media) fn has_folder(&self, folder: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| is_below(&entry.path, folder))
    }

    /// Where others have read the entry, for those that are packed and large.
    pub(in crate::dicom::media) fn points(&self, index: usize, size: u64) -> Arc<Points> {
        checkpoints::of((self.number, index), size)
    }

    /// The directory of an archive in it; `read` reads it where that was not done yet.
    pub(in crate::dicom::media) fn inner(
        &self,
        index: usize,
        left: &Mutex<u64>,
        read: impl FnOnce() -> io::Result<Directory>,
    ) -> io::Result<Arc<Directory>> {
        let known = |inner: &HashMap<usize, Arc<Directory>>| inner.get(&index).cloned();
        let lock = || self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = known(&lock());
        if let Some(directory) = directory {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            *left = left.checked_sub(directory.records).ok_or_else(too_many)?;
            return Ok(directory);
        }
        let directory = Arc::new(read()?);
        let mut inner = lock();
        let files: usize = inner.values().map(|one| one.entries.len()).sum();
        if files + directory.entries.len() > MOST_INNER {
            inner.clear();
        }
        inner.insert(index, directory.clone());
        Ok(directory)
    }
}

/// Whether a path of an archive lies in this folder of it.
pub(in crate::dicom::media) fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| folder.is_empty() || rest.starts_with('/'))
}

fn is_document(paths: &[String]) -> bool {
    let is_mark = |path: &String| path == "[Content_Types].xml" || path == "META-INF/MANIFEST.MF";
    paths.first().is_some_and(|path| path == "mimetype") || paths.iter().any(is_mark)
}

fn too_many() -> io::Error {
    MediaError::OverBound("with all archives in it, its archive has more than 500,000 files").into()
}

fn records(place: &dyn Place, end: &End, most: u64) -> io::Result<Vec<Record>> {
    let run = Run {
        place,
        at: end.start,
    };
    let mut reader = BufReader::with_capacity(64 * 1024, run.take(end.end - end.start));
    let mut records = Vec::new();
    let mut fixed = [0; FIXED];
    let mut left = end.end - end.start;
    while left >= FIXED as u64 {
        reader.read_exact(&mut fixed).map_err(cut_off)?;
        if !fixed.starts_with(b"PK\x01\x02") {
            // A signature may stand behind the last record.
            break;
        }
        let mut part = |at| {
            let mut bytes = vec![0; usize::from(le16(&fixed, at))];
            reader.read_exact(&mut bytes).map_err(cut_off)?;
            io::Result::Ok(bytes)
        };
        let (name, extras, comment) = (part(28)?, part(30)?, part(32)?);
        left = left.saturating_sub((FIXED + name.len() + extras.len() + comment.len()) as u64);
        records.push(Record::of(&fixed, name, &extras));
        if records.len() as u64 > most {
            return Err(too_many());
        }
    }
    // Old programs count in two bytes.
    let count = records.len() as u64;
    match count == end.entries || (end.entries <= 0xFFFF && count & 0xFFFF == end.entries) {
        true => Ok(records),
        false => Err(damaged("its directory lacks some of its files")),
    }
}

fn cut_off(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("its directory is cut off"),
        _ => error,
    }
}

/// Brings entries into the order of the archive, and finds those that cannot be what they say. `directory`: where the
/// directory begins.
fn judge(entries: &mut [Entry], directory: u64) -> io::Result<()> {
    entries.sort_by_key(|entry| entry.header_at);
    let mut reach = 0;
    let (mut size, mut packed) = (0_u64, 1_u64);
    for entry in entries.iter_mut() {
        let end = entry
            .header_at
            .saturating_add(LOCAL as u64)
            .saturating_add(entry.packed);
        if end > directory {
            entry.flaw = Some(MediaError::Damaged(
                "it is cut off by the end of its archive",
            ));
            continue;
        }
        if entry.header_at < reach {
            entry.flaw = Some(MediaError::Damaged(
                "it lies over another file of its archive",
            ));
        }
        reach = reach.max(end);
        size = size.saturating_add(entry.size);
        packed = packed.saturating_add(entry.packed);
    }
    if size > MOST_UNPACKED {
        return Err(MediaError::OverBound("its files unpack to more than 1 TiB").into());
    }
    if size > UNPACKED_FREELY && size / HIGHEST_RATIO > packed {
        for entry in entries {
            if entry.size / HIGHEST_RATIO > entry.packed {
                let words = "it unpacks to more than 250 times its size, with far too many others";
                entry.flaw = Some(MediaError::OverBound(words));
            }
        }
    }
    Ok(())
}
