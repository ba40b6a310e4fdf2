//! What is drawn over an image: bits in groups 60xx, or beside the bits of the pixels themselves (PS3.3, C.9.2 and C.9.3).

use super::values::bits;
use crate::dicom::fetch::Frame;
use crate::dicom::source::Tag;

/// One bit a pixel of the image, row by row, the lowest bit first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Overlay {
    bits: Vec<u8>,
}

/// One group.
struct Plane {
    group: u16,
    rows: i64,
    columns: i64,
    /// Where its first pixel lies in the image, counted from 0.
    top: i64,
    left: i64,
    /// Its first frame, counted from 0, and how many it has; none: the same for all frames of the image.
    frames: Option<(u64, u64)>,
    /// Which bit of a pixel it is, where it has no data of its own.
    position: u16,
}

impl Plane {
    fn of(frame: &Frame, group: u16) -> Option<Plane> {
        let attributes = &frame.attributes;
        let word = |element| attributes.words_of(Tag(group, element)).first().copied();
        let origin = attributes.words_of(Tag(group, 0x0050));
        let [top, left] = match origin.as_slice() {
            [top, left, ..] => [top, left].map(|one| i64::from(one.cast_signed()) - 1),
            _ => [0, 0],
        };
        let count = attributes.text_of(Tag(group, 0x0015)).parse::<u64>().ok();
        let first = word(0x0051).map_or(0, |first| u64::from(first.max(1)) - 1);
        Some(Plane {
            group,
            rows: word(0x0010)?.into(),
            columns: word(0x0011)?.into(),
            top,
            left,
            frames: count.map(|count| (first, count)),
            position: word(0x0102).unwrap_or(0),
        })
    }

    /// Which of its frames lies over this one of the image; `None` where there is none.
    fn frame(&self, number: u32) -> Option<u64> {
        let Some((first, count)) = self.frames else {
            return Some(0);
        };
        let own = u64::from(number).checked_sub(first)?;
        (own < count.max(1)).then_some(own)
    }

    /// Its bits over this frame, row by row.
    fn bits(&self, frame: &Frame) -> Option<Vec<u8>> {
        let own = self.frame(frame.number)?;
        if let Some((bytes, passed)) = frame.beside(Tag(self.group, 0x3000)) {
            let pixels = u64::try_from(self.rows * self.columns).ok()?;
            let start = own.checked_mul(pixels)?;
            let from = usize::try_from(start / 8).ok()?;
            let to = usize::try_from((start + pixels).div_ceil(8)).ok()?;
            let part = bytes.get(from..to.min(bytes.len()))?;
            let skipped = usize::try_from(start % 8).ok()?;
            let is_swapped = passed.inside.big_endian && passed.vr == Some(*b"OW");
            let swapped: Vec<u8>;
            let part = match is_swapped {
                true => {
                    let pairs = bytes
                        .get(from & !1..)
                        .unwrap_or_default()
                        .as_chunks::<2>()
                        .0;
                    let turned = pairs.iter().flat_map(|[one, other]| [*other, *one]);
                    swapped = turned.skip(from & 1).take(to - from).collect();
                    &swapped
                }
                false => part,
            };
            let bits = bits(part).skip(skipped);
            return Some(bits.take(usize::try_from(pixels).ok()?).collect());
        }
        self.bits_of_pixels(frame)
    }

    /// Bits of 16-bit pixels that are none of their own.
    fn bits_of_pixels(&self, frame: &Frame) -> Option<Vec<u8>> {
        let samples = &frame.samples;
        let is_beside =
            self.position > samples.high || self.position + samples.stored <= samples.high;
        let is_same_size =
            self.rows == i64::from(samples.rows) && self.columns == i64::from(samples.columns);
        if samples.allocated != 16
            || samples.count != 1
            || self.position > 15
            || !is_beside
            || !is_same_size
        {
            return None;
        }
        let (pairs, _) = frame.data.as_chunks::<2>();
        let word = |pair: &[u8; 2]| match samples.big_endian {
            true => u16::from_be_bytes(*pair),
            false => u16::from_le_bytes(*pair),
        };
        let bit = |pair| u8::from(word(pair) >> self.position & 1 == 1);
        Some(pairs.iter().map(bit).collect())
    }
}

impl Overlay {
    /// All that is drawn over a frame; `None` where nothing is.
    pub(super) fn of(frame: &Frame) -> Option<Overlay> {
        let (rows, columns) = (frame.samples.rows.into(), frame.samples.columns.into());
        let pixels = usize::try_from(frame.samples.pixels()).ok()?;
        let mut drawn: Option<Vec<u8>> = None;
        for group in frame.attributes.overlay_groups() {
            let Some(plane) = Plane::of(frame, group) else {
                continue;
            };
            let Some(bits) = plane.bits(frame) else {
                continue;
            };
            let canvas = drawn.get_or_insert_with(|| vec![0; pixels.div_ceil(8)]);
            plane.draw(&bits, canvas, rows, columns);
        }
        drawn.map(|bits| Overlay { bits })
    }

    pub(super) fn bytes(&self) -> usize {
        self.bits.len()
    }

    /// Makes what is drawn white, in pixels of so many bytes.
    pub(super) fn whiten(&self, pixels: &mut [u8], width: usize) {
        for (pixel, bit) in pixels.chunks_exact_mut(width).zip(bits(&self.bits)) {
            if bit == 1 {
                pixel.fill(u8::MAX);
            }
        }
    }
}

impl Plane {
    /// What lies beyond the image is left away.
    fn draw(&self, bits: &[u8], canvas: &mut [u8], rows: i64, columns: i64) {
        let mut lines = bits.chunks(usize::try_from(self.columns.max(1)).unwrap_or(1));
        for y in self.top..self.top + self.rows {
            let Some(line) = lines.next() else {
                return;
            };
            if !(0..rows).contains(&y) {
                continue;
            }
            for (x, bit) in (self.left..).zip(line) {
                if *bit == 0 || !(0..columns).contains(&x) {
                    continue;
                }
                let at = usize::try_from(y * columns + x).unwrap_or(usize::MAX);
                if let Some(byte) = canvas.get_mut(at / 8) {
                    *byte |= 1 << (at % 8);
                }
            }
        }
    }
}
