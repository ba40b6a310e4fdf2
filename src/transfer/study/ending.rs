//! How a transfer ends, and how it is opened again.

use std::time::SystemTime;

use super::{CANCELLED, Study};
use crate::transfer::journal::Note;
use crate::transfer::{Outcome, TransferState};
use crate::words;

const UNKNOWN: &str = "It was not sent, and the reason was lost. Press Retry.";

impl Study {
    /// Whether anything is left to retry, and if so: back into the queue.
    pub(in crate::transfer) fn reopen(&self) -> bool {
        self.change(|state| {
            let over = state.phase.is_over();
            if !over || state.book.reopen_failed() == 0 {
                return false;
            }
            state.phase = TransferState::Waiting;
            state.note = None;
            state.ended = None;
            state.paused = false;
            state.asked = false;
            state.meter.reset();
            state.bytes_done = self.bytes_acknowledged(state);
            state.note(Note::Reopened);
            self.write_state(state);
            true
        })
    }

    /// Ends the transfer for this run, because the network is gone: whatever is not known to be held fails, so that the
    /// ledger closes, and the journal keeps it as it is.
    pub(in crate::transfer) fn end_for_now(&self, why: &str) {
        self.change(|state| {
            let open =
                |outcome: &Outcome| matches!(outcome, Outcome::Pending | Outcome::Acknowledged);
            for file in state.book.files(open) {
                state.book.set(file, Outcome::Failed(why.to_owned()));
            }
            state.note = Some(why.to_owned());
            state.ended = Some(SystemTime::now());
            state.phase = TransferState::NeedsAttention;
        });
    }

    /// Why nobody can say that everything that was dropped is in the account, though everything that was to be sent is.
    fn open_note(&self, left: usize, cancelled: bool) -> Option<String> {
        let ends = &self.upload.open_ends;
        let unread = ends.first().filter(|_| !cancelled).map(|first| {
            let which = words::file_name(&first.path);
            let reason = words::skip_reason(&first.reason);
            let more = match ends.len() - 1 {
                0 => String::new(),
                more => format!(" and {} more", words::number(more as u64)),
            };
            format!("Not all that was dropped could be read, and some of it may belong to this study: {which}{more}. {reason}")
        });
        let left = (left > 0).then(|| {
            let images = words::count(left as u64, "image was", "images were");
            format!("{images} left as the account has them; their content was not compared or is another.")
        });
        let notes: Vec<String> = [unread, left].into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join(" "))
    }

    /// Ends the transfer. Whatever is still open fails with `stopped`, so that the ledger closes.
    pub(in crate::transfer) fn end(&self, cancelled: bool, stopped: Option<String>) {
        let problems = self
            .upload
            .skipped
            .iter()
            .any(|skipped| skipped.reason.is_problem());
        self.change(|state| {
            let reason = if cancelled {
                CANCELLED
            } else {
                stopped.as_deref().unwrap_or(UNKNOWN)
            };
            if stopped.is_some() {
                // What the account could not be asked for is not verified: it is asked for again by a retry.
                let acknowledged = |outcome: &Outcome| *outcome == Outcome::Acknowledged;
                for file in state.book.files(acknowledged) {
                    state.set(file, Outcome::Failed(reason.to_owned()));
                }
            }
            state.book.fail_pending(reason);
            let left = state
                .book
                .files(|outcome| matches!(outcome, Outcome::Left(_)));
            let reason = reason.to_owned();
            state.note(|row| Note::FailPending(row, reason));
            state.note = stopped.or_else(|| self.open_note(left.len(), cancelled));
            state.ended = Some(SystemTime::now());
            state.phase = if cancelled {
                TransferState::Cancelled
            } else if state.book.ledger().failed > 0 || problems || state.note.is_some() {
                TransferState::NeedsAttention
            } else {
                TransferState::Verified
            };
            self.write_state(state);
        });
    }
}
