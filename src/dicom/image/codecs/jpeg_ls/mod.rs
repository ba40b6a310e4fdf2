//! JPEG-LS (ISO 14495-1, ITU-T T.87), lossless and near-lossless, 2 to 16 bits, with colours in every order.

mod numbers;

use super::bits::{Bits, Stuffing};
use super::{Damage, Segment, Unpacked, segment};
use numbers::{Context, Numbers, Preset, RunContext, golomb_width};

/// T.87, A.7.1.2: how long runs become.
const RUN_BITS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// Unpacks a stream of at most `most` samples.
///
/// # Errors
/// Where it is no JPEG-LS, or damaged.
pub(in crate::dicom) fn unpack(stream: &[u8], most: usize) -> Result<Unpacked, Damage> {
    if !stream.starts_with(&[0xFF, 0xD8]) {
        return Err(Damage::Broken);
    }
    let mut frame: Option<Frame> = None;
    let mut preset = Preset::default();
    let mut at = 2;
    loop {
        let Segment {
            marker,
            content,
            end,
        } = segment(stream, at)?;
        at = end;
        match marker {
            // A stream has one (T.87, C.1.1).
            0xF7 if frame.is_some() => return Err(Damage::Broken),
            0xF7 => frame = Some(Frame::of(content, most)?),
            0xF8 => preset.take(content)?,
            0xDD if content.iter().any(|byte| *byte != 0) => {
                return Err(Damage::Unknown("JPEG-LS with restart intervals"));
            }
            0xE8 if content.starts_with(b"mrfx") && content.get(4) != Some(&0) => {
                return Err(Damage::Unknown(
                    "JPEG-LS with a colour transform of its own",
                ));
            }
            0xDA => {
                let frame = frame.as_mut().ok_or(Damage::Broken)?;
                at = frame.scan(content, &preset, stream, at)?;
                if frame.scanned.iter().all(|done| *done) {
                    break;
                }
            }
            0xC0..=0xCF => return Err(Damage::Broken),
            _ => {}
        }
    }
    frame.map(|frame| frame.unpacked).ok_or(Damage::Cut)
}

struct Frame {
    unpacked: Unpacked,
    ids: Vec<u8>,
    scanned: Vec<bool>,
}

/// How the components of a scan follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// One alone, or line by line.
    Lines,
    /// Pixel by pixel.
    Pixels,
}

impl Frame {
    fn of(content: &[u8], most: usize) -> Result<Frame, Damage> {
        let [bits, h1, h0, w1, w0, count, components @ ..] = content else {
            return Err(Damage::Cut);
        };
        let (rows, columns) = (
            u16::from_be_bytes([*h1, *h0]),
            u16::from_be_bytes([*w1, *w0]),
        );
        let components = components
            .get(..usize::from(*count) * 3)
            .ok_or(Damage::Cut)?;
        let each = components.chunks_exact(3);
        if !(2..=16).contains(bits) || !(1..=4).contains(count) {
            return Err(Damage::Broken);
        }
        if each.clone().any(|one| one.get(1) != Some(&0x11)) {
            return Err(Damage::Unknown("JPEG-LS with colours of a smaller size"));
        }
        Ok(Frame {
            unpacked: Unpacked::zeros(columns, rows, *count, *bits, most)?,
            ids: each.filter_map(|one| one.first().copied()).collect(),
            scanned: vec![false; usize::from(*count)],
        })
    }

    /// Where the components of a scan stand: none has its turn twice, in a scan or in two of them (T.87, C.2.3).
    fn places(&self, selected: &[u8]) -> Result<Vec<usize>, Damage> {
        let mut places: Vec<usize> = Vec::new();
        for [id, _] in selected.as_chunks().0 {
            let place = self.ids.iter().position(|own| own == id);
            let place = place.ok_or(Damage::Broken)?;
            if places.contains(&place) || self.scanned.get(place) != Some(&false) {
                return Err(Damage::Broken);
            }
            places.push(place);
        }
        match places.is_empty() {
            true => Err(Damage::Broken),
            false => Ok(places),
        }
    }

    /// Unpacks a scan; where it ends.
    fn scan(
        &mut self,
        content: &[u8],
        preset: &Preset,
        stream: &[u8],
        at: usize,
    ) -> Result<usize, Damage> {
        let (count, rest) = content.split_first().ok_or(Damage::Cut)?;
        let (selected, rest) = rest
            .split_at_checked(usize::from(*count) * 2)
            .ok_or(Damage::Cut)?;
        let [near, order, ..] = rest else {
            return Err(Damage::Cut);
        };
        let places = self.places(selected)?;
        let order = match (order, places.len()) {
            (0 | 1, _) | (2, 1) => Order::Lines,
            (2, _) => Order::Pixels,
            _ => return Err(Damage::Broken),
        };
        let numbers = Numbers::of(self.unpacked.bits, i32::from(*near), preset)?;
        let mut scan = Scan::new(numbers, Bits::new(stream, at, Stuffing::Bit));
        scan.lines(&mut self.unpacked, &places, order)?;
        for place in places {
            if let Some(done) = self.scanned.get_mut(place) {
                *done = true;
            }
        }
        Ok(scan.bits.position())
    }
}

struct Scan<'a> {
    numbers: Numbers,
    bits: Bits<'a>,
    contexts: Vec<Context>,
    run_contexts: [RunContext; 2],
}

/// The neighbours of a sample: before it, above, above to the left, above to the right.
#[derive(Debug, Clone, Copy)]
struct Around {
    a: i32,
    b: i32,
    c: i32,
    d: i32,
}

impl Around {
    /// `line` and `above` begin one sample before the line's first and end one behind its last.
    fn of(line: &[i32], above: &[i32], at: usize) -> Around {
        let value = |samples: &[i32], at: usize| samples.get(at).copied().unwrap_or_default();
        Around {
            a: value(line, at),
            b: value(above, at + 1),
            c: value(above, at),
            d: value(above, at + 2),
        }
    }

    fn is_flat(self, near: i32) -> bool {
        let flat = |one: i32, other: i32| (one - other).abs() <= near;
        flat(self.d, self.b) && flat(self.b, self.c) && flat(self.c, self.a)
    }

    /// T.87, A.4.1.
    fn foreseen(self) -> i32 {
        let Around { a, b, c, .. } = self;
        match c {
            c if c >= a.max(b) => a.min(b),
            c if c <= a.min(b) => a.max(b),
            c => a + b - c,
        }
    }
}

/// A component's line and the one above it.
struct Line {
    now: Vec<i32>,
    above: Vec<i32>,
    /// How far runs have grown.
    run: usize,
}

impl Line {
    fn put(&mut self, at: usize, value: i32) {
        if let Some(place) = self.now.get_mut(at + 1) {
            *place = value;
        }
    }

    fn around(&self, at: usize) -> Around {
        Around::of(&self.now, &self.above, at)
    }

    /// The line becomes the one above the next.
    fn next(&mut self, columns: usize) {
        std::mem::swap(&mut self.now, &mut self.above);
        let value = |at: usize, samples: &[i32]| samples.get(at).copied().unwrap_or_default();
        let (first, last) = (value(1, &self.above), value(columns, &self.above));
        if let Some(end) = self.above.get_mut(columns + 1) {
            *end = last;
        }
        if let Some(start) = self.now.first_mut() {
            *start = first;
        }
    }
}

impl<'a> Scan<'a> {
    fn new(numbers: Numbers, bits: Bits<'a>) -> Self {
        let sizes = ((numbers.range + 32) / 64).max(2);
        let run = RunContext {
            sizes,
            count: 1,
            negative: 0,
        };
        Scan {
            numbers,
            bits,
            contexts: vec![
                Context {
                    sizes,
                    bias: 0,
                    correction: 0,
                    count: 1,
                };
                365
            ],
            run_contexts: [run; 2],
        }
    }

    fn lines(
        &mut self,
        unpacked: &mut Unpacked,
        places: &[usize],
        order: Order,
    ) -> Result<(), Damage> {
        let columns = usize::from(unpacked.columns);
        let components = usize::from(unpacked.components);
        let empty = || Line {
            now: vec![0; columns + 2],
            above: vec![0; columns + 2],
            run: 0,
        };
        let mut lines: Vec<Line> = places.iter().map(|_| empty()).collect();
        for row in unpacked.samples.chunks_exact_mut(columns * components) {
            match order {
                Order::Lines => {
                    for line in &mut lines {
                        self.line(line, columns)?;
                    }
                }
                Order::Pixels => self.pixels(&mut lines, columns)?,
            }
            for (line, place) in lines.iter_mut().zip(places) {
                let own = row.iter_mut().skip(*place).step_by(components);
                for (to, value) in own.zip(line.now.iter().skip(1)) {
                    *to = u16::try_from(*value).unwrap_or_default();
                }
                line.next(columns);
            }
        }
        Ok(())
    }

    /// A line of one component.
    fn line(&mut self, line: &mut Line, columns: usize) -> Result<(), Damage> {
        let mut at = 0;
        while at < columns {
            let around = line.around(at);
            if !around.is_flat(self.numbers.near) {
                let value = self.sample(around)?;
                line.put(at, value);
                at += 1;
                continue;
            }
            let (length, is_broken) = self.run(&mut line.run, columns - at)?;
            for _ in 0..length {
                line.put(at, around.a);
                at += 1;
            }
            if is_broken {
                let ends = line.around(at);
                let value = self.end_of_run(around.a, ends.b, line.run, true)?;
                line.put(at, value);
                line.run = line.run.saturating_sub(1);
                at += 1;
            }
        }
        Ok(())
    }

    /// A line of several components, pixel by pixel: they have their runs together.
    fn pixels(&mut self, lines: &mut [Line], columns: usize) -> Result<(), Damage> {
        let near = self.numbers.near;
        let mut at = 0;
        while at < columns {
            if !lines.iter().all(|line| line.around(at).is_flat(near)) {
                for line in lines.iter_mut() {
                    let value = self.sample(line.around(at))?;
                    line.put(at, value);
                }
                at += 1;
                continue;
            }
            let mut run = lines.first().map_or(0, |line| line.run);
            let (length, is_broken) = self.run(&mut run, columns - at)?;
            for line in lines.iter_mut() {
                let before = line.around(at).a;
                for place in at..at + length {
                    line.put(place, before);
                }
            }
            at += length;
            if is_broken {
                for line in lines.iter_mut() {
                    let Around { a, b, .. } = line.around(at);
                    let value = self.end_of_run(a, b, run, false)?;
                    line.put(at, value);
                }
                run = run.saturating_sub(1);
                at += 1;
            }
            if let Some(first) = lines.first_mut() {
                first.run = run;
            }
        }
        Ok(())
    }

    /// An error as it is written (T.87, A.5.3).
    fn golomb(&mut self, width: u32, limit: u32) -> Result<i32, Damage> {
        let zeros = self.bits.zeros(limit)?;
        let escape = limit.saturating_sub(self.numbers.range_bits + 1);
        let value = match zeros < escape {
            true => zeros << width | self.bits.take(width)?,
            false => self.bits.take(self.numbers.range_bits)? + 1,
        };
        i32::try_from(value).map_err(|_| Damage::Broken)
    }

    /// T.87, A.4 to A.6.
    fn sample(&mut self, around: Around) -> Result<i32, Damage> {
        let Around { a, b, c, d } = around;
        let numbers = self.numbers;
        let place = [d - b, b - c, c - a]
            .iter()
            .fold(0, |sum, gradient| sum * 9 + numbers.quantized(*gradient));
        let sign = if place < 0 { -1 } else { 1 };
        let place = usize::try_from(place.abs()).unwrap_or_default();
        let mut context = *self.contexts.get(place).ok_or(Damage::Broken)?;
        let foreseen = (around.foreseen() + sign * context.correction).clamp(0, numbers.most);
        let width = golomb_width(context.count, context.sizes)?;
        let written = self.golomb(width, numbers.limit)?;
        let is_turned = numbers.near == 0 && width == 0 && 2 * context.bias <= -context.count;
        let error = match (written & 1 == 0, is_turned) {
            (true, false) => written / 2,
            (false, false) => -(written / 2) - 1,
            (false, true) => written / 2,
            (true, true) => -(written / 2) - 1,
        };
        context.learn(error, &numbers);
        if let Some(own) = self.contexts.get_mut(place) {
            *own = context;
        }
        Ok(numbers.sample(foreseen, sign * error))
    }

    /// How long a run is, at most `left`, and whether something else ends it before the line does (T.87, A.7.1).
    fn run(&mut self, grown: &mut usize, left: usize) -> Result<(usize, bool), Damage> {
        let mut length = 0;
        loop {
            let width = RUN_BITS.get(*grown).copied().unwrap_or(15);
            if !self.bits.bit()? {
                length += usize::try_from(self.bits.take(width)?).unwrap_or(usize::MAX);
                return match length < left {
                    true => Ok((length, true)),
                    false => Err(Damage::Broken),
                };
            }
            if length + (1 << width) <= left {
                length += 1 << width;
                *grown = (*grown + 1).min(31);
            } else {
                length = left;
            }
            if length >= left {
                return Ok((left, false));
            }
        }
    }

    /// The sample behind a run (T.87, A.7.2). `alone`: whether the component has its runs for itself.
    fn end_of_run(&mut self, a: i32, b: i32, grown: usize, alone: bool) -> Result<i32, Damage> {
        let numbers = self.numbers;
        let is_same = alone && (a - b).abs() <= numbers.near;
        let [other, same] = self.run_contexts;
        let mut context = if is_same { same } else { other };
        let kind = i32::from(is_same);
        let sizes = context.sizes + kind * (context.count >> 1);
        let width = golomb_width(context.count, sizes)?;
        let grown = RUN_BITS.get(grown).copied().unwrap_or(15);
        let written = self.golomb(width, numbers.limit.saturating_sub(grown + 1))?;
        let map = (written + kind) & 1;
        let size = (written + kind + map) / 2;
        let is_negative = (width != 0 || 2 * context.negative >= context.count) == (map == 1);
        let error = if is_negative { -size } else { size };
        context.learn(error, (written + 1 - kind) >> 1, numbers.reset);
        match is_same {
            true => self.run_contexts = [other, context],
            false => self.run_contexts = [context, same],
        }
        Ok(match (is_same, a > b) {
            (true, _) => numbers.sample(a, error),
            (false, true) => numbers.sample(b, -error),
            (false, false) => numbers.sample(b, error),
        })
    }
}
