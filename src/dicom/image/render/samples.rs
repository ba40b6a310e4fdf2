//! A frame's samples as numbers (PS3.5, 8.1.1), as compact as they are.

use crate::dicom::image::pixel_description::Samples;

/// Numbers of a frame, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    U8(Vec<u8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    F32(Vec<f32>),
}

impl Values {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Values::U8(values) => values.len(),
            Values::U16(values) => values.len() * 2,
            Values::I16(values) => values.len() * 2,
            Values::F32(values) => values.len() * 4,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Values::U8(values) => values.len(),
            Values::U16(values) => values.len(),
            Values::I16(values) => values.len(),
            Values::F32(values) => values.len(),
        }
    }

    /// Floating-point numbers of 32 or 64 bits.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "greys need no more digits than f32 has"
    )]
    pub(super) fn floating(samples: &Samples, data: &[u8]) -> Values {
        let of4 = |four: &[u8; 4]| match samples.big_endian {
            true => f32::from_be_bytes(*four),
            false => f32::from_le_bytes(*four),
        };
        let of8 = |eight: &[u8; 8]| match samples.big_endian {
            true => f64::from_be_bytes(*eight),
            false => f64::from_le_bytes(*eight),
        };
        Values::F32(match samples.allocated {
            64 => data
                .as_chunks()
                .0
                .iter()
                .map(|eight| of8(eight) as f32)
                .collect(),
            _ => data.as_chunks().0.iter().map(of4).collect(),
        })
    }

    /// The samples, each as the number that it is: what stands beside the stored bits, overlays for one, is masked away.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "masked to as many bits as there are; greys need no more digits than f32 has"
    )]
    pub(super) fn of(samples: &Samples, data: &[u8]) -> Values {
        let shift = samples.high + 1 - samples.stored;
        let mask = u32::MAX >> (32 - u32::from(samples.stored).clamp(1, 32));
        let sign = 1u32 << (samples.stored - 1).min(31);
        let number = |word: u32| (word >> shift) & mask;
        let signed = |word: u32| (number(word) ^ sign).wrapping_sub(sign).cast_signed();
        let word16 = |pair: &[u8; 2]| match samples.big_endian {
            true => u32::from(u16::from_be_bytes(*pair)),
            false => u32::from(u16::from_le_bytes(*pair)),
        };
        let word32 = |four: &[u8; 4]| match samples.big_endian {
            true => u32::from_be_bytes(*four),
            false => u32::from_le_bytes(*four),
        };
        let (pairs, fours) = (data.as_chunks().0.iter(), data.as_chunks().0.iter());
        let bytes = data.iter().map(|byte| u32::from(*byte));
        match (samples.allocated, samples.signed) {
            (1, _) => {
                let pixels = usize::try_from(samples.pixels()).unwrap_or(usize::MAX);
                Values::U8(bits(data).take(pixels).collect())
            }
            (8, false) => Values::U8(bytes.map(|byte| number(byte) as u8).collect()),
            (8, true) => Values::I16(bytes.map(|byte| signed(byte) as i16).collect()),
            (16, false) => Values::U16(pairs.map(|pair| number(word16(pair)) as u16).collect()),
            (16, true) => Values::I16(pairs.map(|pair| signed(word16(pair)) as i16).collect()),
            (_, false) => Values::F32(fours.map(|four| number(word32(four)) as f32).collect()),
            (_, true) => Values::F32(fours.map(|four| signed(word32(four)) as f32).collect()),
        }
    }

    /// What becomes of each value; values of few bits are asked for once each.
    pub(super) fn shaded(&self, shade: impl Fn(f64) -> u8) -> Vec<u8> {
        match self {
            Values::F32(values) => values.iter().map(|value| shade((*value).into())).collect(),
            values => values.by_table(&shade),
        }
    }

    /// The same, to numbers.
    pub(super) fn mapped(&self, number: impl Fn(f64) -> u16) -> Values {
        Values::U16(match self {
            Values::F32(values) => values.iter().map(|value| number((*value).into())).collect(),
            values => values.by_table(&number),
        })
    }

    /// Looks every value up in a table of as many as there may be between the lowest and the highest one.
    fn by_table<T: Copy + Default>(&self, of: &impl Fn(f64) -> T) -> Vec<T> {
        fn table<T, N>(values: &[N], of: &impl Fn(f64) -> T) -> Vec<T>
        where
            T: Copy + Default,
            N: Copy + Ord + Into<i32>,
        {
            let low = values.iter().min().map_or(0, |low| (*low).into());
            let high = values.iter().max().map_or(0, |high| (*high).into());
            let table: Vec<T> = (low..=high).map(|value| of(value.into())).collect();
            let at = |value: N| usize::try_from(value.into() - low).unwrap_or_default();
            let entry = |value: &N| table.get(at(*value)).copied().unwrap_or_default();
            values.iter().map(entry).collect()
        }
        match self {
            Values::U8(values) => table(values, of),
            Values::U16(values) => table(values, of),
            Values::I16(values) => table(values, of),
            Values::F32(_) => Vec::new(),
        }
    }

    /// The lowest and the highest number, those from the first to the last of `padding` left out where there are others.
    pub(super) fn range(&self, padding: Option<(f64, f64)>) -> (f64, f64) {
        match self {
            Values::U8(values) => ends(values, padding),
            Values::U16(values) => ends(values, padding),
            Values::I16(values) => ends(values, padding),
            Values::F32(values) => ends(values, padding),
        }
    }
}

fn ends<T: Copy + PartialOrd + Into<f64>>(values: &[T], padding: Option<(f64, f64)>) -> (f64, f64) {
    let is_number = |value: &&T| {
        let number: f64 = (**value).into();
        number.is_finite()
    };
    let is_image = |value: &&T| {
        let number: f64 = (**value).into();
        !padding.is_some_and(|(from, to)| (from..=to).contains(&number)) && is_number(value)
    };
    fn of<'a, T: Copy + PartialOrd + 'a>(
        mut values: impl Iterator<Item = &'a T>,
    ) -> Option<(T, T)> {
        let first = *values.next()?;
        Some(values.fold((first, first), |(low, high), value| {
            (
                if *value < low { *value } else { low },
                if *value > high { *value } else { high },
            )
        }))
    }
    let image = match padding {
        None => None,
        Some(_) => of(values.iter().filter(is_image)),
    };
    let all = image.or_else(|| of(values.iter().filter(is_number)));
    all.map_or((0.0, 0.0), |(low, high)| (low.into(), high.into()))
}

/// Single bits, the lowest first (PS3.5, 8.1.1).
pub(super) fn bits(data: &[u8]) -> impl Iterator<Item = u8> + '_ {
    data.iter()
        .flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1))
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
        let values = Values::of(&samples, &data);
        assert_eq!(values, Values::I16(vec![1, -1, -2048]));
        let unsigned = Samples {
            signed: false,
            big_endian: true,
            ..samples.clone()
        };
        let data = [0xF0, 0x01, 0x0F, 0xFF];
        let values = Values::of(&unsigned, &data);
        assert_eq!(values, Values::U16(vec![1, 4095]));
        let wide = Samples {
            allocated: 32,
            stored: 32,
            high: 31,
            ..samples
        };
        let values = Values::of(&wide, &(-70_000i32).to_le_bytes());
        assert_eq!(values, Values::F32(vec![-70_000.0]));
    }

    #[test]
    fn padding_and_what_is_no_number_are_left_out_of_the_range() {
        let values = Values::I16(vec![-2000, -2000, 5, 40]);
        assert_eq!(values.range(Some((-2000.0, -1900.0))), (5.0, 40.0));
        assert_eq!(values.range(None), (-2000.0, 40.0));
        let nothing_else = Values::U8(vec![7, 7]);
        assert_eq!(nothing_else.range(Some((7.0, 7.0))), (7.0, 7.0));
        let values = Values::F32(vec![f32::NAN, 1.5, f32::INFINITY, -2.0]);
        assert_eq!(values.range(None), (-2.0, 1.5));
        assert_eq!(Values::F32(vec![f32::NAN]).range(None), (0.0, 0.0));
    }

    #[test]
    fn a_table_gives_what_each_value_would_give() {
        let values = Values::I16(vec![-5, 300, 0]);
        let shades = values.shaded(|value| if value < 0.0 { 1 } else { 2 });
        assert_eq!(shades, [1, 2, 2]);
    }
}
