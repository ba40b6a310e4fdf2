//! What a DICOM file says about its order. Read with a DICOM reader that hands out one element at a time: nothing is
//! held but the wanted values, and no length that a file claims is believed before it is held against its size.

use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};

use dicom_core::header::Header;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_encoding::TransferSyntaxIndex;
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};
use dicom_encoding::transfer_syntax::TransferSyntax;
use dicom_object::meta::FileMetaTable;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

use super::answers::Refusal;

const DEEPEST: usize = 512;
const LONGEST_VALUE: u32 = 64 * 1024;
const MOST_UNPACKED: u64 = 128 * 1024 * 1024;

/// Retired, and in many files.
const OTHER_PATIENT_IDS: Tag = Tag(0x0010, 0x1000);
/// Explicit VR Big Endian: retired, and in many files.
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

const WANTED: [Tag; 18] = [
    tags::SPECIFIC_CHARACTER_SET,
    tags::SOP_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::ACCESSION_NUMBER,
    tags::MODALITY,
    tags::REFERRING_PHYSICIAN_NAME,
    tags::STUDY_DESCRIPTION,
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    OTHER_PATIENT_IDS,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::REQUESTED_PROCEDURE_DESCRIPTION,
    tags::SERIES_DATE,
    tags::SERIES_TIME,
];

/// The attributes of one image that its order is made of. Dates as the API writes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) study_uid: String,
    pub(super) series_uid: String,
    pub(super) sop_uid: String,
    pub(super) patient_name: String,
    pub(super) patient_id: String,
    pub(super) other_patient_id: String,
    pub(super) birth_date: String,
    pub(super) sex: String,
    pub(super) accession: String,
    pub(super) modality: String,
    pub(super) description: String,
    pub(super) procedure: String,
    pub(super) referring: String,
    /// `YYYY-MM-DD HH:MM`, or empty.
    pub(super) performed: String,
}

/// Reads a file of this size.
///
/// # Errors
/// A refusal that says what is missing, for the client.
pub(super) fn read(source: &mut (impl Read + Seek), size: u64) -> Result<Facts, Refusal> {
    let unreadable = |_| Refusal::new("The file could not be read back from the server's disk.");
    let mut beginning = Vec::with_capacity(132);
    source
        .by_ref()
        .take(132)
        .read_to_end(&mut beginning)
        .map_err(unreadable)?;
    let marked = beginning.get(128..132) == Some(b"DICM");
    let mut tries: Vec<(u64, String)> = Vec::new();
    if marked {
        source.seek(SeekFrom::Start(128)).map_err(unreadable)?;
        let mut buffered = BufReader::new(&mut *source);
        if let Ok(meta) = FileMetaTable::from_reader(&mut buffered) {
            let at = buffered.stream_position().map_err(unreadable)?;
            tries.push((
                at,
                meta.transfer_syntax()
                    .trim_end_matches(['\0', ' '])
                    .to_owned(),
            ));
        }
    }
    // Without usable file meta information: what it may be, and what reads as such is it.
    let starts: Vec<u64> = tries
        .iter()
        .map(|(at, _)| *at)
        .chain(marked.then_some(132))
        .chain([0])
        .collect();
    for syntax in [
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        BIG_ENDIAN,
    ] {
        tries.extend(starts.iter().map(|start| (*start, syntax.to_owned())));
    }
    let mut missing = None;
    for (at, syntax) in tries {
        source.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        let values = read_data_set(source, size, &syntax);
        match values.facts() {
            Ok(facts) => return Ok(facts),
            Err(keyword) if !values.0.is_empty() => missing = missing.or(Some(keyword)),
            Err(_) => {}
        }
    }
    Err(match missing {
        Some(keyword) => Refusal::new(format!("The file has no {keyword}.")),
        None => Refusal::new("The file is no DICOM file."),
    })
}

fn read_data_set(source: &mut (impl Read + Seek), size: u64, syntax: &str) -> Values {
    let registered = TransferSyntaxRegistry.get(syntax);
    let explicit = TransferSyntaxRegistry.get(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let Some(known) = registered.or(explicit) else {
        return Values::default();
    };
    if syntax != uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN {
        return elements(BufReader::new(source), size, known);
    }
    let mut unpacked = Vec::new();
    let decoder = flate2::read::DeflateDecoder::new(BufReader::new(source));
    // What was unpacked before an error may hold all that is wanted.
    drop(decoder.take(MOST_UNPACKED).read_to_end(&mut unpacked));
    let size = unpacked.len() as u64;
    explicit.map_or_else(Values::default, |explicit| {
        elements(Cursor::new(unpacked), size, explicit)
    })
}

/// The wanted elements of the top level, as far as the data set can be read.
fn elements(source: impl Read + Seek, size: u64, syntax: &TransferSyntax) -> Values {
    let mut values = Values::default();
    let Ok(mut reader) = LazyDataSetReader::new_with_ts(source, syntax) else {
        return values;
    };
    let mut depth = 0usize;
    while let Some(Ok(token)) = reader.advance() {
        match token {
            LazyDataToken::SequenceStart { .. } => {
                depth += 1;
                if depth > DEEPEST {
                    return values;
                }
            }
            LazyDataToken::SequenceEnd => depth = depth.saturating_sub(1),
            LazyDataToken::PixelSequenceStart => return values,
            LazyDataToken::LazyValue { header, .. } => {
                let (tag, length) = (header.tag(), header.len.get().unwrap_or(u32::MAX));
                if depth == 0 && tag >= tags::PIXEL_DATA || u64::from(length) > size {
                    return values;
                }
                let wanted = depth == 0 && WANTED.contains(&tag) && header.vr() != VR::SQ;
                if !take(
                    token,
                    (wanted && length <= LONGEST_VALUE).then_some(tag),
                    &mut values,
                ) {
                    return values;
                }
            }
            LazyDataToken::LazyItemValue { len, .. } => {
                if u64::from(len) > size || token.skip().is_err() {
                    return values;
                }
            }
            _ => {}
        }
    }
    values
}

fn take<D>(token: LazyDataToken<D>, wanted: Option<Tag>, values: &mut Values) -> bool
where
    D: dicom_parser::StatefulDecode,
{
    match wanted {
        None => token.skip().is_ok(),
        Some(tag) => {
            let mut bytes = Vec::new();
            let read = token.read_value_into(&mut bytes).is_ok();
            if read {
                values.0.push((tag, bytes));
            }
            read
        }
    }
}

#[derive(Default)]
struct Values(Vec<(Tag, Vec<u8>)>);

impl Values {
    fn bytes(&self, tag: Tag) -> &[u8] {
        self.0
            .iter()
            .find(|(found, _)| *found == tag)
            .map_or(&[], |(_, value)| value.as_slice())
    }

    fn text(&self, tag: Tag) -> String {
        let bytes = self.bytes(tag);
        let text = match self.character_set() {
            Some(set) => set.decode(bytes).ok(),
            None => std::str::from_utf8(bytes).ok().map(str::to_owned),
        };
        let text = text.unwrap_or_else(|| bytes.iter().map(|byte| char::from(*byte)).collect());
        text.trim_matches(['\0', ' ']).to_owned()
    }

    fn character_set(&self) -> Option<SpecificCharacterSet> {
        let terms = self.bytes(tags::SPECIFIC_CHARACTER_SET);
        let terms = String::from_utf8_lossy(terms);
        let mut terms = terms
            .split('\\')
            .map(|term| term.trim_matches(['\0', ' ']))
            .filter(|term| !term.is_empty());
        terms.next().and_then(SpecificCharacterSet::from_code)
    }

    fn first(&self, tag: Tag) -> String {
        self.text(tag)
            .split('\\')
            .next()
            .unwrap_or_default()
            .trim_matches(['\0', ' '])
            .to_owned()
    }

    /// # Errors
    /// The keyword of the first UID that is missing.
    fn facts(&self) -> Result<Facts, &'static str> {
        let uid = |tag, keyword| {
            Some(self.first(tag))
                .filter(|uid| !uid.is_empty())
                .ok_or(keyword)
        };
        let either = |first: Tag, second: Tag| {
            Some(self.first(first))
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| self.first(second))
        };
        let day = date(&either(tags::STUDY_DATE, tags::SERIES_DATE));
        let time = clock(&either(tags::STUDY_TIME, tags::SERIES_TIME));
        let performed = if day.is_empty() {
            day
        } else {
            format!("{day} {time}")
        };
        Ok(Facts {
            study_uid: uid(tags::STUDY_INSTANCE_UID, "Study Instance UID")?,
            series_uid: uid(tags::SERIES_INSTANCE_UID, "Series Instance UID")?,
            sop_uid: uid(tags::SOP_INSTANCE_UID, "SOP Instance UID")?,
            patient_name: self.first(tags::PATIENT_NAME),
            patient_id: self.first(tags::PATIENT_ID),
            other_patient_id: self.first(OTHER_PATIENT_IDS),
            birth_date: date(&self.first(tags::PATIENT_BIRTH_DATE)),
            sex: self.first(tags::PATIENT_SEX),
            accession: self.first(tags::ACCESSION_NUMBER),
            modality: self.first(tags::MODALITY),
            description: self.first(tags::STUDY_DESCRIPTION),
            procedure: self.first(tags::REQUESTED_PROCEDURE_DESCRIPTION),
            referring: self.first(tags::REFERRING_PHYSICIAN_NAME),
            performed,
        })
    }
}

/// `YYYYMMDD` as `YYYY-MM-DD`; anything that is no day is empty.
fn date(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match (digits.get(..4), digits.get(4..6), digits.get(6..8)) {
        (Some(year), Some(month), Some(day)) => {
            let written = format!("{year}-{month}-{day}");
            written
                .parse::<jiff::civil::Date>()
                .map(|date| date.to_string())
                .unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// `HHMMSS` as `HH:MM`; midnight where there is no time.
fn clock(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match (digits.get(..2), digits.get(2..4)) {
        (Some(hour), Some(minute)) if hour < "24" && minute < "60" => format!("{hour}:{minute}"),
        _ => "00:00".to_owned(),
    }
}
