//! What a de-identification does: the standard's profile with its options, values that are replaced, and attributes
//! that are treated otherwise than the profile says.

use serde::{Deserialize, Serialize};

/// What becomes of dates and times (PS3.15, E.3.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dates {
    /// As the basic profile says: removed, emptied or replaced by a dummy.
    #[default]
    Remove,
    /// Retain Longitudinal Temporal Information with Modified Dates: shifted by one offset a patient.
    Modified,
    /// Retain Longitudinal Temporal Information with Full Dates: kept.
    Full,
}

/// The options of the Basic Application Level Confidentiality Profile (PS3.15, E.3). None is the profile as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Retain Safe Private (E.3.10).
    pub retain_safe_private: bool,
    /// Retain UIDs (E.3.9).
    pub retain_uids: bool,
    /// Retain Device Identity (E.3.8).
    pub retain_device_identity: bool,
    /// Retain Institution Identity (E.3.11).
    pub retain_institution_identity: bool,
    /// Retain Patient Characteristics (E.3.7).
    pub retain_patient_characteristics: bool,
    /// Retain Longitudinal Temporal Information (E.3.6).
    pub dates: Dates,
    /// Clean Descriptors (E.3.5).
    pub clean_descriptors: bool,
    /// Clean Structured Content (E.3.4).
    pub clean_structured_content: bool,
    /// Clean Graphics (E.3.3).
    pub clean_graphics: bool,
    /// Clean Pixel Data (E.3.1).
    pub clean_pixel_data: bool,
}
