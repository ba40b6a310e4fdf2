//! Where each pixel's samples stand, and black put into them.

use std::ops::Range;

use super::black::Black;
use super::error::PixelError;
use crate::dicom::deidentify::profile::Rectangle;
use crate::dicom::image::pixel_description::Samples;

/// The columns that are blackened, row by row: ascending, none touching another.
pub(super) struct Mask {
    rows: Vec<Vec<Range<u32>>>,
    columns: u32,
}

impl Mask {
    /// The rectangles, clipped to the image and joined.
    pub(super) fn new(columns: u16, rows: u16, rectangles: &[Rectangle]) -> Self {
        let columns = u32::from(columns);
        let row = |row: u32| {
            let on_it = |of: &&Rectangle| (of.y..of.y.saturating_add(of.height)).contains(&row);
            let mut spans: Vec<Range<u32>> = rectangles
                .iter()
                .filter(on_it)
                .map(|of| of.x.min(columns)..of.x.saturating_add(of.width).min(columns))
                .filter(|span| !span.is_empty())
                .collect();
            spans.sort_by_key(|span| span.start);
            joined(spans)
        };
        Mask {
            rows: (0..u32::from(rows)).map(row).collect(),
            columns,
        }
    }

    /// How many there are in a frame.
    pub(super) fn pixels(&self) -> u64 {
        let lengths = self
            .rows
            .iter()
            .flatten()
            .map(|span| u64::from(span.end - span.start));
        lengths.sum()
    }

    /// Pixels from one to before another, counted row by row from the upper left corner.
    pub(super) fn runs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let columns = self.columns as usize;
        self.rows.iter().enumerate().flat_map(move |(row, spans)| {
            let at = row * columns;
            spans
                .iter()
                .map(move |span| at + span.start as usize..at + span.end as usize)
        })
    }

    /// Whether each pixel of a frame is blackened.
    pub(super) fn as_map(&self) -> Vec<bool> {
        let mut map = Vec::new();
        for spans in &self.rows {
            let of = |column: u32| spans.iter().any(|span| span.contains(&column));
            match spans.is_empty() {
                true => map.resize(map.len() + self.columns as usize, false),
                false => map.extend((0..self.columns).map(of)),
            }
        }
        map
    }
}

fn joined(spans: Vec<Range<u32>>) -> Vec<Range<u32>> {
    let mut joined: Vec<Range<u32>> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

/// In which order samples stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One a pixel.
    Single,
    /// Three, pixel by pixel.
    Pixels,
    /// Three, colour by colour.
    Planes,
    /// Two pixels, and the two colours that they share (PS3.3, C.7.6.3.1.2).
    Pairs,
}

/// How frames lie in bytes.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub(super) order: Order,
    /// Pixels a frame.
    pub(super) pixels: usize,
    /// Bits a sample: 1, 8, 16 or 32.
    pub(super) allocated: u16,
    pub(super) big_endian: bool,
    /// Bytes that stand in big-endian words of two.
    pub(super) swapped: bool,
}

impl Canvas {
    pub(super) fn new(samples: &Samples, swapped: bool) -> Result<Self, PixelError> {
        let interpretation = samples.interpretation.as_str();
        let unknown = || {
            let bits = samples.allocated;
            let what = format!("“{interpretation}” of {} × {bits} bits", samples.count);
            PixelError::Unsupported(what)
        };
        let order = match (interpretation, samples.count) {
            ("MONOCHROME1" | "MONOCHROME2" | "PALETTE COLOR" | "", 1) => Order::Single,
            ("RGB" | "YBR_FULL", 3) if samples.planes => Order::Planes,
            ("RGB" | "YBR_FULL", 3) => Order::Pixels,
            ("YBR_FULL_422" | "YBR_PARTIAL_422", 3) if !samples.planes => Order::Pairs,
            _ => return Err(unknown()),
        };
        if order != Order::Single && samples.allocated == 1 {
            return Err(unknown());
        }
        let pixels = usize::try_from(samples.pixels()).map_err(|_| PixelError::TooLarge)?;
        if order == Order::Pairs && !pixels.is_multiple_of(2) {
            return Err(unknown());
        }
        Ok(Canvas {
            order,
            pixels,
            allocated: samples.allocated,
            big_endian: samples.big_endian,
            swapped,
        })
    }

    /// Samples a frame.
    pub(super) fn samples(&self) -> usize {
        match self.order {
            Order::Single => self.pixels,
            Order::Pairs => self.pixels * 2,
            Order::Pixels | Order::Planes => self.pixels * 3,
        }
    }

    /// Of one frame that begins with a byte.
    pub(super) fn frame_bytes(&self) -> usize {
        (self.samples() * usize::from(self.allocated)).div_ceil(8)
    }

    /// Whole frames in so many bytes: there may be more than the header says, and they are blackened like the others.
    pub(super) fn frames_in(&self, bytes: usize) -> u32 {
        let bits = (self.samples() as u64).saturating_mul(self.allocated.into());
        let frames = (bytes as u64).saturating_mul(8) / bits.max(1);
        u32::try_from(frames).unwrap_or(u32::MAX)
    }

    /// Blackens what the mask says in so many frames.
    pub(super) fn paint(&self, data: &mut [u8], frames: u32, mask: &Mask, black: Black) {
        for frame in 0..frames as usize {
            let first = frame * self.samples();
            for run in mask.runs() {
                match self.order {
                    Order::Single => {
                        for pixel in run {
                            self.set(data, first + pixel, black.grey());
                        }
                    }
                    Order::Pixels => {
                        for pixel in run {
                            for (colour, value) in black.0.into_iter().enumerate() {
                                self.set(data, first + pixel * 3 + colour, value);
                            }
                        }
                    }
                    Order::Planes => {
                        for (colour, value) in black.0.into_iter().enumerate() {
                            for pixel in run.clone() {
                                self.set(data, first + colour * self.pixels + pixel, value);
                            }
                        }
                    }
                    Order::Pairs => {
                        let [light, blue, red] = black.0;
                        for pair in run.start / 2..run.end.div_ceil(2) {
                            for (place, value) in [light, light, blue, red].into_iter().enumerate()
                            {
                                self.set(data, first + pair * 4 + place, value);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Writes a sample, counted from the first one of the data.
    fn set(&self, data: &mut [u8], sample: usize, value: u32) {
        let [b0, b1, b2, b3] = value.to_le_bytes();
        match self.allocated {
            1 => {
                let at = self.at(sample / 8);
                if let Some(byte) = data.get_mut(at) {
                    let bit = 1u8 << (sample % 8);
                    *byte = if value & 1 == 1 {
                        *byte | bit
                    } else {
                        *byte & !bit
                    };
                }
            }
            8 => {
                if let Some(byte) = data.get_mut(self.at(sample)) {
                    *byte = b0;
                }
            }
            16 => {
                let word = if self.big_endian { [b1, b0] } else { [b0, b1] };
                if let Some(place) = data.get_mut(sample * 2..sample * 2 + 2) {
                    place.copy_from_slice(&word);
                }
            }
            _ => {
                let word = if self.big_endian {
                    [b3, b2, b1, b0]
                } else {
                    [b0, b1, b2, b3]
                };
                if let Some(place) = data.get_mut(sample * 4..sample * 4 + 4) {
                    place.copy_from_slice(&word);
                }
            }
        }
    }

    fn at(&self, byte: usize) -> usize {
        if self.swapped { byte ^ 1 } else { byte }
    }
}
