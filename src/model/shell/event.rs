//! What the worker says about the session and the account.

use std::sync::Arc;

use crate::cloud::model::Account;
use crate::cloud::{Keys, Link};
use crate::message::{
    AccountEvent, AskCleaning, Command, Failure, SessionCommand, SessionEvent, Workspace,
};
use crate::model::{Model, Page, Session, SignInState, Tone};
use crate::words;

impl Model {
    pub(in crate::model) fn apply_session(&mut self, event: SessionEvent) -> Vec<Command> {
        match event {
            SessionEvent::Recalled { keys, unavailable } => {
                self.recalled(keys.as_ref(), unavailable);
            }
            SessionEvent::Remembered(Ok(())) => self.note(
                Tone::Plain,
                "The keys were put into this computer's keychain",
                "",
            ),
            SessionEvent::Remembered(Err(failure)) => self.failed(failure),
            SessionEvent::SigningIn(step) => {
                if self.sign_in.is_working() {
                    self.sign_in.state = SignInState::Working(step.to_owned());
                }
            }
            SessionEvent::SignedIn { account, workspace } => {
                return self.signed_in(account, workspace);
            }
            SessionEvent::SignInFailed { failure, cause } => {
                let detail = format!("Cause: {cause}. {}", failure.remedy);
                self.note_about(Tone::Bad, "Signing in failed", failure.what.clone(), detail);
                self.sign_in.state = SignInState::Failed(failure);
            }
            SessionEvent::Link(link) => {
                if let Some(session) = &mut self.session {
                    session.link = link;
                }
            }
        }
        Vec::new()
    }

    pub(in crate::model) fn apply_account(&mut self, event: AccountEvent) -> Vec<Command> {
        match event {
            AccountEvent::Directory { user, directory } => self.directory_news(user, directory),
            AccountEvent::Changed {
                job,
                change,
                result,
            } => {
                self.new_order_news(job, &result);
                return self.changed(job, &change, result);
            }
            AccountEvent::Shared { job, result } => return self.shared(job, result),
            AccountEvent::ViewAddress(result) => self.view_news(result),
        }
        Vec::new()
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
            return vec![Command::Session(SessionCommand::SignOut { forget: false })];
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
