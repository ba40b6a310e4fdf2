//! The Transfers page.

use std::sync::Arc;

use jiff::civil::DateTime;

use super::{Action, DateChoice, Form, Model, Page, Tone};
use crate::i18n;
use crate::message::{Command, JobId, Restored};
use crate::transfer::{FileFailure, Ledger, TransferState, TransferStatus, Upload};

/// A study on its way.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is sent.
    pub upload: Upload,
    /// Where it is.
    pub status: Arc<TransferStatus>,
    /// When it was started.
    pub started: DateTime,
    /// Whether its failures are shown.
    pub opened: bool,
}

impl Row {
    /// "Öberg, Märta".
    pub fn patient(&self) -> String {
        i18n::person_name(&self.upload.patient_name)
    }

    /// Images that are meant to be in the order.
    pub fn images(&self) -> u64 {
        self.status
            .ledger
            .found
            .saturating_sub(self.status.ledger.skipped)
    }

    /// Files that somebody should look at: damaged ones that were not sent, then those that could not be sent.
    pub fn trouble(&self) -> Vec<FileFailure> {
        let skipped = self
            .upload
            .skipped
            .iter()
            .filter(|skipped| skipped.reason.is_problem());
        let skipped = skipped.map(|skipped| FileFailure {
            path: skipped.path.clone(),
            reason: i18n::skip_reason(&skipped.reason),
        });
        skipped
            .chain(self.status.failures.iter().cloned())
            .collect()
    }

    /// Images that the account has taken.
    pub fn there(&self) -> u64 {
        self.status.ledger.sent + self.status.ledger.already_there
    }
}

/// The page, newest study last.
#[derive(Debug, Default)]
pub struct Transfers {
    /// One row a study.
    pub rows: Vec<Row>,
    cleared: Ledger,
    cleared_verified: u64,
}

impl Transfers {
    /// How many are not over.
    pub fn running(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| !row.status.state.is_over())
            .count()
    }

    /// Everything of today: found = sent + already there + skipped + failed.
    pub fn today(&self) -> Ledger {
        self.rows
            .iter()
            .fold(self.cleared, |sum, row| sum.plus(&row.status.ledger))
    }

    /// Studies whose images were all found in their orders.
    pub fn verified(&self) -> u64 {
        let shown = self
            .rows
            .iter()
            .filter(|row| row.status.state == TransferState::Verified)
            .count();
        self.cleared_verified + shown as u64
    }

    /// Whether there is something to clear.
    pub fn any_finished(&self) -> bool {
        self.rows.iter().any(|row| row.status.state.is_over())
    }

    /// Files that belong to no row.
    pub(super) fn count(&mut self, ledger: &Ledger) {
        self.cleared = self.cleared.plus(ledger);
    }

    pub(super) fn add(&mut self, upload: Upload, started: DateTime) {
        let found = (upload.files.len() + upload.skipped.len()) as u64;
        let status = TransferStatus {
            job: upload.job,
            state: TransferState::Waiting,
            ledger: Ledger {
                found,
                skipped: upload.skipped.len() as u64,
                ..Ledger::default()
            },
            verified: 0,
            bytes_total: upload.bytes(),
            bytes_done: 0,
            speed: None,
            seconds_left: None,
            connections: 0,
            failures: Arc::from([]),
            note: None,
            order: None,
        };
        self.rows.push(Row {
            upload,
            status: Arc::new(status),
            started,
            opened: true,
        });
    }

    /// Takes in what earlier sessions left, before what was queued since.
    pub(super) fn restore(&mut self, transfers: Vec<Restored>) {
        let zone = jiff::tz::TimeZone::system();
        let rows = transfers.into_iter().map(|restored| Row {
            started: jiff::Timestamp::try_from(restored.queued)
                .map(|queued| queued.to_zoned(zone.clone()).datetime())
                .unwrap_or_default(),
            upload: restored.upload,
            status: restored.status,
            opened: true,
        });
        self.rows.splice(..0, rows);
    }

    fn row(&mut self, job: JobId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.upload.job == job)
    }
}

impl Model {
    pub(super) fn act_transfers(&mut self, action: &Action) -> Vec<Command> {
        match action {
            Action::CancelTransfer(job) => return vec![Command::Cancel(*job)],
            Action::Retry(job) => return vec![Command::Retry(*job)],
            Action::ToggleFailures(job) => {
                if let Some(row) = self.transfers.row(*job) {
                    row.opened = !row.opened;
                }
            }
            Action::ClearFinished => {
                let page = &mut self.transfers;
                page.cleared_verified = page.verified();
                let over = page.rows.iter().filter(|row| row.status.state.is_over());
                page.cleared = over.fold(page.cleared, |sum, row| sum.plus(&row.status.ledger));
                page.rows.retain(|row| !row.status.state.is_over());
            }
            Action::ShowOrder(job) => return self.show_order(*job),
            _ => {}
        }
        Vec::new()
    }

    /// Looks for the order that a study became: by the patient's ID, or by name where there is none.
    fn show_order(&mut self, job: JobId) -> Vec<Command> {
        let Some(row) = self.transfers.row(job) else {
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

    pub(super) fn transfer_news(&mut self, status: Arc<TransferStatus>) {
        let Some(row) = self.transfers.row(status.job) else {
            return;
        };
        let ended = status.state.is_over() && row.status.state != status.state;
        row.status = status;
        if !ended {
            return;
        }
        let who = format!("{} · {}", row.patient(), row.upload.title);
        let summary = i18n::transfer_summary(&row.status);
        let ledger = i18n::ledger(&row.status.ledger);
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
                let words = i18n::count(
                    failed,
                    "file could not be sent.",
                    "files could not be sent.",
                );
                if self.page != Page::Transfers {
                    let words = format!("{words} Open Transfers to see why, and retry.");
                    self.toast(Tone::Bad, format!("Needs attention: {who}"), words);
                }
                self.note_about(Tone::Bad, "Needs attention", who, ledger);
            }
            _ => self.note_about(Tone::Warning, "Cancelled", who, ledger),
        }
    }
}
