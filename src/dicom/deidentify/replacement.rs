//! One attribute and its new value, checked when it is made: what cannot be written is never tried.

use dicom_core::VR;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr;

/// An attribute that the Cloud API's anonymisation names (`DicomTagsEnum`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As the API names it.
    pub name: &'static str,
    /// The standard's keyword.
    pub keyword: &'static str,
    /// For a label.
    pub label: &'static str,
}

const fn field(name: &'static str, keyword: &'static str, label: &'static str) -> Field {
    Field {
        name,
        keyword,
        label,
    }
}

/// The ten that the API's library names.
pub const FIELDS: [Field; 10] = [
    field("PatientName", "PatientName", "Patient name"),
    field("PatientId", "PatientID", "Patient ID"),
    field("OtherPatientId", "OtherPatientIDs", "Other patient ID"),
    field(
        "OtherPatientName",
        "OtherPatientNames",
        "Other patient name",
    ),
    field("StudyDescription", "StudyDescription", "Study description"),
    field(
        "ReferringPhysicianName",
        "ReferringPhysicianName",
        "Referring physician",
    ),
    field("InstitutionName", "InstitutionName", "Institution name"),
    field(
        "InstitutionAddress",
        "InstitutionAddress",
        "Institution address",
    ),
    field("AccessionNumber", "AccessionNumber", "Accession number"),
    field("StudyDate", "StudyDate", "Study date"),
];

/// A new value for an attribute, wherever it stands in a file. An empty value empties the attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Named", into = "Named")]
pub struct Replacement {
    tag: Tag,
    value: String,
    vr: [u8; 2],
}

/// As a profile writes it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    attribute: String,
    value: String,
}

impl TryFrom<Named> for Replacement {
    type Error = InvalidReplacement;

    fn try_from(named: Named) -> Result<Self, Self::Error> {
        Replacement::new(&named.attribute, &named.value)
    }
}

impl From<Replacement> for Named {
    fn from(replacement: Replacement) -> Self {
        Named {
            attribute: replacement.keyword(),
            value: replacement.value,
        }
    }
}

/// Why there is no such replacement. Says the attribute's name, and never the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}: {wants}.")]
pub struct InvalidReplacement {
    /// The attribute, as it was named.
    pub name: String,
    /// What is wrong with it, or with its value.
    pub wants: &'static str,
}

impl Replacement {
    /// Names the attribute as the API does ("PatientId", "x00100020"), or by the standard's keyword ("PatientID").
    ///
    /// # Errors
    /// An attribute that is not known or whose value is no plain text; a value that the attribute cannot hold.
    pub fn new(name: &str, value: &str) -> Result<Self, InvalidReplacement> {
        let invalid = |wants| InvalidReplacement {
            name: name.trim().chars().take(60).collect(),
            wants,
        };
        let tag = tag_of(name.trim())
            .ok_or_else(|| invalid("no attribute of the DICOM standard is named so"))?;
        let vr = vr::of(tag).filter(|_| tag.0 > 0x0002 && tag != CHARACTER_SET);
        let (vr, value) = vr
            .ok_or("this attribute cannot be replaced")
            .and_then(|vr| written(vr, value))
            .map_err(invalid)?;
        Ok(Replacement { tag, value, vr })
    }

    /// The new value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The standard's keyword of the attribute.
    pub fn keyword(&self) -> String {
        vr::keyword(self.tag)
    }

    pub(super) fn tag(&self) -> Tag {
        self.tag
    }

    /// The value representation that it is written with.
    pub(super) fn vr(&self) -> [u8; 2] {
        self.vr
    }
}

/// The new value of the attribute with this keyword, if it gets one; of several the last.
pub fn value_of<'a>(replacements: &'a [Replacement], keyword: &str) -> Option<&'a str> {
    let tag = vr::by_keyword(keyword)?;
    let of_it = |replacement: &&Replacement| replacement.tag == tag;
    replacements
        .iter()
        .rev()
        .find(of_it)
        .map(Replacement::value)
}

/// The replacement for this attribute; of several the last.
pub(super) fn find(replacements: &[Replacement], tag: Tag) -> Option<&Replacement> {
    replacements
        .iter()
        .rev()
        .find(|replacement| replacement.tag == tag)
}

pub(super) const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);

fn tag_of(name: &str) -> Option<Tag> {
    if let Some(field) = FIELDS.iter().find(|field| field.name == name) {
        return vr::by_keyword(field.keyword);
    }
    let number = name
        .strip_prefix(['x', 'X'])
        .filter(|number| number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match number.and_then(|number| u32::from_str_radix(number, 16).ok()) {
        Some(number) => {
            let [g0, g1, e0, e1] = number.to_be_bytes();
            let tag = Tag(u16::from_be_bytes([g0, g1]), u16::from_be_bytes([e0, e1]));
            vr::of(tag).map(|_| tag)
        }
        None => vr::by_keyword(name),
    }
}

/// The value as it is written with this value representation (PS3.5, table 6.2-1), without its padding.
fn written(vr: VR, value: &str) -> Result<([u8; 2], String), &'static str> {
    let value = match vr {
        VR::ST | VR::LT => value.trim_end_matches([' ', '\0']),
        _ => value.trim_matches([' ', '\0']),
    };
    let is_break = |c: char| matches!(c, '\r' | '\n' | '\t' | '\u{C}');
    let breaks = matches!(vr, VR::ST | VR::LT);
    if value
        .chars()
        .any(|c| c.is_control() && !(breaks && is_break(c)))
    {
        return Err("it holds a control character");
    }
    if !breaks && value.contains('\\') {
        return Err("a backslash would make two values of it");
    }
    let no_longer_than = |most: usize, wants| match value.chars().count() <= most {
        true => Ok(value.to_owned()),
        false => Err(wants),
    };
    let value = match vr {
        VR::PN => name(value).map(|()| value.to_owned()),
        VR::SH => no_longer_than(16, "it can hold 16 characters at most"),
        VR::LO => no_longer_than(64, "it can hold 64 characters at most"),
        VR::ST => no_longer_than(1024, "it can hold 1024 characters at most"),
        VR::LT => no_longer_than(10240, "it can hold 10240 characters at most"),
        VR::DA => date(value),
        VR::CS => code(value),
        _ => Err("this attribute cannot be replaced"),
    }?;
    Ok((vr.to_bytes(), value))
}

/// Up to three groups of up to five parts, each group of up to 64 characters (PS3.5, 6.2.1).
fn name(value: &str) -> Result<(), &'static str> {
    let groups: Vec<&str> = value.split('=').collect();
    if groups.len() > 3 {
        return Err("a name has three groups at most, parted by =");
    }
    if groups.iter().any(|group| group.chars().count() > 64) {
        return Err("it can hold 64 characters at most");
    }
    match groups.iter().any(|group| group.split('^').count() > 5) {
        true => Err("a name has five parts at most, parted by ^"),
        false => Ok(()),
    }
}

/// `YYYYMMDD`; `YYYY-MM-DD` is taken too.
fn date(value: &str) -> Result<String, &'static str> {
    const WANTS: &str = "it is a date, written YYYY-MM-DD";
    let digits = match value
        .split('-')
        .map(str::len)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [0] => return Ok(String::new()),
        [4, 2, 2] => value.replace('-', ""),
        _ => value.to_owned(),
    };
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WANTS);
    }
    let part = |range| digits.get(range).unwrap_or_default();
    let year = part(0..4).parse::<i16>().map_err(|_| WANTS)?;
    let month = part(4..6).parse::<i8>().map_err(|_| WANTS)?;
    let day = part(6..8).parse::<i8>().map_err(|_| WANTS)?;
    match Date::new(year, month, day) {
        Ok(_) => Ok(digits),
        Err(_) => Err("there is no such day"),
    }
}

fn code(value: &str) -> Result<String, &'static str> {
    let allowed =
        |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b" _".contains(&byte);
    match value.len() <= 16 && value.bytes().all(allowed) {
        true => Ok(value.to_owned()),
        false => Err("it holds up to 16 capital letters, digits, blanks and underscores"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_known_by_the_apis_name_by_its_number_and_by_its_keyword() {
        let of = |name| Replacement::new(name, "X1").unwrap();
        assert_eq!(of("PatientId"), of("x00100020"));
        assert_eq!(of("PatientID"), of("X00100020"));
        assert_eq!(of("OtherPatientName").keyword(), "OtherPatientNames");
        for field in FIELDS {
            let value = if field.name == "StudyDate" {
                "2026-11-24"
            } else {
                "X1"
            };
            let by_name = Replacement::new(field.name, value).unwrap();
            assert_eq!(by_name.keyword(), field.keyword);
            assert_eq!(Replacement::new(field.keyword, value).unwrap(), by_name);
        }
    }

    #[test]
    fn what_an_attribute_cannot_hold_is_refused_by_its_name() {
        let long = "x".repeat(65);
        for (name, value) in [
            ("PatientName", long.as_str()),
            ("PatientName", "a^b^c^d^e^f"),
            ("PatientName", "a=b=c=d"),
            ("PatientName", "a\\b"),
            ("PatientId", long.as_str()),
            ("PatientId", "a\nb"),
            ("AccessionNumber", "12345678901234567"),
            ("StudyDate", "2026-02-30"),
            ("StudyDate", "today"),
            ("PatientSex", "female"),
            ("Rows", "512"),
            ("StudyInstanceUID", "1.2.3"),
            ("SpecificCharacterSet", "ISO_IR 192"),
            ("MediaStorageSOPClassUID", "1.2.3"),
            ("PatientNam", "Nobody"),
            ("x0010", "Nobody"),
            ("x00090010", "Nobody"),
        ] {
            let error = Replacement::new(name, value).unwrap_err();
            assert_eq!(error.name, name);
            assert!(error.to_string().starts_with(name), "{error}");
        }
        // Characters are counted, not bytes.
        assert!(Replacement::new("PatientId", &"山".repeat(64)).is_ok());
        assert_eq!(
            Replacement::new("StudyDate", "2026-11-24").unwrap().value(),
            "20261124"
        );
        assert_eq!(
            Replacement::new("InstitutionAddress", "Road 1\r\nTown")
                .unwrap()
                .value(),
            "Road 1\r\nTown"
        );
    }
}
