//! What the dictionary knows of an attribute.

use dicom_core::VR;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use crate::dicom::dataset::element::Tag;

/// The value representation of a standard attribute; `None` for private and unknown ones.
pub(in crate::dicom) fn of(tag: Tag) -> Option<VR> {
    if tag.0 % 2 == 1 {
        return None;
    }
    let entry = StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1))?;
    entry.vr().exact()
}

/// Whether a standard attribute is a sequence; `None` where the dictionary does not know.
pub(in crate::dicom) fn is_sequence(tag: Tag) -> Option<bool> {
    if tag.0 % 2 == 1 {
        return None;
    }
    let entry = StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1))?;
    match entry.vr().exact() {
        Some(VR::UN) => None,
        vr => Some(vr == Some(VR::SQ)),
    }
}

/// The attribute's keyword, or its number where it has none.
pub(in crate::dicom) fn keyword(tag: Tag) -> String {
    let entry = match tag.0 % 2 {
        0 => StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1)),
        _ => None,
    };
    match entry {
        Some(entry) => entry.alias().to_owned(),
        None => format!("({:04X},{:04X})", tag.0, tag.1),
    }
}

/// The attribute of a keyword.
pub(in crate::dicom) fn by_keyword(keyword: &str) -> Option<Tag> {
    let entry = StandardDataDictionary.by_name(keyword)?;
    let tag = entry.tag();
    Some(Tag(tag.0, tag.1))
}

/// The value representation that an element is written with, or, where the file does not say it, the dictionary's.
pub(in crate::dicom) fn effective(tag: Tag, written: Option<[u8; 2]>) -> Option<VR> {
    match written {
        Some(vr) if vr != *b"UN" => VR::from_binary(vr),
        _ => of(tag),
    }
}

/// Whether text of this value representation is written in the data set's character set (PS3.5, 6.1.2.2).
pub(in crate::dicom) fn is_text(vr: Option<VR>) -> bool {
    matches!(
        vr,
        Some(VR::SH | VR::LO | VR::ST | VR::LT | VR::UC | VR::UT | VR::PN)
    )
}
