//! What the commands print: results on standard output, everything else on standard error. Control characters of files,
//! profiles and servers never get there raw.

use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Map, Value, json};

use crate::message::Failure;
use crate::text::controls::{shown, shown_json, shown_lines};

/// Writes one line. A reader that went away (`| head`) ends the program quietly, as other tools do; an output that takes
/// no more ends it with a word.
pub(super) fn line(text: impl std::fmt::Display) {
    raw(&shown(&text.to_string()));
}

/// Writes a text of several lines.
pub(super) fn lines(text: &str) {
    raw(&shown_lines(text));
}

/// Prints a JSON object on one line.
pub(super) fn object(value: &Value) {
    raw(&shown_json(&value.to_string()));
}

fn raw(text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes());
    let written = written.and_then(|()| out.write_all(b"\n"));
    if let Err(error) = written.and_then(|()| out.flush()) {
        drop(out);
        if error.kind() != io::ErrorKind::BrokenPipe {
            say(&format!(
                "The output could not be written ({}). What was asked for may not be done, or not all of it.",
                plain(&error)
            ));
        }
        std::process::exit(1);
    }
}

/// Says one sentence on standard error. One that cannot be written there has nobody to read it.
pub(super) fn say(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "studydrop: {}", shown(sentence));
}

/// Says something of several lines on standard error.
pub(super) fn complain(text: &str) {
    let _ = write!(io::stderr().lock(), "{}", shown_lines(text));
}

/// Writes JSON on a line, as [`object`] does, without holding all of its text.
///
/// # Errors
/// What the writer says.
pub(super) fn write_object(mut out: impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Plain);
    value.serialize(&mut serializer)?;
    writeln!(out)
}

struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        writer.write_all(shown_json(fragment).as_bytes())
    }
}

/// The system's words without its number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// Adds a path to a JSON object: as text, and where it is no Unicode also in base64, as `NAME_bytes`, for the text has
/// replacement characters then.
pub(super) fn put_path(object: &mut Map<String, Value>, name: &str, path: &Path) {
    object.insert(name.to_owned(), json!(path.to_string_lossy()));
    if path.to_str().is_none() {
        let bytes = STANDARD.encode(path.as_os_str().as_encoded_bytes());
        object.insert(format!("{name}_bytes"), json!(bytes));
    }
}

/// The same for an object that is a value: `{"event": …}` with its `path`.
pub(super) fn with_path(mut value: Value, path: &Path) -> Value {
    if let Some(object) = value.as_object_mut() {
        put_path(object, "path", path);
    }
    value
}

/// The failure and its remedy on one line.
pub(super) fn sentence(failure: &Failure) -> String {
    format!("{} {}", failure.what, failure.remedy)
        .trim_end()
        .to_owned()
}

/// Prints columns padded to their widest cell. The last column is not padded.
pub(super) fn table(rows: &[Vec<String>]) {
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| shown(cell)).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_unicode_is_text_and_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"caf\xe9.dcm"));
        let value = with_path(json!({ "event": "found" }), path);
        assert_eq!(value["path"], "caf\u{FFFD}.dcm");
        assert_eq!(
            STANDARD
                .decode(value["path_bytes"].as_str().unwrap())
                .unwrap(),
            b"caf\xe9.dcm"
        );
        let value = with_path(json!({}), Path::new("café.dcm"));
        assert_eq!(value, json!({ "path": "café.dcm" }));
    }
}
