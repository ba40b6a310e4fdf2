//! A window without a worker and without a screen, whose pictures are written to files: `$STUDYDROP_GALLERY`, or the
//! target folder.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use eframe::egui::{self, Context, RawInput, Rect, pos2, vec2};
use studydrop::app::{App, Start};
use studydrop::message::{Command, Event};
use studydrop::model::{Action, FolderForm, Model, Now, ShareForm};
use studydrop::settings::Theme;
use studydrop::worker::Handle;
use tokio::sync::mpsc as async_mpsc;

use super::drawn::{self, Drive};
use super::raster::Raster;

/// A window with a worker that only listens.
pub struct Stage {
    app: App,
    ctx: Context,
    events: SyncSender<Event>,
    commands: async_mpsc::Receiver<Command>,
    raster: Raster,
    size: (u32, u32),
    time: f64,
    /// How far the clock is ahead of the drawings' moment.
    pub later: Rc<Cell<Duration>>,
    /// Whether files are held over the window.
    pub hovering: bool,
    _data: tempfile::TempDir,
}

impl Stage {
    pub fn new(theme: Theme, size: (u32, u32)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (events, inbox) = mpsc::sync_channel(4096);
        let (outbox, commands) = async_mpsc::channel(4096);
        let ctx = Context::default();
        let start = Start {
            data: data.path().to_owned(),
            practice: false,
            theme: Some(theme),
        };
        let later = Rc::new(Cell::new(Duration::ZERO));
        let clock = later.clone();
        let now = move || Now {
            running: drawn::now().running + clock.get(),
            ..drawn::now()
        };
        let app = App::new(&ctx, Handle::from_channels(outbox, inbox), &start).with_clock(now);
        studydrop::ui::fonts::find_system_fonts(&ctx);
        Stage {
            app,
            ctx,
            events,
            commands,
            raster: Raster::default(),
            size,
            time: 0.0,
            later,
            hovering: false,
            _data: data,
        }
    }

    pub fn asked(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }

    /// One frame; the picture if it is wanted.
    pub fn frame(&mut self, events: Vec<egui::Event>, draw: bool) -> Option<image::RgbaImage> {
        self.time += 0.3;
        let (width, height) = self.size;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(
                pos2(0.0, 0.0),
                vec2(width as f32, height as f32),
            )),
            time: Some(self.time),
            events,
            hovered_files: match self.hovering {
                true => vec![egui::HoveredFile::default()],
                false => Vec::new(),
            },
            ..RawInput::default()
        };
        let app = &mut self.app;
        let output = self.ctx.run_ui(input, |ui| {
            app.tick(&ui.ctx().clone());
            app.paint(ui);
        });
        self.raster.update(output.textures_delta);
        draw.then(|| {
            let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
            self.raster.draw(&primitives, width, height)
        })
    }

    /// Frames until nothing moves and every picture has come.
    pub fn settle(&mut self) -> image::RgbaImage {
        for _ in 0..8 {
            self.frame(Vec::new(), false);
            let asked = self.asked();
            drawn::answer_pictures(self, &asked);
            drawn::answer_cleaning(self, &asked, "");
            std::thread::sleep(Duration::from_millis(30));
        }
        self.frame(Vec::new(), true).unwrap()
    }

    /// Fills in the Share dialog.
    pub fn form(&mut self, fill: impl FnOnce(&mut ShareForm)) {
        fill(self.app.model_mut().share.as_mut().unwrap());
    }

    /// Fills in a folder's dialog.
    pub fn folder_form(&mut self, fill: impl FnOnce(&mut FolderForm)) {
        fill(self.app.model_mut().folders.form.as_mut().unwrap());
    }

    pub fn save(&mut self, name: &str) {
        let picture = self.settle();
        let theme = if self.app.model().settings.theme == Theme::Dark {
            "dark"
        } else {
            "light"
        };
        let folder = std::env::var_os("STUDYDROP_GALLERY")
            .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
        std::fs::create_dir_all(&folder).unwrap();
        picture
            .save(folder.join(format!("{name}-{theme}-{}.png", self.size.0)))
            .unwrap();
        let first = *picture.get_pixel(0, 0);
        let painted = picture.pixels().filter(|pixel| **pixel != first).count();
        assert!(painted > 4000, "{name} is nearly empty: {painted} pixels");
    }
}

impl Drive for Stage {
    fn act(&mut self, action: Action) -> Vec<Command> {
        self.app.act(action);
        self.asked()
    }

    fn apply(&mut self, event: Event) -> Vec<Command> {
        self.events.send(event).unwrap();
        self.app.tick(&self.ctx.clone());
        self.asked()
    }

    fn model(&self) -> &Model {
        self.app.model()
    }
}
