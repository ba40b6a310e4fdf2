//! The practice server over real sockets, from outside: frames go in, frames and files come out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::needless_pass_by_value,
    reason = "tests may fail loudly, and the helpers of these are no tests themselves"
)]

#[path = "common/aloud.rs"]
mod aloud;
#[path = "practice/client.rs"]
mod client;
#[path = "practice/corpus.rs"]
mod corpus;
#[path = "practice/creating.rs"]
mod creating;
#[path = "practice/documents.rs"]
mod documents;
#[path = "practice/filters.rs"]
mod filters;
#[path = "practice/folders.rs"]
mod folders;
#[path = "practice/grouping.rs"]
mod grouping;
#[path = "practice/kill.rs"]
mod kill;
#[path = "practice/library.rs"]
mod library;
#[path = "practice/pages.rs"]
mod pages;
#[path = "practice/people.rs"]
mod people;
#[path = "practice/searching.rs"]
mod searching;
#[path = "practice/sharing.rs"]
mod sharing;
#[path = "practice/signing_in.rs"]
mod signing_in;
#[path = "practice/studies.rs"]
mod studies;
#[path = "practice/trash.rs"]
mod trash;
#[path = "practice/uploading.rs"]
mod uploading;
#[path = "practice/viewing.rs"]
mod viewing;
