//! Files that are written otherwise than the standard has it are found, said to be so, and sent as they are.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use studydrop::dicom::catalogue::{Found, Guess, Header};
use studydrop::dicom::image::render::decode;
use studydrop::dicom::scan::{Sink, scan};

#[derive(Default)]
struct All(Mutex<Vec<Found>>);

impl Sink for All {
    fn found(&self, found: Found) {
        self.0.lock().unwrap().push(found);
    }
}

/// What a scan finds in one file.
fn scanned(path: &Path) -> Box<Header> {
    let all = All::default();
    scan(&[path.to_owned()], &all, &AtomicBool::new(false));
    match all.0.into_inner().unwrap().pop().unwrap() {
        Found::Image(header) => header,
        Found::Skipped(skipped) => panic!("{}: {:?}", path.display(), skipped.reason),
    }
}

/// The files of a folder of inputs, where they are.
fn cases(part: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/cases")
        .join(part);
    let Ok(entries) = std::fs::read_dir(folder) else {
        crate::common::aloud::aloud("passed over: the inputs of ../shared/cases are not here");
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn element(group: u16, number: u16, vr: &[u8], value: &[u8]) -> Vec<u8> {
    let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
    bytes.extend(vr);
    match vr {
        b"" => bytes.extend((value.len() as u32).to_le_bytes()),
        b"OB" | b"OW" | b"SQ" | b"UN" | b"ZZ" => {
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        }
        _ => bytes.extend((value.len() as u16).to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

fn ids() -> Vec<u8> {
    [
        element(0x08, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
        element(0x08, 0x18, b"UI", b"2.25.11\0"),
    ]
    .concat()
}

fn rest() -> Vec<u8> {
    [
        element(0x10, 0x10, b"PN", b"Muster^Max"),
        element(0x20, 0x0D, b"UI", b"2.25.1\0\0"),
        element(0x20, 0x0E, b"UI", b"2.25.12\0"),
        element(0x28, 0x10, b"US", &[2, 0]),
        element(0x28, 0x11, b"US", &[2, 0]),
        element(0x28, 0x100, b"US", &[8, 0]),
    ]
    .concat()
}

fn pixels() -> Vec<u8> {
    element(0x7FE0, 0x10, b"OB", &[1, 2, 3, 4])
}

/// A file with mark and file meta information.
fn file(data: &[u8], syntax: &[u8]) -> Vec<u8> {
    let meta = element(0x02, 0x10, b"UI", syntax);
    [&[0; 128][..], b"DICM", &meta, data].concat()
}

fn guessed(name: &str, bytes: &[u8], guess: Guess) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let header = scanned(&path);
    assert!(header.image.guesses.has(guess), "{name}");
    assert_eq!(header.patient.name.alphabetic, "Muster^Max", "{name}");
    assert_eq!(header.image.guesses.to_string().lines().count(), 1);
}

const EXPLICIT: &[u8] = b"1.2.840.10008.1.2.1\0";

#[test]
fn odd_value_representations_are_read_by_what_follows_them() {
    for vr in [b"ZZ", b"??", b"  ", b"ab", b"UK"] {
        let odd = element(0x09, 0x1010, vr, b"abcdef");
        let data = [ids(), odd, rest(), pixels()].concat();
        guessed(&format!("{vr:?}"), &file(&data, EXPLICIT), Guess::Vr);
    }
}

#[test]
fn file_meta_information_in_implicit_vr_is_read() {
    let implicit = [
        element(0x02, 0x00, b"", &30u32.to_le_bytes()),
        element(0x02, 0x10, b"", EXPLICIT),
    ]
    .concat();
    let data = [ids(), rest(), pixels()].concat();
    let bare = [&implicit[..], &data].concat();
    guessed("bare", &bare, Guess::Meta);
    let marked = [&[0; 128][..], b"DICM", &bare].concat();
    guessed("marked", &marked, Guess::Meta);
}

#[test]
fn what_stands_behind_the_pixels_and_before_them_by_its_number_is_read() {
    let data = [ids(), pixels(), rest()].concat();
    guessed("late", &file(&data, EXPLICIT), Guess::Order);
    // What only looks like an element is none.
    let padded = [ids(), rest(), pixels(), b"AAAAAAAAAAAAAAAA".to_vec()].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("padded");
    std::fs::write(&path, file(&padded, EXPLICIT)).unwrap();
    assert!(scanned(&path).image.guesses.is_empty());
}

#[test]
fn only_the_last_end_mark_may_be_missing() {
    let open = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0";
    let stream = b"\xFF\xD8\x01\x02\xFF\xD9";
    let whole = [&open[..], &[6, 0, 0, 0], stream].concat();
    let jpeg = b"1.2.840.10008.1.2.4.50";
    let data = [ids(), rest(), whole].concat();
    guessed("open", &file(&data, jpeg), Guess::End);
    let cut = file(&data[..data.len() - 2], jpeg);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cut"), cut).unwrap();
    let all = All::default();
    scan(&[folder.path().to_owned()], &all, &AtomicBool::new(false));
    let found = all.0.into_inner().unwrap().pop().unwrap();
    assert!(matches!(found, Found::Skipped(_)), "{found:?}");
}

#[test]
fn inputs_that_other_readers_read_are_found_and_said() {
    for path in cases("scan") {
        let header = scanned(&path);
        assert!(!header.image.guesses.is_empty(), "{}", path.display());
    }
    for path in cases("upload/practice_refuses") {
        scanned(&path);
    }
}

#[test]
fn pictures_that_are_written_oddly_are_shown() {
    for path in cases("picture") {
        if let Err(error) = decode(&path, 0) {
            panic!("{}: {error}", path.display());
        }
    }
    let is_jpeg2000 = |path: &PathBuf| path.to_string_lossy().contains("j2k");
    for path in cases("hostile").into_iter().filter(is_jpeg2000) {
        assert!(decode(&path, 0).is_err(), "{}", path.display());
    }
}
