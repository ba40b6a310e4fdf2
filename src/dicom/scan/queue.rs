//! What waits to be read: files that the walk comes by, and files of archives that readers open.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::dicom::media::Archive;

/// Paths that may wait for a reader: a folder of a million files needs no more memory than one of some thousands.
const MOST_WAITING: usize = 1024;

/// What one reader does next.
pub(super) enum Job {
    /// Reads a file.
    File(PathBuf),
    /// Reads one file of an archive, by its number.
    Entry(Arc<Archive>, usize),
    /// Reads all files of an archive that must be unpacked to be read, one after the other: so that is done once.
    Whole(Arc<Archive>),
}

#[derive(Default)]
pub(super) struct Queue {
    /// Readers that there are.
    of: usize,
    state: Mutex<State>,
    /// Something may be read, or everything is.
    readers: Condvar,
    /// There is room.
    walker: Condvar,
}

#[derive(Default)]
struct State {
    files: VecDeque<PathBuf>,
    /// Read before anything else: no more archives are open than there are readers.
    archives: VecDeque<(Arc<Archive>, usize)>,
    is_walked: bool,
    /// Readers that read: each may come by an archive.
    busy: usize,
    /// Readers that panicked.
    lost: usize,
}

impl Queue {
    /// For so many readers.
    pub(super) fn of(readers: usize) -> Queue {
        Queue {
            of: readers,
            ..Queue::default()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a file into the queue, and waits while it is full. For the walk, not for readers.
    pub(super) fn push(&self, path: PathBuf) {
        let state = self.state();
        let is_full = |state: &mut State| state.files.len() >= MOST_WAITING && state.lost < self.of;
        let waited = self.walker.wait_while(state, is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.lost >= self.of {
            // Nobody will read it; the scan ends with the panic of its readers.
            return;
        }
        state.files.push_back(path);
        self.readers.notify_one();
    }

    /// Has the files of an archive read, before those of the archive that it lies in: else all archives in that would be
    /// opened before the first of them is read.
    pub(super) fn open(&self, archive: Arc<Archive>) {
        self.state().archives.push_front((archive, 0));
        self.readers.notify_all();
    }

    /// The walk is over.
    pub(super) fn is_walked(&self) {
        self.state().is_walked = true;
        self.readers.notify_all();
    }

    /// Waits for something to read; `None` when everything is read.
    pub(super) fn next(&self) -> Option<(Job, Busy<'_>)> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.take() {
                state.busy += 1;
                self.walker.notify_one();
                return Some((job, Busy(self)));
            }
            if state.is_walked && state.busy == 0 {
                return None;
            }
            let waited = self.readers.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A reader that reads, until this is dropped; a reader that panics is none any more, and the others end.
pub(super) struct Busy<'a>(&'a Queue);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        if std::thread::panicking() {
            state.lost += 1;
            self.0.walker.notify_all();
        }
        if state.busy == 0 {
            self.0.readers.notify_all();
        }
    }
}

impl State {
    fn take(&mut self) -> Option<Job> {
        while let Some((archive, next)) = self.archives.front_mut() {
            if archive.is_packed() {
                return self.archives.pop_front().map(|(all, _)| Job::Whole(all));
            }
            if *next < archive.files() {
                *next += 1;
                return Some(Job::Entry(archive.clone(), *next - 1));
            }
            self.archives.pop_front();
        }
        self.files.pop_front().map(Job::File)
    }
}
