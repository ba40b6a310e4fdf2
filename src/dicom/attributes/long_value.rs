//! Loads a value that is too long for its row.

use std::path::Path;

use super::decode::{self, Form};
use super::error::ReadError;
use super::reader;
use super::tree::Place;
use crate::dicom::dataset::cursor::Bytes;
use crate::dicom::media::Stamp;

/// Maximum size of a text or of numbers to show, in bytes.
const MOST: usize = 4 * 1024 * 1024;
/// Maximum size of binary data to show, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// Bytes per line of a hex dump.
const LINE: usize = 16;

/// A loaded value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The value as text; binary data as a hex dump with 16 bytes per line.
    pub text: String,
    /// Number of bytes that are not included in `text`.
    pub left: u64,
}

/// Loads a value found by [`super::read`] in the file with this stamp.
///
/// # Errors
/// If the file cannot be read, or has been replaced.
pub fn value(path: &Path, place: &Place, stamp: Stamp) -> Result<Whole, ReadError> {
    let opened = reader::content(path, place.deflated_at);
    let (content, now) = opened.map_err(|error| ReadError::of(&error))?;
    if now != stamp {
        return Err(ReadError::Changed);
    }
    let form = Form::of(place.vr);
    let most = if form == Form::Bytes {
        MOST_BYTES
    } else {
        MOST
    };
    let end = place.bytes.end.min(place.bytes.start.saturating_add(most));
    let Some(bytes) = content.bytes(place.bytes.start..end) else {
        return Err(match content.failed() {
            Some(error) => ReadError::of(&error),
            None => ReadError::Changed,
        });
    };
    let text = match form {
        Form::Text { .. } => decode::text(place.set, place.vr, &bytes),
        Form::Bytes if place.vr == *b"UN" && decode::is_readable(&bytes) => {
            decode::text(place.set, place.vr, &bytes)
        }
        Form::Bytes => hexadecimal(&bytes),
        form => {
            let numbers = decode::numbers(form, place.layout, &bytes);
            let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
            numbers.join("\\")
        }
    };
    Ok(Whole {
        text,
        left: (place.bytes.end - end) as u64,
    })
}

/// A hex dump with lines such as "0000  4D 4D 00 2A".
fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3 + bytes.len() / 2);
    for (number, line) in bytes.chunks(LINE).enumerate() {
        if number > 0 {
            text.push('\n');
        }
        text.push_str(&format!("{:04X} ", number * LINE));
        for byte in line {
            text.push_str(&format!(" {byte:02X}"));
        }
    }
    text
}
