//! Pictures, the newest request first: what the user looks at now comes before what was scrolled past.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::outbox::Outbox;
use crate::dicom::preview;
use crate::message::Event;

/// Requests kept at most; the oldest are dropped, for nobody looks at them any more.
const MOST_WAITING: usize = 512;
/// Pictures decoded side by side.
const SIDE_BY_SIDE: usize = 2;

/// The stack of requests.
#[derive(Clone)]
pub(super) struct Pictures {
    waiting: Arc<Mutex<Vec<(PathBuf, u32)>>>,
    turns: Arc<Semaphore>,
    out: Outbox,
}

impl Pictures {
    pub(super) fn new(out: Outbox) -> Self {
        Pictures {
            waiting: Arc::default(),
            turns: Arc::new(Semaphore::new(SIDE_BY_SIDE)),
            out,
        }
    }

    /// Puts a request on top.
    pub(super) fn request(&self, path: PathBuf, size: u32) {
        {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= MOST_WAITING {
                waiting.remove(0);
            }
            waiting.push((path, size));
        }
        let pictures = self.clone();
        tokio::spawn(async move {
            let _turn = pictures.turns.acquire().await.ok();
            pictures.decode_newest().await;
        });
    }

    async fn decode_newest(&self) {
        let newest = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let Some((path, size)) = newest else { return };
        let decoded = tokio::task::spawn_blocking({
            let path = path.clone();
            move || preview::render(&path, 0, size).map_err(|error| error.to_string())
        });
        let result = match decoded.await {
            Ok(result) => result.map(Arc::new),
            Err(_panic) => {
                Err("This image cannot be shown here. It is uploaded all the same.".to_owned())
            }
        };
        self.out.send(Event::Picture { path, size, result }).await;
    }
}
