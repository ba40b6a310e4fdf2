//! The third step: what was written is read again, beside the original, from its first element to its last.

use dicom_core::VR;

use super::error::Error;
use super::replacement::{CHARACTER_SET, Replacement};
use super::steps::{Element, Step, Steps};
use super::survey::{Plan, Scopes, find};
use super::vr::{effective, is_text, keyword};
use super::write::UNICODE;
use crate::dicom::source::{Layout, Tag};

/// Holds the written data set against the original: every replaced attribute has its new value wherever it stands, every
/// one of them stands at the top level, and everything else says what it said, pixel data byte for byte.
///
/// # Errors
/// What is not so.
pub(super) fn check(
    before: &[u8],
    after: &[u8],
    layout: Layout,
    replacements: &[Replacement],
    plan: &Plan,
) -> Result<(), Error> {
    let mut old = Side::new(before, layout, replacements, plan);
    let mut new = Side::new(after, layout, replacements, plan);
    loop {
        old.ahead()?;
        let changed = new.changed()?;
        if !changed.is_empty() {
            return Err(not_as_meant(&changed));
        }
        match (&old.step, &new.step) {
            (None, None) => break,
            (Some(one), Some(other)) if old.says_the_same(one, &new, other)? => {}
            (Some(Step::Element(element)), _) => return Err(not_as_meant(&[element.tag])),
            _ => {
                return Err(Error::NotAsMeant(
                    "its elements are not those of the file".into(),
                ));
            }
        }
    }
    match replacements
        .iter()
        .map(Replacement::tag)
        .chain(plan.to_unicode.then_some(CHARACTER_SET))
        .find(|tag| !new.at_top.contains(tag))
    {
        Some(tag) => Err(Error::NotAsMeant(format!("{} is missing", keyword(tag)))),
        None => Ok(()),
    }
}

fn not_as_meant(tags: &[Tag]) -> Error {
    let names: Vec<String> = tags.iter().map(|tag| keyword(*tag)).collect();
    Error::NotAsMeant(format!("{} is not what it should be", names.join(", ")))
}

/// The same in every character set.
fn is_plain(value: &[u8]) -> bool {
    value.is_ascii() && !value.contains(&0x1B)
}

struct Side<'a> {
    data: &'a [u8],
    steps: Steps<'a>,
    scopes: Scopes,
    replacements: &'a [Replacement],
    to_unicode: bool,
    step: Option<Step>,
    /// Changed attributes that were met at the top level.
    at_top: Vec<Tag>,
}

impl<'a> Side<'a> {
    fn new(data: &'a [u8], layout: Layout, replacements: &'a [Replacement], plan: &Plan) -> Self {
        Side {
            data,
            steps: Steps::new(data, layout),
            scopes: Scopes::new(),
            replacements,
            to_unicode: plan.to_unicode,
            step: None,
            at_top: Vec::new(),
        }
    }

    fn advance(&mut self) -> Result<Option<&Element>, Error> {
        self.step = self.steps.next()?;
        if let Some(step) = &self.step {
            self.scopes.enter(step, self.data)?;
        }
        match &self.step {
            Some(Step::Element(element)) => Ok(Some(element)),
            _ => Ok(None),
        }
    }

    /// To the next step that is the same in both.
    fn ahead(&mut self) -> Result<(), Error> {
        loop {
            let tag = match self.advance()? {
                Some(element) => element.tag,
                None => return Ok(()),
            };
            if !self.may_change(tag) && tag.1 != 0 {
                return Ok(());
            }
        }
    }

    /// The same, over what was changed: the attributes among it that are not as they should be, at most one.
    fn changed(&mut self) -> Result<Vec<Tag>, Error> {
        loop {
            let element = match self.advance()? {
                Some(element) => element.clone(),
                None => return Ok(Vec::new()),
            };
            if self.may_change(element.tag) {
                if !self.is_as_meant(&element) {
                    return Ok(vec![element.tag]);
                }
                if self.steps.depth() == 0 {
                    self.at_top.push(element.tag);
                }
            } else if element.tag.1 != 0 {
                return Ok(Vec::new());
            }
        }
    }

    fn may_change(&self, tag: Tag) -> bool {
        find(self.replacements, tag).is_some() || (self.to_unicode && tag == CHARACTER_SET)
    }

    fn is_as_meant(&self, element: &Element) -> bool {
        let value = self.value(element);
        let Some(replacement) = find(self.replacements, element.tag) else {
            return value == UNICODE;
        };
        let text = self.scopes.current().decode_exactly(value);
        let is_so = text.is_some_and(|text| text.trim_end_matches(' ') == replacement.value());
        let vr = element.vr.is_none_or(|vr| vr == replacement.vr());
        is_so && vr && value.len().is_multiple_of(2)
    }

    fn value(&self, element: &Element) -> &'a [u8] {
        self.data.get(element.value.clone()).unwrap_or_default()
    }

    fn says_the_same(&self, step: &Step, other: &Side<'_>, its: &Step) -> Result<bool, Error> {
        match (step, its) {
            (Step::Element(element), Step::Element(its)) => {
                if (element.tag, element.vr) != (its.tag, its.vr) {
                    return Ok(false);
                }
                let (value, its_value) = (self.value(element), other.value(its));
                if value == its_value && (!self.to_unicode || is_plain(value)) {
                    return Ok(true);
                }
                let vr: Option<VR> = effective(element.tag, element.vr);
                if !self.to_unicode || !is_text(vr) {
                    return Ok(value == its_value);
                }
                let text = self.scopes.current().decode_exactly(value);
                let its = other.scopes.current().decode_exactly(its_value);
                let trimmed =
                    |text: Option<String>| text.map(|text| text.trim_end_matches(' ').to_owned());
                Ok(text.is_some() && trimmed(text) == trimmed(its))
            }
            (Step::Open(opened), Step::Open(its)) => Ok((opened.tag, opened.vr, opened.is_item)
                == (its.tag, its.vr, its.is_item)
                && opened.has_length == its.has_length),
            (Step::Close(end), Step::Close(its)) => Ok(end.len() == its.len()),
            _ => Ok(false),
        }
    }
}
