//! Upload of documents to orders.

use std::path::PathBuf;

use uuid::Uuid;

use crate::cloud::model::OrderRef;
use crate::logbook::Subject;
use crate::message::{Command, Failure, FilesCommand, JobId, OrdersCommand, Pick};
use crate::model::{Model, Tone};
use crate::words;

/// State of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentState {
    /// Waits for other documents.
    Waiting,
    /// Is being uploaded.
    Sending,
    /// Attached to the order.
    Sent,
    /// Could not be attached.
    Failed(Failure),
}

/// A document being uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Path of the file.
    pub path: PathBuf,
    /// Progress of the upload.
    pub state: DocumentState,
}

/// Documents that were added together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Job of the upload.
    pub job: JobId,
    /// The order to attach to.
    pub order: OrderRef,
    /// The documents, in the sequence in which they are sent.
    pub documents: Vec<Document>,
    /// Whether the job is still running.
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

    /// Marks the first waiting document as being sent.
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

/// All document uploads.
#[derive(Debug, Default)]
pub struct Documents {
    /// Oldest first. Completed ones are removed.
    pub sendings: Vec<Sending>,
    /// Typed path of a document.
    pub path: String,
    /// Hint shown if there was no file dialog.
    pub hint: Option<&'static str>,
}

impl Documents {
    /// Number of uploads with unsent documents.
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

    /// Uploads to one order.
    pub fn of(&self, order: Uuid) -> impl Iterator<Item = &Sending> {
        let of_it = move |sending: &&Sending| sending.order.order == order;
        self.sendings.iter().filter(of_it)
    }
}

impl Model {
    /// Opens a file dialog for documents of the selected order.
    pub(in crate::model) fn pick_documents(&mut self) -> Vec<Command> {
        let order = self.orders.selected().map(|order| order.place());
        let pick = order.map(|order| Command::Files(FilesCommand::Pick(Pick::Documents(order))));
        pick.into_iter().collect()
    }

    /// Result of the file dialog.
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

    /// Sends the file at the typed path.
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

    /// Starts an upload of documents to an order.
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
        vec![Command::Orders(OrdersCommand::SendDocuments {
            job,
            user,
            order,
            paths,
        })]
    }

    /// Sends the failed documents of an upload again.
    pub(in crate::model) fn retry_documents(&mut self, job: JobId) -> Vec<Command> {
        let sendings = &mut self.orders.documents.sendings;
        let Some(at) = sendings.iter().position(|sending| sending.job == job) else {
            return Vec::new();
        };
        let sending = sendings.remove(at);
        let paths: Vec<PathBuf> = sending.failed().map(|one| one.path.clone()).collect();
        self.send_documents(sending.order, &paths)
    }

    /// Cancels a running upload, or dismisses one that has ended.
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
        // Documents already attached are shown.
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
        let about = Subject::of_orders([sending.order.order]);
        if let Err(failure) = result {
            // The sentence may contain the file's name.
            let what = "A document was not sent";
            self.note_of(about, Tone::Bad, what, failure.what, failure.remedy);
        }
    }

    /// An upload has ended; its documents are now in the order's list.
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
            let about = Subject::of_orders([order]);
            self.note_of(about, Tone::Good, words.clone(), "", "");
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
