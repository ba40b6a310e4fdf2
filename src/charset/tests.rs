//! Tests of character sets.
use super::*;

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

fn read(set: &[u8], form: Form, value: &[u8]) -> String {
    CharacterSet::parse(set).decode_as(form, value)
}

#[test]
fn every_defined_term_reads_its_own_letters() {
    let upper: [(&str, &[u8], &str); 13] = [
        ("100", b"\xD6berg", "Öberg"),
        ("101", b"\xA9imek", "Šimek"),
        ("109", b"\xC6u", "Ĉu"),
        ("110", b"\xCFrgli", "Īrgli"),
        ("144", b"\xB8\xD2\xD0\xDD", "Иван"),
        ("127", b"\xE2\xC8\xC7\xE6\xEA", "قباني"),
        ("126", b"\xC4\xE9\xEF\xED", "Διον"),
        ("138", b"\xF9\xF8\xE5\xEF", "שרון"),
        ("148", b"\xDDbrahim", "İbrahim"),
        ("203", b"\xBCuvre \xA4", "Œuvre €"),
        ("166", b"\xCA\xC1\xAA\xD2\xC2", "สมชาย"),
        ("13", b"\xD4\xCF\xC0\xDE", "ﾔﾏﾀﾞ"),
        ("149", b"\xB1\xE8", "김"),
    ];
    for (number, bytes, text) in upper {
        for term in [format!("ISO_IR {number}"), format!("ISO 2022 IR {number}")] {
            assert_eq!(read(term.as_bytes(), Form::Values, bytes), text, "{term}");
        }
    }
    for (term, bytes) in [
        ("GB18030", &b"\xCD\xF5^\xD0\xA1\xB6\xAB"[..]),
        ("GBK", b"\xCD\xF5^\xD0\xA1\xB6\xAB"),
        ("ISO_IR 192", "王^小东".as_bytes()),
    ] {
        assert_eq!(
            read(term.as_bytes(), Form::Name, bytes),
            "王^小东",
            "{term}"
        );
    }
}

#[test]
fn escape_sequences_reach_every_set_from_ascii() {
    let sets: [(&[u8], &str); 17] = [
        (b"\x1B-A\xD6", "Ö"),
        (b"\x1B-B\xA9", "Š"),
        (b"\x1B-C\xC6", "Ĉ"),
        (b"\x1B-D\xCF", "Ī"),
        (b"\x1B-L\xB8", "И"),
        (b"\x1B-G\xE2", "ق"),
        (b"\x1B-F\xC4", "Δ"),
        (b"\x1B-H\xF9", "ש"),
        (b"\x1B-M\xDD", "İ"),
        (b"\x1B-b\xA4", "€"),
        (b"\x1B-T\xCA", "ส"),
        (b"\x1B)I\xD4", "ﾔ"),
        (b"\x1B$B;3", "山"),
        (b"\x1B$@;3", "山"),
        (b"\x1B$(D\x30\x21", "丂"),
        (b"\x1B$)C\xFB\xF3", "洪"),
        (b"\x1B$)A\xCD\xF5", "王"),
    ];
    let set = CharacterSet::parse(b"ISO 2022 IR 6\\ISO 2022 IR 87");
    for (bytes, text) in sets {
        let value = [b"a ", bytes, b"\x1B(B z"].concat();
        let text = format!("a {text} z");
        assert_eq!(set.decode(&value), text, "{}", value.escape_ascii());
        assert_eq!(set.decode_exactly(&value), Some(text));
    }
}

#[test]
fn what_an_escape_sequence_chose_ends_at_a_delimiter() {
    let set = b"ISO 2022 IR 100\\ISO 2022 IR 126";
    let value = b"\x1B-F\xC4^\xD6=\x1B-F\xC4=\xD6\\\xD6";
    assert_eq!(read(set, Form::Name, value), "Δ^Ö=Δ=Ö\\Ö");
    assert_eq!(
        read(set, Form::Values, value),
        "Δ^Φ=Δ=Φ\\Ö",
        "^ and = part names alone"
    );
    assert_eq!(
        read(set, Form::Text, value),
        "Δ^Φ=Δ=Φ\\Φ",
        "and \\ parts no text"
    );
    for end in ["\r\n", "\n", "\t", "\u{C}"] {
        let value = [b"\x1B-F\xC4", end.as_bytes(), b"\xD6"].concat();
        assert_eq!(read(set, Form::Text, &value), format!("Δ{end}Ö"));
    }
}

#[test]
fn half_a_character_is_no_delimiter() {
    // Two-byte characters that contain the bytes of \, ^ and =.
    let kanji = b"\x1B$B\\!^!=!\x1B(B^x";
    assert_eq!(read(b"\\ISO 2022 IR 87", Form::Name, kanji), "棔沺宗^x");
    let chinese = b"\x81\x5C^\x81\x5E";
    assert_eq!(read(b"GB18030", Form::Name, chinese), "乗^乛");
    let shift_jis = b"\x83\x5C\\\x95\x5C";
    assert_eq!(read(b"ISO_IR 13", Form::Values, shift_jis), "ソ\\表");
}

#[test]
fn the_lower_half_of_jis_x_0201_has_a_yen_sign_and_an_overline() {
    assert_eq!(read(b"ISO_IR 13", Form::Text, b"\x5C100~"), "¥100‾");
    assert_eq!(
        read(b"ISO_IR 13", Form::Values, b"a\x5Cb~"),
        "a\\b‾",
        "between values \\ it is"
    );
    assert_eq!(
        read(b"\\ISO 2022 IR 87", Form::Text, b"~\x1B(J~\x1B(B~"),
        "~‾~"
    );
    let set = CharacterSet::parse(b"ISO_IR 13");
    assert_eq!(set.encode("~"), None);
    assert_eq!(set.encode("‾"), Some(b"~".to_vec()));
    assert!(!set.is_plain(b"~") && CharacterSet::DEFAULT.is_plain(b"~"));
}

#[test]
fn terms_are_understood_as_files_spell_them() {
    for term in [
        "ISO_IR 100",
        "ISO-IR 100",
        "ISO IR 100",
        "ISO_IR_100",
        "ISO_IR100",
        "ISO 2022-IR 100",
        "ISO2022IR100",
        "iso_ir 100",
        "ISO 2022 IR 100 ",
        "ISO_IR 100\0",
        "Latin1",
        "ISO 8859-1",
        "ISO_8859-1",
    ] {
        let set = CharacterSet::parse(term.as_bytes());
        assert_eq!(set.decode(b"\xD6"), "Ö", "{term}");
        assert!(!set.unknown, "{term}");
    }
    assert_eq!(read(b"utf8", Form::Values, "Ö".as_bytes()), "Ö");
    assert!(CharacterSet::parse(b"ISO_IR 999").unknown);
    assert!(CharacterSet::parse(b"\\KLINGON").unknown);
}

#[test]
fn what_is_not_certain_is_said_not_to_be() {
    let set = CharacterSet::parse(b"\\ISO 2022 IR 87");
    for bytes in [
        &b"\x1B$B;"[..],
        b"\x1B%G\xD6",
        b"\x1B$B\x7E\x7E",
        b"\x1B$)C\xFB\xF3^\xD1\xCE",
    ] {
        assert_eq!(set.decode_exactly(bytes), None, "{}", bytes.escape_ascii());
    }
    let korean = CharacterSet::parse(b"\\ISO 2022 IR 149");
    assert_eq!(
        korean.decode(b"\x1B$)C\xFB\xF3^\xD1\xCE\xD4\xD7"),
        "洪^吉洞",
        "a writer forgot to choose again"
    );
    assert_eq!(CharacterSet::UNICODE.decode_exactly(b"\xFF"), None);
    assert_eq!(
        CharacterSet::UNICODE
            .decode_exactly("\u{FFFD}".as_bytes())
            .as_deref(),
        Some("\u{FFFD}")
    );
}

#[test]
fn no_bytes_whatever_break_the_reading() {
    for term in [
        "",
        "ISO_IR 13",
        "\\ISO 2022 IR 87",
        "ISO 2022 IR 149",
        "GB18030",
        "ISO_IR 192",
        "KLINGON",
    ] {
        let set = CharacterSet::parse(term.as_bytes());
        let mut number = 7_u32;
        for length in 0..400 {
            let bytes: Vec<u8> = (0..length % 23)
                .map(|_| {
                    number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let [.., high] = number.to_le_bytes();
                    [0x1B, b'$', b'(', b')', b'B', b'D', high, high, high]
                        [usize::from(high >> 4) % 9]
                })
                .collect();
            for form in [Form::Name, Form::Values, Form::Text] {
                assert!(set.decode_as(form, &bytes).len() <= 4 * bytes.len());
            }
            if let Some(text) = set.decode_exactly(&bytes)
                && let Some(written) = set.encode(&text)
            {
                assert_eq!(set.decode_exactly(&written), Some(text));
            }
        }
    }
}

#[test]
fn what_is_not_in_the_named_set_is_guessed_and_not_taken_for_certain() {
    let unicode = CharacterSet::parse(b"ISO_IR 192");
    assert_eq!(unicode.decode(b"M\xFCller^J\xFCrgen"), "Müller^Jürgen");
    // Text truncated within its last character, and bytes that are no text.
    assert_eq!(unicode.decode(b"M\xC3\xBCller^J\xC3"), "Müller^J\u{FFFD}");
    assert!(unicode.decode(b"\xED\xA0\x80^FUZZ").starts_with('\u{FFFD}'));
    assert_eq!(unicode.decode_exactly(b"M\xFCller"), None);
    assert_eq!(unicode.decode("Müller".as_bytes()), "Müller");
    let korean = CharacterSet::parse(b"\\ISO 2022 IR 149");
    assert_eq!(korean.decode(b"\xB1\xE8\xC8\xF1\xC1\xDF"), "김희중");
    assert_eq!(korean.decode(b"M\xFCller"), "Müller");
    let chinese = CharacterSet::parse(b"\\ISO 2022 IR 58");
    assert_eq!(chinese.decode(b"\xD5\xC5\xD0\xA1\xB6\xAB"), "张小东");
}
