//! One transfer while it lives: its files' fates, its phase and its figures, behind one lock. Every change of a fate passes
//! here, and is written into the journal from here. [`figures`] is what is told of it.

mod ending;
mod figures;
mod receipt;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use uuid::Uuid;

use super::journal::{Journal, Note, PartNote};
use super::ledger::{Book, Outcome};
use super::part_reader::Part;
use super::resume::{Kept, Partial, Saved};
use super::speed::Meter;
use super::{Cleaning, TransferState, Upload, UploadFile};
use crate::cloud::CheckFile;
use crate::dicom::deidentify::{Cleaner, Secret};
use crate::receipt::VerifiedBy;

/// A study on its way.
pub(super) struct Study {
    pub(super) upload: Upload,
    pub(super) queued: SystemTime,
    /// Cleans its files; an error where they would have to be cleaned and cannot be.
    pub(super) cleaner: Result<Option<Cleaner>, &'static str>,
    state: Mutex<State>,
}

struct State {
    phase: TransferState,
    /// Held by the user.
    paused: bool,
    /// Whether it may work; one that may not waits for its turn, wherever it was.
    has_turn: bool,
    book: Book,
    /// What was acknowledged of files that are under way.
    partial: HashMap<usize, Partial>,
    /// Numbers of files whose parts are of no use any more: what is still in flight of them is not counted.
    forgotten: HashSet<(Uuid, u32)>,
    /// Sizes in bytes of files that leave this computer with another size than they have on it.
    sizes: HashMap<usize, u64>,
    /// SHA-256 of what was sent.
    digests: HashMap<usize, [u8; 32]>,
    /// The upload that was begun for it in this run.
    session: Option<Uuid>,
    /// Whether it was asked in this run what the account has already.
    asked: bool,
    bytes_done: u64,
    meter: Meter,
    note: Option<String>,
    order: Option<Uuid>,
    /// Whether the order came into being with this transfer.
    order_is_new: Option<bool>,
    ended: Option<SystemTime>,
    verified_by: VerifiedBy,
    changed: bool,
    row: Option<Row>,
}

/// Its place in the journal.
struct Row {
    journal: Journal,
    number: i64,
}

impl State {
    fn note(&self, note: impl FnOnce(i64) -> Note) {
        if let Some(row) = &self.row {
            row.journal.note(note(row.number));
        }
    }

    /// Writes down what became of a file, here and in the journal.
    fn set(&mut self, file: usize, outcome: Outcome) {
        // What arrived of a file that failed need not be sent again when it is tried again.
        if !matches!(outcome, Outcome::Failed(_)) {
            self.partial.remove(&file);
        }
        self.note(|row| Note::File {
            row,
            file,
            outcome: outcome.clone(),
            size: self.sizes.get(&file).copied(),
            digest: self.digests.get(&file).copied(),
        });
        self.book.set(file, outcome);
    }
}

impl Study {
    /// `secret` is what new UIDs and dates are made with.
    pub(super) fn new(upload: Upload, secret: Option<&Secret>) -> Self {
        let cleaner = upload.cleaning.as_ref().map(|cleaning| {
            let cleaner = cleaning.cleaner(secret, &upload.patient_id);
            cleaner.ok_or(NO_KEY)
        });
        Study {
            cleaner: cleaner.transpose(),
            queued: SystemTime::now(),
            state: Mutex::new(State {
                phase: TransferState::Waiting,
                paused: false,
                has_turn: false,
                book: Book::new(&upload),
                partial: HashMap::new(),
                forgotten: HashSet::new(),
                sizes: HashMap::new(),
                digests: HashMap::new(),
                session: None,
                asked: false,
                bytes_done: 0,
                meter: Meter::new(),
                note: None,
                order: None,
                order_is_new: None,
                ended: None,
                verified_by: VerifiedBy::Nothing,
                changed: true,
                row: None,
            }),
            upload,
        }
    }

    /// As an earlier run left it.
    pub(super) fn restored(saved: Saved, journal: &Journal, secret: Option<&Secret>) -> Self {
        let mut study = Study {
            queued: saved.queued,
            ..Study::new(saved.upload, secret)
        };
        // With another key the rest of the study would become another study.
        if saved.key_mark.is_some() && saved.key_mark != secret.map(Cleaning::mark) {
            study.cleaner = Err(OTHER_KEY);
        }
        study.change(|state| {
            for (file, outcome) in saved.outcomes.into_iter().enumerate() {
                state.book.set(file, outcome);
            }
            if saved.kept.is_over() {
                state.book.fail_pending(CANCELLED);
            }
            state.phase = saved.kept.state();
            state.paused = saved.kept == Kept::Paused;
            state.partial = saved.partial;
            state.sizes = saved.sizes;
            state.digests = saved.digests;
            state.note = saved.note;
            state.verified_by = saved.verified_by;
            state.order = saved.order;
            state.order_is_new = saved.order_is_new;
            state.ended = saved.ended;
            state.bytes_done = study.bytes_acknowledged(state);
            state.row = Some(Row {
                journal: journal.clone(),
                number: saved.row,
            });
        });
        study
    }

    /// The row of the journal that it has from now on; what happened before is written after.
    pub(super) fn enter_in(&self, journal: &Journal, number: i64) {
        self.change(|state| {
            state.row = Some(Row {
                journal: journal.clone(),
                number,
            });
            self.write_state(state);
        });
    }

    pub(super) fn row(&self) -> Option<i64> {
        self.lock().row.as_ref().map(|row| row.number)
    }

    /// Takes it out of the journal.
    pub(super) fn forget(&self) {
        self.lock().note(Note::Forget);
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        state.changed = true;
        change(&mut state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_state(&self, state: &State) {
        let kept = match state.phase {
            TransferState::Verified => Kept::Verified,
            TransferState::NeedsAttention => Kept::NeedsAttention,
            TransferState::Cancelled => Kept::Cancelled,
            _ if state.paused => Kept::Paused,
            _ => Kept::Queued,
        };
        state.note(|row| Note::State {
            row,
            kept,
            note: state.note.clone(),
        });
    }

    pub(super) fn file(&self, file: usize) -> Option<&UploadFile> {
        self.upload.files.get(file)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.lock().paused
    }

    /// Holds it for the user, or lets it go on. Says whether that changed anything.
    pub(super) fn pause(&self, paused: bool) -> bool {
        self.change(|state| {
            if state.phase.is_over() || state.paused == paused {
                return false;
            }
            state.paused = paused;
            self.write_state(state);
            true
        })
    }

    /// Gives it its turn, or takes it.
    pub(super) fn turn(&self, has_turn: bool) {
        self.change(|state| {
            state.has_turn = has_turn;
            state.meter.reset();
        });
    }

    /// The upload that was begun for it in this run.
    pub(super) fn session(&self) -> Option<Uuid> {
        self.lock().session
    }

    /// An upload was begun. What was acknowledged in an earlier one of this run is of no use any more if that is over.
    pub(super) fn began(&self, session: Uuid) {
        self.change(|state| {
            if let Some(over) = state.session.replace(session) {
                let of_it = |partial: &Partial| partial.upload == over;
                let files: Vec<usize> = state
                    .partial
                    .iter()
                    .filter(|(_, partial)| of_it(partial))
                    .map(|(file, _)| *file)
                    .collect();
                for file in files {
                    state.partial.remove(&file);
                    state.note(|row| Note::ForgetParts(row, file));
                }
            }
            state.bytes_done = self.bytes_acknowledged(state);
        });
    }

    /// Whether it was asked in this run what the account has already.
    pub(super) fn was_asked(&self) -> bool {
        self.lock().asked
    }

    pub(super) fn asked(&self) {
        self.lock().asked = true;
    }

    /// What was acknowledged of a file.
    pub(super) fn partial(&self, file: usize) -> Option<Partial> {
        let state = self.lock();
        let partial = state.partial.get(&file)?;
        (!partial.acknowledged.is_empty()).then(|| partial.clone())
    }

    /// Has a file sent from its beginning.
    pub(super) fn forget_parts(&self, file: usize) {
        self.change(|state| {
            if let Some(partial) = state.partial.remove(&file) {
                state.forgotten.insert((partial.upload, partial.file_index));
            }
            state.note(|row| Note::ForgetParts(row, file));
            state.bytes_done = self.bytes_acknowledged(state);
        });
    }

    /// The question whether the account holds this file.
    pub(super) fn check(&self, file: usize, session: Uuid) -> Option<CheckFile> {
        let entry = self.file(file)?;
        Some(CheckFile {
            session,
            location: self.upload.target.location,
            user: self.upload.target.user,
            folder: self.upload.target.folder,
            study_instance_uid: self.sent_uid(&self.upload.study_instance_uid),
            patient_name: self.upload.sent_patient_name().to_owned(),
            patient_id: self.upload.sent_patient_id().to_owned(),
            series_instance_uid: self.sent_uid(&entry.series_instance_uid),
            sop_instance_uid: self.sent_uid(&entry.sop_instance_uid),
        })
    }

    /// A UID as it leaves this computer.
    pub(super) fn sent_uid(&self, uid: &str) -> String {
        match &self.cleaner {
            Ok(Some(cleaner)) => cleaner.uid(uid),
            _ => uid.to_owned(),
        }
    }

    pub(super) fn enter(&self, phase: TransferState) {
        self.change(|state| state.phase = phase);
    }

    pub(super) fn verified_by(&self, by: VerifiedBy) {
        self.change(|state| {
            state.verified_by = by;
            state.note(|row| Note::VerifiedBy(row, by));
        });
    }

    /// Whether the order came into being with this transfer, as far as is known.
    pub(super) fn order_is_new(&self) -> Option<bool> {
        self.lock().order_is_new
    }

    /// The first question was answered: the study has this order, or none yet.
    pub(super) fn first_asked(&self, order: Option<Uuid>) {
        self.change(|state| {
            // After a restart the order may be there because of what went before.
            if state.order_is_new.is_none() {
                let nothing_sent = state.book.ledger().sent == 0 && state.partial.is_empty();
                state.order_is_new = Some(order.is_none() && nothing_sent);
            }
            state.order = order.or(state.order);
            let (order, is_new) = (state.order, state.order_is_new);
            state.note(|row| Note::Order { row, order, is_new });
        });
    }

    pub(super) fn order(&self) -> Option<Uuid> {
        self.lock().order
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
            self.change(|state| self.set_order(state, order));
        }
    }

    fn set_order(&self, state: &mut State, order: Option<Uuid>) {
        if order.is_some() && state.order != order {
            state.order = order;
            state.note(|row| Note::Order {
                row,
                order,
                is_new: None,
            });
        }
    }

    /// A file has this size on its way out.
    pub(super) fn resized(&self, file: usize, size: u64) {
        self.change(|state| {
            state.sizes.insert(file, size);
        });
    }

    pub(super) fn already_there(&self, file: usize) {
        self.change(|state| {
            // What this transfer sent, and lost sight of, is not what was there before.
            let outcome = match state.digests.contains_key(&file) {
                true => Outcome::Held,
                false => Outcome::AlreadyThere,
            };
            state.set(file, outcome);
            state.bytes_done = self.bytes_acknowledged(state);
        });
    }

    pub(super) fn held(&self, file: usize) {
        self.change(|state| state.set(file, Outcome::Held));
    }

    /// Whether more parts of this file are wanted.
    pub(super) fn wants(&self, file: usize) -> bool {
        *self.lock().book.outcome(file) == Outcome::Pending
    }

    /// Writes a part down as acknowledged; the file with it, when it was the last.
    pub(super) fn acknowledged(&self, part: &Part, order: Option<Uuid>) {
        self.change(|state| {
            self.set_order(state, order);
            let numbers = (part.upload, part.file_index);
            if *state.book.outcome(part.file) != Outcome::Pending
                || state.forgotten.contains(&numbers)
            {
                return;
            }
            if part.part_index + 1 == part.part_count {
                state.digests.insert(part.file, part.digest);
            }
            if part.part_count == 1 {
                state.bytes_done += part.bytes.len() as u64;
                return state.set(part.file, Outcome::Acknowledged);
            }
            let same = |partial: &Partial| {
                (partial.upload, partial.file_index) == (part.upload, part.file_index)
            };
            if !state.partial.get(&part.file).is_some_and(same) {
                let fresh = Partial {
                    upload: part.upload,
                    file_index: part.file_index,
                    part_count: part.part_count,
                    acknowledged: BTreeMap::new(),
                };
                state.partial.insert(part.file, fresh);
            }
            let Some(partial) = state.partial.get_mut(&part.file) else {
                return;
            };
            let before = partial.acknowledged.insert(part.part_index, part.digest);
            let whole = partial.acknowledged.len() as u64 >= u64::from(part.part_count);
            if before.is_none() {
                state.bytes_done += part.bytes.len() as u64;
            }
            if whole {
                state.set(part.file, Outcome::Acknowledged);
            } else {
                state.note(|row| Note::Part(row, PartNote::of(part)));
            }
        });
    }

    /// Fails a file; the first reason stays.
    pub(super) fn fail(&self, file: usize, reason: String) {
        self.change(|state| {
            if !matches!(state.book.outcome(file), Outcome::Failed(_)) {
                state.set(file, Outcome::Failed(reason));
            }
        });
    }

    /// Whether both are the same study on its way to the same place.
    pub(super) fn is_same(&self, other: &Study) -> bool {
        let (one, two) = (&self.upload, &other.upload);
        one.study_instance_uid == two.study_instance_uid
            && one.target.location == two.target.location
            && one.cleaning == two.cleaning
    }
}

const NO_KEY: &str = "The key of the de-identification cannot be read, so it was not sent. Look whether StudyDrop's data folder can be read, then press Retry.";
const OTHER_KEY: &str = "The key of the de-identification is another than when it was queued, so it was not sent. Drop the study again.";
const CANCELLED: &str = "Cancelled before it was sent. Press Retry to send it.";
