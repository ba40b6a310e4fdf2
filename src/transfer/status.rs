//! Where transfers are, in words and numbers.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::held_before;
use crate::message::JobId;

/// Is told how transfers go. Called from the worker's threads; must return at once.
pub trait Report: Send + Sync {
    /// A transfer has news.
    fn transfer(&self, status: Arc<TransferStatus>);
}

/// Where a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferState {
    /// In the queue.
    Waiting,
    /// Asking what is there already and opening the upload.
    Preparing,
    /// Parts travel.
    Sending,
    /// The connection is gone; it goes on by itself.
    Reconnecting,
    /// Asking the account what it holds.
    Verifying,
    /// Held by the user until it is resumed.
    Paused,
    /// Every image is in the order: checked.
    Verified,
    /// Ended with something failed or skipped that somebody should look at.
    NeedsAttention,
    /// Stopped by the user.
    Cancelled,
}

impl TransferState {
    /// The state in one word or two, lower case, for scripts.
    pub fn word(self) -> &'static str {
        match self {
            TransferState::Waiting => "waiting",
            TransferState::Preparing => "preparing",
            TransferState::Sending => "sending",
            TransferState::Reconnecting => "reconnecting",
            TransferState::Verifying => "verifying",
            TransferState::Paused => "paused",
            TransferState::Verified => "verified",
            TransferState::NeedsAttention => "needs attention",
            TransferState::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            TransferState::Verified | TransferState::NeedsAttention | TransferState::Cancelled
        )
    }
}

/// found = sent + already there + skipped + failed (+ pending while it runs).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Files that were dropped for this study.
    pub found: u64,
    /// Acknowledged by the account in this transfer and, after verification, held by it.
    pub sent: u64,
    /// Held by the account before.
    pub already_there: u64,
    /// Not sent, with a reason.
    pub skipped: u64,
    /// Could not be sent, with a reason; cancelled ones among them.
    pub failed: u64,
}

impl Ledger {
    /// Files whose fate is open.
    pub fn pending(&self) -> u64 {
        self.found
            .saturating_sub(self.sent + self.already_there + self.skipped + self.failed)
    }

    /// Both added up.
    #[must_use]
    pub fn plus(&self, other: &Ledger) -> Ledger {
        Ledger {
            found: self.found + other.found,
            sent: self.sent + other.sent,
            already_there: self.already_there + other.already_there,
            skipped: self.skipped + other.skipped,
            failed: self.failed + other.failed,
        }
    }

    /// Whether every file is accounted for.
    pub fn is_closed(&self) -> bool {
        self.found == self.sent + self.already_there + self.skipped + self.failed
    }
}

/// A file that was not sent or not found at the account, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFailure {
    /// Where it lies.
    pub path: PathBuf,
    /// What happened and what to do, one or two sentences.
    pub reason: String,
}

impl FileFailure {
    /// Whether it failed because the account may hold it with other content, and a person has to say what becomes of it.
    pub fn is_undecided(&self) -> bool {
        held_before::is_undecided(&self.reason)
    }
}

/// A snapshot of one transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferStatus {
    /// Names the transfer.
    pub job: JobId,
    /// Where it is.
    pub state: TransferState,
    /// The numbers.
    pub ledger: Ledger,
    /// Images checked in the account so far, while verifying.
    pub verified: u64,
    /// Bytes to send (files already there left out once known).
    pub bytes_total: u64,
    /// Bytes acknowledged.
    pub bytes_done: u64,
    /// Bytes a second, smoothed; `None` before there is a figure.
    pub speed: Option<f64>,
    /// Seconds left, smoothed; `None` before there is a figure.
    pub seconds_left: Option<u64>,
    /// Sockets in use.
    pub connections: usize,
    /// Failed files, each with its reason.
    pub failures: Arc<[FileFailure]>,
    /// One sentence where the whole transfer stands still or has ended badly.
    pub note: Option<String>,
    /// The order that it became.
    pub order: Option<Uuid>,
}
