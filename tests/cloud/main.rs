//! The client, its protocol and the practice server. `cargo test --test cloud`
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

mod agreement;
mod methods;
mod pages_in_browser;
mod practice;
mod wire;
