//! What several tests need.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "tests may fail loudly"
)]
#![allow(dead_code, reason = "each test uses a part of it")]

pub mod aloud;
pub mod readers;
pub mod scripts;
pub mod studies;

use std::path::PathBuf;

/// The folder of real files beside the checkout. Where it is absent, says so in one line; the test then has nothing to do.
pub fn shared_dicom() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/dicom"));
    if !folder.is_dir() {
        aloud::aloud("passed over: the real files of ../shared/dicom are not here");
        return None;
    }
    folder.canonicalize().ok()
}
