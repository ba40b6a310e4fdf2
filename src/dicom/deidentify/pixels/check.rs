//! The result is read again: black where it must be, and nothing else changed.

use super::black::Black;
use super::canvas::{Canvas, Mask, Order};
use super::error::PixelError;
use super::layout::{Span, Top};
use super::{PIXEL_DATA, Work, read, write};
use crate::dicom::image::pixel_description::Samples;

/// A file whose pixels were blackened where they stand.
pub(super) fn plain(
    work: &Work<'_>,
    after: &[u8],
    samples: &Samples,
    without_icon: bool,
) -> Result<(), PixelError> {
    const OTHER: PixelError = PixelError::NotAsMeant("its elements are not those of the file");
    let (attributes, form) = read(after)?;
    let top = Top::of(after, form)?;
    let head = |file: &'_ [u8]| file.get(..work.top.offset).map(<[u8]>::to_vec);
    let stays = |span: &&Span| !(without_icon && write::goes_with_icon(span.tag));
    let before: Vec<&Span> = work.top.spans.iter().filter(stays).collect();
    if form != work.form || head(after) != head(work.file) || before.len() != top.spans.len() {
        return Err(OTHER);
    }
    for (old, new) in before.into_iter().zip(&top.spans) {
        let (before, now) = (
            work.file.get(old.whole.clone()),
            after.get(new.whole.clone()),
        );
        if old.tag != PIXEL_DATA && before != now {
            return Err(OTHER);
        }
    }
    let samples_now = Samples::of(&attributes)?;
    if samples_now != *samples {
        return Err(OTHER);
    }
    let canvas = Canvas::new(samples, top.are_swapped_bytes(samples))?;
    let before = work.file.get(work.top.pixels()?).unwrap_or_default();
    let now = after.get(top.pixels()?).unwrap_or_default();
    let black = Black::of(&attributes, samples, before)?;
    frames(before, now, &canvas, &work.mask, black)
}

/// A file whose pixels were packed.
pub(super) fn unpacked(
    work: &Work<'_>,
    after: &[u8],
    samples: &Samples,
    frames: u32,
    black: Black,
) -> Result<(), PixelError> {
    const OTHER: PixelError = PixelError::NotAsMeant("its elements are not as they should be");
    let (attributes, form) = read(after)?;
    let top = Top::of(after, form)?;
    let samples_now = Samples::of(&attributes)?;
    let is_plain = !attributes.is_packed() && attributes.transfer_syntax() == write::EXPLICIT;
    if !is_plain || samples_now != *samples || attributes.frames() != frames {
        return Err(OTHER);
    }
    let new = write::changed(samples, true);
    let may_differ =
        |span: &&Span| span.tag != PIXEL_DATA && !new.iter().any(|(tag, ..)| *tag == span.tag);
    let before = work.top.spans.iter().filter(|span| !write::goes(span.tag));
    let before = before
        .filter(may_differ)
        .map(|span| work.file.get(span.whole.clone()));
    let now = top
        .spans
        .iter()
        .filter(may_differ)
        .map(|span| after.get(span.whole.clone()));
    if !before.eq(now) {
        return Err(OTHER);
    }
    let canvas = Canvas::new(samples, false)?;
    let data = after.get(top.pixels()?).unwrap_or_default();
    let meant = canvas.frame_bytes() as u64 * u64::from(frames);
    if data.len() as u64 != meant + meant % 2 {
        return Err(OTHER);
    }
    let map = work.mask.as_map();
    for frame in data.chunks_exact(canvas.frame_bytes().max(1)) {
        compare(frame, frame, &canvas, &map, black)?;
    }
    Ok(())
}

/// Frames before and after: black where the mask says, the same elsewhere.
pub(super) fn frames(
    before: &[u8],
    after: &[u8],
    canvas: &Canvas,
    mask: &Mask,
    black: Black,
) -> Result<(), PixelError> {
    compare(before, after, canvas, &mask.as_map(), black)
}

/// From each byte to the sample, pixel and colour that it belongs to: the other way round than it was written.
fn compare(
    before: &[u8],
    after: &[u8],
    canvas: &Canvas,
    map: &[bool],
    black: Black,
) -> Result<(), PixelError> {
    const LEFT: PixelError = PixelError::NotAsMeant("a rectangle is not black");
    const CHANGED: PixelError =
        PixelError::NotAsMeant("pixels beside the rectangles are not the same");
    if before.len() != after.len() {
        return Err(CHANGED);
    }
    let whole = canvas.frames_in(before.len()) as usize * canvas.samples();
    let width = usize::from(canvas.allocated.div_ceil(8));
    let at_once = if canvas.allocated == 1 { 8 } else { 1 };
    for (number, (before, after)) in before.chunks(width).zip(after.chunks(width)).enumerate() {
        let place = if canvas.swapped { number ^ 1 } else { number };
        for bit in 0..at_once {
            let sample = place * at_once + bit;
            let colour = (sample < whole)
                .then(|| canvas.blackened(sample, map))
                .flatten();
            let of = |bytes: &[u8]| match at_once {
                1 => value(bytes, canvas.big_endian),
                _ => bytes.first().map_or(0, |byte| u32::from((byte >> bit) & 1)),
            };
            match colour.and_then(|colour| black.0.get(colour)) {
                Some(black) if of(after) != *black => return Err(LEFT),
                None if of(after) != of(before) => return Err(CHANGED),
                _ => {}
            }
        }
    }
    Ok(())
}

fn value(bytes: &[u8], big_endian: bool) -> u32 {
    let join = |value: u32, byte: &u8| (value << 8) | u32::from(*byte);
    match big_endian {
        true => bytes.iter().fold(0, join),
        false => bytes.iter().rev().fold(0, join),
    }
}

impl Canvas {
    /// Which of black's values this sample must have; `None` where it stays.
    fn blackened(&self, sample: usize, map: &[bool]) -> Option<usize> {
        let place = sample % self.samples().max(1);
        let is_black = |pixel: usize| map.get(pixel).copied().unwrap_or(false);
        let (is_black, colour) = match self.order {
            Order::Single => (is_black(place), 0),
            Order::Pixels => (is_black(place / 3), place % 3),
            Order::Planes => (is_black(place % self.pixels), place / self.pixels),
            Order::Pairs => {
                let pair = place / 4 * 2;
                let colour = [0, 0, 1, 2].get(place % 4).copied().unwrap_or(0);
                (is_black(pair) || is_black(pair + 1), colour)
            }
        };
        is_black.then_some(colour)
    }
}
