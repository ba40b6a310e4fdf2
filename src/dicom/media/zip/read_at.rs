//! Bytes that can be read from anywhere on: a file on disk, a part of it, or what an archive's entry unpacks to.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::SystemTime;

use crate::dicom::media::error::MediaError;

/// Bytes at places, read by whoever has it.
pub(in crate::dicom::media) trait Place: Send + Sync {
    /// Reads from `at` on, as much as comes at once; nothing at the end.
    ///
    /// # Errors
    /// Those of the file system, or of unpacking.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
}

/// A file on disk, with its size and time as they were when it was opened.
#[derive(Debug)]
pub(in crate::dicom::media) struct Disk {
    pub(in crate::dicom::media) file: File,
    pub(in crate::dicom::media) size: u64,
    pub(in crate::dicom::media) modified: Option<SystemTime>,
}

impl Disk {
    /// # Errors
    /// Those of the file system; [`MediaError::NotAFile`] for a folder or a device.
    pub(in crate::dicom::media) fn of(file: File) -> io::Result<Disk> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(MediaError::NotAFile.into());
        }
        Ok(Disk {
            file,
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    pub(in crate::dicom::media) fn is_unchanged(&self) -> io::Result<bool> {
        let now = self.file.metadata()?;
        Ok(now.len() == self.size && now.modified().ok() == self.modified)
    }
}

impl Place for Disk {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, at)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, at)
    }
}

/// A part of a place.
pub(in crate::dicom::media) struct Window {
    pub(in crate::dicom::media) place: Arc<dyn Place>,
    pub(in crate::dicom::media) start: u64,
    pub(in crate::dicom::media) length: u64,
}

impl Place for Window {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        self.place.read_at(buffer, self.start.saturating_add(at))
    }
}

/// Reads a place forwards.
pub(in crate::dicom::media) struct Run<'a> {
    pub(in crate::dicom::media) place: &'a dyn Place,
    pub(in crate::dicom::media) at: u64,
}

impl Read for Run<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.place.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
