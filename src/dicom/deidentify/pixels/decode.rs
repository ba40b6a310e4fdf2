//! Packed pixels, frame by frame.

use super::error::PixelError;
use crate::dicom::image::codestream::{Kind, Told};
use crate::dicom::image::decode::{Unpacked, becomes_rgb, unpack};
use crate::dicom::image::frame::{Offsets, places_of};
use crate::dicom::image::pixel_description::{Attributes, MOST_BYTES, Samples};

const RLE: &str = "1.2.840.10008.1.2.5";

/// A file's packed pixels.
pub(super) struct Packed<'a> {
    file: &'a [u8],
    attributes: &'a Attributes,
    samples: &'a Samples,
    syntax: String,
    first: Vec<u8>,
}

impl<'a> Packed<'a> {
    pub(super) fn new(
        file: &'a [u8],
        attributes: &'a Attributes,
        samples: &'a Samples,
    ) -> Result<Self, PixelError> {
        let syntax = attributes.transfer_syntax();
        if syntax.is_empty() || samples.big_endian {
            let what = "nothing says how it is packed";
            return Err(PixelError::Unsupported(what.to_owned()));
        }
        if let Some(name) = not_decoded(&syntax) {
            return Err(PixelError::Unsupported(name.to_owned()));
        }
        let mut packed = Packed {
            file,
            attributes,
            samples,
            syntax,
            first: Vec::new(),
        };
        packed.first = packed.stream(0)?;
        Ok(packed)
    }

    pub(super) fn syntax(&self) -> &str {
        &self.syntax
    }

    /// The samples as they are once they are unpacked.
    pub(super) fn samples(&self) -> Result<Samples, PixelError> {
        let interpretation = match self.samples.interpretation.as_str() {
            _ if self.samples.count != 3 => self.samples.interpretation.clone(),
            _ if becomes_rgb(self.samples, &self.first) => "RGB".to_owned(),
            // Unpacked, each pixel has its own colours.
            "YBR_FULL" | "YBR_FULL_422" => "YBR_FULL".to_owned(),
            other => return Err(PixelError::Unsupported(format!("“{other}”"))),
        };
        Ok(Samples {
            big_endian: false,
            planes: false,
            interpretation,
            ..self.samples.clone()
        })
    }

    /// Whether something was lost when it was packed: the image must go on saying so (PS3.3, C.7.6.1.1.5).
    pub(super) fn is_lossy(&self) -> bool {
        match Told::by(&self.first).map(|told| told.kind) {
            Some(Kind::Jpeg) => true,
            Some(Kind::Jpeg2000 { reversible, .. }) => !reversible,
            Some(Kind::LosslessJpeg | Kind::JpegLs) | None => false,
        }
    }

    /// One frame, counted from 0.
    pub(super) fn frame(&self, frame: u32) -> Result<Vec<u8>, PixelError> {
        let stream = match frame {
            0 => self.first.clone(),
            _ => self.stream(frame)?,
        };
        self.holds_what_the_header_says(&stream)?;
        let Unpacked { samples, data, .. } = unpack(self.samples, &self.syntax, stream)?;
        match samples.allocated == self.samples.allocated && samples.count == self.samples.count {
            true => Ok(data),
            false => Err(PixelError::OtherSize),
        }
    }

    fn stream(&self, frame: u32) -> Result<Vec<u8>, PixelError> {
        let part = |place: std::ops::Range<u64>| {
            let (start, end) = (usize::try_from(place.start), usize::try_from(place.end));
            let range = start.unwrap_or(usize::MAX)..end.unwrap_or(usize::MAX);
            self.file.get(range).unwrap_or_default()
        };
        let places = self.attributes.places();
        let table = places.first().cloned().map(part).unwrap_or_default();
        let frames = self.attributes.frames();
        let places = places_of(places, frame, frames, &Offsets::Basic(table))?;
        let stream: Vec<u8> = places.into_iter().flat_map(part).copied().collect();
        match stream.len() as u64 > MOST_BYTES {
            true => Err(PixelError::TooLarge),
            false => Ok(stream),
        }
    }

    /// The decoders fill what a stream does not hold with zeros, and say nothing.
    fn holds_what_the_header_says(&self, stream: &[u8]) -> Result<(), PixelError> {
        let samples = self.samples;
        let bytes = samples.allocated / 8;
        let fits = match Told::by(stream) {
            Some(told) => {
                told.width == u64::from(samples.columns)
                    && told.height == u64::from(samples.rows)
                    && told.components == samples.count
                    && told.is_full
                    && match told.kind {
                        // They can be shown, and were never blackened.
                        Kind::Jpeg if told.bits > 8 => return Err(unsupported("JPEG of 12 bits")),
                        Kind::JpegLs => return Err(unsupported("JPEG-LS")),
                        // Each is written with as many bytes as the header says.
                        Kind::Jpeg2000 { .. } => told.bits <= samples.allocated,
                        _ => told.bits.div_ceil(8) == bytes,
                    }
            }
            None if self.syntax == RLE => {
                if !matches!(samples.allocated, 8 | 16) {
                    return Err(unsupported("RLE of 1 or 32 bits"));
                }
                let segments = stream.first_chunk().map(|count| u32::from_le_bytes(*count));
                segments == Some(u32::from(samples.count * bytes))
            }
            // Ways of packing that are not decoded here: the decoder says which.
            None => true,
        };
        fits.then_some(()).ok_or(PixelError::OtherSize)
    }
}

fn unsupported(what: &str) -> PixelError {
    PixelError::Unsupported(what.to_owned())
}

/// What is not decoded for this, by its name.
fn not_decoded(syntax: &str) -> Option<&'static str> {
    if syntax == "1.2.840.10008.1.2.8.1" {
        return Some("deflated frames");
    }
    Some(match syntax.strip_prefix("1.2.840.10008.1.2.4.")? {
        "80" | "81" => "JPEG-LS",
        "94" | "95" | "204" | "205" => "pixels that lie on a server, JPIP",
        number if number.starts_with("10") => "a video, MPEG or HEVC",
        "110" | "111" | "112" => "JPEG XL",
        _ => return None,
    })
}
