//! What pixel data holds beside pixels: bytes behind the last frame, bits beside the stored value, and what code streams
//! say in words. It is taken out without a change to any stored value; what stays is named by its place in the file.

mod fragments;
mod jpeg;
mod jpeg2000;
mod native;

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::error::Error;
use super::output::Piece;
use super::plan::{Action, Touched, Why};
use super::read::Taken;
use crate::dicom::dataset::cursor::{Step, Steps};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::dataset::vr::keyword;
use crate::dicom::image::pixel_description::{Attributes, MOST_BYTES};

const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);

/// Pixel data without what is no pixel.
struct Tidied {
    /// Its value (packed: with the item headers and the delimiter) in parts.
    parts: Vec<Piece>,
    done: Vec<Why>,
    /// Where each packed frame begins behind the offset table, in bytes, and how long it is.
    frames: Vec<(u64, u64)>,
}

/// What came of it.
pub(super) enum Outcome {
    /// For the report.
    Done(Vec<Touched>),
    /// Bits beside the stored values are in packed pixels: they are to be unpacked first.
    Unpack,
}

/// Takes it out of a file that was read.
///
/// # Errors
/// Where that cannot be done.
pub(super) fn tidy(source: &mut (impl Read + Seek), taken: &mut Taken) -> Result<Outcome, Error> {
    if taken.form.deflated {
        return deflated(taken).map(Outcome::Done);
    }
    let Some(hole) = taken.holes.first().map(|hole| hole.source.clone()) else {
        return Ok(Outcome::Done(Vec::new()));
    };
    let attributes = &taken.attributes;
    let tidied = match taken.is_packed {
        true if fragments::have_other_bits(source, attributes)? => return Ok(Outcome::Unpack),
        true => fragments::tidy(source, attributes, &hole)?,
        false => native::tidy(source, attributes, &hole)?,
    };
    let Some(tidied) = tidied else {
        return Ok(Outcome::Done(Vec::new()));
    };
    let length = length_of(&tidied.parts);
    if let Some(hole) = taken.holes.first_mut() {
        hole.source.end = hole.source.start.saturating_add(length);
        if !taken.is_packed {
            write_length(&mut taken.data, hole.at, taken.form.layout, length)?;
        }
    }
    if taken.is_packed {
        fragments::write_offsets(&mut taken.data, taken.form.layout, &tidied.frames)?;
    }
    taken.parts = Some(tidied.parts);
    Ok(Outcome::Done(touched(&tidied.done)))
}

/// Pixel data that is in memory with the rest.
fn deflated(taken: &mut Taken) -> Result<Vec<Touched>, Error> {
    let mut steps = Steps::new(&taken.data, taken.form.layout);
    let mut found = None;
    while let Some(step) = steps.next()? {
        if let Step::Element(element) = step
            && element.tag == PIXEL_DATA
            && steps.depth() == 0
        {
            found = Some(element.value);
        }
    }
    let Some(place) = found.filter(|_| !taken.is_packed) else {
        return Ok(Vec::new());
    };
    let value = place.start as u64..place.end as u64;
    let mut source = std::io::Cursor::new(&taken.data);
    let Some(tidied) = native::tidy(&mut source, &taken.attributes, &value)? else {
        return Ok(Vec::new());
    };
    let mut new = taken.data.get(..place.start).unwrap_or_default().to_vec();
    for piece in &tidied.parts {
        match piece {
            Piece::Bytes(bytes) => new.extend_from_slice(bytes),
            Piece::Source(range) => new.extend(read(&mut source, range)?),
        }
    }
    new.extend_from_slice(taken.data.get(place.end..).unwrap_or_default());
    let length = length_of(&tidied.parts);
    write_length(&mut new, place.start, taken.form.layout, length)?;
    taken.data = new;
    Ok(touched(&tidied.done))
}

fn touched(done: &[Why]) -> Vec<Touched> {
    let of = |why: &Why| Touched {
        path: "(7FE0,0010)".to_owned(),
        keyword: keyword(PIXEL_DATA),
        vr: String::new(),
        action: Action::Cleaned,
        why: *why,
        before: None,
        after: None,
    };
    done.iter().map(of).collect()
}

fn length_of(parts: &[Piece]) -> u64 {
    let length = |piece: &Piece| match piece {
        Piece::Bytes(bytes) => bytes.len() as u64,
        Piece::Source(place) => place.end.saturating_sub(place.start),
    };
    parts.iter().map(length).sum()
}

/// Writes the length of the pixel data whose value begins at `at`.
fn write_length(data: &mut [u8], at: usize, layout: Layout, length: u64) -> Result<(), Error> {
    const ODD: Error = Error::Damaged("its pixel data begins in a way that is not known");
    let is_tag = |back: usize| {
        let tag = at
            .checked_sub(back)
            .and_then(|start| data.get(start..start + 4));
        let Some([g0, g1, e0, e1]) = tag else {
            return false;
        };
        // Floating-point pixels stand in elements of the same group.
        let (group, element) = (layout.u16([*g0, *g1]), layout.u16([*e0, *e1]));
        group == PIXEL_DATA.0 && (8..=PIXEL_DATA.1).contains(&element)
    };
    let is_long = match layout.explicit {
        true => is_tag(12),
        false => is_tag(8),
    };
    let length = u32::try_from(length).map_err(|_| ODD)?;
    let place = at.checked_sub(4).filter(|_| is_long);
    let place = place.and_then(|start| data.get_mut(start..at)).ok_or(ODD)?;
    place.copy_from_slice(&match layout.big_endian {
        true => length.to_be_bytes(),
        false => length.to_le_bytes(),
    });
    Ok(())
}

/// A part of the source, of 256 MiB at most.
fn read(source: &mut (impl Read + Seek), place: &Range<u64>) -> Result<Vec<u8>, Error> {
    let length = place.end.saturating_sub(place.start);
    if length > MOST_BYTES {
        return Err(Error::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    source
        .seek(SeekFrom::Start(place.start))
        .and_then(|_| source.by_ref().take(length).read_to_end(&mut bytes))
        .map_err(|error| Error::reading(&error))?;
    match bytes.len() as u64 == length {
        true => Ok(bytes),
        false => Err(Error::Unreadable("it changed while it was read".to_owned())),
    }
}

/// The bits of a sample that hold its stored value.
#[derive(Debug, Clone, Copy)]
struct Bits {
    allocated: u16,
    stored: u16,
    high: u16,
    signed: bool,
}

impl Bits {
    /// `None` where every bit is one of the value, or the header does not tell.
    fn of(attributes: &Attributes) -> Option<Bits> {
        let word = |element| attributes.words(element).first().copied();
        let (allocated, stored) = (word(0x100)?, word(0x101)?);
        let high = word(0x102).unwrap_or(stored.saturating_sub(1));
        let is_sound = matches!(allocated, 8 | 16 | 32)
            && (1..allocated).contains(&stored)
            && (stored - 1..allocated).contains(&high);
        is_sound.then(|| Bits {
            allocated,
            stored,
            high,
            signed: word(0x103) == Some(1),
        })
    }

    /// Of the stored value.
    fn mask(self) -> u32 {
        let ones = u32::MAX >> (32 - u32::from(self.stored));
        ones << (self.high + 1 - self.stored)
    }

    /// Whether nothing but the value, its sign carried up, is in the bits of a sample.
    fn hold_the_value_alone(self, sample: u32) -> bool {
        let all = u32::MAX >> (32 - u32::from(self.allocated));
        let other = sample & all & !self.mask();
        if other == 0 {
            return true;
        }
        let above = match self.high {
            31 => 0,
            high => (u32::MAX << (high + 1)) & all,
        };
        self.signed && other == above && sample >> self.high & 1 == 1
    }
}
