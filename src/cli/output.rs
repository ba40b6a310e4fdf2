//! Printing on standard output.

use std::io::Write;

use serde_json::Value;

use crate::message::Failure;

/// Prints a line. If the reader is gone (`| head`), the program ends silently, as other tools do.
pub(super) fn line(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

/// Prints a JSON object on one line.
pub(super) fn object(value: &Value) {
    line(value);
}

/// The failure and its remedy on one line.
pub(super) fn sentence(failure: &Failure) -> String {
    format!("{} {}", failure.what, failure.remedy)
        .trim_end()
        .to_owned()
}

/// Prints columns padded to their widest cell. The last column is not padded.
pub(super) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}
