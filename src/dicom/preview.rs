//! Frames to pictures.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_encoding::TransferSyntaxIndex;
use dicom_object::{DefaultDicomObject, FileMetaTableBuilder, InMemDicomObject, ReadError};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use thiserror::Error;

use super::catalogue::SkipReason;
use super::header::{self, Checked};
use super::raster::{self, Raster};

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

/// Why there is no picture. The file can be sent all the same, unless it cannot be read at all.
#[derive(Debug, Error)]
pub enum PreviewError {
    /// The file is not there, is no DICOM, or is damaged: the scan says which.
    #[error("The file could not be read.")]
    Refused(SkipReason),
    /// The DICOM library could not make anything of it.
    #[error("The file could not be read.")]
    Read(#[source] Box<ReadError>),
    /// Reports, documents and the like.
    #[error("This is no image: there are no pixels to show.")]
    NoPixels,
    /// There are fewer frames.
    #[error("The image has no frame {}: it has {has}.", .asked.saturating_add(1))]
    NoFrame {
        /// Counted from 0.
        asked: u32,
        /// How many there are.
        has: u32,
    },
    /// More than is sensible, or more than is there.
    #[error("The image says that it is larger than anything that can be shown.")]
    TooLarge,
    /// A kind of pixel data that cannot be decoded here.
    #[error("This kind of image cannot be shown here ({0}). It is uploaded all the same.")]
    Undecodable(String),
}

/// Decodes one frame (counted from 0), with the file's own window, and scales it down to at most `max_side` pixels on its
/// longer side. Never scales up.
///
/// # Errors
/// A sentence for a person in place of the picture.
pub fn render(path: &Path, frame: u32, max_side: u32) -> Result<Picture, PreviewError> {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size > MOST_FILE {
        return Err(PreviewError::TooLarge);
    }
    // The reader calls itself for each sequence and believes lengths: it is given only what was checked.
    let checked = header::check(path).map_err(PreviewError::Refused)?;
    // The readers and decoders are not ours; one that panics on a damaged stream costs this picture and nothing else.
    let picture = catch_unwind(AssertUnwindSafe(|| {
        let file = open(path, &checked)?;
        check(&file, frame)?;
        Ok(scaled(&raster::decode(&file, frame)?, max_side))
    }));
    picture.unwrap_or_else(|_| Err(PreviewError::Undecodable("the data is damaged".to_owned())))
}

fn open(path: &Path, checked: &Checked) -> Result<DefaultDicomObject, PreviewError> {
    let unreadable =
        |error| PreviewError::Refused(SkipReason::Unreadable(header::plain_words(&error)));
    let mut file = File::open(path).map_err(unreadable)?;
    file.seek(SeekFrom::Start(checked.offset))
        .map_err(unreadable)?;
    let unknown = || PreviewError::Undecodable("it is packed in an unknown way".to_owned());
    let syntax = TransferSyntaxRegistry
        .get(&checked.transfer_syntax_uid)
        .ok_or_else(unknown)?;
    let object = InMemDicomObject::read_dataset_with_ts(file, syntax);
    let object = object.map_err(|error| PreviewError::Read(Box::new(error)))?;
    // What file meta information says besides the transfer syntax is of no matter here; files lack it.
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(&checked.transfer_syntax_uid)
        .media_storage_sop_class_uid("2.25.0")
        .media_storage_sop_instance_uid("2.25.0")
        .build()
        .map_err(|_| unknown())?;
    Ok(object.with_exact_meta(meta))
}

/// A whole number in the data set.
pub(super) fn number(file: &DefaultDicomObject, tag: Tag) -> Option<u64> {
    file.get(tag)?.to_int::<u64>().ok()
}

/// Holds what the image says of itself against what is sensible, before anything is decoded.
fn check(file: &DefaultDicomObject, frame: u32) -> Result<(), PreviewError> {
    let pixels = file.get(tags::PIXEL_DATA).ok_or(PreviewError::NoPixels)?;
    let (Some(rows), Some(columns)) = (number(file, tags::ROWS), number(file, tags::COLUMNS))
    else {
        return Err(PreviewError::NoPixels);
    };
    let samples = number(file, tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    let bytes = number(file, tags::BITS_ALLOCATED).unwrap_or(8).div_ceil(8);
    let size = [columns, samples, bytes]
        .iter()
        .try_fold(rows, |size, factor| size.checked_mul(*factor));
    match size {
        Some(0) => return Err(PreviewError::NoPixels),
        Some(size) if size <= MOST_BYTES => {}
        _ => return Err(PreviewError::TooLarge),
    }
    let has = number(file, tags::NUMBER_OF_FRAMES).unwrap_or(1).max(1);
    if u64::from(frame) >= has {
        let has = u32::try_from(has).unwrap_or(u32::MAX);
        return Err(PreviewError::NoFrame { asked: frame, has });
    }
    // A packed frame has a size of its own, which the decoders believe.
    let mut packed = pixels.value().fragments().unwrap_or_default().iter();
    match packed.find_map(|fragment| raster::packed_size(fragment)) {
        Some(size) if size * samples.max(1) * bytes > MOST_BYTES => Err(PreviewError::TooLarge),
        _ => Ok(()),
    }
}

/// Averages blocks of pixels; never scales up.
fn scaled(raster: &Raster, max_side: u32) -> Picture {
    let (columns, rows) = (u64::from(raster.columns), u64::from(raster.rows));
    let longer = columns.max(rows).max(1);
    let most = u64::from(max_side.clamp(1, 4096)).min(longer);
    let side = |length: u64| (length * most / longer).max(1);
    let (width, height) = (side(columns), side(rows));
    let block = |at: u64, of: u64, length: u64| {
        let edge = |at: u64| at * length / of;
        edge(at)..edge(at + 1).max(edge(at) + 1)
    };
    let mut rgba = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let mut sums = [0u64; 3];
            let mut count = 0u64;
            for line in block(y, height, rows) {
                for column in block(x, width, columns) {
                    for (sum, value) in sums.iter_mut().zip(raster.pixel(line * columns + column)) {
                        *sum += u64::from(value);
                    }
                    count += 1;
                }
            }
            let average = |sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX);
            rgba.extend(sums.map(average));
            rgba.push(u8::MAX);
        }
    }
    let pixels = |side| u32::try_from(side).unwrap_or(u32::MAX);
    Picture {
        width: pixels(width),
        height: pixels(height),
        rgba,
    }
}
