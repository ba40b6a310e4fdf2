//! What is told of the decisions.

use dicom_core::VR;

use super::Growing;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::keyword;
use crate::dicom::deidentify::plan::{Action, Added, New, Touched, Value, Why};
use crate::dicom::deidentify::replacement::CHARACTER_SET;
use crate::dicom::deidentify::values::Old;

/// Attributes that are reported of one file, at most.
const MOST_TOUCHED: usize = 100_000;

impl Growing<'_, '_> {
    pub(super) fn shown(&self, old: &Old<'_>) -> Option<String> {
        self.decider
            .with_values
            .then(|| match old.value.is_ascii() {
                true => String::from_utf8_lossy(old.value)
                    .trim_matches(['\0', ' '])
                    .to_owned(),
                false => old.set.decode(old.value),
            })
    }

    pub(super) fn shown_new(&self, new: &New) -> Option<String> {
        self.decider.with_values.then(|| match &new.value {
            Value::Text(text) => text.clone(),
            Value::Bytes(bytes) if bytes.is_empty() => String::new(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        })
    }

    pub(super) fn touch(
        &mut self,
        tag: Tag,
        vr: Option<VR>,
        action: Action,
        why: Why,
        (before, after): (Option<String>, Option<String>),
    ) {
        if self.touched.len() < MOST_TOUCHED {
            self.touched.push(Touched {
                path: self.path(tag),
                keyword: keyword(tag),
                vr: vr.map(VR::to_string).unwrap_or_default().to_owned(),
                action,
                why,
                before,
                after,
            });
        }
    }

    pub(super) fn path(&self, tag: Tag) -> String {
        let mut path = String::new();
        for level in self.levels.iter().skip(1) {
            match level.item {
                Some(number) => path.push_str(&format!("[{number}].")),
                None => path.push_str(&format!("({:04X},{:04X})", level.tag.0, level.tag.1)),
            }
        }
        path.push_str(&format!("({:04X},{:04X})", tag.0, tag.1));
        path
    }

    pub(super) fn report_added(&mut self, added: &[Added]) {
        for added in added {
            let is_mark = self.decider.is_mark(added.tag);
            let why = match added.tag {
                CHARACTER_SET => Why::CharacterSet,
                _ if is_mark => Why::Mark,
                _ => Why::Value,
            };
            let vr = added.new.vr.and_then(VR::from_binary);
            let after = self.shown_new(&added.new);
            self.touch(added.tag, vr, Action::Added, why, (None, after));
        }
    }
}
