//! Archives and discs on the Upload page: what is locked, unreadable, missing, or said otherwise by a disc's directory.

use std::path::Path;

use super::upload::{Upload, Warning};
use crate::dicom::catalogue::{DiscReport, SkipReason};
use crate::dicom::media::Disc;
use crate::i18n;
use crate::message::JobId;

impl Upload {
    /// Warnings about files that are not sent, by what is to be done, and about discs.
    pub(super) fn media_warnings(&self, warnings: &mut Vec<Warning>) {
        let count = |is: fn(&SkipReason) -> bool| {
            let skipped = self.catalogue.skipped.iter();
            skipped.filter(|skipped| is(&skipped.reason)).count()
        };
        let files = count(is_locked);
        if files > 0 {
            let archives = self.catalogue.locked().len();
            warnings.push(Warning::Locked { files, archives });
        }
        let kinds: [(fn(&SkipReason) -> bool, fn(usize) -> Warning); 3] = [
            (is_archive, Warning::Archives),
            (is_unreadable, Warning::Unreadable),
            (is_damaged, Warning::Damaged),
        ];
        for (is, warning) in kinds {
            match count(is) {
                0 => {}
                files => warnings.push(warning(files)),
            }
        }
        let missing = self.catalogue.discs.iter().map(|disc| disc.missing).sum();
        if missing > 0 {
            warnings.push(Warning::Missing(missing));
        }
        let sentences = self.disc_sentences();
        if !sentences.is_empty() && sentences.len() != self.kept_discs {
            warnings.push(Warning::Discs(sentences));
        }
    }

    /// What discs' directories say otherwise than their files; missing files have a warning of their own.
    pub(super) fn disc_sentences(&self) -> Vec<String> {
        let others = |disc: &DiscReport| {
            i18n::disc(&DiscReport {
                missing: 0,
                ..disc.clone()
            })
        };
        self.catalogue.discs.iter().flat_map(others).collect()
    }

    /// A scan came by a disc's directory.
    pub(super) fn disc(&mut self, job: JobId, disc: Disc) {
        if self.scans.iter().any(|scan| scan.job == job) {
            self.catalogue.add_disc(disc);
        }
    }

    /// A password was tried. Whether the archive is to be scanned again.
    pub(super) fn unlocked(&mut self, archive: &Path, is_right: bool) -> bool {
        if is_right {
            self.catalogue.forget_locked(archive);
            self.locked.retain(|locked| locked != archive);
        } else {
            self.wrong_password = Some(archive.to_owned());
        }
        is_right
    }
}

fn is_locked(reason: &SkipReason) -> bool {
    matches!(
        reason,
        SkipReason::Locked { .. } | SkipReason::WrongPassword { .. }
    )
}

fn is_archive(reason: &SkipReason) -> bool {
    matches!(reason, SkipReason::Archive(_))
}

fn is_unreadable(reason: &SkipReason) -> bool {
    matches!(reason, SkipReason::Unreadable(_))
}

fn is_damaged(reason: &SkipReason) -> bool {
    let has_its_own = matches!(reason, SkipReason::Missing { .. });
    let is_other = is_locked(reason) || is_archive(reason) || is_unreadable(reason);
    reason.is_problem() && !is_other && !has_its_own
}
