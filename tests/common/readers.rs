//! Other programs that read DICOM files.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of the system.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A Python that has pydicom: the system's, or one that is made here. Where there is none, says so in one line.
pub fn python_with_pydicom() -> Option<PathBuf> {
    let python = python();
    if python.is_none() {
        super::aloud::aloud(
            "passed over: pydicom could not be installed here (pip install pydicom)",
        );
    }
    python
}

fn python() -> Option<PathBuf> {
    let system = program("python3")?;
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
