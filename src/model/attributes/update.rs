//! User actions on the attribute tree, and when attributes are read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lines;
use crate::dicom::attributes::{Kind, Tree, Whole};
use crate::message::{AttributesCommand, Command, Failure};
use crate::model::{Model, Page, Remote, Tab, Tone};
use crate::words;

/// Width of a long value's lines, in narrow characters.
const LINE: usize = 84;

/// A user action on the attribute tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the numbers are keys of rows"
)]
pub enum AttributesAction {
    Search(String),
    ShowPrivate(bool),
    Select(u64),
    /// Moves the selection by this many rows; negative is up.
    Step(isize),
    Turn(u64),
    /// Expands the selected row, or moves to its first child.
    Right,
    /// Collapses the selected row, or moves to its parent.
    Left,
    Open(u64),
    /// Copies the full text of a long value.
    CopyWhole(u64),
    /// Copies the opened value.
    CopyOpened,
    ShowFacts(bool),
    CloseValue,
}

impl Model {
    pub(in crate::model) fn act_attributes(&mut self, act: AttributesAction) -> Vec<Command> {
        let page = &mut self.attributes;
        match act {
            AttributesAction::Search(text) => {
                page.search = text;
                page.look();
                page.reveal += 1;
            }
            AttributesAction::ShowPrivate(on) => {
                page.hide_private = !on;
                page.look();
            }
            AttributesAction::Select(key) => page.select(key),
            AttributesAction::Step(by) => self.step_attribute(by),
            AttributesAction::Turn(key) => page.turn(key),
            AttributesAction::Right => self.turn_selected(true),
            AttributesAction::Left => self.turn_selected(false),
            AttributesAction::ShowFacts(on) => page.facts_open = on,
            AttributesAction::Open(key) => {
                let asked = self.ask_value(key);
                self.attributes.value = self.attributes.opened(key);
                return asked;
            }
            AttributesAction::CopyWhole(key) => {
                page.copying = Some(key);
                return self.ask_value(key);
            }
            AttributesAction::CopyOpened => {
                let value = page.value.as_ref();
                if let Some(whole) = value.and_then(|value| value.whole.value()).cloned() {
                    self.copy_value(&whole);
                }
            }
            AttributesAction::CloseValue => page.value = None,
        }
        Vec::new()
    }

    fn step_attribute(&mut self, by: isize) {
        let page = &mut self.attributes;
        let Some(last) = page.rows().len().checked_sub(1) else {
            return;
        };
        // Without a selection, starts at the first or the last row.
        let next = match page.cursor() {
            Some(now) => now.saturating_add_signed(by).min(last),
            None if by == isize::MAX => last,
            None => 0,
        };
        self.select_attribute(next);
    }

    fn select_attribute(&mut self, place: usize) {
        let page = &mut self.attributes;
        let row = page.rows().get(place).and_then(|row| page.row(*row));
        if let Some(key) = row.map(|row| row.key) {
            page.select(key);
        }
        page.reveal += 1;
    }

    fn turn_selected(&mut self, right: bool) {
        let page = &self.attributes;
        let (Some(place), Some(row)) = (page.cursor(), page.selected_row()) else {
            return self.step_attribute(0);
        };
        let holds = matches!(row.kind, Kind::Sequence(_) | Kind::Item(_));
        let (open, key) = (page.is_open(row), row.key);
        match (right, open) {
            (true, true) => self.select_attribute(place + 1),
            (true, false) if holds => self.attributes.turn(key),
            (true, false) => {}
            (false, true) if !page.is_searching() => self.attributes.turn(key),
            (false, _) => {
                let parent = row.parent;
                let above =
                    parent.and_then(|parent| page.rows().iter().position(|at| *at == parent));
                if let Some(above) = above {
                    self.select_attribute(above);
                }
            }
        }
    }

    fn ask_value(&mut self, key: u64) -> Vec<Command> {
        let page = &mut self.attributes;
        let (Some(tree), Some(path)) = (page.tree.value(), page.path.clone()) else {
            return Vec::new();
        };
        let Some(row) = tree.rows.iter().find(|row| row.key == key) else {
            return Vec::new();
        };
        let asked = Command::Attributes(AttributesCommand::ReadValue {
            path,
            key,
            place: Box::new(row.place.clone()),
            stamp: tree.stamp,
        });
        page.select(key);
        vec![asked]
    }

    /// Requests the attributes of the shown image if the Details tab is visible and they have not been requested.
    pub(in crate::model) fn due_attributes(&mut self) -> Vec<Command> {
        let is_shown = self.page == Page::Upload && self.upload.tab == Tab::Details;
        if self.session.is_none() || !is_shown {
            // When the tab is shown again the file is read again, as it may have changed.
            self.attributes.asked = None;
            return Vec::new();
        }
        let Some((_, image)) = self.upload.shown_image() else {
            return Vec::new();
        };
        if self.attributes.asked.as_deref() == Some(image.path.as_path()) {
            return Vec::new();
        }
        let path = image.path.clone();
        self.attributes.asked = Some(path.clone());
        self.attributes.tree.ask();
        vec![Command::Attributes(AttributesCommand::Read { path })]
    }

    pub(in crate::model) fn attributes_news(
        &mut self,
        path: PathBuf,
        result: Result<Arc<Tree>, Failure>,
    ) {
        let page = &mut self.attributes;
        // Another image may be shown by now.
        if page.asked.as_deref() != Some(path.as_path()) {
            return;
        }
        if result.is_err() && page.path.as_deref() != Some(path.as_path()) {
            // The previous image's attributes must not be taken for those of this one.
            page.tree = Remote::NotAsked;
        }
        page.tree.answer(result);
        page.path = Some(path);
        page.changed();
    }

    pub(in crate::model) fn value_news(
        &mut self,
        path: &Path,
        key: u64,
        result: Result<Arc<Whole>, Failure>,
    ) {
        let page = &mut self.attributes;
        if page.path.as_deref() != Some(path) {
            return;
        }
        if result.is_err() {
            // The file has changed or is gone, so the tree is outdated.
            page.asked = None;
        }
        if page.copying == Some(key) {
            page.copying = None;
            match &result {
                Ok(whole) => self.copy_value(whole),
                Err(failure) => {
                    let failure = failure.clone();
                    self.toast(Tone::Bad, failure.what, failure.remedy);
                }
            }
        }
        let value = self.attributes.value.as_mut();
        if let Some(value) = value.filter(|value| value.key == key) {
            if let Ok(whole) = &result {
                value.lines = lines(&whole.text, LINE);
            }
            value.whole.answer(result);
        }
    }

    /// Copies the loaded part of the value; warns if it is incomplete.
    fn copy_value(&mut self, whole: &Whole) {
        self.copy_text = Some(whole.text.clone());
        if whole.left > 0 {
            let missing = format!(
                "The value is too long to be copied whole: its last {} are missing.",
                words::bytes(whole.left)
            );
            self.toast(
                Tone::Warning,
                "Only the beginning of the value was copied.",
                missing,
            );
        }
    }

    /// Whether the file whose attributes are shown has changed since it was scanned.
    pub fn shown_file_has_changed(&self) -> bool {
        let page = &self.attributes;
        let (Some(tree), Some((_, image))) = (page.tree.value(), self.upload.shown_image()) else {
            return false;
        };
        page.path() == Some(image.path.as_path())
            && (tree.stamp.size, tree.stamp.modified) != (image.size, image.modified)
    }
}
