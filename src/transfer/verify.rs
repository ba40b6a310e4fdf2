//! Asking the account what it holds: before sending, so that nothing travels twice, and afterwards, so that
//! "Verified" is known and not assumed.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use uuid::Uuid;

use super::TransferState;
use super::lanes::{Ask, Lanes, Reply};
use super::ledger::Outcome;
use super::study::Study;
use crate::cloud::{Error, FileCheck};

/// An account may need a moment between the last acknowledgement and holding the image: these are the waits between
/// the questions.
const WAITS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

const NOT_HELD: &str =
    "The account acknowledged it but does not hold it. Press Retry to send it again.";

/// Finds the files that the account holds already. One question is enough where it knows nothing of the study
/// (`protocol.md`, "Uploading", step 3).
///
/// # Errors
/// When the account cannot be asked at all. A question that it refuses leaves the file to be sent.
pub(super) async fn before(study: &Study, lanes: &Lanes, session: Uuid) -> Result<(), Error> {
    let pending = study.files(|outcome| *outcome == Outcome::Pending);
    let Some((first, rest)) = pending.split_first() else {
        return Ok(());
    };
    let known = match ask(study, lanes, session, *first).await {
        Ok(check) => {
            note_there(study, *first, &check);
            check.exists || check.order.is_some()
        }
        Err(error) if error.is_connection() => return Err(error),
        Err(_refused) => return Ok(()),
    };
    if !known {
        return Ok(());
    }
    let mut answers = stream::iter(rest.iter().copied())
        .map(|file| async move { (file, ask(study, lanes, session, file).await) })
        .buffer_unordered(lanes.limit());
    while let Some((file, answer)) = answers.next().await {
        match answer {
            Ok(check) => note_there(study, file, &check),
            Err(error) if error.is_connection() => return Err(error),
            Err(_refused) => {}
        }
    }
    Ok(())
}

fn note_there(study: &Study, file: usize, check: &FileCheck) {
    study.found_order(check.order);
    if check.exists {
        study.already_there(file);
    }
}

/// Asks for every image that was acknowledged. What the account does not hold fails by name.
///
/// # Errors
/// When the account cannot be asked.
pub(super) async fn after(study: &Study, lanes: &Lanes, session: Uuid) -> Result<(), Error> {
    study.enter(TransferState::Verifying);
    for wait in WAITS {
        let open = study.files(|outcome| *outcome == Outcome::Acknowledged);
        if open.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(wait).await;
        let mut answers = stream::iter(open)
            .map(|file| async move { (file, ask(study, lanes, session, file).await) })
            .buffer_unordered(lanes.limit());
        while let Some((file, answer)) = answers.next().await {
            let check = answer?;
            study.found_order(check.order);
            if check.exists {
                study.held(file);
            }
        }
    }
    for file in study.files(|outcome| *outcome == Outcome::Acknowledged) {
        study.fail(file, NOT_HELD.to_owned());
    }
    Ok(())
}

async fn ask(study: &Study, lanes: &Lanes, session: Uuid, file: usize) -> Result<FileCheck, Error> {
    let Some(check) = study.check(file, session) else {
        return Ok(FileCheck::default());
    };
    match lanes.ask(&Ask::Check(check)).await? {
        Reply::Check(check) => Ok(check),
        Reply::Part(_) => Ok(FileCheck::default()),
    }
}
