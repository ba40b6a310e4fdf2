//! The DICOM JSON Model (PS3.18 Annex F).
//!
//! According to the standard, attributes are in ascending order, without file meta information and group lengths; text
//! is Unicode without padding; an empty value among others is `null`; IS, DS and all binary numbers are numbers (text
//! that is no number stays text); AT is eight hexadecimal digits; PN is an object of its component groups; other bytes
//! are `InlineBinary`, little endian. Pixel data, and bytes of more than 64 KB, are not included but referenced by a
//! `BulkDataURI`: the file's address with `offset` and `length` of the bytes in the file (for encapsulated pixel data
//! including its fragments). A deflated file contains no value as it is, so its values are included up to 16 MB; for
//! longer ones only the VR is written.

use std::ops::Range;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::decode::{self, Form, Number};
use super::error::{Ending, ReadError};
use super::reader::{Found, Reader, Seen};
use crate::dicom::dataset::element::{Layout, Tag};

/// Maximum number of elements.
const MOST: usize = 1_000_000;
/// Maximum total size of all values, in bytes.
const MOST_BYTES: usize = 512 * 1024 * 1024;
/// Maximum size of an included binary value, in bytes.
const INLINE: usize = 64 * 1024;
/// Maximum size of an included binary value of a deflated file, in bytes.
const INLINE_DEFLATED: usize = 16 * 1024 * 1024;
/// Maximum size of a text or of numbers, in bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Converts a file's data set to JSON, and says how reading ended.
///
/// # Errors
/// Why the file cannot be read at all.
pub fn json(path: &Path) -> Result<(Value, Ending), ReadError> {
    up_to(path, MOST_BYTES)
}

/// Like [`json`], stopping after the value that exceeds `most_bytes` in total.
fn up_to(path: &Path, most_bytes: usize) -> Result<(Value, Ending), ReadError> {
    let mut reader = Reader::open(path)?;
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut builder = Builder {
        path,
        levels: vec![Level::Set(Map::new())],
        bytes: 0,
        elements: 0,
        hidden: None,
    };
    let mut ending = Ending::TooMany(MOST);
    for _ in 0..MOST {
        match reader.next() {
            // The limit on elements is far from being reached by then.
            Ok(Some(_)) if builder.bytes > most_bytes => {
                ending = Ending::TooMany(builder.elements);
                break;
            }
            Ok(Some(seen)) => builder.take(&reader, seen),
            Ok(None) => {
                ending = Ending::Whole;
                break;
            }
            Err(ended) => {
                ending = ended;
                break;
            }
        }
    }
    Ok((builder.finish(), ending))
}

enum Level {
    Set(Map<String, Value>),
    Sequence(String, Vec<Value>),
}

struct Builder {
    path: PathBuf,
    levels: Vec<Level>,
    bytes: usize,
    /// Number of elements written, including those in sequences.
    elements: usize,
    /// A value of which it is only guessed that it is a sequence: its element, and the number of open levels inside it.
    hidden: Option<(Found, usize)>,
}

fn name(Tag(group, element): Tag) -> String {
    format!("{group:04X}{element:04X}")
}

impl Builder {
    fn take(&mut self, reader: &Reader, seen: Seen) {
        if self.hidden.is_some() {
            return self.pass(reader, &seen);
        }
        match seen {
            // Neither is part of the model (PS3.18 F.2.2; PS3.19 A.1).
            Seen::Element(found) if found.tag.0 == 2 || found.tag.1 == 0 => {}
            Seen::Element(found) => {
                let value = self.element(reader, &found);
                self.put(name(found.tag), value);
            }
            Seen::Sequence(found) if found.is_guess => self.hidden = Some((found, 1)),
            Seen::Sequence(found) => {
                self.levels
                    .push(Level::Sequence(name(found.tag), Vec::new()));
            }
            Seen::Item(_) => self.levels.push(Level::Set(Map::new())),
            Seen::Close { .. } => self.close(),
        }
    }

    /// Skips the elements inside a value of unknown VR: in the model it is binary, even if it looks like a sequence.
    fn pass(&mut self, reader: &Reader, seen: &Seen) {
        let Some((found, open)) = &mut self.hidden else {
            return;
        };
        match seen {
            Seen::Element(_) => {}
            Seen::Sequence(_) | Seen::Item(_) => *open += 1,
            Seen::Close { at, .. } => {
                *open -= 1;
                found.place.end = *at;
            }
        }
        if *open > 0 {
            return;
        }
        if let Some((mut found, _)) = self.hidden.take() {
            found.vr = *b"UN";
            let value = self.element(reader, &found);
            self.put(name(found.tag), value);
        }
    }

    fn put(&mut self, name: String, value: Value) {
        if let Some(Level::Set(set)) = self.levels.last_mut() {
            self.elements += 1;
            set.insert(name, value);
        }
    }

    fn close(&mut self) {
        match self.levels.pop() {
            Some(Level::Set(set)) if self.levels.is_empty() => self.levels.push(Level::Set(set)),
            Some(Level::Set(set)) => {
                if let Some(Level::Sequence(_, items)) = self.levels.last_mut() {
                    items.push(Value::Object(set));
                }
            }
            Some(Level::Sequence(name, items)) => {
                let value = match items.is_empty() {
                    true => json!({"vr": "SQ"}),
                    false => json!({"vr": "SQ", "Value": items}),
                };
                self.put(name, value);
            }
            None => {}
        }
    }

    fn finish(mut self) -> Value {
        while self.levels.len() > 1 {
            self.close();
        }
        match self.levels.pop() {
            Some(Level::Set(set)) => Value::Object(set),
            _ => Value::Object(Map::new()),
        }
    }

    fn element(&mut self, reader: &Reader, found: &Found) -> Value {
        let vr = String::from_utf8_lossy(&found.vr).into_owned();
        let form = Form::of(found.vr);
        if form == Form::Bytes {
            return self.as_bytes(reader, found, &vr);
        }
        let bytes = reader.bytes(found.place.clone(), LONGEST);
        self.bytes += bytes.len();
        let values: Vec<Value> = match form {
            Form::Text { many } => {
                let text = decode::text(found.set, found.vr, &bytes);
                texts(found.vr, &text, many)
            }
            form => decode::numbers(form, found.layout, &bytes)
                .map(number)
                .collect(),
        };
        match values.is_empty() {
            true => json!({ "vr": vr }),
            false => json!({"vr": vr, "Value": values}),
        }
    }

    fn as_bytes(&mut self, reader: &Reader, found: &Found, vr: &str) -> Value {
        let length = found.place.len();
        if length == 0 {
            return json!({ "vr": vr });
        }
        let is_pixels = found.tag.0 == 0x7FE0 && matches!(found.tag.1, 0x0008..=0x0010);
        let is_deflated = reader.deflated_at.is_some();
        let inline = match (is_deflated, is_pixels) {
            (true, _) => length <= INLINE_DEFLATED,
            (false, is_pixels) => length <= INLINE && !is_pixels,
        };
        if !inline {
            return match is_deflated {
                // Its offset is in the inflated data set, so there is no address.
                true => json!({ "vr": vr }),
                false => json!({"vr": vr, "BulkDataURI": self.address(&found.place)}),
            };
        }
        let bytes = reader.bytes(found.place.clone(), INLINE_DEFLATED);
        self.bytes += bytes.len();
        let bytes = little_endian(found.vr, found.layout, bytes);
        json!({"vr": vr, "InlineBinary": STANDARD.encode(bytes)})
    }

    fn address(&self, place: &Range<usize>) -> String {
        /// Characters that need no percent-encoding in a path are those of RFC 3986 3.3.
        const PATH: &AsciiSet = &CONTROLS
            .add(b' ')
            .add(b'"')
            .add(b'#')
            .add(b'%')
            .add(b'<')
            .add(b'>')
            .add(b'?')
            .add(b'[')
            .add(b'\\')
            .add(b']')
            .add(b'^')
            .add(b'`')
            .add(b'{')
            .add(b'|')
            .add(b'}');
        let path = self.path.to_string_lossy();
        let path = utf8_percent_encode(&path, PATH);
        let (offset, length) = (place.start, place.len());
        format!("file://{path}?offset={offset}&length={length}")
    }
}

fn texts(vr: [u8; 2], text: &str, many: bool) -> Vec<Value> {
    if text.is_empty() {
        return Vec::new();
    }
    if !many {
        return vec![Value::from(text)];
    }
    let one = |value: &str| match value.trim_end_matches([' ', '\0']) {
        "" => Value::Null,
        value => one_text(vr, value),
    };
    text.split('\\').map(one).collect()
}

fn one_text(vr: [u8; 2], text: &str) -> Value {
    let number = match &vr {
        b"IS" => text
            .trim()
            .trim_start_matches('+')
            .parse::<i64>()
            .ok()
            .map(Value::from),
        b"DS" => {
            let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
            number.map(Value::from)
        }
        b"PN" => Some(person_name(text)),
        _ => None,
    };
    number.unwrap_or_else(|| Value::from(text))
}

fn person_name(text: &str) -> Value {
    let groups = ["Alphabetic", "Ideographic", "Phonetic"];
    let said = groups.iter().zip(text.splitn(3, '='));
    let said = said.filter(|(_, group)| !group.trim().is_empty());
    let said = said.map(|(name, group)| ((*name).to_owned(), Value::from(group)));
    Value::Object(said.collect())
}

/// JSON has no infinities and no NaN; they are written as text.
fn number(number: Number) -> Value {
    let float = |value: f64| match () {
        () if value.is_nan() => Value::from("NaN"),
        () if value.is_infinite() && value > 0.0 => Value::from("Infinity"),
        () if value.is_infinite() => Value::from("-Infinity"),
        () => Value::from(value),
    };
    match number {
        Number::Natural(value) => Value::from(value),
        Number::Integer(value) => Value::from(value),
        Number::Single(value) => float(value.into()),
        Number::Double(value) => float(value),
        Number::Tag(group, element) => Value::from(name(Tag(group, element))),
    }
}

/// Converts big endian words to little endian (PS3.18 F.2.7).
fn little_endian(vr: [u8; 2], layout: Layout, mut bytes: Vec<u8>) -> Vec<u8> {
    let word = match &vr {
        b"OW" => 2,
        b"OF" | b"OL" => 4,
        b"OD" | b"OV" => 8,
        _ => 1,
    };
    if layout.big_endian && word > 1 {
        bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_the_model_has_for_them() {
        let texts = |vr: &[u8; 2], text: &str| Value::from(texts(*vr, text, true));
        assert_eq!(texts(b"IS", "+12\\-3 "), json!([12, -3]));
        assert_eq!(texts(b"DS", "1.50\\2e3"), json!([1.5, 2000.0]));
        assert_eq!(texts(b"DS", "1,5"), json!(["1,5"]));
        assert_eq!(
            texts(b"CS", "ORIGINAL\\\\AXIAL"),
            json!(["ORIGINAL", null, "AXIAL"])
        );
        assert_eq!(
            texts(b"PN", "Yamada^Tarou=山田^太郎"),
            json!([{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}])
        );
        assert_eq!(number(Number::Double(f64::NAN)), json!("NaN"));
        assert_eq!(number(Number::Tag(0x10, 0x20)), json!("00100020"));
    }

    #[test]
    fn words_of_a_big_endian_file_are_turned() {
        let big = Layout {
            explicit: true,
            big_endian: true,
        };
        assert_eq!(little_endian(*b"OW", big, vec![1, 2, 3, 4]), [2, 1, 4, 3]);
        assert_eq!(little_endian(*b"OB", big, vec![1, 2]), [1, 2]);
        assert_eq!(little_endian(*b"OW", Layout::EXPLICIT, vec![1, 2]), [1, 2]);
    }
    #[test]
    fn where_the_values_are_too_many_bytes_it_is_said_how_many_elements_were_written() {
        let element = |number: u8| [b"\x09\0", &[number, 0x10][..], b"LO\x04\0text"].concat();
        let head = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0";
        let set: Vec<u8> = (0..5).flat_map(element).collect();
        let bytes = [&[0; 128][..], b"DICM", head, &set].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let (whole, ending) = up_to(&path, 20).unwrap();
        assert_eq!(
            (whole.as_object().unwrap().len(), ending),
            (5, Ending::Whole)
        );
        // The transfer syntax is not part of the output.
        let (part, ending) = up_to(&path, 11).unwrap();
        let written = part.as_object().unwrap().len();
        assert_eq!((written, ending), (3, Ending::TooMany(3)));
    }
}
