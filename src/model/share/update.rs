//! User actions in the Share dialog, and results of sharing.

use jiff::civil::Date;
use uuid::Uuid;

use super::made_password;
use crate::cloud::model::Shared;
use crate::logbook::Subject;
use crate::message::{AccountCommand, Command, Failure, JobId, Share};
use crate::model::{Card, Model, ShareAction, ShareForm, ShareState, ShareTarget, Tone};
use crate::words;

/// What a share is about, as the log refers to it.
fn subject(share: &Share) -> Subject {
    match share {
        Share::Orders { orders, .. } => Subject::of_orders(orders.iter().copied()),
        Share::Folder { share, .. } => Subject::of_folder(share.folder),
        Share::FolderWithUsers { folder, .. } | Share::FolderWithGroups { folder, .. } => {
            Subject::of_folder(*folder)
        }
    }
}

impl Model {
    /// Opens the dialog; nothing happens signed out or without orders.
    pub(in crate::model) fn open_share(&mut self, target: ShareTarget) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let location = session.location;
        if matches!(&target, ShareTarget::Orders(orders) if orders.is_empty()) {
            return Vec::new();
        }
        let what = self.what_is_shared(&target);
        self.share = Some(Box::new(ShareForm::new(target, what, location)));
        if self.directory.value().is_none() && !self.directory.is_loading() {
            return self.load_directory();
        }
        Vec::new()
    }

    fn what_is_shared(&self, target: &ShareTarget) -> String {
        match target {
            ShareTarget::Folder(folder) => match self.folders.folder(*folder) {
                Some(folder) => format!("folder “{}”", folder.folder_name),
                None => "a folder".to_owned(),
            },
            ShareTarget::Orders(orders) => {
                let count = match orders.len() {
                    1 => "the order".to_owned(),
                    many => words::count(many as u64, "order", "orders"),
                };
                match self.patients_of(orders).as_slice() {
                    [] => count,
                    [one] => format!("{count} of {one}"),
                    many => format!("{count} of {} patients", many.len()),
                }
            }
        }
    }

    /// Names of the orders' patients, as far as they are loaded.
    fn patients_of(&self, orders: &[Uuid]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for order in orders.iter().filter_map(|order| self.known_order(*order)) {
            let name = words::person_name(&order.patient_name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    pub(in crate::model) fn act_share(&mut self, act: &ShareAction) -> Vec<Command> {
        let today = self.now.clock.date();
        if let ShareAction::Open(target) = act {
            return self.open_share(target.clone());
        }
        let Some(form) = self.share.as_mut() else {
            return Vec::new();
        };
        match act {
            // Needs no dialog, and was done before.
            ShareAction::Open(_) => {}
            ShareAction::Close => {
                let closed = self.share.take();
                // The server may still create the share: its result is then shown.
                self.closed_share =
                    closed.filter(|form| matches!(form.state, ShareState::Working(_)));
            }
            ShareAction::MakePassword => form.password = made_password(),
            ShareAction::Again => form.state = ShareState::Editing,
            ShareAction::Share => {
                let (Some(share), Some(session)) = (form.share(today), &self.session) else {
                    return Vec::new();
                };
                let user = session.user;
                let job = self.next_job();
                if let Some(form) = self.share.as_mut() {
                    form.state = ShareState::Working(job);
                }
                self.sharing.insert(job, share.clone());
                return vec![Command::Account(AccountCommand::Share { job, user, share })];
            }
        }
        Vec::new()
    }

    /// Result of sharing. It is logged even if the dialog has been closed.
    pub(in crate::model) fn shared(
        &mut self,
        job: JobId,
        result: Result<Shared, Failure>,
    ) -> Vec<Command> {
        let Some(share) = self.sharing.remove(&job) else {
            return Vec::new();
        };
        let waits = |form: &ShareForm| form.state == ShareState::Working(job);
        let waits = self.share.as_deref().is_some_and(waits);
        let shared = match result {
            Ok(shared) => shared,
            Err(failure) => {
                let (what, whom) = self.named(&share);
                self.note_of(
                    subject(&share),
                    Tone::Bad,
                    format!("Not shared: {what}"),
                    format!("{whom} {}", failure.what),
                    failure.remedy.clone(),
                );
                match self.share.as_mut().filter(|_| waits) {
                    Some(form) => form.state = ShareState::Failed(failure),
                    None => self.toast(Tone::Bad, "It was not shared.", failure.what),
                }
                return Vec::new();
            }
        };
        let today = self.now.clock.date();
        let card = Card::new(&share, &shared, self.directory.value().map(AsRef::as_ref));
        self.note_shared(&share, &card, today);
        if let Some(form) = self.share.as_mut().filter(|_| waits) {
            form.state = ShareState::Done(Box::new(card));
        } else if let Some(mut form) = self
            .closed_share
            .take_if(|form| form.state == ShareState::Working(job))
        {
            // Shown again, because the link could not be found anywhere else.
            form.state = ShareState::Done(Box::new(card));
            self.share = Some(form);
        }
        // Updates the folder's icon and the order's shares.
        let mut commands = self.reload_folders();
        commands.extend(self.ask_properties());
        commands
    }

    fn note_shared(&mut self, share: &Share, card: &Card, today: Date) {
        let (what, mut whom) = self.named(share);
        let mut facts = vec![card.ends(today)];
        facts.extend(card.rights.iter().map(|right| (*right).to_owned()));
        facts.extend(card.known_to.clone());
        if !card.sent_to.is_empty() {
            whom = format!("{whom} to {}", card.sent_to.join(", "));
        }
        let what = format!("Shared {}: {what}", card.way);
        let about = subject(share);
        self.note_of(
            about,
            Tone::Good,
            what,
            whom.trim().to_owned(),
            facts.join(", "),
        );
    }

    /// Description of what is shared: one that may be logged, and one for this session only.
    fn named(&self, share: &Share) -> (String, String) {
        match share {
            Share::Orders { orders, .. } => (
                words::count(orders.len() as u64, "order", "orders"),
                self.patients_of(orders).join("; "),
            ),
            Share::Folder { share, .. } => ("a folder".to_owned(), self.folder_words(share.folder)),
            Share::FolderWithUsers { folder, .. } | Share::FolderWithGroups { folder, .. } => {
                ("a folder".to_owned(), self.folder_words(*folder))
            }
        }
    }

    /// Path such as "Trauma / Week 48"; empty if the folder is unknown.
    pub(in crate::model) fn folder_words(&self, folder: Uuid) -> String {
        self.folders.path(folder).join(" / ")
    }
}
