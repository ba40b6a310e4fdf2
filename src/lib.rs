//! StudyDrop: medical images from a workstation into a cloud archive and on to the people who need them.
//!
//! `docs/ARCHITECTURE.md` says what each room (module) holds and which room may use which; a test (`arrows`) holds its tables
//! against every path in `src/`. In short: `main` runs `cli` or `app`; `app` takes the events of `worker` into `model` and paints
//! it with `ui`; `worker` sends through `transfer`, which stands on `cloud` and `dicom`; `practice` is the server for trying.
//! Only `app`, `ui` and `main` name egui; only `worker`, `transfer`, `cloud`, `practice` and `cli` name tokio.

pub mod app;
#[cfg(test)]
mod arrows;
pub mod charset;
pub mod cli;
pub mod cloud;
pub mod dicom;
pub mod keychain;
pub mod logbook;
pub mod message;
pub mod model;
pub mod practice;
pub mod receipt;
pub mod settings;
pub mod text;
pub mod transfer;
pub mod typefaces;
pub mod ui;
pub mod words;
pub mod worker;

// `model::testing` is compiled in the tests of the whole window too, and names this crate as they do.
#[cfg(test)]
extern crate self as studydrop;
