//! Archives as people send them.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use studydrop::dicom::catalogue::SkipReason;
use studydrop::dicom::media;
use tempfile::tempdir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::common::archives::*;

#[test]
fn an_archive_is_walked_like_a_folder() {
    let folder = tempdir().unwrap();
    let (one, two, three) = (image(), image(), image());
    for how in [How::Stored, How::Deflated] {
        let inner = zip(How::Deflated, &[("IM3", &three), ("readme.txt", b"Hello")]);
        let bytes = zip(
            how,
            &[
                ("DICOM/IM1", &one),
                ("DICOM/Öberg/画像/IM2", &two),
                ("viewer.exe", b"MZ"),
                ("more.zip", &inner),
            ],
        );
        let archive = write(folder.path(), "study.zip", &bytes);
        let expected = [
            ("DICOM/IM1", "image"),
            ("DICOM/Öberg/画像/IM2", "image"),
            ("more.zip/IM3", "image"),
            ("more.zip/readme.txt", "NotDicom"),
            ("viewer.exe", "NotDicom"),
        ];
        assert_eq!(fates(&archive), owned(&expected));
        for (name, bytes) in [
            ("DICOM/IM1", &one),
            ("DICOM/Öberg/画像/IM2", &two),
            ("more.zip/IM3", &three),
        ] {
            let mut opened = media::open(&archive.join(name)).unwrap();
            assert_eq!(opened.size(), bytes.len() as u64);
            let mut read = Vec::new();
            opened.read_to_end(&mut read).unwrap();
            assert!(&read == bytes, "{name} is what was put in");
        }
        assert_eq!(
            fates(folder.path()).len(),
            5,
            "the same in a folder that was dropped"
        );
    }
}

#[test]
fn a_path_in_an_archive_can_be_dropped_too() {
    let folder = tempdir().unwrap();
    let inner = zip(How::Stored, &[("a/IM1", &image()), ("b/IM2", &image())]);
    let files: &[(&str, &[u8])] = &[("x/IM3", &image()), ("x.txt", b"no"), ("in.zip", &inner)];
    let archive = write(folder.path(), "s.zip", &zip(How::Deflated, files));
    let count = |name: &str| told(&[archive.join(name)]).len();
    assert_eq!((count("x"), count("x/IM3")), (1, 1));
    assert_eq!((count("in.zip"), count("in.zip/a/IM1")), (2, 1));
    let gone = told(&[archive.join("nowhere")]);
    assert!(matches!(gone[..], [(_, Err(SkipReason::Unreadable(_)))]));
}

#[test]
fn a_file_in_an_archive_is_read_from_anywhere_like_any_other() {
    let folder = tempdir().unwrap();
    // Large enough for places to be kept.
    let large: Vec<u8> = noise(64 * 1024).repeat(150);
    for how in [
        How::Stored,
        How::Deflated,
        How::Aes("pass"),
        How::AesStored("pass"),
    ] {
        let inner = zip(how, &[("small", b"0123456789"), ("large", &large)]);
        for nested in [false, true] {
            let bytes = match nested {
                true => zip(How::Deflated, &[("inner.zip", &inner)]),
                false => inner.clone(),
            };
            let archive = write(folder.path(), "a.zip", &bytes);
            let within = if nested {
                archive.join("inner.zip")
            } else {
                archive
            };
            if matches!(how, How::Aes(_) | How::AesStored(_)) {
                assert!(unlock(&within, "pass"));
            }
            let mut opened = media::open(&within.join("large")).unwrap();
            for at in [9_000_000_u64, 0, 5_000_001, 4_999_999, 9_830_300, 70_000] {
                let at = at.min(large.len() as u64 - 90);
                opened.seek(SeekFrom::Start(at)).unwrap();
                let mut read = vec![0; 80];
                opened.read_exact(&mut read).unwrap();
                let at = at as usize;
                assert!(read == large[at..at + 80], "at {at}");
            }
            opened.rewind().unwrap();
            let mut whole = Vec::new();
            opened.read_to_end(&mut whole).unwrap();
            assert!(whole == large);
            let mut small = media::open(&within.join("small")).unwrap();
            small.seek(SeekFrom::End(-3)).unwrap();
            let mut end = String::new();
            small.read_to_string(&mut end).unwrap();
            assert_eq!(end, "789");
        }
    }
}

#[test]
fn names_in_old_character_sets_are_read_and_lead_to_their_files() {
    let folder = tempdir().unwrap();
    let (one, two) = (image(), image());
    let mut bytes = zip(How::Deflated, &[("Mxller/IM1", &one), ("IMyy", &two)]);
    replace(&mut bytes, b"Mxller", b"M\x81ller");
    replace(&mut bytes, b"IMyy", b"IM\x84\x94");
    let archive = write(folder.path(), "dos.zip", &bytes);
    assert_eq!(
        fates(&archive),
        owned(&[("IMäö", "image"), ("Müller/IM1", "image")])
    );
    let mut read = Vec::new();
    let mut opened = media::open(&archive.join("IMäö")).unwrap();
    opened.read_to_end(&mut read).unwrap();
    assert_eq!(read, two);
}

#[test]
fn two_files_of_one_name_are_both_found() {
    let folder = tempdir().unwrap();
    let mut bytes = zip(How::Deflated, &[("IM1", &image()), ("IM2", &image())]);
    replace(&mut bytes, b"IM2", b"IM1");
    let archive = write(folder.path(), "twice.zip", &bytes);
    let expected = [("IM1", "image"), ("IM1 (2)", "image")];
    assert_eq!(fates(&archive), owned(&expected));
}

#[test]
fn documents_that_are_archives_inside_stay_documents() {
    let folder = tempdir().unwrap();
    let docx = [
        ("[Content_Types].xml", &b"<Types/>"[..]),
        ("word/document.xml", b"<w/>"),
    ];
    write(folder.path(), "report.docx", &zip(How::Deflated, &docx));
    let jar = [("META-INF/MANIFEST.MF", &b"x"[..]), ("a/B.class", b"c")];
    write(folder.path(), "viewer.jar", &zip(How::Deflated, &jar));
    write(folder.path(), "empty.zip", &zip(How::Deflated, &[]));
    let expected = ["empty.zip", "report.docx", "viewer.jar"].map(|name| (name, "NotDicom"));
    assert_eq!(fates(folder.path()), owned(&expected));
}

#[test]
fn archives_are_read_as_every_program_writes_them() {
    let folder = tempdir().unwrap();
    let (one, two) = (image(), image());
    let options = SimpleFileOptions::default();
    // Sizes behind the data, as a program that writes to a pipe does; and in eight bytes.
    let mut streamed = ZipWriter::new_stream(Vec::new());
    streamed.start_file("IM1", options).unwrap();
    streamed.write_all(&one).unwrap();
    streamed
        .start_file("IM2", options.large_file(true))
        .unwrap();
    streamed.write_all(&two).unwrap();
    // A link leads to a file that is told by itself, if it is there at all.
    streamed.add_symlink("link", "IM1", options).unwrap();
    streamed.add_directory("empty/", options).unwrap();
    let comment =
        "A comment with PK\x05\x06\0\0\0\0\x01\0\x01\0\x03\0\0\0\0\0\0\0\0\0, an end that is none";
    streamed.set_comment(comment).unwrap();
    let bytes = streamed.finish().unwrap().into_inner();
    let archive = write(folder.path(), "streamed.zip", &bytes);
    let expected = [("IM1", "image"), ("IM2", "image"), ("link", "NotAFile")];
    assert_eq!(fates(&archive), owned(&expected));
    // Something before it, of which the places in it know nothing.
    let shifted = [b"PK\x03\x04 is how it begins".as_slice(), &bytes].concat();
    let archive = write(folder.path(), "shifted.zip", &shifted);
    assert_eq!(fates(&archive), owned(&expected));
    for (name, bytes) in [("IM1", one), ("IM2", two)] {
        let mut read = Vec::new();
        let mut opened = media::open(&archive.join(name)).unwrap();
        opened.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }
}

#[test]
fn an_archive_that_was_replaced_is_read_anew() {
    let folder = tempdir().unwrap();
    let archive = write(
        folder.path(),
        "s.zip",
        &zip(How::Stored, &[("IM1", &image())]),
    );
    assert_eq!(fates(&archive), owned(&[("IM1", "image")]));
    let opened = media::open(&archive.join("IM1")).unwrap();
    write(
        folder.path(),
        "s.zip",
        &zip(How::Stored, &[("IM2", &image()), ("IM3", b"none")]),
    );
    assert!(!opened.is_unchanged().unwrap());
    let expected = [("IM2", "image"), ("IM3", "NotDicom")];
    assert_eq!(fates(&archive), owned(&expected));
    assert!(media::open(&archive.join("IM1")).is_err());
    fs::remove_file(&archive).unwrap();
    let gone = media::open(&archive.join("IM2")).unwrap_err();
    assert_eq!(gone.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn two_hundred_thousand_files_are_listed_each_once() {
    let folder = tempdir().unwrap();
    let names: Vec<String> = (0..200_000)
        .map(|number| format!("{}/{}/{number}", number % 7, number % 1000))
        .collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &b"x"[..])).collect();
    let archive = write(folder.path(), "many.zip", &zip(How::Stored, &files));
    let told = told(&[archive]);
    assert_eq!(told.len(), 200_000);
    assert!(
        told.iter()
            .all(|(_, fate)| *fate == Err(SkipReason::NotDicom))
    );
}
