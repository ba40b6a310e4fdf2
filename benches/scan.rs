//! How quickly a folder of studies is scanned, beside a plain loop that opens each file and reads its first 8 KiB; the same
//! studies in ZIP archives, stored, deflated, and in an archive in an archive, beside unpacking them once.
//! `cargo bench --bench scan`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly, and its output is what it is for"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::studies::StudyBuilder;
use studydrop::dicom::catalogue::Found;
use studydrop::dicom::scan::{Sink, scan};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const FILES: u32 = 2_000;
const TURNS: usize = 5;
/// Files in an archive.
const IN_ARCHIVE: usize = 1_000;

#[derive(Default)]
struct Count {
    images: AtomicU64,
    bytes: AtomicU64,
}

impl Sink for Count {
    fn found(&self, found: Found) {
        if let Found::Image(header) = found {
            self.images.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(header.image.size, Ordering::Relaxed);
        }
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("writing {FILES} files of 530 KB …");
    let study = StudyBuilder::new().series(4).images(FILES / 4);
    let written = study.pixels(512, 518).write_to(folder.path());
    let paths: Vec<PathBuf> = written.into_iter().map(|file| file.path).collect();
    // The fastest turn of each: what else the machine does only ever adds.
    let scanned = fastest(|| scan_all(folder.path()));
    let plain = fastest(|| read_beginnings(&paths));
    let count = f64::from(FILES);
    let megabytes = megabytes_of(folder.path());
    println!(
        "scan        {:8.0} files/s  {:8.0} MB/s of studies",
        count / scanned.as_secs_f64(),
        megabytes / scanned.as_secs_f64()
    );
    println!("plain loop  {:8.0} files/s", count / plain.as_secs_f64());
    println!(
        "ratio       {:8.2} (scan's files/s to the plain loop's)",
        plain.as_secs_f64() / scanned.as_secs_f64()
    );
    archives(folder.path(), &paths);
}

/// Scans the first files of the study in archives.
fn archives(folder: &Path, paths: &[PathBuf]) {
    let paths = &paths[..paths.len().min(IN_ARCHIVE)];
    let file = |method, name: &str, from: &[PathBuf]| {
        let path = folder.join(name);
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        let options = SimpleFileOptions::default().compression_method(method);
        for path in from {
            let name = path.file_name().unwrap().to_str().unwrap();
            writer.start_file(name, options).unwrap();
            std::io::copy(&mut File::open(path).unwrap(), &mut writer).unwrap();
        }
        writer.finish().unwrap();
        path
    };
    let stored = file(CompressionMethod::Stored, "stored.zip", paths);
    let deflated = file(CompressionMethod::Deflated, "deflated.zip", paths);
    let nested = file(
        CompressionMethod::Deflated,
        "outer.zip",
        std::slice::from_ref(&stored),
    );
    for (name, archive) in [
        ("stored", &stored),
        ("deflated", &deflated),
        ("nested", &nested),
    ] {
        let took = fastest(|| scan_count(archive, paths.len() as u64));
        println!(
            "{name:11} {:8.0} files/s",
            files_a_second(paths.len(), took)
        );
    }
    let once = fastest(|| {
        let mut archive = ZipArchive::new(File::open(&deflated).unwrap()).unwrap();
        for index in 0..archive.len() {
            std::io::copy(&mut archive.by_index(index).unwrap(), &mut std::io::sink()).unwrap();
        }
    });
    println!(
        "unpacked    {:8.0} files/s (all of the deflated one, once)",
        files_a_second(paths.len(), once)
    );
}

#[expect(clippy::cast_precision_loss, reason = "some thousand files")]
fn files_a_second(files: usize, took: Duration) -> f64 {
    files as f64 / took.as_secs_f64()
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let turn = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..TURNS).map(turn).min().unwrap()
}

fn scan_all(folder: &Path) {
    scan_count(folder, u64::from(FILES));
}

fn scan_count(path: &Path, files: u64) {
    let count = Count::default();
    scan(&[path.to_owned()], &count, &AtomicBool::new(false));
    assert_eq!(count.images.into_inner(), files);
}

fn read_beginnings(paths: &[PathBuf]) {
    let mut buffer = vec![0; 8 * 1024];
    let mut read = 0;
    for path in paths {
        read += File::open(path).unwrap().read(&mut buffer).unwrap();
    }
    assert_eq!(read, paths.len() * buffer.len());
}

#[expect(clippy::cast_precision_loss, reason = "about a thousand megabytes")]
fn megabytes_of(folder: &Path) -> f64 {
    let count = Count::default();
    scan(&[folder.to_owned()], &count, &AtomicBool::new(false));
    count.bytes.into_inner() as f64 / 1e6
}
