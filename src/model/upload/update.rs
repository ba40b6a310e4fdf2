//! User actions on the Upload page.

use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use super::Scan;
use crate::dicom::media::ArchivePassword;
use crate::message::{AskCleaning, Command, FilesCommand, JobId, Pick, TransferCommand, Workspace};
use crate::model::{
    ArchivePasswordAction, FolderChoice, Mode, Model, Page, Removal, Tab, Upload, ViewerAction,
};
use crate::transfer::{Ledger, Target, Upload as Sent};

/// What a person did on the Upload page.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum UploadAction {
    Pick(Pick),
    Dropped(Vec<PathBuf>),
    OpenTypedPath,
    TrySample,
    CancelScan,
    Unlock {
        archive: PathBuf,
        password: ArchivePassword,
    },
    Archives(ArchivePasswordAction),
    ClearDrop,
    CheckStudies {
        studies: Vec<String>,
        on: bool,
    },
    SelectStudy(String),
    SelectSeries(String),
    StepImage(i32),
    ShowTab(Tab),
    KeepBoth,
    KeepConflict(String),
    ShowSeries {
        study: String,
        series: String,
    },
    Remove(Removal),
    KeepDiscs,
    ShowSkipped(bool),
    PickFolder(Option<FolderChoice>),
    ChooseOrder {
        study: String,
        order: Option<Uuid>,
    },
    Send,
}

impl Model {
    pub(in crate::model) fn act_upload(&mut self, action: UploadAction) -> Vec<Command> {
        let page = &mut self.upload;
        match action {
            UploadAction::Pick(pick) => return vec![Command::Files(FilesCommand::Pick(pick))],
            UploadAction::Dropped(paths) => return self.dropped(paths),
            UploadAction::OpenTypedPath => return self.open_typed_path(),
            UploadAction::TrySample
                if self
                    .session
                    .as_ref()
                    .is_some_and(|session| session.workspace == Workspace::Practice) =>
            {
                let job = self.begin_scan();
                return vec![Command::Files(FilesCommand::SampleStudy { job })];
            }
            UploadAction::CancelScan => {
                return page
                    .scans
                    .iter()
                    .map(|scan| Command::Cancel(scan.job))
                    .collect();
            }
            UploadAction::Unlock { archive, password } => {
                return self.unlock_archive(archive, password);
            }
            UploadAction::ClearDrop => return self.clear_drop(),
            UploadAction::CheckStudies { studies, on: true } => {
                page.checked.extend(studies);
                self.look_for_orders();
            }
            UploadAction::ChooseOrder { study, order } => self.choose_order(study, order),
            UploadAction::CheckStudies { studies, on: false } => {
                page.checked.retain(|uid| !studies.contains(uid))
            }
            UploadAction::SelectStudy(uid) => {
                (page.study, page.series, page.image) = (Some(uid), None, None);
            }
            UploadAction::SelectSeries(uid) => self.select_series(uid),
            UploadAction::ShowSeries { study, series } => {
                (page.study, page.series) = (Some(study), Some(series));
                page.image = None;
            }
            UploadAction::Remove(removal) => self.remove(&removal),
            UploadAction::StepImage(by) => self.act_viewer(ViewerAction::Step(by)),
            UploadAction::ShowTab(tab) => page.tab = tab,
            UploadAction::KeepBoth => page.kept_patients = page.catalogue.patients.len(),
            UploadAction::KeepConflict(study) => drop(page.kept_conflicts.insert(study)),
            UploadAction::KeepDiscs => page.kept_discs = page.disc_sentences().len(),
            UploadAction::ShowSkipped(open) => page.skipped_open = open,
            UploadAction::PickFolder(folder) => page.folder = folder,
            UploadAction::Send => return self.send(),
            // Only the practice workspace offers it.
            UploadAction::TrySample => {}
            UploadAction::Archives(act) => return self.act_unlock(act),
        }
        Vec::new()
    }

    /// Attaches dropped files to the order in front on the Orders page; otherwise scans them for studies.
    fn dropped(&mut self, paths: Vec<PathBuf>) -> Vec<Command> {
        let order = match self.page {
            Page::Orders => self.orders.selected().map(|order| order.place()),
            Page::Upload | Page::Folders | Page::Transfers | Page::Log => None,
        };
        match order {
            Some(order) => self.send_documents(order, &paths),
            None => self.scan(paths),
        }
    }

    /// Tries a password on an archive.
    pub(in crate::model) fn unlock_archive(
        &mut self,
        archive: PathBuf,
        password: ArchivePassword,
    ) -> Vec<Command> {
        self.upload.wrong_password = None;
        vec![Command::Files(FilesCommand::Unlock { archive, password })]
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
        vec![Command::Files(FilesCommand::Scan { job, paths, known })]
    }

    /// Reads an archive's files that needed its password. Its other files were reported before and may have been
    /// removed or sent since, so they are not read again, unless their scan was incomplete.
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
        vec![Command::Files(FilesCommand::Scan { job, paths, known })]
    }

    /// Reads duplicates again whose original has been replaced. This is not a user action, so the page's state is kept.
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
        vec![Command::Files(FilesCommand::Scan { job, paths, known })]
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

    /// Why *Upload* is disabled.
    pub fn upload_refused(&self) -> Option<String> {
        self.sending_refused().or_else(|| self.deidentify_refused())
    }

    /// Like [`upload_refused`](Self::upload_refused), regardless of de-identification.
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
                // Studies that cannot be de-identified have been reported; they are never sent unchanged.
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
        vec![Command::Transfer(TransferCommand::Queue(uploads))]
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
