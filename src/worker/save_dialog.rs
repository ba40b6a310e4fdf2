//! Saves a file to a typed path or to one chosen in a file dialog. Files are written completely or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::message::Failure;

/// Texts for saving one type of file.
pub(super) struct Dialog {
    /// Title of the dialog.
    pub(super) title: &'static str,
    /// Name of the file type in the dialog.
    pub(super) kind: &'static str,
    /// File name extension.
    pub(super) ending: &'static str,
    /// First sentence of an error, such as "The log was not exported".
    pub(super) what: &'static str,
}

impl Dialog {
    /// Determines the path, makes the file's contents and writes them. `None`: the dialog was cancelled, or could not
    /// be opened.
    pub(super) async fn save(
        &self,
        to: Option<PathBuf>,
        name: String,
        make: impl FnOnce() -> Result<Vec<u8>, Failure> + Send + 'static,
    ) -> Result<Option<PathBuf>, Failure> {
        let typed = to.is_some();
        let path = match to {
            Some(path) => Some(path),
            None => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title(self.title)
                    .set_file_name(name)
                    .add_filter(self.kind, &[self.ending]);
                let picked = dialog.save_file().await;
                picked.map(|file| file.path().to_owned())
            }
        };
        let Some(path) = path else {
            return Ok(None);
        };
        let what = self.what;
        let work = move || make().and_then(|bytes| write(path, typed, &bytes, what));
        let written = tokio::task::spawn_blocking(work).await;
        let lost = |_| {
            Err(Failure {
                what: format!("{what}."),
                remedy: "Try again.".to_owned(),
            })
        };
        written.unwrap_or_else(lost).map(Some)
    }
}

/// The file dialog asks before overwriting; for a typed path, an existing file is an error.
fn write(path: PathBuf, typed: bool, bytes: &[u8], what: &str) -> Result<PathBuf, Failure> {
    if typed && path.exists() {
        return Err(Failure {
            what: "There is something of this name already.".to_owned(),
            remedy: "Type the path of a file that is not there yet.".to_owned(),
        });
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(bytes)?;
        file.persist(&path).map_err(|error| error.error)
    });
    match written {
        Ok(_) => Ok(path),
        Err(error) => Err(Failure {
            what: format!("{what} ({error})."),
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
        assert!(write(path.clone(), true, b"a", "Not").is_ok());
        assert!(
            write(path.clone(), true, b"b", "Not")
                .unwrap_err()
                .what
                .contains("already")
        );
        assert!(write(path.clone(), false, b"c", "Not").is_ok());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "c");
        let nowhere = folder.path().join("missing/log.csv");
        assert!(write(nowhere, true, b"a", "Not").is_err());
    }
}
