//! A made-up study for trying things out: a CT of a phantom of rings, of a patient who does not exist.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use dicom_core::{DataElement, PrimitiveValue, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use thiserror::Error;
use uuid::Uuid;

/// Pixels a row, and rows.
const SIDE: u16 = 512;
/// Slices of the main series.
const SLICES: u32 = 40;

/// Why the sample study could not be written.
#[derive(Debug, Error)]
pub enum SampleError {
    /// The file system.
    #[error("{0}.")]
    Io(#[from] std::io::Error),
    /// The DICOM library.
    #[error("a file could not be written ({0}).")]
    Write(Box<dicom_object::WriteError>),
    /// The DICOM library again.
    #[error("its file meta information could not be made.")]
    Meta,
}

/// A fresh UID under 2.25 (PS3.5, B.2).
pub fn new_uid() -> String {
    format!("2.25.{}", Uuid::new_v4().as_u128())
}

/// Writes the study into `dir`, which is made where it is missing. Each time it is a study of its own.
///
/// # Errors
/// [`SampleError`] when the files cannot be written.
pub fn write_sample_study(dir: &Path) -> Result<Vec<PathBuf>, SampleError> {
    std::fs::create_dir_all(dir)?;
    let study = new_uid();
    let frame_of_reference = new_uid();
    let mut written = Vec::new();
    let series = [
        (
            1u16,
            "Scout",
            2,
            Window {
                center: -400,
                width: 1900,
            },
        ),
        (
            2,
            "Lung 1.25 mm",
            SLICES,
            Window {
                center: -600,
                width: 1500,
            },
        ),
        (
            3,
            "Mediastinum",
            SLICES / 2,
            Window {
                center: -350,
                width: 900,
            },
        ),
    ];
    for (number, description, slices, window) in series {
        let series = SampleSeries {
            study: &study,
            series: new_uid(),
            frame_of_reference: &frame_of_reference,
            number,
            description,
            slices,
            window,
        };
        for slice in 0..slices {
            let path = dir.join(format!("IM_{number}{slice:03}"));
            series.write(slice, &path)?;
            written.push(path);
        }
    }
    Ok(written)
}

#[derive(Clone, Copy)]
struct Window {
    center: i32,
    width: i32,
}

struct SampleSeries<'a> {
    study: &'a str,
    series: String,
    frame_of_reference: &'a str,
    number: u16,
    description: &'a str,
    slices: u32,
    window: Window,
}

impl SampleSeries<'_> {
    fn write(&self, slice: u32, path: &Path) -> Result<(), SampleError> {
        let mut object = InMemDicomObject::new_empty();
        let instance = new_uid();
        self.identify(&mut object, &instance);
        self.place(&mut object, slice);
        put_pixels(&mut object, f64::from(slice) / f64::from(self.slices));
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
            .media_storage_sop_class_uid(uids::CT_IMAGE_STORAGE)
            .media_storage_sop_instance_uid(instance)
            .build()
            .map_err(|_| SampleError::Meta)?;
        let file = object.with_exact_meta(meta);
        file.write_to_file(path)
            .map_err(|error| SampleError::Write(Box::new(error)))
    }

    fn identify(&self, object: &mut InMemDicomObject, instance: &str) {
        put(object, tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");
        put(object, tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL");
        put(object, tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE);
        put(object, tags::SOP_INSTANCE_UID, VR::UI, instance);
        put(object, tags::STUDY_DATE, VR::DA, "20261123");
        put(object, tags::STUDY_TIME, VR::TM, "091400");
        put(object, tags::ACCESSION_NUMBER, VR::SH, "A-20261123-07");
        put(object, tags::MODALITY, VR::CS, "CT");
        put(object, tags::MANUFACTURER, VR::LO, "StudyDrop sample");
        put(object, tags::INSTITUTION_NAME, VR::LO, "Main hospital");
        put(object, tags::REFERRING_PHYSICIAN_NAME, VR::PN, "Läkare^Åke");
        put(
            object,
            tags::STUDY_DESCRIPTION,
            VR::LO,
            "Thorax with contrast",
        );
        put(object, tags::SERIES_DESCRIPTION, VR::LO, self.description);
        put(object, tags::PATIENT_NAME, VR::PN, "Öberg^Märta");
        put(object, tags::PATIENT_ID, VR::LO, "19510203-1234");
        put(object, tags::PATIENT_BIRTH_DATE, VR::DA, "19510203");
        put(object, tags::PATIENT_SEX, VR::CS, "F");
        put(object, tags::BODY_PART_EXAMINED, VR::CS, "CHEST");
        put(object, tags::KVP, VR::DS, "120");
        put(object, tags::STUDY_INSTANCE_UID, VR::UI, self.study);
        put(object, tags::SERIES_INSTANCE_UID, VR::UI, &self.series);
        put(object, tags::STUDY_ID, VR::SH, "1");
        put(
            object,
            tags::SERIES_NUMBER,
            VR::IS,
            &self.number.to_string(),
        );
        put(
            object,
            tags::FRAME_OF_REFERENCE_UID,
            VR::UI,
            self.frame_of_reference,
        );
        put(object, tags::POSITION_REFERENCE_INDICATOR, VR::LO, "");
    }

    fn place(&self, object: &mut InMemDicomObject, slice: u32) {
        let z = f64::from(slice) * 1.25;
        put(object, tags::SLICE_THICKNESS, VR::DS, "1.25");
        put(object, tags::PATIENT_POSITION, VR::CS, "HFS");
        put(object, tags::ACQUISITION_NUMBER, VR::IS, "1");
        put(
            object,
            tags::INSTANCE_NUMBER,
            VR::IS,
            &(slice + 1).to_string(),
        );
        put(
            object,
            tags::IMAGE_POSITION_PATIENT,
            VR::DS,
            &format!("-180\\-180\\{z:.2}"),
        );
        put(
            object,
            tags::IMAGE_ORIENTATION_PATIENT,
            VR::DS,
            "1\\0\\0\\0\\1\\0",
        );
        put(object, tags::SLICE_LOCATION, VR::DS, &format!("{z:.2}"));
        put(
            object,
            tags::PHOTOMETRIC_INTERPRETATION,
            VR::CS,
            "MONOCHROME2",
        );
        put(object, tags::PIXEL_SPACING, VR::DS, "0.703125\\0.703125");
        let Window { center, width } = self.window;
        put(
            object,
            tags::WINDOW_CENTER,
            VR::DS,
            &format!("{center}\\300"),
        );
        put(
            object,
            tags::WINDOW_WIDTH,
            VR::DS,
            &format!("{width}\\2000"),
        );
        put(object, tags::RESCALE_INTERCEPT, VR::DS, "-2048");
        put(object, tags::RESCALE_SLOPE, VR::DS, "1");
        put(object, tags::RESCALE_TYPE, VR::LO, "HU");
        let numbers = [
            (tags::SAMPLES_PER_PIXEL, 1),
            (tags::ROWS, SIDE),
            (tags::COLUMNS, SIDE),
            (tags::BITS_ALLOCATED, 16),
            (tags::BITS_STORED, 12),
            (tags::HIGH_BIT, 11),
            (tags::PIXEL_REPRESENTATION, 0),
        ];
        for (tag, number) in numbers {
            object.put(DataElement::new(tag, VR::US, dicom_value!(U16, [number])));
        }
    }
}

fn put(object: &mut InMemDicomObject, tag: dicom_core::Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

/// Rings of bone, soft tissue and air that swell and shrink along the body, with a little grain.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to twelve bits"
)]
fn put_pixels(object: &mut InMemDicomObject, along: f64) {
    let swell = (along * TAU / 2.0).sin();
    let outer = 0.62 + 0.2 * swell;
    let side = f64::from(SIDE);
    let mut grain = 0x2545_F491u32;
    let pixel = |index: u32| {
        let (x, y) = (
            f64::from(index % u32::from(SIDE)),
            f64::from(index / u32::from(SIDE)),
        );
        let (x, y) = (2.0 * x / side - 1.0, (2.0 * y / side - 1.0) * 1.06);
        let radius = x.hypot(y) / outer;
        grain ^= grain << 13;
        grain ^= grain >> 17;
        grain ^= grain << 5;
        let noise = f64::from(grain % 41) - 20.0;
        let hounsfield = density(radius, 0.24 + 0.12 * swell) + noise;
        (hounsfield + 2048.0).clamp(0.0, 4095.0) as u16
    };
    let pixels: Vec<u16> = (0..u32::from(SIDE) * u32::from(SIDE)).map(pixel).collect();
    object.put(DataElement::new(
        tags::PIXEL_DATA,
        VR::OW,
        PrimitiveValue::U16(pixels.into()),
    ));
}

/// Hounsfield units at this share of the body's radius; `heart` is the inner ring's.
fn density(radius: f64, heart: f64) -> f64 {
    match radius {
        // Nothing was measured there: scanners write less than air, which is black in every window.
        r if r > 1.0 => -2000.0,
        r if r > 0.93 => 450.0,
        r if r > 0.6 => -540.0,
        r if r > heart => -820.0,
        r if r > heart * 0.6 => 120.0,
        _ => -480.0,
    }
}
