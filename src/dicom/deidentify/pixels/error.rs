//! Why rectangles of a file were not blackened.

use thiserror::Error;

use crate::dicom::catalogue::SkipReason;
use crate::dicom::dataset::cursor::Damaged as Broken;
use crate::dicom::deidentify::Error as CleaningError;
use crate::dicom::deidentify::replace::LARGEST;
use crate::dicom::image::render::PreviewError;

/// Why rectangles of a file were not blackened. Such a file must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PixelError {
    /// Larger than what is blackened in memory.
    #[error(
        "The file, or what its pixels unpack to, is larger than {} GiB: such an image cannot be blackened.",
        LARGEST / (1024 * 1024 * 1024)
    )]
    TooLarge,
    /// It cannot be read.
    #[error("Its pixels could not be blackened: {0}.")]
    Unreadable(String),
    /// Its data is damaged.
    #[error("Its pixels could not be blackened: the data is damaged.")]
    Damaged,
    /// Fewer pixels than the header says.
    #[error("Its pixels could not be blackened: there are fewer than it says.")]
    TooFew,
    /// A packed picture of another size, depth or number of colours than the header says.
    #[error("Its pixels could not be blackened: the packed picture is not what the header says.")]
    OtherSize,
    /// A kind of pixels that is not known, or that cannot be decoded.
    #[error(
        "This kind of image cannot be blackened ({0}). Leave it out, or send it without rectangles if nothing is written in it."
    )]
    Unsupported(String),
    /// What was written is not what was meant.
    #[error("Its pixels could not be blackened: read again, {0}.")]
    NotAsMeant(&'static str),
}

impl From<PreviewError> for PixelError {
    fn from(error: PreviewError) -> Self {
        match error {
            PreviewError::Refused(reason) => reason.into(),
            PreviewError::TooLarge => PixelError::TooLarge,
            PreviewError::Undecodable(what) => PixelError::Unsupported(what),
            PreviewError::NoPixels | PreviewError::NoImage(_) => {
                PixelError::Unsupported("its size is not told".to_owned())
            }
            PreviewError::NoFrame { .. } => PixelError::TooFew,
        }
    }
}

impl From<SkipReason> for PixelError {
    fn from(reason: SkipReason) -> Self {
        match CleaningError::of_reading(reason) {
            CleaningError::Unreadable(what) => PixelError::Unreadable(what),
            _ => PixelError::Damaged,
        }
    }
}

impl From<CleaningError> for PixelError {
    fn from(error: CleaningError) -> Self {
        match error {
            CleaningError::TooLarge => PixelError::TooLarge,
            CleaningError::Damaged(what) => PixelError::Unreadable(what.to_owned()),
            CleaningError::Unreadable(what) => PixelError::Unreadable(what),
            _ => PixelError::Damaged,
        }
    }
}

impl From<Broken> for PixelError {
    fn from(broken: Broken) -> Self {
        PixelError::Unreadable(broken.0.to_owned())
    }
}
