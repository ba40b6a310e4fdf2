//! What a person does on the Transfers page, and what the worker says of it.

use std::sync::Arc;

use super::Transfers;
use super::receipt::ReceiptForm;
use crate::message::{Command, JobId, Journal};
use crate::model::{Action, DateChoice, Form, Model, Page, Tone};
use crate::transfer::{TransferState, TransferStatus};
use crate::words;

/// What was done on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransfersAct {
    /// Holds one.
    Pause(JobId),
    /// Lets one go on.
    Resume(JobId),
    /// Holds all that are not over.
    PauseAll,
    /// Lets all go on that are held.
    ResumeAll,
    /// Puts one before another one, or at the end of the queue.
    Move {
        /// Which.
        job: JobId,
        /// Before which.
        before: Option<JobId>,
    },
    /// One place further up.
    Up(JobId),
    /// One place further down.
    Down(JobId),
    /// To the front of the queue.
    First(JobId),
    /// Lists the files that somebody should look at: a few, all, none.
    ListFiles(JobId),
    /// Lists the skipped files that nobody misses, or hides them.
    ListSkipped(JobId),
    /// Takes a finished one off the list.
    Remove(JobId),
    /// Opens the dialog that saves a receipt.
    AskReceipt(JobId),
    /// The dialog's main button.
    SaveReceipt,
    /// Closes it.
    CloseReceipt,
}

impl Model {
    pub(in crate::model) fn act_transfers(&mut self, action: &Action) -> Vec<Command> {
        match action {
            Action::CancelTransfer(job) => vec![Command::Cancel(*job)],
            Action::Retry(job) => vec![Command::Retry(*job)],
            Action::ClearFinished => {
                let gone = self.transfers.forget(Transfers::clears);
                forget(gone)
            }
            Action::ShowOrder(job) => self.show_order(*job),
            Action::Transfers(act) => self.act_on_transfers(*act),
            _ => Vec::new(),
        }
    }

    fn act_on_transfers(&mut self, act: TransfersAct) -> Vec<Command> {
        let page = &mut self.transfers;
        match act {
            TransfersAct::Pause(job) => return vec![Command::Pause(vec![job])],
            TransfersAct::Resume(job) => return vec![Command::Resume(vec![job])],
            TransfersAct::PauseAll => {
                let jobs = jobs(page, |state| {
                    !state.is_over() && state != TransferState::Paused
                });
                return some(jobs, Command::Pause);
            }
            TransfersAct::ResumeAll => {
                let jobs = jobs(page, |state| state == TransferState::Paused);
                return some(jobs, Command::Resume);
            }
            TransfersAct::Move { job, before } => return self.put(job, before),
            TransfersAct::Up(job) | TransfersAct::Down(job) | TransfersAct::First(job) => {
                return self.step(act, job);
            }
            TransfersAct::ListFiles(job) => page.list_more(job),
            TransfersAct::ListSkipped(job) => page.list_harmless(job),
            TransfersAct::Remove(job) => {
                return forget(page.forget(|row| row.job() == job && row.is_over()));
            }
            TransfersAct::AskReceipt(job) => {
                if page.get(job).is_some_and(crate::model::Row::is_over) {
                    self.receipt = Some(ReceiptForm::new(job));
                }
            }
            TransfersAct::SaveReceipt => return self.save_receipt(),
            TransfersAct::CloseReceipt => self.receipt = None,
        }
        Vec::new()
    }

    /// Moves one by a place, or to the front.
    fn step(&mut self, act: TransfersAct, job: JobId) -> Vec<Command> {
        let queue = self.transfers.queue();
        let Some(place) = queue.iter().position(|one| *one == job) else {
            return Vec::new();
        };
        let before = match act {
            TransfersAct::Up(_) => place.checked_sub(1).and_then(|up| queue.get(up)),
            TransfersAct::First(_) => queue.first(),
            _ => queue.get(place + 2),
        };
        let is_down = matches!(act, TransfersAct::Down(_));
        if before.is_none() && (!is_down || place + 1 == queue.len()) {
            return Vec::new();
        }
        self.put(job, before.copied())
    }

    fn put(&mut self, job: JobId, before: Option<JobId>) -> Vec<Command> {
        if self.transfers.put(job, before) {
            vec![Command::MoveTransfer { job, before }]
        } else {
            Vec::new()
        }
    }

    /// Looks for the order that a study became: by the patient's ID, or by name where there is none.
    fn show_order(&mut self, job: JobId) -> Vec<Command> {
        let Some(row) = self.transfers.get(job) else {
            return Vec::new();
        };
        let (id, name) = (
            row.upload.sent_patient_id().trim().to_owned(),
            row.upload.sent_patient_name().to_owned(),
        );
        let order = row.status.order;
        self.orders.form = Form {
            dates: DateChoice::Any,
            ..Form::default()
        };
        if id.is_empty() {
            self.orders.form.patient_name = name;
        } else {
            self.orders.form.patient_id = id;
        }
        match order {
            Some(order) => self.orders.selection.pick(order),
            None => self.orders.selection.clear(),
        }
        self.page = Page::Orders;
        self.search()
    }

    pub(in crate::model) fn transfer_news(&mut self, status: Arc<TransferStatus>) {
        let Some(row) = self.transfers.update(status, self.now.clock) else {
            return;
        };
        let who = format!("{} · {}", row.patient(), row.title());
        let summary = words::transfer_summary(&row.status);
        let ledger = words::ledger(&row.status.ledger);
        let failed = row.status.ledger.failed;
        match row.status.state {
            TransferState::Verified => {
                let words = summary
                    .strip_prefix("Verified: ")
                    .unwrap_or(&summary)
                    .to_owned();
                if self.page != Page::Transfers {
                    self.toast(Tone::Good, format!("Verified: {who}"), words);
                }
                self.note_about(Tone::Good, "Verified", who, ledger);
            }
            TransferState::NeedsAttention => {
                let words = match failed {
                    0 => "Damaged files were not sent.".to_owned(),
                    _ => words::count(
                        failed,
                        "file could not be sent.",
                        "files could not be sent.",
                    ),
                };
                if self.page != Page::Transfers {
                    let words = format!("{words} Open Transfers to see why, and retry.");
                    self.toast(Tone::Bad, format!("Needs attention: {who}"), words);
                }
                self.note_about(Tone::Bad, "Needs attention", who, ledger);
            }
            _ => self.note_about(Tone::Warning, "Cancelled", who, ledger),
        }
    }

    /// Whether transfers are written down; said once each time that it changes for the worse.
    pub(in crate::model) fn journal_news(&mut self, journal: Journal) {
        if self.transfers.journal == journal {
            return;
        }
        self.transfers.journal = journal.clone();
        match journal {
            Journal::Kept => {}
            // The page itself says it.
            Journal::InUse(failure) | Journal::NotKept(failure) if self.page == Page::Transfers => {
                self.note_about(Tone::Bad, "Something failed", failure.what, failure.remedy);
            }
            Journal::InUse(failure) | Journal::NotKept(failure) => self.failed(failure),
        }
    }
}

fn jobs(page: &Transfers, wanted: impl Fn(TransferState) -> bool) -> Vec<JobId> {
    let rows = page.rows.iter().filter(|row| wanted(row.status.state));
    rows.map(crate::model::Row::job).collect()
}

fn some(jobs: Vec<JobId>, command: impl Fn(Vec<JobId>) -> Command) -> Vec<Command> {
    match jobs.is_empty() {
        true => Vec::new(),
        false => vec![command(jobs)],
    }
}

fn forget(gone: Vec<JobId>) -> Vec<Command> {
    some(gone, Command::ForgetTransfers)
}
