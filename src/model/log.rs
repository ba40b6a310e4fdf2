//! Model of the Log page: what this program did.

use std::path::PathBuf;

use uuid::Uuid;

use super::{DateChoice, Form, Model, Page, Tone};
use crate::logbook::{self, Entry, Subject};
use crate::message::{Command, Failure, JobId, LogCommand, LogEvent};
use crate::words;

/// Maximum number of entries; older ones are dropped.
const MOST: usize = 10_000;

/// State of the Log page.
#[derive(Debug, Default)]
pub struct LogPage {
    /// Search text.
    pub search: String,
    /// Kind of entries to show; `None` for all.
    pub tone: Option<Tone>,
    /// Typed path for the export.
    pub path: String,
    /// Whether the path field is shown, because there was no file dialog.
    pub asks_path: bool,
    /// Error in the path, or the result of the last export.
    pub hint: Option<String>,
    unsaved: Vec<Entry>,
    /// Incremented whenever an entry is added or removed.
    changed: u64,
    found: Option<Found>,
}

/// Cached search result, with what it depends on.
#[derive(Debug)]
struct Found {
    search: String,
    tone: Option<Tone>,
    changed: u64,
    rows: Vec<usize>,
}

/// User actions on the Log page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogAction {
    /// Shows only entries of this kind, or all.
    Show(Option<Tone>),
    /// *Export as CSV…*: opens a file dialog.
    Export,
    /// Exports to the typed path.
    ExportToPath,
    /// Hides the path field.
    ClosePath,
    /// Goes where an entry's link leads.
    Follow(LogLink),
}

/// Where an entry's link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLink {
    /// To the study's row among the transfers.
    Transfer(JobId),
    /// To an order of the account.
    Order(Uuid),
}

impl Model {
    /// Adds an entry that is kept on disk. It must not contain patient data, names of files or folders, or secrets.
    pub(super) fn note(&mut self, tone: Tone, what: impl Into<String>, detail: impl Into<String>) {
        self.note_about(tone, what, "", detail);
    }

    /// Like [`note`](Self::note); `whom` is kept for this session only.
    pub(super) fn note_about(
        &mut self,
        tone: Tone,
        what: impl Into<String>,
        whom: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.note_of(Subject::default(), tone, what, whom, detail);
    }

    /// The same with what it is about: the entry can be looked for by it, and leads to it.
    pub(super) fn note_of(
        &mut self,
        about: Subject,
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
            names: self.names_of(&about),
            about,
        };
        self.log_page.unsaved.push(entry.clone());
        self.log.push(entry);
        self.log_changed();
    }

    /// Names and IDs of the patients of what an entry is about, as far as this session knows them.
    fn names_of(&self, about: &Subject) -> String {
        let known = about.orders.iter();
        let orders = known.filter_map(|order| self.known_order(*order));
        let mut names: Vec<String> = orders
            .flat_map(|order| {
                [
                    words::person_name(&order.patient_name),
                    order.patient_id.clone(),
                ]
            })
            .collect();
        if let Some(row) = about
            .study
            .as_deref()
            .and_then(|study| self.transfers.of_study(study))
        {
            names.push(row.patient());
            names.push(row.upload.sent_patient_id().to_owned());
        }
        names.dedup();
        names.join(" ")
    }

    /// Where an entry leads: to the transfer while it is on the list, to the order otherwise. `None` where it names
    /// neither, and for an order while nobody is signed in.
    pub fn log_link(&self, entry: &Entry) -> Option<LogLink> {
        let study = entry.about.study.as_deref();
        let row = study.and_then(|study| self.transfers.of_study(study));
        if let Some(row) = row {
            return Some(LogLink::Transfer(row.job()));
        }
        let order = entry
            .about
            .orders
            .first()
            .filter(|_| self.session.is_some());
        order.map(|order| LogLink::Order(*order))
    }

    fn follow(&mut self, link: LogLink) -> Vec<Command> {
        match link {
            LogLink::Transfer(job) => {
                if self.transfers.get(job).is_some() {
                    self.page = Page::Transfers;
                }
                Vec::new()
            }
            LogLink::Order(order) => {
                self.page = Page::Orders;
                self.orders.selection.pick(order);
                if self.known_order(order).is_some() {
                    return Vec::new();
                }
                // The account finds no order by its GUID: all are asked for, and this one stays picked.
                self.orders.form = Form {
                    dates: DateChoice::Any,
                    ..Form::default()
                };
                self.search()
            }
        }
    }

    fn log_changed(&mut self) {
        let over = self.log.len().saturating_sub(MOST);
        self.log.drain(..over);
        self.log_page.changed += 1;
    }

    /// The command that saves all entries added since the last call.
    #[must_use]
    pub fn keep_log(&mut self) -> Vec<Command> {
        if self.log_page.unsaved.is_empty() {
            return Vec::new();
        }
        let entries = std::mem::take(&mut self.log_page.unsaved);
        vec![Command::Log(LogCommand::Append(entries))]
    }

    /// Inserts the entries saved by earlier sessions before those of this one.
    pub(super) fn log_loaded(&mut self, mut kept: Vec<Entry>) {
        kept.append(&mut self.log);
        self.log = kept;
        self.log_changed();
    }

    /// Entries that match the search, newest first, as indices into [`Model::log`].
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

    pub(super) fn apply_log(&mut self, event: LogEvent) -> Vec<Command> {
        match event {
            LogEvent::Loaded(kept) => self.log_loaded(kept),
            LogEvent::NotKept(failure) => self.toast(Tone::Bad, failure.what, failure.remedy),
            LogEvent::Saved(result) => self.log_saved(result),
        }
        Vec::new()
    }

    pub(super) fn act_log(&mut self, act: LogAction) -> Vec<Command> {
        let page = &mut self.log_page;
        match act {
            LogAction::Show(tone) => page.tone = tone,
            LogAction::ClosePath => (page.asks_path, page.hint) = (false, None),
            LogAction::Follow(link) => return self.follow(link),
            LogAction::Export => {
                page.hint = None;
                return vec![self.export(None)];
            }
            LogAction::ExportToPath => {
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
        Command::Log(LogCommand::Save {
            to,
            name: format!("studydrop-log-{}.csv", self.now.clock.date()),
            csv: logbook::csv(entries),
        })
    }

    /// Result of the export. `None`: the file dialog was cancelled, or there is none.
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
        let texts = [&entry.what, &entry.whom, &entry.detail, &entry.names];
        let texts = texts.map(|text| text.to_lowercase());
        let fits = |word: &String| {
            texts.iter().any(|text| text.contains(word)) || entry.about.contains(word)
        };
        wanted.iter().all(fits)
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
            about: Subject::of_orders([Uuid::from_u128(0xabc)]),
            names: format!("{whom} PAT-7"),
        }
    }

    #[test]
    fn every_word_of_a_search_is_somewhere_in_an_entry() {
        let log = [entry("Öberg, Märta"), entry("Lund, Eva")];
        assert_eq!(fitting(&log, "shared ÖBERG", None), [0]);
        assert_eq!(fitting(&log, "", None), [1, 0]);
        assert_eq!(
            fitting(&log, "pat-7 öberg", None),
            [0],
            "by what is not shown"
        );
        assert_eq!(fitting(&log, "000000000abc", None), [1, 0], "by the order");
        assert!(fitting(&log, "", Some(Tone::Bad)).is_empty());
    }
}
