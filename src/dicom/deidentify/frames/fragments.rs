//! Packed pixel data: its frames, fragment by fragment (PS3.5, A.4).

use std::io::{Read, Seek};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::jpeg::{self, Part};
use super::{Bits, Error, Piece, Tidied, Why, jpeg2000, read};
use crate::dicom::dataset::cursor::{Step, Steps};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::image::codestream::{Kind, Told};
use crate::dicom::image::decode::unpack;
use crate::dicom::image::pixel_description::{Attributes, MOST_BYTES, MOST_FRAGMENTS, Samples};

const RLE: &str = "1.2.840.10008.1.2.5";
const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];
const END: [u8; 8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
const OFFSETS: Tag = Tag(0x7FE0, 0x0001);
const LENGTHS: Tag = Tag(0x7FE0, 0x0002);

/// What a frame begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    Jpeg,
    Jpeg2000,
    Jpeg2000File,
    XlFile,
    Other,
}

impl Begins {
    fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xFF, 0xD8, ..] => Begins::Jpeg,
            [0xFF, 0x4F, 0xFF, 0x51, ..] => Begins::Jpeg2000,
            [0, 0, 0, 0x0C, b'j', b'P', ..] => Begins::Jpeg2000File,
            [0, 0, 0, 0x0C, b'J', b'X', b'L', ..] => Begins::XlFile,
            _ => Begins::Other,
        }
    }
}

/// Whether frames of this transfer syntax are streams with markers.
fn has_markers(syntax: &str) -> bool {
    let number = syntax.strip_prefix("1.2.840.10008.1.2.4.");
    let number = number.and_then(|number| number.parse::<u16>().ok());
    matches!(
        number,
        Some(50..=70 | 80 | 81 | 90..=93 | 110..=112 | 201..=203)
    )
}

/// The frames of packed pixel data: the fragments of each, in bytes from the source's beginning.
fn frames(
    source: &mut (impl Read + Seek),
    attributes: &Attributes,
) -> Result<Vec<Vec<Range<u64>>>, Error> {
    let fragments = attributes.places().get(1..).unwrap_or_default();
    if attributes.places().len() >= MOST_FRAGMENTS {
        return Err(Error::TooLarge);
    }
    let mut frames: Vec<Vec<Range<u64>>> = Vec::new();
    let is_one_each = fragments.len() as u64 == u64::from(attributes.frames());
    for fragment in fragments {
        let end = fragment.end.min(fragment.start.saturating_add(8));
        let begins = match is_one_each {
            true => true,
            false => Begins::of(&read(source, &(fragment.start..end))?) != Begins::Other,
        };
        match frames.last_mut() {
            Some(frame) if !begins => frame.push(fragment.clone()),
            _ => frames.push(vec![fragment.clone()]),
        }
    }
    Ok(frames)
}

fn stream(source: &mut (impl Read + Seek), frame: &[Range<u64>]) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    for fragment in frame {
        all.extend(read(source, fragment)?);
        if all.len() as u64 > MOST_BYTES {
            return Err(Error::TooLarge);
        }
    }
    Ok(all)
}

/// Pixel data without what its streams say in words; `None` where they say nothing.
///
/// # Errors
/// A stream that cannot be told, or cannot lose it.
pub(super) fn tidy(
    source: &mut (impl Read + Seek),
    attributes: &Attributes,
    hole: &Range<u64>,
) -> Result<Option<Tidied>, Error> {
    if !has_markers(&attributes.transfer_syntax()) {
        return Ok(None);
    }
    let frames = frames(source, attributes)?;
    let mut changed = Vec::with_capacity(frames.len());
    for frame in &frames {
        let stream = stream(source, frame)?;
        changed.push(parts_of(&stream)?.map(|parts| places(parts, frame)));
    }
    if changed.iter().all(Option::is_none) {
        return Ok(None);
    }
    let table = attributes.places().first().cloned().unwrap_or_default();
    let count = table.end.saturating_sub(table.start) / 4;
    Ok(Some(build(
        &frames,
        changed,
        count == frames.len() as u64,
        hole,
    )))
}

fn parts_of(stream: &[u8]) -> Result<Option<Vec<Part>>, Error> {
    const NO_STREAM: Error = Error::Damaged("a frame of its pixel data is no code stream");
    const PALETTE: Error = Error::Damaged("its JPEG 2000 frames are files that look colours up");
    match Begins::of(stream) {
        Begins::Jpeg => Ok(jpeg::parts(stream)),
        Begins::Jpeg2000 => Ok(jpeg2000::parts(stream, 0..stream.len())),
        Begins::Jpeg2000File => jpeg2000::parts_of_file(stream)
            .map(Some)
            .map_err(|_| PALETTE),
        Begins::XlFile => Ok(jpeg2000::parts_of_xl(stream)),
        Begins::Other if matches!(stream, [] | [0xFF, 0x0A, ..]) => Ok(None),
        Begins::Other => Err(NO_STREAM),
    }
}

/// Parts of a frame as places in the file.
fn places(parts: Vec<Part>, frame: &[Range<u64>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in parts {
        let range = match part {
            Part::New(bytes) => {
                pieces.push(Piece::Bytes(bytes));
                continue;
            }
            Part::Kept(range) => range.start as u64..range.end as u64,
        };
        let mut before = 0;
        for fragment in frame {
            let length = fragment.end - fragment.start;
            let start = range.start.max(before);
            let end = range.end.min(before + length);
            if start < end {
                let at = |place: u64| fragment.start + (place - before);
                pieces.push(Piece::Source(at(start)..at(end)));
            }
            before += length;
        }
    }
    pieces
}

/// The value anew: a frame that changed is one fragment.
fn build(
    frames: &[Vec<Range<u64>>],
    changed: Vec<Option<Vec<Piece>>>,
    with_table: bool,
    hole: &Range<u64>,
) -> Tidied {
    let mut parts = Vec::new();
    let mut begin = Vec::new();
    let mut at = 0u64;
    for (frame, new) in frames.iter().zip(changed) {
        let start = at;
        match new {
            Some(pieces) => {
                let length = super::length_of(&pieces);
                push(&mut parts, Piece::Bytes(header(length + length % 2)));
                pieces.into_iter().for_each(|piece| push(&mut parts, piece));
                if length % 2 == 1 {
                    push(&mut parts, Piece::Bytes(vec![0]));
                }
                at += 8 + length + length % 2;
            }
            None => {
                for fragment in frame {
                    push(&mut parts, Piece::Source(fragment.start - 8..fragment.end));
                    at += 8 + fragment.end - fragment.start;
                }
            }
        }
        begin.push((start, at - start - 8));
    }
    push(&mut parts, Piece::Bytes(END.to_vec()));
    let offsets = begin.iter().map(|(start, _)| u32::try_from(*start).ok());
    let offsets: Option<Vec<u32>> = offsets.collect();
    let table: Vec<u8> = offsets
        .filter(|_| with_table)
        .unwrap_or_default()
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect();
    let mut first = header(table.len() as u64);
    first.extend(table);
    let mut all = vec![Piece::Bytes(first)];
    parts.into_iter().for_each(|piece| push(&mut all, piece));
    debug_assert!(hole.start < hole.end);
    Tidied {
        parts: all,
        done: vec![Why::CodeStream],
        frames: begin,
    }
}

fn header(length: u64) -> Vec<u8> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    [ITEM, length.to_le_bytes()].concat()
}

/// Joins what stands beside each other.
fn push(parts: &mut Vec<Piece>, piece: Piece) {
    match (parts.last_mut(), piece) {
        (Some(Piece::Bytes(last)), Piece::Bytes(more)) => last.extend(more),
        (Some(Piece::Source(last)), Piece::Source(more)) if last.end == more.start => {
            last.end = more.end;
        }
        (_, piece) => parts.push(piece),
    }
}

/// Writes the Extended Offset Table anew, where the data set has one (PS3.3, C.7.6.3.1.8).
///
/// # Errors
/// A table of another length.
pub(super) fn write_offsets(
    data: &mut [u8],
    layout: Layout,
    frames: &[(u64, u64)],
) -> Result<(), Error> {
    let mut found = Vec::new();
    let copy: &[u8] = data;
    let mut steps = Steps::new(copy, layout);
    // Behind these comes the pixel data, whose value is not here.
    while let Ok(Some(step)) = steps.next() {
        if let Step::Element(element) = step
            && steps.depth() == 0
            && matches!(element.tag, OFFSETS | LENGTHS)
        {
            found.push((element.tag, element.value));
        }
    }
    for (tag, place) in found {
        let numbers = frames.iter().map(|(start, length)| match tag {
            OFFSETS => *start,
            _ => *length,
        });
        let bytes: Vec<u8> = numbers.flat_map(u64::to_le_bytes).collect();
        let value = data.get_mut(place).unwrap_or_default();
        if value.is_empty() {
            continue;
        }
        if value.len() != bytes.len() {
            return Err(Error::Damaged("its offset table is not that of its frames"));
        }
        value.copy_from_slice(&bytes);
    }
    Ok(())
}

/// Whether packed samples have something in bits beside the stored value: they are to be unpacked and cleaned of it.
///
/// # Errors
/// Where that cannot be told and an overlay is said to be there.
pub(super) fn have_other_bits(
    source: &mut (impl Read + Seek),
    attributes: &Attributes,
) -> Result<bool, Error> {
    const IN_BITS: Error = Error::Damaged(
        "an overlay is drawn in bits of its packed pixels, and cannot be taken out of them",
    );
    let Some(bits) = Bits::of(attributes) else {
        return Ok(false);
    };
    let frames = frames(source, attributes)?;
    let Some(first) = frames.first() else {
        return Ok(false);
    };
    let first = stream(source, first)?;
    let syntax = attributes.transfer_syntax();
    let is_said = has_overlay_in_bits(attributes, bits);
    let (depth, is_lossless) = match Told::by(&first) {
        Some(told) => match told.kind {
            Kind::LosslessJpeg | Kind::JpegLs => (told.bits, true),
            Kind::Jpeg2000 { reversible, .. } => (told.bits, reversible),
            Kind::Jpeg => (told.bits, false),
        },
        None if syntax == RLE => (bits.allocated, true),
        None => return if is_said { Err(IN_BITS) } else { Ok(false) },
    };
    if depth <= bits.stored && bits.high + 1 == bits.stored {
        return Ok(false);
    }
    let samples = Samples::of(attributes).ok();
    let Some(samples) = samples.filter(|_| is_lossless) else {
        return if is_said { Err(IN_BITS) } else { Ok(false) };
    };
    for frame in &frames {
        let stream = stream(source, frame)?;
        // The decoders are not ours, and may panic on damaged data.
        let unpacked = catch_unwind(AssertUnwindSafe(|| unpack(&samples, &syntax, stream).ok()));
        let Ok(Some(unpacked)) = unpacked else {
            return if is_said { Err(IN_BITS) } else { Ok(false) };
        };
        let width = usize::from(unpacked.samples.allocated / 8).max(1);
        let mut all = unpacked.data.chunks(width).map(|bytes| {
            let join = |value: u32, byte: &u8| (value << 8) | u32::from(*byte);
            bytes.iter().rev().fold(0, join)
        });
        if !all.all(|sample| bits.hold_the_value_alone(sample)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a group of overlays says that its bits are among those of the pixels (PS3.3, C.9.2).
fn has_overlay_in_bits(attributes: &Attributes, bits: Bits) -> bool {
    attributes.overlay_groups().into_iter().any(|group| {
        let word = |element| attributes.words_of(Tag(group, element)).first().copied();
        let position = word(0x0102).unwrap_or_default();
        position > bits.high || attributes.part(Tag(group, 0x3000)).is_none()
    })
}
