//! What a data set is stepped through with: bytes read forwards, elements' beginnings (PS3.5, 7.1), and no length believed
//! before it was held against the file's size.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use thiserror::Error;

pub(in crate::dicom) use super::nonstandard::Follows;
use super::nonstandard::{OddForm, inside_unknown, is_known, is_no_vr, odd_form};

/// The longest value that is read.
pub(in crate::dicom) const LONGEST_VALUE: u32 = 256 * 1024;
/// Group and element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::dicom) struct Tag(pub(in crate::dicom) u16, pub(in crate::dicom) u16);

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) struct Layout {
    /// Whether each element names its VR.
    pub(in crate::dicom) explicit: bool,
    /// Most significant byte first.
    pub(in crate::dicom) big_endian: bool,
}

impl Layout {
    pub(in crate::dicom) const IMPLICIT: Layout = Layout {
        explicit: false,
        big_endian: false,
    };
    pub(in crate::dicom) const EXPLICIT: Layout = Layout {
        explicit: true,
        big_endian: false,
    };

    pub(in crate::dicom) fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    pub(in crate::dicom) fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}

/// Why a data set could not be stepped through to its end.
#[derive(Debug, Error)]
pub(in crate::dicom) enum WalkError {
    /// The file system, or packed data that cannot be unpacked.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It ends too early. `needs`: how long it would have to be, where an element says so.
    #[error("it is cut off")]
    Truncated {
        /// Bytes from the beginning of the source.
        needs: Option<u64>,
    },
    /// It is not what a data set looks like.
    #[error("{0}")]
    Damaged(&'static str),
}

/// What is read forwards, passing over what is not wanted.
pub(in crate::dicom) trait Forward: Read {
    /// Passes over so many bytes.
    ///
    /// # Errors
    /// Those of the file system, or of unpacking.
    fn pass(&mut self, bytes: u64) -> io::Result<()>;

    /// Looks at the eight bytes that stand `ahead` bytes behind the next one, without taking any. How many of them are
    /// there; `None` where it ends before `ahead`, or that is too far to look.
    ///
    /// # Errors
    /// Those of the file system, or of unpacking.
    fn look(&mut self, ahead: u64, start: &mut Start) -> io::Result<Option<usize>>;
}

impl<R: Read + Seek> Forward for BufReader<R> {
    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        self.seek_relative(i64::try_from(bytes).map_err(io::Error::other)?)
    }

    fn look(&mut self, ahead: u64, start: &mut Start) -> io::Result<Option<usize>> {
        let ahead = i64::try_from(ahead).map_err(io::Error::other)?;
        self.seek_relative(ahead)?;
        let read = fill(self, start);
        let back = read.as_ref().map_or(0, |read| *read as i64);
        self.seek_relative(-ahead - back)?;
        read.map(Some)
    }
}

/// The farthest that is looked ahead into what is unpacked, in bytes: the longest value with a length of two bytes.
const FARTHEST: u64 = 0x1_0010;

/// Something unpacked as it is read, that can only be passed over by reading it.
pub(in crate::dicom) struct Unpacked<R> {
    inner: R,
    /// What was looked at and not taken yet, from `at` on.
    held: Vec<u8>,
    at: usize,
}

impl<R: Read> Unpacked<R> {
    pub(in crate::dicom) fn new(inner: R) -> Self {
        Unpacked {
            inner,
            held: Vec::new(),
            at: 0,
        }
    }

    fn held(&self) -> &[u8] {
        self.held.get(self.at..).unwrap_or_default()
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.held().is_empty() {
            return self.inner.read(buffer);
        }
        let read = self.held().read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

impl<R: Read> Forward for Unpacked<R> {
    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        match io::copy(&mut self.by_ref().take(bytes), &mut io::sink())? {
            passed if passed == bytes => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn look(&mut self, ahead: u64, start: &mut Start) -> io::Result<Option<usize>> {
        if ahead > FARTHEST {
            return Ok(None);
        }
        self.held.drain(..self.at.min(self.held.len()));
        self.at = 0;
        let needed = ahead + start.len() as u64;
        let missing = needed.saturating_sub(self.held.len() as u64);
        self.inner
            .by_ref()
            .take(missing)
            .read_to_end(&mut self.held)?;
        let there = usize::try_from(ahead)
            .ok()
            .and_then(|at| self.held.get(at..));
        there.map(|mut there| there.read(start)).transpose()
    }
}

/// As many bytes as there are, up to the buffer's length.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let length = buffer.len() as u64;
    let mut rest = buffer;
    let mut reader = reader.take(length);
    let mut filled = 0;
    while !rest.is_empty() {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => {
                filled += read;
                rest = rest.get_mut(read..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The first eight bytes of an element.
pub(in crate::dicom) type Start = [u8; 8];

/// A source that is read forwards; where its size is known, every length is held against it first.
pub(in crate::dicom) struct Source<R> {
    reader: R,
    /// What was taken so far, in bytes; `ahead` is not counted.
    pub(in crate::dicom) position: u64,
    size: Option<u64>,
    ahead: Option<Start>,
}

impl<R: Seek> Source<R> {
    /// The reader, standing where the source stands.
    pub(in crate::dicom) fn into_reader(mut self) -> io::Result<R> {
        self.reader.seek(SeekFrom::Start(self.position))?;
        Ok(self.reader)
    }
}

impl<R: Forward> Source<R> {
    /// `reader` must stand at `position`. `size` counts from the reader's beginning.
    pub(in crate::dicom) fn new(reader: R, position: u64, size: Option<u64>) -> Self {
        Source {
            reader,
            position,
            size,
            ahead: None,
        }
    }

    pub(in crate::dicom) fn need(&self, length: u64) -> Result<(), WalkError> {
        match (self.size, self.position.checked_add(length)) {
            (None, Some(_)) => Ok(()),
            (Some(size), Some(end)) if end <= size => Ok(()),
            (_, needs) => Err(WalkError::Truncated { needs }),
        }
    }

    /// How many bytes are left, as far as that is known.
    pub(in crate::dicom) fn left(&self) -> u64 {
        let size = self.size.unwrap_or(u64::MAX);
        size.saturating_sub(self.position)
    }

    /// Looks at the next eight bytes without taking them; `None` where there are fewer.
    pub(in crate::dicom) fn peek(&mut self) -> Result<Option<Start>, WalkError> {
        if self.ahead.is_none() {
            let mut start = [0; 8];
            if fill(&mut self.reader, &mut start)? < start.len() {
                return Ok(None);
            }
            self.ahead = Some(start);
        }
        Ok(self.ahead)
    }

    fn exact(&mut self, buffer: &mut [u8]) -> Result<(), WalkError> {
        let end = self.position.checked_add(buffer.len() as u64);
        let ahead = self.ahead.take();
        let ahead = ahead.as_ref().map_or(&[][..], |start| &start[..]);
        let (known, rest) = buffer.split_at_mut(ahead.len().min(buffer.len()));
        known.copy_from_slice(ahead.get(..known.len()).unwrap_or_default());
        if fill(&mut self.reader, rest)? < rest.len() {
            return Err(WalkError::Truncated { needs: end });
        }
        self.position = end.unwrap_or(u64::MAX);
        Ok(())
    }

    /// `length` is at least eight where the source was peeked into, and at most [`LONGEST_VALUE`].
    pub(in crate::dicom) fn read(&mut self, length: u32) -> Result<Vec<u8>, WalkError> {
        self.need(u64::from(length))?;
        let mut bytes = vec![0; length as usize];
        self.exact(&mut bytes)?;
        Ok(bytes)
    }

    /// `length` is at least eight where the source was peeked into.
    pub(in crate::dicom) fn skip(&mut self, length: u32) -> Result<(), WalkError> {
        let length = u64::from(length);
        self.need(length)?;
        let passed = self.ahead.take().map_or(0, |start| start.len() as u64);
        let end = self.position.saturating_add(length);
        self.reader
            .pass(length.saturating_sub(passed))
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => WalkError::Truncated { needs: Some(end) },
                _ => error.into(),
            })?;
        self.position = end;
        Ok(())
    }

    /// Tag, VR where there is one, and length; `None` at the end.
    pub(in crate::dicom) fn header(&mut self, layout: Layout) -> Result<Option<Header>, WalkError> {
        let start = match self.ahead.take() {
            Some(start) => start,
            None => {
                let mut start = [0; 8];
                match fill(&mut self.reader, &mut start)? {
                    0 => return Ok(None),
                    8 => start,
                    filled => {
                        self.position += filled as u64;
                        return Err(WalkError::Truncated { needs: None });
                    }
                }
            }
        };
        self.position += start.len() as u64;
        let [g0, g1, e0, e1, l0, l1, l2, l3] = start;
        let tag = Tag(layout.u16([g0, g1]), layout.u16([e0, e1]));
        let (vr, long) = ([l0, l1], layout.u32([l0, l1, l2, l3]));
        // Without VR: delimiters, and elements that some devices write so among others that have one.
        if tag.0 == 0xFFFE || !layout.explicit || is_no_vr(vr) {
            return Ok(Some(Header::new(tag, None, long)));
        }
        if !is_known(vr) {
            return self.odd(tag, start, layout).map(Some);
        }
        let length = if is_long(vr) {
            let mut length = [0; 4];
            self.exact(&mut length)?;
            layout.u32(length)
        } else {
            u32::from(layout.u16([l2, l3]))
        };
        Ok(Some(Header::new(tag, Some(vr), length)))
    }

    /// An element whose beginning was taken, and whose VR is none of the standard.
    fn odd(&mut self, tag: Tag, start: Start, layout: Layout) -> Result<Header, WalkError> {
        let form = odd_form(start, layout, |behind| self.follows(behind.checked_sub(8)?));
        let mut header = match form {
            OddForm::NoVr(length) => return Ok(Header::new(tag, None, length)),
            OddForm::Short(length) => Header::new(tag, Some(*b"UN"), length.into()),
            OddForm::Long(length) => {
                self.exact(&mut [0; 4])?;
                Header::new(tag, Some(*b"UN"), length)
            }
        };
        header.is_odd = true;
        Ok(header)
    }

    /// What stands so many bytes ahead.
    pub(in crate::dicom) fn follows(&mut self, ahead: u64) -> Option<Follows> {
        debug_assert!(self.ahead.is_none(), "nothing was peeked at");
        let at = self.position.checked_add(ahead)?;
        if self.size.is_some_and(|size| at > size) {
            return None;
        }
        let mut bytes = [0; 8];
        let there = self.reader.look(ahead, &mut bytes).ok()??;
        Some(Follows { bytes, there })
    }

    /// How the elements inside a value of VR UN that comes next are written.
    pub(in crate::dicom) fn inside_unknown(&mut self) -> Layout {
        let item = self.follows(0);
        let first = self.follows(8);
        inside_unknown(item, first)
    }
}

/// The VRs with a length of four bytes (PS3.5, table 7.1-1).
pub(in crate::dicom) fn is_long(vr: [u8; 2]) -> bool {
    const LONG: [&[u8; 2]; 13] = [
        b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV",
    ];
    LONG.contains(&&vr)
}

/// An element's beginning.
pub(in crate::dicom) struct Header {
    pub(in crate::dicom) tag: Tag,
    /// UN where the file names one that is none of the standard.
    pub(in crate::dicom) vr: Option<[u8; 2]>,
    /// Of the value, in bytes; all bits set: not known.
    pub(in crate::dicom) length: u32,
    /// Whether the file names a VR that is none of the standard, so that the form of the length was guessed.
    pub(in crate::dicom) is_odd: bool,
}

impl Header {
    fn new(tag: Tag, vr: Option<[u8; 2]>, length: u32) -> Self {
        Header {
            tag,
            vr,
            length,
            is_odd: false,
        }
    }
}
