//! Persists the log. One thread reads the file at the start, and then appends entries in order.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::event_sender::EventSender;
use super::save_dialog::Dialog;
use crate::logbook::{self, Entry};
use crate::message::{Event, Failure, LogEvent};

/// Maximum number of batches waiting to be written.
const WAITING: usize = 256;
/// Shutdown timeout for flushing the log.
const PATIENCE: Duration = Duration::from_secs(2);

/// Handle to the writing thread.
pub(super) struct Notes {
    entries: mpsc::Sender<Vec<Entry>>,
    thread: JoinHandle<()>,
}

/// Reads what was kept, tells it, and waits for more.
pub(super) fn start(data: PathBuf, out: EventSender) -> Notes {
    let (entries, waiting) = mpsc::channel(WAITING);
    let thread = tokio::task::spawn_blocking(move || keep(&data, &out, waiting));
    Notes { entries, thread }
}

fn keep(data: &Path, out: &EventSender, mut waiting: mpsc::Receiver<Vec<Entry>>) {
    let mut refused = None;
    match logbook::load(data) {
        Ok(kept) => out.send_blocking(Event::Log(LogEvent::Loaded(kept))),
        Err(error) => refused = Some(error),
    }
    let mut told = false;
    loop {
        if let Some(error) = refused.take().filter(|_| !told) {
            // Reported once: otherwise a full disk would be reported with every entry.
            told = true;
            out.send_blocking(Event::Log(LogEvent::NotKept(Failure {
                what: format!("The log cannot be kept on disk ({error})."),
                remedy: "It is shown until StudyDrop is closed; export it if you need it.".into(),
            })));
        }
        let Some(entries) = waiting.blocking_recv() else {
            return;
        };
        refused = logbook::append(data, &entries).err();
    }
}

impl Notes {
    /// Appends entries to the file.
    pub(super) async fn append(&self, entries: Vec<Entry>) {
        // A thread that has ended has reported the reason.
        drop(self.entries.send(entries).await);
    }

    /// Waits until all entries are written, for at most [`PATIENCE`].
    pub(super) async fn finish(self) {
        drop(self.entries);
        drop(tokio::time::timeout(PATIENCE, self.thread).await);
    }
}

/// Writes a table where the system's dialog, or what was typed, says.
pub(super) async fn export(out: EventSender, to: Option<PathBuf>, name: String, csv: String) {
    let dialog = Dialog {
        title: "Export the log",
        kind: "CSV",
        ending: "csv",
        what: "The log was not exported",
    };
    let saved = dialog.save(to, name, || Ok(csv.into_bytes())).await;
    out.send(Event::Log(LogEvent::Saved(saved))).await;
}
