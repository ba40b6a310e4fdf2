//! Uploads: the engine and its journal, a line that fails, a program that is killed, receipts. `cargo test --test transfer`
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

mod documents;
mod engine;
mod faults;
mod kills;
mod receipts;
mod upload;
