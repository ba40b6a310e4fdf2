//! The thread that owns the database: it writes in groups what has come in meanwhile.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use super::store::Store;
use super::{Account, MOST_OVER, Note};
use crate::transfer::Upload;
use crate::transfer::resume::Saved;

/// Notes of one commit at most.
const GROUP: usize = 4096;
/// Between two attempts when the disk takes nothing.
const PAUSE: Duration = Duration::from_secs(1);
/// Attempts when the program is about to end.
const LAST_ATTEMPTS: u32 = 3;

/// What was saved, and how many studies wait for other accounts.
pub(super) type Loaded = Result<(Vec<Saved>, u64), String>;

/// What the thread is asked to do.
pub(super) enum Order {
    Note(Note),
    Queue(
        Account,
        Box<Upload>,
        Option<String>,
        oneshot::Sender<Option<i64>>,
    ),
    Load(Account, oneshot::Sender<Loaded>),
    Written(oneshot::Sender<()>),
}

/// Works until every handle is gone, and everything is written.
pub(super) fn run(store: Store, inbox: Receiver<Order>, health: watch::Sender<Option<String>>) {
    let mut thread = Thread {
        store,
        inbox,
        backlog: VecDeque::new(),
        health,
        missed: None,
    };
    while let Some(order) = thread.next() {
        thread.take(order);
    }
}

struct Thread {
    store: Store,
    inbox: Receiver<Order>,
    /// What came while the disk took nothing.
    backlog: VecDeque<Order>,
    health: watch::Sender<Option<String>>,
    /// Why a study that runs was not written down: that stays so, however well the disk is now.
    missed: Option<String>,
}

impl Thread {
    fn next(&mut self) -> Option<Order> {
        self.backlog.pop_front().or_else(|| self.inbox.recv().ok())
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Note(note) => {
                let notes = self.gather(note);
                self.write(&notes);
            }
            Order::Queue(account, upload, key_mark, answer) => {
                let row = self.store.queue(account, &upload, key_mark.as_deref());
                if let Err(error) = &row {
                    self.missed = Some(error.to_string());
                }
                self.tell(self.missed.clone());
                let _ = answer.send(row.ok());
            }
            Order::Load(account, answer) => {
                let loaded = self
                    .store
                    .load(account, MOST_OVER)
                    .and_then(|saved| Ok((saved, self.store.of_others(account)?)));
                let sentence =
                    |error| format!("The journal of transfers cannot be read ({error}).");
                let _ = answer.send(loaded.map_err(sentence));
            }
            Order::Written(answer) => drop(answer.send(())),
        }
    }

    /// The notes that wait behind this one.
    fn gather(&mut self, first: Note) -> Vec<Note> {
        let mut notes = vec![first];
        while notes.len() < GROUP {
            let next = self.backlog.pop_front();
            match next.or_else(|| self.inbox.try_recv().ok()) {
                Some(Order::Note(note)) => notes.push(note),
                Some(other) => {
                    self.backlog.push_front(other);
                    break;
                }
                None => break,
            }
        }
        notes
    }

    /// Writes, again and again while the disk refuses: transfers go on meanwhile, and somebody is told.
    fn write(&mut self, notes: &[Note]) {
        let mut last_attempts = 0;
        while let Err(error) = self.store.write(notes) {
            tracing::warn!("the journal could not be written: {error}");
            if !error.may_pass() {
                return self.write_singly(notes);
            }
            self.tell(Some(error.to_string()));
            match self.inbox.recv_timeout(PAUSE) {
                // Whoever waits for it goes on without a journal.
                Ok(Order::Queue(_, _, _, answer)) => {
                    self.missed = Some(error.to_string());
                    let _ = answer.send(None);
                }
                // It cannot be had at present, and a program that ends must end.
                Ok(Order::Written(answer)) => drop(answer.send(())),
                Ok(order) => self.backlog.push_back(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    last_attempts += 1;
                    if last_attempts == LAST_ATTEMPTS {
                        return;
                    }
                    std::thread::sleep(PAUSE);
                }
            }
        }
        self.tell(self.missed.clone());
    }

    /// One that cannot be written, for whatever reason, must not take the others with it.
    fn write_singly(&mut self, notes: &[Note]) {
        for note in notes {
            let mut attempts = 0;
            while let Err(error) = self.store.write(std::slice::from_ref(note)) {
                attempts += 1;
                if error.may_pass() && attempts < LAST_ATTEMPTS {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                tracing::error!("a note was not written into the journal: {error}");
                self.tell(Some(error.to_string()));
                break;
            }
        }
    }

    fn tell(&self, why: Option<String>) {
        self.health.send_if_modified(|now| {
            let changed = *now != why;
            *now = why;
            changed
        });
    }
}
