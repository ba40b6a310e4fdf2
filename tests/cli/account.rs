//! Folders, shares, searches and documents from the command line: the program itself against its practice server.

use crate::common::program::{Practice, Run};
use crate::common::studies;
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

    fn run(&self, arguments: &[&str]) -> Run {
        self.practice.run(self.home.path(), arguments)
    }

    fn good(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.says());
        run
    }

    /// Refused, with these words.
    fn refused(&self, arguments: &[&str], words: &str) {
        let run = self.run(arguments);
        assert_ne!(run.status, 0, "{arguments:?}: {}", run.says());
        assert!(run.err.contains(words), "{arguments:?}: {}", run.says());
        assert!(run.out.is_empty(), "{arguments:?}: {}", run.says());
    }

    fn objects(&self, arguments: &[&str]) -> Vec<Value> {
        objects(&self.good(arguments))
    }

    fn folders(&self, path: &str) -> Vec<String> {
        let folders = self.objects(&["folders", path, "--json"]);
        let name = |folder: &Value| folder["FolderName"].as_str().unwrap().to_owned();
        folders.iter().map(name).collect()
    }

    fn upload(&self, study: &StudyBuilder) -> Value {
        let folder = self.study.path().join(studies::new_uid());
        study.write_to(&folder);
        let run = self.good(&["upload", folder.to_str().unwrap(), "--json"]);
        run.events("ledger")[0]["order"].clone()
    }
}

fn objects(run: &Run) -> Vec<Value> {
    let lines = run.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

#[test]
fn folders_are_made_renamed_described_and_deleted_by_their_paths() {
    let bench = Bench::new();
    bench.good(&[
        "folders",
        "create",
        "Rounds/2026/Week 48",
        "--description",
        "Monday",
    ]);
    assert_eq!(bench.folders("Rounds"), ["2026"]);
    let listed = bench.objects(&["folders", "Rounds/2026", "--json"]);
    assert_eq!(listed[0]["FolderName"], "Week 48");
    assert_eq!(listed[0]["FolderDescription"], "Monday");
    bench.refused(&["folders", "create", "Rounds/2026/Week 48"], "Week 48");

    bench.good(&["folders", "rename", "Rounds/2026/Week 48", "Week 49"]);
    bench.good(&["folders", "describe", "Rounds/2026/Week 49", "Tuesday"]);
    let listed = bench.objects(&["folders", "rounds/2026", "--json"]);
    assert_eq!(listed[0]["FolderName"], "Week 49");
    assert_eq!(listed[0]["FolderDescription"], "Tuesday");

    bench.good(&["folders", "delete", "Rounds/2026"]);
    assert!(bench.folders("Rounds").is_empty());
}

#[test]
fn a_folder_that_cannot_be_is_refused_by_name() {
    let bench = Bench::new();
    bench.refused(&["folders", "create", "  "], "folder");
    bench.refused(&["folders", "create", &"x".repeat(300)], "255");
    bench.refused(
        &["folders", "rename", "Nowhere", "Else"],
        "no folder Nowhere",
    );
    bench.refused(&["folders", "delete", "Nowhere"], "no folder Nowhere");
    bench.refused(&["folders", "delete", ""], "no folder");
    bench.good(&["folders", "create", "A"]);
    bench.refused(&["folders", "rename", "A", "B/C"], "new name");
}

#[test]
fn orders_are_found_by_every_filter() {
    let bench = Bench::new();
    bench.upload(
        &StudyBuilder::new()
            .patient("Öberg^Märta", "P-1")
            .accession("A-1")
            .date("20261101"),
    );
    bench.upload(
        &StudyBuilder::new()
            .patient("Yamada^Tarou", "P-2")
            .accession("A-2")
            .modality("MR")
            .date("20261120"),
    );
    let found = |arguments: &[&str]| {
        let all = [&["orders", "--json"], arguments].concat();
        let mut ids: Vec<String> = bench
            .objects(&all)
            .iter()
            .map(|order| order["PatientId"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids.join(" ")
    };
    for (arguments, ids) in [
        (&[][..], "P-1 P-2"),
        (&["--name", "oberg*"], "P-1"),
        (&["--id", "P-2"], "P-2"),
        (&["--accession", "A-1"], "P-1"),
        (&["--modality", "MR"], "P-2"),
        (&["--modality", "CT,MR"], "P-1 P-2"),
        (&["--modality", "US"], ""),
        (&["--from", "2026-11-01", "--to", "2026-11-01"], "P-1"),
        (&["--from", "2026-11-02"], "P-2"),
        (
            &["--born-from", "1951-02-03", "--born-to", "1951-02-03"],
            "P-1 P-2",
        ),
        (&["--born-to", "1951-02-02"], ""),
        (&["--location", "Main hospital"], "P-1 P-2"),
        (&["--other-id", "none"], ""),
    ] {
        assert_eq!(found(arguments), ids, "{arguments:?}");
    }
    bench.refused(&["orders", "--from", "2026-02-30"], "--from");
    bench.refused(&["orders", "--born-to", "yesterday"], "--born-to");
    bench.refused(
        &["orders", "--from", "2026-11-02", "--to", "2026-11-01"],
        "--from 2026-11-02 is later than --to 2026-11-01",
    );
    bench.refused(&["orders", "--location", "Nowhere"], "Nowhere");
}

#[test]
fn orders_are_shared_by_a_link_until_a_day_to_come() {
    let bench = Bench::new();
    let order = bench.upload(&StudyBuilder::new());
    let order = order.as_str().unwrap();
    let shared = bench.objects(&[
        "share",
        "orders",
        order,
        "--expires",
        "7",
        "--may-download",
        "--json",
    ]);
    assert!(shared[0]["link"].as_str().unwrap().starts_with("http://"));
    assert!(!shared[0]["password"].as_str().unwrap().is_empty());
    assert_eq!(shared[0]["expires"].as_str().unwrap().len(), 10);
    let words = bench.good(&["share", "orders", order]).out;
    assert!(
        words.contains("Link: http://")
            && words.contains("Password: ")
            && words.contains("Ends: never"),
        "{words}"
    );
    let mailed = bench.objects(&[
        "share",
        "orders",
        order,
        "--email",
        "ann@example.org",
        "--password-to",
        "bo@example.org",
        "--json",
    ]);
    let outbox = mailed[0]["outbox"].as_str().unwrap();
    assert_eq!(std::fs::read_dir(outbox).unwrap().count(), 2);

    bench.refused(&["share", "orders", "000000c1"], "GUID");
    bench.refused(
        &["share", "orders", order, "--expires", "2001-01-01"],
        "--expires",
    );
    bench.refused(&["share", "orders", order, "--email", "nobody@"], "--email");
    bench.refused(
        &["share", "orders", order, "--password-to", "bo@example.org"],
        "--email",
    );
    bench.refused(
        &["share", "orders", "00000000-0000-4000-8000-0000000000c1"],
        "order",
    );
}

#[test]
fn a_folder_is_shared_by_a_link_with_a_password_of_ones_own_and_within_the_account() {
    let bench = Bench::new();
    bench.good(&["folders", "create", "Rounds"]);
    let mut command = bench.practice.command(
        bench.home.path(),
        &[
            "share",
            "folder",
            "Rounds",
            "--may-upload",
            "Main hospital",
            "--title",
            "For you",
            "--text",
            "Look",
            "--expires",
            "2999-12-31",
            "--json",
        ],
    );
    let output = command
        .env("STUDYDROP_SHARE_PASSWORD", "correct horse")
        .output()
        .unwrap();
    let run = Run::of(output);
    assert_eq!(run.status, 0, "{}", run.says());
    let shared = &objects(&run)[0];
    assert_eq!(shared["password"], "correct horse");
    assert_eq!(shared["expires"], "2999-12-31");
    let account: Value =
        serde_json::from_str(bench.good(&["call", "GetUserList"]).out.trim()).unwrap();
    let user = account["UserList"][0]["FullName"].as_str().unwrap();
    bench.good(&[
        "share",
        "folder",
        "Rounds",
        "--user",
        user,
        "--expires",
        "30",
    ]);
    bench.refused(
        &["share", "folder", "Rounds", "--user", "Nobody"],
        "no user Nobody",
    );
    bench.refused(
        &["share", "folder", "Rounds", "--group", "Nobody"],
        "no user group Nobody",
    );
    bench.refused(
        &["share", "folder", "Rounds", "--may-upload", "Nowhere"],
        "Nowhere",
    );
    bench.refused(&["share", "folder", "Nowhere"], "no folder Nowhere");
    let mut command = bench.practice.command(
        bench.home.path(),
        &["share", "folder", "Rounds", "--user", user],
    );
    let run = Run::of(
        command
            .env("STUDYDROP_SHARE_PASSWORD", "x")
            .output()
            .unwrap(),
    );
    assert_eq!(run.status, 1);
    assert!(
        run.err.contains("STUDYDROP_SHARE_PASSWORD"),
        "{}",
        run.says()
    );
}

#[test]
fn documents_and_anonymised_images_go_where_the_documented_methods_say() {
    let bench = Bench::new();
    let order = bench.upload(&StudyBuilder::new());
    let account = &bench.objects(&["call", "Initialize"])[0];
    let location = &account["Account"]["UserList"][0]["InstitutionList"][0]["InstitutionUuid"];
    let (pdf, text) = (
        bench.study.path().join("a.pdf"),
        bench.study.path().join("b.txt"),
    );
    std::fs::write(&pdf, "%PDF-1.4 report").unwrap();
    std::fs::write(&text, "no document").unwrap();
    let parameters = json!({
        "institutionUuid": location,
        "patientOrderUuid": order,
        "selectedFiles": [pdf, text],
    });
    let run = bench.run(&["call", "UploadDocumentFiles", &parameters.to_string()]);
    assert_eq!(run.status, 1, "{}", run.says());
    let result = &objects(&run)[0];
    assert_eq!(
        (&result["found"], &result["sent"], &result["failed"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert!(
        result["failed_files"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("b.txt")
    );
    let listed = &bench.objects(&["orders", "--json"])[0];
    assert_eq!(listed["DocumentsCount"], 1);

    let made = &bench.objects(&["folders", "create", "Rounds", "--json"])[0];
    let folder = bench.study.path().join("more");
    StudyBuilder::new()
        .patient("Secret^Person", "SECRET")
        .write_to(&folder);
    let parameters = json!({
        "institutionUuid": location,
        "folderUuid": made["folder"],
        "selectedFiles": [folder],
        "anonymizedData": [{ "Tag": "PatientName", "Value": "Doe" }, { "Tag": "PatientID", "Value": "anon" }],
    });
    bench.good(&[
        "call",
        "UploadDicomFilesIntoFolderWithAnonymization",
        &parameters.to_string(),
    ]);
    let there = bench.objects(&["orders", "--folder", "Rounds", "--json"]);
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["PatientName"], "Doe");
}

#[test]
fn images_that_get_an_open_orders_id_and_accession_number_go_into_that_order() {
    let bench = Bench::new();
    let account = &bench.objects(&["call", "Initialize"])[0];
    let location = &account["Account"]["UserList"][0]["InstitutionList"][0]["InstitutionUuid"];
    let parameters = json!({
        "institutionUuid": location,
        "patientName": "Öberg^Märta",
        "patientId": "P-9",
        "patientBirthdate": "1951-02-03",
        "modality": "CT",
        "accessionNumber": "A-9",
        "orderDate": "2026-11-23",
    });
    let made = &bench.objects(&[
        "call",
        "CreateOrderWithFullParameters",
        &parameters.to_string(),
    ])[0];
    let folder = bench.study.path().join("study");
    StudyBuilder::new()
        .patient("Öberg^Märta", "wrong")
        .accession("")
        .images(3)
        .write_to(&folder);
    let run = bench.good(&[
        "upload",
        folder.to_str().unwrap(),
        "--json",
        "--set",
        "PatientID=P-9",
        "--set",
        "AccessionNumber=A-9",
    ]);
    assert_eq!(
        run.events("ledger")[0]["order"],
        made["PatientOrderUuid"],
        "{}",
        run.says()
    );
    let orders = bench.objects(&["orders", "--json"]);
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["ImagesCount"], 3);
}

#[test]
fn the_log_that_the_window_shows_tells_of_the_command_line_and_names_nobody() {
    let bench = Bench::new();
    let order = bench.upload(&StudyBuilder::new());
    let order = order.as_str().unwrap();
    let shared = bench.objects(&["share", "orders", order, "--expires", "7", "--json"]);
    bench.good(&["folders", "create", "Secret name"]);
    bench.good(&["orders"]);
    bench.refused(&["folders", "delete", "Nowhere"], "Nowhere");
    bench.good(&["call", "DeleteFolder", &folder_of(&bench, "Secret name")]);
    let kept = std::fs::read_to_string(bench.home.path().join("log.jsonl")).unwrap();
    let entries: Vec<Value> = kept
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let what: Vec<&str> = entries
        .iter()
        .map(|e| e["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        what,
        [
            "Uploaded by the command line",
            "Shared by the command line",
            "A folder was changed by the command line",
            "A folder was changed by the command line",
            "DeleteFolder was called by the command line",
        ]
    );
    assert!(entries[0]["detail"].as_str().unwrap().starts_with("found "));
    assert!(entries[1]["detail"].as_str().unwrap().starts_with("until "));
    assert_eq!(
        (&entries[2]["tone"], &entries[3]["tone"]),
        (&"good".into(), &"bad".into())
    );
    let [link, password] = ["link", "password"].map(|name| shared[0][name].as_str().unwrap());
    for secret in [link, password, "Secret", order] {
        assert!(!kept.contains(secret), "{secret} is in {kept}");
    }
}

/// The parameters of a call about this folder.
fn folder_of(bench: &Bench, name: &str) -> String {
    let folders = bench.objects(&["folders", "--json"]);
    let folder = folders.iter().find(|folder| folder["FolderName"] == name);
    serde_json::json!({"folderUuid": folder.unwrap()["FolderUuid"]}).to_string()
}
