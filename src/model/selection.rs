//! Which rows of a table are selected: one, a range, single ones more or less.

use std::collections::HashSet;

use uuid::Uuid;

/// What a press on a row does to the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// Selects it alone (a click).
    Alone,
    /// Selects it too, or no longer (Ctrl and a click, a checkbox).
    Toggle,
    /// Selects all from the anchor to it, and nothing else (Shift and a click).
    Range,
    /// Selects all from the anchor to it, besides what is selected (Ctrl, Shift and a click).
    MoreRange,
}

/// What a person selects in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// A press on a row.
    Touch {
        /// The row.
        row: Uuid,
        /// With which keys held.
        how: Touch,
    },
    /// The right button: a row that is not selected is selected alone.
    Context(Uuid),
    /// The keyboard moves.
    Step {
        /// By so many rows, up where it is below zero.
        by: isize,
        /// Whether it selects the range up to there.
        extend: bool,
    },
    /// Every row.
    All,
    /// No row.
    Nothing,
}

/// The selected rows. Rows are named, not counted, so that sorting and searching again leave them selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    rows: HashSet<Uuid>,
    /// Where a range begins.
    anchor: Option<Uuid>,
    /// Where the keyboard is.
    cursor: Option<Uuid>,
}

impl Selection {
    /// How many are selected.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether this one is selected.
    pub fn contains(&self, row: Uuid) -> bool {
        self.rows.contains(&row)
    }

    /// The one row that is selected, where exactly one is.
    pub fn one(&self) -> Option<Uuid> {
        match self.rows.len() {
            1 => self.rows.iter().next().copied(),
            _ => None,
        }
    }

    /// The selected rows, in no order.
    pub fn rows(&self) -> impl Iterator<Item = Uuid> {
        self.rows.iter().copied()
    }

    /// Where the keyboard is.
    pub fn cursor(&self) -> Option<Uuid> {
        self.cursor
    }

    /// Selects one alone.
    pub fn pick(&mut self, row: Uuid) {
        self.rows.clear();
        self.rows.insert(row);
        (self.anchor, self.cursor) = (Some(row), Some(row));
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        *self = Selection::default();
    }

    /// Does what a person does; `table` are the rows in the order of the table. Whether the keyboard moved, so that its row
    /// is to be brought into sight.
    pub fn select(&mut self, what: Select, table: impl Iterator<Item = Uuid>) -> bool {
        match what {
            Select::Touch { row, how } => self.touch(row, how, table),
            Select::Context(row) if self.contains(row) => {}
            Select::Context(row) => self.pick(row),
            Select::Step { by, extend } => {
                let table: Vec<Uuid> = table.collect();
                self.step(by, extend, &table);
            }
            Select::All => self.all(table),
            Select::Nothing => self.clear(),
        }
        matches!(what, Select::Step { .. })
    }

    /// Does what a press on a row does; `table` are the rows in the order of the table.
    pub fn touch(&mut self, row: Uuid, how: Touch, table: impl Iterator<Item = Uuid>) {
        match how {
            Touch::Alone => self.pick(row),
            Touch::Toggle => {
                if !self.rows.remove(&row) {
                    self.rows.insert(row);
                }
                (self.anchor, self.cursor) = (Some(row), Some(row));
            }
            Touch::Range => {
                self.rows.clear();
                self.add_range(row, table);
            }
            Touch::MoreRange => self.add_range(row, table),
        }
    }

    /// From the anchor to `row`; `row` alone where the anchor is not in the table any more.
    fn add_range(&mut self, row: Uuid, table: impl Iterator<Item = Uuid>) {
        let anchor = self.anchor.unwrap_or(row);
        let mut between = Vec::new();
        let mut ends = 0;
        for each in table {
            let end = usize::from(each == anchor) + usize::from(each == row);
            if ends > 0 || end > 0 {
                between.push(each);
            }
            ends += end;
            if ends >= 2 {
                break;
            }
        }
        if ends < 2 {
            self.rows.insert(row);
            self.anchor = Some(row);
        } else {
            self.rows.extend(between);
            self.anchor = Some(anchor);
        }
        self.cursor = Some(row);
    }

    /// Moves the keyboard up (below zero) or down by so many rows, and selects where it comes to alone, or the range to
    /// it. Without a place it begins at the first row.
    pub fn step(&mut self, by: isize, extend: bool, table: &[Uuid]) {
        let Some(last) = table.len().checked_sub(1) else {
            return;
        };
        let now = self
            .cursor
            .and_then(|cursor| table.iter().position(|row| *row == cursor));
        let next = now.map_or(0, |now| now.saturating_add_signed(by).min(last));
        let Some(row) = table.get(next).copied() else {
            return;
        };
        let how = if extend { Touch::Range } else { Touch::Alone };
        self.touch(row, how, table.iter().copied());
    }

    /// Selects every row.
    pub fn all(&mut self, table: impl Iterator<Item = Uuid>) {
        self.rows = table.collect();
    }

    /// Leaves alone what is still there.
    pub fn keep(&mut self, there: impl Fn(Uuid) -> bool) {
        self.rows.retain(|row| there(*row));
        self.anchor = self.anchor.filter(|row| there(*row));
        self.cursor = self.cursor.filter(|row| there(*row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(row: u128) -> Uuid {
        Uuid::from_u128(row)
    }

    fn table() -> Vec<Uuid> {
        (1..=9).map(id).collect()
    }

    fn selected(selection: &Selection) -> Vec<u128> {
        let mut rows: Vec<u128> = selection.rows().map(|row| row.as_u128()).collect();
        rows.sort_unstable();
        rows
    }

    fn touch(selection: &mut Selection, row: u128, how: Touch) {
        selection.touch(id(row), how, table().into_iter());
    }

    #[test]
    fn a_click_selects_one_alone_and_shift_the_range_from_it_up_or_down() {
        let mut selection = Selection::default();
        touch(&mut selection, 4, Touch::Alone);
        touch(&mut selection, 7, Touch::Range);
        assert_eq!(selected(&selection), [4, 5, 6, 7]);
        touch(&mut selection, 2, Touch::Range);
        assert_eq!(selected(&selection), [2, 3, 4], "the anchor stays");
        touch(&mut selection, 9, Touch::Alone);
        assert_eq!(selection.one(), Some(id(9)));
    }

    #[test]
    fn control_adds_and_takes_away_and_moves_the_anchor() {
        let mut selection = Selection::default();
        touch(&mut selection, 2, Touch::Alone);
        touch(&mut selection, 6, Touch::Toggle);
        touch(&mut selection, 8, Touch::MoreRange);
        assert_eq!(selected(&selection), [2, 6, 7, 8]);
        touch(&mut selection, 2, Touch::Toggle);
        assert_eq!(selected(&selection), [6, 7, 8]);
        assert_eq!(selection.one(), None);
    }

    #[test]
    fn the_keyboard_walks_and_extends_and_stops_at_the_ends() {
        let mut selection = Selection::default();
        let table = table();
        selection.step(1, false, &table);
        assert_eq!(selected(&selection), [1], "it begins at the first row");
        selection.step(1, true, &table);
        selection.step(1, true, &table);
        assert_eq!(selected(&selection), [1, 2, 3]);
        selection.step(-1, true, &table);
        assert_eq!(selected(&selection), [1, 2]);
        selection.step(100, false, &table);
        assert_eq!(selected(&selection), [9]);
        selection.step(-1, false, &[]);
        assert_eq!(selected(&selection), [9]);
    }

    #[test]
    fn the_right_button_keeps_a_selection_that_holds_its_row() {
        let mut selection = Selection::default();
        selection.select(Select::All, table().into_iter());
        assert!(!selection.select(Select::Context(id(3)), table().into_iter()));
        assert_eq!(selection.len(), 9);
        selection.select(Select::Nothing, table().into_iter());
        selection.select(Select::Context(id(3)), table().into_iter());
        assert_eq!(selection.one(), Some(id(3)));
        let down = Select::Step {
            by: 1,
            extend: true,
        };
        assert!(
            selection.select(down, table().into_iter()),
            "the keyboard moved"
        );
        assert_eq!(selected(&selection), [3, 4]);
    }

    #[test]
    fn a_range_whose_anchor_is_gone_is_its_end_alone() {
        let mut selection = Selection::default();
        touch(&mut selection, 4, Touch::Alone);
        selection.touch(id(6), Touch::Range, [5, 6, 7].map(id).into_iter());
        assert_eq!(selected(&selection), [6]);
        selection.all(table().into_iter());
        selection.keep(|row| row.as_u128() < 3);
        assert_eq!(selected(&selection), [1, 2]);
        assert_eq!(selection.cursor(), None);
    }
}
