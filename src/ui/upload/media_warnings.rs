//! Texts of warnings about archives and discs.

use super::study_tree::WarningWords;
use crate::model::{Action, ArchivePasswordAction, UploadAction, Warning};
use crate::words;

/// Maximum number of discs described in one warning.
const MOST_SENTENCES: usize = 2;

/// Text of a warning about the media that files lie on.
pub(in crate::ui) fn words_of(warning: &Warning) -> WarningWords {
    let number = |count: usize, one: &str, many: &str| match count {
        1 => format!("One {one}."),
        many_of => format!("{} {many}.", words::number_word(many_of as u64)),
    };
    let show = Some(("Show", Action::Upload(UploadAction::ShowSkipped(true))));
    match warning {
        Warning::Locked { files, archives } => (
            number(*files, "file needs a password", "files need a password"),
            match archives {
                1 => "The archive is encrypted.".to_owned(),
                _ => "The archives are encrypted.".to_owned(),
            },
            Some((
                "Unlock…",
                Action::Upload(UploadAction::Archives(ArchivePasswordAction::Ask)),
            )),
        ),
        Warning::Archives(count) => (
            number(*count, "archive is not read", "archives are not read"),
            "Unpack what belongs here, then drop the folder.".to_owned(),
            show,
        ),
        Warning::Unreadable(count) => (
            number(*count, "file could not be read", "files could not be read"),
            "Clean the disc, or try another drive, then drop it again.".to_owned(),
            show,
        ),
        Warning::Missing(count) => {
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            (
                number(count, "file is missing", "files are missing"),
                "The disc's directory names what is not there. Copy the disc again.".to_owned(),
                show,
            )
        }
        Warning::Discs(sentences) => {
            let shown = sentences.iter().take(MOST_SENTENCES);
            let shown: Vec<&str> = shown.map(String::as_str).collect();
            (
                "The disc's directory does not fit its files.".to_owned(),
                shown.join(" "),
                Some(("Send as they are", Action::Upload(UploadAction::KeepDiscs))),
            )
        }
        _ => (String::new(), String::new(), None),
    }
}
