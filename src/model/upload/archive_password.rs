//! The dialog that asks for an archive's password.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::dicom::catalogue::SkipReason;
use crate::dicom::media::ArchivePassword;
use crate::message::Command;
use crate::model::{Action, Model, Upload};

/// What is done about archives that need a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockAct {
    /// *Unlock…*: asks for the first one's password.
    Ask,
    /// The password that was typed is tried.
    Try,
    /// Its files stay unread; the next archive is asked for.
    Skip,
    /// No more archives are asked for.
    Close,
}

/// The dialog.
pub struct UnlockForm {
    /// Whose password it is.
    pub archive: PathBuf,
    /// As it is typed; overwritten when the dialog goes.
    pub password: Zeroizing<String>,
    /// Whether it can be read.
    pub shown: bool,
    /// Whether it is being tried.
    pub trying: bool,
    /// Whether what was typed is the password of something else.
    pub wrong: bool,
    skipped: Vec<PathBuf>,
}

/// Without what was typed.
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

    /// Why nothing can be tried.
    pub fn refused(&self) -> Option<&'static str> {
        match (self.trying, self.password.is_empty()) {
            (true, _) => Some("The password is being tried."),
            (false, true) => Some("Type the password."),
            (false, false) => None,
        }
    }
}

impl Model {
    pub(in crate::model) fn act_unlock(&mut self, act: UnlockAct) -> Vec<Command> {
        let page = &mut self.upload;
        match act {
            UnlockAct::Ask => page.ask_next(Vec::new(), false),
            UnlockAct::Close => page.unlock = None,
            UnlockAct::Skip => page.skip_archive(),
            UnlockAct::Try => {
                let Some(form) = &mut page.unlock else {
                    return Vec::new();
                };
                if form.refused().is_some() {
                    return Vec::new();
                }
                (form.trying, form.wrong) = (true, false);
                let archive = form.archive.clone();
                let password = ArchivePassword::new((*form.password).clone());
                return self.act(Action::Unlock { archive, password });
            }
        }
        Vec::new()
    }
}

impl Upload {
    /// Files of an archive that wait for its password.
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

    /// Opens the dialog for the first archive that nobody passed over; closes it where there is none.
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

    /// A password was tried: the next archive is asked for, or this one again.
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
