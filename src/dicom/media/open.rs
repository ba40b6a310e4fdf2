//! Opens a file, wherever it is.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::zip::Archive;
use super::zip::entry::Entry;
use super::zip::entry_reader::Member;
use super::zip::read_at::Disk;

/// A file that is open for reading, with its size and time as they were then. A file in an archive has the archive's time.
pub struct Opened {
    disk: Arc<Disk>,
    size: u64,
    member: Option<Box<Member>>,
    /// Bytes, unpacked, beyond those that it takes in its archive.
    grows_by: u64,
    /// The archive whose password it was decrypted with, where that may be a wrong one.
    doubtful: Option<PathBuf>,
}

/// What a file was when it was read. One that was replaced has another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// In bytes.
    pub size: u64,
    /// When it, or its archive, was changed last, where the file system says so.
    pub modified: Option<SystemTime>,
}

/// Opens an ordinary file, on disk or in a ZIP archive: `/home/x/study.zip/DICOM/IM001`, and in an archive in that,
/// `/home/x/outer.zip/inner.zip/IM1`.
///
/// # Errors
/// Those of the file system, and [`super::MediaError`] inside an [`io::Error`]. What is there and is no file, such as a
/// folder or a device, is [`super::MediaError::NotAFile`].
pub fn open(path: &Path) -> io::Result<Opened> {
    let error = match File::open(path) {
        Ok(file) => {
            let disk = Arc::new(Disk::of(file)?);
            return Ok(Opened {
                size: disk.size,
                disk,
                member: None,
                grows_by: 0,
                doubtful: None,
            });
        }
        Err(error) => error,
    };
    let Some((archive, inner)) = inside(path) else {
        return Err(error);
    };
    Archive::on_disk(archive, File::open(archive)?)?.at(&inner)
}

/// The file on disk in which this path lies, and the rest of the path; `None` where it lies in none.
pub(super) fn inside(path: &Path) -> Option<(&Path, String)> {
    let there = |path: &&Path| fs::metadata(path).is_ok();
    let archive = path.ancestors().skip(1).find(there)?;
    if !fs::metadata(archive).ok()?.is_file() {
        return None;
    }
    let rest = path.strip_prefix(archive).ok()?;
    let part = |part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    };
    let parts: Option<Vec<&str>> = rest.components().map(part).collect();
    Some((archive, parts?.join("/")))
}

/// What a path is, as far as it lies in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) enum Lies {
    /// A file in an archive.
    File,
    /// A folder in an archive.
    Folder,
}

/// Whether this path is one in an archive; folders are only looked for in archives that lie on disk.
pub(in crate::dicom) fn lies(path: &Path) -> Option<Lies> {
    if fs::symlink_metadata(path).is_ok() {
        return None;
    }
    let (archive, inner) = inside(path)?;
    let archive = Archive::on_disk(archive, File::open(archive).ok()?).ok()?;
    match archive.at(&inner) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            archive.has_folder(&inner).then_some(Lies::Folder)
        }
        _ => Some(Lies::File),
    }
}

/// The files below a folder in an archive.
///
/// # Errors
/// [`super::MediaError`], and those of the file system.
pub(in crate::dicom) fn folder(path: &Path) -> io::Result<Vec<PathBuf>> {
    let (archive, inner) = inside(path).ok_or(io::ErrorKind::NotFound)?;
    let archive = Archive::on_disk(archive, File::open(archive)?)?;
    Ok(archive.files_below(&inner).collect())
}

/// Whether there is a file or folder at this path, on disk or in an archive.
pub fn exists(path: &Path) -> bool {
    path.exists() || lies(path).is_some()
}

impl Opened {
    pub(super) fn member(
        disk: Arc<Disk>,
        member: Member,
        entry: &Entry,
        doubtful: Option<PathBuf>,
    ) -> Self {
        Opened {
            disk,
            size: entry.size,
            member: Some(Box::new(member)),
            grows_by: entry.size.saturating_sub(entry.packed),
            doubtful,
        }
    }

    /// Whether [`Opened::check`] has something to look at, and how many bytes more than there are in the archive it has
    /// to unpack for that.
    pub(in crate::dicom) fn can_be_checked(&self) -> Option<u64> {
        self.member.as_ref().map(|_| self.grows_by)
    }

    /// The archive whose password may be a wrong one that passed for the right one.
    pub(in crate::dicom) fn doubtful(&self) -> Option<&Path> {
        self.doubtful.as_deref()
    }

    /// In bytes, as it was when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When it, or its archive, was changed last, as it was when it was opened; `None` where the file system does not say.
    pub fn modified(&self) -> Option<SystemTime> {
        self.disk.modified
    }

    /// Its size and time.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            size: self.size,
            modified: self.modified(),
        }
    }

    /// Whether its size and time are still those with which it was opened.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn is_unchanged(&self) -> io::Result<bool> {
        self.disk.is_unchanged()
    }

    /// Reads a file in an archive through to its end, where its checksum is looked at, and goes back to its beginning.
    /// For those who do not read a file from beginning to end. Ordinary files have no checksum.
    ///
    /// # Errors
    /// [`super::MediaError::Damaged`], and those of the file system.
    pub fn check(&mut self) -> io::Result<()> {
        if let Some(member) = &mut self.member {
            member.rewind()?;
            io::copy(member, &mut io::sink())?;
            member.rewind()?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_in_an_archive = self.member.is_some();
        to.debug_struct("Opened")
            .field("size", &self.size)
            .field("is_in_an_archive", &is_in_an_archive)
            .finish_non_exhaustive()
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.member {
            Some(member) => member.read(buffer),
            None => (&self.disk.file).read(buffer),
        }
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.member {
            Some(member) => member.seek(to),
            None => (&self.disk.file).seek(to),
        }
    }
}
