//! Steps through a data set element by element (PS3.5, 7.1) without reading what is not wanted: values are passed over
//! by seeking, nested sequences without recursion, and no length is believed before it was held against the file's
//! size.

use std::io::{self, Read, Seek, SeekFrom};

use thiserror::Error;

/// Sequences inside sequences, at most.
const DEEPEST: usize = 512;
/// The longest value that is read.
const LONGEST_VALUE: u32 = 64 * 1024;
/// Elements looked at in one file, at most: a bound on time for files made of nothing but empty elements.
const MOST_ELEMENTS: u32 = 10_000_000;

const UNDEFINED: u32 = u32::MAX;
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// Group and element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tag(pub(super) u16, pub(super) u16);

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Whether each element names its VR.
    pub(super) explicit: bool,
    /// Most significant byte first.
    pub(super) big_endian: bool,
}

impl Layout {
    pub(super) const IMPLICIT: Layout = Layout {
        explicit: false,
        big_endian: false,
    };
    pub(super) const EXPLICIT: Layout = Layout {
        explicit: true,
        big_endian: false,
    };
    pub(super) const BIG_ENDIAN: Layout = Layout {
        explicit: true,
        big_endian: true,
    };
}

/// Why a data set could not be stepped through to its end.
#[derive(Debug, Error)]
pub(super) enum WalkError {
    /// The file system.
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

/// A source of known size, read forwards.
pub(super) struct Source<R> {
    reader: R,
    position: u64,
    size: u64,
}

impl<R: Read + Seek> Source<R> {
    /// `reader` must stand at `position`.
    pub(super) fn new(reader: R, position: u64, size: u64) -> Self {
        Source {
            reader,
            position,
            size,
        }
    }

    /// The reader, standing where the source stood.
    pub(super) fn into_reader(self) -> R {
        self.reader
    }

    fn left(&self) -> u64 {
        self.size.saturating_sub(self.position)
    }

    fn need(&self, length: u64) -> Result<(), WalkError> {
        if length <= self.left() {
            return Ok(());
        }
        Err(WalkError::Truncated {
            needs: self.position.checked_add(length),
        })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WalkError> {
        self.need(N as u64)?;
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    fn read(&mut self, length: u32) -> Result<Vec<u8>, WalkError> {
        self.need(u64::from(length))?;
        let mut bytes = vec![0; length as usize];
        self.reader.read_exact(&mut bytes)?;
        self.position += u64::from(length);
        Ok(bytes)
    }

    fn skip(&mut self, length: u32) -> Result<(), WalkError> {
        self.need(u64::from(length))?;
        self.reader.seek_relative(i64::from(length))?;
        self.position += u64::from(length);
        Ok(())
    }

    pub(super) fn back_to(&mut self, position: u64) -> Result<(), WalkError> {
        self.reader.seek(SeekFrom::Start(position))?;
        self.position = position;
        Ok(())
    }

    fn u16(&mut self, layout: Layout) -> Result<u16, WalkError> {
        let bytes = self.array::<2>()?;
        Ok(if layout.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn u32(&mut self, layout: Layout) -> Result<u32, WalkError> {
        let bytes = self.array::<4>()?;
        Ok(if layout.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    /// Tag, VR where there is one, and length.
    fn header(&mut self, layout: Layout) -> Result<Header, WalkError> {
        let tag = Tag(self.u16(layout)?, self.u16(layout)?);
        if tag.0 == 0xFFFE || !layout.explicit {
            return Ok(Header {
                tag,
                vr: None,
                length: self.u32(layout)?,
            });
        }
        let start = self.position;
        let vr = self.array::<2>()?;
        if !vr.iter().all(u8::is_ascii_uppercase) {
            // Written without VR in a data set with VRs, as some devices do.
            self.back_to(start)?;
            return Ok(Header {
                tag,
                vr: None,
                length: self.u32(layout)?,
            });
        }
        let length = if is_long(vr) {
            self.u16(layout)?;
            self.u32(layout)?
        } else {
            u32::from(self.u16(layout)?)
        };
        Ok(Header {
            tag,
            vr: Some(vr),
            length,
        })
    }
}

/// The VRs with a length of four bytes (PS3.5, table 7.1-1).
fn is_long(vr: [u8; 2]) -> bool {
    const LONG: [&[u8; 2]; 13] = [
        b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV",
    ];
    LONG.contains(&&vr)
}

struct Header {
    tag: Tag,
    vr: Option<[u8; 2]>,
    length: u32,
}

/// Steps through the data set from where the source stands to its end. `wanted` says which elements of the top level
/// are read, `take` gets their values.
pub(super) fn walk<R: Read + Seek>(
    source: &mut Source<R>,
    layout: Layout,
    wanted: &dyn Fn(Tag) -> bool,
    take: &mut dyn FnMut(Tag, Vec<u8>),
) -> Result<(), WalkError> {
    for _ in 0..MOST_ELEMENTS {
        if source.left() == 0 {
            return Ok(());
        }
        let header = match source.header(layout) {
            Ok(header) => header,
            // A few bytes behind the last element: padding to a block of the medium.
            Err(WalkError::Truncated { .. }) if source.left() < 8 && source.position > 8 => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if header.tag == Tag(0, 0) && header.length == 0 {
            // Zeros behind the last element: padding.
            return Ok(());
        }
        if header.length == UNDEFINED {
            if header.tag == PIXEL_DATA {
                fragments(source, layout)?;
            } else {
                sequence(source, inner_layout(&header, layout))?;
            }
        } else if wanted(header.tag) && header.length <= LONGEST_VALUE {
            let value = source.read(header.length)?;
            take(header.tag, value);
        } else {
            source.skip(header.length)?;
        }
    }
    Err(WalkError::Damaged("it has more elements than any image"))
}

/// The elements of file meta information (group 0002), from where the source stands. Leaves it at the first element of
/// another group.
pub(super) fn walk_meta<R: Read + Seek>(
    source: &mut Source<R>,
    take: &mut dyn FnMut(Tag, Vec<u8>),
) -> Result<(), WalkError> {
    for _ in 0..1000 {
        let start = source.position;
        if source.left() < 8 {
            return Ok(());
        }
        let header = source.header(Layout::EXPLICIT)?;
        if header.tag.0 != 2 {
            return source.back_to(start);
        }
        if header.length <= LONGEST_VALUE {
            let value = source.read(header.length)?;
            take(header.tag, value);
        } else {
            source.skip(header.length)?;
        }
    }
    Err(WalkError::Damaged("its file meta information has no end"))
}

/// Whether the element at the source's position names its VR. Leaves the source where it was.
pub(super) fn looks_explicit<R: Read + Seek>(source: &mut Source<R>) -> Option<bool> {
    let start = source.position;
    let bytes = source.array::<6>();
    source.back_to(start).ok()?;
    let [_, _, _, _, first, second] = bytes.ok()?;
    Some(first.is_ascii_uppercase() && second.is_ascii_uppercase())
}

/// A UN of undefined length holds elements without VR, little-endian (PS3.5, 6.2.2, note 4).
fn inner_layout(header: &Header, layout: Layout) -> Layout {
    if header.vr == Some(*b"UN") {
        Layout::IMPLICIT
    } else {
        layout
    }
}

/// Encapsulated pixel data: fragments up to the sequence delimiter (PS3.5, A.4).
fn fragments<R: Read + Seek>(source: &mut Source<R>, layout: Layout) -> Result<(), WalkError> {
    for _ in 0..MOST_ELEMENTS {
        let header = end_is_missing(source.header(layout))?;
        match header.tag {
            SEQUENCE_END => return Ok(()),
            ITEM if header.length != UNDEFINED => source.skip(header.length)?,
            _ => {
                return Err(WalkError::Damaged(
                    "its pixel data is not made of fragments",
                ));
            }
        }
    }
    Err(WalkError::Damaged("its pixel data has no end"))
}

/// A sequence of undefined length, with everything inside it, up to its delimiter.
fn sequence<R: Read + Seek>(source: &mut Source<R>, layout: Layout) -> Result<(), WalkError> {
    // What is open: a sequence, or an item of undefined length in it; with the layout inside.
    let mut open = vec![(Open::Sequence, layout)];
    for _ in 0..MOST_ELEMENTS {
        let Some((inside, layout)) = open.last().copied() else {
            return Ok(());
        };
        let header = end_is_missing(source.header(layout))?;
        match (inside, header.tag) {
            (Open::Sequence, SEQUENCE_END) | (Open::Item, ITEM_END) => {
                open.pop();
            }
            (Open::Sequence, ITEM) if header.length == UNDEFINED => open.push((Open::Item, layout)),
            (Open::Sequence, ITEM) => source.skip(header.length)?,
            (Open::Sequence, _) => {
                return Err(WalkError::Damaged(
                    "a sequence holds something that is no item",
                ));
            }
            (Open::Item, _) if header.length == UNDEFINED => {
                open.push((Open::Sequence, inner_layout(&header, layout)));
            }
            (Open::Item, _) => source.skip(header.length)?,
        }
        if open.len() > 2 * DEEPEST {
            return Err(WalkError::Damaged("its sequences are nested too deeply"));
        }
    }
    Err(WalkError::Damaged("a sequence has no end"))
}

#[derive(Clone, Copy)]
enum Open {
    Sequence,
    Item,
}

/// Inside something of undefined length, the end of the file says only that the delimiter is missing.
fn end_is_missing(header: Result<Header, WalkError>) -> Result<Header, WalkError> {
    header.map_err(|error| match error {
        WalkError::Truncated { .. } => WalkError::Truncated { needs: None },
        error => error,
    })
}
