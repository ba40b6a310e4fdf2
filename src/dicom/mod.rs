//! DICOM files on this computer: found, recognised by content, read as far as their headers, grouped, and shown.

pub mod catalogue;
pub mod cine;
pub mod deidentify;
mod frame;
mod group;
mod header;
pub mod preview;
mod raster;
pub mod report;
pub mod sample;
pub mod scan;
mod source;
mod stream;
mod text;
mod unpack;
mod values;
mod walk;
