//! The attributes of the image that is shown: which rows are to be seen, which one has the keyboard, and a long value
//! that was opened.

pub(in crate::model) mod update;

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Remote;
use crate::dicom::attributes::meaning::aid;
use crate::dicom::attributes::{Kind, Row, Tree, Whole};

/// A long value that was opened.
#[derive(Debug, Clone)]
pub struct OpenedValue {
    /// Whose it is.
    pub key: u64,
    /// "Pixel Data (7FE0,0010)".
    pub title: String,
    /// The value.
    pub whole: Remote<Arc<Whole>>,
    /// Its lines.
    pub lines: Vec<Range<usize>>,
}

/// Where lines of about so many narrow characters begin and end in a text: at its line ends, and where they would become
/// too long.
pub(super) fn lines(text: &str, most: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut wide) = (0, 0);
    // Behind the last blank or backslash of the line, and how wide it is up to there.
    let mut gap = (0, 0);
    for (at, c) in text.char_indices() {
        // Those of East Asia are about twice as wide.
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

/// The tree of the Details tab.
#[derive(Debug, Default)]
pub struct Attributes {
    /// The file that was asked for last.
    pub(super) asked: Option<PathBuf>,
    /// The file that `tree` is of.
    pub(super) path: Option<PathBuf>,
    /// Its attributes; those of the last image while the next one's are read.
    pub tree: Remote<Arc<Tree>>,
    /// What is looked for.
    pub search: String,
    /// Whether private attributes are left out.
    pub hide_private: bool,
    /// Whether the facts of study and series are shown above the tree.
    pub facts_open: bool,
    /// The long value that is to be copied when it comes.
    pub(super) copying: Option<u64>,
    selected: Option<u64>,
    /// The place of the selected row among `rows`.
    cursor: Option<usize>,
    /// Grows when the selected row is to be brought into sight.
    pub reveal: u64,
    /// The long value that is open.
    pub value: Option<OpenedValue>,
    /// What of sequences (folded to begin with) and items (not) was turned over, by their keys: it stays so in the next
    /// image.
    turned: HashSet<u64>,
    rows: Vec<usize>,
    hits: usize,
    elements: usize,
}

impl Attributes {
    /// The rows to be seen, from the top down: indices into the tree's.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// How many rows fit what is looked for.
    pub fn hits(&self) -> usize {
        self.hits
    }

    /// Whether something is looked for.
    pub fn is_searching(&self) -> bool {
        !self.search.trim().is_empty()
    }

    /// The file whose attributes are shown.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// A row of the tree.
    pub fn row(&self, index: usize) -> Option<&Row> {
        self.tree.value()?.rows.get(index)
    }

    /// Whether what a row holds is to be seen below it.
    pub fn is_open(&self, row: &Row) -> bool {
        let turned = self.turned.contains(&row.key);
        match row.kind {
            Kind::Sequence(_) => turned || self.is_searching(),
            Kind::Item(_) => !turned || self.is_searching(),
            Kind::Value | Kind::Bytes => false,
        }
    }

    /// Folds what is open, opens what is folded.
    pub(super) fn turn(&mut self, key: u64) {
        if !self.turned.remove(&key) {
            self.turned.insert(key);
        }
        self.look();
    }

    /// A long value, opened and not there yet.
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

    /// The row with the keyboard.
    pub fn selected(&self) -> Option<u64> {
        self.selected
    }

    /// The place of the selected row among those that can be seen.
    pub fn cursor(&self) -> Option<usize> {
        self.cursor
    }

    /// How many attributes there are, those in sequences too.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Gives a row the keyboard.
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

    /// The selected row.
    pub fn selected_row(&self) -> Option<&Row> {
        let row = self.rows.get(self.cursor()?)?;
        self.row(*row)
    }

    /// Another tree has come.
    pub(super) fn changed(&mut self) {
        let rows = self.tree.value().map(|tree| tree.rows.as_slice());
        let rows = rows.unwrap_or_default().iter();
        let elements = rows.filter(|row| !matches!(row.kind, Kind::Item(_)));
        self.elements = elements.count();
        self.look();
    }

    /// Nothing is shown any more. What is looked for and how things are folded stays.
    pub(super) fn begin_drop(&mut self) {
        (self.asked, self.path, self.value, self.selected) = (None, None, None, None);
        (self.copying, self.elements) = (None, 0);
        self.tree = Remote::NotAsked;
        self.look();
    }

    /// Works out again which rows are to be seen.
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
        // Rows deeper than this are in something that is folded.
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

    /// What fits, with the sequences and items that it is in.
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

/// What is looked for.
struct Query {
    /// In small letters.
    text: String,
    /// As the digits of a tag, where it may be one.
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
