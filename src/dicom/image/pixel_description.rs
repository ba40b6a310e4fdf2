//! What a file's header says of its pixels.

use std::collections::HashMap;
use std::ops::Range;

use super::render::PreviewError;
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::dataset::walk::{Passed, Visitor};
use crate::dicom::scan::header::Form;

/// The most that one frame may take, packed or not, in bytes.
pub(in crate::dicom) const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Fragments that are kept track of.
const MOST_FRAGMENTS: usize = 1_000_000;

/// Sequences, overlays and the like that are kept track of.
const MOST_PARTS: usize = 256;
/// The first and the last group of overlays.
const OVERLAYS: (u16, u16) = (0x6000, 0x60FF);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
/// Single values beside group 0028: SOP class, modality, presentation LUT shape, body part, imager pixel spacing.
const SINGLE: [Tag; 5] = [
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x0060),
    Tag(0x0018, 0x0015),
    Tag(0x0018, 0x1164),
    Tag(0x2050, 0x0020),
];
/// The sequences that say how pixels are to be shown: modality LUT, VOI LUT, and the functional groups, shared and of each
/// frame.
const SEQUENCES: [Tag; 4] = [
    Tag(0x0028, 0x3000),
    Tag(0x0028, 0x3010),
    Tag(0x5200, 0x9229),
    Tag(0x5200, 0x9230),
];

/// Group 0028 and where the pixels are, as a walk finds them.
#[derive(Default)]
pub(in crate::dicom) struct Attributes {
    values: HashMap<Tag, Vec<u8>>,
    big_endian: bool,
    places: Vec<Range<u64>>,
    packed: bool,
    parts: Vec<Passed>,
}

fn is_overlay(tag: Tag) -> bool {
    (OVERLAYS.0..=OVERLAYS.1).contains(&tag.0) && tag.0.is_multiple_of(2)
}

impl Visitor for Attributes {
    fn wants(&self, tag: Tag) -> bool {
        let is_pixels = tag.0 == 0x0028 && !SEQUENCES.contains(&tag);
        is_pixels || SINGLE.contains(&tag) || (is_overlay(tag) && tag.1 != 0x3000)
    }

    fn passed(&mut self, passed: Passed) {
        let tag = passed.tag;
        let is_wanted = SEQUENCES.contains(&tag) || is_overlay(tag) || tag.0 == PIXEL_DATA.0;
        if is_wanted && self.parts.len() < MOST_PARTS {
            self.parts.push(passed);
        }
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
    pub(in crate::dicom) fn value(&self, tag: Tag) -> &[u8] {
        self.values.get(&tag).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of an attribute of group 0028.
    pub(in crate::dicom) fn bytes(&self, element: u16) -> Option<&[u8]> {
        let value = self.values.get(&Tag(0x0028, element))?;
        Some(value.as_slice())
    }

    /// US, or what stands in its place.
    pub(in crate::dicom) fn words(&self, element: u16) -> Vec<u16> {
        words(self.value(Tag(0x0028, element)), self.big_endian)
    }

    /// The same of any attribute.
    pub(in crate::dicom) fn words_of(&self, tag: Tag) -> Vec<u16> {
        words(self.value(tag), self.big_endian)
    }

    /// What was passed over: sequences, overlays, pixels of other kinds.
    pub(in crate::dicom) fn parts(&self) -> &[Passed] {
        &self.parts
    }

    /// Where this is.
    pub(in crate::dicom) fn part(&self, tag: Tag) -> Option<&Passed> {
        self.parts.iter().find(|part| part.tag == tag)
    }

    /// The groups that hold an overlay.
    pub(in crate::dicom) fn overlay_groups(&self) -> Vec<u16> {
        let size = self
            .values
            .keys()
            .filter(|tag| is_overlay(**tag) && tag.1 == 0x0010);
        let mut groups: Vec<u16> = size.map(|tag| tag.0).collect();
        groups.sort_unstable();
        groups
    }

    pub(in crate::dicom) fn is_big_endian(&self) -> bool {
        self.big_endian
    }

    fn word(&self, element: u16) -> Option<u16> {
        self.words(element).first().copied()
    }

    /// The first value of a text.
    pub(in crate::dicom) fn text(&self, element: u16) -> String {
        self.text_of(Tag(0x0028, element))
    }

    /// The same of any attribute.
    pub(in crate::dicom) fn text_of(&self, tag: Tag) -> String {
        let text = String::from_utf8_lossy(self.value(tag));
        let first = text.split('\\').next().unwrap_or_default();
        first.trim_matches(['\0', ' ']).to_owned()
    }

    /// The first value of a DS.
    pub(in crate::dicom) fn decimal(&self, element: u16) -> Option<f64> {
        let value: f64 = self.text(element).parse().ok()?;
        value.is_finite().then_some(value)
    }

    /// All values of a DS that are numbers.
    pub(in crate::dicom) fn decimals(&self, element: u16) -> Vec<f64> {
        decimals(self.value(Tag(0x0028, element)))
    }

    /// At least 1.
    pub(in crate::dicom) fn frames(&self) -> u32 {
        self.text(0x08).parse().unwrap_or(1).max(1)
    }

    /// Where the pixels are: the whole of them, or the offset table and each fragment.
    pub(in crate::dicom) fn places(&self) -> &[Range<u64>] {
        &self.places
    }

    pub(in crate::dicom) fn is_packed(&self) -> bool {
        self.packed
    }

    /// Numbers are read as this form has them.
    pub(in crate::dicom) fn is_written(&mut self, form: Form) {
        self.big_endian = form.layout.big_endian;
    }

    pub(in crate::dicom) fn transfer_syntax(&self) -> String {
        self.text_of(Tag(0x0002, 0x0010))
    }
}

/// Numbers of 16 bits.
pub(in crate::dicom) fn words(bytes: &[u8], big_endian: bool) -> Vec<u16> {
    let layout = Layout {
        explicit: true,
        big_endian,
    };
    let pairs = bytes.as_chunks().0.iter();
    pairs.map(|pair| layout.u16(*pair)).collect()
}

/// All values of a DS that are numbers.
pub(in crate::dicom) fn decimals(bytes: &[u8]) -> Vec<f64> {
    let text = String::from_utf8_lossy(bytes);
    let number = |part: &str| part.trim_matches(['\0', ' ']).parse::<f64>().ok();
    text.split('\\')
        .filter_map(number)
        .filter(|value| value.is_finite())
        .collect()
}

/// How a frame's samples are written (PS3.5, 8.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Samples {
    pub(in crate::dicom) rows: u16,
    pub(in crate::dicom) columns: u16,
    /// A pixel: 1 or 3.
    pub(in crate::dicom) count: u16,
    /// 1, 8, 16 or 32.
    pub(in crate::dicom) allocated: u16,
    pub(in crate::dicom) stored: u16,
    pub(in crate::dicom) high: u16,
    pub(in crate::dicom) signed: bool,
    pub(in crate::dicom) big_endian: bool,
    /// Colour by colour, not pixel by pixel.
    pub(in crate::dicom) planes: bool,
    /// (0028,0004)
    pub(in crate::dicom) interpretation: String,
}

impl Samples {
    /// # Errors
    /// A kind of pixels that is not known.
    pub(in crate::dicom) fn of(attributes: &Attributes) -> Result<Samples, PreviewError> {
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

    /// Floating-point numbers of so many bits, which are always grey (PS3.3, C.7.6.24 and C.7.6.25).
    ///
    /// # Errors
    /// Where there are no pixels.
    pub(in crate::dicom) fn floating(
        attributes: &Attributes,
        bits: u16,
    ) -> Result<Samples, PreviewError> {
        let size = (attributes.word(0x10), attributes.word(0x11));
        let (Some(rows @ 1..), Some(columns @ 1..)) = size else {
            return Err(PreviewError::NoPixels);
        };
        Ok(Samples {
            rows,
            columns,
            count: 1,
            allocated: bits,
            stored: bits,
            high: bits - 1,
            signed: true,
            big_endian: attributes.big_endian,
            planes: false,
            interpretation: attributes.text(0x04),
        })
    }

    pub(in crate::dicom) fn pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// Of one frame, not packed. Two pixels of YBR_FULL_422 share their colours (PS3.3, C.7.6.3.1.2).
    pub(in crate::dicom) fn bits(&self) -> u64 {
        let count = match self.interpretation.as_str() {
            "YBR_FULL_422" | "YBR_PARTIAL_422" => 2,
            _ => u64::from(self.count),
        };
        self.pixels() * count * u64::from(self.allocated)
    }
}
