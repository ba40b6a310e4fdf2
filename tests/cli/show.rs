//! `studydrop show`: what the program prints of a file, beside what pydicom reads in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common;
use crate::common::aloud;
use crate::common::judges;
use crate::common::program;
use crate::common::program::run;
use crate::common::studies::{BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, StudyBuilder};
use serde_json::{Value, json};
use studydrop::dicom::attributes::{self, Ending};

/// Files that pydicom and this program read differently, and why.
const DIFFERENT: [(&str, &str); 4] = [
    (
        "fuzz_malformed_a/cat07_file_meta/TC0385_dicm_offset0.dcm",
        "nothing but zeros: pydicom, forced, reads them as elements (0000,0000)",
    ),
    (
        "fuzz_malformed_a/cat07_file_meta/TC0389_dicm_offset256.dcm",
        "nothing but zeros: pydicom, forced, reads them as elements (0000,0000)",
    ),
    (
        "fuzz_malformed_a/cat09_logic_bombs/TC0469_group_len_zero.dcm",
        "file meta information stands in the data set, of which the model has none: pydicom has it",
    ),
    (
        "multiframe_us_nm_dcm4che/Tag-0040-A170-VR-CS.dcm",
        "a text stands where a sequence should be: pydicom makes an empty item of it",
    ),
];

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

/// The elements by their paths: "00081140[0].00081150". Sequences have the number of their items.
fn flat(set: &Value, outer: &str, into: &mut BTreeMap<String, Value>) {
    for (tag, element) in set.as_object().unwrap() {
        let path = format!("{outer}{tag}");
        if element["vr"] != "SQ" {
            into.insert(path, element.clone());
            continue;
        }
        let none = Vec::new();
        let items = element["Value"].as_array().unwrap_or(&none);
        for (number, item) in items.iter().enumerate() {
            flat(item, &format!("{path}[{number}]."), into);
        }
        into.insert(path, json!({"vr": "SQ", "items": items.len()}));
    }
}

/// Numbers however they are written: 5 and 5.0 are one.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Number(one), Value::String(other)) => {
            let other = other.strip_prefix("f64 ").map(str::parse::<f64>);
            other.is_some_and(|other| one.as_f64() == other.ok())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (one, other) => one == other,
    }
}

fn same_element(ours: &Value, theirs: &Value) -> bool {
    if ours["vr"] != theirs["vr"] || ours["items"] != theirs["items"] {
        return false;
    }
    if let Some(address) = ours["BulkDataURI"].as_str() {
        let length: u64 = address.rsplit_once("length=").unwrap().1.parse().unwrap();
        // Packed pixel data has an end of eight bytes, which pydicom leaves out.
        let bytes = theirs["bytes"].as_u64().unwrap();
        return length == bytes || length == bytes + 8;
    }
    let values = |one: &Value| {
        let values = one["Value"].as_array();
        let values = values.filter(|values| !values.iter().all(Value::is_null));
        values.cloned().map(Value::from).unwrap_or_default()
    };
    same(&values(ours), &values(theirs)) && ours["InlineBinary"] == theirs["InlineBinary"]
}

/// The first element that is not the same in both.
fn difference(ours: &Value, theirs: &Value) -> Option<String> {
    let mut all = BTreeMap::new();
    flat(ours, "", &mut all);
    let theirs = theirs.as_object().unwrap();
    let other = |(path, theirs): (&String, &Value)| match all.get(path) {
        Some(ours) if same_element(ours, theirs) => None,
        ours => Some(format!("{path} {ours:?} {theirs}")),
    };
    let first = theirs.iter().find_map(other);
    first.or_else(|| {
        let only = all.keys().find(|path| !theirs.contains_key(*path));
        only.map(|path| format!("{path} is here alone"))
    })
}

#[test]
fn the_json_of_every_real_file_is_what_pydicom_makes_of_it() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let Some(python) = judges::python_with_pydicom() else {
        return;
    };
    let shared = shared.canonicalize().unwrap();
    let is_wanted = |(place, path): &(usize, PathBuf)| {
        // All of a large series are alike.
        !path.to_string_lossy().contains("study_mr_ge_nih") || place % 40 == 0
    };
    let wanted = files(&shared).into_iter().enumerate().filter(is_wanted);
    let paths: Vec<PathBuf> = wanted.map(|(_, path)| path).collect();
    let list = tempfile::NamedTempFile::new().unwrap();
    let lines = paths.iter().map(|path| format!("{}\n", path.display()));
    std::fs::write(list.path(), lines.collect::<String>()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/to_json.py");
    let run = Command::new(python)
        .arg(script)
        .stdin(Stdio::from(std::fs::File::open(list.path()).unwrap()))
        .output()
        .unwrap();
    let says = String::from_utf8(run.stdout).unwrap();
    assert_eq!(says.lines().count(), paths.len());
    let (mut both, mut different) = (0, BTreeMap::new());
    for (path, theirs) in paths.iter().zip(says.lines()) {
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let ours = attributes::json(path);
        let name = path.strip_prefix(&shared).unwrap().display().to_string();
        match (ours, theirs) {
            (_, Value::Null) => {}
            (Ok((ours, _)), theirs) => {
                both += 1;
                if let Some(what) = difference(&ours, &theirs) {
                    different.insert(name, what);
                }
            }
            (Err(error), _) => drop(different.insert(name, error.to_string())),
        }
    }
    let explained: Vec<&str> = DIFFERENT.iter().map(|(name, _)| *name).collect();
    let found: Vec<&String> = different.keys().collect();
    assert_eq!(found, explained, "{different:#?}");
    assert!(both >= 450, "{both}");
    aloud::aloud(&format!(
        "pydicom and this program read {both} files, and the same in all but {}",
        DIFFERENT.len()
    ));
}

fn written(builder: &StudyBuilder) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = builder.write_to(folder.path()).remove(0).path;
    (folder, file)
}

fn show(file: &Path, more: &[&str]) -> program::Run {
    let home = tempfile::tempdir().unwrap();
    let file = file.to_str().unwrap();
    run(home.path(), &[&["show", file], more].concat())
}

#[test]
fn a_file_is_printed_an_attribute_a_line() {
    let study = StudyBuilder::new()
        .patient("Öberg^Märta", "19510203-1234")
        .with((0x0009, 0x0010), "LO", "ACME 1.0")
        .with((0x0009, 0x1001), "LO", "secret\x1B[2Jsauce");
    let (_folder, file) = written(&study);
    let run = show(&file, &[]);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{}", run.says());
    for line in [
        "(0002,0010) UI Transfer Syntax UID: 1.2.840.10008.1.2.1 (Explicit VR Little Endian)",
        "(0008,0020) DA Study Date: 20261123 (23 Nov 2026)",
        "(0009,1001) LO Private: ACME 1.0: secret␛[2Jsauce",
        "(0010,0010) PN Patient's Name: Öberg^Märta (Öberg, Märta)",
        "(0028,0010) US Rows: 16",
        "(7FE0,0010) OW Pixel Data: 512 bytes",
    ] {
        assert!(
            run.out.lines().any(|own| own == line),
            "{line}\n{}",
            run.out
        );
    }
    assert!(!run.out.contains('\x1B'), "a terminal is told nothing");
}

#[test]
fn the_same_attributes_are_printed_however_a_file_is_written() {
    let mut all = Vec::new();
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED] {
        let study = StudyBuilder::new()
            .study_uid("1.2.3")
            .patient("Öberg^Märta", "P-1")
            .transfer_syntax(syntax);
        let (_folder, file) = written(&study);
        let run = show(&file, &["--json"]);
        assert_eq!(run.status, 0, "{syntax} {}", run.says());
        let mut printed: Value = serde_json::from_str(&run.out).unwrap();
        let own = ["00080018", "0020000E", "7FE00010"];
        let set = printed.as_object_mut().unwrap();
        set.retain(|tag, _| !own.contains(&tag.as_str()));
        all.push(printed);
    }
    assert_eq!(
        all[0]["00100010"],
        json!({"vr": "PN", "Value": [{"Alphabetic": "Öberg^Märta"}]})
    );
    assert_eq!(all[0]["00280010"], json!({"vr": "US", "Value": [16]}));
    for other in &all[1..] {
        assert_eq!(&all[0], other);
    }
}

#[test]
fn pixel_data_is_named_by_its_place_in_the_file() {
    let (_folder, file) = written(&StudyBuilder::new().prefix("with blank and #"));
    let (json, ending) = attributes::json(&file).unwrap();
    assert_eq!(ending, Ending::Whole);
    let address = json["7FE00010"]["BulkDataURI"].as_str().unwrap();
    let (path, place) = address.split_once('?').unwrap();
    assert!(
        path.starts_with("file:///") && !path.contains([' ', '#']),
        "{path}"
    );
    let size = std::fs::metadata(&file).unwrap().len();
    assert_eq!(place, format!("offset={}&length=512", size - 512));
}

#[test]
fn no_address_is_given_into_what_a_deflated_file_unpacks_to() {
    let vast = vec![7; 16 * 1024 * 1024 + 2];
    let study = StudyBuilder::new()
        .transfer_syntax(DEFLATED)
        .with((0x0009, 0x0010), "LO", "US")
        .with((0x0009, 0x1000), "OB", vast);
    let (_folder, file) = written(&study);
    let (json, ending) = attributes::json(&file).unwrap();
    assert_eq!(ending, Ending::Whole);
    assert_eq!(json["00091000"], json!({"vr": "OB"}));
    let pixels = &json["7FE00010"];
    assert!(pixels["InlineBinary"].is_string(), "{pixels}");
}

#[test]
fn a_file_that_ends_too_early_is_printed_as_far_as_it_goes_and_the_command_fails() {
    let (_folder, file) = written(&StudyBuilder::new().cut_off(100));
    let run = show(&file, &[]);
    assert_eq!(run.status, 1);
    assert!(run.out.contains("(0028,0010) US Rows: 16"));
    assert!(
        run.err.contains("ends too early: 100 bytes are missing"),
        "{}",
        run.err
    );
    let run = show(&file, &["--json"]);
    assert_eq!(run.status, 1);
    let printed: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(printed["00280010"]["Value"], json!([16]));
}

#[test]
fn what_is_no_dicom_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("readme.txt");
    std::fs::write(&text, "hello").unwrap();
    let run = show(&text, &[]);
    assert_eq!((run.status, run.out.as_str()), (1, ""));
    assert!(
        run.err.contains("readme.txt: This is no DICOM file."),
        "{}",
        run.err
    );
    let run = show(&folder.path().join("none.dcm"), &["--json"]);
    assert_eq!((run.status, run.out.as_str()), (1, ""));
    assert!(run.err.contains("it is no longer there"), "{}", run.err);
}
