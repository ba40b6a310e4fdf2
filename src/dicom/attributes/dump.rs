//! A file's attributes as text, with one element per line.

use std::io::{self, Write};
use std::path::Path;

use super::decode::{self, Form};
use super::dictionary;
use super::error::{Ending, ReadError};
use super::meaning::aid;
use super::reader::{Found, Reader, Seen};
use crate::words;

/// Maximum number of elements to write.
const MOST: usize = 5_000_000;
/// Maximum number of bytes of a value to write.
const LONGEST: usize = 64 * 1024;

/// Writes all elements of a file, one per line, indented by nesting level. Values over 64 KB are truncated, with a
/// note.
///
/// # Errors
/// The outer error if the file cannot be read at all, the inner one if writing fails.
pub fn write_text(path: &Path, out: &mut impl Write) -> Result<io::Result<Ending>, ReadError> {
    let mut reader = Reader::open(path)?;
    Ok(write_all(&mut reader, out))
}

fn write_all(reader: &mut Reader, out: &mut impl Write) -> io::Result<Ending> {
    for _ in 0..MOST {
        let depth = reader.depth();
        match reader.next() {
            Ok(Some(seen)) => write_one(reader, out, depth, &seen)?,
            Ok(None) => return Ok(Ending::Whole),
            Err(ending) => return Ok(ending),
        }
    }
    Ok(Ending::TooMany(MOST))
}

fn write_one(reader: &Reader, out: &mut impl Write, depth: usize, seen: &Seen) -> io::Result<()> {
    let found = match seen {
        Seen::Element(found) | Seen::Sequence(found) => found,
        Seen::Item(number) => return writeln!(out, "{:1$}Item {number}", "", depth * 2),
        Seen::Close { .. } => return Ok(()),
    };
    let (group, element) = (found.tag.0, found.tag.1);
    let vr = String::from_utf8_lossy(&found.vr);
    write!(out, "{:1$}({group:04X},{element:04X}) ", "", depth * 2)?;
    write!(out, "{vr} {}", name(found))?;
    if matches!(seen, Seen::Element(_)) {
        write!(out, ": {}", value(reader, found))?;
    }
    match found.wrong {
        Some(wrong) => writeln!(out, "  [{wrong}]"),
        None => writeln!(out),
    }
}

fn name(found: &Found) -> String {
    match (dictionary::name(found.tag), &found.creator) {
        (Some(name), _) => name.to_owned(),
        (None, Some(creator)) => format!("Private: {}", visible(creator)),
        (None, None) if dictionary::is_creator(found.tag) => "Private Creator".to_owned(),
        (None, None) if found.tag.0 % 2 == 1 => "Private".to_owned(),
        (None, None) => "Unknown".to_owned(),
    }
}

fn value(reader: &Reader, found: &Found) -> String {
    let length = found.place.len();
    let bytes = reader.bytes(found.place.clone(), LONGEST);
    let text = match Form::of(found.vr) {
        Form::Text { .. } => decode::text(found.set, found.vr, &bytes),
        Form::Bytes if found.vr == *b"UN" && decode::is_readable(&bytes) => {
            decode::text(found.set, found.vr, &bytes)
        }
        Form::Bytes => return size(found),
        form => {
            let numbers = decode::numbers(form, found.layout, &bytes);
            let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
            numbers.join("\\")
        }
    };
    let mut line = visible(&text);
    if bytes.len() < length {
        let all = words::count(length as u64, "byte", "bytes");
        line.push_str(&format!(" … (cut, {all} in all)"));
    } else if let Some(said) = aid(&String::from_utf8_lossy(&found.vr), &text) {
        line.push_str(&format!(" ({said})"));
    }
    line
}

fn size(found: &Found) -> String {
    let bytes = words::count(found.place.len() as u64, "byte", "bytes");
    match found.fragments {
        Some(fragments) => {
            let fragments = words::count(fragments as u64, "fragment", "fragments");
            format!("{fragments}, {bytes}")
        }
        None => bytes,
    }
}

/// Replaces control characters by their symbols, so that a value cannot break lines or control the terminal.
fn visible(text: &str) -> String {
    let sign = |c: char| match u32::from(c) {
        code @ 0..=0x1F => char::from_u32(0x2400 + code).unwrap_or('\u{FFFD}'),
        0x7F => '\u{2421}',
        0x80..=0x9F => '\u{FFFD}',
        _ => c,
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_told_nothing_by_a_value() {
        assert_eq!(visible("a\r\nb\x1B[2Jc\u{9B}d"), "a␍␊b␛[2Jc\u{FFFD}d");
    }
}
