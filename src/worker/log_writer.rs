//! Keeping what was noted: one thread reads the file at the start, and then writes behind it in the order of asking.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::event_sender::Outbox;
use super::save_dialog::Dialog;
use crate::logbook::{self, Entry};
use crate::message::{Event, Failure};

/// Bundles of entries that may wait for the disk.
const WAITING: usize = 256;
/// So long the end of the program waits for the disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// The way to the thread.
pub(super) struct Notes {
    entries: mpsc::Sender<Vec<Entry>>,
    thread: JoinHandle<()>,
}

/// Reads what was kept, tells it, and waits for more.
pub(super) fn start(data: PathBuf, out: Outbox) -> Notes {
    let (entries, waiting) = mpsc::channel(WAITING);
    let thread = tokio::task::spawn_blocking(move || keep(&data, &out, waiting));
    Notes { entries, thread }
}

fn keep(data: &Path, out: &Outbox, mut waiting: mpsc::Receiver<Vec<Entry>>) {
    let mut refused = None;
    match logbook::load(data) {
        Ok(kept) => out.send_blocking(Event::LogLoaded(kept)),
        Err(error) => refused = Some(error),
    }
    let mut told = false;
    loop {
        if let Some(error) = refused.take().filter(|_| !told) {
            // Once: a full disk would be told with every entry.
            told = true;
            out.send_blocking(Event::LogNotKept(Failure {
                what: format!("The log cannot be kept on disk ({error})."),
                remedy: "It is shown until StudyDrop is closed; export it if you need it.".into(),
            }));
        }
        let Some(entries) = waiting.blocking_recv() else {
            return;
        };
        refused = logbook::append(data, &entries).err();
    }
}

impl Notes {
    /// Keeps these behind the others.
    pub(super) async fn append(&self, entries: Vec<Entry>) {
        // A thread that is gone has told why.
        drop(self.entries.send(entries).await);
    }

    /// Waits until everything is on disk, for a while.
    pub(super) async fn finish(self) {
        drop(self.entries);
        drop(tokio::time::timeout(PATIENCE, self.thread).await);
    }
}

/// Writes a table where the system's dialog, or what was typed, says.
pub(super) async fn export(out: Outbox, to: Option<PathBuf>, name: String, csv: String) {
    let dialog = Dialog {
        title: "Export the log",
        kind: "CSV",
        ending: "csv",
        what: "The log was not exported",
    };
    let saved = dialog.save(to, name, || Ok(csv.into_bytes())).await;
    out.send(Event::LogSaved(saved)).await;
}
