//! What is told of a transfer: its status, its sums, and everything for its receipt.

use std::time::{Instant, SystemTime};

use super::receipt::Told;
use super::{State, Study};
use crate::cloud::wire::MAX_PART;
use crate::receipt::VerifiedBy;
use crate::transfer::{Outcome, TransferState, TransferStatus};

impl Study {
    /// Bytes of this transfer that the account has acknowledged.
    pub(super) fn bytes_acknowledged(&self, state: &State) -> u64 {
        let there = |outcome: &Outcome| matches!(outcome, Outcome::Acknowledged | Outcome::Held);
        let whole: u64 = state
            .book
            .files(there)
            .into_iter()
            .map(|file| self.size_of(state, file))
            .sum();
        let parts = state.partial.iter().map(|(file, partial)| {
            let parts = partial.acknowledged.len() as u64 * MAX_PART as u64;
            parts.min(self.size_of(state, *file))
        });
        whole + parts.sum::<u64>()
    }

    pub(super) fn size_of(&self, state: &State, file: usize) -> u64 {
        match state.sizes.get(&file) {
            Some(size) => *size,
            None => self.file(file).map_or(0, |file| file.size),
        }
    }

    /// Bytes of the files that are sent in this transfer.
    pub(in crate::transfer) fn bytes_total(&self) -> u64 {
        self.bytes_of(&self.lock())
    }

    fn bytes_of(&self, state: &State) -> u64 {
        let sent = |outcome: &Outcome| *outcome != Outcome::AlreadyThere;
        let files = state.book.files(sent).into_iter();
        files.map(|file| self.size_of(state, file)).sum()
    }

    /// Where it is now. `connections` and `down` are the lanes'.
    pub(in crate::transfer) fn status(&self, connections: usize, down: bool) -> TransferStatus {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.changed = false;
        let sending = state.phase == TransferState::Sending;
        let running = sending
            || matches!(
                state.phase,
                TransferState::Preparing | TransferState::Verifying
            );
        let works = state.has_turn && !state.paused;
        if sending && !down && works {
            state.meter.sample(Instant::now(), state.bytes_done);
        } else {
            state.meter.reset();
        }
        let bytes_total = self.bytes_of(state);
        TransferStatus {
            job: self.upload.job,
            state: match state.phase {
                over if over.is_over() => over,
                _ if state.paused => TransferState::Paused,
                _ if !state.has_turn => TransferState::Waiting,
                _ if running && down => TransferState::Reconnecting,
                phase => phase,
            },
            ledger: state.book.ledger(),
            verified: state.book.verified(),
            bytes_total,
            bytes_done: state.bytes_done.min(bytes_total),
            speed: state.meter.speed(),
            seconds_left: state
                .meter
                .seconds_left(bytes_total.saturating_sub(state.bytes_done)),
            connections: if running && works { connections } else { 0 },
            failures: state.book.failures(&self.upload),
            note: state.note.clone(),
            order: state.order,
        }
    }

    /// Everything for a receipt.
    pub(super) fn told(&self) -> AllTold {
        let status = self.status(0, false);
        let state = self.lock();
        let outcomes = state.book.outcomes().iter().enumerate();
        AllTold {
            status,
            ended: state.ended,
            verified_by: state.verified_by,
            files: outcomes
                .map(|(file, outcome)| Told {
                    outcome: outcome.clone(),
                    size: self.size_of(&state, file),
                    digest: state.digests.get(&file).copied(),
                })
                .collect(),
        }
    }

    /// Whether there is something to tell since the last status.
    pub(in crate::transfer) fn has_news(&self) -> bool {
        let state = self.lock();
        state.changed || state.phase == TransferState::Sending
    }
}

/// See [`Study::told`].
pub(super) struct AllTold {
    pub(super) status: TransferStatus,
    pub(super) ended: Option<SystemTime>,
    pub(super) verified_by: VerifiedBy,
    pub(super) files: Vec<Told>,
}
