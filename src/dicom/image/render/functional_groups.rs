//! Values out of sequences: lookup tables, and what the functional groups say of a frame (PS3.3, C.7.6.16).

use std::collections::HashMap;

use crate::dicom::dataset::cursor::{Step, Steps};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::image::frame::Frame;
use crate::dicom::image::pixel_description::{decimals, words};

/// Values of one item that are kept, in bytes together: a table of 65,536 words, and what stands beside it.
const MOST_BYTES: usize = 1024 * 1024;
/// Steps through one item.
const MOST_STEPS: u32 = 200_000;
const UNDEFINED: u32 = u32::MAX;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const SHARED: Tag = Tag(0x5200, 0x9229);
const OF_EACH_FRAME: Tag = Tag(0x5200, 0x9230);

/// Values of an item, and of the first items inside it, by the sequence and the tag. The outermost values have no sequence.
#[derive(Default)]
pub(super) struct Nested {
    values: HashMap<(Option<Tag>, Tag), Value>,
}

/// A value as it is written.
pub(super) struct Value {
    bytes: Vec<u8>,
    vr: Option<[u8; 2]>,
    big_endian: bool,
}

impl Value {
    pub(super) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        text.trim_matches(['\0', ' ']).to_owned()
    }

    pub(super) fn decimals(&self) -> Vec<f64> {
        decimals(&self.bytes)
    }

    pub(super) fn words(&self) -> Vec<u16> {
        words(&self.bytes, self.big_endian)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is said to be signed; `None` where nothing is said.
    pub(super) fn is_signed(&self) -> Option<bool> {
        match &self.vr? {
            b"SS" => Some(true),
            b"US" => Some(false),
            _ => None,
        }
    }
}

impl Nested {
    /// The first item of a sequence of the top level.
    pub(super) fn first(frame: &Frame, sequence: Tag) -> Nested {
        Nested::of(frame, sequence, 0).unwrap_or_default()
    }

    /// What the functional groups say of this frame, and of all frames.
    pub(super) fn groups(frame: &Frame) -> [Nested; 2] {
        let number = usize::try_from(frame.number).unwrap_or(usize::MAX);
        let own = Nested::of(frame, OF_EACH_FRAME, number);
        [own.unwrap_or_default(), Nested::first(frame, SHARED)]
    }

    fn of(frame: &Frame, sequence: Tag, number: usize) -> Option<Nested> {
        let (bytes, passed) = frame.beside(sequence)?;
        let layout = passed.inside;
        Some(Nested::read(item(bytes, layout, number)?, layout))
    }

    /// As far as it can be read.
    fn read(item: &[u8], layout: Layout) -> Nested {
        let mut nested = Nested::default();
        let mut steps = Steps::new(item, layout);
        let mut open: Vec<Tag> = Vec::new();
        let mut room = MOST_BYTES;
        for _ in 0..MOST_STEPS {
            match steps.next() {
                Ok(Some(Step::Open(opened))) => open.push(opened.tag),
                Ok(Some(Step::Close(_))) => {
                    open.pop();
                }
                Ok(Some(Step::Element(element))) => {
                    let sequence = open.iter().rev().find(|tag| **tag != ITEM).copied();
                    let value = item.get(element.value).unwrap_or_default();
                    // Deeper ones are of no matter here.
                    let is_near = open.len() <= 2 && value.len() <= room;
                    if !is_near || nested.values.contains_key(&(sequence, element.tag)) {
                        continue;
                    }
                    room -= value.len();
                    let value = Value {
                        bytes: value.to_vec(),
                        vr: element.vr,
                        big_endian: element.layout.big_endian,
                    };
                    nested.values.insert((sequence, element.tag), value);
                }
                Ok(None) | Err(_) => break,
            }
        }
        nested
    }

    /// A value of the item itself.
    pub(super) fn own(&self, tag: Tag) -> Option<&Value> {
        self.values.get(&(None, tag))
    }

    /// A value of the first item of a sequence in it.
    pub(super) fn inside(&self, sequence: Tag, tag: Tag) -> Option<&Value> {
        self.values.get(&(Some(sequence), tag))
    }
}

/// The content of an item, counted from 0.
fn item(items: &[u8], layout: Layout, number: usize) -> Option<&[u8]> {
    let mut rest = items;
    for before in 0..=number {
        let (head, tail) = rest.split_first_chunk::<8>()?;
        let [g0, g1, e0, e1, l0, l1, l2, l3] = *head;
        if Tag(layout.u16([g0, g1]), layout.u16([e0, e1])) != ITEM {
            return None;
        }
        let length = layout.u32([l0, l1, l2, l3]);
        let (content, behind) = match length {
            UNDEFINED => {
                let end = end(rest, layout)?;
                let content = rest.get(8..end.start)?;
                (content, rest.get(end.end..)?)
            }
            length => tail.split_at_checked(usize::try_from(length).ok()?)?,
        };
        if before == number {
            return Some(content);
        }
        rest = behind;
    }
    None
}

/// The delimiter of the item that these begin with.
fn end(items: &[u8], layout: Layout) -> Option<std::ops::Range<usize>> {
    let mut steps = Steps::of_items(items, layout);
    loop {
        if let Step::Close(end) = steps.next().ok()??
            && steps.depth() <= 1
        {
            return Some(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPLICIT: Layout = Layout::EXPLICIT;

    fn element(tag: [u8; 4], vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap();
        [&tag[..], vr, &length.to_le_bytes(), value].concat()
    }

    fn closed(content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        [b"\xFE\xFF\0\xE0", &length.to_le_bytes()[..], content].concat()
    }

    fn open(content: &[u8]) -> Vec<u8> {
        let (head, end) = (
            b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF",
            b"\xFE\xFF\x0D\xE0\0\0\0\0",
        );
        [head, content, end].concat()
    }

    #[test]
    fn an_item_is_found_whether_or_not_its_length_is_written() {
        let contents =
            ["10", "20", "30"].map(|text| element([0x28, 0, 0x50, 0x10], b"DS", text.as_bytes()));
        let [one, two, three] = &contents;
        let items = [open(one), closed(two), open(three)].concat();
        for (number, content) in contents.iter().enumerate() {
            assert_eq!(item(&items, EXPLICIT, number), Some(content.as_slice()));
        }
        assert_eq!(item(&items, EXPLICIT, 3), None);
        assert_eq!(item(&items, EXPLICIT, usize::MAX), None);
    }

    #[test]
    fn values_are_found_by_their_sequence() {
        let window = element([0x28, 0, 0x50, 0x10], b"DS", b"40");
        let inner = open(&window);
        let length = u32::try_from(inner.len()).unwrap().to_le_bytes();
        let sequence = [b"\x28\0\x32\x91SQ\0\0", &length[..], &inner].concat();
        let nested = Nested::read(&sequence, EXPLICIT);
        let (voi, center) = (Tag(0x28, 0x9132), Tag(0x28, 0x1050));
        let found = nested.inside(voi, center).map(Value::decimals);
        assert_eq!(found, Some(vec![40.0]));
        assert!(nested.own(center).is_none());
    }

    #[test]
    fn a_million_items_cost_a_moment() {
        let items = closed(&[]).repeat(1_000_000);
        assert_eq!(item(&items, EXPLICIT, 999_999), Some(&[][..]));
        let nested = Nested::read(
            &[b"\x28\0\x32\x91SQ\0\0\0\x12\x7A\0", &items[..]].concat(),
            EXPLICIT,
        );
        assert!(nested.values.is_empty());
    }
}
