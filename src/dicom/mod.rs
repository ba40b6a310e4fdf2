//! DICOM files on this computer.

pub mod catalogue;
pub mod preview;
