//! Random access to a file's bytes, which are read in pieces. A deflated data set is inflated into memory.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::dicom::dataset::cursor::Bytes;
use crate::dicom::media::{self, Stamp};

/// Maximum number of bytes to read ahead.
const AHEAD: usize = 64 * 1024;
/// Number of bytes to read at a position that does not follow the previous one.
const LEAP: usize = 1024;
/// Maximum size of a value that is parsed to find out whether it is a sequence, in bytes.
const LONGEST_TRIAL: usize = 16 * 1024 * 1024;
/// Maximum inflated size of a data set, in bytes.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;

/// A seekable byte source.
pub(super) trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// Opens a file, which may be in an archive.
///
/// # Errors
/// Those of the file system.
pub(super) fn open(path: &Path) -> io::Result<(Box<dyn Source>, Stamp)> {
    let file = media::open(path)?;
    let stamp = file.stamp();
    Ok((Box::new(file), stamp))
}

/// Bytes of a file or of an inflated data set.
pub(super) enum Content {
    /// A file, read in pieces.
    File(Pieces),
    /// Bytes in memory.
    Memory(Vec<u8>),
}

/// A file with the piece of it that was read last.
pub(super) struct Pieces {
    size: usize,
    last: RefCell<Piece>,
}

struct Piece {
    source: Box<dyn Source>,
    start: usize,
    bytes: Vec<u8>,
    failed: Option<io::Error>,
}

impl Content {
    /// Content of a file with `size` bytes.
    pub(super) fn of_file(source: Box<dyn Source>, size: u64) -> Self {
        Content::File(Pieces {
            // If a file exceeds the address space, only its beginning is accessible.
            size: usize::try_from(size).unwrap_or(usize::MAX),
            last: RefCell::new(Piece {
                source,
                start: 0,
                bytes: Vec::new(),
                failed: None,
            }),
        })
    }

    /// Inflates the data set (PS3.5 A.5) that begins at `offset`, as far as possible. Returns whether all of it was
    /// inflated.
    pub(super) fn unpacked(source: &mut dyn Source, offset: u64) -> io::Result<(Self, bool)> {
        source.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        let mut unpacking = flate2::read::DeflateDecoder::new(source).take(MOST_UNPACKED);
        let ended = unpacking.read_to_end(&mut bytes);
        let whole = ended.is_ok() && unpacking.limit() > 0;
        Ok((Content::Memory(bytes), whole))
    }

    /// Like [`unpacked`](Self::unpacked), for this content.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn unpack(self, offset: u64) -> io::Result<(Self, bool)> {
        match self {
            Content::File(pieces) => {
                Content::unpacked(&mut *pieces.last.into_inner().source, offset)
            }
            Content::Memory(bytes) => Content::unpacked(&mut io::Cursor::new(bytes), offset),
        }
    }

    /// Takes the error of the last failed read.
    pub(super) fn failed(&self) -> Option<io::Error> {
        match self {
            Content::File(pieces) => pieces.last.borrow_mut().failed.take(),
            Content::Memory(_) => None,
        }
    }
}

impl Piece {
    fn read(&mut self, place: &Range<usize>, size: usize) -> io::Result<()> {
        let follows = place.start == self.start.saturating_add(self.bytes.len());
        let ahead = match follows && !self.bytes.is_empty() {
            true => (self.bytes.len() * 2).clamp(LEAP, AHEAD),
            false => LEAP,
        };
        let length = place.len().max(ahead).min(size.saturating_sub(place.start));
        self.bytes.clear();
        self.start = place.start;
        self.source.seek(SeekFrom::Start(place.start as u64))?;
        let mut part = (&mut self.source).take(length as u64);
        part.read_to_end(&mut self.bytes)?;
        Ok(())
    }

    fn get(&self, place: &Range<usize>) -> Option<&[u8]> {
        let start = place.start.checked_sub(self.start)?;
        let end = place.end.checked_sub(self.start)?;
        self.bytes.get(start..end)
    }
}

impl Bytes for Content {
    fn size(&self) -> usize {
        match self {
            Content::File(pieces) => pieces.size,
            Content::Memory(bytes) => bytes.len(),
        }
    }

    fn bytes(&self, place: Range<usize>) -> Option<Cow<'_, [u8]>> {
        let pieces = match self {
            Content::Memory(bytes) => return bytes.get(place).map(Cow::Borrowed),
            Content::File(pieces) => pieces,
        };
        if place.start > place.end || place.end > pieces.size {
            return None;
        }
        let mut last = pieces.last.borrow_mut();
        if last.get(&place).is_none()
            && let Err(error) = last.read(&place, pieces.size)
        {
            last.bytes.clear();
            last.failed = Some(error);
        }
        last.get(&place).map(|bytes| Cow::Owned(bytes.to_vec()))
    }

    fn longest_trial(&self) -> usize {
        LONGEST_TRIAL
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn every_place_of_a_file_is_read_in_whichever_order() {
        let all: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let content = Content::of_file(Box::new(Cursor::new(all.clone())), all.len() as u64);
        for start in [0, 12, 1020, 1024, 150_000, 3, 199_990, 0, 66_000] {
            let place = start..(start + 12).min(all.len());
            assert_eq!(*content.bytes(place.clone()).unwrap(), all[place]);
        }
        assert_eq!(*content.bytes(10..150_000).unwrap(), all[10..150_000]);
        assert!(content.bytes(199_999..200_001).is_none());
        assert!(content.failed().is_none());
    }
}
