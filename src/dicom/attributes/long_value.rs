//! A value that a row has no room for, opened on demand.

use std::path::Path;

use super::decode::{self, Form};
use super::error::ReadError;
use super::reader;
use super::tree::Place;
use crate::dicom::dataset::cursor::Bytes;
use crate::dicom::media::Stamp;

/// Bytes of a text or of numbers that are shown, at most.
const MOST: usize = 4 * 1024 * 1024;
/// Bytes that are shown one by one, at most.
const MOST_BYTES: usize = 64 * 1024;
/// Bytes a line.
const LINE: usize = 16;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The value; bytes as hexadecimal numbers, sixteen a line.
    pub text: String,
    /// How many bytes of it are not in `text`.
    pub left: u64,
}

/// Reads a value that [`super::read`] has found in the file that had this stamp.
///
/// # Errors
/// Why it cannot be read; also where another file has come to this path.
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

/// "0000  4D 4D 00 2A", a line for sixteen bytes.
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
