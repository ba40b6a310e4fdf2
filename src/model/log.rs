//! What this program did, in words.

use jiff::civil::DateTime;

use super::Tone;

/// One line of the Log page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: DateTime,
    /// How it went.
    pub tone: Tone,
    /// What was done.
    pub what: String,
    /// With which result.
    pub detail: String,
}
