//! `studydrop upload`: scans, sends, verifies, and reports the result of every file.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::deidentify::profile_named;
use super::folders::folder_uuid;
use super::scan::{collect, print_conflicts, print_disc, print_skipped};
use super::search::{first_user, location};
use super::sending::{Ended, How, Work, keep_receipts, send};
use super::{Context, failure, output, say, several};
use crate::dicom::catalogue::{Catalogue, Skipped};
use crate::dicom::deidentify::pseudonyms::Pseudonyms;
use crate::dicom::deidentify::{Identities, Replacement};
use crate::message::{Failure, JobId};
use crate::transfer::{
    self, Cleaning, IfThere, Ledger, Outcome, Target, TransferState, TransferStatus, Upload,
};
use crate::words;
use crate::worker::session::Session;

#[derive(Debug, Args)]
pub struct Options {
    /// Files and folders.
    #[arg(required_unless_present = "resume")]
    paths: Vec<PathBuf>,
    /// Go on with what an earlier run, or the window, has not finished; no files are named.
    #[arg(long, conflicts_with_all = ["paths", "location", "folder", "set", "deidentify"])]
    resume: bool,
    /// The location's name or GUID [default: the user's first].
    #[arg(long)]
    location: Option<String>,
    /// Put the orders into this folder, such as Trauma/Week 48.
    #[arg(long)]
    folder: Option<String>,
    /// Sockets to send on, at most; how many are open is measured.
    #[arg(long, default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u8).range(1..=64))]
    connections: u8,
    /// Messages in flight on each socket.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    in_flight: u8,
    /// Send at most so many megabytes a second, such as 2.5.
    #[arg(long, value_name = "MB/S", value_parser = bytes_per_second)]
    limit: Option<u64>,
    /// Write a receipt of each study, as PDF and as JSON, into this folder.
    #[arg(long, value_name = "FOLDER")]
    receipts: Option<PathBuf>,
    /// Replace a value in every file before it is sent, such as PatientName=Doe^John; may be given several times.
    #[arg(long = "set", value_name = "KEYWORD=VALUE", value_parser = replacement)]
    set: Vec<Replacement>,
    /// The files are of one patient, whatever they say: --set may give all of them one name or ID.
    #[arg(long)]
    one_patient: bool,
    /// Clean every file by this profile before it is sent (see `studydrop profiles`), or by one in a TOML file.
    #[arg(long, value_name = "PROFILE")]
    deidentify: Option<String>,
    /// A CSV table with the columns original ID, new ID and new name. A patient that is not in it is not sent.
    #[arg(long, value_name = "FILE", requires = "deidentify")]
    pseudonyms: Option<PathBuf>,
    /// Give patients that are not in the table a new pseudonym, and write it down there.
    #[arg(long, requires = "pseudonyms")]
    new_pseudonyms: bool,
    /// Send pictures too that may show whose they are: ultrasound, screenshots, documents, videos and the like.
    #[arg(long, requires = "deidentify")]
    yes_burned_in: bool,
    /// What to do with images that the account holds under the same number with content that is not known to be the same
    /// [default: do not send them, and exit with 1].
    #[arg(long, value_name = "WHAT")]
    if_there: Option<IfThereOption>,
    /// Send studies too whose files name two patients: the account files all of a study under one of them.
    #[arg(long)]
    yes_two_patients: bool,
    /// Give up when there has been no connection for this many seconds.
    #[arg(long, default_value_t = PATIENCE, value_name = "SECONDS")]
    patience: u64,
}

/// See [`IfThere`].
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum IfThereOption {
    /// Leave them as the account has them; that is said, and they do not count as sent.
    Leave,
    /// Send them in place of the account's.
    Replace,
    /// Send nothing of such a study.
    Cancel,
}

impl From<IfThereOption> for IfThere {
    fn from(option: IfThereOption) -> Self {
        match option {
            IfThereOption::Leave => IfThere::Leave,
            IfThereOption::Replace => IfThere::Replace,
            IfThereOption::Cancel => IfThere::Cancel,
        }
    }
}

pub(super) fn replacement(text: &str) -> Result<Replacement, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write it as KEYWORD=VALUE, such as PatientName=Doe^John")?;
    Replacement::new(name, value).map_err(|error| error.to_string())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be positive and below 1 TB"
)]
fn bytes_per_second(text: &str) -> Result<u64, String> {
    match text.trim().parse::<f64>() {
        Ok(megabytes) if (0.001..1e6).contains(&megabytes) => Ok((megabytes * 1e6) as u64),
        _ => Err("write it as megabytes a second, such as 2.5".to_owned()),
    }
}

const CONNECTIONS: u8 = 32;
const PATIENCE: u64 = 120;

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    if options.resume {
        return resume(context, &options).await;
    }
    let mut catalogue = collect(context, &options.paths);
    for skipped in &catalogue.skipped {
        print_skipped(context, skipped);
    }
    for disc in &catalogue.discs {
        print_disc(context, disc);
    }
    let conflicts = print_conflicts(context, &catalogue);
    let mixed = conflicts && !options.yes_two_patients;
    let mut held_back = Ledger::default();
    if mixed {
        say(
            "Studies whose files name two patients are not sent. Look which files are whose; --yes-two-patients sends them as they are.",
        );
        held_back = leave_out_conflicts(context, &mut catalogue);
    }
    if catalogue.patients.is_empty() {
        print_total(
            context,
            &with_held_back(loose_ledger(&catalogue), held_back),
        );
        return Err(failure(
            "No DICOM files that can be sent were found.",
            "Name the folder that holds the study.",
        ));
    }
    merges(&options, &catalogue)?;
    let session = context.sign_in().await?;
    let target = target(&session, &options).await?;
    let mut uploads = cleaned(&options, uploads(&catalogue, &target, &options.set))?;
    for upload in &mut uploads {
        upload.if_there = options.if_there.map(IfThere::from).unwrap_or_default();
    }
    let loose = with_held_back(loose_ledger(&catalogue), held_back);
    let good = !catalogue
        .skipped
        .iter()
        .any(|skipped| skipped.reason.is_problem());
    // Frees memory: the details of the images are not needed for sending.
    drop(catalogue);
    let ended = send(&session, &options.how(), Work::Fresh(uploads)).await?;
    session.client.close().await;
    let sent = print_ended(context, &ended, loose);
    keep_receipts(options.receipts, &ended)?;
    Ok(good & sent & !mixed)
}

/// Refuses new values that would make one patient of several.
fn merges(options: &Options, catalogue: &Catalogue) -> Result<(), Failure> {
    if options.one_patient || options.pseudonyms.is_some() {
        return Ok(());
    }
    let remedy = "Name the files of one patient, give each a pseudonym with --pseudonyms, or say --one-patient.";
    match &options.deidentify {
        Some(name) => {
            let profile = profile_named(name, &options.set)?;
            several::refuse(catalogue, &profile.replace, remedy)
        }
        None => several::refuse(catalogue, &options.set, remedy),
    }
}

/// Sends the unfinished transfers of the journal.
async fn resume(context: &Context, options: &Options) -> Result<bool, Failure> {
    let session = context.sign_in().await?;
    let ended = send(&session, &options.how(), Work::Left).await?;
    session.client.close().await;
    let good = print_ended(context, &ended, Ledger::default());
    keep_receipts(options.receipts.clone(), &ended)?;
    Ok(good)
}

impl Options {
    fn how(&self) -> How {
        How {
            options: transfer::Options {
                connections: usize::from(self.connections),
                in_flight: usize::from(self.in_flight),
                bytes_per_second: self.limit,
                patience: Some(Duration::from_secs(self.patience)),
                ..transfer::Options::default()
            },
        }
    }
}

/// Prints all results. Returns whether everything was verified.
fn print_ended(context: &Context, ended: &[Ended], loose: Ledger) -> bool {
    let mut total = loose;
    for ended in ended {
        print_files(context, &ended.upload, &ended.outcomes);
        total = total.plus(&ended.status.ledger);
    }
    for ended in ended {
        print_ledger(context, &ended.upload, &ended.status);
    }
    print_total(context, &total);
    ended.iter().all(is_good)
}

/// Whether everything that was to be sent is verified, and everything else is as the person said.
fn is_good(ended: &Ended) -> bool {
    let is_left = |outcome: &Outcome| matches!(outcome, Outcome::Left(_));
    let skipped = || ended.upload.skipped.iter();
    match ended.status.state {
        TransferState::Verified => true,
        TransferState::NeedsAttention => {
            ended.status.ledger.failed == 0
                && ended.outcomes.iter().any(is_left)
                && ended.upload.open_ends.is_empty()
                && !skipped().any(|skipped| skipped.reason.is_problem())
        }
        TransferState::Waiting
        | TransferState::Preparing
        | TransferState::Sending
        | TransferState::Reconnecting
        | TransferState::Verifying
        | TransferState::Paused
        | TransferState::Cancelled => false,
    }
}

/// Takes the studies off that name two patients; their images count as failed, what was skipped of them as skipped.
fn leave_out_conflicts(context: &Context, catalogue: &mut Catalogue) -> Ledger {
    let studies: BTreeSet<String> = catalogue
        .conflicts
        .iter()
        .map(|conflict| conflict.study_instance_uid.clone())
        .collect();
    let mut failed = 0;
    for uid in &studies {
        let series = catalogue.study(uid).map(|study| study.series.as_slice());
        let images = series
            .unwrap_or_default()
            .iter()
            .flat_map(|one| &one.images);
        for image in images {
            failed += 1;
            if context.json {
                let event = json!({
                    "event": "failed",
                    "reason": "Its study names two patients, and nobody said that it is to be sent.",
                    "sop_instance_uid": image.sop_instance_uid,
                    "study_instance_uid": uid,
                });
                output::object(&output::with_path(event, &image.path));
            }
        }
    }
    let before = catalogue.skipped.len();
    studies.iter().for_each(|uid| catalogue.remove_study(uid));
    let skipped = before.saturating_sub(catalogue.skipped.len()) as u64;
    Ledger {
        found: failed + skipped,
        failed,
        skipped,
        ..Ledger::default()
    }
}

/// The ledger of what belongs to no transfer, with that of the studies that were held back.
fn with_held_back(ledger: Ledger, held_back: Ledger) -> Ledger {
    Ledger {
        found: ledger.found + held_back.found,
        failed: ledger.failed + held_back.failed,
        skipped: ledger.skipped + held_back.skipped,
        ..ledger
    }
}

/// Adds the de-identification that the options ask for.
fn cleaned(options: &Options, mut uploads: Vec<Upload>) -> Result<Vec<Upload>, Failure> {
    let Some(profile) = &options.deidentify else {
        return Ok(uploads);
    };
    let profile = profile_named(profile, &options.set)?;
    let table = options.pseudonyms.as_ref().map(|path| {
        let table = Pseudonyms::open(path, options.new_pseudonyms);
        table.map_err(|error| failure(error, ""))
    });
    let table = table.transpose()?;
    for upload in &mut uploads {
        let identity = table.as_ref().map(|table| {
            let new = table.identity(&upload.patient_id, &upload.patient_name);
            new.map_err(|error| failure(error, "Nothing was sent. Add the patient to the table."))
        });
        upload.cleaning = Some(Arc::new(Cleaning {
            profile: profile.clone(),
            identity: identity.transpose()?.flatten(),
            burned_in_agreed: options.yes_burned_in,
        }));
    }
    Ok(uploads)
}

/// One upload for each study.
pub(super) fn uploads(
    catalogue: &Catalogue,
    target: &Target,
    replace: &[Replacement],
) -> Vec<Upload> {
    let studies = catalogue
        .patients
        .iter()
        .flat_map(|patient| patient.studies.iter().map(move |study| (patient, study)));
    let upload = |(job, (patient, study))| {
        Upload::of_study(JobId(job), patient, study, &catalogue.skipped, target).replacing(replace)
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

fn print_files(context: &Context, upload: &Upload, outcomes: &[Outcome]) {
    for (file, outcome) in upload.files.iter().zip(outcomes) {
        let (event, reason) = match outcome {
            Outcome::Acknowledged | Outcome::Held => ("sent", None),
            Outcome::AlreadyThere => ("already_there", None),
            Outcome::Failed(reason) => ("failed", Some(reason)),
            Outcome::Left(reason) => ("left", Some(reason)),
            Outcome::Pending => ("failed", None),
        };
        match (context.json, reason) {
            (true, _) => {
                let object = json!({
                    "event": event,
                    "size": file.size,
                    "reason": reason,
                    "study_instance_uid": upload.study_instance_uid,
                    "sop_instance_uid": file.sop_instance_uid,
                });
                output::object(&output::with_path(object, &file.path));
            }
            (false, Some(reason)) => {
                output::line(format!("{event} {}: {reason}", file.path.display()))
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
        words::person_name(&upload.patient_name),
        upload.title
    ));
    output::line(format!("  {}", words::transfer_summary(status)));
}

/// Totals of skipped files that belong to no study.
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
    context.outcome.replace(words::ledger(total));
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
        output::line(words::ledger(total));
    }
}
