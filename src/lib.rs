//! StudyDrop: medical images from a workstation into a cloud archive and on to the people who need them.
//!
//! Arrows point one way: `main → app → {ui, model, worker}`, `ui → model, message`, `cli → worker`,
//! `worker → transfer → {cloud, dicom}`. `practice` knows `cloud::wire`, and its pages `dicom::preview` and `i18n`, and nothing
//! else of ours. `cloud` and `dicom` know nobody. Anybody may use `i18n`, `charset` (the
//! text of DICOM files), `bidi` (the order in which text stands) and `typefaces` (the fonts). Only `app`, `ui` and `main` name egui; only `worker`, `transfer`, `cloud`, `practice` (and `cli`) name tokio.

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
