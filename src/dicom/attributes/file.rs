//! A file that is looked at: read in pieces, wherever an element stands, and unpacked first where it is deflated.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::dicom::dataset::cursor::Bytes;
use crate::dicom::media::{self, Stamp};

/// The most that is read ahead, in bytes.
const AHEAD: usize = 64 * 1024;
/// What is read at a place that does not follow the last one.
const LEAP: usize = 1024;
/// The longest value that is read to see whether it is a sequence.
const LONGEST_TRIAL: usize = 16 * 1024 * 1024;
/// The most that a deflated data set is unpacked to, to be looked at.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;

/// What is read forwards and from any place.
pub(super) trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// Opens a file.
///
/// # Errors
/// Those of the file system.
pub(super) fn open(path: &Path) -> io::Result<(Box<dyn Source>, Stamp)> {
    let file = media::open(path)?;
    let stamp = file.stamp();
    Ok((Box::new(file), stamp))
}

/// Where bytes are.
pub(super) enum Content {
    /// In a file.
    File(Pieces),
    /// In memory.
    Memory(Vec<u8>),
}

/// A file, and the piece of it that was read last.
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
    /// A file of `size` bytes.
    pub(super) fn of_file(source: Box<dyn Source>, size: u64) -> Self {
        Content::File(Pieces {
            // Where a file is longer than the memory could ever be, its beginning is looked at.
            size: usize::try_from(size).unwrap_or(usize::MAX),
            last: RefCell::new(Piece {
                source,
                start: 0,
                bytes: Vec::new(),
                failed: None,
            }),
        })
    }

    /// What a deflated data set (PS3.5, A.5) that begins at `offset` unpacks to, as far as it can be unpacked, and
    /// whether that is all of it.
    pub(super) fn unpacked(source: &mut dyn Source, offset: u64) -> io::Result<(Self, bool)> {
        source.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        let mut unpacking = flate2::read::DeflateDecoder::new(source).take(MOST_UNPACKED);
        let ended = unpacking.read_to_end(&mut bytes);
        let whole = ended.is_ok() && unpacking.limit() > 0;
        Ok((Content::Memory(bytes), whole))
    }

    /// The same of this file.
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

    /// Why something could not be read.
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
