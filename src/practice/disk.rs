//! Where the bytes of arriving files lie, and how they move.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::cloud::wire::MAX_PART;

use super::store::Sum;

/// A part that was received.
pub(super) struct Held {
    pub(super) index: u32,
    pub(super) size: u64,
    pub(super) digest: Sum,
}

/// Where a part lies among the gathered ones, in bytes.
pub(super) fn place(index: u32) -> u64 {
    u64::from(index) * MAX_PART as u64
}

/// Whether the parts, each at its place, already are the file.
pub(super) fn in_place(parts: &[Held]) -> bool {
    parts
        .iter()
        .rev()
        .skip(1)
        .all(|held| held.size == MAX_PART as u64)
}

/// Copies parts that are shorter than their places one behind the other.
pub(super) fn close_up(gathered: &Path, target: &Path, parts: &[Held]) -> io::Result<()> {
    let mut from = File::open(gathered)?;
    let mut to = File::create_new(target)?;
    for held in parts {
        from.seek(SeekFrom::Start(place(held.index)))?;
        if io::copy(&mut io::Read::take(&mut from, held.size), &mut to)? != held.size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Gives a file a second name, in the store; where the file system has no links, copies it.
pub(super) fn link(source: &Path, target: &Path, passing: &Path) -> io::Result<()> {
    make_folder(target)?;
    if fs::hard_link(source, target).is_ok() {
        return Ok(());
    }
    let passing = Passing(passing.to_path_buf());
    fs::copy(source, &passing.0)?;
    fs::rename(&passing.0, target)
}

pub(super) fn make_folder(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), fs::create_dir_all)
}

/// A file in `incoming` that goes when it is not needed, however that comes about.
pub(super) struct Passing(pub(super) PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
