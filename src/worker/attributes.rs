//! Reads attributes of files. A new request replaces older ones, so that stepping through a series never waits for
//! skipped images.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::event_sender::EventSender;
use crate::dicom::attributes::{self, Place, ReadError};
use crate::dicom::media::Stamp;
use crate::message::{AttributesEvent, Event, Failure};

/// Reads one file at a time.
#[derive(Clone)]
pub(super) struct Attributes {
    state: Arc<Mutex<State>>,
    out: EventSender,
}

#[derive(Default)]
struct State {
    /// The file to read next.
    waiting: Option<PathBuf>,
    /// Stop flag of the running read.
    running: Option<Arc<AtomicBool>>,
}

impl Attributes {
    pub(super) fn new(out: EventSender) -> Self {
        Attributes {
            state: Arc::default(),
            out,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a file's attributes. Replaces a request that has not started, and stops a running one.
    pub(super) fn request(&self, path: PathBuf) {
        let mut state = self.state();
        state.waiting = Some(path);
        if let Some(running) = &state.running {
            running.store(true, Ordering::Relaxed);
            return;
        }
        state.running = Some(Arc::default());
        drop(state);
        let attributes = self.clone();
        tokio::spawn(async move {
            while let Some((path, stopped)) = attributes.next() {
                attributes.read(path, stopped).await;
            }
        });
    }

    fn next(&self) -> Option<(PathBuf, Arc<AtomicBool>)> {
        let mut state = self.state();
        let next = state.waiting.take();
        let stopped = Arc::default();
        state.running = next.is_some().then(|| Arc::clone(&stopped));
        next.map(|path| (path, stopped))
    }

    async fn read(&self, path: PathBuf, stopped: Arc<AtomicBool>) {
        let read = tokio::task::spawn_blocking({
            let path = path.clone();
            move || attributes::read(&path, &stopped)
        });
        let result = match read.await {
            Ok(Err(ReadError::Stopped)) => return,
            Ok(result) => result.map(Arc::new).map_err(|error| failure(&error)),
            Err(_panic) => Err(Failure {
                what: "The attributes of this file cannot be shown.".to_owned(),
                remedy: "It is uploaded all the same.".to_owned(),
            }),
        };
        self.out
            .send(Event::Attributes(AttributesEvent::Read { path, result }))
            .await;
    }

    /// Reads a long value.
    pub(super) fn value(&self, path: PathBuf, key: u64, place: Place, stamp: Stamp) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || {
            let whole = attributes::value(&path, &place, stamp);
            let result = whole.map(Arc::new).map_err(|error| failure(&error));
            out.send_blocking(Event::Attributes(AttributesEvent::Value {
                path,
                key,
                result,
            }));
        });
    }
}

fn failure(error: &ReadError) -> Failure {
    let remedy = match error {
        ReadError::NotDicom => "",
        ReadError::Changed => {
            "Its attributes are read again. Close this, and open the value once more."
        }
        _ => "Check that the disc or share is still there, and drop the file again.",
    };
    Failure {
        what: error.to_string(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::dicom::sample::write_sample_study;

    #[tokio::test]
    async fn of_what_was_stepped_past_nothing_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let files = write_sample_study(folder.path()).unwrap();
        let (sender, events) = sync_channel(64);
        let attributes = Attributes::new(EventSender::new(sender, Box::new(|| {})));
        for path in &files {
            attributes.request(path.clone());
        }
        let last = files.last().unwrap().clone();
        let event = loop {
            match events.try_recv() {
                Ok(event) => break event,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let Event::Attributes(AttributesEvent::Read { path, result }) = event else {
            panic!("{event:?}");
        };
        assert_eq!(path, last, "the newest request alone");
        let tree = result.unwrap();
        assert!(tree.rows.iter().any(|row| row.name() == "Patient's Name"));
        assert!(attributes.state().waiting.is_none());
        attributes.request(folder.path().join("none"));
        let event = loop {
            match events.try_recv() {
                Ok(event) => break event,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let Event::Attributes(AttributesEvent::Read { result, .. }) = event else {
            panic!("{event:?}");
        };
        assert!(result.unwrap_err().what.contains("no longer there"));
    }
}
