//! DICOM files on this computer: found, recognised by content, read as far as their headers, grouped, and shown.

pub mod attributes;
pub mod catalogue;
mod dataset;
pub mod deidentify;
pub mod image;
pub mod media;
pub mod sample;
pub mod scan;
