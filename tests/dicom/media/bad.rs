//! Archives that are damaged, lie, or are meant to do harm; archives of other kinds; drives that fail.

use std::io::{self, Read};

use studydrop::dicom::catalogue::{ArchiveKind, SkipReason};
use studydrop::dicom::media::{self, MediaError};
use studydrop::words;
use tempfile::tempdir;

use crate::common::archives::*;

/// The only file's reason.
fn reason(bytes: &[u8]) -> SkipReason {
    let folder = tempdir().unwrap();
    let archive = write(folder.path(), "bad.zip", bytes);
    match told(&[archive]).as_slice() {
        [(_, Err(reason))] => reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_damaged_entry_fails_with_its_reason_and_the_rest_goes_on() {
    let folder = tempdir().unwrap();
    let (one, two, three) = (image(), image(), image());
    for how in [How::Stored, How::Deflated] {
        let mut bytes = zip(how, &[("IM1", &one), ("IM2", &two), ("IM3", &three)]);
        // The middle of the archive is the middle of the second file's pixels.
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4].copy_from_slice(&[0xA5; 4]);
        let archive = write(folder.path(), "one.zip", &bytes);
        let read = |name: &str| {
            let mut read = Vec::new();
            let mut opened = media::open(&archive.join(name)).unwrap();
            opened.read_to_end(&mut read).map(|_| read)
        };
        assert!(read("IM1").unwrap() == one && read("IM3").unwrap() == three);
        let error = read("IM2").unwrap_err();
        assert!(
            matches!(media::cause(&error), Some(MediaError::Damaged(_))),
            "{error:?}"
        );
        let told = told(std::slice::from_ref(&archive));
        assert_eq!(told.len(), 3);
        assert!(told[0].1.is_ok() && told[2].1.is_ok());
        let mut opened = media::open(&archive.join("IM2")).unwrap();
        assert!(opened.check().is_err());
    }
    // A packed header that cannot be unpacked is seen by the scan.
    let mut bytes = zip(How::Deflated, &[("IM1", &one), ("IM2", &two)]);
    bytes[60..200].fill(0xFF);
    let archive = write(folder.path(), "first.zip", &bytes);
    let expected = [("IM1", "Damaged"), ("IM2", "image")];
    assert_eq!(fates(&archive), owned(&expected));
}

#[test]
fn an_image_whose_mark_is_damaged_is_damaged_and_not_something_else() {
    let folder = tempdir().unwrap();
    for how in [How::Stored, How::Deflated] {
        let mut one = image();
        let whole = zip(how, &[("IM1", &one)]);
        // Its checksum is that of the image as it was.
        let crc = whole[14..18].to_vec();
        one[128..132].fill(b'x');
        one[132..160].fill(0xFF);
        let mut bytes = zip(how, &[("IM1", &one), ("text", b"no image")]);
        let wrong = bytes[14..18].to_vec();
        replace(&mut bytes, &wrong, &crc);
        let archive = write(folder.path(), "mark.zip", &bytes);
        let expected = [("IM1", "Damaged"), ("text", "NotDicom")];
        assert_eq!(fates(&archive), owned(&expected));
    }
}

#[test]
fn a_file_whose_name_ends_like_a_folders_is_read_all_the_same() {
    let folder = tempdir().unwrap();
    let mut bytes = zip(How::Stored, &[("IM1x", &image())]);
    replace(&mut bytes, b"IM1x", b"IM1/");
    let archive = write(folder.path(), "slash.zip", &bytes);
    assert_eq!(fates(&archive), owned(&[("IM1", "image")]));
}

#[test]
fn the_files_of_all_archives_in_an_archive_count_together() {
    let inner = many_of(&zip(How::Stored, &[("0000", b"")]), 9999);
    let names: Vec<String> = (0..60).map(|number| format!("{number:02}.zip")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &*inner)).collect();
    let folder = tempdir().unwrap();
    let archive = write(folder.path(), "nest.zip", &zip(How::Stored, &files));
    let told = told(&[archive]);
    let over = |fate: &Result<u64, SkipReason>| matches!(fate, Err(SkipReason::OverBound(_)));
    let over = told.iter().filter(|(_, fate)| over(fate)).count();
    assert_eq!((over, told.len()), (11, 49 * 9999 + 11));
}

#[test]
fn sizes_that_lie_are_found_out() {
    let one = image();
    let size = (one.len() as u32).to_le_bytes();
    for wrong in [one.len() as u32 - 7, one.len() as u32 + 7] {
        let mut bytes = zip(How::Deflated, &[("IM1", &one)]);
        replace(&mut bytes, &size, &wrong.to_le_bytes());
        let folder = tempdir().unwrap();
        let archive = write(folder.path(), "lie.zip", &bytes);
        let mut opened = media::open(&archive.join("IM1")).unwrap();
        let error = opened.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(matches!(media::cause(&error), Some(MediaError::Damaged(_))));
        let mut bytes = zip(How::Stored, &[("IM1", &one)]);
        let place = bytes.len() - 22 - 46 - 3 + 24;
        bytes[place..place + 4].copy_from_slice(&wrong.to_le_bytes());
        assert!(matches!(reason(&bytes), SkipReason::Damaged(_)));
    }
}

#[test]
fn an_archive_that_is_cut_off_or_garbled_says_so() {
    let whole = zip(How::Deflated, &[("IM1", &image()), ("IM2", &image())]);
    for cut in [1, 30, 100, 4000] {
        let cut = &whole[..whole.len() - cut];
        assert!(
            matches!(reason(cut), SkipReason::DamagedArchive(_)),
            "{cut:?}"
        );
    }
    let mut garbled = whole.clone();
    let directory = whole.len() - 22 - 2 * (46 + 3);
    garbled[directory + 49..directory + 53].fill(0);
    assert!(matches!(reason(&garbled), SkipReason::DamagedArchive(_)));
    // Every byte after the first four, one after the other: no panic, and everything is told.
    let small = zip(How::Deflated, &[("a", b"aaaaaaaaaaaa"), ("b", b"b")]);
    let folder = tempdir().unwrap();
    for at in 4..small.len() {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut bytes = small.clone();
            bytes[at] = value;
            let archive = write(folder.path(), "fuzz.zip", &bytes);
            let count = told(&[archive]).len();
            assert!((1..=2).contains(&count), "{at} {value}: {count}");
        }
    }
}

#[test]
fn a_name_that_climbs_out_is_told_and_never_followed() {
    let folder = tempdir().unwrap();
    let names = ["a/../../x", "C:/windows", "/etc/passw", "..\\..\\x\\y"];
    let mut bytes = zip(
        How::Stored,
        &[
            ("name_no_1", &image()),
            ("name_no_02", &image()),
            ("name_no_03", &image()),
            ("name_no_4", &image()),
            ("ok", &image()),
        ],
    );
    replace(&mut bytes, b"name_no_1", names[0].as_bytes());
    replace(&mut bytes, b"name_no_02", names[1].as_bytes());
    replace(&mut bytes, b"name_no_03", names[2].as_bytes());
    replace(&mut bytes, b"name_no_4", names[3].as_bytes());
    let archive = write(folder.path(), "climbs.zip", &bytes);
    let told = told(std::slice::from_ref(&archive));
    assert_eq!(told.len(), 5);
    for (path, fate) in &told {
        assert!(path.starts_with(&archive) && !path.to_string_lossy().contains(".."));
        // A root is the archive itself; what leads out of it is refused.
        let is_ok = ["ok", "windows", "etc/passw"]
            .iter()
            .any(|end| path.ends_with(end));
        assert_eq!(is_ok, fate.is_ok(), "{path:?}");
        assert!(is_ok || *fate == Err(SkipReason::ClimbsOut));
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let folder = tempdir().unwrap();
    // A thousand files of ten megabytes of zeros: ten gigabytes in ten megabytes.
    let zeros = vec![0; 10 << 20];
    let one = zip(How::Deflated, &[("0000", &zeros)]);
    let bomb = many_of(&one, 1000);
    assert!(bomb.len() < 12 << 20);
    let archive = write(folder.path(), "bomb.zip", &bomb);
    let all = told(std::slice::from_ref(&archive));
    assert_eq!(all.len(), 1000);
    assert!(
        all.iter()
            .all(|(_, fate)| matches!(fate, Err(SkipReason::OverBound(_))))
    );
    assert!(media::open(&archive.join("0001")).is_err());
    // The same, shallow, is honest.
    let archive = write(folder.path(), "few.zip", &many_of(&one, 20));
    assert!(
        told(&[archive])
            .iter()
            .all(|(_, fate)| *fate == Err(SkipReason::NotDicom))
    );
    // Archives in archives in archives are told and left alone.
    let mut layers = zip(How::Deflated, &[("0.dll", &zeros)]);
    for _ in 0..5 {
        let files: Vec<(String, Vec<u8>)> = (0..16)
            .map(|number| (format!("lib {number}.zip"), layers.clone()))
            .collect();
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (&**name, &**bytes))
            .collect();
        layers = zip(How::Deflated, &files);
    }
    let archive = write(folder.path(), "42.zip", &layers);
    let told = told(&[archive]);
    assert_eq!(told.len(), 16 * 16);
    let deep = SkipReason::Archive(ArchiveKind::DeepZip);
    assert!(told.iter().all(|(_, fate)| *fate == Err(deep.clone())));
}

/// An archive with the one file of `one` so many times, each by a name of four digits.
fn many_of(one: &[u8], times: usize) -> Vec<u8> {
    let directory = one.len() - 22 - 46 - 4;
    let (local, rest) = one.split_at(directory);
    let mut bytes = Vec::new();
    let mut records = Vec::new();
    for number in 0..times {
        let name = format!("{number:04}");
        let at = (bytes.len() as u32).to_le_bytes();
        let mut local = local.to_vec();
        local[30..34].copy_from_slice(name.as_bytes());
        bytes.extend(local);
        let mut record = rest[..50].to_vec();
        record[42..46].copy_from_slice(&at);
        record[46..50].copy_from_slice(name.as_bytes());
        records.extend(record);
    }
    let mut end = rest[50..].to_vec();
    let (count, start) = ((times as u16).to_le_bytes(), bytes.len() as u32);
    end[8..10].copy_from_slice(&count);
    end[10..12].copy_from_slice(&count);
    end[12..16].copy_from_slice(&(records.len() as u32).to_le_bytes());
    end[16..20].copy_from_slice(&start.to_le_bytes());
    [bytes, records, end].concat()
}

#[test]
fn files_that_lie_over_each_other_are_not_read() {
    let one = zip(How::Deflated, &[("0000", &noise(5000))]);
    let mut bytes = many_of(&one, 3);
    let place = bytes.len() - 22 - 50 + 42;
    // The third says that it begins where the second does.
    let second = (one.len() as u32 - 72).to_le_bytes();
    bytes[place..place + 4].copy_from_slice(&second);
    let folder = tempdir().unwrap();
    let archive = write(folder.path(), "over.zip", &bytes);
    let expected = [
        ("0000", "NotDicom"),
        ("0001", "NotDicom"),
        ("0002", "Damaged"),
    ];
    assert_eq!(fates(&archive), owned(&expected));
}

#[test]
fn an_honest_study_that_is_mostly_black_is_read() {
    let folder = tempdir().unwrap();
    let study = crate::common::studies::StudyBuilder::new().with(
        (0x7FE0, 0x10),
        "OW",
        vec![0; 512 * 512 * 2],
    );
    let images: Vec<(String, Vec<u8>)> = (0..40)
        .map(|number| (format!("IM{number}"), image_of(&study)))
        .collect();
    let files: Vec<(&str, &[u8])> = images
        .iter()
        .map(|(name, bytes)| (&**name, &**bytes))
        .collect();
    let archive = write(folder.path(), "black.zip", &zip(How::Deflated, &files));
    assert!(told(&[archive]).iter().all(|(_, fate)| fate.is_ok()));
}

#[test]
fn other_archives_are_named_with_what_to_do() {
    let folder = tempdir().unwrap();
    let mut tar = vec![0; 1024];
    tar[..5].copy_from_slice(b"a.dcm");
    tar[257..263].copy_from_slice(b"ustar\0");
    let others: [(&str, &[u8], ArchiveKind); 6] = [
        ("a.tar", &tar, ArchiveKind::Tar),
        (
            "b.7z",
            b"7z\xBC\xAF\x27\x1C\0\x04 and so on",
            ArchiveKind::SevenZip,
        ),
        ("c.rar", b"Rar!\x1A\x07\x01\0 and so on", ArchiveKind::Rar),
        ("d.tgz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03", ArchiveKind::Gzip),
        ("e", b"\xFD7zXZ\0\0\x04", ArchiveKind::Xz),
        (
            "f",
            b"PK\x07\x08PK\x03\x04 first part",
            ArchiveKind::PartOfZip,
        ),
    ];
    for (name, bytes, kind) in others {
        let path = write(folder.path(), name, bytes);
        assert_eq!(told(&[path])[0].1, Err(SkipReason::Archive(kind)));
        assert!(SkipReason::Archive(kind).is_problem());
        let words = words::skip_reason(&SkipReason::Archive(kind));
        assert!(
            words.contains("npack") && words.contains("then drop the folder"),
            "{words}"
        );
    }
    let text = write(
        folder.path(),
        "text",
        b"BZh is how this text begins, and no more.",
    );
    assert_eq!(told(&[text])[0].1, Err(SkipReason::NotDicom));
    // In a ZIP archive too.
    let archive = write(
        folder.path(),
        "in.zip",
        &zip(How::Deflated, &[("a.tar", &tar)]),
    );
    assert_eq!(fates(&archive), owned(&[("a.tar", "Archive")]));
    // And ways of packing that are not known.
    let mut bytes = zip(How::Deflated, &[("IM1", &image())]);
    let place = bytes.len() - 22 - 46 - 3 + 10;
    bytes[place] = 14;
    assert_eq!(reason(&bytes), SkipReason::Method("LZMA".to_owned()));
}

/// Files that are there and cannot be read: each thread's memory, of which nothing lies at address 0.
#[cfg(target_os = "linux")]
#[test]
fn a_drive_that_fails_is_worked_through_file_by_file() {
    use std::sync::Barrier;
    let folder = tempdir().unwrap();
    for number in 0..3 {
        write(folder.path(), &format!("IM{number}"), &image());
    }
    let barrier = Barrier::new(13);
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let own = std::fs::read_link("/proc/thread-self").unwrap();
                let bad = std::path::Path::new("/proc").join(own).join("mem");
                let error = std::fs::File::open(&bad).unwrap().read(&mut [0; 4]);
                assert!(error.is_err(), "it fails as a scratched disc does");
                let name = format!("bad {:?}", std::thread::current().id());
                std::os::unix::fs::symlink(bad, folder.path().join(name)).unwrap();
                barrier.wait();
                barrier.wait();
            });
        }
        barrier.wait();
        let told = told(&[folder.path().to_owned()]);
        let failed = told
            .iter()
            .filter(|(_, fate)| matches!(fate, Err(SkipReason::Unreadable(_))));
        assert_eq!((failed.count(), told.len()), (12, 15));
        barrier.wait();
    });
}

#[test]
fn an_error_says_what_is_wrong_without_numbers() {
    let folder = tempdir().unwrap();
    let archive = write(folder.path(), "s.zip", &zip(How::Stored, &[("a", b"b")]));
    let error = media::open(&archive.join("c")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(error.to_string(), "its archive has no such file any more");
    assert!(media::open(folder.path()).is_err());
}
