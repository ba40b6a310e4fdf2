//! The real files beside the checkout, and the sample study.

use super::*;
use crate::common;

/// Files that pydicom or dcmdump can read and that are not sent, and why that is right.
const DIFFERENT: [(&str, &str); 5] = [
    (
        "pydicom_test_files/test_files/MR_truncated.dcm",
        "62 bytes of its pixels are missing: pydicom only reads the header",
    ),
    (
        "pydicom_test_files/test_files/rtplan_truncated.dcm",
        "its last sequence is cut off: pydicom stops there",
    ),
    (
        "multiframe_us_nm_dcm4che/no_preamble_dicm_in_data",
        "a few attributes without any UID or mark",
    ),
    (
        "fuzz_malformed_a/cat05_transfer_syntax/TC0345_deflate_corrupt.dcm",
        "no DICOM behind its mark: pydicom finds no element",
    ),
    (
        "fuzz_malformed_a/cat07_file_meta/TC0397_meta_glen_huge.dcm",
        "its file meta information is overwritten: dcmdump guesses",
    ),
];

#[test]
fn every_real_file_is_accounted_for_and_what_others_can_read_is_found() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let mut fates = BTreeMap::new();
    let found = everything(std::slice::from_ref(&shared));
    for found in &found {
        let path = path_of(found)
            .strip_prefix(&shared)
            .unwrap()
            .display()
            .to_string();
        assert!(fates.insert(path, found).is_none(), "told twice: {found:?}");
    }
    let baseline = fs::read_to_string(shared.join("BASELINE.json")).unwrap();
    let baseline: Vec<serde_json::Value> = serde_json::from_str(&baseline).unwrap();
    let mut different = Vec::new();
    for entry in &baseline {
        let path = entry["path"]
            .as_str()
            .unwrap()
            .strip_prefix("share/")
            .unwrap();
        let readable = entry["pydicom"] == "yes" || entry["dcmdump"] == true;
        match fates
            .remove(path)
            .unwrap_or_else(|| panic!("{path} was not told"))
        {
            // Readable, but without the UIDs that a server needs, or no image.
            Found::Skipped(file)
                if matches!(
                    file.reason,
                    SkipReason::NoUids { .. } | SkipReason::DicomDir
                ) => {}
            Found::Skipped(_) if readable => different.push(path.to_owned()),
            _ => {}
        }
    }
    let mut explained = DIFFERENT.map(|(path, _)| path.to_owned());
    explained.sort();
    different.sort();
    assert_eq!(different, explained);
    for (path, fate) in fates {
        assert!(
            matches!(fate, Found::Skipped(_)),
            "{path} is in no baseline and was found"
        );
    }
    let sent = found
        .iter()
        .filter(|found| matches!(found, Found::Image(_)))
        .count();
    println!("{sent} of {} files can be sent", found.len());
    assert!(sent >= 1021, "{sent}");
}

#[test]
fn the_sample_study_is_found_whole() {
    let folder = tempdir().unwrap();
    let written = studydrop::dicom::sample::write_sample_study(folder.path()).unwrap();
    let catalogue = scanned(folder.path());
    let study = &catalogue.patients[0].studies[0];
    assert_eq!(
        (catalogue.skipped.len(), study.images()),
        (0, written.len())
    );
    assert_eq!(study.description, "Thorax with contrast");
    assert!(study.series.len() >= 2);
    let slices = study.series.iter().map(|series| series.images.len()).max();
    assert!(slices >= Some(40));
    let again = tempdir().unwrap();
    studydrop::dicom::sample::write_sample_study(again.path()).unwrap();
    let uid = &scanned(again.path()).patients[0].studies[0].study_instance_uid;
    assert_ne!(uid, &study.study_instance_uid, "each is a study of its own");
}
