//! Worker events about de-identification.

use super::{PathFor, PathForm};
use crate::message::{CleaningNews, Command, Failure, Kept, TableAnswer};
use crate::model::{DeidentifyAction, Model, Pseudonyms as Table, Tone};

impl Model {
    pub(in crate::model) fn cleaning_news(&mut self, news: CleaningNews) -> Vec<Command> {
        match news {
            CleaningNews::Profiles(Ok(own)) => {
                self.deidentify.listed(own);
            }
            CleaningNews::Profiles(Err(failure)) => self.failed(failure),
            CleaningNews::Kept(what, result) => return self.kept_news(what, result),
            CleaningNews::Table(result) => self.table_news(result),
            CleaningNews::Pseudonyms(Ok(named)) => {
                let page = &mut self.deidentify;
                for (whose, identity) in named {
                    // A pseudonym typed meanwhile is kept.
                    if page.asked.contains(&whose) {
                        page.identities.entry(whose).or_insert(identity);
                    }
                }
            }
            CleaningNews::Pseudonyms(Err(failure)) => self.key_failed(&failure),
            CleaningNews::Preview { ask, result } => {
                let shown = &mut self.deidentify.shown;
                if shown.asked.as_ref().is_some_and(|asked| asked.ask == ask) {
                    shown.waiting = false;
                    shown.last = Some(result);
                }
            }
            CleaningNews::Looked { series, images } => self.deidentify.looks.add(series, images),
        }
        Vec::new()
    }

    fn table_news(&mut self, result: Result<Option<TableAnswer>, Failure>) {
        let page = &mut self.deidentify;
        match result {
            Ok(Some(answer)) => {
                page.path = None;
                let same = |table: &Table| {
                    table.path == answer.path && table.makes_new == answer.makes_new
                };
                let mut table = page.table.take().filter(same).unwrap_or_default();
                let whom = answer.patients.iter().map(|(whose, _)| whose.clone());
                table.asked.extend(whom);
                table.answers.extend(answer.patients);
                page.table = Some(Table {
                    path: answer.path,
                    makes_new: answer.makes_new,
                    known: answer.known,
                    failed: None,
                    ..table
                });
            }
            Ok(None) => self.ask_path(PathFor::Table),
            Err(failure) => {
                let words = format!("{} {}", failure.what, failure.remedy);
                match (&mut page.path, &mut page.table) {
                    (Some(form), _) if form.what == PathFor::Table => form.wrong = Some(words),
                    (_, Some(table)) => {
                        table.failed = Some(failure.what.trim_end_matches('.').to_owned());
                    }
                    _ => self.toast(Tone::Bad, failure.what, failure.remedy),
                }
            }
        }
    }

    fn ask_path(&mut self, what: PathFor) {
        let is_open = self
            .deidentify
            .path
            .as_ref()
            .is_some_and(|form| form.what == what);
        if !is_open {
            self.deidentify.path = Some(PathForm {
                what,
                path: String::new(),
                wrong: None,
            });
        }
    }

    fn kept_news(&mut self, what: Kept, result: Result<Option<String>, Failure>) -> Vec<Command> {
        let place = match what {
            Kept::Imported => Some(PathFor::Import),
            Kept::Exported => Some(PathFor::Export),
            Kept::Saved | Kept::Removed => None,
        };
        let name = match (result, place) {
            (Ok(Some(name)), _) => name,
            (Ok(None), Some(place)) => {
                self.ask_path(place);
                return Vec::new();
            }
            (Ok(None), None) => return Vec::new(),
            (Err(failure), place) => {
                let words = format!("{} {}", failure.what, failure.remedy);
                match &mut self.deidentify.path {
                    Some(form) if Some(form.what) == place => form.wrong = Some(words),
                    _ => self.toast(Tone::Bad, failure.what, failure.remedy),
                }
                return Vec::new();
            }
        };
        self.deidentify.path = None;
        let title = match what {
            Kept::Saved => "The profile is saved",
            Kept::Removed => "The profile is deleted",
            Kept::Imported => "The profile is there now",
            Kept::Exported => "The profile is exported",
        };
        self.toast(Tone::Good, title, name.clone());
        match what {
            Kept::Saved | Kept::Imported => {
                self.deidentify.saving = None;
                self.act_deidentify(DeidentifyAction::UseProfile(name))
            }
            Kept::Removed => self.act_deidentify(DeidentifyAction::UseProfile("basic".to_owned())),
            Kept::Exported => Vec::new(),
        }
    }
}
