//! The rows of a table of pseudonyms, and how they are written.

use std::collections::HashMap;
use std::io;

use uuid::Uuid;

use super::TableError;
use crate::dicom::deidentify::cleaner::NewIdentity;
use crate::dicom::deidentify::replacement::Replacement;
use crate::text::csv_cells::{guarded, plain};

/// What the columns may be called.
const ORIGINAL: [&str; 6] = [
    "original",
    "original id",
    "patientid",
    "patient id",
    "old id",
    "id",
];
const NEW_ID: [&str; 4] = ["new id", "pseudonym", "new patientid", "new patient id"];
const NEW_NAME: [&str; 4] = ["new name", "new patientname", "new patient name", "name"];
/// How a table begins that is made.
const HEADER: &str = "original ID,new ID,new name\n";

/// A table as it was read last.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// By original ID.
    rows: HashMap<String, NewIdentity>,
    /// New IDs, each for one patient, with the line in which it stands.
    taken: HashMap<String, u64>,
    /// How its lines are written; `None` while there are none.
    shape: Option<Shape>,
    /// What was read.
    text: Vec<u8>,
    /// Line breaks in that.
    breaks: u64,
}

#[derive(Debug, Clone)]
struct Shape {
    delimiter: u8,
    columns: Columns,
    /// Columns in all.
    width: usize,
}

#[derive(Debug, Clone)]
struct Columns {
    original: usize,
    id: usize,
    name: Option<usize>,
}

impl Table {
    /// Reads one from its beginning. One that has nothing but a header has no rows.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub(super) fn parse(text: &[u8]) -> Result<Table, TableError> {
        let own = utf8(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text))?;
        let delimiter = delimiter(own);
        let mut reader = builder(delimiter).from_reader(own.as_bytes());
        let headers = reader.headers().map_err(|error| unreadable(&error))?;
        let shape = Shape {
            delimiter,
            columns: Columns::of(headers)?,
            width: headers.len(),
        };
        let mut table = Table::default();
        table.take(reader, own, &shape)?;
        table.shape = Some(shape);
        table.text = text.to_vec();
        Ok(table)
    }

    /// Takes in what the file says now. Where lines were added, only these are read.
    ///
    /// # Errors
    /// What is wrong with it; patients who are called otherwise than before, or not at all any more.
    pub(super) fn read_again(&mut self, text: &[u8]) -> Result<(), TableError> {
        if text == self.text.as_slice() {
            return Ok(());
        }
        let is_blank = text.iter().all(u8::is_ascii_whitespace);
        if is_blank && self.shape.is_none() {
            return Ok(());
        }
        let added = text.strip_prefix(self.text.as_slice());
        if let (Some(added), Some(shape), true) = (added, self.shape.clone(), self.is_closed()) {
            // Where it cannot be read, nothing more is given out, and the next time begins at the beginning.
            self.shape = None;
            let own = utf8(added)?;
            let mut builder = builder(shape.delimiter);
            let reader = builder.has_headers(false).from_reader(own.as_bytes());
            self.take(reader, own, &shape)?;
            self.text.extend_from_slice(added);
            self.shape = Some(shape);
            return Ok(());
        }
        let new = Table::parse(text)?;
        let stays = |(original, identity)| new.rows.get(original) == Some(identity);
        if !self.rows.iter().all(stays) {
            return Err(TableError::Whole(
                "was changed meanwhile: patients are called otherwise there than in files that are written already",
            ));
        }
        *self = new;
        Ok(())
    }

    /// What a patient is called.
    pub(super) fn get(&self, original: &str) -> Option<&NewIdentity> {
        self.rows.get(original)
    }

    /// Patients.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// An identity that nobody has.
    pub(super) fn new_identity(&self) -> NewIdentity {
        loop {
            let random = Uuid::new_v4().simple().to_string().to_uppercase();
            let id = format!("P{}", random.get(..10).unwrap_or(&random));
            if !self.taken.contains_key(&id) {
                return NewIdentity {
                    name: id.clone(),
                    id,
                };
            }
        }
    }

    /// What has to be written behind what was read, so that this patient is in the table.
    ///
    /// # Errors
    /// A table that ends within quotes: the line would be a part of them.
    pub(super) fn line(&self, original: &str, new: &NewIdentity) -> Result<Vec<u8>, TableError> {
        let standard = || Shape {
            delimiter: b',',
            columns: Columns {
                original: 0,
                id: 1,
                name: Some(2),
            },
            width: 3,
        };
        let shape = self.shape.clone().unwrap_or_else(standard);
        let begin = match (&self.shape, self.text.ends_with(b"\n")) {
            (None, _) => HEADER,
            (Some(_), true) => "",
            (Some(_), false) if !self.has_pairs() => {
                return Err(TableError::Whole("has quotes that are not closed"));
            }
            (Some(_), false) => "\n",
        };
        let mut cells = vec![String::new(); shape.width];
        let columns = &shape.columns;
        let values = [
            (Some(columns.original), original),
            (Some(columns.id), new.id.as_str()),
            (columns.name, new.name.as_str()),
        ];
        for (column, value) in values {
            if let Some(place) = column.and_then(|column| cells.get_mut(column)) {
                *place = guarded(value).into_owned();
            }
        }
        let mut writer = csv::WriterBuilder::new()
            .delimiter(shape.delimiter)
            .from_writer(begin.as_bytes().to_vec());
        writer.write_record(&cells).map_err(io::Error::other)?;
        let written = writer.into_inner();
        Ok(written.map_err(|_| io::Error::other("it could not be written"))?)
    }

    /// Whether a line behind what was read is one of its own.
    fn is_closed(&self) -> bool {
        self.text.ends_with(b"\n") && self.has_pairs()
    }

    fn has_pairs(&self) -> bool {
        let quotes = self.text.iter().filter(|byte| **byte == b'"').count();
        quotes.is_multiple_of(2)
    }

    /// Adds the records of a reader over `text`, which begins where the last line ended.
    fn take(
        &mut self,
        reader: csv::Reader<&[u8]>,
        text: &str,
        shape: &Shape,
    ) -> Result<(), TableError> {
        let columns = &shape.columns;
        let mut lines = Lines {
            text: text.as_bytes(),
            at: 0,
            breaks: self.breaks,
        };
        for record in reader.into_records() {
            let record = record.map_err(|error| unreadable(&error))?;
            let at = record.position().map_or(0, csv::Position::byte);
            let line = lines.line(usize::try_from(at).unwrap_or(usize::MAX));
            if record.iter().all(str::is_empty) {
                continue;
            }
            let get = |column: usize| plain(record.get(column).unwrap_or_default());
            let identity = NewIdentity {
                id: get(columns.id).to_owned(),
                name: columns.name.map(get).unwrap_or_default().to_owned(),
            };
            self.add(line, get(columns.original), identity)?;
        }
        self.breaks = lines.into_count();
        Ok(())
    }

    fn add(&mut self, line: u64, original: &str, mut new: NewIdentity) -> Result<(), TableError> {
        let wrong = |what: &str| {
            Err(TableError::Line {
                line,
                what: what.to_owned(),
            })
        };
        if original.is_empty() || new.id.is_empty() {
            return wrong("it needs an original ID and a new one");
        }
        if new.name.is_empty() {
            new.name.clone_from(&new.id);
        }
        for (name, value) in [("PatientID", &new.id), ("PatientName", &new.name)] {
            if let Err(error) = Replacement::new(name, value) {
                return wrong(error.to_string().trim_end_matches('.'));
            }
        }
        match self.rows.get(original) {
            Some(same) if *same == new => {
                return wrong("this patient stands in the table twice: take one line away");
            }
            Some(_) => {
                return wrong(
                    "this patient has another pseudonym in an earlier line: take one of them away",
                );
            }
            None => {}
        }
        if let Some(first) = self.taken.get(&new.id) {
            let what = format!(
                "the new ID is given to another patient in line {first}: give each one of their own"
            );
            return wrong(&what);
        }
        self.taken.insert(new.id.clone(), line);
        self.rows.insert(original.to_owned(), new);
        Ok(())
    }
}

/// Counts lines from where it counted last: records come in their order.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    breaks: u64,
}

impl Lines<'_> {
    /// The line in which a record stands, counted from 1. The reader passes over empty lines before it.
    fn line(&mut self, byte: usize) -> u64 {
        let rest = self.text.get(byte..).unwrap_or_default();
        let is_break = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let empty = rest.iter().take_while(is_break).count();
        self.count_to(byte.saturating_add(empty));
        self.breaks.saturating_add(1)
    }

    fn into_count(mut self) -> u64 {
        self.count_to(self.text.len());
        self.breaks
    }

    fn count_to(&mut self, to: usize) {
        let between = self.text.get(self.at..to).unwrap_or_default();
        let breaks = between.iter().filter(|byte| **byte == b'\n').count();
        self.breaks = self.breaks.saturating_add(breaks as u64);
        self.at = self.at.max(to);
    }
}

impl Columns {
    fn of(headers: &csv::StringRecord) -> Result<Columns, TableError> {
        let place = |names: &[&str]| {
            let called = |header: &str| {
                let header = header.to_lowercase().replace(['_', '-'], " ");
                names.contains(&header.trim())
            };
            headers.iter().position(called)
        };
        match (place(&ORIGINAL), place(&NEW_ID)) {
            (Some(original), Some(id)) => Ok(Columns {
                original,
                id,
                name: place(&NEW_NAME),
            }),
            _ => Err(TableError::Line {
                line: 1,
                what: "it must name the columns: original ID, new ID, new name".to_owned(),
            }),
        }
    }
}

fn utf8(text: &[u8]) -> Result<&str, TableError> {
    std::str::from_utf8(text)
        .map_err(|_| TableError::Whole("is not written in UTF-8: save it as “CSV UTF-8”"))
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All);
    builder
}

/// Spreadsheets part columns by what their country does not use for numbers.
fn delimiter(text: &str) -> u8 {
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |byte: u8| header.bytes().filter(|one| *one == byte).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|byte| (count(*byte), *byte == b','))
        .unwrap_or(b',')
}

fn unreadable(error: &csv::Error) -> TableError {
    TableError::Line {
        line: error.position().map_or(1, csv::Position::line),
        what: "it cannot be read: look for quotes that are not closed".to_owned(),
    }
}
