//! What is known of a frame beside its pixels.

use std::fmt;

use super::grey::{Grey, Said, Window, windows};
use crate::dicom::dataset::element::Tag;
use crate::dicom::image::frame::Frame;
use crate::dicom::image::pixel_description::{Attributes, decimals};

const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const MEDIA_CLASS: Tag = Tag(0x0002, 0x0002);
const MODALITY: Tag = Tag(0x0008, 0x0060);
const BODY_PART: Tag = Tag(0x0018, 0x0015);
const IMAGER_PIXEL_SPACING: Tag = Tag(0x0018, 0x1164);
/// Functional group: Pixel Measures.
const PIXEL_MEASURES: Tag = Tag(0x0028, 0x9110);
const PIXEL_SPACING: u16 = 0x0030;
const ASPECT_RATIO: u16 = 0x0034;

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
    /// Whether pixels are missing at the frame's end: the file is cut off there.
    pub is_cut: bool,
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
    pub(super) fn of(frame: &Frame, said: &Said<'_>) -> Facts {
        let attributes = &frame.attributes;
        Facts {
            columns: frame.samples.columns.into(),
            rows: frame.samples.rows.into(),
            frames: frame.frames,
            frame: frame.number,
            is_cut: frame.is_cut,
            aspect: aspect(frame, said),
            is_colour: false,
            darkest: 0.0,
            brightest: 255.0,
            windows: Vec::new(),
            shown: Window {
                center: 127.5,
                width: 255.0,
            },
            unit: said.unit(),
            modality: attributes.text_of(MODALITY),
            body_part: attributes.text_of(BODY_PART),
            photometric: attributes.text(0x0004),
            has_overlays: false,
        }
    }

    /// What is true of greys only.
    pub(super) fn add_greys(&mut self, said: &Said<'_>, grey: &Grey) {
        self.windows = windows(said);
        (self.darkest, self.brightest) = grey.range();
        self.shown = grey.own_window();
    }
}

/// The height of a pixel by its width, as far as it is said and makes sense.
fn aspect(frame: &Frame, said: &Said<'_>) -> f64 {
    let ratio = frame.attributes.decimals(ASPECT_RATIO);
    let spacing = said.decimals(PIXEL_MEASURES, PIXEL_SPACING);
    let of_detector = decimals(frame.attributes.value(IMAGER_PIXEL_SPACING));
    let ratio_of = |pair: &[f64]| match pair {
        [vertical, horizontal, ..] => Some(vertical / horizontal),
        _ => None,
    };
    [ratio, spacing, of_detector]
        .iter()
        .filter_map(|pair| ratio_of(pair))
        .find(|ratio| (0.01..=100.0).contains(ratio))
        .unwrap_or(1.0)
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
    /// The directory of a disc.
    Directory,
}

impl NoImage {
    /// What this is, where it is no image.
    pub(in crate::dicom) fn of(attributes: &Attributes) -> Option<NoImage> {
        let syntax = attributes.transfer_syntax();
        if let Some(video) = syntax.strip_prefix("1.2.840.10008.1.2.4.") {
            // Those with a further number are cut into fragments.
            let coding = match video.split('.').next().unwrap_or_default() {
                "100" | "101" => Some("MPEG-2"),
                "102" | "103" | "104" | "105" | "106" => Some("MPEG-4"),
                "107" | "108" => Some("HEVC"),
                _ => None,
            };
            if let Some(coding) = coding {
                return Some(NoImage::Video(coding));
            }
        }
        let class = attributes.text_of(SOP_CLASS);
        if class == "1.2.840.10008.1.3.10"
            || attributes.text_of(MEDIA_CLASS) == "1.2.840.10008.1.3.10"
        {
            return Some(NoImage::Directory);
        }
        let kind = class.strip_prefix("1.2.840.10008.5.1.4.1.1.")?;
        let (family, number) = kind.split_once('.').unwrap_or((kind, ""));
        Some(match (family, number) {
            ("88", "59") => NoImage::KeyObjects,
            ("88", _) => NoImage::Report,
            ("104", "1") => NoImage::Pdf,
            ("104", "2") => NoImage::Document,
            ("104", _) => NoImage::Model,
            ("9", _) => NoImage::Waveform,
            ("11", _) => NoImage::PresentationState,
            ("481", "3") => NoImage::Outlines,
            ("481", "4" | "5" | "6" | "7" | "8" | "9") => NoImage::Plan,
            ("66", "") => NoImage::RawData,
            ("66", "1" | "2" | "3") => NoImage::Registration,
            ("66", "5") => NoImage::Surfaces,
            ("66", "6") => NoImage::Tracts,
            ("4", "2") => NoImage::Spectroscopy,
            _ => return None,
        })
    }
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
            NoImage::Directory => "the directory of a disc",
        };
        f.write_str(words)
    }
}
