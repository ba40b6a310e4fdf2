//! The first step: everything is looked at before a byte is written.

use super::error::Error;
use super::replacement::{CHARACTER_SET, Replacement};
use super::steps::{Step, Steps};
use super::vr;
use crate::dicom::source::{Layout, Tag};
use crate::dicom::text::CharacterSet;

/// How a data set is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Whether every text is rewritten to ISO_IR 192, because a new value does not fit the character set where it goes.
    pub(super) to_unicode: bool,
    /// Whether the top level names a character set.
    pub(super) names_character_set: bool,
    /// Attributes that the top level does not have and gets.
    pub(super) missing: Vec<Tag>,
}

/// Steps through the whole data set.
///
/// # Errors
/// Where it cannot be stepped through, or could not be written.
pub(super) fn survey(
    data: &[u8],
    layout: Layout,
    replacements: &[Replacement],
) -> Result<Plan, Error> {
    let mut steps = Steps::new(data, layout);
    let mut scopes = Scopes::new();
    let mut missing: Vec<Tag> = replacements.iter().map(Replacement::tag).collect();
    let (mut to_unicode, mut names_character_set) = (false, false);
    while let Some(step) = steps.next()? {
        scopes.enter(&step, data)?;
        match step {
            Step::Element(element) => {
                let is_top = steps.depth() == 0;
                names_character_set |= is_top && element.tag == CHARACTER_SET;
                if let Some(replacement) = find(replacements, element.tag) {
                    to_unicode |= !fits(replacement, scopes.current());
                    if is_top {
                        missing.retain(|tag| *tag != element.tag);
                    }
                }
            }
            Step::Open(opened) if find(replacements, opened.tag).is_some() => {
                return Err(Error::Damaged(
                    "an attribute to be replaced is written as a sequence",
                ));
            }
            Step::Open(_) | Step::Close(_) => {}
        }
    }
    let root = scopes.current();
    let are_missing = replacements
        .iter()
        .filter(|replacement| missing.contains(&replacement.tag()));
    to_unicode |= are_missing.into_iter().any(|missing| !fits(missing, root));
    Ok(Plan {
        to_unicode,
        names_character_set,
        missing,
    })
}

/// The replacement for this attribute.
pub(super) fn find(replacements: &[Replacement], tag: Tag) -> Option<&Replacement> {
    replacements
        .iter()
        .find(|replacement| replacement.tag() == tag)
}

fn fits(replacement: &Replacement, set: CharacterSet) -> bool {
    !replacement.is_text() || set.encode(replacement.value()).is_some()
}

/// The character set at each depth: an item has its parent's, or its own (PS3.3, C.12.1.1.2).
pub(super) struct Scopes {
    root: Scope,
    inner: Vec<Scope>,
}

#[derive(Clone, Copy)]
struct Scope {
    set: CharacterSet,
    has_text: bool,
}

impl Scopes {
    pub(super) fn new() -> Self {
        let set = CharacterSet::DEFAULT;
        Scopes {
            root: Scope {
                set,
                has_text: false,
            },
            inner: Vec::new(),
        }
    }

    /// The character set where the last step was.
    pub(super) fn current(&self) -> CharacterSet {
        self.inner.last().unwrap_or(&self.root).set
    }

    /// Follows a step.
    ///
    /// # Errors
    /// A character set that is named behind text that it is for: what that text says is not certain.
    pub(super) fn enter(&mut self, step: &Step, data: &[u8]) -> Result<(), Error> {
        match step {
            Step::Open(_) => {
                let set = self.current();
                self.inner.push(Scope {
                    set,
                    has_text: false,
                });
            }
            Step::Close(_) => {
                self.inner.pop();
            }
            Step::Element(element) => {
                let value = data.get(element.value.clone()).unwrap_or_default();
                let scope = self.inner.last_mut().unwrap_or(&mut self.root);
                if element.tag == CHARACTER_SET {
                    if scope.has_text {
                        return Err(Error::Damaged(
                            "its character set is named behind text that it is for",
                        ));
                    }
                    scope.set = CharacterSet::parse(value);
                } else if vr::is_text(vr::effective(element.tag, element.vr)) {
                    scope.has_text |= !value.is_ascii() || value.contains(&0x1B);
                }
            }
        }
        Ok(())
    }
}
