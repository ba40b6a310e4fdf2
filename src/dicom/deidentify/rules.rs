//! What is done with an attribute: by the values that were asked for, the profile's own rules, the options, the table.

use dicom_core::VR;

use super::attribute::Name;
use super::plan::Why;
use super::profile::{Dates, OverrideAction, Profile};
use super::table::{self, Act, COLUMNS, Column, Says};
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::{is_text, keyword};

/// What is done with one occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruling {
    pub(super) act: Act,
    /// Where the value cannot be cleaned.
    pub(super) fallback: Act,
    pub(super) why: Why,
}

impl Ruling {
    const KEEP: Ruling = Ruling {
        act: Act::Keep,
        fallback: Act::Keep,
        why: Why::Inside,
    };

    fn of(act: Act, why: Why) -> Self {
        Ruling {
            act,
            fallback: act,
            why,
        }
    }
}

/// How attributes are treated that the table does not name, by the sequence that they stand in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Plain,
    /// Text is cleaned.
    Clean,
    /// Free text and drawings get a dummy; codes, numbers and references say what they said.
    Dummy,
    /// Codes do as well: they stand for a person or a place.
    Codes,
}

/// One place in a data set.
pub(super) struct Occurrence<'a> {
    pub(super) tag: Tag,
    pub(super) vr: Option<VR>,
    pub(super) is_sequence: bool,
    pub(super) mode: Mode,
    /// Sequences from the outermost one, and the attribute.
    pub(super) place: &'a [Name],
}

/// UIDs of kinds of things, not of things.
const KINDS: [&str; 14] = [
    "CodingSchemeUID",
    "ContextGroupExtensionCreatorUID",
    "ContextUID",
    "MappingResourceUID",
    "RelatedGeneralSOPClassUID",
    "OriginalSpecializedSOPClassUID",
    "CreatorVersionUID",
    "ReferencedColorPaletteInstanceUID",
    "SegmentationTemplateUID",
    "AvailableTransferSyntaxUID",
    "FlowTransferSyntaxUID",
    "StoredInstanceTransferSyntaxUID",
    "MACCalculationTransferSyntaxUID",
    "EncryptedContentTransferSyntaxUID",
];

const PERSON_CODES: Tag = Tag(0x0040, 0x1101);
const INSTITUTION_CODES: Tag = Tag(0x0008, 0x0082);
const GRAPHICS: Tag = Tag(0x0070, 0x0001);
const GRAPHIC_DATA: Tag = Tag(0x0070, 0x0022);
const OVERLAY_COMMENTS: u16 = 0x4000;

/// The rules for one file.
pub(super) struct Rules<'a> {
    pub(super) profile: &'a Profile,
    /// The file's SOP class, for the types of attributes.
    pub(super) sop_class: &'a str,
}

impl Rules<'_> {
    pub(super) fn ruling(&self, at: &Occurrence<'_>) -> Ruling {
        if let Some(ruling) = self.overridden(at) {
            return ruling;
        }
        if !self.profile.basic {
            return Ruling::KEEP;
        }
        match at.place.last() {
            Some(Name::Private {
                group,
                element,
                creator,
            }) => self.private(at, *group, *element, creator),
            _ if at.tag.0 % 2 == 1 => Ruling::of(Act::Remove, Why::Private),
            _ => match table::row(at.tag) {
                Some(row) => self.named(at, row),
                None => self.unnamed(at),
            },
        }
    }

    fn overridden(&self, at: &Occurrence<'_>) -> Option<Ruling> {
        let overrides = &self.profile.overrides;
        let mut from_last = overrides.iter().rev();
        let found = from_last.find(|each| each.attribute.fits(at.place))?;
        let act = match found.action {
            OverrideAction::Keep => Act::Keep,
            OverrideAction::Remove => Act::Remove,
            OverrideAction::Empty => Act::Empty,
            OverrideAction::Dummy => Act::Dummy,
            OverrideAction::Clean => Act::Clean,
            OverrideAction::Uid => Act::Uid,
        };
        let fallback = match act {
            Act::Clean => Act::Empty,
            other => other,
        };
        Some(Ruling {
            act,
            fallback,
            why: Why::Override,
        })
    }

    fn private(&self, at: &Occurrence<'_>, group: u16, element: u8, creator: &str) -> Ruling {
        let options = &self.profile.options;
        if !options.retain_safe_private || !table::is_safe(creator, group, element) {
            return Ruling::of(Act::Remove, Why::Private);
        }
        match at.vr {
            Some(VR::UI) if !options.retain_uids => Ruling::of(Act::Uid, Why::Vr),
            _ => Ruling::KEEP,
        }
    }

    fn named(&self, at: &Occurrence<'_>, row: &'static table::Row) -> Ruling {
        let is_nested = at.place.len() > 1;
        let base = row.resolved(table::type_of(at.tag, self.sop_class, is_nested));
        let options = &self.profile.options;
        let chosen = |says| {
            let mut columns = COLUMNS.iter().filter(|column| column.is_chosen(options));
            columns.find(|column| row.says(**column) == Some(says))
        };
        if let Some(column) = chosen(Says::Clean) {
            return Ruling {
                act: self.cleaned(at, *column, base),
                fallback: base,
                why: Why::Option(column.name()),
            };
        }
        match chosen(Says::Keep) {
            Some(column) => Ruling::of(Act::Keep, Why::Option(column.name())),
            None => Ruling::of(base, Why::Profile(row.basic)),
        }
    }

    /// Drawings that are pictures cannot be read for what they say: cleaning them is taking them out.
    fn cleaned(&self, at: &Occurrence<'_>, column: Column, base: Act) -> Act {
        let is_picture =
            matches!(at.tag.0, 0x5000..=0x50FF | 0x6000..=0x60FF) && at.tag.1 != OVERLAY_COMMENTS;
        match column {
            Column::Graphics if is_picture => base,
            _ => Act::Clean,
        }
    }

    /// The table does not name it. Where what it is tells enough, it is treated with care.
    fn unnamed(&self, at: &Occurrence<'_>) -> Ruling {
        let options = &self.profile.options;
        let inside = |act| Ruling {
            act,
            fallback: Act::Dummy,
            why: Why::Inside,
        };
        match at.vr {
            _ if at.is_sequence => Ruling::KEEP,
            Some(VR::UI) if options.retain_uids || is_of_a_kind(at.tag) => Ruling::KEEP,
            Some(VR::UI) => Ruling::of(Act::Uid, Why::Vr),
            Some(VR::PN) => Ruling::of(Act::Dummy, Why::Vr),
            Some(VR::DA | VR::TM | VR::DT) => match options.dates {
                Dates::Full => Ruling::KEEP,
                Dates::Remove => Ruling::of(Act::Dummy, Why::Vr),
                Dates::Modified => Ruling {
                    act: Act::Clean,
                    fallback: Act::Dummy,
                    why: Why::Option(Column::ModifiedDates.name()),
                },
            },
            vr if is_text(vr) || vr == Some(VR::UR) => match at.mode {
                Mode::Plain => Ruling::KEEP,
                Mode::Clean => inside(Act::Clean),
                Mode::Dummy if is_code(at.tag) => Ruling::KEEP,
                Mode::Dummy | Mode::Codes => inside(Act::Dummy),
            },
            _ if at.tag == GRAPHIC_DATA && at.mode == Mode::Dummy && is_drawn(at) => {
                inside(Act::Dummy)
            }
            _ => Ruling::KEEP,
        }
    }

    /// How the content of a sequence is treated that is gone into.
    pub(super) fn mode_inside(&self, tag: Tag, act: Act, outside: Mode) -> Mode {
        match act {
            Act::Clean => Mode::Clean,
            Act::Dummy if tag == PERSON_CODES || tag == INSTITUTION_CODES => Mode::Codes,
            Act::Dummy => Mode::Dummy,
            _ => outside,
        }
    }
}

/// Whether it is drawn over a picture; in a report it is a place in one.
fn is_drawn(at: &Occurrence<'_>) -> bool {
    at.place.contains(&Name::Standard(GRAPHICS))
}

fn is_of_a_kind(tag: Tag) -> bool {
    let keyword = keyword(tag);
    keyword.contains("SOPClass") || KINDS.contains(&keyword.as_str())
}

/// The attributes of a code (PS3.3, 8.8), which say the same of everybody.
fn is_code(tag: Tag) -> bool {
    matches!(tag, Tag(0x0008, 0x0100..=0x0124))
}
