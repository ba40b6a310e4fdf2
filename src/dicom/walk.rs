//! Steps through a data set element by element (PS3.5, 7.1) without reading what is not wanted: values are passed over,
//! and sequences are followed without recursion.

use super::source::{Forward, Header, LONGEST_VALUE, Layout, Source, Start, Tag, WalkError};

/// Elements looked at in one file, at most: a bound on time for files made of nothing but empty elements.
const MOST_ELEMENTS: u32 = 10_000_000;

const UNDEFINED: u32 = u32::MAX;
const ROWS: Tag = Tag(0x0028, 0x0010);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// Steps through the data set from where the source stands to its end. `wanted` says which elements of the top level
/// are read, `take` gets their values.
///
/// # Errors
/// [`WalkError`] where it cannot be stepped through. What comes behind the pixel data and is no element is padding.
pub(super) fn walk<R: Forward>(
    source: &mut Source<R>,
    layout: Layout,
    depth: Depth,
    wanted: &dyn Fn(Tag) -> bool,
    take: &mut dyn FnMut(Tag, Vec<u8>),
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
                fragments(source, layout)?;
            } else {
                nested(source, inner_layout(&header, layout), None, depth)?;
            }
        } else if wanted(header.tag) && header.length <= LONGEST_VALUE {
            let value = source.read(header.length)?;
            take(header.tag, value);
        } else if depth.looks_inside && is_sequence(source, &header)? {
            source.need(u64::from(header.length))?;
            let end = source.position + u64::from(header.length);
            nested(source, inner_layout(&header, layout), Some(end), depth)?;
        } else {
            source.skip(header.length)?;
        }
    }
    Err(WalkError::Damaged("it has more elements than any image"))
}

/// How far into sequences a walk goes.
#[derive(Clone, Copy)]
pub(super) struct Depth {
    /// Sequences inside sequences, at most.
    deepest: usize,
    /// Whether sequences whose length is known are looked into, or passed over.
    looks_inside: bool,
}

impl Depth {
    /// For reading headers.
    pub(super) const HEADER: Depth = Depth {
        deepest: 512,
        looks_inside: false,
    };
    /// Before a file is given to a reader that calls itself for each sequence.
    pub(super) const WHOLE: Depth = Depth {
        deepest: 64,
        looks_inside: true,
    };
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
pub(super) fn walk_meta<R: Forward>(
    source: &mut Source<R>,
    take: &mut dyn FnMut(Tag, Vec<u8>),
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
            take(header.tag, value);
        } else {
            source.skip(header.length)?;
        }
    }
    Err(WalkError::Damaged("its file meta information has no end"))
}

/// Whether this element of known length holds items. Without a VR the value's beginning tells.
fn is_sequence<R: Forward>(source: &mut Source<R>, header: &Header) -> Result<bool, WalkError> {
    match header.vr {
        Some(vr) => Ok(vr == *b"SQ"),
        None if header.length < 8 => Ok(false),
        None => Ok(source
            .peek()?
            .is_some_and(|start| start.starts_with(&[0xFE, 0xFF, 0x00, 0xE0]))),
    }
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
fn fragments<R: Forward>(source: &mut Source<R>, layout: Layout) -> Result<(), WalkError> {
    for _ in 0..MOST_ELEMENTS {
        let header = inside(source.header(layout))?;
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

#[derive(Clone, Copy)]
enum Kind {
    Sequence,
    Item,
}

/// Something that was begun and is not over: with the layout inside, and where it ends if that is known.
#[derive(Clone, Copy)]
struct Open(Kind, Layout, Option<u64>);

/// A sequence with everything inside it, up to its delimiter or to `end`. A list of what is open takes the place of
/// recursion: no file can exhaust the stack.
fn nested<R: Forward>(
    source: &mut Source<R>,
    layout: Layout,
    end: Option<u64>,
    depth: Depth,
) -> Result<(), WalkError> {
    let mut open = vec![Open(Kind::Sequence, layout, end)];
    for _ in 0..MOST_ELEMENTS {
        while open
            .pop_if(|Open(_, _, end)| end.is_some_and(|end| source.position >= end))
            .is_some()
        {}
        let Some(Open(kind, layout, _)) = open.last().copied() else {
            return Ok(());
        };
        let header = inside(source.header(layout))?;
        let end = (header.length != UNDEFINED)
            .then(|| source.position.saturating_add(u64::from(header.length)));
        match (kind, header.tag) {
            (Kind::Sequence, SEQUENCE_END) | (Kind::Item, ITEM_END) => {
                open.pop();
            }
            (Kind::Sequence, ITEM) if end.is_none() || depth.looks_inside => {
                open.push(Open(Kind::Item, layout, end));
            }
            (Kind::Sequence, ITEM) => source.skip(header.length)?,
            (Kind::Sequence, _) => {
                return Err(WalkError::Damaged(
                    "a sequence holds something that is no item",
                ));
            }
            (Kind::Item, _)
                if end.is_none() || (depth.looks_inside && is_sequence(source, &header)?) =>
            {
                open.push(Open(Kind::Sequence, inner_layout(&header, layout), end));
            }
            (Kind::Item, _) => source.skip(header.length)?,
        }
        if open.len() > 2 * depth.deepest {
            return Err(WalkError::Damaged("its sequences are nested too deeply"));
        }
        if let Some(Open(_, _, Some(end))) = open.last() {
            source.need(end.saturating_sub(source.position))?;
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
