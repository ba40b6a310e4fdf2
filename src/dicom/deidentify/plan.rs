//! What becomes of a data set, decided before a byte is written.

use std::fmt;

use dicom_core::VR;

use super::replacement::Replacement;
use crate::dicom::dataset::element::Tag;

/// What becomes of a data set.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Whether every text is rewritten to ISO_IR 192, because a new value does not fit the character set where it goes.
    pub(super) to_unicode: bool,
    /// Whether the lengths of all groups are written anew, and not only of those that became another size.
    pub(super) all_groups: bool,
    /// By place, ascending.
    pub(super) changes: Vec<At>,
    /// Attributes that the top level gets, by tag, ascending.
    pub(super) added: Vec<Added>,
}

/// What begins at this place of the data set becomes something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    pub(super) start: usize,
    pub(super) change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It goes, with everything in it.
    Remove,
    /// A sequence loses its items.
    NoItems,
    Write(New),
}

/// A new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct New {
    /// `None` where the element was written without, and stays so.
    pub(super) vr: Option<[u8; 2]>,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Written in the character set of its place where its VR is one of text, as ASCII otherwise.
    Text(String),
    /// As it is.
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) tag: Tag,
    pub(super) new: New,
}

impl New {
    pub(super) fn text(vr: [u8; 2], text: impl Into<String>) -> Self {
        New {
            vr: Some(vr),
            value: Value::Text(text.into()),
        }
    }

    /// Whether it is written in the data set's character set.
    pub(super) fn is_text(&self) -> bool {
        crate::dicom::dataset::vr::is_text(self.vr.and_then(VR::from_binary))
    }
}

impl From<&Replacement> for New {
    fn from(replacement: &Replacement) -> Self {
        New::text(replacement.vr(), replacement.value())
    }
}

/// What was done with an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It went, with everything in it.
    Removed,
    /// It has no value any more.
    Emptied,
    /// It has a value that says nothing.
    Dummied,
    /// It has a value that was asked for.
    Replaced,
    /// What identifies somebody was taken out of it.
    Cleaned,
    /// It has another UID.
    UidReplaced,
    /// It was moved in time.
    Shifted,
    /// It was not there and is now.
    Added,
}

impl Action {
    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Action::Removed => "removed",
            Action::Emptied => "emptied",
            Action::Dummied => "dummy",
            Action::Replaced => "replaced",
            Action::Cleaned => "cleaned",
            Action::UidReplaced => "uid",
            Action::Shifted => "shifted",
            Action::Added => "added",
        }
    }
}

/// Why something was done with an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Table E.1-1 of PS3.15 says so of it: this is the action that it writes, such as "X/Z".
    Profile(&'static str),
    /// An option of the standard names it.
    Option(&'static str),
    /// The profile overrides what the standard says.
    Override,
    /// A new value was asked for.
    Value,
    /// It is private, and not known to be safe.
    Private,
    /// The table does not name it; a value of this kind identifies.
    Vr,
    /// It stands in a sequence whose content is to say nothing, or is cleaned.
    Inside,
    /// The standard wants it to be said that the file was de-identified.
    Mark,
    /// Another new value does not fit the file's character set.
    CharacterSet,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Profile(action) => write!(f, "Basic Profile ({action})"),
            Why::Option(name) => f.write_str(name),
            Why::Override => f.write_str("own rule"),
            Why::Value => f.write_str("new value"),
            Why::Private => f.write_str("private"),
            Why::Vr => f.write_str("kind of value"),
            Why::Inside => f.write_str("part of a sequence that is cleaned"),
            Why::Mark => f.write_str("says that the file was de-identified"),
            Why::CharacterSet => f.write_str("character set"),
        }
    }
}

/// An attribute of one file that was touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Where it stands: tags with the numbers of items, from one, such as "(0008,1140)[1].(0008,1155)".
    pub path: String,
    /// The standard's keyword, or the tag where it has none.
    pub keyword: String,
    /// As written, or by the dictionary; empty where it is not known.
    pub vr: String,
    /// What was done.
    pub action: Action,
    /// And why.
    pub why: Why,
    /// What it said, where that was asked for. This identifies the patient.
    pub before: Option<String>,
    /// What it says now, where that was asked for.
    pub after: Option<String>,
}
