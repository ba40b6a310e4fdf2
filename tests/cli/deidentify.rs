//! `studydrop deidentify` and `studydrop profiles`: the program itself, on made-up files and on the real ones beside the
//! checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::common;
use crate::common::program::{Run, run};
use crate::common::studies::StudyBuilder;
use serde_json::Value;
use tempfile::TempDir;

struct Desk {
    home: TempDir,
    input: TempDir,
    rest: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = || tempfile::tempdir().unwrap();
        Desk {
            home: folder(),
            input: folder(),
            rest: folder(),
        }
    }

    fn output(&self) -> PathBuf {
        self.rest.path().join("out")
    }

    fn clean(&self, options: &[&str]) -> Run {
        self.clean_to(&self.output(), options)
    }

    fn clean_to(&self, output: &Path, options: &[&str]) -> Run {
        let paths = [self.input.path(), output].map(|path| path.to_str().unwrap());
        let all = [&["deidentify"], &paths[..], options].concat();
        run(self.home.path(), &all)
    }

    /// A file beside input and output.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.rest.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Names within the folder, and what is in the files.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, top: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, top, all),
                false => {
                    let name = path.strip_prefix(top).unwrap().display().to_string();
                    all.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(folder, folder, &mut all);
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

fn patient() -> StudyBuilder {
    StudyBuilder::new()
        .patient("Hallstrom^Benedikta", "HX-4471-09")
        .accession("ACC-99817")
        .description("Seen for Hallstrom")
}

#[test]
fn a_study_is_cleaned_into_a_folder_whose_names_say_nothing() {
    let desk = Desk::new();
    let written = patient()
        .series(2)
        .images(2)
        .prefix("Hallstrom_")
        .write_to(desk.input.path());
    std::fs::write(desk.input.path().join("notes.txt"), "Hallstrom").unwrap();
    let report = desk.rest.path().join("report.json");
    let done = desk.clean(&["--report", report.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{}", done.says());
    let after = files(&desk.output());
    assert_eq!(after.len(), 4);
    let report = std::fs::read_to_string(&report).unwrap();
    for text in [
        "Hallstrom",
        "Benedikta",
        "HX-4471-09",
        "ACC-99817",
        &written[0].study,
        &written[0].instance,
    ] {
        for (name, bytes) in &after {
            assert!(
                !holds(bytes, text) && !name.contains(text),
                "{text} in {name}"
            );
        }
        assert!(!report.contains(text), "{text} in the report");
    }
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["total"]["cleaned"], 4);
    let touched = report["files"][0]["touched"].as_array().unwrap();
    let name = touched
        .iter()
        .find(|one| one["attribute"] == "PatientName")
        .unwrap();
    assert!(name.get("before").is_none() && !name["why"].as_str().unwrap().is_empty());
    // Nothing half is left.
    assert!(
        after
            .keys()
            .all(|name| name.ends_with(".dcm") && !name.contains(".part-"))
    );

    // The same again: nothing is overwritten, and each is a failure.
    let again = desk.clean(&[]);
    assert_eq!(again.status, 1);
    assert!(again.out.contains("is there already"), "{}", again.says());
    assert_eq!(files(&desk.output()), after);

    // With this computer's key the names are the same elsewhere; with a fresh one they are not.
    let other = desk.rest.path().join("other");
    assert_eq!(desk.clean_to(&other, &[]).status, 0);
    assert_eq!(files(&other), after);
    let fresh = desk.rest.path().join("fresh");
    assert_eq!(desk.clean_to(&fresh, &["--fresh"]).status, 0);
    let names = |folder: &Path| files(folder).into_keys().collect::<BTreeSet<String>>();
    assert!(names(&fresh).is_disjoint(&names(&other)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = std::fs::metadata(desk.home.path().join("deidentify.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o077, 0);
    }
}

#[test]
fn old_and_new_values_are_in_the_report_only_when_asked_for() {
    let desk = Desk::new();
    patient().write_to(desk.input.path());
    let done = desk.clean(&["--values", "--set", "PatientName=Case^Seven", "--json"]);
    assert_eq!(done.status, 0, "{}", done.says());
    let [file] = done.events("cleaned").try_into().unwrap();
    assert_eq!(file["patient_name"], "Case^Seven");
    let touched = file["touched"].as_array().unwrap();
    let name = touched
        .iter()
        .find(|one| one["attribute"] == "PatientName")
        .unwrap();
    assert_eq!(name["action"], "replaced");
    assert!(name["before"].as_str().unwrap().contains("Hallstrom"));
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let desk = Desk::new();
    patient().images(2).write_to(desk.input.path());
    patient()
        .cut_off(100)
        .prefix("CUT")
        .write_to(desk.input.path());
    let done = desk.clean(&[]);
    assert_eq!(done.status, 1);
    assert!(
        done.out.contains("2 files cleaned") && done.out.contains("1 skipped"),
        "{}",
        done.says()
    );
    assert_eq!(files(&desk.output()).len(), 2);
}

#[test]
fn what_is_left_of_the_patient_stops_the_file_and_names_the_attribute() {
    let desk = Desk::new();
    patient().images(1).write_to(desk.input.path());
    let profile = "basic = false\nresidual-check = true\n[[replace]]\nattribute = \"PatientName\"\nvalue = \"X\"\n";
    let profile = desk.file("own.toml", profile);
    let done = desk.clean(&["--profile", &profile]);
    assert_eq!(done.status, 1);
    assert!(done.out.contains("StudyDescription"), "{}", done.says());
    let reason = done
        .out
        .lines()
        .find(|line| line.starts_with("failed"))
        .unwrap();
    let reason = reason.split_once(": ").unwrap().1;
    assert!(!reason.contains("Hallstrom"), "{reason}");
    assert!(files(&desk.output()).is_empty());
}

#[test]
fn pictures_that_may_show_a_name_need_a_yes_or_a_rectangle() {
    let desk = Desk::new();
    patient()
        .modality("US")
        .sop_class("1.2.840.10008.5.1.4.1.1.6.1")
        .write_to(desk.input.path());
    let held = desk.clean(&["--json"]);
    assert_eq!(held.status, 1);
    assert_eq!(held.events("held_back").len(), 1, "{}", held.says());
    assert!(files(&desk.output()).is_empty());
    let yes = desk.rest.path().join("yes");
    assert_eq!(desk.clean_to(&yes, &["--yes-burned-in"]).status, 0);
    let black = desk.rest.path().join("black");
    let done = desk.clean_to(&black, &["--rectangle", "0,0,16,4", "--json"]);
    assert_eq!(done.status, 0, "{}", done.says());
    assert_eq!(done.events("cleaned")[0]["pixels"]["pixels"], 64);
    let (plain, black) = (files(&yes), files(&black));
    let pixels = |all: &BTreeMap<String, Vec<u8>>| {
        let bytes = all.values().next().unwrap();
        bytes[bytes.len() - 512..].to_vec()
    };
    assert_eq!(pixels(&black)[..128], [0; 128]);
    assert_eq!(pixels(&black)[128..], pixels(&plain)[128..]);
}

#[test]
fn a_table_gives_patients_their_pseudonyms_and_refuses_those_it_does_not_know() {
    let desk = Desk::new();
    patient().write_to(desk.input.path());
    StudyBuilder::new()
        .patient("Other^Person", "Q-2231")
        .prefix("Q")
        .write_to(desk.input.path());
    let table = desk.file(
        "table.csv",
        "original ID;new ID;new name\r\nHX-4471-09;S-001;Case^One\r\n",
    );
    let done = desk.clean(&["--pseudonyms", &table, "--json"]);
    assert_eq!(done.status, 1);
    let cleaned = done.events("cleaned");
    assert_eq!(cleaned.len(), 1, "{}", done.says());
    assert_eq!(
        (&cleaned[0]["patient_id"], &cleaned[0]["patient_name"]),
        (&"S-001".into(), &"Case^One".into())
    );
    let [failed] = done.events("failed").try_into().unwrap();
    assert!(
        failed["reason"]
            .as_str()
            .unwrap()
            .contains("not in the table")
    );

    let more = desk.rest.path().join("more");
    let done = desk.clean_to(&more, &["--pseudonyms", &table, "--new-pseudonyms"]);
    assert_eq!(done.status, 0, "{}", done.says());
    let table = std::fs::read_to_string(&table).unwrap();
    assert!(
        table.lines().any(|line| line.starts_with("Q-2231;P")),
        "{table}"
    );
}

#[test]
fn profiles_are_listed_shown_and_taken_in() {
    let desk = Desk::new();
    let home = desk.home.path();
    let list = run(home, &["profiles"]);
    assert!(
        list.status == 0 && list.out.contains("basic-modified-dates"),
        "{}",
        list.says()
    );
    let shown = run(home, &["profiles", "show", "basic-modified-dates"]);
    assert!(
        shown.out.contains("dates = \"modified\""),
        "{}",
        shown.says()
    );
    let file = desk.file(
        "Ward 7.toml",
        &shown.out.replace("basic-modified-dates", ""),
    );
    assert_eq!(run(home, &["profiles", "import", &file]).status, 0);
    patient().write_to(desk.input.path());
    let done = desk.clean(&["--profile", "Ward 7"]);
    assert_eq!(done.status, 0, "{}", done.says());
    let wrong = desk.file(
        "wrong.toml",
        "basic = true\n\n[options]\nretain-everything = true\n",
    );
    let refused = run(home, &["profiles", "import", &wrong]);
    assert!(
        refused.status == 1 && refused.err.contains("Line 4"),
        "{}",
        refused.says()
    );
    let unknown = desk.clean(&["--profile", "Ward 9"]);
    assert!(unknown.err.contains("Ward 7"), "{}", unknown.says());
}

#[test]
fn a_command_that_would_write_over_something_is_refused_before_it_begins() {
    let desk = Desk::new();
    patient().write_to(desk.input.path());
    let same = desk.clean_to(desk.input.path(), &[]);
    assert!(
        same.status == 1 && same.err.contains("among the originals"),
        "{}",
        same.says()
    );
    let report = desk.file("report.json", "mine");
    let there = desk.clean(&["--report", &report]);
    assert!(
        there.status == 1 && there.err.contains("is there already"),
        "{}",
        there.says()
    );
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "mine");
    assert_eq!(desk.clean(&["--rectangle", "1,2,0,4"]).status, 2);
    assert_eq!(desk.clean(&["--new-pseudonyms"]).status, 2);
}

/// Every real file under each profile of the program: cleaned, or refused with a reason; no false alarm of the residual
/// check in whole studies, and the picture of `RGB_IMAGE.dcm` is pointed out though no header says it.
#[test]
fn real_studies_pass_and_pictures_with_text_are_held_back() {
    let Some(real) = common::shared_dicom() else {
        return;
    };
    for (folder, held) in [
        ("study_ct_philips_S21570", 6),
        ("study_mr_dcm4che", 0),
        ("ultrasound_text_deid_data", 3),
    ] {
        for profile in [
            "basic",
            "basic-modified-dates",
            "basic-keep-characteristics",
            "teaching",
        ] {
            let desk = Desk::new();
            let paths = [real.join(folder), desk.output()];
            let [input, output] = [0, 1].map(|at: usize| paths[at].to_str().unwrap());
            let done = run(
                desk.home.path(),
                &["deidentify", input, output, "--profile", profile, "--json"],
            );
            let failed: Vec<String> = done
                .events("failed")
                .iter()
                .map(|one| one["reason"].to_string())
                .collect();
            assert!(failed.is_empty(), "{folder} {profile}: {failed:#?}");
            assert_eq!(done.events("held_back").len(), held, "{folder}");
        }
    }
}
