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
            let segments = attributes.words(0x1221 + colour);
            let entries = from_segments(&segments, length)?;
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

/// A table that is written in segments of 16 bits (PS3.3, C.7.9.2): values one by one, straight lines to a value, and
/// segments that come again.
fn from_segments(words: &[u16], length: usize) -> Option<Vec<u8>> {
    let mut values: Vec<u16> = Vec::new();
    let mut rest = words;
    while let [kind @ 0..=1, count, tail @ ..] = rest {
        rest = segment(*kind, usize::from(*count), tail, &mut values)?;
        if values.len() >= length {
            break;
        }
        if let [2, segments, low, high, tail @ ..] = rest {
            let at = usize::from(*low) | usize::from(*high) << 16;
            // Places are counted in bytes.
            let mut again = words.get(at / 2..)?;
            for _ in 0..*segments {
                let [kind @ 0..=1, count, inner @ ..] = again else {
                    return None;
                };
                again = segment(*kind, usize::from(*count), inner, &mut values)?;
                if values.len() > length {
                    break;
                }
            }
            rest = tail;
        }
    }
    let narrow = |value: u16| u8::try_from(value >> 8).unwrap_or(u8::MAX);
    (values.len() >= length).then(|| values.into_iter().take(length).map(narrow).collect())
}

/// One segment; what comes behind it.
fn segment<'a>(
    kind: u16,
    count: usize,
    words: &'a [u16],
    values: &mut Vec<u16>,
) -> Option<&'a [u16]> {
    if kind == 0 {
        let (own, rest) = words.split_at_checked(count)?;
        values.extend_from_slice(own);
        return Some(rest);
    }
    let (end, rest) = words.split_first()?;
    let (from, to) = (i64::from(*values.last()?), i64::from(*end));
    for step in 1..=i64::try_from(count).ok()? {
        let value = from + (to - from) * step / i64::try_from(count).ok()?.max(1);
        values.push(u16::try_from(value).ok()?);
    }
    Some(rest)
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
