//! A file's attributes as rows: sequences, private ones, values opened on demand, and files that are wrong.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::common;
use crate::common::aloud;
use crate::common::studies::{BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, StudyBuilder};
use proptest::prelude::*;
use studydrop::dicom::attributes::{self, Ending, Kind, ReadError, Row, Tree};
use tempfile::TempDir;

fn read(path: &Path) -> Tree {
    attributes::read(path, &AtomicBool::new(false)).unwrap()
}

struct Written {
    _folder: TempDir,
    path: PathBuf,
}

fn bytes(bytes: &[u8]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    Written {
        _folder: folder,
        path,
    }
}

fn study(builder: &StudyBuilder) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = builder.write_to(folder.path()).remove(0).path;
    Written {
        _folder: folder,
        path,
    }
}

/// Rows as text, a line each: depth, tag, VR, name, value.
fn lines(tree: &Tree) -> Vec<String> {
    let line = |row: &Row| {
        let depth = " ".repeat(usize::from(row.depth));
        let (number, vr, name) = (row.number(), row.vr(), row.name());
        format!("{depth}{number} {vr} {name} = {}", row.text)
    };
    tree.rows.iter().map(line).collect()
}

fn row(tree: &Tree, tag: (u16, u16)) -> &Row {
    tree.rows.iter().find(|row| row.tag == tag).expect("a row")
}

/// An element in Explicit VR Little Endian.
fn element(tag: (u16, u16), vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend(vr);
    let length = u32::try_from(value.len()).unwrap();
    match vr {
        b"SQ" | b"UN" | b"OB" | b"OW" | b"UT" | b"UC" => {
            bytes.extend([0, 0]);
            bytes.extend(length.to_le_bytes());
        }
        _ => bytes.extend(u16::try_from(length).unwrap().to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

fn item(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&[0xFE, 0xFF, 0x00, 0xE0][..], &length, content].concat()
}

/// A data set without file meta information.
fn data_set(elements: &[Vec<u8>]) -> Vec<u8> {
    [
        element((0x0008, 0x0005), b"CS", b"ISO_IR 100"),
        elements.concat(),
    ]
    .concat()
}

#[test]
fn every_way_of_writing_gives_the_same_rows() {
    let mut all = Vec::new();
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED] {
        let file = study(
            &StudyBuilder::new()
                .study_uid("1.2.3")
                .patient("Öberg^Märta", "P-1")
                .transfer_syntax(syntax),
        );
        let tree = read(&file.path);
        assert_eq!(tree.ending, Ending::Whole, "{syntax}");
        let own = [(0x0008, 0x0018), (0x0020, 0x000E)];
        let rows = tree.rows.iter();
        let rows = rows.filter(|row| row.tag.0 != 2 && !own.contains(&row.tag));
        let rows: Vec<String> = rows
            .map(|row| format!("{} {} {}", row.number(), row.name(), row.text))
            .collect();
        all.push(rows);
    }
    assert!(all[0].contains(&"(0010,0010) Patient's Name Öberg^Märta".to_owned()));
    assert!(all[0].contains(&"(0028,0010) Rows 16".to_owned()));
    for other in &all[1..] {
        assert_eq!(&all[0], other);
    }
}

#[test]
fn sequences_hold_items_and_items_their_elements() {
    let code = [
        element((0x0008, 0x0100), b"SH", b"T-D3000 "),
        element((0x0008, 0x0104), b"LO", b"Chest "),
    ];
    let sequence = [item(&code.concat()), item(&[])].concat();
    let file = bytes(&data_set(&[
        element((0x0008, 0x2218), b"SQ", &sequence),
        element((0x0010, 0x0020), b"LO", b"P-1 "),
    ]));
    let tree = read(&file.path);
    assert_eq!(
        lines(&tree)[1..],
        [
            "(0008,2218) SQ Anatomic Region Sequence = ",
            " (0008,2218)  Item 1 = ",
            "  (0008,0100) SH Code Value = T-D3000",
            "  (0008,0104) LO Code Meaning = Chest",
            " (0008,2218)  Item 2 = ",
            "(0010,0020) LO Patient ID = P-1",
        ]
    );
    assert_eq!(tree.rows[1].kind, Kind::Sequence(2));
    assert_eq!(tree.rows[3].parent, Some(2));
    assert_eq!(tree.rows[2].parent, Some(1));
}

#[test]
fn an_item_may_have_a_character_set_of_its_own() {
    let greek = [
        element((0x0008, 0x0005), b"CS", b"ISO_IR 126"),
        element((0x0010, 0x0010), b"PN", b"\xC4\xE9\xEF\xED"),
    ];
    let file = bytes(&data_set(&[
        element((0x0008, 0x1120), b"SQ", &item(&greek.concat())),
        element((0x0010, 0x0010), b"PN", b"\xD6berg "),
    ]));
    let tree = read(&file.path);
    let names = tree.rows.iter().filter(|row| row.tag == (0x10, 0x10));
    let names: Vec<&str> = names.map(|row| &*row.text).collect();
    assert_eq!(names, ["Διον", "Öberg"]);
}

#[test]
fn private_attributes_are_known_by_their_creator_also_in_un_and_without_vr() {
    let inner = [
        &[0x29, 0, 0x10, 0, 4, 0, 0, 0][..],
        b"ACME",
        &[0x29, 0, 8, 0x10, 2, 0, 0, 0, b'o', b'k'],
    ]
    .concat();
    let mut unknown = element((0x0029, 0x1020), b"UN", &item(&inner));
    // The same of undefined length, with a delimiter.
    let at = unknown.len() - item(&inner).len() - 4;
    unknown[at..at + 4].copy_from_slice(&[0xFF; 4]);
    unknown.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    let file = bytes(&data_set(&[
        element((0x0029, 0x0010), b"LO", b"SIEMENS CSA HEADER"),
        element((0x0029, 0x1008), b"CS", b"IMAGE NUM 4 "),
        unknown,
        element((0x0029, 0x1130), b"UN", &item(&inner)),
    ]));
    let tree = read(&file.path);
    let creator = |number: usize| tree.rows[number].creator.as_deref();
    assert_eq!(tree.rows[1].name(), "Private creator");
    assert_eq!(creator(2), Some("SIEMENS CSA HEADER"));
    assert_eq!(tree.rows[3].kind, Kind::Sequence(1));
    assert_eq!(creator(3), Some("SIEMENS CSA HEADER"));
    assert_eq!((&*tree.rows[6].text, creator(6)), ("ok", Some("ACME")));
    assert_eq!(creator(7), None, "nobody has taken that block");
    assert_eq!(tree.rows[7].kind, Kind::Sequence(1), "it reads as one");
}

#[test]
fn numbers_are_decoded_and_bytes_are_counted() {
    let file = bytes(&data_set(&[
        element((0x0018, 0x9087), b"FD", &1.5_f64.to_le_bytes()),
        element((0x0028, 0x0009), b"AT", &[0x18, 0, 0x63, 0x10]),
        element((0x0028, 0x0106), b"SS", &[0xFE, 0xFF]),
        element((0x0042, 0x0011), b"OB", &[7; 70_000]),
    ]));
    let tree = read(&file.path);
    let text: Vec<&str> = tree.rows[1..].iter().map(|row| &*row.text).collect();
    assert_eq!(text, ["1.5", "(0018,1063)", "-2", "70,000 bytes"]);
    let last = &tree.rows[4];
    assert_eq!((last.kind, last.length), (Kind::Bytes, Some(70_000)));
    let whole = attributes::value(&file.path, &last.place, tree.stamp).unwrap();
    assert!(whole.text.starts_with("0000  07 07"));
    assert_eq!(whole.left, 70_000 - 65_536);
}

#[test]
fn a_long_value_is_cut_and_opened_on_demand() {
    let long = "häufig ".repeat(2_000);
    for syntax in [EXPLICIT, DEFLATED] {
        let builder = StudyBuilder::new().transfer_syntax(syntax);
        let file = study(&builder.with((0x0010, 0x4000), "LT", &long));
        let tree = read(&file.path);
        let row = row(&tree, (0x0010, 0x4000));
        assert!(row.is_cut && row.text.chars().count() == 300);
        let whole = attributes::value(&file.path, &row.place, tree.stamp).unwrap();
        assert_eq!((whole.text.as_str(), whole.left), (long.trim_end(), 0));
    }
}

#[test]
fn a_value_of_a_file_that_was_replaced_is_not_taken_for_the_old_ones() {
    let file = study(&StudyBuilder::new());
    let tree = read(&file.path);
    let place = row(&tree, (0x0010, 0x0010)).place.clone();
    let other = study(&StudyBuilder::new().patient("Somebody^Else", "P-2"));
    std::fs::copy(&other.path, &file.path).unwrap();
    let answer = attributes::value(&file.path, &place, tree.stamp);
    assert_eq!(answer, Err(ReadError::Changed));
}

#[test]
fn a_file_in_an_archive_is_shown_as_one_on_the_disk_is() {
    let folder = tempfile::tempdir().unwrap();
    let long = "häufig ".repeat(200);
    let builder = StudyBuilder::new().with((0x0010, 0x4000), "LT", &long);
    let file = builder.write_to(folder.path()).remove(0).path;
    let archive = folder.path().join("study.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("DICOM/IM1", options).unwrap();
    zip.write_all(&std::fs::read(&file).unwrap()).unwrap();
    zip.finish().unwrap();
    let inside = archive.join("DICOM/IM1");
    let tree = read(&inside);
    assert_eq!(lines(&tree), lines(&read(&file)));
    let comments = row(&tree, (0x0010, 0x4000));
    let whole = attributes::value(&inside, &comments.place, tree.stamp).unwrap();
    assert_eq!(whole.text, long.trim_end());
    let (json, _) = attributes::json(&inside).unwrap();
    let address = json["7FE00010"]["BulkDataURI"].as_str().unwrap();
    assert!(address.contains("study.zip/DICOM/IM1?offset="), "{address}");
}

#[test]
fn a_file_that_ends_too_early_shows_what_is_there_and_says_how_much_is_missing() {
    let file = study(&StudyBuilder::new().cut_off(12));
    let tree = read(&file.path);
    assert_eq!(tree.ending, Ending::Cut(Some(12)));
    assert_eq!(
        tree.ending.words().unwrap(),
        "The file ends too early: 12 bytes are missing."
    );
    let pixels = tree.rows.last().unwrap();
    assert_eq!(
        (pixels.name().as_ref(), &*pixels.text),
        ("Pixel Data", "500 bytes")
    );
    assert!(pixels.wrong.is_some());
}

#[test]
fn the_same_place_in_two_files_of_a_series_has_the_same_key() {
    let code = element((0x0008, 0x0100), b"SH", b"A ");
    let with = |name: &[u8]| {
        bytes(&data_set(&[
            element(
                (0x0008, 0x1140),
                b"SQ",
                &[item(&code), item(&code)].concat(),
            ),
            element((0x0010, 0x0010), b"PN", name),
        ]))
    };
    let keys =
        |file: &Written| -> Vec<u64> { read(&file.path).rows.iter().map(|row| row.key).collect() };
    let one = keys(&with(b"A "));
    assert_eq!(one, keys(&with(b"Another ")));
    let mut each = one.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), one.len(), "and no two places of a file");
}

#[test]
fn a_million_elements_and_a_deep_nest_are_cut_and_said() {
    let many = element((0x0009, 0x1001), b"US", &[1, 0]).repeat(1_000_000);
    let file = bytes(&data_set(&[many]));
    let tree = read(&file.path);
    assert_eq!(tree.rows.len(), 200_000);
    assert_eq!(tree.ending, Ending::TooMany(200_000));
    let open: Vec<u8> = [
        &[
            0x40, 0, 0x30, 0xA7, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
        ][..],
        &[0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF],
    ]
    .concat();
    let file = bytes(&data_set(&[open.repeat(100_000)]));
    let tree = read(&file.path);
    assert!(
        matches!(tree.ending, Ending::Damaged { .. }),
        "{:?}",
        tree.ending
    );
    assert!(
        (1_000..2_000).contains(&tree.rows.len()),
        "{}",
        tree.rows.len()
    );
    assert!(tree.ending.words().unwrap().contains("nested too deeply"));
}

#[test]
fn reading_stops_when_nobody_waits_for_it() {
    let file = study(&StudyBuilder::new());
    let answer = attributes::read(&file.path, &AtomicBool::new(true));
    assert_eq!(answer.unwrap_err(), ReadError::Stopped);
}

#[test]
fn a_missing_delimiter_does_not_hide_what_follows() {
    let open = [
        0x08, 0, 0x18, 0x22, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
    ];
    let file = bytes(&data_set(&[
        [&open[..], &item(&element((0x0008, 0x0100), b"SH", b"A "))].concat(),
        element((0x0010, 0x0020), b"LO", b"P-1 "),
    ]));
    let tree = read(&file.path);
    assert_eq!(tree.rows.last().unwrap().name(), "Patient ID");
    assert_eq!(tree.rows.last().unwrap().depth, 0);
    assert_eq!(tree.rows[1].wrong, Some("the end of a sequence is missing"));
}

#[test]
fn every_real_file_is_shown_or_refused_in_a_sentence() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let mut folders = vec![shared];
    let (mut shown, mut refused) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            match attributes::read(&path, &AtomicBool::new(false)) {
                Ok(tree) => shown += usize::from(!tree.rows.is_empty()),
                Err(ReadError::NotDicom) => refused.push(path),
                Err(other) => panic!("{} {other}", path.display()),
            }
        }
    }
    aloud::aloud(&format!("shown {shown}, no DICOM {}", refused.len()));
    assert!(shown >= 1_050, "{shown}");
    assert!(refused.len() <= 30, "{refused:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_changed_in_a_file_it_is_shown_or_refused(
        changes in proptest::collection::vec((0_usize..4096, any::<u8>()), 1..12),
        syntax in 0_usize..4,
        cut in 0_usize..2048,
    ) {
        let syntax = [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED][syntax];
        let code = element((0x0008, 0x0100), b"SH", b"A ");
        let sequence = [item(&code), item(&code)].concat();
        let builder = StudyBuilder::new().transfer_syntax(syntax);
        let builder = builder.with((0x0008, 0x1140), "SQ", &sequence);
        let mut file = builder.with((0x0009, 0x1001), "UN", &sequence).file("1.2.1", "1.2.1.1", 1, 1);
        for (at, byte) in changes {
            let at = 128 + at % (file.len() - 128);
            file[at] = byte;
        }
        file.truncate(file.len().max(cut + 1) - cut);
        let file = bytes(&file);
        if let Ok(tree) = attributes::read(&file.path, &AtomicBool::new(false)) {
            for row in &tree.rows {
                let parent = row.parent.map(|parent| tree.rows[parent].depth + 1);
                prop_assert_eq!(parent.unwrap_or(0), row.depth);
                let _ = attributes::value(&file.path, &row.place, tree.stamp);
            }
        }
        let _ = attributes::json(&file.path);
        let _ = attributes::write_text(&file.path, &mut std::io::sink());
    }
}
