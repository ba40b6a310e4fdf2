//! Transfers without a window, with the same engine and journal, and a progress bar.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::progress::Progress;
use super::{failure, say};
use crate::dicom::deidentify::Secret;
use crate::keychain;
use crate::message::{Failure, JobId};
use crate::receipt;
use crate::receipt::ReceiptError;
use crate::settings::{self, Settings};
use crate::transfer::{
    self, Account, Engine, Journal, Keeping, OpenError, Outcome, Report, Saved, TransferState,
    TransferStatus, Upload,
};
use crate::worker::session::Session;

/// Transfer options.
pub(super) struct How {
    pub(super) options: transfer::Options,
}

impl Default for How {
    /// Defaults of the command line.
    fn default() -> Self {
        How {
            options: transfer::Options {
                patience: Some(Duration::from_secs(120)),
                ..transfer::Options::default()
            },
        }
    }
}

/// What to send.
pub(super) enum Work {
    /// New uploads.
    Fresh(Vec<Upload>),
    /// Unfinished transfers of the journal.
    Left,
}

/// An ended transfer.
pub(super) struct Ended {
    pub(super) upload: Upload,
    pub(super) status: Arc<TransferStatus>,
    /// Result of each of its files.
    pub(super) outcomes: Vec<Outcome>,
    receipt: Option<receipt::Receipt>,
}

/// Sends and verifies. Ctrl+C cancels the remaining transfers.
///
/// # Errors
/// If unfinished transfers are requested and the journal cannot be opened.
pub(super) async fn send(session: &Session, how: &How, work: Work) -> Result<Vec<Ended>, Failure> {
    let account = Account::of(session.client.account_key());
    let journal = open_journal().await;
    let (fresh, left) = match (work, &journal) {
        (Work::Fresh(uploads), _) => (uploads, Vec::new()),
        (Work::Left, Ok(journal)) => (Vec::new(), left(session, journal, account).await?),
        (Work::Left, Err(why)) => return Err(failure(why, "Close the other program first.")),
    };
    if let Err(why) = &journal {
        say(&format!(
            "{why} If this run is interrupted, run the same command again: nothing is sent twice."
        ));
    }
    let known: Vec<Upload> = match left.is_empty() {
        true => fresh.clone(),
        false => left.iter().map(|saved| saved.upload.clone()).collect(),
    };
    let watch = Arc::new(Watch {
        progress: Progress::bytes(known.iter().map(Upload::bytes).sum()),
        latest: Mutex::default(),
    });
    let keeping = Keeping {
        journal: journal.as_ref().ok().map(|kept| (kept.clone(), account)),
        secret: tokio::task::block_in_place(|| secret(&known)),
    };
    let client = session.client.clone();
    let engine = Engine::with(client, watch.clone(), &how.options, keeping);
    for status in engine.restore(left) {
        watch.transfer(status);
    }
    fresh.into_iter().for_each(|upload| engine.add(upload));
    tokio::select! {
        () = engine.finished() => {}
        _ = tokio::signal::ctrl_c() => {
            known.iter().for_each(|upload| engine.cancel(upload.job));
            engine.finished().await;
        }
    }
    watch.progress.finish();
    if let Ok(journal) = journal {
        journal.written().await;
    }
    let latest = watch.lock();
    let ended = |upload: Upload| {
        Some(Ended {
            status: latest.get(&upload.job)?.clone(),
            outcomes: engine.outcomes(upload.job),
            receipt: engine.receipt(upload.job),
            upload,
        })
    };
    Ok(known.into_iter().filter_map(ended).collect())
}

/// Unfinished transfers, with patients' names, which the journal does not contain.
async fn left(
    session: &Session,
    journal: &Journal,
    account: Account,
) -> Result<Vec<Saved>, Failure> {
    let loaded = journal.load(account).await;
    let (mut saved, of_others) = loaded.map_err(|what| failure(what, ""))?;
    saved.retain(|saved| !saved.is_over());
    let names = session.client.account();
    tokio::task::block_in_place(|| saved.iter_mut().for_each(|saved| saved.recall(&names)));
    if of_others > 0 {
        let studies = crate::words::count(of_others, "study waits", "studies wait");
        say(&format!("{studies} for another account: sign in there."));
    }
    Ok(saved)
}

async fn open_journal() -> Result<Journal, String> {
    let open = || {
        let data = settings::data_folder().map_err(|error| error.to_string())?;
        let keep_days = Settings::load(&data).unwrap_or_default().transfer.keep_days;
        Journal::open(&data, keep_days).map_err(|error| match error {
            OpenError::InUse => format!("{error} This upload is not written down."),
            OpenError::Unusable(_) => error.to_string(),
        })
    };
    let opened = tokio::task::block_in_place(open)?;
    if let Some((path, why)) = opened.set_aside {
        say(&format!(
            "The journal of transfers could not be used: {why}. It is kept as {}, and a new one was begun.",
            path.display()
        ));
    }
    Ok(opened.journal)
}

/// This computer's key, if de-identification needs it. If it cannot be read, the files that need it report so.
fn secret(uploads: &[Upload]) -> Option<Secret> {
    let needs = |upload: &Upload| upload.cleaning.as_ref().is_some_and(|c| c.needs_key());
    if !uploads.iter().any(needs) {
        return None;
    }
    let data = settings::data_folder().ok()?;
    keychain::deidentification_key(&data).ok().map(Secret::new)
}

/// Writes a receipt for each study, as PDF and as JSON.
///
/// # Errors
/// The file that could not be written.
pub(super) fn keep_receipts(folder: Option<PathBuf>, ended: &[Ended]) -> Result<(), Failure> {
    let Some(folder) = folder else {
        return Ok(());
    };
    let name = receipt::file_name(jiff::Zoned::now().datetime());
    for (number, ended) in (1..).zip(ended) {
        let Some(receipt) = &ended.receipt else {
            continue;
        };
        let made = |error: ReceiptError| failure(error, "");
        let files = [
            ("json", receipt.to_json().map_err(made)?.into_bytes()),
            ("pdf", receipt.to_pdf().map_err(made)?),
        ];
        for (ending, bytes) in files {
            let path = folder.join(format!("{name}-{number}.{ending}"));
            std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(&path, bytes))
                .map_err(|error| {
                    let what = format!(
                        "The receipt {} could not be written ({error}).",
                        path.display()
                    );
                    failure(what, "Everything else is done.")
                })?;
        }
    }
    Ok(())
}

/// Stores the latest status of each transfer and updates the bar.
struct Watch {
    progress: Progress,
    latest: Mutex<HashMap<JobId, Arc<TransferStatus>>>,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Arc<TransferStatus>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report for Watch {
    fn transfer(&self, status: Arc<TransferStatus>) {
        let mut latest = self.lock();
        latest.insert(status.job, status);
        let (mut done, mut total, mut states) = (0, 0, [0usize; 3]);
        for status in latest.values() {
            done += status.bytes_done;
            total += status.bytes_total;
            let [reconnecting, verifying, over] = &mut states;
            *reconnecting += usize::from(status.state == TransferState::Reconnecting);
            *verifying += usize::from(status.state == TransferState::Verifying);
            *over += usize::from(status.state.is_over());
        }
        let [reconnecting, verifying, over] = states;
        let word = match (reconnecting, verifying) {
            (0, 0) => "Sending",
            (0, _) => "Verifying",
            _ => "Waiting for the network",
        };
        let message = format!("{word}, {over} of {} studies done", latest.len());
        self.progress.show(done, total, message);
    }
}
