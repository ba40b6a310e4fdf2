//! Renders pictures on threads of their own: the displayed one first, then thumbnails, then prefetched ones.

mod cache;
mod make;
mod queue;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::event_sender::EventSender;
use crate::dicom::media::Stamp;
use crate::message::{Event, Failure, PictureAsk, PictureNews, Wishes};
use cache::Cache;
use queue::{Queue, THREADS};

/// Memory limit for decoded frames, in bytes.
const MOST_DECODED: usize = 512 * 1024 * 1024;
/// Poll interval for detecting that the displayed file has changed.
const WATCH: Duration = Duration::from_secs(2);

/// The rendering threads. They end after their current picture when this is dropped.
pub(super) struct Pictures(Arc<Inner>);

struct Inner {
    queue: Mutex<Queue>,
    news: Condvar,
    cache: Mutex<Cache>,
    watch: Duration,
    out: EventSender,
}

impl Pictures {
    pub(super) fn new(out: EventSender) -> Self {
        Pictures::within(MOST_DECODED, WATCH, out)
    }

    fn within(most: usize, watch: Duration, out: EventSender) -> Self {
        let inner = Arc::new(Inner {
            queue: Mutex::default(),
            news: Condvar::new(),
            cache: Mutex::new(Cache::new(most)),
            watch,
            out,
        });
        for _ in 0..THREADS {
            let inner = inner.clone();
            let thread = thread::Builder::new().name("pictures".to_owned());
            if let Err(error) = thread.spawn({
                let inner = inner.clone();
                move || inner.work()
            }) {
                inner.out.send_blocking(Event::Failed(Failure {
                    what: format!("Pictures cannot be shown ({error})."),
                    remedy: "Close other programs and start StudyDrop again.".to_owned(),
                }));
            }
        }
        Pictures(inner)
    }

    /// Replaces the list of wanted pictures.
    pub(super) fn want(&self, wishes: Wishes) {
        self.0.queue().replace(wishes);
        self.0.news.notify_all();
    }
}

impl Drop for Pictures {
    fn drop(&mut self) {
        self.0.queue().close();
        self.0.news.notify_all();
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Main loop of a thread.
    fn work(&self) {
        while let Some(ask) = self.next() {
            let made = catch_unwind(AssertUnwindSafe(|| make::make(&ask, &self.cache)));
            let (stamp, result) = made.unwrap_or_else(|_panic| {
                let why = "This image cannot be shown here. It is uploaded all the same.";
                (Stamp::default(), Err(why.to_owned()))
            });
            let is_wanted = self.queue().done(&ask);
            // A request for the same frame with other settings may have been waiting.
            self.news.notify_all();
            if is_wanted {
                let result = result.map(Arc::new);
                let news = PictureNews { ask, stamp, result };
                self.out.send_blocking(Event::Picture(Box::new(news)));
            }
        }
    }

    /// Waits for the next picture to render; `None` at shutdown.
    fn next(&self) -> Option<PictureAsk> {
        let mut queue = self.queue();
        loop {
            if queue.is_closed() {
                return None;
            }
            if let Some(ask) = queue.take() {
                return Some(ask);
            }
            let Some(watched) = queue.watched() else {
                queue = self
                    .news
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let waited = self.news.wait_timeout(queue, self.watch);
            let (held, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            queue = held;
            if waited.timed_out() {
                // Unlocked, so that nobody waits for a slow disk.
                drop(queue);
                let now = make::stamp(&watched.ask.path).unwrap_or_default();
                queue = self.queue();
                queue.seen(&watched, now);
            }
        }
    }
}
