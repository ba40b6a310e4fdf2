//! "Replace values…": what the files of the drop get in place of what they say. Off until somebody fills it in, and off
//! again for the next drop.

use crate::dicom::deidentify::{FIELDS, Replacement};

/// The dialog and what it was left with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replacing {
    /// Whether the dialog is open.
    pub open: bool,
    /// What stands in its fields, in the order of [`FIELDS`]; empty: unchanged.
    pub typed: [String; FIELDS.len()],
    values: Vec<Replacement>,
}

/// What a person did in the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Opens it.
    Open,
    /// Closes it; nothing changes.
    Close,
    /// Uses what stands in its fields.
    Use,
    /// Files go unchanged.
    Off,
}

impl Replacing {
    /// The values that every file of the drop gets.
    pub fn values(&self) -> &[Replacement] {
        &self.values
    }

    /// What is wrong with what stands in a field.
    pub fn wrong(&self, field: usize) -> Option<&'static str> {
        let (text, field) = (self.typed.get(field)?, FIELDS.get(field)?);
        if text.trim().is_empty() {
            return None;
        }
        Replacement::new(field.name, text)
            .err()
            .map(|error| error.wants)
    }

    /// Why what stands in the fields cannot be used.
    pub fn refused(&self) -> Option<&'static str> {
        if (0..FIELDS.len()).any(|field| self.wrong(field).is_some()) {
            return Some("Correct the fields with a red border first.");
        }
        let is_empty = self.typed.iter().all(|text| text.trim().is_empty());
        is_empty.then_some("Fill in at least one field.")
    }

    pub(super) fn act(&mut self, action: Replace) {
        match action {
            Replace::Open => {
                self.open = true;
                self.fill_in();
            }
            Replace::Close => {
                self.open = false;
                self.fill_in();
            }
            Replace::Use if self.refused().is_none() => {
                let filled = FIELDS.iter().zip(&self.typed);
                let filled = filled.filter(|(_, text)| !text.trim().is_empty());
                self.values = filled
                    .filter_map(|(field, text)| Replacement::new(field.name, text).ok())
                    .collect();
                self.open = false;
            }
            Replace::Use => {}
            Replace::Off => *self = Replacing::default(),
        }
    }

    /// The fields say what is in use.
    fn fill_in(&mut self) {
        for (field, typed) in FIELDS.iter().zip(&mut self.typed) {
            let mut values = self.values.iter();
            let value = values.find(|value| value.keyword() == field.keyword);
            *typed = value
                .map(|value| value.value().to_owned())
                .unwrap_or_default();
        }
    }
}
