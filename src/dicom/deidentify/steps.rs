//! A data set in memory, stepped through to its last element: into every sequence that can be told from a value, without
//! recursion, and without a copy.

use std::ops::Range;

use super::error::Error;
use super::vr;
use crate::dicom::source::{Layout, Tag, is_long};

const UNDEFINED: u32 = u32::MAX;
const ROWS_OF_PIXELS: Range<u16> = 0x0008..0x0011;
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
/// Sequences and items inside each other, at most.
const DEEPEST: usize = 1024;

/// What is stepped over. Places are in bytes from the beginning of the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) enum Step {
    /// An element with a value; encapsulated pixel data with its fragments and their end.
    Element(Element),
    /// A sequence or an item begins.
    Open(Opened),
    /// The innermost one that is open ends, with this delimiter (an empty place where its length was known).
    Close(Range<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Element {
    pub(in crate::dicom) tag: Tag,
    /// Where the file names it.
    pub(in crate::dicom) vr: Option<[u8; 2]>,
    /// How it is written.
    pub(in crate::dicom) layout: Layout,
    pub(in crate::dicom) start: usize,
    pub(in crate::dicom) value: Range<usize>,
    /// Which hole has its value, where that is not in memory; `value` is empty then.
    pub(in crate::dicom) bulk: Option<usize>,
}

/// A value of the top level that is not in memory: where it would begin, in bytes from the beginning of what is, and where
/// it stands in the file. Packed pixel data stands there with its fragments and their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Hole {
    pub(in crate::dicom) at: usize,
    pub(in crate::dicom) source: Range<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Opened {
    pub(in crate::dicom) tag: Tag,
    pub(in crate::dicom) vr: Option<[u8; 2]>,
    pub(in crate::dicom) layout: Layout,
    pub(in crate::dicom) is_item: bool,
    /// Tag, VR and length; the length is its last four bytes.
    pub(in crate::dicom) header: Range<usize>,
    /// Whether the length is written: otherwise a delimiter ends it.
    pub(in crate::dicom) has_length: bool,
}

impl Element {
    /// All of it.
    pub(in crate::dicom) fn whole(&self) -> Range<usize> {
        self.start..self.value.end
    }
}

#[derive(Clone, Copy)]
struct Level {
    is_item: bool,
    layout: Layout,
    end: Option<usize>,
    /// Inside a value that was found to be a sequence by trying: everything in it was seen to fit.
    tried: bool,
}

/// Steps through a data set.
pub(in crate::dicom) struct Steps<'a> {
    data: &'a [u8],
    layout: Layout,
    holes: &'a [Hole],
    at: usize,
    open: Vec<Level>,
    seen_pixels: bool,
    tried: bool,
}

impl<'a> Steps<'a> {
    pub(in crate::dicom) fn new(data: &'a [u8], layout: Layout) -> Self {
        Steps {
            data,
            layout,
            holes: &[],
            at: 0,
            open: Vec::new(),
            seen_pixels: false,
            tried: false,
        }
    }

    /// Steps through the items of a sequence, without a delimiter behind the last.
    pub(in crate::dicom) fn of_items(data: &'a [u8], layout: Layout) -> Self {
        let level = Level {
            is_item: false,
            layout,
            end: Some(data.len()),
            tried: false,
        };
        Steps {
            open: vec![level],
            ..Steps::new(data, layout)
        }
    }

    /// Steps through a data set with holes.
    pub(in crate::dicom) fn with_holes(data: &'a [u8], layout: Layout, holes: &'a [Hole]) -> Self {
        Steps {
            holes,
            ..Steps::new(data, layout)
        }
    }

    /// How many sequences and items are open.
    pub(in crate::dicom) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next step; `None` at the end. What stands behind the pixel data and is no element is no part of the data set.
    ///
    /// # Errors
    /// Where it cannot be stepped through.
    pub(in crate::dicom) fn next(&mut self) -> Result<Option<Step>, Error> {
        match self.open.last().copied() {
            None => self.top(),
            Some(level) if level.end == Some(self.at) => {
                self.open.pop();
                Ok(Some(Step::Close(self.at..self.at)))
            }
            Some(level) => self.inside(level).map(Some),
        }
    }

    fn top(&mut self) -> Result<Option<Step>, Error> {
        if self.at >= self.data.len() {
            return Ok(None);
        }
        let header = match self.header(self.layout, self.data.len()) {
            Ok(header) => header,
            Err(_) if self.seen_pixels => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_padding = header.tag == Tag(0, 0) && header.length == 0;
        if is_padding || (self.seen_pixels && header.tag <= PIXEL_DATA) {
            return Ok(None);
        }
        self.seen_pixels |= header.tag.0 == PIXEL_DATA.0 && ROWS_OF_PIXELS.contains(&header.tag.1);
        if let Some(bulk) = self.holes.iter().position(|hole| hole.at == header.value) {
            self.at = header.value;
            return Ok(Some(Step::Element(Element {
                tag: header.tag,
                vr: header.vr,
                layout: self.layout,
                start: header.start,
                value: header.value..header.value,
                bulk: Some(bulk),
            })));
        }
        self.element(&header, self.layout, self.data.len(), false)
            .map(Some)
    }

    fn inside(&mut self, level: Level) -> Result<Step, Error> {
        let end = level.end.unwrap_or(self.data.len());
        let header = self.header(level.layout, end)?;
        let ends = if level.is_item {
            ITEM_END
        } else {
            SEQUENCE_END
        };
        if header.tag == ends && level.end.is_none() {
            self.at = header.value;
            self.open.pop();
            return Ok(Step::Close(header.start..header.value));
        }
        if level.is_item {
            return self.element(&header, level.layout, end, level.tried);
        }
        match header.tag {
            ITEM => self.open(
                &header,
                level.layout,
                level.layout,
                end,
                (true, level.tried),
            ),
            _ => Err(Error::Damaged("a sequence holds something that is no item")),
        }
    }

    fn element(
        &mut self,
        header: &Header,
        layout: Layout,
        end: usize,
        tried: bool,
    ) -> Result<Step, Error> {
        let inner = match header.vr {
            Some(vr) if vr == *b"UN" => Layout::IMPLICIT,
            _ => layout,
        };
        if header.length == UNDEFINED {
            if header.tag == PIXEL_DATA {
                return self.fragments(header, layout, end);
            }
            return self.open(header, layout, inner, end, (false, tried));
        }
        let value = header.range(end)?;
        let known = match header.vr {
            Some(vr) if vr != *b"UN" => Some(vr == *b"SQ"),
            // Where the file does not name it, what stands there must look like one: some hold a text in its place.
            _ => vr::is_sequence(header.tag)
                .map(|known| known && self.begins_as_sequence(&value, inner)),
        };
        let is_sequence = match known {
            Some(known) => known,
            None => self.holds_items(value.clone(), inner, tried),
        };
        if is_sequence {
            let tried = tried || known.is_none();
            return self.open(header, layout, inner, end, (false, tried));
        }
        self.at = value.end;
        Ok(Step::Element(Element {
            tag: header.tag,
            vr: header.vr,
            layout,
            start: header.start,
            value,
            bulk: None,
        }))
    }

    fn begins_as_sequence(&self, value: &Range<usize>, layout: Layout) -> bool {
        match self.data.get(value.clone()) {
            Some([]) => true,
            Some([g0, g1, e0, e1, ..]) => {
                Tag(layout.u16([*g0, *g1]), layout.u16([*e0, *e1])) == ITEM
            }
            _ => false,
        }
    }

    /// Whether a value of which nothing else is known is a sequence: it begins with an item, and reads as one to its end.
    fn holds_items(&self, value: Range<usize>, layout: Layout, tried: bool) -> bool {
        let bytes = self.data.get(value).unwrap_or_default();
        if !bytes.starts_with(&[0xFE, 0xFF, 0x00, 0xE0]) || layout.big_endian {
            return false;
        }
        // Inside something that was tried already, this was a part of the trial.
        tried || self.tried || Steps::reads_as_sequence(bytes, layout)
    }

    fn reads_as_sequence(bytes: &[u8], layout: Layout) -> bool {
        let mut steps = Steps::new(bytes, layout);
        steps.tried = true;
        steps.open.push(Level {
            is_item: false,
            layout,
            end: Some(bytes.len()),
            tried: true,
        });
        loop {
            match steps.next() {
                Ok(Some(_)) if steps.open.is_empty() => return true,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return false,
            }
        }
    }

    fn open(
        &mut self,
        header: &Header,
        layout: Layout,
        inner: Layout,
        end: usize,
        (is_item, tried): (bool, bool),
    ) -> Result<Step, Error> {
        if self.open.len() >= DEEPEST {
            return Err(Error::Damaged("its sequences are nested too deeply"));
        }
        let has_length = header.length != UNDEFINED;
        let own_end = match has_length {
            true => Some(header.range(end)?.end),
            false => None,
        };
        self.at = header.value;
        self.open.push(Level {
            is_item,
            layout: inner,
            end: own_end,
            tried,
        });
        Ok(Step::Open(Opened {
            tag: header.tag,
            vr: header.vr,
            layout,
            is_item,
            header: header.start..header.value,
            has_length,
        }))
    }

    fn fragments(&mut self, header: &Header, layout: Layout, end: usize) -> Result<Step, Error> {
        self.at = header.value;
        loop {
            let fragment = self.header(layout, end)?;
            match fragment.tag {
                ITEM => self.at = fragment.range(end)?.end,
                SEQUENCE_END => {
                    self.at = fragment.value;
                    return Ok(Step::Element(Element {
                        tag: header.tag,
                        vr: header.vr,
                        layout,
                        start: header.start,
                        value: header.value..self.at,
                        bulk: None,
                    }));
                }
                _ => {
                    return Err(Error::Damaged("its pixel data is not made of fragments"));
                }
            }
        }
    }

    fn header(&self, layout: Layout, end: usize) -> Result<Header, Error> {
        let bytes = self.data.get(self.at..end).unwrap_or_default();
        let [g0, g1, e0, e1, l0, l1, l2, l3, ..] = *bytes else {
            return Err(CUT);
        };
        let tag = Tag(layout.u16([g0, g1]), layout.u16([e0, e1]));
        let vr = [l0, l1];
        let mut header = Header {
            tag,
            vr: None,
            length: layout.u32([l0, l1, l2, l3]),
            start: self.at,
            value: self.at + 8,
        };
        // As the scan reads it: some devices write elements without VR among others that have one.
        if tag.0 == 0xFFFE || !layout.explicit || !vr.iter().all(u8::is_ascii_uppercase) {
            return Ok(header);
        }
        header.vr = Some(vr);
        header.length = u32::from(layout.u16([l2, l3]));
        if is_long(vr) {
            let [_, _, _, _, _, _, _, _, l0, l1, l2, l3, ..] = *bytes else {
                return Err(CUT);
            };
            header.length = layout.u32([l0, l1, l2, l3]);
            header.value = self.at + 12;
        }
        Ok(header)
    }
}

const CUT: Error = Error::Damaged("an element ends behind what it is part of");

struct Header {
    tag: Tag,
    vr: Option<[u8; 2]>,
    length: u32,
    start: usize,
    value: usize,
}

impl Header {
    /// Where the value is, which must end at `end` at the latest.
    fn range(&self, end: usize) -> Result<Range<usize>, Error> {
        let length = usize::try_from(self.length).map_err(|_| CUT)?;
        match self.value.checked_add(length) {
            Some(own) if own <= end && self.length != UNDEFINED => Ok(self.value..own),
            _ => Err(CUT),
        }
    }
}
