//! From a file to a picture: how long one frame takes, by the way in which it is packed, and how long another window takes
//! once it is decoded. Real files are taken from `../shared/dicom` where that is there.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a benchmark may fail loudly"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use studydrop::dicom::image::render::{Look, Window, decode};
use studydrop::dicom::sample::write_sample_study;

const REAL: [(&str, &str); 7] = [
    (
        "CT, JPEG lossless",
        "multiframe_us_nm_dcm4che/CT-JPEGLosslessSV1.dcm",
    ),
    ("CT, JPEG 2000", "pydicom_data/693_J2KR.dcm"),
    ("US 640 × 480 RGB, JPEG 2000", "pydicom_data/US1_J2KR.dcm"),
    (
        "640 × 640, JPEG of 12 bits",
        "vectors_microsoft/src/Microsoft.Health.Dicom.Anonymizer.CommandLineTool.UnitTests/DicomFiles/I290.dcm",
    ),
    (
        "US 600 × 430 palette, JPEG-LS",
        "multiframe_us_nm_dcm4che/jpeg-ls-Palette.dcm",
    ),
    (
        "US 600 × 430 palette, RLE",
        "multiframe_us_nm_dcm4che/US-PAL-8-10x-echo",
    ),
    (
        "XA 1024 × 1024, JPEG-LS",
        "xa_nema/compsamples_jpegls/IMAGES/JLSL/XA1_JLSL",
    ),
];

/// The time in the middle of many, and the longest but a few.
fn middle(mut run: impl FnMut()) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..60)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    times.sort();
    (
        times.get(30).copied().unwrap(),
        times.get(57).copied().unwrap(),
    )
}

fn measure(what: &str, path: &Path) {
    let (whole, slow) = middle(|| {
        let decoded = decode(path, 0).unwrap();
        black_box(decoded.picture(&Look::default(), u32::MAX));
    });
    let decoded = decode(path, 0).unwrap();
    let look = Look {
        window: Some(Window {
            center: 40.0,
            width: 400.0,
        }),
        ..Look::default()
    };
    let (again, _) = middle(|| {
        black_box(decoded.picture(&look, u32::MAX));
    });
    let (small, _) = middle(|| {
        black_box(decoded.picture(&look, 128));
    });
    println!(
        "{what}: {whole:.1?} from file to picture (95 of 100 within {slow:.1?}), {again:.1?} another window, {small:.1?} at 128 pixels, {} KiB in memory",
        decoded.bytes() / 1024
    );
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let study = write_sample_study(folder.path()).unwrap();
    measure("CT 512 × 512, not packed", study.get(5).unwrap());
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/dicom"));
    for (what, file) in REAL {
        let path = shared.join(file);
        if path.exists() {
            measure(what, &path);
        }
    }
}
