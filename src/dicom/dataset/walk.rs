//! Steps through a data set element by element (PS3.5, 7.1) without reading what is not wanted: values are passed over,
//! and sequences are followed without recursion.

use std::ops::Range;

use super::element::{Forward, Header, LONGEST_VALUE, Layout, Source, Start, Tag, WalkError};

/// Sequences inside sequences, at most.
const DEEPEST: usize = 512;
/// Elements looked at in one file, at most: a bound on time for files made of nothing but empty elements.
const MOST_ELEMENTS: u32 = 10_000_000;

pub(in crate::dicom) const UNDEFINED: u32 = u32::MAX;
/// Bytes of a delimiter.
const DELIMITER: u64 = 8;
const ROWS: Tag = Tag(0x0028, 0x0010);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
pub(in crate::dicom) const ITEM: Tag = Tag(0xFFFE, 0xE000);
pub(in crate::dicom) const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
pub(in crate::dicom) const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// Is told what a walk comes by.
pub(in crate::dicom) trait Visitor {
    /// Whether the value of this element of the top level is read.
    fn wants(&self, tag: Tag) -> bool;
    /// An element that is wanted, or one of file meta information. The value is as it stands in the file.
    fn take(&mut self, tag: Tag, value: Vec<u8>);
    /// Where pixel data lies, in bytes from the source's beginning: the whole of it, or, packed, the offset table and
    /// each fragment.
    fn pixels(&mut self, _place: Range<u64>, _packed: bool) {}
    /// What was passed over on the top level: a value that is not wanted, or a sequence.
    fn passed(&mut self, _passed: Passed) {}
}

/// Something that a walk passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Passed {
    pub(in crate::dicom) tag: Tag,
    /// Where the file names it.
    pub(in crate::dicom) vr: Option<[u8; 2]>,
    /// How what is inside it is written, where it is a sequence.
    pub(in crate::dicom) inside: Layout,
    /// Its value, in bytes from the source's beginning, without a delimiter at its end.
    pub(in crate::dicom) place: Range<u64>,
}

/// Steps through the data set from where the source stands to its end.
///
/// # Errors
/// [`WalkError`] where it cannot be stepped through. What comes behind the pixel data and is no element is padding.
pub(in crate::dicom) fn walk<R: Forward>(
    source: &mut Source<R>,
    layout: Layout,
    visitor: &mut dyn Visitor,
) -> Result<(), WalkError> {
    let mut seen = Seen::default();
    for _ in 0..MOST_ELEMENTS {
        let header = match source.header(layout) {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(()),
            // A few bytes behind the pixel data: padding to a block of the medium.
            Err(WalkError::Truncated { .. }) if seen.pixels => return Ok(()),
            Err(error) => return Err(error),
        };
        if seen.pixels && header.tag <= PIXEL_DATA {
            return Ok(());
        }
        if header.tag == Tag(0, 0) && header.length == 0 {
            // Zeros. Where pixels were announced and have not come, they are a hole that a failed copy left.
            return match seen.rows {
                true => Err(WalkError::Damaged("zeros stand where its pixels should be")),
                false => Ok(()),
            };
        }
        seen.note(header.tag);
        if header.length == UNDEFINED {
            if header.tag == PIXEL_DATA {
                fragments(source, layout, visitor)?;
            } else {
                let start = source.position;
                sequence(source, inner_layout(&header, layout))?;
                let end = source.position.saturating_sub(DELIMITER).max(start);
                visitor.passed(passed(&header, layout, start..end));
            }
        } else if visitor.wants(header.tag) && header.length <= LONGEST_VALUE {
            let value = source.read(header.length)?;
            visitor.take(header.tag, value);
        } else {
            let start = source.position;
            source.skip(header.length)?;
            visitor.passed(passed(&header, layout, start..source.position));
            if header.tag == PIXEL_DATA {
                visitor.pixels(start..source.position, false);
            }
        }
    }
    Err(WalkError::Damaged("it has more elements than any image"))
}

fn passed(header: &Header, layout: Layout, place: Range<u64>) -> Passed {
    Passed {
        tag: header.tag,
        vr: header.vr,
        inside: inner_layout(header, layout),
        place,
    }
}

#[derive(Default)]
struct Seen {
    rows: bool,
    pixels: bool,
}

impl Seen {
    fn note(&mut self, tag: Tag) {
        self.rows |= tag == ROWS;
        // Float, Double Float and ordinary pixel data (PS3.3, C.7.6.24, C.7.6.25, C.7.6.3).
        self.pixels |= tag.0 == 0x7FE0 && matches!(tag.1, 0x0008..=0x0010);
    }
}

/// The elements of file meta information (group 0002), from where the source stands. Leaves it at the first element of
/// another group, which is handed back as far as it was looked at.
///
/// # Errors
/// [`WalkError`] where it cannot be stepped through.
pub(in crate::dicom) fn walk_meta<R: Forward>(
    source: &mut Source<R>,
    visitor: &mut dyn Visitor,
) -> Result<Option<Start>, WalkError> {
    for _ in 0..1000 {
        match source.peek()? {
            Some([2, 0, ..]) => {}
            other => return Ok(other),
        }
        let Some(header) = source.header(Layout::EXPLICIT)? else {
            return Ok(None);
        };
        if header.vr.is_none() {
            return Err(WalkError::Damaged(
                "its file meta information cannot be read",
            ));
        }
        if header.length <= LONGEST_VALUE {
            let value = source.read(header.length)?;
            visitor.take(header.tag, value);
        } else {
            source.skip(header.length)?;
        }
    }
    Err(WalkError::Damaged("its file meta information has no end"))
}

/// A UN of undefined length holds elements without VR, little-endian (PS3.5, 6.2.2, note 4).
pub(in crate::dicom) fn inner_layout(header: &Header, layout: Layout) -> Layout {
    if header.vr == Some(*b"UN") {
        Layout::IMPLICIT
    } else {
        layout
    }
}

/// Encapsulated pixel data: fragments up to the sequence delimiter (PS3.5, A.4).
fn fragments<R: Forward>(
    source: &mut Source<R>,
    layout: Layout,
    visitor: &mut dyn Visitor,
) -> Result<(), WalkError> {
    for _ in 0..MOST_ELEMENTS {
        let header = inside(source.header(layout))?;
        match header.tag {
            SEQUENCE_END => return Ok(()),
            ITEM if header.length != UNDEFINED => {
                let start = source.position;
                source.skip(header.length)?;
                visitor.pixels(start..source.position, true);
            }
            _ => {
                return Err(WalkError::Damaged(
                    "its pixel data is not made of fragments",
                ));
            }
        }
    }
    Err(WalkError::Damaged("its pixel data has no end"))
}

#[derive(Clone, Copy)]
enum Open {
    Sequence,
    Item,
}

/// A sequence of undefined length with everything inside it, up to its delimiter. A list of what is open, with the layout
/// inside, takes the place of recursion: no file can exhaust the stack.
///
/// # Errors
/// [`WalkError`] where it cannot be stepped through.
pub(in crate::dicom) fn sequence<R: Forward>(
    source: &mut Source<R>,
    layout: Layout,
) -> Result<(), WalkError> {
    let mut open = vec![(Open::Sequence, layout)];
    for _ in 0..MOST_ELEMENTS {
        let Some((kind, layout)) = open.last().copied() else {
            return Ok(());
        };
        let header = inside(source.header(layout))?;
        let is_open = header.length == UNDEFINED;
        match (kind, header.tag) {
            (Open::Sequence, SEQUENCE_END) | (Open::Item, ITEM_END) => {
                open.pop();
            }
            (Open::Sequence, ITEM) if is_open => open.push((Open::Item, layout)),
            (Open::Sequence, ITEM) => source.skip(header.length)?,
            (Open::Sequence, _) => {
                return Err(WalkError::Damaged(
                    "a sequence holds something that is no item",
                ));
            }
            (Open::Item, _) if is_open => {
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

/// Inside something of undefined length, the end of the file says only that the delimiter is missing.
fn inside(header: Result<Option<Header>, WalkError>) -> Result<Header, WalkError> {
    match header {
        Ok(Some(header)) => Ok(header),
        Ok(None) | Err(WalkError::Truncated { .. }) => Err(WalkError::Truncated { needs: None }),
        Err(error) => Err(error),
    }
}
