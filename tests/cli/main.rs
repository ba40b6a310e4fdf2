//! The program's command line, run as a person or a script runs it. `cargo test --test cli`
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

mod account;
mod deidentify;
mod files;
#[cfg(unix)]
mod guards;
mod picture;
mod show;
