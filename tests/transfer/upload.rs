//! The main job from the command line to the practice server's disk, in processes of their own.

mod contents;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::common;
use crate::common::program::{Practice, Run, run};
use serde_json::Value;
use studydrop::dicom::sample::write_sample_study;

fn folders() -> (tempfile::TempDir, tempfile::TempDir) {
    (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
}

fn number(object: &Value, field: &str) -> u64 {
    object[field]
        .as_u64()
        .unwrap_or_else(|| panic!("{field} in {object}"))
}

fn assert_closed(ledger: &Value) {
    let parts = ["sent", "already_there", "skipped", "failed"].map(|field| number(ledger, field));
    assert_eq!(
        number(ledger, "found"),
        parts.iter().sum::<u64>(),
        "{ledger}"
    );
}

fn upload(practice: &Practice, home: &Path, paths: &[&Path]) -> Run {
    let mut arguments = vec!["upload", "--json"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    practice.run(home, &arguments)
}

fn same_bytes(practice: &Practice, originals: &[PathBuf]) {
    let held: BTreeSet<Vec<u8>> = practice
        .stored()
        .iter()
        .map(|(_, path)| fs::read(path).unwrap())
        .collect();
    for original in originals {
        assert!(
            held.contains(&fs::read(original).unwrap()),
            "{} is not held as it is",
            original.display()
        );
    }
}

#[test]
fn a_study_arrives_byte_for_byte_and_a_second_run_sends_nothing_anew() {
    let (home, data) = folders();
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    let practice = Practice::start(data.path());
    let first = upload(&practice, home.path(), &[study.path()]);
    assert_eq!(first.status, 0, "{}", first.says());
    let [ledger] = first.events("ledger").try_into().unwrap();
    assert_closed(&ledger);
    assert_eq!(number(&ledger, "sent"), files.len() as u64);
    assert_eq!(ledger["state"], "verified");
    same_bytes(&practice, &files);

    let second = upload(&practice, home.path(), &[study.path()]);
    assert_eq!(second.status, 0, "{}", second.says());
    let [ledger] = second.events("ledger").try_into().unwrap();
    assert_closed(&ledger);
    assert_eq!(
        (number(&ledger, "sent"), number(&ledger, "already_there")),
        (0, files.len() as u64)
    );
    assert!(second.events("sent").is_empty());

    let orders = practice.run(home.path(), &["orders", "--json", "--name", "oberg"]);
    let [order]: [Value; 1] = orders
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(order["PatientName"], "Öberg^Märta");
    assert_eq!(number(&order, "ImagesCount"), files.len() as u64);
    assert_eq!(order["PerformedDatetime"], "2026-11-23 09:14");
}

#[test]
fn a_study_goes_into_the_folder_and_the_location_that_were_named() {
    let (home, data) = folders();
    let study = tempfile::tempdir().unwrap();
    write_sample_study(study.path()).unwrap();
    let practice = Practice::start(data.path());
    let path = study.path().to_str().unwrap();
    let arguments = [
        "upload",
        path,
        "--location",
        "outpatient clinic",
        "--folder",
        "Trauma/Week 48",
    ];
    let sent = practice.run(home.path(), &arguments);
    assert_eq!(sent.status, 0, "{}", sent.says());
    let in_folder = practice.run(
        home.path(),
        &["orders", "--json", "--folder", "Trauma/Week 48"],
    );
    assert_eq!(in_folder.out.lines().count(), 1, "{}", in_folder.says());
    let elsewhere = practice.run(
        home.path(),
        &["orders", "--json", "--location", "Main hospital"],
    );
    assert_eq!(elsewhere.out, "");
    let nowhere = practice.run(home.path(), &["upload", path, "--folder", "Trauma/Week 99"]);
    assert_eq!(nowhere.status, 1);
    assert!(nowhere.err.contains("Week 99"), "{}", nowhere.says());
}

#[test]
fn one_damaged_file_is_named_and_the_rest_arrives() {
    let (home, data) = folders();
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    let bytes = fs::read(&files[3]).unwrap();
    fs::write(&files[3], &bytes[..bytes.len() / 2]).unwrap();
    let practice = Practice::start(data.path());
    let sent = upload(&practice, home.path(), &[study.path()]);
    assert_eq!(sent.status, 1, "{}", sent.says());
    let [skipped] = sent.events("skipped").try_into().unwrap();
    assert_eq!(skipped["path"], files[3].to_str().unwrap());
    assert_eq!(skipped["problem"], true);
    let [ledger] = sent.events("ledger").try_into().unwrap();
    assert_closed(&ledger);
    assert_eq!(number(&ledger, "sent"), files.len() as u64 - 1);
    assert_eq!(ledger["state"], "needs attention");
}

#[test]
fn a_server_whose_disk_is_full_keeps_what_fits_and_the_rest_is_named() {
    let (home, data) = folders();
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    let size = fs::metadata(&files[0]).unwrap().len();
    let practice = Practice::start_with(
        data.path(),
        "127.0.0.1:0",
        &["--capacity", &(size * 5).to_string()],
    );
    let sent = upload(&practice, home.path(), &[study.path()]);
    assert_eq!(sent.status, 1);
    let [ledger] = sent.events("ledger").try_into().unwrap();
    assert_closed(&ledger);
    assert!((1..=5).contains(&number(&ledger, "sent")), "{ledger}");
    assert_eq!(practice.stored().len() as u64, number(&ledger, "sent"));
    for failed in sent.events("failed") {
        assert!(
            failed["reason"].as_str().unwrap().contains("disk is full"),
            "{failed}"
        );
    }
}

#[test]
fn a_folder_without_dicom_says_what_is_in_it() {
    let (home, data) = folders();
    let empty = tempfile::tempdir().unwrap();
    let practice = Practice::start(data.path());
    let nothing = upload(&practice, home.path(), &[empty.path()]);
    assert_eq!(nothing.status, 1);
    assert!(nothing.err.contains("No DICOM files"), "{}", nothing.says());
    for number in 0..500 {
        fs::write(empty.path().join(format!("{number}.txt")), "text").unwrap();
    }
    let texts = upload(&practice, home.path(), &[empty.path()]);
    let [total] = texts.events("total").try_into().unwrap();
    assert_eq!(
        (number(&total, "found"), number(&total, "skipped")),
        (500, 500)
    );
}

#[test]
fn wrong_keys_and_an_unreachable_router_are_said_in_one_sentence_without_the_keys() {
    let (home, data) = folders();
    let practice = Practice::start(data.path());
    let wrong = "3f2c9a10-5f0e-4c1b-9a57-0c2f8f1f77a2";
    let mut command = practice.command(home.path(), &["orders"]);
    let refused = Run::of(command.env("STUDYDROP_API_KEY", wrong).output().unwrap());
    assert_eq!(refused.status, 1);
    assert!(
        refused.err.contains("did not accept the keys"),
        "{}",
        refused.says()
    );
    let mut command = practice.command(home.path(), &["orders"]);
    let unreachable = Run::of(
        command
            .env("STUDYDROP_ROUTER", "http://127.0.0.1:9/")
            .output()
            .unwrap(),
    );
    assert!(
        unreachable.err.contains("127.0.0.1:9 cannot be reached"),
        "{}",
        unreachable.says()
    );
    let mut command = practice.command(home.path(), &["orders"]);
    let plain = Run::of(
        command
            .env("STUDYDROP_ROUTER", "http://example.com/")
            .output()
            .unwrap(),
    );
    assert!(plain.err.contains("not encrypted"), "{}", plain.says());
    for run in [refused, unreachable, plain] {
        assert_eq!(run.err.lines().count(), 1, "{}", run.says());
        assert!(
            !run.err.contains(wrong)
                && !run
                    .err
                    .contains(practice.hello["api_key"].as_str().unwrap())
        );
    }
    let nobody = run(home.path(), &["orders"]);
    assert_eq!(nobody.status, 1);
    assert!(
        nobody.err.contains("STUDYDROP_ACCOUNT_KEY"),
        "{}",
        nobody.says()
    );
}

#[test]
fn any_known_method_can_be_called_and_wrong_parameters_are_named() {
    let (home, data) = folders();
    let practice = Practice::start(data.path());
    let call =
        |method: &str, parameters: &str| practice.run(home.path(), &["call", method, parameters]);
    let folders = call("GetFolderList", r#"{"folderName": "trauma"}"#);
    assert_eq!(folders.status, 0, "{}", folders.says());
    let answer: Value = serde_json::from_str(&folders.out).unwrap();
    assert_eq!(answer["Folder"]["SubFolderList"][0]["FolderName"], "Trauma");
    let account: Value = serde_json::from_str(&call("Initialize", "{}").out).unwrap();
    assert_eq!(account["Account"]["UserList"].as_array().unwrap().len(), 4);
    for (method, parameters, named) in [
        (
            "GetPatientOrderListInFolder",
            r#"{"folderUuid": "not-a-guid"}"#,
            "folderUuid",
        ),
        (
            "GetPatientOrderListWithDateRange",
            r#"{"startDate": "2026-02-30"}"#,
            "startDate",
        ),
        (
            "GetPatientOrderListWithDateRange",
            r#"{"startDate": "2026-03-02", "endDate": "2026-03-01"}"#,
            "endDate",
        ),
        (
            "GetPatientOrderList",
            r#"{"patientNaem": "x"}"#,
            "patientNaem",
        ),
        ("GetPatientOrderList", "{", "no JSON"),
        ("MakeCoffee", "{}", "MakeCoffee"),
    ] {
        let wrong = call(method, parameters);
        assert_eq!(wrong.status, 1, "{}", wrong.says());
        assert!(wrong.err.contains(named), "{}", wrong.says());
    }
}

#[test]
fn a_server_that_is_killed_and_comes_back_gets_the_rest() {
    let (home, data) = folders();
    let study = tempfile::tempdir().unwrap();
    let files = write_sample_study(study.path()).unwrap();
    // Large enough to be in the middle when the server dies.
    let big = study.path().join("big");
    let mut bytes = fs::read(&files[0]).unwrap();
    bytes.resize(120 * 1024 * 1024, 0);
    fs::write(&big, &bytes).unwrap();
    fs::remove_file(&files[0]).unwrap();
    let practice = Practice::start(data.path());
    let address = practice.address();
    let mut command = practice.command(
        home.path(),
        &["upload", "--json", study.path().to_str().unwrap()],
    );
    let mut running = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // As soon as something has arrived, and before all has.
    while fs::read_dir(data.path().join("incoming")).unwrap().count() < 1
        && running.try_wait().unwrap().is_none()
    {
        std::thread::yield_now();
    }
    practice.kill();
    let practice = Practice::start_with(data.path(), &address, &[]);
    let ended = Run::of(running.wait_with_output().unwrap());
    assert_eq!(ended.status, 0, "{}", ended.says());
    let [ledger] = ended.events("ledger").try_into().unwrap();
    assert_closed(&ledger);
    assert_eq!(number(&ledger, "sent"), files.len() as u64);
    same_bytes(&practice, &files[1..]);
    same_bytes(&practice, &[big]);
}

#[test]
fn every_real_study_arrives_whole_and_only_once() {
    let Some(real) = common::shared_dicom() else {
        return;
    };
    let (home, data) = folders();
    let scan = run(home.path(), &["scan", "--json", real.to_str().unwrap()]);
    let skipped: BTreeSet<String> = scan
        .events("skipped")
        .iter()
        .map(|event| event["path"].as_str().unwrap().to_owned())
        .collect();
    let mut studies: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for found in scan.events("found") {
        let path = found["path"].as_str().unwrap();
        // Made to be refused; they have a test of their own.
        if !skipped.contains(path) && !path.contains("fuzz_malformed") {
            studies
                .entry(found["study_instance_uid"].as_str().unwrap().to_owned())
                .or_default()
                .push(path.into());
        }
    }
    assert!(studies.len() > 70, "{} studies", studies.len());
    let practice = Practice::start(data.path());
    for (uid, files) in &studies {
        let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        for run_number in [1, 2] {
            let sent = upload(&practice, home.path(), &paths);
            assert_eq!(sent.status, 0, "{uid}: {}", sent.says());
            let [ledger] = sent.events("ledger").try_into().unwrap();
            assert_closed(&ledger);
            let fresh = if run_number == 1 {
                files.len() as u64
            } else {
                0
            };
            assert_eq!(number(&ledger, "sent"), fresh, "{uid}, run {run_number}");
            assert_eq!(ledger["state"], "verified");
        }
    }
    let all: Vec<PathBuf> = studies.values().flatten().cloned().collect();
    same_bytes(&practice, &all);
    assert_eq!(practice.stored().len(), all.len());
    let orders = practice.run(home.path(), &["orders", "--json"]);
    let mut counted = BTreeMap::new();
    for line in orders.out.lines() {
        let order: Value = serde_json::from_str(line).unwrap();
        let uid = order["StudyInstanceUid"].as_str().unwrap().to_owned();
        assert!(
            counted.insert(uid, number(&order, "ImagesCount")).is_none(),
            "two orders of one study"
        );
    }
    let expected: BTreeMap<String, u64> = studies
        .iter()
        .map(|(uid, files)| (uid.clone(), files.len() as u64))
        .collect();
    assert_eq!(counted, expected);
}

#[test]
fn malformed_files_are_sent_or_refused_by_name_and_nothing_falls_over() {
    let Some(real) = common::shared_dicom() else {
        return;
    };
    let (home, data) = folders();
    let practice = Practice::start(data.path());
    let sent = upload(&practice, home.path(), &[&real.join("fuzz_malformed_a")]);
    assert_eq!(sent.status, 1, "{}", sent.says());
    for ledger in sent.events("ledger") {
        assert_closed(&ledger);
    }
    let [total] = sent.events("total").try_into().unwrap();
    assert_closed(&total);
    assert_eq!(number(&total, "found"), 58);
    // Many of them say to be of one study and of other patients: nobody said that these are to go.
    assert!(number(&total, "failed") > 20, "{total}");
    let agreed = [
        "upload",
        "--json",
        "--yes-two-patients",
        real.join("fuzz_malformed_a").to_str().unwrap(),
    ]
    .map(str::to_owned);
    let agreed = practice.run(home.path(), &agreed.each_ref().map(String::as_str));
    let [total] = agreed.events("total").try_into().unwrap();
    assert_closed(&total);
    assert_eq!(number(&total, "found"), 58);
    assert!(number(&total, "sent") > 20, "{total}");
    for failed in sent.events("failed").iter().chain(&sent.events("skipped")) {
        assert!(!failed["reason"].as_str().unwrap().is_empty(), "{failed}");
    }
    let alive = practice.run(home.path(), &["orders"]);
    assert_eq!(alive.status, 0, "{}", alive.says());
}
