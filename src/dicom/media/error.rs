//! Why a file in an archive cannot be read.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::ArchiveKind;

/// What [`super::open`], and reading what it opened, can fail with beside the errors of the file system. It travels
/// inside an [`io::Error`]; [`cause`] finds it there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MediaError {
    /// A folder, a device, or a link inside an archive.
    #[error("it is no ordinary file")]
    NotAFile,
    /// The archive is there, and has no such file.
    #[error("its archive has no such file any more")]
    NotThere,
    /// The file is encrypted, and no password for this archive is known.
    #[error("it needs the password of its archive")]
    Locked(PathBuf),
    /// The file is encrypted with another password than the one that is known.
    #[error("the password of its archive is wrong")]
    WrongPassword(PathBuf),
    /// What is stored is not what was put in.
    #[error("{0}")]
    Damaged(&'static str),
    /// The archive itself cannot be read.
    #[error("{0}")]
    DamagedArchive(&'static str),
    /// Packed or encrypted in a way that is not supported, by its name.
    #[error("it is packed with {0}, which is not supported")]
    Method(Cow<'static, str>),
    /// More than is believed: see `bounds.rs`.
    #[error("{0}")]
    OverBound(&'static str),
    /// Its name leads out of the archive.
    #[error("its name leads out of the archive")]
    ClimbsOut,
    /// An archive that is not read.
    #[error("it is an archive of a kind that is not read")]
    Archive(ArchiveKind),
}

impl From<MediaError> for io::Error {
    fn from(error: MediaError) -> Self {
        let kind = match &error {
            MediaError::NotAFile | MediaError::Method(_) | MediaError::Archive(_) => {
                io::ErrorKind::Unsupported
            }
            MediaError::NotThere => io::ErrorKind::NotFound,
            MediaError::Locked(_) | MediaError::WrongPassword(_) => io::ErrorKind::PermissionDenied,
            MediaError::Damaged(_)
            | MediaError::DamagedArchive(_)
            | MediaError::OverBound(_)
            | MediaError::ClimbsOut => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}

/// The [`MediaError`] in an error, where it is one.
pub fn cause(error: &io::Error) -> Option<&MediaError> {
    error.get_ref()?.downcast_ref()
}
