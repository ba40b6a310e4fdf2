//! A file read for changing: everything but its pixel data, which stays where it is.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use super::error::Error;
use super::replace::LARGEST;
use crate::dicom::dataset::cursor::Hole;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::walk::Visitor;
use crate::dicom::scan::header::{Form, visit_in};
use crate::dicom::scan::wanted::Values;

/// A file without its pixel data.
pub(super) struct Taken {
    pub(super) form: Form,
    /// Whether its pixel data is in fragments.
    pub(super) is_packed: bool,
    /// What stands before the data set.
    pub(super) head: Vec<u8>,
    /// File meta information.
    pub(super) meta: Vec<(Tag, Vec<u8>)>,
    /// The data set, unpacked where it is deflated, without what is in the holes.
    pub(super) data: Vec<u8>,
    pub(super) holes: Vec<Hole>,
}

#[derive(Default)]
struct Places {
    values: Values,
    meta: Vec<(Tag, Vec<u8>)>,
    pixels: Option<Range<u64>>,
    packed: bool,
}

impl Visitor for Places {
    fn wants(&self, tag: Tag) -> bool {
        self.values.wants(tag)
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        if tag.0 == 2 {
            self.meta.push((tag, value.clone()));
        }
        self.values.take(tag, value);
    }

    fn pixels(&mut self, place: Range<u64>, packed: bool) {
        self.packed = packed;
        self.pixels = match self.pixels.take() {
            Some(first) => Some(first.start..place.end),
            None => Some(place),
        };
    }
}

/// Tag and length of a fragment, or of the end of them.
const ITEM_HEADER: u64 = 8;

/// Reads a file of `size` bytes.
///
/// # Errors
/// Why it cannot be changed.
pub(super) fn read(source: &mut (impl Read + Seek), size: u64) -> Result<Taken, Error> {
    let mut places = Places::default();
    let at_start = source.seek(SeekFrom::Start(0));
    at_start.map_err(|error| Error::reading(&error))?;
    let form =
        visit_in(BufReader::new(&mut *source), size, &mut places).map_err(Error::of_reading)?;
    if places.values.is_dicomdir() {
        return Err(Error::Damaged("it is the directory of a disc, no image"));
    }
    let head = part(source, 0..form.offset)?;
    let (data, holes) = match (form.deflated, places.pixels) {
        (true, _) => (unpack(&part(source, form.offset..size)?)?, Vec::new()),
        (false, None) => (part(source, form.offset..size)?, Vec::new()),
        (false, Some(pixels)) => {
            let hole = match places.packed {
                true => pixels.start.saturating_sub(ITEM_HEADER)..pixels.end + ITEM_HEADER,
                false => pixels,
            };
            let mut data = part(source, form.offset..hole.start)?;
            let at = data.len();
            data.extend(part(source, hole.end..size)?);
            (data, vec![Hole { at, source: hole }])
        }
    };
    Ok(Taken {
        form,
        is_packed: places.packed,
        head,
        meta: places.meta,
        data,
        holes,
    })
}

fn part(source: &mut (impl Read + Seek), place: Range<u64>) -> Result<Vec<u8>, Error> {
    let length = place.end.saturating_sub(place.start);
    if length > LARGEST {
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

pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut unpacked = Vec::new();
    flate2::read::DeflateDecoder::new(packed)
        .take(LARGEST + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| Error::Damaged("its packed data cannot be unpacked"))?;
    match unpacked.len() as u64 > LARGEST {
        true => Err(Error::TooLarge),
        false => Ok(unpacked),
    }
}
