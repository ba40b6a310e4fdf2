//! Transfers in the worker: the journal, which lives as long as the program, and the engine, which lives as long as a
//! session.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::task::AbortOnDropHandle;

use super::event_sender::EventSender;
use super::save_dialog::Dialog;
use super::session::Session;
use crate::cloud::Client;
use crate::dicom::deidentify::Secret;
use crate::keychain;
use crate::message;
use crate::message::{
    Event, Failure, JobId, ReceiptFormat, Restored, TransferCommand, TransferEvent,
};
use crate::settings::{self, Settings};
use crate::transfer::{Account, Engine, Journal, Keeping, OpenError, Opened, Options};

/// State of the journal.
pub(super) enum Kept {
    /// Is being opened.
    Opening(AbortOnDropHandle<Found>),
    Open {
        journal: Journal,
        _health: AbortOnDropHandle<()>,
    },
    /// Used by another instance of the program: nothing may be sent.
    InUse,
    /// Not available: transfers are lost when the program ends.
    None,
}

/// The journal and the transfer settings.
pub(super) struct Transfers {
    out: EventSender,
    kept: Kept,
    settings: settings::Transfer,
    /// Key that new UIDs and dates are derived from in de-identification.
    secret: Option<Secret>,
}

/// Transfers of one session. Dropping it stops them; those in the journal resume with the next session.
pub(super) struct Sending {
    engine: Arc<Engine>,
    may_send: bool,
    _restoring: AbortOnDropHandle<()>,
    receipt: Option<AbortOnDropHandle<()>>,
}

impl Transfers {
    /// Opens the journal in this folder, and says how that went.
    pub(super) fn start(data: PathBuf, out: EventSender) -> Self {
        let opening = tokio::spawn(open(data, out.clone()));
        Transfers {
            out,
            kept: Kept::Opening(AbortOnDropHandle::new(opening)),
            settings: settings::Transfer::default(),
            secret: None,
        }
    }

    async fn opened(&mut self) {
        if let Kept::Opening(opening) = &mut self.kept {
            match opening.await {
                Ok(found) => {
                    self.kept = found.kept;
                    self.settings = found.settings;
                    self.secret = found.secret;
                }
                Err(_) => self.kept = Kept::None,
            }
        }
    }

    /// Starts the engine for a session, and resumes the account's transfers from the journal.
    pub(super) async fn begin(&mut self, session: &Session) -> Sending {
        self.opened().await;
        let client = session.client.clone();
        let account = Account::of(client.account_key());
        let journal = match &self.kept {
            Kept::Open { journal, .. } => Some((journal.clone(), account)),
            Kept::Opening(_) | Kept::InUse | Kept::None => None,
        };
        let keeping = Keeping {
            journal: journal.clone(),
            secret: self.secret.clone(),
            // It lies beside the journal.
            sent: None,
        };
        let report = Arc::new(self.out.clone());
        let options = Options::from(&self.settings);
        let engine = Arc::new(Engine::with(client.clone(), report, &options, keeping));
        let restoring = restore(engine.clone(), client, journal, self.out.clone());
        Sending {
            engine,
            may_send: !matches!(self.kept, Kept::InUse),
            _restoring: AbortOnDropHandle::new(tokio::spawn(restoring)),
            receipt: None,
        }
    }

    /// Applies changed settings.
    pub(super) fn set(&mut self, settings: &Settings, sending: Option<&Sending>) {
        self.settings = settings.transfer;
        if let Some(sending) = sending {
            sending.engine.set_options(&Options::from(&self.settings));
        }
    }

    /// Waits until the journal is written.
    pub(super) async fn finish(self) {
        if let Kept::Open { journal, .. } = &self.kept {
            journal.written().await;
        }
    }
}

impl Sending {
    /// Does what a command says of transfers.
    pub(super) async fn dispatch(&mut self, command: TransferCommand, out: &EventSender) {
        let engine = &self.engine;
        match command {
            TransferCommand::Queue(_) if !self.may_send => out.send(Event::Failed(in_use())).await,
            TransferCommand::Queue(uploads) => {
                uploads.into_iter().for_each(|upload| engine.add(upload));
            }
            TransferCommand::Retry(job) => {
                engine.retry(job);
            }
            TransferCommand::Decide { job, if_there } => {
                engine.decide(job, if_there);
            }
            TransferCommand::Pause(jobs) => engine.pause(&jobs),
            TransferCommand::Resume(jobs) => engine.resume(&jobs),
            TransferCommand::Move { job, before } => engine.move_before(job, before),
            TransferCommand::Forget(jobs) => engine.forget(&jobs),
            TransferCommand::SaveReceipt {
                job,
                to,
                name,
                format,
            } => {
                let (engine, out) = (engine.clone(), out.clone());
                let saving = async move {
                    let saved = save_receipt(&engine, job, to, name, format).await;
                    out.send(Event::Transfer(TransferEvent::ReceiptSaved(saved)))
                        .await;
                };
                self.receipt = Some(AbortOnDropHandle::new(tokio::spawn(saving)));
            }
        }
    }

    /// Gives up a transfer; nothing happens where the job is none.
    pub(super) fn cancel(&self, job: JobId) {
        self.engine.cancel(job);
    }
}

/// What was read from the data folder.
pub(super) struct Found {
    kept: Kept,
    settings: settings::Transfer,
    secret: Option<Secret>,
}

async fn open(data: PathBuf, out: EventSender) -> Found {
    let opening = tokio::task::spawn_blocking(move || {
        // Errors in the settings are reported elsewhere.
        let settings = Settings::load(&data).unwrap_or_default().transfer;
        // If there is no key, the files that need it report so.
        let secret = keychain::deidentification_key(&data).ok().map(Secret::new);
        (Journal::open(&data, settings.keep_days), settings, secret)
    });
    let Ok((opened, settings, secret)) = opening.await else {
        return Found {
            kept: Kept::None,
            settings: settings::Transfer::default(),
            secret: None,
        };
    };
    let kept = match opened {
        Ok(Opened { journal, set_aside }) => {
            if let Some((path, why)) = set_aside {
                out.send(Event::Failed(Failure {
                    what: format!("The journal of transfers could not be used: {why}. A new one was begun."),
                    remedy: format!(
                        "Drop the studies again that were not sent yet. The old journal is kept as {}.",
                        path.display()
                    ),
                }))
                .await;
            }
            let health = tokio::spawn(tell_health(journal.clone(), out.clone()));
            Kept::Open {
                journal,
                _health: AbortOnDropHandle::new(health),
            }
        }
        Err(OpenError::InUse) => {
            let state = message::Journal::InUse(in_use());
            out.send(Event::Transfer(TransferEvent::Journal(state)))
                .await;
            Kept::InUse
        }
        Err(OpenError::Unusable(why)) => {
            out.send(Event::Transfer(TransferEvent::Journal(not_kept(&why))))
                .await;
            Kept::None
        }
    };
    Found {
        kept,
        settings,
        secret,
    }
}

fn in_use() -> Failure {
    Failure {
        what: "StudyDrop is already open on this computer, and sends from there.".to_owned(),
        remedy: "Upload in the other window, or close it and start this one again.".to_owned(),
    }
}

fn not_kept(why: &str) -> message::Journal {
    message::Journal::NotKept(Failure {
        what: format!("Transfers cannot be written down ({why}), so they end with the program."),
        remedy: "Make room on the disk, and keep StudyDrop open until everything is sent."
            .to_owned(),
    })
}

/// Tells when the journal can be written no more, and when it can again.
async fn tell_health(journal: Journal, out: EventSender) {
    let mut health = journal.health();
    loop {
        let sick = health.borrow_and_update().clone();
        let state = match sick {
            None => message::Journal::Kept,
            Some(why) => not_kept(&why),
        };
        out.send(Event::Transfer(TransferEvent::Journal(state)))
            .await;
        if health.changed().await.is_err() {
            return;
        }
    }
}

/// Resumes the account's transfers from the journal.
async fn restore(
    engine: Arc<Engine>,
    client: Client,
    journal: Option<(Journal, Account)>,
    out: EventSender,
) {
    let Some((journal, account)) = journal else {
        return;
    };
    let mut saved = match journal.load(account).await {
        Ok((saved, _of_others)) => saved,
        Err(what) => {
            let remedy = "Drop the studies again that were not sent yet.".to_owned();
            return out.send(Event::Failed(Failure { what, remedy })).await;
        }
    };
    let names = client.account();
    let recalled = tokio::task::spawn_blocking(move || {
        saved.iter_mut().for_each(|saved| saved.recall(&names));
        saved
    });
    let Ok(saved) = recalled.await else { return };
    if saved.is_empty() {
        return;
    }
    let known: Vec<_> = saved
        .iter()
        .map(|saved| (saved.upload.clone(), saved.queued))
        .collect();
    let statuses = engine.restore(saved);
    let restored = known.into_iter().zip(statuses);
    let restored = restored.map(|((upload, queued), status)| Restored {
        upload,
        status,
        queued,
    });
    out.send(Event::Transfer(TransferEvent::Restored(restored.collect())))
        .await;
}

async fn save_receipt(
    engine: &Arc<Engine>,
    job: message::JobId,
    to: Option<PathBuf>,
    name: String,
    format: ReceiptFormat,
) -> Result<Option<PathBuf>, Failure> {
    let (kind, ending) = match format {
        ReceiptFormat::Pdf => ("PDF", "pdf"),
        ReceiptFormat::Json => ("JSON", "json"),
    };
    let dialog = Dialog {
        title: "Save the receipt",
        kind,
        ending,
        what: "The receipt was not saved",
    };
    let engine = Arc::clone(engine);
    let make = move || {
        let receipt = engine.receipt(job).ok_or_else(|| Failure {
            what: "This transfer is no longer on the list.".to_owned(),
            remedy: "Save a receipt before the transfer is taken off the list.".to_owned(),
        })?;
        let made = match format {
            ReceiptFormat::Pdf => receipt.to_pdf(),
            ReceiptFormat::Json => receipt.to_json().map(String::into_bytes),
        };
        made.map_err(|error| Failure {
            what: error.to_string(),
            remedy: "Save it in the other format.".to_owned(),
        })
    };
    dialog.save(to, format!("{name}.{ending}"), make).await
}
