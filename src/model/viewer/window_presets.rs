//! CT window presets in Hounsfield units (HU), by body part.

use crate::dicom::catalogue::Series;
use crate::dicom::image::render::Window;

/// A named window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// Name such as "Lung".
    pub name: &'static str,
    /// Centre and width, in HU.
    pub window: Window,
    /// Beginnings of words in body parts (PS3.16 Annex L) and descriptions that it fits.
    fits: &'static [&'static str],
}

const fn preset(
    name: &'static str,
    center: f64,
    width: f64,
    fits: &'static [&'static str],
) -> Preset {
    let window = Window { center, width };
    Preset { name, window, fits }
}

/// Common values; textbooks and vendors differ by some tens of HU.
const CT: [Preset; 10] = [
    preset(
        "Lung",
        -600.0,
        1500.0,
        &["LUNG", "CHEST", "THORAX", "THORAC"],
    ),
    preset(
        "Mediastinum",
        40.0,
        400.0,
        &["CHEST", "THORAX", "THORAC", "MEDIAST", "HEART", "CARDI"],
    ),
    preset(
        "Abdomen",
        60.0,
        400.0,
        &["ABDOM", "PELVI", "KIDNEY", "PANCREA", "BOWEL", "COLON"],
    ),
    preset("Liver", 30.0, 150.0, &["LIVER", "HEPA", "ABDOM", "SPLEEN"]),
    preset("Brain", 40.0, 80.0, &["BRAIN", "HEAD", "SKULL", "CRAN"]),
    preset("Stroke", 40.0, 40.0, &["BRAIN", "HEAD", "STROKE"]),
    preset(
        "Inner ear",
        600.0,
        2800.0,
        &["EAR", "TEMPORAL", "PETROUS", "IAC", "MASTOID"],
    ),
    preset(
        "Vessels",
        300.0,
        600.0,
        &["ANGIO", "AORT", "CTA", "CAROTID", "VESSEL", "CORONARY"],
    ),
    preset(
        "Soft tissue",
        40.0,
        400.0,
        &["NECK", "EXTREMIT", "SHOULDER", "HIP", "KNEE", "SPINE"],
    ),
    preset(
        "Bone",
        300.0,
        1500.0,
        &[
            "BONE", "SPINE", "KNEE", "HIP", "FOOT", "ANKLE", "HAND", "WRIST", "ELBOW", "SHOULDER",
            "SKULL", "FEMUR", "TIBIA", "PELVI", "EXTREMIT",
        ],
    ),
];

/// Presets for a series, matching ones first, and the number of matching ones. Only CT values are calibrated (HU), so
/// there are none for other modalities.
pub fn presets(series: &Series) -> (Vec<&'static Preset>, usize) {
    if series.modality.trim() != "CT" {
        return (Vec::new(), 0);
    }
    let said = format!("{} {}", series.body_part, series.description).to_uppercase();
    let words: Vec<&str> = said
        .split(|letter: char| !letter.is_alphanumeric())
        .collect();
    // Short words must match exactly, because they occur in others by chance.
    let says = |part: &&str| match part.len() {
        ..=3 => words.contains(part),
        _ => words.iter().any(|word| word.starts_with(part)),
    };
    let (mut fitting, others): (Vec<_>, Vec<_>) =
        CT.iter().partition(|preset| preset.fits.iter().any(says));
    let fit = fitting.len();
    fitting.extend(others);
    (fitting, fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(modality: &str, body_part: &str, description: &str) -> Vec<&'static str> {
        let series = Series {
            modality: modality.into(),
            body_part: body_part.into(),
            description: description.into(),
            ..Series::default()
        };
        let (presets, fit) = presets(&series);
        presets.iter().take(fit).map(|preset| preset.name).collect()
    }

    #[test]
    fn what_fits_the_body_part_or_the_description_comes_first() {
        assert_eq!(names("CT", "CHEST", ""), ["Lung", "Mediastinum"]);
        assert_eq!(
            names("CT", "", "Thorax with contrast"),
            ["Lung", "Mediastinum"]
        );
        assert_eq!(names("CT", "ABDOMENPELVIS", ""), ["Abdomen", "Liver"]);
        assert_eq!(names("CT", "", "Nuclear waste"), Vec::<&str>::new());
    }

    #[test]
    fn every_preset_is_offered_once_for_a_ct_and_none_for_anything_else() {
        let series = |modality: &str| Series {
            modality: modality.into(),
            body_part: "HEAD".into(),
            ..Series::default()
        };
        let (mut all, fit) = presets(&series("CT"));
        assert_eq!((all.len(), fit), (CT.len(), 2));
        all.dedup();
        assert_eq!(all.len(), CT.len());
        assert!(presets(&series("MR")).0.is_empty());
    }
}
