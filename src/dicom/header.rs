//! One file's header: recognised by content, read without its pixel data, and held against the file's size.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use jiff::civil::{Date, Time};

use super::catalogue::{Found, Header, Image, Patient, Series, SkipReason, Skipped, Study};
use super::text::{CharacterSet, person_name};
use super::walk::{Layout, Source, Tag, WalkError, looks_explicit, walk, walk_meta};

const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const DICOMDIR: &str = "1.2.840.10008.1.3.10";
/// The most that a deflated data set is unpacked to.
const MOST_UNPACKED: u64 = 128 * 1024 * 1024;
/// Enough for the preamble, "DICM" and the first element.
const BEGINNING: usize = 132 + 12;

/// The attributes that are read, ascending.
const WANTED: [Tag; 21] = [
    Tag(0x0008, 0x0005),
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x0018),
    Tag(0x0008, 0x0020),
    Tag(0x0008, 0x0030),
    Tag(0x0008, 0x0050),
    Tag(0x0008, 0x0060),
    Tag(0x0008, 0x0080),
    Tag(0x0008, 0x0090),
    Tag(0x0008, 0x1030),
    Tag(0x0008, 0x103E),
    Tag(0x0010, 0x0010),
    Tag(0x0010, 0x0020),
    Tag(0x0010, 0x0030),
    Tag(0x0010, 0x0040),
    Tag(0x0018, 0x0015),
    Tag(0x0020, 0x000D),
    Tag(0x0020, 0x000E),
    Tag(0x0020, 0x0011),
    Tag(0x0020, 0x0013),
    Tag(0x0028, 0x0008),
];

/// Reads one file.
pub(super) fn read(path: &Path) -> Found {
    match examine(path) {
        Ok(header) => Found::Image(Box::new(header)),
        Err((reason, study_instance_uid)) => Found::Skipped(Skipped {
            path: path.to_owned(),
            reason,
            study_instance_uid,
        }),
    }
}

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
    let beginning = beginning(&mut reader).map_err(unreadable)?;
    let start = recognise(&beginning).ok_or((SkipReason::NotDicom, None))?;
    let mut values = Values::default();
    let walked = start.read(reader, size, &mut values);
    let study = values
        .text(Tag(0x0020, 0x000D))
        .filter(|uid| !uid.is_empty());
    match walked {
        // Without its own mark a file is DICOM only if it reads as such.
        Err(_) if !start.is_marked() && !values.has_uids() => {
            return Err((SkipReason::NotDicom, None));
        }
        Err(WalkError::Io(error)) => {
            return Err((SkipReason::Unreadable(plain_words(&error)), study));
        }
        Err(WalkError::Truncated { needs }) => {
            return Err((SkipReason::Truncated { has: size, needs }, study));
        }
        Err(WalkError::Damaged(what)) => return Err((SkipReason::Damaged(what.to_owned()), study)),
        Ok(()) if !start.is_marked() && !values.has_uids() => {
            return Err((SkipReason::NotDicom, None));
        }
        Ok(()) => {}
    }
    if values.is_dicomdir() {
        return Err((SkipReason::DicomDir, None));
    }
    let modified = metadata.modified().ok();
    values
        .header(path, size, modified)
        .map_err(|missing| (SkipReason::NoUids { missing }, study))
}

fn beginning(reader: &mut BufReader<File>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(BEGINNING);
    reader
        .by_ref()
        .take(BEGINNING as u64)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
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
#[derive(Clone, Copy)]
enum Start {
    /// File meta information at this offset.
    Meta(u64),
    /// A data set without file meta information.
    DataSet(Layout),
}

/// Recognises DICOM by content: the mark "DICM", file meta information without preamble, or a data set that begins with
/// group 0008 (PS3.10, 7.1).
fn recognise(beginning: &[u8]) -> Option<Start> {
    if beginning.get(128..132) == Some(b"DICM") {
        return Some(Start::Meta(132));
    }
    if beginning.starts_with(b"DICM") {
        return Some(Start::Meta(4));
    }
    if beginning.starts_with(&[2, 0]) && beginning.get(3) == Some(&0) && has_vr(beginning) {
        return Some(Start::Meta(0));
    }
    let layout = match beginning.get(..4)? {
        [8, 0, _, 0..=0x20] if has_vr(beginning) => Layout::EXPLICIT,
        [8, 0, _, 0..=0x20] => Layout::IMPLICIT,
        [0, 8, 0..=0x20, _] if has_vr(beginning) => Layout::BIG_ENDIAN,
        _ => return None,
    };
    Some(Start::DataSet(layout))
}

fn has_vr(beginning: &[u8]) -> bool {
    beginning
        .get(4..6)
        .is_some_and(|vr| vr.iter().all(u8::is_ascii_uppercase))
}

impl Start {
    fn is_marked(self) -> bool {
        matches!(self, Start::Meta(_))
    }

    fn read<R: Read + Seek>(
        self,
        mut reader: R,
        size: u64,
        values: &mut Values,
    ) -> Result<(), WalkError> {
        let offset = match self {
            Start::Meta(offset) => offset,
            Start::DataSet(_) => 0,
        };
        reader.seek(SeekFrom::Start(offset))?;
        let mut source = Source::new(reader, offset, size);
        let layout = match self {
            Start::DataSet(layout) => layout,
            Start::Meta(_) => {
                walk_meta(&mut source, &mut |tag, value| values.take(tag, value))?;
                if values.transfer_syntax() == DEFLATED {
                    return read_deflated(source, values);
                }
                layout_of(&values.transfer_syntax(), looks_explicit(&mut source))
            }
        };
        values.guess_transfer_syntax(layout);
        walk(
            &mut source,
            layout,
            &|tag| WANTED.contains(&tag),
            &mut |tag, value| values.take(tag, value),
        )
    }
}

/// How the data set of this transfer syntax is written. What its first element looks like has the last word: there are
/// files that say one thing and do the other.
fn layout_of(transfer_syntax: &str, looks_explicit: Option<bool>) -> Layout {
    match (transfer_syntax, looks_explicit) {
        ("1.2.840.10008.1.2.2", _) => Layout::BIG_ENDIAN,
        (_, Some(true)) => Layout::EXPLICIT,
        (_, Some(false)) => Layout::IMPLICIT,
        ("1.2.840.10008.1.2" | "1.2.840.113619.5.2", None) => Layout::IMPLICIT,
        (_, None) => Layout::EXPLICIT,
    }
}

/// A deflated data set (PS3.5, A.5) is unpacked into memory, up to a bound.
fn read_deflated<R: Read + Seek>(source: Source<R>, values: &mut Values) -> Result<(), WalkError> {
    let mut unpacked = Vec::new();
    let packed = source.into_reader();
    let decoder = flate2::read::DeflateDecoder::new(packed);
    let read = decoder.take(MOST_UNPACKED + 1).read_to_end(&mut unpacked);
    let broken = match read {
        Ok(_) if unpacked.len() as u64 > MOST_UNPACKED => {
            return Err(WalkError::Damaged("it unpacks to more than 128 MB"));
        }
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Some(WalkError::Truncated { needs: None })
        }
        Err(_) => Some(WalkError::Damaged("its packed data cannot be unpacked")),
    };
    let size = unpacked.len() as u64;
    let mut source = Source::new(Cursor::new(unpacked), 0, size);
    let walked = walk(
        &mut source,
        Layout::EXPLICIT,
        &|tag| WANTED.contains(&tag),
        &mut |tag, value| values.take(tag, value),
    );
    match broken {
        Some(error) => Err(error),
        None => walked.map_err(|error| match error {
            // Lengths inside the packed data say nothing about the file's.
            WalkError::Truncated { .. } => WalkError::Truncated { needs: None },
            error => error,
        }),
    }
}

/// The values that were read, as bytes: the character set may come after what it is for.
#[derive(Default)]
struct Values {
    elements: Vec<(Tag, Vec<u8>)>,
    guessed: Option<&'static str>,
}

impl Values {
    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        self.elements.push((tag, value));
    }

    fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        self.elements
            .iter()
            .find(|(found, _)| *found == tag)
            .map(|(_, value)| value.as_slice())
    }

    fn character_set(&self) -> CharacterSet {
        self.bytes(Tag(0x0008, 0x0005))
            .map_or(CharacterSet::DEFAULT, CharacterSet::parse)
    }

    fn text(&self, tag: Tag) -> Option<String> {
        self.bytes(tag)
            .map(|value| self.character_set().decode(value))
    }

    /// The first value of a text, for attributes that have one.
    fn first(&self, tag: Tag) -> String {
        let text = self.text(tag).unwrap_or_default();
        text.split('\\')
            .next()
            .unwrap_or_default()
            .trim_matches(['\0', ' '])
            .to_owned()
    }

    fn has_uids(&self) -> bool {
        let is_uid = |tag| {
            let uid = self.first(tag);
            uid.len() > 4
                && uid
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        is_uid(Tag(0x0008, 0x0016)) || is_uid(Tag(0x0008, 0x0018))
    }

    fn is_dicomdir(&self) -> bool {
        self.first(Tag(0x0002, 0x0002)) == DICOMDIR || self.first(Tag(0x0008, 0x0016)) == DICOMDIR
    }

    fn transfer_syntax(&self) -> String {
        self.first(Tag(0x0002, 0x0010))
    }

    fn guess_transfer_syntax(&mut self, layout: Layout) {
        self.guessed = Some(match (layout.explicit, layout.big_endian) {
            (false, _) => "1.2.840.10008.1.2",
            (true, false) => "1.2.840.10008.1.2.1",
            (true, true) => "1.2.840.10008.1.2.2",
        });
    }

    /// # Errors
    /// The keyword of the first missing UID.
    fn header(
        &self,
        path: &Path,
        size: u64,
        modified: Option<std::time::SystemTime>,
    ) -> Result<Header, &'static str> {
        let uid = |tag, keyword| {
            Some(self.first(tag))
                .filter(|uid| !uid.is_empty())
                .ok_or(keyword)
        };
        let study_instance_uid = uid(Tag(0x0020, 0x000D), "StudyInstanceUID")?;
        let series_instance_uid = uid(Tag(0x0020, 0x000E), "SeriesInstanceUID")?;
        let sop_instance_uid = uid(Tag(0x0008, 0x0018), "SOPInstanceUID")?;
        let name = |tag| person_name(&self.first(tag));
        let transfer_syntax_uid = match self.transfer_syntax() {
            uid if uid.is_empty() => self.guessed.unwrap_or_default().to_owned(),
            uid => uid,
        };
        Ok(Header {
            patient: Patient {
                name: name(Tag(0x0010, 0x0010)),
                id: self.first(Tag(0x0010, 0x0020)),
                birth_date: date(&self.first(Tag(0x0010, 0x0030))),
                sex: self.first(Tag(0x0010, 0x0040)),
                studies: Vec::new(),
            },
            study: Study {
                study_instance_uid,
                date: date(&self.first(Tag(0x0008, 0x0020))),
                time: time(&self.first(Tag(0x0008, 0x0030))),
                description: self.first(Tag(0x0008, 0x1030)),
                accession_number: self.first(Tag(0x0008, 0x0050)),
                referring_physician: name(Tag(0x0008, 0x0090)),
                institution: self.first(Tag(0x0008, 0x0080)),
                series: Vec::new(),
            },
            series: Series {
                series_instance_uid,
                number: number(&self.first(Tag(0x0020, 0x0011))),
                modality: self.first(Tag(0x0008, 0x0060)),
                description: self.first(Tag(0x0008, 0x103E)),
                body_part: self.first(Tag(0x0018, 0x0015)),
                images: Vec::new(),
            },
            image: Image {
                path: path.to_owned(),
                size,
                modified,
                sop_instance_uid,
                sop_class_uid: self.first(Tag(0x0008, 0x0016)),
                transfer_syntax_uid,
                instance_number: number(&self.first(Tag(0x0020, 0x0013))),
                frames: self
                    .first(Tag(0x0028, 0x0008))
                    .trim()
                    .parse()
                    .unwrap_or(1)
                    .max(1),
            },
        })
    }
}

/// IS: also "+5" and "5.0", which devices write.
fn number(text: &str) -> Option<i32> {
    let text = text.trim().trim_start_matches('+');
    text.split('.').next()?.parse().ok()
}

/// DA `YYYYMMDD`, also the old `YYYY.MM.DD` and `YYYY-MM-DD`. Anything else is no date.
fn date(text: &str) -> Option<Date> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '.' | '-' | ' '))
        .collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (month, day) = (
        i8::try_from(part(4..6)?).ok()?,
        i8::try_from(part(6..8)?).ok()?,
    );
    Date::new(part(0..4)?, month, day).ok()
}

/// TM `HHMMSS.FFFFFF`, shorter forms, and the old one with colons. To the second.
fn time(text: &str) -> Option<Time> {
    let digits: String = text
        .chars()
        .filter(|c| *c != ':')
        .take_while(char::is_ascii_digit)
        .collect();
    let part = |from: usize| match digits.get(from..from + 2) {
        Some(two) => two.parse::<i8>().ok(),
        None => Some(0),
    };
    if digits.len() < 2 {
        return None;
    }
    Time::new(part(0)?, part(2)?, part(4)?.min(59), 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_in_every_spelling_that_devices_use() {
        assert_eq!(date("20261123"), Some(Date::constant(2026, 11, 23)));
        assert_eq!(date("2026.11.23"), date("20261123"));
        for bad in ["", "20260230", "unknown", "2026112", "２０２６１１２３"] {
            assert_eq!(date(bad), None, "{bad}");
        }
        assert_eq!(time("091455.123"), Some(Time::constant(9, 14, 55, 0)));
        assert_eq!(time("09:14"), Some(Time::constant(9, 14, 0, 0)));
        assert_eq!(time("9"), None);
        assert_eq!(time("2960"), None);
    }
}
