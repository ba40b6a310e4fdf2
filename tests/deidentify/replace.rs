//! Values replaced in files: made-up ones that are difficult on purpose, and every real one that lies beside the checkout.
//! The results are read with dicom-object, which had no part in writing them.

use std::io::Cursor;
use std::path::Path;

use crate::common;
use crate::common::aloud;
use crate::common::studies::{
    BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, RLE, StudyBuilder, new_uid,
};
use dicom_core::value::Value;
use dicom_core::{DataElement, Tag};
use dicom_dictionary_std::tags;
use dicom_object::file::ReadPreamble;
use dicom_object::{DefaultDicomObject, InMemDicomObject, OpenFileOptions};
use studydrop::dicom::catalogue::Found;
use studydrop::dicom::deidentify::{Error, Replacement, replace};
use studydrop::dicom::scan::{self, Sink};

fn to(pairs: &[(&str, &str)]) -> Vec<Replacement> {
    pairs
        .iter()
        .map(|(name, value)| Replacement::new(name, value).unwrap())
        .collect()
}

fn file(study: &StudyBuilder) -> Vec<u8> {
    study.file(&new_uid(), &new_uid(), 1, 1)
}

fn opened(bytes: &[u8]) -> Result<DefaultDicomObject, dicom_object::ReadError> {
    OpenFileOptions::new()
        .read_preamble(ReadPreamble::Auto)
        .from_reader(Cursor::new(bytes))
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let element = object.element(tag).unwrap();
    element.to_str().unwrap().trim_end().to_owned()
}

fn pixels(object: &InMemDicomObject) -> Option<Vec<u8>> {
    let element = object.get(tags::PIXEL_DATA)?;
    match element.value() {
        Value::Primitive(value) => Some(value.to_bytes().to_vec()),
        Value::PixelSequence(fragments) => Some(fragments.fragments().concat()),
        Value::Sequence(_) => None,
    }
}

/// Every element but those: what it says, at every depth.
fn others(object: &InMemDicomObject, but: &[Tag]) -> Vec<String> {
    fn walk(object: &InMemDicomObject, but: &[Tag], at: &str, all: &mut Vec<String>) {
        for element in object {
            let tag = element.header().tag;
            // Group lengths follow what is in the group; pixel data is compared as it is.
            if but.contains(&tag) || tag.1 == 0 || tag == tags::PIXEL_DATA {
                continue;
            }
            let here = format!("{at}{tag}");
            let element: &DataElement<InMemDicomObject> = element;
            match element.value() {
                Value::Sequence(items) => {
                    for (number, item) in items.items().iter().enumerate() {
                        walk(item, but, &format!("{here}[{number}]."), all);
                    }
                }
                Value::Primitive(value) => {
                    let says = value.to_str();
                    all.push(format!("{here} {} {}", element.vr(), says.trim_end()));
                }
                Value::PixelSequence(fragments) => {
                    all.push(format!("{here} {:?}", fragments.offset_table()));
                }
            }
        }
    }
    let mut all = Vec::new();
    walk(object, but, "", &mut all);
    all
}

/// One element of an implicit, little-endian data set.
fn implicit(tag: (u16, u16), value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    bytes.extend(value);
    bytes
}

/// The same, explicit, with a short length.
fn explicit(tag: (u16, u16), vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend(vr.as_bytes());
    bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    bytes.extend(value);
    bytes
}

fn item(content: &[u8]) -> Vec<u8> {
    implicit((0xFFFE, 0xE000), content)
}

const PATIENT: [Tag; 2] = [tags::PATIENT_NAME, tags::PATIENT_ID];

#[test]
fn name_and_id_are_replaced_in_every_transfer_syntax_and_nothing_else_changes() {
    for syntax in [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, RLE] {
        let study = StudyBuilder::new()
            .patient("Öberg^Märta", "19510203-1234")
            .transfer_syntax(syntax)
            .with((0x0009, 0x0010), "LO", "ACME 1.0")
            .with((0x0009, 0x1001), "LO", "private text");
        let before = file(&study);
        let changes = to(&[("PatientName", "Doe^John"), ("PatientId", "A")]);
        let after = replace(&before, &changes).unwrap();
        assert_eq!(after.len() % 2, 0, "{syntax}");
        let (old, new) = (opened(&before).unwrap(), opened(&after).unwrap());
        assert_eq!(old.meta(), new.meta(), "{syntax}");
        assert_eq!(text(&new, tags::PATIENT_NAME), "Doe^John");
        assert_eq!(text(&new, tags::PATIENT_ID), "A");
        assert_eq!(pixels(&old), pixels(&new), "{syntax}");
        assert_eq!(others(&old, &PATIENT), others(&new, &PATIENT), "{syntax}");
        if syntax != DEFLATED {
            let holds = |needle: &str| {
                let mut windows = after.windows(needle.len());
                windows.any(|window| window == needle.as_bytes())
            };
            assert!(!holds("Öberg") && !holds("19510203-1234"), "{syntax}");
        }
    }
}

#[test]
fn a_data_set_without_preamble_or_file_meta_information_stays_so() {
    for study in [
        StudyBuilder::new().no_preamble(),
        StudyBuilder::new().no_meta(),
    ] {
        let before = file(&study.patient("Test^Person", "P-100"));
        let after = replace(&before, &to(&[("PatientID", "Q-200")])).unwrap();
        assert_eq!(after.len(), before.len());
        let differs = before
            .iter()
            .zip(&after)
            .filter(|(one, other)| one != other);
        assert_eq!(differs.count(), 2, "P and 1 became Q and 2");
    }
}

#[test]
fn the_same_values_give_the_same_file() {
    for syntax in [IMPLICIT, EXPLICIT, BIG_ENDIAN, RLE] {
        let before = file(&StudyBuilder::new().transfer_syntax(syntax));
        let same = to(&[("PatientName", "Test^Person"), ("PatientId", "P-1")]);
        assert!(replace(&before, &same).unwrap() == before, "{syntax}");
    }
}

#[test]
fn a_missing_attribute_is_added_in_its_place() {
    for syntax in [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED] {
        let before = file(&StudyBuilder::new().transfer_syntax(syntax));
        let changes = to(&[
            ("InstitutionAddress", "Road 1"),
            ("OtherPatientId", "123"),
            ("OtherPatientName", "Doe"),
            ("x00104000", "odd"),
        ]);
        let new = opened(&replace(&before, &changes).unwrap()).unwrap();
        assert_eq!(text(&new, tags::INSTITUTION_ADDRESS), "Road 1");
        assert_eq!(text(&new, Tag(0x0010, 0x1000)), "123");
        assert_eq!(text(&new, tags::OTHER_PATIENT_NAMES), "Doe");
        assert_eq!(text(&new, tags::PATIENT_COMMENTS), "odd");
    }
}

#[test]
fn group_lengths_follow_what_is_in_the_group() {
    let before = file(
        &StudyBuilder::new()
            .with((0x0010, 0), "UL", 50u32.to_le_bytes())
            .with((0x0008, 0), "UL", 300u32.to_le_bytes()),
    );
    let changes = to(&[("PatientName", "A^Much^Longer^Name"), ("x00104000", "new")]);
    let after = replace(&before, &changes).unwrap();
    let length_of = |group: u8| {
        let at = after
            .windows(8)
            .position(|window| window == [group, 0, 0, 0, b'U', b'L', 4, 0]);
        let at = at.unwrap() + 8;
        (
            at + 4,
            u32::from_le_bytes(after[at..at + 4].try_into().unwrap()) as usize,
        )
    };
    let (start, length) = length_of(0x10);
    assert_eq!(
        &after[start + length..start + length + 2],
        [0x18, 0],
        "the next group begins there"
    );
    assert_eq!(
        length_of(8).1,
        300,
        "a group that stays as long keeps what it says"
    );
}

#[test]
fn a_name_inside_sequences_is_replaced_too_whichever_way_they_are_written() {
    let name = explicit((0x10, 0x10), "PN", b"Hidden^Name ");
    let undefined = {
        let mut bytes = b"\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF".to_vec();
        bytes.extend(&name);
        bytes.extend(b"\xFE\xFF\x0D\xE0\0\0\0\0");
        bytes
    };
    let mut deep = explicit((0x40, 0xA170), "SQ", &[]);
    deep.extend(u32::try_from(item(&name).len()).unwrap().to_le_bytes());
    deep.extend(item(&name));
    let hidden = implicit((0x10, 0x10), b"Hidden^Name ");
    let before = file(
        &StudyBuilder::new()
            .with((0x0008, 0x1110), "SQ", item(&name))
            .with((0x0008, 0x1115), "SQ", undefined)
            .with((0x0008, 0x1120), "SQ", item(&deep))
            // A known sequence of unknown representation, and a private one: without VR inside (PS3.5, 6.2.2).
            .with((0x0008, 0x1140), "UN", item(&hidden))
            .with((0x0009, 0x0010), "LO", "ACME 1.0")
            .with((0x0009, 0x1002), "UN", item(&hidden)),
    );
    let after = replace(&before, &to(&[("PatientName", "New^N")])).unwrap();
    let count =
        |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).filter(|w| *w == text).count();
    assert_eq!(count(&before, b"Hidden^Name"), 5);
    assert_eq!(count(&after, b"Hidden"), 0);
    assert_eq!(count(&after, b"New^N "), 6, "the top level too");
    let new = opened(&after).unwrap();
    let items = new.element(tags::REFERENCED_STUDY_SEQUENCE).unwrap();
    assert_eq!(
        text(&items.items().unwrap()[0], tags::PATIENT_NAME),
        "New^N"
    );
    assert_eq!(
        others(&opened(&before).unwrap(), &[]).len(),
        others(&new, &[]).len()
    );
}

#[test]
fn a_value_that_only_looks_like_a_sequence_stays_as_it_is() {
    let looks_so = b"\xFE\xFF\x00\xE0\x04\0\0\0junk and more";
    let before = file(
        &StudyBuilder::new()
            .transfer_syntax(IMPLICIT)
            // A sequence by the dictionary; some devices write a word there.
            .with((0x0040, 0xA170), "CS", "NAMED TYPE")
            .with((0x0009, 0x0010), "LO", "ACME 1.0")
            .with((0x0009, 0x1001), "UN", looks_so),
    );
    let after = replace(&before, &to(&[("PatientName", "Doe")])).unwrap();
    for kept in [&looks_so[..], b"NAMED TYPE"] {
        assert!(after.windows(kept.len()).any(|window| window == kept));
    }
    assert_eq!(header(&after).patient.name.alphabetic, "Doe");
}

#[test]
fn a_name_that_does_not_fit_a_latin_file_turns_all_its_text_to_unicode() {
    let nested = {
        let mut content = explicit((8, 5), "CS", b"ISO_IR 144");
        content.extend(explicit((8, 0x1030), "LO", b"\xB8\xD2\xD0\xDD"));
        content.extend(explicit((0x10, 0x10), "PN", b"Somebody"));
        item(&content)
    };
    for syntax in [EXPLICIT, DEFLATED] {
        let before = file(
            &StudyBuilder::new()
                .patient("Öberg^Märta", "P-1")
                .description("Knä, höger")
                .character_set("ISO_IR 100")
                .transfer_syntax(syntax)
                .with((0x0008, 0x1110), "SQ", &nested),
        );
        let after = replace(&before, &to(&[("PatientName", "山田^太郎")])).unwrap();
        let new = opened(&after).unwrap();
        assert_eq!(text(&new, tags::SPECIFIC_CHARACTER_SET), "ISO_IR 192");
        assert_eq!(text(&new, tags::PATIENT_NAME), "山田^太郎");
        assert_eq!(text(&new, tags::STUDY_DESCRIPTION), "Knä, höger");
        let items = new.element(tags::REFERENCED_STUDY_SEQUENCE).unwrap();
        let inner = &items.items().unwrap()[0];
        assert_eq!(text(inner, tags::SPECIFIC_CHARACTER_SET), "ISO_IR 192");
        assert_eq!(text(inner, tags::STUDY_DESCRIPTION), "Иван");
        assert_eq!(text(inner, tags::PATIENT_NAME), "山田^太郎");
    }
}

#[test]
fn a_value_that_fits_leaves_the_character_set_alone() {
    let latin = file(
        &StudyBuilder::new()
            .character_set("ISO_IR 100")
            .description("Knä"),
    );
    let new = opened(&replace(&latin, &to(&[("PatientName", "Åström^Å")])).unwrap()).unwrap();
    assert_eq!(text(&new, tags::SPECIFIC_CHARACTER_SET), "ISO_IR 100");
    assert_eq!(text(&new, tags::PATIENT_NAME), "Åström^Å");

    let japanese = StudyBuilder::new()
        .character_set("\\ISO 2022 IR 87")
        .patient("Yamada^Tarou=山田^太郎", "P-1")
        .description("胸部CT");
    let before = file(&japanese);
    let after = replace(&before, &to(&[("PatientName", "Doe^John")])).unwrap();
    let set = opened(&after).unwrap();
    assert_eq!(text(&set, tags::SPECIFIC_CHARACTER_SET), "\\ISO 2022 IR 87");
    assert_eq!(header(&after).patient.name.alphabetic, "Doe^John");
    assert_eq!(header(&after).study.description, "胸部CT");
    // Its own characters fit as well; others' do not.
    let after = replace(&before, &to(&[("PatientName", "Satou=佐藤^花子")])).unwrap();
    assert_eq!(header(&after).patient.name.ideographic, "佐藤^花子");
    let after = replace(&before, &to(&[("PatientName", "Öberg")])).unwrap();
    assert_eq!(
        text(&opened(&after).unwrap(), tags::SPECIFIC_CHARACTER_SET),
        "ISO_IR 192"
    );
    assert_eq!(
        text(&opened(&after).unwrap(), tags::STUDY_DESCRIPTION),
        "胸部CT"
    );
}

#[test]
fn a_file_without_a_character_set_gets_one_when_it_needs_it() {
    let before = file(&StudyBuilder::new().no_character_set());
    let plain = replace(&before, &to(&[("PatientName", "Doe")])).unwrap();
    assert!(
        opened(&plain)
            .unwrap()
            .get(tags::SPECIFIC_CHARACTER_SET)
            .is_none()
    );
    let after = replace(&before, &to(&[("OtherPatientName", "Öberg")])).unwrap();
    assert_eq!(
        text(&opened(&after).unwrap(), tags::SPECIFIC_CHARACTER_SET),
        "ISO_IR 192"
    );
    assert_eq!(
        text(&opened(&after).unwrap(), tags::OTHER_PATIENT_NAMES),
        "Öberg"
    );
}

#[test]
fn what_cannot_be_read_for_certain_is_refused() {
    let name = to(&[("PatientName", "山田")]);
    let cut = file(&StudyBuilder::new().cut_off(100));
    assert!(matches!(replace(&cut, &name), Err(Error::Unreadable(_))));
    assert!(matches!(
        replace(b"%PDF-1.7", &name),
        Err(Error::Unreadable(_))
    ));
    let unknown = file(&StudyBuilder::new().character_set("ISO_IR 999").with(
        (0x0008, 0x1030),
        "LO",
        b"\xE4\xE5",
    ));
    let error = replace(&unknown, &name).unwrap_err();
    assert_eq!(error, Error::Undecodable("StudyDescription".into()));
    assert!(replace(&unknown, &to(&[("PatientName", "Doe")])).is_ok());
    // An item that is longer than its sequence.
    let mut broken = item(&explicit((0x10, 0x10), "PN", b"Hidden"));
    broken[4] += 100;
    let broken = file(&StudyBuilder::new().with((0x0008, 0x1110), "SQ", broken));
    assert!(matches!(replace(&broken, &name), Err(Error::Damaged(_))));
    let as_sequence = item(&explicit((8, 0x1030), "LO", b"x "));
    let odd = file(&StudyBuilder::new().with((0x10, 0x10), "SQ", as_sequence));
    assert!(matches!(replace(&odd, &name), Err(Error::Damaged(_))));
}

#[test]
fn a_cut_or_bent_file_never_panics_and_never_keeps_the_name() {
    let nested = item(&explicit((0x10, 0x10), "PN", b"Secret^N"));
    let whole = file(&StudyBuilder::new().patient("Secret^N", "P-1").with(
        (8, 0x1110),
        "SQ",
        nested,
    ));
    let header = whole.len() - 512;
    let changes = to(&[("PatientName", "X")]);
    for at in 132..header {
        let _ = replace(&whole[..at], &changes);
        let mut bent = whole.clone();
        bent[at] ^= 0x41;
        let Ok(after) = replace(&bent, &changes) else {
            continue;
        };
        // Where a tag itself was bent, the element is another one.
        let kept = after
            .windows(8)
            .filter(|window| *window == b"Secret^N")
            .count();
        let was = |tag: &[u8]| bent.windows(tag.len()).filter(|w| *w == tag).count();
        let names = was(b"\x10\0\x10\0");
        assert!(
            kept == 0 || names < 2 || was(b"\x08\0\x10\x11SQ") == 0,
            "byte {at}"
        );
    }
}

/// What the scan reads in a file.
fn header(bytes: &[u8]) -> studydrop::dicom::catalogue::Header {
    struct One(std::sync::Mutex<Option<Found>>);
    impl Sink for One {
        fn found(&self, found: Found) {
            *self.0.lock().unwrap() = Some(found);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    let one = One(std::sync::Mutex::default());
    scan::scan(&[path], &one, &std::sync::atomic::AtomicBool::new(false));
    match one.0.into_inner().unwrap() {
        Some(Found::Image(header)) => *header,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_real_file_is_replaced_or_refused_and_keeps_everything_else() {
    let Some(folder) = common::shared_dicom() else {
        return;
    };
    let paths = Images::under(&folder);
    assert!(paths.len() > 100, "{}", paths.len());
    let (mut all, mut done, mut read_by_both, mut refused) = (0, 0, 0, Vec::new());
    for path in &paths {
        let before = std::fs::read(path).unwrap();
        // One that fits every character set, and one that turns most of them to Unicode: for large files only that.
        let names = ["山田^太郎", "Doe^John"];
        let tried = if before.len() > 500_000 { 1 } else { 2 };
        for name in names.into_iter().take(tried) {
            all += 1;
            let changes = to(&[("PatientName", name), ("PatientId", "anon-1")]);
            match replace(&before, &changes) {
                Ok(after) => {
                    done += 1;
                    read_by_both += usize::from(is_as_meant(path, &before, &after, name));
                }
                Err(error) => refused.push(format!("{}: {error}", path.display())),
            }
        }
    }
    aloud::aloud(&format!(
        "replaced {done} of {all} times in {} real files, {read_by_both} of them read by dicom-object too; refused:\n{}",
        paths.len(),
        refused.join("\n")
    ));
    assert!(
        refused.iter().all(|refused| refused.contains("fuzz")),
        "{refused:#?}"
    );
}

/// Whether dicom-object could read both.
fn is_as_meant(path: &Path, before: &[u8], after: &[u8], name: &str) -> bool {
    let read = header(after);
    let (group, path) = (&read.patient.name.alphabetic, path.display());
    assert_eq!(
        (group.as_str(), read.patient.id.as_str()),
        (name, "anon-1"),
        "{path}"
    );
    let Ok(old) = opened(before) else {
        return false;
    };
    let new = opened(after).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(old.meta(), new.meta(), "{path}");
    assert!(pixels(&old) == pixels(&new), "{path}");
    let to_unicode =
        text_of(&new, tags::SPECIFIC_CHARACTER_SET) != text_of(&old, tags::SPECIFIC_CHARACTER_SET);
    let mut but = PATIENT.to_vec();
    if to_unicode {
        but.push(tags::SPECIFIC_CHARACTER_SET);
    }
    let (one, other) = (others(&old, &but), others(&new, &but));
    assert_eq!(one.len(), other.len(), "{path}");
    for (one, other) in one.iter().zip(&other) {
        // dicom-object reads text with code extensions, or outside its character set, with replacement characters.
        assert!(
            one == other || (to_unicode && !one.is_ascii()),
            "{path}: {one} {other}"
        );
    }
    true
}

fn text_of(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    Some(object.get(tag)?.to_str().ok()?.trim_end().to_owned())
}

/// The files that the scan would send.
struct Images(std::sync::Mutex<Vec<std::path::PathBuf>>);

impl Images {
    fn under(folder: &Path) -> Vec<std::path::PathBuf> {
        let images = Images(std::sync::Mutex::default());
        scan::scan(
            &[folder.to_owned()],
            &images,
            &std::sync::atomic::AtomicBool::new(false),
        );
        let mut paths = images.0.into_inner().unwrap();
        paths.sort();
        paths
    }
}

impl Sink for Images {
    fn found(&self, found: Found) {
        if let Found::Image(header) = found {
            self.0.lock().unwrap().push(header.image.path.clone());
        }
    }
}
