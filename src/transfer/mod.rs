//! Sending studies: a queue of uploads that outlives the program, several sockets, verification, and a ledger that
//! always closes.
//!
//! [`engine`] holds the queue and decides which study is sent when; [`drive`] leads one study from its first question to
//! its last; [`reader`] turns files into parts; [`lanes`] are the sockets, [`pace`] decides how many, [`throttle`] how
//! fast; [`verify`] asks the account what it holds; [`study`] is one transfer's state and [`ledger`] what became of each
//! file. [`journal`] writes down what goes through `study`, where every change of a file's fate passes.

mod cleaned;
mod cleaning;
mod drive;
mod engine;
mod journal;
mod lanes;
mod ledger;
mod meter;
mod pace;
mod reader;
pub mod receipt;
mod receipt_face;
mod receipt_page;
mod receipt_pdf;
mod receipt_shape;
mod restore;
mod status;
mod study;
mod throttle;
mod upload;
mod verify;

pub use cleaning::Cleaning;
pub use engine::{Engine, Keeping, Options};
pub use journal::{Account, Journal, OpenError, Opened};
pub use ledger::Outcome;
pub use restore::Saved;
pub use status::{FileFailure, Ledger, Report, TransferState, TransferStatus};
pub use upload::{Target, Upload, UploadFile};
