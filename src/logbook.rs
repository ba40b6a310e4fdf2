//! What the program notes about what it did: the entries, the file that they are kept in, the table for others.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::text::csv_cells::guarded;

/// What a message or an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// A fact.
    Plain,
    /// It went well.
    Good,
    /// Look at this.
    Warning,
    /// It failed.
    Bad,
}

/// What an entry is about, by references that name no patient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The orders' GUIDs in the account; of a change to many, the first [`MOST_ORDERS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Uuid>,
    /// The Study Instance UID, as the file on this computer has it. What leaves the computer has its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study: Option<String>,
    /// The folder's GUID in the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<Uuid>,
}

/// How many orders one entry names at most.
pub const MOST_ORDERS: usize = 20;

impl Subject {
    /// Orders of the account.
    pub fn of_orders(orders: impl IntoIterator<Item = Uuid>) -> Subject {
        Subject {
            orders: orders.into_iter().take(MOST_ORDERS).collect(),
            ..Subject::default()
        }
    }

    /// A folder of the account.
    pub fn of_folder(folder: Uuid) -> Subject {
        Subject {
            folder: Some(folder),
            ..Subject::default()
        }
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.study.is_none() && self.folder.is_none()
    }

    /// The Study Instance UID as it leaves the computer: the first 16 hexadecimal digits of its SHA-256. The same study
    /// has the same digits in every export.
    pub fn study_digest(&self) -> String {
        let Some(study) = &self.study else {
            return String::new();
        };
        let digest = Sha256::digest(study.trim().as_bytes());
        digest.iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The orders' GUIDs, parted by blanks.
    fn order_words(&self) -> String {
        let orders: Vec<String> = self.orders.iter().map(Uuid::to_string).collect();
        orders.join(" ")
    }

    /// Whether a text in small letters stands in one of the references.
    pub fn contains(&self, text: &str) -> bool {
        let in_study = self
            .study
            .as_ref()
            .is_some_and(|study| study.contains(text) || self.study_digest().contains(text));
        let in_folder = self
            .folder
            .is_some_and(|folder| folder.to_string().contains(text));
        in_study || in_folder || self.order_words().contains(text)
    }
}

/// One thing that was done. All but `whom` and `names` is kept on disk: names and IDs of patients, names of folders and
/// files, keys, passwords, addresses and the account's own words belong into these two or nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: DateTime,
    /// How it went.
    pub tone: Tone,
    /// What was done.
    pub what: String,
    /// For whom, to whom, to what: shown and exported, and gone when the program is closed.
    #[serde(skip)]
    pub whom: String,
    /// With which result.
    pub detail: String,
    /// To which order, study and folder.
    #[serde(default, skip_serializing_if = "Subject::is_empty")]
    pub about: Subject,
    /// Names and IDs of the patients, by which the entry is found while the program runs. Not shown and not exported.
    #[serde(skip)]
    pub names: String,
}

/// The word for how it went.
pub fn tone_word(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "Note",
        Tone::Good => "Done",
        Tone::Warning => "Warning",
        Tone::Bad => "Failed",
    }
}

/// As RFC 4180 has it, with the mark by which Excel knows UTF-8.
pub fn csv<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = "\u{FEFF}Time,Result,What,Whom,Detail,Orders,Study,Folder\r\n".to_owned();
    for entry in entries {
        let at = format!("{} {}", entry.at.date(), entry.at.time());
        let cells = [
            at.as_str(),
            tone_word(entry.tone),
            &entry.what,
            &entry.whom,
            &entry.detail,
            &entry.about.order_words(),
            &entry.about.study_digest(),
            &entry
                .about
                .folder
                .map(|folder| folder.to_string())
                .unwrap_or_default(),
        ];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// One cell. Some countries' spreadsheets part columns by semicolons or tabs: nothing behind one is a cell of its own.
fn cell(text: &str) -> String {
    let text = guarded(text);
    if text.contains([',', ';', '\t', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

/// The file in the data folder: one entry a line, as JSON.
const FILE: &str = "log.jsonl";
/// So many entries are kept over a restart.
const KEPT: usize = 5_000;
/// So much is read of the file's end, in bytes. More is no file of ours.
const MOST_READ: u64 = 8 * 1024 * 1024;

/// Reads what was kept, oldest first, and writes the file anew where it holds more than is kept or a damaged line.
///
/// # Errors
/// A file that cannot be read or written.
pub fn load(data: &Path) -> io::Result<Vec<Entry>> {
    let path = data.join(FILE);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let from = file.metadata()?.len().saturating_sub(MOST_READ);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(MOST_READ).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().count();
    let mut entries: Vec<Entry> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let whole = from == 0 && entries.len() == lines && (text.is_empty() || text.ends_with('\n'));
    let over = entries.len().saturating_sub(KEPT);
    entries.drain(..over);
    if over > 0 || !whole {
        rewrite(data, &entries)?;
    }
    Ok(entries)
}

fn rewrite(data: &Path, entries: &[Entry]) -> io::Result<()> {
    // Such a file is made readable by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    file.write_all(lines(entries)?.as_bytes())?;
    file.persist(data.join(FILE)).map_err(|error| error.error)?;
    Ok(())
}

/// Writes entries behind those that are there.
///
/// # Errors
/// A file that cannot be written.
pub fn append(data: &Path, entries: &[Entry]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(data.join(FILE))?;
    file.write_all(lines(entries)?.as_bytes())
}

fn lines(entries: &[Entry]) -> io::Result<String> {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&serde_json::to_string(entry)?);
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(what: &str, whom: &str) -> Entry {
        Entry {
            at: jiff::civil::date(2026, 11, 24).at(9, 5, 0, 0),
            tone: Tone::Good,
            what: what.to_owned(),
            whom: whom.to_owned(),
            detail: String::new(),
            about: Subject::default(),
            names: whom.to_owned(),
        }
    }

    #[test]
    fn references_are_kept_and_the_studys_leaves_as_a_digest() {
        let uid = "1.2.826.0.1.3680043.8.498.1";
        let (order, folder) = (Uuid::from_u128(7), Uuid::from_u128(9));
        let about = Subject {
            orders: vec![order],
            study: Some(uid.to_owned()),
            folder: Some(folder),
        };
        let verified = Entry {
            about: about.clone(),
            ..entry("Verified", "Öberg, Märta")
        };
        let place = tempfile::tempdir().unwrap();
        append(place.path(), std::slice::from_ref(&verified)).unwrap();
        let kept = load(place.path()).unwrap();
        assert_eq!(kept.first().unwrap().about, about);
        assert_eq!(kept.first().unwrap().names, "");
        let text = csv([verified].iter());
        assert!(!text.contains(uid), "{text}");
        for reference in [
            &order.to_string(),
            &folder.to_string(),
            &about.study_digest(),
        ] {
            assert!(text.contains(reference), "{text}");
            assert!(about.contains(reference));
        }
        assert_eq!(about.study_digest().len(), 16);
        assert!(!Subject::default().contains("1"));
        // What an earlier version kept has no references.
        let old = r#"{"at":"2026-11-24T09:05:00","tone":"good","what":"Sent","detail":""}"#;
        let old: Entry = serde_json::from_str(old).unwrap();
        assert!(old.about.is_empty());
    }

    #[test]
    fn a_table_can_be_read_by_a_spreadsheet_and_does_not_calculate() {
        let entries = [
            entry("Sent, twice", "=HYPERLINK(\"http://x\")"),
            entry("-1", "a\r\nb"),
        ];
        let text = csv(entries.iter());
        assert_eq!(
            text,
            "\u{FEFF}Time,Result,What,Whom,Detail,Orders,Study,Folder\r\n\
             2026-11-24 09:05:00,Done,\"Sent, twice\",\"'=HYPERLINK(\"\"http://x\"\")\",,,,\r\n\
             2026-11-24 09:05:00,Done,'-1,\"a\r\nb\",,,,\r\n"
        );
        assert_eq!(cell("@x"), "'@x");
        assert_eq!(cell("+1"), "'+1");
        assert_eq!(cell("a;=1"), "\"a;=1\"");
    }

    #[test]
    fn what_is_kept_says_nothing_about_whom() {
        let text = serde_json::to_string(&entry("Verified", "Öberg, Märta")).unwrap();
        assert!(!text.contains("berg"), "{text}");
        let back: Entry = serde_json::from_str(&text).unwrap();
        assert_eq!(back, entry("Verified", ""));
    }

    #[test]
    fn entries_come_back_after_a_restart_and_damaged_lines_do_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap().is_empty());
        append(
            folder.path(),
            &[entry("Sent", "Öberg"), entry("Verified", "")],
        )
        .unwrap();
        let path = folder.path().join(FILE);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        // As after a crash in the middle of a line.
        file.write_all(b"{\"at\":\"2026").unwrap();
        drop(file);
        assert_eq!(
            load(folder.path()).unwrap(),
            [entry("Sent", ""), entry("Verified", "")]
        );
        append(folder.path(), &[entry("Signed out", "")]).unwrap();
        assert_eq!(load(folder.path()).unwrap().len(), 3);
    }

    #[test]
    fn the_file_is_its_owners_alone_and_never_grows_beyond_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let many: Vec<Entry> = (0..KEPT + 7)
            .map(|number| entry(&format!("Entry {number}"), ""))
            .collect();
        append(folder.path(), &many).unwrap();
        assert_eq!(
            load(folder.path()).unwrap().first().unwrap().what,
            "Entry 7"
        );
        let path = folder.path().join(FILE);
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(lines, KEPT);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
