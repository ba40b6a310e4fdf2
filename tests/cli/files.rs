//! `studydrop call` for the methods about files, and values replaced from the command line: the program itself against its
//! practice server, whose database is read behind its back.

use std::collections::BTreeSet;
use std::path::Path;

use crate::common::program;
use crate::common::program::{Practice, Run};
use crate::common::studies::StudyBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

struct Bench {
    practice: Practice,
    home: TempDir,
    study: TempDir,
    _data: TempDir,
}

impl Bench {
    fn new() -> Self {
        let (data, home, study) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        Bench {
            practice: Practice::start(data.path()),
            home,
            study,
            _data: data,
        }
    }

    fn call(&self, method: &str, parameters: &Value) -> Run {
        let parameters = parameters.to_string();
        self.practice
            .run(self.home.path(), &["call", method, &parameters])
    }

    /// User and location.
    fn place(&self) -> (String, String) {
        let account = only(&self.call("Initialize", &json!({})));
        let user = &account["Account"]["UserList"][0];
        let text = |value: &Value| value.as_str().expect("a GUID").to_owned();
        (
            text(&user["UserUuid"]),
            text(&user["InstitutionList"][0]["InstitutionUuid"]),
        )
    }

    fn holds(&self, text: &str) -> bool {
        self.practice.stored().iter().any(|(_, path)| {
            let bytes = std::fs::read(path).unwrap();
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        })
    }
}

/// The one JSON object that was printed.
fn only(run: &Run) -> Value {
    let mut lines = run.out.lines();
    let line = lines.next().unwrap_or_else(|| panic!("{}", run.says()));
    assert_eq!(lines.next(), None, "{}", run.says());
    serde_json::from_str(line).unwrap()
}

fn numbers(result: &Value) -> [u64; 5] {
    ["found", "sent", "already_there", "skipped", "failed"]
        .map(|name| result[name].as_u64().expect(name))
}

fn paths(folder: &Path) -> Value {
    json!([folder])
}

#[test]
fn the_command_line_knows_every_method_that_was_recorded_and_no_other() {
    let names = studydrop::cli::method_names();
    let known: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), 52);
    assert_eq!(known.len(), 52, "each once");
    let traces: Value = serde_json::from_str(include_str!("../data/traces.json")).unwrap();
    let traces = traces["traces"].as_array().unwrap();
    let recorded: BTreeSet<&str> = traces
        .iter()
        .filter_map(|trace| trace["method"].as_str())
        .collect();
    assert!(
        recorded.is_subset(&known),
        "{:?}",
        recorded.difference(&known)
    );
    // Reading files sends nothing, so nothing of it was recorded.
    let rest: Vec<_> = known.difference(&recorded).collect();
    assert_eq!(rest, [&"ReadDicomFiles"]);
}

#[test]
fn files_are_read_without_signing_in() {
    let (home, study) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    StudyBuilder::new()
        .patient("Öberg^Märta", "19510203-1234")
        .series(2)
        .images(3)
        .write_to(study.path());
    std::fs::write(study.path().join("notes.txt"), "no DICOM").unwrap();
    let parameters = json!({ "selectedFiles": [study.path()] }).to_string();
    let run = program::run(home.path(), &["call", "ReadDicomFiles", &parameters]);
    assert_eq!(run.status, 0, "{}", run.says());
    let read = only(&run);
    let patient = &read["patients"][0];
    assert_eq!(patient["PatientName"], "Öberg^Märta");
    assert_eq!(patient["PatientId"], "19510203-1234");
    assert_eq!(patient["PatientBirthdate"], "1951-02-03");
    let study = &patient["Studies"][0];
    assert_eq!(study["ImagesCount"], 6);
    assert_eq!(study["StudyDate"], "2026-11-23");
    assert_eq!(study["Series"].as_array().unwrap().len(), 2);
    assert_eq!(read["skipped"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_wrong_in_a_call_is_named_before_anybody_is_signed_in_to() {
    let home = tempfile::tempdir().unwrap();
    for (method, parameters, words) in [
        ("UploadDicomFile", json!({}), "UploadDicomFile"),
        ("UploadDicomFiles", json!({ "files": [] }), "files"),
        ("UploadDicomFiles", json!({}), "selectedFiles"),
        (
            "UploadDicomFiles",
            json!({ "selectedFiles": "x" }),
            "not a list",
        ),
        (
            "UploadDicomFiles",
            json!({ "selectedFiles": ["x"] }),
            "institutionUuid",
        ),
        (
            "UploadDicomFiles",
            json!({ "selectedFiles": ["x"], "institutionUuid": "000000c1" }),
            "not a GUID",
        ),
        (
            "UploadDicomFilesWithAnonymization",
            json!({ "selectedFiles": ["x"], "anonymizedData": [] }),
            "list is empty",
        ),
        (
            "UploadDicomFilesWithAnonymization",
            json!({ "selectedFiles": ["x"], "anonymizedData": [{ "Tag": "PatientNam", "Value": "" }] }),
            "PatientNam",
        ),
        (
            "UploadDicomFilesWithAnonymization",
            json!({ "selectedFiles": ["x"], "anonymizedData": [{ "Tag": "x00080050", "Value": "12345678901234567" }] }),
            "16 characters",
        ),
        (
            "UploadDocumentFiles",
            json!({ "selectedFiles": ["x"] }),
            "institutionUuid",
        ),
        ("ReadDicomFiles", json!([]), "JSON object"),
    ] {
        let run = program::run(home.path(), &["call", method, &parameters.to_string()]);
        assert_eq!(run.status, 1, "{method} {parameters}: {}", run.says());
        assert!(
            run.err.contains(words),
            "{method} {parameters}: {}",
            run.says()
        );
        assert!(
            run.out.is_empty() && !run.err.contains("no keys"),
            "{}",
            run.says()
        );
    }
}

#[test]
fn an_upload_says_what_became_of_every_file_and_which_order_it_is() {
    let bench = Bench::new();
    StudyBuilder::new().images(5).write_to(bench.study.path());
    std::fs::write(bench.study.path().join("notes.txt"), "no DICOM").unwrap();
    let (user, location) = bench.place();
    let parameters = json!({
        "userUuid": user,
        "institutionUuid": location,
        "selectedFiles": paths(bench.study.path()),
    });
    let run = bench.call("UploadDicomFiles", &parameters);
    assert_eq!(run.status, 0, "{}", run.says());
    let first = only(&run);
    assert_eq!(numbers(&first), [6, 5, 0, 1, 0]);
    assert_eq!(first["studies"][0]["state"], "verified");
    assert!(first["order"].is_string());
    let again = only(&bench.call("UploadDicomFiles", &parameters));
    assert_eq!(numbers(&again), [6, 0, 5, 1, 0]);
    assert_eq!(again["order"], first["order"]);
    assert_eq!(bench.practice.stored().len(), 5);
}

#[test]
fn an_anonymised_upload_stores_the_new_values_and_nothing_of_the_old_ones() {
    let bench = Bench::new();
    StudyBuilder::new()
        .patient("Secret^Person", "SECRET-1")
        .accession("SECRET-2")
        .images(3)
        .write_to(bench.study.path());
    let (_, location) = bench.place();
    let run = bench.call(
        "UploadDicomFilesWithAnonymization",
        &json!({
            "institutionUuid": location,
            "selectedFiles": paths(bench.study.path()),
            "anonymizedData": [
                { "Tag": "x00100010", "Value": "Doe^Jöhn" },
                { "Tag": "PatientId", "Value": "anon-1" },
                { "Tag": "AccessionNumber", "Value": "" },
            ],
        }),
    );
    assert_eq!(run.status, 0, "{}", run.says());
    assert_eq!(numbers(&only(&run)), [3, 3, 0, 0, 0]);
    assert!(bench.holds("Doe^Jöhn") && bench.holds("anon-1"));
    assert!(!bench.holds("Secret") && !bench.holds("SECRET"));
    let orders = bench
        .practice
        .run(bench.home.path(), &["orders", "--id", "anon-1", "--json"]);
    assert_eq!(only(&orders)["PatientName"], "Doe^Jöhn");
}

#[test]
fn values_are_set_from_the_command_line_and_a_file_that_cannot_be_cleaned_stays_here() {
    let bench = Bench::new();
    let good = StudyBuilder::new().patient("Secret^Person", "SECRET-1");
    good.images(4).write_to(bench.study.path());
    // Its lengths contradict each other inside a sequence: it can be sent as it is, and not be cleaned for certain.
    let mut item = b"\xFE\xFF\x00\xE0\x70\0\0\0\x10\0\x10\0PN\x0E\0Secret^Person ".to_vec();
    item[4] = 0x7F;
    StudyBuilder::new()
        .patient("Secret^Person", "SECRET-1")
        .with((0x0008, 0x1110), "SQ", item)
        .prefix("BAD")
        .write_to(bench.study.path());
    let folder = bench.study.path().to_str().unwrap();
    let run = bench.practice.run(
        bench.home.path(),
        &[
            "upload",
            folder,
            "--json",
            "--set",
            "PatientName=Doe=山田",
            "--set",
            "PatientID=anon",
        ],
    );
    assert_eq!(run.status, 1, "{}", run.says());
    let failed = run.events("failed");
    assert_eq!(failed.len(), 1, "{}", run.says());
    assert!(failed[0]["reason"].as_str().unwrap().contains("not sent"));
    let total = &run.events("total")[0];
    assert_eq!(numbers(total), [5, 4, 0, 0, 1]);
    assert!(!bench.holds("Secret") && !bench.holds("SECRET"));
    assert!(bench.holds("Doe=山田"));

    for (wrong, words) in [
        ("PatientName", "KEYWORD=VALUE"),
        ("Nothing=1", "Nothing"),
        ("StudyDate=2026-02-30", "no such day"),
    ] {
        let run = bench
            .practice
            .run(bench.home.path(), &["upload", folder, "--set", wrong]);
        assert_eq!(run.status, 2, "{}", run.says());
        assert!(
            run.err.contains(words) && run.err.contains("--set"),
            "{}",
            run.says()
        );
    }
}
