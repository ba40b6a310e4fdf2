//! Frames to pictures.

use std::panic::catch_unwind;
use std::path::Path;

use thiserror::Error;

use super::catalogue::SkipReason;
use super::frame;
use super::raster::Raster;

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
    // The decoders are not ours; one that panics on a damaged stream costs this picture and nothing else.
    let raster = catch_unwind(|| Raster::of(&frame::read(path, frame)?));
    let damaged = || PreviewError::Undecodable("the data is damaged".to_owned());
    let raster = raster.unwrap_or_else(|_| Err(damaged()))?;
    Ok(scaled(&raster, max_side))
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
