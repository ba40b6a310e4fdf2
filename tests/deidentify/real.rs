//! Every file that lies beside the checkout, cleaned by several profiles, and read with dicom-object, which had no part in
//! writing them. `STUDYDROP_KEEP_CLEANED=FOLDER` keeps what the basic profile made of them, for the scorer beside the data.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common;
use crate::common::aloud;
use dicom_core::Tag;
use dicom_core::value::Value;
use dicom_dictionary_std::tags;
use dicom_object::file::ReadPreamble;
use dicom_object::{DefaultDicomObject, InMemDicomObject, OpenFileOptions};
use dicom_pixeldata::PixelDecoder;
use studydrop::dicom::deidentify::{Cleaner, Dates, Options, Profile, Secret, Wanted};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

fn opened(bytes: &[u8]) -> Result<DefaultDicomObject, String> {
    let read = OpenFileOptions::new()
        .read_preamble(ReadPreamble::Auto)
        .from_reader(Cursor::new(bytes));
    read.map_err(|error| error.to_string())
}

/// The values of the pixels, without what stands in the bits beside them and behind the frames; of packed pixels the whole
/// code streams.
fn pixels(object: &InMemDicomObject) -> Option<Vec<u8>> {
    let number = |tag| {
        let element = object.get(tag)?;
        element.to_int::<usize>().ok()
    };
    match object.get(tags::PIXEL_DATA)?.value() {
        Value::Primitive(value) => {
            let mut bytes = value.to_bytes().to_vec();
            let (allocated, stored) = (number(tags::BITS_ALLOCATED)?, number(tags::BITS_STORED)?);
            let samples = number(tags::ROWS)?
                * number(tags::COLUMNS)?
                * number(tags::SAMPLES_PER_PIXEL)?
                * number(tags::NUMBER_OF_FRAMES).unwrap_or(1);
            if matches!(allocated, 8 | 16) {
                bytes.truncate(samples * allocated / 8);
            }
            if allocated == 16 && stored < 16 {
                let mask = (1u16 << stored) - 1;
                for word in bytes.chunks_exact_mut(2) {
                    let value = u16::from_le_bytes([word[0], word[1]]) & mask;
                    word.copy_from_slice(&value.to_le_bytes());
                }
            }
            Some(bytes)
        }
        Value::PixelSequence(fragments) => Some(fragments.fragments().concat()),
        Value::Sequence(_) => None,
    }
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    let text = object.get(tag).and_then(|element| element.to_str().ok());
    text.unwrap_or_default()
        .trim_matches([' ', '\0'])
        .to_owned()
}

/// Whether these bytes stand anywhere in the file.
fn holds(bytes: &[u8], needle: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(needle)
}

fn profiles() -> [Options; 3] {
    let none = Options::default();
    [
        none,
        Options {
            dates: Dates::Modified,
            clean_descriptors: true,
            clean_structured_content: true,
            clean_graphics: true,
            retain_patient_characteristics: true,
            ..none
        },
        Options {
            dates: Dates::Full,
            retain_safe_private: true,
            retain_uids: true,
            retain_device_identity: true,
            retain_institution_identity: true,
            ..none
        },
    ]
}

#[test]
fn every_real_file_is_cleaned_or_refused_and_opens_again() {
    let Some(folder) = common::shared_dicom() else {
        return;
    };
    let keep = std::env::var_os("STUDYDROP_KEEP_CLEANED").map(PathBuf::from);
    let mut refused: HashMap<String, Vec<String>> = HashMap::new();
    let (mut cleaned, mut opened_both, mut leaks) = (0, 0, Vec::new());
    for (place, path) in files(&folder).into_iter().enumerate() {
        let before = std::fs::read(&path).unwrap();
        // All of a large series are alike.
        let is_one_of_many = path.to_string_lossy().contains("study_mr_ge_nih");
        if is_one_of_many && place % 50 > 0 && keep.is_none() {
            continue;
        }
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        for (number, options) in profiles().into_iter().enumerate() {
            if number > 0 && (is_one_of_many || before.len() > 100_000) {
                continue;
            }
            let profile = Profile {
                options,
                ..Profile::default()
            };
            let cleaner = Cleaner::new(Arc::new(profile), Secret::new([3; 32]));
            let (after, report) = match cleaner.clean_bytes(&before, Wanted::default()) {
                Ok(cleaned) => cleaned,
                Err(error) => {
                    refused
                        .entry(error.to_string())
                        .or_default()
                        .push(name.clone());
                    break;
                }
            };
            cleaned += 1;
            if let (Some(keep), 0) = (&keep, number) {
                let to = keep.join(&name);
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                std::fs::write(to, &after).unwrap();
            }
            // dicom-object takes minutes over some files that no account would take: it believes every length.
            if name.contains("fuzz") || report.series_instance_uid.is_empty() {
                continue;
            }
            let Ok(old) = opened(&before) else { continue };
            let new = opened(&after)
                .unwrap_or_else(|error| panic!("{name} does not open again: {error}"));
            opened_both += 1;
            let is_packed = matches!(
                old.get(tags::PIXEL_DATA).map(|pixels| pixels.value()),
                Some(Value::PixelSequence(_))
            );
            let is_same = pixels(&old) == pixels(&new);
            assert!(is_same || is_packed, "{name}: pixels");
            // Metadata inside code streams goes; the frames decode to the same values, as far as they can be decoded here.
            if let (false, Ok(was)) = (is_same, old.decode_pixel_data()) {
                let is = new.decode_pixel_data().expect(&name);
                assert!(was.data() == is.data(), "{name}: decoded pixels");
            }
            assert_eq!(text(&new, tags::PATIENT_IDENTITY_REMOVED), "YES", "{name}");
            let uid = text(&old, tags::SOP_INSTANCE_UID);
            let is_valid =
                |uid: &str| !uid.is_empty() && uid.bytes().all(|b| b == b'.' || b.is_ascii_digit());
            if is_valid(&uid) {
                assert_eq!(
                    text(&new, tags::SOP_INSTANCE_UID),
                    cleaner.uid(&uid),
                    "{name}"
                );
                assert_eq!(report.sop_instance_uid, cleaner.uid(&uid), "{name}");
                let meta = new.meta().media_storage_sop_instance_uid();
                assert_eq!(meta.trim_end_matches('\0'), cleaner.uid(&uid), "{name}");
            }
            let pixel_data = pixels(&old).map_or(0, |pixels| pixels.len());
            for tag in [tags::PATIENT_NAME, tags::PATIENT_ID, tags::ACCESSION_NUMBER] {
                let value = text(&old, tag);
                let is_telling = value.len() > 6 && value != "Anonymous" && pixel_data < 100_000;
                if is_telling && holds(&after, &value) {
                    leaks.push(format!("{name}: {tag} {value}"));
                }
            }
            if before.len() > 100_000 {
                continue;
            }
            let again = cleaner.clean_bytes(&before, Wanted::default()).unwrap();
            assert!(again.0 == after, "{name}: another result");
        }
    }
    let refused: Vec<String> = refused
        .iter()
        .map(|(why, names)| {
            format!(
                "{why} {} such as {}",
                names.len(),
                names.iter().take(4).cloned().collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    aloud::aloud(&format!(
        "cleaned {cleaned} times, {opened_both} of them read by dicom-object before and after; refused:\n{}\nleaks:\n{}",
        refused.join("\n"),
        leaks.join("\n")
    ));
    assert!(
        cleaned > 600 && opened_both > 400,
        "{cleaned} {opened_both}"
    );
    assert!(leaks.is_empty(), "{leaks:#?}");
}
