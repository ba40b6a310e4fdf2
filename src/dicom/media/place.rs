//! Bytes that can be read from anywhere on: a file on disk, a part of it, or what an archive's entry unpacks to.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::SystemTime;

use super::error::MediaError;

/// Bytes at places, read by whoever has it.
pub(super) trait Place: Send + Sync {
    /// Reads from `at` on, as much as comes at once; nothing at the end.
    ///
    /// # Errors
    /// Those of the file system, or of unpacking.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
}

/// A file on disk, with its size and time as they were when it was opened.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) modified: Option<SystemTime>,
}

impl Disk {
    /// # Errors
    /// Those of the file system; [`MediaError::NotAFile`] for a folder or a device.
    pub(super) fn of(file: File) -> io::Result<Disk> {
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

    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
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
pub(super) struct Window {
    pub(super) place: Arc<dyn Place>,
    pub(super) start: u64,
    pub(super) length: u64,
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
pub(super) struct Run<'a> {
    pub(super) place: &'a dyn Place,
    pub(super) at: u64,
}

impl Read for Run<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.place.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
