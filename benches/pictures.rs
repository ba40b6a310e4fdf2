//! How quickly pictures come: thumbnails of a folder, and the picture after a notch of the wheel in a large series, through
//! the window's model and its worker. `cargo bench --bench pictures`

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark may fail loudly, and its output is what it is for"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use common::drawn;
use common::studies::StudyBuilder;
use studydrop::dicom::image::render::Look;
use studydrop::message::{
    Command, Content, Event, PictureAsk, Purpose, SessionEvent, Wishes, Workspace,
};
use studydrop::model::{Action, Model, Now, PictureKey, Shown, UploadAction, ViewerAction};
use studydrop::settings::Settings;
use studydrop::worker::{self, Handle};

const FILES: u32 = 2_000;
const IMAGES: u32 = 500;
/// How quickly somebody turns the wheel when she looks, and when she only passes by: notches a second.
const PACES: [f64; 3] = [10.0, 30.0, 100.0];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("writing {FILES} files of 530 KB …");
    let study = StudyBuilder::new().series(4).images(FILES / 4);
    let written = study.pixels(512, 518).write_to(folder.path());
    let paths: Vec<PathBuf> = written.into_iter().map(|file| file.path).collect();
    thumbnails(&paths);
    drop(folder);
    let folder = tempfile::tempdir().unwrap();
    println!("a series of {IMAGES} images of 512×512, 16 bits:");
    let series = StudyBuilder::new().images(IMAGES).pixels(512, 512);
    series.write_to(folder.path());
    for pace in PACES {
        let mut bench = Bench::open(folder.path());
        bench.wheel(&format!("{pace:.0} notches/s, cold"), Some(pace), 1);
        bench.wheel(&format!("{pace:.0} notches/s, back"), Some(pace), -1);
    }
    let mut bench = Bench::open(folder.path());
    let before = resident();
    bench.wheel("each as soon as the last, cold", None, 1);
    bench.wheel("each as soon as the last, back", None, -1);
    let after = resident();
    for turn in 0..4 {
        bench.turn(None, if turn % 2 == 0 { 1 } else { -1 });
    }
    println!(
        "memory       {before:6.0} MB before, {after:6.0} MB after 1,000 notches, {:6.0} MB after 3,000",
        resident()
    );
    bench.jumps();
    bench.windows();
}

/// Resident memory of this process in MB, where the system says it.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}

fn started(data: &Path) -> (Handle, Receiver<()>) {
    let (wake, woken): (Sender<()>, Receiver<()>) = channel();
    let wake = std::sync::Mutex::new(wake);
    let wake = Box::new(move || {
        let _ = wake.lock().unwrap().send(());
    });
    (worker::start(data.to_owned(), wake), woken)
}

fn thumbnails(paths: &[PathBuf]) {
    let data = tempfile::tempdir().unwrap();
    let (handle, woken) = started(data.path());
    let ask = |path: &PathBuf| PictureAsk {
        path: path.clone(),
        frame: 0,
        look: Look::default(),
        side: studydrop::model::THUMB,
        purpose: Purpose::Thumbnail,
    };
    let asks = paths.iter().map(ask).collect();
    let start = Instant::now();
    let watch = None;
    assert!(handle.send(Command::Pictures(Box::new(Wishes { asks, watch }))));
    let mut come = 0;
    while come < paths.len() {
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
        while let Some(event) = handle.try_recv() {
            if let Event::Picture(news) = event {
                assert!(matches!(&*news.result.unwrap(), Content::Picture(_)));
                come += 1;
            }
        }
    }
    println!(
        "thumbnails   {:6.0} a second",
        paths.len() as f64 / start.elapsed().as_secs_f64()
    );
}

/// The model and the worker as the window drives them; a frame is drawn as soon as something happens.
struct Bench {
    model: Model,
    handle: Handle,
    woken: Receiver<()>,
    opened: Instant,
    _data: tempfile::TempDir,
}

impl Bench {
    fn open(folder: &Path) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (handle, woken) = started(data.path());
        let mut bench = Bench {
            model: Model::new(Settings::default(), drawn::now()),
            handle,
            woken,
            opened: Instant::now(),
            _data: data,
        };
        drop(bench.model.apply(Event::Session(SessionEvent::SignedIn {
            account: Arc::clone(&drawn::account()),
            workspace: Workspace::Practice,
        })));
        let asked = bench.model.act(Action::Upload(UploadAction::Dropped(vec![
            folder.to_owned(),
        ])));
        bench.send(asked);
        bench.until(|model| model.upload.scanned && model.upload.scans.is_empty());
        bench.act(ViewerAction::End { last: false });
        bench.until(is_shown);
        bench
    }

    fn now(&self) -> Now {
        Now {
            running: self.opened.elapsed(),
            ..drawn::now()
        }
    }

    fn send(&self, commands: Vec<Command>) {
        for command in commands {
            assert!(self.handle.send(command), "the worker is behind");
        }
    }

    fn act(&mut self, act: ViewerAction) {
        let asked = self.model.act(Action::Viewer(act));
        self.send(asked);
    }

    /// What a frame does.
    fn frame(&mut self) {
        let asked = self.model.tick(self.now());
        self.send(asked);
        while let Some(event) = self.handle.try_recv() {
            let asked = self.model.apply(event);
            self.send(asked);
        }
    }

    fn until(&mut self, done: impl Fn(&Model) -> bool) {
        loop {
            self.frame();
            if done(&self.model) {
                return;
            }
            let _ = self.woken.recv_timeout(Duration::from_secs(60));
        }
    }

    /// Takes in what comes until this moment.
    fn rest(&mut self, until: Instant) {
        loop {
            self.frame();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.woken.recv_timeout(left).is_err() {
                return;
            }
        }
    }

    fn turn(&mut self, pace: Option<f64>, by: i32) -> Vec<Duration> {
        let mut took = Vec::new();
        let start = Instant::now();
        for notch in 1..IMAGES {
            if let Some(pace) = pace {
                self.rest(start + Duration::from_secs_f64(f64::from(notch) / pace));
            }
            let turned = Instant::now();
            self.act(ViewerAction::Step(by));
            self.until(is_shown);
            took.push(turned.elapsed());
        }
        took
    }

    fn wheel(&mut self, what: &str, pace: Option<f64>, by: i32) {
        let took = self.turn(pace, by);
        say(what, took);
    }

    /// The slider, dragged about: nothing was made ahead.
    fn jumps(&mut self) {
        let mut took = Vec::new();
        for jump in 0..200usize {
            let turned = Instant::now();
            self.act(ViewerAction::Image(jump * 197 % 500));
            self.until(is_shown);
            took.push(turned.elapsed());
        }
        say("jumps by the slider", took);
    }

    /// The window, dragged: another look of the same frame.
    fn windows(&mut self) {
        let mut took = Vec::new();
        for _ in 0..200 {
            let turned = Instant::now();
            self.act(ViewerAction::Drag { x: 1.0, y: 0.5 });
            self.until(is_shown);
            took.push(turned.elapsed());
        }
        self.act(ViewerAction::Dropped);
        say("the window, dragged", took);
    }
}

/// Whether the picture that is wanted is on the screen.
fn is_shown(model: &Model) -> bool {
    let Some(wanted) = model.wanted_view() else {
        return false;
    };
    let key = PictureKey::of(&wanted);
    match model.pictures.get(&key) {
        Shown::NotYet => false,
        Shown::None(why) => panic!("{why}"),
        Shown::Content(_) => model.viewer.front().is_some_and(|front| front.key == key),
    }
}

fn say(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let milliseconds = |at: usize| took[at.min(took.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{what:32} median {:6.2} ms, 99th percentile {:6.2} ms, most {:6.2} ms",
        milliseconds(took.len() / 2),
        milliseconds(took.len() * 99 / 100),
        milliseconds(took.len() - 1)
    );
}
