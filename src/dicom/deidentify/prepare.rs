//! A whole file on its way out: looked at, blackened where its profile says so, and cleaned.

use std::io::{Cursor, Read, Seek, SeekFrom};

use super::burned_in::{Risk, risk_in};
use super::cleaner::{Cleaner, Wanted};
use super::error::Error;
use super::output::{Cleaned, Piece};
use super::pixels::{Blackening, PixelError, blacken, rectangles_for};
use super::replace::LARGEST;

/// A file that may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What leaves. Where pixels were cleaned, no part of it is in the original file.
    pub cleaned: Cleaned,
    /// What was done with its pixels; `None` where no rectangle lies on them.
    pub pixels: Option<PixelWork>,
    /// Why its picture may show whose it is; `None` where that is not likely. It needs a yes before it is sent.
    pub risk: Option<Risk>,
}

/// What was done with a file's pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelWork {
    /// Frames in which something was blackened.
    pub frames: u32,
    /// Pixels that were, in each of them.
    pub pixels: u64,
    /// The transfer syntax in which they were packed, where they are stored unpacked now.
    pub decoded_from: Option<String>,
    /// Whether the small picture (Icon Image Sequence) was taken out.
    pub icon_removed: bool,
}

/// Looks at a file of `size` bytes, blackens the rectangles that its profile has for it, and cleans it.
///
/// A picture in which something was blackened needs no yes any more, unless it is no picture but a document or a video.
///
/// # Errors
/// Why it must not be sent.
pub fn prepare(
    cleaner: &Cleaner,
    source: &mut (impl Read + Seek),
    size: u64,
    values: bool,
) -> Result<Outgoing, Error> {
    let rewound = |source: &mut _| Seek::seek(source, SeekFrom::Start(0)).map(|_| ());
    rewound(source).map_err(|error| Error::reading(&error))?;
    let risk = risk_in(&mut *source, size).map_err(Error::of_reading)?;
    let wanted = Wanted {
        pixels_cleaned: false,
        values,
    };
    let profile = cleaner.profile();
    rewound(source).map_err(|error| Error::reading(&error))?;
    let rectangles =
        rectangles_for(&profile.rectangles, &mut *source, size).map_err(Error::Pixels)?;
    if rectangles.is_empty() {
        let cleaned = cleaner.clean(source, size, wanted)?;
        return Ok(Outgoing {
            cleaned,
            pixels: None,
            risk,
        });
    }
    let mut done = blacken(&whole(source, size)?, &rectangles).map_err(Error::Pixels)?;
    let bytes = std::mem::take(&mut done.bytes);
    let is_black = done.frames > 0;
    let wanted = Wanted {
        pixels_cleaned: is_black,
        ..wanted
    };
    let mut cleaned = cleaner.clean(&mut Cursor::new(&bytes), bytes.len() as u64, wanted)?;
    in_memory(&mut cleaned, &bytes)?;
    let is_picture = !matches!(risk, Some(Risk::Document | Risk::Model | Risk::Video));
    Ok(Outgoing {
        cleaned,
        pixels: is_black.then(|| done.into()),
        risk: risk.filter(|_| !(is_black && is_picture)),
    })
}

/// What stands in a file that nobody else has is taken from there.
fn in_memory(cleaned: &mut Cleaned, file: &[u8]) -> Result<(), Error> {
    for piece in &mut cleaned.pieces {
        if let Piece::Source(place) = piece {
            let start = usize::try_from(place.start).unwrap_or(usize::MAX);
            let end = usize::try_from(place.end).unwrap_or(usize::MAX);
            let part = file.get(start..end);
            let part = part.ok_or(Error::Pixels(PixelError::Damaged))?;
            *piece = Piece::Bytes(part.to_vec());
        }
    }
    Ok(())
}

impl From<Blackening> for PixelWork {
    fn from(done: Blackening) -> Self {
        PixelWork {
            frames: done.frames,
            pixels: done.pixels,
            decoded_from: done.decoded_from,
            icon_removed: done.icon_removed,
        }
    }
}

fn whole(source: &mut (impl Read + Seek), size: u64) -> Result<Vec<u8>, Error> {
    if size > LARGEST {
        return Err(Error::Pixels(PixelError::TooLarge));
    }
    let mut file = Vec::new();
    source
        .seek(SeekFrom::Start(0))
        .and_then(|_| source.by_ref().take(size).read_to_end(&mut file))
        .map_err(|error| Error::reading(&error))?;
    Ok(file)
}
