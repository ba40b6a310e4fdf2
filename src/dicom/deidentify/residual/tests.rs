use super::*;
use crate::dicom::dataset::element::Layout;

/// Explicit, little-endian elements with short lengths.
fn data(elements: &[(Tag, &str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (tag, vr, value) in elements {
        let mut value = value.to_vec();
        if value.len() % 2 == 1 {
            value.push(b' ');
        }
        bytes.extend(tag.0.to_le_bytes());
        bytes.extend(tag.1.to_le_bytes());
        bytes.extend(vr.as_bytes());
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

const SET: Tag = Tag(0x0008, 0x0005);
const NAME: Tag = Tag(0x0010, 0x0010);
const ID: Tag = Tag(0x0010, 0x0020);
const BIRTH: Tag = Tag(0x0010, 0x0030);
const COMMENT: Tag = Tag(0x0020, 0x4000);

fn original() -> Vec<u8> {
    data(&[
        (SET, "CS", b"ISO_IR 100"),
        (Tag(0x0008, 0x0050), "SH", b"A-77812"),
        (
            Tag(0x0008, 0x0081),
            "ST",
            b"Long Road 12\r\n90210 Springfield",
        ),
        (NAME, "PN", b"\xD6berg Lind^M\xE4rta"),
        (ID, "LO", b"19510203-1234"),
        (BIRTH, "DA", b"19510203"),
        (Tag(0x0010, 0x2154), "SH", b"+46 8 123 45 67"),
    ])
}

fn terms(of: &[u8]) -> Terms {
    Terms::gather(Steps::new(of, Layout::EXPLICIT), of, &Chosen::ALL).unwrap()
}

fn found(elements: &[(Tag, &str, &[u8])]) -> Option<String> {
    let after = data(elements);
    let search = Search::new(&terms(&original()));
    let steps = Steps::new(after.as_slice(), Layout::EXPLICIT);
    let residue = search.look(b"DICM", steps, &after).unwrap();
    residue.map(|residue| residue.attribute)
}

fn in_comment(text: &[u8]) -> bool {
    found(&[(COMMENT, "LT", text)]).is_some()
}

#[test]
fn what_identified_the_patient_is_found_in_every_form_and_encoding() {
    for text in [
        &b"seen by M\xE4rta"[..],
        "seen by MÄRTA".as_bytes(),
        b"OEBERG, MAERTA",
        b"Oberg",
        b"mrs lind, 70 y",
        b"19510203-1234",
        b"id 195102031234.",
        b"born 03.02.1951",
        b"born Feb 3, 1951",
        b"1951-02-03",
        b"acc. a-77812",
        b"call 4681234567",
        b"lives in Long Road 12",
        b"L\0i\0n\0d\0",
        b"\0L\0i\0n\0d",
    ] {
        assert!(in_comment(text), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn words_and_numbers_that_only_look_like_it_are_passed() {
    for text in [
        &b"linden tree"[..],
        b"blinded study",
        b"1119510203999",
        b"77812",
        b"Martas",
        b"long axis",
        b"1951",
    ] {
        assert!(!in_comment(text), "{}", String::from_utf8_lossy(text));
    }
    // A date that is the same by chance, a code, the digits of a UID, a number.
    assert_eq!(found(&[(Tag(0x0008, 0x0020), "DA", b"19510203")]), None);
    assert_eq!(found(&[(Tag(0x0008, 0x0008), "CS", b"LIND\\MPR")]), None);
    assert_eq!(
        found(&[(Tag(0x0008, 0x0018), "UI", b"2.25.19510203.7")]),
        None
    );
    assert_eq!(found(&[(Tag(0x0018, 0x0050), "DS", b"19510203")]), None);
    // A maker or a code that is called so.
    assert_eq!(found(&[(Tag(0x0008, 0x0070), "LO", b"LIND Medical")]), None);
    let whole = b"LIND 19510203-1234";
    assert!(found(&[(Tag(0x0008, 0x0070), "LO", whole)]).is_some());
    assert_eq!(
        found(&[(BIRTH, "DA", b"19510203")]).as_deref(),
        Some("PatientBirthDate")
    );
}

#[test]
fn an_id_that_is_all_of_a_number_or_a_part_of_a_uid_is_found() {
    let before = data(&[(ID, "LO", b"4711081500")]);
    let look = |elements: &[(Tag, &str, &[u8])]| {
        let after = data(elements);
        let search = Search::new(&terms(&before));
        search
            .look(b"", Steps::new(after.as_slice(), Layout::EXPLICIT), &after)
            .unwrap()
            .is_some()
    };
    assert!(look(&[(Tag(0x0008, 0x0018), "UI", b"1.2.4711081500.1")]));
    assert!(!look(&[(Tag(0x0008, 0x0018), "UI", b"1.2.94711081500.1")]));
    // A number that must be one, a code, and a table are no traces of a patient.
    assert!(!look(&[(Tag(0x0020, 0x0011), "IS", b"4711081500")]));
    assert!(!look(&[(Tag(0x0008, 0x0100), "SH", b"4711081500")]));
    assert!(!look(&[(Tag(0x0028, 0x3006), "US", b"4711081500")]));
    assert!(look(&[(Tag(0x0009, 0x1011), "IS", b"4711081500")]));
    assert!(!look(&[(Tag(0x0018, 0x0050), "DS", b"4711081500.5")]));
}

#[test]
fn a_code_in_place_of_a_name_is_looked_for_as_a_whole() {
    let before = data(&[(NAME, "PN", b"PANCREAS_0001")]);
    let search = Search::new(&terms(&before));
    let look = |text: &[u8]| {
        let after = data(&[(COMMENT, "LT", text)]);
        let steps = Steps::new(after.as_slice(), Layout::EXPLICIT);
        search.look(b"", steps, &after).unwrap().is_some()
    };
    assert!(!look(b"Pancreas"));
    assert!(look(b"see pancreas_0001"));
}

#[test]
fn new_values_and_what_stays_on_purpose_are_not_looked_for() {
    let before = original();
    let chosen = Chosen {
        stays: &|tag| tag == ID,
        ..Chosen::ALL
    };
    let kept = Terms::gather(Steps::new(&before, Layout::EXPLICIT), &before, &chosen);
    let kept = kept.unwrap().without(["Lind^Case 7", "A-77812"]);
    let after = data(&[
        (Tag(0x0008, 0x0050), "SH", b"A-77812"),
        (NAME, "PN", b"Lind^Case 7"),
        (ID, "LO", b"19510203-1234"),
    ]);
    let search = Residual::default().search(kept);
    // The birth date alone would be found in the ID.
    let residue = search
        .look(b"", Steps::new(after.as_slice(), Layout::EXPLICIT), &after)
        .unwrap();
    assert_eq!(residue.map(|residue| residue.kind), Some(Kind::BirthDate));
    let name = data(&[(NAME, "PN", b"Lind^Case 7")]);
    assert_eq!(
        search
            .look(b"", Steps::new(&name, Layout::EXPLICIT), &name)
            .unwrap(),
        None
    );
}

#[test]
fn a_hit_names_the_attribute_and_not_the_value() {
    let residue = Residue {
        kind: Kind::Name,
        attribute: path(&[Tag(0x0040, 0x0275)], COMMENT),
    };
    let words = residue.to_string();
    assert!(words.starts_with(
        "A name of the original still stands in RequestAttributesSequence.ImageComments"
    ));
}

#[test]
fn names_without_blanks_and_in_escape_sequences_are_found() {
    let before = data(&[
        (SET, "CS", b"\\ISO 2022 IR 87"),
        (
            NAME,
            "PN",
            b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B",
        ),
    ]);
    let search = Search::new(&terms(&before));
    let look = |elements: &[(Tag, &str, &[u8])]| {
        let after = data(elements);
        search
            .look(b"", Steps::new(after.as_slice(), Layout::EXPLICIT), &after)
            .unwrap()
            .is_some()
    };
    let japanese = (SET, "CS", &b"\\ISO 2022 IR 87"[..]);
    assert!(look(&[japanese, (COMMENT, "LT", b"\x1B$B;3ED\x1B(B")]));
    let unicode = (SET, "CS", &b"ISO_IR 192"[..]);
    assert!(look(&[unicode, (COMMENT, "LT", "患者山田様".as_bytes())]));
    assert!(!look(&[unicode, (COMMENT, "LT", "患者様".as_bytes())]));
}
