//! Reading: folders, archives and discs, character sets, attributes and pictures. `cargo test --test dicom`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::needless_pass_by_value,
    reason = "tests may fail loudly, their helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod attributes;
mod charsets;
mod media;
mod nonstandard;
mod pictures;
mod pictures_agree;
mod preview;
mod scan;
