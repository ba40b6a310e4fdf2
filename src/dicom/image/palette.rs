//! Samples as numbers, and palettes.

use super::pixel_description::{Attributes, Samples};

/// The samples in the order of the file, each as the number that it is (PS3.5, 8.1.1): what stands beside the stored bits,
/// overlays for one, is masked away.
pub(in crate::dicom) fn numbers<'a>(
    samples: &'a Samples,
    data: &'a [u8],
) -> Box<dyn Iterator<Item = i64> + 'a> {
    if samples.allocated == 1 {
        let bits = data
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| i64::from((byte >> bit) & 1)));
        return Box::new(bits);
    }
    let width = usize::from(samples.allocated / 8);
    let shift = samples.high + 1 - samples.stored;
    let mask = (1i64 << samples.stored) - 1;
    let sign = 1i64 << (samples.stored - 1);
    Box::new(data.chunks_exact(width).map(move |bytes| {
        let join = |number: i64, byte: &u8| (number << 8) | i64::from(*byte);
        let number = if samples.big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        };
        let number = (number >> shift) & mask;
        if samples.signed {
            (number ^ sign) - sign
        } else {
            number
        }
    }))
}

/// Red, green and blue of a palette.
pub(in crate::dicom) fn palette_tables(
    attributes: &Attributes,
    signed: bool,
) -> Option<[Table; 3]> {
    let table = |number: u16| Table::read(attributes, signed, number);
    Some([table(0)?, table(1)?, table(2)?])
}

/// One colour of a palette.
pub(in crate::dicom) struct Table {
    first: i64,
    entries: Vec<u8>,
}

impl Table {
    fn read(attributes: &Attributes, signed: bool, colour: u16) -> Option<Table> {
        let [length, first, bits] = *attributes.words(0x1101 + colour).as_slice() else {
            return None;
        };
        // 65,536 does not fit and is written as 0.
        let length = if length == 0 { 65_536 } else { length.into() };
        let first = if signed {
            i64::from(first.cast_signed())
        } else {
            first.into()
        };
        let Some(bytes) = attributes.bytes(0x1201 + colour) else {
            let entries = from_segments(attributes, 0x1221 + colour, (bits, length))?;
            return Some(Table { first, entries });
        };
        let entries = if bits > 8 || bytes.len() >= 2 * length {
            let words = attributes.words(0x1201 + colour);
            // Tables that announce 16 bits and hold 8 are known: none of them is above 255.
            let shift = if words.iter().any(|word| *word > 255) {
                8
            } else {
                0
            };
            let narrow = |word: u16| u8::try_from(word >> shift).unwrap_or(u8::MAX);
            words.into_iter().map(narrow).collect()
        } else {
            bytes.to_vec()
        };
        Some(Table { first, entries })
    }

    /// The first value that the table is for.
    pub(in crate::dicom) fn first(&self) -> i64 {
        self.first
    }

    /// The last one.
    pub(in crate::dicom) fn last(&self) -> i64 {
        let length = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        self.first.saturating_add(length - 1)
    }

    /// Values before the table's first one have its first entry, those behind its end the last.
    pub(in crate::dicom) fn at(&self, value: i64) -> u8 {
        let at = usize::try_from(value - self.first).unwrap_or(0);
        let entry = self.entries.get(at).or(self.entries.last());
        entry.copied().unwrap_or_default()
    }
}

/// A table that is written in segments (PS3.3, C.7.9.2), whose parts are numbers of 8 or 16 bits, as its entries are.
fn from_segments(
    attributes: &Attributes,
    element: u16,
    (bits, length): (u16, usize),
) -> Option<Vec<u8>> {
    let bytes = attributes.bytes(element)?;
    let narrow: Vec<u16> = bytes.iter().map(|byte| u16::from(*byte)).collect();
    let of_bytes = || Segments::new(&narrow, 1, length).all();
    let words = attributes.words(element);
    let high = |value: u16| value.to_be_bytes()[0];
    let of_words = || {
        let values = Segments::new(&words, 2, length).all()?;
        Some(values.into_iter().map(high).collect())
    };
    if bits > 8 {
        return of_words();
    }
    let values = of_bytes().map(|values| {
        let low = |value: u16| value.to_be_bytes()[1];
        values.into_iter().map(low).collect()
    });
    values.or_else(of_words)
}

/// Segments of a table, and the entries that they make.
struct Segments<'a> {
    parts: &'a [u16],
    /// Bytes that a part takes.
    width: usize,
    /// Entries of the table, at most.
    length: usize,
    values: Vec<u16>,
}

impl<'a> Segments<'a> {
    fn new(parts: &'a [u16], width: usize, length: usize) -> Self {
        Segments {
            parts,
            width,
            length,
            values: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.values.len() >= self.length
    }

    /// The entries of the whole table; `None` where there are fewer.
    fn all(mut self) -> Option<Vec<u16>> {
        let mut rest = self.parts;
        while !self.is_full() && !rest.is_empty() {
            rest = match *rest {
                [2, count, ..] => self.again(usize::from(count), rest)?,
                _ => self.segment(rest)?,
            };
        }
        let is_full = self.is_full();
        self.values.truncate(self.length);
        is_full.then_some(self.values)
    }

    /// Values one by one, or a straight line to a value; what comes behind it.
    fn segment(&mut self, parts: &'a [u16]) -> Option<&'a [u16]> {
        let [kind, count, parts @ ..] = parts else {
            return None;
        };
        let count = usize::from(*count);
        if *kind == 0 {
            let (own, rest) = parts.split_at_checked(count)?;
            self.values.extend_from_slice(own);
            return Some(rest);
        }
        let (end, rest) = parts.split_first().filter(|_| *kind == 1)?;
        let (from, to) = (i64::from(*self.values.last()?), i64::from(*end));
        let steps = i64::try_from(count).ok()?;
        for step in 1..=steps {
            let value = from + (to - from) * step / steps.max(1);
            self.values.push(u16::try_from(value).ok()?);
        }
        Some(rest)
    }

    /// Segments that come again, from a place that is counted in bytes; what comes behind this one.
    fn again(&mut self, count: usize, parts: &'a [u16]) -> Option<&'a [u16]> {
        let places = 4 / self.width;
        let place = parts.get(2..2 + places)?.iter().rev();
        let bits = 8 * self.width;
        let at = place.fold(0usize, |at, part| at << bits | usize::from(*part));
        let mut rest = self.parts.get(at / self.width..)?;
        for _ in 0..count {
            rest = self.segment(rest)?;
            if self.is_full() {
                break;
            }
        }
        parts.get(2 + places..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_out_of_their_words_with_their_sign() {
        let samples = Samples {
            rows: 1,
            columns: 3,
            count: 1,
            allocated: 16,
            stored: 12,
            high: 11,
            signed: true,
            big_endian: false,
            planes: false,
            interpretation: "MONOCHROME2".to_owned(),
        };
        let data = [0x01, 0xF0, 0xFF, 0x0F, 0x00, 0x08];
        assert_eq!(numbers(&samples, &data).collect::<Vec<_>>(), [1, -1, -2048]);
        let unsigned = Samples {
            signed: false,
            big_endian: true,
            ..samples
        };
        let data = [0xF0, 0x01, 0x0F, 0xFF];
        assert_eq!(numbers(&unsigned, &data).collect::<Vec<_>>(), [1, 4095]);
    }
}
