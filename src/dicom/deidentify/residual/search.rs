//! Looks for terms in a file that leaves, in every encoding that they could have.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use dicom_core::VR;
use encoding_rs::{UTF_8, WINDOWS_1252};

use super::devices;
use super::forms::spellings;
use super::terms::{Kind, Shape, Term, Terms, stands_alone};
use super::{Error, Residue, Steps, Walk, path};
use crate::dicom::dataset::cursor::Step;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::vr::{effective, is_text};
use crate::dicom::deidentify::scopes::Scopes;
use crate::dicom::deidentify::uids::Uids;

const PIXELS: u16 = 0x7FE0;
/// In values that are no text: shorter terms stand in them by chance.
const SHORTEST_IN_BYTES: usize = 5;

/// Terms, made ready to be searched for.
#[derive(Debug)]
pub struct Search {
    matcher: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// One byte a character of ASCII: what touches it can be told.
    Bytes,
    /// Two bytes a character.
    Wide,
}

#[derive(Debug, Clone)]
struct Pattern {
    kind: Kind,
    shape: Shape,
    written: Written,
    length: usize,
}

/// What an element's value may be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Text,
    /// The makes of devices and the words of codes: names may be the same by chance.
    Vocabulary,
    Code,
    Number,
    Uid,
    Bytes,
    /// Numbers alone, in which letters stand by chance.
    Table,
}

impl Value {
    fn of(tag: Tag, vr: Option<VR>) -> Self {
        const VOCABULARY: [Tag; 9] = [
            Tag(0x0008, 0x0070),
            Tag(0x0008, 0x0100),
            Tag(0x0008, 0x0102),
            Tag(0x0008, 0x0103),
            Tag(0x0008, 0x0104),
            Tag(0x0008, 0x1090),
            Tag(0x0008, 0x0115),
            Tag(0x0018, 0x1020),
            Tag(0x0002, 0x0013),
        ];
        match vr {
            _ if is_table(tag, vr) => Value::Table,
            // Numbers of their own: one that is the patient's too is so by chance.
            Some(VR::DS | VR::IS) if tag.0.is_multiple_of(2) => Value::Table,
            // The birth date is the only date that is looked for in dates: others may be the same by chance.
            _ if tag == Tag(0x0010, 0x0030) => Value::Text,
            _ if VOCABULARY.contains(&tag) => Value::Vocabulary,
            vr if is_text(vr) => Value::Text,
            Some(VR::UR | VR::AE) => Value::Text,
            Some(VR::CS) => Value::Code,
            Some(VR::DA | VR::TM | VR::DT | VR::AS | VR::DS | VR::IS) => Value::Number,
            Some(VR::UI) => Value::Uid,
            _ => Value::Bytes,
        }
    }
}

/// Look-up tables, palettes and values of fixed width.
fn is_table(tag: Tag, vr: Option<VR>) -> bool {
    const TABLES: [u16; 11] = [
        0x1201, 0x1202, 0x1203, 0x1204, 0x1211, 0x1212, 0x1213, 0x1221, 0x1222, 0x1223, 0x3006,
    ];
    let is_one = tag.0 == 0x0028 && TABLES.contains(&tag.1);
    let is_numbers = matches!(
        vr,
        Some(
            VR::US
                | VR::SS
                | VR::UL
                | VR::SL
                | VR::FL
                | VR::FD
                | VR::AT
                | VR::UV
                | VR::SV
                | VR::OF
                | VR::OD
                | VR::OL
                | VR::OV
        )
    );
    is_one || is_numbers && tag.0.is_multiple_of(2)
}

impl Search {
    pub(super) fn new(terms: &Terms) -> Self {
        let mut found: HashMap<Vec<u8>, Pattern> = HashMap::new();
        let set = CharacterSet::parse(&terms.character_set);
        for term in &terms.terms {
            for (bytes, written) in encodings(term, set) {
                let pattern = Pattern {
                    kind: term.kind,
                    shape: term.shape,
                    written,
                    length: bytes.len(),
                };
                found.entry(bytes).or_insert(pattern);
            }
        }
        let (bytes, patterns): (Vec<Vec<u8>>, Vec<Pattern>) = found.into_iter().unzip();
        let matcher = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(bytes);
        Search {
            matcher: matcher.ok(),
            patterns,
        }
    }

    /// [`Search::look_for`] without UIDs.
    #[cfg(test)]
    pub(in crate::dicom::deidentify) fn look(
        &self,
        head: &[u8],
        steps: Steps<'_>,
        data: &[u8],
    ) -> Result<Option<Residue>, Error> {
        self.look_for(&Uids::default(), head, steps, data)
    }

    /// Looks for the terms and these UIDs in a file that leaves: what stands before its data set, and every value of it outside pixel data.
    ///
    /// # Errors
    /// The first thing that was found, and a data set that cannot be stepped through.
    pub(in crate::dicom::deidentify) fn look_for(
        &self,
        uids: &Uids,
        head: &[u8],
        steps: Steps<'_>,
        data: &[u8],
    ) -> Result<Option<Residue>, Error> {
        if self.patterns.is_empty() && uids.is_empty() {
            return Ok(None);
        }
        let residue = |kind, attribute: String| Ok(Some(Residue { kind, attribute }));
        let of_head = || uids.are_in(head).then_some(Kind::Uid);
        if let Some(kind) = self.found(head, Value::Bytes, None).or_else(of_head) {
            return residue(kind, "the file meta information".to_owned());
        }
        let mut scopes = Scopes::new();
        let mut walk = Walk::new(steps);
        let mut end = 0;
        while let Some(step) = walk.next()? {
            scopes.enter(&step, data)?;
            let element = match step {
                Step::Element(element) => element,
                Step::Open(opened) => {
                    end = opened.header.end;
                    continue;
                }
                Step::Close(delimiter) => {
                    end = end.max(delimiter.end);
                    continue;
                }
            };
            end = element.value.end;
            if element.tag.0 == PIXELS || element.bulk.is_some() {
                continue;
            }
            let bytes = data.get(element.value.clone()).unwrap_or_default();
            let vr = effective(element.tag, element.vr);
            let found = self.in_value(element.tag, vr, bytes, scopes.current());
            let of_uid = || uids.are_in(bytes).then_some(Kind::Uid);
            if let Some(kind) = found.or_else(of_uid) {
                return residue(kind, path(&walk.sequences(), element.tag));
            }
        }
        // What a writer may have left behind the last element.
        let rest = data.get(end..).unwrap_or_default();
        let of_uid = || uids.are_in(rest).then_some(Kind::Uid);
        match self.found(rest, Value::Bytes, None).or_else(of_uid) {
            Some(kind) => residue(kind, "what stands behind the last attribute".to_owned()),
            None => Ok(None),
        }
    }

    fn in_value(&self, tag: Tag, vr: Option<VR>, bytes: &[u8], set: CharacterSet) -> Option<Kind> {
        let value = Value::of(tag, vr);
        if value == Value::Table {
            return None;
        }
        if let Some(kind) = self.found(bytes, value, Some(tag)) {
            return Some(kind);
        }
        let is_text = matches!(value, Value::Text | Value::Vocabulary);
        if !is_text || (bytes.is_ascii() && !bytes.contains(&0x1B)) {
            return None;
        }
        // What an escape sequence parts, and capitals that are not ASCII.
        let text = set.decode(bytes);
        let lower = text.to_lowercase();
        self.found(text.as_bytes(), value, Some(tag))
            .or_else(|| self.found(lower.as_bytes(), value, Some(tag)))
    }

    fn found(&self, bytes: &[u8], value: Value, tag: Option<Tag>) -> Option<Kind> {
        let matcher = self.matcher.as_ref()?;
        let mut hits = matcher.find_overlapping_iter(bytes);
        let counts = |hit: aho_corasick::Match| {
            let pattern = self.patterns.get(hit.pattern().as_usize())?;
            let at = (hit.start(), hit.end());
            let is_of_device = || {
                tag.is_some_and(|tag| {
                    devices::says(tag, bytes.get(hit.range()).unwrap_or_default())
                })
            };
            let counts = pattern.counts(bytes, at, value) && !is_of_device();
            counts.then_some(pattern.kind)
        };
        hits.find_map(counts)
    }
}

impl Pattern {
    fn counts(&self, bytes: &[u8], (start, end): (usize, usize), value: Value) -> bool {
        let is_meant = match (value, self.shape) {
            (Value::Bytes, _) => self.length >= SHORTEST_IN_BYTES,
            (Value::Text, _) | (Value::Code, Shape::Whole) => true,
            (Value::Table, _) => false,
            // A code may be a number as a whole; a number within a maker's words is no chance.
            (Value::Vocabulary, Shape::Digits) => !is_all_of_one(bytes, start, end),
            (Value::Vocabulary, shape) => shape != Shape::Part && self.kind != Kind::Institution,
            // A long number that is all of a value is no chance.
            (Value::Number | Value::Code, Shape::Digits) => {
                self.kind == Kind::Id && self.length >= 6 && is_all_of_one(bytes, start, end)
            }
            (Value::Uid, Shape::Digits) => {
                self.kind == Kind::Id && self.length >= 8 && is_between_dots(bytes, start, end)
            }
            (Value::Code | Value::Number | Value::Uid, Shape::Part) => false,
            (Value::Number | Value::Uid, Shape::Whole) => true,
        };
        // Its own surroundings were looked at.
        let is_number = matches!(value, Value::Number | Value::Uid | Value::Code);
        is_meant
            && match self.written {
                Written::Bytes if is_number && self.shape == Shape::Digits => true,
                Written::Wide => true,
                Written::Bytes => self.stands_alone(bytes, start, end),
            }
    }

    /// Whether nothing touches it that makes another word or number of it.
    fn stands_alone(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let from = start.saturating_sub(8);
        let around = bytes
            .get(from..(end + 8).min(bytes.len()))
            .unwrap_or_default();
        let is_number = self.shape == Shape::Digits;
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(end);
        let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        if is_number && self.kind == Kind::Id {
            let dot = |byte: Option<&u8>| byte == Some(&b'.');
            let beyond = |at: Option<usize>| digit(at.and_then(|at| bytes.get(at)));
            let fraction = dot(before) && beyond(start.checked_sub(2));
            let whole = dot(after) && beyond(Some(end + 1));
            if fraction || whole {
                return false;
            }
        }
        if is_number {
            return !digit(before) && !digit(after);
        }
        match std::str::from_utf8(around) {
            Ok(text) => stands_alone(text, start - from, end - from),
            // In other encodings only ASCII can be told.
            Err(_) => {
                let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                let own = bytes.get(start..end).unwrap_or_default();
                !(letter(before) && letter(own.first()) || letter(after) && letter(own.last()))
            }
        }
    }
}

fn is_all_of_one(bytes: &[u8], start: usize, end: usize) -> bool {
    let ends = |byte: Option<&u8>| matches!(byte, None | Some(b'\\' | b' ' | 0));
    ends(start.checked_sub(1).and_then(|at| bytes.get(at))) && ends(bytes.get(end))
}

fn is_between_dots(bytes: &[u8], start: usize, end: usize) -> bool {
    let ends = |byte: Option<&u8>| matches!(byte, None | Some(b'\\' | b'.' | b' ' | 0));
    ends(start.checked_sub(1).and_then(|at| bytes.get(at))) && ends(bytes.get(end))
}

/// A term as bytes: in the file's character set, in UTF-8, in Western European, and in UTF-16 of both orders.
fn encodings(term: &Term, set: CharacterSet) -> Vec<(Vec<u8>, Written)> {
    let mut all = Vec::new();
    for spelling in spellings(&term.text) {
        let cases = match spelling.is_ascii() {
            true => vec![spelling],
            false => vec![spelling.to_lowercase(), spelling.to_uppercase(), spelling],
        };
        for text in cases {
            let mut in_set =
                |bytes: Option<Vec<u8>>| all.extend(bytes.map(|bytes| (bytes, Written::Bytes)));
            in_set(set.encode(&text));
            in_set(plainly(UTF_8, &text));
            in_set(plainly(WINDOWS_1252, &text));
            if text.chars().count() >= 3 {
                let units: Vec<u16> = text.encode_utf16().collect();
                let little = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                let big = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
                all.push((little, Written::Wide));
                all.push((big, Written::Wide));
            }
        }
    }
    all.retain(|(bytes, _)| bytes.len() >= 3);
    all
}

fn plainly(encoding: &'static encoding_rs::Encoding, text: &str) -> Option<Vec<u8>> {
    let (bytes, _, unmappable) = encoding.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}
