//! Model of the Transfers page: one row for each study, in queue order.

mod event;
pub(in crate::model) mod receipt;
pub(in crate::model) mod row;
#[cfg(test)]
mod tests;
pub(in crate::model) mod update;

use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::Row;
use crate::message::{JobId, Journal, Restored};
use crate::transfer::{Ledger, TransferState, TransferStatus, Upload};

/// State of the page. Unfinished rows are in the sequence in which they are sent; finished ones keep their place.
#[derive(Debug)]
pub struct Transfers {
    /// One row for each study.
    pub rows: Vec<Row>,
    /// Whether the transfers are persisted in the journal.
    pub journal: Journal,
    /// Date that the day's totals refer to.
    day: Date,
    /// The day's totals of rows that were removed.
    cleared: Ledger,
    cleared_verified: u64,
}

impl Default for Transfers {
    fn default() -> Self {
        Transfers {
            rows: Vec::new(),
            journal: Journal::Kept,
            day: Date::ZERO,
            cleared: Ledger::default(),
            cleared_verified: 0,
        }
    }
}

impl Transfers {
    /// Date that the day's totals refer to.
    pub fn today_is(&self) -> Date {
        self.day
    }

    /// Number of unfinished transfers.
    pub fn unfinished(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_over()).count()
    }

    /// Number of transfers being worked on.
    pub fn active(&self) -> usize {
        self.rows.iter().filter(|row| row.is_active()).count()
    }

    /// The day's totals: found = sent + already there + skipped + failed. Retried files count once.
    pub fn today(&self) -> Ledger {
        self.rows
            .iter()
            .fold(self.cleared, |sum, row| sum.plus(&row.of_day(self.day)))
    }

    /// Number of studies that were completely verified today.
    pub fn verified(&self) -> u64 {
        let today = |row: &&Row| {
            row.status.state == TransferState::Verified
                && row.ended.unwrap_or(row.started).date() >= self.day
        };
        self.cleared_verified + self.rows.iter().filter(today).count() as u64
    }

    /// Why uploads are impossible: another instance of the program uses the journal.
    pub fn refused(&self) -> Option<&str> {
        match &self.journal {
            Journal::InUse(failure) => Some(&failure.what),
            Journal::Kept | Journal::NotKept(_) => None,
        }
    }

    /// Whether *Clear finished* removes this row. Rows that need attention are kept.
    pub(super) fn clears(row: &Row) -> bool {
        matches!(
            row.status.state,
            TransferState::Verified | TransferState::Cancelled
        )
    }

    /// Why *Clear finished* is disabled.
    pub fn nothing_to_clear(&self) -> Option<&'static str> {
        if self.rows.iter().any(Self::clears) {
            None
        } else if self.rows.iter().any(Row::is_over) {
            Some("What needs attention stays until it is sent, or taken off the list by hand.")
        } else {
            Some("Nothing has finished yet.")
        }
    }

    /// The unfinished transfer that a waiting one comes after.
    pub fn after(&self, job: JobId) -> Option<&Row> {
        let at = self.position(job)?;
        let to_send = |row: &&Row| {
            let state = row.status.state;
            !row.is_over() && !matches!(state, TransferState::Paused | TransferState::Verifying)
        };
        self.rows.get(..at)?.iter().rev().find(to_send)
    }

    /// Starts new totals when the date has changed.
    pub(super) fn begin_day(&mut self, day: Date) {
        if self.day == day {
            return;
        }
        let first = self.day == Date::ZERO;
        self.day = day;
        if first {
            return;
        }
        (self.cleared, self.cleared_verified) = (Ledger::default(), 0);
        for row in self.rows.iter_mut().filter(|row| !row.is_over()) {
            row.settle();
        }
    }

    /// Adds files that belong to no row to the day's totals.
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
        self.rows.push(Row::new(upload, Arc::new(status), started));
    }

    /// Inserts the transfers of earlier sessions before those of this one.
    pub(super) fn restore(&mut self, transfers: Vec<Restored>) {
        let zone = jiff::tz::TimeZone::system();
        let known = |job| self.position(job).is_some();
        let new = transfers
            .into_iter()
            .filter(|restored| !known(restored.upload.job));
        let rows: Vec<Row> = new
            .map(|restored| {
                let queued = jiff::Timestamp::try_from(restored.queued);
                let queued = queued.map(|at| at.to_zoned(zone.clone()).datetime());
                let queued = queued.unwrap_or_default();
                let mut row = Row::new(restored.upload, restored.status, queued);
                if queued.date() < self.day && !row.is_over() {
                    row.settle();
                }
                row
            })
            .collect();
        self.rows.splice(..0, rows);
    }

    pub(super) fn position(&self, job: JobId) -> Option<usize> {
        self.rows.iter().position(|row| row.job() == job)
    }

    /// The row of a transfer.
    /// The newest row of a study, by its Study Instance UID.
    pub(in crate::model) fn of_study(&self, study: &str) -> Option<&Row> {
        let mut rows = self.rows.iter().rev();
        rows.find(|row| row.upload.study_instance_uid == study)
    }

    /// The row of a transfer.
    pub fn get(&self, job: JobId) -> Option<&Row> {
        self.rows.iter().find(|row| row.job() == job)
    }

    pub(super) fn update(&mut self, status: Arc<TransferStatus>, now: DateTime) -> Option<&Row> {
        let job = status.job;
        let row = self.rows.iter_mut().find(|row| row.job() == job)?;
        row.update(status, now).then_some(row)
    }

    pub(super) fn list_more(&mut self, job: JobId) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.job() == job) {
            row.list_more();
        }
    }

    pub(super) fn list_harmless(&mut self, job: JobId) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.job() == job) {
            row.harmless_listed = !row.harmless_listed;
        }
    }

    /// Removes rows and returns their jobs.
    pub(super) fn forget(&mut self, gone: impl Fn(&Row) -> bool) -> Vec<JobId> {
        let (verified, day) = (self.verified(), self.day);
        let (gone, kept): (Vec<Row>, Vec<Row>) = self.rows.drain(..).partition(|row| gone(row));
        self.rows = kept;
        let sum = |sum: Ledger, row: &Row| sum.plus(&row.of_day(day));
        self.cleared = gone.iter().fold(self.cleared, sum);
        // Some studies of the remaining rows are counted already.
        self.cleared_verified += verified - self.verified();
        gone.iter().map(Row::job).collect()
    }

    /// The unfinished transfers in queue order.
    pub fn queue(&self) -> Vec<JobId> {
        let open = self.rows.iter().filter(|row| !row.is_over());
        open.map(Row::job).collect()
    }

    /// Moves a row before another one, or to the end of the queue. Returns whether the order changed.
    pub(super) fn put(&mut self, job: JobId, before: Option<JobId>) -> bool {
        let queue = self.queue();
        let place = queue.iter().position(|one| *one == job);
        let Some(place) = place.filter(|_| before != Some(job)) else {
            return false;
        };
        if before.is_some_and(|before| !queue.contains(&before))
            || queue.get(place + 1).copied() == before
        {
            return false;
        }
        let Some(from) = self.position(job) else {
            return false;
        };
        let row = self.rows.remove(from);
        let last = || self.rows.iter().rposition(|row| !row.is_over());
        let to = match before {
            Some(before) => self.position(before),
            None => last().map(|last| last + 1),
        };
        self.rows.insert(to.unwrap_or(from), row);
        true
    }
}
