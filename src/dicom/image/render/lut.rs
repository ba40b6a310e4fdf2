//! Lookup tables for greys (PS3.3, C.11.1 and C.11.2).

use super::functional_groups::Nested;
use crate::dicom::dataset::element::Tag;

const DESCRIPTOR: Tag = Tag(0x0028, 0x3002);
const EXPLANATION: Tag = Tag(0x0028, 0x3003);
const DATA: Tag = Tag(0x0028, 0x3006);

/// What becomes of each value from the first one on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lut {
    first: i32,
    entries: Vec<u16>,
    /// The bits that an entry has.
    bits: u16,
    /// What it is for.
    pub(super) name: String,
}

impl Lut {
    /// The table in an item; `None` where there is none, or one that makes no sense. `signed`: whether the values are for
    /// which it is, where the table does not say it itself.
    pub(super) fn read(item: &Nested, signed: bool) -> Option<Lut> {
        let descriptor = item.own(DESCRIPTOR)?;
        let [length, first, bits] = *descriptor.words().as_slice() else {
            return None;
        };
        let data = item.own(DATA)?;
        // 65,536 does not fit and is written as 0.
        let length = if length == 0 { 65_536 } else { length.into() };
        let mut entries = match data.bytes().len() >= 2 * length {
            true => data.words(),
            false => data.bytes().iter().map(|byte| u16::from(*byte)).collect(),
        };
        entries.truncate(length);
        if entries.is_empty() || !(1..=16).contains(&bits) {
            return None;
        }
        let first = match descriptor.is_signed().unwrap_or(signed) {
            true => first.cast_signed().into(),
            false => first.into(),
        };
        let name = item
            .own(EXPLANATION)
            .map(super::functional_groups::Value::text);
        Some(Lut {
            first,
            entries,
            bits,
            name: name.unwrap_or_default(),
        })
    }

    /// The same for values from the lowest to the highest of `range`: where it would lie beside all of them, and beside none
    /// if its first value had the other sign, it has that one.
    pub(super) fn read_for(item: &Nested, signed: bool, (low, high): (f64, f64)) -> Option<Lut> {
        let meets = |lut: &Lut| {
            let (first, last) = lut.ends();
            first <= high && low <= last
        };
        let lut = Lut::read(item, signed)?;
        if meets(&lut) {
            return Some(lut);
        }
        // Where the table says it itself, this is the same one.
        let other = Lut::read(item, !signed).filter(meets);
        Some(other.unwrap_or(lut))
    }

    /// The entry of a value; those before the first have the first, those behind the end the last.
    #[expect(clippy::cast_possible_truncation, reason = "stops at the ends")]
    pub(super) fn at(&self, value: f64) -> u16 {
        let at = i64::from(value.round() as i32) - i64::from(self.first);
        let at = usize::try_from(at).unwrap_or(0);
        let entry = self.entries.get(at).or(self.entries.last());
        entry.copied().unwrap_or_default()
    }

    /// The same as a share of the brightest.
    pub(super) fn share(&self, value: f64) -> f64 {
        let most = (1u32 << self.bits) - 1;
        (f64::from(self.at(value)) / f64::from(most)).min(1.0)
    }

    /// The values that it is for: the first and the last.
    pub(super) fn ends(&self) -> (f64, f64) {
        let length = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let first = f64::from(self.first);
        (first, first + f64::from(length.saturating_sub(1)))
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.len() * 2
    }
}
