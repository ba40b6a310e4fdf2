//! Names of attributes and UIDs (PS3.6), and VRs of attributes.

use std::collections::HashMap;
use std::sync::LazyLock;

use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

use crate::dicom::dataset::element::Tag;

/// Lines of tag, tab, name. `x` in a tag stands for any digit.
const NAMES: &str = include_str!("../../../assets/attributes/names.tsv");
/// Lines of UID, tab, name.
const UIDS: &str = include_str!("../../../assets/attributes/uids.tsv");

struct Names {
    plain: HashMap<u32, &'static str>,
    masked: Vec<(&'static str, &'static str)>,
    uids: HashMap<&'static str, &'static str>,
}

static TABLES: LazyLock<Names> = LazyLock::new(|| {
    let (mut plain, mut masked) = (HashMap::new(), Vec::new());
    for (tag, name) in NAMES.lines().filter_map(|line| line.split_once('\t')) {
        match u32::from_str_radix(tag, 16) {
            Ok(number) => drop(plain.insert(number, name)),
            Err(_) => masked.push((tag, name)),
        }
    }
    let uids = UIDS.lines().filter_map(|line| line.split_once('\t'));
    Names {
        plain,
        masked,
        uids: uids.collect(),
    }
});

/// Name of an attribute as printed in the standard; `None` for private and unknown ones.
pub(super) fn name(Tag(group, element): Tag) -> Option<&'static str> {
    if group % 2 == 1 {
        return None;
    }
    let number = (u32::from(group) << 16) | u32::from(element);
    if let Some(name) = TABLES.plain.get(&number) {
        return Some(name);
    }
    if element == 0 {
        return Some("Group Length");
    }
    let digits = format!("{number:08X}");
    let fits = |mask: &str| {
        let mut both = mask.bytes().zip(digits.bytes());
        both.all(|(mask, digit)| mask == b'x' || mask == digit)
    };
    let masked = TABLES.masked.iter().find(|(mask, _)| fits(mask));
    masked.map(|(_, name)| *name)
}

/// Keyword of an attribute; `None` for private and unknown ones.
pub(super) fn keyword(tag: Tag) -> Option<&'static str> {
    let entry = entry(tag)?;
    Some(entry.alias()).filter(|keyword| !keyword.is_empty())
}

/// Name of a UID registered in the standard.
pub(super) fn uid(uid: &str) -> Option<&'static str> {
    TABLES.uids.get(uid).copied()
}

type Entry = <StandardDataDictionary as DataDictionary>::Entry;

fn entry(tag: Tag) -> Option<&'static Entry> {
    if tag.0 % 2 == 1 {
        return None;
    }
    StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1))
}

/// Whether an element is a private creator (PS3.5 7.8.1).
pub(super) fn is_creator(tag: Tag) -> bool {
    tag.0 % 2 == 1 && (0x10..=0xFF).contains(&tag.1)
}

/// VR of an attribute according to the dictionary. `signed`: Pixel Representation of the data set; `length`: of the
/// value, in bytes.
pub(super) fn vr(tag: Tag, signed: bool, length: u64) -> Option<VR> {
    if tag.1 == 0 {
        return Some(VR::UL);
    }
    if is_creator(tag) {
        return Some(VR::LO);
    }
    match entry(tag)?.vr() {
        VirtualVr::Exact(VR::UN) => None,
        VirtualVr::Exact(vr) => Some(vr),
        VirtualVr::Xs if signed => Some(VR::SS),
        VirtualVr::Xs => Some(VR::US),
        // LUT Data with a single entry is a number (PS3.3 C.11.1).
        VirtualVr::Lt if length <= 2 => Some(VR::US),
        _ => Some(VR::OW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_named_as_the_standard_prints_them() {
        assert_eq!(name(Tag(0x0010, 0x0010)), Some("Patient's Name"));
        assert_eq!(keyword(Tag(0x0010, 0x0010)), Some("PatientName"));
        assert_eq!(name(Tag(0x6002, 0x3000)), Some("Overlay Data"));
        assert_eq!(name(Tag(0x0008, 0x0000)), Some("Group Length"));
        assert_eq!(name(Tag(0x0009, 0x1001)), None);
        assert_eq!(keyword(Tag(0x0009, 0x1001)), None);
        assert_eq!(uid("1.2.840.10008.5.1.4.1.1.2"), Some("CT Image Storage"));
        assert_eq!(
            uid("1.2.840.10008.1.2.1"),
            Some("Explicit VR Little Endian")
        );
    }

    #[test]
    fn what_the_dictionary_leaves_open_is_decided_by_the_data_set() {
        let smallest = Tag(0x0028, 0x0106);
        assert_eq!(vr(smallest, false, 2), Some(VR::US));
        assert_eq!(vr(smallest, true, 2), Some(VR::SS));
        assert_eq!(vr(Tag(0x7FE0, 0x0010), false, 512), Some(VR::OW));
        assert_eq!(vr(Tag(0x0009, 0x0010), false, 10), Some(VR::LO));
        assert_eq!(vr(Tag(0x0009, 0x1010), false, 10), None);
    }
}
