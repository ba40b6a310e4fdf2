//! One study from its first question to its last: reading, hashing and sending overlap, and it can be held at any moment
//! and taken up again where it was.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::cleaning::file;
use super::ledger::Outcome;
use super::part_reader::{self, CHANGED, Numbers, Outlet, Part, Problem};
use super::socket_pool::{Ask, Lanes, Reply};
use super::study::Study;
use super::verify::{Asking, Flow};
use super::{Report, TransferState, UploadFile};
use crate::cloud::{Client, Error, FilePart};
use crate::dicom::deidentify::Cleaner;

/// Parts of one study that wait for a socket at most.
const READ_AHEAD: usize = 16;
/// Parts in memory at most, over all studies: 48 MiB of files, and as much again in frames that are being written.
pub(super) const MOST_PARTS: usize = 96;
/// Files up to this size are cleaned side by side; larger ones one at a time, for each is in memory whole.
const SMALL: u64 = 16 * 1024 * 1024;
/// Threads that clean files, at most.
const MOST_CLEANERS: usize = 4;
/// How often what is open is tried once more: parts of an earlier run, or of an upload that the account has forgotten,
/// are sent anew.
const MOST_ROUNDS: usize = 4;
/// How often a new upload is begun because the account does not know the old one any more.
const MOST_RENEWALS: u32 = 3;
/// How often a running transfer is looked at for news.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// What all studies share.
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) lanes: Lanes,
    pub(super) memory: Arc<Semaphore>,
    pub(super) report: Arc<dyn Report>,
    /// One at a time, so that no older status is told after a newer one.
    pub(super) telling: Mutex<()>,
}

impl Context {
    /// Tells where a study is.
    pub(super) fn tell(&self, study: &Study) {
        let _turn = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        let status = study.status(self.lanes.open(), self.lanes.is_down());
        self.report.transfer(Arc::new(status));
    }
}

/// Drives one transfer until it is over, or held. Reports on the way. A panic inside ends it as failed, and nothing else
/// with it.
pub(super) async fn supervise(
    context: &Arc<Context>,
    study: &Arc<Study>,
    cancel: &CancellationToken,
    hold: &CancellationToken,
) {
    let run = Arc::new(Run {
        context: Arc::clone(context),
        study: Arc::clone(study),
        hold: hold.clone(),
        stop: hold.child_token(),
        renewals: tokio::sync::Mutex::new(0),
        gave_up: OnceLock::new(),
    });
    context.tell(study);
    let driven = AssertUnwindSafe(Run::drive(&run)).catch_unwind();
    let mut driven = std::pin::pin!(cancel.run_until_cancelled(driven));
    let mut tick = tokio::time::interval(TICK);
    let ended = loop {
        tokio::select! {
            ended = &mut driven => break ended,
            _ = tick.tick() => if study.has_news() { context.tell(study) },
        }
    };
    match ended {
        None => study.end(true, None),
        Some(Ok(Ok(Flow::Held))) => {}
        Some(Ok(Ok(Flow::GoOn))) => study.end(false, None),
        // The network may come back when the program does: the journal keeps it as it is.
        Some(Ok(Err(error))) if may_pass(&error) => study.end_for_now(&sentence(&error)),
        Some(Ok(Err(error))) => study.end(false, Some(sentence(&error))),
        Some(Err(_panic)) => study.end(false, Some(MISTAKE.to_owned())),
    }
    context.tell(study);
}

const MISTAKE: &str = "StudyDrop made a mistake of its own and stopped this transfer. Press Retry.";

/// Whether the same may succeed another day.
fn may_pass(error: &Error) -> bool {
    !matches!(
        error,
        Error::Refused { .. } | Error::InvalidParameter { .. }
    )
}

/// What happened and what to do, in one line.
fn sentence(error: &Error) -> String {
    format!("{error} {}", error.remedy()).trim_end().to_owned()
}

/// A study that has its turn.
struct Run {
    context: Arc<Context>,
    study: Arc<Study>,
    hold: CancellationToken,
    /// Cancelled with it, and when no connection can be had any more.
    stop: CancellationToken,
    /// How many new uploads were begun in place of forgotten ones.
    renewals: tokio::sync::Mutex<u32>,
    /// Why no connection can be had any more.
    gave_up: OnceLock<Error>,
}

impl Run {
    async fn drive(self: &Arc<Self>) -> Result<Flow, Error> {
        let study = &self.study;
        study.enter(TransferState::Preparing);
        let session = match study.session() {
            Some(session) => session,
            None => match self.begin().await? {
                Some(session) => session,
                None => return Ok(Flow::Held),
            },
        };
        if !study.was_asked() {
            if self.asking(session).before().await? == Flow::Held {
                return Ok(Flow::Held);
            }
            study.asked();
        }
        for _round in 0..MOST_ROUNDS {
            if study
                .files(|outcome| *outcome == Outcome::Pending)
                .is_empty()
            {
                break;
            }
            study.enter(TransferState::Sending);
            self.send().await;
            if let Some(error) = self.gave_up.get() {
                return Err(error.clone());
            }
            if self.hold.is_cancelled() {
                return Ok(Flow::Held);
            }
        }
        let session = study.session().unwrap_or(session);
        match self.asking(session).after().await {
            // The account has forgotten the upload meanwhile, not the images.
            Err(Error::Refused { .. }) => match self.begin().await? {
                Some(session) => self.asking(session).after().await,
                None => Ok(Flow::Held),
            },
            done => done,
        }
    }

    fn asking(&self, session: Uuid) -> Asking<'_> {
        Asking {
            context: &self.context,
            study: &self.study,
            session,
            hold: &self.hold,
        }
    }

    /// Begins an upload. `None` when it was held.
    async fn begin(&self) -> Result<Option<Uuid>, Error> {
        let target = &self.study.upload.target;
        let bytes = self.study.bytes_total();
        let client = &self.context.client;
        let begin = || client.begin_upload(target.user, &target.user_name, target.location, bytes);
        let begun = self.context.lanes.patiently(&self.hold, begin).await?;
        Ok(begun.map(|upload| {
            self.study.began(upload.uuid);
            upload.uuid
        }))
    }

    /// Reads and sends every pending file. What goes wrong goes into the study's book, file by file.
    async fn send(self: &Arc<Self>) {
        let (parts, queue) = mpsc::channel(READ_AHEAD);
        let queue = Arc::new(tokio::sync::Mutex::new(queue));
        let mut senders = JoinSet::new();
        for _ in 0..self.context.lanes.most_in_flight().min(MOST_PARTS) {
            let (run, queue) = (Arc::clone(self), Arc::clone(&queue));
            senders.spawn(async move {
                loop {
                    let next = async { queue.lock().await.recv().await };
                    // What is in flight arrives; what is not is read again when the study goes on.
                    match run.stop.run_until_cancelled(next).await.flatten() {
                        Some(part) => run.send_part(part).await,
                        None => return,
                    }
                }
            });
        }
        drop(queue);
        let stop = self.stop.child_token();
        // Ends the readers too when this future is dropped.
        let _stop_when_dropped = stop.clone().drop_guard();
        let outlet = Outlet {
            parts,
            memory: Arc::clone(&self.context.memory),
            runtime: tokio::runtime::Handle::current(),
            stop,
        };
        let run = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || run.read_all(&outlet));
        while let Some(sender) = senders.join_next().await {
            if sender.is_err() {
                tracing::error!("a sender panicked");
            }
        }
        if reading.await.is_err() {
            tracing::error!("the reader panicked");
        }
    }

    /// One reader, for discs are read fastest from front to back; several where files are cleaned, which takes longer
    /// than reading them.
    fn read_all(&self, outlet: &Outlet) {
        let pending = self.study.files(|outcome| *outcome == Outcome::Pending);
        let readers = match self.study.upload.cleaning.is_none() {
            true => 1,
            false => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let queue = Mutex::new(pending.into_iter());
        let large = Mutex::new(());
        std::thread::scope(|scope| {
            for _ in 0..readers.clamp(1, MOST_CLEANERS) {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(file) = next else { return };
                        if outlet.stop.is_cancelled() {
                            return;
                        }
                        self.read_one(file, outlet, &large);
                    }
                });
            }
        });
    }

    fn read_one(&self, file: usize, outlet: &Outlet, large: &Mutex<()>) {
        let (Some(entry), Some(session)) = (self.study.file(file), self.study.session()) else {
            return;
        };
        let numbers = match self.study.partial(file) {
            Some(partial) => Numbers::resumed(&partial),
            None => Numbers::fresh(session, self.context.client.next_file_index()),
        };
        let read = match &self.study.cleaner {
            Err(why) => Err(Problem::Failed((*why).to_owned())),
            Ok(None) => part_reader::read_file(file, entry, &numbers, outlet),
            Ok(Some(cleaner)) => {
                let _alone = (entry.size > SMALL)
                    .then(|| large.lock().unwrap_or_else(PoisonError::into_inner));
                self.clean_one(file, entry, cleaner, &numbers, outlet)
            }
        };
        match read {
            Ok(()) => {}
            Err(Problem::Failed(reason)) => self.study.fail(file, reason),
            // Cleaned another time it may be other bytes: then it is sent from its beginning, in the next round.
            Err(Problem::NotTheSame) if self.study.upload.cleaning.is_some() => {
                self.study.forget_parts(file);
            }
            Err(Problem::NotTheSame) => self.study.fail(file, CHANGED.to_owned()),
        }
    }

    fn clean_one(
        &self,
        file: usize,
        entry: &UploadFile,
        cleaner: &Cleaner,
        numbers: &Numbers,
        outlet: &Outlet,
    ) -> Result<(), Problem> {
        let cleaning = self.study.upload.cleaning.as_ref();
        let agreed = cleaning.is_some_and(|cleaning| cleaning.burned_in_agreed);
        let made = file::clean(entry, cleaner, agreed)?;
        self.study.resized(file, made.size);
        made.hand_on(file, numbers, outlet)
    }

    async fn send_part(&self, part: Part) {
        if !self.study.wants(part.file) {
            return;
        }
        let target = &self.study.upload.target;
        let ask = Ask::Part(FilePart {
            session: part.upload,
            location: target.location,
            user: target.user,
            file_index: part.file_index,
            part_index: part.part_index,
            part_count: part.part_count,
            folder: target.folder,
            bytes: part.bytes.clone(),
        });
        match self.context.lanes.ask(&ask, &self.stop).await {
            Ok(Some(Reply::Part(order))) => self.study.acknowledged(&part, order),
            Ok(_) => {}
            Err(error @ Error::Refused { .. }) => self.refused(&part, &error).await,
            Err(error) if error.ends_session() || self.context.lanes.is_down() => {
                // It is not this file's fault: the files stay as they are.
                let _ = self.gave_up.set(error);
                self.stop.cancel();
            }
            Err(error) => self.study.fail(part.file, sentence(&error)),
        }
    }

    /// The account said no to a part: because of the file, or because it has forgotten what went before.
    async fn refused(&self, part: &Part, error: &Error) {
        if part.resumed {
            return self.study.forget_parts(part.file);
        }
        let mut renewals = self.renewals.lock().await;
        if self.study.session() != Some(part.upload) {
            // Somebody has begun a new upload meanwhile.
            return self.study.forget_parts(part.file);
        }
        if *renewals < MOST_RENEWALS && self.is_forgotten(part).await {
            *renewals += 1;
            match self.begin().await {
                Ok(_) => return self.study.forget_parts(part.file),
                Err(why) => tracing::warn!("no new upload could be begun: {why}"),
            }
        }
        self.study.fail(part.file, sentence(error));
    }

    /// Whether the account does not know the upload any more: it refuses a mere question in it.
    async fn is_forgotten(&self, part: &Part) -> bool {
        let asked = self.asking(part.upload).ask(part.file).await;
        matches!(asked, Err(Error::Refused { .. }))
    }
}
