//! What is known of a frame beside its pixels.

use std::fmt;

use super::grey::Window;
use crate::dicom::frame::{Attributes, Frame};

/// What is known of a frame beside its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Pixels a row.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// How many frames the file has; at least 1.
    pub frames: u32,
    /// Which of them this is, counted from 0.
    pub frame: u32,
    /// The height of a pixel by its width; 1 where they are square, or nothing is said.
    pub aspect: f64,
    /// Colours, on which a window has no effect.
    pub is_colour: bool,
    /// The lowest value that a pixel has, after rescaling (Hounsfield units in a CT); padding does not count. 0 for colours.
    pub darkest: f64,
    /// The highest one. 255 for colours.
    pub brightest: f64,
    /// The windows that the file names, its first choice first.
    pub windows: Vec<NamedWindow>,
    /// What is shown where nothing else is asked for: the file's first window; the whole range where it names none, or
    /// names a table (VOI LUT) instead.
    pub shown: Window,
    /// What the values are, such as HU; empty where that is not said.
    pub unit: String,
    /// Modality, such as CT; empty where that is not said.
    pub modality: String,
    /// Body part examined; empty where that is not said.
    pub body_part: String,
    /// Photometric interpretation.
    pub photometric: String,
    /// Whether something is drawn over the image (groups 60xx).
    pub has_overlays: bool,
}

/// A window that the file names.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedWindow {
    /// Such as "LUNG"; empty where it has no name.
    pub name: String,
    /// The value in its middle, after rescaling.
    pub center: f64,
    /// How many values it spreads over all greys.
    pub width: f64,
}

impl Facts {
    pub(super) fn of(frame: &Frame, number: u32) -> Facts {
        let attributes = &frame.attributes;
        Facts {
            columns: frame.samples.columns.into(),
            rows: frame.samples.rows.into(),
            frames: attributes.frames(),
            frame: number,
            aspect: 1.0,
            is_colour: false,
            darkest: 0.0,
            brightest: 255.0,
            windows: windows(attributes),
            shown: Window {
                center: 127.5,
                width: 255.0,
            },
            unit: attributes.text(0x1054),
            modality: String::new(),
            body_part: String::new(),
            photometric: frame.samples.interpretation.clone(),
            has_overlays: false,
        }
    }
}

fn windows(attributes: &Attributes) -> Vec<NamedWindow> {
    let pairs = attributes
        .decimals(0x1050)
        .into_iter()
        .zip(attributes.decimals(0x1051));
    let windows = pairs.filter(|(_, width)| *width > 0.0);
    windows
        .map(|(center, width)| NamedWindow {
            name: String::new(),
            center,
            width,
        })
        .collect()
}

/// What a file is that is no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoImage {
    /// A structured report.
    Report,
    /// A PDF document.
    Pdf,
    /// A clinical document (CDA).
    Document,
    /// A model for 3D printing (STL, OBJ, MTL).
    Model,
    /// A video, by the name of its coding.
    Video(&'static str),
    /// Curves: an ECG and the like.
    Waveform,
    /// How images are to be shown.
    PresentationState,
    /// Objects to look at, with what was said of them.
    KeyObjects,
    /// A plan of a radiotherapy.
    Plan,
    /// Outlines of a radiotherapy.
    Outlines,
    /// How images lie to each other.
    Registration,
    /// Raw data of a device.
    RawData,
    /// Measurements of a spectroscopy.
    Spectroscopy,
    /// Surfaces.
    Surfaces,
    /// Paths of fibres.
    Tracts,
}

impl fmt::Display for NoImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            NoImage::Report => "a structured report",
            NoImage::Pdf => "a PDF document",
            NoImage::Document => "a clinical document (CDA)",
            NoImage::Model => "a 3D model",
            NoImage::Video(coding) => return write!(f, "a video ({coding})"),
            NoImage::Waveform => "a waveform",
            NoImage::PresentationState => "a presentation state",
            NoImage::KeyObjects => "a selection of key objects",
            NoImage::Plan => "a radiotherapy plan",
            NoImage::Outlines => "a set of radiotherapy outlines",
            NoImage::Registration => "a registration",
            NoImage::RawData => "a device's raw data",
            NoImage::Spectroscopy => "a spectroscopy",
            NoImage::Surfaces => "a set of surfaces",
            NoImage::Tracts => "a set of fibre tracts",
        };
        f.write_str(words)
    }
}
