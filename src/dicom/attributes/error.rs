//! Results of reading a file: how it ended, and errors.

use thiserror::Error;

use crate::dicom::scan::header::plain_words;
use crate::words;

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// An I/O error, with the system's message.
    #[error("The file cannot be read: {0}.")]
    Unreadable(String),
    /// The content is not DICOM.
    #[error("This is no DICOM file.")]
    NotDicom,
    /// The file has been replaced since it was read.
    #[error("The file has changed since it was shown.")]
    Changed,
    /// Reading was cancelled.
    #[error("It is not asked for any more.")]
    Stopped,
}

impl ReadError {
    pub(super) fn of(error: &std::io::Error) -> Self {
        ReadError::Unreadable(plain_words(error))
    }
}

/// How reading a file ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// At the end of the file.
    Whole,
    /// At data that cannot be parsed.
    Damaged {
        /// Offset in bytes, in the file or in its inflated data set.
        at: u64,
        /// Size of the file or of its inflated data set, in bytes.
        of: u64,
        /// What is wrong.
        why: String,
    },
    /// The file is truncated. With the minimum number of missing bytes, if an element's length tells it.
    Cut(Option<u64>),
    /// At the limit on elements; with their number.
    TooMany(usize),
}

impl Ending {
    /// A sentence for the user; `None` if the file was read completely.
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
