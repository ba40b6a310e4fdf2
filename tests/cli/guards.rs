//! What the command line promises whatever it is given: no patients are merged unasked, pseudonyms of several processes
//! agree, no name of a file harms a terminal or a reader of JSON, and an output that takes no more is told.
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::aloud::aloud;
use crate::common::program::{Practice, Run, run};
use crate::common::studies::StudyBuilder;
use tempfile::{TempDir, tempdir};

const PROGRAM: &str = env!("CARGO_BIN_EXE_studydrop");

/// Two patients, a study each.
fn two_patients() -> TempDir {
    let folder = tempdir().unwrap();
    for (name, id) in [("First^Person", "P-1"), ("Second^Person", "P-2")] {
        let study = StudyBuilder::new().patient(name, id).prefix(id);
        study.write_to(folder.path());
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return all;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

fn command(home: &Path, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("STUDYDROP_DATA", home);
    command
}

#[test]
fn one_name_for_several_patients_wants_a_yes_on_disk() {
    let (home, rest, input) = (tempdir().unwrap(), tempdir().unwrap(), two_patients());
    let clean = |name: &str, options: &[&str]| {
        let out = rest.path().join(name);
        let paths = ["deidentify", text(input.path()), text(&out)];
        (run(home.path(), &[&paths[..], options].concat()), out)
    };
    for set in ["PatientName=Doe^John", "PatientID=D-1"] {
        let (done, out) = clean("refused", &["--set", set]);
        assert_eq!(done.status, 1);
        assert!(
            done.err.contains("2 patients would become one"),
            "{}",
            done.says()
        );
        assert!(done.err.contains("--one-patient"), "{}", done.says());
        assert!(files(&out).is_empty(), "nothing was written");
    }
    let (done, out) = clean(
        "agreed",
        &["--set", "PatientName=Doe^John", "--one-patient"],
    );
    assert_eq!((done.status, files(&out).len()), (0, 2), "{}", done.says());
    // A profile of one's own that gives a name is no other thing.
    let profile = rest.path().join("named.toml");
    let lines =
        "name = \"named\"\nbasic = true\n[[replace]]\nattribute = \"PatientID\"\nvalue = \"D-1\"\n";
    fs::write(&profile, lines).unwrap();
    let (done, _) = clean("profile", &["--profile", text(&profile)]);
    assert!(
        done.err.contains("2 patients would become one"),
        "{}",
        done.says()
    );
    // What names nobody merges nobody.
    for options in [
        &["--set", "StudyDescription=Case"][..],
        &["--profile", "replace-only"],
    ] {
        let (done, _) = clean(options[1], options);
        assert_eq!(done.status, 0, "{}", done.says());
    }
    let table = rest.path().join("table.csv");
    let table = [
        "--pseudonyms",
        text(&table),
        "--new-pseudonyms",
        "--set",
        "PatientName=Doe",
    ];
    let (done, _) = clean("table", &table);
    assert_eq!(done.status, 0, "each has a pseudonym: {}", done.says());
}

#[test]
fn one_name_for_several_patients_wants_a_yes_before_anything_is_sent() {
    let (home, data, input) = (tempdir().unwrap(), tempdir().unwrap(), two_patients());
    let practice = Practice::start(data.path());
    let upload = |options: &[&str]| -> Run {
        let all = [&["upload", text(input.path())][..], options].concat();
        practice.run(home.path(), &all)
    };
    for deidentify in [&[][..], &["--deidentify", "basic"]] {
        let done = upload(&[&["--set", "PatientID=D-1"][..], deidentify].concat());
        assert_eq!(done.status, 1);
        assert!(
            done.err.contains("2 patients would become one"),
            "{}",
            done.says()
        );
    }
    assert!(practice.stored().is_empty());
    let done = upload(&["--set", "PatientID=D-1", "--one-patient"]);
    assert_eq!(done.status, 0, "{}", done.says());
    assert_eq!(practice.stored().len(), 2);
}

/// Three processes give pseudonyms from one table, again and again: each patient has one, and every one that stands in a
/// file stands in the table.
#[test]
fn three_processes_on_one_table_agree_in_fifty_rounds() {
    const ROUNDS: usize = 50;
    const PATIENTS: usize = 4;
    let (home, input, rest) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    for number in 0..PATIENTS {
        let id = format!("P-{number}");
        let study = StudyBuilder::new().patient("Some^Person", &id).pixels(2, 2);
        study.prefix(&id).write_to(input.path());
    }
    for round in 0..ROUNDS {
        let folder = rest.path().join(round.to_string());
        fs::create_dir(&folder).unwrap();
        let table = folder.join("table.csv");
        let begun: Vec<_> = (0..3)
            .map(|process| {
                let out = folder.join(format!("out-{process}"));
                let arguments = [
                    "deidentify",
                    text(input.path()),
                    text(&out),
                    "--json",
                    "--pseudonyms",
                    text(&table),
                    "--new-pseudonyms",
                    "--fresh",
                ];
                let mut command = command(home.path(), &arguments.map(OsStr::new));
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        let mut given = BTreeSet::new();
        for child in begun {
            let done = Run::of(child.wait_with_output().unwrap());
            assert_eq!(done.status, 0, "round {round}: {}", done.says());
            let cleaned = done.events("cleaned");
            assert_eq!(cleaned.len(), PATIENTS);
            given.extend(cleaned.iter().map(|one| one["patient_id"].to_string()));
        }
        let lines = fs::read_to_string(&table).unwrap();
        let rows: BTreeMap<&str, String> = lines
            .lines()
            .skip(1)
            .map(|line| line.split_once(',').unwrap())
            .map(|(old, new)| (old, format!("\"{}\"", new.split(',').next().unwrap())))
            .collect();
        assert_eq!(
            lines.lines().count(),
            PATIENTS + 1,
            "round {round}: {lines}"
        );
        assert_eq!(
            rows.into_values().collect::<BTreeSet<_>>(),
            given,
            "round {round}"
        );
    }
}

#[test]
fn a_name_that_is_no_unicode_is_told_with_its_bytes() {
    let (home, folder, rest) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    let data = tempdir().unwrap();
    let practice = Practice::start(data.path());
    let written = StudyBuilder::new().write_to(folder.path());
    let good = folder.path().join(OsStr::from_bytes(b"caf\xe9.dcm"));
    fs::rename(&written[0].path, &good).unwrap();
    fs::write(
        folder.path().join(OsStr::from_bytes(b"no\xff.dcm")),
        b"no DICOM",
    )
    .unwrap();
    let out = rest.path().join("out");
    for arguments in [
        &["scan", text(folder.path()), "--json"][..],
        &["deidentify", text(folder.path()), text(&out), "--json"],
        &["upload", text(folder.path()), "--json"],
    ] {
        let done = practice.run(home.path(), arguments);
        assert!(!done.err.contains("panicked"), "{}", done.says());
        let kind = ["found", "cleaned", "found"];
        let event = kind[["scan", "deidentify", "upload"]
            .iter()
            .position(|one| *one == arguments[0])
            .unwrap()];
        let [told] = done.events(event).try_into().unwrap();
        assert!(
            told["path"].as_str().unwrap().ends_with("caf\u{FFFD}.dcm"),
            "{told}"
        );
        let skipped = done.events("skipped");
        for (object, ending) in [(&told, &b"caf\xe9.dcm"[..]), (&skipped[0], b"no\xff.dcm")] {
            let bytes = object["path_bytes"].as_str().unwrap();
            let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bytes);
            assert!(bytes.unwrap().ends_with(ending), "{object}");
        }
    }
}

#[test]
fn control_characters_reach_no_terminal() {
    let (home, folder, rest) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    let evil = "e\u{1b}]0;owned\u{7}\n\u{9b}31m\u{7f}.txt";
    fs::write(folder.path().join(evil), b"no DICOM").unwrap();
    let study = StudyBuilder::new().patient("A\u{1b}[2J^B", "P\u{7}1");
    let study = study.description("x\u{1b}[1m").write_to(folder.path());
    let controls = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    let evil_path = folder.path().join(evil);
    let out = rest.path().join("out");
    for arguments in [
        &["scan", text(folder.path())][..],
        &["scan", text(folder.path()), "--json"],
        &["deidentify", text(folder.path()), text(&out)],
        &["show", text(&evil_path)],
        &["show", text(&study[0].path)],
        &["show", text(&study[0].path), "--json"],
        &["picture", text(&evil_path), text(&out.join("\u{1b}x.png"))],
        &["scan", "--\u{1b}[31mred"],
        &[
            "deidentify",
            text(folder.path()),
            text(&out),
            "--profile",
            "\u{1b}[31m",
        ],
    ] {
        let done = run(home.path(), arguments);
        assert!(
            !controls(&done.out) && !controls(&done.err),
            "{arguments:?}: {}",
            done.says()
        );
    }
    let done = run(home.path(), &["scan", text(folder.path())]);
    assert!(
        done.out
            .contains("e\\u{1b}]0;owned\\u{7}\\u{a}\\u{9b}31m\\u{7f}.txt"),
        "{}",
        done.out
    );
}

#[test]
fn an_output_that_takes_no_more_is_told() {
    let (home, folder) = (tempdir().unwrap(), two_patients());
    if !Path::new("/dev/full").exists() {
        return aloud("passed over: there is no /dev/full here");
    }
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["scan", text(folder.path())].map(OsStr::new);
    let done = command(home.path(), &arguments).stdout(full()).output();
    let done = Run::of(done.unwrap());
    assert_eq!(done.status, 1);
    assert!(
        done.err.contains("The output could not be written"),
        "{}",
        done.says()
    );
    // With nobody to tell, it still ends as it should.
    let mut both = command(home.path(), &arguments);
    let status = both.stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));
    // The report is there all the same.
    let (out, report) = (home.path().join("out"), home.path().join("report.json"));
    let paths = [folder.path(), &out].map(Path::as_os_str);
    let arguments = [
        &[OsStr::new("deidentify")],
        &paths[..],
        &[OsStr::new("--report"), report.as_os_str()],
    ];
    let done = command(home.path(), &arguments.concat())
        .stdout(full())
        .output();
    assert_eq!(done.unwrap().status.code(), Some(1));
    assert!(
        fs::read_to_string(report)
            .unwrap()
            .contains("\"cleaned\": 2")
    );
}

#[test]
fn too_few_threads_are_told() {
    let (home, folder) = (tempdir().unwrap(), two_patients());
    // An address space with room for the program and some threads' stacks: works for every user.
    let script = format!("ulimit -v $1; exec {PROGRAM} scan \"$0\"");
    let tried = |kilobytes: u32| {
        let done = Command::new("sh")
            .args(["-c", &script])
            .arg(folder.path())
            .arg(kilobytes.to_string())
            .env("STUDYDROP_DATA", home.path())
            .output();
        Run::of(done.unwrap())
    };
    let told = (1..=40).map(|step| tried(step * 10_000)).find(|done| {
        assert!(!done.err.contains("panicked"), "{}", done.says());
        done.err.contains("too few threads")
    });
    assert!(told.is_some_and(|done| done.status == 1));
}

#[test]
fn what_a_killed_run_left_is_in_nobodys_way() {
    let (home, rest, folder) = (tempdir().unwrap(), tempdir().unwrap(), two_patients());
    let out = rest.path().join("out");
    let series = out.join("2.25.1/2.25.2");
    fs::create_dir_all(&series).unwrap();
    for left in [out.join(".part-aB3xY9"), series.join(".part-Zz0000")] {
        fs::write(left, b"half a file").unwrap();
    }
    let done = run(
        home.path(),
        &["deidentify", text(folder.path()), text(&out)],
    );
    assert_eq!(done.status, 0, "{}", done.says());
    let names: Vec<PathBuf> = files(&out);
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names
            .iter()
            .all(|path| path.extension() == Some(OsStr::new("dcm")))
    );
}
