//! Attributes of a file for display: all elements including sequences, as far as the file can be read.
//!
//! [`read`] creates a [`Tree`] of a file, [`value`] loads a value too long for it, [`write_text`] and [`json`] convert
//! a whole file for the command line. All use [`reader`], which skips damaged parts, keeps only the current value in
//! memory, and has limits.

mod decode;
mod dictionary;
mod dump;
mod error;
mod file;
mod json;
mod long_value;
pub mod meaning;
mod reader;
pub mod structured_report;
mod tree;

pub use super::catalogue::Stamp;
pub use dump::write_text;
pub use error::{Ending, ReadError};
pub use json::json;
pub use long_value::{Whole, value};
pub use tree::{Kind, MOST_ROWS, Place, Row, Tree, read};
