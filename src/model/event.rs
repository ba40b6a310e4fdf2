//! What the worker says, and what comes of it.

use std::sync::Arc;

use super::{Model, Page, Session, SignInState, Tone};
use crate::cloud::model::Account;
use crate::cloud::{Keys, Link};
use crate::message::{AskCleaning, Command, Event, Failure, Workspace};
use crate::words;

impl Model {
    /// Takes in what the worker says; what it is to do next.
    #[must_use]
    pub fn apply(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Recalled { keys, unavailable } => self.recalled(keys.as_ref(), unavailable),
            Event::Remembered(Ok(())) => self.note(
                Tone::Plain,
                "The keys were put into this computer's keychain",
                "",
            ),
            Event::Remembered(Err(failure)) => self.failed(failure),
            Event::SigningIn(step) => {
                if self.sign_in.is_working() {
                    self.sign_in.state = SignInState::Working(step.to_owned());
                }
            }
            Event::SignedIn { account, workspace } => return self.signed_in(account, workspace),
            Event::SignInFailed(failure) => {
                let remedy = failure.remedy.clone();
                self.note_about(Tone::Bad, "Signing in failed", failure.what.clone(), remedy);
                self.sign_in.state = SignInState::Failed(failure);
            }
            Event::Link(link) => {
                if let Some(session) = &mut self.session {
                    session.link = link;
                }
            }
            Event::Picked(Some(paths)) => return self.scan(paths),
            Event::Picked(None) => {
                let hint = "Nothing was chosen. If no dialog opened, drop the folder here or type its path.";
                self.upload.hint = Some(hint.to_owned());
            }
            Event::Scanned {
                job,
                found,
                seen,
                known,
            } => self.upload.scanned(job, found, seen, known),
            Event::Disc { job, disc } => self.upload.disc(job, *disc),
            Event::Unlocked { archive, is_right } => {
                if let Some(waited) = self.upload.unlocked(&archive, is_right) {
                    return self.scan_unlocked(archive, waited);
                }
            }
            Event::ScanDone { job, cancelled } => {
                self.upload.scan_done(job, cancelled);
                self.look_for_orders();
                return self.scan_orphans();
            }
            Event::Candidates {
                study,
                location,
                result,
            } => return self.candidates_news(&study, location, result),
            Event::Attributes { path, result } => self.attributes_news(path, result),
            Event::AttributeValue { path, key, result } => self.value_news(&path, key, result),
            Event::Picture(news) => {
                self.pictures.add(*news);
                return self.due_pictures();
            }
            Event::Transfer(status) => self.transfer_news(status),
            Event::Restored(transfers) => self.transfers.restore(transfers),
            Event::Journal(journal) => self.journal_news(journal),
            Event::ReceiptSaved(result) => self.receipt_news(result),
            Event::Orders { job, result, took } => return self.orders_news(job, result, took),
            Event::Folder {
                user,
                with_orders,
                folder,
                result,
            } => {
                // Another user may have been picked meanwhile.
                if self.session.as_ref().is_some_and(|s| s.user == user) {
                    return self.folder_news(folder, with_orders, result);
                }
            }
            Event::LogLoaded(kept) => self.log_loaded(kept),
            Event::LogNotKept(failure) => self.toast(Tone::Bad, failure.what, failure.remedy),
            Event::LogSaved(result) => self.log_saved(result),
            Event::Shared { job, result } => return self.shared(job, result),
            Event::Deidentify(news) => return self.cleaning_news(*news),
            Event::Failed(failure) => self.failed(failure),
            Event::Directory { user, directory } => self.directory_news(user, directory),
            Event::Properties { order, result } => self.properties_news(order, result),
            Event::Changed {
                job,
                change,
                result,
            } => {
                self.new_order_news(job, &result);
                return self.changed(job, &change, result);
            }
            Event::ViewAddress(result) => self.view_news(result),
            Event::DocumentsPicked { order, paths } => return self.documents_picked(order, paths),
            Event::DocumentSent { job, path, result } => self.document_news(job, &path, result),
            Event::DocumentsDone { job, order } => return self.documents_done(job, order),
        }
        Vec::new()
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

    fn recalled(&mut self, keys: Option<&Keys>, unavailable: Option<String>) {
        let form = &mut self.sign_in;
        if unavailable.is_some() {
            form.remember = false;
        }
        form.remember_refused = unavailable;
        // What was typed meanwhile is not overwritten.
        if let Some(keys) = keys
            && form.account_key.is_empty()
            && form.api_key.is_empty()
        {
            form.account_key = keys.account_key.to_string();
            form.api_key = keys.api_key.to_string();
            form.remember = true;
        }
    }

    fn signed_in(&mut self, account: Arc<Account>, workspace: Workspace) -> Vec<Command> {
        let users = &account.user_list;
        let user = users
            .iter()
            .find(|user| Some(user.user_uuid) == self.settings.user)
            .or(users.first());
        let Some(user) = user else {
            self.sign_in.state = SignInState::Failed(Failure {
                what: "The account has no users.".to_owned(),
                remedy: "Ask the account's administrator to add you, then sign in again."
                    .to_owned(),
            });
            return vec![Command::SignOut { forget: false }];
        };
        let locations = &user.institution_list;
        let location = locations
            .iter()
            .find(|location| Some(location.institution_uuid) == self.settings.location)
            .or(locations.first())
            .map(|location| location.institution_uuid);
        let (user, name) = (user.user_uuid, user.full_name.clone());
        self.note_signed_in(workspace, &name, locations.len());
        if location.is_none() {
            let title = format!("{name} has no location.");
            self.toast(Tone::Bad, title, "Nothing can be sent. Ask the account's administrator for a location, or choose another user.");
        }
        self.session = Some(Session {
            account,
            workspace,
            user,
            location,
            link: Link::Online,
        });
        self.page = Page::Upload;
        self.sign_in.state = SignInState::Idle;
        // Keys are not kept in the form: who signs out leaves none behind.
        self.sign_in.account_key.clear();
        self.sign_in.api_key.clear();
        self.sign_in.key_shown = false;
        let mut commands = self.load_root();
        commands.extend(self.load_directory());
        commands.push(Command::Deidentify(Box::new(AskCleaning::Profiles)));
        commands
    }

    fn note_signed_in(&mut self, workspace: Workspace, name: &str, locations: usize) {
        let words = match workspace {
            Workspace::Cloud => "Signed in",
            Workspace::Practice => "Signed in to the practice workspace",
        };
        let locations = words::count(locations as u64, "location", "locations");
        self.note(Tone::Good, words, format!("as {name}, {locations}"));
    }
}
