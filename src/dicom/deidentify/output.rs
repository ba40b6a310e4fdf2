//! A cleaned file in its parts, and what was done with it.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;

use super::error::Error;
use super::plan::Touched;
use super::read;
use crate::dicom::dataset::cursor::Hole;

/// A part of a cleaned file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What stands in this place of the original file, in bytes from its beginning.
    Source(Range<u64>),
}

/// A cleaned file: its parts, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// Pixel data that stays as it is is not among them, but named by its place.
    pub pieces: Vec<Piece>,
    /// What was done.
    pub report: Report,
}

/// What was done with one file, and what the file calls itself now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Attributes that were changed, removed or added.
    pub touched: Vec<Touched>,
    /// As it leaves.
    pub sop_instance_uid: String,
    /// As it leaves.
    pub study_instance_uid: String,
    /// As it leaves.
    pub series_instance_uid: String,
    /// As it leaves.
    pub patient_id: String,
    /// As it leaves.
    pub patient_name: String,
    /// The original's SOP class.
    pub sop_class_uid: String,
}

impl Cleaned {
    /// How long the cleaned file is, in bytes.
    pub fn size(&self) -> u64 {
        let size = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Source(place) => place.end.saturating_sub(place.start),
        };
        self.pieces.iter().map(size).sum()
    }

    /// The cleaned file, with what it has of the original from there.
    ///
    /// # Errors
    /// `file` is not the original.
    pub fn bytes(&self, file: &[u8]) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size()).unwrap_or_default());
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(part) => bytes.extend_from_slice(part),
                Piece::Source(place) => {
                    let start = usize::try_from(place.start).unwrap_or(usize::MAX);
                    let end = usize::try_from(place.end).unwrap_or(usize::MAX);
                    let part = file.get(start..end);
                    bytes.extend_from_slice(part.ok_or(Error::Damaged("it is another file"))?);
                }
            }
        }
        Ok(bytes)
    }
}

/// The parts of a file: what was written, and the places that were left out.
///
/// # Errors
/// It could not be packed again.
pub(super) fn pieces(
    mut head: Vec<u8>,
    data: &[u8],
    holes: &[Hole],
    deflated: bool,
) -> Result<Vec<Piece>, Error> {
    if deflated {
        return Ok(vec![Piece::Bytes(packed(head, data)?)]);
    }
    let mut pieces = Vec::new();
    let mut from = 0;
    for hole in holes {
        head.extend_from_slice(data.get(from..hole.at).unwrap_or_default());
        from = hole.at;
        pieces.push(Piece::Bytes(std::mem::take(&mut head)));
        pieces.push(Piece::Source(hole.source.clone()));
    }
    head.extend_from_slice(data.get(from..).unwrap_or_default());
    if !head.is_empty() {
        pieces.push(Piece::Bytes(head));
    }
    Ok(pieces)
}

/// The data set deflated, to an even length (PS3.5, A.5), and seen to unpack to itself.
fn packed(head: Vec<u8>, data: &[u8]) -> Result<Vec<u8>, Error> {
    let offset = head.len();
    let mut packer = flate2::write::DeflateEncoder::new(head, Compression::default());
    let packed = packer.write_all(data).and_then(|()| packer.finish());
    let mut packed = packed.map_err(|_| Error::Damaged("it could not be packed again"))?;
    if read::unpack(packed.get(offset..).unwrap_or_default())? != data {
        return Err(Error::NotAsMeant("it unpacks to something else".to_owned()));
    }
    if packed.len() % 2 == 1 {
        packed.push(0);
    }
    Ok(packed)
}
