//! The invented patients of the drawings, as the worker would tell about them: for the model's tests here, and for those
//! of the whole window, which take this in as `common::drawn` and so name the crate from outside.

mod account;
mod details;
mod files;
mod hidden;
mod people;
mod transfers;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::date;
use studydrop::cloud::model::Order;
use studydrop::dicom::catalogue::Found;
use studydrop::dicom::image::render::{Facts, NamedWindow, Picture, Window};
use studydrop::dicom::media::Stamp;
use studydrop::message::{
    Candidate, Command, Content, Event, FilesEvent, OrdersCommand, OrdersEvent, PictureAsk,
    PictureNews, SessionEvent, Shot, Wishes, Workspace,
};
use studydrop::model::{Action, Model, Now, UploadAction};
use studydrop::settings::Settings;
use uuid::Uuid;

pub use account::{account, answer_search, folder, orders, show_folders};
pub use details::{flag, flagged, lists, properties, show_order, show_orders};
pub use files::{ABDOMEN, Drawn, KNEE, THORAX, files, skipped, skipped_of};
pub use hidden::{answer_cleaning, answer_table, preview, pseudonym, tell};
pub use people::{answer_directory, directory};
pub use transfers::{every_state, status, transfer_all, with_transfers};

/// Something that takes actions and events: a model alone, or a window.
pub trait Drive {
    /// Does it; what the worker is asked for.
    fn act(&mut self, action: Action) -> Vec<Command>;
    /// Takes it in.
    fn apply(&mut self, event: Event) -> Vec<Command>;
    /// What is shown.
    fn model(&self) -> &Model;
}

impl Drive for Model {
    fn act(&mut self, action: Action) -> Vec<Command> {
        Model::act(self, action)
    }

    fn apply(&mut self, event: Event) -> Vec<Command> {
        Model::apply(self, event)
    }

    fn model(&self) -> &Model {
        self
    }
}

/// The moment of the drawings.
pub fn now() -> Now {
    Now {
        running: Duration::from_secs(100),
        clock: date(2026, 11, 24).at(10, 30, 0, 0),
    }
}

/// Signed out.
pub fn model() -> Model {
    Model::new(Settings::default(), now())
}

pub fn sign_in(to: &mut impl Drive) {
    to.apply(Event::Session(SessionEvent::SignedIn {
        account: account(),
        workspace: Workspace::Practice,
    }));
}

/// Drops a folder in which this is found.
pub fn drop_folder(to: &mut impl Drive, found: Vec<Found>) {
    to.act(Action::Upload(UploadAction::Dropped(vec![
        "/media/disc".into(),
    ])));
    let job = to.model().upload.scans.last().expect("a scan runs").job;
    let seen = found.len() as u64;
    to.apply(Event::Files(FilesEvent::Scanned {
        job,
        found,
        seen,
        known: seen,
    }));
    to.apply(Event::Files(FilesEvent::ScanDone {
        job,
        cancelled: false,
    }));
}

/// The drop of the drawing: two patients, three studies, eleven files skipped.
pub fn drop_all(to: &mut impl Drive) {
    let found = [files(&THORAX), files(&ABDOMEN), files(&KNEE), skipped()].concat();
    drop_folder(to, found);
}

/// The UID of a dropped study.
pub fn uid_of(model: &Model, description: &str) -> String {
    let mut studies = model.upload.studies();
    let study = studies.find(|study| study.description == description);
    study.expect("it was dropped").study_instance_uid.clone()
}

/// A model with that drop.
pub fn with_drop() -> Model {
    let mut model = model();
    sign_in(&mut model);
    drop_all(&mut model);
    model
}

/// Answers every question for open orders: two that fit the thorax (one of them cannot be filled), one that fits the knee.
pub fn answer_candidates(to: &mut impl Drive, commands: &[Command]) {
    for command in commands {
        let Command::Orders(OrdersCommand::FindCandidates {
            location, study, ..
        }) = command
        else {
            continue;
        };
        let thorax = files(&THORAX);
        let is_thorax = matches!(&thorax[0], Found::Image(header) if header.study.study_instance_uid == study.study_instance_uid);
        let list = match (is_thorax, study.patient_id.as_str()) {
            (true, _) => vec![
                candidate(1, (THORAX.name, THORAX.id, "A-20261123-07"), (true, true)),
                candidate(2, (THORAX.name, THORAX.id, ""), (true, false)),
            ],
            (_, "P-00817") => vec![candidate(3, (KNEE.name, KNEE.id, "A-77"), (false, false))],
            _ => Vec::new(),
        };
        to.apply(Event::Orders(OrdersEvent::Candidates {
            study: study.clone(),
            location: *location,
            result: Ok(Arc::new(list)),
        }));
    }
}

fn candidate(number: u128, who: (&str, &str, &str), same: (bool, bool)) -> Candidate {
    let (name, id, accession) = who;
    let performed = if same.1 { "2026-11-23 09:00" } else { "" };
    Candidate {
        order: Order {
            patient_order_uuid: Uuid::from_u128(number),
            patient_name: name.into(),
            patient_id: id.into(),
            accession_number: accession.into(),
            performed_datetime: performed.into(),
            ..Order::default()
        },
        same_patient_id: true,
        same_accession: same.1,
        same_name: same.0,
    }
}

/// Discs in each other, grey.
pub fn phantom(side: u32, hue: u32) -> Arc<Picture> {
    static DRAWN: Mutex<BTreeMap<(u32, u32), Arc<Picture>>> = Mutex::new(BTreeMap::new());
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let picture = drawn
        .entry((side, hue))
        .or_insert_with(|| draw_phantom(side, hue));
    picture.clone()
}

fn draw_phantom(side: u32, hue: u32) -> Arc<Picture> {
    let middle = f64::from(side) / 2.0;
    let mut rgba = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = (f64::from(x) - middle, f64::from(y) - middle);
            let far = (dx * dx + dy * dy).sqrt() / middle;
            let grey = match far {
                far if far > 0.70 => 0,
                far if far > 0.63 => 205,
                far if far > 0.42 => 110 + hue,
                far if far > 0.15 => 70,
                far if far > 0.09 => 180,
                _ => 125,
            };
            let grey = u8::try_from(grey.min(255)).unwrap_or(u8::MAX);
            rgba.extend([grey, grey, grey, 255]);
        }
    }
    Arc::new(Picture {
        width: side,
        height: side,
        rgba,
    })
}

/// What is known of a made-up frame of a CT.
pub fn facts(side: u32, frames: u32) -> Facts {
    let named = |name: &str, center, width| NamedWindow {
        name: name.into(),
        center,
        width,
    };
    Facts {
        columns: side,
        rows: side,
        frames,
        frame: 0,
        aspect: 1.0,
        is_colour: false,
        darkest: -1024.0,
        brightest: 2976.0,
        windows: vec![named("LUNG", -600.0, 1500.0), named("", 40.0, 400.0)],
        shown: Window {
            center: -600.0,
            width: 1500.0,
        },
        unit: "HU".into(),
        modality: "CT".into(),
        body_part: "CHEST".into(),
        photometric: "MONOCHROME2".into(),
        has_overlays: false,
        is_cut: false,
    }
}

/// The answer to a wish: a picture of discs.
pub fn answer(ask: &PictureAsk) -> PictureNews {
    let hue = u32::try_from(ask.path.as_os_str().len() % 4).unwrap_or_default() * 8;
    let side = if ask.side > 128 { 512 } else { 96 };
    let shot = Shot {
        picture: Picture::clone(&phantom(side, hue)),
        facts: Arc::new(facts(512, 1)),
        rate: None,
    };
    PictureNews {
        ask: ask.clone(),
        stamp: Stamp::default(),
        result: Ok(Arc::new(Content::Picture(shot))),
    }
}

/// The pictures that were asked for last.
pub fn wishes(commands: &[Command]) -> Option<&Wishes> {
    commands.iter().rev().find_map(|command| match command {
        Command::Pictures(wishes) => Some(&**wishes),
        _ => None,
    })
}

/// Answers every picture that was asked for, and those that are asked for then.
pub fn answer_pictures(to: &mut impl Drive, commands: &[Command]) {
    let mut asks = wishes(commands).map_or_else(Vec::new, |wishes| wishes.asks.clone());
    while !asks.is_empty() {
        let mut news = Vec::new();
        for ask in std::mem::take(&mut asks) {
            news.extend(to.apply(Event::Picture(Box::new(answer(&ask)))));
        }
        if let Some(wishes) = wishes(&news) {
            asks.clone_from(&wishes.asks);
        }
    }
}
