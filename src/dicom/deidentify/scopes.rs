//! Which character set counts where.

use super::error::Error;
use super::replacement::CHARACTER_SET;
use crate::dicom::dataset::cursor::Step;
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::vr;

/// The character set at each depth: an item has its parent's, or its own (PS3.3, C.12.1.1.2).
#[derive(Default)]
pub(super) struct Scopes {
    root: Scope,
    inner: Vec<Scope>,
}

#[derive(Clone, Copy)]
struct Scope {
    set: CharacterSet,
    has_text: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Scope {
            set: CharacterSet::DEFAULT,
            has_text: false,
        }
    }
}

impl Scopes {
    pub(super) fn new() -> Self {
        Scopes::default()
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
