//! Packed frames: given to the library's decoders in a data set made for them, so that nothing else of a file reaches them.

use dicom_core::header::Tag;
use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, DicomValue, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;

use super::frame::{MOST_BYTES, Samples};
use super::preview::PreviewError;

/// The library wants UIDs; they are of no matter for decoding.
const NO_UID: &str = "2.25.0";

/// Has the library decode a frame, from a data set of nothing but what it needs. May panic on damaged data.
///
/// # Errors
/// A sentence for a person.
pub(super) fn unpack(
    samples: &Samples,
    syntax: &str,
    stream: Vec<u8>,
) -> Result<Vec<u8>, PreviewError> {
    let bytes = u64::from(samples.count) * u64::from(samples.allocated.div_ceil(8));
    // A packed frame has a size of its own, which the decoders believe.
    match packed_pixels(&stream) {
        Some(pixels) if pixels.saturating_mul(bytes) > MOST_BYTES => {
            return Err(PreviewError::TooLarge);
        }
        _ => {}
    }
    let mut object = InMemDicomObject::new_empty();
    let numbers = [
        (tags::SAMPLES_PER_PIXEL, samples.count),
        (tags::PLANAR_CONFIGURATION, 0),
        (tags::ROWS, samples.rows),
        (tags::COLUMNS, samples.columns),
        (tags::BITS_ALLOCATED, samples.allocated),
        (tags::BITS_STORED, samples.stored),
        (tags::HIGH_BIT, samples.high),
        (tags::PIXEL_REPRESENTATION, u16::from(samples.signed)),
    ];
    let mut put = |tag: Tag, vr, value: PrimitiveValue| {
        object.put(DataElement::new(tag, vr, value));
    };
    for (tag, number) in numbers {
        put(tag, VR::US, number.into());
    }
    let interpretation = PrimitiveValue::from(samples.interpretation.as_str());
    put(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, interpretation);
    put(tags::NUMBER_OF_FRAMES, VR::IS, "1".into());
    let pixels = PixelFragmentSequence::new_fragments(vec![stream]);
    object.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OB,
        DicomValue::PixelSequence(pixels),
    ));
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(NO_UID)
        .media_storage_sop_instance_uid(NO_UID)
        .build()
        .map_err(|_| PreviewError::Undecodable("packed in an unknown way".to_owned()))?;
    let file = object.with_exact_meta(meta);
    match file.decode_pixel_data_frame(0) {
        Ok(decoded) => Ok(decoded.data().to_vec()),
        Err(error) => Err(undecodable(&error)),
    }
}

/// The innermost link of the chain: the outermost says no more than that it failed.
fn undecodable(error: &dyn std::error::Error) -> PreviewError {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    PreviewError::Undecodable(error.to_string().chars().take(80).collect())
}

/// How many pixels a JPEG or JPEG 2000 stream says that it has; `None` for anything else.
fn packed_pixels(stream: &[u8]) -> Option<u64> {
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
                    0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                        return Some(be16(at + 5)? * be16(at + 7)?);
                    }
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
    fn a_small_stream_that_claims_a_huge_picture_is_seen_through() {
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x04ab\xFF\xC0\0\x11\x08\xFF\xFF\xFF\xFE\x03";
        assert_eq!(packed_pixels(jpeg), Some(65_535 * 65_534));
        let mut jpeg2000 = b"\xFF\x4F\xFF\x51\0\x29\0\0".to_vec();
        for side in [70_000u32, 60_000, 0, 0] {
            jpeg2000.extend(side.to_be_bytes());
        }
        assert_eq!(packed_pixels(&jpeg2000), Some(70_000 * 60_000));
        assert_eq!(packed_pixels(b"\xFF\xD8\xFF"), None);
        assert_eq!(packed_pixels(b""), None);
    }
}
