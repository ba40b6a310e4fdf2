//! Discs, and what their directories say of them.

use std::fs;
use std::path::Path;

use studydrop::dicom::catalogue::{About, Catalogue, SkipReason};
use studydrop::words;
use tempfile::{TempDir, tempdir};

use crate::common;
use crate::common::archives::*;
use crate::common::studies::{StudyBuilder, Written};

/// One record: its kind, what it says, and the records that it leads to, counted from 1.
struct Record {
    kind: &'static str,
    says: Vec<((u16, u16), String)>,
    next: usize,
    lower: usize,
}

fn record(kind: &'static str, next: usize, lower: usize, says: &[((u16, u16), &str)]) -> Record {
    let says = says.iter().map(|(tag, value)| (*tag, (*value).to_owned()));
    Record {
        kind,
        says: says.collect(),
        next,
        lower,
    }
}

const ID: (u16, u16) = (0x10, 0x20);
const NAME: (u16, u16) = (0x10, 0x10);
const STUDY: (u16, u16) = (0x20, 0x0D);
const SERIES: (u16, u16) = (0x20, 0x0E);
const MODALITY: (u16, u16) = (8, 0x60);
const NUMBER: (u16, u16) = (0x20, 0x13);
const FILE: (u16, u16) = (4, 0x1500);
const CLASS: (u16, u16) = (4, 0x1510);
const INSTANCE: (u16, u16) = (4, 0x1511);

fn element(bytes: &mut Vec<u8>, tag: (u16, u16), vr: &str, value: &[u8]) {
    bytes.extend(tag.0.to_le_bytes());
    bytes.extend(tag.1.to_le_bytes());
    bytes.extend(vr.as_bytes());
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
}

/// The bytes of a directory with these records, the first of them first.
fn dicomdir(records: &[Record]) -> Vec<u8> {
    let item = |record: &Record, next: u32, lower: u32| {
        let mut bytes = Vec::new();
        element(&mut bytes, (4, 0x1400), "UL", &next.to_le_bytes());
        element(&mut bytes, (4, 0x1410), "US", &[0xFF, 0xFF]);
        element(&mut bytes, (4, 0x1420), "UL", &lower.to_le_bytes());
        let mut says = record.says.clone();
        says.push(((4, 0x1430), record.kind.to_owned()));
        says.sort();
        for (tag, value) in says {
            let vr = match tag {
                STUDY | SERIES | CLASS | INSTANCE => "UI",
                NUMBER => "IS",
                NAME => "PN",
                ID => "LO",
                _ => "CS",
            };
            let pad = if vr == "UI" { "\0" } else { " " };
            let padded = if value.len() % 2 == 1 {
                value + pad
            } else {
                value
            };
            element(&mut bytes, tag, vr, padded.as_bytes());
        }
        let mut item = b"\xFE\xFF\0\xE0".to_vec();
        item.extend((bytes.len() as u32).to_le_bytes());
        item.extend(bytes);
        item
    };
    let mut head = StudyBuilder::new()
        .sop_class("1.2.840.10008.1.3.10")
        .without((0x7FE0, 0x10))
        .file("1", "1.2.3", 1, 1);
    // Nothing but the file meta information.
    let meta = u32::from_le_bytes(head[140..144].try_into().unwrap()) as usize;
    head.truncate(144 + meta);
    let first_at = head.len() + 12 + 12;
    let mut places = vec![0];
    let mut at = first_at as u32;
    for record in records {
        places.push(at);
        at += item(record, 0, 0).len() as u32;
    }
    let first = if records.is_empty() { 0 } else { places[1] };
    element(&mut head, (4, 0x1200), "UL", &first.to_le_bytes());
    head.extend(b"\x04\0\x20\x12SQ\0\0");
    head.extend((at - first_at as u32).to_le_bytes());
    assert_eq!(head.len(), first_at);
    for record in records {
        head.extend(item(record, places[record.next], places[record.lower]));
    }
    head
}

/// A disc with one study of three images in `DICOM`, and a directory that says so, `wrong` being changed in it.
fn disc(wrong: impl Fn(&mut Vec<Record>)) -> (TempDir, Vec<Written>) {
    let folder = tempdir().unwrap();
    let study = StudyBuilder::new().patient("Öberg^Märta", "P-1").images(3);
    let files = study.write_to(folder.path().join("DICOM"));
    let mut records = vec![
        record("PATIENT", 0, 2, &[(ID, "P-1"), (NAME, "OBERG^MARTA")]),
        record("STUDY", 0, 3, &[(STUDY, &files[0].study)]),
        record(
            "SERIES",
            0,
            4,
            &[(SERIES, &files[0].series), (MODALITY, "CT")],
        ),
    ];
    records[0].says[1].1 = "Öberg^Märta".to_owned();
    for (number, file) in files.iter().enumerate() {
        let name = file.path.file_name().unwrap().to_str().unwrap();
        let next = if number < 2 { number + 5 } else { 0 };
        let says = [
            (FILE, &*format!("DICOM\\{}", name.to_uppercase())),
            (INSTANCE, &*file.instance),
            (CLASS, "1.2.840.10008.5.1.4.1.1.2"),
            (NUMBER, &*(number + 1).to_string()),
        ];
        records.push(record("IMAGE", next, 0, &says));
    }
    wrong(&mut records);
    fs::write(folder.path().join("DICOMDIR"), dicomdir(&records)).unwrap();
    (folder, files)
}

fn scanned(folder: &Path) -> Catalogue {
    catalogue(&[folder.to_owned()])
}

#[test]
fn a_directory_that_says_what_is_there_has_nothing_said_about_it() {
    let (folder, _) = disc(|_| {});
    let catalogue = scanned(folder.path());
    let [report] = &*catalogue.discs else {
        panic!("{:?}", catalogue.discs)
    };
    assert_eq!((report.named, report.missing, report.unnamed), (3, 0, 0));
    assert_eq!(words::disc(report), Vec::<String>::new());
    assert_eq!((catalogue.images(), catalogue.skipped.len()), (3, 1));
}

#[test]
fn names_are_compared_as_discs_write_them() {
    let (folder, files) = disc(|_| {});
    for (number, file) in files.iter().enumerate() {
        let name = file.path.file_name().unwrap().to_str().unwrap();
        let other = [name.to_lowercase(), format!("{name};1"), format!("{name}.")][number].clone();
        fs::rename(&file.path, file.path.with_file_name(other)).unwrap();
    }
    let catalogue = scanned(folder.path());
    assert_eq!(
        (catalogue.discs[0].missing, catalogue.discs[0].unnamed),
        (0, 0)
    );
}

#[test]
fn what_is_missing_is_listed_and_what_is_not_named_is_sent() {
    let (folder, files) = disc(|_| {});
    fs::remove_file(&files[1].path).unwrap();
    let more = StudyBuilder::new()
        .patient("Öberg^Märta", "P-1")
        .prefix("X");
    let more = more.write_to(folder.path().join("MORE"));
    let mut catalogue = scanned(folder.path());
    let report = catalogue.discs[0].clone();
    assert_eq!((report.named, report.missing, report.unnamed), (3, 1, 1));
    assert_eq!(report.unnamed_paths, [more[0].path.clone()]);
    let directory = folder.path().join("DICOMDIR");
    let missing: Vec<_> = catalogue
        .skipped
        .iter()
        .filter(|one| one.reason.is_problem())
        .collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].path, files[1].path);
    assert_eq!(missing[0].reason, SkipReason::Missing { by: directory });
    assert_eq!(
        missing[0].study_instance_uid.as_deref(),
        Some(&*files[0].study)
    );
    assert_eq!(
        catalogue.len(),
        3 + 2,
        "a missing file is among what was found"
    );
    let says = words::disc(&report).join(" ");
    assert!(
        says.contains("1 file that the disc's directory names is not there."),
        "{says}"
    );
    assert!(
        says.contains("1 image that the disc's directory does not name is sent too."),
        "{says}"
    );
    // It comes after all, spelled otherwise.
    let late = files[1]
        .path
        .with_file_name(files[1].path.file_name().unwrap().to_ascii_lowercase());
    fs::copy(&files[0].path, &late).unwrap();
    let mut bytes = fs::read(&late).unwrap();
    replace(
        &mut bytes,
        files[0].instance.as_bytes(),
        other_uid(&files[0].instance).as_bytes(),
    );
    fs::write(&late, bytes).unwrap();
    add(&mut catalogue, &[late]);
    assert_eq!(catalogue.discs[0].missing, 0);
    assert!(!catalogue.skipped.iter().any(|one| one.reason.is_problem()));
}

fn other_uid(uid: &str) -> String {
    let (begin, end) = uid.split_at(uid.len() - 1);
    format!("{begin}{}", if end == "1" { "2" } else { "1" })
}

#[test]
fn where_files_and_directory_differ_the_files_win_and_it_is_said_without_names() {
    let (folder, files) = disc(|records| {
        records[0].says = vec![(ID, "P-2".into()), (NAME, "Somebody^Else".into())];
        records[1].says[0].1 = "1.2.3".into();
        records[2].says = vec![(SERIES, "1.2.4".into()), (MODALITY, "MR".into())];
        records[4].says[1].1 = "1.2.5".into();
        records[4].says[2].1 = "1.2.6".into();
        records[5].says[3].1 = "17".into();
    });
    let catalogue = scanned(folder.path());
    let found: Vec<(About, u64)> = catalogue.discs[0]
        .contradictions
        .iter()
        .map(|one| (one.about, one.files))
        .collect();
    let expected = [
        (About::PatientId, 3),
        (About::PatientName, 3),
        (About::Study, 3),
        (About::Series, 3),
        (About::Instance, 1),
        (About::SopClass, 1),
        (About::Modality, 3),
        (About::InstanceNumber, 1),
    ];
    assert_eq!(found, expected);
    let patient = &catalogue.patients[0];
    assert_eq!(
        (patient.id.as_str(), patient.studies[0].images()),
        ("P-1", 3)
    );
    assert_eq!(patient.studies[0].study_instance_uid, files[0].study);
    let says = words::disc(&catalogue.discs[0]).join(" ");
    assert!(!says.contains("Somebody") && !says.contains("Märta") && !says.contains("P-"));
    assert!(says.contains("3 files have another patient ID than the disc's directory says"));
}

#[test]
fn a_study_taken_off_the_list_is_not_missing_afterwards() {
    let (folder, files) = disc(|_| {});
    let mut catalogue = scanned(folder.path());
    catalogue.remove_study(&files[0].study);
    catalogue.settle();
    assert_eq!(catalogue.discs[0].missing, 0);
    assert!(!catalogue.skipped.iter().any(|one| one.reason.is_problem()));
}

#[test]
fn what_is_missing_is_counted_until_it_comes_or_its_study_goes() {
    let (folder, files) = disc(|_| {});
    let bytes = fs::read(&files[1].path).unwrap();
    fs::remove_file(&files[1].path).unwrap();
    let mut catalogue = scanned(folder.path());
    assert_eq!(catalogue.discs[0].missing, 1);
    let taken = catalogue.take_study(&files[0].study).unwrap();
    assert_eq!(catalogue.discs[0].missing, 0, "it went with its study");
    catalogue.put_back(taken);
    assert_eq!(catalogue.discs[0].missing, 1);
    fs::write(&files[1].path, bytes).unwrap();
    add(&mut catalogue, std::slice::from_ref(&files[1].path));
    assert_eq!(catalogue.discs[0].missing, 0, "it came as it is spelled");
    assert_eq!(catalogue.images(), 3);
}

#[test]
fn undo_judges_no_disc_that_is_still_being_read() {
    let (folder, _) = disc(|_| {});
    let other = tempdir().unwrap();
    let study = StudyBuilder::new().write_to(other.path()).remove(0).study;
    let mut catalogue = scanned(other.path());
    let taken = catalogue.take_study(&study).unwrap();
    let (found, discs) = everything(&[folder.path().to_owned()]);
    discs.into_iter().for_each(|disc| catalogue.add_disc(disc));
    catalogue.put_back(taken);
    assert!(catalogue.discs.is_empty() && catalogue.skipped.is_empty());
    found.into_iter().for_each(|found| catalogue.add(found));
    catalogue.settle();
    assert_eq!((catalogue.discs[0].missing, catalogue.images()), (0, 4));
}

#[test]
fn a_directory_that_is_dropped_alone_stands_for_its_files() {
    let (folder, _) = disc(|_| {});
    let catalogue = catalogue(&[folder.path().join("DICOMDIR")]);
    assert_eq!((catalogue.images(), catalogue.discs[0].missing), (3, 0));
}

#[test]
fn an_old_directory_beside_it_says_nothing_and_an_ending_is_no_other_name() {
    let (folder, files) = disc(|_| {});
    let old = dicomdir(&[record("IMAGE", 0, 0, &[(FILE, "GONE")])]);
    write(folder.path(), "DICOMDIR.BAK", &old);
    let name = files[0].path.file_name().unwrap().to_str().unwrap();
    let other = files[0].path.with_file_name(format!("{name}.dcm"));
    fs::rename(&files[0].path, other).unwrap();
    let catalogue = scanned(folder.path());
    let [report] = &*catalogue.discs else {
        panic!("{:?}", catalogue.discs)
    };
    assert_eq!((report.named, report.missing, report.unnamed), (3, 0, 0));
}

#[test]
fn the_records_of_all_directories_count_together() {
    let folder = tempdir().unwrap();
    let records: Vec<Record> = (0..200_000)
        .map(|_| record("IMAGE", 0, 0, &[(FILE, "A")]))
        .collect();
    let bytes = dicomdir(&records);
    for name in ["a", "b", "c"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        write(&folder.path().join(name), "DICOMDIR", &bytes);
    }
    let discs = scanned(folder.path()).discs;
    assert_eq!(discs.iter().map(|disc| disc.named).sum::<u64>(), 500_000);
    assert_eq!(discs.iter().filter(|disc| disc.damage.is_some()).count(), 1);
}

#[test]
fn two_hundred_thousand_records_that_lead_in_circles_come_to_an_end() {
    let folder = tempdir().unwrap();
    let count = 200_000;
    // Each leads to the one before it and to one far away, and all of them lie below each other.
    let records: Vec<Record> = (1..=count)
        .map(|number| {
            let says = [(FILE, &*format!("X\\{number}"))];
            let next = if number > 1 { number - 1 } else { count };
            record("IMAGE", next, number * 7919 % count + 1, &says)
        })
        .collect();
    write(folder.path(), "DICOMDIR", &dicomdir(&records));
    let catalogue = scanned(folder.path());
    let report = &catalogue.discs[0];
    assert_eq!((report.named, report.missing), (200_000, 200_000));
    assert_eq!(
        catalogue.skipped.len(),
        10_001,
        "the first ten thousand are listed"
    );
    // Straight down, as deep as it goes.
    let records: Vec<Record> = (1..=50_000)
        .map(|number| record("IMAGE", 0, number % 50_000 + 1, &[(FILE, "A")]))
        .collect();
    write(folder.path(), "DICOMDIR", &dicomdir(&records));
    assert_eq!(scanned(folder.path()).discs[0].missing, 1, "it is one file");
}

#[test]
fn a_directory_that_is_cut_off_or_names_files_elsewhere_does_no_harm() {
    let (folder, _) = disc(|records| records[3].says[0].1 = "..\\..\\ETC\\PASSWD".into());
    let catalogue = scanned(folder.path());
    let missing: Vec<_> = catalogue
        .skipped
        .iter()
        .filter(|one| one.reason.is_problem())
        .collect();
    assert_eq!(missing.len(), 1);
    assert!(
        missing[0].path.starts_with(folder.path())
            && !missing[0].path.to_string_lossy().contains("..")
    );
    let whole = fs::read(folder.path().join("DICOMDIR")).unwrap();
    for length in [400, 500, whole.len() - 40, whole.len() - 1] {
        fs::write(folder.path().join("DICOMDIR"), &whole[..length]).unwrap();
        let catalogue = scanned(folder.path());
        assert_eq!(catalogue.images(), 3);
        // Cut off it is no disc's directory any more where even its kind is lost.
        for report in &catalogue.discs {
            assert!(report.named <= 3);
        }
    }
}

/// The discs of the shared files: each directory that is called DICOMDIR-something belongs to the same files.
#[test]
fn real_discs_are_judged_as_they_are() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let from = shared.join("pydicom_test_files/test_files/dicomdirtests");
    let names = scanned(&from).discs.into_iter().map(|disc| disc.path);
    let names: Vec<_> = names.collect();
    assert_eq!(
        names,
        [from.join("DICOMDIR"), from.join("TINY_ALPHA/DICOMDIR")]
    );
    let folder = tempdir().unwrap();
    copy(&from, folder.path());
    for name in [
        "DICOMDIR",
        "DICOMDIR-bigEnd",
        "DICOMDIR-implicit",
        "DICOMDIR-nooffset",
        "DICOMDIR-nopatient",
        "DICOMDIR-reordered",
    ] {
        let directory = fs::read(from.join(name)).unwrap();
        fs::write(folder.path().join("DICOMDIR"), directory).unwrap();
        let discs = scanned(folder.path()).discs;
        assert_eq!(discs.len(), 2);
        assert_eq!(discs[0].path, folder.path().join("DICOMDIR"));
        let found = (discs[0].named, discs[0].contradictions.len());
        assert_eq!(found, (31, 0), "{name}");
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let other = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&other).unwrap();
            copy(&path, &other);
        } else {
            fs::write(other, fs::read(path).unwrap()).unwrap();
        }
    }
}
