//! The attributes of one file, for somebody to look at: every element with its sequences, as far as the file can be read.
//!
//! [`read`] makes a [`Tree`] of a file, [`value`] hands out a value that is too long for it, [`write_text`] and [`json`]
//! go through a whole file for the command line. All of them step through the file with [`reader`], which passes over
//! what is damaged, holds no value but the one that is looked at, and stops at a bound.

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
