//! The second step: the data set is written, byte for byte as it was but for what changes and the lengths around it.

use std::ops::Range;

use super::error::Error;
use super::plan::{Added, At, Change, New, Plan, Value};
use super::scopes::Scopes;
use crate::dicom::dataset::cursor::{Element, Hole, Opened, Step, Steps};
use crate::dicom::dataset::element::{Layout, Tag, is_long};
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::vr::{effective, is_text, keyword};

/// The one term that a rewritten data set has.
pub(super) const UNICODE: &[u8] = b"ISO_IR 192";

/// A data set in memory, but for its holes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body<'a> {
    pub(super) data: &'a [u8],
    pub(super) layout: Layout,
    pub(super) holes: &'a [Hole],
}

impl<'a> Body<'a> {
    pub(super) fn steps(&self) -> Steps<'a> {
        Steps::with_holes(self.data, self.layout, self.holes)
    }
}

/// The data set as it becomes by the plan, with its holes where they are now.
///
/// # Errors
/// A text that cannot be carried over to Unicode, or has no room there.
pub(super) fn write(body: Body<'_>, plan: &Plan) -> Result<(Vec<u8>, Vec<Hole>), Error> {
    let mut writer = Writer {
        data: body.data,
        layout: body.layout,
        old_holes: body.holes,
        plan,
        out: Vec::with_capacity(body.data.len().saturating_add(1024)),
        holes: Vec::new(),
        scopes: Scopes::new(),
        levels: vec![Level::default()],
        changes: plan.changes.iter(),
        next: None,
        missing: plan.added.iter().rev().collect(),
    };
    writer.next = writer.changes.next();
    let mut steps = body.steps();
    let mut end = 0;
    while let Some(step) = steps.next()? {
        writer.scopes.enter(&step, body.data)?;
        match step {
            Step::Element(element) => {
                writer.enter(element.tag, element.start)?;
                writer.element(&element)?;
                end = element.value.end;
            }
            Step::Open(opened) => {
                writer.enter(opened.tag, opened.header.start)?;
                let change = writer.change_at(opened.header.start);
                end = match change {
                    None => {
                        writer.open(&opened);
                        opened.header.end
                    }
                    Some(change) => {
                        if matches!(change, Change::NoItems) {
                            let vr = Some(opened.vr.unwrap_or(*b"SQ"));
                            writer.put(opened.tag, vr, opened.layout, &[])?;
                        }
                        writer.skip(&mut steps)?
                    }
                };
            }
            Step::Close(delimiter) => {
                writer.close(delimiter.clone())?;
                end = delimiter.end;
            }
        }
    }
    writer.insert_before(None, end)?;
    writer.end_group(end)?;
    if writer.next.is_some() || writer.holes.len() > body.holes.len() {
        return Err(Error::Damaged("not all that was to change was found again"));
    }
    Ok((writer.out, writer.holes))
}

struct Writer<'a> {
    data: &'a [u8],
    layout: Layout,
    old_holes: &'a [Hole],
    plan: &'a Plan,
    out: Vec<u8>,
    holes: Vec<Hole>,
    scopes: Scopes,
    levels: Vec<Level>,
    changes: std::slice::Iter<'a, At>,
    next: Option<&'a At>,
    /// Descending, so that the next one stands at the end.
    missing: Vec<&'a Added>,
}

#[derive(Default)]
struct Level {
    /// Where the length of this sequence or item is to be written, once it is known.
    length: Option<(usize, Layout)>,
    group: Option<Group>,
}

/// A group whose length is written at its beginning (retired, and still found).
struct Group {
    number: u16,
    layout: Layout,
    /// Where its elements begin, in the data and in what is written; the length's value stands just before.
    start: usize,
    written: usize,
    /// What stands in the group's holes.
    held: u64,
}

impl<'a> Writer<'a> {
    /// Before an element of the data set that begins at `at`.
    fn enter(&mut self, tag: Tag, at: usize) -> Result<(), Error> {
        if self.levels.len() == 1 {
            self.insert_before(Some(tag), at)?;
        }
        self.end_other_group(tag, at)
    }

    /// Puts what the top level is missing in its place.
    fn insert_before(&mut self, tag: Option<Tag>, at: usize) -> Result<(), Error> {
        while let Some(next) = self.missing.last().copied() {
            if tag.is_some_and(|tag| next.tag > tag) {
                break;
            }
            self.missing.pop();
            self.end_other_group(next.tag, at)?;
            self.put_new(next.tag, self.layout, &next.new)?;
        }
        Ok(())
    }

    /// What becomes of what begins here, where it does not stay.
    fn change_at(&mut self, start: usize) -> Option<&'a Change> {
        let next = self.next.filter(|next| next.start == start)?;
        self.next = self.changes.next();
        Some(&next.change)
    }

    /// Over the sequence that has just begun; says where it ends.
    fn skip(&mut self, steps: &mut Steps<'a>) -> Result<usize, Error> {
        let depth = steps.depth();
        while let Some(step) = steps.next()? {
            if let Step::Close(delimiter) = &step
                && steps.depth() < depth
            {
                self.scopes.enter(&step, self.data)?;
                return Ok(delimiter.end);
            }
        }
        Err(Error::Damaged("a sequence has no end"))
    }

    fn end_other_group(&mut self, tag: Tag, at: usize) -> Result<(), Error> {
        let group = self.levels.last().and_then(|level| level.group.as_ref());
        match group {
            Some(group) if group.number != tag.0 => self.end_group(at),
            _ => Ok(()),
        }
    }

    /// Writes the length of the group that ends at `at`, if the group became another size.
    fn end_group(&mut self, at: usize) -> Result<(), Error> {
        let Some(group) = self.levels.last_mut().and_then(|level| level.group.take()) else {
            return Ok(());
        };
        let length = self.out.len() - group.written;
        if length != at.saturating_sub(group.start) || self.plan.all_groups {
            let held = usize::try_from(group.held).unwrap_or(usize::MAX);
            let length = length.saturating_add(held);
            self.patch(group.written - 4, length, group.layout)?;
        }
        Ok(())
    }

    fn element(&mut self, element: &Element) -> Result<(), Error> {
        match self.change_at(element.start) {
            Some(Change::Write(new)) => return self.put_new(element.tag, element.layout, new),
            Some(Change::Remove) => return Ok(()),
            Some(Change::NoItems) => {
                return Err(Error::Damaged("an element is no sequence after all"));
            }
            None => {}
        }
        let value = self.data.get(element.value.clone()).unwrap_or_default();
        let is_plain = self.scopes.current().is_plain(value);
        if self.plan.to_unicode && !is_plain && is_text(effective(element.tag, element.vr)) {
            let text = self.scopes.current().decode_exactly(value);
            let text = text.ok_or_else(|| Error::undecodable(element.tag))?;
            return self.put(element.tag, element.vr, element.layout, text.as_bytes());
        }
        self.copy(element.whole());
        if let Some(hole) = element.bulk.and_then(|number| self.old_holes.get(number)) {
            self.holes.push(Hole {
                at: self.out.len(),
                source: hole.source.clone(),
            });
            let group = self
                .levels
                .last_mut()
                .and_then(|level| level.group.as_mut());
            if let Some(group) = group {
                group.held += hole.source.end - hole.source.start;
            }
        }
        if element.tag.1 == 0 && value.len() == 4 {
            let group = Group {
                number: element.tag.0,
                layout: element.layout,
                start: element.value.end,
                written: self.out.len(),
                held: 0,
            };
            if let Some(level) = self.levels.last_mut() {
                level.group = Some(group);
            }
        }
        Ok(())
    }

    fn open(&mut self, opened: &Opened) {
        self.copy(opened.header.clone());
        let length = opened
            .has_length
            .then(|| (self.out.len() - 4, opened.layout));
        self.levels.push(Level {
            length,
            group: None,
        });
    }

    fn close(&mut self, delimiter: Range<usize>) -> Result<(), Error> {
        self.end_group(delimiter.start)?;
        if let Some((at, layout)) = self.levels.pop().and_then(|level| level.length) {
            self.patch(at, self.out.len() - at - 4, layout)?;
        }
        self.copy(delimiter);
        Ok(())
    }

    fn copy(&mut self, range: Range<usize>) {
        self.out
            .extend_from_slice(self.data.get(range).unwrap_or_default());
    }

    fn put_new(&mut self, tag: Tag, layout: Layout, new: &New) -> Result<(), Error> {
        let set = match self.plan.to_unicode {
            true => CharacterSet::UNICODE,
            false => self.scopes.current(),
        };
        let value = match &new.value {
            Value::Bytes(bytes) => bytes.clone(),
            Value::Text(text) if new.is_text() => set
                .encode(text)
                .ok_or(Error::Damaged("a new value does not fit its character set"))?,
            Value::Text(text) => text.as_bytes().to_vec(),
        };
        self.put(tag, new.vr, layout, &value)
    }

    /// Writes an element, padded to an even length.
    fn put(
        &mut self,
        tag: Tag,
        vr: Option<[u8; 2]>,
        layout: Layout,
        value: &[u8],
    ) -> Result<(), Error> {
        put(&mut self.out, tag, vr, layout, value).ok_or_else(|| Error::TooLong(keyword(tag)))
    }

    fn patch(&mut self, at: usize, length: usize, layout: Layout) -> Result<(), Error> {
        const TOO_LONG: Error = Error::Damaged("a sequence would become too long");
        let length = u32::try_from(length).map_err(|_| TOO_LONG)?;
        let place = self.out.get_mut(at..at + 4).ok_or(TOO_LONG)?;
        place.copy_from_slice(&bytes_of(length, layout));
        Ok(())
    }
}

/// Appends an element, padded to an even length; `None` where its length cannot be written.
pub(super) fn put(
    out: &mut Vec<u8>,
    tag: Tag,
    vr: Option<[u8; 2]>,
    layout: Layout,
    value: &[u8],
) -> Option<()> {
    let length = value.len() + value.len() % 2;
    for half in [tag.0, tag.1] {
        out.extend_from_slice(&short(half, layout));
    }
    match vr.filter(|_| layout.explicit) {
        Some(vr) if is_long(vr) => {
            out.extend_from_slice(&vr);
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&bytes_of(u32::try_from(length).ok()?, layout));
        }
        Some(vr) => {
            out.extend_from_slice(&vr);
            out.extend_from_slice(&short(u16::try_from(length).ok()?, layout));
        }
        None => out.extend_from_slice(&bytes_of(u32::try_from(length).ok()?, layout)),
    }
    out.extend_from_slice(value);
    if length > value.len() {
        out.push(match vr {
            Some([b'U', b'I'] | [b'O', _] | [b'U', b'N']) => 0,
            _ => b' ',
        });
    }
    Some(())
}

fn short(value: u16, layout: Layout) -> [u8; 2] {
    match layout.big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    }
}

fn bytes_of(value: u32, layout: Layout) -> [u8; 4] {
    match layout.big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    }
}
