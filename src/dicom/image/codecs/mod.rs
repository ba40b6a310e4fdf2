//! Decoders of what the library does not decode: JPEG-LS, JPEG of 12 bits, RLE of every depth.
//!
//! They believe no size that was not held against a bound first, and end with an error where their data ends.

pub(in crate::dicom) mod bits;
pub(in crate::dicom) mod huffman;
pub(in crate::dicom) mod jpeg12;
pub(in crate::dicom) mod jpeg_ls;
pub(in crate::dicom) mod rle;

#[cfg(test)]
mod tests;

use thiserror::Error;

/// Why a packed frame could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(in crate::dicom) enum Damage {
    /// It ends before all pixels are there.
    #[error("its packed data ends too early")]
    Cut,
    /// It is not what it should be.
    #[error("its packed data is damaged")]
    Broken,
    /// Larger than the bound.
    #[error("it says that it is larger than anything that can be shown")]
    TooLarge,
    /// A way of packing that nobody uses.
    #[error("{0}")]
    Unknown(&'static str),
}

/// An unpacked frame: its colours pixel by pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Unpacked {
    pub(in crate::dicom) columns: u16,
    pub(in crate::dicom) rows: u16,
    pub(in crate::dicom) components: u8,
    /// Bits a sample.
    pub(in crate::dicom) bits: u8,
    pub(in crate::dicom) samples: Vec<u16>,
}

impl Unpacked {
    /// A frame of zeros.
    ///
    /// # Errors
    /// Where it would have more than `most` samples, or none.
    fn zeros(
        columns: u16,
        rows: u16,
        components: u8,
        bits: u8,
        most: usize,
    ) -> Result<Unpacked, Damage> {
        let pixels = usize::from(columns) * usize::from(rows);
        let samples = pixels.saturating_mul(usize::from(components));
        match samples {
            0 => Err(Damage::Broken),
            samples if samples > most => Err(Damage::TooLarge),
            samples => Ok(Unpacked {
                columns,
                rows,
                components,
                bits,
                samples: vec![0; samples],
            }),
        }
    }
}

/// A marker segment of a JPEG stream: its marker and what it holds.
pub(in crate::dicom) struct Segment<'a> {
    pub(in crate::dicom) marker: u8,
    pub(in crate::dicom) content: &'a [u8],
    /// Where what follows it begins.
    pub(in crate::dicom) end: usize,
}

/// The marker segment that begins at `at` or behind it; markers without content are passed over.
///
/// # Errors
/// [`Damage::Cut`] where there is none any more.
pub(in crate::dicom) fn segment(stream: &[u8], mut at: usize) -> Result<Segment<'_>, Damage> {
    loop {
        let Some([0xFF, marker]) = stream.get(at..at + 2) else {
            match stream.get(at) {
                Some(_) => at += 1,
                None => return Err(Damage::Cut),
            }
            continue;
        };
        match marker {
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            0xFF => at += 1,
            0xD9 => return Err(Damage::Cut),
            marker => {
                let length = stream.get(at + 2..at + 4).ok_or(Damage::Cut)?;
                let length = length
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                let end = at + 2 + length;
                let content = stream.get(at + 4..end).ok_or(Damage::Cut)?;
                return Ok(Segment {
                    marker: *marker,
                    content,
                    end,
                });
            }
        }
    }
}
