//! What the worker says about files on this computer.

use crate::message::{Command, FilesEvent};
use crate::model::Model;

impl Model {
    pub(in crate::model) fn apply_files(&mut self, event: FilesEvent) -> Vec<Command> {
        match event {
            FilesEvent::Picked(Some(paths)) => return self.scan(paths),
            FilesEvent::Picked(None) => {
                let hint = "Nothing was chosen. If no dialog opened, drop the folder here or type its path.";
                self.upload.hint = Some(hint.to_owned());
            }
            FilesEvent::Scanned {
                job,
                found,
                seen,
                known,
            } => self.upload.scanned(job, found, seen, known),
            FilesEvent::Disc { job, disc } => self.upload.disc(job, *disc),
            FilesEvent::Unlocked { archive, is_right } => {
                if let Some(waited) = self.upload.unlocked(&archive, is_right) {
                    return self.scan_unlocked(archive, waited);
                }
            }
            FilesEvent::ScanDone { job, cancelled } => {
                self.upload.scan_done(job, cancelled);
                self.look_for_orders();
                return self.scan_orphans();
            }
        }
        Vec::new()
    }
}
