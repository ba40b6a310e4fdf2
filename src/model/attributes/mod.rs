//! Model of the attribute tree: visible rows, selected row, and the dialog with a long value.

mod event;
pub(in crate::model) mod update;

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Remote;
use crate::dicom::attributes::meaning::aid;
use crate::dicom::attributes::{Kind, Row, Tree, Whole};

/// A long value opened in a dialog.
#[derive(Debug, Clone)]
pub struct OpenedValue {
    /// Key of its row.
    pub key: u64,
    /// Such as "Pixel Data (7FE0,0010)".
    pub title: String,
    /// The full value, once loaded.
    pub whole: Remote<Arc<Whole>>,
    /// Byte ranges of its wrapped lines.
    pub lines: Vec<Range<usize>>,
}

/// Splits a text at its line ends and wraps it at about `most` narrow characters. Returns byte ranges.
pub(super) fn lines(text: &str, most: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut wide) = (0, 0);
    // Position after the line's last space or backslash, and the width up to there.
    let mut gap = (0, 0);
    for (at, c) in text.char_indices() {
        // East Asian characters are about twice as wide.
        let width = if u32::from(c) < 0x1100 { 1 } else { 2 };
        if c == '\n' {
            lines.push(start..at);
            (start, wide, gap) = (at + 1, 0, (0, 0));
            continue;
        }
        if wide + width > most {
            let (end, up_to) = if gap.0 > start { gap } else { (at, wide) };
            lines.push(start..end);
            (start, wide) = (end, wide - up_to);
        }
        wide += width;
        if matches!(c, ' ' | '\\') {
            gap = (at + 1, wide);
        }
    }
    lines.push(start..text.len());
    lines
}

/// State of the Details tab's tree.
#[derive(Debug, Default)]
pub struct Attributes {
    /// File requested last.
    pub(super) asked: Option<PathBuf>,
    /// File that `tree` belongs to.
    pub(super) path: Option<PathBuf>,
    /// Attributes of the file; those of the previous image while the next one is read.
    pub tree: Remote<Arc<Tree>>,
    /// Search text.
    pub search: String,
    /// Whether private attributes are hidden.
    pub hide_private: bool,
    /// Whether the properties of study and series are expanded above the tree.
    pub facts_open: bool,
    /// Key of the long value that is copied once it has loaded.
    pub(super) copying: Option<u64>,
    selected: Option<u64>,
    /// Index of the selected row in `rows`.
    cursor: Option<usize>,
    /// Incremented to scroll the selected row into view.
    pub reveal: u64,
    /// The opened long value.
    pub value: Option<OpenedValue>,
    /// Keys of sequences and items that were toggled: sequences start collapsed, items expanded. Kept when another
    /// image is shown.
    turned: HashSet<u64>,
    rows: Vec<usize>,
    hits: usize,
    elements: usize,
}

impl Attributes {
    /// Visible rows, as indices into the tree's rows.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Number of rows that match the search.
    pub fn hits(&self) -> usize {
        self.hits
    }

    /// Whether there is a search text.
    pub fn is_searching(&self) -> bool {
        !self.search.trim().is_empty()
    }

    /// File whose attributes are shown.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// A row of the tree by its index.
    pub fn row(&self, index: usize) -> Option<&Row> {
        self.tree.value()?.rows.get(index)
    }

    /// Whether a row is expanded. While searching, all rows are.
    pub fn is_open(&self, row: &Row) -> bool {
        let turned = self.turned.contains(&row.key);
        match row.kind {
            Kind::Sequence(_) => turned || self.is_searching(),
            Kind::Item(_) => !turned || self.is_searching(),
            Kind::Value | Kind::Bytes => false,
        }
    }

    /// Toggles a row between expanded and collapsed.
    pub(super) fn turn(&mut self, key: u64) {
        if !self.turned.remove(&key) {
            self.turned.insert(key);
        }
        self.look();
    }

    /// The dialog for a long value that is still to be loaded; `None` if there is no such row.
    pub(super) fn opened(&self, key: u64) -> Option<OpenedValue> {
        let mut rows = self.tree.value()?.rows.iter();
        let row = rows.find(|row| row.key == key)?;
        Some(OpenedValue {
            key,
            title: format!("{} {}", row.name(), row.number()),
            whole: Remote::Loading(None),
            lines: Vec::new(),
        })
    }

    /// Key of the selected row.
    pub fn selected(&self) -> Option<u64> {
        self.selected
    }

    /// Index of the selected row among the visible ones.
    pub fn cursor(&self) -> Option<usize> {
        self.cursor
    }

    /// Number of attributes, including those in sequences.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Selects a row by its key.
    pub(super) fn select(&mut self, key: u64) {
        self.selected = Some(key);
        self.find_selected();
    }

    fn find_selected(&mut self) {
        let is_it = |row: &usize| {
            self.row(*row)
                .is_some_and(|row| Some(row.key) == self.selected)
        };
        self.cursor = self.rows.iter().position(is_it);
    }

    /// The selected row, if it is visible.
    pub fn selected_row(&self) -> Option<&Row> {
        let row = self.rows.get(self.cursor()?)?;
        self.row(*row)
    }

    /// To be called after `tree` was replaced.
    pub(super) fn changed(&mut self) {
        let rows = self.tree.value().map(|tree| tree.rows.as_slice());
        let rows = rows.unwrap_or_default().iter();
        let elements = rows.filter(|row| !matches!(row.kind, Kind::Item(_)));
        self.elements = elements.count();
        self.look();
    }

    /// Clears the tree for a new drop. Search text and expanded rows are kept.
    pub(super) fn begin_drop(&mut self) {
        (self.asked, self.path, self.value, self.selected) = (None, None, None, None);
        (self.copying, self.elements) = (None, 0);
        self.tree = Remote::NotAsked;
        self.look();
    }

    /// Updates the visible rows.
    pub(super) fn look(&mut self) {
        let Some(tree) = self.tree.value().cloned() else {
            (self.rows, self.hits, self.cursor) = (Vec::new(), 0, None);
            return;
        };
        (self.rows, self.hits) = match Query::of(&self.search) {
            Some(query) => self.found(&tree, &query),
            None => (self.unfolded(&tree), 0),
        };
        self.find_selected();
    }

    fn unfolded(&self, tree: &Tree) -> Vec<usize> {
        let mut seen = Vec::new();
        // Rows deeper than this are in a collapsed row.
        let mut folded: Option<u16> = None;
        for (index, row) in tree.rows.iter().enumerate() {
            if folded.is_some_and(|depth| row.depth > depth) {
                continue;
            }
            folded = None;
            let is_hidden = self.hide_private && row.is_private();
            if !is_hidden {
                seen.push(index);
            }
            let holds = matches!(row.kind, Kind::Sequence(_) | Kind::Item(_));
            if is_hidden || (holds && !self.is_open(row)) {
                folded = Some(row.depth);
            }
        }
        seen
    }

    /// Rows that match the search together with their ancestors, and the number of matches.
    fn found(&self, tree: &Tree, query: &Query) -> (Vec<usize>, usize) {
        let mut shown = vec![false; tree.rows.len()];
        let mut hits = 0;
        for (index, row) in tree.rows.iter().enumerate() {
            if (self.hide_private && row.is_private()) || !query.fits(row) {
                continue;
            }
            hits += 1;
            let mut next = Some(index);
            while let Some(at) = next {
                match shown.get_mut(at) {
                    Some(is_shown) if !*is_shown => *is_shown = true,
                    _ => break,
                }
                next = tree.rows.get(at).and_then(|row| row.parent);
            }
        }
        let shown = shown.into_iter().enumerate();
        (shown.filter(|one| one.1).map(|one| one.0).collect(), hits)
    }
}

/// A parsed search text.
struct Query {
    /// In lowercase.
    text: String,
    /// Hexadecimal digits of a tag, if the text can be one.
    tag: Option<String>,
}

impl Query {
    fn of(typed: &str) -> Option<Query> {
        let text = typed.trim().to_lowercase();
        if text.is_empty() {
            return None;
        }
        let is_sign = |c: char| matches!(c, '(' | ')' | ',' | ' ');
        let digits: String = text.chars().filter(|c| !is_sign(*c)).collect();
        let is_tag =
            (4..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Query {
            text,
            tag: is_tag.then_some(digits),
        })
    }

    fn fits(&self, row: &Row) -> bool {
        if matches!(row.kind, Kind::Item(_)) {
            return false;
        }
        let (group, element) = row.tag;
        let by_tag = |digits: &String| format!("{group:04x}{element:04x}").starts_with(digits);
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        self.tag.as_ref().is_some_and(by_tag)
            || has(&row.name())
            || row.keyword().is_some_and(has)
            || has(&row.text)
            || row.creator.as_deref().is_some_and(has)
            || aid(row.vr(), &row.text).is_some_and(|said| has(&said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_parted_at_its_blanks_and_loses_nothing() {
        let parted = |text: &str| -> Vec<String> {
            let lines = lines(text, 10).into_iter();
            lines.map(|line| text[line].to_owned()).collect()
        };
        assert_eq!(parted("one two three four"), ["one two ", "three four"]);
        assert_eq!(parted("a\nb"), ["a", "b"]);
        assert_eq!(parted("0123456789abc"), ["0123456789", "abc"]);
        assert_eq!(parted("山田太郎山田太郎"), ["山田太郎山", "田太郎"]);
        assert_eq!(parted(""), [""]);
        let long = "some words and\nlines of them, ".repeat(50);
        let all: String = parted(&long).concat();
        assert_eq!(all, long.replace('\n', ""));
    }
}
