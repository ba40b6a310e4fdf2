//! A table of pseudonyms: which patient is called what. A CSV file with the columns original ID, new ID and new name, kept
//! by whoever may know who the patients are.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;
use uuid::Uuid;

use super::cleaner::{Identities, NewIdentity};
use super::error::Error as CleaningError;
use super::replacement::Replacement;
use crate::dicom::scan::header::plain_words;

/// The longest table that is read, in bytes: 64 MiB.
pub const LONGEST: u64 = 64 * 1024 * 1024;

/// Why a table cannot be used. Says lines and columns, and never what is in them.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file system.
    #[error("The table of pseudonyms could not be used ({}).", plain_words(.0))]
    Io(#[from] io::Error),
    /// A line.
    #[error("The table of pseudonyms, line {line}: {what}.")]
    Line {
        /// Counted from 1, the header being one.
        line: u64,
        /// What is wrong, and what to do.
        what: String,
    },
    /// All of it.
    #[error("The table of pseudonyms {0}.")]
    Whole(&'static str),
}

/// Patients and what they are called from now on.
#[derive(Debug)]
pub struct Pseudonyms {
    known: Mutex<Table>,
    /// Whether patients that are not known get a new pseudonym, which is written to this file.
    makes_new: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Table {
    /// By original ID.
    rows: HashMap<String, NewIdentity>,
    /// New IDs, each for one patient.
    taken: HashMap<String, u64>,
}

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

impl Pseudonyms {
    /// Reads a table. With `makes_new` patients that are not in it get a new pseudonym, and the file is written anew with
    /// it, readable by its owner alone; a file that is not there yet is made then.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn open(path: &Path, makes_new: bool) -> Result<Self, TableError> {
        let text = match std::fs::metadata(path) {
            Ok(metadata) if metadata.len() > LONGEST => {
                return Err(TableError::Whole(
                    "is larger than 64 MiB: this is another kind of file",
                ));
            }
            Ok(_) => std::fs::read(path)?,
            Err(error) if makes_new && error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let table = match text.iter().all(u8::is_ascii_whitespace) && makes_new {
            true => Table::default(),
            false => Table::parse(&text)?,
        };
        Ok(Pseudonyms {
            known: Mutex::new(table),
            makes_new: makes_new.then(|| path.to_owned()),
        })
    }

    /// How many patients are known.
    pub fn len(&self) -> usize {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.rows.len()
    }

    /// Whether no patient is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Identities for Pseudonyms {
    fn identity(&self, patient_id: &str, _: &str) -> Result<Option<NewIdentity>, CleaningError> {
        let id = patient_id.trim();
        let refused = |what: &str| CleaningError::Identity(what.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = known.rows.get(id) {
            return Ok(Some(identity.clone()));
        }
        if id.is_empty() {
            return Err(refused(
                "it has no patient ID, by which its pseudonym would be found",
            ));
        }
        let Some(path) = &self.makes_new else {
            return Err(refused("its patient is not in the table of pseudonyms"));
        };
        let identity = known.new_identity();
        let line = u64::try_from(known.rows.len())
            .unwrap_or(u64::MAX)
            .saturating_add(2);
        known.taken.insert(identity.id.clone(), line);
        known.rows.insert(id.to_owned(), identity.clone());
        if let Err(error) = append(path, id, &identity) {
            // What is not written down is not given out: the patient could never be found again.
            known.rows.remove(id);
            known.taken.remove(&identity.id);
            let what = plain_words(&error);
            return Err(refused(&format!(
                "its new pseudonym could not be written down ({what})"
            )));
        }
        Ok(Some(identity))
    }
}

impl Table {
    fn parse(text: &[u8]) -> Result<Table, TableError> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let text = std::str::from_utf8(text)
            .map_err(|_| TableError::Whole("is not written in UTF-8: save it as “CSV UTF-8”"))?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let columns = Columns::of(reader.headers().map_err(|error| unreadable(&error))?)?;
        let mut table = Table::default();
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(&error))?;
            let line = record.position().map_or(0, |at| line_of(text, at.byte()));
            if record.iter().all(str::is_empty) {
                continue;
            }
            let get = |column: usize| record.get(column).unwrap_or_default();
            let identity = NewIdentity {
                id: get(columns.id).to_owned(),
                name: columns.name.map(get).unwrap_or_default().to_owned(),
            };
            table.add(line, get(columns.original), identity)?;
        }
        match table.rows.is_empty() {
            true => Err(TableError::Whole(
                "has no patients: it needs a line for each",
            )),
            false => Ok(table),
        }
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

    fn new_identity(&self) -> NewIdentity {
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
}

/// The line in which a record stands, counted from 1: the reader passes over empty ones, and does not count them.
fn line_of(text: &str, byte: u64) -> u64 {
    let at = usize::try_from(byte).unwrap_or(0);
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    let empty = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let passed = rest.get(..empty).unwrap_or_default();
    let lines = before.matches('\n').count() + passed.matches('\n').count() + 1;
    u64::try_from(lines).unwrap_or(u64::MAX)
}

struct Columns {
    original: usize,
    id: usize,
    name: Option<usize>,
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

/// The table with one more line, whole or not at all, readable by its owner alone.
fn append(path: &Path, original: &str, new: &NewIdentity) -> io::Result<()> {
    let mut text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if text.iter().all(u8::is_ascii_whitespace) {
        text = b"original ID,new ID,new name\n".to_vec();
    }
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    let own = std::str::from_utf8(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text));
    let own = own.map_err(io::Error::other)?;
    let delimiter = delimiter(own);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(own.as_bytes());
    let headers = reader.headers().map_err(io::Error::other)?;
    let columns = Columns::of(headers).map_err(io::Error::other)?;
    let mut line = vec![""; headers.len()];
    let values = [
        (Some(columns.original), original),
        (Some(columns.id), &new.id),
        (columns.name, &new.name),
    ];
    for (column, value) in values {
        if let Some(place) = column.and_then(|column| line.get_mut(column)) {
            *place = value;
        }
    }
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(text.clone());
    writer.write_record(&line).map_err(io::Error::other)?;
    let text = writer
        .into_inner()
        .map_err(|_| io::Error::other("it could not be written"))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Made readable by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str, makes_new: bool) -> (tempfile::TempDir, Result<Pseudonyms, TableError>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).unwrap();
        let table = Pseudonyms::open(&path, makes_new);
        (folder, table)
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        for text in [
            "original ID,new ID,new name\nP-1,X1,Case^One\nP-2,X2,\n",
            "\u{FEFF}Original;New ID;New name\r\n\"P-1\";\"X1\";\"Case^One\"\r\nP-2;X2;\r\n\r\n",
            "new_id\tpatientid\tnew_name\nX1\tP-1\tCase^One\nX2\tP-2\n",
        ] {
            let (_folder, table) = opened(text, false);
            let table = table.unwrap();
            let identity = |id| table.identity(id, "").unwrap().unwrap();
            assert_eq!(
                (identity("P-1").id.as_str(), identity("P-1").name.as_str()),
                ("X1", "Case^One")
            );
            assert_eq!(identity(" P-2 ").name, "X2", "without a name the ID is one");
            let error = table.identity("P-3", "").unwrap_err().to_string();
            assert!(
                error.contains("not in the table") && !error.contains("P-3"),
                "{error}"
            );
        }
    }

    #[test]
    fn duplicates_and_contradictions_are_refused_with_their_line() {
        for (text, words) in [
            (
                "original ID,new ID\nP-1,X1\nP-1,X1\n",
                "line 3: this patient stands",
            ),
            (
                "original ID,new ID\nP-1,X1\n\nP-1,X2\n",
                "line 4: this patient has another",
            ),
            (
                "original ID,new ID\nP-1,X1\nP-2,X1\n",
                "line 3: the new ID is given to another patient in line 2",
            ),
            ("original ID,new ID\nP-1,\n", "line 2: it needs"),
            ("P-1,X1\nP-2,X2\n", "line 1: it must name the columns"),
            (
                "original ID,new ID,new name\nP-1,X1,a=b=c=d\n",
                "line 2: PatientName",
            ),
            ("original ID,new ID\n", "no patients"),
        ] {
            let (_folder, table) = opened(text, false);
            let error = table.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_patient_that_is_new_is_written_down_before_the_pseudonym_is_given_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        let table = Pseudonyms::open(&path, true).unwrap();
        let one = table.identity("P,1", "").unwrap().unwrap();
        assert_eq!(table.identity("P,1", "").unwrap().unwrap(), one);
        assert_ne!(table.identity("P-2", "").unwrap().unwrap(), one);
        assert!(table.identity("", "").is_err());
        let again = Pseudonyms::open(&path, false).unwrap();
        assert_eq!(again.identity("P,1", "").unwrap().unwrap(), one);
        assert_eq!(again.len(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        std::fs::remove_dir_all(folder.path()).unwrap();
        let error = table.identity("P-3", "").unwrap_err().to_string();
        assert!(error.contains("could not be written down"), "{error}");
    }
}
