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
    /// The texts of the last frame, with their places.
    pub shown: Vec<(String, Rect)>,
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
        ctx.enable_accesskit();
        Stage {
            app,
            ctx,
            events,
            commands,
            raster: Raster::default(),
            shown: Vec::new(),
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
        if let Some(update) = &output.platform_output.accesskit_update {
            self.shown = texts(update);
        }
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

    /// Writes the picture, in which each of these texts must stand where the window says that it is: whole, inside the
    /// window, and painted so that it can be told from what is behind it.
    pub fn save(&mut self, name: &str, texts: &[&str]) {
        let picture = self.settle();
        let theme = if self.app.model().settings.theme == Theme::Dark {
            "dark"
        } else {
            "light"
        };
        let folder = std::env::var_os("STUDYDROP_GALLERY")
            .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
        std::fs::create_dir_all(&folder).unwrap();
        let name = format!("{name}-{theme}-{}", self.size.0);
        picture.save(folder.join(format!("{name}.png"))).unwrap();
        if let Some(dump) = std::env::var_os("STUDYDROP_DUMP") {
            let seen: Vec<String> = self
                .shown
                .iter()
                .map(|(text, place)| {
                    format!(
                        "{}\t{}",
                        is_painted(&picture, *place),
                        text.replace('\n', "⏎")
                    )
                })
                .collect();
            std::fs::write(
                PathBuf::from(dump).join(format!("{name}.txt")),
                format!(
                    "{}\n{}",
                    brightness(picture.get_pixel(0, 0)),
                    seen.join("\n")
                ),
            )
            .unwrap();
        }
        self.is_in_its_theme(&name, &picture);
        for text in texts {
            let places = self.shown.iter().filter(|(shown, _)| shown.contains(text));
            let mut places = places.map(|(_, place)| *place).peekable();
            assert!(
                places.peek().is_some(),
                "{name}: {text:?} is not shown, but {:#?}",
                self.shown
            );
            assert!(
                places.any(|place| is_painted(&picture, place)),
                "{name}: {text:?} is there and cannot be seen"
            );
        }
    }

    /// The upper left corner is the rail's colour, or that below a dialog's shade: darker than grey only in the dark.
    fn is_in_its_theme(&self, name: &str, picture: &image::RgbaImage) {
        let brightness = brightness(picture.get_pixel(0, 0));
        let is_dark = self.app.model().settings.theme == Theme::Dark;
        assert!(
            if is_dark {
                brightness < 64
            } else {
                brightness > 96
            },
            "{name}: the corner's brightness is {brightness}"
        );
    }
}

fn brightness(pixel: &image::Rgba<u8>) -> u32 {
    pixel
        .0
        .iter()
        .take(3)
        .map(|part| u32::from(*part))
        .sum::<u32>()
        / 3
}

/// Whether something stands out in this place, which is wholly in the picture: a few pixels differ in brightness from the
/// others around them as letters do.
fn is_painted(picture: &image::RgbaImage, place: Rect) -> bool {
    let window = Rect::from_min_size(
        pos2(0.0, 0.0),
        vec2(picture.width() as f32, picture.height() as f32),
    );
    if !place.is_positive() || !window.contains_rect(place) {
        return false;
    }
    let (columns, rows) = (
        place.left() as u32..place.right() as u32,
        place.top() as u32..place.bottom() as u32,
    );
    let mut counts = [0_u32; 256];
    for (x, y) in rows.flat_map(|y| columns.clone().map(move |x| (x, y))) {
        counts[brightness(picture.get_pixel(x, y)) as usize] += 1;
    }
    let behind = (0..256).max_by_key(|at| counts[*at]).unwrap_or_default();
    let standing_out = (0..256_usize).filter(|at| at.abs_diff(behind) > 40);
    standing_out.map(|at| counts[at]).sum::<u32>() >= 8
}

/// What widgets say to readers of the screen, with their places in points.
fn texts(update: &egui::accesskit::TreeUpdate) -> Vec<(String, Rect)> {
    let mut found = Vec::new();
    for (_, node) in &update.nodes {
        let Some(bounds) = node.bounds() else {
            continue;
        };
        let place = Rect::from_min_max(
            pos2(bounds.x0 as f32, bounds.y0 as f32),
            pos2(bounds.x1 as f32, bounds.y1 as f32),
        );
        let said = [node.label(), node.value()].into_iter().flatten();
        found.extend(said.map(|text| (text.to_owned(), place)));
    }
    found
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
