//! Which value looks black.

use super::error::PixelError;
use crate::dicom::image::palette::{numbers, palette_tables};
use crate::dicom::image::pixel_description::{Attributes, Samples};

/// The samples of a black pixel, as they stand in their bits; the first one only where there is one a pixel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Black(pub(super) [u32; 3]);

impl Black {
    pub(super) fn grey(self) -> u32 {
        let [grey, ..] = self.0;
        grey
    }

    /// `data` begins with a frame.
    pub(super) fn of(
        attributes: &Attributes,
        samples: &Samples,
        data: &[u8],
    ) -> Result<Black, PixelError> {
        let middle = 1i64 << (samples.stored - 1);
        let values = match samples.interpretation.as_str() {
            "PALETTE COLOR" => [darkest(attributes, samples)?, 0, 0],
            "YBR_FULL" | "YBR_FULL_422" => [0, middle, middle],
            "YBR_PARTIAL_422" => [middle / 8, middle, middle],
            _ if samples.count == 3 => [0; 3],
            _ => [grey(attributes, samples, data), 0, 0],
        };
        Ok(Black(values.map(|value| in_bits(samples, value))))
    }
}

/// A number in the bits that are allocated to it, its sign carried up to the highest one: some readers look at all of them.
fn in_bits(samples: &Samples, value: i64) -> u32 {
    let shift = samples.high + 1 - samples.stored;
    let mask = (1i64 << samples.allocated) - 1;
    u32::try_from((value << shift) & mask).unwrap_or_default()
}

/// From the lowest to the highest number that can be stored.
fn range(samples: &Samples) -> (i64, i64) {
    let half = 1i64 << (samples.stored - 1);
    match samples.signed {
        true => (-half, half - 1),
        false => (0, 2 * half - 1),
    }
}

/// The darkest that is shown: no darker than it must be, as a value far from all others would spoil the contrast of an
/// image whose window is found from its values.
fn grey(attributes: &Attributes, samples: &Samples, data: &[u8]) -> i64 {
    let (low, high) = range(samples);
    if samples.allocated == 1 {
        return i64::from(samples.interpretation == "MONOCHROME1");
    }
    let is_turned = attributes.decimal(0x1053).is_some_and(|slope| slope < 0.0);
    let bright_is_low = (samples.interpretation == "MONOCHROME1") != is_turned;
    let pixels = usize::try_from(samples.pixels()).unwrap_or(usize::MAX);
    let frame = numbers(samples, data).take(pixels);
    let edges = window_edges(attributes);
    if bright_is_low {
        let brightest = frame.fold(low, i64::max);
        return match edges.iter().map(|(_, end)| *end).max() {
            Some(edge) => brightest.max(edge).clamp(low, high),
            None => high,
        };
    }
    let edge = edges.iter().map(|(start, _)| *start).min().unwrap_or(0);
    frame.fold(0, i64::min).min(edge).clamp(low, high)
}

/// The stored values at which each window of the file begins and ends.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounded outwards and clamped by the caller; casts of floating-point numbers stop at the ends"
)]
fn window_edges(attributes: &Attributes) -> Vec<(i64, i64)> {
    let slope = attributes
        .decimal(0x1053)
        .filter(|slope| *slope != 0.0)
        .unwrap_or(1.0);
    let intercept = attributes.decimal(0x1052).unwrap_or(0.0);
    let stored = |value: f64| (value - intercept) / slope;
    let windows = attributes
        .decimals(0x1050)
        .into_iter()
        .zip(attributes.decimals(0x1051));
    windows
        .map(|(center, width)| {
            let (one, other) = (stored(center - width / 2.0), stored(center + width / 2.0));
            (
                (one.min(other) - 1.0).floor() as i64,
                (one.max(other) + 1.0).ceil() as i64,
            )
        })
        .collect()
}

/// The number of the palette's darkest colour.
fn darkest(attributes: &Attributes, samples: &Samples) -> Result<i64, PixelError> {
    let [red, green, blue] = palette_tables(attributes, samples.signed)
        .ok_or_else(|| PixelError::Unsupported("its palette cannot be read".to_owned()))?;
    let (low, high) = range(samples);
    let light = |number: &i64| {
        // As bright as each colour looks (ITU-R BT.601).
        let of = |table: &crate::dicom::image::palette::Table| u32::from(table.at(*number));
        299 * of(&red) + 587 * of(&green) + 114 * of(&blue)
    };
    let from = red.first().max(low);
    let to = red.last().min(high).max(from);
    (from..=to)
        .min_by_key(light)
        .ok_or_else(|| PixelError::Unsupported("its palette is empty".to_owned()))
}
