//! The residual check as a part of cleaning a file.

use dicom_core::VR;

use super::{Chosen, Error, Residual, Terms, Walk};
use crate::dicom::dataset::cursor::Step;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::effective;
use crate::dicom::deidentify::attribute::Name;
use crate::dicom::deidentify::plan::Plan;
use crate::dicom::deidentify::profile::{OverrideAction, Profile};
use crate::dicom::deidentify::rules::is_of_a_kind;
use crate::dicom::deidentify::uids::Uids;
use crate::dicom::deidentify::write::Body;

impl Residual {
    /// Holds an outgoing file against what identified the patient in the original. `values` are new ones, which are meant
    /// to be there.
    ///
    /// # Errors
    /// What is left.
    pub(in crate::dicom::deidentify) fn check<'a>(
        &self,
        profile: &Profile,
        (old, plan): (Body<'_>, &Plan),
        (head, new): (&[u8], Body<'_>),
        values: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        let chosen = Chosen {
            is_touched: &|start| {
                plan.changes
                    .binary_search_by_key(&start, |at| at.start)
                    .is_ok()
            },
            always: profile.basic,
            stays: &|tag| stays(profile, tag),
        };
        let terms = Terms::gather(old.steps(), old.data, &chosen)?.without(values);
        let uids = match profile.basic && !profile.options.retain_uids {
            true => replaced_uids(old, plan)?,
            false => Uids::default(),
        };
        let search = self.search(terms);
        match search.look_for(&uids, head, new.steps(), new.data)? {
            Some(residue) => Err(Error::Residue(residue)),
            None => Ok(()),
        }
    }
}

/// UIDs that are replaced or removed and stay nowhere.
fn replaced_uids(old: Body<'_>, plan: &Plan) -> Result<Uids, Error> {
    let (mut gone, mut kept) = (Uids::default(), Uids::default());
    let is_touched = |start: &usize| {
        let at = plan.changes.binary_search_by_key(start, |at| at.start);
        at.is_ok()
    };
    let mut walk = Walk::new(old.steps());
    while let Some(step) = walk.next()? {
        let Step::Element(element) = step else {
            continue;
        };
        if effective(element.tag, element.vr) != Some(VR::UI) || element.tag.0 % 2 == 1 {
            continue;
        }
        let value = old.data.get(element.value.clone()).unwrap_or_default();
        let mut around = walk.open.iter().map(|(_, start)| start);
        match is_touched(&element.start) || around.any(is_touched) {
            true if !is_of_a_kind(element.tag) => gone.add(value),
            true => {}
            false => kept.add(value),
        }
    }
    gone.remove(&kept);
    Ok(gone)
}

/// Attributes that an option or a rule of one's own keeps: they are meant to be there, and so is what they say.
fn stays(profile: &Profile, tag: Tag) -> bool {
    let keeps = |own: &crate::dicom::deidentify::profile::Override| {
        own.action == OverrideAction::Keep && own.attribute.fits(&[Name::Standard(tag)])
    };
    let is_institution = matches!(tag, Tag(0x0008, 0x0080 | 0x0081 | 0x0082 | 0x1040 | 0x1041));
    let options = &profile.options;
    profile.overrides.iter().any(keeps)
        || (profile.basic && options.retain_institution_identity && is_institution)
}
