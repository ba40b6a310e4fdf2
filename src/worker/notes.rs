//! Keeping what was noted: one thread reads the file at the start, and then writes behind it in the order of asking.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::outbox::Outbox;
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
    let typed = to.is_some();
    let path = match to {
        Some(path) => Some(path),
        None => {
            let dialog = rfd::AsyncFileDialog::new()
                .set_title("Export the log")
                .set_file_name(name)
                .add_filter("CSV", &["csv"]);
            let picked = dialog.save_file().await;
            picked.map(|file| file.path().to_owned())
        }
    };
    let Some(path) = path else {
        return out.send(Event::LogSaved(Ok(None))).await;
    };
    let written = tokio::task::spawn_blocking(move || write(path, typed, &csv)).await;
    let result = written.unwrap_or_else(|_| {
        Err(Failure {
            what: "The log was not exported.".to_owned(),
            remedy: "Try again.".to_owned(),
        })
    });
    out.send(Event::LogSaved(result.map(Some))).await;
}

/// Whole or not at all. The dialog asks before it names a file that is there; a typed path does not.
fn write(path: PathBuf, typed: bool, csv: &str) -> Result<PathBuf, Failure> {
    if typed && path.exists() {
        return Err(Failure {
            what: "There is something of this name already.".to_owned(),
            remedy: "Type the path of a file that is not there yet.".to_owned(),
        });
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(csv.as_bytes())?;
        file.persist(&path).map_err(|error| error.error)
    });
    match written {
        Ok(_) => Ok(path),
        Err(error) => Err(Failure {
            what: format!("The log was not exported ({error})."),
            remedy: "Choose another folder, or make room on the disk.".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_written_over_by_a_typed_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        assert!(write(path.clone(), true, "a").is_ok());
        assert!(
            write(path.clone(), true, "b")
                .unwrap_err()
                .what
                .contains("already")
        );
        assert!(write(path.clone(), false, "c").is_ok());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "c");
        let nowhere = folder.path().join("missing/log.csv");
        assert!(write(nowhere, true, "a").is_err());
    }
}
