//! Frames to pictures: decoded once, and shown as often as the window changes.

mod colour;
mod facts;
mod functional_groups;
mod grey;
mod lut;
mod overlay;
mod picture;
mod samples;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use thiserror::Error;

pub use facts::{Facts, NamedWindow};
pub use grey::{Function, Window};
pub use picture::Picture;

use super::frame::{self, Frame};
use crate::dicom::catalogue::SkipReason;
use grey::{Grey, Said};
use overlay::Overlay;
use samples::Values;

/// Why there is no picture. The file can be sent all the same, unless it cannot be read at all.
#[derive(Debug, Error)]
pub enum PreviewError {
    /// The file is not there, is no DICOM, or is damaged: the scan says which.
    #[error("The file could not be read.")]
    Refused(SkipReason),
    /// Nothing to show, and nothing known that it is instead.
    #[error("This is no image: there are no pixels to show.")]
    NoPixels,
    /// Something else than an image.
    #[error("This is {0}, not an image.")]
    NoImage(NoImage),
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

pub use facts::NoImage;

/// How a frame is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Which values become which grey; `None`: as the file says, or, where it says nothing, from its darkest to its brightest.
    pub window: Option<Window>,
    /// Dark and bright the other way round.
    pub inverted: bool,
    /// Whether what is drawn over the image (lines and letters in groups 60xx) is shown.
    pub overlays: bool,
}

impl Default for Look {
    /// As the file says, with its overlays.
    fn default() -> Self {
        Look {
            window: None,
            inverted: false,
            overlays: true,
        }
    }
}

/// A frame that was decoded: the values of its pixels, compact, before a window makes greys of them.
#[derive(Debug, Clone)]
pub struct Decoded {
    facts: Facts,
    pixels: Pixels,
    overlay: Option<Overlay>,
}

#[derive(Debug, Clone)]
enum Pixels {
    Grey(Grey),
    /// Red, green and blue, a byte each.
    Colour(Vec<u8>),
}

impl Decoded {
    /// What it takes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Decoded>()
            + self.overlay.as_ref().map_or(0, Overlay::bytes)
            + match &self.pixels {
                Pixels::Grey(grey) => grey.bytes(),
                Pixels::Colour(rgb) => rgb.len(),
            }
    }

    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The frame as it is to be shown, scaled down to at most `max_side` pixels on its longer side; never scaled up. Its pixels
    /// are those of the file: where they are not square ([`Facts::aspect`]), whoever draws it stretches it.
    #[must_use]
    pub fn picture(&self, look: &Look, max_side: u32) -> Picture {
        let (width, height) = picture::fitted(self.facts.columns, self.facts.rows, max_side);
        self.sized(look, width, height)
    }

    fn sized(&self, look: &Look, width: u32, height: u32) -> Picture {
        let size = picture::Size {
            columns: self.facts.columns,
            rows: self.facts.rows,
            width,
            height,
        };
        let overlay = self.overlay.as_ref().filter(|_| look.overlays);
        match &self.pixels {
            Pixels::Grey(grey) => {
                let mut shades = grey.shades(look);
                if let Some(overlay) = overlay {
                    overlay.whiten(&mut shades, 1);
                }
                size.of_greys(&shades)
            }
            Pixels::Colour(rgb) if !look.inverted && overlay.is_none() => size.of_colours(rgb),
            Pixels::Colour(rgb) => {
                let turn = |byte: &u8| if look.inverted { !byte } else { *byte };
                let mut shades: Vec<u8> = rgb.iter().map(turn).collect();
                if let Some(overlay) = overlay {
                    overlay.whiten(&mut shades, 3);
                }
                size.of_colours(&shades)
            }
        }
    }
}

/// Decodes one frame (counted from 0).
///
/// # Errors
/// A sentence for a person in place of the picture.
pub fn decode(path: &Path, frame: u32) -> Result<Decoded, PreviewError> {
    // The decoders are not ours; one that panics on a damaged stream costs this picture and nothing else.
    let decoded = catch_unwind(AssertUnwindSafe(|| of_frame(&frame::read(path, frame)?)));
    let damaged = || PreviewError::Undecodable("the data is damaged".to_owned());
    decoded.unwrap_or_else(|_| Err(damaged()))
}

fn of_frame(frame: &Frame) -> Result<Decoded, PreviewError> {
    let said = Said::of(frame);
    let mut facts = Facts::of(frame, &said);
    let samples = &frame.samples;
    let pixels = match samples.interpretation.as_str() {
        _ if frame.is_float => Pixels::Grey(Grey::of(
            frame,
            &said,
            Values::floating(samples, &frame.data),
        )),
        "PALETTE COLOR" => Pixels::Colour(colour::palette(frame)?),
        _ if samples.count == 3 => Pixels::Colour(colour::rgb(frame)),
        _ => Pixels::Grey(Grey::of(frame, &said, Values::of(samples, &frame.data))),
    };
    match &pixels {
        Pixels::Grey(grey) => facts.add_greys(&said, grey),
        Pixels::Colour(_) => facts.is_colour = true,
    }
    let overlay = Overlay::of(frame);
    facts.has_overlays = overlay.is_some();
    Ok(Decoded {
        facts,
        pixels,
        overlay,
    })
}

/// Decodes one frame (counted from 0), shows it as the file says, and scales it down to at most `max_side` pixels on its
/// longer side, in its right proportions. Never scales up.
///
/// # Errors
/// A sentence for a person in place of the picture.
pub fn render(path: &Path, frame: u32, max_side: u32) -> Result<Picture, PreviewError> {
    let decoded = decode(path, frame)?;
    let facts = decoded.facts();
    let (width, height) = picture::in_proportion(facts.columns, facts.rows, facts.aspect, max_side);
    Ok(decoded.sized(&Look::default(), width, height))
}
