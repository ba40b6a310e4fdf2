//! DICOM files on this computer: found, recognised by content, read as far as their headers, grouped, and shown.

pub mod catalogue;
mod header;
pub mod preview;
pub mod sample;
pub mod scan;
mod text;
mod walk;
