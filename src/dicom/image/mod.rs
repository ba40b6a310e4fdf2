//! Pixel data: what describes it, its frames and code streams, decoding and rendering.

pub(in crate::dicom) mod codecs;
pub(in crate::dicom) mod codestream;
pub(in crate::dicom) mod decode;
pub(in crate::dicom) mod frame;
pub mod frame_rate;
pub(in crate::dicom) mod palette;
pub(in crate::dicom) mod pixel_description;
pub mod render;
