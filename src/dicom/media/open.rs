//! Opens a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

/// A file that is open for reading, with its size and time as they were then.
#[derive(Debug)]
pub struct Opened {
    file: File,
    size: u64,
    modified: Option<SystemTime>,
}

/// Opens an ordinary file.
///
/// # Errors
/// Those of the file system. What is there and is no file, such as a folder or a device, is
/// [`io::ErrorKind::Unsupported`].
pub fn open(path: &Path) -> io::Result<Opened> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        let words = "it is no ordinary file";
        return Err(io::Error::new(io::ErrorKind::Unsupported, words));
    }
    Ok(Opened {
        file,
        size: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

impl Opened {
    /// In bytes, as it was when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When it was changed last, as it was when it was opened; `None` where the file system does not say.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Whether its size and time are still those with which it was opened.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn is_unchanged(&self) -> io::Result<bool> {
        let now = self.file.metadata()?;
        Ok(now.len() == self.size && now.modified().ok() == self.modified)
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
