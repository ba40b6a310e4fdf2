//! Values that would make one patient of several: a name or ID that is set in the files of all of them.

use std::sync::{Mutex, PoisonError};

use super::failure;
use crate::dicom::catalogue::Catalogue;
use crate::dicom::deidentify::{Error, Identities, NewIdentity, Replacement};
use crate::message::Failure;
use crate::words;

/// Keywords of new values that say who the patient is. An empty one says nobody.
fn naming(values: &[Replacement]) -> Vec<String> {
    let named = values.iter().filter(|value| !value.value().is_empty());
    let mut keywords: Vec<String> = named
        .map(Replacement::keyword)
        .filter(|keyword| matches!(keyword.as_str(), "PatientName" | "PatientID"))
        .collect();
    keywords.dedup();
    keywords
}

/// Whether these values give a name or an ID.
pub(super) fn name_somebody(values: &[Replacement]) -> bool {
    !naming(values).is_empty()
}

/// Refuses values that would make one patient of those that were found. `remedy` is what else can be done.
///
/// # Errors
/// How many patients there are, and the attribute that would be the same.
pub(super) fn refuse(
    catalogue: &Catalogue,
    values: &[Replacement],
    remedy: &str,
) -> Result<(), Failure> {
    let keywords = naming(values);
    let patients = catalogue.patients.len() + catalogue.conflicts.len();
    if keywords.is_empty() || patients < 2 {
        return Ok(());
    }
    let what = format!(
        "{} would become one: {} would be the same for all of them. Nothing was done.",
        words::count(patients as u64, "patient", "patients"),
        keywords.join(" and ")
    );
    Err(failure(what, remedy))
}

/// Lets the files of one patient pass: the first one that comes.
#[derive(Default)]
pub(super) struct OnlyOne(Mutex<Option<(String, String)>>);

impl Identities for OnlyOne {
    fn identity(&self, patient_id: &str, name: &str) -> Result<Option<NewIdentity>, Error> {
        let name = name.trim_end_matches(['^', ' ', '=']).to_lowercase();
        let this = (patient_id.trim().to_owned(), name);
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match first.is_none() || first.as_ref() == Some(&this) {
            true => {
                *first = Some(this);
                Ok(None)
            }
            false => Err(Error::Identity(
                "it is of another patient than the other files, and would get the same name or ID"
                    .to_owned(),
            )),
        }
    }
}
