//! JPEG with samples of 8 or 12 bits, sequential and coded by Huffman (T.81, processes 1, 2 and 4).

use std::f32::consts::PI;

use super::bits::{Bits, Stuffing};
use super::huffman::{Huffman, extended};
use super::{Damage, Segment, Unpacked, segment};

/// From the order in which coefficients are written to their places in a block.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Unpacks a stream of at most `most` samples. Colours stay what they are.
///
/// # Errors
/// Where it is another kind of JPEG, or damaged.
pub(in crate::dicom) fn unpack(stream: &[u8], most: usize) -> Result<Unpacked, Damage> {
    if !stream.starts_with(&[0xFF, 0xD8]) {
        return Err(Damage::Broken);
    }
    let mut tables = Tables::default();
    let mut frame: Option<Frame> = None;
    let mut at = 2;
    loop {
        let Segment {
            marker,
            content,
            end,
        } = segment(stream, at)?;
        at = end;
        match marker {
            // A picture in itself has one (T.81, B.2.1).
            0xC0 | 0xC1 if frame.is_some() => return Err(Damage::Broken),
            0xC0 | 0xC1 => frame = Some(Frame::of(content, most)?),
            0xC4 => tables.huffman(content)?,
            0xDB => tables.quantisation(content)?,
            0xDD => {
                tables.restart = content
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
            }
            0xDA => {
                let frame = frame.as_mut().ok_or(Damage::Broken)?;
                at = frame.scan(content, &tables, stream, at)?;
                if frame.components.iter().all(|one| one.is_there) {
                    break;
                }
            }
            0xC2..=0xCF => return Err(Damage::Unknown("JPEG of 12 bits, progressive")),
            _ => {}
        }
    }
    frame.ok_or(Damage::Cut)?.unpacked()
}

#[derive(Default)]
struct Tables {
    quantisation: [Option<[f32; 64]>; 4],
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    /// Units between two restarts; 0: none.
    restart: u32,
}

impl Tables {
    fn huffman(&mut self, mut content: &[u8]) -> Result<(), Damage> {
        while let Some((kind, rest)) = content.split_first() {
            let (table, rest) = Huffman::read(rest)?;
            let tables = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(Damage::Broken),
            };
            let place = tables.get_mut(usize::from(kind & 15));
            *place.ok_or(Damage::Broken)? = Some(table);
            content = rest;
        }
        Ok(())
    }

    fn quantisation(&mut self, mut content: &[u8]) -> Result<(), Damage> {
        while let Some((kind, rest)) = content.split_first() {
            let width = 1 + usize::from(kind >> 4 != 0);
            let (values, rest) = rest.split_at_checked(64 * width).ok_or(Damage::Cut)?;
            let mut table = [0.0; 64];
            for (value, place) in values.chunks_exact(width).zip(ZIGZAG) {
                let value = value
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u16::from(*byte));
                if let Some(own) = table.get_mut(usize::from(place)) {
                    *own = f32::from(value);
                }
            }
            let place = self.quantisation.get_mut(usize::from(kind & 15));
            *place.ok_or(Damage::Broken)? = Some(table);
            content = rest;
        }
        Ok(())
    }
}

struct Component {
    id: u8,
    /// Blocks a unit, across and down.
    across: usize,
    down: usize,
    quantisation: u8,
    /// Blocks a line and lines of blocks, filled up to whole units.
    width: usize,
    height: usize,
    /// Blocks that hold something of the picture.
    used: (usize, usize),
    /// Eight by eight samples a block, block by block.
    samples: Vec<u16>,
    is_there: bool,
}

struct Frame {
    bits: u8,
    columns: u16,
    rows: u16,
    most: usize,
    /// Units a line, and lines of units.
    units: (usize, usize),
    largest: (usize, usize),
    components: Vec<Component>,
}

impl Frame {
    fn of(content: &[u8], most: usize) -> Result<Frame, Damage> {
        let [bits, h1, h0, w1, w0, count, each @ ..] = content else {
            return Err(Damage::Cut);
        };
        let (rows, columns) = (
            u16::from_be_bytes([*h1, *h0]),
            u16::from_be_bytes([*w1, *w0]),
        );
        let each = each.get(..usize::from(*count) * 3).ok_or(Damage::Cut)?;
        let each: Vec<[u8; 3]> = each.as_chunks().0.to_vec();
        let factors =
            |[_, factors, _]: &[u8; 3]| (usize::from(factors >> 4), usize::from(factors & 15));
        let is_usual = each
            .iter()
            .map(factors)
            .all(|(across, down)| (1..=4).contains(&across) && (1..=4).contains(&down));
        if !matches!(bits, 8 | 12)
            || !is_usual
            || !(1..=4).contains(count)
            || columns == 0
            || rows == 0
        {
            return Err(Damage::Broken);
        }
        let across = each.iter().map(|one| factors(one).0).max().unwrap_or(1);
        let down = each.iter().map(|one| factors(one).1).max().unwrap_or(1);
        let units = (
            usize::from(columns).div_ceil(8 * across),
            usize::from(rows).div_ceil(8 * down),
        );
        let mut frame = Frame {
            bits: *bits,
            columns,
            rows,
            most,
            units,
            largest: (across, down),
            components: Vec::new(),
        };
        for one in &each {
            frame.add(*one, factors(one))?;
        }
        Ok(frame)
    }

    fn add(
        &mut self,
        [id, _, quantisation]: [u8; 3],
        (across, down): (usize, usize),
    ) -> Result<(), Damage> {
        let (width, height) = (self.units.0 * across, self.units.1 * down);
        let samples = width * height * 64;
        let others: usize = self.components.iter().map(|one| one.samples.len()).sum();
        // Blocks are filled up at the edges: a narrow picture may take eight times its size.
        if samples.saturating_add(others) > self.most.saturating_mul(2).saturating_add(1 << 20) {
            return Err(Damage::TooLarge);
        }
        let used = |pixels: u16, own: usize, largest: usize| {
            (usize::from(pixels) * own).div_ceil(largest).div_ceil(8)
        };
        self.components.push(Component {
            id,
            across,
            down,
            quantisation,
            width,
            height,
            used: (
                used(self.columns, across, self.largest.0),
                used(self.rows, down, self.largest.1),
            ),
            samples: vec![0; samples],
            is_there: false,
        });
        Ok(())
    }

    /// Unpacks a scan; where it ends.
    fn scan(
        &mut self,
        content: &[u8],
        tables: &Tables,
        stream: &[u8],
        at: usize,
    ) -> Result<usize, Damage> {
        let (count, rest) = content.split_first().ok_or(Damage::Cut)?;
        let selected = rest.get(..usize::from(*count) * 2).ok_or(Damage::Cut)?;
        let mut coders: Vec<Coder<'_>> = Vec::new();
        for [id, kinds] in selected.as_chunks().0 {
            let place = self.components.iter().position(|one| one.id == *id);
            let place = place.ok_or(Damage::Broken)?;
            // None has its turn twice, in a scan or in two of them (T.81, B.2.3).
            let is_there = self.components.get(place).is_none_or(|one| one.is_there);
            if is_there || coders.iter().any(|coder| coder.place == place) {
                return Err(Damage::Broken);
            }
            coders.push(Coder::of(place, &self.components, tables, *kinds)?);
        }
        let units = match coders.as_slice() {
            [] => return Err(Damage::Broken),
            // Alone, a component has no units: block follows block (T.81, A.2.2).
            [one] => self
                .components
                .get(one.place)
                .map_or((0, 0), |one| one.used),
            _ => self.units,
        };
        let alone = coders.len() == 1;
        let mut bits = Bits::new(stream, at, Stuffing::Byte);
        let middle = 1 << (self.bits - 1);
        for number in 0..units.0 * units.1 {
            let every = usize::try_from(tables.restart).unwrap_or(0);
            if every > 0 && number > 0 && number % every == 0 {
                bits.restart()?;
                coders.iter_mut().for_each(|coder| coder.last = 0);
            }
            let unit = (number % units.0, number / units.0);
            for coder in &mut coders {
                let component = self.components.get_mut(coder.place).ok_or(Damage::Broken)?;
                coder.unit(component, unit, alone, middle, &mut bits)?;
            }
        }
        for coder in coders {
            if let Some(component) = self.components.get_mut(coder.place) {
                component.is_there = true;
            }
        }
        Ok(bits.position())
    }

    /// Pixel by pixel; colours of a smaller size are repeated.
    fn unpacked(self) -> Result<Unpacked, Damage> {
        let count = u8::try_from(self.components.len()).map_err(|_| Damage::Broken)?;
        let mut unpacked = Unpacked::zeros(self.columns, self.rows, count, self.bits, self.most)?;
        let columns = usize::from(self.columns);
        for (number, one) in self.components.iter().enumerate() {
            let own = unpacked.samples.iter_mut().skip(number);
            for (at, place) in own.step_by(usize::from(count)).enumerate() {
                let x = at % columns * one.across / self.largest.0;
                let y = at / columns * one.down / self.largest.1;
                let block = y / 8 * one.width + x / 8;
                let sample = one.samples.get(block * 64 + y % 8 * 8 + x % 8);
                *place = sample.copied().unwrap_or_default();
            }
        }
        Ok(unpacked)
    }
}

/// One component in a scan.
struct Coder<'a> {
    place: usize,
    dc: &'a Huffman,
    ac: &'a Huffman,
    quantisation: &'a [f32; 64],
    last: i32,
}

impl<'a> Coder<'a> {
    fn of(
        place: usize,
        components: &[Component],
        tables: &'a Tables,
        kinds: u8,
    ) -> Result<Coder<'a>, Damage> {
        let quantisation = components
            .get(place)
            .map(|one| usize::from(one.quantisation));
        let quantisation =
            quantisation.and_then(|number| tables.quantisation.get(number)?.as_ref());
        let dc = tables
            .dc
            .get(usize::from(kinds >> 4))
            .and_then(Option::as_ref);
        let ac = tables
            .ac
            .get(usize::from(kinds & 15))
            .and_then(Option::as_ref);
        Ok(Coder {
            place,
            dc: dc.ok_or(Damage::Broken)?,
            ac: ac.ok_or(Damage::Broken)?,
            quantisation: quantisation.ok_or(Damage::Broken)?,
            last: 0,
        })
    }

    /// The blocks of one unit.
    fn unit(
        &mut self,
        component: &mut Component,
        (across, down): (usize, usize),
        alone: bool,
        middle: i32,
        bits: &mut Bits<'_>,
    ) -> Result<(), Damage> {
        let (wide, high) = match alone {
            true => (1, 1),
            false => (component.across, component.down),
        };
        for y in 0..high {
            for x in 0..wide {
                let coefficients = self.block(bits)?;
                let (x, y) = (across * wide + x, down * high + y);
                if x < component.width && y < component.height {
                    let start = (y * component.width + x) * 64;
                    let place = component.samples.get_mut(start..start + 64);
                    write(
                        place.unwrap_or_default(),
                        &transformed(&coefficients),
                        middle,
                    );
                }
            }
        }
        Ok(())
    }

    /// The coefficients of a block, multiplied by their table (T.81, F.2.2).
    fn block(&mut self, bits: &mut Bits<'_>) -> Result<[f32; 64], Damage> {
        let mut block = [0.0; 64];
        let width = u32::from(self.dc.next(bits)?);
        if width > 16 {
            return Err(Damage::Broken);
        }
        self.last = self.last.wrapping_add(extended(bits, width)?);
        self.put(&mut block, 0, self.last);
        let mut at = 1;
        while at < 64 {
            let code = self.ac.next(bits)?;
            let (zeros, width) = (usize::from(code >> 4), u32::from(code & 15));
            if width == 0 {
                if zeros < 15 {
                    break;
                }
                at += 16;
                continue;
            }
            at += zeros;
            let value = extended(bits, width)?;
            if at > 63 {
                return Err(Damage::Broken);
            }
            self.put(&mut block, at, value);
            at += 1;
        }
        Ok(block)
    }

    #[expect(clippy::cast_precision_loss, reason = "coefficients have 16 bits")]
    fn put(&self, block: &mut [f32; 64], at: usize, value: i32) {
        let place = ZIGZAG.get(at).copied().map_or(0, usize::from);
        let factor = self.quantisation.get(place).copied().unwrap_or_default();
        if let Some(own) = block.get_mut(place) {
            *own = value as f32 * factor;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the bits that a sample has"
)]
fn write(place: &mut [u16], block: &[f32; 64], middle: i32) {
    #[expect(clippy::cast_precision_loss, reason = "at most 2048")]
    let (middle, most) = (middle as f32, (2 * middle - 1) as f32);
    for (sample, value) in place.iter_mut().zip(block) {
        *sample = (value + middle).round().clamp(0.0, most) as u16;
    }
}

/// The inverse cosine transform (T.81, A.3.3), along lines and then along columns.
fn transformed(block: &[f32; 64]) -> [f32; 64] {
    turned_lines(&turned_lines(block))
}

/// Transforms each line and puts it into a column.
fn turned_lines(block: &[f32; 64]) -> [f32; 64] {
    let mut turned = [0.0; 64];
    for (number, line) in block.as_chunks::<8>().0.iter().enumerate() {
        if line.iter().all(|value| *value == 0.0) {
            continue;
        }
        let column = turned.iter_mut().skip(number).step_by(8);
        for (place, factors) in column.zip(COSINES.iter()) {
            *place = line
                .iter()
                .zip(factors)
                .map(|(value, factor)| value * factor)
                .sum();
        }
    }
    turned
}

/// For each place in a line, what each coefficient is multiplied with.
static COSINES: std::sync::LazyLock<[[f32; 8]; 8]> = std::sync::LazyLock::new(|| {
    let step = |at: usize| f32::from(u8::try_from(at).unwrap_or_default());
    std::array::from_fn(|place| {
        std::array::from_fn(|wave| {
            let scale = if wave == 0 { 0.125f32.sqrt() } else { 0.5 };
            scale * ((2.0 * step(place) + 1.0) * step(wave) * PI / 16.0).cos()
        })
    })
});
