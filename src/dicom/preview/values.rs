//! A frame's samples as numbers (PS3.5, 8.1.1), as compact as they are.

use crate::dicom::frame::Samples;

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

    /// The samples, each as the number that it is: what stands beside the stored bits, overlays for one, is masked away.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
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
        match (samples.allocated, samples.signed) {
            (1, _) => Values::U8(bits(data).collect()),
            (8, false) => Values::U8(
                data.iter()
                    .map(|byte| number(u32::from(*byte)) as u8)
                    .collect(),
            ),
            (8, true) => Values::I16(
                data.iter()
                    .map(|byte| signed(u32::from(*byte)) as i16)
                    .collect(),
            ),
            (16, false) => Values::U16(pairs.map(|pair| number(word16(pair)) as u16).collect()),
            (16, true) => Values::I16(pairs.map(|pair| signed(word16(pair)) as i16).collect()),
            (_, false) => Values::F32(fours.map(|four| number(word32(four)) as f32).collect()),
            (_, true) => Values::F32(fours.map(|four| signed(word32(four)) as f32).collect()),
        }
    }
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
}
