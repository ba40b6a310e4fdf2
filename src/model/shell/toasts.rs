//! Model of the toasts. They disappear after a while; errors stay until closed.

use std::time::Duration;

pub use crate::logbook::Tone;

/// A toast message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// Unique number.
    pub id: u64,
    /// Determines colour and icon.
    pub tone: Tone,
    /// The message, one sentence.
    pub title: String,
    /// Details or remedy; may be empty.
    pub text: String,
    /// When it disappears, on the clock of `Now::running`; `None`: only when closed.
    pub ends: Option<Duration>,
    /// Whether it offers *Undo*.
    pub undo: bool,
}

/// All visible toasts, oldest first.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    last_id: u64,
}

const SHOWN_FOR: Duration = Duration::from_secs(6);
/// Additional time for toasts with *Undo*.
const UNDO_FOR: Duration = Duration::from_secs(9);
/// Maximum number of toasts; older ones are removed.
const MOST: usize = 5;

impl Toasts {
    /// Adds a toast. It replaces one with the same text.
    pub fn add(&mut self, tone: Tone, title: String, text: String, now: Duration) {
        // Toasts with *Undo* are not replaced, because they refer to different changes.
        self.shown
            .retain(|toast| toast.undo || (&toast.title, &toast.text) != (&title, &text));
        if self.shown.len() >= MOST {
            // Errors are kept until they are closed.
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

    /// Adds *Undo* to the newest toast and extends its time. Returns its number.
    pub fn offer_undo(&mut self) -> Option<u64> {
        let toast = self.shown.last_mut()?;
        toast.undo = true;
        toast.ends = toast.ends.map(|ends| ends + UNDO_FOR);
        Some(toast.id)
    }

    /// The visible toasts, oldest first.
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// Removes a toast.
    pub fn close(&mut self, id: u64) {
        self.shown.retain(|toast| toast.id != id);
    }

    /// Removes toasts whose time is over.
    pub fn expire(&mut self, now: Duration) {
        self.shown
            .retain(|toast| toast.ends.is_none_or(|ends| ends > now));
    }

    /// When the next toast disappears.
    pub fn next_end(&self) -> Option<Duration> {
        self.shown.iter().filter_map(|toast| toast.ends).min()
    }
}
