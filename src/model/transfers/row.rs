//! A row of the Transfers page.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use crate::message::JobId;
use crate::transfer::{FileFailure, Ledger, TransferState, TransferStatus, Upload};
use crate::words;

/// How many files are listed below a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// No files.
    Hidden,
    /// The first [`FEW`].
    Few,
    /// All files.
    All,
}

/// Number of files in the short list.
pub const FEW: usize = 5;

/// Transfer of one study.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is sent.
    pub upload: Upload,
    /// Current state and progress.
    pub status: Arc<TransferStatus>,
    /// When it was queued.
    pub started: DateTime,
    /// When it ended, if that was in this session.
    pub ended: Option<DateTime>,
    /// Files that need attention: damaged ones that were not sent, then failed ones.
    pub trouble: Arc<[FileFailure]>,
    /// Files that were skipped and are not needed.
    pub harmless: Arc<[FileFailure]>,
    /// Whether the files in `harmless` are listed.
    pub harmless_listed: bool,
    listed: Option<Listed>,
    /// What was done on earlier days, or before a retry on a later day.
    before: Ledger,
}

impl Row {
    pub(in crate::model) fn new(
        upload: Upload,
        status: Arc<TransferStatus>,
        started: DateTime,
    ) -> Self {
        let harmless = upload
            .skipped
            .iter()
            .filter(|skipped| !skipped.reason.is_problem())
            .map(|skipped| FileFailure {
                path: skipped.path.clone(),
                reason: words::skip_reason(&skipped.reason),
            })
            .collect();
        let mut row = Row {
            upload,
            status,
            started,
            ended: None,
            trouble: Arc::from([]),
            harmless,
            harmless_listed: false,
            listed: None,
            before: Ledger::default(),
        };
        row.look_for_trouble();
        row
    }

    fn look_for_trouble(&mut self) {
        let skipped = self
            .upload
            .skipped
            .iter()
            .filter(|skipped| skipped.reason.is_problem())
            .map(|skipped| FileFailure {
                path: skipped.path.clone(),
                reason: words::skip_reason(&skipped.reason),
            });
        self.trouble = skipped
            .chain(self.status.failures.iter().cloned())
            .collect();
    }

    /// Job of the transfer.
    pub fn job(&self) -> JobId {
        self.upload.job
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.status.state.is_over()
    }

    /// Whether it is being worked on: it has not ended, and is neither waiting nor paused.
    pub fn is_active(&self) -> bool {
        let idle = matches!(
            self.status.state,
            TransferState::Waiting | TransferState::Paused
        );
        !idle && !self.is_over()
    }

    /// Whether its files cannot be read any more, so that patient and title are unknown.
    pub fn is_unknown(&self) -> bool {
        self.upload.patient_name.is_empty() && self.upload.title.is_empty()
    }

    /// Name such as "Öberg, Märta"; the pseudonym if the study is sent under one.
    pub fn patient(&self) -> String {
        let sent = self.upload.sent_patient_name();
        if self.is_unknown() {
            "Patient not known".to_owned()
        } else if sent.is_empty() {
            words::person_name(&self.upload.patient_name)
        } else {
            words::person_name(sent)
        }
    }

    /// Title such as "CT Thorax with contrast".
    pub fn title(&self) -> &str {
        if self.is_unknown() {
            "the files are not there"
        } else {
            &self.upload.title
        }
    }

    /// Number of images that are to be in the order.
    pub fn images(&self) -> u64 {
        let ledger = &self.status.ledger;
        ledger.found.saturating_sub(ledger.skipped)
    }

    /// Number of images that the server has.
    pub fn there(&self) -> u64 {
        self.status.ledger.sent + self.status.ledger.already_there
    }

    /// How many files that need attention are listed. While the transfer runs none are listed by default, because the
    /// rows below would move.
    pub fn listed(&self) -> Listed {
        match self.listed {
            _ if self.trouble.is_empty() => Listed::Hidden,
            Some(listed) => listed,
            None if self.status.state == TransferState::NeedsAttention => Listed::Few,
            None => Listed::Hidden,
        }
    }

    /// Switches from none to a few, to all, to none.
    pub(in crate::model) fn list_more(&mut self) {
        self.listed = Some(match self.listed() {
            Listed::Hidden => Listed::Few,
            Listed::Few if self.trouble.len() > FEW => Listed::All,
            Listed::Few | Listed::All => Listed::Hidden,
        });
    }

    /// Totals of this transfer for a day.
    pub(in crate::model) fn of_day(&self, day: Date) -> Ledger {
        if self.is_over() && self.ended.unwrap_or(self.started).date() < day {
            return Ledger::default();
        }
        minus(&self.status.ledger, &self.before)
    }

    /// Excludes what has been done so far from the totals of later days.
    pub(in crate::model) fn settle(&mut self) {
        let ledger = self.status.ledger;
        let done = ledger.sent + ledger.already_there + ledger.skipped;
        self.before = Ledger {
            found: done,
            failed: 0,
            ..ledger
        };
    }

    /// Takes in a new status. Returns whether the transfer has ended with it.
    pub(in crate::model) fn update(&mut self, status: Arc<TransferStatus>, now: DateTime) -> bool {
        let was_over = self.is_over();
        let begins_again = was_over && !status.state.is_over();
        if begins_again && self.ended.unwrap_or(self.started).date() < now.date() {
            self.settle();
        }
        let ended = status.state.is_over() && self.status.state != status.state;
        let same = self.status.failures == status.failures;
        self.status = status;
        if !same {
            self.look_for_trouble();
        }
        if begins_again {
            self.listed = None;
        }
        if ended {
            self.ended = Some(now);
        }
        ended
    }
}

fn minus(ledger: &Ledger, before: &Ledger) -> Ledger {
    Ledger {
        found: ledger.found.saturating_sub(before.found),
        sent: ledger.sent.saturating_sub(before.sent),
        already_there: ledger.already_there.saturating_sub(before.already_there),
        skipped: ledger.skipped.saturating_sub(before.skipped),
        failed: ledger.failed,
    }
}
