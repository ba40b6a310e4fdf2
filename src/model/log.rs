//! What this program did, in words: the Log page.

use std::path::PathBuf;

use super::{Model, Tone};
use crate::logbook::{self, Entry};
use crate::message::{Command, Failure};
use crate::words;

/// So many entries are shown; the oldest go first.
const MOST: usize = 10_000;

/// The page.
#[derive(Debug, Default)]
pub struct LogPage {
    /// What is looked for.
    pub search: String,
    /// How it went; all where there is none.
    pub tone: Option<Tone>,
    /// Where to export to, as typed.
    pub path: String,
    /// Whether the field for the path is shown: no dialog came.
    pub asks_path: bool,
    /// What is the matter with the path, or what came of the export.
    pub hint: Option<String>,
    unsaved: Vec<Entry>,
    /// Goes up whenever an entry comes or goes.
    changed: u64,
    found: Option<Found>,
}

/// The entries that fit, so that they are not looked for in every frame.
#[derive(Debug)]
struct Found {
    search: String,
    tone: Option<Tone>,
    changed: u64,
    rows: Vec<usize>,
}

/// What a person did on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogAct {
    /// Shows entries of this kind alone; all without one.
    Show(Option<Tone>),
    /// *Export as CSV…*: the system's dialog asks where to.
    Export,
    /// Exports to the path that was typed.
    ExportToPath,
    /// Closes the field for the path.
    ClosePath,
}

impl Model {
    /// Notes what may be kept: nothing about a patient, no name of a folder or a file, nothing secret.
    pub(super) fn note(&mut self, tone: Tone, what: impl Into<String>, detail: impl Into<String>) {
        self.note_about(tone, what, "", detail);
    }

    /// The same with what is for this session alone.
    pub(super) fn note_about(
        &mut self,
        tone: Tone,
        what: impl Into<String>,
        whom: impl Into<String>,
        detail: impl Into<String>,
    ) {
        let entry = Entry {
            at: self.now.clock,
            tone,
            what: what.into(),
            whom: whom.into(),
            detail: detail.into(),
        };
        self.log_page.unsaved.push(entry.clone());
        self.log.push(entry);
        self.log_changed();
    }

    fn log_changed(&mut self) {
        let over = self.log.len().saturating_sub(MOST);
        self.log.drain(..over);
        self.log_page.changed += 1;
    }

    /// What was noted since the last time, for the worker to keep.
    #[must_use]
    pub fn keep_log(&mut self) -> Vec<Command> {
        if self.log_page.unsaved.is_empty() {
            return Vec::new();
        }
        let entries = std::mem::take(&mut self.log_page.unsaved);
        vec![Command::AppendLog(entries)]
    }

    /// What was kept, from earlier sessions: it stands before what this one has noted.
    pub(super) fn log_loaded(&mut self, mut kept: Vec<Entry>) {
        kept.append(&mut self.log);
        self.log = kept;
        self.log_changed();
    }

    /// The entries that fit the page's search, newest first: indices into [`Model::log`].
    pub fn log_rows(&mut self) -> &[usize] {
        let page = &mut self.log_page;
        let fresh = page.found.as_ref().is_some_and(|found| {
            found.changed == page.changed && found.tone == page.tone && found.search == page.search
        });
        if !fresh {
            page.found = Some(Found {
                search: page.search.clone(),
                tone: page.tone,
                changed: page.changed,
                rows: fitting(&self.log, &page.search, page.tone),
            });
        }
        self.log_page
            .found
            .as_ref()
            .map_or(&[], |found| &found.rows)
    }

    pub(super) fn act_log(&mut self, act: LogAct) -> Vec<Command> {
        let page = &mut self.log_page;
        match act {
            LogAct::Show(tone) => page.tone = tone,
            LogAct::ClosePath => (page.asks_path, page.hint) = (false, None),
            LogAct::Export => {
                page.hint = None;
                return vec![self.export(None)];
            }
            LogAct::ExportToPath => {
                let typed = page.path.trim().trim_matches('"');
                let typed = typed.strip_prefix("file://").unwrap_or(typed);
                let path = PathBuf::from(typed);
                if path.is_relative() {
                    let hint = "Type the whole path, from the root or the drive letter on.";
                    page.hint = Some(hint.to_owned());
                    return Vec::new();
                }
                return vec![self.export(Some(path))];
            }
        }
        Vec::new()
    }

    fn export(&mut self, to: Option<PathBuf>) -> Command {
        self.log_rows();
        let rows = self
            .log_page
            .found
            .as_ref()
            .map_or(&[][..], |found| &found.rows);
        let entries = rows.iter().filter_map(|row| self.log.get(*row));
        Command::SaveLog {
            to,
            name: format!("studydrop-log-{}.csv", self.now.clock.date()),
            csv: logbook::csv(entries),
        }
    }

    /// What came of the export; `None`: nothing was chosen, or there is no dialog here.
    pub(super) fn log_saved(&mut self, result: Result<Option<PathBuf>, Failure>) {
        let page = &mut self.log_page;
        match result {
            Ok(Some(path)) => {
                (page.asks_path, page.hint) = (false, None);
                page.path.clear();
                let name = words::file_name(&path);
                self.toast(Tone::Good, "The log was exported.", name);
                self.note(Tone::Plain, "Log exported", "");
            }
            Ok(None) => {
                page.asks_path = true;
                let hint = "Nothing was chosen. If no dialog opened, type the file's path.";
                page.hint = Some(hint.to_owned());
            }
            Err(failure) => {
                page.hint = Some(format!("{} {}", failure.what, failure.remedy));
                page.asks_path = true;
            }
        }
    }
}

fn fitting(log: &[Entry], search: &str, tone: Option<Tone>) -> Vec<usize> {
    let wanted: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &Entry| {
        if tone.is_some_and(|tone| entry.tone != tone) {
            return false;
        }
        if wanted.is_empty() {
            return true;
        }
        let texts = [&entry.what, &entry.whom, &entry.detail];
        let texts = texts.map(|text| text.to_lowercase());
        wanted
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    };
    let rows = log.iter().enumerate().rev();
    rows.filter(|(_, entry)| fits(entry))
        .map(|(row, _)| row)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(whom: &str) -> Entry {
        Entry {
            at: jiff::civil::date(2026, 11, 24).at(9, 5, 0, 0),
            tone: Tone::Good,
            what: "Shared".to_owned(),
            whom: whom.to_owned(),
            detail: String::new(),
        }
    }

    #[test]
    fn every_word_of_a_search_is_somewhere_in_an_entry() {
        let log = [entry("Öberg, Märta"), entry("Lund, Eva")];
        assert_eq!(fitting(&log, "shared ÖBERG", None), [0]);
        assert_eq!(fitting(&log, "", None), [1, 0]);
        assert!(fitting(&log, "", Some(Tone::Bad)).is_empty());
    }
}
