//! The residual check as a part of cleaning a file.

use super::{Chosen, Error, Residual, Terms};
use crate::dicom::dataset::element::Tag;
use crate::dicom::deidentify::attribute::Name;
use crate::dicom::deidentify::plan::Plan;
use crate::dicom::deidentify::profile::{OverrideAction, Profile};
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
        match self.search(terms).look(head, new.steps(), new.data)? {
            Some(residue) => Err(Error::Residue(residue)),
            None => Ok(()),
        }
    }
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
