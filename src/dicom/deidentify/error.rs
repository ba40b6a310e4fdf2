//! Why a file is not sent with values replaced.

use thiserror::Error;

use super::replace::LARGEST;
use super::vr::keyword;
use crate::dicom::catalogue::SkipReason;
use crate::dicom::source::Tag;

/// Why the values of a file could not be replaced. Such a file must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// Larger than what is replaced in memory.
    #[error(
        "The file is larger than {} GiB: values in such a file cannot be replaced yet.",
        LARGEST / (1024 * 1024 * 1024)
    )]
    TooLarge,
    /// It cannot be read whole.
    #[error("Its values could not be replaced: {0}.")]
    Unreadable(String),
    /// Where it cannot be made sense of.
    #[error("Its values could not be replaced: {0}.")]
    Damaged(&'static str),
    /// A text that would have to be written in another character set and cannot be read for certain.
    #[error(
        "Its values could not be replaced: the text of {0} cannot be read in the file's character set, and would be lost."
    )]
    Undecodable(String),
    /// A value that has no room in the way in which the file is written.
    #[error("Its values could not be replaced: the text of {0} would become too long.")]
    TooLong(String),
    /// What was written is not what was meant.
    #[error("Its values could not be replaced: read again, {0}.")]
    NotAsMeant(String),
}

impl Error {
    pub(super) fn undecodable(tag: Tag) -> Self {
        Error::Undecodable(keyword(tag))
    }

    pub(super) fn of_reading(reason: SkipReason) -> Self {
        Error::Unreadable(match reason {
            SkipReason::NotDicom => "it is no DICOM file".to_owned(),
            SkipReason::Truncated { .. } => "it is cut off".to_owned(),
            SkipReason::Damaged(what) => what,
            SkipReason::Unreadable(what) => what,
            _ => "it cannot be read".to_owned(),
        })
    }
}
