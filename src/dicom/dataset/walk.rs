//! Steps through a data set element by element (PS3.5, 7.1) without reading what is not wanted: values are passed over,
//! and sequences are followed without recursion.

use std::ops::Range;

use super::element::{Forward, Header, LONGEST_VALUE, Layout, Source, Start, Tag, WalkError};
use super::guess::Guess;
use super::nonstandard::Order;

/// Sequences inside sequences, at most.
const DEEPEST: usize = 512;
/// Elements looked at in one file, at most: a bound on time for files made of nothing but empty elements.
const MOST_ELEMENTS: u32 = 10_000_000;

pub(in crate::dicom) const UNDEFINED: u32 = u32::MAX;
/// Bytes of a delimiter.
const DELIMITER: u64 = 8;
const FRAMES: Tag = Tag(0x0028, 0x0008);
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
    /// Something had to be guessed.
    fn guessed(&mut self, _guess: Guess) {}
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
    let mut walk = Walk {
        source,
        layout,
        visitor,
        order: Order::default(),
        frames: 1,
        is_late: false,
    };
    match walk.all() {
        // The image was whole before: what a device or a medium left behind its pixels only looked like elements.
        Err(WalkError::Truncated { .. } | WalkError::Damaged(_)) if walk.is_late => Ok(()),
        walked => walked,
    }
}

/// A walk through one data set.
struct Walk<'a, R> {
    source: &'a mut Source<R>,
    layout: Layout,
    visitor: &'a mut dyn Visitor,
    order: Order,
    /// As many as it says.
    frames: u64,
    /// Behind an image that was complete, among what only may belong to it.
    is_late: bool,
}

impl<R: Forward> Walk<'_, R> {
    fn all(&mut self) -> Result<(), WalkError> {
        for _ in 0..MOST_ELEMENTS {
            let header = match self.source.header(self.layout) {
                Ok(Some(header)) => header,
                Ok(None) => return Ok(()),
                // A few bytes behind the pixel data: padding to a block of the medium.
                Err(WalkError::Truncated { .. }) if self.order.pixels => return Ok(()),
                Err(error) => return Err(error),
            };
            if self.order.pixels && header.tag <= PIXEL_DATA {
                let left = self.source.left();
                if !self.order.takes(header.tag, header.vr, header.length, left) {
                    return Ok(());
                }
                self.is_late |= self.order.is_complete();
                self.visitor.guessed(Guess::Order);
            }
            if header.tag == Tag(0, 0) && header.length == 0 {
                // Zeros. Where pixels were announced and have not come, they are a hole that a failed copy left.
                return match self.order.rows {
                    true => Err(WalkError::Damaged("zeros stand where its pixels should be")),
                    false => Ok(()),
                };
            }
            if matches!(header.tag, ITEM_END | SEQUENCE_END) && header.length == 0 {
                self.visitor.guessed(Guess::Delimiter);
                continue;
            }
            self.one(&header)?;
        }
        Err(WalkError::Damaged("it has more elements than any image"))
    }

    fn one(&mut self, header: &Header) -> Result<(), WalkError> {
        if header.is_odd {
            self.visitor.guessed(Guess::Vr);
        }
        let start = self.source.position;
        if header.length == UNDEFINED && header.tag == PIXEL_DATA {
            self.fragments()?;
        } else if header.length == UNDEFINED {
            let inside = self.inside(header);
            sequence(self.source, inside)?;
            let end = self.source.position.saturating_sub(DELIMITER).max(start);
            self.visitor.passed(passed(header, inside, start..end));
        } else if header.length <= LONGEST_VALUE && self.visitor.wants(header.tag) {
            let value = self.source.read(header.length)?;
            self.note_frames(header.tag, &value);
            self.visitor.take(header.tag, value);
        } else if header.tag == FRAMES && header.length <= LONGEST_VALUE {
            let value = self.source.read(header.length)?;
            self.note_frames(header.tag, &value);
        } else {
            let inside = self.inside(header);
            self.source.skip(header.length)?;
            let place = start..self.source.position;
            self.visitor.passed(passed(header, inside, place.clone()));
            if header.tag == PIXEL_DATA {
                self.visitor.pixels(place, false);
            }
        }
        self.order.note(header.tag);
        Ok(())
    }

    /// How what is inside a sequence is written.
    fn inside(&mut self, header: &Header) -> Layout {
        if header.vr != Some(*b"UN") {
            return self.layout;
        }
        let inside = self.source.inside_unknown();
        if inside.explicit {
            self.visitor.guessed(Guess::Unknown);
        }
        inside
    }

    fn note_frames(&mut self, tag: Tag, value: &[u8]) {
        if tag == FRAMES {
            let text = String::from_utf8_lossy(value);
            self.frames = text.trim_matches(['\0', ' ']).parse().unwrap_or(1).max(1);
        }
    }

    /// Encapsulated pixel data: fragments up to the sequence delimiter (PS3.5, A.4). The delimiter may be missing where the
    /// source ends with a fragment and every frame is there.
    fn fragments(&mut self) -> Result<(), WalkError> {
        let mut seen = Fragments::default();
        for _ in 0..MOST_ELEMENTS {
            let header = match self.source.header(self.layout) {
                Ok(None) if seen.are_whole(self.frames) => {
                    self.visitor.guessed(Guess::End);
                    return Ok(());
                }
                header => inside(header)?,
            };
            match header.tag {
                SEQUENCE_END => return Ok(()),
                ITEM if header.length != UNDEFINED => {
                    let start = self.source.position;
                    seen.one(self.source, header.length)?;
                    let place = start..self.source.position;
                    self.visitor.pixels(place, true);
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
}

/// Fragments that have come by, the offset table among them.
#[derive(Default)]
struct Fragments {
    count: u64,
    /// Whether the last one ends with the end mark of JPEG and JPEG 2000, or is of another kind, without one.
    ends: bool,
    /// Whether some are JPEG or JPEG 2000.
    marked: bool,
}

impl Fragments {
    fn one<R: Forward>(&mut self, source: &mut Source<R>, length: u32) -> Result<(), WalkError> {
        const END: [u8; 2] = [0xFF, 0xD9];
        self.count += 1;
        let head = source.read(length.min(2))?;
        let rest = length - length.min(2);
        let tail = rest.min(3);
        source.skip(rest - tail)?;
        let last = source.read(tail)?;
        self.marked |= matches!(*head, [0xFF, 0xD8 | 0x4F]);
        // One byte of padding may follow.
        let unpadded = last.strip_suffix(&[0]).unwrap_or(&last);
        self.ends = last.ends_with(&END) || unpadded.ends_with(&END);
        Ok(())
    }

    /// Whether no frame is missing, as far as that can be told from so many.
    fn are_whole(&self, frames: u64) -> bool {
        let fragments = self.count.saturating_sub(1);
        match self.marked {
            true => fragments >= frames && self.ends,
            false => fragments == frames,
        }
    }
}

fn passed(header: &Header, inside: Layout, place: Range<u64>) -> Passed {
    Passed {
        tag: header.tag,
        vr: header.vr,
        inside,
        place,
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
        let layout = match source.peek()? {
            Some([2, 0, _, 0, ..]) => Layout::EXPLICIT,
            Some([0, 2, 0, _, ..]) => Layout {
                big_endian: true,
                ..Layout::EXPLICIT
            },
            other => return Ok(other),
        };
        let Some(header) = source.header(layout)? else {
            return Ok(None);
        };
        if header.vr.is_none() && header.length > LONGEST_VALUE {
            return Err(WalkError::Damaged(
                "its file meta information cannot be read",
            ));
        }
        if header.vr.is_none() || layout.big_endian {
            visitor.guessed(Guess::Meta);
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

#[derive(Clone, Copy)]
enum Open {
    Sequence,
    Item,
}

/// How what is inside a sequence is written, which comes next.
pub(in crate::dicom) fn inner_layout<R: Forward>(
    source: &mut Source<R>,
    header: &Header,
    layout: Layout,
) -> Layout {
    match header.vr {
        Some(vr) if vr == *b"UN" => source.inside_unknown(),
        _ => layout,
    }
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
                let inner = inner_layout(source, &header, layout);
                open.push((Open::Sequence, inner));
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
