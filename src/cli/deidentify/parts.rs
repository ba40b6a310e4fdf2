//! Files that are not whole yet. They stand in the output folder under names of their own, each locked by who writes it:
//! what nobody holds was left by a program that was killed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// How their names begin; letters and digits follow.
const PART: &str = ".part-";
/// Below the output folder they stood in those of study and series before.
const DEPTH: usize = 3;
/// How often another one is begun.
const TRIES: usize = 20;

/// Begins one.
///
/// # Errors
/// The file system.
pub(super) fn begin(output: &Path) -> io::Result<NamedTempFile> {
    for _ in 0..TRIES {
        let file = tempfile::Builder::new().prefix(PART).tempfile_in(output)?;
        match file.as_file().try_lock() {
            // Another run that is just beginning took it for a dead one's.
            Err(TryLockError::WouldBlock) => continue,
            // There are file systems without locks: nobody takes it away there.
            Err(TryLockError::Error(_)) => return Ok(file),
            Ok(()) if file.path().exists() => return Ok(file),
            Ok(()) => {}
        }
    }
    Err(io::Error::other("another program takes new files away"))
}

/// Takes away what runs that were killed have left. What cannot be taken away is in nobody's way.
pub(super) fn sweep(output: &Path) {
    sweep_to(output, DEPTH);
}

fn sweep_to(folder: &Path, depth: usize) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && depth > 1 {
            sweep_to(&entry.path(), depth - 1);
        } else if kind.is_file() && entry.file_name().to_str().is_some_and(is_part) {
            let path = entry.path();
            let held = File::open(&path).map(|file| (file.try_lock().is_ok(), file));
            if let Ok((true, _file)) = held {
                // The folder may be read-only by now; the files that are written say so.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

fn is_part(name: &str) -> bool {
    name.strip_prefix(PART).is_some_and(|rest| {
        rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let series = folder.path().join("2.25.1/2.25.2");
        fs::create_dir_all(&series).unwrap();
        let left = [
            folder.path().join(".part-aB3dE6"),
            series.join(".part-000000"),
        ];
        let own = [
            folder.path().join(".part-of a book.txt"),
            series.join("2.25.3.dcm"),
        ];
        for path in left.iter().chain(&own) {
            fs::write(path, b"x").unwrap();
        }
        let held = begin(folder.path()).unwrap();
        assert!(is_part(held.path().file_name().unwrap().to_str().unwrap()));
        sweep(folder.path());
        assert!(left.iter().all(|path| !path.exists()));
        assert!(own.iter().all(|path| path.exists()));
        assert!(held.path().exists());
    }
}
