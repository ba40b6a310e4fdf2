//! Which values become which grey, by the standard's transforms (PS3.3, C.7.6.16, C.9 and C.11); and what becomes of
//! files that were made to be wrong.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::studies::{RLE, StudyBuilder, inner, item};
use proptest::prelude::{ProptestConfig, any, proptest};
use studydrop::dicom::image::render::{Decoded, Look, PreviewError, Window, decode, render};
use tempfile::{TempDir, tempdir};

const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";

/// A file on disk, for as long as this lives.
struct Kept {
    path: PathBuf,
    _folder: TempDir,
}

impl AsRef<Path> for Kept {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

fn kept(study: impl AsRef<StudyBuilder>) -> Kept {
    let folder = tempdir().unwrap();
    let path = study.as_ref().write_to(folder.path()).remove(0).path;
    Kept {
        path,
        _folder: folder,
    }
}

fn frame(study: impl AsRef<StudyBuilder>, frame: u32) -> Decoded {
    decode(kept(study).as_ref(), frame).unwrap()
}

fn first(study: impl AsRef<StudyBuilder>) -> Decoded {
    frame(study, 0)
}

fn refusal(study: impl AsRef<StudyBuilder>) -> String {
    decode(kept(study).as_ref(), 0).unwrap_err().to_string()
}

/// The red of every pixel.
fn reds(decoded: &Decoded, look: &Look) -> Vec<u8> {
    let picture = decoded.picture(look, u32::MAX);
    picture.rgba.chunks(4).map(|pixel| pixel[0]).collect()
}

fn own(decoded: &Decoded) -> Vec<u8> {
    reds(decoded, &Look::default())
}

fn words(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// One row of 16-bit values, not rescaled.
fn row(values: &[u16]) -> StudyBuilder {
    StudyBuilder::new()
        .pixels(values.len() as u16, 1)
        .with((0x28, 0x101), "US", words(&[16]))
        .with((0x28, 0x102), "US", words(&[15]))
        .with((0x28, 0x1052), "DS", "0")
        .with((0x7FE0, 0x10), "OW", words(values))
}

/// One row of bytes.
fn bytes(values: &[u8]) -> StudyBuilder {
    row(&[])
        .pixels(values.len() as u16, 1)
        .with((0x28, 0x100), "US", words(&[8]))
        .with((0x28, 0x101), "US", words(&[8]))
        .with((0x28, 0x102), "US", words(&[7]))
        .with((0x7FE0, 0x10), "OB", values)
}

fn lut(first: u16, bits: u16, entries: &[u16]) -> Vec<u8> {
    let descriptor = words(&[entries.len() as u16, first, bits]);
    item(
        &[
            inner((0x28, 0x3002), "US", descriptor),
            inner((0x28, 0x3006), "OW", words(entries)),
        ]
        .concat(),
    )
}

#[test]
fn a_table_of_the_modality_takes_the_place_of_rescaling() {
    let table = lut(10, 16, &[0, 500, 1000]);
    let study = row(&[9, 10, 11, 12, 13]).with((0x28, 0x3000), "SQ", table);
    let decoded = first(study.with((0x28, 0x1053), "DS", "7"));
    let facts = decoded.facts();
    assert_eq!((facts.darkest, facts.brightest), (0.0, 1000.0));
    assert_eq!(own(&decoded), [0, 0, 128, 255, 255]);
}

#[test]
fn a_voi_table_is_the_first_choice_and_a_window_takes_its_place() {
    let study = row(&[0, 1, 2])
        .with((0x28, 0x3010), "SQ", lut(0, 12, &[4095, 0, 2048]))
        .with((0x28, 0x1050), "DS", "1")
        .with((0x28, 0x1051), "DS", "1");
    let decoded = first(study);
    assert_eq!(own(&decoded), [255, 0, 128]);
    let window = decoded.facts().windows[0].clone();
    let look = Look {
        window: Some(Window {
            center: window.center,
            width: window.width,
        }),
        ..Look::default()
    };
    assert_eq!(reds(&decoded, &look), [0, 255, 255]);
}

#[test]
fn a_files_windows_have_names_and_its_function_holds_for_every_window() {
    let study = row(&[0, 100, 200])
        .with((0x28, 0x1050), "DS", "100\\50")
        .with((0x28, 0x1051), "DS", "200\\80")
        .with((0x28, 0x1055), "LO", "BONE\\LUNG")
        .with((0x28, 0x1056), "CS", "SIGMOID");
    let decoded = first(study);
    let windows = &decoded.facts().windows;
    let names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
    assert_eq!(names, ["BONE", "LUNG"]);
    assert_eq!((windows[1].center, windows[1].width), (50.0, 80.0));
    // 1 / (1 + e²) and 1 / (1 + e⁻²).
    assert_eq!(own(&decoded), [30, 128, 225]);
}

fn at(decoded: &Decoded, center: f64, width: f64) -> Vec<u8> {
    let window = Some(Window { center, width });
    reds(
        decoded,
        &Look {
            window,
            ..Look::default()
        },
    )
}

#[test]
fn small_values_are_spread_from_one_edge_of_a_users_window_to_the_other() {
    let shares = row(&[0, 25, 50, 75, 100]).with((0x28, 0x1053), "DS", "0.01");
    let shares = first(shares);
    assert_eq!(at(&shares, 0.5, 1.0), [0, 64, 128, 191, 255]);
    assert_eq!(at(&shares, 0.25, 0.5), [0, 128, 255, 255, 255]);
    let whole = first(row(&[0, 1, 2, 3]));
    assert_eq!(
        at(&whole, 1.5, 3.0),
        [0, 128, 255, 255],
        "whole numbers are shown as the standard has it"
    );
}

#[test]
fn a_table_is_for_the_values_that_may_be_there_not_for_the_darkest_that_is() {
    let table = |first: u16, entries: &[u16]| {
        let descriptor = words(&[entries.len() as u16, first, 16]);
        let content = [
            // As in a file without VRs.
            inner((0x28, 0x3002), "UN", descriptor),
            inner((0x28, 0x3006), "OW", words(entries)),
        ];
        item(&content.concat())
    };
    // From -1000 on; all values that are there lie above 0.
    let mut entries = [0; 1003];
    entries[1001] = 0x8000;
    entries[1002] = 0xFFFF;
    let from_1000 = table(1000u16.wrapping_neg(), &entries);
    let rescaled = row(&[1024, 1025, 1026])
        .with((0x28, 0x1052), "DS", "-1024")
        .with((0x28, 0x3010), "SQ", &from_1000);
    assert_eq!(own(&first(rescaled)), [0, 128, 255]);
    let signed = row(&[0, 1, 2]).with((0x28, 0x103), "US", words(&[1])).with(
        (0x28, 0x3010),
        "SQ",
        &from_1000,
    );
    assert_eq!(own(&first(signed)), [0, 128, 255]);
    // Taken for signed, it would lie far below what is there.
    let high = row(&[40_000, 40_001, 40_002])
        .with((0x28, 0x1052), "DS", "-1")
        .with((0x28, 0x3010), "SQ", table(39_999, &[0, 0x8000, 0xFFFF]));
    assert_eq!(own(&first(high)), [0, 128, 255]);
}

#[test]
fn greys_are_turned_as_often_as_the_file_and_the_user_say() {
    let turned = |photometric: &str, shape: &str, inverted| {
        let study = row(&[0, 5, 10]).photometric(photometric);
        let decoded = first(study.with((0x2050, 0x20), "CS", shape));
        let look = Look {
            inverted,
            ..Look::default()
        };
        reds(&decoded, &look) == [255, 127, 0]
    };
    assert!(turned("MONOCHROME1", "INVERSE", false));
    assert!(turned("MONOCHROME1", "", false));
    assert!(turned("MONOCHROME2", "INVERSE", false));
    assert!(turned("MONOCHROME2", "IDENTITY", true));
    assert!(!turned("MONOCHROME1", "INVERSE", true));
}

#[test]
fn padding_does_not_spoil_the_contrast() {
    let study = row(&[63_536, 10, 20, 63_540])
        .with((0x28, 0x103), "US", words(&[1]))
        .with((0x28, 0x120), "SS", words(&[63_536]))
        .with((0x28, 0x121), "SS", words(&[63_540]));
    let decoded = first(study);
    assert_eq!(
        (decoded.facts().darkest, decoded.facts().brightest),
        (10.0, 20.0)
    );
    assert_eq!(own(&decoded), [0, 0, 255, 0]);
}

/// Two frames; what is said of each in its functional groups.
fn enhanced(undefined_lengths: bool) -> StudyBuilder {
    let sequence = |tag, content: &[u8]| inner(tag, "SQ", item(content));
    let group = |center: &str, slope: &str| {
        let window = [
            inner((0x28, 0x1050), "DS", center),
            inner((0x28, 0x1051), "DS", "100"),
        ];
        let rescale = [
            inner((0x28, 0x1052), "DS", "0"),
            inner((0x28, 0x1053), "DS", slope),
            inner((0x28, 0x1054), "LO", "US"),
        ];
        let content = [
            sequence((0x28, 0x9132), &window.concat()),
            sequence((0x28, 0x9145), &rescale.concat()),
        ];
        match undefined_lengths {
            false => item(&content.concat()),
            true => [
                b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF",
                &content.concat()[..],
                b"\xFE\xFF\x0D\xE0\0\0\0\0",
            ]
            .concat(),
        }
    };
    let spacing = inner((0x28, 0x30), "DS", "2\\1");
    row(&[0, 50, 100, 0, 50, 100])
        .pixels(3, 1)
        .with((0x28, 0x08), "IS", "2")
        .with((0x28, 0x1052), "DS", "-5000")
        .with(
            (0x5200, 0x9229),
            "SQ",
            item(&sequence((0x28, 0x9110), &spacing)),
        )
        .with(
            (0x5200, 0x9230),
            "SQ",
            [group("50.5", "1"), group("150", "2")].concat(),
        )
}

#[test]
fn each_frame_is_shown_as_its_own_functional_groups_say() {
    for undefined_lengths in [false, true] {
        let study = enhanced(undefined_lengths);
        let one = frame(&study, 0);
        assert_eq!(own(&one), [0, 128, 255]);
        let other = frame(&study, 1);
        assert_eq!(own(&other), [0, 0, 255]);
        let facts = other.facts();
        assert_eq!((facts.frame, facts.frames, facts.brightest), (1, 2, 200.0));
        assert_eq!((facts.aspect, facts.unit.as_str()), (2.0, "US"));
    }
}

#[test]
fn pixels_that_are_not_square_are_told_of_and_shown_in_proportion() {
    let aspect = |tag, vr, value: &str| {
        let study = StudyBuilder::new().with(tag, vr, value);
        first(study).facts().aspect
    };
    assert_eq!(aspect((0x28, 0x34), "IS", "1\\2"), 0.5);
    assert_eq!(aspect((0x28, 0x30), "DS", "0.6\\0.3"), 2.0);
    assert_eq!(aspect((0x18, 0x1164), "DS", "0.1\\0.4"), 0.25);
    for nonsense in ["0\\1", "1\\0", "1", "-1\\1", "1e300\\1", "x\\y"] {
        assert_eq!(aspect((0x28, 0x34), "IS", nonsense), 1.0, "{nonsense}");
    }
    let flat = kept(StudyBuilder::new().with((0x28, 0x34), "IS", "1\\2"));
    let picture = render(flat.as_ref(), 0, 64).unwrap();
    assert_eq!((picture.width, picture.height), (16, 8));
}

/// Rows, columns, origin, bits.
fn overlay(study: StudyBuilder, size: [u16; 2], origin: [i16; 2], bits: &[u8]) -> StudyBuilder {
    study
        .with((0x6000, 0x10), "US", words(&size[..1]))
        .with((0x6000, 0x11), "US", words(&size[1..]))
        .with((0x6000, 0x40), "CS", "G")
        .with((0x6000, 0x50), "SS", origin.map(i16::to_le_bytes).concat())
        .with((0x6000, 0x100), "US", words(&[1]))
        .with((0x6000, 0x102), "US", words(&[0]))
        .with((0x6000, 0x3000), "OW", bits)
}

fn dark(columns: u16, rows: u16) -> StudyBuilder {
    let pixels = usize::from(columns) * usize::from(rows);
    let study = row(&vec![7; pixels]).pixels(columns, rows);
    study
        .with((0x28, 0x1050), "DS", "1000")
        .with((0x28, 0x1051), "DS", "10")
}

#[test]
fn what_is_drawn_over_an_image_is_white_and_can_be_left_away() {
    let study = overlay(dark(4, 2), [2, 3], [1, 2], &[0b0010_0001, 0]);
    let decoded = first(&study);
    assert!(decoded.facts().has_overlays);
    assert_eq!(own(&decoded), [0, 255, 0, 0, 0, 0, 0, 255]);
    let look = Look {
        overlays: false,
        ..Look::default()
    };
    assert_eq!(reds(&decoded, &look), [0; 8]);
    let look = Look {
        inverted: true,
        ..Look::default()
    };
    assert_eq!(
        reds(&decoded, &look),
        [255; 8],
        "what is drawn is not turned"
    );
}

#[test]
fn what_is_drawn_beyond_the_image_is_left_away() {
    let ones = [0xFF; 32];
    let shifted = overlay(dark(2, 2), [2, 2], [0, 0], &ones);
    assert_eq!(own(&first(shifted)), [255, 0, 0, 0]);
    let vast = overlay(
        dark(2, 2),
        [u16::MAX, u16::MAX],
        [i16::MIN, i16::MAX],
        &ones,
    );
    assert_eq!(own(&first(vast)), [0; 4]);
    let empty = overlay(dark(2, 2), [0, 0], [1, 1], &[]);
    assert_eq!(own(&first(empty)), [0; 4]);
}

#[test]
fn bits_beside_those_of_the_pixels_are_drawn() {
    let study = row(&[0x1003, 0x0003, 0x1FFF, 0x0000])
        .with((0x28, 0x101), "US", words(&[12]))
        .with((0x28, 0x102), "US", words(&[11]))
        .with((0x28, 0x1050), "DS", "5000")
        .with((0x28, 0x1051), "DS", "10")
        .with((0x6000, 0x10), "US", words(&[1]))
        .with((0x6000, 0x11), "US", words(&[4]))
        .with((0x6000, 0x50), "SS", words(&[1, 1]))
        .with((0x6000, 0x100), "US", words(&[16]))
        .with((0x6000, 0x102), "US", words(&[12]));
    let decoded = first(study);
    assert_eq!(
        decoded.facts().brightest,
        4095.0,
        "they are none of the value"
    );
    assert_eq!(own(&decoded), [255, 0, 255, 0]);
}

#[test]
fn an_overlay_of_several_frames_lies_over_those_that_it_is_for() {
    let study = overlay(dark(2, 1), [1, 2], [1, 1], &[0b0110, 0])
        .with((0x28, 0x08), "IS", "4")
        .with((0x7FE0, 0x10), "OW", words(&[7; 8]))
        .with((0x6000, 0x15), "IS", "2")
        .with((0x6000, 0x51), "US", words(&[2]));
    let drawn = |number| own(&frame(&study, number));
    assert_eq!(drawn(0), [0, 0]);
    assert_eq!(drawn(1), [0, 255]);
    assert_eq!(drawn(2), [255, 0]);
    assert_eq!(drawn(3), [0, 0]);
}

#[test]
fn numbers_of_every_depth_are_shown() {
    let float: Vec<u8> = [-1.5f32, 0.0, 1.5]
        .iter()
        .flat_map(|one| one.to_le_bytes())
        .collect();
    let double: Vec<u8> = [-1.5f64, 0.0, 1.5]
        .iter()
        .flat_map(|one| one.to_le_bytes())
        .collect();
    let long: Vec<u8> = [0u32, 1 << 31, u32::MAX]
        .iter()
        .flat_map(|one| one.to_le_bytes())
        .collect();
    let three = || row(&[]).pixels(3, 1).without((0x7FE0, 0x10));
    let studies = [
        three().with((0x7FE0, 0x08), "OF", float),
        three().with((0x7FE0, 0x09), "OD", double),
        three()
            .with((0x28, 0x100), "US", words(&[32]))
            .with((0x28, 0x101), "US", words(&[32]))
            .with((0x28, 0x102), "US", words(&[31]))
            .with((0x7FE0, 0x10), "OW", long),
        bytes(&[0, 128, 255]),
    ];
    for study in studies {
        assert_eq!(own(&first(study)), [0, 128, 255]);
    }
    let bits = bytes(&[0b101])
        .pixels(3, 1)
        .with((0x28, 0x100), "US", words(&[1]));
    let bits = bits
        .with((0x28, 0x101), "US", words(&[1]))
        .with((0x28, 0x102), "US", words(&[0]));
    assert_eq!(own(&first(bits)), [255, 0, 255]);
}

#[test]
fn what_is_no_image_is_named() {
    let named = |class: &str| refusal(StudyBuilder::new().sop_class(class));
    let class = |kind: &str| named(&format!("1.2.840.10008.5.1.4.1.1.{kind}"));
    assert_eq!(class("88.11"), "This is a structured report, not an image.");
    assert_eq!(class("104.1"), "This is a PDF document, not an image.");
    assert_eq!(class("104.3"), "This is a 3D model, not an image.");
    assert_eq!(class("9.1.1"), "This is a waveform, not an image.");
    assert_eq!(class("11.1"), "This is a presentation state, not an image.");
    assert!(first(StudyBuilder::new().sop_class("1.2.840.10008.5.1.4.1.1.66.4")).bytes() > 0);
    let video = StudyBuilder::new().transfer_syntax("1.2.840.10008.1.2.4.102");
    assert_eq!(refusal(video), "This is a video (MPEG-4), not an image.");
}

/// Four by four pixels, as JPEG-LS (T.87, annex H.3).
fn jpeg_ls() -> Vec<u8> {
    let head =
        b"\xFF\xD8\xFF\xF7\0\x0B\x08\0\x04\0\x04\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\0\0";
    let scan = b"\xC0\0\0\x6C\x80\x20\x8E\x01\xC0\0\0\x57\x40\0\0\x6E\xE6\0\0\x01\xBC\x18\0\0\x05\xD8\0\0\x91\x60";
    [&head[..], scan, b"\xFF\xD9"].concat()
}

fn packed(frames: u32) -> StudyBuilder {
    bytes(&[])
        .pixels(4, 4)
        .transfer_syntax(JPEG_LS)
        .with((0x28, 0x08), "IS", frames.to_string())
        .with((0x28, 0x1050), "DS", "128")
        .with((0x28, 0x1051), "DS", "256")
}

const H3: [u8; 16] = [
    0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
];

#[test]
fn frames_in_several_fragments_are_found_with_or_without_a_table() {
    let stream = jpeg_ls();
    let (one, other) = stream.split_at(20);
    let fragments = [one, other, one, other];
    let length = |fragment: &[u8]| fragment.len() as u32 + 8 + fragment.len() as u32 % 2;
    let second = length(one) + length(other);
    let basic = [0, second].map(u32::to_le_bytes).concat();
    let studies = [
        packed(2).fragments(&basic, &fragments),
        packed(2).fragments(&[], &fragments),
        packed(2).fragments(&basic[..4], &fragments),
        packed(2).fragments(&[], &fragments).with(
            (0x7FE0, 0x01),
            "UN",
            [0, u64::from(second)].map(u64::to_le_bytes).concat(),
        ),
        packed(2).fragments(&[], &[&stream, &stream]),
        packed(1).fragments(&[], &fragments[..2]),
    ];
    for (number, study) in studies.iter().enumerate() {
        let path = kept(study);
        let last = decode(path.as_ref(), 0).unwrap().facts().frames - 1;
        let decoded = decode(path.as_ref(), last).unwrap();
        assert_eq!(own(&decoded), H3, "{number}");
    }
}

// What was made to be wrong.

#[test]
fn an_image_that_is_larger_than_its_data_is_shown_as_far_as_it_goes() {
    let decoded = first(row(&[1, 2, 3]).pixels(3, 2));
    assert!(decoded.facts().is_cut);
    assert_eq!(own(&decoded)[2], 255);
    let nothing = refusal(row(&[]).pixels(3, 2));
    assert!(nothing.contains("fewer pixels than it says"), "{nothing}");
    let sized = |study: StudyBuilder, columns: u16, rows: u16| {
        study
            .with((0x28, 0x10), "US", words(&[rows]))
            .with((0x28, 0x11), "US", words(&[columns]))
    };
    let vast = refusal(sized(row(&[1]), u16::MAX, u16::MAX));
    assert_eq!(
        vast,
        "The image says that it is larger than anything that can be shown."
    );
    for syntax in [
        RLE,
        JPEG_LS,
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.90",
    ] {
        let study = sized(packed(1), u16::MAX, 2000).transfer_syntax(syntax);
        refusal(study.fragments(&[], &[&jpeg_ls()]));
    }
}

#[test]
fn frames_are_as_many_as_there_are() {
    let frames = |number: &str| {
        first(row(&[1, 2]).pixels(1, 1).with((0x28, 0x08), "IS", number))
            .facts()
            .frames
    };
    assert_eq!(frames("2147483648"), 2);
    // No number: as many as the data hold.
    assert_eq!(frames("99999999999999999999"), 2);
    assert_eq!(frames("0"), 1);
    assert_eq!(frames("-3"), 2);
    let many = packed(2_147_483_648).fragments(&[], &[&jpeg_ls(), &jpeg_ls()]);
    assert_eq!(first(&many).facts().frames, 2);
    let error = decode(kept(&many).as_ref(), 2).unwrap_err();
    assert!(
        matches!(error, PreviewError::NoFrame { asked: 2, has: 2 }),
        "{error}"
    );
    let none = packed(1).fragments(&[], &[]);
    assert_eq!(
        refusal(none),
        "This is no image: there are no pixels to show."
    );
}

#[test]
fn bits_that_nobody_has_are_refused_in_a_sentence() {
    for bits in [0u16, 7, 24, 128] {
        let study = row(&[1, 2]).with((0x28, 0x100), "US", words(&[bits]));
        assert_eq!(
            refusal(study),
            format!(
                "This kind of image cannot be shown here ({bits} bits a sample). It is uploaded all the same."
            )
        );
    }
    // Stored bits and the highest one beyond those that are there.
    let study = row(&[0, 9]).with((0x28, 0x101), "US", words(&[60])).with(
        (0x28, 0x102),
        "US",
        words(&[99]),
    );
    assert_eq!(own(&first(study)), [0, 255]);
}

#[test]
fn a_palette_that_is_missing_or_makes_no_sense_is_refused_or_bounded() {
    let palette = |study: StudyBuilder| study.photometric("PALETTE COLOR");
    let why = refusal(palette(bytes(&[1, 2])));
    assert!(why.contains("palette is missing"), "{why}");
    let mut study = palette(bytes(&[0, 200]));
    for colour in 0..3 {
        study = study
            .with((0x28, 0x1101 + colour), "US", words(&[0, 65_535, 16]))
            .with((0x28, 0x1201 + colour), "OW", words(&[0x8000]));
    }
    assert_eq!(own(&first(&study)), [128, 128]);
    for colour in 0..3 {
        study = study.with((0x28, 0x1201 + colour), "OW", []);
    }
    assert_eq!(own(&first(study)), [0, 0]);
}

#[test]
fn packed_pixels_that_end_too_early_are_told_of() {
    let stream = jpeg_ls();
    for length in [1, 3, 10, 20, 30, stream.len() - 12] {
        let cut = packed(1).fragments(&[], &[&stream[..length]]);
        let why = refusal(cut);
        assert!(
            why.starts_with("This kind of image cannot be shown here"),
            "{length}: {why}"
        );
    }
    let other = packed(1).pixels(5, 4).fragments(&[], &[&stream]);
    assert!(refusal(other).contains("not of the size"));
}

#[test]
fn a_file_that_is_replaced_is_shown_as_it_is_read_and_read_anew_the_next_time() {
    let folder = tempdir().unwrap();
    let path = row(&[0, 1]).write_to(folder.path()).remove(0).path;
    let before = decode(&path, 0).unwrap();
    fs::write(&path, "something else").unwrap();
    assert_eq!(own(&before), [0, 255]);
    assert!(matches!(decode(&path, 0), Err(PreviewError::Refused(_))));
    row(&[5, 5, 9]).write_to(folder.path());
    assert_eq!(own(&decode(&path, 0).unwrap()), [0, 0, 255]);
    fs::remove_file(&path).unwrap();
    assert!(matches!(decode(&path, 0), Err(PreviewError::Refused(_))));
}

#[test]
fn tables_and_windows_that_make_no_sense_are_passed_over() {
    let nonsense = [
        lut(0, 99, &[1, 2, 3]),
        lut(0, 0, &[1]),
        item(&[]),
        item(&inner((0x28, 0x3002), "US", words(&[1, 2]))),
        item(
            &[
                inner((0x28, 0x3002), "US", words(&[0, 0, 16])),
                inner((0x28, 0x3006), "OW", []),
            ]
            .concat(),
        ),
        b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFE".to_vec(),
        vec![0xFF; 64],
    ];
    for table in &nonsense {
        for tag in [(0x28, 0x3000), (0x28, 0x3010)] {
            let decoded = first(row(&[0, 1, 2]).with(tag, "SQ", table));
            assert_eq!(own(&decoded), [0, 128, 255]);
        }
    }
    for (center, width) in [
        ("1", "0"),
        ("1", "-5"),
        ("NaN", "NaN"),
        ("1", "inf"),
        ("", ""),
        ("1", "0.5"),
        ("1\\2", "x"),
    ] {
        let study = row(&[0, 1, 2]).with((0x28, 0x1050), "DS", center);
        let decoded = first(study.with((0x28, 0x1051), "DS", width));
        assert_eq!(own(&decoded), [0, 128, 255], "{center} {width}");
    }
    let decoded = first(row(&[0, 1, 2]).with((0x28, 0x1053), "DS", "0"));
    assert_eq!(own(&decoded), [0, 128, 255]);
    for window in [
        (f64::NAN, 1.0),
        (0.0, f64::NAN),
        (0.0, 0.0),
        (0.0, -1.0),
        (f64::INFINITY, 1.0),
    ] {
        let (center, width) = window;
        let window = Some(Window { center, width });
        let look = Look {
            window,
            ..Look::default()
        };
        assert_eq!(reds(&decoded, &look), [0, 128, 255], "{center} {width}");
    }
}

#[test]
fn functional_groups_of_a_million_items_cost_a_moment() {
    let groups = item(&[]).repeat(1_000_000);
    let study = row(&[0, 1, 2]).with((0x5200, 0x9230), "SQ", groups);
    assert_eq!(own(&first(study)), [0, 128, 255]);
    // Deep ones, which are not followed by recursion.
    let deep = (0..500).fold(Vec::new(), |inside, _| {
        item(&inner((0x28, 0x9132), "SQ", inside))
    });
    let study = row(&[0, 1, 2]).with((0x5200, 0x9230), "SQ", deep);
    assert_eq!(own(&first(study)), [0, 128, 255]);
}

/// Files of every kind that is read by code of this program.
fn kinds() -> Vec<Vec<u8>> {
    let mut stream = vec![2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0];
    stream.resize(64, 0);
    stream.extend([0xF1, 7, 0xF1, 9]);
    let rle = row(&[]).pixels(4, 4).transfer_syntax(RLE);
    let studies = [
        overlay(row(&[1, 2, 3, 4]), [1, 4], [1, 1], &[0b1010, 0]),
        rle.fragments(&[], &[&stream]),
        packed(2).fragments(&[], &[&jpeg_ls(), &jpeg_ls()]),
        enhanced(true),
        row(&[1, 2]).with((0x28, 0x3010), "SQ", lut(0, 12, &[1, 2, 3])),
    ];
    studies
        .iter()
        .map(|study| study.file("2.25.1", "2.25.2", 1, 1))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_with_some_bytes_changed_is_shown_or_refused(
        kind in 0usize..5,
        changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..12),
        frame in 0u32..3,
    ) {
        let mut file = kinds().swap_remove(kind);
        let size = file.len() - 132;
        for (at, byte) in changes {
            file[132 + usize::from(at) % size] = byte;
        }
        let folder = tempdir().unwrap();
        let path = folder.path().join("changed");
        fs::write(&path, &file).unwrap();
        match decode(&path, frame) {
            Ok(decoded) => {
                let picture = decoded.picture(&Look::default(), 64);
                assert_eq!(picture.rgba.len(), picture.width as usize * picture.height as usize * 4);
            }
            Err(error) => {
                let words = error.to_string();
                assert!(words.ends_with('.'), "{words}");
                assert!(!words.contains("the data is damaged"), "a decoder panicked");
            }
        }
    }
}
