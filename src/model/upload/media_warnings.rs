//! Warnings about archives and discs: locked, unreadable or missing files, and differences from a disc's DICOMDIR.

use std::path::{Path, PathBuf};

use super::{Upload, Warning};
use crate::dicom::catalogue::{DiscReport, SkipReason};
use crate::dicom::media::Disc;
use crate::message::JobId;
use crate::words;

impl Upload {
    /// Appends warnings about files that are not sent, by remedy, and about discs.
    pub(in crate::model) fn media_warnings(&self, warnings: &mut Vec<Warning>) {
        let count = |is: fn(&SkipReason) -> bool| {
            let skipped = self.catalogue.skipped.iter();
            skipped.filter(|skipped| is(&skipped.reason)).count()
        };
        let files = count(is_locked);
        if files > 0 {
            let archives = self.catalogue.locked().len();
            warnings.push(Warning::Locked { files, archives });
        }
        let counted = [
            Warning::Archives(count(is_archive)),
            Warning::Unreadable(count(is_unreadable)),
            Warning::Damaged(count(is_damaged)),
        ];
        let is_some = |warning: &Warning| {
            use Warning::{Archives, Damaged, Unreadable};
            !matches!(warning, Archives(0) | Unreadable(0) | Damaged(0))
        };
        warnings.extend(counted.into_iter().filter(is_some));
        let missing = self.catalogue.discs.iter().map(|disc| disc.missing).sum();
        if missing > 0 {
            warnings.push(Warning::Missing(missing));
        }
        let sentences = self.disc_sentences();
        if !sentences.is_empty() && sentences.len() != self.kept_discs {
            warnings.push(Warning::Discs(sentences));
        }
    }

    /// Sentences about differences between discs' directories and their files. Missing files have a warning of their
    /// own.
    pub(in crate::model) fn disc_sentences(&self) -> Vec<String> {
        let others = |disc: &DiscReport| {
            words::disc(&DiscReport {
                missing: 0,
                ..disc.clone()
            })
        };
        self.catalogue.discs.iter().flat_map(others).collect()
    }

    /// Takes in a disc's directory found by a scan.
    pub(in crate::model) fn disc(&mut self, job: JobId, disc: Disc) {
        if self.scans.iter().any(|scan| scan.job == job) {
            self.catalogue.add_disc(disc);
        }
    }

    /// Result of trying a password. If it was right, returns the archive's files that were locked.
    pub(in crate::model) fn unlocked(
        &mut self,
        archive: &Path,
        is_right: bool,
    ) -> Option<Vec<PathBuf>> {
        let waited = is_right.then(|| self.catalogue.forget_locked(archive));
        if is_right {
            self.locked.retain(|locked| locked != archive);
        } else {
            self.wrong_password = Some(archive.to_owned());
        }
        self.password_tried(archive, is_right);
        waited
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::dicom::catalogue::{ArchiveKind, Found, SkipReason, Skipped};
    use crate::model::{Upload, Warning};

    fn page(reasons: &[SkipReason]) -> Upload {
        let mut page = Upload::default();
        for (number, reason) in reasons.iter().enumerate() {
            page.catalogue.add(Found::Skipped(Skipped {
                stamp: None,
                path: match reason {
                    SkipReason::Locked { archive } => archive.join(number.to_string()),
                    _ => PathBuf::from(format!("/a.zip/{number}")),
                },
                reason: reason.clone(),
                study_instance_uid: None,
            }));
        }
        page
    }

    fn locked(archive: &str) -> SkipReason {
        let archive = PathBuf::from(archive);
        SkipReason::Locked { archive }
    }

    #[test]
    fn what_is_not_sent_is_counted_by_what_is_to_be_done() {
        let unreadable = SkipReason::Unreadable("input/output error".to_owned());
        let page = page(&[
            unreadable.clone(),
            unreadable,
            SkipReason::Archive(ArchiveKind::Rar),
            SkipReason::ClimbsOut,
            SkipReason::NotDicom,
            locked("/a.zip"),
            locked("/a.zip"),
            locked("/b.zip"),
            SkipReason::Missing { by: "/d".into() },
        ]);
        let expected = [
            Warning::Locked {
                files: 3,
                archives: 2,
            },
            Warning::Archives(1),
            Warning::Unreadable(2),
            Warning::Damaged(1),
        ];
        assert_eq!(page.warnings(), expected);
    }

    #[test]
    fn an_archive_that_was_unlocked_is_to_be_scanned_again_and_another_stays_locked() {
        let mut page = page(&[locked("/a.zip"), locked("/b.zip")]);
        assert_eq!(page.unlocked("/a.zip".as_ref(), false), None);
        assert_eq!(page.wrong_password.as_deref(), Some("/a.zip".as_ref()));
        assert_eq!(page.catalogue.locked().len(), 2);
        let waited = page.unlocked("/a.zip".as_ref(), true);
        assert_eq!(waited, Some(vec![PathBuf::from("/a.zip/0")]));
        assert_eq!(page.catalogue.locked(), [PathBuf::from("/b.zip")]);
    }
}
