//! Rectangles blackened in made-up images of every kind, and in every real one that lies beside the checkout.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common;
use crate::common::aloud;
use crate::common::studies::{BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, StudyBuilder, new_uid};
use dicom_core::Tag;
use dicom_core::value::Value;
use dicom_dictionary_std::tags;
use dicom_object::file::ReadPreamble;
use dicom_object::{DefaultDicomObject, OpenFileOptions};
use studydrop::dicom::deidentify::burned_in::risk_of;
use studydrop::dicom::deidentify::pixels::{PixelError, blacken, rectangles_for};
use studydrop::dicom::deidentify::{
    Blackened, Cleaner, Options, Profile, Rectangle, Secret, prepare,
};

const fn rectangle(x: u32, y: u32, width: u32, height: u32) -> Rectangle {
    Rectangle {
        x,
        y,
        width,
        height,
    }
}

fn opened(bytes: &[u8]) -> DefaultDicomObject {
    OpenFileOptions::new()
        .read_preamble(ReadPreamble::Auto)
        .from_reader(Cursor::new(bytes))
        .unwrap()
}

fn pixels(file: &[u8]) -> Vec<u8> {
    let object = opened(file);
    match object.element(tags::PIXEL_DATA).unwrap().value() {
        Value::Primitive(value) => value.to_bytes().to_vec(),
        _ => panic!("packed"),
    }
}

fn text(file: &[u8], tag: Tag) -> String {
    let object = opened(file);
    let text = object.element(tag).unwrap().to_str().unwrap();
    text.trim_end_matches(['\0', ' ']).to_owned()
}

/// An image of 7 × 5 pixels.
struct Kind {
    interpretation: &'static str,
    samples: u16,
    planes: bool,
    allocated: u16,
    stored: u16,
    signed: bool,
    frames: u32,
}

const COLUMNS: usize = 7;
const ROWS: usize = 5;

impl Kind {
    fn study(&self, data: &[u8]) -> StudyBuilder {
        let us = |number: u16| number.to_le_bytes();
        StudyBuilder::new()
            .pixels(COLUMNS as u16, ROWS as u16)
            .frames(self.frames)
            .photometric(self.interpretation)
            .with((0x28, 0x02), "US", us(self.samples))
            .with((0x28, 0x06), "US", us(self.planes.into()))
            .with((0x28, 0x100), "US", us(self.allocated))
            .with((0x28, 0x101), "US", us(self.stored))
            .with((0x28, 0x102), "US", us(self.stored - 1))
            .with((0x28, 0x103), "US", us(self.signed.into()))
            .with((0x7FE0, 0x10), "OW", data)
    }

    fn bytes(&self) -> Vec<u8> {
        let bits =
            COLUMNS * ROWS * usize::from(self.samples * self.allocated) * self.frames as usize;
        // No two neighbours are the same, and none is black.
        let bytes = (0..bits.div_ceil(8)).map(|at| (at * 37 % 250) as u8 | 1);
        let mut bytes: Vec<u8> = bytes.collect();
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    }

    /// The bytes of each sample of a pixel.
    fn places(&self, frame: usize, x: usize, y: usize) -> Vec<std::ops::Range<usize>> {
        let (pixel, all) = (y * COLUMNS + x, COLUMNS * ROWS);
        let samples = usize::from(self.samples);
        let width = usize::from(self.allocated / 8);
        let place = |colour: usize| match self.planes {
            true => frame * all * samples + colour * all + pixel,
            false => (frame * all + pixel) * samples + colour,
        };
        (0..samples)
            .map(|colour| place(colour) * width..place(colour) * width + width)
            .collect()
    }
}

const fn kind(
    interpretation: &'static str,
    samples: u16,
    planes: bool,
    (allocated, stored, signed): (u16, u16, bool),
) -> Kind {
    Kind {
        interpretation,
        samples,
        planes,
        allocated,
        stored,
        signed,
        frames: 3,
    }
}

#[test]
fn every_kind_of_pixels_is_blackened_in_every_frame_and_nothing_beside_it() {
    // The kind, and what a black pixel looks like in its bytes.
    let kinds: [(Kind, Vec<Vec<u8>>); 9] = [
        (kind("MONOCHROME2", 1, false, (8, 8, false)), vec![vec![0]]),
        (
            kind("MONOCHROME1", 1, false, (8, 8, false)),
            vec![vec![255]],
        ),
        (
            kind("MONOCHROME2", 1, false, (16, 12, false)),
            vec![vec![0, 0]],
        ),
        (
            kind("MONOCHROME1", 1, false, (16, 12, false)),
            vec![vec![0xFF, 0x0F]],
        ),
        (
            kind("MONOCHROME2", 1, false, (32, 32, false)),
            vec![vec![0; 4]],
        ),
        (kind("RGB", 3, false, (8, 8, false)), vec![vec![0]; 3]),
        (kind("RGB", 3, true, (8, 8, false)), vec![vec![0]; 3]),
        (kind("RGB", 3, true, (16, 16, false)), vec![vec![0, 0]; 3]),
        (
            kind("YBR_FULL", 3, false, (8, 8, false)),
            vec![vec![0], vec![128], vec![128]],
        ),
    ];
    for (kind, black) in kinds {
        for syntax in [EXPLICIT, IMPLICIT, DEFLATED] {
            let data = kind.bytes();
            let study = kind.study(&data).transfer_syntax(syntax);
            let file = study.file(&new_uid(), &new_uid(), 1, 1);
            let given = [
                rectangle(1, 1, 2, 3),
                rectangle(5, 3, 99, 99),
                rectangle(2, 2, 1, 1),
            ];
            let done = blacken(&file, &given).unwrap();
            assert_eq!((done.frames, done.pixels), (3, 6 + 4));
            let after = pixels(&done.bytes);
            let mut meant = data.clone();
            for frame in 0..3 {
                for (x, y) in (0..COLUMNS).flat_map(|x| (0..ROWS).map(move |y| (x, y))) {
                    let within = |one: &Rectangle| {
                        let (x, y) = (x as u32, y as u32);
                        (one.x..one.x + one.width).contains(&x)
                            && (one.y..one.y + one.height).contains(&y)
                    };
                    if given.iter().any(within) {
                        for (place, value) in kind.places(frame, x, y).into_iter().zip(&black) {
                            meant[place].copy_from_slice(value);
                        }
                    }
                }
            }
            assert_eq!(
                after, meant,
                "{} {} {syntax}",
                kind.interpretation, kind.allocated
            );
            if syntax != DEFLATED {
                let differ = file
                    .iter()
                    .zip(&done.bytes)
                    .filter(|(one, other)| one != other);
                assert_eq!(file.len(), done.bytes.len());
                assert!(differ.count() <= 30 * 12, "no other byte changes");
                assert_eq!(done.decoded_from, None);
            } else {
                assert_eq!(done.decoded_from.as_deref(), Some(DEFLATED));
                assert_eq!(opened(&done.bytes).meta().transfer_syntax(), EXPLICIT);
            }
        }
    }
}

#[test]
fn signed_values_get_the_darkest_one_that_the_window_or_the_image_shows() {
    let kind = kind("MONOCHROME2", 1, false, (16, 12, true));
    let value = |number: i16| number.to_le_bytes();
    let data: Vec<u8> = (0..105i16).flat_map(|at| value(at % 35 - 20)).collect();
    let black = |study: StudyBuilder| {
        let file = study.file(&new_uid(), &new_uid(), 1, 1);
        let done = blacken(&file, &[rectangle(0, 0, 1, 1)]).unwrap();
        let bytes = pixels(&done.bytes);
        i16::from_le_bytes([bytes[0], bytes[1]])
    };
    assert_eq!(black(kind.study(&data)), -20);
    let windowed =
        kind.study(&data)
            .with((0x28, 0x1050), "DS", "-1074")
            .with((0x28, 0x1051), "DS", "200");
    // The window begins at -1174, stored as -150, behind an intercept of -1024.
    assert_eq!(black(windowed), -151);
    let beyond =
        kind.study(&data)
            .with((0x28, 0x1050), "DS", "-9000")
            .with((0x28, 0x1051), "DS", "200");
    assert_eq!(black(beyond), -2048);
}

#[test]
fn big_endian_words_of_bytes_are_blackened_where_they_stand() {
    // Bytes as OW: in each word the second one comes first.
    let kind = kind("MONOCHROME2", 1, false, (8, 8, false));
    let data = kind.bytes();
    let file = kind
        .study(&data)
        .transfer_syntax(BIG_ENDIAN)
        .file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(0, 0, 1, 1)]).unwrap();
    let changed: Vec<usize> = (0..file.len())
        .filter(|at| file[*at] != done.bytes[*at])
        .collect();
    let start = file.len() - data.len();
    // Pixels 0, 35 and 70.
    assert_eq!(changed, [start + 1, start + 34, start + 71]);
    let wide = Kind {
        allocated: 16,
        stored: 16,
        interpretation: "MONOCHROME1",
        ..kind
    };
    let file = wide
        .study(&wide.bytes())
        .with((0x28, 0x1050), "DS", "0")
        .with((0x28, 0x1051), "DS", "10")
        .transfer_syntax(BIG_ENDIAN)
        .file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(6, 4, 1, 1)]).unwrap();
    let end = &done.bytes[done.bytes.len() - 2..];
    let brightest = wide.bytes()[..70]
        .chunks(2)
        .map(|two| u16::from_le_bytes([two[0], two[1]]))
        .max();
    assert_eq!(Some(u16::from_be_bytes([end[0], end[1]])), brightest);
}

#[test]
fn single_bits_are_blackened_across_frames_that_do_not_begin_with_a_byte() {
    let kind = kind("MONOCHROME2", 1, false, (1, 1, false));
    let file = kind.study(&[0xFF; 14]).file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(2, 1, 3, 1)]).unwrap();
    let after = pixels(&done.bytes);
    let zeros: Vec<usize> = (0..112)
        .filter(|bit| after[bit / 8] >> (bit % 8) & 1 == 0)
        .collect();
    assert_eq!(zeros, [9, 10, 11, 44, 45, 46, 79, 80, 81]);
}

#[test]
fn pixels_that_share_their_colours_are_blackened_in_pairs() {
    let study = StudyBuilder::new()
        .pixels(4, 2)
        .photometric("YBR_FULL_422")
        .with((0x28, 0x02), "US", [3, 0])
        .with((0x28, 0x100), "US", [8, 0])
        .with((0x28, 0x101), "US", [8, 0])
        .with((0x28, 0x102), "US", [7, 0])
        .with((0x7FE0, 0x10), "OB", [9; 16]);
    let file = study.file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(3, 0, 1, 1)]).unwrap();
    let meant = [9, 9, 9, 9, 0, 0, 128, 128, 9, 9, 9, 9, 9, 9, 9, 9];
    assert_eq!(pixels(&done.bytes), meant);
}

#[test]
fn in_a_palette_black_is_its_darkest_colour() {
    let table = |at: usize| -> Vec<u8> {
        let mut words = [0xF0F0u16; 8];
        words[at] = 0x1000;
        words[5] = 0x0100;
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    };
    let descriptor = [8, 0, 100, 0, 16, 0];
    let kind = kind("PALETTE COLOR", 1, false, (8, 8, false));
    let mut study = kind.study(&kind.bytes());
    for colour in 0..3 {
        study = study.with((0x28, 0x1101 + colour), "US", descriptor).with(
            (0x28, 0x1201 + colour),
            "OW",
            table(usize::from(colour)),
        );
    }
    let file = study.file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(0, 0, 1, 1)]).unwrap();
    assert_eq!(pixels(&done.bytes)[0], 105);
}

#[test]
fn frames_that_the_header_does_not_tell_of_are_blackened_too() {
    let kind = kind("MONOCHROME2", 1, false, (8, 8, false));
    let study = kind.study(&kind.bytes()).with((0x28, 0x08), "IS", "1");
    let file = study.file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(0, 0, 1, 1)]).unwrap();
    assert_eq!(done.frames, 3);
    assert_eq!(pixels(&done.bytes)[70], 0);
}

#[test]
fn the_small_picture_of_a_blackened_image_goes() {
    let icon = b"\xFE\xFF\x00\xE0\x0A\0\0\0\x28\0\x10\0US\x02\0\x01\0";
    let kind = kind("MONOCHROME2", 1, false, (8, 8, false));
    let study = kind.study(&kind.bytes()).with((0x88, 0x200), "SQ", icon);
    let file = study.file(&new_uid(), &new_uid(), 1, 1);
    let done = blacken(&file, &[rectangle(0, 0, 1, 1)]).unwrap();
    assert!(done.icon_removed);
    assert!(opened(&file).get(tags::ICON_IMAGE_SEQUENCE).is_some());
    assert!(opened(&done.bytes).get(tags::ICON_IMAGE_SEQUENCE).is_none());
}

#[test]
fn what_cannot_be_blackened_is_refused_and_what_need_not_be_stays_as_it_is() {
    let one = [rectangle(0, 0, 4, 4)];
    let file = |study: StudyBuilder| study.file(&new_uid(), &new_uid(), 1, 1);
    let beside = [rectangle(16, 0, 5, 5), rectangle(3, 3, 0, 9)];
    let plain = file(StudyBuilder::new());
    let done = blacken(&plain, &beside).unwrap();
    assert_eq!((done.frames, &done.bytes), (0, &plain));
    let report = file(StudyBuilder::new().without((0x7FE0, 0x10)));
    assert_eq!(blacken(&report, &one).unwrap().bytes, report);

    let refused = |study: StudyBuilder| blacken(&file(study), &one).unwrap_err();
    let unknown = |error: &PixelError| matches!(error, PixelError::Unsupported(_));
    assert!(unknown(&refused(StudyBuilder::new().photometric("HSV"))));
    assert!(unknown(&refused(
        StudyBuilder::new().photometric("PALETTE COLOR")
    )));
    let jpeg_ls = StudyBuilder::new().transfer_syntax("1.2.840.10008.1.2.4.80");
    assert!(unknown(&refused(jpeg_ls)));
    let mpeg = StudyBuilder::new().transfer_syntax("1.2.840.10008.1.2.4.102");
    assert!(unknown(&refused(mpeg)));
    let float = StudyBuilder::new()
        .without((0x7FE0, 0x10))
        .with((0x7FE0, 0x08), "OF", [0; 1024]);
    assert!(unknown(&refused(float)));
    let few = StudyBuilder::new().with((0x28, 0x08), "IS", "2");
    assert_eq!(refused(few), PixelError::TooFew);
    assert!(blacken(b"no image", &one).is_err());
}

#[test]
fn rectangles_are_for_the_images_that_all_of_their_conditions_fit() {
    let study = StudyBuilder::new()
        .modality("US")
        .with((8, 0x70), "LO", "ACME");
    let file = study.file("1.2.3", &new_uid(), 1, 1);
    let found = |one: Blackened| {
        let one = Blackened {
            rectangles: vec![rectangle(0, 0, 1, 1)],
            ..one
        };
        let size = file.len() as u64;
        !rectangles_for(&[one], Cursor::new(&file), size)
            .unwrap()
            .is_empty()
    };
    let any = Blackened::default();
    assert!(found(any.clone()));
    let fitting = Blackened {
        series: "1.2.3".into(),
        modality: "US".into(),
        manufacturer: "ACME".into(),
        rows: Some(16),
        columns: Some(16),
        ..any
    };
    assert!(found(fitting.clone()));
    assert!(!found(Blackened {
        rows: Some(17),
        ..fitting.clone()
    }));
    assert!(!found(Blackened {
        model: "X1".into(),
        ..fitting
    }));
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => files(&path, all),
            false => all.push(path),
        }
    }
}

/// Where `STUDYDROP_KEEP` names a folder, the results stay there for other readers.
#[test]
fn every_real_image_is_blackened_or_refused_by_name() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let keep = std::env::var_os("STUDYDROP_KEEP").map(PathBuf::from);
    let mut all = Vec::new();
    files(&shared, &mut all);
    let (mut blackened, mut decoded, mut refused) = (0, 0, Vec::new());
    for (number, path) in all.iter().enumerate() {
        // Each of a long series says no more than some of it.
        if path.to_string_lossy().contains("study_mr_ge_nih") && number % 50 > 0 {
            continue;
        }
        let file = std::fs::read(path).unwrap();
        let given = [rectangle(1, 1, 9, 3), rectangle(4, 2, 3, 4)];
        let name = path.strip_prefix(&shared).unwrap().display().to_string();
        match blacken(&file, &given) {
            Ok(done) if done.frames == 0 => assert_eq!(done.bytes, file),
            Ok(done) => {
                blackened += 1;
                decoded += usize::from(done.decoded_from.is_some());
                let again = blacken(&done.bytes, &given).unwrap();
                assert!(again.bytes == done.bytes, "{name}: twice is not the same");
                if let Some(keep) = &keep {
                    std::fs::write(keep.join(name.replace('/', "__")), &done.bytes).unwrap();
                }
            }
            Err(error) => refused.push(format!("{name}: {error}")),
        }
    }
    aloud::aloud(&format!(
        "blackened {blackened} of {} real files, {decoded} of them decoded; refused {}",
        all.len(),
        refused.len()
    ));
    if keep.is_some() {
        aloud::aloud(&refused.join("\n"));
    }
    assert!(blackened > 100 && decoded > 40);
    let by_name = |line: &&String| {
        line.contains("cannot be blackened (") || line.contains("not be blackened:")
    };
    assert!(refused.iter().all(|line| by_name(&line)), "{refused:#?}");
}

#[test]
fn a_decoded_image_says_what_it_is() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    // Packed how, called how before and after, and whether something was lost.
    for (name, before, after, is_lossy) in [
        (
            "multiframe_us_nm_dcm4che/YBR_FULL-RLE.dcm",
            "YBR_FULL",
            "YBR_FULL",
            false,
        ),
        (
            "pydicom_test_files/test_files/examples_ybr_color.dcm",
            "YBR_FULL_422",
            "RGB",
            true,
        ),
        (
            "pydicom_test_files/test_files/693_J2KI.dcm",
            "MONOCHROME2",
            "MONOCHROME2",
            true,
        ),
    ] {
        let path = shared.join(name);
        let file = std::fs::read(&path).unwrap();
        assert_eq!(
            text(&file, tags::PHOTOMETRIC_INTERPRETATION),
            before,
            "{name}"
        );
        let done = blacken(&file, &[rectangle(0, 0, 50, 10)]).unwrap();
        let (old, new) = (opened(&file), opened(&done.bytes));
        let packed = old.meta().transfer_syntax();
        assert_eq!(done.decoded_from.as_deref(), Some(packed), "{name}");
        assert_eq!(new.meta().transfer_syntax(), EXPLICIT);
        assert_eq!(
            text(&done.bytes, tags::PHOTOMETRIC_INTERPRETATION),
            after,
            "{name}"
        );
        let lossy = new
            .get(tags::LOSSY_IMAGE_COMPRESSION)
            .map(|one| one.to_str().unwrap());
        let kept = old
            .get(tags::LOSSY_IMAGE_COMPRESSION)
            .map(|one| one.to_str().unwrap());
        let says = lossy.as_deref().map(|value| value.trim_end().to_owned());
        match is_lossy {
            true => assert_eq!(says.as_deref(), Some("01"), "{name}"),
            false => assert_eq!(lossy, kept, "{name}"),
        }
        let number = |tag| new.element(tag).unwrap().to_int::<usize>().unwrap();
        let frames = new
            .get(tags::NUMBER_OF_FRAMES)
            .map_or(1, |one| one.to_int::<usize>().unwrap());
        let bytes = number(tags::ROWS)
            * number(tags::COLUMNS)
            * number(tags::SAMPLES_PER_PIXEL)
            * number(tags::BITS_ALLOCATED)
            / 8
            * frames;
        assert_eq!(pixels(&done.bytes).len(), bytes + bytes % 2, "{name}");
    }
}

#[test]
fn a_profile_with_rectangles_says_that_pixels_were_cleaned_and_other_images_stay_as_they_are() {
    let profile = Profile {
        options: Options {
            clean_pixel_data: true,
            ..Options::default()
        },
        rectangles: vec![Blackened {
            modality: "US".into(),
            rectangles: vec![rectangle(0, 0, 16, 2)],
            ..Blackened::default()
        }],
        ..Profile::default()
    };
    let cleaner = Cleaner::new(Arc::new(profile), Secret::new([3; 32]));
    let us = StudyBuilder::new()
        .modality("US")
        .sop_class("1.2.840.10008.5.1.4.1.1.6.1");
    let file = us.file(&new_uid(), &new_uid(), 1, 1);
    let outgoing = prepare(&cleaner, &mut Cursor::new(&file), file.len() as u64, false).unwrap();
    assert_eq!(outgoing.risk, None, "something in it is black now");
    assert_eq!(outgoing.pixels.as_ref().map(|work| work.pixels), Some(32));
    // No part of it is in the original.
    let cleaned = outgoing.cleaned.bytes(b"").unwrap();
    assert_eq!(text(&cleaned, tags::BURNED_IN_ANNOTATION), "NO");
    assert_eq!(pixels(&cleaned)[..64], [0; 64]);
    let codes = opened(&cleaned);
    let codes = codes
        .element(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE)
        .unwrap();
    let codes = codes.items().unwrap().iter();
    let codes: Vec<String> = codes
        .map(|item| {
            item.element(tags::CODE_VALUE)
                .unwrap()
                .to_str()
                .unwrap()
                .trim()
                .to_owned()
        })
        .collect();
    assert!(codes.contains(&"113101".to_owned()), "{codes:?}");

    let ct = StudyBuilder::new().file(&new_uid(), &new_uid(), 1, 1);
    let outgoing = prepare(&cleaner, &mut Cursor::new(&ct), ct.len() as u64, false).unwrap();
    assert_eq!((outgoing.risk, outgoing.pixels), (None, None));
    let cleaned = outgoing.cleaned.bytes(&ct).unwrap();
    assert_eq!(pixels(&cleaned), pixels(&ct));
    assert!(opened(&cleaned).get(tags::BURNED_IN_ANNOTATION).is_none());
}

#[test]
fn of_the_real_images_those_with_text_are_pointed_out_and_slices_are_not() {
    let Some(shared) = common::shared_dicom() else {
        return;
    };
    let risk = |name: &str| risk_of(&shared.join(name)).unwrap();
    for name in [
        "ultrasound_text_deid_data/ultrasounds/RGB_IMAGE.dcm",
        "ultrasound_text_deid_data/ultrasounds/GREYSCALE_IMAGE.dcm",
        "study_ct_philips_S21570/S21570/S4010/I40",
        "study_ct_philips_S21570/S21570/S4010/I50",
        "study_ct_philips_S21570/S21570/S4010/I60",
        "pydicom_data/gdcm-US-ALOKA-16.dcm",
    ] {
        assert!(risk(name).is_some(), "{name}");
    }
    let mut slices = Vec::new();
    for folder in [
        "study_ct_philips_S21570/S21570/S1000",
        "study_ct_philips_S21570/S21570/S2010",
        "study_mr_ge_nih",
        "study_mr_dcm4che",
        "already_deidentified_mr",
        "refs_highdicom",
    ] {
        files(&shared.join(folder), &mut slices);
    }
    let mut looked = 0;
    for path in slices {
        if let Ok(risk) = risk_of(&path) {
            assert_eq!(risk, None, "{}", path.display());
            looked += 1;
        }
    }
    assert!(looked > 600);
}
