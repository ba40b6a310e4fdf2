//! What a person does on the Upload page.

use std::path::PathBuf;
use std::sync::Arc;

use super::Scan;
use crate::message::{AskCleaning, Command, JobId, Workspace};
use crate::model::{Action, Mode, Model, Page, Upload, ViewerAct};
use crate::transfer::{Ledger, Target, Upload as Sent};

impl Model {
    pub(in crate::model) fn act_upload(&mut self, action: Action) -> Vec<Command> {
        let page = &mut self.upload;
        match action {
            Action::Pick(pick) => return vec![Command::Pick(pick)],
            Action::Dropped(paths) => return self.scan(paths),
            Action::OpenTypedPath => return self.open_typed_path(),
            Action::TrySample
                if self
                    .session
                    .as_ref()
                    .is_some_and(|session| session.workspace == Workspace::Practice) =>
            {
                let job = self.begin_scan();
                return vec![Command::SampleStudy { job }];
            }
            Action::CancelScan => {
                return page
                    .scans
                    .iter()
                    .map(|scan| Command::Cancel(scan.job))
                    .collect();
            }
            Action::Unlock { archive, password } => {
                page.wrong_password = None;
                return vec![Command::Unlock { archive, password }];
            }
            Action::ClearDrop => return self.clear_drop(),
            Action::CheckStudies { studies, on: true } => {
                page.checked.extend(studies);
                self.look_for_orders();
            }
            Action::ChooseOrder { study, order } => self.choose_order(study, order),
            Action::CheckStudies { studies, on: false } => {
                page.checked.retain(|uid| !studies.contains(uid))
            }
            Action::SelectStudy(uid) => {
                (page.study, page.series, page.image) = (Some(uid), None, None);
            }
            Action::SelectSeries(uid) => self.select_series(uid),
            Action::ShowSeries { study, series } => {
                (page.study, page.series) = (Some(study), Some(series));
                page.image = None;
            }
            Action::Remove(removal) => self.remove(&removal),
            Action::StepImage(by) => self.act_viewer(ViewerAct::Step(by)),
            Action::ShowTab(tab) => page.tab = tab,
            Action::KeepBoth => page.kept_patients = page.catalogue.patients.len(),
            Action::KeepConflict(study) => drop(page.kept_conflicts.insert(study)),
            Action::KeepDiscs => page.kept_discs = page.disc_sentences().len(),
            Action::ShowSkipped(open) => page.skipped_open = open,
            Action::PickFolder(folder) => page.folder = folder,
            Action::Upload => return self.send(),
            _ => {}
        }
        Vec::new()
    }

    fn begin_scan(&mut self) -> JobId {
        let job = self.next_job();
        self.page = Page::Upload;
        self.upload.hint = None;
        self.upload.scans.push(Scan::new(job));
        job
    }

    pub(in crate::model) fn scan(&mut self, paths: Vec<PathBuf>) -> Vec<Command> {
        if paths.is_empty() || self.session.is_none() {
            return Vec::new();
        }
        let job = self.begin_scan();
        let known = Arc::new(self.upload.catalogue.known());
        vec![Command::Scan { job, paths, known }]
    }

    /// Reads the files of an archive that waited for its password. What else is in it was told before, and may have been taken
    /// off the list or sent since: it does not come back. Where it was not all told, all of it is read.
    pub(in crate::model) fn scan_unlocked(
        &mut self,
        archive: PathBuf,
        waited: Vec<PathBuf>,
    ) -> Vec<Command> {
        if !self.upload.scans.is_empty() || self.upload.was_stopped {
            return self.scan(vec![archive]);
        }
        if self.session.is_none() {
            return Vec::new();
        }
        let job = self.begin_scan();
        let known = self.upload.catalogue.known();
        let known = Arc::new(known.but_for(archive.clone(), waited));
        let paths = vec![archive];
        vec![Command::Scan { job, paths, known }]
    }

    /// Reads copies again whose original is another file now. Nobody asked for it, so the page stays as it is.
    pub(in crate::model) fn scan_orphans(&mut self) -> Vec<Command> {
        if !self.upload.scans.is_empty() {
            return Vec::new();
        }
        let paths = self.upload.catalogue.take_orphans();
        if paths.is_empty() {
            return Vec::new();
        }
        let job = self.next_job();
        self.upload.scans.push(Scan::new(job));
        let known = Arc::new(self.upload.catalogue.known());
        vec![Command::Scan { job, paths, known }]
    }

    fn open_typed_path(&mut self) -> Vec<Command> {
        let typed = self.upload.path.trim();
        let typed = typed
            .strip_prefix("file://")
            .unwrap_or(typed)
            .trim_matches('"');
        if typed.is_empty() {
            return Vec::new();
        }
        let path = PathBuf::from(typed);
        if path.is_relative() {
            self.upload.hint =
                Some("Type the whole path, from the root or the drive letter on.".to_owned());
            return Vec::new();
        }
        self.upload.path.clear();
        self.scan(vec![path])
    }

    fn clear_drop(&mut self) -> Vec<Command> {
        let scans = self.upload.scans.iter();
        let mut commands: Vec<Command> = scans.map(|scan| Command::Cancel(scan.job)).collect();
        if self.deidentify.mode != Mode::Off {
            commands.push(Command::Deidentify(Box::new(AskCleaning::StopLooking)));
        }
        for toast in self.upload.removed.toasts() {
            self.toasts.close(toast);
        }
        let folder = self.upload.folder.take();
        self.upload = Upload {
            folder,
            ..Upload::default()
        };
        self.deidentify.begin_drop();
        self.attributes.begin_drop();
        commands
    }

    /// Why *Upload* cannot be pressed.
    pub fn upload_refused(&self) -> Option<String> {
        self.sending_refused().or_else(|| self.deidentify_refused())
    }

    /// The same, whatever is said under De-identify.
    pub fn sending_refused(&self) -> Option<String> {
        let Some(session) = &self.session else {
            return Some("Sign in first.".to_owned());
        };
        if session.location().is_none() {
            return Some(
                "This user has no location to send to. Ask the account's administrator for one."
                    .to_owned(),
            );
        }
        if let Some(journal) = self.transfers.refused() {
            return Some(journal.to_owned());
        }
        if !self.upload.scans.is_empty() {
            return Some("Still reading what was dropped.".to_owned());
        }
        (self.upload.chosen().0 == 0).then(|| "Tick at least one study.".to_owned())
    }

    fn send(&mut self) -> Vec<Command> {
        if self.upload_refused().is_some() {
            return Vec::new();
        }
        let Some(target) = self.target() else {
            return Vec::new();
        };
        let mut uploads = Vec::new();
        let catalogue = std::mem::take(&mut self.upload.catalogue);
        for patient in &catalogue.patients {
            for study in &patient.studies {
                if !self.upload.is_checked(study) {
                    continue;
                }
                let job = self.next_job();
                // What is refused was said before; it is never sent as it is.
                let Ok(cleaning) = self.cleaning(patient, study) else {
                    continue;
                };
                self.sent.add(patient, study);
                uploads.push(Sent {
                    cleaning,
                    ..Sent::of_study(job, patient, study, &catalogue.skipped, &target)
                });
            }
        }
        self.upload.catalogue = catalogue;
        if !std::mem::replace(&mut self.upload.loose_counted, true) {
            let loose = self.upload.loose();
            self.transfers.count(&Ledger {
                found: loose,
                skipped: loose,
                ..Ledger::default()
            });
        }
        for upload in &uploads {
            self.upload
                .catalogue
                .remove_study(&upload.study_instance_uid);
            self.upload.checked.remove(&upload.study_instance_uid);
            self.upload.known.remove(&upload.study_instance_uid);
            self.upload.matches.forget(&upload.study_instance_uid);
            self.transfers.add(upload.clone(), self.now.clock);
        }
        self.upload.look_for_gaps();
        if self.upload.catalogue.patients.is_empty() {
            drop(self.clear_drop());
        } else {
            self.upload.study = self.upload.first_study();
        }
        self.page = Page::Transfers;
        vec![Command::Upload(uploads)]
    }

    fn target(&self) -> Option<Target> {
        let session = self.session.as_ref()?;
        Some(Target {
            user: session.user,
            user_name: session.user()?.full_name.clone(),
            location: session.location()?.institution_uuid,
            folder: self.upload.folder.as_ref().map(|folder| folder.uuid),
        })
    }
}
