//! Messages at the lower right: they go by themselves, failures stay until closed.

use std::time::Duration;

pub use crate::logbook::Tone;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// Names it.
    pub id: u64,
    /// What it is about.
    pub tone: Tone,
    /// One sentence.
    pub title: String,
    /// More, or what to do. May be empty.
    pub text: String,
    /// When it goes; `None`: when it is closed.
    pub ends: Option<Duration>,
    /// Whether what it says can be taken back.
    pub undo: bool,
}

/// The messages, oldest first.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    last_id: u64,
}

const SHOWN_FOR: Duration = Duration::from_secs(6);
/// How much longer a message with *Undo* stays.
const UNDO_FOR: Duration = Duration::from_secs(9);
/// More than this do not fit; the oldest goes.
const MOST: usize = 5;

impl Toasts {
    /// One more. The same words again only take the place of the older ones.
    pub fn add(&mut self, tone: Tone, title: String, text: String, now: Duration) {
        // One with a way back is about something of its own.
        self.shown
            .retain(|toast| toast.undo || (&toast.title, &toast.text) != (&title, &text));
        if self.shown.len() >= MOST {
            // Failures stay until they are read.
            let oldest = self.shown.iter().position(|toast| toast.tone != Tone::Bad);
            self.shown.remove(oldest.unwrap_or(0));
        }
        self.last_id += 1;
        let ends = (tone != Tone::Bad).then(|| now + SHOWN_FOR);
        self.shown.push(Toast {
            id: self.last_id,
            tone,
            title,
            text,
            ends,
            undo: false,
        });
    }

    /// The newest message gets an *Undo*, and more time to press it. Gives its id.
    pub fn offer_undo(&mut self) -> Option<u64> {
        let toast = self.shown.last_mut()?;
        toast.undo = true;
        toast.ends = toast.ends.map(|ends| ends + UNDO_FOR);
        Some(toast.id)
    }

    /// Those that are shown.
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// One was closed.
    pub fn close(&mut self, id: u64) {
        self.shown.retain(|toast| toast.id != id);
    }

    /// Takes away those whose time has come.
    pub fn expire(&mut self, now: Duration) {
        self.shown
            .retain(|toast| toast.ends.is_none_or(|ends| ends > now));
    }

    /// When the next one goes.
    pub fn next_end(&self) -> Option<Duration> {
        self.shown.iter().filter_map(|toast| toast.ends).min()
    }
}
