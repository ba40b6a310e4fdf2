//! Colours: what is stored as YBR or with a palette, as RGB (PS3.3, C.7.6.3.1.2 and C.7.6.3.1.5).

use super::PreviewError;
use super::samples::Values;
use crate::dicom::image::frame::Frame;
use crate::dicom::image::palette::palette_tables;
use crate::dicom::image::pixel_description::Samples;

/// RGB, and what is stored as YBR.
pub(super) fn rgb(frame: &Frame) -> Vec<u8> {
    let samples = &frame.samples;
    let bytes = narrowed(samples, &frame.data);
    let pixels = usize::try_from(samples.pixels()).unwrap_or(usize::MAX);
    let interpretation = match frame.is_rgb {
        true => "RGB",
        false => samples.interpretation.as_str(),
    };
    let mut rgb = match interpretation {
        "YBR_FULL_422" | "YBR_PARTIAL_422" => paired(&bytes, pixels),
        _ if samples.planes => from_planes(&bytes, pixels),
        _ => bytes,
    };
    rgb.resize(pixels.saturating_mul(3), 0);
    let convert = match interpretation {
        "YBR_FULL" | "YBR_FULL_422" => rgb_of_full,
        "YBR_PARTIAL_422" | "YBR_PARTIAL_420" => rgb_of_partial,
        _ => return rgb,
    };
    for pixel in rgb.as_chunks_mut().0 {
        *pixel = convert(*pixel);
    }
    rgb
}

/// The highest eight bits of each sample.
fn narrowed(samples: &Samples, data: &[u8]) -> Vec<u8> {
    let plain = (samples.allocated, samples.stored, samples.signed) == (8, 8, false);
    if plain {
        return data.to_vec();
    }
    let most = f64::from(samples.stored).exp2();
    let shade = |value: f64| byte(f64_floor(value * 256.0 / most));
    Values::of(
        &Samples {
            signed: false,
            ..samples.clone()
        },
        data,
    )
    .shaded(shade)
}

fn f64_floor(value: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a share of 256")]
    let value = value.floor() as f32;
    value
}

/// Two pixels share their colours (PS3.3, C.7.6.3.1.2).
fn paired(bytes: &[u8], pixels: usize) -> Vec<u8> {
    let pairs = bytes.as_chunks::<4>().0.iter();
    let mut own: Vec<u8> = pairs
        .flat_map(|[one, other, cb, cr]| [*one, *cb, *cr, *other, *cb, *cr])
        .collect();
    own.truncate(pixels.saturating_mul(3));
    own
}

/// Colour by colour.
fn from_planes(bytes: &[u8], pixels: usize) -> Vec<u8> {
    let plane = |number: usize| bytes.get(number * pixels..).unwrap_or_default();
    let colours = plane(0).iter().zip(plane(1)).zip(plane(2)).take(pixels);
    colours
        .flat_map(|((red, green), blue)| [*red, *green, *blue])
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255"
)]
fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

fn rgb_of_full([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(byte)
}

/// Luma from 16 to 235, colours from 16 to 240.
fn rgb_of_partial([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let y = (f32::from(y) - 16.0) * 1.164_4;
    let (cb, cr) = (f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.596 * cr,
        y - 0.391_7 * cb - 0.812_9 * cr,
        y + 2.017_3 * cb,
    ]
    .map(byte)
}

/// PALETTE COLOR: each value is looked up in three tables (PS3.3, C.7.6.3.1.5 and C.7.6.3.1.6).
pub(super) fn palette(frame: &Frame) -> Result<Vec<u8>, PreviewError> {
    let tables = palette_tables(&frame.attributes, frame.samples.signed);
    let tables = tables.ok_or_else(|| {
        PreviewError::Undecodable("its palette is missing or cannot be read".to_owned())
    })?;
    let values = Values::of(&frame.samples, &frame.data);
    let mut rgb = vec![0; values.len().saturating_mul(3)];
    for (number, table) in tables.iter().enumerate() {
        let shades = values.shaded(|value| table.at(whole(value)));
        for (place, shade) in rgb.iter_mut().skip(number).step_by(3).zip(shades) {
            *place = shade;
        }
    }
    Ok(rgb)
}

#[expect(clippy::cast_possible_truncation, reason = "samples have 32 bits")]
fn whole(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_ybr_make_the_same_colours() {
        assert_eq!(rgb_of_full([76, 85, 255]), [254, 0, 0]);
        assert_eq!(rgb_of_partial([81, 90, 240]), [254, 0, 0]);
        assert_eq!(rgb_of_full([90, 128, 128]), [90, 90, 90]);
        assert_eq!(rgb_of_partial([235, 128, 128]), [255, 255, 255]);
    }

    #[test]
    fn a_last_pixel_without_a_partner_has_its_own_colours() {
        assert_eq!(
            paired(&[1, 2, 3, 4, 5, 6, 7, 8], 3),
            [1, 3, 4, 2, 3, 4, 5, 7, 8]
        );
    }
}
