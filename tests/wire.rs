//! The client against a server that records: what it sends equals, field by field and byte by byte, what the vendor's
//! library was recorded to send (`tests/data/traces.json`), and whatever a server can do wrong is an error value.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may fail loudly, its helpers too"
)]

#[path = "common/aloud.rs"]
mod aloud;
#[path = "wire/documented.rs"]
mod documented;
#[path = "wire/encryption.rs"]
mod encryption;
#[path = "wire/fake.rs"]
mod fake;
#[path = "wire/faults.rs"]
mod faults;
#[path = "wire/parameters.rs"]
mod parameters;
#[path = "wire/reconnect.rs"]
mod reconnect;
#[path = "wire/recordings.rs"]
mod recordings;
#[path = "wire/refusals.rs"]
mod refusals;
#[path = "wire/typed.rs"]
mod typed;
