//! Decoding and encoding of text in the character set that a file declares (PS3.3 C.12.1.1.2; PS3.5 6.1.2.5), including
//! code extensions.
//!
//! Decoding deviates from the standard in three cases:
//! - In ISO_IR 100 and 148 (Latin) and ISO_IR 166 (Thai), bytes 0x80 to 0x9F are control characters that DICOM does
//!   not allow. Where they occur they are read as the quotation marks and dashes of the Windows code pages. They are
//!   never written.
//! - Without a character set, non-ASCII bytes are read as UTF-8 if they are valid, else in the declared but unselected
//!   Japanese, Korean or Chinese set, else as Western European. The same holds for invalid UTF-8 under ISO_IR 192, but
//!   only that is reported as ambiguous.
//! - Values under ISO_IR 13 (katakana) are often Shift JIS, and are read as such.

mod escapes;
mod terms;

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252,
};

use escapes::ESCAPE;
use terms::Term;

/// Specific Character Set (0008,0005). A sequence item has its own or inherits that of the enclosing data set.
#[derive(Debug, Clone, Copy)]
pub struct CharacterSet {
    /// Set in effect without an escape sequence; `None`: ASCII.
    first: Option<&'static Encoding>,
    /// Whether it is a multi-byte encoding of all characters, without escape sequences.
    whole: bool,
    /// Whether the lower half is JIS X 0201 romaji.
    roman: bool,
    /// Whether escape sequences may occur.
    extended: bool,
    /// Whether a term is unknown, so that text can only be guessed.
    unknown: bool,
    /// Whether JIS X 0208 (two-byte kanji) is among the sets for escape sequences.
    kanji: bool,
    /// The Korean or Chinese set among those for escape sequences.
    announced: Option<&'static Encoding>,
}

/// Delimiters at which sets selected by escape sequences are reset (PS3.5 6.1.2.5.3), besides line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// PN: reset at `\\`, `^` and `=`.
    Name,
    /// LO, SH, UC: reset at `\\`.
    Values,
    /// LT, ST, UT: a single text, in which `\\` is no delimiter.
    Text,
}

impl CharacterSet {
    /// No character set: ASCII according to the standard. For files with other bytes see [`CharacterSet::decode`].
    pub const DEFAULT: CharacterSet = CharacterSet {
        first: None,
        whole: false,
        roman: false,
        extended: false,
        unknown: false,
        kanji: false,
        announced: None,
    };
    /// ISO_IR 192: UTF-8.
    pub const UNICODE: CharacterSet = CharacterSet {
        first: Some(UTF_8),
        whole: true,
        ..CharacterSet::DEFAULT
    };

    /// Parses the attribute's value: one or more defined terms separated by backslashes, including common misspellings.
    pub fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let mut set = CharacterSet::DEFAULT;
        for (place, text) in text.split('\\').enumerate() {
            let Some((term, with_extensions)) = terms::term(text) else {
                set.unknown = true;
                set.extended |= place > 0;
                continue;
            };
            set.extended |= with_extensions || place > 0;
            set.kanji |= term == Term::Kanji;
            if let Term::Upper(encoding) = term
                && (encoding == EUC_KR || encoding == GBK)
            {
                set.announced = Some(encoding);
            }
            if place == 0 {
                set.begin_with(term);
            }
        }
        set
    }

    fn begin_with(&mut self, term: Term) {
        match term {
            Term::Ascii | Term::Kanji => {}
            Term::Upper(encoding) => self.first = Some(encoding),
            Term::Katakana => (self.first, self.roman) = (Some(SHIFT_JIS), true),
            Term::Whole(encoding) => (self.first, self.whole) = (Some(encoding), true),
        }
    }

    /// Character set of a sequence item: its own if it declares one, else this.
    #[must_use]
    pub fn in_item(self, named: Option<&[u8]>) -> Self {
        named.map_or(self, CharacterSet::parse)
    }

    /// Decodes a person name or a list of values, without surrounding spaces. Invalid bytes become U+FFFD.
    pub fn decode(&self, value: &[u8]) -> String {
        self.decode_as(Form::Name, value)
    }

    /// Decodes a value, without trailing padding and, except for [`Form::Text`], without leading spaces.
    pub fn decode_as(&self, form: Form, value: &[u8]) -> String {
        let (text, _) = self.read(form, value);
        let text = text.trim_end_matches(['\0', ' ']);
        let text = match form {
            Form::Text => text,
            Form::Name | Form::Values => text.trim_start_matches(' '),
        };
        text.to_owned()
    }

    /// Decodes a whole value including spaces; `None` if a part of it is ambiguous or invalid.
    pub fn decode_exactly(&self, value: &[u8]) -> Option<String> {
        if self.is_plain(value) {
            return Some(String::from_utf8_lossy(value).into_owned());
        }
        if self.unknown {
            return None;
        }
        let (text, certain) = self.read(Form::Name, value);
        certain.then_some(text)
    }

    /// Whether a value is ASCII that means the same in all character sets.
    pub fn is_plain(&self, value: &[u8]) -> bool {
        value.is_ascii() && !value.contains(&ESCAPE) && !(self.roman && value.contains(&b'~'))
    }

    /// Encodes a text; `None` if it cannot be represented.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        if text.contains('\u{1B}') {
            return None;
        }
        if self.is_plain(text.as_bytes()) {
            return Some(text.as_bytes().to_vec());
        }
        if self.unknown {
            return None;
        }
        let bytes = self
            .first
            .and_then(|first| plainly(first, text))
            .or_else(|| self.kanji.then(|| with_kanji(text)).flatten())?;
        // The result must decode to the same text, whatever tables the encoder uses.
        (self.decode_exactly(&bytes).as_deref() == Some(text)).then_some(bytes)
    }

    /// Decodes a value. Also returns whether all of it was decoded unambiguously.
    fn read(&self, form: Form, value: &[u8]) -> (String, bool) {
        if value.contains(&ESCAPE) && !self.whole {
            return escapes::read(self, form, value);
        }
        let Some(first) = self.first else {
            return (self.guess(value), true);
        };
        let (text, faults) = first.decode_without_bom_handling(value);
        if faults && first == UTF_8 && is_another(value, &text) {
            return (self.guess(value), false);
        }
        let text = match self.roman {
            true => roman(&text, form),
            false => text.into_owned(),
        };
        (text, !faults)
    }

    /// Guesses the encoding if there is no set for the upper half or the bytes are invalid in it: UTF-8, else the
    /// declared but unselected set (Shift JIS for kanji, Korean, Chinese), else Western European.
    fn guess(&self, bytes: &[u8]) -> String {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return text.to_owned();
        }
        let japanese = self
            .kanji
            .then(|| SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes))
            .flatten();
        let announced = self.announced.filter(|_| is_in_pairs(bytes));
        let announced = announced.and_then(|encoding| {
            encoding.decode_without_bom_handling_and_without_replacement(bytes)
        });
        japanese
            .or(announced)
            .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(bytes).0)
            .into_owned()
    }
}

/// Whether a value declared as UTF-8 is in another encoding: it has no valid multi-byte character, and no bytes 0x80 to
/// 0x9F. A value with a valid one is truncated or damaged UTF-8.
fn is_another(value: &[u8], text: &str) -> bool {
    let mut characters = text.chars();
    let is_letter = |byte: &u8| byte.is_ascii() || *byte >= 0xA0;
    characters.all(|c| c.is_ascii() || c == char::REPLACEMENT_CHARACTER)
        && value.iter().all(is_letter)
}

/// Whether all non-ASCII bytes are in pairs, as in KS X 1001 and GB 2312; accented letters rarely are.
fn is_in_pairs(bytes: &[u8]) -> bool {
    let mut runs = bytes.split(u8::is_ascii);
    runs.all(|run| run.len() % 2 == 0 && run.iter().all(|byte| (0xA1..=0xFE).contains(byte)))
}

/// Replaces ~ and \ by the characters of JIS X 0201 romaji. The byte of \ is a delimiter except in [`Form::Text`].
fn roman(text: &str, form: Form) -> String {
    let text = text.replace('~', "\u{203E}");
    match form {
        Form::Text => text.replace('\\', "\u{A5}"),
        Form::Name | Form::Values => text,
    }
}

/// Encodes without escape sequences. Excludes characters beyond the DICOM repertoire, which the web encodings contain.
fn plainly(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    // Korean needs an escape sequence, which is not implemented.
    if encoding == EUC_KR {
        return None;
    }
    let (bytes, _, unmappable) = encoding.encode(text);
    let is_multi_byte = [UTF_8, GB18030, GBK, BIG5].contains(&encoding);
    let delimiters = |bytes: &[u8]| {
        let is_one = |byte: &&u8| matches!(byte, b'\\' | b'^' | b'=');
        bytes.iter().filter(is_one).count()
    };
    let fits = if is_multi_byte {
        // The second byte of a character must not look like a delimiter to simple parsers.
        delimiters(&bytes) == delimiters(text.as_bytes())
    } else if encoding == SHIFT_JIS {
        bytes
            .iter()
            .all(|byte| matches!(byte, ..0x80 | 0xA1..=0xDF))
    } else {
        !bytes.iter().any(|byte| matches!(byte, 0x80..=0x9F))
    };
    (fits && !unmappable).then(|| bytes.into_owned())
}

/// Encodes with escape sequences to JIS X 0208, and back to ASCII before each delimiter (PS3.5 6.1.2.5.3).
fn with_kanji(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for piece in text.split_inclusive(['^', '=', '\\', '\r', '\n', '\t', '\u{C}']) {
        let is_ascii = |c: char| c.is_ascii();
        let inner = piece.trim_end_matches(|c| is_ascii(c) && !char::is_ascii_alphanumeric(&c));
        let (encoded, _, unmappable) = ISO_2022_JP.encode(inner);
        if unmappable || encoded.windows(3).any(|escape| escape == b"\x1B(J") {
            return None;
        }
        bytes.extend_from_slice(&encoded);
        bytes.extend_from_slice(piece.get(inner.len()..)?.as_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
