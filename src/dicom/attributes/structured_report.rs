//! Structured reports as text: what was said, under which heading (the content tree of PS3.3, C.17.3).

use std::path::Path;

use super::decode;
use super::error::ReadError;
use super::reader::{Found, Reader, Seen};
use crate::dicom::dataset::element::Tag;
use crate::words;

/// Lines that are shown, at most.
const MOST_LINES: usize = 20_000;
/// Bytes of one value, and of all of them, at most.
const LONGEST: usize = 64 * 1024;
const MOST_BYTES: usize = 8 * 1024 * 1024;

const SOP_INSTANCE: Tag = Tag(0x0008, 0x1155);
const REFERENCED: Tag = Tag(0x0008, 0x1199);
const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
const CODE_MEANING: Tag = Tag(0x0008, 0x0104);
const UNITS: Tag = Tag(0x0040, 0x08EA);
const VALUE_TYPE: Tag = Tag(0x0040, 0xA040);
const CONCEPT: Tag = Tag(0x0040, 0xA043);
const CODE: Tag = Tag(0x0040, 0xA168);
const MEASURED: Tag = Tag(0x0040, 0xA300);
const NUMBER: Tag = Tag(0x0040, 0xA30A);
const CONTENT: Tag = Tag(0x0040, 0xA730);
/// Date and time, date, time, person, text, UID.
const PLAIN: [Tag; 6] = [
    Tag(0x0040, 0xA120),
    DATE,
    Tag(0x0040, 0xA122),
    PERSON,
    Tag(0x0040, 0xA160),
    Tag(0x0040, 0xA124),
];
const DATE: Tag = Tag(0x0040, 0xA121);
const PERSON: Tag = Tag(0x0040, 0xA123);

/// One line: a concept and what is said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// How many headings and items it stands in, below the title.
    pub depth: u16,
    /// The concept's name: "Finding".
    pub name: String,
    /// What is said: a text, a code's meaning, a number with its unit, a person, a date, what is referred to. Empty for
    /// headings.
    pub value: String,
}

/// A report's content tree, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What kind of report it is: the root's concept.
    pub title: String,
    /// The rest.
    pub lines: Vec<Line>,
    /// Whether there is more than was read: it is longer than what is shown, or its file is damaged or cut off.
    pub is_cut: bool,
}

/// A content item as far as it was read.
#[derive(Debug, Default)]
struct Item {
    kind: String,
    name: Coded,
    code: Coded,
    unit: Coded,
    number: String,
    plain: String,
    referenced: String,
    /// Whether its line stands already.
    is_told: bool,
}

/// A code: its meaning, or itself.
#[derive(Debug, Default)]
struct Coded {
    value: String,
    meaning: String,
}

impl Coded {
    fn words(&self) -> &str {
        match self.meaning.is_empty() {
            true => &self.value,
            false => &self.meaning,
        }
    }
}

/// What the innermost things that are open mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The sequence of content items.
    Content,
    /// A content item in it.
    Item,
    /// A code, or the sequence around it: the item's name, its value, its number's unit.
    Name,
    Code,
    Unit,
    /// What belongs to the item itself, in a sequence of its own.
    Own,
    /// Nothing that is shown.
    Other,
}

/// Reads a report.
///
/// # Errors
/// Why nothing of it can be shown. What is damaged further on cuts it short.
pub fn read(path: &Path) -> Result<Report, ReadError> {
    let mut reader = Reader::open(path)?;
    let mut telling = Telling::new();
    while !telling.report.is_cut {
        match reader.next() {
            Ok(None) => break,
            Ok(Some(seen)) => telling.take(&reader, &seen),
            Err(_damaged) => telling.report.is_cut = true,
        }
    }
    telling.tell();
    Ok(telling.report)
}

struct Telling {
    report: Report,
    /// The items that are open, the root first.
    items: Vec<Item>,
    open: Vec<Scope>,
    bytes: usize,
}

impl Telling {
    fn new() -> Self {
        Telling {
            report: Report::default(),
            items: vec![Item::default()],
            open: Vec::new(),
            bytes: 0,
        }
    }

    fn take(&mut self, reader: &Reader, seen: &Seen) {
        match seen {
            Seen::Element(found) => self.element(reader, found),
            Seen::Sequence(found) => {
                let scope = self.of_sequence(found.tag);
                if scope == Scope::Content {
                    self.tell();
                }
                self.open.push(scope);
            }
            Seen::Item(_) => {
                let scope = match self.open.last() {
                    Some(Scope::Content) => {
                        self.items.push(Item::default());
                        Scope::Item
                    }
                    Some(scope) => *scope,
                    None => Scope::Other,
                };
                self.open.push(scope);
            }
            Seen::Close { .. } => {
                if self.open.pop() == Some(Scope::Item) {
                    self.tell();
                    self.items.pop();
                }
            }
        }
    }

    fn of_sequence(&self, tag: Tag) -> Scope {
        let around = self.open.last().copied().unwrap_or(Scope::Item);
        match (around, tag) {
            (Scope::Item, CONTENT) => Scope::Content,
            (Scope::Item, CONCEPT) => Scope::Name,
            (Scope::Item, CODE) => Scope::Code,
            (Scope::Item, MEASURED | REFERENCED) => Scope::Own,
            (Scope::Own, UNITS) => Scope::Unit,
            _ => Scope::Other,
        }
    }

    fn element(&mut self, reader: &Reader, found: &Found) {
        let scope = self.open.last().copied().unwrap_or(Scope::Item);
        let Some(item) = self.items.last_mut() else {
            return;
        };
        let place = match (scope, found.tag) {
            (Scope::Item, VALUE_TYPE) => &mut item.kind,
            (Scope::Item, tag) if PLAIN.contains(&tag) => &mut item.plain,
            (Scope::Name, CODE_VALUE) => &mut item.name.value,
            (Scope::Name, CODE_MEANING) => &mut item.name.meaning,
            (Scope::Code, CODE_VALUE) => &mut item.code.value,
            (Scope::Code, CODE_MEANING) => &mut item.code.meaning,
            (Scope::Unit, CODE_VALUE) => &mut item.unit.value,
            (Scope::Own, NUMBER) => &mut item.number,
            (Scope::Own, SOP_INSTANCE) => &mut item.referenced,
            _ => return,
        };
        let bytes = reader.bytes(found.place.clone(), LONGEST);
        self.bytes += bytes.len();
        let text = decode::text(found.set, found.vr, &bytes);
        // Of several values in one place the first counts: the rest are other codings of the same.
        if place.is_empty() {
            *place = match found.tag {
                PERSON => words::person_name(&text),
                DATE => day(&text),
                _ => text.trim().to_owned(),
            };
        }
        self.report.is_cut |= self.bytes > MOST_BYTES;
    }

    /// Writes down the innermost item, once.
    fn tell(&mut self) {
        let depth = self.items.len();
        let Some(item) = self.items.last_mut() else {
            return;
        };
        if std::mem::replace(&mut item.is_told, true) {
            return;
        }
        if depth == 1 {
            self.report.title = match item.name.words() {
                "" => "Structured report".to_owned(),
                title => title.to_owned(),
            };
            return;
        }
        let line = item.line(depth - 2);
        if line.name.is_empty() && line.value.is_empty() {
            return;
        }
        match self.report.lines.len() < MOST_LINES {
            true => self.report.lines.push(line),
            false => self.report.is_cut = true,
        }
    }
}

impl Item {
    fn line(&self, depth: usize) -> Line {
        let value = match self.kind.as_str() {
            "CONTAINER" => String::new(),
            "CODE" => self.code.words().to_owned(),
            "NUM" => self.measured(),
            "IMAGE" => format!("image {}", self.referenced),
            "WAVEFORM" => format!("waveform {}", self.referenced),
            "COMPOSITE" => format!("object {}", self.referenced),
            "SCOORD" | "SCOORD3D" => "a place in an image".to_owned(),
            "TCOORD" => "a moment".to_owned(),
            _ => self.plain.clone(),
        };
        let name = match (self.name.words(), self.kind.as_str()) {
            ("", "IMAGE" | "WAVEFORM" | "COMPOSITE") => "Refers to",
            ("", "CONTAINER") => "Section",
            ("", _) if value.is_empty() => "",
            ("", _) => "Without a name",
            (name, _) => name,
        };
        Line {
            depth: u16::try_from(depth).unwrap_or(u16::MAX),
            name: name.to_owned(),
            value: value.trim().to_owned(),
        }
    }

    /// "12.5 mm"; the unit "1" stands for none.
    fn measured(&self) -> String {
        match (self.number.as_str(), self.unit.value.as_str()) {
            ("", _) => "no value".to_owned(),
            (number, "" | "1") => number.to_owned(),
            (number, unit) => format!("{number} {unit}"),
        }
    }
}

/// A day as a person reads it; as it stands where it is none.
fn day(text: &str) -> String {
    let parsed = jiff::civil::Date::strptime("%Y%m%d", text.trim());
    parsed.map_or_else(|_| text.trim().to_owned(), words::date)
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
