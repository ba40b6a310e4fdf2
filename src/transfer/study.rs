//! One transfer while it lives: its files' fates, its phase and its figures, behind one lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use uuid::Uuid;

use super::ledger::{Book, Outcome};
use super::meter::Meter;
use super::reader::Part;
use super::{TransferState, TransferStatus, Upload, UploadFile};
use crate::cloud::CheckFile;

/// A study on its way.
pub(super) struct Study {
    pub(super) upload: Upload,
    state: Mutex<State>,
}

struct State {
    phase: TransferState,
    book: Book,
    /// Parts acknowledged of files that are under way.
    parts: HashMap<usize, u32>,
    /// Sizes in bytes of files that leave this computer with another size than they have on it.
    sizes: HashMap<usize, u64>,
    bytes_done: u64,
    meter: Meter,
    note: Option<String>,
    order: Option<Uuid>,
    changed: bool,
}

impl Study {
    pub(super) fn new(upload: Upload) -> Self {
        let state = State {
            phase: TransferState::Waiting,
            book: Book::new(&upload),
            parts: HashMap::new(),
            sizes: HashMap::new(),
            bytes_done: 0,
            meter: Meter::new(),
            note: None,
            order: None,
            changed: true,
        };
        Study {
            upload,
            state: Mutex::new(state),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        state.changed = true;
        change(&mut state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn file(&self, file: usize) -> Option<&UploadFile> {
        self.upload.files.get(file)
    }

    /// The question whether the account holds this file.
    pub(super) fn check(&self, file: usize, session: Uuid) -> Option<CheckFile> {
        let entry = self.file(file)?;
        Some(CheckFile {
            session,
            location: self.upload.target.location,
            user: self.upload.target.user,
            folder: self.upload.target.folder,
            study_instance_uid: self.upload.study_instance_uid.clone(),
            patient_name: self.upload.sent_patient_name().to_owned(),
            patient_id: self.upload.sent_patient_id().to_owned(),
            series_instance_uid: entry.series_instance_uid.clone(),
            sop_instance_uid: entry.sop_instance_uid.clone(),
        })
    }

    pub(super) fn enter(&self, phase: TransferState) {
        self.change(|state| state.phase = phase);
    }

    /// Whether anything is left to retry, and if so: back into the queue.
    pub(super) fn reopen(&self) -> bool {
        self.change(|state| {
            let over = state.phase.is_over();
            if !over || state.book.reopen_failed() == 0 {
                return false;
            }
            state.phase = TransferState::Waiting;
            state.note = None;
            state.parts.clear();
            state.meter.reset();
            true
        })
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().phase.is_over()
    }

    pub(super) fn files(&self, wanted: impl Fn(&Outcome) -> bool) -> Vec<usize> {
        self.lock().book.files(wanted)
    }

    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.lock().book.outcomes().to_vec()
    }

    pub(super) fn found_order(&self, order: Option<Uuid>) {
        if order.is_some() {
            self.change(|state| state.order = order);
        }
    }

    /// A file has this size on its way out.
    pub(super) fn resized(&self, file: usize, size: u64) {
        self.change(|state| {
            state.sizes.insert(file, size);
        });
    }

    pub(super) fn already_there(&self, file: usize) {
        self.change(|state| state.book.set(file, Outcome::AlreadyThere));
    }

    pub(super) fn held(&self, file: usize) {
        self.change(|state| state.book.set(file, Outcome::Held));
    }

    /// Whether more parts of this file are wanted.
    pub(super) fn wants(&self, file: usize) -> bool {
        *self.lock().book.outcome(file) == Outcome::Pending
    }

    /// Writes a part down as acknowledged; the file with it, when it was the last.
    pub(super) fn acknowledged(&self, part: &Part, order: Option<Uuid>) {
        self.change(|state| {
            state.bytes_done += part.bytes.len() as u64;
            state.order = order.or(state.order);
            let parts = state.parts.entry(part.file).or_insert(0);
            *parts += 1;
            if *parts >= part.part_count && *state.book.outcome(part.file) == Outcome::Pending {
                state.parts.remove(&part.file);
                state.book.set(part.file, Outcome::Acknowledged);
            }
        });
    }

    /// Fails a file; the first reason stays.
    pub(super) fn fail(&self, file: usize, reason: String) {
        self.change(|state| {
            if !matches!(state.book.outcome(file), Outcome::Failed(_)) {
                state.book.set(file, Outcome::Failed(reason));
            }
        });
    }

    /// Ends the transfer. Whatever is still open fails with `stopped`, so that the ledger closes.
    pub(super) fn end(&self, cancelled: bool, stopped: Option<String>) {
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
            state.book.fail_pending(reason);
            state.note = stopped;
            state.phase = if cancelled {
                TransferState::Cancelled
            } else if state.book.ledger().failed > 0 || problems || state.note.is_some() {
                TransferState::NeedsAttention
            } else {
                TransferState::Verified
            };
        });
    }

    /// Bytes of the files that are sent in this transfer.
    pub(super) fn bytes_total(&self) -> u64 {
        self.bytes_of(&self.lock())
    }

    fn bytes_of(&self, state: &State) -> u64 {
        let sent = |outcome: &Outcome| *outcome != Outcome::AlreadyThere;
        let size = |file: usize| match state.sizes.get(&file) {
            Some(size) => *size,
            None => self.file(file).map_or(0, |file| file.size),
        };
        state.book.files(sent).into_iter().map(size).sum()
    }

    /// Where it is now. `connections` and `down` are the lanes'.
    pub(super) fn status(&self, connections: usize, down: bool) -> TransferStatus {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.changed = false;
        let sending = state.phase == TransferState::Sending;
        let running = sending
            || matches!(
                state.phase,
                TransferState::Preparing | TransferState::Verifying
            );
        if sending && !down {
            state.meter.sample(Instant::now(), state.bytes_done);
        } else {
            state.meter.reset();
        }
        let bytes_total = self.bytes_of(state);
        TransferStatus {
            job: self.upload.job,
            state: if running && down {
                TransferState::Reconnecting
            } else {
                state.phase
            },
            ledger: state.book.ledger(),
            verified: state.book.verified(),
            bytes_total,
            bytes_done: state.bytes_done.min(bytes_total),
            speed: state.meter.speed(),
            seconds_left: state
                .meter
                .seconds_left(bytes_total.saturating_sub(state.bytes_done)),
            connections: if running { connections } else { 0 },
            failures: state.book.failures(&self.upload),
            note: state.note.clone(),
            order: state.order,
        }
    }

    /// Whether there is something to tell since the last status.
    pub(super) fn has_news(&self) -> bool {
        let state = self.lock();
        state.changed || state.phase == TransferState::Sending
    }
}

const CANCELLED: &str = "Cancelled before it was sent. Press Retry to send it.";
const UNKNOWN: &str = "It was not sent, and the reason was lost. Press Retry.";
