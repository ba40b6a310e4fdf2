//! An attribute as a profile names it: by keyword, by number, in a certain sequence, or private with its creator.

use std::fmt;
use std::str::FromStr;

use dicom_core::VR;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr;

/// An attribute, named by the standard's keyword ("PatientID") or by its number ("(0010,0020)", "x00100020"), wherever it
/// stands; behind the names of sequences and dots ("ReferencedStudySequence.StudyDate") only in these. A private one is
/// named with its creator and its number within the creator's block: "(0019,xx08,SIEMENS MR HEADER)".
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Attribute {
    /// From the outermost one that is named.
    steps: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Standard(Tag),
    Private {
        group: u16,
        element: u8,
        creator: String,
    },
}

/// No attribute is named so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("No attribute of the DICOM standard is named “{0}”.")]
pub struct UnknownAttribute(pub String);

impl Attribute {
    /// Whether its value is a date, alone or with a time.
    pub(super) fn is_date(&self) -> bool {
        match self.steps.last() {
            Some(Name::Standard(tag)) => matches!(vr::of(*tag), Some(VR::DA | VR::DT)),
            Some(Name::Private { .. }) | None => false,
        }
    }

    /// Whether this is one that stands at such a place: names of sequences from the outermost one, and its own.
    pub(super) fn fits(&self, place: &[Name]) -> bool {
        place.ends_with(&self.steps)
    }
}

impl FromStr for Attribute {
    type Err = UnknownAttribute;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownAttribute(text.trim().chars().take(80).collect());
        let steps: Option<Vec<Name>> = parts(text.trim()).map(|part| name(part.trim())).collect();
        match steps {
            Some(steps) if !steps.is_empty() => Ok(Attribute { steps }),
            _ => Err(unknown()),
        }
    }
}

/// At the dots that are not in brackets: a creator may have some.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.split(move |c| {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        c == '.' && !inside
    })
}

fn name(text: &str) -> Option<Name> {
    let Some(inside) = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
    else {
        let number = text.strip_prefix(['x', 'X']).filter(|rest| rest.len() == 8);
        return match number.and_then(hexadecimal) {
            Some(number) => standard(Tag(
                u16::try_from(number >> 16).ok()?,
                u16::try_from(number & 0xFFFF).ok()?,
            )),
            None => vr::by_keyword(text).map(Name::Standard),
        };
    };
    let mut numbers = inside.splitn(3, ',').map(str::trim);
    let group = u16::try_from(hexadecimal(numbers.next().filter(|text| text.len() == 4)?)?).ok()?;
    let element = numbers.next().filter(|text| text.len() == 4)?;
    match numbers.next() {
        None => standard(Tag(group, u16::try_from(hexadecimal(element)?).ok()?)),
        Some(creator) if group % 2 == 1 && !creator.is_empty() => Some(Name::Private {
            group,
            element: u8::try_from(hexadecimal(element.strip_prefix("xx")?)?).ok()?,
            creator: creator.to_owned(),
        }),
        Some(_) => None,
    }
}

fn hexadecimal(text: &str) -> Option<u32> {
    let are = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    are.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

fn standard(tag: Tag) -> Option<Name> {
    (tag.0 > 2 && tag.0.is_multiple_of(2)).then_some(Name::Standard(tag))
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            if number > 0 {
                f.write_str(".")?;
            }
            match step {
                Name::Standard(tag) => f.write_str(&vr::keyword(*tag))?,
                Name::Private {
                    group,
                    element,
                    creator,
                } => write!(f, "({group:04X},xx{element:02X},{creator})")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Attribute {
    type Error = UnknownAttribute;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Attribute> for String {
    fn from(attribute: Attribute) -> Self {
        attribute.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_written_as_it_is_read() {
        for text in [
            "PatientID",
            "ReferencedStudySequence.StudyDate",
            "(0019,xx08,SIEMENS MR HEADER)",
            "RequestAttributesSequence.(0029,xx10,ACME 1.0)",
            "(0008,FFF2)",
        ] {
            let attribute: Attribute = text.parse().unwrap();
            assert_eq!(attribute.to_string(), text);
        }
        let of = |text: &str| text.parse::<Attribute>().unwrap();
        assert_eq!(of("(0010,0020)"), of("x00100020"));
        assert_eq!(of("(0010,0020)"), of("PatientID"));
        for bad in [
            "",
            ".",
            "PatientNam",
            "(0010,20)",
            "(0019,1008)",
            "(0010,xx20,ACME)",
            "(0019,xx08,)",
            "(0002,0003)",
            "x+0100020",
        ] {
            assert!(bad.parse::<Attribute>().is_err(), "{bad}");
        }
    }
}
