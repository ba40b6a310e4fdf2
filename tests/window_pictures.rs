//! Pictures of every page, made without a graphics card: `cargo test --test window_pictures` writes them into
//! `$STUDYDROP_GALLERY`, or into the target folder. What is asserted is that each page can be told from an empty one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests may fail loudly"
)]

#[path = "common/drawn/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "each test takes of it what it needs"
)]
mod drawn;
#[path = "common/raster.rs"]
mod raster;

use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use drawn::Drive;
use eframe::egui::{self, Context, RawInput, Rect, pos2, vec2};
use raster::Raster;
use studydrop::app::{App, Start};
use studydrop::message::{Command, Event, Failure};
use studydrop::model::{
    Action, Choice, Column, DateChoice, Model, OrderAsk, OrderTab, OrdersAct, Page, Tab,
};
use studydrop::settings::Theme;
use studydrop::worker::Handle;
use tokio::sync::mpsc as async_mpsc;
use uuid::Uuid;

/// A window with a worker that only listens.
struct Stage {
    app: App,
    ctx: Context,
    events: SyncSender<Event>,
    commands: async_mpsc::Receiver<Command>,
    raster: Raster,
    size: (u32, u32),
    time: f64,
    /// Whether files are held over the window.
    hovering: bool,
    _data: tempfile::TempDir,
}

impl Stage {
    fn new(theme: Theme, size: (u32, u32)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (events, inbox) = mpsc::sync_channel(4096);
        let (outbox, commands) = async_mpsc::channel(4096);
        let ctx = Context::default();
        let start = Start {
            data: data.path().to_owned(),
            practice: false,
            theme: Some(theme),
        };
        let app =
            App::new(&ctx, Handle::from_channels(outbox, inbox), &start).with_clock(drawn::now);
        studydrop::ui::fonts::find_system_fonts(&ctx);
        Stage {
            app,
            ctx,
            events,
            commands,
            raster: Raster::default(),
            size,
            time: 0.0,
            hovering: false,
            _data: data,
        }
    }

    fn asked(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }

    /// One frame; the picture if it is wanted.
    fn frame(&mut self, events: Vec<egui::Event>, draw: bool) -> Option<image::RgbaImage> {
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
    fn settle(&mut self) -> image::RgbaImage {
        for _ in 0..8 {
            self.frame(Vec::new(), false);
            let asked = self.asked();
            drawn::answer_pictures(self, &asked);
            std::thread::sleep(Duration::from_millis(30));
        }
        self.frame(Vec::new(), true).unwrap()
    }

    fn drop_here(&mut self, paths: &[&str]) {
        let paths = paths.iter().map(PathBuf::from).collect();
        let asked = self.act(Action::Dropped(paths));
        for command in asked {
            if let Command::SendDocuments { job, paths, .. } = command {
                let what = "Notes.docx is no PDF, JPEG, PNG, BMP or MP4, so it was not sent.";
                let results = [Ok(()), Err(what)];
                for (path, result) in paths.into_iter().zip(results) {
                    let result = result.map_err(|what| Failure {
                        what: what.into(),
                        remedy: "Save it as one of these, then drop it again.".into(),
                    });
                    self.apply(Event::DocumentSent { job, path, result });
                }
            }
        }
    }

    fn save(&mut self, name: &str) {
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

fn pages(theme: Theme, size: (u32, u32)) {
    let mut stage = Stage::new(theme, size);
    stage.save("signin");
    drawn::sign_in(&mut stage);
    stage.save("empty");
    drawn::drop_all(&mut stage);
    stage.save("upload");
    stage.act(Action::ShowTab(Tab::Details));
    stage.act(Action::ShowSkipped(true));
    stage.save("details");
    stage.act(Action::ClearDrop);
    drawn::drop_folder(&mut stage, drawn::skipped());
    stage.save("nothing");
    stage.act(Action::ClearDrop);
    drawn::transfer_all(&mut stage);
    stage.save("transfers");
    let asked = stage.act(Action::Go(Page::Orders));
    drawn::answer_search(&mut stage, &asked, drawn::orders());
    stage.act(Action::SelectOrder(drawn::orders()[0].patient_order_uuid));
    stage.save("orders");
    orders(&mut stage);
    drawn::show_folders(&mut stage);
    stage.save("folders");
    stage.act(Action::Go(Page::Log));
    let what = "The folder list could not be had: the account does not answer.".to_owned();
    stage.apply(Event::Failed(Failure {
        what,
        remedy: "Try again in a minute.".into(),
    }));
    stage.save("log");
    stage.act(Action::AskClose);
    stage.save("dialog");
}

/// The states of the Orders page.
fn orders(stage: &mut Stage) {
    let ask = |stage: &mut Stage, act| drop(stage.act(Action::Orders(act)));
    drawn::show_orders(stage);
    drawn::show_order(stage);
    stage.save("order");
    stage.drop_here(&["/tmp/Report.pdf", "/tmp/Notes.docx", "/tmp/Scan.png"]);
    stage.save("order-documents");
    ask(stage, OrdersAct::ShowTab(OrderTab::Shares));
    stage.save("order-shares");
    stage.act(Action::ToggleMore);
    stage.act(Action::SetDates(DateChoice::Custom));
    stage.save("orders-filters");
    stage.act(Action::ToggleMore);
    stage.act(Action::SetDates(DateChoice::Any));
    drawn::show_orders(stage);
    let asked = stage.act(Action::Search);
    drawn::answer_search(stage, &asked, drawn::flagged());
    ask(stage, OrdersAct::SelectAll);
    stage.save("orders-many");
    for (what, name) in [
        (OrderAsk::Delete, "orders-delete"),
        (OrderAsk::Folder, "orders-folder"),
        (OrderAsk::Assign, "orders-assign"),
        (OrderAsk::Flag, "orders-flag"),
        (OrderAsk::Move, "orders-move"),
    ] {
        ask(stage, OrdersAct::Ask(what));
        if what == OrderAsk::Assign {
            ask(stage, OrdersAct::Choose(Choice::User(Uuid::from_u128(2))));
        }
        stage.save(name);
        stage.act(Action::CloseDialog);
    }
    ask(stage, OrdersAct::NewOrder);
    stage.save("orders-new");
    ask(stage, OrdersAct::MakeOrder);
    stage.save("orders-new-missing");
    stage.act(Action::CloseDialog);
    stage.hovering = true;
    stage.act(Action::SelectOrder(drawn::orders()[0].patient_order_uuid));
    stage.save("orders-drop");
    stage.hovering = false;
    for column in Column::ALL {
        ask(stage, OrdersAct::ShowColumn { column, on: true });
    }
    stage.save("orders-columns");
    ask(stage, OrdersAct::UsualColumns);
}

#[test]
fn every_page_is_painted_in_the_dark_at_full_size() {
    pages(Theme::Dark, (1280, 800));
}

#[test]
fn every_page_is_painted_in_the_light_at_full_size() {
    pages(Theme::Light, (1280, 800));
}

#[test]
fn every_page_is_painted_at_its_least_size() {
    pages(Theme::Dark, (960, 600));
}
