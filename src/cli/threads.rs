//! Whether the system lets the program begin as many threads as a command needs.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// Those beside the runtime's own: readers of a scan, cleaning, the journal.
const BESIDE: usize = 16;

/// Begins them all at once, and ends them. Later there would be nobody who could say that one is missing.
///
/// # Errors
/// What the system says where it lets too few begin.
pub(super) fn check() -> io::Result<()> {
    let wanted = thread::available_parallelism().map_or(1, usize::from) + BESIDE;
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let mut begun = Vec::with_capacity(wanted);
    let mut ended = Ok(());
    for _ in 0..wanted {
        let waits = Arc::clone(&gate);
        match thread::Builder::new().spawn(move || wait(&waits)) {
            Ok(thread) => begun.push(thread),
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    *gate.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
    gate.1.notify_all();
    for thread in begun {
        // It waited, and nothing else.
        let _ = thread.join();
    }
    ended
}

fn wait((is_open, opened): &(Mutex<bool>, Condvar)) {
    let guard = is_open.lock().unwrap_or_else(PoisonError::into_inner);
    drop(opened.wait_while(guard, |is_open| !*is_open));
}
