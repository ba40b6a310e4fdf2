//! Cleaned files in two independent readers: pydicom and dcmtk's dcmdump. What one of them reads before it reads after.
//!
//! `.ci/judges` installs both.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::common;
use crate::common::aloud;
use crate::common::judges::{dcmtk, python_with_pydicom};
use crate::common::studies::{BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, RLE, StudyBuilder};
use studydrop::dicom::deidentify::{Cleaner, Dates, Options, Profile, Secret, Wanted};

/// Reads both of each pair of files and says what is not right with the second, a line for each.
const READS: &str = r#"
import sys, warnings, logging
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import pydicom
pydicom.config.settings.reading_validation_mode = 0

def read(path):
    data = pydicom.dcmread(path, force=True)
    for element in data.iterall():
        element.value
    return data

def samples(data):
    """The values of the pixels, without what stands in the bits beside them; None where they cannot be unpacked."""
    try:
        values = data.pixel_array
    except Exception:
        return None
    bits = data.get("BitsStored") or 0
    if values.dtype.kind in "iu" and 0 < bits < values.dtype.itemsize * 8:
        values = values & ((1 << bits) - 1)
    return values.tobytes()

uids, both = {}, 0
for line in sys.stdin:
    before, after = line.rstrip("\n").split("\t")
    try:
        old = read(before)
        usable = len(old) > 1 and "SOPClassUID" in old
    except Exception:
        continue
    if not usable:
        continue
    try:
        new = read(after)
    except Exception as error:
        print(after, "cannot be read:", type(error).__name__, error)
        continue
    both += 1
    if "PixelData" in old and old.PixelData != new.PixelData:
        # Comments in code streams, bits beside the values and bytes behind the frames go; the values stay.
        was = samples(old)
        if was is not None and was != samples(new):
            print(after, "has other pixels")
    if new.file_meta.MediaStorageSOPInstanceUID != new.SOPInstanceUID and len(old.get("SOPInstanceUID", "")) < 64:
        print(after, "has two instance UIDs")
    if new.PatientIdentityRemoved != "YES":
        print(after, "does not say what it is")
    profile = after.split("profile-")[1][0]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        if old.get(keyword) and new.get(keyword):
            if uids.setdefault((profile, old.get(keyword)), new.get(keyword)) != new.get(keyword):
                print(after, keyword, "is not the same everywhere")
print("BOTH", both)
"#;

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

fn profiles() -> [Options; 3] {
    let none = Options::default();
    [
        none,
        Options {
            dates: Dates::Modified,
            clean_descriptors: true,
            clean_structured_content: true,
            clean_graphics: true,
            ..none
        },
        Options {
            dates: Dates::Full,
            retain_safe_private: true,
            retain_device_identity: true,
            retain_patient_characteristics: true,
            ..none
        },
    ]
}

/// Made-up files in every way of writing, and the real ones where they are; each with its cleaned ones.
fn pairs(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let made = folder.join("made");
    for (number, syntax) in [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, RLE]
        .iter()
        .enumerate()
    {
        let study = StudyBuilder::new().patient("Öberg^Märta", "19510203-1234");
        study
            .transfer_syntax(syntax)
            .images(2)
            .write_to(made.join(number.to_string()));
    }
    let mut originals = files(&made);
    if let Some(shared) = common::shared_dicom() {
        let real = files(&shared).into_iter().enumerate();
        // All of a large series are alike.
        let is_wanted = |(place, path): &(usize, PathBuf)| {
            !path.to_string_lossy().contains("study_mr_ge_nih") || place % 50 == 0
        };
        originals.extend(real.filter(is_wanted).map(|(_, path)| path));
    }
    let mut pairs = Vec::new();
    for (number, options) in profiles().into_iter().enumerate() {
        let profile = Profile {
            options,
            ..Profile::default()
        };
        let cleaner = Cleaner::new(Arc::new(profile), Secret::new([8; 32]));
        let to = folder.join(format!("profile-{number}"));
        std::fs::create_dir_all(&to).unwrap();
        for (place, original) in originals.iter().enumerate() {
            let bytes = std::fs::read(original).unwrap();
            if number > 0 && bytes.len() > 500_000 {
                continue;
            }
            if let Ok((cleaned, _)) = cleaner.clean_bytes(&bytes, Wanted::default()) {
                let to = to.join(format!("{place}.dcm"));
                std::fs::write(&to, cleaned).unwrap();
                pairs.push((original.clone(), to));
            }
        }
    }
    pairs
}

#[test]
fn two_readers_read_every_cleaned_file_that_they_read_before() {
    let (python, dcmdump) = (python_with_pydicom(), dcmtk("dcmdump"));
    let folder = tempfile::tempdir().unwrap();
    let pairs = pairs(folder.path());
    assert!(pairs.len() >= 30);
    if let Some(python) = python {
        let list = folder.path().join("list");
        let lines = pairs
            .iter()
            .map(|(before, after)| format!("{}\t{}\n", before.display(), after.display()));
        std::fs::write(&list, lines.collect::<String>()).unwrap();
        let run = Command::new(python)
            .args(["-c", READS])
            .stdin(Stdio::from(std::fs::File::open(&list).unwrap()))
            .output()
            .unwrap();
        let says = String::from_utf8_lossy(&run.stdout);
        let errors = String::from_utf8_lossy(&run.stderr);
        let (wrong, both): (Vec<&str>, Vec<&str>) =
            says.lines().partition(|line| !line.starts_with("BOTH"));
        assert!(wrong.is_empty() && both.len() == 1, "{wrong:#?} {errors}");
        aloud::aloud(&format!(
            "pydicom read before and after: {} of {}",
            both[0],
            pairs.len()
        ));
    }
    if let Some(dcmdump) = dcmdump {
        let reads = |paths: &[&PathBuf]| {
            let mut run = Command::new(&dcmdump);
            run.args(["-q", "-M"]).args(paths).stdout(Stdio::null());
            run.stderr(Stdio::null()).status().unwrap().success()
        };
        let mut wrong = Vec::new();
        for some in pairs.chunks(40) {
            let all: Vec<&PathBuf> = some.iter().map(|(_, after)| after).collect();
            if !reads(&all) {
                let is_wrong =
                    |(before, after): &&(PathBuf, PathBuf)| reads(&[before]) && !reads(&[after]);
                wrong.extend(some.iter().filter(is_wrong));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        let all = pairs.len();
        aloud::aloud(&format!(
            "dcmdump reads what it read before, of {all} files"
        ));
    }
}
