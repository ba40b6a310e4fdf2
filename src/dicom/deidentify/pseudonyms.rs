//! A table of pseudonyms: which patient is called what. A CSV file with the columns original ID, new ID and new name, kept
//! by whoever may know who the patients are. Several programs may add to one at once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

use super::cleaner::{Identities, NewIdentity};
use super::error::Error as CleaningError;
use crate::dicom::scan::header::plain_words;

mod file;
mod table;

use file::Locked;
use table::Table;

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

impl Pseudonyms {
    /// Reads a table. With `makes_new` patients that are not in it get a new pseudonym, which is added to the file, and
    /// the file becomes readable by its owner alone; one that is not there yet is made then. While a line is added the
    /// file is locked, and what others have added is read first.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn open(path: &Path, makes_new: bool) -> Result<Self, TableError> {
        let text = match file::read(path) {
            Ok(text) => text,
            Err(TableError::Io(error)) if makes_new && error.kind() == io::ErrorKind::NotFound => {
                Vec::new()
            }
            Err(error) => return Err(error),
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
        known.len()
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
        if let Some(identity) = known.get(id) {
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
        match added(&mut known, path, id) {
            Ok(identity) => Ok(Some(identity)),
            // What is not written down is not given out: the patient could never be found again.
            Err(error) => {
                let why = match &error {
                    TableError::Io(error) => plain_words(error),
                    TableError::Line { .. } | TableError::Whole(_) => {
                        error.to_string().trim_end_matches('.').to_owned()
                    }
                };
                let what = format!("its new pseudonym could not be written down ({why})");
                Err(refused(&what))
            }
        }
    }
}

/// What the patient is called, by what another program wrote meanwhile, or by a line that is on the disk when this
/// returns.
fn added(known: &mut Table, path: &Path, id: &str) -> Result<NewIdentity, TableError> {
    let mut file = Locked::open(path)?;
    let mut text = file.text()?;
    known.read_again(&text)?;
    if let Some(identity) = known.get(id) {
        return Ok(identity.clone());
    }
    let identity = known.new_identity();
    let line = known.line(id, &identity)?;
    if (text.len() as u64).saturating_add(line.len() as u64) > LONGEST {
        return Err(TableError::Whole("is full: begin another one"));
    }
    file.append(&line)?;
    text.extend_from_slice(&line);
    known.read_again(&text)?;
    Ok(identity)
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

    #[test]
    fn a_header_alone_is_a_table_of_nobody() {
        for text in [
            "original ID,new ID\n",
            "original ID;new ID;new name",
            "\u{FEFF}id,new id\r\n",
        ] {
            let (folder, table) = opened(text, false);
            let table = table.unwrap();
            assert!(table.is_empty());
            let why = table.identity("P-1", "").unwrap_err().to_string();
            assert!(why.contains("not in the table"), "{why}");
            let path = folder.path().join("table.csv");
            let new = Pseudonyms::open(&path, true).unwrap();
            let identity = new.identity("P-1", "").unwrap().unwrap();
            let again = Pseudonyms::open(&path, false).unwrap();
            assert_eq!(
                again.identity("P-1", "").unwrap().unwrap(),
                identity,
                "{text:?}"
            );
            let now = std::fs::read_to_string(&path).unwrap();
            assert!(now.starts_with(text), "what was there stays: {now}");
        }
    }

    #[test]
    fn what_another_program_added_counts_and_what_it_changed_is_not_passed_over() {
        let (folder, one) = opened("original ID,new ID\nP-1,X1", true);
        let path = folder.path().join("table.csv");
        let other = Pseudonyms::open(&path, true).unwrap();
        let one = one.unwrap();
        for round in 0..5 {
            let id = format!("N-{round}");
            let (first, second) = if round % 2 == 0 {
                (&one, &other)
            } else {
                (&other, &one)
            };
            let given = first.identity(&id, "").unwrap();
            assert_eq!(second.identity(&id, "").unwrap(), given);
        }
        assert_eq!(one.len(), 6);
        let text = std::fs::read_to_string(&path).unwrap();
        // A spreadsheet writes the whole file anew, and into its place.
        let new = folder.path().join("new.csv");
        std::fs::write(&new, format!("{text}P-2,X2\n")).unwrap();
        std::fs::rename(&new, &path).unwrap();
        assert_eq!(one.identity("P-2", "").unwrap().unwrap().id, "X2");
        std::fs::write(&path, text.replace("P-1,X1", "P-1,Y1")).unwrap();
        let why = one.identity("P-3", "").unwrap_err().to_string();
        assert!(
            why.contains("changed meanwhile") && !why.contains("P-3"),
            "{why}"
        );
        std::fs::write(&path, format!("{text}P-4\n")).unwrap();
        let why = other.identity("P-5", "").unwrap_err().to_string();
        assert!(why.contains("line 8: it needs"), "{why}");
    }

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_text_and_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        let table = Pseudonyms::open(&path, true).unwrap();
        let ids = [
            "=HYPERLINK(\"http://x\",\"y\")",
            "+41",
            "-1",
            "@SUM(A1)",
            "'=1",
            "a\r\nb",
            "a\"b",
        ];
        let given = ids.map(|id| table.identity(id, "").unwrap().unwrap());
        let again = Pseudonyms::open(&path, false).unwrap();
        assert_eq!(
            ids.map(|id| again.identity(id, "").unwrap().unwrap()),
            given
        );
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            assert!(
                !line
                    .trim_start_matches('"')
                    .starts_with(['=', '+', '-', '@', '\t']),
                "{line}"
            );
        }
    }

    #[test]
    fn a_large_table_is_read_in_one_go_and_more_is_refused() {
        use std::fmt::Write;
        let mut text = "original ID,new ID,new name\n\n".to_owned();
        for number in 0..100_000 {
            writeln!(text, "P-{number},X{number},Name^{number}").unwrap();
        }
        let begun = std::time::Instant::now();
        let (folder, table) = opened(&text, true);
        let table = table.unwrap();
        assert_eq!(table.len(), 100_000);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        drop(table.identity("new", "").unwrap());
        text.push_str("P-7,Y\n");
        let (_folder, table) = opened(&text, false);
        let error = table.unwrap_err().to_string();
        assert!(
            error.contains("line 100003: this patient has another"),
            "{error}"
        );
        let path = folder.path().join("large.csv");
        std::fs::File::create(&path)
            .unwrap()
            .set_len(LONGEST + 1)
            .unwrap();
        let error = Pseudonyms::open(&path, true).unwrap_err().to_string();
        assert!(error.contains("larger than 64 MiB"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_or_a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            for makes_new in [false, true] {
                let error = Pseudonyms::open(path, makes_new).unwrap_err().to_string();
                assert!(error.contains("no ordinary file"), "{error}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_table_that_is_there_becomes_its_owners_alone_when_it_grows() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, table) = opened("original ID,new ID\nP-1,X1\n", true);
        let path = folder.path().join("table.csv");
        drop(table.unwrap().identity("P-2", "").unwrap());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
