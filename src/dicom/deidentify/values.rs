//! New values: dummies, UIDs, dates that were moved, texts that were cleaned.

use dicom_core::VR;

use super::dates;
use super::plan::{Action, New, Value};
use super::scrub::Identifiers;
use super::uid_key::{Offset, Secret};
use super::uids::{Uids, runs};
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::vr;

const ZONE: Tag = Tag(0x0008, 0x0201);
/// Binary dummies are as long as what they stand for, up to this many bytes.
const LONGEST_DUMMY: usize = 64 * 1024;

/// An element whose value changes.
pub(super) struct Old<'a> {
    pub(super) tag: Tag,
    /// As it is written.
    pub(super) written: Option<[u8; 2]>,
    /// By what is written, or by the dictionary.
    pub(super) vr: Option<VR>,
    pub(super) value: &'a [u8],
    pub(super) set: CharacterSet,
}

impl Old<'_> {
    /// Without padding.
    fn text(&self) -> Option<String> {
        let text = match vr::is_text(self.vr) {
            true => self.set.decode_exactly(self.value)?,
            false if self.value.is_ascii() => String::from_utf8_lossy(self.value).into_owned(),
            false => return None,
        };
        Some(text.trim_matches(['\0', ' ']).to_owned())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.value.iter().all(|byte| matches!(byte, b' ' | 0)) && !self.is_binary()
            || self.value.is_empty()
    }

    fn is_binary(&self) -> bool {
        !matches!(
            self.vr,
            Some(
                VR::AE
                    | VR::AS
                    | VR::CS
                    | VR::DA
                    | VR::DS
                    | VR::DT
                    | VR::IS
                    | VR::LO
                    | VR::LT
                    | VR::PN
                    | VR::SH
                    | VR::ST
                    | VR::TM
                    | VR::UC
                    | VR::UI
                    | VR::UR
                    | VR::UT
            )
        )
    }

    /// The VR that a new value is written with.
    fn new_vr(&self) -> Option<[u8; 2]> {
        match (self.written, self.vr) {
            (Some(written), _) if written != *b"UN" => Some(written),
            (written, None) => written,
            (_, Some(vr)) => Some(vr.to_bytes()),
        }
    }

    pub(super) fn emptied(&self) -> New {
        New {
            vr: self.new_vr(),
            value: Value::Bytes(Vec::new()),
        }
    }

    fn new_text(&self, text: impl Into<String>) -> New {
        New {
            vr: self.new_vr(),
            value: Value::Text(text.into()),
        }
    }

    /// A value that says nothing, and not by chance the one that is there.
    pub(super) fn dummy(&self, secret: &Secret) -> New {
        if self.vr == Some(VR::UI) {
            return match self.uids(secret) {
                Some(new) => new,
                None => self.new_text(secret.uid("dummy")),
            };
        }
        let [one, other] = match self.vr {
            Some(VR::PN) => ["Anonymous", "Removed"],
            Some(VR::DA) => ["19000101", "19000102"],
            Some(VR::TM) => ["000000", "000001"],
            Some(VR::DT) => ["19000101000000", "19000102000000"],
            Some(VR::AS) => ["000D", "001D"],
            Some(VR::DS | VR::IS) => ["0", "1"],
            Some(VR::UR) => ["urn:removed", "urn:anonymous"],
            Some(VR::AE | VR::CS | VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT) => {
                ["REMOVED", "ANONYMOUS"]
            }
            vr => return self.binary_dummy(vr),
        };
        let was = String::from_utf8_lossy(self.value);
        match was.trim_matches(['\0', ' ']) == one {
            true => self.new_text(other),
            false => self.new_text(one),
        }
    }

    fn binary_dummy(&self, vr: Option<VR>) -> New {
        let unit = match vr {
            Some(VR::FD | VR::OD | VR::OV | VR::SV | VR::UV) => 8,
            Some(VR::AT | VR::FL | VR::OF | VR::OL | VR::SL | VR::UL) => 4,
            _ => 2,
        };
        let length = match self.value.len() {
            0 => unit,
            length if length > LONGEST_DUMMY => unit,
            length => length + length % 2,
        };
        let mut bytes = vec![0; length];
        if self.value == bytes
            && let Some(first) = bytes.first_mut()
        {
            *first = 1;
        }
        New {
            vr: self.new_vr(),
            value: Value::Bytes(bytes),
        }
    }

    /// The new UIDs, one for each that is there; `None` where there is none.
    pub(super) fn uids(&self, secret: &Secret) -> Option<New> {
        let text = String::from_utf8_lossy(self.value);
        let blank = ['\0', ' ', '\t', '\r', '\n'];
        let uids = text
            .split('\\')
            .map(|uid| secret.uid(uid.trim_matches(blank)));
        let new = uids.collect::<Vec<_>>().join("\\");
        (!new.trim_matches('\\').is_empty()).then(|| self.new_text(new))
    }

    /// The value with new UIDs in place of these where they stand in it; `None` where none of them does. A text that cannot
    /// be read and holds one is emptied.
    pub(super) fn without_uids(&self, uids: &Uids, secret: &Secret) -> Option<New> {
        let is_text = match self.vr {
            Some(VR::UN) | None => self.value.is_ascii(),
            Some(VR::UI) => false,
            _ => !self.is_binary(),
        };
        if !is_text || !uids.are_in(self.value) {
            return None;
        }
        let Some(text) = self
            .text()
            .filter(|text| text.is_ascii() || self.vr.is_some())
        else {
            return Some(self.emptied());
        };
        let mut new = String::with_capacity(text.len());
        let mut done = 0;
        for run in runs(text.as_bytes()) {
            let Some(uid) = text.get(run.clone()).filter(|uid| uids.has(uid)) else {
                continue;
            };
            new.push_str(text.get(done..run.start).unwrap_or_default());
            new.push_str(&secret.uid(uid));
            done = run.end;
        }
        new.push_str(text.get(done..).unwrap_or_default());
        let longest = match self.vr {
            Some(VR::SH | VR::CS | VR::AE) => 16,
            Some(VR::LO) => 64,
            _ => usize::MAX,
        };
        match new.split('\\').all(|one| one.chars().count() <= longest) {
            true => Some(self.new_text(new)),
            false => Some(self.emptied()),
        }
    }

    /// What it becomes when it is cleaned: `Ok(None)`: it may stay as it is; `Err`: it cannot be cleaned.
    pub(super) fn cleaned(&self, tools: &Tools<'_>) -> Result<Option<(Action, New)>, ()> {
        let shifted = |text: String| Ok(Some((Action::Shifted, self.new_text(text))));
        match self.vr {
            Some(VR::UI) => Ok(self
                .uids(tools.secret)
                .map(|new| (Action::UidReplaced, new))),
            Some(VR::TM) => {
                tools.offset.ok_or(())?;
                let text = self.text().ok_or(())?;
                let mut times = text.split('\\').map(|time| time.trim_matches(['\0', ' ']));
                let stays = times.all(|time| time.is_empty() || dates::is_time(time));
                stays.then_some(None).ok_or(())
            }
            Some(VR::DA | VR::DT) => {
                let offset = tools.offset.ok_or(())?;
                let text = self.text().ok_or(())?;
                shifted(self.moved(&text, offset).ok_or(())?)
            }
            _ if self.tag == ZONE => {
                let text = self.text().ok_or(())?;
                let digits = text.strip_prefix(['+', '-']).unwrap_or_default();
                let is_one = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
                is_one.then_some(None).ok_or(())
            }
            Some(VR::AE | VR::CS | VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT) => {
                let text = self.text().ok_or(())?;
                let rest = match self.vr {
                    Some(VR::AE | VR::CS) => tools.identifiers.scrub_code(&text),
                    _ => tools.identifiers.scrub(&text),
                };
                match rest {
                    None => Ok(None),
                    Some(rest) if !rest.chars().any(char::is_alphanumeric) => Err(()),
                    Some(rest) => Ok(Some((Action::Cleaned, self.new_text(rest)))),
                }
            }
            _ => Err(()),
        }
    }

    /// Each of its values moved, or none of them.
    fn moved(&self, text: &str, by: Offset) -> Option<String> {
        let values = text.split('\\').map(|value| {
            let value = value.trim_matches(['\0', ' ']);
            match self.vr {
                _ if value.is_empty() => Some(String::new()),
                Some(VR::DA) => dates::date(value, by),
                _ => dates::date_time(value, by),
            }
        });
        Some(values.collect::<Option<Vec<_>>>()?.join("\\"))
    }
}

/// What values are made with.
pub(super) struct Tools<'a> {
    pub(super) secret: &'a Secret,
    /// Where dates are moved.
    pub(super) offset: Option<Offset>,
    pub(super) identifiers: &'a Identifiers,
}
