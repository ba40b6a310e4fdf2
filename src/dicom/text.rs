//! Text in the file's own character set (PS3.3, C.12.1.1.2; PS3.5, 6.1.2.5), code extensions included.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4,
    ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874,
    WINDOWS_1252, WINDOWS_1254,
};

use super::catalogue::PersonName;

const ESCAPE: u8 = 0x1B;

/// What Specific Character Set (0008,0005) says.
#[derive(Debug, Clone, Copy)]
pub(super) struct CharacterSet {
    /// For text before any escape sequence.
    first: Option<&'static Encoding>,
    /// Whether escape sequences may switch to others.
    extended: bool,
    /// Whether one of its terms is not known: text in it can be guessed, and no more.
    unknown: bool,
    /// Whether the two-byte kanji of JIS X 0208 are among what escape sequences may switch to.
    kanji: bool,
}

impl CharacterSet {
    /// No character set: ASCII by the standard. Files break that; see [`CharacterSet::decode`].
    pub(super) const DEFAULT: CharacterSet = CharacterSet {
        first: None,
        extended: false,
        unknown: false,
        kanji: false,
    };
    /// ISO_IR 192: Unicode in UTF-8.
    pub(super) const UNICODE: CharacterSet = CharacterSet {
        first: Some(UTF_8),
        ..CharacterSet::DEFAULT
    };

    /// Reads the attribute's value: one or more defined terms, separated by backslashes.
    pub(super) fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let mut terms = text.split('\\').map(|term| term.trim_matches(['\0', ' ']));
        let first = terms.next().unwrap_or_default();
        let others: Vec<&str> = terms.collect();
        let is_known = |term: &str| ascii_term(term) || encoding(term).is_some();
        CharacterSet {
            first: encoding(first),
            extended: text.contains("ISO 2022") || !others.is_empty(),
            unknown: !is_known(first) || !others.iter().all(|term| is_known(term)),
            kanji: text.contains("IR 87"),
        }
    }

    /// Decodes a value. Bytes that have no meaning become U+FFFD. Without a character set, bytes beyond ASCII are read
    /// as UTF-8 where they are that, else as Western European: what such files mean in practice.
    pub(super) fn decode(&self, value: &[u8]) -> String {
        let text = if self.extended && value.contains(&ESCAPE) {
            self.decode_segments(value)
        } else {
            self.plain(value)
        };
        let end = |c: char| c == '\0' || c == ' ';
        text.trim_end_matches(end)
            .trim_start_matches(' ')
            .to_owned()
    }

    /// Decodes a whole value, blanks included; `None` where a part of it has no certain meaning.
    pub(super) fn decode_exactly(&self, value: &[u8]) -> Option<String> {
        if value.is_ascii() && !value.contains(&ESCAPE) {
            return Some(String::from_utf8_lossy(value).into_owned());
        }
        let escapes = self.extended && value.contains(&ESCAPE);
        let pieces = value.split(|byte| *byte == ESCAPE).skip(1);
        if self.unknown || (escapes && pieces.into_iter().any(|piece| designation(piece).is_none()))
        {
            return None;
        }
        let text = if escapes {
            self.decode_segments(value)
        } else {
            self.plain(value)
        };
        let is_unicode = self.first == Some(UTF_8) || self.first.is_none();
        let means_it = is_unicode && std::str::from_utf8(value).is_ok();
        (means_it || !text.contains('\u{FFFD}')).then_some(text)
    }

    /// A text as it is written in this character set; `None` where it does not fit into it.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        if text.contains('\u{1B}') {
            return None;
        }
        if text.is_ascii() {
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

    fn plain(&self, bytes: &[u8]) -> String {
        match self.first {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0
                    .into_owned(),
            },
        }
    }

    /// Each escape sequence chooses the set for what follows it. A set for G1 (the upper half) stays until another one
    /// is chosen for it or a delimiter comes; one for G0 does not.
    fn decode_segments(&self, value: &[u8]) -> String {
        let mut text = String::new();
        for (number, piece) in value.split(|byte| *byte == ESCAPE).enumerate() {
            if number == 0 {
                text.push_str(&self.plain(piece));
                continue;
            }
            match designation(piece) {
                Some((length, set)) => {
                    let rest = piece.get(length..).unwrap_or_default();
                    text.push_str(&self.decode_in(set, rest));
                }
                None => text.push_str(&self.plain(piece)),
            }
        }
        text
    }

    fn decode_in(&self, set: Set, bytes: &[u8]) -> String {
        match set {
            Set::Ascii => String::from_utf8_lossy(bytes).into_owned(),
            Set::Upper(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Set::Jis208 => {
                let framed = [b"\x1B$B", bytes].concat();
                ISO_2022_JP
                    .decode_without_bom_handling(&framed)
                    .0
                    .into_owned()
            }
            Set::Jis212 => {
                // The same characters as EUC code set 3.
                let euc = bytes.chunks(2).flat_map(|pair| {
                    std::iter::once(0x8F).chain(pair.iter().map(|byte| byte | 0x80))
                });
                EUC_JP
                    .decode_without_bom_handling(&euc.collect::<Vec<u8>>())
                    .0
                    .into_owned()
            }
        }
    }
}

/// Without escape sequences. Only what the standard's own repertoire has: the web's encodings, which these are, know more.
fn plainly(encoding: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    if encoding == ISO_2022_JP || encoding == EUC_KR {
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

#[derive(Clone, Copy)]
enum Set {
    Ascii,
    Upper(&'static Encoding),
    Jis208,
    Jis212,
}

/// What an escape sequence chooses, and how long it is without its escape character (PS3.3, tables C.12-3 and C.12-4).
fn designation(piece: &[u8]) -> Option<(usize, Set)> {
    let starts = |start: &[u8]| piece.starts_with(start);
    let three = |set| Some((3, set));
    let two = |set| Some((2, set));
    match piece {
        _ if starts(b"$(D") => three(Set::Jis212),
        _ if starts(b"$)C") => three(Set::Upper(EUC_KR)),
        _ if starts(b"$)A") => three(Set::Upper(GBK)),
        _ if starts(b"$B") || starts(b"$@") => two(Set::Jis208),
        _ if starts(b"(B") || starts(b"(J") => two(Set::Ascii),
        _ if starts(b")I") => two(Set::Upper(SHIFT_JIS)),
        [b'-', set, ..] => upper_half(*set).and_then(|encoding| two(Set::Upper(encoding))),
        _ => None,
    }
}

fn upper_half(set: u8) -> Option<&'static Encoding> {
    Some(match set {
        b'A' => WINDOWS_1252,
        b'B' => ISO_8859_2,
        b'C' => ISO_8859_3,
        b'D' => ISO_8859_4,
        b'F' => ISO_8859_7,
        b'G' => ISO_8859_6,
        b'H' => ISO_8859_8,
        b'L' => ISO_8859_5,
        b'M' => WINDOWS_1254,
        b'T' => WINDOWS_874,
        b'b' => ISO_8859_15,
        _ => return None,
    })
}

/// The encoding behind a defined term (PS3.3, tables C.12-2 to C.12-5); spellings that files have in place of it too.
fn encoding(term: &str) -> Option<&'static Encoding> {
    let name = term
        .replace("ISO 2022 IR", "ISO_IR")
        .replace(['-', '_'], " ");
    Some(match name.trim() {
        "ISO IR 100" => WINDOWS_1252,
        "ISO IR 101" => ISO_8859_2,
        "ISO IR 109" => ISO_8859_3,
        "ISO IR 110" => ISO_8859_4,
        "ISO IR 144" => ISO_8859_5,
        "ISO IR 127" => ISO_8859_6,
        "ISO IR 126" => ISO_8859_7,
        "ISO IR 138" => ISO_8859_8,
        "ISO IR 148" => WINDOWS_1254,
        "ISO IR 203" => ISO_8859_15,
        "ISO IR 166" => WINDOWS_874,
        "ISO IR 13" => SHIFT_JIS,
        "ISO IR 87" | "ISO IR 159" => ISO_2022_JP,
        "ISO IR 149" => EUC_KR,
        "ISO IR 58" | "GBK" => GBK,
        "GB18030" => GB18030,
        "BIG5" => BIG5,
        "ISO IR 192" => UTF_8,
        _ => return None,
    })
}

/// No term at all, or the one for ASCII.
fn ascii_term(term: &str) -> bool {
    matches!(
        term.trim_matches(['\0', ' ']),
        "" | "ISO_IR 6" | "ISO 2022 IR 6"
    )
}

/// Splits a decoded name into its three groups (PS3.5, 6.2.1.2).
pub(super) fn person_name(text: &str) -> PersonName {
    let mut groups = text
        .splitn(3, '=')
        .map(|group| group.trim().trim_end_matches('^').to_owned());
    let mut next = || groups.next().unwrap_or_default();
    PersonName {
        alphabetic: next(),
        ideographic: next(),
        phonetic: next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_standards_examples_are_read_as_the_standard_prints_them() {
        // PS3.5, annexes H, I, J: Japanese, Korean and Chinese with code extensions.
        let japanese =
            b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B";
        let name = person_name(&CharacterSet::parse(b"\\ISO 2022 IR 87").decode(japanese));
        assert_eq!(name.alphabetic, "Yamada^Tarou");
        assert_eq!(name.ideographic, "山田^太郎");
        assert_eq!(name.phonetic, "やまだ^たろう");
        let korean = b"Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF";
        let name = person_name(&CharacterSet::parse(b"\\ISO 2022 IR 149").decode(korean));
        assert_eq!(
            (name.ideographic.as_str(), name.phonetic.as_str()),
            ("洪^吉洞", "홍^길동")
        );
    }

    #[test]
    fn text_is_written_in_a_character_set_only_where_it_is_read_back_from_it() {
        let set = |term: &[u8]| CharacterSet::parse(term);
        let latin = set(b"ISO_IR 100");
        assert_eq!(latin.encode("Öberg").as_deref(), Some(&b"\xD6berg"[..]));
        assert_eq!(latin.encode("山田^太郎"), None);
        assert_eq!(
            latin.encode("Šimek"),
            None,
            "no Latin-1, though Windows has it"
        );
        assert_eq!(CharacterSet::DEFAULT.encode("Öberg"), None);
        assert_eq!(set(b"ISO_IR 13").encode("山田"), None);
        assert_eq!(set(b"ISO_IR 999").encode("Öberg"), None);
        let kanji = set(b"\\ISO 2022 IR 87");
        let name = "Yamada^Tarou=山田^太郎=やまだ^たろう";
        let written = kanji.encode(name).unwrap();
        assert!(written.starts_with(b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B="));
        assert_eq!(kanji.decode(&written), name);
        assert_eq!(kanji.encode("Öberg"), None);
        for term in ["GB18030", "ISO_IR 192", "ISO_IR 144"] {
            let set = set(term.as_bytes());
            let written = set.encode("Иванов").unwrap();
            assert_eq!(
                set.decode_exactly(&written).as_deref(),
                Some("Иванов"),
                "{term}"
            );
        }
    }

    #[test]
    fn western_names_are_read_with_and_without_a_character_set() {
        assert_eq!(
            CharacterSet::parse(b"ISO_IR 100").decode(b"\xD6berg^M\xE4rta "),
            "Öberg^Märta"
        );
        assert_eq!(
            CharacterSet::parse(b"ISO_IR 192").decode("Öberg^Märta".as_bytes()),
            "Öberg^Märta"
        );
        assert_eq!(CharacterSet::DEFAULT.decode(b"\xD6berg\0"), "Öberg");
        assert_eq!(CharacterSet::DEFAULT.decode("Öberg".as_bytes()), "Öberg");
        assert_eq!(
            CharacterSet::parse(b"ISO_IR 126").decode(b"\xC4\xE9\xEF\xED"),
            "Διον"
        );
    }
}
