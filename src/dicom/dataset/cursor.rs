//! A data set, in memory or in a file, stepped through to its last element: into every sequence that can be told from a
//! value, without recursion, and, in memory, without a copy.

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error as ThisError;

use super::element::{Layout, Tag, is_long};
use super::vr;

const UNDEFINED: u32 = u32::MAX;
const ROWS_OF_PIXELS: Range<u16> = 0x0008..0x0011;
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
/// Sequences and items inside each other, at most.
const DEEPEST: usize = 1024;

/// Where a data set cannot be stepped through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("{0}")]
pub(in crate::dicom) struct Damaged(pub(in crate::dicom) &'static str);

/// What a data set is read from.
pub(in crate::dicom) trait Bytes {
    /// How many there are.
    fn size(&self) -> usize;
    /// Those at a place; `None` where not all of them are there.
    fn bytes(&self, place: Range<usize>) -> Option<Cow<'_, [u8]>>;
    /// The longest value that is read to find out whether it is a sequence, in bytes.
    fn longest_trial(&self) -> usize {
        usize::MAX
    }
}

impl Bytes for &[u8] {
    fn size(&self) -> usize {
        self.len()
    }

    fn bytes(&self, place: Range<usize>) -> Option<Cow<'_, [u8]>> {
        self.get(place).map(Cow::Borrowed)
    }
}

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
pub(in crate::dicom) struct Steps<'a, D: Bytes = &'a [u8]> {
    data: D,
    layout: Layout,
    holes: &'a [Hole],
    at: usize,
    open: Vec<Level>,
    seen_pixels: bool,
    tried: bool,
    /// Whether what is wrong is passed over as far as that can be.
    lenient: bool,
    wrong: Option<Damaged>,
    /// Those of the last packed pixel data, with its offset table.
    fragments: usize,
}

impl<'a> Steps<'a> {
    /// Steps through a data set in memory.
    pub(in crate::dicom) fn new(data: &'a [u8], layout: Layout) -> Self {
        Steps::of(data, layout)
    }

    /// Steps through a data set with holes.
    pub(in crate::dicom) fn with_holes(data: &'a [u8], layout: Layout, holes: &'a [Hole]) -> Self {
        Steps {
            holes,
            ..Steps::new(data, layout)
        }
    }
}

impl<'a> Steps<'a> {
    /// Steps through the items of a sequence, without a delimiter behind the last.
    pub(in crate::dicom) fn of_items(data: &'a [u8], layout: Layout) -> Self {
        let mut steps = Steps::new(data, layout);
        steps.open.push(Level {
            is_item: false,
            layout,
            end: Some(data.len()),
            tried: false,
        });
        steps
    }
}

impl<D: Bytes> Steps<'_, D> {
    fn of(data: D, layout: Layout) -> Self {
        Steps {
            data,
            layout,
            holes: &[],
            at: 0,
            open: Vec::new(),
            seen_pixels: false,
            tried: false,
            lenient: false,
            wrong: None,
            fragments: 0,
        }
    }

    /// Steps through what begins at a place, for somebody to look at: values and sequences end where what they are part of
    /// ends, and a delimiter that is missing is made up for. [`Steps::wrong`] tells of it.
    pub(in crate::dicom) fn leniently(data: D, layout: Layout, from: usize) -> Self {
        Steps {
            at: from,
            lenient: true,
            ..Steps::of(data, layout)
        }
    }

    /// How many sequences and items are open.
    pub(in crate::dicom) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Where the next step begins, in bytes.
    pub(in crate::dicom) fn at(&self) -> usize {
        self.at
    }

    /// What was passed over in the last step.
    pub(in crate::dicom) fn wrong(&mut self) -> Option<Damaged> {
        self.wrong.take()
    }

    /// How many fragments the last packed pixel data is made of; its offset table is one.
    pub(in crate::dicom) fn fragments(&self) -> usize {
        self.fragments
    }

    /// What is stepped through, back again.
    pub(in crate::dicom) fn into_data(self) -> D {
        self.data
    }

    /// From here on the top level is written so.
    pub(in crate::dicom) fn write_as(&mut self, layout: Layout) {
        self.layout = layout;
    }

    /// What is stepped through.
    pub(in crate::dicom) fn data(&self) -> &D {
        &self.data
    }

    /// The next step; `None` at the end. What stands behind the pixel data and is no element is no part of the data set.
    ///
    /// # Errors
    /// Where it cannot be stepped through.
    pub(in crate::dicom) fn next(&mut self) -> Result<Option<Step>, Damaged> {
        match self.open.last().copied() {
            None => self.top(),
            Some(level) if level.end == Some(self.at) => {
                self.open.pop();
                Ok(Some(Step::Close(self.at..self.at)))
            }
            Some(level) => self.inside(level).map(Some),
        }
    }

    fn top(&mut self) -> Result<Option<Step>, Damaged> {
        if self.at >= self.data.size() {
            return Ok(None);
        }
        let header = match self.header(self.layout, self.data.size()) {
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
        self.element(&header, self.layout, self.data.size(), false)
            .map(Some)
    }

    fn inside(&mut self, level: Level) -> Result<Step, Damaged> {
        let end = level.end.unwrap_or(self.data.size());
        let header = match self.header(level.layout, end) {
            Ok(header) => header,
            Err(error) if self.lenient => return Ok(self.give_up(level, error)),
            Err(error) => return Err(error),
        };
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
        let is_astray = matches!(header.tag, ITEM | SEQUENCE_END) && level.end.is_none();
        if level.is_item && is_astray && self.lenient {
            return Ok(self.give_up(level, NO_END));
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
            _ if self.lenient => {
                let why = level.end.map_or(NO_END, |_| NO_ITEM);
                Ok(self.give_up(level, why))
            }
            _ => Err(NO_ITEM),
        }
    }

    /// Passes over what is left of the innermost sequence or item: up to its end where that is known, nothing otherwise.
    fn give_up(&mut self, level: Level, why: Damaged) -> Step {
        self.wrong = Some(why);
        self.at = level.end.unwrap_or(self.at);
        self.open.pop();
        Step::Close(self.at..self.at)
    }

    /// Where a value is. It must end at `end` at the latest; looked at leniently, it is cut there.
    fn range(&mut self, header: &Header, end: usize) -> Result<Range<usize>, Damaged> {
        match header.range(end) {
            Err(error) if self.lenient && header.value <= end => {
                self.wrong = Some(error);
                Ok(header.value..end)
            }
            range => range,
        }
    }

    fn element(
        &mut self,
        header: &Header,
        layout: Layout,
        end: usize,
        tried: bool,
    ) -> Result<Step, Damaged> {
        let inner = match header.vr {
            Some(vr) if vr == *b"UN" => Layout::IMPLICIT,
            _ => layout,
        };
        if header.length == UNDEFINED {
            if header.tag == PIXEL_DATA {
                return self.packed(header, layout, end);
            }
            return self.open(header, layout, inner, end, (false, tried));
        }
        let value = self.range(header, end)?;
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
        let beginning = value.start..value.end.min(value.start.saturating_add(4));
        match self.data.bytes(beginning).as_deref() {
            Some([]) => true,
            Some([g0, g1, e0, e1, ..]) => {
                Tag(layout.u16([*g0, *g1]), layout.u16([*e0, *e1])) == ITEM
            }
            _ => false,
        }
    }

    /// Whether a value of which nothing else is known is a sequence: it begins with an item, and reads as one to its end.
    fn holds_items(&self, value: Range<usize>, layout: Layout, tried: bool) -> bool {
        let beginning = value.start..value.end.min(value.start.saturating_add(4));
        let begins = self.data.bytes(beginning);
        if begins.as_deref() != Some(&[0xFE, 0xFF, 0x00, 0xE0]) || layout.big_endian {
            return false;
        }
        // Inside something that was tried already, this was a part of the trial.
        if tried || self.tried {
            return true;
        }
        let bytes = match value.len() <= self.data.longest_trial() {
            true => self.data.bytes(value),
            false => None,
        };
        bytes.is_some_and(|bytes| reads_as_sequence(&bytes, layout))
    }

    fn open(
        &mut self,
        header: &Header,
        layout: Layout,
        inner: Layout,
        end: usize,
        (is_item, tried): (bool, bool),
    ) -> Result<Step, Damaged> {
        if self.open.len() >= DEEPEST {
            return Err(Damaged("its sequences are nested too deeply"));
        }
        let has_length = header.length != UNDEFINED;
        let own_end = match has_length {
            true => Some(self.range(header, end)?.end),
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

    fn packed(&mut self, header: &Header, layout: Layout, end: usize) -> Result<Step, Damaged> {
        self.at = header.value;
        self.fragments = 0;
        loop {
            match self.header(layout, end) {
                Ok(fragment) if fragment.tag == ITEM => {
                    self.at = self.range(&fragment, end)?.end;
                    self.fragments += 1;
                }
                Ok(fragment) if fragment.tag == SEQUENCE_END => {
                    self.at = fragment.value;
                    break;
                }
                Ok(_) if self.lenient => {
                    self.wrong = Some(NO_FRAGMENT);
                    break;
                }
                Ok(_) => return Err(NO_FRAGMENT),
                Err(error) if self.lenient => {
                    self.wrong = Some(error);
                    self.at = end;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Step::Element(Element {
            tag: header.tag,
            vr: header.vr,
            layout,
            start: header.start,
            value: header.value..self.at,
            bulk: None,
        }))
    }

    fn header(&self, layout: Layout, end: usize) -> Result<Header, Damaged> {
        let longest = self.at.saturating_add(LONGEST_HEADER).min(end);
        let bytes = self.data.bytes(self.at..longest).unwrap_or_default();
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

/// Tag, VR and a long length.
const LONGEST_HEADER: usize = 12;
/// It ends too early, or its length is wrong.
pub(in crate::dicom) const CUT: Damaged = Damaged("an element ends behind what it is part of");
const NO_END: Damaged = Damaged("the end of a sequence is missing");
const NO_ITEM: Damaged = Damaged("a sequence holds something that is no item");
const NO_FRAGMENT: Damaged = Damaged("its pixel data is not made of fragments");

struct Header {
    tag: Tag,
    vr: Option<[u8; 2]>,
    length: u32,
    start: usize,
    value: usize,
}

impl Header {
    /// Where the value is, which must end at `end` at the latest.
    fn range(&self, end: usize) -> Result<Range<usize>, Damaged> {
        let length = usize::try_from(self.length).map_err(|_| CUT)?;
        match self.value.checked_add(length) {
            Some(own) if own <= end && self.length != UNDEFINED => Ok(self.value..own),
            _ => Err(CUT),
        }
    }
}
