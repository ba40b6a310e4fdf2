//! Pixel data that is not packed (PS3.5, 8.1.1).

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::{Bits, Error, Piece, Tidied, Why};
use crate::dicom::deidentify::replace::LARGEST;
use crate::dicom::image::pixel_description::Attributes;

/// Read at once, in bytes; a multiple of every sample.
const CHUNK: usize = 256 * 1024;
/// Without a number of frames, what is as long as further frames of so many bytes is taken for frames.
const LARGE_FRAME: u64 = 4096;

/// Pixel data at this place without bytes behind its frames and bits beside its values; `None` where it has none.
///
/// # Errors
/// A source that cannot be read.
pub(super) fn tidy(
    source: &mut (impl Read + Seek),
    attributes: &Attributes,
    place: &Range<u64>,
) -> Result<Option<Tidied>, Error> {
    let length = place.end.saturating_sub(place.start);
    let frames = frames_end(attributes, length).unwrap_or(length);
    let mut done = Vec::new();
    let kept = place.start..place.start.saturating_add(frames);
    let has_more = frames.saturating_add(frames % 2) < length;
    let is_padded = has_more && frames % 2 == 1;
    if has_more {
        done.push(Why::BehindFrames(length - frames));
    }
    let dirty = match Bits::of(attributes) {
        Some(bits) if !is_clean(source, attributes, bits, &kept)? => Some(bits),
        _ => None,
    };
    let mut parts = match dirty {
        Some(bits) => {
            done.push(Why::UnusedBits);
            vec![Piece::Bytes(masked(source, attributes, bits, &kept)?)]
        }
        None if has_more => vec![Piece::Source(kept.clone())],
        None => return Ok(None),
    };
    match has_more {
        true if is_padded => parts.push(Piece::Bytes(vec![0])),
        true => {}
        false => parts.push(Piece::Source(kept.end..place.end)),
    }
    Ok(Some(Tidied {
        parts,
        done,
        frames: Vec::new(),
    }))
}

/// Where the last frame ends, in bytes of `length`; `None` where the header does not tell, or there are fewer.
fn frames_end(attributes: &Attributes, length: u64) -> Option<u64> {
    let word = |element| attributes.words(element).first().copied().map(u64::from);
    let (rows, columns, allocated) = (word(0x10)?, word(0x11)?, word(0x100)?);
    // Samples of other widths are none that anybody writes: the header is wrong, and not the length.
    if !(matches!(allocated, 1 | 12) || (allocated.is_multiple_of(8) && allocated > 0)) {
        return None;
    }
    let samples = word(0x02).unwrap_or(1);
    let pixels = rows.checked_mul(columns)?;
    let told = attributes.text(0x08);
    if !told.is_empty() && told.parse::<u32>().is_err() {
        return None;
    }
    let frames = u64::from(attributes.frames());
    let bits = |count: u64| pixels.checked_mul(count)?.checked_mul(allocated);
    let end = |count: u64| Some(bits(count)?.checked_mul(frames)?.div_ceil(8));
    let is_shared = matches!(
        attributes.text(0x04).as_str(),
        "YBR_FULL_422" | "YBR_PARTIAL_422"
    );
    let whole = end(samples)?;
    // Some say 4:2:2 and hold every pixel's colours: the length tells.
    let is_whole = length == whole || length == whole.saturating_add(whole % 2);
    let count = if is_shared && samples == 3 && !is_whole {
        2
    } else {
        samples
    };
    let (one, end) = (bits(count)?.div_ceil(8), end(count)?);
    if end == 0 || end > length {
        return None;
    }
    let is_told = attributes.bytes(0x08).is_some();
    let more = length - end;
    let may_be_frames = !is_told && one >= LARGE_FRAME && more >= one && more % one <= 1;
    (!may_be_frames).then_some(end)
}

fn samples_of(chunk: &[u8], bits: Bits, big_endian: bool) -> impl Iterator<Item = u32> + '_ {
    let width = usize::from(bits.allocated / 8);
    chunk.chunks(width).map(move |bytes| {
        let join = |value: u32, byte: &u8| (value << 8) | u32::from(*byte);
        match big_endian {
            true => bytes.iter().fold(0, join),
            false => bytes.iter().rev().fold(0, join),
        }
    })
}

/// Whether no sample has something beside its value; one that is the padding value may.
fn is_clean(
    source: &mut (impl Read + Seek),
    attributes: &Attributes,
    bits: Bits,
    place: &Range<u64>,
) -> Result<bool, Error> {
    let big_endian = attributes.is_big_endian();
    let padding = attributes.words(0x120).first().copied().map(u32::from);
    let mut is_clean = true;
    each(source, place, |chunk| {
        let width = usize::from(bits.allocated / 8);
        if !nothing_beside(chunk, bits, big_endian, width) {
            let mut samples = samples_of(chunk, bits, big_endian);
            is_clean =
                samples.all(|sample| bits.hold_the_value_alone(sample) || padding == Some(sample));
        }
        is_clean
    })?;
    Ok(is_clean)
}

/// The quick look: whether all other bits of all samples are zero.
fn nothing_beside(chunk: &[u8], bits: Bits, big_endian: bool, width: usize) -> bool {
    let mask = !bits.mask();
    let bytes = match big_endian {
        true => mask.to_be_bytes(),
        false => mask.to_le_bytes(),
    };
    let own = match big_endian {
        true => bytes.get(4 - width..),
        false => bytes.get(..width),
    };
    let mut pattern = [0u8; 8];
    for (place, byte) in pattern
        .iter_mut()
        .zip(own.unwrap_or_default().iter().cycle())
    {
        *place = *byte;
    }
    let pattern = u64::from_ne_bytes(pattern);
    let (eights, rest) = chunk.as_chunks::<8>();
    let all = eights
        .iter()
        .fold(0, |all, eight| all | u64::from_ne_bytes(*eight));
    let tail = rest
        .iter()
        .zip(pattern.to_ne_bytes())
        .any(|(byte, other)| byte & other != 0);
    all & pattern == 0 && !tail
}

/// The samples with nothing but their values.
fn masked(
    source: &mut (impl Read + Seek),
    attributes: &Attributes,
    bits: Bits,
    place: &Range<u64>,
) -> Result<Vec<u8>, Error> {
    if place.end.saturating_sub(place.start) > LARGEST {
        return Err(Error::TooLarge);
    }
    let big_endian = attributes.is_big_endian();
    let width = usize::from(bits.allocated / 8);
    let mut all = Vec::new();
    each(source, place, |chunk| {
        for sample in samples_of(chunk, bits, big_endian) {
            let sample = sample & bits.mask();
            let [b0, b1, b2, b3] = sample.to_le_bytes();
            let mut bytes = [b0, b1, b2, b3];
            let own = bytes.get_mut(..width).unwrap_or_default();
            if big_endian {
                own.reverse();
            }
            all.extend_from_slice(own);
        }
        true
    })?;
    let length = usize::try_from(place.end - place.start).unwrap_or_default();
    all.truncate(length);
    Ok(all)
}

/// Hands on what is at a place, part by part, as long as it is wanted.
fn each(
    source: &mut (impl Read + Seek),
    place: &Range<u64>,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Result<(), Error> {
    source
        .seek(SeekFrom::Start(place.start))
        .map_err(|error| Error::reading(&error))?;
    let mut left = place.end.saturating_sub(place.start);
    let mut buffer = vec![0; CHUNK];
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let chunk = buffer.get_mut(..now).unwrap_or_default();
        source
            .read_exact(chunk)
            .map_err(|error| Error::reading(&error))?;
        if !take(chunk) {
            return Ok(());
        }
        left -= now as u64;
    }
    Ok(())
}
