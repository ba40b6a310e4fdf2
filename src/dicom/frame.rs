//! One frame of a file: what the header says of its pixels, and the pixels themselves, unpacked. Only the frame that is
//! asked for is read, and nothing is asked of a decoder that was not held against the header first.

use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use super::catalogue::SkipReason;
use super::header::{self, Form, plain_words};
use super::preview::PreviewError;
use super::source::{Layout, Tag};
use super::unpack::{becomes_rgb, unpack};
use super::walk::Visitor;

/// The most that one frame may take, packed or not, in bytes.
pub(super) const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Fragments that are kept track of.
const MOST_FRAGMENTS: usize = 1_000_000;

/// Group 0028 and where the pixels are, as a walk finds them.
#[derive(Default)]
pub(super) struct Attributes {
    values: HashMap<Tag, Vec<u8>>,
    big_endian: bool,
    places: Vec<Range<u64>>,
    packed: bool,
}

impl Visitor for Attributes {
    fn wants(&self, tag: Tag) -> bool {
        tag.0 == 0x0028
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        self.values.entry(tag).or_insert(value);
    }

    fn pixels(&mut self, place: Range<u64>, packed: bool) {
        self.packed = packed;
        if self.places.len() < MOST_FRAGMENTS {
            self.places.push(place);
        }
    }
}

impl Attributes {
    /// The value as it stands in the file.
    pub(super) fn bytes(&self, element: u16) -> Option<&[u8]> {
        let value = self.values.get(&Tag(0x0028, element))?;
        Some(value.as_slice())
    }

    /// US, or what stands in its place.
    pub(super) fn words(&self, element: u16) -> Vec<u16> {
        let layout = Layout {
            explicit: true,
            big_endian: self.big_endian,
        };
        let bytes = self.bytes(element).unwrap_or_default().chunks_exact(2);
        bytes
            .filter_map(|pair| Some(layout.u16(pair.try_into().ok()?)))
            .collect()
    }

    fn word(&self, element: u16) -> Option<u16> {
        self.words(element).first().copied()
    }

    /// The first value of a text.
    pub(super) fn text(&self, element: u16) -> String {
        let text = String::from_utf8_lossy(self.bytes(element).unwrap_or_default());
        let first = text.split('\\').next().unwrap_or_default();
        first.trim_matches(['\0', ' ']).to_owned()
    }

    /// The first value of a DS.
    pub(super) fn decimal(&self, element: u16) -> Option<f64> {
        let value: f64 = self.text(element).parse().ok()?;
        value.is_finite().then_some(value)
    }

    /// All values of a DS that are numbers.
    pub(super) fn decimals(&self, element: u16) -> Vec<f64> {
        let text = String::from_utf8_lossy(self.bytes(element).unwrap_or_default());
        let number = |part: &str| part.trim_matches(['\0', ' ']).parse::<f64>().ok();
        text.split('\\')
            .filter_map(number)
            .filter(|value| value.is_finite())
            .collect()
    }

    /// At least 1.
    pub(super) fn frames(&self) -> u32 {
        self.text(0x08).parse().unwrap_or(1).max(1)
    }

    /// Where the pixels are: the whole of them, or the offset table and each fragment.
    pub(super) fn places(&self) -> &[Range<u64>] {
        &self.places
    }

    pub(super) fn is_packed(&self) -> bool {
        self.packed
    }

    /// Numbers are read as this form has them.
    pub(super) fn is_written(&mut self, form: Form) {
        self.big_endian = form.layout.big_endian;
    }

    pub(super) fn transfer_syntax(&self) -> String {
        let uid = self.values.get(&Tag(0x0002, 0x0010));
        let uid = String::from_utf8_lossy(uid.map(Vec::as_slice).unwrap_or_default());
        uid.trim_matches(['\0', ' ']).to_owned()
    }
}

/// How a frame's samples are written (PS3.5, 8.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Samples {
    pub(super) rows: u16,
    pub(super) columns: u16,
    /// A pixel: 1 or 3.
    pub(super) count: u16,
    /// 1, 8, 16 or 32.
    pub(super) allocated: u16,
    pub(super) stored: u16,
    pub(super) high: u16,
    pub(super) signed: bool,
    pub(super) big_endian: bool,
    /// Colour by colour, not pixel by pixel.
    pub(super) planes: bool,
    /// (0028,0004)
    pub(super) interpretation: String,
}

impl Samples {
    /// # Errors
    /// A kind of pixels that is not known.
    pub(super) fn of(attributes: &Attributes) -> Result<Samples, PreviewError> {
        let size = (attributes.word(0x10), attributes.word(0x11));
        let (Some(rows @ 1..), Some(columns @ 1..)) = size else {
            return Err(PreviewError::NoPixels);
        };
        let allocated = attributes.word(0x100).unwrap_or(8);
        if !matches!(allocated, 1 | 8 | 16 | 32) {
            let what = format!("{allocated} bits a sample");
            return Err(PreviewError::Undecodable(what));
        }
        let count = attributes.word(0x02).unwrap_or(1);
        if !matches!(count, 1 | 3) {
            let what = format!("{count} samples a pixel");
            return Err(PreviewError::Undecodable(what));
        }
        let stored = attributes.word(0x101).unwrap_or(allocated);
        let stored = if (1..=allocated).contains(&stored) {
            stored
        } else {
            allocated
        };
        let high = attributes.word(0x102).unwrap_or(stored - 1);
        let high = if (stored - 1..allocated).contains(&high) {
            high
        } else {
            stored - 1
        };
        Ok(Samples {
            rows,
            columns,
            count,
            allocated,
            stored,
            high,
            signed: attributes.word(0x103) == Some(1),
            big_endian: attributes.big_endian,
            planes: count == 3 && attributes.word(0x06) == Some(1),
            interpretation: attributes.text(0x04),
        })
    }

    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// Of one frame, not packed. Two pixels of YBR_FULL_422 share their colours (PS3.3, C.7.6.3.1.2).
    fn bits(&self) -> u64 {
        let count = match self.interpretation.as_str() {
            "YBR_FULL_422" => 2,
            _ => u64::from(self.count),
        };
        self.pixels() * count * u64::from(self.allocated)
    }
}

/// A frame and all that is needed to show it.
pub(super) struct Frame {
    pub(super) attributes: Attributes,
    pub(super) samples: Samples,
    /// Whether the colours are RGB by now, whatever they are called: the decoders of JPEG and JPEG 2000 do that.
    pub(super) is_rgb: bool,
    pub(super) data: Vec<u8>,
}

/// Reads one frame, counted from 0. May panic on damaged data, as the decoders do.
///
/// # Errors
/// A sentence for a person.
pub(super) fn read(path: &Path, frame: u32) -> Result<Frame, PreviewError> {
    let mut attributes = Attributes::default();
    let form = header::visit(path, &mut attributes).map_err(PreviewError::Refused)?;
    attributes.is_written(form);
    if attributes.places.is_empty() {
        return Err(PreviewError::NoPixels);
    }
    let samples = Samples::of(&attributes)?;
    let has = attributes.frames();
    if frame >= has {
        return Err(PreviewError::NoFrame { asked: frame, has });
    }
    if samples.bits().div_ceil(8) > MOST_BYTES {
        return Err(PreviewError::TooLarge);
    }
    if !attributes.packed {
        let data = native(path, form, &attributes, &samples, frame)?;
        return Ok(Frame {
            attributes,
            samples,
            is_rgb: false,
            data,
        });
    }
    let table = |place| Ok(ranges(path, form, &[place])?.concat());
    let places = fragments(&attributes.places, frame, has, table)?;
    let stream = ranges(path, form, &places)?.concat();
    let syntax = attributes.transfer_syntax();
    let is_rgb = becomes_rgb(&samples, &stream);
    let data = unpack(&samples, &syntax, stream)?;
    let samples = Samples {
        big_endian: false,
        planes: false,
        ..samples
    };
    Ok(Frame {
        attributes,
        samples,
        is_rgb,
        data,
    })
}

/// A frame that is not packed. Frames of single bits need not begin with a byte.
fn native(
    path: &Path,
    form: Form,
    attributes: &Attributes,
    samples: &Samples,
    frame: u32,
) -> Result<Vec<u8>, PreviewError> {
    let place = attributes.places.first().ok_or(PreviewError::NoPixels)?;
    let too_short = || PreviewError::Undecodable("there are fewer pixels than it says".to_owned());
    let bits = samples.bits();
    let start = bits.checked_mul(u64::from(frame)).ok_or_else(too_short)?;
    let first = place.start.saturating_add(start / 8);
    let last = place
        .start
        .saturating_add(start.saturating_add(bits).div_ceil(8));
    if last > place.end {
        return Err(too_short());
    }
    let range = first..last;
    let mut data = ranges(path, form, &[range])?.concat();
    let shift = start % 8;
    if shift > 0 {
        let next: Vec<u8> = data.iter().copied().skip(1).chain([0]).collect();
        for (byte, next) in data.iter_mut().zip(next) {
            *byte = (*byte >> shift) | (next << (8 - shift));
        }
    }
    Ok(data)
}

/// Where the fragments of a packed frame are (PS3.5, A.4): one a frame, all for the only frame, or as the offset table says.
/// `read` reads the offset table.
///
/// # Errors
/// Where nothing says where the frame begins.
pub(super) fn fragments(
    places: &[Range<u64>],
    frame: u32,
    frames: u32,
    read: impl FnOnce(Range<u64>) -> Result<Vec<u8>, PreviewError>,
) -> Result<Vec<Range<u64>>, PreviewError> {
    let [table, fragments @ ..] = places else {
        return Err(PreviewError::NoPixels);
    };
    if frames == 1 {
        return Ok(fragments.to_vec());
    }
    if fragments.len() as u64 == u64::from(frames) {
        let fragment = fragments.get(frame as usize).cloned();
        return fragment.map(|one| vec![one]).ok_or(PreviewError::NoPixels);
    }
    let table = read(table.clone())?;
    let offset = |frame: u32| {
        let at = frame as usize * 4;
        let bytes = table.get(at..at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_le_bytes(bytes)))
    };
    let unknown = || PreviewError::Undecodable("nothing says where its frames begin".to_owned());
    // Offsets count from the first fragment's item, which stands eight bytes before its content.
    let base = fragments.first().ok_or_else(unknown)?.start;
    let from = base + offset(frame).ok_or_else(unknown)?;
    let to = offset(frame + 1).map_or(u64::MAX, |offset| base + offset);
    let within = |place: &&Range<u64>| (from..to).contains(&place.start);
    Ok(fragments.iter().filter(within).cloned().collect())
}

/// Reads places of a file, in ascending order.
fn ranges(path: &Path, form: Form, places: &[Range<u64>]) -> Result<Vec<Vec<u8>>, PreviewError> {
    let unreadable = |error: io::Error| {
        let words = plain_words(&error);
        PreviewError::Refused(SkipReason::Unreadable(words))
    };
    let total = places.iter().map(|place| place.end - place.start);
    if total.fold(0, u64::saturating_add) > MOST_BYTES {
        return Err(PreviewError::TooLarge);
    }
    let mut reader = form.open(path).map_err(unreadable)?;
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
