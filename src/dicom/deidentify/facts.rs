//! What is looked up in a file before anything is decided about it.

use std::collections::HashMap;
use std::ops::Range;

use dicom_core::VR;

use super::error::Error;
use super::profile::Options;
use super::rules::is_of_a_kind;
use super::scopes::Scopes;
use super::scrub::Identifiers;
use super::table::{COLUMNS, Column, row};
use super::uids::Uids;
use crate::dicom::dataset::cursor::{Step, Steps};
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::effective;

pub(super) const SOP_CLASS: Tag = Tag(0x0008, 0x0016);
pub(super) const SOP_INSTANCE: Tag = Tag(0x0008, 0x0018);
const STUDY: Tag = Tag(0x0020, 0x000D);
const SERIES: Tag = Tag(0x0020, 0x000E);
pub(super) const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
pub(super) const PATIENT_ID: Tag = Tag(0x0010, 0x0020);
const BIRTH_DATE: Tag = Tag(0x0010, 0x0030);
pub(super) const METHOD: Tag = Tag(0x0012, 0x0063);
pub(super) const METHOD_CODES: Tag = Tag(0x0012, 0x0064);
const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
pub(super) const DATES_MODIFIED: Tag = Tag(0x0028, 0x0303);
const TOP: [Tag; 9] = [
    METHOD,
    SOP_CLASS,
    SOP_INSTANCE,
    STUDY,
    SERIES,
    PATIENT_NAME,
    PATIENT_ID,
    BIRTH_DATE,
    DATES_MODIFIED,
];
/// How long a value may be that is looked at, in bytes.
const LONGEST: usize = 4096;

/// What a data set says, as far as decisions hang on it.
#[derive(Default)]
pub(super) struct Facts {
    top: HashMap<Tag, String>,
    /// Codes of an earlier de-identification, and where its items stand.
    pub(super) methods: Vec<String>,
    pub(super) method_items: Option<Range<usize>>,
    pub(super) identifiers: Identifiers,
    /// UIDs of the file, but for those of kinds of things.
    pub(super) uids: Uids,
}

impl Facts {
    /// Steps through the whole data set. Identifiers are collected where texts are to be cleaned of them: what these
    /// options keep is none.
    ///
    /// # Errors
    /// Where it cannot be stepped through.
    pub(super) fn of(
        mut steps: Steps<'_>,
        data: &[u8],
        for_cleaning: Option<&Options>,
    ) -> Result<Self, Error> {
        let mut facts = Facts::default();
        let mut scopes = Scopes::new();
        // Sequences and items.
        let mut open: Vec<Tag> = Vec::new();
        while let Some(step) = steps.next()? {
            scopes.enter(&step, data)?;
            match &step {
                Step::Open(opened) => {
                    if opened.tag == METHOD_CODES && open.is_empty() {
                        facts.method_items = Some(opened.header.end..usize::MAX);
                    }
                    open.push(opened.tag);
                }
                Step::Close(end) => {
                    open.pop();
                    if let Some(items) = facts.method_items.as_mut().filter(|_| open.is_empty())
                        && items.end == usize::MAX
                    {
                        items.end = end.start;
                    }
                }
                Step::Element(element) => {
                    let vr = effective(element.tag, element.vr);
                    let value = data.get(element.value.clone()).unwrap_or_default();
                    if value.len() > LONGEST {
                        continue;
                    }
                    if vr == Some(VR::UI)
                        && element.tag.0.is_multiple_of(2)
                        && !is_of_a_kind(element.tag)
                    {
                        facts.uids.add(value);
                    }
                    let text = || scopes.current().decode(value);
                    if open.is_empty() && TOP.contains(&element.tag) {
                        facts.top.insert(element.tag, text());
                    }
                    let is_method = open.first() == Some(&METHOD_CODES);
                    if is_method && open.len() == 2 && element.tag == CODE_VALUE {
                        facts.methods.push(text());
                    }
                    if let Some(options) = for_cleaning {
                        facts.identifies(element.tag, vr, options, text);
                    }
                }
            }
        }
        Ok(facts)
    }

    fn identifies(
        &mut self,
        tag: Tag,
        vr: Option<VR>,
        options: &Options,
        text: impl FnOnce() -> String,
    ) {
        match vr {
            Some(VR::PN) => self.identifiers.name(&text()),
            Some(VR::AE | VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UR) => {
                let is_one = row(tag).is_some_and(|row| {
                    let stays =
                        |column: &Column| column.is_chosen(options) && row.says(*column).is_some();
                    let describes = [Column::Descriptors, Column::Patient, Column::Graphics];
                    let describes = describes.iter().any(|column| row.says(*column).is_some());
                    !describes && !COLUMNS.iter().any(stays)
                });
                if is_one && tag.0.is_multiple_of(2) {
                    self.identifiers.value(&text());
                }
            }
            _ => {}
        }
    }

    /// A value of the top level, decoded; empty where there is none.
    pub(super) fn top(&self, tag: Tag) -> &str {
        self.top.get(&tag).map(String::as_str).unwrap_or_default()
    }

    /// Whose dates these are: by patient ID, or what else there is.
    pub(super) fn patient(&self) -> String {
        match (self.top(PATIENT_ID).trim(), self.top(PATIENT_NAME).trim()) {
            ("", "") => format!("study\0{}", self.top(STUDY)),
            ("", name) => format!("name\0{name}\0{}", self.top(BIRTH_DATE)),
            (id, _) => format!("id\0{id}"),
        }
    }

    pub(super) fn study(&self) -> &str {
        self.top(STUDY)
    }

    pub(super) fn series(&self) -> &str {
        self.top(SERIES)
    }
}
