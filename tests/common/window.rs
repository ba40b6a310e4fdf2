//! A window without a worker: what is on the screen is found by its words, pressed, typed into, and what the worker is
//! asked for is read from the channel.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use eframe::egui::{DroppedFile, Key, Modifiers, OutputCommand, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, By, Queryable};
use studydrop::app::{App, Start};
use studydrop::message::{Command, Event, LogCommand};
use studydrop::model::{Action, Model, Now};
use studydrop::worker::Handle;
use tokio::sync::mpsc as async_mpsc;

use super::drawn::{self, Drive};

/// A window, its worker's ends of the channels, and a clock that stands until it is moved.
pub struct Window {
    pub harness: Harness<'static, App>,
    events: SyncSender<Event>,
    commands: async_mpsc::Receiver<Command>,
    pub later: Rc<Cell<Duration>>,
    /// The entries of the log that the worker was to keep.
    pub kept: Vec<Command>,
    clipboard: Vec<String>,
    _data: tempfile::TempDir,
}

impl Window {
    pub fn signed_out() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (events, inbox) = mpsc::sync_channel(4096);
        let (outbox, commands) = async_mpsc::channel(4096);
        let start = Start {
            data: data.path().to_owned(),
            practice: false,
            theme: None,
        };
        let later = Rc::new(Cell::new(Duration::ZERO));
        let clock = later.clone();
        let ctx = eframe::egui::Context::default();
        let now = move || Now {
            running: drawn::now().running + clock.get(),
            ..drawn::now()
        };
        let app = App::new(&ctx, Handle::from_channels(outbox, inbox), &start).with_clock(now);
        let harness = Harness::builder()
            .with_size(vec2(1280.0, 800.0))
            .with_max_steps(40)
            .allow_missing_glyphs()
            .with_context_setup(|ctx| {
                studydrop::ui::fonts::install(ctx);
                studydrop::ui::theme::install(ctx);
            })
            .build_ui_state(
                |ui, app: &mut App| {
                    app.tick(&ui.ctx().clone());
                    app.paint(ui);
                },
                app,
            );
        let mut window = Window {
            harness,
            events,
            commands,
            later,
            kept: Vec::new(),
            clipboard: Vec::new(),
            _data: data,
        };
        window.asked();
        window
    }

    pub fn signed_in() -> Self {
        let mut window = Window::signed_out();
        drawn::sign_in(&mut window);
        window.step();
        window
    }

    pub fn with_drop() -> Self {
        let mut window = Window::signed_in();
        drawn::drop_all(&mut window);
        window.step();
        window
    }

    pub fn step(&mut self) {
        for _ in 0..3 {
            self.harness.run_steps(1);
            let copied = self.harness.output().platform_output.commands.iter();
            self.clipboard
                .extend(copied.filter_map(|command| match command {
                    OutputCommand::CopyText(text) => Some(text.clone()),
                    _ => None,
                }));
        }
    }

    pub fn asked(&mut self) -> Vec<Command> {
        let commands = std::iter::from_fn(|| self.commands.try_recv().ok());
        // What is noted is kept after every frame: tests ask about it where it matters.
        let (notes, asked): (Vec<_>, Vec<_>) =
            commands.partition(|command| matches!(command, Command::Log(LogCommand::Append(_))));
        self.kept.extend(notes);
        asked
    }

    pub fn press(&mut self, label: &str) -> Vec<Command> {
        self.harness.get_by_label(label).click();
        self.step();
        self.asked()
    }

    /// Presses a folder of the tree.
    pub fn press_folder(&mut self, name: &str) -> Vec<Command> {
        let row = self.harness.get_by_role_and_label(Role::TreeItem, name);
        row.click();
        self.step();
        self.asked()
    }

    pub fn shows(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn shows_part(&self, part: &str) -> bool {
        self.harness
            .query_all_by_label_contains(part)
            .next()
            .is_some()
    }

    /// Where the first things with these names stand.
    pub fn places(&self, labels: &[&str]) -> Vec<eframe::egui::Rect> {
        let found = labels.iter().map(|label| {
            let mut nodes = self.harness.query_all_by_label(label);
            nodes.next().expect("it is on the page").rect()
        });
        found.collect()
    }

    /// What was put into the clipboard in the last frame.
    pub fn copied(&mut self) -> Vec<String> {
        std::mem::take(&mut self.clipboard)
    }

    /// Takes everything out of a field.
    pub fn clear_field(&mut self, label: &str) {
        self.type_into(label, "");
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.step();
        self.harness.key_press(Key::Backspace);
        self.step();
    }

    pub fn type_into(&mut self, label: &str, text: &str) {
        let field = |node: &AccessKitNode<'_>| {
            matches!(node.role(), Role::TextInput | Role::PasswordInput)
                && node.label().as_deref() == Some(label)
        };
        self.harness.get(By::new().predicate(field)).focus();
        self.step();
        self.harness.get(By::new().predicate(field)).type_text(text);
        self.step();
    }
}

impl Drive for Window {
    fn act(&mut self, action: Action) -> Vec<Command> {
        self.harness.state_mut().act(action);
        self.asked()
    }

    fn apply(&mut self, event: Event) -> Vec<Command> {
        self.events.send(event).unwrap();
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().tick(&ctx);
        self.asked()
    }

    fn model(&self) -> &Model {
        self.harness.state().model()
    }
}

#[derive(Debug)]
pub struct Dropped(pub PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("not read".to_owned())
    }
}
