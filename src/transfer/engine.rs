//! The queue: which study is sent when, and how each is held, moved and ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::journal::{Account, Journal, Note};
use super::ledger::Outcome;
use super::socket_pool::Lanes;
use super::study::Study;
use super::study_task::{Context, MOST_PARTS, TICK, supervise};
use super::{Cleaning, Report, Saved, TransferStatus, Upload};
use crate::cloud::Client;
use crate::dicom::deidentify::Secret;
use crate::message::JobId;
use crate::receipt::Receipt;
use crate::settings;

/// How often it is looked whether the computer has slept.
const WATCH: Duration = Duration::from_secs(2);
/// A step of the clock that is longer than the time between two looks by this was a sleep (or somebody set the clock,
/// which does no harm).
const SLEPT: Duration = Duration::from_secs(10);

/// How to send.
#[derive(Debug, Clone)]
pub struct Options {
    /// Sockets at most; how many are open is measured.
    pub connections: usize,
    /// Messages in flight on each.
    pub in_flight: usize,
    /// Bytes a second at most.
    pub bytes_per_second: Option<u64>,
    /// Studies sent side by side.
    pub side_by_side: usize,
    /// How long to wait for the network; `None` for ever.
    pub patience: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            connections: 32,
            in_flight: 1,
            bytes_per_second: None,
            side_by_side: 2,
            patience: None,
        }
    }
}

impl From<&settings::Transfer> for Options {
    fn from(settings: &settings::Transfer) -> Self {
        let settings = settings.bounded();
        Options {
            connections: settings.connections,
            in_flight: settings.in_flight,
            bytes_per_second: settings.bytes_per_second,
            ..Options::default()
        }
    }
}

/// What outlives an engine.
#[derive(Clone, Default)]
pub struct Keeping {
    /// The journal, and whose transfers these are.
    pub journal: Option<(Journal, Account)>,
    /// What new UIDs and dates are made with when files are de-identified.
    pub secret: Option<Secret>,
}

/// Sends studies through one sign-in. Dropping it stops everything; what is written down goes on with the next one.
pub struct Engine {
    inner: Arc<Inner>,
    _watch: AbortOnDropHandle<()>,
}

struct Inner {
    context: Arc<Context>,
    journal: Option<(Journal, Account)>,
    /// What new UIDs and dates are made with.
    secret: Option<Secret>,
    queue: Mutex<Queue>,
}

struct Queue {
    side_by_side: usize,
    /// The first come first.
    jobs: Vec<Job>,
    /// Whether their order is another than that in which they came.
    moved: bool,
}

struct Job {
    study: Arc<Study>,
    /// Whether it is in the journal, or known not to come into it.
    written: bool,
    cancel: CancellationToken,
    turn: Option<Turn>,
}

/// A task that works on a study.
struct Turn {
    hold: CancellationToken,
    _task: AbortOnDropHandle<()>,
}

impl Engine {
    /// An empty queue that is written down nowhere. Must be called inside a tokio runtime, as all methods.
    pub fn new(client: Client, report: Arc<dyn Report>, options: &Options) -> Self {
        Engine::with(client, report, options, Keeping::default())
    }

    /// An empty queue that is written into a journal, where there is one.
    pub fn with(
        client: Client,
        report: Arc<dyn Report>,
        options: &Options,
        keeping: Keeping,
    ) -> Self {
        let context = Arc::new(Context {
            lanes: Lanes::new(client.clone(), options),
            client,
            memory: Arc::new(Semaphore::new(MOST_PARTS)),
            report,
            telling: Mutex::default(),
        });
        let inner = Arc::new(Inner {
            context,
            journal: keeping.journal,
            secret: keeping.secret,
            queue: Mutex::new(Queue {
                side_by_side: options.side_by_side.max(1),
                jobs: Vec::new(),
                moved: false,
            }),
        });
        let watch = tokio::spawn(watch_for_sleep(Arc::downgrade(&inner)));
        Engine {
            inner,
            _watch: AbortOnDropHandle::new(watch),
        }
    }

    /// Puts a study at the end of the queue. It is begun when it is written down.
    pub fn add(&self, upload: Upload) {
        let secret = self.inner.secret.as_ref();
        let study = Arc::new(Study::new(upload, secret));
        let row = self.inner.journal.as_ref().map(|(journal, account)| {
            let row = journal.queue(*account, study.upload.clone(), secret.map(Cleaning::mark));
            (journal.clone(), row)
        });
        self.inner
            .lock()
            .put(Job::new(study.clone(), row.is_none()));
        self.inner.context.tell(&study);
        match row {
            None => self.inner.schedule(),
            Some((journal, row)) => {
                tokio::spawn(written(Arc::downgrade(&self.inner), study, journal, row));
            }
        }
    }

    /// Takes up what an earlier run left, before what was queued since. Gives where each is now.
    pub fn restore(&self, saved: Vec<Saved>) -> Vec<Arc<TransferStatus>> {
        let Some((journal, _)) = &self.inner.journal else {
            return Vec::new();
        };
        let restored = saved.into_iter().map(|saved| {
            let study = Arc::new(Study::restored(saved, journal, self.inner.secret.as_ref()));
            Job::new(study, true)
        });
        let jobs: Vec<Job> = restored.collect();
        let statuses = jobs.iter().map(|job| Arc::new(job.study.status(0, false)));
        let statuses = statuses.collect();
        self.inner.lock().jobs.splice(..0, jobs);
        self.inner.schedule();
        statuses
    }

    /// Sends again what failed in a transfer that has ended. Says whether there was anything.
    pub fn retry(&self, job: JobId) -> bool {
        let reopened = {
            let mut queue = self.inner.lock();
            let Some(job) = queue.find(job).filter(|job| job.turn.is_none()) else {
                return false;
            };
            job.cancel = CancellationToken::new();
            job.study.reopen().then(|| job.study.clone())
        };
        let Some(study) = reopened else {
            return false;
        };
        self.inner.context.tell(&study);
        self.inner.schedule();
        true
    }

    /// Stops a transfer. Its ledger closes: what was not sent counts as failed.
    pub fn cancel(&self, job: JobId) {
        let waiting = {
            let mut queue = self.inner.lock();
            let Some(job) = queue.find(job).filter(|job| !job.study.is_over()) else {
                return;
            };
            job.cancel.cancel();
            job.turn.is_none().then(|| job.study.clone())
        };
        if let Some(study) = waiting {
            study.end(true, None);
            self.inner.context.tell(&study);
        }
        self.inner.schedule();
    }

    /// Holds these transfers; what is in flight arrives.
    pub fn pause(&self, jobs: &[JobId]) {
        self.hold(jobs, true);
    }

    /// Lets these transfers go on.
    pub fn resume(&self, jobs: &[JobId]) {
        self.hold(jobs, false);
    }

    fn hold(&self, jobs: &[JobId], paused: bool) {
        let studies: Vec<Arc<Study>> = {
            let queue = self.inner.lock();
            let mine = queue.jobs.iter().filter(|job| jobs.contains(&job.id()));
            mine.map(|job| job.study.clone()).collect()
        };
        for study in studies.iter().filter(|study| study.pause(paused)) {
            self.inner.context.tell(study);
        }
        self.inner.schedule();
    }

    /// Gives a transfer the place before another one, or the last (`None`).
    pub fn move_before(&self, job: JobId, before: Option<JobId>) {
        let mut queue = self.inner.lock();
        let Some(at) = queue.jobs.iter().position(|other| other.id() == job) else {
            return;
        };
        let moved = queue.jobs.remove(at);
        let place = before.and_then(|before| queue.jobs.iter().position(|o| o.id() == before));
        let place = place.unwrap_or(queue.jobs.len());
        queue.jobs.insert(place, moved);
        queue.moved = true;
        self.inner.note_places(&queue);
        drop(queue);
        self.inner.schedule();
    }

    /// Takes finished transfers off the queue, and out of the journal.
    pub fn forget(&self, jobs: &[JobId]) {
        self.inner.lock().jobs.retain(|job| {
            let goes = jobs.contains(&job.id()) && job.study.is_over();
            if goes {
                job.study.forget();
            }
            !goes
        });
    }

    /// Takes other limits; they hold at once.
    pub fn set_options(&self, options: &Options) {
        self.inner.context.lanes.set(options);
        self.inner.lock().side_by_side = options.side_by_side.max(1);
        self.inner.schedule();
    }

    /// What became of each file of a transfer, in the order of its files. Empty for a transfer that is not known.
    pub fn outcomes(&self, job: JobId) -> Vec<Outcome> {
        let mut queue = self.inner.lock();
        let job = queue.find(job);
        job.map(|job| job.study.outcomes()).unwrap_or_default()
    }

    /// The receipt of a transfer as it stands; `None` for one that is not known.
    pub fn receipt(&self, job: JobId) -> Option<Receipt> {
        let study = self.inner.lock().find(job)?.study.clone();
        Some(study.receipt(&self.inner.context.client.account()))
    }

    /// Waits until nothing is left to do: everything is over, or held by the user.
    pub async fn finished(&self) {
        loop {
            let busy =
                self.inner.lock().jobs.iter().any(|job| {
                    job.turn.is_some() || !(job.study.is_over() || job.study.is_paused())
                });
            if !busy {
                return;
            }
            tokio::time::sleep(TICK).await;
        }
    }
}

impl Job {
    fn new(study: Arc<Study>, written: bool) -> Self {
        Job {
            study,
            written,
            cancel: CancellationToken::new(),
            turn: None,
        }
    }

    fn id(&self) -> JobId {
        self.study.upload.job
    }
}

impl Queue {
    fn find(&mut self, job: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|other| other.id() == job)
    }

    /// At the end. One of the same number that is over makes room.
    fn put(&mut self, job: Job) {
        let same = |other: &Job| other.id() == job.id() && other.turn.is_none();
        self.jobs.retain(|other| !same(other));
        self.jobs.push(job);
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the order of the queue down. A study that is not written down yet has it written when it is.
    fn note_places(&self, queue: &Queue) {
        if let Some((journal, _)) = &self.journal
            && queue.moved
        {
            let rows = queue.jobs.iter().filter_map(|job| job.study.row());
            journal.note(Note::Places(rows.collect()));
        }
    }

    /// Gives the first studies that can work their turn, and takes it from the others. Called after every change.
    fn schedule(self: &Arc<Self>) {
        let mut turned = Vec::new();
        {
            let mut queue = self.lock();
            let mut turns = queue.side_by_side;
            let mut at_work: Vec<Arc<Study>> = Vec::new();
            for job in &mut queue.jobs {
                if job.study.is_over() || !job.written {
                    continue;
                }
                // The same study a second time waits, and finds everything there.
                let same = at_work.iter().any(|other| other.is_same(&job.study));
                let works = turns > 0 && !same && !job.study.is_paused();
                if works {
                    turns -= 1;
                    at_work.push(job.study.clone());
                }
                match (&job.turn, works) {
                    (None, true) => {
                        job.study.turn(true);
                        job.turn = Some(self.begin(job));
                    }
                    (Some(turn), false) if !turn.hold.is_cancelled() => {
                        turn.hold.cancel();
                        job.study.turn(false);
                        turned.push(job.study.clone());
                    }
                    _ => {}
                }
            }
        }
        for study in turned {
            self.context.tell(&study);
        }
    }

    fn begin(self: &Arc<Self>, job: &Job) -> Turn {
        let hold = CancellationToken::new();
        let task = {
            let (context, study) = (self.context.clone(), job.study.clone());
            let (cancel, hold) = (job.cancel.clone(), hold.clone());
            let inner = Arc::downgrade(self);
            async move {
                supervise(&context, &study, &cancel, &hold).await;
                if let Some(inner) = inner.upgrade() {
                    inner.ended(study.upload.job);
                }
            }
        };
        Turn {
            hold,
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
        }
    }

    /// A turn is over, because the study is, or because it was held.
    fn ended(self: &Arc<Self>, job: JobId) {
        let idle = {
            let mut queue = self.lock();
            // It cannot be dropped here: dropping it aborts the task that runs this.
            if let Some(job) = queue.find(job) {
                if let Some(turn) = job.turn.take() {
                    drop(turn._task.detach());
                }
                // Cancelled while it was being held.
                if job.cancel.is_cancelled() && !job.study.is_over() {
                    job.study.end(true, None);
                    self.context.tell(&job.study);
                }
            }
            queue.jobs.iter().all(|job| job.turn.is_none())
        };
        self.schedule();
        if idle && self.lock().jobs.iter().all(|job| job.turn.is_none()) {
            self.context.lanes.close_idle();
        }
    }
}

/// Waits until a study is written down, and lets it begin then; also where it cannot be written down.
async fn written(
    inner: Weak<Inner>,
    study: Arc<Study>,
    journal: Journal,
    row: oneshot::Receiver<Option<i64>>,
) {
    if let Ok(Some(row)) = row.await {
        study.enter_in(&journal, row);
    }
    if let Some(inner) = inner.upgrade() {
        {
            let mut queue = inner.lock();
            match queue.find(study.upload.job) {
                Some(job) => job.written = true,
                // It was taken off the list before it was written down.
                None => study.forget(),
            }
            inner.note_places(&queue);
        }
        inner.schedule();
    }
}

/// After a sleep sockets look open and are dead: they are given up before anybody waits for them.
async fn watch_for_sleep(inner: Weak<Inner>) {
    let (mut wall, mut steady) = (SystemTime::now(), Instant::now());
    loop {
        tokio::time::sleep(WATCH).await;
        let (wall_now, steady_now) = (SystemTime::now(), Instant::now());
        let by_wall = wall_now.duration_since(wall).unwrap_or_default();
        let by_steady = steady_now.saturating_duration_since(steady);
        if has_slept(by_wall, by_steady) {
            tracing::info!("the computer has slept; all upload sockets are opened anew");
            match inner.upgrade() {
                Some(inner) => inner.context.lanes.give_up_all(),
                None => return,
            }
        }
        (wall, steady) = (wall_now, steady_now);
    }
}

/// Whether the time between two looks by the wall's clock and by the steady one was a sleep. Some systems' steady clock
/// stands still in sleep, others' does not. A wall clock that was set back says nothing.
fn has_slept(by_wall: Duration, by_steady: Duration) -> bool {
    by_wall.max(by_steady) > WATCH + SLEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_told_by_either_clock_and_a_clock_that_jumps_back_is_none() {
        let hour = Duration::from_secs(3600);
        assert!(has_slept(hour, WATCH));
        assert!(has_slept(hour, hour));
        assert!(!has_slept(Duration::ZERO, WATCH));
        assert!(!has_slept(WATCH * 2, WATCH * 2));
    }
}
