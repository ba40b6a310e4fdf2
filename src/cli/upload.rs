//! `studydrop upload`: scans, sends, verifies, and says what became of every file.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::folders::folder_uuid;
use super::progress::Progress;
use super::scan::{collect, print_skipped};
use super::search::{first_user, location};
use super::{Context, failure, output};
use crate::dicom::catalogue::{Catalogue, Skipped};
use crate::dicom::deidentify::Replacement;
use crate::i18n;
use crate::message::{Failure, JobId};
use crate::transfer::{
    self, Engine, Ledger, Outcome, Report, Target, TransferState, TransferStatus, Upload,
};
use crate::worker::session::Session;

#[derive(Debug, Args)]
pub struct Options {
    /// Files and folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The location's name or GUID [default: the user's first].
    #[arg(long)]
    location: Option<String>,
    /// Put the orders into this folder, such as Trauma/Week 48.
    #[arg(long)]
    folder: Option<String>,
    /// Sockets to send on.
    #[arg(long, default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u8).range(1..=32))]
    connections: u8,
    /// Replace a value in every file before it is sent, such as PatientName=Doe^John; may be given several times.
    #[arg(long = "set", value_name = "KEYWORD=VALUE", value_parser = replacement)]
    set: Vec<Replacement>,
    /// Give up when there has been no connection for this many seconds.
    #[arg(long, default_value_t = PATIENCE, value_name = "SECONDS")]
    patience: u64,
}

pub(super) fn replacement(text: &str) -> Result<Replacement, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write it as KEYWORD=VALUE, such as PatientName=Doe^John")?;
    Replacement::new(name, value).map_err(|error| error.to_string())
}

/// How to send.
pub(super) struct How {
    pub(super) connections: u8,
    /// Seconds without a connection before giving up.
    pub(super) patience: u64,
    pub(super) replace: Vec<Replacement>,
}

impl How {
    /// As without options, with these values replaced.
    pub(super) fn replacing(replace: Vec<Replacement>) -> Self {
        How {
            connections: CONNECTIONS,
            patience: PATIENCE,
            replace,
        }
    }
}

const CONNECTIONS: u8 = 4;
const PATIENCE: u64 = 120;

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    let catalogue = collect(context, &options.paths);
    for skipped in &catalogue.skipped {
        print_skipped(context, skipped);
    }
    if catalogue.patients.is_empty() {
        print_total(context, &loose_ledger(&catalogue));
        return Err(failure(
            "No DICOM files that can be sent were found.",
            "Name the folder that holds the study.",
        ));
    }
    let session = context.sign_in().await?;
    let target = target(&session, &options).await?;
    let how = How {
        connections: options.connections,
        patience: options.patience,
        replace: options.set,
    };
    let uploads = uploads(&catalogue, &target, &how);
    let ended = send(&session, &how, &uploads).await;
    session.client.close().await;
    let mut total = loose_ledger(&catalogue);
    let mut good = !catalogue
        .skipped
        .iter()
        .any(|skipped| skipped.reason.is_problem());
    for (upload, (status, outcomes)) in uploads.iter().zip(&ended) {
        print_files(context, upload, outcomes);
        total = total.plus(&status.ledger);
        good &= status.state == TransferState::Verified;
    }
    for (upload, (status, _)) in uploads.iter().zip(&ended) {
        print_ledger(context, upload, status);
    }
    print_total(context, &total);
    Ok(good)
}

/// One upload a study.
pub(super) fn uploads(catalogue: &Catalogue, target: &Target, how: &How) -> Vec<Upload> {
    let studies = catalogue
        .patients
        .iter()
        .flat_map(|patient| patient.studies.iter().map(move |study| (patient, study)));
    let upload = |(job, (patient, study))| {
        Upload::of_study(JobId(job), patient, study, &catalogue.skipped, target)
            .replacing(&how.replace)
    };
    (1..).zip(studies).map(upload).collect()
}

async fn target(session: &Session, options: &Options) -> Result<Target, Failure> {
    let account = session.client.account();
    let user = first_user(&account)?;
    let (location, _) = location(user, options.location.as_deref())?;
    let folder = match &options.folder {
        Some(path) => folder_uuid(&session.client, user.user_uuid, path).await?,
        None => None,
    };
    Ok(Target {
        user: user.user_uuid,
        user_name: user.full_name.clone(),
        location,
        folder,
    })
}

/// How a transfer ended, and what became of each of its files.
pub(super) type Ended = (Arc<TransferStatus>, Vec<Outcome>);

/// Sends and verifies; Ctrl+C cancels what is left.
pub(super) async fn send(session: &Session, how: &How, uploads: &[Upload]) -> Vec<Ended> {
    let watch = Arc::new(Watch {
        progress: Progress::bytes(uploads.iter().map(Upload::bytes).sum()),
        latest: Mutex::default(),
    });
    let engine_options = transfer::Options {
        connections: usize::from(how.connections),
        patience: Some(Duration::from_secs(how.patience)),
        ..transfer::Options::default()
    };
    let engine = Engine::new(session.client.clone(), watch.clone(), &engine_options);
    for upload in uploads {
        engine.add(upload.clone());
    }
    tokio::select! {
        () = engine.finished() => {}
        _ = tokio::signal::ctrl_c() => {
            uploads.iter().for_each(|upload| engine.cancel(upload.job));
            engine.finished().await;
        }
    }
    watch.progress.finish();
    let latest = watch.lock();
    let ended = |upload: &Upload| {
        let status = latest.get(&upload.job)?.clone();
        Some((status, engine.outcomes(upload.job)))
    };
    uploads.iter().filter_map(ended).collect()
}

/// Keeps the latest status of each transfer and moves the bar.
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

fn print_files(context: &Context, upload: &Upload, outcomes: &[Outcome]) {
    for (file, outcome) in upload.files.iter().zip(outcomes) {
        let (event, reason) = match outcome {
            Outcome::Acknowledged | Outcome::Held => ("sent", None),
            Outcome::AlreadyThere => ("already_there", None),
            Outcome::Failed(reason) => ("failed", Some(reason)),
            Outcome::Pending => ("failed", None),
        };
        match (context.json, reason) {
            (true, _) => output::object(&json!({
                "event": event,
                "path": file.path,
                "size": file.size,
                "reason": reason,
                "study_instance_uid": upload.study_instance_uid,
                "sop_instance_uid": file.sop_instance_uid,
            })),
            (false, Some(reason)) => {
                output::line(format!("failed {}: {reason}", file.path.display()))
            }
            (false, None) => {}
        }
    }
}

fn print_ledger(context: &Context, upload: &Upload, status: &TransferStatus) {
    let ledger = &status.ledger;
    if context.json {
        output::object(&json!({
            "event": "ledger",
            "study_instance_uid": upload.study_instance_uid,
            "found": ledger.found,
            "sent": ledger.sent,
            "already_there": ledger.already_there,
            "skipped": ledger.skipped,
            "failed": ledger.failed,
            "verified": status.verified,
            "state": status.state.word(),
            "order": status.order,
            "note": status.note,
        }));
        return;
    }
    output::line(format!(
        "{}  {}",
        i18n::person_name(&upload.patient_name),
        upload.title
    ));
    output::line(format!("  {}", i18n::transfer_summary(status)));
}

/// Files that belong to no study.
pub(super) fn loose_ledger(catalogue: &Catalogue) -> Ledger {
    let known = |skipped: &&Skipped| {
        let uid = skipped.study_instance_uid.as_deref();
        uid.is_none_or(|uid| catalogue.study(uid).is_none())
    };
    let loose = catalogue.skipped.iter().filter(known).count() as u64;
    Ledger {
        found: loose,
        skipped: loose,
        ..Ledger::default()
    }
}

fn print_total(context: &Context, total: &Ledger) {
    context.outcome.replace(i18n::ledger(total));
    if context.json {
        output::object(&json!({
            "event": "total",
            "found": total.found,
            "sent": total.sent,
            "already_there": total.already_there,
            "skipped": total.skipped,
            "failed": total.failed,
        }));
    } else {
        output::line(i18n::ledger(total));
    }
}
