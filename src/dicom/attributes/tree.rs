//! A file's attributes as rows in display order.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::decode::{self, Form};
use super::dictionary;
use super::error::{Ending, ReadError};
use super::reader::{Found, Reader, Seen};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::media::Stamp;
use crate::words;

/// Maximum number of rows of a file.
pub const MOST_ROWS: usize = 200_000;
/// Maximum number of characters of a row's text.
const LONGEST: usize = 300;
/// Number of bytes of a value that are read for its text.
const READ: usize = 4 * LONGEST;
/// Maximum total size of all texts in bytes; beyond it, texts have at most [`SHORT`] characters.
const MOST_TEXT: usize = 32 * 1024 * 1024;
const SHORT: usize = 16;

/// Type of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An element with a readable value.
    Value,
    /// An element with binary data.
    Bytes,
    /// A sequence, with its number of items.
    Sequence(u32),
    /// An item, with its number starting at 1.
    Item(u32),
}

/// A row: an element or an item.
#[derive(Debug, Clone)]
pub struct Row {
    /// Group and element number; for an item, those of its sequence.
    pub tag: (u16, u16),
    vr: [u8; 2],
    /// Nesting level: number of enclosing sequences and items.
    pub depth: u16,
    /// Type of the row.
    pub kind: Kind,
    /// The value in one line, possibly truncated.
    pub text: Box<str>,
    /// Whether `text` is truncated.
    pub is_cut: bool,
    /// Number of values (VM), if known.
    pub values: Option<u64>,
    /// Declared length in bytes; `None` for items and undefined lengths.
    pub length: Option<u64>,
    /// Private creator of a private attribute.
    pub creator: Option<Arc<str>>,
    /// What is wrong with the element.
    pub wrong: Option<&'static str>,
    /// Index of the enclosing row.
    pub parent: Option<usize>,
    /// Identifies the position in the tree; equal for the same element in another file of the series.
    pub key: u64,
    /// Where to load the full value from.
    pub place: Place,
}

/// Location of a value in a file, with what is needed to decode it.
#[derive(Debug, Clone)]
pub struct Place {
    pub(super) bytes: Range<usize>,
    pub(super) vr: [u8; 2],
    pub(super) layout: Layout,
    pub(super) set: CharacterSet,
    pub(super) deflated_at: Option<u64>,
}

/// A file's attributes.
#[derive(Debug, Clone)]
pub struct Tree {
    /// All rows in display order.
    pub rows: Vec<Row>,
    /// How reading the file ended.
    pub ending: Ending,
    /// State of the file when it was read.
    pub stamp: Stamp,
}

impl Row {
    /// Tag such as "(0010,0010)".
    pub fn number(&self) -> String {
        format!("({:04X},{:04X})", self.tag.0, self.tag.1)
    }

    /// VR as two letters, from the file or the dictionary. Empty for an item.
    pub fn vr(&self) -> &str {
        match self.kind {
            Kind::Item(_) => "",
            _ => std::str::from_utf8(&self.vr).unwrap_or("??"),
        }
    }

    /// Keyword of a standard attribute.
    pub fn keyword(&self) -> Option<&'static str> {
        dictionary::keyword(Tag(self.tag.0, self.tag.1))
    }

    /// Whether the attribute is private (odd group).
    pub fn is_private(&self) -> bool {
        self.tag.0 % 2 == 1
    }

    /// Display name, such as "Patient's Name", "Item 2" or "Private attribute".
    pub fn name(&self) -> std::borrow::Cow<'static, str> {
        if let Kind::Item(number) = self.kind {
            return format!("Item {}", words::number(number.into())).into();
        }
        let tag = Tag(self.tag.0, self.tag.1);
        match dictionary::name(tag) {
            Some(name) => name.into(),
            None if dictionary::is_creator(tag) => "Private creator".into(),
            None if self.is_private() => "Private attribute".into(),
            None => "Unknown attribute".into(),
        }
    }
}

/// Reads a file as far as possible, at most [`MOST_ROWS`] rows. Stops soon after `stopped` is set.
///
/// # Errors
/// Why the file cannot be read at all.
pub fn read(path: &Path, stopped: &AtomicBool) -> Result<Tree, ReadError> {
    let reader = Reader::open(path)?;
    let mut builder = Builder {
        rows: Vec::new(),
        open: Vec::new(),
        last: Vec::new(),
        text: 0,
    };
    builder.build(reader, stopped)
}

struct Builder {
    rows: Vec<Row>,
    /// Rows of the open sequences and items.
    open: Vec<usize>,
    /// For the root and each open level: tag of its last row, and how often it was repeated in sequence.
    last: Vec<(Tag, u32)>,
    /// Total size of all texts, in bytes.
    text: usize,
}

impl Builder {
    fn build(&mut self, mut reader: Reader, stopped: &AtomicBool) -> Result<Tree, ReadError> {
        let stamp = reader.stamp;
        let ending = loop {
            if self.rows.len() >= MOST_ROWS {
                break Ending::TooMany(MOST_ROWS);
            }
            if self.rows.len().is_multiple_of(256) && stopped.load(Ordering::Relaxed) {
                return Err(ReadError::Stopped);
            }
            match reader.next() {
                Ok(Some(seen)) => self.take(&reader, seen),
                Ok(None) => break Ending::Whole,
                Err(ending) => break ending,
            }
        };
        Ok(Tree {
            rows: std::mem::take(&mut self.rows),
            ending,
            stamp,
        })
    }

    fn take(&mut self, reader: &Reader, seen: Seen) {
        match seen {
            Seen::Element(found) => {
                let row = self.element(reader, &found);
                self.rows.push(row);
            }
            Seen::Sequence(found) => {
                let row = self.row(reader, &found, Kind::Sequence(0));
                self.open.push(self.rows.len());
                self.rows.push(row);
            }
            Seen::Item(number) => self.item(number),
            Seen::Close { wrong, .. } => {
                let row = self.open.pop().and_then(|at| self.rows.get_mut(at));
                if let Some(row) = row {
                    row.wrong = row.wrong.or(wrong);
                }
                self.last.truncate(self.open.len() + 1);
            }
        }
    }

    fn item(&mut self, number: u32) {
        let parent = self.open.last().copied();
        let Some(sequence) = parent.and_then(|at| self.rows.get_mut(at)) else {
            return;
        };
        if let Kind::Sequence(items) = &mut sequence.kind {
            *items = number;
        }
        let mut row = sequence.clone();
        row.kind = Kind::Item(number);
        row.depth = row.depth.saturating_add(1);
        (row.text, row.is_cut, row.wrong) = ("".into(), false, None);
        (row.values, row.length, row.parent) = (None, None, parent);
        row.key = key(row.key, Tag(0xFFFE, 0xE000), number);
        self.open.push(self.rows.len());
        self.rows.push(row);
    }

    fn row(&mut self, reader: &Reader, found: &Found, kind: Kind) -> Row {
        let depth = self.open.len();
        self.last.resize(depth + 1, (Tag(0, 0), 0));
        let again = match self.last.last_mut() {
            Some((tag, again)) if *tag == found.tag => {
                *again += 1;
                *again
            }
            Some(last) => {
                *last = (found.tag, 0);
                0
            }
            None => 0,
        };
        let parent = self.open.last().copied();
        let outer = parent.and_then(|at| self.rows.get(at));
        Row {
            tag: (found.tag.0, found.tag.1),
            vr: found.vr,
            depth: u16::try_from(depth).unwrap_or(u16::MAX),
            kind,
            text: "".into(),
            is_cut: false,
            values: None,
            length: found.says,
            creator: found.creator.clone(),
            wrong: found.wrong,
            parent,
            key: key(outer.map_or(0, |outer| outer.key), found.tag, again),
            place: Place {
                bytes: found.place.clone(),
                vr: found.vr,
                layout: found.layout,
                set: found.set,
                deflated_at: reader.deflated_at.filter(|_| found.tag.0 != 2),
            },
        }
    }

    fn element(&mut self, reader: &Reader, found: &Found) -> Row {
        let mut row = self.row(reader, found, Kind::Value);
        let most = if self.text < MOST_TEXT {
            LONGEST
        } else {
            SHORT
        };
        let shown = shown(reader, found, most);
        row.kind = shown.kind;
        row.values = shown.values;
        row.is_cut = shown.is_cut;
        self.text += shown.text.len();
        row.text = shown.text.into();
        row
    }
}

fn key(outer: u64, tag: Tag, number: u32) -> u64 {
    let mut hasher = DefaultHasher::new();
    (outer, tag, number).hash(&mut hasher);
    hasher.finish()
}

struct Shown {
    kind: Kind,
    text: String,
    is_cut: bool,
    values: Option<u64>,
}

/// A value in one line of at most `most` characters.
fn shown(reader: &Reader, found: &Found, most: usize) -> Shown {
    let length = found.place.len();
    let form = Form::of(found.vr);
    let bytes = reader.bytes(found.place.clone(), READ);
    let whole = bytes.len() == length;
    let (text, values) = match form {
        Form::Text { many } => {
            let text = decode::text(found.set, found.vr, &bytes);
            let values = match (text.is_empty(), many) {
                (true, _) => 0,
                (false, true) => text.split('\\').count() as u64,
                (false, false) => 1,
            };
            (text, (whole || !many).then_some(values))
        }
        Form::Bytes if found.vr == *b"UN" && whole && decode::is_readable(&bytes) => {
            (decode::text(found.set, found.vr, &bytes), None)
        }
        Form::Bytes => return as_bytes(found),
        form => {
            let numbers = decode::numbers(form, found.layout, &bytes);
            let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
            let unit = form.unit().unwrap_or(1);
            (numbers.join("\\"), Some((length / unit) as u64))
        }
    };
    let (text, fits) = one_line(&text, most);
    Shown {
        kind: Kind::Value,
        text,
        is_cut: !(whole && fits),
        values,
    }
}

fn as_bytes(found: &Found) -> Shown {
    let length = found.place.len() as u64;
    let bytes = match length {
        0 => String::new(),
        length => words::count(length, "byte", "bytes"),
    };
    let text = match found.fragments {
        Some(fragments) => {
            let fragments = words::count(fragments as u64, "fragment", "fragments");
            format!("{fragments}, {bytes}")
        }
        None => bytes,
    };
    Shown {
        kind: Kind::Bytes,
        text,
        is_cut: length > 0,
        values: None,
    }
}

/// Replaces control characters by spaces and truncates to `most` characters. Returns whether nothing was lost.
fn one_line(text: &str, most: usize) -> (String, bool) {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut rest = text.chars();
    let line: String = rest.by_ref().take(most).map(plain).collect();
    let has_breaks = text.contains(['\n', '\r']);
    (line, rest.next().is_none() && !has_breaks)
}
