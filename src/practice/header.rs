//! The attributes of a stored file that its order is made of. Nothing else of a file is looked at, and nothing but
//! missing UIDs is held against it.
//!
//! The reader is the one of the scan, so that what is sent is taken: values that are not wanted are passed over, and the
//! sizes that a file claims are held against its own. A fault ends the reading; what was found before it counts.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::charset::{CharacterSet, Form};
use crate::dicom::scan::top_level;

/// Other Patient IDs, (0010,1000).
#[expect(
    deprecated,
    reason = "retired from the standard, and in many files all the same"
)]
const OTHER_PATIENT_IDS: Tag = tags::OTHER_PATIENT_I_DS;
/// What is read.
const WANTED: [Tag; 23] = [
    tags::SPECIFIC_CHARACTER_SET,
    tags::SOP_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::SERIES_DATE,
    tags::ACQUISITION_DATE,
    tags::CONTENT_DATE,
    tags::STUDY_TIME,
    tags::SERIES_TIME,
    tags::ACQUISITION_TIME,
    tags::CONTENT_TIME,
    tags::ACCESSION_NUMBER,
    tags::MODALITY,
    tags::STUDY_DESCRIPTION,
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    OTHER_PATIENT_IDS,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::SERIES_NUMBER,
    tags::INSTANCE_NUMBER,
    tags::REQUESTED_PROCEDURE_DESCRIPTION,
];

/// What a file says about itself. Missing attributes are empty.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) study_uid: String,
    pub(super) series_uid: String,
    pub(super) sop_uid: String,
    pub(super) patient_name: String,
    pub(super) patient_id: String,
    pub(super) other_patient_id: String,
    /// `YYYY-MM-DD`.
    pub(super) birth_date: String,
    pub(super) sex: String,
    pub(super) modality: String,
    pub(super) accession: String,
    pub(super) study_description: String,
    pub(super) procedure_description: String,
    /// `YYYY-MM-DD HH:MM`.
    pub(super) performed: String,
    /// Series Number and Instance Number, as far as they are numbers.
    pub(super) place: (Option<i64>, Option<i64>),
}

/// Reads the header of a file.
///
/// # Errors
/// A sentence that names what the file lacks.
pub(super) fn read<R: Read + Seek>(source: &mut R) -> Result<Header, String> {
    // The reader is well kept, but it meets the worst files here: a slip of it must cost one file and no more.
    let (marked, found) = catch_unwind(AssertUnwindSafe(|| attributes(source)))
        .map_err(|_| "The file is damaged in a way that cannot be read.".to_owned())?
        .map_err(|error| format!("The file could not be read back: {error}."))?;
    let header = header(&found);
    for (uid, name) in [
        (&header.study_uid, "Study Instance UID"),
        (&header.series_uid, "Series Instance UID"),
        (&header.sop_uid, "SOP Instance UID"),
    ] {
        if uid.is_empty() {
            return Err(if found.is_empty() && !marked {
                "This is no DICOM file: no Study Instance UID was found in it.".to_owned()
            } else {
                format!("The file has no {name}.")
            });
        }
    }
    Ok(header)
}

/// Values as they are written: the character set is another one of them.
type Found = HashMap<Tag, Vec<u8>>;

/// Whether the file carries DICOM's mark or file meta information, and the wanted attributes.
fn attributes<R: Read + Seek>(source: &mut R) -> io::Result<(bool, Found)> {
    let size = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(0))?;
    let mut beginning = Vec::with_capacity(132);
    source.by_ref().take(132).read_to_end(&mut beginning)?;
    let marked = beginning.starts_with(b"DICM") || beginning.ends_with(b"DICM");
    source.seek(SeekFrom::Start(0))?;
    Ok((marked, header_values(source, size, wants)))
}

fn wants(group: u16, element: u16) -> bool {
    WANTED.contains(&Tag(group, element))
}

fn header_values<R: Read + Seek>(source: &mut R, size: u64, wants: fn(u16, u16) -> bool) -> Found {
    let values = top_level(source, size, wants).into_iter();
    let is_said = |(_, value): &((u16, u16), Vec<u8>)| value.iter().any(|byte| *byte > b' ');
    let mut found = Found::new();
    for ((group, element), value) in values.filter(is_said) {
        found.entry(Tag(group, element)).or_insert(value);
    }
    found
}

/// A value as text: several values parted by `\`, no padding, no control characters.
fn text(found: &Found, tag: Tag) -> String {
    let Some(value) = found.get(&tag) else {
        return String::new();
    };
    let named = found.get(&tags::SPECIFIC_CHARACTER_SET);
    let form = match tag {
        tags::PATIENT_NAME => Form::Name,
        _ => Form::Values,
    };
    let text = CharacterSet::DEFAULT
        .in_item(named.map(Vec::as_slice))
        .decode_as(form, value);
    trim(&text).chars().filter(|c| !c.is_control()).collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\0' || c.is_whitespace())
}

fn header(found: &Found) -> Header {
    let get = |tag: Tag| text(found, tag);
    let performed = [
        (tags::STUDY_DATE, tags::STUDY_TIME),
        (tags::SERIES_DATE, tags::SERIES_TIME),
        (tags::ACQUISITION_DATE, tags::ACQUISITION_TIME),
        (tags::CONTENT_DATE, tags::CONTENT_TIME),
    ]
    .into_iter()
    .find_map(|(day, time)| Some(format!("{} {}", date(&get(day))?, clock(&get(time)))));
    Header {
        study_uid: get(tags::STUDY_INSTANCE_UID),
        series_uid: get(tags::SERIES_INSTANCE_UID),
        sop_uid: get(tags::SOP_INSTANCE_UID),
        patient_name: get(tags::PATIENT_NAME),
        patient_id: get(tags::PATIENT_ID),
        other_patient_id: get(OTHER_PATIENT_IDS),
        birth_date: date(&get(tags::PATIENT_BIRTH_DATE)).unwrap_or_default(),
        sex: get(tags::PATIENT_SEX),
        modality: get(tags::MODALITY),
        accession: get(tags::ACCESSION_NUMBER),
        study_description: get(tags::STUDY_DESCRIPTION),
        procedure_description: get(tags::REQUESTED_PROCEDURE_DESCRIPTION),
        performed: performed.unwrap_or_default(),
        place: (
            get(tags::SERIES_NUMBER).parse().ok(),
            get(tags::INSTANCE_NUMBER).parse().ok(),
        ),
    }
}

/// `YYYYMMDD` (ACR-NEMA: `YYYY.MM.DD`) as `YYYY-MM-DD`, where the day exists.
fn date(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-')).collect();
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i8>().ok();
    let year = digits.get(0..4)?.parse::<i16>().ok()?;
    let day = jiff::civil::Date::new(year, number(4, 6)?, number(6, 8)?).ok()?;
    Some(day.to_string())
}

/// `HHMMSS.FFFFFF` (or with colons) as `HH:MM`; what makes no time is midnight.
fn clock(text: &str) -> String {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let number = |from: usize, to: usize| -> Option<u8> { digits.get(from..to)?.parse().ok() };
    let hour = number(0, 2).filter(|hour| *hour < 24);
    let minute = number(2, 4).filter(|minute| *minute < 60);
    match (hour, minute) {
        (Some(hour), minute) => format!("{hour:02}:{:02}", minute.unwrap_or(0)),
        (None, _) => "00:00".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn element(group: u16, number: u16, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(group.to_le_bytes());
        out.extend(number.to_le_bytes());
        out.extend(vr);
        out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        out.extend(value);
        out
    }

    fn uids_of(study: &[u8]) -> Vec<u8> {
        [
            element(0x08, 0x18, b"UI", b"1.2.3\0"),
            element(0x20, 0x0d, b"UI", study),
            element(0x20, 0x0e, b"UI", b"1.2.30"),
        ]
        .concat()
    }

    #[test]
    fn a_data_set_alone_is_understood() {
        let header = read(&mut Cursor::new(uids_of(b"1.2.31"))).unwrap();
        assert_eq!(header.sop_uid, "1.2.3");
        assert_eq!(header.study_uid, "1.2.31");
    }

    #[test]
    fn names_are_read_in_the_character_set_that_the_file_names() {
        for (set, name, text) in [
            (&b"ISO_IR 100"[..], &b"\xD6berg^M\xE4rta"[..], "Öberg^Märta"),
            (
                b"\\ISO 2022 IR 87",
                b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B",
                "Yamada^Tarou=山田^太郎",
            ),
            (
                b"\\ISO 2022 IR 149",
                b"Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7",
                "Hong^Gildong=洪^吉洞",
            ),
            (b"GB18030", b"\x81\x5C^\x81\x5E", "乗^乛"),
        ] {
            let bytes = [
                element(0x08, 0x05, b"CS", set),
                element(0x08, 0x18, b"UI", b"1.2.3\0"),
                element(0x10, 0x10, b"PN", name),
                element(0x20, 0x0d, b"UI", b"1.2.31"),
                element(0x20, 0x0e, b"UI", b"1.2.30"),
            ];
            let header = read(&mut Cursor::new(bytes.concat())).unwrap();
            assert_eq!(header.patient_name, text);
        }
    }

    #[test]
    fn a_missing_uid_is_named() {
        let error = read(&mut Cursor::new(uids_of(b""))).unwrap_err();
        assert!(error.contains("Study Instance UID"), "{error}");
        let error = read(&mut Cursor::new(b"just a text file, nothing else".to_vec()));
        assert!(error.unwrap_err().contains("no DICOM file"));
    }

    #[test]
    fn a_value_that_lies_about_its_length_costs_no_memory() {
        let mut bytes = uids_of(b"1.2.31");
        // Explicit VR, unlimited text of nearly 4 GB.
        bytes.extend([0x21, 0, 0x10, 0, b'U', b'T', 0, 0, 0xf0, 0xff, 0xff, 0xff]);
        assert!(read(&mut Cursor::new(bytes)).is_ok());
    }

    #[test]
    fn sequences_nested_a_million_deep_cost_no_stack() {
        let mut bytes = element(0x08, 0x18, b"UI", b"1.2.3\0");
        for _ in 0..1_000_000 {
            bytes.extend([
                0x08, 0, 0x15, 0x11, b'S', b'Q', 0, 0, 0xff, 0xff, 0xff, 0xff,
            ]);
            bytes.extend([0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
        }
        assert!(read(&mut Cursor::new(bytes)).is_err());
    }

    #[test]
    fn odd_dates_and_times_are_left_away() {
        assert_eq!(date("20261124").as_deref(), Some("2026-11-24"));
        assert_eq!(date("2026.11.24").as_deref(), Some("2026-11-24"));
        assert_eq!(date("20260231"), None);
        assert_eq!(date("åäö"), None);
        assert_eq!(clock("0759"), "07:59");
        assert_eq!(clock("07:59:01.5"), "07:59");
        assert_eq!(clock("99"), "00:00");
    }
}
