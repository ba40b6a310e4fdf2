//! What must not leave and stands where nobody looks: overlays, code streams, behind the frames, in addresses, in private
//! attributes without a VR, in text that the standard's table does not name.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use crate::common::studies::{EXPLICIT, IMPLICIT, StudyBuilder, inner, item};
use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, from_reader};
use studydrop::dicom::deidentify::{
    Action, Cleaner, Error, Options, Outgoing, Profile, Rectangle, Replacement, Report, Secret,
    Wanted, prepare,
};

const STUDY: &str = "1.2.826.0.1.3680043.9.7777.1";

fn cleaner_of(profile: Profile) -> Cleaner {
    Cleaner::new(Arc::new(profile), Secret::new([4; 32]))
}

fn basic() -> Cleaner {
    cleaner_of(Profile::default())
}

fn file(study: &StudyBuilder) -> Vec<u8> {
    study.file(
        "1.2.826.0.1.3680043.9.7777.2",
        "1.2.826.0.1.3680043.9.7777.3",
        1,
        1,
    )
}

fn cleaned(cleaner: &Cleaner, file: &[u8]) -> (DefaultDicomObject, Vec<u8>, Report) {
    let (bytes, report) = cleaner.clean_bytes(file, Wanted::default()).unwrap();
    (from_reader(Cursor::new(&bytes)).unwrap(), bytes, report)
}

fn prepared(cleaner: &Cleaner, file: &[u8], looked: bool) -> Result<Outgoing, Error> {
    prepare(
        cleaner,
        &mut Cursor::new(file),
        file.len() as u64,
        false,
        looked,
    )
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes
        .windows(needle.len())
        .any(|part| part == needle.as_bytes())
}

fn words(object: &DefaultDicomObject) -> Vec<u16> {
    let bytes = object
        .element(tags::PIXEL_DATA)
        .unwrap()
        .to_bytes()
        .unwrap();
    let (pairs, _) = bytes.as_chunks();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
}

fn reasons(report: &Report) -> Vec<String> {
    let of_pixels = report
        .touched
        .iter()
        .filter(|one| one.path == "(7FE0,0010)");
    of_pixels.map(|one| one.why.to_string()).collect()
}

/// An overlay of 16 × 16 points whose data stands elsewhere, in this bit of the pixels.
fn with_overlay(study: StudyBuilder, bit: u16) -> StudyBuilder {
    study
        .with((0x6000, 0x10), "US", 16u16.to_le_bytes())
        .with((0x6000, 0x11), "US", 16u16.to_le_bytes())
        .with((0x6000, 0x40), "CS", "G ")
        .with((0x6000, 0x50), "SS", [1, 0, 1, 0])
        .with((0x6000, 0x100), "US", 16u16.to_le_bytes())
        .with((0x6000, 0x102), "US", bit.to_le_bytes())
        .with((0x6000, 0x1500), "LO", "Label of Doe")
}

#[test]
fn an_overlay_in_the_bits_of_pixels_goes_with_its_whole_group() {
    let values: Vec<u16> = (0..256).map(|at| (at * 16) | (at % 3 % 2) << 13).collect();
    let pixels: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let study = with_overlay(StudyBuilder::new(), 13).with((0x7FE0, 0x10), "OW", &pixels);
    let (object, _, report) = cleaned(&basic(), &file(&study));
    assert!(
        object
            .iter()
            .all(|one| !(0x6000..=0x60FF).contains(&one.header().tag.group()))
    );
    let expected: Vec<u16> = values.iter().map(|value| value & 0x0FFF).collect();
    assert_eq!(words(&object), expected);
    assert_eq!(reasons(&report), ["bits beside the pixels' values"]);
    // Without a word about them they go too, and a sign that is carried up stays.
    let silent = StudyBuilder::new().with((0x7FE0, 0x10), "OW", &pixels);
    assert_eq!(words(&cleaned(&basic(), &file(&silent)).0), expected);
    let signed: Vec<u8> = (0..256i16)
        .flat_map(|at| (at - 128).to_le_bytes())
        .collect();
    let study =
        StudyBuilder::new()
            .with((0x28, 0x103), "US", [1, 0])
            .with((0x7FE0, 0x10), "OW", &signed);
    let (object, _, report) = cleaned(&basic(), &file(&study));
    assert_eq!(
        object
            .element(tags::PIXEL_DATA)
            .unwrap()
            .to_bytes()
            .unwrap(),
        signed
    );
    assert!(reasons(&report).is_empty());
}

/// RLE of 16 bits: two segments of literal runs (PS3.5, annex G).
fn rle(values: &[u16]) -> Vec<u8> {
    let segment = |shift: u16| {
        let bytes: Vec<u8> = values.iter().map(|value| (value >> shift) as u8).collect();
        let runs = bytes.chunks(128).flat_map(|run| {
            let mut all = vec![run.len() as u8 - 1];
            all.extend(run);
            all
        });
        let mut all: Vec<u8> = runs.collect();
        if all.len() % 2 == 1 {
            all.push(0x80);
        }
        all
    };
    let (high, low) = (segment(8), segment(0));
    let mut all: Vec<u8> = [2u32, 64, 64 + high.len() as u32]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    all.resize(64, 0);
    [all, high, low].concat()
}

#[test]
fn an_overlay_in_packed_bits_is_unpacked_and_goes() {
    let values: Vec<u16> = (0..256).map(|at| (at * 16) | (at % 3 % 2) << 13).collect();
    let study = with_overlay(StudyBuilder::new(), 13)
        .transfer_syntax("1.2.840.10008.1.2.5")
        .fragments(b"", &[&rle(&values)]);
    let (object, _, _) = cleaned(&basic(), &file(&study));
    assert_eq!(object.meta().transfer_syntax(), EXPLICIT);
    let expected: Vec<u16> = values.iter().map(|value| value & 0x0FFF).collect();
    assert_eq!(words(&object), expected);
    // With nothing there it stays packed.
    let study = StudyBuilder::new()
        .transfer_syntax("1.2.840.10008.1.2.5")
        .fragments(b"", &[&rle(&expected)]);
    let (object, _, _) = cleaned(&basic(), &file(&study));
    assert_eq!(object.meta().transfer_syntax(), "1.2.840.10008.1.2.5");
}

#[test]
fn an_overlay_that_is_drawn_over_a_rectangle_goes_though_only_values_are_replaced() {
    let profile = Profile {
        rectangles: vec![studydrop::dicom::deidentify::Blackened {
            rectangles: vec![Rectangle {
                x: 0,
                y: 0,
                width: 16,
                height: 8,
            }],
            ..Default::default()
        }],
        ..Profile::only(vec![Replacement::new("PatientName", "Case^One").unwrap()])
    };
    let study = with_overlay(StudyBuilder::new(), 0).with((0x6000, 0x3000), "OW", [0xFF; 32]);
    let done = prepared(&cleaner_of(profile), &file(&study), true).unwrap();
    assert!(done.pixels.as_ref().unwrap().overlays_removed);
    let bytes = done.cleaned.bytes(b"").unwrap();
    let object = from_reader(Cursor::new(&bytes)).unwrap();
    assert!(object.get(Tag(0x6000, 0x3000)).is_none());
    assert!(object.get(Tag(0x6000, 0x0010)).is_none());
}

#[test]
fn what_stands_behind_the_frames_goes_and_one_byte_of_padding_stays() {
    let mut pixels: Vec<u8> = (0..15 * 17).map(|at| at as u8).collect();
    let frame = pixels.clone();
    pixels.extend(b"Doe^John 19500101");
    let study = |pixels: &[u8]| {
        StudyBuilder::new()
            .with((0x28, 0x10), "US", 15u16.to_le_bytes())
            .with((0x28, 0x11), "US", 17u16.to_le_bytes())
            .with((0x28, 0x100), "US", 8u16.to_le_bytes())
            .with((0x28, 0x101), "US", 8u16.to_le_bytes())
            .with((0x28, 0x102), "US", 7u16.to_le_bytes())
            .with(
                (0x7FE0, 0x00),
                "UL",
                (pixels.len() as u32 + 12).to_le_bytes(),
            )
            .with((0x7FE0, 0x10), "OB", pixels)
    };
    let padded = [frame.as_slice(), &[0]].concat();
    for syntax in [EXPLICIT, IMPLICIT, "1.2.840.10008.1.2.1.99"] {
        let dirty = file(&study(&pixels).transfer_syntax(syntax));
        let (object, bytes, report) = cleaned(&basic(), &dirty);
        let kept = object
            .element(tags::PIXEL_DATA)
            .unwrap()
            .to_bytes()
            .unwrap();
        assert_eq!(kept, padded, "{syntax}");
        assert!(!holds(&bytes, "Doe^John"));
        assert_eq!(reasons(&report), ["17 bytes behind the last frame"]);
    }
    let (object, _, report) = cleaned(&basic(), &file(&study(&padded)));
    assert_eq!(
        object
            .element(tags::PIXEL_DATA)
            .unwrap()
            .to_bytes()
            .unwrap(),
        padded
    );
    assert!(reasons(&report).is_empty());
}

#[test]
fn comments_go_out_of_every_frame_and_its_offsets_follow() {
    let scan = b"\xFF\xDA\0\x04\x01\0abc\xFF\0d" as &[u8];
    let clean = [b"\xFF\xD8\xFF\xDB\0\x04xy", scan, b"\xFF\xD9"].concat();
    let frame = |name: &str| {
        let length = (2 + name.len() as u16).to_be_bytes();
        let comment = [b"\xFF\xFE" as &[u8], &length, name.as_bytes()].concat();
        let exif = b"\xFF\xE1\0\x0AExif\0\0AB" as &[u8];
        [
            b"\xFF\xD8",
            exif,
            b"\xFF\xDB\0\x04xy",
            &comment,
            scan,
            &comment,
            b"\xFF\xD9Doe",
        ]
        .concat()
    };
    let (one, two) = (frame("Doe^John"), frame("Doe^J"));
    let even = |bytes: &[u8]| [bytes, &vec![0; bytes.len() % 2]].concat();
    let (one, two) = (even(&one), even(&two));
    let table = [0u32, 8 + one.len() as u32].map(u32::to_le_bytes).concat();
    let study = StudyBuilder::new()
        .transfer_syntax("1.2.840.10008.1.2.4.50")
        .frames(2)
        .with((0x28, 0x100), "US", 8u16.to_le_bytes())
        .with((0x28, 0x101), "US", 8u16.to_le_bytes())
        .with((0x28, 0x102), "US", 7u16.to_le_bytes());
    let dirty = file(&study.clone().fragments(&table, &[&one, &two]));
    let (object, bytes, report) = cleaned(&basic(), &dirty);
    assert!(!holds(&bytes, "Doe^J") && !holds(&bytes, "Exif"));
    let pixels = object.element(tags::PIXEL_DATA).unwrap();
    let fragments = pixels.fragments().unwrap();
    assert_eq!(fragments, [even(&clean), even(&clean)]);
    assert_eq!(
        pixels.value().offset_table().unwrap(),
        [0, 8 + even(&clean).len() as u32]
    );
    assert_eq!(reasons(&report).len(), 1);
    // A frame in two fragments, the comment across both.
    let study = study.frames(1);
    let (first, second) = one.split_at(24);
    let dirty = file(&study.clone().fragments(b"", &[first, second]));
    let (object, _, _) = cleaned(&basic(), &dirty);
    let pixels = object.element(tags::PIXEL_DATA).unwrap();
    assert_eq!(pixels.fragments().unwrap(), [even(&clean)]);
    // What is no stream is not sent.
    let odd = file(&study.fragments(b"", &[b"Doe^John"]));
    assert!(basic().clean_bytes(&odd, Wanted::default()).is_err());
}

#[test]
fn no_uid_of_the_file_stands_in_an_address_or_a_text() {
    let address = format!("https://pacs.example.org/rs/studies/{STUDY}");
    let study = StudyBuilder::new()
        .study_uid(STUDY)
        .transfer_syntax(IMPLICIT)
        .with((8, 0x1190), "UR", &address)
        .with((0x40, 0xE010), "UR", &address)
        .with((0x70, 0x68), "LO", format!("see {STUDY}. ").as_bytes());
    let (object, bytes, report) = cleaned(&basic(), &file(&study));
    assert!(!holds(&bytes, STUDY) && !holds(&bytes, "pacs.example"));
    let text = object
        .element(Tag(0x70, 0x68))
        .unwrap()
        .to_str()
        .unwrap()
        .into_owned();
    assert_eq!(text.trim(), format!("see {}.", report.study_instance_uid));
}

#[test]
fn safe_private_attributes_have_the_kind_that_the_table_gives_them_and_are_told_of() {
    let study = |syntax| {
        StudyBuilder::new()
            .transfer_syntax(syntax)
            .with((0x99, 0x10), "LO", "NQHeader")
            .with((0x99, 0x1001), "UI", "1.2.826.0.1.3680043.9.7777.55")
            .with((0x99, 0x1002), "UI", "1.2.826.0.1.3680043.9.7777.56")
    };
    let cleaner = cleaner_of(Profile {
        options: Options {
            retain_safe_private: true,
            ..Options::default()
        },
        ..Profile::default()
    });
    for syntax in [EXPLICIT, IMPLICIT] {
        let (_, bytes, report) = cleaned(&cleaner, &file(&study(syntax)));
        assert!(
            !holds(&bytes, "9.7777.55") && !holds(&bytes, "9.7777.56"),
            "{syntax}"
        );
        let private = report
            .touched
            .iter()
            .filter(|one| one.path.starts_with("(0099,10"));
        assert!(private.count() >= 2);
    }
    let kept = StudyBuilder::new()
        .with((0x19, 0x10), "LO", "SIEMENS MR HEADER ")
        .with((0x19, 0x100C), "IS", "1000");
    let (object, _, report) = cleaned(&cleaner, &file(&kept));
    assert!(object.get(Tag(0x19, 0x100C)).is_some());
    let told = report
        .touched
        .iter()
        .find(|one| one.path == "(0019,100C)")
        .unwrap();
    assert_eq!(
        (told.action, told.why.to_string()),
        (Action::Kept, "Retain Safe Private".to_owned())
    );
}

#[test]
fn free_text_that_the_table_does_not_name_says_nothing_and_a_document_waits_for_a_yes() {
    let note = [inner((0x70, 0x06), "ST", "Seen by Dr Kowalczyk")].concat();
    let study = StudyBuilder::new()
        .with((0x40, 0xB020), "SQ", item(&note))
        .with((0x42, 0x10), "ST", "Biopsy of Kowalczyks patient")
        .with((0x42, 0x11), "OB", b"%PDF-1.4 Kowalczyk")
        .with((0x42, 0x12), "LO", "application/pdf");
    let file = file(&study);
    let done = prepared(&basic(), &file, false).unwrap();
    assert!(done.risk.unwrap().reason().contains("document"));
    let bytes = done.cleaned.bytes(&file).unwrap();
    assert!(!holds(&bytes, "Seen by") && !holds(&bytes, "Biopsy"));
    let touched = &done.cleaned.report.touched;
    let why = touched
        .iter()
        .find(|one| one.keyword == "UnformattedTextValue")
        .unwrap();
    assert!(why.why.to_string().contains("free text"));
}

#[test]
fn a_word_of_the_device_and_numbers_of_its_own_stop_no_file() {
    let study = StudyBuilder::new()
        .patient("Sharp^Becky", "4711081")
        .with((0x18, 0x1210), "SH", "SHARP ")
        .with((0x20, 0x11), "IS", "4711081 ");
    let (object, _, _) = cleaned(&basic(), &file(&study));
    assert_eq!(
        object
            .element(tags::CONVOLUTION_KERNEL)
            .unwrap()
            .to_str()
            .unwrap(),
        "SHARP"
    );
    let other = StudyBuilder::new().patient("Sharp^Becky", "4711081").with(
        (0x18, 0x1030),
        "LO",
        "SHARP HEAD",
    );
    let keeps = Profile {
        overrides: vec![studydrop::dicom::deidentify::Override {
            attribute: "ProtocolName".parse().unwrap(),
            action: studydrop::dicom::deidentify::OverrideAction::Keep,
        }],
        ..Profile::default()
    };
    let stopped = cleaner_of(keeps).clean_bytes(&file(&other), Wanted::default());
    assert!(matches!(stopped, Err(Error::Residue(_))), "{stopped:?}");
}

/// The inputs of the folder beside the checkout, with what must not stand in the result.
#[test]
fn the_inputs_that_were_wrong_come_out_right() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/cases/deid"));
    if !folder.is_dir() {
        crate::common::aloud::aloud("passed over: the inputs of ../shared/cases/deid are not here");
        return;
    }
    let never = [
        "Testerson",
        "Kowalczyk",
        "Exif",
        "pacs.example",
        "9.7777.404751627",
        "PID-77123",
    ];
    for name in [
        "embedded_overlay_bits",
        "overlay_normal",
        "jpeg_exif_com",
        "jpeg_com_ct",
        "native_pixels_longer_with_text",
        "retrieve_url_uids",
        "safe_private_uid_im",
        "waveform_annotation_text",
        "surname_sharp_kernel",
    ] {
        let file = std::fs::read(folder.join(format!("{name}.dcm"))).unwrap();
        let mut profile = Profile::default();
        profile.options.retain_safe_private = name.starts_with("safe");
        let (object, bytes, _) = cleaned(&cleaner_of(profile), &file);
        for needle in never {
            assert!(!holds(&bytes, needle), "{name}: {needle}");
        }
        let groups = object.iter().map(|one| one.header().tag.group());
        assert!(
            groups.filter(|group| group & 0xFF00 == 0x6000).count() == 0,
            "{name}"
        );
        if name == "embedded_overlay_bits" {
            assert!(words(&object).iter().all(|value| value & 0xF000 == 0));
        }
    }
    let pdf = std::fs::read(folder.join("encapsulated_pdf.dcm")).unwrap();
    let held = prepared(&basic(), &pdf, false).unwrap();
    assert!(held.risk.is_some());
    assert!(!holds(&held.cleaned.bytes(&pdf).unwrap(), "Biopsy of"));
}
