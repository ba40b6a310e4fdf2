//! Code extensions: escape sequences that select the G0 and G1 character sets (PS3.5 6.1.2.5; ISO/IEC 2022).

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS};

use super::terms::upper_half;
use super::{CharacterSet, Form};

pub(super) const ESCAPE: u8 = 0x1B;

/// Character set in the lower half (G0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lower {
    Ascii,
    /// JIS X 0201 romaji: ¥ and ‾ in place of \ and ~.
    Roman,
    /// JIS X 0201 katakana in G0, which DICOM does not allow.
    Katakana,
    /// JIS X 0208, two bytes per character.
    Kanji,
    /// JIS X 0212, two bytes per character.
    Supplement,
}

/// Character set selected by an escape sequence.
enum Chosen {
    Lower(Lower),
    Upper(&'static Encoding),
}

/// Set selected by an escape sequence, and length of the sequence without the ESC (PS3.3 tables C.12-3 and C.12-4).
fn designation(piece: &[u8]) -> Option<(usize, Chosen)> {
    let lower = |length, set| Some((length, Chosen::Lower(set)));
    let upper = |length, set| Some((length, Chosen::Upper(set)));
    match piece {
        [b'$', b'(', b'D', ..] => lower(3, Lower::Supplement),
        [b'$', b'(', b'B' | b'@', ..] => lower(3, Lower::Kanji),
        [b'$', b'B' | b'@', ..] => lower(2, Lower::Kanji),
        [b'(', b'B', ..] => lower(2, Lower::Ascii),
        [b'(', b'J', ..] => lower(2, Lower::Roman),
        [b'(', b'I', ..] => lower(2, Lower::Katakana),
        [b'$', b')', b'C', ..] => upper(3, EUC_KR),
        [b'$', b')', b'A', ..] => upper(3, GBK),
        [b')', b'I', ..] => upper(2, SHIFT_JIS),
        [b'-', last, ..] => upper(2, upper_half(*last)?),
        _ => None,
    }
}

/// Decodes a value with escape sequences. Also returns whether all of it was decoded unambiguously.
pub(super) fn read(set: &CharacterSet, form: Form, value: &[u8]) -> (String, bool) {
    let mut reader = Reader::new(set, form);
    let mut rest = value;
    while let Some((byte, tail)) = rest.split_first() {
        rest = match *byte {
            ESCAPE => reader.escape(tail),
            byte if reader.ends_extension(byte) => {
                reader.reset();
                reader.text.push(char::from(byte));
                tail
            }
            _ => {
                let goes_on = |byte: &u8| *byte != ESCAPE && !reader.ends_extension(*byte);
                let length = rest.iter().take_while(|byte| goes_on(byte)).count();
                let (run, next) = rest.split_at(length);
                reader.run(run);
                next
            }
        };
    }
    (reader.text, reader.certain)
}

struct Reader<'a> {
    set: &'a CharacterSet,
    form: Form,
    lower: Lower,
    upper: Option<&'static Encoding>,
    /// Set selected last for the upper half.
    chosen: Option<&'static Encoding>,
    text: String,
    certain: bool,
}

impl<'a> Reader<'a> {
    fn new(set: &'a CharacterSet, form: Form) -> Self {
        let mut reader = Reader {
            set,
            form,
            lower: Lower::Ascii,
            upper: None,
            chosen: None,
            text: String::new(),
            certain: true,
        };
        reader.reset();
        reader
    }

    /// Selects the sets of the first value of Specific Character Set, as at the beginning of a value and after each
    /// delimiter.
    fn reset(&mut self) {
        self.lower = match self.set.roman {
            true => Lower::Roman,
            false => Lower::Ascii,
        };
        self.upper = self.set.first;
    }

    /// Whether the selected sets are reset before this byte. The second byte of a kanji is no delimiter.
    fn ends_extension(&self, byte: u8) -> bool {
        let is_delimiter = match self.form {
            Form::Name => matches!(byte, b'\\' | b'^' | b'='),
            Form::Values => byte == b'\\',
            Form::Text => false,
        };
        let one_byte = matches!(self.lower, Lower::Ascii | Lower::Roman);
        byte < b' ' && byte != ESCAPE || is_delimiter && one_byte
    }

    /// Handles an escape sequence, given the bytes after ESC. Returns the bytes after the sequence.
    fn escape<'b>(&mut self, tail: &'b [u8]) -> &'b [u8] {
        match designation(tail) {
            Some((length, Chosen::Lower(set))) => {
                self.lower = set;
                tail.get(length..).unwrap_or_default()
            }
            Some((length, Chosen::Upper(set))) => {
                self.upper = Some(set);
                self.chosen = Some(set);
                tail.get(length..).unwrap_or_default()
            }
            None if self.set.extended => {
                self.certain = false;
                tail
            }
            // Unknown sequences are kept: devices write them for printers.
            None => {
                self.text.push('\u{1B}');
                tail
            }
        }
    }

    /// Decodes bytes with the selected sets.
    fn run(&mut self, bytes: &[u8]) {
        match self.lower {
            Lower::Ascii => self.one_byte(bytes),
            Lower::Roman => {
                let start = self.text.len();
                self.one_byte(bytes);
                let roman = super::roman(self.text.get(start..).unwrap_or_default(), self.form);
                self.text.truncate(start);
                self.text.push_str(&roman);
            }
            Lower::Katakana => {
                let upper: Vec<u8> = bytes.iter().map(|byte| byte | 0x80).collect();
                self.push(SHIFT_JIS, &upper);
            }
            Lower::Kanji => self.two_bytes(bytes, &[]),
            // The same characters as code set 3 of EUC-JP.
            Lower::Supplement => self.two_bytes(bytes, &[0x8F]),
        }
    }

    /// Decodes bytes while the lower half is a single-byte set.
    fn one_byte(&mut self, bytes: &[u8]) {
        match self.upper {
            Some(upper) => self.push(upper, bytes),
            None => match self.chosen {
                // Some writers do not repeat the escape sequence after a delimiter.
                Some(chosen) if !bytes.is_ascii() => {
                    self.certain = false;
                    self.push(chosen, bytes);
                }
                _ => self.text.push_str(&self.set.guess(bytes)),
            },
        }
    }

    /// Decodes pairs of bytes as EUC-JP with the prefix `shift`; other bytes are decoded with the upper half's set.
    fn two_bytes(&mut self, mut bytes: &[u8], shift: &[u8]) {
        let is_low = |byte: &u8| matches!(byte, 0x21..=0x7E);
        while let Some(byte) = bytes.first() {
            let same = match byte {
                0x21..=0x7E => bytes.iter().take_while(|byte| is_low(byte)).count(),
                byte => {
                    let half = byte & 0x80;
                    let alike = |byte: &&u8| *byte & 0x80 == half && !is_low(byte);
                    bytes.iter().take_while(alike).count()
                }
            };
            let (piece, rest) = bytes.split_at(same);
            bytes = rest;
            if !is_low(byte) {
                self.one_byte(piece);
                continue;
            }
            let (pairs, odd) = piece.as_chunks::<2>();
            let euc = pairs.iter().flat_map(|[row, cell]| {
                let shift = shift.iter().copied();
                shift.chain([row | 0x80, cell | 0x80])
            });
            self.push(EUC_JP, &euc.collect::<Vec<u8>>());
            if !odd.is_empty() {
                self.certain = false;
                self.text.push('\u{FFFD}');
            }
        }
    }

    fn push(&mut self, encoding: &'static Encoding, bytes: &[u8]) {
        let (text, faults) = encoding.decode_without_bom_handling(bytes);
        self.certain &= !faults;
        self.text.push_str(&text);
    }
}
