//! How long the window's own code takes for a frame while a table of 100,000 orders is scrolled, beside the same for a table
//! without orders, without a display. Also: how long sorting them by each column stops the window.
//! `cargo bench --bench orders_table`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly, and its output is what it is for"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::mpsc::{self, SyncSender};
use std::time::{Duration, Instant};

use common::drawn;
use common::drawn::Drive;
use eframe::egui::{
    self, Context, MouseWheelSource, MouseWheelUnit, RawInput, Rect, TouchPhase, pos2, vec2,
};
use studydrop::app::{App, Start};
use studydrop::cloud::model::Order;
use studydrop::message::{Command, Event};
use studydrop::model::{Action, Column, Model, OrdersAction, Page, Select, ShellAction};
use studydrop::worker::Handle;
use tokio::sync::mpsc as async_mpsc;
use uuid::Uuid;

const ORDERS: usize = 100_000;
const FRAMES: usize = 600;

/// A window whose worker only listens.
struct Stage {
    app: App,
    ctx: Context,
    events: SyncSender<Event>,
    commands: async_mpsc::Receiver<Command>,
    time: f64,
    _data: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (events, inbox) = mpsc::sync_channel(4096);
        let (outbox, commands) = async_mpsc::channel(4096);
        let ctx = Context::default();
        let start = Start {
            data: data.path().to_owned(),
            practice: false,
            theme: None,
        };
        let handle = Handle::from_channels(outbox, inbox);
        let app = App::new(&ctx, handle, &start).with_clock(drawn::now);
        Stage {
            app,
            ctx,
            events,
            commands,
            time: 0.0,
            _data: data,
        }
    }

    fn asked(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }

    /// Lays out and tessellates one frame; how long that took.
    fn frame(&mut self, events: Vec<egui::Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0))),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let begun = Instant::now();
        let app = &mut self.app;
        let output = self.ctx.run_ui(input, |ui| {
            app.tick(&ui.ctx().clone());
            app.paint(ui);
        });
        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = begun.elapsed();
        drop(std::hint::black_box(shapes));
        let mut textures = output.textures_delta;
        drop(textures.set.drain());
        took
    }

    /// Scrolls from frame to frame, down and up again.
    fn scroll(&mut self) -> Vec<Duration> {
        self.frame(vec![egui::Event::PointerMoved(pos2(500.0, 500.0))]);
        let turn = |frame: usize| {
            let down = (frame / 100).is_multiple_of(2);
            let lines = if down { -900.0 } else { 850.0 };
            egui::Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, lines),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Unknown,
                modifiers: egui::Modifiers::NONE,
            }
        };
        (0..FRAMES)
            .map(|frame| self.frame(vec![turn(frame)]))
            .collect()
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

/// Orders that differ in every column.
fn many() -> Vec<Order> {
    let drawn = drawn::flagged();
    let order = |(number, order): (usize, &Order)| {
        let mixed = number.wrapping_mul(7919) % ORDERS;
        Order {
            patient_order_uuid: Uuid::from_u128(number as u128 + 1000),
            patient_name: format!("{}{}^{}", "Öberg", mixed % 5000, mixed),
            patient_id: format!("{:08}-{:04}", 19_000_000 + mixed, mixed % 10_000),
            accession_number: format!("A-{mixed:07}"),
            study_description: format!("{} {}", order.study_description, mixed % 97),
            performed_datetime: format!(
                "20{:02}-{:02}-{:02} 09:{:02}",
                mixed % 27,
                mixed % 12 + 1,
                mixed % 28 + 1,
                mixed % 60
            ),
            images_count: mixed as u64 % 2000,
            ..order.clone()
        }
    };
    drawn
        .iter()
        .cycle()
        .take(ORDERS)
        .enumerate()
        .map(order)
        .collect()
}

fn prepared(orders: Vec<Order>) -> Stage {
    let mut stage = Stage::new();
    drawn::sign_in(&mut stage);
    let asked = stage.act(Action::Shell(ShellAction::Go(Page::Orders)));
    drawn::answer_search(&mut stage, &asked, orders);
    for _ in 0..20 {
        stage.frame(Vec::new());
    }
    stage
}

fn report(name: &str, mut frames: Vec<Duration>) {
    frames.sort_unstable();
    let at = |share: usize| frames[(frames.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    println!(
        "{name:<28} median {:6.2} ms   99th percentile {:6.2} ms   longest {:6.2} ms",
        at(50),
        at(99),
        at(100)
    );
}

fn main() {
    println!("frames of the Orders page at 1280×800, layout and tessellation, {FRAMES} each");
    let empty = prepared(Vec::new()).scroll();
    let mut stage = prepared(many());
    let full = stage.scroll();
    report("no orders", empty);
    report("100,000 orders, scrolled", full);
    stage
        .app
        .act(Action::Orders(OrdersAction::Select(Select::All)));
    report("the same, all selected", stage.scroll());
    println!("how long one press stops the window:");
    for column in Column::ALL {
        let begun = Instant::now();
        stage.app.act(Action::Orders(OrdersAction::Sort(column)));
        println!(
            "  sort by {:<14} {:6.1} ms",
            column.key(),
            begun.elapsed().as_secs_f64() * 1000.0
        );
    }
    let begun = Instant::now();
    stage
        .app
        .act(Action::Orders(OrdersAction::Select(Select::All)));
    println!(
        "  select all             {:6.1} ms",
        begun.elapsed().as_secs_f64() * 1000.0
    );
    let again = stage.act(Action::Orders(OrdersAction::Search));
    let orders = many();
    let begun = Instant::now();
    drawn::answer_search(&mut stage, &again, orders);
    println!(
        "  take in a search       {:6.1} ms",
        begun.elapsed().as_secs_f64() * 1000.0
    );
}
