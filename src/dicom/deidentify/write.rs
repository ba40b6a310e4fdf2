//! The second step: the data set is written, byte for byte as it was but for what changes and the lengths around it.

use std::ops::Range;

use super::error::Error;
use super::replacement::{CHARACTER_SET, Replacement};
use super::steps::{Element, Opened, Step, Steps};
use super::survey::{Plan, Scopes, find};
use super::vr::{effective, is_text, keyword};
use crate::dicom::source::{Layout, Tag, is_long};
use crate::dicom::text::CharacterSet;

/// The one term that a rewritten data set has.
pub(super) const UNICODE: &[u8] = b"ISO_IR 192";

/// Appends the data set to `out`.
///
/// # Errors
/// A text that cannot be carried over to Unicode, or has no room there.
pub(super) fn write(
    out: Vec<u8>,
    data: &[u8],
    layout: Layout,
    replacements: &[Replacement],
    plan: &Plan,
) -> Result<Vec<u8>, Error> {
    let mut writer = Writer {
        data,
        layout,
        replacements,
        plan,
        out,
        scopes: Scopes::new(),
        levels: vec![Level::default()],
        missing: missing(replacements, plan),
    };
    let mut steps = Steps::new(data, layout);
    let mut end = 0;
    while let Some(step) = steps.next()? {
        writer.scopes.enter(&step, data)?;
        match step {
            Step::Element(element) => {
                writer.enter(element.tag, element.start)?;
                writer.element(&element)?;
                end = element.value.end;
            }
            Step::Open(opened) => {
                writer.enter(opened.tag, opened.header.start)?;
                writer.open(&opened);
                end = opened.header.end;
            }
            Step::Close(delimiter) => {
                writer.close(delimiter.clone())?;
                end = delimiter.end;
            }
        }
    }
    writer.insert_before(None, end)?;
    writer.end_group(end)?;
    Ok(writer.out)
}

/// What the top level gets, descending, so that the next one stands at the end.
fn missing(replacements: &[Replacement], plan: &Plan) -> Vec<Tag> {
    let mut missing: Vec<Tag> = replacements
        .iter()
        .map(Replacement::tag)
        .filter(|tag| plan.missing.contains(tag))
        .collect();
    if plan.to_unicode && !plan.names_character_set {
        missing.push(CHARACTER_SET);
    }
    missing.sort_by(|one, other| other.cmp(one));
    missing
}

struct Writer<'a> {
    data: &'a [u8],
    layout: Layout,
    replacements: &'a [Replacement],
    plan: &'a Plan,
    out: Vec<u8>,
    scopes: Scopes,
    levels: Vec<Level>,
    missing: Vec<Tag>,
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
}

impl Writer<'_> {
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
            if tag.is_some_and(|tag| next > tag) {
                break;
            }
            self.missing.pop();
            self.end_other_group(next, at)?;
            self.put_new(next, self.layout)?;
        }
        Ok(())
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
        if length != at.saturating_sub(group.start) {
            self.patch(group.written - 4, length, group.layout)?;
        }
        Ok(())
    }

    fn element(&mut self, element: &Element) -> Result<(), Error> {
        if element.tag == CHARACTER_SET && self.plan.to_unicode {
            return self.put_new(element.tag, element.layout);
        }
        if find(self.replacements, element.tag).is_some() {
            return self.put_new(element.tag, element.layout);
        }
        let value = self.data.get(element.value.clone()).unwrap_or_default();
        let is_plain = value.is_ascii() && !value.contains(&0x1B);
        if self.plan.to_unicode && !is_plain && is_text(effective(element.tag, element.vr)) {
            let text = self.scopes.current().decode_exactly(value);
            let text = text.ok_or_else(|| Error::undecodable(element.tag))?;
            return self.put(element.tag, element.vr, element.layout, text.as_bytes());
        }
        self.copy(element.whole());
        if element.tag.1 == 0 && value.len() == 4 {
            let group = Group {
                number: element.tag.0,
                layout: element.layout,
                start: element.value.end,
                written: self.out.len(),
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

    /// Writes a replaced attribute, or the character set of a rewritten data set.
    fn put_new(&mut self, tag: Tag, layout: Layout) -> Result<(), Error> {
        let Some(replacement) = find(self.replacements, tag) else {
            return self.put(tag, Some(*b"CS"), layout, UNICODE);
        };
        let set = match self.plan.to_unicode {
            true => CharacterSet::UNICODE,
            false => self.scopes.current(),
        };
        let value = match replacement.is_text() {
            true => set.encode(replacement.value()),
            false => Some(replacement.value().as_bytes().to_vec()),
        };
        let value = value.ok_or(Error::Damaged("a new value does not fit its character set"))?;
        self.put(tag, Some(replacement.vr()), layout, &value)
    }

    /// Writes a text element, padded to an even length.
    fn put(
        &mut self,
        tag: Tag,
        vr: Option<[u8; 2]>,
        layout: Layout,
        value: &[u8],
    ) -> Result<(), Error> {
        let length = value.len() + value.len() % 2;
        let too_long = || Error::TooLong(keyword(tag));
        self.u16(tag.0, layout);
        self.u16(tag.1, layout);
        match vr.filter(|_| layout.explicit) {
            Some(vr) if is_long(vr) => {
                self.out.extend_from_slice(&vr);
                self.out.extend_from_slice(&[0, 0]);
                self.u32(u32::try_from(length).map_err(|_| too_long())?, layout);
            }
            Some(vr) => {
                self.out.extend_from_slice(&vr);
                self.u16(u16::try_from(length).map_err(|_| too_long())?, layout);
            }
            None => self.u32(u32::try_from(length).map_err(|_| too_long())?, layout),
        }
        self.out.extend_from_slice(value);
        if length > value.len() {
            self.out.push(b' ');
        }
        Ok(())
    }

    fn u16(&mut self, value: u16, layout: Layout) {
        self.out.extend_from_slice(&match layout.big_endian {
            true => value.to_be_bytes(),
            false => value.to_le_bytes(),
        });
    }

    fn u32(&mut self, value: u32, layout: Layout) {
        self.out.extend_from_slice(&bytes_of(value, layout));
    }

    fn patch(&mut self, at: usize, length: usize, layout: Layout) -> Result<(), Error> {
        const TOO_LONG: Error = Error::Damaged("a sequence would become too long");
        let length = u32::try_from(length).map_err(|_| TOO_LONG)?;
        let place = self.out.get_mut(at..at + 4).ok_or(TOO_LONG)?;
        place.copy_from_slice(&bytes_of(length, layout));
        Ok(())
    }
}

fn bytes_of(value: u32, layout: Layout) -> [u8; 4] {
    match layout.big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    }
}
