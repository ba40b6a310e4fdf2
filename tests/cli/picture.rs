//! `studydrop picture`: what the program writes, read again.

use std::path::{Path, PathBuf};

use crate::common::program::{Run, run};
use crate::common::studies::StudyBuilder;
use image::{ColorType, DynamicImage};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A file, and a place for its picture.
struct Bench {
    folder: TempDir,
    file: PathBuf,
}

impl Bench {
    fn new(study: &StudyBuilder) -> Self {
        let folder = tempdir().unwrap();
        let file = study.write_to(folder.path()).remove(0).path;
        Bench { folder, file }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out.png")
    }

    fn picture(&self, options: &[&str]) -> Run {
        self.picture_at(&self.out(), options)
    }

    fn picture_at(&self, out: &Path, options: &[&str]) -> Run {
        let (file, out) = (self.file.to_str().unwrap(), out.to_str().unwrap());
        let all: Vec<&str> = ["picture", file, out]
            .iter()
            .chain(options)
            .copied()
            .collect();
        run(self.folder.path(), &all)
    }

    fn written(&self) -> DynamicImage {
        image::open(self.out()).unwrap()
    }
}

fn grey() -> StudyBuilder {
    StudyBuilder::new().pixels(600, 3).frames(2)
}

#[test]
fn greys_are_written_in_full_size_a_byte_a_pixel() {
    let bench = Bench::new(&grey());
    let done = bench.picture(&["--frame", "2"]);
    assert_eq!(done.status, 0, "{}", done.says());
    assert!(
        done.out.contains("frame 2 of 2, 600 × 3 pixels"),
        "{}",
        done.out
    );
    let picture = bench.written();
    assert_eq!((picture.width(), picture.height()), (600, 3));
    assert_eq!(picture.color(), ColorType::L8);
    let greys = picture.to_luma8();
    assert_eq!(
        (greys.get_pixel(0, 0).0, greys.get_pixel(599, 2).0),
        ([0], [255])
    );
}

#[test]
fn a_window_takes_the_place_of_the_files() {
    let bench = Bench::new(&grey());
    // Values run from -1024 to 3071.
    let done = bench.picture(&["--window", "-1000,2", "--json"]);
    assert_eq!(done.status, 0, "{}", done.says());
    let object: Value = serde_json::from_str(done.out.trim()).unwrap();
    assert_eq!(
        (&object["event"], &object["frames"]),
        (&"picture".into(), &2.into())
    );
    assert_eq!(object["window"]["center"], -1000.0);
    let greys = bench.written().to_luma8();
    let white = greys.pixels().filter(|pixel| pixel.0 == [255]).count();
    assert!((1780..1800).contains(&white), "{white}");
}

#[test]
fn what_is_drawn_over_the_image_can_be_left_away() {
    let line = |number: u16| number.to_le_bytes();
    let study = grey()
        .with((0x6000, 0x10), "US", line(1))
        .with((0x6000, 0x11), "US", line(8))
        .with((0x6000, 0x50), "SS", [1, 0, 1, 0])
        .with((0x6000, 0x100), "US", line(1))
        .with((0x6000, 0x102), "US", line(0))
        .with((0x6000, 0x3000), "OW", [0xFF, 0]);
    let bench = Bench::new(&study);
    let first = |options: &[&str]| {
        assert_eq!(bench.picture(options).status, 0);
        bench.written().to_luma8().get_pixel(0, 0).0
    };
    assert_eq!(first(&[]), [255]);
    assert_eq!(first(&["--no-overlays"]), [0]);
}

#[test]
fn what_cannot_be_written_is_said_and_nothing_is_left_behind() {
    let bench = Bench::new(&grey());
    let says = |out: &Path, options: &[&str], words: &str| {
        let done = bench.picture_at(out, options);
        assert_ne!(done.status, 0, "{words}");
        assert!(done.says().contains(words), "{}", done.says());
    };
    let out = bench.out();
    says(
        &out,
        &["--frame", "3"],
        "The image has no frame 3: it has 2. Frames are counted from 1.",
    );
    says(&out, &["--frame", "0"], "--frame");
    says(&out, &["--window", "40"], "two numbers, such as 40,400");
    says(&out, &["--window", "40,-1"], "two numbers, such as 40,400");
    says(
        &bench.folder.path().join("out.jpg"),
        &[],
        "a name that ends in .png",
    );
    says(
        &bench.folder.path().join("none/out.png"),
        &[],
        "The picture could not be written",
    );
    let named = bench.folder.path().join("image.png");
    std::fs::rename(&bench.file, &named).unwrap();
    says(&out, &[], "it is no longer there");
    let bench = Bench {
        file: named.clone(),
        ..bench
    };
    let done = bench.picture_at(&named, &[]);
    assert!(
        done.says().contains("take the place of the image itself"),
        "{}",
        done.says()
    );
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 1);
    let report = StudyBuilder::new().sop_class("1.2.840.10008.5.1.4.1.1.88.11");
    let done = Bench::new(&report).picture(&[]);
    assert!(
        done.says()
            .contains("This is a structured report, not an image."),
        "{}",
        done.says()
    );
}

#[test]
fn a_frame_whose_end_is_missing_is_written_and_told_of() {
    let study = StudyBuilder::new()
        .pixels(4, 4)
        .with((0x7FE0, 0x10), "OW", [9, 0, 8, 0]);
    let bench = Bench::new(&study);
    let done = bench.picture(&[]);
    assert_eq!(done.status, 1);
    assert!(
        done.says().contains("The end of the frame is missing"),
        "{}",
        done.says()
    );
    assert_eq!(bench.written().width(), 4);
}
