//! Why a file is not sent.

use std::io;

use thiserror::Error;

use super::pixels::PixelError;
use super::replace::LARGEST;
use super::residual::Residue;
use crate::dicom::catalogue::SkipReason;
use crate::dicom::dataset::cursor::Damaged as Broken;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::keyword;
use crate::dicom::scan::header::plain_words;

/// Why a file could not be de-identified. Such a file must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// Larger than what is replaced in memory.
    #[error(
        "What the file has beside its pixel data is larger than {} GiB: such a file cannot be de-identified.",
        LARGEST / (1024 * 1024 * 1024)
    )]
    TooLarge,
    /// It cannot be read whole.
    #[error("It could not be de-identified: {0}.")]
    Unreadable(String),
    /// Where it cannot be made sense of.
    #[error("It could not be de-identified: {0}.")]
    Damaged(&'static str),
    /// A text that would have to be written in another character set and cannot be read for certain.
    #[error(
        "It could not be de-identified: the text of {0} cannot be read in the file's character set, and would be lost."
    )]
    Undecodable(String),
    /// A value that has no room in the way in which the file is written.
    #[error("It could not be de-identified: the text of {0} would become too long.")]
    TooLong(String),
    /// The patient's new identity is not known, or cannot be written.
    #[error("It could not be de-identified: {0}.")]
    Identity(String),
    /// Something that identified the patient in the original is still in it.
    #[error("{0}")]
    Residue(Residue),
    /// Its pixels were to be cleaned, and could not be.
    #[error("{0}")]
    Pixels(PixelError),
    /// What was written is not what was meant.
    #[error("It could not be de-identified: read again, {0}.")]
    NotAsMeant(String),
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Error::Damaged(broken.0)
    }
}

impl Error {
    pub(super) fn undecodable(tag: Tag) -> Self {
        Error::Undecodable(keyword(tag))
    }

    pub(super) fn reading(error: &io::Error) -> Self {
        Error::Unreadable(plain_words(error))
    }

    pub(super) fn of_reading(reason: SkipReason) -> Self {
        Error::Unreadable(match reason {
            SkipReason::NotDicom => "it is no DICOM file".to_owned(),
            SkipReason::Truncated { .. } => "it is cut off".to_owned(),
            SkipReason::Damaged(what) => what,
            SkipReason::Unreadable(what) => what,
            SkipReason::Locked { .. } => "its archive needs a password".to_owned(),
            SkipReason::WrongPassword { .. } => "the password of its archive is wrong".to_owned(),
            _ => "it cannot be read".to_owned(),
        })
    }
}
