//! Files to parts: reads and hashes as it goes, one part at a time, and notices a file that is no longer what was scanned.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::UploadFile;
use super::resume::Partial;
use crate::cloud::wire::MAX_PART;
use crate::dicom::media::{self, MediaError, Opened};
use crate::words;

/// One part of one file, on its way to a socket.
#[derive(Debug)]
pub(super) struct Part {
    /// Index in `Upload::files`.
    pub file: usize,
    /// The upload that it goes into.
    pub upload: Uuid,
    /// The file's number within the sign-in.
    pub file_index: u32,
    /// 0, 1, 2 …
    pub part_index: u32,
    /// How many parts the file has; at least 1.
    pub part_count: u32,
    /// The bytes, at most [`MAX_PART`].
    pub bytes: Bytes,
    /// SHA-256 of the file up to the end of this part.
    pub digest: [u8; 32],
    /// Whether other parts of the file went in an earlier run.
    pub resumed: bool,
    /// The part's place in memory.
    pub _room: Option<OwnedSemaphorePermit>,
}

/// Where parts go: to the senders of a study, as long as there is room in memory.
#[derive(Clone)]
pub(super) struct Outlet {
    pub(super) parts: mpsc::Sender<Part>,
    /// A permit a part, for all studies together.
    pub(super) memory: std::sync::Arc<Semaphore>,
    pub(super) runtime: runtime::Handle,
    pub(super) stop: CancellationToken,
}

impl Outlet {
    /// Waits for room. `None`: nobody wants parts any more.
    fn room(&self) -> Option<OwnedSemaphorePermit> {
        let room = self
            .stop
            .run_until_cancelled(self.memory.clone().acquire_owned());
        self.runtime.block_on(room)?.ok()
    }

    /// Whether the part was taken.
    fn give(&self, part: Part) -> bool {
        !self.stop.is_cancelled() && self.parts.blocking_send(part).is_ok()
    }
}

/// Under which numbers a file's parts go, and what went before.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) upload: Uuid,
    pub(super) file_index: u32,
    /// Acknowledged parts with their digests, where an earlier run sent some.
    pub(super) acknowledged: BTreeMap<u32, [u8; 32]>,
}

impl Numbers {
    /// A file that was never begun.
    pub(super) fn fresh(upload: Uuid, file_index: u32) -> Self {
        Numbers {
            upload,
            file_index,
            acknowledged: BTreeMap::new(),
        }
    }

    /// A file of which some parts are there.
    pub(super) fn resumed(partial: &Partial) -> Self {
        let mut acknowledged = partial.acknowledged.clone();
        if acknowledged.len() as u64 >= u64::from(partial.part_count) {
            // Whether the account has put the file together is told by the answer to a part: the last is sent once more.
            acknowledged.pop_last();
        }
        Numbers {
            upload: partial.upload,
            file_index: partial.file_index,
            acknowledged,
        }
    }
}

/// Why a file was not read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A sentence for a person: the file is not sent.
    Failed(String),
    /// What went before was of other bytes: the file must be sent from its beginning.
    NotTheSame,
}

impl From<String> for Problem {
    fn from(reason: String) -> Self {
        Problem::Failed(reason)
    }
}

/// How many parts a file of this size is sent in. An empty file is one empty part.
///
/// # Errors
/// `None` for a file of more parts than the wire can number.
pub(super) fn part_count(size: u64) -> Option<u32> {
    u32::try_from(size.div_ceil(MAX_PART as u64).max(1)).ok()
}

/// Reads one file and hands its parts on, waiting while there is no room. Runs on a thread of its own.
///
/// The last part is handed on only after the file was found unchanged, so that the account, which stores a file when
/// its last part is there, never stores a mixture.
///
/// # Errors
/// [`Problem`]. Nothing is handed on after it.
pub(super) fn read_file(
    file: usize,
    entry: &UploadFile,
    numbers: &Numbers,
    outlet: &Outlet,
) -> Result<(), Problem> {
    let mut source = open_unchanged(entry)?;
    let whole = Whole {
        file,
        size: entry.size,
        numbers,
    };
    whole.hand_on(&mut source, outlet)
}

/// What a file is read from, more than once where parts of it went before.
pub(super) trait Again: Read {
    /// Begins anew.
    fn restart(&mut self) -> io::Result<()>;
    /// Whether the file that is read has not changed since it was opened.
    fn is_unchanged(&self) -> io::Result<bool>;
}

impl Again for Opened {
    fn restart(&mut self) -> io::Result<()> {
        self.rewind()
    }

    fn is_unchanged(&self) -> io::Result<bool> {
        Opened::is_unchanged(self)
    }
}

/// A file as it leaves this computer.
pub(super) struct Whole<'a> {
    pub(super) file: usize,
    pub(super) size: u64,
    pub(super) numbers: &'a Numbers,
}

impl Whole<'_> {
    /// `source` is what leaves.
    pub(super) fn hand_on(&self, source: &mut impl Again, outlet: &Outlet) -> Result<(), Problem> {
        // Nothing goes under the old numbers before it is known that all of it is of the same file.
        source.restart().map_err(|error| cannot_read(&error))?;
        self.hold_against_before(source)?;
        source.restart().map_err(|error| cannot_read(&error))?;
        let part_count = part_count(self.size).ok_or_else(|| TOO_MANY_PARTS.to_owned())?;
        let mut left = self.size;
        let mut hash = Sha256::new();
        for part_index in 0..part_count {
            let Some(room) = outlet.room() else {
                return Ok(());
            };
            let length = usize::try_from(left.min(MAX_PART as u64)).unwrap_or(MAX_PART);
            let bytes = read_part(source, length)?;
            left -= length as u64;
            hash.update(&bytes);
            let digest: [u8; 32] = hash.clone().finalize().into();
            match self.numbers.acknowledged.get(&part_index) {
                Some(before) if *before == digest => continue,
                Some(_other) => return Err(Problem::NotTheSame),
                None => {}
            }
            if left == 0 {
                still_the_same(source.is_unchanged())?;
            }
            let taken = outlet.give(Part {
                file: self.file,
                upload: self.numbers.upload,
                file_index: self.numbers.file_index,
                part_index,
                part_count,
                bytes,
                digest,
                resumed: !self.numbers.acknowledged.is_empty(),
                _room: Some(room),
            });
            if !taken {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether what was acknowledged in an earlier run was of these bytes.
    fn hold_against_before(&self, source: &mut impl Read) -> Result<(), Problem> {
        let Some((last, _)) = self.numbers.acknowledged.last_key_value() else {
            return Ok(());
        };
        let mut left = self.size;
        let mut hash = Sha256::new();
        for part_index in 0..=*last {
            let length = usize::try_from(left.min(MAX_PART as u64)).unwrap_or(MAX_PART);
            hash.update(read_part(source, length)?);
            left -= length as u64;
            if let Some(before) = self.numbers.acknowledged.get(&part_index)
                && *before != <[u8; 32]>::from(hash.clone().finalize())
            {
                return Err(Problem::NotTheSame);
            }
        }
        Ok(())
    }
}

fn read_part(source: &mut impl Read, length: usize) -> Result<Bytes, String> {
    let mut bytes = Vec::with_capacity(length);
    let read = source.take(length as u64).read_to_end(&mut bytes);
    match read.map_err(|error| cannot_read(&error))? == length {
        true => Ok(Bytes::from(bytes)),
        false => Err(CHANGED.to_owned()),
    }
}

const TOO_MANY_PARTS: &str = "The file is larger than the account can take.";
pub(super) const CHANGED: &str =
    "The file changed after it was read. Drop the folder again to send it as it is now.";

/// Opens a file that is as it was when it was found.
pub(super) fn open_unchanged(entry: &UploadFile) -> Result<Opened, String> {
    let source = media::open(&entry.path).map_err(|error| match media::cause(&error) {
        Some(MediaError::NotThere) => CHANGED.to_owned(),
        _ => cannot_read(&error),
    })?;
    let same_time = entry
        .modified
        .is_none_or(|then| source.modified() == Some(then));
    still_the_same(Ok(source.size() == entry.size && same_time))?;
    Ok(source)
}

pub(super) fn still_the_same(is_unchanged: io::Result<bool>) -> Result<(), String> {
    match is_unchanged {
        Ok(true) => Ok(()),
        Ok(false) => Err(CHANGED.to_owned()),
        Err(error) => Err(cannot_read(&error)),
    }
}

pub(super) fn cannot_read(error: &io::Error) -> String {
    if let Some(cause) = media::cause(error) {
        return cannot_unpack(cause);
    }
    match error.kind() {
        io::ErrorKind::NotFound => {
            "The file is no longer there. Put the disc or stick back, then press Retry.".to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "This user may not read the file. Ask for the right to read it, then press Retry."
                .to_owned()
        }
        _ => format!(
            "The file could not be read ({error}). Copy it again from the disc, then press Retry."
        ),
    }
}

/// The same for a file in an archive.
fn cannot_unpack(cause: &MediaError) -> String {
    match cause {
        MediaError::Locked(archive) => format!(
            "The password of {} is not known any more. Drop the archive again and type its password, then press Retry.",
            words::file_name(archive)
        ),
        MediaError::WrongPassword(archive) => format!(
            "The password of {} is another one. Drop the archive again and type the right one, then press Retry.",
            words::file_name(archive)
        ),
        MediaError::Damaged(_) | MediaError::DamagedArchive(_) => format!(
            "The file is damaged in its archive ({cause}). Copy the archive again, then drop it."
        ),
        _ => format!(
            "The file could not be read ({cause}). Unpack the archive with another program, then drop the folder."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::Arc;

    fn entry(size: usize) -> (tempfile::NamedTempFile, UploadFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
        file.write_all(&bytes).unwrap();
        let entry = UploadFile {
            path: file.path().to_owned(),
            size: size as u64,
            modified: file.as_file().metadata().unwrap().modified().ok(),
            series_instance_uid: "1.2".into(),
            sop_instance_uid: "1.2.3".into(),
        };
        (file, entry)
    }

    fn read_as(entry: &UploadFile, numbers: &Numbers) -> (Vec<Part>, Result<(), Problem>) {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let (sender, mut receiver) = mpsc::channel(64);
        let outlet = Outlet {
            parts: sender,
            memory: Arc::new(Semaphore::new(64)),
            runtime: runtime.handle().clone(),
            stop: CancellationToken::new(),
        };
        let result = read_file(0, entry, numbers, &outlet);
        let mut parts = Vec::new();
        while let Ok(part) = receiver.try_recv() {
            parts.push(part);
        }
        (parts, result)
    }

    fn read(entry: &UploadFile) -> (Vec<Part>, Result<(), Problem>) {
        read_as(entry, &Numbers::fresh(Uuid::nil(), 1))
    }

    #[test]
    fn what_was_acknowledged_is_read_and_not_handed_on_again() {
        let (file, entry) = entry(3 * MAX_PART + 7);
        let (all, _) = read(&entry);
        let known = |parts: &[usize]| Partial {
            upload: Uuid::nil(),
            file_index: 1,
            part_count: 4,
            acknowledged: parts
                .iter()
                .map(|at| (all[*at].part_index, all[*at].digest))
                .collect(),
        };
        let handed_on = |partial: &Partial| {
            let (parts, result) = read_as(&entry, &Numbers::resumed(partial));
            assert_eq!(result, Ok(()));
            assert!(parts.iter().all(|part| part.resumed));
            parts.iter().map(|part| part.part_index).collect::<Vec<_>>()
        };
        assert_eq!(handed_on(&known(&[0, 2])), [1, 3]);
        assert_eq!(handed_on(&known(&[3])), [0, 1, 2]);
        // Whether the file is put together is told by an answer: there must be one.
        assert_eq!(handed_on(&known(&[0, 1, 2, 3])), [3]);
        // The same size and time, and other bytes.
        let mut bytes = std::fs::read(file.path()).unwrap();
        bytes[5] ^= 1;
        std::fs::write(file.path(), bytes).unwrap();
        let entry = UploadFile {
            modified: None,
            ..entry.clone()
        };
        // Not even what comes before a part that was of other bytes goes under the old numbers.
        for before in [&[0, 2][..], &[3]] {
            let (parts, result) = read_as(&entry, &Numbers::resumed(&known(before)));
            assert_eq!(result, Err(Problem::NotTheSame));
            assert!(parts.is_empty());
        }
    }

    #[test]
    fn the_parts_of_a_file_are_the_file() {
        for size in [0, 1, MAX_PART - 1, MAX_PART, MAX_PART + 1, 3 * MAX_PART + 7] {
            let (file, entry) = entry(size);
            let (parts, result) = read(&entry);
            assert_eq!(result, Ok(()));
            assert_eq!(parts.len(), part_count(size as u64).unwrap() as usize);
            let whole: Vec<u8> = parts.iter().flat_map(|part| part.bytes.to_vec()).collect();
            assert_eq!(whole, std::fs::read(file.path()).unwrap());
            let last = parts.last().unwrap();
            assert_eq!(last.digest, <[u8; 32]>::from(Sha256::digest(&whole)));
        }
    }

    #[test]
    fn a_file_that_grew_or_shrank_since_the_scan_is_not_sent_whole() {
        for delta in [-1, 1] {
            let (_file, mut entry) = entry(2 * MAX_PART);
            entry.size = entry.size.saturating_add_signed(delta);
            let (parts, result) = read(&entry);
            assert_eq!(result, Err(Problem::Failed(CHANGED.to_owned())));
            assert!(parts.is_empty());
        }
    }

    #[test]
    fn a_file_that_is_gone_says_so() {
        let (file, entry) = entry(10);
        drop(file);
        let (parts, result) = read(&entry);
        assert!(
            matches!(result, Err(Problem::Failed(reason)) if reason.contains("no longer there"))
        );
        assert!(parts.is_empty());
    }
}
