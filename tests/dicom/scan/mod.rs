//! Scanning: what is found, what is skipped and why, and that every file is accounted for.

mod again;
mod crowds;
#[cfg(unix)]
mod links;
mod real;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::common::studies::{
    BIG_ENDIAN, DEFLATED, DICOMDIR, EXPLICIT, IMPLICIT, RLE, StudyBuilder, new_uid,
};
use studydrop::dicom::catalogue::{Catalogue, Found, Header, SkipReason};
use studydrop::dicom::scan::{ScanEnd, Sink, scan};
use tempfile::tempdir;

/// Keeps everything that it is told.
#[derive(Default)]
struct Everything {
    found: Mutex<Vec<Found>>,
    known: AtomicU64,
}

impl Sink for Everything {
    fn found(&self, found: Found) {
        self.found.lock().unwrap().push(found);
    }

    fn known(&self, files: u64) {
        self.known.fetch_max(files, Ordering::Relaxed);
    }
}

/// Scans; every file is told once, and every scan is checked for that.
fn everything(paths: &[PathBuf]) -> Vec<Found> {
    let sink = Everything::default();
    let end = scan(paths, &sink, &AtomicBool::new(false));
    let found = sink.found.into_inner().unwrap();
    let seen = found.len() as u64;
    assert_eq!(
        end,
        ScanEnd {
            cancelled: false,
            seen
        }
    );
    assert_eq!(
        sink.known.into_inner(),
        seen,
        "what is known in the end is what was told"
    );
    found
}

fn catalogue(found: Vec<Found>) -> Catalogue {
    let count = found.len();
    let mut catalogue = Catalogue::default();
    found.into_iter().for_each(|found| catalogue.add(found));
    catalogue.settle();
    assert_eq!(
        catalogue.images() + catalogue.skipped.len(),
        count,
        "found = images + skipped"
    );
    catalogue
}

fn scanned(folder: &Path) -> Catalogue {
    catalogue(everything(&[folder.to_owned()]))
}

fn path_of(found: &Found) -> &Path {
    match found {
        Found::Image(header) => &header.image.path,
        Found::Skipped(skipped) => &skipped.path,
    }
}

/// The one file's fate.
fn fate(path: &Path) -> Found {
    let mut found = everything(&[path.to_owned()]);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn reason(path: &Path) -> SkipReason {
    match fate(path) {
        Found::Skipped(skipped) => skipped.reason,
        Found::Image(header) => panic!("it was found: {header:?}"),
    }
}

fn header(path: &Path) -> Header {
    match fate(path) {
        Found::Image(header) => *header,
        Found::Skipped(skipped) => panic!("it was skipped: {skipped:?}"),
    }
}

/// Writes one image and says where it lies.
fn one(folder: &Path, study: impl AsRef<StudyBuilder>) -> PathBuf {
    study.as_ref().write_to(folder).remove(0).path
}

#[test]
fn a_study_is_grouped_as_it_was_made() {
    let folder = tempdir().unwrap();
    let written = StudyBuilder::new()
        .patient("Öberg^Märta", "19510203-1234")
        .description("Thorax with contrast")
        .series(2)
        .images(5)
        .pixels(64, 64)
        .write_to(folder.path());
    let catalogue = scanned(folder.path());
    let [patient] = &*catalogue.patients else {
        panic!("{:?}", catalogue.patients)
    };
    assert_eq!(patient.name.alphabetic, "Öberg^Märta");
    assert_eq!(
        (patient.id.as_str(), patient.sex.as_str()),
        ("19510203-1234", "F")
    );
    assert_eq!(patient.birth_date, Some(jiff::civil::date(1951, 2, 3)));
    let [study] = &*patient.studies else {
        panic!("{:?}", patient.studies)
    };
    assert_eq!(study.study_instance_uid, written[0].study);
    assert_eq!(
        (study.description.as_str(), study.modalities()),
        ("Thorax with contrast", vec!["CT"])
    );
    assert_eq!((study.images(), study.series.len()), (10, 2));
    assert_eq!(
        study.bytes(),
        written.iter().map(|file| file.size).sum::<u64>()
    );
    let listed: Vec<_> = study
        .series
        .iter()
        .flat_map(|series| &series.images)
        .collect();
    for (image, file) in listed.iter().zip(&written) {
        assert_eq!(
            (&image.path, &image.sop_instance_uid),
            (&file.path, &file.instance)
        );
    }
}

#[test]
fn names_are_read_in_the_files_own_character_set() {
    let folder = tempdir().unwrap();
    for (number, (term, name)) in [
        ("ISO_IR 100", "Öberg^Märta"),
        ("ISO_IR 192", "Öberg^Märta=山田^太郎"),
        ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ]
    .into_iter()
    .enumerate()
    {
        let study = StudyBuilder::new().character_set(term).patient(name, "1");
        let found = header(&one(&folder.path().join(number.to_string()), study))
            .patient
            .name;
        let groups = [found.alphabetic, found.ideographic, found.phonetic];
        let expected: Vec<&str> = name.split('=').collect();
        assert_eq!(groups[..expected.len()], expected[..], "{term}");
    }
    let study = StudyBuilder::new()
        .no_character_set()
        .patient("Ågren^Åsa", "1");
    assert_eq!(
        header(&one(folder.path(), study)).patient.name.alphabetic,
        "Ågren^Åsa"
    );
}

#[test]
fn dicom_is_recognised_however_it_is_written() {
    let folder = tempdir().unwrap();
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED, RLE] {
        for (kind, study) in [
            ("whole", StudyBuilder::new()),
            ("no preamble", StudyBuilder::new().no_preamble()),
            ("no meta", StudyBuilder::new().no_meta()),
        ] {
            if kind == "no meta" && syntax == DEFLATED {
                continue; // Nothing says that it is deflated, and nothing else can tell.
            }
            let place = folder.path().join(format!("{syntax} {kind}"));
            let image = header(&one(&place, study.transfer_syntax(syntax).frames(3))).image;
            let read_as = match (kind, syntax) {
                ("no meta", RLE) => EXPLICIT,
                _ => syntax,
            };
            assert_eq!(
                (image.transfer_syntax_uid.as_str(), image.frames),
                (read_as, 3),
                "{kind}"
            );
        }
    }
}

#[test]
fn a_name_says_nothing_about_what_is_in_a_file() {
    let folder = tempdir().unwrap();
    let image = one(folder.path(), StudyBuilder::new());
    let disguised = folder.path().join(".hidden report.pdf");
    fs::rename(image, &disguised).unwrap();
    assert_eq!(header(&disguised).image.path, disguised);
    let others: [(&str, &[u8]); 7] = [
        ("empty.dcm", b""),
        (
            "text.dcm",
            b"DICM is what these four letters spell. Patient: no. 1.2.840.10008.1.2\n",
        ),
        (
            "picture.dcm",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0",
        ),
        (
            "document.dcm",
            b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        ),
        (
            "data.dcm",
            b"{\"00080018\": {\"vr\": \"UI\", \"Value\": [\"1.2.3\"]}}",
        ),
        (
            "nearly.dcm",
            b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x60\0CS\x02\0CT",
        ),
        ("zeros.dcm", &[0; 4096]),
    ];
    for (name, content) in others {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        assert_eq!(reason(&path), SkipReason::NotDicom, "{name}");
    }
}

#[test]
fn a_missing_or_empty_uid_is_named() {
    let folder = tempdir().unwrap();
    for (tag, missing) in [
        ((0x20, 0x0D), "StudyInstanceUID"),
        ((0x20, 0x0E), "SeriesInstanceUID"),
        ((0x08, 0x18), "SOPInstanceUID"),
    ] {
        let path = one(folder.path(), StudyBuilder::new().without(tag));
        assert_eq!(
            reason(&path),
            SkipReason::NoUids {
                missing: missing.into()
            }
        );
        let path = one(folder.path(), StudyBuilder::new().with(tag, "UI", "  \0"));
        assert_eq!(
            reason(&path),
            SkipReason::NoUids {
                missing: missing.into()
            }
        );
    }
}

#[test]
fn nothing_but_the_uids_is_required() {
    let folder = tempdir().unwrap();
    let mut study = StudyBuilder::new().no_character_set().date("long ago");
    for tag in [
        (8, 0x30),
        (8, 0x60),
        (0x10, 0x10),
        (0x10, 0x20),
        (0x10, 0x30),
        (0x20, 0x11),
        (0x20, 0x13),
    ] {
        study = study.without(tag);
    }
    let header = header(&one(folder.path(), study));
    assert_eq!((header.patient.id.as_str(), header.study.date), ("", None));
    assert_eq!((header.series.number, header.image.frames), (None, 1));
}

#[test]
fn a_file_that_is_cut_off_says_how_long_it_should_be_and_which_study_it_is_of() {
    let folder = tempdir().unwrap();
    let whole = StudyBuilder::new().study_uid("1.2.3").pixels(64, 64);
    for missing in [1, 100, 8000] {
        let file = whole
            .clone()
            .cut_off(missing)
            .write_to(folder.path())
            .remove(0);
        let Found::Skipped(skipped) = fate(&file.path) else {
            panic!("{missing}")
        };
        let needs = file.size + missing as u64;
        let expected = SkipReason::Truncated {
            has: file.size,
            needs: Some(needs),
        };
        assert_eq!(
            (skipped.reason, skipped.study_instance_uid.as_deref()),
            (expected, Some("1.2.3"))
        );
    }
}

#[test]
fn packed_pixels_and_sequences_without_their_end_are_cut_off() {
    let folder = tempdir().unwrap();
    let packed = StudyBuilder::new().transfer_syntax(RLE);
    header(&one(folder.path(), packed.clone()));
    // All pixels and their end are there, only the mark behind them is missing: it is sent as it is, and said.
    let file = packed.clone().cut_off(8).write_to(folder.path()).remove(0);
    assert!(!header(&file.path).image.guesses.is_empty());
    let file = packed.cut_off(40).write_to(folder.path()).remove(0);
    assert!(
        matches!(reason(&file.path), SkipReason::Truncated { needs: Some(needs), .. } if needs > file.size)
    );
    let deflated = StudyBuilder::new()
        .transfer_syntax(DEFLATED)
        .pixels(128, 128)
        .cut_off(20);
    assert!(matches!(
        reason(&one(folder.path(), deflated)),
        SkipReason::Truncated { needs: None, .. }
    ));
}

#[test]
fn what_stands_behind_the_pixels_does_no_harm() {
    let folder = tempdir().unwrap();
    for padding in [
        vec![0; 3],
        vec![0; 2000],
        vec![0xFF; 7],
        b"\x20 padding of a tape block".to_vec(),
    ] {
        for syntax in [EXPLICIT, IMPLICIT, RLE] {
            header(&one(
                folder.path(),
                StudyBuilder::new().transfer_syntax(syntax).padded(&padding),
            ));
        }
    }
}

#[test]
fn a_file_whose_pixels_are_a_hole_is_damaged() {
    let folder = tempdir().unwrap();
    let study = StudyBuilder::new()
        .without((0x7FE0, 0x10))
        .padded([0; 5000]);
    assert!(matches!(
        reason(&one(folder.path(), study)),
        SkipReason::Damaged(_)
    ));
}

#[test]
fn the_directory_of_a_disc_is_no_image() {
    let folder = tempdir().unwrap();
    let path = one(folder.path(), StudyBuilder::new().sop_class(DICOMDIR));
    assert_eq!(reason(&path), SkipReason::DicomDir);
}

#[test]
fn the_first_path_of_two_with_one_instance_is_kept() {
    let folder = tempdir().unwrap();
    let image = one(&folder.path().join("b"), StudyBuilder::new());
    for copy in ["a", "c"] {
        fs::copy(&image, folder.path().join(copy)).unwrap();
    }
    let first = folder.path().join("a");
    // However the threads run, and whichever is read first.
    for turn in 0..6 {
        let mut found = everything(&[folder.path().to_owned()]);
        found.rotate_left(turn % 3);
        let catalogue = catalogue(found);
        assert_eq!(
            catalogue.patients[0].studies[0].series[0].images[0].path,
            first
        );
        let expected = SkipReason::Duplicate { of: first.clone() };
        let skipped: Vec<_> = catalogue.skipped.iter().map(|file| &file.path).collect();
        assert!(catalogue.skipped.iter().any(|file| file.reason == expected));
        assert_eq!(skipped, [&image, &folder.path().join("c")]);
    }
}
