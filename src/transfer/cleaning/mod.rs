//! How a study's files are cleaned on their way out.

pub(in crate::transfer) mod file;

use std::sync::Arc;

use crate::dicom::deidentify::{
    Cleaner, Error, Identities, NewIdentity, Profile, Replacement, Secret,
};

/// What is done with every file of a study before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaning {
    /// The profile. One that is not `basic` replaces values and does nothing else.
    pub profile: Profile,
    /// What the study's patient is called from now on, where a table of pseudonyms says so.
    pub identity: Option<NewIdentity>,
    /// Whether somebody has said yes to pictures that may show whose they are. Without it they are not sent under a basic
    /// profile.
    pub burned_in_agreed: bool,
}

impl Cleaning {
    /// Only these values are replaced.
    pub fn only(replace: &[Replacement]) -> Self {
        Cleaning {
            profile: Profile::only(replace.to_vec()),
            identity: None,
            burned_in_agreed: true,
        }
    }

    /// Whether UIDs or dates are made with this computer's key, so that nothing can be sent without it.
    pub fn needs_key(&self) -> bool {
        self.profile.basic || !self.profile.overrides.is_empty()
    }

    /// By what a key is known without giving it away.
    pub(super) fn mark(secret: &Secret) -> String {
        secret.uid("StudyDrop's mark of this key")
    }

    /// The cleaner for files of the patient with this ID; `None` where it needs a key and there is none.
    pub fn cleaner(&self, secret: Option<&Secret>, patient_id: &str) -> Option<Cleaner> {
        let secret = match (secret, self.needs_key()) {
            (Some(secret), _) => secret.clone(),
            (None, false) => Secret::random(),
            (None, true) => return None,
        };
        let cleaner = Cleaner::new(Arc::new(self.profile.clone()), secret);
        Some(match &self.identity {
            None => cleaner,
            Some(identity) => cleaner.with_identities(Arc::new(OnePatient {
                original_id: patient_id.trim().to_owned(),
                identity: identity.clone(),
            })),
        })
    }
}

/// A study is of one patient; a file of another one among its files is not sent.
struct OnePatient {
    original_id: String,
    identity: NewIdentity,
}

impl Identities for OnePatient {
    fn identity(&self, original_id: &str, _name: &str) -> Result<Option<NewIdentity>, Error> {
        match original_id.trim() == self.original_id {
            true => Ok(Some(self.identity.clone())),
            false => Err(Error::Identity(
                "it is of another patient than its study".to_owned(),
            )),
        }
    }
}
