//! Structured reports as text: the content tree (PS3.3 C.17.3) as headings and values.

use std::path::Path;

use super::decode;
use super::error::ReadError;
use super::reader::{Found, Reader, Seen};
use crate::dicom::dataset::element::Tag;
use crate::words;

/// Maximum number of lines.
const MOST_LINES: usize = 20_000;
/// Maximum size in bytes of one value, and of all values.
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
/// Attributes with a plain value: DateTime, Date, Time, PersonName, TextValue, UID.
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

/// A line: a concept name and its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Nesting level below the title.
    pub depth: u16,
    /// Concept name such as "Finding".
    pub name: String,
    /// Text, code meaning, number with unit, person, date or reference. Empty for headings.
    pub value: String,
}

/// A report's content tree in document order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Concept name of the root, which is the type of report.
    pub title: String,
    /// All lines below the title.
    pub lines: Vec<Line>,
    /// Whether the report is incomplete: it exceeds the limits, or the file is damaged or truncated.
    pub is_cut: bool,
}

/// A content item, as far as it has been read.
#[derive(Debug, Default)]
struct Item {
    kind: String,
    name: Coded,
    code: Coded,
    unit: Coded,
    number: String,
    plain: String,
    referenced: String,
    /// Whether its line has been added.
    is_told: bool,
}

/// A code with its meaning.
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

/// Meaning of an open sequence or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// A content sequence (0040,A730).
    Content,
    /// A content item.
    Item,
    /// A code of the content item, or its sequence: concept name, value, unit.
    Name,
    Code,
    Unit,
    /// Another sequence that belongs to the content item.
    Own,
    /// Not displayed.
    Other,
}

/// Reads a report. Damage in the file sets [`Report::is_cut`].
///
/// # Errors
/// Why the file cannot be read at all.
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
    /// Open content items, the root first.
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
        // Of several codes only the first is used: the others are equivalent.
        if place.is_empty() {
            *place = match found.tag {
                PERSON => words::person_name(&text),
                DATE => day(&text),
                _ => text.trim().to_owned(),
            };
        }
        self.report.is_cut |= self.bytes > MOST_BYTES;
    }

    /// Adds the line of the innermost content item, once.
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

    /// Number with unit, such as "12.5 mm". The UCUM unit "1" is omitted.
    fn measured(&self) -> String {
        match (self.number.as_str(), self.unit.value.as_str()) {
            ("", _) => "no value".to_owned(),
            (number, "" | "1") => number.to_owned(),
            (number, unit) => format!("{number} {unit}"),
        }
    }
}

/// Formats a date; text that is not a date stays as it is.
fn day(text: &str) -> String {
    let parsed = jiff::civil::Date::strptime("%Y%m%d", text.trim());
    parsed.map_or_else(|_| text.trim().to_owned(), words::date)
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
