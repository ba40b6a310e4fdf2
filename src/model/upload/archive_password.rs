//! Model of the dialog that asks for an archive's password.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::dicom::catalogue::SkipReason;
use crate::dicom::media::ArchivePassword;
use crate::message::Command;
use crate::model::{Model, Upload};

/// User actions on archives that need a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchivePasswordAction {
    /// *Unlock…*: opens the dialog for the first archive.
    Ask,
    /// Tries the typed password.
    Try,
    /// Leaves the archive locked and asks for the next one's password.
    Skip,
    /// Closes the dialog.
    Close,
}

/// Contents of the dialog.
pub struct UnlockForm {
    /// Path of the archive.
    pub archive: PathBuf,
    /// Password as typed; zeroed on drop.
    pub password: Zeroizing<String>,
    /// Whether it is displayed in clear text.
    pub shown: bool,
    /// Whether it is being tried.
    pub trying: bool,
    /// Whether the last password was wrong.
    pub wrong: bool,
    skipped: Vec<PathBuf>,
}

/// Omits the password.
impl fmt::Debug for UnlockForm {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("UnlockForm")
            .field("archive", &self.archive)
            .field("trying", &self.trying)
            .field("wrong", &self.wrong)
            .finish_non_exhaustive()
    }
}

impl UnlockForm {
    fn new(archive: PathBuf, skipped: Vec<PathBuf>, shown: bool) -> Self {
        UnlockForm {
            archive,
            password: Zeroizing::default(),
            shown,
            trying: false,
            wrong: false,
            skipped,
        }
    }

    /// Why the main button is disabled.
    pub fn refused(&self) -> Option<&'static str> {
        match (self.trying, self.password.is_empty()) {
            (true, _) => Some("The password is being tried."),
            (false, true) => Some("Type the password."),
            (false, false) => None,
        }
    }
}

impl Model {
    pub(in crate::model) fn act_unlock(&mut self, act: ArchivePasswordAction) -> Vec<Command> {
        let page = &mut self.upload;
        match act {
            ArchivePasswordAction::Ask => page.ask_next(Vec::new(), false),
            ArchivePasswordAction::Close => page.unlock = None,
            ArchivePasswordAction::Skip => page.skip_archive(),
            ArchivePasswordAction::Try => {
                let Some(form) = &mut page.unlock else {
                    return Vec::new();
                };
                if form.refused().is_some() {
                    return Vec::new();
                }
                (form.trying, form.wrong) = (true, false);
                let archive = form.archive.clone();
                let password = ArchivePassword::new((*form.password).clone());
                return self.unlock_archive(archive, password);
            }
        }
        Vec::new()
    }
}

impl Upload {
    /// Number of files in an archive that need its password.
    pub fn waiting_in(&self, archive: &Path) -> usize {
        let skipped = self.catalogue.skipped.iter();
        let waits = |reason: &SkipReason| match reason {
            SkipReason::Locked { archive: its } | SkipReason::WrongPassword { archive: its } => {
                its == archive
            }
            _ => false,
        };
        skipped.filter(|skipped| waits(&skipped.reason)).count()
    }

    /// Opens the dialog for the first locked archive that was not skipped, or closes it.
    fn ask_next(&mut self, skipped: Vec<PathBuf>, shown: bool) {
        let mut locked = self.locked.iter();
        let next = locked.find(|archive| !skipped.contains(archive)).cloned();
        self.unlock = next.map(|archive| UnlockForm::new(archive, skipped, shown));
    }

    fn skip_archive(&mut self) {
        if let Some(mut form) = self.unlock.take() {
            let mut skipped = std::mem::take(&mut form.skipped);
            skipped.push(form.archive.clone());
            self.ask_next(skipped, form.shown);
        }
    }

    /// Result of trying a password: asks for the next archive's password, or for this one's again.
    pub(in crate::model) fn password_tried(&mut self, archive: &Path, is_right: bool) {
        let Some(form) = self.unlock.as_mut().filter(|form| form.archive == archive) else {
            return;
        };
        if is_right {
            let (skipped, shown) = (std::mem::take(&mut form.skipped), form.shown);
            self.ask_next(skipped, shown);
        } else {
            (form.trying, form.wrong) = (false, true);
        }
    }
}
