//! Table E.1-1 of PS3.15, row by row: one file that has every attribute of it, at the top and in a sequence, cleaned with
//! every option by itself, with none and with all, and held against the table's own text.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use dicom_core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject, from_reader};
use studydrop::dicom::deidentify::{Cleaner, Dates, Options, Profile, Secret, Wanted};

const TABLE: &str = include_str!("../../assets/deidentify/e1_1.tsv");
const SECRET: [u8; 32] = [9; 32];
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

struct Row {
    tag: Tag,
    vr: VR,
    keyword: String,
    /// By the names of the table's columns.
    says: HashMap<String, String>,
}

fn rows() -> Vec<Row> {
    let mut lines = TABLE
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let row = |fields: Vec<&str>| {
        let tag = fields[0]
            .replace("60XX", "6002")
            .replace("50XXXXXX", "50023000");
        let half = |text: Option<&str>| u16::from_str_radix(text?, 16).ok();
        let tag_of = |tag: &str| Some(Tag(half(tag.get(..4))?, half(tag.get(4..))?));
        let vr = match fields[1] {
            "-" if tag.ends_with("4000") => VR::LT,
            "-" => VR::OW,
            vr => vr.parse().unwrap(),
        };
        Some(Row {
            tag: tag_of(&tag)?,
            vr,
            keyword: fields[2].to_owned(),
            says: names
                .iter()
                .zip(&fields)
                .map(|(name, field)| (name.to_string(), field.to_string()))
                .collect(),
        })
    };
    // (0002,0003) is in the file meta information, of which another test speaks; private attributes too.
    lines
        .filter_map(row)
        .filter(|row| row.tag.0 != 0x0002)
        .collect()
}

fn value(row: &Row) -> PrimitiveValue {
    let number = u32::from(row.tag.0) * 0x10000 + u32::from(row.tag.1);
    let cleaned = ["descriptors", "patient", "graphics"]
        .iter()
        .any(|column| row.says[*column] == "C");
    match row.vr {
        VR::DA => "20240301".into(),
        VR::TM => "101500".into(),
        VR::DT => "20240301101500.5".into(),
        VR::UI => format!("1.2.3.{number}").into(),
        VR::PN => "Testperson^Adam".into(),
        VR::AS => "045Y".into(),
        VR::DS | VR::IS => "7".into(),
        VR::UR => format!("http://{number}.example").into(),
        VR::US => PrimitiveValue::from(7u16),
        VR::OB | VR::OW | VR::UN => PrimitiveValue::U8(vec![1, 2, 3, 4].into()),
        VR::CS | VR::AE => format!("S{number}").into(),
        VR::SH if row.tag == Tag(0x0008, 0x0201) => "+0100".into(),
        _ if cleaned => "Thorax".into(),
        _ => format!("Secret {number}")
            .chars()
            .take(16)
            .collect::<String>()
            .into(),
    }
}

fn put_all(object: &mut InMemDicomObject, rows: &[Row]) {
    for row in rows {
        if row.vr == VR::SQ {
            let code = DataElement::new(Tag(0x0008, 0x0100), VR::SH, "C1");
            let item = InMemDicomObject::from_element_iter([code]);
            object.put(DataElement::new(
                row.tag,
                VR::SQ,
                DataSetSequence::from(vec![item]),
            ));
        } else {
            object.put(DataElement::new(row.tag, row.vr, value(row)));
        }
    }
}

/// A CT image that has everything, with a sequence that the table does not name.
fn file(rows: &[Row]) -> Vec<u8> {
    let mut nested = InMemDicomObject::new_empty();
    put_all(&mut nested, rows);
    let mut object = InMemDicomObject::new_empty();
    put_all(&mut object, rows);
    object.put(DataElement::new(tags::SOP_CLASS_UID, VR::UI, CT));
    object.put(DataElement::new(tags::MODALITY, VR::CS, "CT"));
    object.put(DataElement::new(
        tags::PERFORMED_PROTOCOL_CODE_SEQUENCE,
        VR::SQ,
        DataSetSequence::from(vec![nested]),
    ));
    object.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OW,
        PrimitiveValue::U8(vec![5; 64].into()),
    ));
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax("1.2.840.10008.1.2.1")
        .media_storage_sop_class_uid(CT)
        .media_storage_sop_instance_uid("1.2.3.4");
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}

/// What became of an attribute.
#[derive(Debug, PartialEq, Eq)]
enum Became {
    Gone,
    Empty,
    Same,
    Another(String),
}

fn text(element: &DataElement<InMemDicomObject>) -> String {
    match element.value() {
        Value::Primitive(value @ PrimitiveValue::U8(_)) => format!("{:?}", value.to_bytes()),
        Value::Primitive(value) => value.to_str().trim_end_matches([' ', '\0']).to_owned(),
        Value::Sequence(items) if items.items().is_empty() => String::new(),
        Value::Sequence(items) => format!("{} items", items.items().len()),
        Value::PixelSequence(_) => "fragments".to_owned(),
    }
}

fn became(old: &InMemDicomObject, new: &InMemDicomObject, tag: Tag) -> Became {
    let before = text(old.get(tag).unwrap());
    match new.get(tag).map(text) {
        None => Became::Gone,
        Some(after) if after.is_empty() || after == "[]" => Became::Empty,
        Some(after) if after == before => Became::Same,
        Some(after) => Became::Another(after),
    }
}

/// Whether it is what one action of the table asks for.
fn is(action: &str, row: &Row, became: &Became) -> bool {
    let another = |says: &str| *became == Became::Another(says.to_owned());
    match (action, row.vr) {
        ("X", _) => *became == Became::Gone,
        ("Z", _) => *became == Became::Empty,
        // A sequence stays, with what is in it treated.
        ("D" | "U*", VR::SQ) | ("K", _) => *became == Became::Same,
        ("D", _) => matches!(became, Became::Another(_)),
        ("U", _) => another(&Secret::new(SECRET).uid(&value(row).to_str())),
        _ => false,
    }
}

/// What an option's C has to give.
fn is_cleaned(row: &Row, became: &Became, basic: bool) -> bool {
    match row.vr {
        // Moved by whole days: the time of day stays.
        VR::TM => *became == Became::Same,
        VR::DA | VR::DT => {
            // 20240301 10:15 is moved by the same offset everywhere; another test holds the intervals against each other.
            matches!(became, Became::Another(moved) if !moved.starts_with("1900") && moved != "000000")
        }
        // What says nothing of a person stays; binary values and pictures cannot be cleaned.
        VR::OB | VR::OW => basic,
        _ => *became == Became::Same,
    }
}

fn profiles() -> Vec<(&'static str, Options)> {
    let none = Options::default();
    let all = Options {
        retain_safe_private: true,
        retain_uids: true,
        retain_device_identity: true,
        retain_institution_identity: true,
        retain_patient_characteristics: true,
        dates: Dates::Modified,
        clean_descriptors: true,
        clean_structured_content: true,
        clean_graphics: true,
        clean_pixel_data: false,
    };
    vec![
        ("", none),
        (
            "uids",
            Options {
                retain_uids: true,
                ..none
            },
        ),
        (
            "device",
            Options {
                retain_device_identity: true,
                ..none
            },
        ),
        (
            "institution",
            Options {
                retain_institution_identity: true,
                ..none
            },
        ),
        (
            "patient",
            Options {
                retain_patient_characteristics: true,
                ..none
            },
        ),
        (
            "full-dates",
            Options {
                dates: Dates::Full,
                ..none
            },
        ),
        (
            "modified-dates",
            Options {
                dates: Dates::Modified,
                ..none
            },
        ),
        (
            "descriptors",
            Options {
                clean_descriptors: true,
                ..none
            },
        ),
        (
            "structured",
            Options {
                clean_structured_content: true,
                ..none
            },
        ),
        (
            "graphics",
            Options {
                clean_graphics: true,
                ..none
            },
        ),
        (
            "uids device institution patient modified-dates descriptors structured graphics",
            all,
        ),
    ]
}

fn cleaner(options: Options) -> Cleaner {
    let profile = Profile {
        options,
        ..Profile::default()
    };
    Cleaner::new(Arc::new(profile), Secret::new(SECRET))
}

#[test]
fn every_row_with_every_option_is_treated_as_the_table_says() {
    let rows = rows();
    assert_eq!(rows.len(), 629);
    let file = file(&rows);
    let old = from_reader(Cursor::new(&file)).unwrap();
    let nested = |object: &InMemDicomObject| {
        let sequence = object
            .element(tags::PERFORMED_PROTOCOL_CODE_SEQUENCE)
            .unwrap();
        sequence.items().unwrap()[0].clone()
    };
    let mut wrong = Vec::new();
    for (names, options) in profiles() {
        let cleaner = cleaner(options);
        let (bytes, _) = cleaner.clean_bytes(&file, Wanted::default()).unwrap();
        let new = from_reader(Cursor::new(&bytes)).unwrap();
        assert_eq!(text(new.element(tags::MODALITY).unwrap()), "CT", "{names}");
        for (place, old, new) in [
            ("top", (*old).clone(), (*new).clone()),
            ("nested", nested(&old), nested(&new)),
        ] {
            for row in &rows {
                let became = became(&old, &new, row.tag);
                let mut actions = row.says["basic"].split('/');
                let basic = actions.any(|action| is(action, row, &became));
                let says = |what: &str| {
                    names
                        .split(' ')
                        .any(|name| row.says.get(name).is_some_and(|s| s == what))
                };
                let right = if says("C") {
                    is_cleaned(row, &became, basic)
                } else if says("K") {
                    became == Became::Same
                } else {
                    basic
                };
                if !right {
                    let basic = &row.says["basic"];
                    wrong.push(format!(
                        "[{names}] {place} {} {basic}: {became:?}",
                        row.keyword
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
