//! Rectangles blackened in every frame of a file, before anything else is done to it.
//!
//! Pixels that are not packed are blackened where they stand, and not another byte changes. Packed ones are decoded, blackened
//! and stored unpacked as Explicit VR Little Endian, with every attribute that depends on it. [`check`] then goes through
//! the result byte by byte. What cannot be decoded is refused by name.

mod black;
mod canvas;
mod check;
mod decode;
mod error;
mod fits;
mod layout;
mod write;

use std::io::{BufReader, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};

use black::Black;
use canvas::{Canvas, Mask};
pub use error::PixelError;
pub use fits::rectangles_for;
use layout::Top;

use super::profile::Rectangle;
use super::replace::LARGEST;
use crate::dicom::dataset::element::Tag;
use crate::dicom::image::pixel_description::{Attributes, Samples};
use crate::dicom::scan::header::{Form, visit_in};

const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);
const ICON: Tag = Tag(0x0088, 0x0200);
/// One frame's pixels, at most.
const MOST_PIXELS: u64 = 256 * 1024 * 1024;
/// Rectangles, at most.
const MOST_RECTANGLES: usize = 10_000;

/// A file whose rectangles are black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blackening {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// The frames in which something was blackened; none where no rectangle lies on the image, or there is no image.
    pub frames: u32,
    /// Pixels that were blackened in each of them.
    pub pixels: u64,
    /// The transfer syntax in which the pixels were packed, where they had to be decoded: they are stored unpacked.
    pub decoded_from: Option<String>,
    /// Whether the small picture of the image (Icon Image Sequence) was taken out: it would have shown what is black now.
    pub icon_removed: bool,
}

impl Blackening {
    fn none(file: &[u8]) -> Self {
        Blackening {
            bytes: file.to_vec(),
            frames: 0,
            pixels: 0,
            decoded_from: None,
            icon_removed: false,
        }
    }
}

/// Blackens these rectangles in every frame. They are clipped to the image; in colours that two pixels share (YBR_FULL_422)
/// they are widened to whole pairs. Black is the darkest value that the image can show.
///
/// Takes files of up to [`LARGEST`] bytes, whose pixels may unpack to as much; the file and the result are in memory at once.
///
/// # Errors
/// Why nothing was blackened; such a file must not be sent.
pub fn blacken(file: &[u8], rectangles: &[Rectangle]) -> Result<Blackening, PixelError> {
    if file.len() as u64 > LARGEST || rectangles.len() > MOST_RECTANGLES {
        return Err(PixelError::TooLarge);
    }
    // The decoders are not ours; one that panics on a damaged stream costs this file and nothing else.
    catch_unwind(AssertUnwindSafe(|| try_to(file, rectangles))).unwrap_or(Err(PixelError::Damaged))
}

fn try_to(file: &[u8], rectangles: &[Rectangle]) -> Result<Blackening, PixelError> {
    let (attributes, form) = read(file)?;
    if form.deflated {
        let plain = write::inflated(file, form)?;
        let done = try_to(&plain, rectangles)?;
        return Ok(match done.frames {
            0 => Blackening::none(file),
            _ => Blackening {
                decoded_from: Some(attributes.transfer_syntax()),
                ..done
            },
        });
    }
    let top = Top::of(file, form)?;
    if attributes.places().is_empty() {
        return match top.has_other_pixels() {
            true => Err(PixelError::Unsupported("floating-point pixels".to_owned())),
            false => Ok(Blackening::none(file)),
        };
    }
    let samples = Samples::of(&attributes)?;
    if samples.pixels() > MOST_PIXELS {
        return Err(PixelError::TooLarge);
    }
    let mask = Mask::new(samples.columns, samples.rows, rectangles);
    if mask.pixels() == 0 {
        return Ok(Blackening::none(file));
    }
    let work = Work {
        file,
        form,
        attributes: &attributes,
        top,
        mask,
    };
    match attributes.is_packed() {
        true => work.packed(&samples),
        false => work.plain(&samples),
    }
}

fn read(file: &[u8]) -> Result<(Attributes, Form), PixelError> {
    let mut attributes = Attributes::default();
    let size = file.len() as u64;
    let form = visit_in(BufReader::new(Cursor::new(file)), size, &mut attributes)?;
    attributes.is_written(form);
    Ok((attributes, form))
}

struct Work<'a> {
    file: &'a [u8],
    form: Form,
    attributes: &'a Attributes,
    top: Top,
    mask: Mask,
}

impl Work<'_> {
    /// Blackens pixels where they stand.
    fn plain(&self, samples: &Samples) -> Result<Blackening, PixelError> {
        let pixels = self.top.pixels()?;
        let data = self.file.get(pixels.clone()).unwrap_or_default();
        let swapped = self.top.are_swapped_bytes(samples);
        let canvas = Canvas::new(samples, swapped)?;
        let frames = canvas.frames_in(data.len());
        if frames < self.attributes.frames() {
            return Err(PixelError::TooFew);
        }
        let black = Black::of(self.attributes, samples, data)?;
        let drop_icon = self.top.has(ICON);
        let (mut bytes, place) = match drop_icon {
            true => write::without_icon(self.file, &self.top)?,
            false => (self.file.to_vec(), pixels),
        };
        let painted = bytes.get_mut(place).ok_or(PixelError::Damaged)?;
        canvas.paint(painted, frames, &self.mask, black);
        check::plain(self, &bytes, samples, drop_icon)?;
        Ok(Blackening {
            bytes,
            frames,
            pixels: self.mask.pixels(),
            decoded_from: None,
            icon_removed: drop_icon,
        })
    }

    /// Decodes frame by frame, and blackens each.
    fn packed(&self, samples: &Samples) -> Result<Blackening, PixelError> {
        let frames = self.attributes.frames();
        let packed = decode::Packed::new(self.file, self.attributes, samples)?;
        let after = packed.samples()?;
        let canvas = Canvas::new(&after, false)?;
        if u64::from(frames).saturating_mul(canvas.frame_bytes() as u64) > LARGEST {
            return Err(PixelError::TooLarge);
        }
        let mut all = Vec::new();
        let mut black = None;
        for frame in 0..frames {
            let decoded = packed.frame(frame)?;
            if decoded.len() != canvas.frame_bytes() {
                return Err(PixelError::OtherSize);
            }
            let black = match black {
                Some(black) => black,
                None => *black.insert(Black::of(self.attributes, &after, &decoded)?),
            };
            let start = all.len();
            all.extend_from_slice(&decoded);
            let painted = all.get_mut(start..).unwrap_or_default();
            canvas.paint(painted, 1, &self.mask, black);
            check::frames(&decoded, painted, &canvas, &self.mask, black)?;
        }
        let bytes = write::unpacked(self, &after, all, packed.is_lossy())?;
        check::unpacked(self, &bytes, &after, frames, black.unwrap_or_default())?;
        Ok(Blackening {
            bytes,
            frames,
            pixels: self.mask.pixels(),
            decoded_from: Some(packed.syntax().to_owned()),
            icon_removed: self.top.has(ICON),
        })
    }
}
