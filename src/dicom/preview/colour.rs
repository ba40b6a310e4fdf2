//! Colours: what is stored as YBR or with a palette, as RGB (PS3.3, C.7.6.3.1.2 and C.7.6.3.1.5).

use super::PreviewError;
use crate::dicom::frame::Frame;
use crate::dicom::raster::{numbers, palette_tables};

/// RGB, and what is stored as YBR.
pub(super) fn rgb(frame: &Frame) -> Vec<u8> {
    let samples = &frame.samples;
    let shift = samples.stored.saturating_sub(8);
    let narrow = |number: i64| u8::try_from(number >> shift).unwrap_or(u8::MAX);
    let bytes: Vec<u8> = numbers(samples, &frame.data).map(narrow).collect();
    let sample = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let pixels = usize::try_from(samples.pixels()).unwrap_or(usize::MAX);
    let is_422 = samples.interpretation == "YBR_FULL_422" && !frame.is_rgb;
    let pixel = |at: usize| {
        if is_422 {
            let pair = at / 2 * 4;
            [sample(pair + at % 2), sample(pair + 2), sample(pair + 3)]
        } else if samples.planes {
            [at, at + pixels, at + 2 * pixels].map(sample)
        } else {
            [3 * at, 3 * at + 1, 3 * at + 2].map(sample)
        }
    };
    let is_ybr = !frame.is_rgb && samples.interpretation.starts_with("YBR_FULL");
    let rgb = |at| match pixel(at) {
        ybr if is_ybr => rgb_of_ybr(ybr),
        rgb => rgb,
    };
    (0..pixels).flat_map(rgb).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255"
)]
fn rgb_of_ybr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// PALETTE COLOR: each value is looked up in three tables (PS3.3, C.7.6.3.1.5 and C.7.6.3.1.6).
pub(super) fn palette(frame: &Frame) -> Result<Vec<u8>, PreviewError> {
    let tables = palette_tables(&frame.attributes, frame.samples.signed);
    let [red, green, blue] = tables.ok_or_else(|| {
        PreviewError::Undecodable("its palette is missing or cannot be read".to_owned())
    })?;
    Ok(numbers(&frame.samples, &frame.data)
        .flat_map(|value| [red.at(value), green.at(value), blue.at(value)])
        .collect())
}
