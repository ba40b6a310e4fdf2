//! A file's attributes as rows, from the top down: what a window shows and looks through.

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

/// Rows of one file, at most.
pub const MOST_ROWS: usize = 200_000;
/// Characters of a value that a row has.
const LONGEST: usize = 300;
/// Bytes of a value that are read for that.
const READ: usize = 4 * LONGEST;
/// Bytes of text in all rows, at most; behind it values are cut short.
const MOST_TEXT: usize = 32 * 1024 * 1024;
const SHORT: usize = 16;

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An element whose value can be read.
    Value,
    /// An element whose value is bytes.
    Bytes,
    /// A sequence with so many items.
    Sequence(u32),
    /// An item, counted from 1.
    Item(u32),
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Group and element; those of its sequence for an item.
    pub tag: (u16, u16),
    vr: [u8; 2],
    /// How many sequences and items it stands in.
    pub depth: u16,
    /// What it stands for.
    pub kind: Kind,
    /// The value in one line, cut where it is long.
    pub text: Box<str>,
    /// Whether the value goes on behind `text`.
    pub is_cut: bool,
    /// How many values there are, where that is known.
    pub values: Option<u64>,
    /// The length that the file says, in bytes; `None` for items and where it is not known.
    pub length: Option<u64>,
    /// Who made a private attribute.
    pub creator: Option<Arc<str>>,
    /// What is wrong with it.
    pub wrong: Option<&'static str>,
    /// The row of what it stands in.
    pub parent: Option<usize>,
    /// The same for what stands at the same place in another file of the series.
    pub key: u64,
    /// Where its value is found again.
    pub place: Place,
}

/// Where a value is found again.
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
    /// From the top down.
    pub rows: Vec<Row>,
    /// How reading ended.
    pub ending: Ending,
    /// Which file it was.
    pub stamp: Stamp,
}

impl Row {
    /// "(0010,0010)".
    pub fn number(&self) -> String {
        format!("({:04X},{:04X})", self.tag.0, self.tag.1)
    }

    /// The value representation: two letters, as in the file or by the dictionary. Empty for an item.
    pub fn vr(&self) -> &str {
        match self.kind {
            Kind::Item(_) => "",
            _ => std::str::from_utf8(&self.vr).unwrap_or("??"),
        }
    }

    /// The keyword, where the standard has one.
    pub fn keyword(&self) -> Option<&'static str> {
        dictionary::keyword(Tag(self.tag.0, self.tag.1))
    }

    /// Whether it is private.
    pub fn is_private(&self) -> bool {
        self.tag.0 % 2 == 1
    }

    /// "Patient's Name", "Item 2", "Private attribute".
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

/// Reads a file as far as it can be read, [`MOST_ROWS`] rows at most; gives up soon after `stopped` is set.
///
/// # Errors
/// Why nothing of it can be shown.
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
    /// The rows of what is open.
    open: Vec<usize>,
    /// For the top and each that is open: the tag of the last row in it, and how often it came one after the other.
    last: Vec<(Tag, u32)>,
    /// Bytes of text in all rows.
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

/// A value in one line of at most so many characters.
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

/// Without line breaks and other control characters; whether it is all there.
fn one_line(text: &str, most: usize) -> (String, bool) {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut rest = text.chars();
    let line: String = rest.by_ref().take(most).map(plain).collect();
    let has_breaks = text.contains(['\n', '\r']);
    (line, rest.next().is_none() && !has_breaks)
}
