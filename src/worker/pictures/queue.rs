//! What is wanted, and who does it: somebody who looks never waits for what is only likely to be looked at.

use crate::dicom::media::Stamp;
use crate::message::{PictureAsk, Purpose, Watch, Wishes};

/// Threads that decode.
pub(super) const THREADS: usize = 2;
/// How many of them may work on what nobody looks at: one is always free for the view.
const IN_THE_BACKGROUND: usize = THREADS - 1;

/// The newest list of wishes, and what is being worked on.
#[derive(Debug, Default)]
pub(super) struct Queue {
    wanted: Vec<PictureAsk>,
    /// With each, whether the newest list names it too.
    working: Vec<(PictureAsk, bool)>,
    watch: Option<Watch>,
    closed: bool,
}

impl Queue {
    /// The window wants these now, and nothing else.
    pub(super) fn replace(&mut self, wishes: Wishes) {
        let Wishes { mut asks, watch } = wishes;
        for working in &mut self.working {
            working.1 = asks.iter().any(|ask| same(ask, &working.0));
        }
        asks.retain(|ask| !self.working.iter().any(|(working, _)| same(ask, working)));
        (self.wanted, self.watch) = (asks, watch);
    }

    /// Nothing is wanted any more.
    pub(super) fn close(&mut self) {
        self.replace(Wishes::default());
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// What is to be done next, where somebody is free to do it. Of one frame there is one picture under way at a time: when
    /// its look changes while it is made, the newest look follows, and those between are passed over.
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

    /// It is done; whether the window still wants it. A picture that somebody looks at is passed on even when its look has
    /// changed since: it is nearer to what is wanted than the one before.
    pub(super) fn done(&mut self, ask: &PictureAsk) -> bool {
        let at = self.working.iter().position(|(other, _)| other == ask);
        let is_wanted = at.is_some_and(|at| self.working.swap_remove(at).1);
        let mut wanted = self.wanted.iter();
        let follows = wanted.any(|other| {
            other.purpose == Purpose::View && (&other.path, other.frame) == (&ask.path, ask.frame)
        });
        is_wanted || (follows && ask.purpose != Purpose::Thumbnail)
    }

    /// The file that somebody looks at, where nobody works on it.
    pub(super) fn watched(&self) -> Option<Watch> {
        let watch = self.watch.as_ref()?;
        let mut working = self.working.iter();
        let is_busy = working.any(|(ask, _)| ask.path == watch.ask.path);
        (!is_busy).then(|| watch.clone())
    }

    /// What the watched file is now. Where it was replaced its picture is made anew.
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

/// Whether two wishes are for the same picture, whatever it is for.
fn same(a: &PictureAsk, b: &PictureAsk) -> bool {
    (&a.path, a.frame, a.side) == (&b.path, b.frame, b.side) && a.look == b.look
}
