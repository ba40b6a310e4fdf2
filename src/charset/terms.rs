//! Defined terms of Specific Character Set (PS3.3 tables C.12-2 to C.12-5), including spellings found in files.

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_10, ISO_8859_13, ISO_8859_14, ISO_8859_15,
    ISO_8859_16, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
};

/// Meaning of a defined term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    /// ASCII only: ISO_IR 6, or an empty value.
    Ascii,
    /// A set for the upper half, with ASCII in the lower half.
    Upper(&'static Encoding),
    /// JIS X 0201: katakana in the upper half, and ASCII with ¥ and ‾ in place of \ and ~ in the lower half.
    Katakana,
    /// A two-byte set that is selected by escape sequences: kanji.
    Kanji,
    /// A multi-byte encoding of all characters, without escape sequences.
    Whole(&'static Encoding),
}

/// Parses a term. The flag says whether it is one with code extensions. `None`: the term is not defined.
pub(super) fn term(text: &str) -> Option<(Term, bool)> {
    // "ISO_IR 100", "ISO-IR 100", "ISO 2022-IR 100" and "iso2022ir100" are all accepted.
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let with_extensions = letters.starts_with("ISO2022");
    let number = ["ISO2022IR", "ISO2022", "ISOIR", "IR"]
        .iter()
        .find_map(|start| letters.strip_prefix(start))
        .and_then(|number| number.parse().ok());
    let term = match number {
        Some(number) => registered(number)?,
        None => by_name(&letters)?,
    };
    Some((term, with_extensions))
}

/// Term by its ISO-IR registration number.
fn registered(number: u16) -> Option<Term> {
    Some(match number {
        6 => Term::Ascii,
        13 | 14 => Term::Katakana,
        58 => Term::Upper(GBK),
        87 | 159 => Term::Kanji,
        100 => Term::Upper(WINDOWS_1252),
        101 => Term::Upper(ISO_8859_2),
        109 => Term::Upper(ISO_8859_3),
        110 => Term::Upper(ISO_8859_4),
        126 => Term::Upper(ISO_8859_7),
        127 => Term::Upper(ISO_8859_6),
        138 => Term::Upper(ISO_8859_8),
        144 => Term::Upper(ISO_8859_5),
        148 => Term::Upper(WINDOWS_1254),
        149 => Term::Upper(EUC_KR),
        166 => Term::Upper(WINDOWS_874),
        192 => Term::Whole(UTF_8),
        203 => Term::Upper(ISO_8859_15),
        _ => return None,
    })
}

/// GB18030 and GBK, and names that some writers use in place of defined terms.
fn by_name(letters: &str) -> Option<Term> {
    if let Some(part) = letters.strip_prefix("ISO8859") {
        return latin(part).map(Term::Upper);
    }
    Some(match letters {
        "" | "ASCII" | "USASCII" | "ISO646" | "ISO646US" => Term::Ascii,
        "GB18030" => Term::Whole(GB18030),
        "GBK" | "GB2312" | "CP936" => Term::Whole(GBK),
        "BIG5" => Term::Whole(BIG5),
        "UTF8" | "UNICODE" | "ISO10646" => Term::Whole(UTF_8),
        "SHIFTJIS" | "SJIS" | "CP932" | "WINDOWS31J" => Term::Whole(SHIFT_JIS),
        "EUCKR" | "KSC5601" | "KSX1001" | "CP949" => Term::Upper(EUC_KR),
        "LATIN1" | "CP1252" | "WINDOWS1252" | "ANSI" => Term::Upper(WINDOWS_1252),
        "LATIN2" => Term::Upper(ISO_8859_2),
        "CP1250" | "WINDOWS1250" => Term::Upper(WINDOWS_1250),
        "CP1251" | "WINDOWS1251" => Term::Upper(WINDOWS_1251),
        "CP1253" | "WINDOWS1253" => Term::Upper(WINDOWS_1253),
        "CP1254" | "WINDOWS1254" => Term::Upper(WINDOWS_1254),
        "CP1255" | "WINDOWS1255" => Term::Upper(WINDOWS_1255),
        "CP1256" | "WINDOWS1256" => Term::Upper(WINDOWS_1256),
        "CP874" | "WINDOWS874" | "TIS620" => Term::Upper(WINDOWS_874),
        _ => return None,
    })
}

/// Encoding by the part of ISO 8859.
fn latin(part: &str) -> Option<&'static Encoding> {
    Some(match part {
        "1" => WINDOWS_1252,
        "2" => ISO_8859_2,
        "3" => ISO_8859_3,
        "4" => ISO_8859_4,
        "5" => ISO_8859_5,
        "6" => ISO_8859_6,
        "7" => ISO_8859_7,
        "8" => ISO_8859_8,
        "9" => WINDOWS_1254,
        "10" => ISO_8859_10,
        "11" => WINDOWS_874,
        "13" => ISO_8859_13,
        "14" => ISO_8859_14,
        "15" => ISO_8859_15,
        "16" => ISO_8859_16,
        _ => return None,
    })
}

/// Set for the upper half by the final byte of an escape sequence `ESC -` (PS3.3 table C.12-3).
pub(super) fn upper_half(last: u8) -> Option<&'static Encoding> {
    Some(match last {
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
