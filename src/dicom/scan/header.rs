//! One file's header: recognised by content, read without its pixel data, and held against the file's size.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::wanted::{BIG_ENDIAN, Values};
use crate::dicom::catalogue::{Found, Header, SkipReason, Skipped, Stamp};
use crate::dicom::dataset::element::{Forward, Layout, Source, Start, Tag, Unpacked, WalkError};
use crate::dicom::dataset::walk::{Visitor, walk, walk_meta};
use crate::dicom::media::{self, MediaError, Opened, Packed};

const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);
pub(in crate::dicom) const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// The most that a deflated data set may unpack to: more than the longest pixel data there is (PS3.5, 7.1.1).
const MOST_UNPACKED: u64 = 5 * 1024 * 1024 * 1024;
/// Enough for the preamble, "DICM" and the first element, and for the marks of archives.
const BEGINNING: usize = media::BEGINNING;

/// What a file is.
pub(in crate::dicom) enum Fate {
    /// An image, or something that is not sent.
    Told(Box<Found>),
    /// A ZIP archive: what is in it is told.
    Zip,
}

/// Bytes that may be unpacked for nothing but their checksums, and how many of them are left.
pub(in crate::dicom) struct Checking(AtomicU64);

impl Default for Checking {
    /// For one scan: several times what is on a disc beside its images.
    fn default() -> Self {
        Checking(AtomicU64::new(16 << 30))
    }
}

impl Checking {
    fn takes(&self, bytes: u64) -> bool {
        let less = |left: u64| left.checked_sub(bytes);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

/// Reads one file, which has been opened, or not.
pub(in crate::dicom) fn read(path: &Path, opened: io::Result<Opened>, checking: &Checking) -> Fate {
    let stamp: Option<Stamp> = opened.as_ref().ok().map(Opened::stamp);
    let examined = match opened {
        Ok(mut file) => examine(path, &mut file).map_err(|refused| match refused {
            Refused::For(reason, study) => Refused::For(proved(reason, &mut file, checking), study),
            Refused::Zip => Refused::Zip,
        }),
        Err(error) => Err(Refused::For(unreadable(&error), None)),
    };
    let found = match examined {
        Ok(header) => Found::Image(Box::new(header)),
        Err(Refused::Zip) => return Fate::Zip,
        Err(Refused::For(reason, study_instance_uid)) => Found::Skipped(Skipped {
            stamp: stamp.filter(|_| stays_so(&reason)),
            path: path.to_owned(),
            reason,
            study_instance_uid,
        }),
    };
    Fate::Told(Box::new(found))
}

/// Of a file in an archive nothing is said that its checksum does not bear out: it may be an image that was damaged, or
/// that was decrypted with a wrong password.
fn proved(reason: SkipReason, file: &mut Opened, checking: &Checking) -> SkipReason {
    let is_doubtful = matches!(
        reason,
        SkipReason::NotDicom | SkipReason::NoUids { .. } | SkipReason::Archive(_)
    );
    let reason = match file.can_be_checked() {
        Some(more) if is_doubtful && !checking.takes(more) => {
            let words = "it is no image as it stands, and there is too much to unpack to see whether it is whole";
            SkipReason::OverBound(words.to_owned())
        }
        Some(_) if is_doubtful => match file.check() {
            Ok(()) => reason,
            Err(error) => unreadable(&error),
        },
        _ => reason,
    };
    match (reason, file.doubtful()) {
        (SkipReason::Damaged(_), Some(archive)) => SkipReason::WrongPassword {
            archive: archive.to_owned(),
        },
        (reason, _) => reason,
    }
}

/// Whether a file of which this is said is not read again while it is what it was. What could not be read may be readable the
/// next time, and the directory of a disc is about files that may have come meanwhile.
fn stays_so(reason: &SkipReason) -> bool {
    !matches!(
        reason,
        SkipReason::Unreadable(_)
            | SkipReason::Locked { .. }
            | SkipReason::WrongPassword { .. }
            | SkipReason::DicomDir
    )
}

/// Why a file is no image.
enum Refused {
    Zip,
    /// It is not sent for this reason; and its study where that could be read.
    For(SkipReason, Option<String>),
}

fn examine(path: &Path, file: &mut Opened) -> Result<Header, Refused> {
    let refused = |reason| Refused::For(reason, None);
    let failed = |error: io::Error| refused(unreadable(&error));
    let (size, modified) = (file.size(), file.modified());
    let mut reader = BufReader::new(file);
    let beginning = beginning(&mut reader).map_err(failed)?;
    let place = match (recognise(&beginning), media::recognise(&beginning)) {
        (Some(place), _) => place,
        (None, Some(Packed::Zip)) => return Err(Refused::Zip),
        (None, Some(Packed::Other(kind))) => return Err(refused(SkipReason::Archive(kind))),
        (None, None) => return Err(refused(SkipReason::NotDicom)),
    };
    let mut values = Values::default();
    let walked = place.walk(reader, size, &mut values);
    let was_read = !matches!(walked, Err(WalkError::Io(_)));
    if was_read && !place.is_marked() && !values.has_uids() {
        // Without its own mark a file is DICOM only if it reads as such.
        return Err(refused(SkipReason::NotDicom));
    }
    let study = values.study_instance_uid();
    let form = match walked {
        Ok(form) => form,
        Err(error) => return Err(Refused::For(reason(error, size), study)),
    };
    if values.is_dicomdir() {
        return Err(refused(SkipReason::DicomDir));
    }
    let header = values.header(path, size, modified, form.layout);
    header.map_err(|missing| {
        let missing = missing.into();
        Refused::For(SkipReason::NoUids { missing }, study)
    })
}

/// Why a file that could not be opened or read is not sent.
pub(in crate::dicom) fn unreadable(error: &io::Error) -> SkipReason {
    let Some(cause) = media::cause(error) else {
        return SkipReason::Unreadable(plain_words(error));
    };
    match cause {
        MediaError::NotAFile => SkipReason::NotAFile,
        MediaError::NotThere => SkipReason::Unreadable(plain_words(error)),
        MediaError::Locked(archive) => SkipReason::Locked {
            archive: archive.clone(),
        },
        MediaError::WrongPassword(archive) => SkipReason::WrongPassword {
            archive: archive.clone(),
        },
        MediaError::Damaged(words) => SkipReason::Damaged((*words).to_owned()),
        MediaError::DamagedArchive(words) => SkipReason::DamagedArchive((*words).to_owned()),
        MediaError::Method(name) => SkipReason::Method(name.clone().into_owned()),
        MediaError::OverBound(words) => SkipReason::OverBound((*words).to_owned()),
        MediaError::ClimbsOut => SkipReason::ClimbsOut,
        MediaError::Archive(kind) => SkipReason::Archive(*kind),
    }
}

fn reason(error: WalkError, has: u64) -> SkipReason {
    match error {
        WalkError::Io(error) => unreadable(&error),
        WalkError::Truncated { needs } => SkipReason::Truncated { has, needs },
        WalkError::Damaged(what) => SkipReason::Damaged(what.to_owned()),
    }
}

/// How a file's data set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) struct Form {
    /// Where it begins, in bytes: behind the file meta information.
    pub(in crate::dicom) offset: u64,
    /// Whether it is deflated; places in it are then counted in what it unpacks to.
    pub(in crate::dicom) deflated: bool,
    /// How elements are written.
    pub(in crate::dicom) layout: Layout,
}

impl Form {
    /// The content of a file that is open, from its beginning, to be read forwards; places are those that a visitor
    /// was told of.
    ///
    /// # Errors
    /// Those of the file system.
    pub(in crate::dicom) fn content<'a, R: Read + Seek + 'a>(
        self,
        mut file: R,
    ) -> io::Result<Box<dyn Forward + 'a>> {
        if self.deflated {
            file.seek(SeekFrom::Start(self.offset))?;
            return Ok(Box::new(unpacked(file)));
        }
        file.seek(SeekFrom::Start(0))?;
        Ok(Box::new(BufReader::new(file)))
    }
}

/// Steps through a whole file.
///
/// # Errors
/// Why the file is not sent.
pub(in crate::dicom) fn visit(path: &Path, visitor: &mut dyn Visitor) -> Result<Form, SkipReason> {
    let file = media::open(path).map_err(|error| unreadable(&error))?;
    let size = file.size();
    visit_in(BufReader::new(file), size, visitor)
}

/// Steps through a whole file of `size` bytes, wherever it is.
///
/// # Errors
/// Why it is not sent.
pub(in crate::dicom) fn visit_in<R: Read + Seek>(
    mut reader: BufReader<R>,
    size: u64,
    visitor: &mut dyn Visitor,
) -> Result<Form, SkipReason> {
    let beginning = beginning(&mut reader).map_err(|error| unreadable(&error))?;
    let place = recognise(&beginning).ok_or(SkipReason::NotDicom)?;
    place
        .walk(reader, size, visitor)
        .map_err(|error| reason(error, size))
}

/// The system's words without its error number.
pub(in crate::dicom) fn plain_words(error: &io::Error) -> String {
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

/// A file's first bytes.
fn beginning(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(BEGINNING);
    reader.take(BEGINNING as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
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
pub(in crate::dicom) fn begins_a_data_set(beginning: &[u8]) -> bool {
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
pub(in crate::dicom) fn data_set_start(reader: &mut impl Read) -> io::Result<Option<(u64, bool)>> {
    let place = recognise(&beginning(reader)?);
    Ok(place.map(|place| match place {
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
        reader: BufReader<R>,
        size: u64,
        visitor: &mut dyn Visitor,
    ) -> Result<Form, WalkError> {
        let (mut source, transfer_syntax, start) = self.begin(reader, size, visitor)?;
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

    /// Steps through the file meta information. Hands back the source where the data set begins, with its transfer syntax
    /// and its first bytes.
    fn begin<R: Read + Seek>(
        self,
        mut reader: BufReader<R>,
        size: u64,
        visitor: &mut dyn Visitor,
    ) -> Result<Begun<R>, WalkError> {
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
        Ok((source, meta.transfer_syntax, start))
    }
}

/// A source where the data set begins, its transfer syntax, and its first bytes.
type Begun<R> = (Source<BufReader<R>>, String, Option<Start>);

/// The data set of a file, from its beginning on, for those who step through it themselves.
///
/// # Errors
/// Why that cannot be done.
pub(in crate::dicom) fn begin<R: Read + Seek>(
    mut reader: BufReader<R>,
    size: u64,
) -> Result<(Source<BufReader<R>>, Layout), String> {
    struct Nothing;
    impl Visitor for Nothing {
        fn wants(&self, _: Tag) -> bool {
            false
        }
        fn take(&mut self, _: Tag, _: Vec<u8>) {}
    }
    let beginning = beginning(&mut reader).map_err(|error| plain_words(&error))?;
    let place = recognise(&beginning).ok_or("it is no DICOM")?;
    let begun = place.begin(reader, size, &mut Nothing);
    let (source, transfer_syntax, start) = begun.map_err(|error| error.to_string())?;
    match transfer_syntax.as_str() {
        DEFLATED => Err("it is packed, as no disc's directory is".to_owned()),
        _ => Ok((source, layout(&transfer_syntax, start))),
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
pub(in crate::dicom) fn layout(transfer_syntax: &str, start: Option<Start>) -> Layout {
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
