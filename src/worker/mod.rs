//! The tokio side: runs commands as cancellable tasks, and reports events to the window.

pub mod account;
mod attributes;
mod changes;
mod deidentify;
mod dispatcher;
pub mod documents;
mod event_sender;
mod log_writer;
mod pictures;
mod save_dialog;
mod scans;
pub mod session;
mod transfers;
mod undo;

use std::path::PathBuf;
use std::sync::mpsc;

use tokio::sync::mpsc as async_mpsc;

use crate::message::{Command, Event, Failure};
use event_sender::EventSender;

/// Called on the worker's threads after every event that was put into the channel.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// Capacities of the command and event channels.
const COMMANDS: usize = 1024;
const EVENTS: usize = 1024;

/// The window's end of the channels. Dropping it ends the worker.
pub struct Handle {
    commands: async_mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
}

impl Handle {
    /// A handle for given channels, for tests of the window without a worker.
    pub fn from_channels(
        commands: async_mpsc::Sender<Command>,
        events: mpsc::Receiver<Event>,
    ) -> Self {
        Handle { commands, events }
    }

    /// Sends a command without blocking. Returns `false` if the worker did not take it, because it has ended or hangs.
    #[must_use]
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// The next event, if there is one. Never blocks.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

/// Starts the worker on its own threads. `data` is the folder for persistent data.
pub fn start(data: PathBuf, wake: Wake) -> Handle {
    let (commands, inbox) = async_mpsc::channel(COMMANDS);
    let (sender, events) = mpsc::sync_channel(EVENTS);
    let out = EventSender::new(sender, wake);
    let spawned = std::thread::Builder::new()
        .name("worker".to_owned())
        .spawn({
            let out = out.clone();
            move || run(data, inbox, out)
        });
    if let Err(error) = spawned {
        out.send_blocking(Event::Failed(no_worker(&error)));
    }
    Handle { commands, events }
}

fn run(data: PathBuf, inbox: async_mpsc::Receiver<Command>, out: EventSender) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            // The dispatcher spawns tasks in its constructor, so it needs the runtime.
            runtime.block_on(async { dispatcher::Dispatcher::new(data, out).run(inbox).await });
            // A scan or a picture may be in the middle of a file: nothing waits for it.
            runtime.shutdown_background();
        }
        Err(error) => out.send_blocking(Event::Failed(no_worker(&error))),
    }
}

fn no_worker(error: &std::io::Error) -> Failure {
    Failure {
        what: format!("StudyDrop could not start its worker ({error})."),
        remedy: "Close other programs and start it again.".to_owned(),
    }
}
