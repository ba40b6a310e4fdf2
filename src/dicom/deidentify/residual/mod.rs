//! The last look at a file before it leaves: whether anything that identified the patient in the original is still in it.
//!
//! [`Terms`] gathers what to look for from the original, in every form in which it may have been written; [`Search`] looks
//! for it in every value outside pixel data, in the file meta information, and in the names of attributes' encodings that it
//! could have. A hit stops the file and names the attribute, never the value.

mod forms;
mod hook;
mod search;
mod terms;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

pub use search::Search;
pub use terms::{Kind, Terms};

use super::error::Error;
use crate::dicom::dataset::cursor::Steps;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::keyword;

/// Something of the original is still there. Such a file must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} of the original still stands in {attribute}: remove or replace that attribute.")]
pub struct Residue {
    /// What was found.
    pub kind: Kind,
    /// The attribute in which it was found, with the sequences around it.
    pub attribute: String,
}

/// From which attributes of an original terms are gathered.
pub(super) struct Chosen<'a> {
    /// Whether what begins at this place becomes something else.
    pub(super) is_touched: &'a dyn Fn(usize) -> bool,
    /// Whether those that identify the patient count even where they are not touched.
    pub(super) always: bool,
    /// Attributes that stay because somebody wants it.
    pub(super) stays: &'a dyn Fn(Tag) -> bool,
}

impl Chosen<'_> {
    /// Everything.
    #[cfg(test)]
    pub(super) const ALL: Chosen<'static> = Chosen {
        is_touched: &|_| true,
        always: true,
        stays: &|_| false,
    };
}

/// Searches for the terms of many files: those of one patient are mostly the same, and made ready once.
#[derive(Debug, Default)]
pub struct Residual {
    ready: Mutex<HashMap<Terms, Arc<Search>>>,
}

/// Patients whose terms are kept ready.
const MOST_READY: usize = 64;

impl Residual {
    /// What to search for these terms with.
    pub fn search(&self, terms: Terms) -> Arc<Search> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(search) = ready.get(&terms) {
            return search.clone();
        }
        if ready.len() >= MOST_READY {
            ready.clear();
        }
        let search = Arc::new(Search::new(&terms));
        ready.insert(terms, search.clone());
        search
    }
}

/// How an attribute is named where something was found in it.
fn path(sequences: &[Tag], tag: Tag) -> String {
    let names = sequences.iter().chain([&tag]).map(|tag| keyword(*tag));
    names.collect::<Vec<_>>().join(".")
}

/// Steps through a data set with the sequences around each element.
struct Walk<'a> {
    steps: Steps<'a>,
    /// The tags of sequences, and where they and their items begin.
    open: Vec<(Option<Tag>, usize)>,
}

impl<'a> Walk<'a> {
    fn new(steps: Steps<'a>) -> Self {
        Walk {
            steps,
            open: Vec::new(),
        }
    }

    fn sequences(&self) -> Vec<Tag> {
        self.open.iter().filter_map(|(tag, _)| *tag).collect()
    }

    /// # Errors
    /// Where it cannot be stepped through.
    fn next(&mut self) -> Result<Option<crate::dicom::dataset::cursor::Step>, Error> {
        use crate::dicom::dataset::cursor::Step;
        let step = self.steps.next()?;
        match &step {
            Some(Step::Open(opened)) => {
                let tag = (!opened.is_item).then_some(opened.tag);
                self.open.push((tag, opened.header.start));
            }
            Some(Step::Close(_)) => {
                self.open.pop();
            }
            Some(Step::Element(_)) | None => {}
        }
        Ok(step)
    }
}
