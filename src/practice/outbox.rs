//! Letters that a server on the internet would send: message files (RFC 5322) in a folder. Nobody is e-mailed.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::disk;
use super::error::Refusal;

/// Who writes.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
}

/// One letter.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) from: Person,
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
}

/// Letters in the outbox that are taken back unless they are kept.
pub(super) struct Posted(Vec<PathBuf>);

impl Posted {
    /// They stay.
    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// Writes letters into the outbox, under names that say nothing.
pub(super) fn post(outbox: &Path, letters: &[Letter]) -> Result<Posted, Refusal> {
    disk::make_private_folder(outbox)?;
    let mut posted = Posted(Vec::new());
    for letter in letters {
        let path = outbox.join(format!("{}.eml", Uuid::new_v4().simple()));
        // It holds an address and perhaps its password.
        let mut file = disk::create_new(&path)?;
        posted.0.push(path);
        file.write_all(message(letter).as_bytes())?;
    }
    Ok(posted)
}

/// The letter as a message: short lines, ASCII alone but for addresses that are not (RFC 6532).
fn message(letter: &Letter) -> String {
    let mut out = String::new();
    let date = jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap_or_default();
    let id = Uuid::new_v4().simple();
    let from = format!("{}\r\n <{}>", encoded(&letter.from.name), letter.from.email);
    for (field, value) in [
        ("Date", date.as_str()),
        ("From", &from),
        ("To", &letter.to),
        ("Message-ID", &format!("<{id}@studydrop.invalid>")),
        ("Subject", &encoded(&letter.subject)),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ] {
        let _ = write!(out, "{field}: {value}\r\n");
    }
    out.push_str("\r\n");
    // Lines end so in mail (RFC 2046 section 4.1.1), also within base64.
    let text = letter.text.replace("\r\n", "\n").replace('\n', "\r\n");
    let body = STANDARD.encode(text);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(76));
        let _ = write!(out, "{line}\r\n");
        rest = next;
    }
    out
}

/// A text as encoded words (RFC 2047), each short enough for its line and none of them parting a letter.
fn encoded(text: &str) -> String {
    // 42 bytes are 56 letters, 68 with their frame: room is left for a field's name in a line of 78.
    const BYTES: usize = 42;
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        if word.len() + letter.len_utf8() > BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.push(word);
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_letter_is_short_and_ascii() {
        let letter = Letter {
            from: Person {
                name: "Åsa Öberg".to_owned(),
                email: "asa@example.org".to_owned(),
            },
            to: "b@example.org".to_owned(),
            subject: "膝のMR, \"Knie\"\nBcc: c@example.org ".repeat(20),
            text: "Ågren 🦴\n".repeat(50),
        };
        let message = message(&letter);
        assert!(message.is_ascii());
        assert!(
            message.split("\r\n").all(|line| line.len() <= 78),
            "{message}"
        );
        assert!(!message.replace("\r\n", "").contains(['\r', '\n']));
        assert!(!message.contains("\r\nBcc:"));
    }
}
