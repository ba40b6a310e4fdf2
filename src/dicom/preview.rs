//! Frames to pictures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, OpenFileOptions, ReadError};
use dicom_pixeldata::{ConvertOptions, DecodedPixelData, PixelDecoder, VoiLutOption};
use thiserror::Error;

/// The most that one frame may unpack to.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// The largest file that is read for a picture.
const MOST_FILE: u64 = 1024 * 1024 * 1024;

/// A picture to be shown: 8-bit RGBA, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

/// Why there is no picture. The file can be sent all the same.
#[derive(Debug, Error)]
pub enum PreviewError {
    /// The file is not there or is no DICOM.
    #[error("The file could not be read.")]
    Read(#[source] Box<ReadError>),
    /// Reports, documents and the like.
    #[error("This is no image: there are no pixels to show.")]
    NoPixels,
    /// More than is sensible, or more than is there.
    #[error("The image says that it is larger than anything that can be shown.")]
    TooLarge,
    /// A kind of pixel data that cannot be decoded here.
    #[error("This kind of image cannot be shown here ({0}). It is uploaded all the same.")]
    Undecodable(String),
}

/// Decodes one frame, with the file's own window, and scales it down to at most `max_side` pixels on its longer side.
///
/// # Errors
/// A sentence for a person in place of the picture.
pub fn render(path: &Path, frame: u32, max_side: u32) -> Result<Picture, PreviewError> {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size > MOST_FILE {
        return Err(PreviewError::TooLarge);
    }
    let file = OpenFileOptions::new().open_file(path);
    let file = file.map_err(|error| PreviewError::Read(Box::new(error)))?;
    check(&file)?;
    // The decoders are not ours; one that panics on a damaged stream costs this picture and nothing else.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(&file, frame)));
    let (samples, pixels, columns, rows) =
        decoded.map_err(|_| PreviewError::Undecodable("the data is damaged".to_owned()))??;
    scaled(&samples, pixels, columns, rows, max_side).ok_or(PreviewError::TooLarge)
}

fn check(file: &DefaultDicomObject) -> Result<(), PreviewError> {
    let number = |tag| {
        file.get(tag)
            .and_then(|element| element.to_int::<u64>().ok())
    };
    if file.get(tags::PIXEL_DATA).is_none() {
        return Err(PreviewError::NoPixels);
    }
    let (Some(rows), Some(columns)) = (number(tags::ROWS), number(tags::COLUMNS)) else {
        return Err(PreviewError::NoPixels);
    };
    let samples = number(tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    let bytes = number(tags::BITS_ALLOCATED).unwrap_or(8).div_ceil(8);
    let size = [columns, samples, bytes]
        .iter()
        .try_fold(rows, |size, factor| size.checked_mul(*factor));
    match size {
        Some(0) => Err(PreviewError::NoPixels),
        Some(size) if size <= MOST_BYTES => Ok(()),
        _ => Err(PreviewError::TooLarge),
    }
}

/// One frame as 8-bit samples: 1 a pixel for grey, 3 for colour.
type Frame = (Vec<u8>, usize, u32, u32);

fn decode(file: &DefaultDicomObject, frame: u32) -> Result<Frame, PreviewError> {
    let undecodable =
        |error: dicom_pixeldata::Error| PreviewError::Undecodable(short(&error.to_string()));
    let decoded: DecodedPixelData<'_> = file.decode_pixel_data_frame(frame).map_err(undecodable)?;
    let (columns, rows) = (decoded.columns(), decoded.rows());
    let colour = decoded.samples_per_pixel() == 3;
    let options = ConvertOptions::new().force_8bit();
    let options = if colour {
        options
    } else {
        options.with_voi_lut(VoiLutOption::Default)
    };
    let mut samples: Vec<u8> = decoded
        .to_vec_frame_with_options(0, &options)
        .map_err(undecodable)?;
    let inverted = file
        .get(tags::PHOTOMETRIC_INTERPRETATION)
        .and_then(|element| element.to_str().ok())
        .is_some_and(|text| text.trim() == "MONOCHROME1");
    if inverted {
        samples
            .iter_mut()
            .for_each(|sample| *sample = 255 - *sample);
    }
    Ok((samples, if colour { 3 } else { 1 }, columns, rows))
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Averages blocks of pixels; never scales up.
#[expect(
    clippy::cast_possible_truncation,
    reason = "averages of bytes are bytes"
)]
fn scaled(
    samples: &[u8],
    channels: usize,
    columns: u32,
    rows: u32,
    max_side: u32,
) -> Option<Picture> {
    let longer = columns.max(rows);
    let factor = f64::from(max_side.clamp(1, 4096)) / f64::from(longer.max(1));
    let side = |length: u32| {
        if factor >= 1.0 {
            length
        } else {
            ((f64::from(length) * factor) as u32).max(1)
        }
    };
    let (width, height) = (side(columns), side(rows));
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    let range = |at: u32, of: u32, length: u32| {
        let edge = |at: u32| u64::from(at) * u64::from(length) / u64::from(of);
        edge(at) as usize..(edge(at + 1).max(edge(at) + 1)) as usize
    };
    for y in 0..height {
        let lines = range(y, height, rows);
        for x in 0..width {
            let mut sums = [0u32; 3];
            let mut count = 0u32;
            for line in lines.clone() {
                for column in range(x, width, columns) {
                    let at = (line * columns as usize + column) * channels;
                    let pixel = samples.get(at..at + channels)?;
                    for (sum, channel) in sums.iter_mut().zip(0..3) {
                        *sum += u32::from(*pixel.get(channel.min(channels - 1))?);
                    }
                    count += 1;
                }
            }
            rgba.extend(sums.map(|sum| (sum / count.max(1)) as u8));
            rgba.push(255);
        }
    }
    Some(Picture {
        width,
        height,
        rgba,
    })
}
