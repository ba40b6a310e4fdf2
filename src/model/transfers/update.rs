//! User actions on the Transfers page, and worker events about transfers.

use std::sync::Arc;

use super::Transfers;
use super::receipt::ReceiptForm;
use crate::logbook::Subject;
use crate::message::{Command, JobId, Journal, TransferCommand};
use crate::model::{DateChoice, Form, Model, Page, Tone};
use crate::transfer::{TransferState, TransferStatus};
use crate::words;

/// A user action on the Transfers page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransfersAction {
    /// Gives one up.
    Cancel(JobId),
    /// Sends again what failed in a finished one.
    Retry(JobId),
    /// Takes all off the list that are over and need no look.
    ClearFinished,
    /// Searches for the order of one on the Orders page.
    ShowOrder(JobId),
    /// Holds one.
    Pause(JobId),
    /// Resumes a transfer.
    Resume(JobId),
    /// Pauses all unfinished transfers.
    PauseAll,
    /// Resumes all paused transfers.
    ResumeAll,
    /// Moves a transfer before another one, or to the end of the queue.
    Move {
        /// Transfer to move.
        job: JobId,
        /// Transfer that it is moved before; `None` for the end.
        before: Option<JobId>,
    },
    /// Moves a transfer up by one place.
    Up(JobId),
    /// Moves a transfer down by one place.
    Down(JobId),
    /// Moves a transfer to the front of the queue.
    First(JobId),
    /// Switches the list of files that need attention: a few, all, none.
    ListFiles(JobId),
    /// Toggles the list of harmlessly skipped files.
    ListSkipped(JobId),
    /// Removes a finished transfer from the list.
    Remove(JobId),
    /// Opens the dialog that saves a receipt.
    AskReceipt(JobId),
    /// Main button of the receipt dialog.
    SaveReceipt,
    /// Closes the receipt dialog.
    CloseReceipt,
}

impl Model {
    pub(in crate::model) fn act_transfers(&mut self, act: TransfersAction) -> Vec<Command> {
        let page = &mut self.transfers;
        match act {
            TransfersAction::Cancel(job) => return vec![Command::Cancel(job)],
            TransfersAction::Retry(job) => {
                return vec![Command::Transfer(TransferCommand::Retry(job))];
            }
            TransfersAction::ClearFinished => return forget(page.forget(Transfers::clears)),
            TransfersAction::ShowOrder(job) => return self.show_order(job),
            TransfersAction::Pause(job) => {
                return vec![Command::Transfer(TransferCommand::Pause(vec![job]))];
            }
            TransfersAction::Resume(job) => {
                return vec![Command::Transfer(TransferCommand::Resume(vec![job]))];
            }
            TransfersAction::PauseAll => {
                let jobs = jobs(page, |state| {
                    !state.is_over() && state != TransferState::Paused
                });
                return some(jobs, |it| Command::Transfer(TransferCommand::Pause(it)));
            }
            TransfersAction::ResumeAll => {
                let jobs = jobs(page, |state| state == TransferState::Paused);
                return some(jobs, |it| Command::Transfer(TransferCommand::Resume(it)));
            }
            TransfersAction::Move { job, before } => return self.put(job, before),
            TransfersAction::Up(job) | TransfersAction::Down(job) | TransfersAction::First(job) => {
                return self.step(act, job);
            }
            TransfersAction::ListFiles(job) => page.list_more(job),
            TransfersAction::ListSkipped(job) => page.list_harmless(job),
            TransfersAction::Remove(job) => {
                return forget(page.forget(|row| row.job() == job && row.is_over()));
            }
            TransfersAction::AskReceipt(job) => {
                if page.get(job).is_some_and(crate::model::Row::is_over) {
                    self.receipt = Some(ReceiptForm::new(job));
                }
            }
            TransfersAction::SaveReceipt => return self.save_receipt(),
            TransfersAction::CloseReceipt => self.receipt = None,
        }
        Vec::new()
    }

    /// Moves a transfer by one place or to the front.
    fn step(&mut self, act: TransfersAction, job: JobId) -> Vec<Command> {
        let queue = self.transfers.queue();
        let Some(place) = queue.iter().position(|one| *one == job) else {
            return Vec::new();
        };
        let before = match act {
            TransfersAction::Up(_) => place.checked_sub(1).and_then(|up| queue.get(up)),
            TransfersAction::First(_) => queue.first(),
            _ => queue.get(place + 2),
        };
        let is_down = matches!(act, TransfersAction::Down(_));
        if before.is_none() && (!is_down || place + 1 == queue.len()) {
            return Vec::new();
        }
        self.put(job, before.copied())
    }

    fn put(&mut self, job: JobId, before: Option<JobId>) -> Vec<Command> {
        if self.transfers.put(job, before) {
            vec![Command::Transfer(TransferCommand::Move { job, before })]
        } else {
            Vec::new()
        }
    }

    /// Searches the order that a study was sent to, by patient ID or, without one, by patient name.
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
        let about = Subject {
            orders: row.status.order.into_iter().collect(),
            study: Some(row.upload.study_instance_uid.clone()),
            folder: row.upload.target.folder,
        };
        match row.status.state {
            TransferState::Verified => {
                let words = summary
                    .strip_prefix("Verified: ")
                    .unwrap_or(&summary)
                    .to_owned();
                if self.page != Page::Transfers {
                    self.toast(Tone::Good, format!("Verified: {who}"), words);
                }
                self.note_of(about, Tone::Good, "Verified", who, ledger);
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
                self.note_of(about, Tone::Bad, "Needs attention", who, ledger);
            }
            _ => self.note_of(about, Tone::Warning, "Cancelled", who, ledger),
        }
    }

    /// Takes in whether transfers are persisted. Each deterioration is reported once.
    pub(in crate::model) fn journal_news(&mut self, journal: Journal) {
        if self.transfers.journal == journal {
            return;
        }
        self.transfers.journal = journal.clone();
        match journal {
            Journal::Kept => {}
            // The Transfers page shows a banner itself.
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
    some(gone, |it| Command::Transfer(TransferCommand::Forget(it)))
}
