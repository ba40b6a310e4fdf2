//! A frame as bytes to be shown: grey through rescaling and window, palettes and colour spaces to RGB.

use super::frame::{Attributes, Frame, Samples};
use super::preview::PreviewError;

/// 8 bits a sample.
pub(super) struct Raster {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// One byte a pixel, or three.
    samples: Vec<u8>,
    colour: bool,
}

impl Raster {
    /// # Errors
    /// A sentence for a person, where this kind of image cannot be shown.
    pub(super) fn of(frame: &Frame) -> Result<Raster, PreviewError> {
        let samples = &frame.samples;
        let (bytes, colour) = match samples.interpretation.as_str() {
            "PALETTE COLOR" => (palette(frame)?, true),
            _ if samples.count == 3 => (colours(frame), true),
            interpretation => (greys(frame, interpretation == "MONOCHROME1"), false),
        };
        Ok(Raster {
            columns: samples.columns.into(),
            rows: samples.rows.into(),
            samples: bytes,
            colour,
        })
    }

    /// Red, green and blue of this pixel, counted row by row; black where there is none.
    pub(super) fn pixel(&self, at: u64) -> [u8; 3] {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if !self.colour {
            return [self.samples.get(at).copied().unwrap_or_default(); 3];
        }
        let start = at.saturating_mul(3);
        match self.samples.get(start..start.saturating_add(3)) {
            Some([red, green, blue]) => [*red, *green, *blue],
            _ => [0; 3],
        }
    }
}

/// The samples in the order of the file, each as the number that it is (PS3.5, 8.1.1): what stands beside the stored bits,
/// overlays for one, is masked away.
pub(super) fn numbers<'a>(
    samples: &'a Samples,
    data: &'a [u8],
) -> Box<dyn Iterator<Item = i64> + 'a> {
    if samples.allocated == 1 {
        let bits = data
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| i64::from((byte >> bit) & 1)));
        return Box::new(bits);
    }
    let width = usize::from(samples.allocated / 8);
    let shift = samples.high + 1 - samples.stored;
    let mask = (1i64 << samples.stored) - 1;
    let sign = 1i64 << (samples.stored - 1);
    Box::new(data.chunks_exact(width).map(move |bytes| {
        let join = |number: i64, byte: &u8| (number << 8) | i64::from(*byte);
        let number = if samples.big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        };
        let number = (number >> shift) & mask;
        if samples.signed {
            (number ^ sign) - sign
        } else {
            number
        }
    }))
}

/// PS3.3, C.11.2.1.3.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Function {
    Linear,
    LinearExact,
    Sigmoid,
}

/// Which values become which grey (PS3.3, C.11.2).
#[derive(Debug, Clone, Copy)]
struct Window {
    center: f64,
    width: f64,
    function: Function,
}

impl Window {
    /// The file's first window.
    fn of(attributes: &Attributes) -> Option<Window> {
        let function = match attributes.text(0x1056).as_str() {
            "SIGMOID" => Function::Sigmoid,
            "LINEAR_EXACT" => Function::LinearExact,
            _ => Function::Linear,
        };
        let (center, width) = (attributes.decimal(0x1050)?, attributes.decimal(0x1051)?);
        let narrowest = if function == Function::Linear {
            1.0
        } else {
            f64::MIN_POSITIVE
        };
        (width >= narrowest).then_some(Window {
            center,
            width,
            function,
        })
    }

    /// From the darkest to the brightest.
    fn whole_range(values: &[f64]) -> Window {
        let low = values.iter().copied().fold(f64::MAX, f64::min);
        let high = values.iter().copied().fold(f64::MIN, f64::max);
        Window {
            center: f64::midpoint(low, high),
            width: (high - low).max(f64::MIN_POSITIVE),
            function: Function::LinearExact,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=255; what is no number becomes 0"
    )]
    fn shade(self, value: f64) -> u8 {
        let from_center = value - self.center;
        let share = match self.function {
            Function::Linear => (from_center + 0.5) / (self.width - 1.0).max(f64::EPSILON) + 0.5,
            Function::LinearExact => from_center / self.width + 0.5,
            Function::Sigmoid => 1.0 / (1.0 + (-4.0 * from_center / self.width).exp()),
        };
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

/// Grey: rescaled (PS3.3, C.11.1.1.2), through the file's window, or from the darkest to the brightest.
#[expect(clippy::cast_precision_loss, reason = "samples have 32 bits")]
fn greys(frame: &Frame, inverted: bool) -> Vec<u8> {
    let slope = frame.attributes.decimal(0x1053).unwrap_or(1.0);
    let intercept = frame.attributes.decimal(0x1052).unwrap_or(0.0);
    let pixels = usize::try_from(frame.samples.pixels()).unwrap_or(usize::MAX);
    let values: Vec<f64> = numbers(&frame.samples, &frame.data)
        .take(pixels)
        .map(|number| number as f64 * slope + intercept)
        .collect();
    let window = Window::of(&frame.attributes).unwrap_or_else(|| Window::whole_range(&values));
    let shade = |value: f64| match window.shade(value) {
        shade if inverted => u8::MAX - shade,
        shade => shade,
    };
    values.into_iter().map(shade).collect()
}

/// RGB, and what is stored as YBR (PS3.3, C.7.6.3.1.2).
fn colours(frame: &Frame) -> Vec<u8> {
    let samples = &frame.samples;
    let shift = samples.stored.saturating_sub(8);
    let narrow = |number: i64| u8::try_from(number >> shift).unwrap_or(u8::MAX);
    let bytes: Vec<u8> = numbers(samples, &frame.data).map(narrow).collect();
    let sample = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let pixels = usize::try_from(samples.pixels()).unwrap_or(usize::MAX);
    let is_422 = samples.interpretation == "YBR_FULL_422" && !frame.is_rgb;
    let pixel = |at: usize| {
        if is_422 {
            let pair = at / 2 * 4;
            [sample(pair + at % 2), sample(pair + 2), sample(pair + 3)]
        } else if samples.planes {
            [at, at + pixels, at + 2 * pixels].map(sample)
        } else {
            [3 * at, 3 * at + 1, 3 * at + 2].map(sample)
        }
    };
    let is_ybr = !frame.is_rgb && samples.interpretation.starts_with("YBR_FULL");
    let rgb = |at| match pixel(at) {
        ybr if is_ybr => rgb_of_ybr(ybr),
        rgb => rgb,
    };
    (0..pixels).flat_map(rgb).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255"
)]
fn rgb_of_ybr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// PALETTE COLOR: each value is looked up in three tables (PS3.3, C.7.6.3.1.5 and C.7.6.3.1.6).
fn palette(frame: &Frame) -> Result<Vec<u8>, PreviewError> {
    let tables = palette_tables(&frame.attributes, frame.samples.signed);
    let [red, green, blue] = tables.ok_or_else(|| {
        PreviewError::Undecodable("its palette is missing or cannot be read".to_owned())
    })?;
    Ok(numbers(&frame.samples, &frame.data)
        .flat_map(|value| [red.at(value), green.at(value), blue.at(value)])
        .collect())
}

/// Red, green and blue of a palette.
pub(super) fn palette_tables(attributes: &Attributes, signed: bool) -> Option<[Table; 3]> {
    let table = |number: u16| Table::read(attributes, signed, number);
    Some([table(0)?, table(1)?, table(2)?])
}

/// One colour of a palette.
pub(super) struct Table {
    first: i64,
    entries: Vec<u8>,
}

impl Table {
    fn read(attributes: &Attributes, signed: bool, colour: u16) -> Option<Table> {
        let [length, first, bits] = *attributes.words(0x1101 + colour).as_slice() else {
            return None;
        };
        // 65,536 does not fit and is written as 0.
        let length = if length == 0 { 65_536 } else { length.into() };
        let first = if signed {
            i64::from(first.cast_signed())
        } else {
            first.into()
        };
        let Some(bytes) = attributes.bytes(0x1201 + colour) else {
            let segments = attributes.words(0x1221 + colour);
            let entries = from_segments(&segments, length)?;
            return Some(Table { first, entries });
        };
        let entries = if bits > 8 || bytes.len() >= 2 * length {
            let words = attributes.words(0x1201 + colour);
            // Tables that announce 16 bits and hold 8 are known: none of them is above 255.
            let shift = if words.iter().any(|word| *word > 255) {
                8
            } else {
                0
            };
            let narrow = |word: u16| u8::try_from(word >> shift).unwrap_or(u8::MAX);
            words.into_iter().map(narrow).collect()
        } else {
            bytes.to_vec()
        };
        Some(Table { first, entries })
    }

    /// The first value that the table is for.
    pub(super) fn first(&self) -> i64 {
        self.first
    }

    /// The last one.
    pub(super) fn last(&self) -> i64 {
        let length = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        self.first.saturating_add(length - 1)
    }

    /// Values before the table's first one have its first entry, those behind its end the last.
    pub(super) fn at(&self, value: i64) -> u8 {
        let at = usize::try_from(value - self.first).unwrap_or(0);
        let entry = self.entries.get(at).or(self.entries.last());
        entry.copied().unwrap_or_default()
    }
}

/// A table that is written in segments of 16 bits (PS3.3, C.7.9.2): values one by one, straight lines to a value, and
/// segments that come again.
fn from_segments(words: &[u16], length: usize) -> Option<Vec<u8>> {
    let mut values: Vec<u16> = Vec::new();
    let mut rest = words;
    while let [kind @ 0..=1, count, tail @ ..] = rest {
        rest = segment(*kind, usize::from(*count), tail, &mut values)?;
        if values.len() >= length {
            break;
        }
        if let [2, segments, low, high, tail @ ..] = rest {
            let at = usize::from(*low) | usize::from(*high) << 16;
            // Places are counted in bytes.
            let mut again = words.get(at / 2..)?;
            for _ in 0..*segments {
                let [kind @ 0..=1, count, inner @ ..] = again else {
                    return None;
                };
                again = segment(*kind, usize::from(*count), inner, &mut values)?;
                if values.len() > length {
                    break;
                }
            }
            rest = tail;
        }
    }
    let narrow = |value: u16| u8::try_from(value >> 8).unwrap_or(u8::MAX);
    (values.len() >= length).then(|| values.into_iter().take(length).map(narrow).collect())
}

/// One segment; what comes behind it.
fn segment<'a>(
    kind: u16,
    count: usize,
    words: &'a [u16],
    values: &mut Vec<u16>,
) -> Option<&'a [u16]> {
    if kind == 0 {
        let (own, rest) = words.split_at_checked(count)?;
        values.extend_from_slice(own);
        return Some(rest);
    }
    let (end, rest) = words.split_first()?;
    let (from, to) = (i64::from(*values.last()?), i64::from(*end));
    for step in 1..=i64::try_from(count).ok()? {
        let value = from + (to - from) * step / i64::try_from(count).ok()?.max(1);
        values.push(u16::try_from(value).ok()?);
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_spreads_its_values_over_all_greys() {
        let window = |function| Window {
            center: 40.0,
            width: 400.0,
            function,
        };
        let linear = window(Function::Linear);
        assert_eq!(linear.shade(-160.0), 0);
        assert_eq!(linear.shade(239.0), 255);
        assert_eq!(linear.shade(39.5), 128);
        assert_eq!(window(Function::Sigmoid).shade(40.0), 128);
        assert_eq!(window(Function::LinearExact).shade(f64::NAN), 0);
    }

    #[test]
    fn numbers_are_cut_out_of_their_words_with_their_sign() {
        let samples = Samples {
            rows: 1,
            columns: 3,
            count: 1,
            allocated: 16,
            stored: 12,
            high: 11,
            signed: true,
            big_endian: false,
            planes: false,
            interpretation: "MONOCHROME2".to_owned(),
        };
        let data = [0x01, 0xF0, 0xFF, 0x0F, 0x00, 0x08];
        assert_eq!(numbers(&samples, &data).collect::<Vec<_>>(), [1, -1, -2048]);
        let unsigned = Samples {
            signed: false,
            big_endian: true,
            ..samples
        };
        let data = [0xF0, 0x01, 0x0F, 0xFF];
        assert_eq!(numbers(&unsigned, &data).collect::<Vec<_>>(), [1, 4095]);
    }
}
