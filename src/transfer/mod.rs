//! Sending studies: a queue of uploads that outlives the program, several sockets, verification, and a ledger that
//! always closes.
//!
//! [`engine`] holds the queue and decides which study is sent when; [`study_task`] leads one study from its first question to
//! its last; [`part_reader`] turns files into parts; [`socket_pool`] are the sockets, [`pool_size`] decides how many, [`throttle`] how
//! fast; [`verify`] asks the account what it holds; [`study`] is one transfer's state and [`ledger`] what became of each
//! file. [`journal`] writes down what goes through `study`, where every change of a file's fate passes.

mod cleaning;
mod engine;
mod journal;
mod ledger;
mod part_reader;
mod pool_size;
mod resume;
mod socket_pool;
mod speed;
mod status;
mod study;
mod study_task;
mod throttle;
mod upload;
mod verify;

pub use cleaning::Cleaning;
pub use engine::{Engine, Keeping, Options};
pub use journal::{Account, Journal, OpenError, Opened};
pub use ledger::Outcome;
pub use resume::Saved;
pub use status::{FileFailure, Ledger, Report, TransferState, TransferStatus};
pub use upload::{Target, Upload, UploadFile};
