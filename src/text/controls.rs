//! Characters that control a terminal instead of being shown: they are written as `\u{1b}`, never raw. Names of files,
//! and what files, profiles and servers say, may hold any of them.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a terminal, or a reader of lines, might obey it: C0, DEL, C1, and the two separators of lines.
fn controls(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The text on one line, every control character shown as `\u{1b}`.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(controls) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match controls(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown.into()
}

/// The same with its line breaks, for a text of several lines.
pub fn shown_lines(text: &str) -> String {
    let lines = text
        .split('\n')
        .map(|line| shown(line.trim_end_matches('\r')));
    lines.collect::<Vec<_>>().join("\n")
}

/// JSON on one line, as it was but for the control characters that JSON lets stand raw in its texts.
pub fn shown_json(json: &str) -> Cow<'_, str> {
    if !json.contains(controls) {
        return json.into();
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        match controls(character) {
            // Into a text: this cannot fail.
            true => drop(write!(shown, "\\u{:04x}", u32::from(character))),
            false => shown.push(character),
        }
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_raw() {
        assert_eq!(shown("a\u{1b}[31m\u{7}b"), "a\\u{1b}[31m\\u{7}b");
        assert_eq!(
            shown("a\n\u{9b}2J\u{7f}\u{2028}"),
            "a\\u{a}\\u{9b}2J\\u{7f}\\u{2028}"
        );
        assert_eq!(shown("Öberg^Märta=山田"), "Öberg^Märta=山田");
        assert_eq!(shown_lines("a\r\nb\u{1b}c\n"), "a\nb\\u{1b}c\n");
    }

    #[test]
    fn json_says_what_it_said() {
        let text = "a\u{1b}\u{9b}\u{7f}\u{2028}b\n";
        let json = serde_json::to_string(text).unwrap();
        let shown = shown_json(&json);
        assert!(!shown.contains(controls));
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }
}
