//! What becomes of images whose numbers the account holds already: they are there only with the content that is asked for
//! now, as far as this computer knows what it sent; else the person decides.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::cleaning::file;
use super::ledger::Outcome;
use super::part_reader::{self, Again, cannot_read};
use super::sent_record::Content;
use super::study::Study;
use super::verify::Flow;
use super::{IfThere, UploadFile};
use crate::dicom::catalogue::{SkipReason, copies};
use crate::words;

/// Bytes read at a time.
const READ: usize = 128 * 1024;
/// Threads that read files at most.
const MOST_READERS: usize = 4;

const OTHER_CONTENT: &str = "There under this number with other content, which this computer sent before. Not sent: decide whether the account's image is replaced or left (--if-there).";
const NOT_COMPARED: &str = "There under this number, content not compared: it was not sent from this computer. Not sent: decide whether the account's image is replaced or left (--if-there).";
const LEFT_OTHER: &str =
    "There under this number with other content; left as the account has it, as asked.";
const LEFT_NOT_COMPARED: &str =
    "There under this number, content not compared; left as the account has it, as asked.";

/// Whether a file failed for this reason because a person has to say what becomes of it.
pub(super) fn is_undecided(reason: &str) -> bool {
    [OTHER_CONTENT, NOT_COMPARED].contains(&reason)
}

/// Settles the files whose numbers the account holds. Reads those files whose sent content is known: not for the
/// runtime's threads.
pub(super) fn settle(study: &Study, files: &[usize], is_stopped: impl Fn() -> bool + Sync) -> Flow {
    let known: HashMap<usize, Content> = files
        .iter()
        .filter_map(|file| Some((*file, study.sent_before(*file)?)))
        .collect();
    let now = contents(study, &known, &is_stopped);
    if is_stopped() {
        return Flow::Held;
    }
    for file in files.iter().copied() {
        let before = known.get(&file);
        match (before, now.get(&file)) {
            (Some(before), Some(Ok(now))) if before == now => study.already_there(file),
            (Some(_), Some(Err(why))) => study.fail(file, why.clone()),
            (Some(_), _) => {
                if decide(study, file, (OTHER_CONTENT, LEFT_OTHER)) == Flow::Cancelled {
                    return Flow::Cancelled;
                }
            }
            // It came there by this transfer, whose last acknowledgements were lost.
            (None, _) if study.was_not_there(file) => {}
            (None, _) => {
                if decide(study, file, (NOT_COMPARED, LEFT_NOT_COMPARED)) == Flow::Cancelled {
                    return Flow::Cancelled;
                }
            }
        }
    }
    Flow::GoOn
}

fn decide(study: &Study, file: usize, (asked, left): (&str, &str)) -> Flow {
    match study.if_there() {
        IfThere::Ask => study.fail(file, asked.to_owned()),
        IfThere::Leave => study.leave(file, left.to_owned()),
        // It stays to be sent.
        IfThere::Replace => {}
        IfThere::Cancel => return Flow::Cancelled,
    }
    Flow::GoOn
}

/// SHA-256 of what would leave now, by file.
fn contents(
    study: &Study,
    known: &HashMap<usize, Content>,
    is_stopped: &(impl Fn() -> bool + Sync),
) -> HashMap<usize, Result<Content, String>> {
    let done = Mutex::new(HashMap::new());
    let mut files: Vec<usize> = known.keys().copied().collect();
    files.sort_unstable();
    let queue = Mutex::new(files.into_iter());
    let readers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..readers.clamp(1, MOST_READERS) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(file) = next.filter(|_| !is_stopped()) else {
                        return;
                    };
                    if let Some(entry) = study.file(file) {
                        let content = content(study, entry);
                        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                        done.insert(file, content);
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// SHA-256 of a file as it would leave now.
fn content(study: &Study, entry: &UploadFile) -> Result<Content, String> {
    match &study.cleaner {
        Err(why) => Err((*why).to_owned()),
        Ok(None) => digest(&mut part_reader::open_unchanged(entry)?),
        Ok(Some(cleaner)) => {
            let cleaning = study.upload.cleaning.as_ref();
            let agreed = cleaning.is_some_and(|cleaning| cleaning.burned_in_agreed);
            file::clean(entry, cleaner, agreed)?.with_pieces(|pieces| digest(pieces))
        }
    }
}

fn digest(source: &mut impl Again) -> Result<Content, String> {
    let mut hash = Sha256::new();
    source.restart().map_err(|error| cannot_read(&error))?;
    let mut buffer = vec![0; READ];
    loop {
        let read = source.read(&mut buffer);
        match read.map_err(|error| cannot_read(&error))? {
            0 => break,
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    part_reader::still_the_same(source.is_unchanged())?;
    Ok(hash.finalize().into())
}

/// Holds files that were taken for copies against the ones that are sent in their place. Where they differ, neither is
/// sent. Reads files: not for the runtime's threads.
pub(super) fn compare_copies(study: &Study) {
    for skipped in study.upload.skipped.iter() {
        let SkipReason::Duplicate { of } = &skipped.reason else {
            continue;
        };
        let mut files = study.upload.files.iter();
        let Some(file) = files.position(|file| file.path == *of) else {
            continue;
        };
        if study.outcome(file) != Outcome::Pending {
            continue;
        }
        // A copy that is gone is none.
        if matches!(copies::same_content(of, &skipped.path), Ok(false)) {
            let path = skipped.path.clone();
            study.fail(
                file,
                words::skip_reason(&SkipReason::OtherContent { of: path }),
            );
        }
    }
}
