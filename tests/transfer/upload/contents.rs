//! One number and different contents: among the files, and between the files and the account.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::open_file;

use super::*;

/// Sets a text in a file.
fn set(path: &Path, tag: Tag, vr: VR, value: &str) {
    let mut object = open_file(path).unwrap();
    let value = PrimitiveValue::from(value);
    object.put(DataElement::new(tag, vr, value));
    if tag == tags::SOP_INSTANCE_UID {
        let uid = object.element(tag).unwrap().to_str().unwrap().into_owned();
        object.update_meta(|meta| meta.media_storage_sop_instance_uid = uid);
    }
    object.write_to_file(path).unwrap();
}

/// Three files of the sample study in a folder of their own.
fn three() -> (tempfile::TempDir, Vec<PathBuf>) {
    let (all, few) = folders();
    let files = write_sample_study(all.path()).unwrap();
    let few_files = files.iter().take(3).enumerate().map(|(n, from)| {
        let to = few.path().join(format!("{n}.dcm"));
        fs::copy(from, &to).unwrap();
        to
    });
    let few_files = few_files.collect();
    (few, few_files)
}

fn names(practice: &Practice, home: &Path) -> String {
    practice.run(home, &["orders", "--json"]).out
}

#[test]
fn different_images_of_one_number_are_named_and_neither_is_sent() {
    let (home, data) = folders();
    let (study, files) = three();
    for file in &files[..2] {
        set(file, tags::SOP_INSTANCE_UID, VR::UI, "1.2.3.4");
    }
    // A true copy of the third is one, as ever.
    fs::copy(&files[2], study.path().join("3.dcm")).unwrap();
    let scanned = run(home.path(), &["scan", study.path().to_str().unwrap()]);
    assert_eq!(scanned.status, 1, "{}", scanned.says());
    let practice = Practice::start(data.path());
    let sent = practice.run(home.path(), &["upload", study.path().to_str().unwrap()]);
    assert_eq!(sent.status, 1, "{}", sent.says());
    for says in [&scanned.out, &sent.out] {
        let says_both = |of: &str, other: &str| {
            let lines = says
                .lines()
                .filter(|line| line.contains("neither was sent"));
            lines
                .filter(|line| line.contains(of) && line.contains(other))
                .count()
        };
        assert_eq!(says_both("0.dcm", "1.dcm"), 2, "{says}");
        assert!(says.contains("The same image as 2.dcm"), "{says}");
    }
    assert!(!sent.out.contains("Safe to eject"), "{}", sent.says());
    assert_eq!(practice.stored().len(), 1, "{}", sent.says());
}

#[test]
fn twenty_slices_with_one_number_are_a_conflict() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/upload");
    let slices = shared.join("same_sop_20_slices");
    if !slices.is_dir() {
        println!("left out: {} is not there", slices.display());
        return;
    }
    let (home, data) = folders();
    let practice = Practice::start(data.path());
    let sent = upload(&practice, home.path(), &[&slices]);
    assert_eq!(sent.status, 1, "{}", sent.says());
    assert_eq!(sent.events("skipped").len(), 20, "{}", sent.says());
    assert!(practice.stored().is_empty());
}

#[test]
fn what_is_there_with_another_name_is_not_called_there_and_is_replaced_when_asked() {
    for set_first in [false, true] {
        let (home, data) = folders();
        let (study, _) = three();
        let practice = Practice::start(data.path());
        let path = study.path().to_str().unwrap();
        let with_set = ["upload", "--json", path, "--set", "PatientName=Anon^X"];
        let plain = ["upload", "--json", path];
        let of = |set: bool, more: &[&str]| {
            let mut arguments = if set {
                with_set.to_vec()
            } else {
                plain.to_vec()
            };
            arguments.extend(more);
            practice.run(home.path(), &arguments)
        };
        let first = of(set_first, &[]);
        assert_eq!(first.status, 0, "{}", first.says());
        let before = names(&practice, home.path());
        let receipts = home.path().join("receipts");
        let second = of(!set_first, &["--receipts", receipts.to_str().unwrap()]);
        assert_eq!(second.status, 1, "{}", second.says());
        let [ledger] = second.events("ledger").try_into().unwrap();
        assert_closed(&ledger);
        let there = (number(&ledger, "already_there"), number(&ledger, "failed"));
        assert_eq!(there, (0, 3), "{ledger}");
        assert_eq!(ledger["state"], "needs attention");
        assert_eq!(names(&practice, home.path()), before);
        for entry in fs::read_dir(&receipts).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(set_first || !text.contains("Anon^X"), "it is not there");
        }
        let left = of(!set_first, &["--if-there", "leave"]);
        assert_eq!(left.status, 0, "{}", left.says());
        assert_eq!(left.events("left").len(), 3, "{}", left.says());
        assert!(left.events("already_there").is_empty());
        let cancelled = of(!set_first, &["--if-there", "cancel"]);
        assert_eq!(cancelled.status, 1, "{}", cancelled.says());
        assert_eq!(names(&practice, home.path()), before);
        let replaced = of(!set_first, &["--if-there", "replace"]);
        assert_eq!(replaced.status, 0, "{}", replaced.says());
        assert_eq!(replaced.events("sent").len(), 3);
        let same = of(!set_first, &[]);
        assert_eq!(same.status, 0, "{}", same.says());
        assert_eq!(same.events("already_there").len(), 3);
        let anon = |path: &PathBuf| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(6).any(|bytes| bytes == b"Anon^X")
        };
        let stored = practice.stored();
        assert!(stored.iter().all(|(_, path)| anon(path) != set_first));
    }
}

#[test]
fn what_another_computer_sent_is_not_compared_and_that_is_said() {
    let (home, data) = folders();
    let other = tempfile::tempdir().unwrap();
    let (study, _) = three();
    let practice = Practice::start(data.path());
    let first = upload(&practice, other.path(), &[study.path()]);
    assert_eq!(first.status, 0, "{}", first.says());
    let second = upload(&practice, home.path(), &[study.path()]);
    assert_eq!(second.status, 1, "{}", second.says());
    let failed = second.events("failed");
    assert_eq!(failed.len(), 3, "{}", second.says());
    let reason = failed[0]["reason"].as_str().unwrap();
    assert!(reason.contains("content not compared"), "{reason}");
}

#[test]
fn a_study_under_a_profile_is_found_again_and_another_profile_is_not() {
    let (home, data) = folders();
    let (study, _) = three();
    let practice = Practice::start(data.path());
    let path = study.path().to_str().unwrap();
    let of = |profile: &str| {
        let arguments = ["upload", "--json", path, "--deidentify", profile];
        practice.run(home.path(), &arguments)
    };
    let first = of("basic");
    assert_eq!(first.status, 0, "{}", first.says());
    let again = of("basic");
    assert_eq!(again.status, 0, "{}", again.says());
    assert_eq!(again.events("already_there").len(), 3);
    let other = of("basic-modified-dates");
    assert_eq!(other.status, 1, "{}", other.says());
    assert!(other.events("already_there").is_empty(), "{}", other.says());
}

#[test]
fn two_patients_in_one_study_are_said_and_sent_only_when_that_is_wanted() {
    let (home, data) = folders();
    let (study, files) = three();
    set(&files[1], tags::PATIENT_NAME, VR::PN, "Other^Person");
    set(&files[1], tags::PATIENT_ID, VR::LO, "OTHER-1");
    let practice = Practice::start(data.path());
    let path = study.path().to_str().unwrap();
    let scanned = run(home.path(), &["scan", path]);
    assert!(scanned.out.contains("two patients in one study"));
    assert!(scanned.out.contains("OTHER-1"), "{}", scanned.says());
    let refused = practice.run(home.path(), &["upload", path]);
    assert_eq!(refused.status, 1, "{}", refused.says());
    assert!(refused.out.contains("OTHER-1"), "{}", refused.says());
    assert!(practice.stored().is_empty());
    let wanted = practice.run(home.path(), &["upload", path, "--yes-two-patients"]);
    assert_eq!(wanted.status, 0, "{}", wanted.says());
    assert_eq!(practice.stored().len(), 3);
}

#[test]
fn what_could_not_be_read_is_an_open_end_of_every_study_of_the_drop() {
    let (home, data) = folders();
    let (study, _) = three();
    // As a folder without rights is for everyone but root: something of which nobody knows what it holds.
    fs::write(study.path().join("more.zip"), b"PK\x03\x04 and no more").unwrap();
    let practice = Practice::start(data.path());
    let path = study.path().to_str().unwrap();
    let sent = practice.run(home.path(), &["upload", path]);
    assert_eq!(sent.status, 1, "{}", sent.says());
    assert_eq!(practice.stored().len(), 3, "the rest goes on");
    assert!(!sent.out.contains("Safe to eject"), "{}", sent.says());
    assert!(
        sent.out.contains("Not all that was dropped"),
        "{}",
        sent.says()
    );
    assert!(sent.out.contains("more.zip"), "{}", sent.says());
}

#[test]
fn a_queue_that_is_lost_is_said_by_resume_with_its_place() {
    let (home, data) = folders();
    fs::write(
        home.path().join("journal.sqlite"),
        b"no journal at all".repeat(99),
    )
    .unwrap();
    let practice = Practice::start(data.path());
    let resumed = practice.run(home.path(), &["upload", "--resume"]);
    assert_eq!(resumed.status, 1, "{}", resumed.says());
    let place = resumed.err.split("kept as ").nth(1).unwrap_or_default();
    let place = place.split(',').next().unwrap_or_default();
    assert!(Path::new(place).exists(), "{}", resumed.says());
    assert!(resumed.err.contains("lost"), "{}", resumed.says());
    let again = practice.run(home.path(), &["upload", "--resume"]);
    assert_eq!(again.status, 0, "{}", again.says());
}

#[test]
fn two_first_starts_at_once_both_work() {
    let (home, data) = folders();
    let practice = Practice::start(data.path());
    let studies: Vec<_> = (0..2).map(|_| three()).collect();
    let started: Vec<_> = studies
        .iter()
        .map(|(study, _)| {
            let path = study.path().to_str().unwrap();
            let mut command =
                practice.command(home.path(), &["upload", path, "--deidentify", "basic"]);
            command.stdout(std::process::Stdio::piped());
            command.stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in started {
        let ended = Run::of(child.wait_with_output().unwrap());
        assert_eq!(ended.status, 0, "{}", ended.says());
    }
    assert_eq!(practice.stored().len(), 6);
}
