//! The attributes that a scan wants from a file, and what they say.

use std::path::Path;
use std::time::SystemTime;

use jiff::civil::{Date, Time};

use crate::dicom::catalogue::{Header, Image, Patient, Series, Study};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::dataset::text::{CharacterSet, Form, person_name};
use crate::dicom::dataset::walk::Visitor;

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(in crate::dicom) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const DICOMDIR: &str = "1.2.840.10008.1.3.10";

/// The attributes that are read, ascending.
const WANTED: [Tag; 21] = [
    Tag(0x0008, 0x0005),
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x0018),
    Tag(0x0008, 0x0020),
    Tag(0x0008, 0x0030),
    Tag(0x0008, 0x0050),
    Tag(0x0008, 0x0060),
    Tag(0x0008, 0x0080),
    Tag(0x0008, 0x0090),
    Tag(0x0008, 0x1030),
    Tag(0x0008, 0x103E),
    Tag(0x0010, 0x0010),
    Tag(0x0010, 0x0020),
    Tag(0x0010, 0x0030),
    Tag(0x0010, 0x0040),
    Tag(0x0018, 0x0015),
    Tag(0x0020, 0x000D),
    Tag(0x0020, 0x000E),
    Tag(0x0020, 0x0011),
    Tag(0x0020, 0x0013),
    Tag(0x0028, 0x0008),
];

/// The values that were read, as bytes: the character set may come after what it is for.
#[derive(Default)]
pub(in crate::dicom) struct Values {
    elements: Vec<(Tag, Vec<u8>)>,
}

impl Visitor for Values {
    fn wants(&self, tag: Tag) -> bool {
        WANTED.contains(&tag)
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        self.elements.push((tag, value));
    }
}

impl Values {
    pub(in crate::dicom) fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        self.elements
            .iter()
            .find(|(found, _)| *found == tag)
            .map(|(_, value)| value.as_slice())
    }

    fn character_set(&self) -> CharacterSet {
        self.bytes(Tag(0x0008, 0x0005))
            .map_or(CharacterSet::DEFAULT, CharacterSet::parse)
    }

    /// The first value of a text, for attributes that have one.
    pub(in crate::dicom) fn first(&self, tag: Tag) -> String {
        self.first_as(Form::Values, tag)
    }

    fn first_as(&self, form: Form, tag: Tag) -> String {
        let value = self.bytes(tag).unwrap_or_default();
        // Decoded before it is split: the byte of \ may be half of a character.
        let text = self.character_set().decode_as(form, value);
        let first = text.split('\\').next().unwrap_or_default();
        first.trim_matches(['\0', ' ']).to_owned()
    }

    pub(in crate::dicom) fn has_uids(&self) -> bool {
        let is_uid = |tag| {
            let uid = self.first(tag);
            uid.len() > 4
                && uid
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        is_uid(Tag(0x0008, 0x0016)) || is_uid(Tag(0x0008, 0x0018))
    }

    pub(in crate::dicom) fn is_dicomdir(&self) -> bool {
        self.first(Tag(0x0002, 0x0002)) == DICOMDIR || self.first(Tag(0x0008, 0x0016)) == DICOMDIR
    }

    pub(in crate::dicom) fn transfer_syntax(&self) -> String {
        self.first(Tag(0x0002, 0x0010))
    }

    /// (0002,0010), or the one that the data set is written in.
    pub(in crate::dicom) fn transfer_syntax_or(&self, written_in: &str) -> String {
        match self.transfer_syntax() {
            uid if uid.is_empty() => written_in.to_owned(),
            uid => uid,
        }
    }

    pub(in crate::dicom) fn study_instance_uid(&self) -> Option<String> {
        Some(self.first(Tag(0x0020, 0x000D))).filter(|uid| !uid.is_empty())
    }

    /// # Errors
    /// The keyword of the first missing UID.
    pub(in crate::dicom) fn header(
        &self,
        path: &Path,
        size: u64,
        modified: Option<SystemTime>,
        layout: Layout,
    ) -> Result<Header, &'static str> {
        let uid = |tag, keyword| {
            Some(self.first(tag))
                .filter(|uid| !uid.is_empty())
                .ok_or(keyword)
        };
        let study_instance_uid = uid(Tag(0x0020, 0x000D), "StudyInstanceUID")?;
        let series_instance_uid = uid(Tag(0x0020, 0x000E), "SeriesInstanceUID")?;
        let sop_instance_uid = uid(Tag(0x0008, 0x0018), "SOPInstanceUID")?;
        let name = |tag| person_name(&self.first_as(Form::Name, tag));
        Ok(Header {
            patient: Patient {
                name: name(Tag(0x0010, 0x0010)),
                id: self.first(Tag(0x0010, 0x0020)),
                birth_date: date(&self.first(Tag(0x0010, 0x0030))),
                sex: self.first(Tag(0x0010, 0x0040)),
                studies: Vec::new(),
            },
            study: Study {
                study_instance_uid,
                date: date(&self.first(Tag(0x0008, 0x0020))),
                time: time(&self.first(Tag(0x0008, 0x0030))),
                description: self.first(Tag(0x0008, 0x1030)),
                accession_number: self.first(Tag(0x0008, 0x0050)),
                referring_physician: name(Tag(0x0008, 0x0090)),
                institution: self.first(Tag(0x0008, 0x0080)),
                series: Vec::new(),
            },
            series: Series {
                series_instance_uid,
                number: number(&self.first(Tag(0x0020, 0x0011))),
                modality: self.first(Tag(0x0008, 0x0060)),
                description: self.first(Tag(0x0008, 0x103E)),
                body_part: self.first(Tag(0x0018, 0x0015)),
                images: Vec::new(),
            },
            image: Image {
                path: path.to_owned(),
                size,
                modified,
                sop_instance_uid,
                sop_class_uid: self.first(Tag(0x0008, 0x0016)),
                transfer_syntax_uid: self.transfer_syntax_or(written_in(layout)),
                instance_number: number(&self.first(Tag(0x0020, 0x0013))),
                frames: self
                    .first(Tag(0x0028, 0x0008))
                    .trim()
                    .parse()
                    .unwrap_or(1)
                    .max(1),
            },
        })
    }
}

/// The transfer syntax of a data set that is written so.
fn written_in(layout: Layout) -> &'static str {
    match (layout.explicit, layout.big_endian) {
        (false, _) => IMPLICIT,
        (true, false) => EXPLICIT,
        (true, true) => BIG_ENDIAN,
    }
}

/// IS: also "+5" and "5.0", which devices write.
fn number(text: &str) -> Option<i32> {
    let text = text.trim().trim_start_matches('+');
    text.split('.').next()?.parse().ok()
}

/// DA `YYYYMMDD`, also the old `YYYY.MM.DD` and `YYYY-MM-DD`. Anything else is no date.
fn date(text: &str) -> Option<Date> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '.' | '-' | ' '))
        .collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (month, day) = (
        i8::try_from(part(4..6)?).ok()?,
        i8::try_from(part(6..8)?).ok()?,
    );
    Date::new(part(0..4)?, month, day).ok()
}

/// TM `HHMMSS.FFFFFF`, shorter forms, and the old one with colons. To the second.
fn time(text: &str) -> Option<Time> {
    let digits: String = text
        .chars()
        .filter(|c| *c != ':')
        .take_while(char::is_ascii_digit)
        .collect();
    let part = |from: usize| match digits.get(from..from + 2) {
        Some(two) => two.parse::<i8>().ok(),
        None => Some(0),
    };
    if digits.len() < 2 {
        return None;
    }
    Time::new(part(0)?, part(2)?, part(4)?.min(59), 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_in_every_spelling_that_devices_use() {
        assert_eq!(date("20261123"), Some(Date::constant(2026, 11, 23)));
        assert_eq!(date("2026.11.23"), date("20261123"));
        for bad in ["", "20260230", "unknown", "2026112", "２０２６１１２３"] {
            assert_eq!(date(bad), None, "{bad}");
        }
        assert_eq!(time("091455.123"), Some(Time::constant(9, 14, 55, 0)));
        assert_eq!(time("09:14"), Some(Time::constant(9, 14, 0, 0)));
        assert_eq!(time("9"), None);
        assert_eq!(time("2960"), None);
    }
}
