//! What the worker says, and what comes of it.

use super::{Model, Tone};
use crate::message::{Command, Event, Failure, TransferEvent};

impl Model {
    /// Takes in what the worker says; what it is to do next.
    #[must_use]
    pub fn apply(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Session(event) => self.apply_session(event),
            Event::Files(event) => self.apply_files(event),
            Event::Attributes(event) => self.apply_attributes(event),
            Event::Transfer(TransferEvent::Status(event)) => self.apply_transfer(event),
            Event::Orders(event) => self.apply_orders(event),
            Event::Folders(event) => self.apply_folders(event),
            Event::Account(event) => self.apply_account(event),
            Event::Log(event) => self.apply_log(event),
            Event::Picture(result) => {
                self.pictures.add(*result);
                self.due_pictures()
            }
            Event::Deidentify(event) => self.cleaning_news(*event),
            Event::Failed(failure) => {
                self.failed(failure);
                Vec::new()
            }
        }
    }

    /// The worker did not take a command: it hangs, or has ended.
    pub fn worker_is_gone(&mut self) {
        let remedy = "Close StudyDrop and start it again. What was verified is safe.".to_owned();
        self.failed(Failure {
            what: "StudyDrop's worker does not answer.".to_owned(),
            remedy,
        });
    }

    /// The settings could not be read; the usual ones are used.
    pub fn settings_failed(&mut self, what: &str) {
        let remedy = "The usual settings are used until you change one.".to_owned();
        self.failed(Failure {
            what: what.to_owned(),
            remedy,
        });
    }

    pub(super) fn failed(&mut self, failure: Failure) {
        // The sentence may hold the account's own words, or a path.
        let (what, whom) = ("Something failed", failure.what.clone());
        self.note_about(Tone::Bad, what, whom, failure.remedy.clone());
        self.toast(Tone::Bad, failure.what, failure.remedy);
    }
}
