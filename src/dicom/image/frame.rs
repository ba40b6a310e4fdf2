//! One frame out of a file: its pixels, unpacked, and what says how they are to be shown. Only the frame that is asked for
//! is read, from the file as it was when it was opened, and nothing is asked of a decoder that was not held against the
//! header first.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::decode::{Unpacked, unpack};
use super::pixel_description::{Attributes, MOST_BYTES, Samples};
use super::render::{NoImage, PreviewError};
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::walk::Passed;
use crate::dicom::media::{self, Opened};
use crate::dicom::scan::header::{self, Form, visit_in};

/// Sequences and overlays of one file, in bytes together.
const MOST_BESIDE: u64 = 64 * 1024 * 1024;
/// Pixels of one frame.
const MOST_PIXELS: u64 = 128 * 1024 * 1024;
const FLOAT: Tag = Tag(0x7FE0, 0x0008);
const DOUBLE: Tag = Tag(0x7FE0, 0x0009);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const EXTENDED_OFFSETS: Tag = Tag(0x7FE0, 0x0001);

/// A frame and all that is needed to show it.
pub(in crate::dicom) struct Frame {
    pub(in crate::dicom) attributes: Attributes,
    pub(in crate::dicom) samples: Samples,
    /// Whether samples are floating-point numbers.
    pub(in crate::dicom) is_float: bool,
    /// Whether the colours are RGB by now, whatever they are called: the decoders of JPEG and JPEG 2000 do that.
    pub(in crate::dicom) is_rgb: bool,
    pub(in crate::dicom) data: Vec<u8>,
    /// Counted from 0.
    pub(in crate::dicom) number: u32,
    /// How many frames are there.
    pub(in crate::dicom) frames: u32,
    /// Whether pixels are missing at its end, which are zeros here.
    pub(in crate::dicom) is_cut: bool,
    /// What was otherwise than it should be, a sentence each.
    pub(in crate::dicom) notes: Vec<&'static str>,
    /// Sequences and overlays.
    beside: HashMap<Tag, Vec<u8>>,
}

impl Frame {
    /// A sequence or an overlay, and how what is in it is written.
    pub(in crate::dicom) fn beside(&self, tag: Tag) -> Option<(&[u8], &Passed)> {
        Some((self.beside.get(&tag)?, self.attributes.part(tag)?))
    }
}

const COMMA: &str = "A number is written with a comma, which was read as a point.";
const FRAMES: &str = "The number of frames is missing: as many are shown as there are whole ones.";
const UNPAIRED: &str =
    "The colours are called YBR_FULL_422, and every pixel has its own: they were read so.";

/// How colours that two pixels share (PS3.3, C.7.6.3.1.2) stand in pixels that are not packed: what they are called is one
/// thing, and how long they are another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pairing {
    /// Not at all: each pixel has its own.
    None,
    /// A line begins with a pair: the last pixel of one of odd width has a partner that is not shown.
    Lines,
    /// Pairs run on from line to line.
    Running,
}

impl Pairing {
    /// By the length of all frames; `None` where colours are not said to be shared.
    fn of(samples: &Samples, length: u64, frames: u32) -> Option<Pairing> {
        let is_called = matches!(
            samples.interpretation.as_str(),
            "YBR_FULL_422" | "YBR_PARTIAL_422"
        );
        if !is_called || samples.count != 3 || samples.allocated != 8 {
            return None;
        }
        let fits = |pairing: &Pairing| {
            let bytes = pairing.bits(samples) / 8;
            bytes.saturating_mul(frames.into()) <= length
        };
        let all = [Pairing::None, Pairing::Lines];
        Some(all.into_iter().find(fits).unwrap_or(Pairing::Running))
    }

    /// Of one frame.
    fn bits(self, samples: &Samples) -> u64 {
        match self {
            Pairing::None => samples.pixels() * 24,
            Pairing::Lines => u64::from(samples.rows) * u64::from(samples.columns).div_ceil(2) * 32,
            Pairing::Running => samples.pixels() * 16,
        }
    }

    /// Each pixel with its own colours, and how that is called.
    fn unpaired(self, samples: &mut Samples, data: Vec<u8>) -> Vec<u8> {
        samples.interpretation = match samples.interpretation.as_str() {
            "YBR_FULL_422" => "YBR_FULL".to_owned(),
            // The same luma and colours, which nobody takes for pairs.
            _ => "YBR_PARTIAL_420".to_owned(),
        };
        let columns = usize::from(samples.columns);
        let (of_line, own) = match self {
            Pairing::None => return data,
            Pairing::Lines => (columns.div_ceil(2) * 4, columns * 3),
            Pairing::Running => (data.len().max(1), usize::MAX),
        };
        samples.planes = false;
        let mut all = Vec::with_capacity(data.len() / 2 * 3);
        for line in data.chunks(of_line) {
            let pairs = line.as_chunks::<4>().0.iter();
            let colours = pairs.flat_map(|[one, other, cb, cr]| [*one, *cb, *cr, *other, *cb, *cr]);
            all.extend(colours.take(own));
        }
        all
    }
}

/// A file that is open.
struct Content {
    file: Opened,
    form: Form,
}

/// Reads one frame, counted from 0. May panic on damaged data, as the decoders do.
///
/// # Errors
/// A sentence for a person.
pub(in crate::dicom) fn read(path: &Path, number: u32) -> Result<Frame, PreviewError> {
    let mut file = media::open(path).map_err(unreadable)?;
    let size = file.size();
    let mut attributes = Attributes::default();
    let reader = BufReader::new(&mut file);
    let form = visit_in(reader, size, &mut attributes).map_err(PreviewError::Refused)?;
    attributes.is_written(form);
    let mut opened = Content { file, form };
    if let Some(other) = NoImage::of(&attributes) {
        return Err(PreviewError::NoImage(other));
    }
    let mut frame = pixels(&mut opened, attributes, number)?;
    if frame.attributes.has_commas() {
        frame.notes.push(COMMA);
    }
    frame.beside = opened.beside(&frame.attributes)?;
    Ok(frame)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: io::Error) -> PreviewError {
    PreviewError::Refused(header::unreadable(&error))
}

fn pixels(
    opened: &mut Content,
    attributes: Attributes,
    number: u32,
) -> Result<Frame, PreviewError> {
    let float = attributes.part(FLOAT).map(|part| (part, 32));
    let float = float.or_else(|| attributes.part(DOUBLE).map(|part| (part, 64)));
    if let (true, Some((part, bits))) = (attributes.places().is_empty(), float) {
        let samples = Samples::floating(&attributes, bits)?;
        let place = part.place.clone();
        return native(opened, attributes, (samples, true), place, number);
    }
    let Some(place) = attributes.places().first().cloned() else {
        return Err(PreviewError::NoPixels);
    };
    let samples = Samples::of(&attributes)?;
    if samples.bits().div_ceil(8) > MOST_BYTES || samples.pixels() > MOST_PIXELS {
        return Err(PreviewError::TooLarge);
    }
    match attributes.is_packed() {
        true => packed(opened, attributes, &samples, number),
        false => native(opened, attributes, (samples, false), place, number),
    }
}

/// A frame that is not packed. Frames of single bits need not begin with a byte.
fn native(
    opened: &mut Content,
    attributes: Attributes,
    (samples, is_float): (Samples, bool),
    place: Range<u64>,
    number: u32,
) -> Result<Frame, PreviewError> {
    let length = place.end - place.start;
    let pairing = match is_float {
        true => None,
        false => Pairing::of(&samples, length, attributes.frames()),
    };
    let bits = pairing.map_or(samples.bits(), |pairing| pairing.bits(&samples));
    let bytes = bits.div_ceil(8);
    if bytes > MOST_BYTES || samples.pixels() > MOST_PIXELS {
        return Err(PreviewError::TooLarge);
    }
    let has = length.saturating_mul(8);
    // The last one may be there in part.
    let there = u32::try_from(has.div_ceil(bits.max(1))).unwrap_or(u32::MAX);
    let whole = u32::try_from(has / bits.max(1)).unwrap_or(u32::MAX);
    let mut notes = Vec::new();
    let many = whole > 1 && attributes.frames_are_missing() && has.is_multiple_of(bits.max(1));
    let frames = match many {
        true => {
            notes.push(FRAMES);
            whole
        }
        false => attributes.frames().min(there.max(1)),
    };
    if number >= frames {
        let has = frames;
        return Err(PreviewError::NoFrame { asked: number, has });
    }
    if there == 0 {
        let what = "there are fewer pixels than it says".to_owned();
        return Err(PreviewError::Undecodable(what));
    }
    let mut data = opened.bits(
        &place,
        bits.saturating_mul(u64::from(number)),
        bits,
        are_swapped(&attributes, &samples),
    )?;
    data.resize(usize::try_from(bytes).unwrap_or(0), 0);
    let mut samples = samples;
    if let Some(pairing) = pairing {
        data = pairing.unpaired(&mut samples, data);
        notes.extend((pairing == Pairing::None).then_some(UNPAIRED));
    }
    Ok(Frame {
        is_float,
        samples,
        notes,
        attributes,
        is_rgb: false,
        data,
        number,
        frames,
        is_cut: number >= whole,
        beside: HashMap::new(),
    })
}

/// Bytes written as big-endian words of two (PS3.5, 7.3): the first of each pair is the second one.
fn are_swapped(attributes: &Attributes, samples: &Samples) -> bool {
    let vr = attributes.part(PIXEL_DATA).and_then(|part| part.vr);
    let is_word = match attributes.is_big_endian() {
        true => vr == Some(*b"OW"),
        false => attributes.has_big_endian_pixels() && vr != Some(*b"OB"),
    };
    is_word && samples.allocated <= 8
}

/// Bits are moved to the beginning.
fn align(data: &mut [u8], shift: u64) {
    if shift == 0 {
        return;
    }
    let next: Vec<u8> = data.iter().copied().skip(1).chain([0]).collect();
    for (byte, next) in data.iter_mut().zip(next) {
        *byte = (*byte >> shift) | (next << (8 - shift));
    }
}

fn packed(
    opened: &mut Content,
    attributes: Attributes,
    samples: &Samples,
    number: u32,
) -> Result<Frame, PreviewError> {
    // Each frame has a fragment at least; the offset table is none.
    let fragments = attributes.places().len().saturating_sub(1);
    let fragments = u32::try_from(fragments).unwrap_or(u32::MAX);
    let mut notes = Vec::new();
    let frames = match opened.frames(&attributes)? {
        Some(frames) => {
            notes.push(FRAMES);
            frames
        }
        None => attributes.frames().min(fragments),
    };
    if frames == 0 {
        return Err(PreviewError::NoPixels);
    }
    if number >= frames {
        let has = frames;
        return Err(PreviewError::NoFrame { asked: number, has });
    }
    let places = opened.fragments(&attributes, number, frames)?;
    let stream = opened.ranges(&places, MOST_BYTES)?.concat();
    let syntax = attributes.transfer_syntax();
    let Unpacked {
        samples,
        is_rgb,
        is_cut,
        data,
    } = unpack(samples, &syntax, stream)?;
    Ok(Frame {
        attributes,
        samples,
        is_float: false,
        is_rgb,
        data,
        number,
        frames,
        is_cut,
        notes,
        beside: HashMap::new(),
    })
}

impl Content {
    /// So many bits of a place, from this one on, moved to the beginning; fewer where it ends before. `swapped`: see
    /// [`are_swapped`].
    fn bits(
        &mut self,
        place: &Range<u64>,
        start: u64,
        bits: u64,
        swapped: bool,
    ) -> Result<Vec<u8>, PreviewError> {
        let first = place.start + start / 8;
        let last = place.start + start.saturating_add(bits).div_ceil(8);
        // Pairs of bytes stay together.
        let (before, behind) = match swapped {
            true => ((first - place.start) % 2, (last - place.start) % 2),
            false => (0, 0),
        };
        let range = first - before..(last + behind).min(place.end);
        let mut data = self.ranges(&[range], MOST_BYTES)?.concat();
        if swapped {
            let pairs = data.as_chunks_mut().0.iter_mut();
            pairs.for_each(|pair: &mut [u8; 2]| pair.reverse());
        }
        data.drain(..usize::try_from(before).unwrap_or(0).min(data.len()));
        align(&mut data, start % 8);
        Ok(data)
    }

    /// Where the fragments of a frame are.
    fn fragments(
        &mut self,
        attributes: &Attributes,
        number: u32,
        frames: u32,
    ) -> Result<Vec<Range<u64>>, PreviewError> {
        let places = attributes.places();
        let [basic, fragments @ ..] = places else {
            return Err(PreviewError::NoPixels);
        };
        if fragments.len() as u64 == u64::from(frames) || frames == 1 {
            return places_of(places, number, frames, &Offsets::None);
        }
        let extended = attributes.part(EXTENDED_OFFSETS);
        let table = extended.map_or(basic.clone(), |part| part.place.clone());
        let table = self.ranges(&[table], MOST_BESIDE)?.concat();
        let offsets = match extended {
            Some(_) => Offsets::Extended(&table),
            None => Offsets::Basic(&table),
        };
        if !offsets.are_there(frames) {
            return self.by_beginnings(fragments, number);
        }
        places_of(places, number, frames, &offsets)
    }

    /// How many frames there are where nothing says it and there are several: as many as there are fragments that begin as a
    /// packed picture does.
    fn frames(&mut self, attributes: &Attributes) -> Result<Option<u32>, PreviewError> {
        let [_, fragments @ ..] = attributes.places() else {
            return Ok(None);
        };
        if !attributes.frames_are_missing() || fragments.len() < 2 {
            return Ok(None);
        }
        let count = self
            .beginnings(fragments)?
            .into_iter()
            .filter(|begins| *begins);
        Ok(u32::try_from(count.count()).ok().filter(|count| *count > 1))
    }

    /// Whether each of these fragments begins as a packed picture does.
    fn beginnings(&mut self, fragments: &[Range<u64>]) -> Result<Vec<bool>, PreviewError> {
        let first = |place: &Range<u64>| place.start..place.end.min(place.start + 4);
        let heads: Vec<Range<u64>> = fragments.iter().map(first).collect();
        let begins = |head: &Vec<u8>| {
            head.starts_with(&[0xFF, 0xD8, 0xFF]) || head.starts_with(&[0xFF, 0x4F, 0xFF, 0x51])
        };
        Ok(self
            .ranges(&heads, MOST_BESIDE)?
            .iter()
            .map(begins)
            .collect())
    }

    /// Without a table: a frame begins with a fragment that begins as a packed picture does.
    fn by_beginnings(
        &mut self,
        fragments: &[Range<u64>],
        number: u32,
    ) -> Result<Vec<Range<u64>>, PreviewError> {
        let mut seen = 0u32;
        let mut own = Vec::new();
        for (begins, place) in self.beginnings(fragments)?.into_iter().zip(fragments) {
            seen += u32::from(begins);
            if seen == number + 1 {
                own.push(place.clone());
            }
        }
        match own.is_empty() {
            true => Err(unknown_places()),
            false => Ok(own),
        }
    }

    /// Sequences and overlays, as far as there is room for them.
    fn beside(&mut self, attributes: &Attributes) -> Result<HashMap<Tag, Vec<u8>>, PreviewError> {
        let mut parts: Vec<&Passed> = attributes.parts().iter().collect();
        parts.retain(|part| part.tag.0 != PIXEL_DATA.0);
        parts.sort_by_key(|part| part.place.start);
        let mut room = MOST_BESIDE;
        parts.retain(
            |part| match room.checked_sub(part.place.end - part.place.start) {
                Some(left) => {
                    room = left;
                    true
                }
                None => false,
            },
        );
        let places: Vec<Range<u64>> = parts.iter().map(|part| part.place.clone()).collect();
        let read = self.ranges(&places, MOST_BESIDE)?;
        Ok(parts.iter().map(|part| part.tag).zip(read).collect())
    }

    /// Reads places of the file, in ascending order.
    fn ranges(&mut self, places: &[Range<u64>], most: u64) -> Result<Vec<Vec<u8>>, PreviewError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let total = places.iter().map(|place| place.end - place.start);
        if total.fold(0, u64::saturating_add) > most {
            return Err(PreviewError::TooLarge);
        }
        self.file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut reader = self.form.content(&mut self.file).map_err(unreadable)?;
        let mut position = 0;
        let mut read = Vec::new();
        for place in places {
            let gap = place.start.saturating_sub(position);
            reader.pass(gap).map_err(unreadable)?;
            let mut bytes = Vec::new();
            let length = place.end - place.start;
            let mut part = reader.by_ref().take(length);
            part.read_to_end(&mut bytes).map_err(unreadable)?;
            if bytes.len() as u64 != length {
                return Err(unreadable(io::ErrorKind::UnexpectedEof.into()));
            }
            position = place.end;
            read.push(bytes);
        }
        Ok(read)
    }
}

/// Where frames begin, in bytes behind the first fragment's item.
pub(in crate::dicom) enum Offsets<'a> {
    /// Nothing says it.
    None,
    /// PS3.5, A.4: numbers of four bytes.
    Basic(&'a [u8]),
    /// PS3.3, C.7.6.3.1.8: numbers of eight bytes.
    Extended(&'a [u8]),
}

impl Offsets<'_> {
    fn of(&self, frame: u32) -> Option<u64> {
        match self {
            Offsets::None => None,
            Offsets::Basic(table) => {
                let at = frame as usize * 4;
                let bytes = table.get(at..at + 4)?.try_into().ok()?;
                Some(u32::from_le_bytes(bytes).into())
            }
            Offsets::Extended(table) => {
                let at = frame as usize * 8;
                let bytes = table.get(at..at + 8)?.try_into().ok()?;
                Some(u64::from_le_bytes(bytes))
            }
        }
    }

    /// Whether it says of every frame where it begins, each behind the one before: a table of zeros is none.
    fn are_there(&self, frames: u32) -> bool {
        let mut before = None;
        (0..frames).all(|frame| {
            let here = self.of(frame);
            let is_behind = here.is_some() && here > before;
            before = here;
            is_behind
        })
    }
}

fn unknown_places() -> PreviewError {
    PreviewError::Undecodable("nothing says where its frames begin".to_owned())
}

/// Where the fragments of a packed frame are (PS3.5, A.4): one a frame, all for the only frame, or as the offsets say.
/// `places`: the offset table, and each fragment.
///
/// # Errors
/// Where nothing says where the frame begins.
pub(in crate::dicom) fn places_of(
    places: &[Range<u64>],
    frame: u32,
    frames: u32,
    offsets: &Offsets<'_>,
) -> Result<Vec<Range<u64>>, PreviewError> {
    let [_table, fragments @ ..] = places else {
        return Err(PreviewError::NoPixels);
    };
    if frames == 1 {
        return Ok(fragments.to_vec());
    }
    if fragments.len() as u64 == u64::from(frames) {
        let fragment = fragments.get(frame as usize).cloned();
        return fragment.map(|one| vec![one]).ok_or(PreviewError::NoPixels);
    }
    // Offsets count from the first fragment's item, which stands eight bytes before its content.
    let base = fragments.first().ok_or_else(unknown_places)?.start;
    let from = base.saturating_add(offsets.of(frame).ok_or_else(unknown_places)?);
    let to = offsets
        .of(frame + 1)
        .map_or(u64::MAX, |offset| base.saturating_add(offset));
    let within = |place: &&Range<u64>| (from..to).contains(&place.start);
    Ok(fragments.iter().filter(within).cloned().collect())
}
