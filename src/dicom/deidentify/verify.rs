//! The third step: what was written is read again, beside the original, from its first element to its last.

use dicom_core::VR;

use super::error::Error;
use super::plan::{Added, At, Change, New, Plan, Value};
use super::replacement::{Replacement, find};
use super::scopes::Scopes;
use super::write::Body;
use crate::dicom::dataset::cursor::{Element, Step, Steps};
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::{effective, is_text, keyword};

/// Holds the written data set against the original: what was to change is as it was meant to be, what was to go is gone,
/// every replaced attribute has its new value wherever it stands, and everything else says what it said, pixel data byte
/// for byte.
///
/// # Errors
/// What is not so.
pub(super) fn check(
    before: Body<'_>,
    after: Body<'_>,
    replacements: &[Replacement],
    plan: &Plan,
) -> Result<(), Error> {
    let mut old = Side::new(before);
    let mut new = Side::new(after);
    let mut changes = plan.changes.iter().peekable();
    let mut added = plan.added.iter().peekable();
    loop {
        let change = old.ahead(&mut changes)?;
        new.next_of_both(&mut added)?;
        if let Some(Step::Element(element)) = &new.step
            && let Some(replacement) = find(replacements, element.tag)
            && !new.is_as_meant(element, &replacement.into())
        {
            return Err(not_as_meant(element.tag));
        }
        match (&old.step, &new.step) {
            (None, None) => break,
            (Some(Step::Open(one)), Some(Step::Open(its))) if change.is_some() => {
                if one.tag != its.tag || !new.has_no_items()? {
                    return Err(not_as_meant(one.tag));
                }
                old.skip()?;
            }
            _ => compare(&old, &new, change, plan.to_unicode)?,
        }
    }
    match added.next() {
        Some(missing) => Err(Error::NotAsMeant(format!(
            "{} is missing",
            keyword(missing.tag)
        ))),
        None => Ok(()),
    }
}

/// Holds one step against the other.
fn compare(
    old: &Side<'_>,
    new: &Side<'_>,
    change: Option<&Change>,
    to_unicode: bool,
) -> Result<(), Error> {
    let is_so = match (&old.step, &new.step, change) {
        (Some(Step::Element(one)), Some(Step::Element(its)), Some(Change::Write(meant))) => {
            one.tag == its.tag && new.is_as_meant(its, meant)
        }
        (Some(one), Some(its), None) => old.says_the_same(one, new, its, to_unicode),
        _ => false,
    };
    match &old.step {
        _ if is_so => Ok(()),
        Some(Step::Element(element)) => Err(not_as_meant(element.tag)),
        _ => Err(Error::NotAsMeant(
            "its elements are not those of the file".into(),
        )),
    }
}

fn not_as_meant(tag: Tag) -> Error {
    Error::NotAsMeant(format!("{} is not what it should be", keyword(tag)))
}

/// The same in every character set.
fn is_plain(value: &[u8]) -> bool {
    value.is_ascii() && !value.contains(&0x1B)
}

struct Side<'a> {
    body: Body<'a>,
    steps: Steps<'a>,
    scopes: Scopes,
    step: Option<Step>,
    /// Whether the step is one of the top level.
    is_top: bool,
}

impl<'a> Side<'a> {
    fn new(body: Body<'a>) -> Self {
        Side {
            body,
            steps: body.steps(),
            scopes: Scopes::new(),
            step: None,
            is_top: false,
        }
    }

    fn advance(&mut self) -> Result<(), Error> {
        let depth = self.steps.depth();
        self.step = self.steps.next()?;
        self.is_top = depth == 0;
        match &self.step {
            Some(step) => self.scopes.enter(step, self.body.data),
            None => Ok(()),
        }
    }

    fn tag(&self) -> Option<Tag> {
        match &self.step {
            Some(Step::Element(element)) => Some(element.tag),
            Some(Step::Open(opened)) if !opened.is_item => Some(opened.tag),
            _ => None,
        }
    }

    fn start(&self) -> Option<usize> {
        match &self.step {
            Some(Step::Element(element)) => Some(element.start),
            Some(Step::Open(opened)) => Some(opened.header.start),
            _ => None,
        }
    }

    fn is_group_length(&self) -> bool {
        matches!(&self.step, Some(Step::Element(element)) if element.tag.1 == 0)
    }

    /// To the next step that the new side has too, and what became of it.
    fn ahead<'b>(
        &mut self,
        changes: &mut std::iter::Peekable<std::slice::Iter<'b, At>>,
    ) -> Result<Option<&'b Change>, Error> {
        loop {
            self.advance()?;
            let start = self.start();
            let change = changes.next_if(|at| Some(at.start) == start);
            match change.map(|at| &at.change) {
                Some(Change::Remove) => {
                    if matches!(self.step, Some(Step::Open(_))) {
                        self.skip()?;
                    }
                }
                Some(change) => return Ok(Some(change)),
                None if self.is_group_length() => {}
                None => return Ok(None),
            }
        }
    }

    /// To the next step that the old side has too, over what was added, which is as it was meant to be.
    fn next_of_both(
        &mut self,
        added: &mut std::iter::Peekable<std::slice::Iter<'_, Added>>,
    ) -> Result<(), Error> {
        loop {
            self.advance()?;
            let tag = self.tag().filter(|_| self.is_top);
            match added.next_if(|added| Some(added.tag) == tag) {
                Some(meant) => self.holds(meant)?,
                None if self.is_group_length() => {}
                None => return Ok(()),
            }
        }
    }

    /// Over the sequence that has just begun.
    fn skip(&mut self) -> Result<usize, Error> {
        let depth = self.steps.depth();
        while let Some(step) = self.steps.next()? {
            if let Step::Close(end) = &step
                && self.steps.depth() < depth
            {
                self.scopes.enter(&step, self.body.data)?;
                return Ok(end.start);
            }
        }
        Err(Error::NotAsMeant("a sequence has no end".into()))
    }

    fn has_no_items(&mut self) -> Result<bool, Error> {
        let Some(Step::Open(opened)) = &self.step else {
            return Ok(false);
        };
        let begins = opened.header.end;
        Ok(self.skip()? == begins)
    }

    /// Whether what stands here is what was to be added.
    fn holds(&mut self, meant: &Added) -> Result<(), Error> {
        let is_so = match &self.step {
            Some(Step::Element(element)) => self.is_as_meant(element, &meant.new),
            Some(Step::Open(opened)) => {
                let begins = opened.header.end;
                let end = self.skip()?;
                let content = self.body.data.get(begins..end);
                matches!(&meant.new.value, Value::Bytes(bytes) if Some(bytes.as_slice()) == content)
            }
            _ => false,
        };
        is_so.then_some(()).ok_or_else(|| not_as_meant(meant.tag))
    }

    fn is_as_meant(&self, element: &Element, meant: &New) -> bool {
        let value = self.value(element);
        let says_so = match &meant.value {
            Value::Bytes(bytes) => {
                let (same, padding) = value.split_at_checked(bytes.len()).unwrap_or((&[], value));
                same == bytes && padding.len() == bytes.len() % 2
            }
            Value::Text(text) => {
                let read = match meant.is_text() {
                    true => self.scopes.current().decode_exactly(value),
                    false => String::from_utf8(value.to_vec()).ok(),
                };
                read.is_some_and(|read| read.trim_end_matches(['\0', ' ']) == text.trim_end())
            }
        };
        let vr = element.vr.is_none() || meant.vr.is_none() || element.vr == meant.vr;
        says_so && vr && value.len().is_multiple_of(2) && element.bulk.is_none()
    }

    fn value(&self, element: &Element) -> &'a [u8] {
        self.body
            .data
            .get(element.value.clone())
            .unwrap_or_default()
    }

    fn hole(&self, element: &Element) -> Option<&std::ops::Range<u64>> {
        let hole = element.bulk.and_then(|bulk| self.body.holes.get(bulk));
        hole.map(|hole| &hole.source)
    }

    fn says_the_same(&self, step: &Step, other: &Side<'_>, its: &Step, to_unicode: bool) -> bool {
        match (step, its) {
            (Step::Element(element), Step::Element(its)) => {
                if (element.tag, element.vr) != (its.tag, its.vr)
                    || self.hole(element) != other.hole(its)
                {
                    return false;
                }
                let (value, its_value) = (self.value(element), other.value(its));
                if value == its_value && (!to_unicode || is_plain(value)) {
                    return true;
                }
                let vr: Option<VR> = effective(element.tag, element.vr);
                if !to_unicode || !is_text(vr) {
                    return value == its_value;
                }
                let text = self.scopes.current().decode_exactly(value);
                let its = other.scopes.current().decode_exactly(its_value);
                let trimmed =
                    |text: Option<String>| text.map(|text| text.trim_end_matches(' ').to_owned());
                text.is_some() && trimmed(text) == trimmed(its)
            }
            (Step::Open(opened), Step::Open(its)) => {
                (opened.tag, opened.vr, opened.is_item) == (its.tag, its.vr, its.is_item)
                    && opened.has_length == its.has_length
            }
            (Step::Close(end), Step::Close(its)) => end.len() == its.len(),
            _ => false,
        }
    }
}
