//! Pictures of real and made-up files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common;
use crate::common::studies::{BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, RLE, StudyBuilder};
use studydrop::dicom::image::render::{Picture, PreviewError, render};
use tempfile::tempdir;

fn one(folder: &Path, study: impl AsRef<StudyBuilder>) -> PathBuf {
    study.as_ref().write_to(folder).remove(0).path
}

/// Red of the first and of the last pixel.
fn ends(picture: &Picture) -> (u8, u8) {
    assert_eq!(
        picture.rgba.len(),
        picture.width as usize * picture.height as usize * 4
    );
    (picture.rgba[0], picture.rgba[picture.rgba.len() - 4])
}

#[test]
fn a_ramp_is_shown_from_black_to_white_however_it_is_written() {
    let folder = tempdir().unwrap();
    for syntax in [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED] {
        let ramp = StudyBuilder::new().transfer_syntax(syntax).pixels(32, 16);
        let picture = render(&one(folder.path(), ramp.clone()), 0, 512).unwrap();
        assert_eq!(
            (picture.width, picture.height, ends(&picture)),
            (32, 16, (0, 255)),
            "{syntax}"
        );
        let negative = ramp.photometric("MONOCHROME1");
        assert_eq!(
            ends(&render(&one(folder.path(), negative), 0, 512).unwrap()),
            (255, 0),
            "{syntax}"
        );
    }
    let bare = StudyBuilder::new().no_meta();
    assert_eq!(
        ends(&render(&one(folder.path(), bare), 0, 512).unwrap()),
        (0, 255)
    );
}

#[test]
fn the_files_first_window_is_used() {
    let folder = tempdir().unwrap();
    // Values run from -1024 to 3071; the window shows those from 2000 upwards as white.
    let study = StudyBuilder::new()
        .pixels(64, 64)
        .with((0x28, 0x1050), "DS", "1000\\40")
        .with((0x28, 0x1051), "DS", "2000\\400");
    let picture = render(&one(folder.path(), study), 0, 64).unwrap();
    let reds: Vec<u8> = picture.rgba.chunks(4).map(|pixel| pixel[0]).collect();
    assert_eq!((reds[1023], reds[4095 * 3 / 4 + 10]), (0, 255));
    let middle = reds[4095 * 2024 / 4095];
    assert!((125..=130).contains(&middle), "{middle}");
}

#[test]
fn a_picture_is_averaged_down_and_never_blown_up() {
    let folder = tempdir().unwrap();
    let path = one(folder.path(), StudyBuilder::new().pixels(100, 40));
    let small = render(&path, 0, 50).unwrap();
    assert_eq!((small.width, small.height), (50, 20));
    assert_eq!(render(&path, 0, 4000).unwrap().width, 100);
    assert_eq!(render(&path, 0, 0).unwrap().width, 1);
}

#[test]
fn a_frame_that_is_not_there_is_refused() {
    let folder = tempdir().unwrap();
    let path = one(folder.path(), StudyBuilder::new().frames(3));
    assert!(render(&path, 2, 64).is_ok());
    let error = render(&path, 3, 64).unwrap_err();
    assert_eq!(error.to_string(), "The image has no frame 4: it has 3.");
}

#[test]
fn a_colour_is_shown_as_it_is_stored() {
    let folder = tempdir().unwrap();
    let colour = |interpretation, planes: u16, pixels: [u8; 6]| {
        StudyBuilder::new()
            .pixels(2, 1)
            .photometric(interpretation)
            .with((0x28, 0x02), "US", 3u16.to_le_bytes())
            .with((0x28, 0x06), "US", planes.to_le_bytes())
            .with((0x28, 0x100), "US", 8u16.to_le_bytes())
            .with((0x28, 0x101), "US", 8u16.to_le_bytes())
            .with((0x28, 0x102), "US", 7u16.to_le_bytes())
            .with((0x7FE0, 0x10), "OB", pixels)
    };
    let shown = |study| render(&one(folder.path(), study), 0, 8).unwrap().rgba;
    let expected = [200, 10, 20, 255, 30, 40, 50, 255];
    assert_eq!(shown(colour("RGB", 0, [200, 10, 20, 30, 40, 50])), expected);
    assert_eq!(shown(colour("RGB", 1, [200, 30, 10, 40, 20, 50])), expected);
    // Pure red and a grey.
    let picture = shown(colour("YBR_FULL", 0, [76, 85, 255, 90, 128, 128]));
    assert!(
        picture[0] > 250 && picture[1] < 5 && picture[2] < 5,
        "{picture:?}"
    );
    assert_eq!(picture[4..7], [90, 90, 90]);
}

#[test]
fn a_palette_is_looked_up() {
    let folder = tempdir().unwrap();
    let mut study = StudyBuilder::new()
        .pixels(2, 1)
        .photometric("PALETTE COLOR")
        .with((0x28, 0x100), "US", 8u16.to_le_bytes())
        .with((0x28, 0x101), "US", 8u16.to_le_bytes())
        .with((0x28, 0x102), "US", 7u16.to_le_bytes())
        .with((0x7FE0, 0x10), "OB", [11, 10]);
    for (number, table) in [[0u16, 0xFF00], [0x8000, 0x0100], [0, 0x4000]]
        .iter()
        .enumerate()
    {
        let number = number as u16;
        let descriptor = [2u16, 10, 16].map(u16::to_le_bytes).concat();
        study = study.with((0x28, 0x1101 + number), "US", descriptor).with(
            (0x28, 0x1201 + number),
            "OW",
            table.map(u16::to_le_bytes).concat(),
        );
    }
    let picture = render(&one(folder.path(), study), 0, 8).unwrap();
    assert_eq!(picture.rgba, [255, 1, 0x40, 255, 0, 0x80, 0, 255]);
}

#[test]
fn what_cannot_be_shown_is_an_answer() {
    let folder = tempdir().unwrap();
    let none = one(folder.path(), StudyBuilder::new().without((0x7FE0, 0x10)));
    assert!(matches!(render(&none, 0, 64), Err(PreviewError::NoPixels)));
    let vast = StudyBuilder::new()
        .with((0x28, 0x10), "US", u16::MAX.to_le_bytes())
        .with((0x28, 0x11), "US", u16::MAX.to_le_bytes());
    assert!(matches!(
        render(&one(folder.path(), vast), 0, 64),
        Err(PreviewError::TooLarge)
    ));
    let broken = one(folder.path(), StudyBuilder::new().transfer_syntax(RLE));
    assert!(matches!(
        render(&broken, 0, 64),
        Err(PreviewError::Undecodable(_))
    ));
    let text = folder.path().join("text");
    fs::write(&text, "no image").unwrap();
    assert!(matches!(
        render(&text, 0, 64),
        Err(PreviewError::Refused(_))
    ));
}

#[test]
fn the_sample_study_is_worth_looking_at() {
    let folder = tempdir().unwrap();
    let written = studydrop::dicom::sample::write_sample_study(folder.path()).unwrap();
    // One of the first series, one of the second, one of the last.
    for image in [&written[0], &written[20], &written[written.len() - 10]] {
        let picture = render(image, 0, 256).unwrap();
        assert_eq!(ends(&picture), (0, 0), "nothing around");
        let reds: Vec<u8> = picture.rgba.chunks(4).map(|pixel| pixel[0]).collect();
        let bone = reds.iter().filter(|red| **red > 200).count();
        let tissue = reds.iter().filter(|red| (60..180).contains(*red)).count();
        assert!(bone > 1000 && tissue > 5000, "{bone} {tissue}");
    }
}

#[test]
fn a_file_made_to_exhaust_memory_costs_a_moment() {
    let folder = tempdir().unwrap();
    // Lengths of almost 4 GB in places where a reader may take them for those of values.
    let claims = [0xFF, 0xFF, 0xFF, 0xF0];
    for vr in ["UN", "OB", "SQ"] {
        let item = [b"\xFE\xFF\0\xE0".as_slice(), &claims].concat();
        let study = StudyBuilder::new().with((0x40, 0xA730), vr, item);
        assert_eq!(
            ends(&render(&one(folder.path(), study), 0, 64).unwrap()),
            (0, 255),
            "{vr}"
        );
    }
}

#[test]
fn real_files_are_shown_or_refused_and_none_brings_the_program_down() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let mut todo = vec![shared.clone()];
    let (mut shown, mut refused) = (0, BTreeMap::new());
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        match render(&path, 0, 128) {
            Ok(picture) => {
                ends(&picture);
                assert!(picture.width <= 128 && picture.height <= 128);
                shown += 1;
            }
            Err(error) => {
                let path = path.strip_prefix(&shared).unwrap().display().to_string();
                refused
                    .entry(error.to_string())
                    .or_insert_with(Vec::new)
                    .push(path);
            }
        }
    }
    println!("{shown} are shown");
    for (error, paths) in &refused {
        println!(
            "{} refused: {error} {:?}",
            paths.len(),
            paths.iter().collect::<Vec<_>>()
        );
    }
    assert!(shown >= 920, "{shown}");
}
