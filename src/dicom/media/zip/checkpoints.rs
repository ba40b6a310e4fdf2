//! Places in packed files from which they can be read on, kept for everybody who reads them: who looks at a frame in the
//! middle of a packed file, or at one file after the other of a packed archive, opens it anew each time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::entry_reader::State;

/// Places that are kept at even distances. A place is some 50 KB.
const MOST_EVEN: u64 = 64;
/// Places where somebody stopped reading: who reads what comes next goes on from there.
const MOST_LAST: usize = 4;
/// No closer than so many unpacked bytes: they are unpacked in some milliseconds.
const CLOSEST: u64 = 1 << 20;

/// Files whose places are kept: at most some 60 MB.
const MOST_FILES: usize = 16;

/// The number of an archive's directory, and an entry's index in it.
type Key = (u64, usize);

/// The one that was used last stands last.
static KEPT: Mutex<Vec<(Key, Arc<Points>)>> = Mutex::new(Vec::new());

/// The places of this file, which has `size` bytes, unpacked.
pub(in crate::dicom::media) fn of(key: Key, size: u64) -> Arc<Points> {
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = all.iter().position(|(one, _)| *one == key);
    let points = match known {
        Some(at) => all.remove(at).1,
        None => Arc::new(Points::of(size)),
    };
    if all.len() >= MOST_FILES {
        all.remove(0);
    }
    all.push((key, points.clone()));
    points
}

/// Forgets all places.
pub(in crate::dicom::media) fn forget() {
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    all.clear();
}

/// Of one file.
pub(in crate::dicom::media) struct Points {
    distance: u64,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    even: BTreeMap<u64, Arc<State>>,
    last: VecDeque<Arc<State>>,
}

impl Points {
    /// For a file of `size` bytes, unpacked.
    pub(in crate::dicom::media) fn of(size: u64) -> Self {
        Points {
            distance: CLOSEST.max(size.div_ceil(MOST_EVEN)),
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last place not behind `at`.
    pub(in crate::dicom::media) fn before(&self, at: u64) -> Option<Arc<State>> {
        let kept = self.kept();
        let even = kept.even.range(..=at).next_back().map(|(_, state)| state);
        let last = kept.last.iter().filter(|state| state.at <= at);
        last.chain(even).max_by_key(|state| state.at).cloned()
    }

    /// Keeps a place if none is near. `before`: where the reader stood before it came here.
    pub(in crate::dicom::media) fn pass(&self, before: u64, state: &State) {
        if before / self.distance == state.at / self.distance {
            return;
        }
        let number = state.at / self.distance;
        let mut kept = self.kept();
        if kept.even.len() as u64 <= MOST_EVEN {
            let range = number * self.distance..(number + 1) * self.distance;
            if kept.even.range(range).next().is_none() {
                kept.even.insert(state.at, Arc::new(state.clone()));
            }
        }
    }

    /// Keeps the place where somebody stops.
    pub(in crate::dicom::media) fn leave(&self, state: &State) {
        let mut kept = self.kept();
        if kept.last.len() >= MOST_LAST {
            kept.last.pop_front();
        }
        kept.last.push_back(Arc::new(state.clone()));
    }
}
