//! The window without a screen: what it shows, and what a person's actions ask of the worker. `cargo test --test window`
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
mod details;
mod drop;
mod folders;
mod matching;
mod media;
mod orders;
mod pages;
mod parts;
mod pictures;
mod share;
mod transfers;
mod unlock;
mod viewer;
mod whole_program;
