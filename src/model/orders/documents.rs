//! Documents on their way to orders: which, to which order, and how each fared.

use std::path::PathBuf;

use uuid::Uuid;

use crate::cloud::model::OrderRef;
use crate::message::{Command, Failure, JobId, Pick};
use crate::model::{Model, Tone};
use crate::words;

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentState {
    /// Behind others.
    Waiting,
    /// On its way.
    Sending,
    /// The order has it.
    Sent,
    /// The order does not have it, and why.
    Failed(Failure),
}

/// A document on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The file.
    pub path: PathBuf,
    /// Where it is.
    pub state: DocumentState,
}

/// Documents that were dropped together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Names the sending.
    pub job: JobId,
    /// The order.
    pub order: OrderRef,
    /// They are sent in this order.
    pub documents: Vec<Document>,
    /// Whether it goes on.
    pub running: bool,
}

impl Sending {
    fn new(job: JobId, order: OrderRef, paths: &[PathBuf]) -> Self {
        let waiting = |path: &PathBuf| Document {
            path: path.clone(),
            state: DocumentState::Waiting,
        };
        let mut sending = Sending {
            job,
            order,
            documents: paths.iter().map(waiting).collect(),
            running: true,
        };
        sending.next();
        sending
    }

    /// The first that waits is on its way.
    fn next(&mut self) {
        let waits = |document: &&mut Document| document.state == DocumentState::Waiting;
        if let Some(next) = self.documents.iter_mut().find(waits) {
            next.state = DocumentState::Sending;
        }
    }

    fn failed(&self) -> impl Iterator<Item = &Document> {
        let failed = |document: &&Document| matches!(document.state, DocumentState::Failed(_));
        self.documents.iter().filter(failed)
    }
}

/// The documents on their way.
#[derive(Debug, Default)]
pub struct Documents {
    /// Oldest first; those that are all sent leave.
    pub sendings: Vec<Sending>,
    /// A path as typed.
    pub path: String,
    /// What to do where no dialog opened.
    pub hint: Option<&'static str>,
}

impl Documents {
    /// How many sendings are under way.
    pub fn running(&self) -> usize {
        let unsent = |document: &Document| {
            matches!(
                document.state,
                DocumentState::Waiting | DocumentState::Sending
            )
        };
        let sendings = self.sendings.iter();
        sendings
            .filter(|one| one.documents.iter().any(unsent))
            .count()
    }

    /// Those of an order.
    pub fn of(&self, order: Uuid) -> impl Iterator<Item = &Sending> {
        let of_it = move |sending: &&Sending| sending.order.order == order;
        self.sendings.iter().filter(of_it)
    }
}

impl Model {
    /// Opens the system's dialog for documents of the selected order.
    pub(in crate::model) fn pick_documents(&mut self) -> Vec<Command> {
        let order = self.orders.selected().map(|order| order.place());
        let pick = order.map(|order| Command::Pick(Pick::Documents(order)));
        pick.into_iter().collect()
    }

    /// The dialog's answer.
    pub(in crate::model) fn documents_picked(
        &mut self,
        order: OrderRef,
        paths: Option<Vec<PathBuf>>,
    ) -> Vec<Command> {
        match paths {
            Some(paths) => self.send_documents(order, &paths),
            None => {
                self.orders.documents.hint = Some(
                    "Nothing was chosen. If no dialog opened, drop the file here or type its path.",
                );
                Vec::new()
            }
        }
    }

    /// Sends the file whose path was typed.
    pub(in crate::model) fn send_typed_document(&mut self) -> Vec<Command> {
        let Some(order) = self.orders.selected().map(|order| order.place()) else {
            return Vec::new();
        };
        let path = std::mem::take(&mut self.orders.documents.path);
        let path = path.trim().trim_matches('"');
        if path.is_empty() {
            return Vec::new();
        }
        self.send_documents(order, &[PathBuf::from(path)])
    }

    /// Sends documents to an order.
    pub(in crate::model) fn send_documents(
        &mut self,
        order: OrderRef,
        paths: &[PathBuf],
    ) -> Vec<Command> {
        let Some(user) = self.session.as_ref().map(|session| session.user) else {
            return Vec::new();
        };
        if paths.is_empty() {
            return Vec::new();
        }
        let job = self.next_job();
        let page = &mut self.orders;
        page.documents.hint = None;
        page.documents
            .sendings
            .push(Sending::new(job, order, paths));
        page.tab = crate::model::OrderTab::Documents;
        let paths = paths.to_vec();
        vec![Command::SendDocuments {
            job,
            user,
            order,
            paths,
        }]
    }

    /// Sends again what failed of a sending.
    pub(in crate::model) fn retry_documents(&mut self, job: JobId) -> Vec<Command> {
        let sendings = &mut self.orders.documents.sendings;
        let Some(at) = sendings.iter().position(|sending| sending.job == job) else {
            return Vec::new();
        };
        let sending = sendings.remove(at);
        let paths: Vec<PathBuf> = sending.failed().map(|one| one.path.clone()).collect();
        self.send_documents(sending.order, &paths)
    }

    /// Stops a sending, or puts away one that has ended.
    pub(in crate::model) fn drop_documents(&mut self, job: JobId) -> Vec<Command> {
        let sendings = &mut self.orders.documents.sendings;
        let running = sendings
            .iter()
            .any(|sending| sending.job == job && sending.running);
        sendings.retain(|sending| sending.job != job);
        if !running {
            return Vec::new();
        }
        self.note(Tone::Plain, "Sending documents was stopped", "");
        // What is there already is shown.
        let mut commands = vec![Command::Cancel(job)];
        commands.extend(self.ask_properties());
        commands
    }

    pub(in crate::model) fn document_news(
        &mut self,
        job: JobId,
        path: &std::path::Path,
        result: Result<(), Failure>,
    ) {
        let sendings = &mut self.orders.documents.sendings;
        let Some(sending) = sendings.iter_mut().find(|sending| sending.job == job) else {
            return;
        };
        let on_its_way = |one: &&mut Document| {
            one.path == path && matches!(one.state, DocumentState::Waiting | DocumentState::Sending)
        };
        if let Some(document) = sending.documents.iter_mut().find(on_its_way) {
            document.state = match &result {
                Ok(()) => DocumentState::Sent,
                Err(failure) => DocumentState::Failed(failure.clone()),
            };
        }
        sending.next();
        if let Err(failure) = result {
            // The sentence may hold the file's name.
            let what = "A document was not sent";
            self.note_about(Tone::Bad, what, failure.what, failure.remedy);
        }
    }

    /// A sending is over: what was sent is in the order's list.
    pub(in crate::model) fn documents_done(&mut self, job: JobId, order: Uuid) -> Vec<Command> {
        let sendings = &mut self.orders.documents.sendings;
        let Some(sending) = sendings.iter_mut().find(|sending| sending.job == job) else {
            return Vec::new();
        };
        sending.running = false;
        let failed = sending.failed().count();
        let sent = sending.documents.len().saturating_sub(failed);
        if failed == 0 {
            sendings.retain(|sending| sending.job != job);
        }
        let words = words::count(sent as u64, "document", "documents");
        if sent > 0 {
            let verb = if sent == 1 { "is" } else { "are" };
            let words = format!("{words} {verb} in the order.");
            self.note(Tone::Good, words.clone(), "");
            self.toast(Tone::Good, words, "");
        }
        if failed > 0 {
            let words = words::count(failed as u64, "document was", "documents were");
            let words = format!("{words} not sent.");
            self.toast(Tone::Bad, words, "Documents of the order says why.");
        }
        let mut commands = match self.page {
            crate::model::Page::Orders => self.search(),
            _ => {
                self.orders.outdated = true;
                Vec::new()
            }
        };
        if self.orders.selection.one() == Some(order) {
            commands.extend(self.ask_properties());
        }
        commands
    }
}
