//! Whether somebody's name may be written in the picture itself, judged from the header alone. No header is believed that
//! says no: devices write it without looking.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use crate::dicom::catalogue::SkipReason;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::walk::Visitor;
use crate::dicom::scan::header::{visit, visit_in};

/// Why something may be written in a picture that identifies the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Risk {
    /// Burned In Annotation says YES.
    SaysSo,
    /// Recognizable Visual Features says YES.
    Face,
    /// Burned In Annotation says something that is neither yes nor no.
    SaysNeither,
    /// A PDF, a CDA or another document in a DICOM file.
    Document,
    /// A model to be printed in three dimensions.
    Model,
    /// A video.
    Video,
    /// The picture of a screen: a dose report, a summary, a screenshot.
    Screen,
    /// Secondary Capture: made by something that is not the imaging device.
    SecondaryCapture,
    /// Digitized film, a scanned document, a video still.
    Converted,
    /// Ultrasound.
    Ultrasound,
    /// Angiography or fluoroscopy.
    XRayFilm,
    /// A photograph, or endoscopy.
    Photograph,
    /// The label of a microscope slide.
    SlideLabel,
    /// OT, DOC and classes that are not the standard's.
    Other,
    /// A picture in colours where the device makes grey ones.
    Coloured,
}

impl Risk {
    /// For a person: what is likely, and why.
    pub fn reason(self) -> &'static str {
        match self {
            Risk::SaysSo => "The file says that text is written in the picture.",
            Risk::Face => "The file says that the person can be recognised in the picture.",
            Risk::SaysNeither => {
                "The file does not say clearly whether text is written in the picture."
            }
            Risk::Document => "This is a document, and its text is not changed.",
            Risk::Model => "This is a model of the body, which may show a face.",
            Risk::Video => "This is a video, whose pictures are not looked at.",
            Risk::Screen => {
                "This is the picture of a screen, such as a dose report: they often show name or ID."
            }
            Risk::SecondaryCapture => {
                "This is a screenshot or another secondary capture: they often show name or ID."
            }
            Risk::Converted => "This is a digitized film or a scan, which often shows name or ID.",
            Risk::Ultrasound => "Ultrasound pictures often show name or ID in their margins.",
            Risk::XRayFilm => "Angiography and fluoroscopy often show name or ID in their margins.",
            Risk::Photograph => "Photographs and endoscopy may show text, or a face.",
            Risk::SlideLabel => {
                "This is the label of a slide or shows it: they often carry name or ID."
            }
            Risk::Other => "This is another kind of picture, which may show name or ID.",
            Risk::Coloured => {
                "The picture is in colour, which this device's images are not: it may be a screenshot."
            }
        }
    }
}

/// Judges a file by its header.
///
/// # Errors
/// Why it cannot be read.
pub fn risk_of(path: &Path) -> Result<Option<Risk>, SkipReason> {
    let mut signs = Signs::default();
    visit(path, &mut signs)?;
    Ok(signs.judge())
}

/// Judges a file of `size` bytes, wherever it is.
///
/// # Errors
/// Why it cannot be read.
pub fn risk_in<R: Read + Seek>(file: R, size: u64) -> Result<Option<Risk>, SkipReason> {
    let mut signs = Signs::default();
    visit_in(BufReader::new(file), size, &mut signs)?;
    Ok(signs.judge())
}

const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);
const IMAGE_TYPE: Tag = Tag(0x0008, 0x0008);
const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
const MODALITY: Tag = Tag(0x0008, 0x0060);
const CONVERSION: Tag = Tag(0x0008, 0x0064);
const DESCRIPTION: Tag = Tag(0x0008, 0x103E);
const INTERPRETATION: Tag = Tag(0x0028, 0x0004);
const ROWS: Tag = Tag(0x0028, 0x0010);
const BURNED_IN: Tag = Tag(0x0028, 0x0301);
const RECOGNIZABLE: Tag = Tag(0x0028, 0x0302);

const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";

#[derive(Default)]
pub(super) struct Signs(HashMap<Tag, String>);

impl Visitor for Signs {
    fn wants(&self, tag: Tag) -> bool {
        const WANTED: [Tag; 9] = [
            IMAGE_TYPE,
            SOP_CLASS,
            MODALITY,
            CONVERSION,
            DESCRIPTION,
            INTERPRETATION,
            ROWS,
            BURNED_IN,
            RECOGNIZABLE,
        ];
        WANTED.contains(&tag)
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        let text = String::from_utf8_lossy(&value).to_uppercase();
        let text = text.trim_matches(['\0', ' ']).to_owned();
        self.0.entry(tag).or_insert(text);
    }
}

impl Signs {
    fn says(&self, tag: Tag) -> &str {
        self.0.get(&tag).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn judge(&self) -> Option<Risk> {
        if self.says(BURNED_IN) == "YES" {
            return Some(Risk::SaysSo);
        }
        if self.says(RECOGNIZABLE) == "YES" {
            return Some(Risk::Face);
        }
        let class = self.says(SOP_CLASS).strip_prefix(STORAGE);
        if let Some(risk) = class.and_then(of_class) {
            return Some(risk);
        }
        if is_video(self.says(TRANSFER_SYNTAX)) {
            return Some(Risk::Video);
        }
        if !self.0.contains_key(&ROWS) {
            return None;
        }
        if !matches!(self.says(BURNED_IN), "" | "NO") {
            return Some(Risk::SaysNeither);
        }
        if self.is_of_a_screen() {
            return Some(Risk::Screen);
        }
        // Computed from images: nothing is ever written in them.
        if matches!(class, Some("30" | "66.4" | "66.7" | "481.2")) {
            return None;
        }
        match self.says(CONVERSION) {
            "" => self.by_modality(class),
            _ => Some(Risk::Converted),
        }
    }

    /// By what devices call their own screens.
    fn is_of_a_screen(&self) -> bool {
        const TYPES: [&str; 10] = [
            "SCREEN",
            "DOSE",
            "PATIENT_INFO",
            "PATIENT INFO",
            "REPORT",
            "RESULTS",
            "CAPTURE",
            "SUMMARY",
            "PROTOCOL",
            "SNAPSHOT",
        ];
        const DESCRIPTIONS: [&str; 8] = [
            "SCREEN SAVE",
            "SCREENSAVE",
            "SCREEN CAPTURE",
            "SCREENSHOT",
            "DOSE REPORT",
            "DOSE INFO",
            "PATIENT PROTOCOL",
            "EXAM SUMMARY",
        ];
        // The first two values say ORIGINAL or DERIVED, PRIMARY or SECONDARY.
        let mut types = self.says(IMAGE_TYPE).split('\\').skip(2);
        types.any(|part| TYPES.iter().any(|word| part.contains(word)))
            || DESCRIPTIONS
                .iter()
                .any(|words| self.says(DESCRIPTION).contains(words))
    }

    fn by_modality(&self, class: Option<&str>) -> Option<Risk> {
        let is_coloured = !matches!(
            self.says(INTERPRETATION),
            "" | "MONOCHROME1" | "MONOCHROME2"
        );
        let types = self.says(IMAGE_TYPE);
        match self.says(MODALITY) {
            "US" | "IVUS" | "BDUS" => Some(Risk::Ultrasound),
            "XA" | "RF" | "DS" => Some(Risk::XRayFilm),
            "ES" | "XC" | "GM" | "DG" | "OPV" => Some(Risk::Photograph),
            "OT" | "DOC" | "SC" => Some(Risk::Other),
            "SM" if types.contains("LABEL") || types.contains("OVERVIEW") => Some(Risk::SlideLabel),
            "CT" | "MR" | "CR" | "DX" | "MG" | "PT" | "IO" | "PX" if is_coloured => {
                Some(Risk::Coloured)
            }
            _ if class.is_none() => Some(Risk::Other),
            _ => None,
        }
    }
}

/// By SOP Class, without the part that all storage classes have in common.
fn of_class(class: &str) -> Option<Risk> {
    Some(match class {
        "104.3" | "104.4" | "104.5" => Risk::Model,
        _ if class.starts_with("104.") => Risk::Document,
        "77.1.1.1" | "77.1.2.1" | "77.1.4.1" => Risk::Video,
        "7" | "7.1" | "7.2" | "7.3" | "7.4" => Risk::SecondaryCapture,
        "3" | "3.1" | "6" | "6.1" | "6.2" => Risk::Ultrasound,
        "12.1" | "12.2" | "12.3" | "12.1.1" | "12.2.1" => Risk::XRayFilm,
        "77.1.1" | "77.1.2" | "77.1.4" | "77.1.5.1" | "77.1.5.2" => Risk::Photograph,
        _ => return None,
    })
}

/// MPEG-2, MPEG-4 and HEVC (PS3.5, A.4), and video over SMPTE.
fn is_video(syntax: &str) -> bool {
    let number = syntax.strip_prefix("1.2.840.10008.1.2.4.");
    let number = number.and_then(|rest| rest.split('.').next()?.parse::<u16>().ok());
    matches!(number, Some(100..=108)) || syntax.starts_with("1.2.840.10008.1.2.7.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(signs: &[(Tag, &str)]) -> Option<Risk> {
        let mut all = Signs::default();
        for (tag, value) in signs {
            all.take(*tag, value.as_bytes().to_vec());
        }
        all.judge()
    }

    const CT: (Tag, &str) = (SOP_CLASS, "1.2.840.10008.5.1.4.1.1.2\0");
    const IMAGE: (Tag, &str) = (ROWS, "\0\u{2}");

    #[test]
    fn slices_are_passed_and_pictures_of_screens_are_not() {
        let ct = |kind: &'static str| {
            judge(&[
                CT,
                IMAGE,
                (MODALITY, "CT"),
                (IMAGE_TYPE, kind),
                (INTERPRETATION, "MONOCHROME2 "),
            ])
        };
        assert_eq!(ct("ORIGINAL\\PRIMARY\\AXIAL"), None);
        assert_eq!(ct("ORIGINAL\\PRIMARY\\LOCALIZER"), None);
        assert_eq!(ct("DERIVED\\SECONDARY\\MPR"), None);
        assert_eq!(ct("DERIVED\\SECONDARY\\SCREEN SAVE"), Some(Risk::Screen));
        assert_eq!(ct("DERIVED\\SECONDARY\\DOSE_INFO"), Some(Risk::Screen));
        let coloured = [CT, IMAGE, (MODALITY, "CT"), (INTERPRETATION, "RGB ")];
        assert_eq!(judge(&coloured), Some(Risk::Coloured));
    }

    #[test]
    fn what_a_header_denies_is_not_believed() {
        let no = (BURNED_IN, "NO");
        let us = (SOP_CLASS, "1.2.840.10008.5.1.4.1.1.6.1");
        assert_eq!(judge(&[us, IMAGE, no]), Some(Risk::Ultrasound));
        let capture = (SOP_CLASS, "1.2.840.10008.5.1.4.1.1.7");
        assert_eq!(judge(&[capture, IMAGE, no]), Some(Risk::SecondaryCapture));
        assert_eq!(judge(&[CT, IMAGE, (MODALITY, "CT"), no]), None);
        assert_eq!(judge(&[CT, IMAGE, (BURNED_IN, "YES ")]), Some(Risk::SaysSo));
        assert_eq!(
            judge(&[CT, IMAGE, (BURNED_IN, "MAYBE")]),
            Some(Risk::SaysNeither)
        );
    }

    #[test]
    fn documents_and_videos_are_pointed_out_though_they_have_no_pixels_to_look_at() {
        let pdf = (SOP_CLASS, "1.2.840.10008.5.1.4.1.1.104.1");
        assert_eq!(judge(&[pdf]), Some(Risk::Document));
        let video = (TRANSFER_SYNTAX, "1.2.840.10008.1.2.4.102");
        assert_eq!(judge(&[CT, IMAGE, video]), Some(Risk::Video));
        let report = (SOP_CLASS, "1.2.840.10008.5.1.4.1.1.88.11");
        assert_eq!(judge(&[report, (MODALITY, "SR")]), None);
    }

    #[test]
    fn every_reason_is_a_sentence() {
        for risk in [
            Risk::SaysSo,
            Risk::Screen,
            Risk::Coloured,
            Risk::Video,
            Risk::SlideLabel,
        ] {
            assert!(risk.reason().ends_with('.'));
        }
    }
}
