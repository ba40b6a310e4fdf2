//! De-identification: the standard's table, rules, pixels, and other programs that read the cleaned files.
//! `cargo test --test deidentify`
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

mod dates;
mod leaks;
mod pixels;
mod readers;
mod real;
mod replace;
mod rules;
mod table;
