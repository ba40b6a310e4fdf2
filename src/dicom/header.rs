//! One file's header: recognised by content, read without its pixel data, and held against the file's size.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::catalogue::{Found, Header, SkipReason, Skipped, Stamp};
use super::source::{Forward, Layout, Source, Start, Tag, Unpacked, WalkError};
use super::values::{BIG_ENDIAN, Values};
use super::walk::{Visitor, walk, walk_meta};

const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);
pub(super) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// The most that a deflated data set may unpack to: more than the longest pixel data there is (PS3.5, 7.1.1).
const MOST_UNPACKED: u64 = 5 * 1024 * 1024 * 1024;
/// Enough for the preamble, "DICM" and the first element.
const BEGINNING: usize = 132 + 12;

/// Reads one file.
pub(super) fn read(path: &Path) -> Found {
    match examine(path) {
        Ok(header) => Found::Image(Box::new(header)),
        Err((reason, study_instance_uid)) => Found::Skipped(Skipped {
            // What could not be read may be readable the next time.
            stamp: match reason {
                SkipReason::Unreadable(_) => None,
                _ => stamp(path),
            },
            path: path.to_owned(),
            reason,
            study_instance_uid,
        }),
    }
}

/// Which file is at a path now; `None` where none is.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    metadata.is_file().then(|| Stamp {
        size: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

/// Why a file is not sent, and its study where that could be read.
type Refused = (SkipReason, Option<String>);

fn examine(path: &Path) -> Result<Header, Refused> {
    let unreadable = |error: io::Error| (SkipReason::Unreadable(plain_words(&error)), None);
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err((SkipReason::NotAFile, None));
    }
    let size = metadata.len();
    let mut reader = BufReader::new(file);
    let place = place(&mut reader).map_err(unreadable)?;
    let place = place.ok_or((SkipReason::NotDicom, None))?;
    let mut values = Values::default();
    let walked = place.walk(reader, size, &mut values);
    let was_read = !matches!(walked, Err(WalkError::Io(_)));
    if was_read && !place.is_marked() && !values.has_uids() {
        // Without its own mark a file is DICOM only if it reads as such.
        return Err((SkipReason::NotDicom, None));
    }
    let study = values.study_instance_uid();
    let form = match walked {
        Ok(form) => form,
        Err(error) => return Err((reason(error, size), study)),
    };
    if values.is_dicomdir() {
        return Err((SkipReason::DicomDir, None));
    }
    let modified = metadata.modified().ok();
    values
        .header(path, size, modified, form.layout)
        .map_err(|missing| {
            (
                SkipReason::NoUids {
                    missing: missing.into(),
                },
                study,
            )
        })
}

fn reason(error: WalkError, has: u64) -> SkipReason {
    match error {
        WalkError::Io(error) => SkipReason::Unreadable(plain_words(&error)),
        WalkError::Truncated { needs } => SkipReason::Truncated { has, needs },
        WalkError::Damaged(what) => SkipReason::Damaged(what.to_owned()),
    }
}

/// How a file's data set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Where it begins, in bytes: behind the file meta information.
    pub(super) offset: u64,
    /// Whether it is deflated; places in it are then counted in what it unpacks to.
    pub(super) deflated: bool,
    /// How elements are written.
    pub(super) layout: Layout,
}

impl Form {
    /// The file's content, to be read forwards; places are those that a visitor was told of.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn open(self, path: &Path) -> io::Result<Box<dyn Forward>> {
        let mut file = File::open(path)?;
        if self.deflated {
            file.seek(SeekFrom::Start(self.offset))?;
            return Ok(Box::new(unpacked(file)));
        }
        Ok(Box::new(BufReader::new(file)))
    }
}

/// Steps through a whole file.
///
/// # Errors
/// Why the file is not sent.
pub(super) fn visit(path: &Path, visitor: &mut dyn Visitor) -> Result<Form, SkipReason> {
    let unreadable = |error: io::Error| SkipReason::Unreadable(plain_words(&error));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(SkipReason::NotAFile);
    }
    visit_in(BufReader::new(file), metadata.len(), visitor)
}

/// Steps through a whole file of `size` bytes, wherever it is.
///
/// # Errors
/// Why it is not sent.
pub(super) fn visit_in<R: Read + Seek>(
    mut reader: BufReader<R>,
    size: u64,
    visitor: &mut dyn Visitor,
) -> Result<Form, SkipReason> {
    let unreadable = |error: io::Error| SkipReason::Unreadable(plain_words(&error));
    let place = place(&mut reader).map_err(unreadable)?;
    let place = place.ok_or(SkipReason::NotDicom)?;
    place
        .walk(reader, size, visitor)
        .map_err(|error| reason(error, size))
}

/// The system's words without its error number.
pub(super) fn plain_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        io::ErrorKind::NotFound => "it is no longer there".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_owned()
        }
    }
}

/// Where a file's DICOM begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// File meta information at this offset.
    Meta(u64),
    /// A data set without file meta information, at the very beginning.
    DataSet,
}

/// Looks at a file's first bytes; `None` where they are not those of DICOM.
fn place(reader: &mut impl Read) -> io::Result<Option<Place>> {
    let mut bytes = Vec::with_capacity(BEGINNING);
    reader.take(BEGINNING as u64).read_to_end(&mut bytes)?;
    Ok(recognise(&bytes))
}

/// Recognises DICOM by content: the mark "DICM", file meta information without preamble, or a data set that begins with
/// group 0008 (PS3.10, 7.1).
fn recognise(beginning: &[u8]) -> Option<Place> {
    let data_set = begins_a_data_set(beginning).then_some(Place::DataSet);
    let has_meta = |at: usize| beginning.get(at..at + 2) == Some(&[2, 0]);
    // The four letters may stand there by chance, in a data set that begins at once.
    if beginning.get(128..132) == Some(b"DICM") && (has_meta(132) || data_set.is_none()) {
        return Some(Place::Meta(132));
    }
    if beginning.starts_with(b"DICM") && has_meta(4) {
        return Some(Place::Meta(4));
    }
    match beginning.get(..4)? {
        [2, 0, _, 0] if has_vr(beginning) => Some(Place::Meta(0)),
        _ => data_set,
    }
}

/// Whether these may be the first bytes of group 0008, whichever way it is written.
pub(super) fn begins_a_data_set(beginning: &[u8]) -> bool {
    match beginning.get(..4) {
        Some([8, 0, _, 0..=0x20]) => true,
        Some([0, 8, 0..=0x20, _]) => has_vr(beginning),
        _ => false,
    }
}

fn has_vr(beginning: &[u8]) -> bool {
    beginning
        .get(4..6)
        .is_some_and(|vr| vr.iter().all(u8::is_ascii_uppercase))
}

/// Where a file's DICOM begins, in bytes, and whether with file meta information; `None` where it is no DICOM.
///
/// # Errors
/// Those of the file system.
pub(super) fn beginning(reader: &mut impl Read) -> io::Result<Option<(u64, bool)>> {
    Ok(place(reader)?.map(|place| match place {
        Place::Meta(offset) => (offset, true),
        Place::DataSet => (0, false),
    }))
}

impl Place {
    /// Whether the file itself says that it is DICOM.
    fn is_marked(self) -> bool {
        matches!(self, Place::Meta(_))
    }

    fn walk<R: Read + Seek>(
        self,
        mut reader: BufReader<R>,
        size: u64,
        visitor: &mut dyn Visitor,
    ) -> Result<Form, WalkError> {
        let offset = match self {
            Place::Meta(offset) => offset,
            Place::DataSet => 0,
        };
        reader.seek(SeekFrom::Start(offset))?;
        let mut source = Source::new(reader, offset, Some(size));
        let mut meta = Meta::of(visitor);
        let start = match self {
            Place::Meta(_) => match walk_meta(&mut source, &mut meta)? {
                Some(start) if !meta.is_there && !begins_a_data_set(&start) => {
                    return Err(WalkError::Damaged("what follows its mark is no DICOM"));
                }
                start => start,
            },
            Place::DataSet => source.peek()?,
        };
        let transfer_syntax = meta.transfer_syntax;
        let offset = source.position;
        let deflated = transfer_syntax == DEFLATED;
        let layout = if deflated {
            walk_deflated(source.into_reader()?, visitor)?
        } else {
            let layout = layout(&transfer_syntax, start);
            walk(&mut source, layout, visitor)?;
            layout
        };
        Ok(Form {
            offset,
            deflated,
            layout,
        })
    }
}

/// Reads the transfer syntax on its way to the visitor.
struct Meta<'a> {
    visitor: &'a mut dyn Visitor,
    is_there: bool,
    transfer_syntax: String,
}

impl<'a> Meta<'a> {
    fn of(visitor: &'a mut dyn Visitor) -> Self {
        Meta {
            visitor,
            is_there: false,
            transfer_syntax: String::new(),
        }
    }
}

impl Visitor for Meta<'_> {
    fn wants(&self, _tag: Tag) -> bool {
        true
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        self.is_there = true;
        if tag == TRANSFER_SYNTAX {
            let uid = String::from_utf8_lossy(&value);
            self.transfer_syntax = uid.trim_matches(['\0', ' ']).to_owned();
        }
        self.visitor.take(tag, value);
    }
}

/// How the data set of this transfer syntax is written. What its first element looks like has the last word: there are
/// files that say one thing and do the other.
pub(super) fn layout(transfer_syntax: &str, start: Option<Start>) -> Layout {
    let Some([group0, group1, _, _, vr0, vr1, ..]) = start else {
        return Layout::EXPLICIT;
    };
    let has_vr = vr0.is_ascii_uppercase() && vr1.is_ascii_uppercase();
    // The first group is a low one: its zero byte tells the order.
    let big_endian = match (group0, group1) {
        (0, 1..) => true,
        (1.., 0) => false,
        _ => transfer_syntax == BIG_ENDIAN,
    };
    Layout {
        explicit: has_vr,
        big_endian,
    }
}

/// A deflated data set (PS3.5, A.5), unpacked as it is read and kept nowhere.
fn unpacked<R: Read>(packed: R) -> Unpacked<impl Read> {
    let unpacked = flate2::read::DeflateDecoder::new(packed).take(MOST_UNPACKED);
    Unpacked(BufReader::new(unpacked))
}

fn walk_deflated<R: Read>(packed: R, visitor: &mut dyn Visitor) -> Result<Layout, WalkError> {
    let mut source = Source::new(unpacked(packed), 0, None);
    let walked = source.peek().and_then(|start| {
        let layout = layout(DEFLATED, start);
        walk(&mut source, layout, visitor)?;
        Ok(layout)
    });
    walked.map_err(|error| match error {
        WalkError::Io(error) if error.kind() == io::ErrorKind::InvalidInput => {
            WalkError::Damaged("its packed data cannot be unpacked")
        }
        WalkError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            WalkError::Truncated { needs: None }
        }
        // Lengths inside the packed data say nothing about the file's.
        WalkError::Truncated { .. } => WalkError::Truncated { needs: None },
        error => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_dicom_looks_like_dicom() {
        let others: [&[u8]; 7] = [
            b"",
            b"%PDF-1.7\n",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"PK\x03\x04\x14\0\0\0\x08\0",
            b"{\"name\": \"DICM\"}",
            b"\x08\0",
            b"Patient: no",
        ];
        for other in others {
            assert_eq!(recognise(other), None, "{other:?}");
        }
        assert_eq!(recognise(b"\x08\0\x05\0CS\x0a\0"), Some(Place::DataSet));
        assert_eq!(recognise(b"\x02\0\0\0UL\x04\0"), Some(Place::Meta(0)));
    }

    #[test]
    fn a_data_set_that_is_written_otherwise_than_it_says_is_read_as_it_is_written() {
        let explicit = Some(*b"\x08\0\x05\0CS\x0a\0");
        assert_eq!(layout("1.2.840.10008.1.2", explicit), Layout::EXPLICIT);
        let implicit = Some(*b"\x08\0\x05\0\x0a\0\0\0");
        assert_eq!(layout("1.2.840.10008.1.2.1", implicit), Layout::IMPLICIT);
        let big = Some(*b"\0\x08\0\x05CS\0\x0a");
        let layout = layout("1.2.840.10008.1.2.1", big);
        assert!(layout.explicit && layout.big_endian);
    }
}
