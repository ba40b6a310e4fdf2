//! How a data set is read and written: elements, value representations, sequences, text.

pub(in crate::dicom) mod cursor;
pub(in crate::dicom) mod element;
pub(in crate::dicom) mod text;
pub(in crate::dicom) mod vr;
pub(in crate::dicom) mod walk;
