//! What is drawn over an image: bits in groups 60xx, or beside the bits of the pixels themselves (PS3.3, C.9.2 and C.9.3).

use super::samples::bits;
use crate::dicom::dataset::element::Tag;
use crate::dicom::image::frame::Frame;

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

    /// Its bits over this frame.
    fn bits<'a>(&self, frame: &'a Frame) -> Option<Bits<'a>> {
        let own = self.frame(frame.number)?;
        let Some((bytes, passed)) = frame.beside(Tag(self.group, 0x3000)) else {
            return self.bits_of_pixels(frame);
        };
        let pixels = u64::try_from(self.rows * self.columns).ok()?;
        let start = own.checked_mul(pixels)?;
        bytes.get(usize::try_from(start / 8).ok()?..)?;
        Some(Bits::Alone {
            bytes,
            start,
            is_swapped: passed.inside.big_endian && passed.vr == Some(*b"OW"),
        })
    }

    /// Bits of 16-bit pixels that are none of their own.
    fn bits_of_pixels<'a>(&self, frame: &'a Frame) -> Option<Bits<'a>> {
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
        Some(Bits::OfPixels {
            pixels: frame.data.as_chunks().0,
            big_endian: samples.big_endian,
            position: self.position,
        })
    }
}

/// Where the bits of an overlay are, row by row. They are read where they stand: there may be far more than the image has
/// pixels.
enum Bits<'a> {
    /// In data of its own, from a bit on.
    Alone {
        bytes: &'a [u8],
        start: u64,
        /// The bytes of each word the other way round.
        is_swapped: bool,
    },
    /// One of each pixel.
    OfPixels {
        pixels: &'a [[u8; 2]],
        big_endian: bool,
        position: u16,
    },
}

impl Bits<'_> {
    /// Whether a pixel of the overlay is drawn; those that are missing are not.
    fn at(&self, number: u64) -> bool {
        self.found(number).unwrap_or(false)
    }

    fn found(&self, number: u64) -> Option<bool> {
        match self {
            Bits::Alone {
                bytes,
                start,
                is_swapped,
            } => {
                let number = start.checked_add(number)?;
                let byte = usize::try_from(number / 8).ok()? ^ usize::from(*is_swapped);
                Some(bytes.get(byte)? >> (number % 8) & 1 == 1)
            }
            Bits::OfPixels {
                pixels,
                big_endian,
                position,
            } => {
                let pair = *pixels.get(usize::try_from(number).ok()?)?;
                let word = match big_endian {
                    true => u16::from_be_bytes(pair),
                    false => u16::from_le_bytes(pair),
                };
                Some(word >> position & 1 == 1)
            }
        }
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
            plane.draw(|number| bits.at(number), canvas, rows, columns);
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
    /// What lies beyond the image is left away, and not looked at.
    fn draw(&self, is_drawn: impl Fn(u64) -> bool, canvas: &mut [u8], rows: i64, columns: i64) {
        let on_image = |from: i64, length: i64, end: i64| from.max(0)..(from + length).min(end);
        for y in on_image(self.top, self.rows, rows) {
            for x in on_image(self.left, self.columns, columns) {
                let number = (y - self.top) * self.columns + x - self.left;
                if !u64::try_from(number).is_ok_and(&is_drawn) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn of_a_vast_overlay_no_more_is_read_than_the_image_has_pixels() {
        let plane = Plane {
            group: 0x6000,
            rows: u16::MAX.into(),
            columns: u16::MAX.into(),
            top: -2,
            left: -3,
            frames: None,
            position: 0,
        };
        let asked = Cell::new(0);
        let mut canvas = [0; 8];
        // The third row's fourth pixel lies on the first of the image.
        let first = 2 * u64::from(u16::MAX) + 3;
        let is_drawn = |number| {
            asked.set(asked.get() + 1);
            number == first || number == first + u64::from(u16::MAX) + 7
        };
        plane.draw(is_drawn, &mut canvas, 8, 8);
        assert_eq!(asked.get(), 64);
        assert_eq!(canvas, [1, 0x80, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn bits_are_read_where_they_stand() {
        let bits = |start, is_swapped| Bits::Alone {
            bytes: &[0b0000_0100, 0b0001_0000],
            start,
            is_swapped,
        };
        let drawn = |bits: Bits<'_>| -> Vec<u64> { (0..40).filter(|at| bits.at(*at)).collect() };
        assert_eq!(drawn(bits(0, false)), [2, 12]);
        assert_eq!(drawn(bits(2, false)), [0, 10]);
        assert_eq!(drawn(bits(0, true)), [4, 10]);
        assert_eq!(drawn(bits(u64::MAX - 8, false)), [0; 0]);
    }
}
