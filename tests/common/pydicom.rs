//! A Python that has pydicom: the system's, or one that is made in the folder for what tests leave behind.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python; `None` where there is none and none can be made.
pub fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = std::env::split_paths(&path)
        .map(|folder| folder.join("python3"))
        .find(|program| program.is_file())?;
    let has_it = |python: &Path| {
        let run = Command::new(python).args(["-c", "import pydicom"]).output();
        run.is_ok_and(|run| run.status.success())
    };
    if has_it(&system) {
        return Some(system);
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pydicom");
    let own = folder.join("bin/python");
    if !has_it(&own) {
        let made = Command::new(&system)
            .args(["-m", "venv"])
            .arg(&folder)
            .output();
        let install = ["-m", "pip", "install", "--quiet", "pydicom==3.0.2"];
        let installed = made.and_then(|_| Command::new(&own).args(install).output());
        if installed.is_err() || !has_it(&own) {
            return None;
        }
    }
    Some(own)
}
