//! The attributes of a stored file that its order is made of. Nothing else of a file is looked at, and nothing but
//! missing UIDs is held against it.
//!
//! Files come with and without preamble and file meta group (PS3.10 section 7.1), and some name a transfer syntax that
//! they are not in. The data set is read as a flat stream of tokens: depth costs no stack, values that are not wanted
//! are passed over, and a longest value, a greatest depth and a number of tokens are set.

use std::collections::HashMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use dicom_core::Tag;
use dicom_core::header::Header as _;
use dicom_dictionary_std::{tags, uids};
use dicom_encoding::transfer_syntax::{Codec, TransferSyntaxIndex as _};
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

use crate::charset::{CharacterSet, Form};

/// Reading stops behind this tag: everything wanted stands before it.
const LAST: Tag = tags::REQUESTED_PROCEDURE_DESCRIPTION;
/// Other Patient IDs, (0010,1000).
#[expect(
    deprecated,
    reason = "retired from the standard, and in many files all the same"
)]
const OTHER_PATIENT_IDS: Tag = tags::OTHER_PATIENT_I_DS;
/// Explicit VR big endian.
#[expect(
    deprecated,
    reason = "retired from the standard, and in old files all the same"
)]
const BIG_ENDIAN: &str = uids::EXPLICIT_VR_BIG_ENDIAN;
/// The longest value that is read; longer ones are passed over.
const MAX_VALUE: u32 = 64 * 1024;
/// How many tokens are looked at. Real headers have some thousands.
const MAX_TOKENS: usize = 1_000_000;
/// How deep sequences may be nested.
const MAX_DEPTH: usize = 100_000;
/// How much of a deflated data set is inflated. The wanted attributes stand at its beginning.
const MAX_INFLATED: u64 = 64 * 1024 * 1024;
/// How many bytes of a file meta group are looked at.
const MAX_META: u64 = 1024 * 1024;

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
    LAST,
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

/// Whether the file carries DICOM's mark, and the wanted attributes by whichever way of reading finds all three UIDs, or
/// else the most.
fn attributes<R: Read + Seek>(source: &mut R) -> io::Result<(bool, Found)> {
    let start = data_start(source)?;
    let marked = start > 0;
    let (start, named) = transfer_syntax(source, start)?;
    let plain = [
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        BIG_ENDIAN,
    ];
    let mut best = Found::new();
    let mut tried = Vec::new();
    for syntax in named.as_deref().into_iter().chain(plain) {
        if tried.contains(&syntax) {
            continue;
        }
        tried.push(syntax);
        let found = data_set(source, start, syntax)?;
        if sense(&found) > sense(&best) {
            best = found;
        }
        if sense(&best).0 == 3 {
            break;
        }
    }
    Ok((marked, best))
}

/// How much sense a reading makes: UIDs found, then attributes found.
fn sense(found: &Found) -> (usize, usize) {
    let uids = [
        tags::STUDY_INSTANCE_UID,
        tags::SERIES_INSTANCE_UID,
        tags::SOP_INSTANCE_UID,
    ];
    (
        uids.iter().filter(|tag| found.contains_key(tag)).count(),
        found.len(),
    )
}

/// Where the file meta group begins, or the data set in a file that has none.
fn data_start<R: Read + Seek>(source: &mut R) -> io::Result<u64> {
    source.seek(SeekFrom::Start(0))?;
    let mut beginning = Vec::with_capacity(132);
    source.by_ref().take(132).read_to_end(&mut beginning)?;
    Ok(if beginning.get(128..132) == Some(b"DICM") {
        132
    } else if beginning.starts_with(b"DICM") {
        4
    } else {
        0
    })
}

/// Passes over the file meta group (always explicit VR little endian, PS3.10 section 7.1) and gives where the data set
/// begins and the Transfer Syntax UID. The group's length is not believed; the elements themselves are walked.
fn transfer_syntax<R: Read + Seek>(
    source: &mut R,
    start: u64,
) -> io::Result<(u64, Option<String>)> {
    source.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    source.by_ref().take(MAX_META).read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    let mut named = None;
    while let [2, 0, e1, e2, v1, v2, l1, l2, tail @ ..] = rest {
        let long = matches!([*v1, *v2], [b'O', _] | [b'U', b'N' | b'T' | b'C' | b'R'])
            || [*v1, *v2] == *b"SQ";
        let (length, value) = match (long, tail) {
            (true, [a, b, c, d, value @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), value),
            (true, _) => break,
            (false, value) => (u32::from(u16::from_le_bytes([*l1, *l2])), value),
        };
        let Some((value, next)) = usize::try_from(length)
            .ok()
            .and_then(|length| value.split_at_checked(length))
        else {
            break;
        };
        if (*e1, *e2) == (0x10, 0) {
            named = std::str::from_utf8(value).ok().map(trim).map(str::to_owned);
        }
        rest = next;
    }
    let read = bytes.len() - rest.len();
    Ok((start + u64::try_from(read).unwrap_or_default(), named))
}

fn data_set<R: Read + Seek>(source: &mut R, start: u64, syntax: &str) -> io::Result<Found> {
    source.seek(SeekFrom::Start(start))?;
    let Some(known) = TransferSyntaxRegistry.get(syntax) else {
        return Ok(Found::new());
    };
    if let Codec::Dataset(adapter) = known.codec() {
        let Some(adapter) = adapter else {
            return Ok(Found::new());
        };
        let mut inflated = Vec::new();
        // What was inflated before a fault is of use.
        let _ = adapter
            .adapt_reader(Box::new(source))
            .take(MAX_INFLATED)
            .read_to_end(&mut inflated);
        return Ok(tokens(&mut Cursor::new(inflated), syntax));
    }
    Ok(tokens(source, syntax))
}

/// Reads tokens up to [`LAST`]. A fault ends the reading; what was found before it counts.
fn tokens<R: Read + Seek>(source: &mut R, syntax: &str) -> Found {
    let mut found = Found::new();
    // The registry knows that deflated and encapsulated ones are explicit VR little endian (PS3.5 sections A.4, A.5).
    let Some(syntax) = TransferSyntaxRegistry.get(syntax) else {
        return found;
    };
    let Ok(mut reader) = LazyDataSetReader::new_with_ts(source, syntax) else {
        return found;
    };
    let mut depth = 0_usize;
    for _ in 0..MAX_TOKENS {
        let Some(Ok(token)) = reader.advance() else {
            break;
        };
        match token {
            LazyDataToken::SequenceStart { tag, .. } if depth == 0 && tag > LAST => break,
            LazyDataToken::SequenceStart { .. } if depth >= MAX_DEPTH => break,
            LazyDataToken::SequenceStart { .. } => depth += 1,
            LazyDataToken::SequenceEnd => depth = depth.saturating_sub(1),
            LazyDataToken::PixelSequenceStart => break,
            LazyDataToken::ElementHeader(header) if depth == 0 && header.tag() > LAST => break,
            LazyDataToken::LazyValue { header, .. }
                if depth == 0 && WANTED.contains(&header.tag()) && header.len.0 <= MAX_VALUE =>
            {
                let mut value = Vec::new();
                if token.read_value_into(&mut value).is_err() {
                    break;
                }
                if value.iter().any(|byte| *byte > b' ') {
                    found.entry(header.tag()).or_insert(value);
                }
            }
            // Values are skipped; other tokens have none.
            other => match other.skip() {
                Ok(()) => {}
                Err(_) => break,
            },
        }
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
        procedure_description: get(LAST),
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
