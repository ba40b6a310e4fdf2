//! Uploads over a line that fails: whatever it does, every ledger closes and nothing is lost, half there or there twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "tests may fail loudly"
)]

#[path = "faults/bench.rs"]
mod bench;
#[path = "faults/cuts.rs"]
mod cuts;
#[path = "faults/messages.rs"]
mod messages;
#[path = "common/program.rs"]
mod program;
#[path = "common/proxy/mod.rs"]
mod proxy;
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "common/studies.rs"]
mod studies;
#[path = "faults/the_line.rs"]
mod the_line;
