//! File meta information and the marks that a de-identified file bears.

use super::error::Error;
use super::facts::DATES_MODIFIED;
use super::plan::{Added, New, Value};
use super::profile::{Dates, Options};
use super::write::put;
use crate::dicom::dataset::element::{Layout, Tag};

/// This program's, made once from a UUID (PS3.5, B.2).
const IMPLEMENTATION: &str = "2.25.173141207424548990404097622469494743825";
const VERSION: &str = "STUDYDROP";

const CLASS: Tag = Tag(0x0002, 0x0002);
pub(super) const INSTANCE: Tag = Tag(0x0002, 0x0003);
const SYNTAX: Tag = Tag(0x0002, 0x0010);
const NATIVE: [&str; 3] = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
];

/// A value of file meta information.
pub(super) fn of(meta: &[(Tag, Vec<u8>)], tag: Tag) -> String {
    let found = meta.iter().find(|(found, _)| *found == tag);
    let text = found.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    text.unwrap_or_default()
        .trim_matches(['\0', ' '])
        .to_owned()
}

/// Preamble, mark and file meta information, all of it new (PS3.10, 7.1).
///
/// # Errors
/// A file that does not say how its pixel data is packed, or says it with something that is no UID.
pub(super) fn written(
    meta: &[(Tag, Vec<u8>)],
    layout: Layout,
    is_packed: bool,
    class: &str,
    instance: &str,
) -> Result<Vec<u8>, Error> {
    let class = match class {
        "" => of(meta, CLASS),
        class => class.to_owned(),
    };
    let syntax = syntax(&of(meta, SYNTAX), layout, is_packed)?;
    let mut elements = Vec::new();
    let values: [(Tag, [u8; 2], &[u8]); 6] = [
        (Tag(0x0002, 0x0001), *b"OB", &[0, 1]),
        (CLASS, *b"UI", class.as_bytes()),
        (INSTANCE, *b"UI", instance.as_bytes()),
        (SYNTAX, *b"UI", syntax.as_bytes()),
        (Tag(0x0002, 0x0012), *b"UI", IMPLEMENTATION.as_bytes()),
        (Tag(0x0002, 0x0013), *b"SH", VERSION.as_bytes()),
    ];
    const TOO_LONG: Error = Error::Damaged("its file meta information would become too long");
    for (tag, vr, value) in values {
        put(&mut elements, tag, Some(vr), Layout::EXPLICIT, value).ok_or(TOO_LONG)?;
    }
    let mut head = vec![0; 128];
    head.extend_from_slice(b"DICM");
    let length = u32::try_from(elements.len()).map_err(|_| TOO_LONG)?;
    put(
        &mut head,
        Tag(0x0002, 0x0000),
        Some(*b"UL"),
        Layout::EXPLICIT,
        &length.to_le_bytes(),
    )
    .ok_or(TOO_LONG)?;
    head.extend(elements);
    Ok(head)
}

/// The transfer syntax as the file names it, or, where it is written otherwise, as it is.
fn syntax(named: &str, layout: Layout, is_packed: bool) -> Result<String, Error> {
    let written = match (layout.explicit, layout.big_endian) {
        (false, _) => "1.2.840.10008.1.2",
        (true, false) => "1.2.840.10008.1.2.1",
        (true, true) => "1.2.840.10008.1.2.2",
    };
    let is_uid = |uid: &str| {
        uid.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    match named {
        "" if is_packed => Err(Error::Damaged(
            "it does not say how its pixel data is packed",
        )),
        "" => Ok(written.to_owned()),
        named if NATIVE.contains(&named) && !is_packed => Ok(written.to_owned()),
        named if is_uid(named) && named.len() <= 64 => Ok(named.to_owned()),
        _ => Err(Error::Damaged("its transfer syntax is no UID")),
    }
}

const METHOD: &str = "PS3.15 2025a Basic Profile, StudyDrop";

/// Codes of CID 7050 (PS3.16).
const PROFILE: &str = "113100";
const PIXELS: &str = "113101";
const CODES: [(&str, &str); 13] = [
    (PROFILE, "Basic Application Confidentiality Profile"),
    (PIXELS, "Clean Pixel Data Option"),
    ("113102", "Clean Recognizable Visual Features Option"),
    ("113103", "Clean Graphics Option"),
    ("113104", "Clean Structured Content Option"),
    ("113105", "Clean Descriptors Option"),
    (
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    (
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    ("113108", "Retain Patient Characteristics Option"),
    ("113109", "Retain Device Identity Option"),
    ("113110", "Retain UIDs Option"),
    ("113111", "Retain Safe Private Option"),
    ("113112", "Retain Institution Identity Option"),
];

fn is_said(code: &str, options: &Options, pixels_cleaned: bool) -> bool {
    match code {
        "113100" => true,
        "113101" => pixels_cleaned,
        "113103" => options.clean_graphics,
        "113104" => options.clean_structured_content,
        "113105" => options.clean_descriptors,
        "113106" => options.dates == Dates::Full,
        "113107" => options.dates == Dates::Modified,
        "113108" => options.retain_patient_characteristics,
        "113109" => options.retain_device_identity,
        "113110" => options.retain_uids,
        "113111" => options.retain_safe_private,
        "113112" => options.retain_institution_identity,
        _ => false,
    }
}

/// What a file says of another de-identification before this one.
pub(super) struct Earlier<'a> {
    /// The values of its codes.
    pub(super) codes: &'a [String],
    /// The items that they stand in.
    pub(super) items: &'a [u8],
    /// Its method in words.
    pub(super) method: &'a str,
    /// What it says of its dates.
    pub(super) dates: &'a str,
}

/// What the standard wants said (PS3.15, E.1.1), behind what the file says already.
pub(super) fn marks(
    options: &Options,
    (pixels_cleaned, nothing_burned_in): (bool, bool),
    earlier: &Earlier<'_>,
    layout: Layout,
) -> Vec<Added> {
    let mut items = earlier.items.to_vec();
    for (code, meaning) in CODES {
        let was = earlier.codes.iter().any(|earlier| earlier == code);
        if is_said(code, options, pixels_cleaned) && !was {
            items.extend(item(code, meaning, layout));
        }
    }
    let dates = match (options.dates, earlier.dates) {
        (Dates::Remove, _) | (_, "REMOVED") => "REMOVED",
        (Dates::Modified, _) | (_, "MODIFIED") => "MODIFIED",
        (Dates::Full, _) => "UNMODIFIED",
    };
    let method = match earlier.method {
        "" => METHOD.to_owned(),
        said if said.split('\\').any(|said| said.trim() == METHOD) => said.to_owned(),
        said if said.contains('\u{FFFD}') => METHOD.to_owned(),
        said => format!("{said}\\{METHOD}"),
    };
    let added = |tag, new| Added { tag, new };
    let mut marks = vec![
        added(Tag(0x0012, 0x0062), New::text(*b"CS", "YES")),
        added(Tag(0x0012, 0x0063), New::text(*b"LO", method)),
        added(
            Tag(0x0012, 0x0064),
            New {
                vr: Some(*b"SQ"),
                value: Value::Bytes(items),
            },
        ),
        added(DATES_MODIFIED, New::text(*b"CS", dates)),
    ];
    if nothing_burned_in {
        marks.push(added(Tag(0x0028, 0x0301), New::text(*b"CS", "NO")));
    }
    marks.sort_by_key(|mark| mark.tag);
    marks
}

/// What is said where dates are moved without the basic profile.
pub(super) fn moved(moves: bool, earlier: &str) -> Vec<Added> {
    let mark = |says: &str| Added {
        tag: DATES_MODIFIED,
        new: New::text(*b"CS", says),
    };
    match (moves, earlier) {
        (true, "REMOVED") | (false, _) => Vec::new(),
        (true, _) => vec![mark("MODIFIED")],
    }
}

fn item(code: &str, meaning: &str, layout: Layout) -> Vec<u8> {
    let mut content = Vec::new();
    let mut item = Vec::new();
    let values = [
        (0x0100, *b"SH", code),
        (0x0102, *b"SH", "DCM"),
        (0x0104, *b"LO", meaning),
    ];
    for (element, vr, value) in values {
        // Short by themselves.
        let _ = put(
            &mut content,
            Tag(0x0008, element),
            Some(vr),
            layout,
            value.as_bytes(),
        );
    }
    let _ = put(&mut item, Tag(0xFFFE, 0xE000), None, layout, &content);
    item
}
