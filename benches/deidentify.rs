//! How quickly files are de-identified, beside a plain copy of the same files and the Python tools dicom-anonymizer and
//! dicognito on the same machine in the same run. `cargo bench --bench deidentify`
//!
//! The Python tools are installed into a folder of their own where that is possible; where it is not, it says so.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly, and its output is what it is for"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::studies::StudyBuilder;
use studydrop::dicom::deidentify::{Cleaner, Piece, Profile, Secret, prepare};

const TURNS: usize = 3;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let python = python(folder.path());
    let made = folder.path().join("made");
    let study = StudyBuilder::new().patient("Öberg^Märta", "19510203-1234");
    study.series(4).images(100).pixels(512, 518).write_to(&made);
    measure(
        "400 made-up CT images of 530 KB",
        &made,
        folder.path(),
        python.as_deref(),
    );
    if let Some(real) = common::shared_dicom() {
        let mr = real.join("study_mr_ge_nih/20180918GE");
        measure(
            "600 MR images of a whole study, 25 KB",
            &mr,
            folder.path(),
            python.as_deref(),
        );
    }
}

fn measure(what: &str, input: &Path, work: &Path, python: Option<&Path>) {
    let mut paths = Vec::new();
    files(input, &mut paths);
    let bytes: u64 = paths
        .iter()
        .map(|path| path.metadata().unwrap().len())
        .sum();
    println!("{what}");
    let copy = fastest(work, |out| each(&paths, out, 1, copy_one));
    let line = |name: &str, took: Duration| {
        let (count, megabytes) = (paths.len() as f64, bytes as f64 / 1e6);
        println!(
            "  {name:<34} {:8.0} files/s {:8.0} MB/s   {:6.2} × a plain copy",
            count / took.as_secs_f64(),
            megabytes / took.as_secs_f64(),
            took.as_secs_f64() / copy.as_secs_f64()
        );
    };
    line("plain copy", copy);
    let cleaner = |residual_check| {
        let profile = Profile {
            residual_check,
            ..Profile::default()
        };
        Cleaner::new(Arc::new(profile), Secret::new([7; 32]))
    };
    let (checked, unchecked) = (cleaner(true), cleaner(false));
    let clean = |cleaner: &Cleaner, threads| {
        fastest(work, |out| {
            each(&paths, out, threads, |path, out| {
                clean_one(cleaner, path, out)
            })
        })
    };
    line("basic profile", clean(&checked, 1));
    line("basic profile, no residual check", clean(&unchecked, 1));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    line(
        &format!("basic profile, {threads} threads"),
        clean(&checked, threads),
    );
    let Some(python) = python else {
        return;
    };
    // One takes no folders within folders.
    let (flat, out) = (work.join("flat"), work.join("python"));
    fs::create_dir_all(&flat).unwrap();
    each(&paths, &flat, 1, copy_one);
    for (name, module) in [
        ("dicom-anonymizer (Python)", "dicomanonymizer.anonymizer"),
        ("dicognito (Python)", "dicognito.__main__"),
    ] {
        fs::create_dir_all(&out).unwrap();
        let (flat, out) = (flat.to_string_lossy(), out.to_string_lossy());
        let arguments = match name.starts_with("dicognito") {
            true => vec!["--output-directory", &*out, &*flat],
            false => vec![&*flat, &*out],
        };
        // Called as their programs call them: the one that is installed for dicognito does not start.
        let call = format!(
            "import sys; from {module} import main; sys.exit(main(sys.argv[1:]) if 'dicognito' in '{module}' else main())"
        );
        let start = Instant::now();
        let done = Command::new(python)
            .args(["-c", &call])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let took = start.elapsed();
        let mut written = Vec::new();
        files(Path::new(&*out), &mut written);
        match done {
            Ok(status) if status.success() && written.len() == paths.len() => line(name, took),
            _ => println!(
                "  {name:<34} failed: {} of {} files",
                written.len(),
                paths.len()
            ),
        }
        fs::remove_dir_all(&*out).unwrap();
    }
    fs::remove_dir_all(&flat).unwrap();
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, all),
            false => all.push(path),
        }
    }
}

/// The fastest of some turns: what else the machine does only ever adds.
fn fastest(work: &Path, mut turn: impl FnMut(&Path)) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..TURNS {
        let out = work.join("out");
        fs::create_dir_all(&out).unwrap();
        let start = Instant::now();
        turn(&out);
        best = best.min(start.elapsed());
        fs::remove_dir_all(&out).unwrap();
    }
    best
}

fn each(paths: &[PathBuf], out: &Path, threads: usize, one: impl Fn(&Path, &Path) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let number = path.to_string_lossy().replace(['/', '\\', ':'], "_");
                    one(path, &out.join(number));
                }
            });
        }
    });
}

fn copy_one(path: &Path, out: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(out, bytes).unwrap();
}

fn clean_one(cleaner: &Cleaner, path: &Path, out: &Path) {
    let file = File::open(path).unwrap();
    let size = file.metadata().unwrap().len();
    let mut source = BufReader::new(file);
    let outgoing = prepare(cleaner, &mut source, size, false, false).unwrap();
    let mut out = File::create(out).unwrap();
    for piece in &outgoing.cleaned.pieces {
        match piece {
            Piece::Bytes(bytes) => out.write_all(bytes).unwrap(),
            Piece::Source(place) => {
                source.seek(SeekFrom::Start(place.start)).unwrap();
                let mut part = source.by_ref().take(place.end - place.start);
                std::io::copy(&mut part, &mut out).unwrap();
            }
        }
    }
}

/// A Python in which the tools are installed.
fn python(folder: &Path) -> Option<PathBuf> {
    let home = folder.join("venv");
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        let done = command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|status| status.success())
    };
    let python = home.join("bin/python");
    let installed = run(
        Path::new("python3"),
        &["-m", "venv", &home.to_string_lossy()],
    ) && run(
        &python,
        &[
            "-m",
            "pip",
            "install",
            "-q",
            "dicom-anonymizer",
            "dicognito",
        ],
    );
    if !installed {
        println!("dicom-anonymizer and dicognito could not be installed here: not measured");
    }
    installed.then_some(python)
}
