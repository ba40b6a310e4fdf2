//! What several tests need. A binary takes the whole tree in once: `#[path = "../common/mod.rs"] mod common;`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tests and benchmarks may fail loudly, their helpers too"
)]
#![allow(dead_code, unused_imports, reason = "each binary uses a part of it")]

pub mod aloud;
pub mod archives;
#[path = "../../src/model/testing/mod.rs"]
pub mod drawn;
pub mod judges;
pub mod method_table;
pub mod program;
pub mod proxy;
pub mod raster;
pub mod rich;
pub mod scripts;
pub mod stage;
pub mod studies;
pub mod window;

use std::path::PathBuf;

/// The folder of real files beside the checkout. Where it is absent, this is counted.
pub fn shared_dicom() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/dicom"));
    if !folder.is_dir() {
        aloud::not_run("the real files of ../shared/dicom are not here");
        return None;
    }
    folder.canonicalize().ok()
}
