//! Pictures: bytes to be shown, averaged down to the size that is asked for.

use std::ops::Range;

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

/// The size of an image within a square of `max_side` pixels; never larger than the image itself.
pub(super) fn fitted(columns: u32, rows: u32, max_side: u32) -> (u32, u32) {
    let longer = columns.max(rows).max(1);
    let most = max_side.clamp(1, longer);
    let side = |length: u32| {
        let scaled = u64::from(length) * u64::from(most) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
    };
    (side(columns), side(rows))
}

/// The same where pixels are not square: the side along which they are short is scaled down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a number that fits; casts of floating-point numbers stop at the ends"
)]
pub(super) fn in_proportion(columns: u32, rows: u32, aspect: f64, max_side: u32) -> (u32, u32) {
    let squeezed = |side: u32, by: f64| ((f64::from(side) * by).round() as u32).max(1);
    let (columns, rows) = match aspect {
        tall if tall > 1.0 => (squeezed(columns, 1.0 / tall), rows),
        flat if flat > 0.0 => (columns, squeezed(rows, flat)),
        _ => (columns, rows),
    };
    fitted(columns, rows, max_side)
}

/// From a frame's size to a picture's, which is no larger.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) columns: u32,
    pub(super) rows: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Size {
    /// One byte a pixel.
    pub(super) fn of_greys(self, greys: &[u8]) -> Picture {
        self.picture(greys, |[grey]| [grey, grey, grey, u8::MAX])
    }

    /// Three bytes a pixel.
    pub(super) fn of_colours(self, rgb: &[u8]) -> Picture {
        self.picture(rgb, |[red, green, blue]| [red, green, blue, u8::MAX])
    }

    fn picture<const N: usize>(
        self,
        bytes: &[u8],
        rgba_of: impl Fn([u8; N]) -> [u8; 4],
    ) -> Picture {
        let same = (self.width, self.height) == (self.columns, self.rows);
        if !same {
            let averaged = self.averaged(bytes, rgba_of);
            return self.filled(averaged);
        }
        let (pixels, _) = bytes.as_chunks();
        let mut rgba = Vec::with_capacity(pixels.len() * 4);
        for pixel in pixels {
            rgba.extend_from_slice(&rgba_of(*pixel));
        }
        self.filled(rgba)
    }

    /// Black where there is nothing: a picture always has all of its pixels.
    fn filled(self, mut rgba: Vec<u8>) -> Picture {
        let pixels = self.width as usize * self.height as usize;
        while rgba.len() < pixels * 4 {
            rgba.extend([0, 0, 0, u8::MAX]);
        }
        rgba.truncate(pixels * 4);
        Picture {
            width: self.width,
            height: self.height,
            rgba,
        }
    }

    /// Each pixel of the picture is the average of a block of the frame's.
    fn averaged<const N: usize>(
        self,
        bytes: &[u8],
        rgba_of: impl Fn([u8; N]) -> [u8; 4],
    ) -> Vec<u8> {
        let (pixels, _) = bytes.as_chunks::<N>();
        let columns = blocks(self.columns, self.width);
        let mut rgba = Vec::new();
        for lines in blocks(self.rows, self.height) {
            let mut sums = vec![[0u32; N]; columns.len()];
            for line in lines.clone() {
                let start = line * self.columns as usize;
                let line = pixels
                    .get(start..start + self.columns as usize)
                    .unwrap_or_default();
                for (sums, block) in sums.iter_mut().zip(&columns) {
                    for pixel in line.get(block.clone()).unwrap_or_default() {
                        for (sum, value) in sums.iter_mut().zip(pixel) {
                            *sum += u32::from(*value);
                        }
                    }
                }
            }
            for (sums, block) in sums.iter().zip(&columns) {
                let count = u32::try_from(block.len() * lines.len()).unwrap_or(u32::MAX);
                let average = |sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX);
                rgba.extend(rgba_of(sums.map(average)));
            }
        }
        rgba
    }
}

/// `length` pixels in `parts` neighbouring blocks, none of them empty.
fn blocks(length: u32, parts: u32) -> Vec<Range<usize>> {
    let edge = |at: u32| {
        let at = u64::from(at) * u64::from(length) / u64::from(parts.max(1));
        usize::try_from(at).unwrap_or(usize::MAX)
    };
    (0..parts)
        .map(|at| edge(at)..edge(at + 1).max(edge(at) + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fits_and_is_never_larger_than_its_frame() {
        assert_eq!(fitted(100, 40, 50), (50, 20));
        assert_eq!(fitted(100, 40, 4000), (100, 40));
        assert_eq!(fitted(60_000, 1, 0), (1, 1));
    }

    #[test]
    fn pixels_that_are_not_square_are_squeezed_along_their_short_side() {
        assert_eq!(in_proportion(100, 100, 2.0, 100), (50, 100));
        assert_eq!(in_proportion(100, 100, 0.25, 100), (100, 25));
        assert_eq!(in_proportion(100, 100, f64::NAN, 50), (50, 50));
        assert_eq!(in_proportion(100, 100, 1e300, 50), (1, 50));
    }

    #[test]
    fn what_is_missing_of_a_frame_is_black() {
        let size = Size {
            columns: 2,
            rows: 2,
            width: 2,
            height: 2,
        };
        let picture = size.of_greys(&[9, 8, 7]);
        assert_eq!(
            picture.rgba,
            [9, 9, 9, 255, 8, 8, 8, 255, 7, 7, 7, 255, 0, 0, 0, 255]
        );
    }
}
