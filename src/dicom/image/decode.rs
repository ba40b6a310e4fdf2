//! Packed frames: unpacked by decoders of our own, or given to the library's in a data set made for them, so that nothing
//! else of a file reaches them.

use std::io::Read;

use dicom_core::header::Tag;
use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, DicomValue, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;

use super::codecs::{self, Damage, jpeg_ls, jpeg12, rle};
use super::codestream::{Kind, Told, call_it_rgb};
use super::pixel_description::{MOST_BYTES, Samples};
use super::render::PreviewError;

/// The library wants UIDs; they are of no matter for decoding.
const NO_UID: &str = "2.25.0";
const RLE: &str = "1.2.840.10008.1.2.5";
/// Deflated Image Frame Compression (PS3.5, A.4.14).
const DEFLATED_FRAMES: &str = "1.2.840.10008.1.2.8.1";
/// The library has one decoder for all kinds of JPEG, and one for JPEG 2000: what the stream is says more than its name.
const JPEG: &str = "1.2.840.10008.1.2.4.50";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.90";

/// An unpacked frame.
pub(in crate::dicom) struct Unpacked {
    /// How it is written now.
    pub(in crate::dicom) samples: Samples,
    /// Whether its colours are RGB, whatever they are called.
    pub(in crate::dicom) is_rgb: bool,
    pub(in crate::dicom) data: Vec<u8>,
}

/// Unpacks a frame. May panic on damaged data.
///
/// # Errors
/// A sentence for a person.
pub(in crate::dicom) fn unpack(
    samples: &Samples,
    syntax: &str,
    stream: Vec<u8>,
) -> Result<Unpacked, PreviewError> {
    let told = Told::by(&stream);
    // A packed frame has a size of its own, which the decoders believe.
    let is_meant = |told: &Told| {
        (told.width, told.height) == (samples.columns.into(), samples.rows.into())
            && told.components >= samples.count
    };
    if told.as_ref().is_some_and(|told| !is_meant(told)) {
        return Err(other_size());
    }
    if most_samples(samples) as u64 * 2 > MOST_BYTES {
        return Err(PreviewError::TooLarge);
    }
    match told {
        _ if syntax == RLE => of_rle(samples, &stream),
        _ if syntax == DEFLATED_FRAMES => of_deflated(samples, &stream),
        Some(told) if told.kind == Kind::JpegLs => {
            let most = most_samples(samples);
            of_codec(samples, &jpeg_ls::unpack(&stream, most).map_err(damaged)?)
        }
        Some(told) if told.kind == Kind::Jpeg && told.bits > 8 => {
            let most = most_samples(samples);
            of_codec(samples, &jpeg12::unpack(&stream, most).map_err(damaged)?)
        }
        told => of_library(samples, syntax, stream, told.as_ref()),
    }
}

fn most_samples(samples: &Samples) -> usize {
    let most = samples.pixels() * u64::from(samples.count);
    usize::try_from(most).unwrap_or(usize::MAX)
}

fn damaged(damage: Damage) -> PreviewError {
    match damage {
        Damage::TooLarge => PreviewError::TooLarge,
        damage => PreviewError::Undecodable(damage.to_string()),
    }
}

/// As it is written now: little-endian, pixel by pixel, each with its own colours.
fn plainly(samples: &Samples) -> Samples {
    Samples {
        big_endian: false,
        planes: false,
        interpretation: match samples.interpretation.as_str() {
            "YBR_FULL_422" => "YBR_FULL".to_owned(),
            other => other.to_owned(),
        },
        ..samples.clone()
    }
}

fn is_called_rgb(samples: &Samples) -> bool {
    samples.interpretation == "RGB"
}

fn of_rle(samples: &Samples, stream: &[u8]) -> Result<Unpacked, PreviewError> {
    let pixels = match samples.allocated {
        1 => samples.pixels().div_ceil(8),
        _ => samples.pixels(),
    };
    let pixels = usize::try_from(pixels).map_err(|_| PreviewError::TooLarge)?;
    let (count, width) = (samples.count.into(), samples.allocated.div_ceil(8).into());
    Ok(Unpacked {
        data: rle::unpack(stream, pixels, count, width).map_err(damaged)?,
        is_rgb: is_called_rgb(samples),
        samples: plainly(samples),
    })
}

fn of_deflated(samples: &Samples, stream: &[u8]) -> Result<Unpacked, PreviewError> {
    let bytes = samples.bits().div_ceil(8);
    let mut data = Vec::new();
    let inflated = flate2::read::DeflateDecoder::new(stream).take(bytes);
    match { inflated }.read_to_end(&mut data) {
        Ok(_) if data.len() as u64 == bytes => Ok(Unpacked {
            data,
            is_rgb: is_called_rgb(samples),
            samples: samples.clone(),
        }),
        Ok(_) => Err(damaged(Damage::Cut)),
        Err(_) => Err(damaged(Damage::Broken)),
    }
}

fn of_codec(samples: &Samples, unpacked: &codecs::Unpacked) -> Result<Unpacked, PreviewError> {
    let is_meant = unpacked.columns == samples.columns
        && unpacked.rows == samples.rows
        && u16::from(unpacked.components) == samples.count;
    if !is_meant {
        return Err(other_size());
    }
    let wide = unpacked.bits > 8;
    let all = unpacked.samples.iter();
    let data = match wide {
        true => all.flat_map(|sample| sample.to_le_bytes()).collect(),
        false => all.map(|sample| sample.to_le_bytes()[0]).collect(),
    };
    Ok(Unpacked {
        data,
        is_rgb: is_called_rgb(samples),
        samples: in_bits(samples, if wide { 16 } else { 8 }, unpacked.bits.into()),
    })
}

fn other_size() -> PreviewError {
    let what = "the packed picture is not of the size that the header says";
    PreviewError::Undecodable(what.to_owned())
}

/// Samples of a stream that has so many bits, right-aligned in so many.
fn in_bits(samples: &Samples, allocated: u16, bits: u16) -> Samples {
    let stored = samples.stored.min(bits).max(1);
    let high = match stored < bits {
        true => samples.high.clamp(stored - 1, bits - 1),
        false => stored - 1,
    };
    Samples {
        allocated,
        stored,
        high,
        ..plainly(samples)
    }
}

/// Has the library decode a frame.
fn of_library(
    samples: &Samples,
    syntax: &str,
    mut stream: Vec<u8>,
    told: Option<&Told>,
) -> Result<Unpacked, PreviewError> {
    let mut now = plainly(samples);
    let mut syntax = syntax;
    if let Some(told) = told {
        let needed = told.bits.max(1).next_multiple_of(8);
        (now, syntax) = match told.kind {
            Kind::Jpeg2000 { .. } => {
                let allocated = needed.max(samples.allocated.next_multiple_of(8));
                (in_bits(samples, allocated, told.bits), JPEG_2000)
            }
            _ => (in_bits(samples, needed, told.bits), JPEG),
        };
    }
    let is_rgb = becomes_rgb(samples, &stream);
    if is_called_rgb(samples) && told.is_some_and(|told| told.kind == Kind::Jpeg) {
        call_it_rgb(&mut stream);
    }
    let data = decode(&now, syntax, stream)?;
    Ok(Unpacked {
        samples: now,
        is_rgb,
        data,
    })
}

/// From a data set of nothing but what the library needs.
fn decode(samples: &Samples, syntax: &str, stream: Vec<u8>) -> Result<Vec<u8>, PreviewError> {
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
pub(in crate::dicom) fn becomes_rgb(samples: &Samples, stream: &[u8]) -> bool {
    let is_called = |names: &[&str]| names.contains(&samples.interpretation.as_str());
    match Told::by(stream).map(|told| told.kind) {
        Some(Kind::Jpeg) => true,
        Some(Kind::Jpeg2000 { transformed, .. }) => {
            transformed || is_called(&["RGB", "YBR_RCT", "YBR_ICT"])
        }
        Some(Kind::LosslessJpeg | Kind::JpegLs) | None => is_called(&["RGB"]),
    }
}
