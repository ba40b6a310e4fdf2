//! What lies in archives, sent by the program to its practice server, which then holds the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::common;
use crate::common::archives::*;
use crate::common::program::{Practice, Run};
use crate::common::studies::StudyBuilder;

struct Bench {
    practice: Practice,
    home: TempDir,
    drop: TempDir,
    _data: TempDir,
}

impl Bench {
    fn new() -> Self {
        let data = tempdir().unwrap();
        Bench {
            practice: Practice::start(data.path()),
            home: tempdir().unwrap(),
            drop: tempdir().unwrap(),
            _data: data,
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        write(self.drop.path(), name, bytes)
    }

    fn run(&self, arguments: &[&str], path: &Path, password: Option<&str>) -> Run {
        let mut all: Vec<&str> = arguments.to_vec();
        all.push(path.to_str().unwrap());
        let mut command = self.practice.command(self.home.path(), &all);
        match password {
            Some(password) => command.env("STUDYDROP_ZIP_PASSWORD", password),
            None => command.env_remove("STUDYDROP_ZIP_PASSWORD"),
        };
        Run::of(command.stdin(std::process::Stdio::null()).output().unwrap())
    }

    fn upload(&self, path: &Path, password: Option<&str>) -> Run {
        self.run(&["upload", "--json"], path, password)
    }

    /// The bytes that the server holds, by SOP Instance UID.
    fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        let stored = self.practice.stored().into_iter();
        stored
            .map(|(uid, path)| (uid, fs::read(path).unwrap()))
            .collect()
    }
}

fn total(run: &Run) -> [u64; 5] {
    let totals = run.events("total");
    let total = totals.first().unwrap_or_else(|| panic!("{}", run.says()));
    ["found", "sent", "already_there", "skipped", "failed"]
        .map(|name| total[name].as_u64().unwrap())
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

fn zip_of_folder(how: How, folder: &Path) -> Vec<u8> {
    let files: Vec<(String, Vec<u8>)> = files_below(folder)
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (&**name, &**bytes))
        .collect();
    zip(how, &files)
}

/// Every image of the shared disc arrives as it is on the disc.
fn arrives_whole(make: impl Fn(&Bench, &Path) -> PathBuf) {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let disc = shared.join("pydicom_test_files/test_files/dicomdirtests");
    let bench = Bench::new();
    let dropped = make(&bench, &disc);
    let run = bench.upload(&dropped, None);
    let [found, sent, there, skipped, failed] = total(&run);
    assert_eq!((there, failed), (0, 0), "{}", run.says());
    assert_eq!(found, sent + skipped);
    assert_eq!(sent, 81, "{}", run.says());
    assert_eq!(found, 89, "each file of the disc is accounted for");
    let stored = bench.stored();
    assert_eq!(stored.len(), 81);
    let mut originals: Vec<Vec<u8>> = files_below(&disc)
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    originals.retain(|bytes| stored.values().any(|held| held == bytes));
    assert_eq!(originals.len(), 81, "the same bytes");
    for disc in run.events("disc") {
        assert_eq!(disc["missing"], 0, "{disc}");
    }
    for ledger in run.events("ledger") {
        assert_eq!(ledger["state"], "verified", "{ledger}");
    }
}

#[test]
fn a_disc_arrives_whole() {
    arrives_whole(|_, disc| disc.to_owned());
}

#[test]
fn a_disc_in_an_archive_arrives_whole() {
    arrives_whole(|bench, disc| bench.put("disc.zip", &zip_of_folder(How::Deflated, disc)));
}

#[test]
fn a_disc_in_an_archive_in_an_archive_arrives_whole() {
    arrives_whole(|bench, disc| {
        let inner = zip_of_folder(How::Stored, disc);
        bench.put(
            "outer.zip",
            &zip(How::Deflated, &[("from/a/colleague.zip", &inner)]),
        )
    });
}

#[test]
fn an_encrypted_archive_is_sent_with_its_password_and_not_without() {
    let bench = Bench::new();
    let study = StudyBuilder::new().pixels(64, 64);
    let images = [image_of(&study), image_of(&study)];
    let archive = bench.put(
        "locked.zip",
        &zip(
            How::Aes("open, sesame"),
            &[("a", &images[0]), ("b", &images[1])],
        ),
    );
    let run = bench.upload(&archive, None);
    assert_eq!(
        (run.status, total(&run)),
        (1, [2, 0, 0, 2, 0]),
        "{}",
        run.says()
    );
    assert!(
        run.err
            .contains("locked.zip is locked. Set STUDYDROP_ZIP_PASSWORD"),
        "{}",
        run.says()
    );
    let run = bench.upload(&archive, Some("wrong"));
    assert_eq!(total(&run), [2, 0, 0, 2, 0]);
    assert!(
        run.out
            .contains("The password of locked.zip is another one."),
        "{}",
        run.says()
    );
    let run = bench.upload(&archive, Some("open, sesame"));
    assert_eq!(
        (run.status, total(&run)),
        (0, [2, 2, 0, 0, 0]),
        "{}",
        run.says()
    );
    let held: Vec<Vec<u8>> = bench.stored().into_values().collect();
    assert!(images.iter().all(|image| held.contains(image)));
    for path in files_below(bench.home.path()) {
        let bytes = fs::read(&path).unwrap();
        let has = bytes.windows(12).any(|part| part == b"open, sesame");
        assert!(!has, "the password stands in {}", path.display());
    }
}

#[test]
fn a_damaged_file_in_an_archive_fails_alone() {
    let bench = Bench::new();
    let study = StudyBuilder::new().pixels(64, 64);
    let images = [image_of(&study), image_of(&study), image_of(&study)];
    let mut bytes = zip(
        How::Stored,
        &[("a", &images[0]), ("b", &images[1]), ("c", &images[2])],
    );
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    let archive = bench.put("damaged.zip", &bytes);
    let run = bench.upload(&archive, None);
    assert_eq!(
        (run.status, total(&run)),
        (1, [3, 2, 0, 0, 1]),
        "{}",
        run.says()
    );
    let failed = run.events("failed");
    let reason = failed[0]["reason"].as_str().unwrap();
    assert!(reason.contains("damaged in its archive"), "{reason}");
    assert_eq!(failed[0]["path"], archive.join("b").to_str().unwrap());
    assert_eq!(bench.stored().len(), 2);
    // Cleaned on its way out, it is not sent either.
    let run = bench.run(
        &[
            "upload",
            "--json",
            "--if-there",
            "replace",
            "--set",
            "PatientName=Doe",
        ],
        &archive,
        None,
    );
    assert_eq!(total(&run), [3, 2, 0, 0, 1], "{}", run.says());
}

#[test]
fn files_in_archives_are_cleaned_like_any_others() {
    let bench = Bench::new();
    let study = StudyBuilder::new().patient("Secret^Name", "S-77").images(3);
    let files = tempdir().unwrap();
    study.write_to(files.path());
    let archive = bench.put("study.zip", &zip_of_folder(How::Deflated, files.path()));
    let run = bench.run(
        &["upload", "--json", "--deidentify", "basic"],
        &archive,
        None,
    );
    assert_eq!(
        (run.status, total(&run)),
        (0, [3, 3, 0, 0, 0]),
        "{}",
        run.says()
    );
    let has = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    for bytes in bench.stored().values() {
        assert!(!has(bytes, b"Secret") && !has(bytes, b"S-77"));
    }
    let output = bench.drop.path().join("out");
    let locked = bench.put("locked.zip", &zip_of_folder(How::Aes("p"), files.path()));
    let mut command = bench.practice.command(
        bench.home.path(),
        &[
            "deidentify",
            "--fresh",
            locked.to_str().unwrap(),
            output.to_str().unwrap(),
        ],
    );
    let run = Run::of(command.env("STUDYDROP_ZIP_PASSWORD", "p").output().unwrap());
    assert_eq!(run.status, 0, "{}", run.says());
    assert_eq!(files_below(&output).len(), 3);
}

#[test]
fn a_scan_says_what_it_found_in_an_archive_and_on_a_disc() {
    let bench = Bench::new();
    let archive = bench.put(
        "s.zip",
        &zip(
            How::Deflated,
            &[("IM1", &image()), ("a.7z", b"7z\xBC\xAF\x27\x1C\0\x04")],
        ),
    );
    let run = bench.run(&["scan"], &archive, None);
    assert_eq!(run.status, 1);
    assert!(
        run.out
            .contains("s.zip/a.7z: A 7z archive is not read. Unpack it, then drop the folder."),
        "{}",
        run.says()
    );
    let run = bench.run(&["scan", "--json"], &archive, None);
    let found: Vec<Value> = run.events("found");
    assert_eq!(found[0]["path"], archive.join("IM1").to_str().unwrap());
}

/// A study in an archive goes on where it was when the program is killed, and what was changed meanwhile is not sent.
#[test]
fn an_upload_from_an_archive_goes_on_after_the_program_was_killed() {
    for change in ["nothing", "changed", "gone", "locked"] {
        let bench = Bench::new();
        let study = StudyBuilder::new().pixels(512, 512);
        let images: Vec<(String, Vec<u8>)> = (0..24)
            .map(|n| (format!("IM{n}"), image_of(&study)))
            .collect();
        let files: Vec<(&str, &[u8])> = images
            .iter()
            .map(|(name, bytes)| (&**name, &**bytes))
            .collect();
        let how = if change == "locked" {
            How::Aes("p")
        } else {
            How::Deflated
        };
        let archive = bench.put("study.zip", &zip(how, &files));
        let arguments = [
            "upload",
            "--limit",
            "2",
            "--connections",
            "1",
            archive.to_str().unwrap(),
        ];
        let mut child = bench
            .practice
            .command(bench.home.path(), &arguments)
            .env("STUDYDROP_ZIP_PASSWORD", "p")
            .spawn()
            .unwrap();
        // As soon as something has arrived.
        while bench.practice.stored().len() < 3 {
            assert!(
                child.try_wait().unwrap().is_none(),
                "it is slow enough to be killed"
            );
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        match change {
            "changed" => {
                let mut file = fs::OpenOptions::new().append(true).open(&archive).unwrap();
                file.write_all(b"more").unwrap();
            }
            "gone" => fs::remove_file(&archive).unwrap(),
            _ => {}
        }
        let run = bench
            .practice
            .run(bench.home.path(), &["upload", "--resume", "--json"]);
        let [found, sent, there, skipped, failed] = total(&run);
        assert_eq!((found, skipped), (24, 0), "{}", run.says());
        assert_eq!(sent + there + failed, 24);
        let reasons: Vec<Value> = run.events("failed");
        let says = |words: &str| {
            reasons
                .iter()
                .all(|one| one["reason"].as_str().unwrap().contains(words))
        };
        match change {
            "changed" => assert!(
                failed > 0 && says("The file changed after it was read"),
                "{}",
                run.says()
            ),
            "locked" => assert!(
                failed > 0 && says("The password of study.zip is not known any more."),
                "{}",
                run.says()
            ),
            "gone" => assert!(failed > 0 && says("no longer there"), "{}", run.says()),
            _ => {
                assert_eq!((run.status, failed), (0, 0), "{}", run.says());
                let held: Vec<Vec<u8>> = bench.stored().into_values().collect();
                assert_eq!(held.len(), 24);
                assert!(images.iter().all(|(_, bytes)| held.contains(bytes)));
            }
        }
    }
}
