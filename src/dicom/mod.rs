//! DICOM files on this computer: found, recognised by content, read as far as their headers, grouped, and shown.

pub mod attributes;
pub mod catalogue;
pub mod cine;
mod codecs;
pub mod deidentify;
pub mod discs;
mod fetch;
mod frame;
pub mod gaps;
mod group;
pub mod guess;
pub(crate) mod header;
mod inflating;
pub mod media;
mod odd;
pub mod preview;
mod raster;
pub mod sample;
pub mod scan;
mod source;
mod steps;
mod stream;
mod text;
mod unpack;
mod values;
mod vr;
mod walk;
