//! Huffman codes of JPEG (T.81, annexes C and F).

use super::Damage;
use super::bits::Bits;

/// A table: for each length of a code its lowest code, how many there are, and where their values begin.
#[derive(Debug, Clone, Default)]
pub(super) struct Huffman {
    lengths: [Length; 16],
    values: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Length {
    first: u32,
    count: u32,
    start: usize,
}

impl Huffman {
    /// The table that this begins with, and what follows it.
    ///
    /// # Errors
    /// Where it is too short.
    pub(super) fn read(content: &[u8]) -> Result<(Huffman, &[u8]), Damage> {
        let (counts, rest) = content.split_at_checked(16).ok_or(Damage::Cut)?;
        let mut lengths = [Length::default(); 16];
        let (mut code, mut start) = (0u32, 0usize);
        for (length, count) in lengths.iter_mut().zip(counts) {
            let count = u32::from(*count);
            *length = Length {
                first: code,
                count,
                start,
            };
            code = (code + count) << 1;
            start += usize::try_from(count).unwrap_or_default();
        }
        let (values, rest) = rest.split_at_checked(start).ok_or(Damage::Cut)?;
        let values = values.to_vec();
        Ok((Huffman { lengths, values }, rest))
    }

    /// The next value.
    ///
    /// # Errors
    /// Where the data ends, or holds no such code.
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Result<u8, Damage> {
        let mut code = 0;
        for length in &self.lengths {
            code = code << 1 | bits.take(1)?;
            let number = code.wrapping_sub(length.first);
            if code >= length.first && number < length.count {
                let at = length.start + usize::try_from(number).unwrap_or_default();
                return self.values.get(at).copied().ok_or(Damage::Broken);
            }
        }
        Err(Damage::Broken)
    }
}

/// So many bits as the number that they stand for (T.81, F.2.2.1).
///
/// # Errors
/// Where there are fewer bits.
pub(super) fn extended(bits: &mut Bits<'_>, width: u32) -> Result<i32, Damage> {
    if width == 0 {
        return Ok(0);
    }
    let value = i32::try_from(bits.take(width)?).map_err(|_| Damage::Broken)?;
    let half = 1 << (width - 1);
    Ok(if value < half {
        value - 2 * half + 1
    } else {
        value
    })
}
