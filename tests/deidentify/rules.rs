//! What the profile does beyond the rows of its table: dates, UIDs, private attributes, text, identities, large and bad files.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::common::studies::{BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, RLE, StudyBuilder};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject, from_reader};
use studydrop::dicom::deidentify::{
    Cleaner, Dates, Error, Identities, NewIdentity, Options, Override, OverrideAction, Piece,
    Profile, Replacement, Report, Secret, Wanted,
};

fn cleaner_of(profile: Profile) -> Cleaner {
    Cleaner::new(Arc::new(profile), Secret::new([4; 32]))
}

fn cleaner(options: Options) -> Cleaner {
    cleaner_of(Profile {
        options,
        ..Profile::default()
    })
}

fn cleaned(cleaner: &Cleaner, file: &[u8]) -> (DefaultDicomObject, Vec<u8>, Report) {
    let (bytes, report) = cleaner.clean_bytes(file, Wanted::default()).unwrap();
    (from_reader(Cursor::new(&bytes)).unwrap(), bytes, report)
}

fn file(study: &StudyBuilder) -> Vec<u8> {
    study.file("1.2.3.4", "1.2.3.4.5", 1, 1)
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let element = object
        .get(tag)
        .map(|element| element.to_str().unwrap().into_owned());
    let text = element.unwrap_or_else(|| panic!("{tag} is not there"));
    text.trim_end_matches([' ', '\0']).to_owned()
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(needle)
}

/// One element, explicit, little-endian, with a short length.
fn element(tag: (u16, u16), vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend(vr.as_bytes());
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

fn item(content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xFE\xFF\x00\xE0".to_vec();
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes
}

fn nested(tag: (u16, u16), items: &[u8]) -> Vec<u8> {
    let mut bytes = element(tag, "SQ", &[]);
    bytes.extend((items.len() as u32).to_le_bytes());
    bytes.extend(items);
    bytes
}

/// Seconds since some day, of a date and a time as DICOM writes them.
fn seconds(date: &str, time: &str) -> i64 {
    let date: jiff::civil::Date = date.parse().unwrap();
    let clock = |range: std::ops::Range<usize>| {
        time.get(range).map_or(0, |two| two.parse::<i64>().unwrap())
    };
    let days = (date - jiff::civil::date(1900, 1, 1)).get_days();
    i64::from(days) * 86_400 + clock(0..2) * 3600 + clock(2..4) * 60 + clock(4..6)
}

#[test]
fn dates_and_times_of_a_patient_move_by_one_offset_and_keep_their_intervals() {
    let cleaner = cleaner(Options {
        dates: Dates::Modified,
        ..Options::default()
    });
    let inner = [
        element((0x0040, 0x0244), "DA", b"20240229"),
        element((0x0040, 0x0245), "TM", b"0130"),
    ];
    let moments = [
        ("20240301", "000500"),
        ("20240301", "235959"),
        ("20191231", "120000"),
    ];
    let mut offsets = Vec::new();
    for (date, time) in moments {
        let study = StudyBuilder::new()
            .patient("Test^Person", "P-77")
            .without((0x0008, 0x0030))
            .with((0x0008, 0x0030), "TM", time)
            .date(date)
            .with(
                (0x0008, 0x002A),
                "DT",
                format!("{date}{time}.25-0500").as_bytes(),
            )
            .with((0x0008, 0x1111), "SQ", [])
            .with((0x0040, 0x0275), "SQ", [])
            .with((0x0040, 0x0260), "SQ", item(&inner.concat()));
        let (new, _, _) = cleaned(&cleaner, &file(&study));
        let moved = seconds(&text(&new, tags::STUDY_DATE), &text(&new, tags::STUDY_TIME));
        offsets.push(seconds(date, time) - moved);
        let both = text(&new, tags::ACQUISITION_DATE_TIME);
        assert_eq!(&both[14..], ".25-0500");
        offsets.push(seconds(date, time) - seconds(&both[..8], &both[8..14]));
        let codes = new.element(tags::PERFORMED_PROTOCOL_CODE_SEQUENCE).unwrap();
        let inner = &codes.items().unwrap()[0];
        let time = text(inner, tags::PERFORMED_PROCEDURE_STEP_START_TIME);
        assert_eq!(time.len(), 4);
        let date = text(inner, tags::PERFORMED_PROCEDURE_STEP_START_DATE);
        offsets.push(seconds("20240229", "0130") - seconds(&date, &time));
        assert_eq!(
            text(&new, tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED),
            "MODIFIED"
        );
    }
    assert!(
        offsets.iter().all(|offset| *offset == offsets[0]),
        "{offsets:?}"
    );
    assert!(offsets[0] >= 366 * 86_400 && offsets[0] % 86_400 == 0);
    let other = StudyBuilder::new()
        .patient("Test^Person", "P-78")
        .date("20240301");
    let (new, _, _) = cleaned(&cleaner, &file(&other));
    assert!(!text(&new, tags::STUDY_DATE).is_empty());
}

#[test]
fn uids_are_replaced_one_to_one_everywhere_and_well_known_ones_stay() {
    let cleaner = cleaner(Options::default());
    let reference = [
        element((0x0008, 0x1150), "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        element((0x0008, 0x1155), "UI", b"1.2.3.4.99"),
    ];
    let study = StudyBuilder::new()
        .study_uid("1.2.3")
        .with((0x0008, 0x1140), "SQ", item(&reference.concat()))
        .with((0x0008, 0x0014), "UI", b"1.2.3\\1.2.3.4.99")
        .with((0x0020, 0x0052), "UI", b"1.2.840.10008.1.4.1.1\0");
    let (new, bytes, report) = cleaned(&cleaner, &file(&study));
    assert_eq!(text(&new, tags::STUDY_INSTANCE_UID), cleaner.uid("1.2.3"));
    assert_eq!(report.study_instance_uid, cleaner.uid("1.2.3"));
    assert_eq!(report.series_instance_uid, cleaner.uid("1.2.3.4"));
    let images = new.element(tags::REFERENCED_IMAGE_SEQUENCE).unwrap();
    let reference = &images.items().unwrap()[0];
    assert_eq!(
        text(reference, tags::REFERENCED_SOP_INSTANCE_UID),
        cleaner.uid("1.2.3.4.99")
    );
    assert_eq!(
        text(reference, tags::REFERENCED_SOP_CLASS_UID),
        "1.2.840.10008.5.1.4.1.1.2"
    );
    assert_eq!(
        text(&new, tags::INSTANCE_CREATOR_UID),
        format!("{}\\{}", cleaner.uid("1.2.3"), cleaner.uid("1.2.3.4.99"))
    );
    assert_eq!(
        text(&new, tags::FRAME_OF_REFERENCE_UID),
        "1.2.840.10008.1.4.1.1"
    );
    assert_eq!(
        new.meta().media_storage_sop_instance_uid(),
        text(&new, tags::SOP_INSTANCE_UID)
    );
    let again = cleaner
        .clean_bytes(&file(&study), Wanted::default())
        .unwrap();
    assert!(again.0 == bytes, "the same file gives the same result");
    let other = Cleaner::new(Arc::new(Profile::default()), Secret::new([5; 32]));
    assert_ne!(other.uid("1.2.3"), cleaner.uid("1.2.3"));
}

#[test]
fn private_attributes_go_but_for_those_that_are_known_to_be_safe_wherever_their_block_is() {
    let study = StudyBuilder::new()
        .with((0x0019, 0x0010), "LO", "ACME 1.0")
        .with((0x0019, 0x0011), "LO", "SIEMENS MR HEADER ")
        .with((0x0019, 0x100C), "IS", "12")
        .with((0x0019, 0x110B), "DS", "unsafe")
        .with((0x0019, 0x110C), "IS", "1000")
        .with((0x0029, 0x0010), "LO", "SIEMENS MEDCOM")
        .with((0x0029, 0x1010), "OB", b"hidden");
    let (new, _, report) = cleaned(&cleaner(Options::default()), &file(&study));
    assert!(new.iter().all(|element| element.header().tag.0 % 2 == 0));
    let removed = report
        .touched
        .iter()
        .filter(|touched| touched.why.to_string() == "private");
    assert_eq!(removed.count(), 7);
    let keeps = Options {
        retain_safe_private: true,
        ..Options::default()
    };
    let (new, _, report) = cleaned(&cleaner(keeps), &file(&study));
    let private: Vec<Tag> = new
        .iter()
        .map(|element| element.header().tag)
        .filter(|tag| tag.0 % 2 == 1)
        .collect();
    assert_eq!(private, [Tag(0x0019, 0x0011), Tag(0x0019, 0x110C)]);
    assert!(
        report
            .touched
            .iter()
            .all(|touched| touched.path != "(0019,0011)")
    );
}

#[test]
fn a_description_keeps_what_it_says_of_the_study_and_loses_what_it_says_of_the_patient() {
    let cleans = Options {
        clean_descriptors: true,
        ..Options::default()
    };
    let study = StudyBuilder::new()
        .character_set("ISO_IR 100")
        .patient("Öberg^Märta", "19510203-1234")
        .description("Knä höger, Öberg M\u{e4}rta 19510203-1234");
    let (new, bytes, _) = cleaned(&cleaner(cleans), &file(&study));
    assert_eq!(text(&new, tags::STUDY_DESCRIPTION), "Knä höger,");
    assert_eq!(text(&new, tags::SPECIFIC_CHARACTER_SET), "ISO_IR 100");
    assert!(!bytes.windows(5).any(|window| window == b"\xD6berg"));
    let only_name = StudyBuilder::new()
        .patient("Lang^Anna", "P")
        .description("Anna Lang");
    let (new, _, _) = cleaned(&cleaner(cleans), &file(&only_name));
    assert!(new.get(tags::STUDY_DESCRIPTION).is_none());
}

#[test]
fn what_a_report_says_goes_or_is_cleaned_and_its_references_still_lead_somewhere() {
    let reference = item(&element((0x0008, 0x1155), "UI", b"1.2.3.9\0"));
    let content = [
        element((0x0040, 0xA040), "CS", b"TEXT"),
        {
            let mut text = element((0x0040, 0xA160), "UT", &[]);
            let says = b"Anna Lang has a cyst ";
            text.extend([0, 0]);
            text.truncate(6);
            text.extend([0, 0]);
            text.extend((says.len() as u32 + 1).to_le_bytes());
            text.extend(says);
            text.push(b' ');
            text
        },
        nested((0x0008, 0x1199), &reference),
    ];
    let study = StudyBuilder::new()
        .patient("Lang^Anna", "P-9")
        .sop_class("1.2.840.10008.5.1.4.1.1.88.11")
        .with((0x0040, 0xA730), "SQ", item(&content.concat()));
    for (structured, says) in [(false, "REMOVED"), (true, "has a cyst")] {
        let cleaner = cleaner(Options {
            clean_structured_content: structured,
            ..Options::default()
        });
        let (new, bytes, _) = cleaned(&cleaner, &file(&study));
        let content = new.element(tags::CONTENT_SEQUENCE).unwrap();
        let content = &content.items().unwrap()[0];
        assert_eq!(text(content, tags::TEXT_VALUE), says);
        assert_eq!(text(content, tags::VALUE_TYPE), "TEXT");
        let references = content.element(tags::REFERENCED_SOP_SEQUENCE).unwrap();
        let reference = &references.items().unwrap()[0];
        assert_eq!(
            text(reference, tags::REFERENCED_SOP_INSTANCE_UID),
            cleaner.uid("1.2.3.9")
        );
        assert!(!holds(&bytes, "Lang"));
    }
}

#[test]
fn file_meta_information_is_new_in_every_transfer_syntax_and_the_patient_is_nowhere() {
    for syntax in [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, RLE] {
        let study = StudyBuilder::new()
            .patient("Verysecret^Name", "SECRET-ID-1")
            .transfer_syntax(syntax);
        let mut before = file(&study);
        before[..16].copy_from_slice(b"Verysecret^Name ");
        let (new, bytes, report) = cleaned(&cleaner(Options::default()), &before);
        assert_eq!(new.meta().transfer_syntax(), syntax);
        assert!(new.meta().source_application_entity_title.is_none());
        assert!(new.meta().implementation_class_uid().starts_with("2.25."));
        assert!(!holds(&bytes, "Verysecret") && !holds(&bytes, "SECRET-ID"));
        assert_eq!(text(&new, tags::PATIENT_NAME), "");
        assert_eq!(text(&new, tags::PATIENT_IDENTITY_REMOVED), "YES");
        let codes = new
            .element(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE)
            .unwrap();
        assert_eq!(text(&codes.items().unwrap()[0], tags::CODE_VALUE), "113100");
        assert!(
            report
                .touched
                .iter()
                .all(|touched| touched.before.is_none())
        );
        let old = from_reader(Cursor::new(&before)).unwrap();
        let pixels = |object: &InMemDicomObject| {
            format!("{:?}", object.get(tags::PIXEL_DATA).unwrap().value())
        };
        assert_eq!(pixels(&old), pixels(&new), "{syntax}");
    }
    // Without file meta information a file gets some.
    let (new, _, _) = cleaned(
        &cleaner(Options::default()),
        &file(&StudyBuilder::new().no_meta()),
    );
    assert_eq!(new.meta().transfer_syntax(), EXPLICIT);
}

struct Book;

impl Identities for Book {
    fn identity(&self, patient_id: &str, name: &str) -> Result<Option<NewIdentity>, Error> {
        match (patient_id, name) {
            ("P-1", "Test^Person") => Ok(Some(NewIdentity {
                id: "STUDY-001".into(),
                name: "山田^太郎".into(),
            })),
            _ => Err(Error::Identity("the patient is not in the table".into())),
        }
    }
}

#[test]
fn a_patient_gets_the_identity_of_the_book_and_an_unknown_one_is_refused() {
    let cleaner = cleaner(Options::default()).with_identities(Arc::new(Book));
    let (new, _, report) = cleaned(
        &cleaner,
        &file(&StudyBuilder::new().patient("Test^Person", "P-1")),
    );
    assert_eq!(text(&new, tags::PATIENT_ID), "STUDY-001");
    assert_eq!(text(&new, tags::PATIENT_NAME), "山田^太郎");
    assert_eq!(text(&new, tags::SPECIFIC_CHARACTER_SET), "ISO_IR 192");
    assert_eq!(
        (report.patient_id.as_str(), report.patient_name.as_str()),
        ("STUDY-001", "山田^太郎")
    );
    let other = file(&StudyBuilder::new().patient("Test^Person", "P-2"));
    let refused = cleaner.clean_bytes(&other, Wanted::default()).unwrap_err();
    assert!(matches!(refused, Error::Identity(_)));
}

#[test]
fn rules_of_ones_own_go_before_the_profile_and_new_values_before_both() {
    let rule = |attribute: &str, action| Override {
        attribute: attribute.parse().unwrap(),
        action,
    };
    let profile = Profile {
        replace: vec![Replacement::new("InstitutionName", "Site 4").unwrap()],
        overrides: vec![
            rule("StudyDescription", OverrideAction::Keep),
            rule("Modality", OverrideAction::Remove),
            rule("InstitutionName", OverrideAction::Remove),
            rule("(0009,xx01,ACME 1.0)", OverrideAction::Keep),
            rule(
                "PerformedProtocolCodeSequence.StudyDescription",
                OverrideAction::Empty,
            ),
        ],
        ..Profile::default()
    };
    let study = StudyBuilder::new()
        .description("Knee")
        .with((0x0009, 0x0010), "LO", "ACME 1.0")
        .with((0x0009, 0x1001), "LO", "kept")
        .with(
            (0x0040, 0x0260),
            "SQ",
            item(&element((0x0008, 0x1030), "LO", b"Knee")),
        );
    let (new, _, _) = cleaned(&cleaner_of(profile), &file(&study));
    assert_eq!(text(&new, tags::STUDY_DESCRIPTION), "Knee");
    assert_eq!(text(&new, tags::INSTITUTION_NAME), "Site 4");
    assert!(new.get(tags::MODALITY).is_none());
    assert_eq!(text(&new, Tag(0x0009, 0x1001)), "kept");
    let codes = new.element(tags::PERFORMED_PROTOCOL_CODE_SEQUENCE).unwrap();
    assert_eq!(
        text(&codes.items().unwrap()[0], tags::STUDY_DESCRIPTION),
        ""
    );
}

/// A file whose pixel data is not there until it is asked for.
struct Huge {
    head: Vec<u8>,
    size: u64,
    at: u64,
    read: u64,
}

impl Read for Huge {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(self.at).unwrap_or(usize::MAX);
        let length = buffer.len().min((self.size - self.at) as usize);
        for (place, byte) in buffer.iter_mut().take(length).enumerate() {
            *byte = self
                .head
                .get(start.saturating_add(place))
                .copied()
                .unwrap_or_default();
        }
        self.at += length as u64;
        self.read += length as u64;
        Ok(length)
    }
}

impl Seek for Huge {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => self.size.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

#[test]
fn the_pixel_data_of_a_file_of_almost_four_gigabytes_is_not_read() {
    // Eight frames of 16 bits, as many as there are bytes.
    let (columns, rows) = (14351u16, 18705u16);
    let study = StudyBuilder::new()
        .without((0x7FE0, 0x0010))
        .with((0x28, 0x08), "IS", "8")
        .with((0x28, 0x10), "US", rows.to_le_bytes())
        .with((0x28, 0x11), "US", columns.to_le_bytes())
        .with((0x28, 0x101), "US", [16, 0])
        .with((0x28, 0x102), "US", [15, 0]);
    let mut head = file(&study);
    let pixels = u32::MAX - 15;
    head.extend(b"\xE0\x7F\x10\0OW\0\0");
    head.extend(pixels.to_le_bytes());
    let start = head.len() as u64;
    let size = start + u64::from(pixels);
    let mut huge = Huge {
        head,
        size,
        at: 0,
        read: 0,
    };
    let cleaned = cleaner(Options::default())
        .clean(&mut huge, size, Wanted::default())
        .unwrap();
    assert!(huge.read < 1_000_000, "{}", huge.read);
    let [Piece::Bytes(_), Piece::Source(place)] = cleaned.pieces.as_slice() else {
        panic!("{:?}", cleaned.pieces.len());
    };
    assert_eq!(*place, start..size);
    assert!(cleaned.size() > u64::from(pixels));
}

#[test]
fn a_cut_or_bent_file_never_panics() {
    let study = StudyBuilder::new().patient("Secret^N", "P-1").with(
        (0x0008, 0x1110),
        "SQ",
        item(&element((0x10, 0x10), "PN", b"Secret^N")),
    );
    let whole = file(&study);
    let cleaner = cleaner(Options {
        clean_descriptors: true,
        dates: Dates::Modified,
        ..Options::default()
    });
    for cut in (0..whole.len()).step_by(7) {
        let _ = cleaner.clean_bytes(&whole[..cut], Wanted::default());
    }
    for at in (132..whole.len().min(2000)).step_by(3) {
        let mut bent = whole.clone();
        bent[at] ^= 0x41;
        let _ = cleaner.clean_bytes(&bent, Wanted::default());
    }
    assert!(cleaner.clean_bytes(&whole, Wanted::default()).is_ok());
}
