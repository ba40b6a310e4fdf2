//! Text in the file's own character set (PS3.3, C.12.1.1.2; PS3.5, 6.1.2.5), code extensions included.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4,
    ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874,
    WINDOWS_1252, WINDOWS_1254,
};

use super::catalogue::PersonName;

const ESCAPE: u8 = 0x1B;

/// What Specific Character Set (0008,0005) says.
#[derive(Debug, Clone)]
pub(super) struct CharacterSet {
    /// For text before any escape sequence.
    first: Option<&'static Encoding>,
    /// Whether escape sequences may switch to others.
    extended: bool,
}

impl CharacterSet {
    /// No character set: ASCII by the standard. Files break that; see [`CharacterSet::decode`].
    pub(super) const DEFAULT: CharacterSet = CharacterSet {
        first: None,
        extended: false,
    };

    /// Reads the attribute's value: one or more defined terms, separated by backslashes.
    pub(super) fn parse(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let mut terms = text.split('\\').map(str::trim);
        let first = terms.next().unwrap_or_default();
        let extended = text.contains("ISO 2022") || terms.next().is_some();
        CharacterSet {
            first: encoding(first),
            extended,
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
