//! What a de-identification does: the standard's profile with its options, values that are replaced, and attributes
//! that are treated otherwise than the profile says.

use serde::{Deserialize, Serialize};

use super::attribute::Attribute;
use super::replacement::Replacement;

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

/// What an override does with its attribute, wherever that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideAction {
    /// It stays, and what is in it is treated by its own rules.
    Keep,
    /// It goes.
    Remove,
    /// It is left without a value.
    Empty,
    /// It gets a value that says nothing.
    Dummy,
    /// A text loses what identifies the patient, a date or time is shifted, a sequence is gone into.
    Clean,
    /// Its UIDs are replaced as those that the profile names are.
    Uid,
}

/// An attribute that is treated otherwise than the profile says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// Which.
    pub attribute: Attribute,
    /// How.
    pub action: OverrideAction,
}

/// A part of a picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rectangle {
    /// Of its left side.
    pub x: u32,
    /// Of its upper side.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Rectangles that are blackened in every frame of the images that all of this fits; what is empty fits every image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Blackened {
    /// The original Series Instance UID.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub series: String,
    /// Modality, such as "US".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub modality: String,
    /// Manufacturer, as the file names it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manufacturer: String,
    /// Manufacturer's Model Name, as the file names it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Rows of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// Columns of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<u32>,
    /// What is blackened.
    pub rectangles: Vec<Rectangle>,
}

/// What a de-identification does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Its name, for a list.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether the standard's basic profile applies, with `options`. Otherwise only `replace` does, with `overrides`.
    pub basic: bool,
    /// The standard's options; of no matter without `basic`.
    pub options: Options,
    /// Hold every outgoing file against what identified the patient in the original.
    pub residual_check: bool,
    /// Values that are set wherever their attributes stand, and added where they are missing. They go before the profile
    /// and the overrides.
    pub replace: Vec<Replacement>,
    /// Attributes that are treated otherwise than the profile says. Of several that fit the last one counts.
    pub overrides: Vec<Override>,
    /// What is blackened in pictures.
    pub rectangles: Vec<Blackened>,
}

impl Default for Profile {
    /// The standard's basic profile, without an option.
    fn default() -> Self {
        Profile {
            name: String::new(),
            description: String::new(),
            basic: true,
            options: Options::default(),
            residual_check: true,
            replace: Vec::new(),
            overrides: Vec::new(),
            rectangles: Vec::new(),
        }
    }
}

impl Profile {
    /// Whether rules of its own move dates.
    pub(super) fn moves_dates(&self) -> bool {
        let moves =
            |rule: &Override| rule.action == OverrideAction::Clean && rule.attribute.is_date();
        self.overrides.iter().any(moves)
    }

    /// Only these values; everything else stays as it is.
    pub fn only(replace: Vec<Replacement>) -> Self {
        Profile {
            basic: false,
            residual_check: false,
            replace,
            ..Profile::default()
        }
    }
}
