//! Files to parts: reads as it goes, one part at a time, and notices a file that is no longer what was scanned.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::UploadFile;
use crate::cloud::wire::MAX_PART;
use crate::dicom::deidentify::{self, Replacement};

/// One part of one file, on its way to a socket.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Index in `Upload::files`.
    pub file: usize,
    /// The file's number within the sign-in.
    pub file_index: u32,
    /// 0, 1, 2 …
    pub part_index: u32,
    /// How many parts the file has; at least 1.
    pub part_count: u32,
    /// The bytes, at most [`MAX_PART`].
    pub bytes: Bytes,
}

/// How many parts a file of this size is sent in. An empty file is one empty part.
///
/// # Errors
/// `None` for a file of more parts than the wire can number.
pub(super) fn part_count(size: u64) -> Option<u32> {
    u32::try_from(size.div_ceil(MAX_PART as u64).max(1)).ok()
}

/// Reads one file and hands its parts on, waiting while the channel is full. Runs on a thread of its own.
///
/// The last part is handed on only after the file was found unchanged, so that the account, which stores a file when
/// its last part is there, never stores a mixture.
///
/// # Errors
/// A sentence for a person. Nothing is handed on after it.
pub(super) fn read_file(
    file: usize,
    entry: &UploadFile,
    file_index: u32,
    parts: &mpsc::Sender<Part>,
    cancelled: &CancellationToken,
) -> Result<(), String> {
    let mut source = File::open(&entry.path).map_err(|error| cannot_read(&error))?;
    unchanged(&source, entry)?;
    let part_count = part_count(entry.size).ok_or(TOO_MANY_PARTS)?;
    let mut left = entry.size;
    for part_index in 0..part_count {
        let length = usize::try_from(left.min(MAX_PART as u64)).unwrap_or(MAX_PART);
        let mut bytes = vec![0; length];
        source
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => CHANGED.to_owned(),
                _ => cannot_read(&error),
            })?;
        left -= length as u64;
        if left == 0 {
            unchanged(&source, entry)?;
        }
        let bytes = Bytes::from(bytes);
        let part = Part {
            file,
            file_index,
            part_index,
            part_count,
            bytes,
        };
        if cancelled.is_cancelled() || parts.blocking_send(part).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one file whole and replaces values in it. Runs on a thread of its own.
///
/// # Errors
/// A sentence for a person. The file must then not be sent.
pub(super) fn replaced(entry: &UploadFile, replace: &[Replacement]) -> Result<Vec<u8>, String> {
    if entry.size > deidentify::LARGEST {
        return Err(not_replaced(&deidentify::Error::TooLarge));
    }
    let mut source = File::open(&entry.path).map_err(|error| cannot_read(&error))?;
    unchanged(&source, entry)?;
    let size = usize::try_from(entry.size).map_err(|_| NO_MEMORY.to_owned())?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(size)
        .map_err(|_| NO_MEMORY.to_owned())?;
    source
        .by_ref()
        .take(entry.size)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_read(&error))?;
    if bytes.len() != size {
        return Err(CHANGED.to_owned());
    }
    unchanged(&source, entry)?;
    deidentify::replace(&bytes, replace).map_err(|error| not_replaced(&error))
}

/// Hands a file's bytes on part by part, waiting while the channel is full.
///
/// # Errors
/// A file of more parts than the wire can number.
pub(super) fn hand_on(
    file: usize,
    bytes: &[u8],
    file_index: u32,
    parts: &mpsc::Sender<Part>,
    cancelled: &CancellationToken,
) -> Result<(), String> {
    let part_count = part_count(bytes.len() as u64).ok_or(TOO_MANY_PARTS)?;
    for (part_index, bytes) in (0..).zip(bytes.chunks(MAX_PART)) {
        let part = Part {
            file,
            file_index,
            part_index,
            part_count,
            // A copy, so that a part that waits for its socket does not hold the whole file.
            bytes: Bytes::copy_from_slice(bytes),
        };
        if cancelled.is_cancelled() || parts.blocking_send(part).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn not_replaced(error: &deidentify::Error) -> String {
    format!("{error} It was not sent. Send it without replaced values if that is allowed.")
}

const NO_MEMORY: &str = "There is not enough memory to replace values in a file of this size. Close other programs, then press Retry.";
const TOO_MANY_PARTS: &str = "The file is larger than the account can take.";
const CHANGED: &str =
    "The file changed after it was read. Drop the folder again to send it as it is now.";

fn unchanged(source: &File, entry: &UploadFile) -> Result<(), String> {
    let now = source.metadata().map_err(|error| cannot_read(&error))?;
    let same_time = entry
        .modified
        .is_none_or(|then| now.modified().is_ok_and(|now| now == then));
    if now.len() == entry.size && same_time {
        Ok(())
    } else {
        Err(CHANGED.to_owned())
    }
}

fn cannot_read(error: &io::Error) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

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

    fn read(entry: &UploadFile) -> (Vec<Part>, Result<(), String>) {
        let (sender, mut receiver) = mpsc::channel(64);
        let result = read_file(0, entry, 1, &sender, &CancellationToken::new());
        drop(sender);
        let mut parts = Vec::new();
        while let Ok(part) = receiver.try_recv() {
            parts.push(part);
        }
        (parts, result)
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
        }
    }

    #[test]
    fn a_file_that_grew_or_shrank_since_the_scan_is_not_sent_whole() {
        for delta in [-1, 1] {
            let (_file, mut entry) = entry(2 * MAX_PART);
            entry.size = entry.size.saturating_add_signed(delta);
            let (parts, result) = read(&entry);
            assert_eq!(result, Err(CHANGED.to_owned()));
            assert!(parts.is_empty());
        }
    }

    #[test]
    fn a_file_in_which_nothing_can_be_replaced_is_not_sent_and_says_why() {
        let name = [Replacement::new("PatientName", "Doe").unwrap()];
        let (_file, mut entry) = entry(1000);
        let reason = replaced(&entry, &name).unwrap_err();
        assert!(
            reason.contains("no DICOM") && reason.contains("not sent"),
            "{reason}"
        );
        entry.size = deidentify::LARGEST + 1;
        assert!(
            replaced(&entry, &name)
                .unwrap_err()
                .contains("larger than 1 GiB")
        );
    }

    #[test]
    fn a_file_that_is_gone_says_so() {
        let (file, entry) = entry(10);
        drop(file);
        let (parts, result) = read(&entry);
        assert!(result.unwrap_err().contains("no longer there"));
        assert!(parts.is_empty());
    }
}
