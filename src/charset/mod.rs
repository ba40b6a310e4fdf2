//! Text in the character set that a file names (PS3.3, C.12.1.1.2; PS3.5, 6.1.2.5), code extensions included. Whoever
//! reads values of DICOM files may use it.
//!
//! Three things are read as what they are meant to be, and not by the letter of the standard:
//! - In the Latin sets of IR 100 and IR 148, and in IR 166 (Thai), the bytes 0x80 to 0x9F are control characters that
//!   the standard forbids. Files that have them come from Windows, and mean its quotation marks and dashes. Nothing is written so.
//! - Bytes beyond ASCII without a character set are UTF-8 where they are that, else in the Japanese, Korean or Chinese set
//!   that is announced though no escape sequence switches to it, else Western European. So are those under IR 192 that
//!   are no UTF-8; only that is never taken for certain.
//! - Under IR 13 (katakana) whole texts are often Shift JIS.

mod escapes;
mod terms;

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252,
};

use escapes::ESCAPE;
use terms::Term;

/// What Specific Character Set (0008,0005) says. An item of a sequence has its own, or that of what it stands in.
#[derive(Debug, Clone, Copy)]
pub struct CharacterSet {
    /// For text before any escape sequence; `None`: ASCII.
    first: Option<&'static Encoding>,
    /// Whether it is an encoding of all characters, in which escape sequences mean nothing.
    whole: bool,
    /// Whether the lower half is that of JIS X 0201.
    roman: bool,
    /// Whether escape sequences are announced.
    extended: bool,
    /// Whether one of its terms is not known: text in it can be guessed, and no more.
    unknown: bool,
    /// Whether the two-byte kanji of JIS X 0208 are among what escape sequences may switch to.
    kanji: bool,
    /// The Korean or Chinese set among what escape sequences may switch to.
    announced: Option<&'static Encoding>,
}

/// Where in a value the character set that an escape sequence chose ends (PS3.5, 6.1.2.5.3), beside the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// PN: at `\\`, `^` and `=`.
    Name,
    /// LO, SH, UC: at `\\`.
    Values,
    /// LT, ST, UT: one text, in which `\\` parts nothing.
    Text,
}

impl CharacterSet {
    /// No character set: ASCII by the standard. Files break that; see [`CharacterSet::decode`].
    pub const DEFAULT: CharacterSet = CharacterSet {
        first: None,
        whole: false,
        roman: false,
        extended: false,
        unknown: false,
        kanji: false,
        announced: None,
    };
    /// ISO_IR 192: Unicode in UTF-8.
    pub const UNICODE: CharacterSet = CharacterSet {
        first: Some(UTF_8),
        whole: true,
        ..CharacterSet::DEFAULT
    };

    /// Reads the attribute's value: one or more defined terms, separated by backslashes, in any spelling that is met.
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

    /// The character set in an item of a sequence: its own where it names one, else this.
    #[must_use]
    pub fn in_item(self, named: Option<&[u8]>) -> Self {
        named.map_or(self, CharacterSet::parse)
    }

    /// Decodes a name or a list of values, without the blanks around it. Bytes that have no meaning become U+FFFD.
    pub fn decode(&self, value: &[u8]) -> String {
        self.decode_as(Form::Name, value)
    }

    /// Decodes a value of this form, without the padding at its end and, except in a text, the blanks before it.
    pub fn decode_as(&self, form: Form, value: &[u8]) -> String {
        let (text, _) = self.read(form, value);
        let text = text.trim_end_matches(['\0', ' ']);
        let text = match form {
            Form::Text => text,
            Form::Name | Form::Values => text.trim_start_matches(' '),
        };
        text.to_owned()
    }

    /// Decodes a whole value, blanks included; `None` where a part of it has no certain meaning.
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

    /// Whether a value is the same text in this character set and in every other one that begins with ASCII.
    pub fn is_plain(&self, value: &[u8]) -> bool {
        value.is_ascii() && !value.contains(&ESCAPE) && !(self.roman && value.contains(&b'~'))
    }

    /// A text as it is written in this character set; `None` where it does not fit into it.
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
        // Whatever the tables of an encoding are: what is written must be read as what was meant.
        (self.decode_exactly(&bytes).as_deref() == Some(text)).then_some(bytes)
    }

    /// A value as text, and whether every part of it has a certain meaning.
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

    /// Without a set for the upper half, or where the text is not in the one that is named. What is announced without
    /// being switched to may be meant: kanji in Shift JIS, Korean, Chinese.
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

/// Whether a value that is called UTF-8 is something else, with letters alone beyond ASCII. One in which any character is
/// rightly written is UTF-8 that was cut or damaged.
fn is_another(value: &[u8], text: &str) -> bool {
    let mut characters = text.chars();
    let is_letter = |byte: &u8| byte.is_ascii() || *byte >= 0xA0;
    characters.all(|c| c.is_ascii() || c == char::REPLACEMENT_CHARACTER)
        && value.iter().all(is_letter)
}

/// Whether all bytes beyond ASCII stand in pairs, as those of KS X 1001 and GB 2312 do: accented letters seldom do.
fn is_in_pairs(bytes: &[u8]) -> bool {
    let mut runs = bytes.split(u8::is_ascii);
    runs.all(|run| run.len() % 2 == 0 && run.iter().all(|byte| (0xA1..=0xFE).contains(byte)))
}

/// What the lower half of JIS X 0201 has in place of ASCII's ~ and \. The byte of \ is a delimiter all the same, except
/// in a text.
fn roman(text: &str, form: Form) -> String {
    let text = text.replace('~', "\u{203E}");
    match form {
        Form::Text => text.replace('\\', "\u{A5}"),
        Form::Name | Form::Values => text,
    }
}

/// Without escape sequences. Only what the standard's own repertoire has: the web's encodings, which these are, know more.
fn plainly(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    // Korean is written with an escape sequence, for which nobody has asked yet.
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
        // The second byte of a character must not look like a delimiter to a simpler reader.
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

/// With escape sequences to JIS X 0208 and back to ASCII before each delimiter (PS3.5, 6.1.2.5.3).
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
