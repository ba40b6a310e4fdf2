//! Scans of dropped files, on threads of their own, reported in batches.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::event_sender::{BEAT, EventSender};
use crate::dicom::catalogue::{Found, Known};
use crate::dicom::media::Disc;
use crate::dicom::scan::{self, Sink};
use crate::message::{Event, FilesEvent, JobId};

/// Cancels its scan when dropped.
pub(super) struct ScanHandle(Arc<AtomicBool>);

impl Drop for ScanHandle {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Starts a scan of the paths that `paths` returns, on a thread of its own. Files in `known` are not read again.
pub(super) fn start(
    job: JobId,
    out: EventSender,
    known: Arc<Known>,
    paths: impl FnOnce() -> Vec<PathBuf> + Send + 'static,
) -> ScanHandle {
    let cancelled = Arc::new(AtomicBool::new(false));
    let stop = cancelled.clone();
    tokio::task::spawn_blocking(move || {
        let batches = Batches {
            job,
            out,
            known: AtomicU64::new(0),
            batch: Mutex::new(Batch {
                found: Vec::new(),
                seen: 0,
                sent: Instant::now(),
            }),
        };
        let end = scan::scan_more(&paths(), &known, &batches, &stop);
        batches.flush();
        batches
            .out
            .send_blocking(Event::Files(FilesEvent::ScanDone {
                job,
                cancelled: end.cancelled,
            }));
    });
    ScanHandle(cancelled)
}

struct Batches {
    job: JobId,
    out: EventSender,
    known: AtomicU64,
    batch: Mutex<Batch>,
}

struct Batch {
    found: Vec<Found>,
    seen: u64,
    sent: Instant,
}

impl Batches {
    fn flush(&self) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        self.send(&mut batch);
    }

    fn count(&self, batch: &mut Batch) {
        batch.seen += 1;
        if batch.sent.elapsed() >= BEAT {
            self.send(batch);
        }
    }

    /// Sends while holding the lock: a slow window then blocks the scan instead of letting batches accumulate.
    fn send(&self, batch: &mut Batch) {
        batch.sent = Instant::now();
        let found = std::mem::take(&mut batch.found);
        let known = self.known.load(Ordering::Relaxed).max(batch.seen);
        self.out.send_blocking(Event::Files(FilesEvent::Scanned {
            job: self.job,
            found,
            seen: batch.seen,
            known,
        }));
    }
}

impl Sink for Batches {
    fn found(&self, found: Found) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        batch.found.push(found);
        self.count(&mut batch);
    }

    fn again(&self, _path: &Path) {
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        self.count(&mut batch);
    }

    fn disc(&self, disc: Disc) {
        self.out.send_blocking(Event::Files(FilesEvent::Disc {
            job: self.job,
            disc: Box::new(disc),
        }));
    }

    fn known(&self, files: u64) {
        self.known.fetch_max(files, Ordering::Relaxed);
    }
}
