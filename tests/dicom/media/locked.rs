//! Archives with passwords.

use std::io::Read;

use studydrop::dicom::catalogue::SkipReason;
use studydrop::dicom::media;
use tempfile::tempdir;

use crate::common::archives::*;

#[test]
fn encrypted_files_ask_for_their_password_and_are_then_read() {
    let _alone = with_passwords();
    let folder = tempdir().unwrap();
    let (one, two) = (image(), image());
    let ways = [
        (
            "aes.zip",
            zip(How::Aes("Schlüssel"), &[("IM1", &one), ("IM2", &two)]),
        ),
        (
            "stored.zip",
            zip(How::AesStored("Schlüssel"), &[("IM1", &one), ("IM2", &two)]),
        ),
        (
            "old.zip",
            zipcrypto("Schlüssel", &[("IM1", &one), ("IM2", &two)]),
        ),
    ];
    for (name, bytes) in ways {
        let archive = write(folder.path(), name, &bytes);
        let asks = Err(SkipReason::Locked {
            archive: archive.clone(),
        });
        let told = told(std::slice::from_ref(&archive));
        assert!(told.iter().all(|(_, fate)| *fate == asks), "{told:?}");
        assert!(!unlock(&archive, "wrong") && !unlock(&archive, ""));
        assert!(unlock(&archive, "Schlüssel"), "{name}");
        assert_eq!(
            fates(&archive),
            owned(&[("IM1", "image"), ("IM2", "image")])
        );
        let mut read = Vec::new();
        media::open(&archive.join("IM2"))
            .unwrap()
            .read_to_end(&mut read)
            .unwrap();
        assert!(read == two);
        // Another archive under that name has another password.
        let other = zip(How::Aes("other"), &[("IM1", &one)]);
        let archive = write(folder.path(), name, &other);
        assert_eq!(fates(&archive), owned(&[("IM1", "WrongPassword")]));
        assert!(unlock(&archive, "other"));
        assert_eq!(fates(&archive), owned(&[("IM1", "image")]));
    }
}

#[test]
fn an_encrypted_archive_in_another_has_a_password_of_its_own_or_the_others() {
    let _alone = with_passwords();
    let folder = tempdir().unwrap();
    let inner = zip(How::Aes("in"), &[("IM1", &image())]);
    let archive = write(
        folder.path(),
        "plain.zip",
        &zip(How::Deflated, &[("in.zip", &inner)]),
    );
    assert_eq!(fates(&archive), owned(&[("in.zip/IM1", "Locked")]));
    assert!(!unlock(&archive, "in"), "nothing in it is encrypted itself");
    assert!(unlock(&archive.join("in.zip"), "in"));
    assert_eq!(fates(&archive), owned(&[("in.zip/IM1", "image")]));
    let outer = zip(How::AesStored("in"), &[("in.zip", &inner)]);
    let archive = write(folder.path(), "both.zip", &outer);
    assert_eq!(fates(&archive), owned(&[("in.zip", "Locked")]));
    assert!(unlock(&archive, "in"));
    assert_eq!(fates(&archive), owned(&[("in.zip/IM1", "image")]));
}

#[test]
fn what_was_changed_after_it_was_encrypted_is_damaged() {
    let _alone = with_passwords();
    let folder = tempdir().unwrap();
    let one = image();
    for how in [How::Aes("p"), How::AesStored("p")] {
        let mut bytes = zip(how, &[("IM1", &one)]);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let archive = write(folder.path(), "changed.zip", &bytes);
        unlock(&archive, "p");
        let mut opened = match media::open(&archive.join("IM1")) {
            Ok(opened) => opened,
            // It is the only file that the password could be tried on.
            Err(_) => continue,
        };
        assert!(opened.read_to_end(&mut Vec::new()).is_err());
    }
}

#[test]
fn the_right_password_is_taken_though_the_smallest_file_is_damaged() {
    let _alone = with_passwords();
    let folder = tempdir().unwrap();
    let mut bytes = zipcrypto("p", &[("IM0", &noise(2000)), ("IM1", &image())]);
    bytes[1000] ^= 1;
    let archive = write(folder.path(), "damaged.zip", &bytes);
    assert!(!unlock(&archive, "q") && unlock(&archive, "p"));
    let expected = [("IM0", "Damaged"), ("IM1", "image")];
    assert_eq!(fates(&archive), owned(&expected));
}

#[test]
fn what_a_wrong_password_let_through_is_not_called_no_dicom_and_is_read_with_the_right_one() {
    let _alone = with_passwords();
    let folder = tempdir().unwrap();
    let (one, two) = (image(), noise(3000));
    let names: Vec<String> = (0..1500).map(|number| format!("IM{number}")).collect();
    // The byte that tells a wrong password stands for another one in each of them, as it does with a packer's chance.
    let varied: Vec<Vec<u8>> = (0..names.len())
        .map(|number| [&two[..64], &number.to_le_bytes()[..]].concat())
        .collect();
    let mut files: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&varied)
        .map(|(name, bytes)| (&**name, &**bytes))
        .collect();
    files.push(("image", &one));
    let archive = write(folder.path(), "old.zip", &zipcrypto("right", &files));
    // Another archive of that name was opened with the password that is wrong for this one.
    media::offer_password(&media::ArchivePassword::new("wrong".to_owned()));
    let mut catalogue = catalogue(std::slice::from_ref(&archive));
    media::forget_passwords();
    let no_dicom = |catalogue: &studydrop::dicom::catalogue::Catalogue| {
        let skipped = catalogue.skipped.iter();
        skipped
            .filter(|one| one.reason == SkipReason::NotDicom)
            .count()
    };
    assert_eq!(no_dicom(&catalogue), 0);
    assert!(unlock(&archive, "right"));
    catalogue.forget_locked(&archive);
    assert_eq!(catalogue.skipped.len(), 0, "everything in it is read anew");
    add(&mut catalogue, &[archive]);
    assert_eq!((catalogue.images(), no_dicom(&catalogue)), (1, 1500));
}

/// The old way of encrypting, as APPNOTE.TXT 6.1 has it, apart from what the program has of it.
fn zipcrypto(password: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = zip(How::Stored, &[]);
    bytes.clear();
    let mut records = Vec::new();
    for (name, content) in files {
        let mut keys = [0x1234_5678_u32, 0x2345_6789, 0x3456_7890];
        for byte in password.bytes() {
            update(&mut keys, byte);
        }
        let crc = !content.iter().fold(!0, |crc, byte| crc32(crc, *byte));
        let mut plain = vec![7; 11];
        plain.push((crc >> 24) as u8);
        plain.extend(*content);
        for byte in &mut plain {
            let temp = (keys[2] | 2) & 0xFFFF;
            let stream = (temp.wrapping_mul(temp ^ 1) >> 8) as u8;
            let clear = *byte;
            *byte ^= stream;
            update(&mut keys, clear);
        }
        let at = bytes.len() as u32;
        let mut shared = Vec::new();
        for field in [20_u16, 1, 0, 0, 0] {
            shared.extend(field.to_le_bytes());
        }
        for field in [crc, plain.len() as u32, content.len() as u32] {
            shared.extend(field.to_le_bytes());
        }
        shared.extend((name.len() as u16).to_le_bytes());
        shared.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&shared);
        bytes.extend(name.as_bytes());
        bytes.extend(plain);
        records.extend(b"PK\x01\x02\x14\0");
        records.extend(&shared);
        records.extend([0; 10]);
        records.extend(at.to_le_bytes());
        records.extend(name.as_bytes());
    }
    let start = bytes.len() as u32;
    bytes.extend(&records);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((files.len() as u16).to_le_bytes());
    bytes.extend((files.len() as u16).to_le_bytes());
    bytes.extend((records.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn crc32(crc: u32, byte: u8) -> u32 {
    let mut value = (crc ^ u32::from(byte)) & 0xFF;
    for _ in 0..8 {
        value = if value & 1 == 1 {
            (value >> 1) ^ 0xEDB8_8320
        } else {
            value >> 1
        };
    }
    value ^ (crc >> 8)
}

fn update(keys: &mut [u32; 3], byte: u8) {
    keys[0] = crc32(keys[0], byte);
    keys[1] = keys[1]
        .wrapping_add(keys[0] & 0xFF)
        .wrapping_mul(134_775_813)
        .wrapping_add(1);
    keys[2] = crc32(keys[2], (keys[1] >> 24) as u8);
}
