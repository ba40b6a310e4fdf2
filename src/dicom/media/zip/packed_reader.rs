//! An entry's bytes as they stand in the archive, decrypted.

use std::io;

use super::decrypt::Cipher;
use super::read_at::Place;
use crate::dicom::media::error::MediaError;

/// Where the next byte is.
#[derive(Clone)]
pub(in crate::dicom::media) struct Raw {
    /// Within the archive.
    pub(in crate::dicom::media) at: u64,
    pub(in crate::dicom::media) end: u64,
    pub(in crate::dicom::media) cipher: Option<Cipher>,
}

impl Raw {
    pub(in crate::dicom::media) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// The next bytes; nothing at the end.
    pub(in crate::dicom::media) fn read(
        &mut self,
        place: &dyn Place,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = loop {
            match place.read_at(buffer, self.at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if read == 0 {
            return Err(MediaError::DamagedArchive("it is cut off").into());
        }
        self.at += read as u64;
        if let Some(cipher) = &mut self.cipher {
            cipher.decrypt(buffer.get_mut(..read).unwrap_or_default());
        }
        Ok(read)
    }
}
