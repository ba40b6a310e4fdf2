//! Selection of table rows, with anchor and keyboard cursor.

use std::collections::HashSet;

use uuid::Uuid;

/// How a click on a row changes the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// Selects only this row (click).
    Alone,
    /// Toggles this row (Ctrl and click, checkbox).
    Toggle,
    /// Selects only the range from the anchor to this row (Shift and click).
    Range,
    /// Adds the range from the anchor to this row (Ctrl, Shift and click).
    MoreRange,
}

/// A change of the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// A click on a row.
    Touch {
        /// The clicked row.
        row: Uuid,
        /// Depends on the modifier keys.
        how: Touch,
    },
    /// A right click: selects only this row unless it is selected already.
    Context(Uuid),
    /// Moves the keyboard cursor.
    Step {
        /// Number of rows; negative is up.
        by: isize,
        /// Whether the range from the anchor to the new row is selected.
        extend: bool,
    },
    /// Selects all rows.
    All,
    /// Selects nothing.
    Nothing,
}

/// The selected rows. They are identified by UUID, so that sorting and searching keep them selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    rows: HashSet<Uuid>,
    /// Fixed end of a range.
    anchor: Option<Uuid>,
    /// Row of the keyboard cursor.
    cursor: Option<Uuid>,
}

impl Selection {
    /// Number of selected rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row is selected.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a row is selected.
    pub fn contains(&self, row: Uuid) -> bool {
        self.rows.contains(&row)
    }

    /// The selected row, if exactly one is selected.
    pub fn one(&self) -> Option<Uuid> {
        match self.rows.len() {
            1 => self.rows.iter().next().copied(),
            _ => None,
        }
    }

    /// The selected rows, in arbitrary order.
    pub fn rows(&self) -> impl Iterator<Item = Uuid> {
        self.rows.iter().copied()
    }

    /// Row of the keyboard cursor.
    pub fn cursor(&self) -> Option<Uuid> {
        self.cursor
    }

    /// Selects only this row, and moves anchor and cursor to it.
    pub fn pick(&mut self, row: Uuid) {
        self.rows.clear();
        self.rows.insert(row);
        (self.anchor, self.cursor) = (Some(row), Some(row));
    }

    /// Clears selection, anchor and cursor.
    pub fn clear(&mut self) {
        *self = Selection::default();
    }

    /// Applies a change. `table`: all rows in display order. Returns whether the cursor moved, so that its row is to be
    /// scrolled into view.
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

    /// Applies a click on a row. `table`: all rows in display order.
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

    /// Adds the rows from the anchor to `row`; only `row` if the anchor is no longer in the table.
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

    /// Moves the cursor by `by` rows (negative is up) and selects its row, or with `extend` the range up to it. Starts
    /// at the first row if there is no cursor.
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

    /// Selects all rows of the table.
    pub fn all(&mut self, table: impl Iterator<Item = Uuid>) {
        self.rows = table.collect();
    }

    /// Deselects rows for which `there` is false.
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
