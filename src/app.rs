//! The window: takes in worker events, paints the model, and performs the requested actions.

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::time::Instant;

use eframe::egui::{self, Context, Key, KeyboardShortcut, Modifiers, Ui, ViewportCommand};
use thiserror::Error;

use crate::message::{Command, Pick, SessionCommand};
use crate::model::{
    Action, FoldersAction, Model, Now, OrdersAction, Page, ShellAction, SignInAction, UploadAction,
};
use crate::settings::{Settings, Theme};
use crate::ui::{self, Textures, fonts, theme};
use crate::worker::{self, Handle};

/// How to open the window.
#[derive(Debug, Clone)]
pub struct Start {
    /// Folder for all persistent data.
    pub data: PathBuf,
    /// Whether to sign in to the practice workspace at once.
    pub practice: bool,
    /// Theme that overrides the settings.
    pub theme: Option<Theme>,
}

/// Why the window could not be opened.
#[derive(Debug, Error)]
pub enum RunError {
    /// There is neither X11 nor Wayland.
    #[error("There is no display. Without a window: studydrop upload PATH… (studydrop --help).")]
    NoDisplay,
    /// winit needs this library and panics without it.
    #[error(
        "The library libxkbcommon-x11 is missing. Install it (Debian: apt install libxkbcommon-x11-0), or work without a window: studydrop --help."
    )]
    NoKeyboardLibrary,
    /// The system refused, with its reason.
    #[error(
        "The window could not be opened ({0}). Without a window: studydrop upload PATH… (studydrop --help)."
    )]
    Refused(String),
}

/// Minimum size of the window, in points.
const LEAST: [f32; 2] = [960.0, 600.0];
/// Initial size of the window, in points.
const FIRST: [f32; 2] = [1280.0, 800.0];
/// Maximum number of events taken in per frame.
const EVENTS_A_FRAME: usize = 512;

/// Opens the window. Returns when it is closed.
///
/// # Errors
/// [`RunError`]. Its text also mentions the command line.
pub fn run(start: Start) -> Result<(), RunError> {
    if !has_display() {
        return Err(RunError::NoDisplay);
    }
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("StudyDrop")
        .with_app_id("studydrop")
        .with_inner_size(FIRST)
        .with_min_inner_size(LEAST);
    if let Some(icon) = icon() {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions {
        viewport,
        persist_window: false,
        ..eframe::NativeOptions::default()
    };
    let open = move || {
        eframe::run_native(
            "StudyDrop",
            options,
            Box::new(move |creation| {
                let ctx = creation.egui_ctx.clone();
                let wake = ctx.clone();
                let handle =
                    worker::start(start.data.clone(), Box::new(move || wake.request_repaint()));
                fonts::find_system_fonts(&ctx);
                Ok(Box::new(App::new(&ctx, handle, &start)))
            }),
        )
    };
    without_keyboard_panic(open)
}

fn has_display() -> bool {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return true;
    }
    let names = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"];
    names
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Turns winit's panic over the missing libxkbcommon-x11 into an error. Other panics are passed on.
fn without_keyboard_panic(open: impl FnOnce() -> eframe::Result) -> Result<(), RunError> {
    const LIBRARY: &str = "libxkbcommon";
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info
            .payload_as_str()
            .is_some_and(|text| text.contains(LIBRARY))
        {
            before(info);
        }
    }));
    match panic::catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(RunError::Refused(error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or(panic.downcast_ref::<&str>().copied())
                .unwrap_or_default();
            if text.contains(LIBRARY) {
                return Err(RunError::NoKeyboardLibrary);
            }
            panic::resume_unwind(panic)
        }
    }
}

fn icon() -> Option<egui::IconData> {
    let image = image::load_from_memory(include_bytes!("../assets/icon.png"))
        .ok()?
        .into_rgba8();
    let (width, height) = image.dimensions();
    Some(egui::IconData {
        rgba: image.into_raw(),
        width,
        height,
    })
}

/// The application: model, textures and connection to the worker.
pub struct App {
    model: Model,
    textures: Textures,
    handle: Handle,
    clock: Box<dyn Fn() -> Now>,
}

impl App {
    /// Creates the application. Reads the settings, sets up fonts and theme of `ctx`, and requests the keys from the
    /// keychain.
    pub fn new(ctx: &Context, handle: Handle, start: &Start) -> Self {
        fonts::install(ctx);
        theme::install(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let opened = Instant::now();
        let clock = Box::new(move || Now {
            running: opened.elapsed(),
            clock: jiff::Zoned::now().datetime(),
        });
        let loaded = Settings::load(&start.data);
        let mut settings = loaded.as_ref().cloned().unwrap_or_default();
        settings.theme = start.theme.unwrap_or(settings.theme);
        let mut model = Model::new(settings, clock());
        if let Err(error) = loaded {
            model.settings_failed(&error.to_string());
        }
        let mut app = App {
            model,
            textures: Textures::default(),
            handle,
            clock,
        };
        app.send(vec![Command::Session(SessionCommand::RecallKeys)]);
        if start.practice {
            app.act(Action::SignIn(SignInAction::OpenPractice));
        }
        app
    }

    /// Sets another clock, for tests and screenshots.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Now + 'static) -> Self {
        self.clock = Box::new(clock);
        self.model.now = (self.clock)();
        self
    }

    /// The model that the window shows.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, mutable, to fill in forms in tests and screenshots.
    pub fn model_mut(&mut self) -> &mut Model {
        &mut self.model
    }

    /// Performs an action.
    pub fn act(&mut self, action: Action) {
        let commands = self.model.act(action);
        self.send(commands);
    }

    /// Takes in worker events and system events (dropped files, close requests) since the last frame.
    pub fn tick(&mut self, ctx: &Context) {
        let commands = self.model.tick((self.clock)());
        self.send(commands);
        for taken in 0..=EVENTS_A_FRAME {
            let Some(event) = self.handle.try_recv() else {
                break;
            };
            let commands = self.model.apply(event);
            self.send(commands);
            if taken == EVENTS_A_FRAME {
                ctx.request_repaint();
            }
        }
        if ctx.input(|input| input.viewport().visible()) == Some(false) {
            self.model.hidden();
        }
        for action in asked_of_system(ctx, &self.model) {
            self.act(action);
        }
        if ctx.input(|input| input.viewport().close_requested()) && !self.model.quit {
            self.act(Action::Shell(ShellAction::AskClose));
            if !self.model.quit {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            }
        }
        let commands = self.model.keep_log();
        self.send(commands);
        dress(ctx, &self.model.settings);
    }

    /// Paints the window into `ui` and performs the requested actions.
    pub fn paint(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let asked = ui::window(ui, &mut self.model, &mut self.textures);
        let was_open = !self.model.quit;
        for action in asked {
            // The actions may change what is visible.
            ctx.request_repaint();
            self.act(action);
        }
        if self.model.quit && was_open {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        if let Some(address) = self.model.open_address.take() {
            ctx.open_url(egui::OpenUrl::new_tab(address));
        }
        if let Some(text) = self.model.copy_text.take() {
            ctx.copy_text(text);
        }
        if let Some(rest) = self.model.next_change() {
            ctx.request_repaint_after(rest);
        }
    }

    fn send(&mut self, commands: Vec<Command>) {
        for command in commands {
            if !self.handle.send(command) {
                self.model.worker_is_gone();
                return;
            }
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.tick(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.paint(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        let commands = self.model.keep_log();
        self.send(commands);
    }
}

/// Applies theme and text scale from the settings.
fn dress(ctx: &Context, settings: &Settings) {
    let wanted = match settings.theme {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    };
    if ctx.theme() != wanted {
        ctx.set_theme(wanted);
    }
    if (ctx.zoom_factor() - settings.text_scale).abs() > 0.001 {
        ctx.set_zoom_factor(settings.text_scale);
    }
}

/// Global keyboard shortcuts, and dropped files.
fn asked_of_system(ctx: &Context, model: &Model) -> Vec<Action> {
    let mut asked = Vec::new();
    let dropped: Vec<PathBuf> = ctx.input(|input| {
        input
            .raw
            .dropped_files
            .iter()
            .map(|file| file.path().to_owned())
            .collect()
    });
    if model.session.is_none() || model.has_dialog() {
        return asked;
    }
    if !dropped.is_empty() {
        asked.push(Action::Upload(UploadAction::Dropped(dropped)));
    }
    let pressed = |modifiers, key| {
        ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
    for (page, digit) in Page::ALL.into_iter().zip(digits) {
        if pressed(Modifiers::COMMAND, digit) {
            asked.push(Action::Shell(ShellAction::Go(page)));
        }
    }
    if pressed(Modifiers::COMMAND, Key::O) {
        asked.push(Action::Shell(ShellAction::Go(Page::Upload)));
        asked.push(Action::Upload(UploadAction::Pick(Pick::Folders)));
    }
    if pressed(Modifiers::NONE, Key::F5) {
        match model.page {
            Page::Orders => asked.push(Action::Orders(OrdersAction::Search)),
            Page::Folders => asked.push(Action::Folders(FoldersAction::Reload)),
            Page::Upload | Page::Transfers | Page::Log => {}
        }
    }
    let scale = model.settings.text_scale;
    for (key, scale) in [
        (Key::Plus, scale + 0.1),
        (Key::Equals, scale + 0.1),
        (Key::Minus, scale - 0.1),
        (Key::Num0, 1.0),
    ] {
        if pressed(Modifiers::COMMAND, key) {
            asked.push(Action::Shell(ShellAction::SetScale(scale)));
        }
    }
    asked
}
