//! Elements that are written otherwise than the standard has it, and how they are read all the same: with a value
//! representation that nobody knows, in the wrong order, and with explicit elements inside a value of VR UN.

use dicom_core::dictionary::DataDictionary as _;
use dicom_dictionary_std::StandardDataDictionary;

use super::element::{Layout, Start, Tag, is_long};

const UNDEFINED: u32 = u32::MAX;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);
const ROWS: Tag = Tag(0x0028, 0x0010);
const STUDY_UID: Tag = Tag(0x0020, 0x000D);
const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);

/// Whether this is a value representation of the standard (PS3.5, 6.2).
pub(in crate::dicom) fn is_known(vr: [u8; 2]) -> bool {
    is_long(vr)
        || matches!(
            &vr,
            b"AE"
                | b"AS"
                | b"AT"
                | b"CS"
                | b"DA"
                | b"DS"
                | b"DT"
                | b"FD"
                | b"FL"
                | b"IS"
                | b"LO"
                | b"LT"
                | b"PN"
                | b"SH"
                | b"SL"
                | b"SS"
                | b"ST"
                | b"TM"
                | b"UI"
                | b"UL"
                | b"US"
        )
}

/// Whether these two bytes are certainly no value representation but the beginning of a length: neither two that can be
/// printed nor two zeros.
pub(in crate::dicom) fn is_no_vr(vr: [u8; 2]) -> bool {
    let printable = |byte: &u8| (0x20..0x7F).contains(byte);
    !(vr.iter().all(printable) || vr == [0, 0])
}

/// What stands at a place that was looked at.
#[derive(Debug, Clone, Copy)]
pub(in crate::dicom) struct Follows {
    pub(in crate::dicom) bytes: Start,
    /// How many of them there are; none: what is read ends just there.
    pub(in crate::dicom) there: usize,
}

/// How an element with an odd value representation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) enum OddForm {
    /// Without one: what looks like it is a length of four bytes.
    NoVr(u32),
    /// With a length of two bytes behind it.
    Short(u16),
    /// With two zeros and a length of four bytes behind it, as every VR that is new has it (PS3.5, 7.1.2).
    Long(u32),
}

/// Finds out how such an element is written, by what follows it: the next element of the data set, the end of a sequence
/// or an item, or the end of all. Where none of the ways leads to one of these: as the standard has it for VRs that are
/// not known where it is two letters, and without VR where it is none.
///
/// `look`: what stands so many bytes behind the element's beginning.
pub(in crate::dicom) fn odd_form(
    start: Start,
    layout: Layout,
    mut look: impl FnMut(u64) -> Option<Follows>,
) -> OddForm {
    let [g0, g1, e0, e1, v0, v1, l0, l1] = start;
    let tag = Tag(layout.u16([g0, g1]), layout.u16([e0, e1]));
    let no_vr = OddForm::NoVr(layout.u32([v0, v1, l0, l1]));
    let short = OddForm::Short(layout.u16([l0, l1]));
    let long = match (l0, l1) {
        (0, 0) => look(8).and_then(|follows| match follows {
            Follows {
                bytes: [a, b, c, d, ..],
                there: 4..,
            } => Some(OddForm::Long(layout.u32([a, b, c, d]))),
            Follows { .. } => None,
        }),
        _ => None,
    };
    let is_named = v0.is_ascii_uppercase() && v1.is_ascii_uppercase();
    let order = match is_named {
        true => [long, Some(short), Some(no_vr)],
        false => [Some(no_vr), Some(short), long],
    };
    let mut leads = |form: &OddForm| {
        let (behind, length) = match *form {
            OddForm::NoVr(length) => (8, length),
            OddForm::Short(length) => (8, length.into()),
            OddForm::Long(length) => (12, length),
        };
        if length == UNDEFINED {
            return look(behind).is_some_and(|follows| follows.is_item(layout));
        }
        let next = look(behind + u64::from(length));
        next.is_some_and(|follows| follows.is_next(tag, [v0, v1], layout))
    };
    let found = order.into_iter().flatten().find(|form| leads(form));
    found.unwrap_or(match is_named {
        true => long.unwrap_or(short),
        false => no_vr,
    })
}

impl Follows {
    fn tag(&self, layout: Layout) -> Option<(Tag, [u8; 2], u32)> {
        let [g0, g1, e0, e1, v0, v1, l0, l1] = self.bytes;
        let tag = Tag(layout.u16([g0, g1]), layout.u16([e0, e1]));
        let is_whole = self.there == self.bytes.len();
        is_whole.then(|| (tag, [v0, v1], layout.u32([v0, v1, l0, l1])))
    }

    fn is_item(&self, layout: Layout) -> bool {
        self.tag(layout).is_some_and(|(tag, ..)| tag == ITEM)
    }

    /// Whether this may follow an element: one with a higher number and a VR that is known or as odd, or an end.
    fn is_next(&self, own: Tag, odd: [u8; 2], layout: Layout) -> bool {
        match self.tag(layout) {
            None => self.there == 0,
            Some((ITEM_END | SEQUENCE_END, _, length)) => length == 0,
            Some((tag, vr, _)) => tag > own && tag.0 != ITEM.0 && (is_known(vr) || vr == odd),
        }
    }
}

/// How the elements in a sequence of VR UN are written: without VR, little-endian (PS3.5, 6.2.2, note 4), but where its
/// first item begins with an element that names one. `item`: the first eight bytes of the sequence, `first`: the next.
pub(in crate::dicom) fn inside_unknown(item: Option<Follows>, first: Option<Follows>) -> Layout {
    let plain = Layout::IMPLICIT;
    let item = item.and_then(|item| item.tag(plain));
    let first = first.and_then(|first| first.tag(plain));
    let (Some((ITEM, _, length)), Some((tag, vr, without))) = (item, first) else {
        return plain;
    };
    // Without VR the same bytes would be a length, which may have room in the item.
    let has_room = length != UNDEFINED && without <= length.saturating_sub(8);
    match is_known(vr) && tag.0 != ITEM.0 && !has_room {
        true => Layout::EXPLICIT,
        false => plain,
    }
}

/// What has come by of a data set, as far as its order is of matter: whether something behind the pixel data is a part of
/// it, or what a medium or a device left there.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::dicom) struct Order {
    pub(in crate::dicom) rows: bool,
    study: bool,
    pub(in crate::dicom) pixels: bool,
    /// Whether all that an image needs stood before its pixels.
    complete: bool,
}

impl Order {
    pub(in crate::dicom) fn note(&mut self, tag: Tag) {
        self.rows |= tag == ROWS;
        self.study |= tag == STUDY_UID;
        // Float, Double Float and ordinary pixel data (PS3.3, C.7.6.24, C.7.6.25, C.7.6.3).
        if tag.0 == PIXEL_DATA.0 && matches!(tag.1, 0x0008..=0x0010) && !self.pixels {
            self.pixels = true;
            self.complete = self.rows && self.study;
        }
    }

    /// Whether what is wrong from here on is none of the image: its pixels and all that goes before them are there.
    pub(in crate::dicom) fn is_complete(&self) -> bool {
        self.pixels && self.complete
    }

    /// Whether an element that is out of order, behind the pixel data, belongs to the data set: one that names a VR of the
    /// standard, or whose number the standard knows, and whose `length` bytes are there.
    pub(in crate::dicom) fn takes(
        &self,
        tag: Tag,
        vr: Option<[u8; 2]>,
        length: u32,
        left: u64,
    ) -> bool {
        let is_inside = (0x0008..PIXEL_DATA.0).contains(&tag.0);
        let has_room = length == UNDEFINED || u64::from(length) <= left;
        let is_standard = || {
            let number = dicom_core::Tag(tag.0, tag.1);
            tag.0.is_multiple_of(2) && StandardDataDictionary.by_tag(number).is_some()
        };
        is_inside && has_room && (vr.is_some() || is_standard())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The element that these begin with, and what follows it up to its end.
    fn form(bytes: &[u8]) -> OddForm {
        let start = *bytes.first_chunk().unwrap();
        odd_form(start, Layout::EXPLICIT, |behind| {
            let rest = bytes.get(usize::try_from(behind).ok()?..)?;
            let mut bytes = [0; 8];
            let there = rest.len().min(8);
            bytes[..there].copy_from_slice(&rest[..there]);
            Some(Follows { bytes, there })
        })
    }

    const NEXT: &[u8] = b"\x10\0\x10\0PN\x02\0AB";

    fn followed(beginning: &[u8]) -> OddForm {
        form(&[beginning, NEXT].concat())
    }

    #[test]
    fn the_form_of_an_odd_element_is_found_by_what_follows_it() {
        let tag = b"\x08\0\0\x70";
        let with = |rest: &[u8]| followed(&[tag, rest].concat());
        assert_eq!(with(b"ZZ\0\0\x06\0\0\0abcdef"), OddForm::Long(6));
        assert_eq!(with(b"UK\x06\0abcdef"), OddForm::Short(6));
        assert_eq!(with(b"UK\0\0"), OddForm::Short(0));
        for odd in [b"??", b"  ", b"cs", b"\0\0", b"--", b"U1"] {
            let short = [&odd[..], b"\x06\0abcdef"].concat();
            assert_eq!(with(&short), OddForm::Short(6), "{odd:?}");
            let long = [&odd[..], b"\0\0\x06\0\0\0abcdef"].concat();
            assert_eq!(with(&long), OddForm::Long(6), "{odd:?}");
        }
        assert_eq!(with(b"\0\0\0\0"), OddForm::NoVr(0));
        let long = [&b"  \0\0"[..], &[b'x'; 0x2020]].concat();
        assert_eq!(with(&long), OddForm::NoVr(0x2020));
        // Several of them, the last at the end.
        let two = b"\x09\0\x10\x10??\x02\0ab\x09\0\x11\x10??\x02\0ab";
        assert_eq!(form(two), OddForm::Short(2));
        // Nothing leads anywhere.
        assert_eq!(form(b"\x09\0\x10\x10ZZ\x09\0ab"), OddForm::Short(9));
        assert_eq!(
            form(b"\x09\0\x10\x10??\x09\0ab"),
            OddForm::NoVr(0x0009_3F3F)
        );
    }

    #[test]
    fn explicit_elements_in_a_value_of_vr_un_are_told_by_their_first() {
        let at = |bytes: &[u8; 8]| {
            Some(Follows {
                bytes: *bytes,
                there: 8,
            })
        };
        let item = at(b"\xFE\xFF\0\xE0\x34\0\0\0");
        let explicit = at(b"\x08\0\x50\x11UI\x1A\0");
        assert_eq!(inside_unknown(item, explicit), Layout::EXPLICIT);
        let implicit = at(b"\x08\0\x50\x11\x1A\0\0\0");
        assert_eq!(inside_unknown(item, implicit), Layout::IMPLICIT);
        let open = at(b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF");
        assert_eq!(inside_unknown(open, explicit), Layout::EXPLICIT);
        assert_eq!(inside_unknown(item, None), Layout::IMPLICIT);
        assert_eq!(inside_unknown(explicit, explicit), Layout::IMPLICIT);
    }
}
