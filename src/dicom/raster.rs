//! One frame, decoded, as bytes to be shown: grey through modality LUT and window, palettes and colour spaces to RGB.

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use dicom_object::DefaultDicomObject;
use dicom_pixeldata::{DecodedPixelData, PixelDecoder, VoiLutFunction, WindowLevel};

use super::preview::{PreviewError, number};
use super::values::BIG_ENDIAN;

/// 8 bits a sample.
pub(super) struct Raster {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// One byte a pixel, or three.
    samples: Vec<u8>,
    colour: bool,
}

impl Raster {
    /// Red, green and blue of this pixel, counted row by row; black where there is none.
    pub(super) fn pixel(&self, at: u64) -> [u8; 3] {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if !self.colour {
            return [self.samples.get(at).copied().unwrap_or_default(); 3];
        }
        let start = at.saturating_mul(3);
        match self.samples.get(start..start.saturating_add(3)) {
            Some([red, green, blue]) => [*red, *green, *blue],
            _ => [0; 3],
        }
    }
}

/// Decodes a frame. May panic on damaged data, as the decoders do.
pub(super) fn decode(file: &DefaultDicomObject, frame: u32) -> Result<Raster, PreviewError> {
    let decoded = file.decode_pixel_data_frame(frame).map_err(undecodable)?;
    let interpretation = text(file, tags::PHOTOMETRIC_INTERPRETATION);
    let colour = decoded.samples_per_pixel() == 3;
    let samples = match interpretation.as_str() {
        "PALETTE COLOR" => palette(file, &decoded)?,
        _ if colour => colours(file, &decoded, &interpretation)?,
        _ => greys(&decoded, interpretation == "MONOCHROME1")?,
    };
    Ok(Raster {
        columns: decoded.columns(),
        rows: decoded.rows(),
        samples,
        colour: colour || interpretation == "PALETTE COLOR",
    })
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err wants")]
fn undecodable(error: dicom_pixeldata::Error) -> PreviewError {
    // The whole chain: the outermost link says no more than that it failed.
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        words = error.to_string();
        source = error.source();
    }
    PreviewError::Undecodable(words.chars().take(80).collect())
}

fn unsupported(what: &str) -> PreviewError {
    PreviewError::Undecodable(what.to_owned())
}

fn text(file: &DefaultDicomObject, tag: Tag) -> String {
    let text = file.get(tag).and_then(|element| element.to_str().ok());
    text.map_or_else(String::new, |text| {
        text.trim_matches(['\0', ' ']).to_owned()
    })
}

/// Grey: modality values through the file's first window, or from the darkest to the brightest (PS3.3, C.11.2).
fn greys(decoded: &DecodedPixelData<'_>, inverted: bool) -> Result<Vec<u8>, PreviewError> {
    let values: Vec<f32> = decoded.to_vec_frame(0).map_err(undecodable)?;
    let window = decoded.window().map_err(undecodable)?;
    let function = decoded.voi_lut_function().map_err(undecodable)?;
    let function = function.and_then(<[_]>::first).copied().unwrap_or_default();
    let (function, window) = match window.and_then(<[_]>::first) {
        Some(window) if window.width >= 1.0 || function != VoiLutFunction::Linear => {
            (function, *window)
        }
        _ => (VoiLutFunction::LinearExact, whole_range(&values)),
    };
    let grey = |value: &f32| {
        let grey = shade(f64::from(*value), function, window);
        if inverted { u8::MAX - grey } else { grey }
    };
    Ok(values.iter().map(grey).collect())
}

fn whole_range(values: &[f32]) -> WindowLevel {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (
        f64::from(finite().fold(f32::MAX, f32::min)),
        f64::from(finite().fold(f32::MIN, f32::max)),
    );
    WindowLevel {
        center: f64::midpoint(low, high),
        width: (high - low).max(f64::from(f32::MIN_POSITIVE)),
    }
}

/// PS3.3, C.11.2.1.2 and C.11.2.1.3.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255; a value that is no number becomes 0"
)]
fn shade(value: f64, function: VoiLutFunction, window: WindowLevel) -> u8 {
    let WindowLevel { center, width } = window;
    let share = match function {
        VoiLutFunction::Linear => (value - (center - 0.5)) / (width - 1.0).max(f64::EPSILON) + 0.5,
        VoiLutFunction::LinearExact => (value - center) / width + 0.5,
        VoiLutFunction::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
    };
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// RGB, and what is stored as YBR_FULL (PS3.3, C.7.6.3.1.2). The decoders of JPEG and JPEG 2000 hand back RGB themselves.
fn colours(
    file: &DefaultDicomObject,
    decoded: &DecodedPixelData<'_>,
    interpretation: &str,
) -> Result<Vec<u8>, PreviewError> {
    let shift = match decoded.bits_allocated() {
        8 => 0,
        16 => decoded.bits_stored().clamp(8, 16) - 8,
        _ => return Err(unsupported("colour of more than 16 bits")),
    };
    let bytes = match decoded.bits_allocated() {
        8 => decoded.data().to_vec(),
        _ => decoded
            .data_ow()
            .iter()
            .map(|sample| narrow(*sample, shift))
            .collect(),
    };
    let syntax = file.meta().transfer_syntax().trim_end_matches('\0');
    let is_native = [
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        BIG_ENDIAN,
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    ]
    .contains(&syntax);
    let planes = is_native && number(file, tags::PLANAR_CONFIGURATION) == Some(1);
    let plane = bytes.len() / 3;
    let sample = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let pixels = (0..plane).map(|pixel| {
        if planes {
            [
                sample(pixel),
                sample(plane + pixel),
                sample(2 * plane + pixel),
            ]
        } else {
            [
                sample(3 * pixel),
                sample(3 * pixel + 1),
                sample(3 * pixel + 2),
            ]
        }
    });
    let keeps_ybr = is_native || syntax == uids::RLE_LOSSLESS;
    Ok(if keeps_ybr && interpretation == "YBR_FULL" {
        pixels.flat_map(rgb_of_ybr).collect()
    } else {
        pixels.flatten().collect()
    })
}

fn narrow(sample: u16, shift: u16) -> u8 {
    u8::try_from(sample >> shift).unwrap_or(u8::MAX)
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
fn palette(
    file: &DefaultDicomObject,
    decoded: &DecodedPixelData<'_>,
) -> Result<Vec<u8>, PreviewError> {
    let tables = [
        (
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        ),
        (
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        ),
        (
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        ),
    ];
    let tables = tables.map(|(descriptor, data)| Table::read(file, descriptor, data));
    let [Some(red), Some(green), Some(blue)] = tables else {
        return Err(unsupported("its palette is missing or segmented"));
    };
    let look_up = |value: u16| [red.at(value), green.at(value), blue.at(value)];
    match decoded.bits_allocated() {
        8 => Ok(decoded
            .data()
            .iter()
            .flat_map(|value| look_up(u16::from(*value)))
            .collect()),
        16 => Ok(decoded.data_ow().into_iter().flat_map(look_up).collect()),
        _ => Err(unsupported("a palette of more than 16 bits")),
    }
}

struct Table {
    first: u16,
    entries: Vec<u8>,
}

impl Table {
    fn read(file: &DefaultDicomObject, descriptor: Tag, data: Tag) -> Option<Table> {
        let descriptor = file.get(descriptor)?.to_multi_int::<i32>().ok()?;
        let [length, first, bits] = *descriptor.as_slice() else {
            return None;
        };
        // 65,536 does not fit and is written as 0.
        let length = usize::try_from(if length == 0 { 65_536 } else { length }).ok()?;
        let bytes = file.get(data)?.to_bytes().ok()?;
        let entries: Vec<u8> = if bits > 8 || bytes.len() >= 2 * length {
            let words = bytes.chunks_exact(2);
            // Tables that announce 16 bits and hold 8 are known; their high bytes are zero.
            let words: Vec<[u8; 2]> = words.filter_map(|word| word.try_into().ok()).collect();
            let wide = words.iter().any(|[_, high]| *high > 0);
            let byte = |[low, high]: [u8; 2]| if wide { high } else { low };
            words.into_iter().map(byte).collect()
        } else {
            bytes.into_owned()
        };
        Some(Table {
            first: u16::try_from(first.rem_euclid(65_536)).ok()?,
            entries,
        })
    }

    /// Values before the table's first one have its first entry, those behind its end the last.
    fn at(&self, value: u16) -> u8 {
        let at = usize::from(value.saturating_sub(self.first));
        let entry = self.entries.get(at).or(self.entries.last());
        entry.copied().unwrap_or_default()
    }
}

/// How many pixels a JPEG or JPEG 2000 stream says that it has; `None` for anything else.
pub(super) fn packed_size(stream: &[u8]) -> Option<u64> {
    let be16 = |at: usize| {
        let bytes = stream.get(at..at + 2)?;
        Some(u64::from(u16::from_be_bytes(bytes.try_into().ok()?)))
    };
    let be32 = |at: usize| Some((be16(at)? << 16) | be16(at + 2)?);
    match stream.get(..4)? {
        // SOC and SIZ (ISO 15444-1, A.5.1): Xsiz, Ysiz, and where the picture begins in them.
        [0xFF, 0x4F, 0xFF, 0x51] => {
            let width = be32(8)?.saturating_sub(be32(16)?);
            Some(width.saturating_mul(be32(12)?.saturating_sub(be32(20)?)))
        }
        [0xFF, 0xD8, ..] => {
            let mut at = 2;
            // Up to the frame header (ISO 10918-1, B.2.2): lines and samples a line.
            while stream.get(at) == Some(&0xFF) {
                match stream.get(at + 1)? {
                    0xFF => at += 1,
                    0xC4 | 0xC8 | 0xCC => at += 2 + usize::try_from(be16(at + 2)?).ok()?,
                    0xC0..=0xCF => return Some(be16(at + 5)? * be16(at + 7)?),
                    _ => at += 2 + usize::try_from(be16(at + 2)?).ok()?,
                }
            }
            None
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_spreads_its_values_over_all_greys() {
        let window = WindowLevel {
            center: 40.0,
            width: 400.0,
        };
        // The standard's own example of the function: below is black, above is white (PS3.3, C.11.2.1.2.1).
        assert_eq!(shade(-160.0, VoiLutFunction::Linear, window), 0);
        assert_eq!(shade(239.5, VoiLutFunction::Linear, window), 255);
        assert_eq!(shade(39.5, VoiLutFunction::Linear, window), 128);
        assert_eq!(shade(40.0, VoiLutFunction::Sigmoid, window), 128);
        assert_eq!(shade(f64::NAN, VoiLutFunction::LinearExact, window), 0);
    }

    #[test]
    fn a_small_stream_that_claims_a_huge_picture_is_seen_through() {
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x04ab\xFF\xC0\0\x11\x08\xFF\xFF\xFF\xFE\x03";
        assert_eq!(packed_size(jpeg), Some(65_535 * 65_534));
        let mut jpeg2000 = b"\xFF\x4F\xFF\x51\0\x29\0\0".to_vec();
        for side in [70_000u32, 60_000, 0, 0] {
            jpeg2000.extend(side.to_be_bytes());
        }
        assert_eq!(packed_size(&jpeg2000), Some(70_000 * 60_000));
        assert_eq!(packed_size(b"\xFF\xD8\xFF"), None);
        assert_eq!(packed_size(b""), None);
    }
}
