//! RLE Lossless (PS3.5, annex G): each byte of each sample in a segment of its own, the highest first.

use super::Damage;

/// Unpacks a frame of `pixels` with `count` samples of `width` bytes each, pixel by pixel, low byte first.
///
/// # Errors
/// Where it holds something else.
pub(in crate::dicom) fn unpack(
    stream: &[u8],
    pixels: usize,
    count: usize,
    width: usize,
) -> Result<Vec<u8>, Damage> {
    let word = |at: usize| {
        let bytes = stream.get(at * 4..at * 4 + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let segments = word(0).ok_or(Damage::Cut)?;
    if segments != count * width || segments > 15 {
        return Err(Damage::Broken);
    }
    let mut unpacked = vec![0; pixels.checked_mul(segments).ok_or(Damage::TooLarge)?];
    for number in 0..segments {
        let start = word(number + 1).ok_or(Damage::Cut)?;
        let end = match number + 1 < segments {
            true => word(number + 2).ok_or(Damage::Cut)?,
            false => stream.len(),
        };
        let segment = stream
            .get(start..end.min(stream.len()))
            .ok_or(Damage::Cut)?;
        let (sample, byte) = (number / width, width - 1 - number % width);
        let mut places = unpacked
            .iter_mut()
            .skip(sample * width + byte)
            .step_by(segments);
        let mut left = pixels;
        runs(segment, |bytes| {
            let wanted = bytes.take(left);
            left -= wanted.clone().len();
            for (value, place) in wanted.zip(&mut places) {
                *place = value;
            }
            left > 0
        });
        if left > 0 {
            return Err(Damage::Cut);
        }
    }
    Ok(unpacked)
}

/// Bytes as they are, or one again and again.
#[derive(Clone)]
enum Run<'a> {
    Own(std::slice::Iter<'a, u8>),
    Same(std::iter::RepeatN<u8>),
}

impl Iterator for Run<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        match self {
            Run::Own(bytes) => bytes.next().copied(),
            Run::Same(bytes) => bytes.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Run::Own(bytes) => bytes.size_hint(),
            Run::Same(bytes) => bytes.size_hint(),
        }
    }
}

impl ExactSizeIterator for Run<'_> {}

/// The runs of a segment (PS3.5, G.3.2), while `goes_on`.
fn runs(segment: &[u8], mut goes_on: impl FnMut(Run<'_>) -> bool) {
    let mut rest = segment;
    while let Some((head, tail)) = rest.split_first() {
        let run = match head {
            0..=127 => {
                let (own, tail) = tail.split_at(tail.len().min(usize::from(*head) + 1));
                rest = tail;
                Run::Own(own.iter())
            }
            128 => {
                rest = tail;
                continue;
            }
            129..=255 => {
                let Some((value, tail)) = tail.split_first() else {
                    return;
                };
                rest = tail;
                Run::Same(std::iter::repeat_n(*value, 257 - usize::from(*head)))
            }
        };
        if !goes_on(run) {
            return;
        }
    }
}
