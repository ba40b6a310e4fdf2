//! Packed frames: given to the library's decoders in a data set made for them, so that nothing else of a file reaches them.

use dicom_core::header::Tag;
use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, DicomValue, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;

use super::frame::{MOST_BYTES, Samples};
use super::preview::PreviewError;
use super::stream::{Kind, Told, call_it_rgb};

/// The library wants UIDs; they are of no matter for decoding.
const NO_UID: &str = "2.25.0";

/// Has the library decode a frame, from a data set of nothing but what it needs. May panic on damaged data.
///
/// # Errors
/// A sentence for a person.
pub(super) fn unpack(
    samples: &Samples,
    syntax: &str,
    mut stream: Vec<u8>,
) -> Result<Vec<u8>, PreviewError> {
    let bytes = u64::from(samples.count) * u64::from(samples.allocated.div_ceil(8));
    // A packed frame has a size of its own, which the decoders believe.
    match Told::by(&stream).map(|told| told.pixels()) {
        Some(pixels) if pixels.saturating_mul(bytes) > MOST_BYTES => {
            return Err(PreviewError::TooLarge);
        }
        _ => {}
    }
    if samples.interpretation == "RGB" {
        call_it_rgb(&mut stream);
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

/// Whether the colours of this stream are RGB once it is unpacked, whatever they are called: the decoders of JPEG that
/// loses something make them so, and the one of JPEG 2000 where the stream says how.
pub(super) fn becomes_rgb(samples: &Samples, stream: &[u8]) -> bool {
    let is_called = |names: &[&str]| names.contains(&samples.interpretation.as_str());
    match Told::by(stream).map(|told| told.kind) {
        Some(Kind::Jpeg) => true,
        Some(Kind::Jpeg2000 { transformed, .. }) => {
            transformed || is_called(&["RGB", "YBR_RCT", "YBR_ICT"])
        }
        Some(Kind::LosslessJpeg) | None => is_called(&["RGB"]),
    }
}
