//! Queue of wanted pictures. The displayed picture never waits for prefetched ones.

use crate::dicom::media::Stamp;
use crate::message::{PictureAsk, Purpose, Watch, Wishes};

/// Number of rendering threads.
pub(super) const THREADS: usize = 2;
/// Maximum number of threads for pictures not on display: one is always free for the displayed one.
const IN_THE_BACKGROUND: usize = THREADS - 1;

/// The current list of wanted pictures, and those being rendered.
#[derive(Debug, Default)]
pub(super) struct Queue {
    wanted: Vec<PictureAsk>,
    /// The flag says whether the current list still contains the picture.
    working: Vec<(PictureAsk, bool)>,
    watch: Option<Watch>,
    closed: bool,
}

impl Queue {
    /// Replaces the list of wanted pictures.
    pub(super) fn replace(&mut self, wishes: Wishes) {
        let Wishes { mut asks, watch } = wishes;
        for working in &mut self.working {
            working.1 = asks.iter().any(|ask| same(ask, &working.0));
        }
        asks.retain(|ask| !self.working.iter().any(|(working, _)| same(ask, working)));
        (self.wanted, self.watch) = (asks, watch);
    }

    /// Clears the list and ends the threads.
    pub(super) fn close(&mut self) {
        self.replace(Wishes::default());
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The next picture to render, if a thread may take it. Each frame is rendered by one thread at a time: if its
    /// settings change meanwhile, only the latest ones are rendered next.
    pub(super) fn take(&mut self) -> Option<PictureAsk> {
        let behind = self.working.iter();
        let behind = behind.filter(|(ask, _)| ask.purpose != Purpose::View);
        let may = behind.count() < IN_THE_BACKGROUND;
        let is_free = |ask: &PictureAsk| {
            let mut working = self.working.iter();
            !working.any(|(other, _)| (&other.path, other.frame) == (&ask.path, ask.frame))
        };
        let next = self
            .wanted
            .iter()
            .position(|ask| (may || ask.purpose == Purpose::View) && is_free(ask))?;
        let ask = self.wanted.remove(next);
        self.working.push((ask.clone(), true));
        Some(ask)
    }

    /// Marks a picture as rendered. Returns whether it is still wanted. A picture of the displayed frame is, even if
    /// its settings have changed: it is closer to the wanted one than its predecessor.
    pub(super) fn done(&mut self, ask: &PictureAsk) -> bool {
        let at = self.working.iter().position(|(other, _)| other == ask);
        let is_wanted = at.is_some_and(|at| self.working.swap_remove(at).1);
        let mut wanted = self.wanted.iter();
        let follows = wanted.any(|other| {
            other.purpose == Purpose::View && (&other.path, other.frame) == (&ask.path, ask.frame)
        });
        is_wanted || (follows && ask.purpose != Purpose::Thumbnail)
    }

    /// The displayed file, unless it is being read.
    pub(super) fn watched(&self) -> Option<Watch> {
        let watch = self.watch.as_ref()?;
        let mut working = self.working.iter();
        let is_busy = working.any(|(ask, _)| ask.path == watch.ask.path);
        (!is_busy).then(|| watch.clone())
    }

    /// Compares the watched file's state. If the file was replaced, its picture is rendered again.
    pub(super) fn seen(&mut self, watched: &Watch, now: Stamp) {
        let Some(watch) = &mut self.watch else {
            return;
        };
        if watch == watched && watch.stamp != now {
            watch.stamp = now;
            self.wanted.insert(0, watch.ask.clone());
        }
    }
}

/// Whether two requests are for the same picture, regardless of purpose.
fn same(a: &PictureAsk, b: &PictureAsk) -> bool {
    (&a.path, a.frame, a.side) == (&b.path, b.frame, b.side) && a.look == b.look
}
