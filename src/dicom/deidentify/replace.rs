//! A whole file in memory, with values replaced.

use std::io::{BufReader, Cursor, Read, Write};

use flate2::Compression;

use super::check::check;
use super::error::Error;
use super::replacement::Replacement;
use super::survey::survey;
use super::write::write;
use crate::dicom::header::visit_in;
use crate::dicom::source::Layout;
use crate::dicom::values::Values;

/// The largest file whose values are replaced, and the most that a deflated one may unpack to, in bytes: 1 GiB. The file,
/// the result and, where it is deflated, what both unpack to are in memory at once.
pub const LARGEST: u64 = 1024 * 1024 * 1024;

/// The file with these values: set wherever their attributes stand, in sequences too, and added at the top level where
/// they are missing. Of two values for one attribute the later one counts.
///
/// The way in which the file is written stays: transfer syntax, character set, lengths written or not, file meta
/// information, private attributes, pixel data. Where a value does not fit the character set, every text of the data set
/// is rewritten to ISO_IR 192. What stands behind the pixel data and is no element (padding to a block of a medium) goes.
/// Sequences that hide in private or unknown values are gone into where such a value reads as one to its end.
///
/// The result has been read again and held against the original.
///
/// # Errors
/// Why the values could not be replaced; such a file must not be sent.
pub fn replace(file: &[u8], replacements: &[Replacement]) -> Result<Vec<u8>, Error> {
    let size = file.len() as u64;
    if size > LARGEST {
        return Err(Error::TooLarge);
    }
    let mut values = Values::default();
    let form = visit_in(BufReader::new(Cursor::new(file)), size, &mut values)
        .map_err(Error::of_reading)?;
    if values.is_dicomdir() {
        return Err(Error::Damaged("it is the directory of a disc, no image"));
    }
    let replacements = last_of_each(replacements);
    let offset = usize::try_from(form.offset).map_err(|_| Error::TooLarge)?;
    let (head, body) = file.split_at_checked(offset).ok_or(Error::TooLarge)?;
    if !form.deflated {
        return data_set(head.to_vec(), body, form.layout, &replacements);
    }
    let unpacked = unpack(body)?;
    let written = data_set(Vec::new(), &unpacked, form.layout, &replacements)?;
    drop(unpacked);
    let mut result = pack(head.to_vec(), &written)?;
    let again = unpack(result.get(offset..).unwrap_or_default())?;
    if again != written {
        return Err(Error::NotAsMeant("it unpacks to something else".to_owned()));
    }
    if result.len() % 2 == 1 {
        // PS3.5, A.5: to an even length.
        result.push(0);
    }
    Ok(result)
}

fn last_of_each(replacements: &[Replacement]) -> Vec<Replacement> {
    let mut kept: Vec<Replacement> = Vec::new();
    for replacement in replacements {
        kept.retain(|kept| kept.tag() != replacement.tag());
        kept.push(replacement.clone());
    }
    kept
}

fn data_set(
    mut head: Vec<u8>,
    data: &[u8],
    layout: Layout,
    replacements: &[Replacement],
) -> Result<Vec<u8>, Error> {
    let plan = survey(data, layout, replacements)?;
    let offset = head.len();
    head.reserve(data.len().saturating_add(4096));
    let written = write(head, data, layout, replacements, &plan)?;
    let after = written.get(offset..).unwrap_or_default();
    check(data, after, layout, replacements, &plan)?;
    Ok(written)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Error> {
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

fn pack(head: Vec<u8>, data: &[u8]) -> Result<Vec<u8>, Error> {
    let mut packer = flate2::write::DeflateEncoder::new(head, Compression::default());
    let packed = packer.write_all(data).and_then(|()| packer.finish());
    packed.map_err(|_| Error::Damaged("it could not be packed again"))
}
