//! The queue: which study is sent when, by whom its parts travel, and how each ends.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::lanes::{Ask, Lanes, Reply};
use super::ledger::Outcome;
use super::reader::{self, Part};
use super::study::Study;
use super::{Report, TransferState, Upload, verify};
use crate::cloud::{Client, Error, FilePart};
use crate::message::JobId;

/// Parts read ahead of the sockets, over all files of a study: at most this many times 512 KiB of memory.
const READ_AHEAD: usize = 16;
/// How often a running transfer is looked at for news.
const TICK: Duration = Duration::from_millis(50);

/// How to send.
#[derive(Debug, Clone)]
pub struct Options {
    /// Sockets at most.
    pub connections: usize,
    /// Studies sent side by side.
    pub side_by_side: usize,
    /// How long to wait for the network; `None` for ever.
    pub patience: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            connections: 4,
            side_by_side: 2,
            patience: None,
        }
    }
}

/// Sends studies through one sign-in. Dropping it stops everything.
pub struct Engine {
    context: Arc<Context>,
    jobs: Mutex<HashMap<JobId, Job>>,
}

struct Context {
    client: Client,
    lanes: Lanes,
    turns: Semaphore,
    report: Arc<dyn Report>,
}

struct Job {
    study: Arc<Study>,
    cancel: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Engine {
    /// An empty queue. Must be called inside a tokio runtime, as all methods.
    pub fn new(client: Client, report: Arc<dyn Report>, options: &Options) -> Self {
        let lanes = Lanes::new(client.clone(), options.connections.max(1), options.patience);
        let turns = Semaphore::new(options.side_by_side.max(1));
        let context = Arc::new(Context {
            client,
            lanes,
            turns,
            report,
        });
        Engine {
            context,
            jobs: Mutex::default(),
        }
    }

    /// Puts a study at the end of the queue.
    pub fn add(&self, upload: Upload) {
        let mut jobs = self.lock();
        // What ended well cannot be retried: nobody asks for it again.
        jobs.retain(|_, job| !job.study.is_over() || !job.study.files(is_failed).is_empty());
        let study = Arc::new(Study::new(upload));
        jobs.insert(study.upload.job, self.start(study));
    }

    /// Sends again what failed in a transfer that has ended. Says whether there was anything.
    pub fn retry(&self, job: JobId) -> bool {
        let mut jobs = self.lock();
        let Some(study) = jobs.get(&job).map(|job| job.study.clone()) else {
            return false;
        };
        if !study.reopen() {
            return false;
        }
        jobs.insert(job, self.start(study));
        true
    }

    /// Stops a transfer. Its ledger closes: what was not sent counts as failed.
    pub fn cancel(&self, job: JobId) {
        if let Some(job) = self.lock().get(&job) {
            job.cancel.cancel();
        }
    }

    /// What became of each file of a transfer, in the order of its files. Empty for a transfer that is not known.
    pub fn outcomes(&self, job: JobId) -> Vec<Outcome> {
        self.lock()
            .get(&job)
            .map(|job| job.study.outcomes())
            .unwrap_or_default()
    }

    /// Waits until nothing is left in the queue.
    pub async fn finished(&self) {
        loop {
            let running = self.lock().values().any(|job| !job.task.is_finished());
            if !running {
                return;
            }
            tokio::time::sleep(TICK).await;
        }
    }

    fn start(&self, study: Arc<Study>) -> Job {
        let cancel = CancellationToken::new();
        let task = supervise(self.context.clone(), study.clone(), cancel.clone());
        Job {
            study,
            cancel,
            task: AbortOnDropHandle::new(tokio::spawn(task)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_failed(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(_))
}

/// Drives one transfer to its end and reports on the way. A panic inside ends it as failed, and nothing else with it.
async fn supervise(context: Arc<Context>, study: Arc<Study>, cancel: CancellationToken) {
    let tell = || {
        let status = study.status(context.lanes.open(), context.lanes.is_down());
        context.report.transfer(Arc::new(status));
    };
    tell();
    let driven = AssertUnwindSafe(drive(&context, &study, &cancel)).catch_unwind();
    let mut driven = std::pin::pin!(cancel.run_until_cancelled(driven));
    let mut tick = tokio::time::interval(TICK);
    let ended = loop {
        tokio::select! {
            ended = &mut driven => break ended,
            _ = tick.tick() => if study.has_news() { tell() },
        }
    };
    match ended {
        None => study.end(true, None),
        Some(Ok(Ok(()))) => study.end(false, None),
        Some(Ok(Err(error))) => study.end(false, Some(sentence(&error))),
        Some(Err(_panic)) => study.end(false, Some(MISTAKE.to_owned())),
    }
    if context.turns.available_permits() > 0 {
        context.lanes.close_idle();
    }
    tell();
}

const MISTAKE: &str = "StudyDrop made a mistake of its own and stopped this transfer. Press Retry.";

/// What happened and what to do, in one line.
fn sentence(error: &Error) -> String {
    format!("{error} {}", error.remedy()).trim_end().to_owned()
}

async fn drive(
    context: &Arc<Context>,
    study: &Arc<Study>,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    // The semaphore is never closed.
    let _turn = context.turns.acquire().await.ok();
    study.enter(TransferState::Preparing);
    let target = &study.upload.target;
    let bytes = study.bytes_total();
    let upload = context
        .client
        .begin_upload(target.user, &target.user_name, target.location, bytes)
        .await?;
    verify::before(study, &context.lanes, upload.uuid).await?;
    study.enter(TransferState::Sending);
    send(context, study, upload.uuid, cancel).await;
    verify::after(study, &context.lanes, upload.uuid).await
}

/// Reads and sends every pending file. What goes wrong goes into the study's book, file by file.
async fn send(
    context: &Arc<Context>,
    study: &Arc<Study>,
    session: Uuid,
    cancel: &CancellationToken,
) {
    let (parts, queue) = mpsc::channel(READ_AHEAD);
    let queue = Arc::new(tokio::sync::Mutex::new(queue));
    let mut senders = JoinSet::new();
    for _ in 0..context.lanes.limit() {
        let (context, study, queue) = (context.clone(), study.clone(), queue.clone());
        senders.spawn(async move {
            loop {
                let part = queue.lock().await.recv().await;
                let Some(part) = part else { return };
                send_part(&context, &study, session, part).await;
            }
        });
    }
    let stop = cancel.child_token();
    // Ends the reader too when this future is dropped.
    let _stop_when_dropped = stop.clone().drop_guard();
    let reading = tokio::task::spawn_blocking({
        let (context, study) = (context.clone(), study.clone());
        move || read_all(&context, &study, &parts, &stop)
    });
    while let Some(sender) = senders.join_next().await {
        if sender.is_err() {
            tracing::error!("a sender panicked");
        }
    }
    if reading.await.is_err() {
        tracing::error!("the reader panicked");
    }
}

fn read_all(
    context: &Context,
    study: &Study,
    parts: &mpsc::Sender<Part>,
    stop: &CancellationToken,
) {
    for file in study.files(|outcome| *outcome == Outcome::Pending) {
        let Some(entry) = study.file(file) else {
            continue;
        };
        if stop.is_cancelled() {
            return;
        }
        let index = context.client.next_file_index();
        let replace = &study.upload.replace;
        let read = if replace.is_empty() {
            reader::read_file(file, entry, index, parts, stop)
        } else {
            // One file of a study is in memory at a time, read, replaced and checked before its first part goes.
            reader::replaced(entry, replace).and_then(|bytes| {
                study.resized(file, bytes.len() as u64);
                reader::hand_on(file, &bytes, index, parts, stop)
            })
        };
        if let Err(reason) = read {
            study.fail(file, reason);
        }
    }
}

async fn send_part(context: &Context, study: &Study, session: Uuid, part: Part) {
    if !study.wants(part.file) {
        return;
    }
    let target = &study.upload.target;
    let ask = Ask::Part(FilePart {
        session,
        location: target.location,
        user: target.user,
        file_index: part.file_index,
        part_index: part.part_index,
        part_count: part.part_count,
        folder: target.folder,
        bytes: part.bytes.clone(),
    });
    match context.lanes.ask(&ask).await {
        Ok(Reply::Part(order)) => study.acknowledged(&part, order),
        Ok(Reply::Check(_)) => {}
        Err(error) => study.fail(part.file, sentence(&error)),
    }
}
