//! Other programs that read what this one reads or writes: pydicom, dcmtk, Chromium. `.ci/judges` installs them; no test
//! does. Where one is missing, the test that wants it says so (`aloud::not_run`).

use std::path::{Path, PathBuf};
use std::process::Command;

use super::aloud::not_run;

/// A program of the system.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A program of dcmtk.
pub fn dcmtk(name: &str) -> Option<PathBuf> {
    let found = program(name);
    if found.is_none() {
        not_run("dcmtk is not installed (apt-get install dcmtk)");
    }
    found
}

/// Chromium, by the names that systems give it.
pub fn chromium() -> Option<PathBuf> {
    let found = ["chromium", "chromium-browser"]
        .into_iter()
        .find_map(program);
    if found.is_none() {
        not_run("Chromium is not installed (apt-get install chromium)");
    }
    found
}

/// A Python that has pydicom: the one that `.ci/judges` makes, or the system's.
pub fn python_with_pydicom() -> Option<PathBuf> {
    python_with("pydicom", "pydicom is not installed (.ci/judges)")
}

/// A Python that has pydicom with its handlers of packed pixels.
pub fn python_with_handlers() -> Option<PathBuf> {
    python_with(
        "pydicom, libjpeg, openjpeg, rle, jpeg_ls, gdcm",
        "pydicom's handlers of pixels are not installed (.ci/judges)",
    )
}

fn python_with(modules: &str, why: &str) -> Option<PathBuf> {
    let test = format!("import {modules}");
    let has_them = |python: &PathBuf| {
        let run = Command::new(python).args(["-c", &test]).output();
        run.is_ok_and(|run| run.status.success())
    };
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../judges/bin/python");
    let found = [Some(own), program("python3")].into_iter().flatten();
    let found = found.into_iter().find(has_them);
    if found.is_none() {
        not_run(why);
    }
    found
}
