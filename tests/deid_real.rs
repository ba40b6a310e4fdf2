//! Every file that lies beside the checkout, cleaned by several profiles, and read with dicom-object, which had no part in
//! writing them. `STUDYDROP_KEEP_CLEANED=FOLDER` keeps what the basic profile made of them, for the scorer beside the data.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod common;

use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dicom_core::Tag;
use dicom_core::value::Value;
use dicom_dictionary_std::tags;
use dicom_object::file::ReadPreamble;
use dicom_object::{DefaultDicomObject, InMemDicomObject, OpenFileOptions};
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

fn opened(bytes: &[u8]) -> Option<DefaultDicomObject> {
    let read = OpenFileOptions::new()
        .read_preamble(ReadPreamble::Auto)
        .from_reader(Cursor::new(bytes));
    read.ok()
}

fn pixels(object: &InMemDicomObject) -> Option<Vec<u8>> {
    match object.get(tags::PIXEL_DATA)?.value() {
        Value::Primitive(value) => Some(value.to_bytes().to_vec()),
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

/// Whether these bytes stand anywhere outside the pixel data.
fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
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
    for path in files(&folder) {
        let before = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        for (number, options) in profiles().into_iter().enumerate() {
            // All of a large series are alike.
            if number > 0 && (name.contains("study_mr_ge_nih") || before.len() > 500_000) {
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
            let Some(old) = opened(&before) else { continue };
            let new = opened(&after).unwrap_or_else(|| panic!("{name} does not open again"));
            opened_both += 1;
            assert!(pixels(&old) == pixels(&new), "{name}: pixels");
            assert_eq!(text(&new, tags::PATIENT_IDENTITY_REMOVED), "YES", "{name}");
            let uid = text(&old, tags::SOP_INSTANCE_UID);
            if !uid.is_empty() {
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
    common::aloud::aloud(&format!(
        "cleaned {cleaned} times, {opened_both} of them read by dicom-object before and after; refused:\n{}\nleaks:\n{}",
        refused.join("\n"),
        leaks.join("\n")
    ));
    assert!(
        cleaned > 1000 && opened_both > 900,
        "{cleaned} {opened_both}"
    );
    assert!(leaks.is_empty(), "{leaks:#?}");
}
