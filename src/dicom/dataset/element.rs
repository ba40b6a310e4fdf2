//! What a data set is stepped through with: bytes read forwards, elements' beginnings (PS3.5, 7.1), and no length believed
//! before it was held against the file's size.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use thiserror::Error;

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
}

impl<R: Read + Seek> Forward for BufReader<R> {
    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        self.seek_relative(i64::try_from(bytes).map_err(io::Error::other)?)
    }
}

/// Something unpacked as it is read, that can only be passed over by reading it.
pub(in crate::dicom) struct Unpacked<R>(pub(in crate::dicom) R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Forward for Unpacked<R> {
    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        match io::copy(&mut self.0.by_ref().take(bytes), &mut io::sink())? {
            passed if passed == bytes => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
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

    /// Looks at the next eight bytes without taking them; `None` where there are fewer.
    pub(in crate::dicom) fn peek(&mut self) -> Result<Option<Start>, WalkError> {
        if self.ahead.is_none() {
            let mut start = [0; 8];
            if self.fill(&mut start)? < start.len() {
                return Ok(None);
            }
            self.ahead = Some(start);
        }
        Ok(self.ahead)
    }

    /// As many bytes as there are, up to the buffer's length.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, WalkError> {
        let length = buffer.len() as u64;
        let mut rest = buffer;
        let mut reader = self.reader.by_ref().take(length);
        let mut filled = 0;
        while !rest.is_empty() {
            match reader.read(rest) {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    rest = rest.get_mut(read..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(filled)
    }

    fn exact(&mut self, buffer: &mut [u8]) -> Result<(), WalkError> {
        let end = self.position.checked_add(buffer.len() as u64);
        let ahead = self.ahead.take();
        let ahead = ahead.as_ref().map_or(&[][..], |start| &start[..]);
        let (known, rest) = buffer.split_at_mut(ahead.len().min(buffer.len()));
        known.copy_from_slice(ahead.get(..known.len()).unwrap_or_default());
        if self.fill(rest)? < rest.len() {
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
                match self.fill(&mut start)? {
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
        if tag.0 == 0xFFFE || !layout.explicit || !vr.iter().all(u8::is_ascii_uppercase) {
            return Ok(Some(Header {
                tag,
                vr: None,
                length: long,
            }));
        }
        let length = if is_long(vr) {
            let mut length = [0; 4];
            self.exact(&mut length)?;
            layout.u32(length)
        } else {
            u32::from(layout.u16([l2, l3]))
        };
        Ok(Some(Header {
            tag,
            vr: Some(vr),
            length,
        }))
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
    pub(in crate::dicom) vr: Option<[u8; 2]>,
    /// Of the value, in bytes; all bits set: not known.
    pub(in crate::dicom) length: u32,
}
