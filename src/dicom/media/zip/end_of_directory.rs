//! The end of an archive, which says where its directory is (APPNOTE.TXT, 4.3.14 to 4.3.16).

use std::io::{self, Read};

use super::entry::{FIXED, le16, le32, le64};
use super::read_at::{Place, Run};
use crate::dicom::media::ArchiveKind;
use crate::dicom::media::error::MediaError;

/// The end record.
const RECORD: usize = 22;
/// It, and the longest comment behind it.
const TAIL: u64 = RECORD as u64 + 65_535;
/// What archives with large numbers have before the end record: its locator, and a record of at least 56 bytes before that.
const LOCATOR: usize = 20;
const WIDE: usize = 56;

/// Where a directory is.
#[derive(Debug, Clone, Copy)]
pub(in crate::dicom::media) struct End {
    /// Records in it; old programs count no further than 65,535, and begin anew.
    pub(in crate::dicom::media) entries: u64,
    pub(in crate::dicom::media) start: u64,
    pub(in crate::dicom::media) end: u64,
    /// Bytes before the archive, of which its own places know nothing.
    pub(in crate::dicom::media) shift: u64,
}

pub(in crate::dicom::media) fn damaged(words: &'static str) -> io::Error {
    MediaError::DamagedArchive(words).into()
}

impl End {
    /// Finds the directory of an archive of `size` bytes. What looks like the end may stand in the comment behind it: the
    /// last one that leads to a directory counts.
    ///
    /// # Errors
    /// [`MediaError`], and those of the file system.
    pub(in crate::dicom::media) fn find(place: &dyn Place, size: u64) -> io::Result<End> {
        let start = size.saturating_sub(TAIL + LOCATOR as u64);
        let mut tail = Vec::new();
        let run = Run { place, at: start };
        run.take(size - start).read_to_end(&mut tail)?;
        let mut wrong = None;
        for at in (0..(tail.len() + 1).saturating_sub(RECORD)).rev() {
            let record = tail.get(at..).unwrap_or_default();
            let comment = usize::from(le16(record, 20));
            if !record.starts_with(b"PK\x05\x06") || RECORD + comment > record.len() {
                continue;
            }
            let before = tail.get(at.saturating_sub(LOCATOR)..at).unwrap_or_default();
            match End::read(place, record, before, start + at as u64) {
                Ok(end) => return Ok(end),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        let missing = "its directory is missing: it is cut off, or was not written to its end";
        Err(wrong.unwrap_or_else(|| damaged(missing)))
    }

    /// `record` stands at `at`, `before` before it.
    fn read(place: &dyn Place, record: &[u8], before: &[u8], at: u64) -> io::Result<End> {
        let (entries, length, start, end) = match wide(place, before, at) {
            Some((wide, at)) => (le64(&wide, 32), le64(&wide, 40), le64(&wide, 48), at),
            None if le16(record, 4) != 0 || le16(record, 6) != 0 => {
                return Err(MediaError::Archive(ArchiveKind::PartOfZip).into());
            }
            None => (
                le16(record, 10).into(),
                le32(record, 12).into(),
                le32(record, 16).into(),
                at,
            ),
        };
        let claimed = start.checked_add(length).filter(|claimed| *claimed <= end);
        let claimed = claimed.ok_or_else(|| damaged("its directory is not where it says"))?;
        let shift = end - claimed;
        let start = start + shift;
        let mut mark = [0; 4];
        let mut run = Run { place, at: start };
        if entries > 0 && length >= FIXED as u64 {
            run.read_exact(&mut mark)?;
        }
        if entries > 0 && mark != *b"PK\x01\x02" {
            return Err(damaged("its directory is not where it says"));
        }
        Ok(End {
            entries,
            start,
            end,
            shift,
        })
    }
}

/// The record of an archive with large numbers, and where it stands.
fn wide(place: &dyn Place, before: &[u8], at: u64) -> Option<([u8; WIDE], u64)> {
    if !before.starts_with(b"PK\x06\x07") {
        return None;
    }
    let usual = at.checked_sub((LOCATOR + WIDE) as u64);
    let places = [Some(le64(before, 8)), usual].into_iter().flatten();
    let read = |at| {
        let mut wide = [0; WIDE];
        let is_read = Run { place, at }.read_exact(&mut wide).is_ok();
        (is_read && wide.starts_with(b"PK\x06\x06")).then_some((wide, at))
    };
    places.filter(|place| *place < at).find_map(read)
}
