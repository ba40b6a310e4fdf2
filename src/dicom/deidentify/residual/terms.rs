//! What identifies a patient in a file.

use std::collections::BTreeSet;
use std::fmt;

use dicom_core::VR;

use super::forms;
use super::words::is_ordinary;
use super::{Chosen, Error, Steps, Walk};
use crate::dicom::dataset::cursor::Step;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::vr::effective;
use crate::dicom::deidentify::scopes::Scopes;

/// What a term is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A name: the patient's, or of somebody else.
    Name,
    /// A patient ID, an accession number or another number of the patient or the request.
    Id,
    /// The birth date.
    BirthDate,
    /// A postal or electronic address.
    Address,
    /// A telephone number.
    Telephone,
    /// The name of an institution or a department.
    Institution,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Name => "A name",
            Kind::Id => "A number",
            Kind::BirthDate => "The birth date",
            Kind::Address => "An address",
            Kind::Telephone => "A telephone number",
            Kind::Institution => "An institution",
        })
    }
}

/// How a term must stand to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shape {
    /// One part of a name: not in codes, which have words of their own.
    Part,
    /// A text of several words, or a number with letters.
    Whole,
    /// Digits alone: not within a longer number, and not in values that are numbers.
    Digits,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
}

/// What to look for in a file that leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    pub(super) terms: BTreeSet<Term>,
    /// The terms of the original's character set, in which its texts may have been left as they were.
    pub(super) character_set: Vec<u8>,
}

const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const BIRTH_DATE: Tag = Tag(0x0010, 0x0030);
/// What identifies a patient, whatever was done with it.
const PATIENT: [Tag; 10] = [
    BIRTH_DATE,
    Tag(0x0008, 0x0050),
    Tag(0x0010, 0x0010),
    Tag(0x0010, 0x0020),
    Tag(0x0010, 0x1000),
    Tag(0x0010, 0x1001),
    Tag(0x0010, 0x1005),
    Tag(0x0010, 0x1040),
    Tag(0x0010, 0x1060),
    Tag(0x0010, 0x2154),
];

/// What an attribute holds, where it is not told by its VR.
fn kind_of(tag: Tag, vr: Option<VR>) -> Option<Kind> {
    const IDS: [Tag; 22] = [
        Tag(0x0008, 0x0050),
        Tag(0x0010, 0x0020),
        Tag(0x0010, 0x1000),
        Tag(0x0010, 0x1050),
        Tag(0x0010, 0x1080),
        Tag(0x0010, 0x1090),
        Tag(0x0020, 0x0010),
        Tag(0x0032, 0x0012),
        Tag(0x0038, 0x0010),
        Tag(0x0038, 0x0060),
        Tag(0x0040, 0x0009),
        Tag(0x0040, 0x0253),
        Tag(0x0040, 0x1001),
        Tag(0x0040, 0x2006),
        Tag(0x0040, 0x2007),
        Tag(0x0040, 0x2016),
        Tag(0x0040, 0x2017),
        Tag(0x0012, 0x0040),
        Tag(0x0040, 0xE001),
        Tag(0x0010, 0x0218),
        Tag(0x0040, 0x0512),
        Tag(0x0040, 0x0551),
    ];
    const ADDRESSES: [Tag; 6] = [
        Tag(0x0008, 0x0081),
        Tag(0x0008, 0x0092),
        Tag(0x0010, 0x1040),
        Tag(0x0040, 0x1102),
        Tag(0x0010, 0x2155),
        Tag(0x0008, 0x0096),
    ];
    const TELEPHONES: [Tag; 3] = [
        Tag(0x0008, 0x0094),
        Tag(0x0010, 0x2154),
        Tag(0x0040, 0x1103),
    ];
    match tag {
        BIRTH_DATE => Some(Kind::BirthDate),
        Tag(0x0008, 0x0080) | Tag(0x0008, 0x1040) => Some(Kind::Institution),
        _ if IDS.contains(&tag) => Some(Kind::Id),
        _ if ADDRESSES.contains(&tag) => Some(Kind::Address),
        _ if TELEPHONES.contains(&tag) => Some(Kind::Telephone),
        _ if vr == Some(VR::PN) => Some(Kind::Name),
        _ => None,
    }
}

impl Terms {
    /// Gathers them from an original's data set, in sequences too.
    ///
    /// # Errors
    /// Where it cannot be stepped through.
    pub(in crate::dicom::deidentify) fn gather(
        steps: Steps<'_>,
        data: &[u8],
        chosen: &Chosen<'_>,
    ) -> Result<Terms, Error> {
        let mut terms = Terms::default();
        let mut scopes = Scopes::new();
        let mut walk = Walk::new(steps);
        while let Some(step) = walk.next()? {
            scopes.enter(&step, data)?;
            let Step::Element(element) = step else {
                continue;
            };
            let value = data.get(element.value.clone()).unwrap_or_default();
            if element.tag == CHARACTER_SET && walk.open.is_empty() {
                terms.character_set = value.to_vec();
            }
            let vr = effective(element.tag, element.vr);
            let is_touched = || {
                let around = walk.open.iter().map(|(_, start)| *start);
                around
                    .chain([element.start])
                    .any(|start| (chosen.is_touched)(start))
            };
            let kind = kind_of(element.tag, vr).filter(|_| {
                let is_patients = chosen.always && PATIENT.contains(&element.tag);
                !(chosen.stays)(element.tag) && (is_patients || is_touched())
            });
            if let Some(kind) = kind.filter(|_| value.len() <= MOST_BYTES) {
                terms.take(kind, vr, value, scopes.current());
            }
        }
        Ok(terms)
    }

    fn take(&mut self, kind: Kind, vr: Option<VR>, value: &[u8], set: CharacterSet) {
        let text = set.decode(value);
        match vr {
            Some(VR::ST | VR::LT | VR::UT) => self.add(kind, &text),
            _ => text.split('\\').for_each(|one| self.add(kind, one)),
        }
    }

    /// One value of an attribute.
    pub(super) fn add(&mut self, kind: Kind, value: &str) {
        let value = value.trim_matches(['\0', ' ']);
        match kind {
            Kind::Name => {
                let (parts, wholes) = forms::of_name(value);
                let means = |part: &String| !is_ordinary(&part.to_lowercase());
                let (parts, _): (Vec<String>, Vec<String>) = parts.into_iter().partition(means);
                let rest = wholes
                    .into_iter()
                    .filter(|whole| whole.chars().count() >= 4);
                // Where each part is one, the whole is found by its parts.
                self.insert(kind, Shape::Part, parts);
                let says = |whole: &String| {
                    let mut words = whole.split(['^', ' ', ',']).filter(|word| !word.is_empty());
                    !words.all(|word| is_ordinary(&word.to_lowercase()))
                };
                self.insert(kind, Shape::Whole, rest.filter(says).collect());
            }
            Kind::Id => {
                let ids = forms::of_id(value).into_iter();
                let means = |id: &String| !is_ordinary(&id.to_lowercase());
                self.insert(kind, Shape::Whole, ids.filter(means).collect());
            }
            Kind::BirthDate => self.insert(kind, Shape::Digits, forms::of_date(value)),
            Kind::Address => self.insert(kind, Shape::Whole, forms::of_address(value)),
            Kind::Telephone => self.insert(kind, Shape::Whole, forms::of_telephone(value)),
            Kind::Institution => {
                let is_one = value.chars().filter(|c| c.is_alphabetic()).count() >= 5
                    && !value
                        .split(' ')
                        .all(|word| is_ordinary(&word.to_lowercase()));
                self.insert(
                    kind,
                    Shape::Whole,
                    is_one.then(|| value.to_owned()).into_iter().collect(),
                );
            }
        }
    }

    fn insert(&mut self, kind: Kind, shape: Shape, texts: Vec<String>) {
        for text in texts {
            if self.terms.len() >= MOST_TERMS {
                return;
            }
            let is_number = text.chars().all(|c| !c.is_alphabetic());
            let shape = if is_number { Shape::Digits } else { shape };
            self.terms.insert(Term { text, kind, shape });
        }
    }

    /// Leaves out what stands in the new values: it is meant to be there.
    pub fn without<'a>(mut self, new: impl IntoIterator<Item = &'a str>) -> Self {
        for value in new {
            let value = value.to_lowercase();
            let says = |term: &Term| {
                let text = term.text.to_lowercase();
                let mut found = value.match_indices(&text);
                found.any(|(at, _)| stands_alone(&value, at, at + text.len()))
            };
            self.terms.retain(|term| !says(term));
        }
        self
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// The longest value that is taken, in bytes, and the most terms.
const MOST_BYTES: usize = 64 * 1024;
const MOST_TERMS: usize = 20_000;

/// Whether no letter or digit touches a part of a text.
pub(super) fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let touches = |c: Option<char>| c.is_some_and(is_of_a_word);
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    let edge = |c: Option<char>| c.is_some_and(is_of_a_word);
    let inside = text.get(start..end).unwrap_or_default();
    !(touches(before) && edge(inside.chars().next())
        || touches(after) && edge(inside.chars().next_back()))
}

/// Letters and digits; Chinese, Japanese and Korean are written without blanks.
fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() && u32::from(c) < 0x1100
}
