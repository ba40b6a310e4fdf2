//! Media: archives that are read where they lie, whatever is in them, discs and their directories, and drives that fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests may fail loudly"
)]

#[path = "media/bad.rs"]
mod bad;
#[path = "media/discs.rs"]
mod discs;
#[path = "media/kit.rs"]
mod kit;
#[path = "media/locked.rs"]
mod locked;
#[path = "common/program.rs"]
mod program;
#[path = "media/sent.rs"]
mod sent;
#[path = "common/studies.rs"]
#[allow(dead_code, reason = "each test uses its part of this")]
mod studies;
#[path = "media/zips.rs"]
mod zips;
