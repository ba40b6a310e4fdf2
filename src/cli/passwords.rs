//! Passwords of archives: read from a terminal or from the environment. They are never arguments, which every user of
//! the computer can read.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use console::Term;

use super::say;
use crate::dicom::catalogue::Catalogue;
use crate::dicom::media::{self, ArchivePassword};
use crate::text::controls::shown;
use crate::words;

/// Environment variable with a password that is tried on every encrypted archive.
pub(super) const VARIABLE: &str = "STUDYDROP_ZIP_PASSWORD";
/// Maximum number of attempts per archive.
const TRIES: u32 = 3;

/// Asks for passwords of locked archives on the terminal. Returns the archives that were unlocked; none if there is no
/// terminal.
pub(super) fn ask(catalogue: &Catalogue) -> Vec<PathBuf> {
    let locked = catalogue.locked();
    if locked.is_empty() {
        return locked;
    }
    let terminal = Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        let which = match locked.as_slice() {
            [one] => format!("{} is", words::file_name(one)),
            many => format!("{} archives are", many.len()),
        };
        say(&format!("{which} locked. Set {VARIABLE} to the password."));
        return Vec::new();
    }
    let opened = |archive: &PathBuf| ask_for(&terminal, archive);
    locked.into_iter().filter(opened).collect()
}

fn ask_for(terminal: &Term, archive: &Path) -> bool {
    let name = words::file_name(archive);
    let question = format!("Password of {} (Enter to pass it over): ", shown(&name));
    for _ in 0..TRIES {
        if terminal.write_str(&question).is_err() {
            return false;
        }
        let typed = terminal.read_secure_line().unwrap_or_default();
        if typed.is_empty() {
            return false;
        }
        if media::unlock(archive, &ArchivePassword::new(typed)) {
            return true;
        }
        say("That is not its password.");
    }
    false
}
