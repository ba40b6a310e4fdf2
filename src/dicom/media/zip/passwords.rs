//! Passwords of archives. They are kept for the whole process, because files of a queue that was filled by one drop are read
//! by many hands later; in memory alone, overwritten when they are forgotten, and never written anywhere.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::checkpoints;

/// A password as it was typed. It shows itself to nobody, and is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct ArchivePassword(Zeroizing<String>);

impl ArchivePassword {
    /// As typed.
    pub fn new(typed: String) -> Self {
        ArchivePassword(Zeroizing::new(typed))
    }

    pub(in crate::dicom::media) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ArchivePassword {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("ArchivePassword(…)")
    }
}

/// A password, as the bytes with which an archive was encrypted.
pub(in crate::dicom::media) type Password = Arc<Zeroizing<Vec<u8>>>;

struct Known {
    /// By archive, as its path was given.
    archives: Option<HashMap<PathBuf, Password>>,
    /// For archives without one of their own.
    offered: Option<Password>,
}

static KNOWN: Mutex<Known> = Mutex::new(Known {
    archives: None,
    offered: None,
});

fn known() -> std::sync::MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The password of an archive, or the one that was offered for all.
pub(in crate::dicom::media) fn of(archive: &Path) -> Option<Password> {
    let known = known();
    let own = known.archives.as_ref().and_then(|all| all.get(archive));
    own.or(known.offered.as_ref()).cloned()
}

/// Whether this archive has a password of its own, with which some of it was read whole.
pub(in crate::dicom::media) fn is_proved(archive: &Path) -> bool {
    let known = known();
    known
        .archives
        .as_ref()
        .is_some_and(|all| all.contains_key(archive))
}

pub(in crate::dicom::media) fn keep(archive: &Path, password: Password) {
    let mut known = known();
    let all = known.archives.get_or_insert_default();
    all.insert(archive.to_owned(), password);
}

/// Tries this password on every archive that has none of its own.
pub fn offer_password(password: &ArchivePassword) {
    let bytes = password.text().as_bytes().to_vec();
    known().offered = Some(Arc::new(Zeroizing::new(bytes)));
}

/// Forgets all passwords, and what was unpacked with them.
pub fn forget_passwords() {
    checkpoints::forget();
    let mut known = known();
    known.archives = None;
    known.offered = None;
}
