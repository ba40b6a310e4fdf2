//! Channel back to the window: bounded, and with only the latest status of each transfer.

use std::collections::HashMap;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Wake;
use crate::message::{Event, JobId, TransferEvent};
use crate::transfer::{Report, TransferStatus};

/// Minimum interval between two events of one job: 30 a second.
pub(super) const BEAT: Duration = Duration::from_millis(33);

/// Sends events and wakes the window. Cheap to clone.
#[derive(Clone)]
pub(super) struct EventSender(Arc<Inner>);

struct Inner {
    events: SyncSender<Event>,
    wake: Wake,
    latest: Mutex<HashMap<JobId, Arc<TransferStatus>>>,
    news: Notify,
}

impl EventSender {
    pub(super) fn new(events: SyncSender<Event>, wake: Wake) -> Self {
        let (latest, news) = (Mutex::default(), Notify::new());
        EventSender(Arc::new(Inner {
            events,
            wake,
            latest,
            news,
        }))
    }

    /// Sends from a task. Waits without blocking the thread while the channel is full. If the window is gone, the event
    /// is dropped.
    pub(super) async fn send(&self, event: Event) {
        let mut event = event;
        while let Err(TrySendError::Full(back)) = self.0.events.try_send(event) {
            event = back;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (self.0.wake)();
    }

    /// Sends from a thread that may block.
    pub(super) fn send_blocking(&self, event: Event) {
        if self.0.events.send(event).is_ok() {
            (self.0.wake)();
        }
    }

    /// Forwards the latest status of each transfer, at most once every [`BEAT`]. Runs as long as the worker.
    pub(super) async fn pass_on_transfers(self) {
        loop {
            self.0.news.notified().await;
            let latest = {
                let mut latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut *latest)
            };
            for status in latest.into_values() {
                self.send(Event::Transfer(TransferEvent::Status(status)))
                    .await;
            }
            tokio::time::sleep(BEAT).await;
        }
    }
}

impl Report for EventSender {
    fn transfer(&self, status: Arc<TransferStatus>) {
        let mut latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.insert(status.job, status);
        drop(latest);
        self.0.news.notify_one();
    }
}
