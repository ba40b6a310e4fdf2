//! How reading a file ended, and why nothing of it can be shown.

use thiserror::Error;

use crate::dicom::scan::header::plain_words;
use crate::words;

/// Why nothing of a file can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The system would not let it be read: its words.
    #[error("The file cannot be read: {0}.")]
    Unreadable(String),
    /// The content is not DICOM.
    #[error("This is no DICOM file.")]
    NotDicom,
    /// It is not the file that was read before.
    #[error("The file has changed since it was shown.")]
    Changed,
    /// Nobody waits for it any more.
    #[error("It is not asked for any more.")]
    Stopped,
}

impl ReadError {
    pub(super) fn of(error: &std::io::Error) -> Self {
        ReadError::Unreadable(plain_words(error))
    }
}

/// How reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// At the end of the file.
    Whole,
    /// What follows could not be read.
    Damaged {
        /// Where, in bytes from the beginning of the file, or of what it unpacks to.
        at: u64,
        /// How many there are.
        of: u64,
        /// What is wrong.
        why: String,
    },
    /// The file ends too early. So many bytes are missing, at the least, where its elements say that.
    Cut(Option<u64>),
    /// After so many elements: no more are shown.
    TooMany(usize),
}

impl Ending {
    /// In a sentence; `None` where all is well.
    pub fn words(&self) -> Option<String> {
        let number = |value: &u64| words::number(*value);
        match self {
            Ending::Whole => None,
            Ending::Damaged { at, of, why } => Some(format!(
                "It could be read up to byte {} of {}: {why}.",
                number(at),
                number(of)
            )),
            Ending::Cut(None) => Some("The file ends too early.".to_owned()),
            Ending::Cut(Some(missing)) => Some(format!(
                "The file ends too early: {} missing.",
                match missing {
                    1 => "one byte is".to_owned(),
                    missing => format!("{} bytes are", number(missing)),
                }
            )),
            Ending::TooMany(count) => Some(format!(
                "It has more than {} elements; those behind them are not shown.",
                words::number(*count as u64)
            )),
        }
    }
}
