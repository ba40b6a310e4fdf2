//! Cells of CSV files that a spreadsheet does not run, and reads as they are.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, one after a tab or a line break too.
//! An apostrophe before it makes it text. What is read back loses it again: [`plain`] undoes [`guarded`] for every text.

use std::borrow::Cow;

/// What a spreadsheet may run: the last four are the forms of full width.
const BEGINS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether it would be run, but for apostrophes before it.
fn would_run(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(BEGINS)
}

/// The text as it stands in a cell.
pub fn guarded(text: &str) -> Cow<'_, str> {
    match would_run(text) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// The text that stands in a cell.
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if would_run(text) => text,
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_run_is_text_and_every_text_comes_back() {
        for text in [
            "=1+1", "+41", "-1", "@x", "\t=x", "\r", "\n=x", "＝1", "'=1", "''=1",
        ] {
            let cell = guarded(text);
            assert!(cell.starts_with('\''), "{text:?}");
            assert_eq!(plain(&cell), text);
        }
        for text in ["", "P-1", "O'Neill", "'quoted'", "'", "''", "1=1", " =x"] {
            assert_eq!(guarded(text), text);
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn a_table_that_somebody_wrote_without_apostrophes_is_read_as_it_is() {
        assert_eq!(plain("=1"), "=1");
        assert_eq!(plain("-77"), "-77");
    }
}
