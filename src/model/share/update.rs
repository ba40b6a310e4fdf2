//! Sharing: the dialog opens, the account is asked, what came of it is shown and noted.

use jiff::civil::Date;
use uuid::Uuid;

use super::made_password;
use crate::cloud::model::Shared;
use crate::message::{Command, Failure, JobId, Share};
use crate::model::{Card, Model, ShareAct, ShareForm, ShareState, ShareTarget, Tone};
use crate::words;

impl Model {
    /// Opens the dialog.
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

    /// The patients of these orders, as far as the window knows them.
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

    pub(in crate::model) fn act_share(&mut self, act: &ShareAct) -> Vec<Command> {
        let today = self.now.clock.date();
        let Some(form) = self.share.as_mut() else {
            return Vec::new();
        };
        match act {
            ShareAct::Close => {
                let closed = self.share.take();
                // The account may make the link all the same: it is shown when it comes.
                self.closed_share =
                    closed.filter(|form| matches!(form.state, ShareState::Working(_)));
            }
            ShareAct::MakePassword => form.password = made_password(),
            ShareAct::Again => form.state = ShareState::Editing,
            ShareAct::Share => {
                let (Some(share), Some(session)) = (form.share(today), &self.session) else {
                    return Vec::new();
                };
                let user = session.user;
                let job = self.next_job();
                if let Some(form) = self.share.as_mut() {
                    form.state = ShareState::Working(job);
                }
                self.sharing.insert(job, share.clone());
                return vec![Command::Share { job, user, share }];
            }
        }
        Vec::new()
    }

    /// What came of sharing. It is noted even where the dialog was closed meanwhile.
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
                self.note_about(
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
            // Nobody could know its link otherwise.
            form.state = ShareState::Done(Box::new(card));
            self.share = Some(form);
        }
        // The folder's sign, and the order's shares.
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
        self.note_about(Tone::Good, what, whom.trim().to_owned(), facts.join(", "));
    }

    /// What a share is about: in words that may be kept, and in words that are for this session.
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

    /// "Trauma / Week 48", where it is known.
    pub(in crate::model) fn folder_words(&self, folder: Uuid) -> String {
        self.folders.path(folder).join(" / ")
    }
}
