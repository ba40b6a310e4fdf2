//! What of the selected series is looked at, and how: the image, the frame, the window, how near.

pub(in crate::model) mod picture_cache;
pub(in crate::model) mod update;
pub(in crate::model) mod window_presets;

use std::time::Duration;

use self::picture_cache::{MOST_VIEWS, PictureKey};
use super::{BIG, Model, Page, Pictures, Shown, Tab};
use crate::dicom::catalogue::{Image, Patient, Series, Study};
use crate::dicom::image::render::{Look, Window};
use crate::message::{Command, Content, PictureAsk, Purpose, Shot};

/// The least and the most that a picture is enlarged, against being seen whole.
pub const ZOOMS: (f32, f32) = (0.25, 40.0);
/// Bytes of pictures that are made ahead, and the fewest and the most of them in the direction in which somebody goes.
const AHEAD_BYTES: usize = 48 * 1024 * 1024;
const AHEAD: (usize, usize) = (2, 24);
/// How many are made behind.
const BEHIND: usize = 3;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Whose.
    pub patient: &'a Patient,
    /// The study.
    pub study: &'a Study,
    /// The series.
    pub series: &'a Series,
    /// The image, and its place in the series, counted from 0.
    pub image: &'a Image,
    /// Counted from 0.
    pub index: usize,
    /// The frame of it, counted from 0.
    pub frame: u32,
}

/// What is gone through by the wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// The images of the series.
    Images,
    /// The frames of the image.
    Frames,
}

impl Subject<'_> {
    /// What the wheel goes through: the frames where the series is one file of several, else its images.
    pub fn axis(&self) -> Axis {
        match self.series.images.len() == 1 && self.image.frames > 1 {
            true => Axis::Frames,
            false => Axis::Images,
        }
    }

    /// What is played: frames where there are any.
    pub fn playable(&self) -> Option<Axis> {
        match (self.image.frames, self.series.images.len()) {
            (2.., _) => Some(Axis::Frames),
            (_, 2..) => Some(Axis::Images),
            _ => None,
        }
    }
}

/// A picture that is on the screen: of which image.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    /// The picture.
    pub key: PictureKey,
    /// The series.
    series: String,
    /// The image's place in it, counted from 0.
    pub index: usize,
    /// The frame, counted from 0.
    pub frame: u32,
    /// How it is shown.
    window: Option<Window>,
}

/// A study that is looked at in a dialog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stack {
    /// (0020,000D)
    pub study: String,
    /// The series in front; `None`: the largest one.
    pub series: Option<String>,
    /// The image of it, counted from 0; `None`: the middle one.
    pub image: Option<usize>,
}

/// How it is looked at. Window, zoom and the like belong to one series; another one begins anew.
#[derive(Debug)]
pub struct Viewer {
    series: String,
    /// The window; `None`: as the file says.
    pub window: Option<Window>,
    /// Its name, where it was picked by name.
    pub window_name: String,
    /// Dark and bright the other way round.
    pub inverted: bool,
    /// How much larger than when it is seen whole.
    pub zoom: f32,
    /// Which point of the picture is in the middle, in parts of its width and height.
    pub centre: (f32, f32),
    /// The frame, counted from 0, of the image that was stepped to; `None`: the middle one.
    pub(super) frame: Option<u32>,
    /// Whether the corners are written on.
    pub text: bool,
    /// Whether what is drawn over the image is shown.
    pub overlays: bool,
    /// When the next one is due, while it is played.
    pub(super) playing: Option<Duration>,
    /// Frames a second that were picked; `None`: as the file says.
    pub(super) rate: Option<f32>,
    /// The study in the dialog, while that is open.
    pub dialog: Option<Stack>,
    pub(super) backwards: bool,
    /// Whether the window is being changed by dragging.
    pub(super) dragging: bool,
    /// Longest side of the picture in pixels that is worth asking for.
    pub(super) side: u32,
    front: Option<Front>,
}

impl Default for Viewer {
    fn default() -> Self {
        Viewer {
            series: String::new(),
            window: None,
            window_name: String::new(),
            inverted: false,
            zoom: 1.0,
            centre: (0.5, 0.5),
            frame: None,
            text: true,
            overlays: true,
            playing: None,
            rate: None,
            dialog: None,
            backwards: false,
            dragging: false,
            side: BIG,
            front: None,
        }
    }
}

impl Viewer {
    /// How pictures are made.
    pub fn look(&self) -> Look {
        Look {
            window: self.window,
            inverted: self.inverted,
            overlays: self.overlays,
        }
    }

    /// Frames a second that were picked; `None`: as the file says.
    pub fn picked_rate(&self) -> Option<f32> {
        self.rate
    }

    /// Whether it is played.
    pub fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    /// The picture on the screen, or the one that is shown until the wanted one is there.
    pub fn front(&self) -> Option<&Front> {
        self.front.as_ref()
    }

    /// What the picture on the screen is, where it is one.
    pub fn shot<'a>(&self, pictures: &'a Pictures) -> Option<&'a Shot> {
        match pictures.get(&self.front()?.key) {
            Shown::Content(content) => match content.as_ref() {
                Content::Picture(shot) => Some(shot),
                Content::Report(_) | Content::Other(_) => None,
            },
            Shown::NotYet | Shown::None(_) => None,
        }
    }

    /// The window on the screen, where there is one: colours have none.
    pub fn shown_window(&self, pictures: &Pictures) -> Option<Window> {
        let shot = self.shot(pictures)?;
        let own = (!shot.facts.is_colour).then_some(shot.facts.shown)?;
        Some(self.front()?.window.unwrap_or(own))
    }

    /// As another series begins: what is switched on stays on.
    fn begin(&mut self, series: &str) {
        *self = Viewer {
            series: series.to_owned(),
            text: self.text,
            overlays: self.overlays,
            side: self.side,
            dialog: self.dialog.take(),
            ..Viewer::default()
        };
    }

    /// The window, zoom and all as in the beginning.
    pub(super) fn reset(&mut self) {
        self.window = None;
        self.window_name.clear();
        self.inverted = false;
        self.fit();
    }

    pub(super) fn fit(&mut self) {
        self.zoom = 1.0;
        self.centre = (0.5, 0.5);
    }
}

/// The middle one of so many.
fn middle_of(count: u32) -> u32 {
    count / 2
}

/// The frame that stands for an image in its series: the middle one where the series is one file.
pub fn standing_frame(series: &Series, image: &Image) -> u32 {
    match series.images.len() {
        1 => middle_of(image.frames),
        _ => 0,
    }
}

impl Model {
    /// The frame that stands for an image: the first one where the file has fewer than it says, or the middle one is damaged.
    pub(super) fn standing_frame(&self, series: &Series, image: &Image) -> u32 {
        match standing_frame(series, image) {
            frame if self.pictures.is_without(&image.path, frame) => 0,
            frame => frame,
        }
    }

    /// Whether pictures are looked at: they are on the screen.
    pub fn is_viewing(&self) -> bool {
        let in_upload = self.page == Page::Upload && self.upload.tab == Tab::Images;
        self.session.is_some() && (self.viewer.dialog.is_some() || in_upload)
    }

    /// What is looked at.
    pub fn subject(&self) -> Option<Subject<'_>> {
        let (patient, study, series, picked) = match &self.viewer.dialog {
            Some(stack) => {
                let (patient, study) = self.study_here(&stack.study)?;
                let series = study.series.iter();
                let mut series = series.filter(|series| {
                    Some(series.series_instance_uid.as_str()) == stack.series.as_deref()
                });
                let series = series.next().or_else(|| study.largest_series())?;
                (patient, study, series, stack.image)
            }
            None => {
                let (patient, study) = self.selected_patient()?;
                let series = self.upload.selected_series()?;
                (patient, study, series, self.upload.image)
            }
        };
        let count = series.images.len();
        let index = picked.filter(|index| *index < count).unwrap_or(count / 2);
        let image = series.images.get(index)?;
        // What was changed belongs to the series that it was changed in.
        let is_its = self.viewer.series == series.series_instance_uid;
        let frame = self.viewer.frame.filter(|_| is_its);
        let frame = frame.unwrap_or_else(|| self.standing_frame(series, image));
        Some(Subject {
            patient,
            study,
            series,
            image,
            index,
            frame: frame.min(image.frames.saturating_sub(1)),
        })
    }

    fn view_of(&self, (image, frame): (&Image, u32), purpose: Purpose) -> PictureAsk {
        PictureAsk {
            path: image.path.clone(),
            frame,
            look: self.viewer.look(),
            side: self.viewer.side,
            purpose,
        }
    }

    /// The picture that is wanted on the screen.
    pub fn wanted_view(&self) -> Option<PictureAsk> {
        let subject = self.subject()?;
        Some(self.view_of((subject.image, subject.frame), Purpose::View))
    }

    /// What will probably be looked at next: on in the direction in which somebody went last, and a little behind.
    fn ahead(&self) -> Vec<PictureAsk> {
        let Some(subject) = self.subject() else {
            return Vec::new();
        };
        if self.viewer.dragging {
            // Each of them would be made with a window that is gone the next moment.
            return Vec::new();
        }
        let shot = self.viewer.shot(&self.pictures);
        let bytes = shot.map_or(4 * 1024 * 1024, |shot| shot.picture.rgba.len());
        // The one that is looked at, and the last one that stands in for it, need room too.
        let most = MOST_VIEWS / 2 / bytes.max(1);
        let far = (AHEAD_BYTES / bytes.max(1)).clamp(AHEAD.0, AHEAD.1);
        let far = far.min(most);
        let behind = BEHIND.min(most - far);
        let axis = match self.viewer.is_playing() {
            true => subject.playable().unwrap_or(Axis::Images),
            false => subject.axis(),
        };
        let (now, count) = match axis {
            Axis::Images => (subject.index, subject.series.images.len()),
            Axis::Frames => (subject.frame as usize, subject.image.frames as usize),
        };
        let (on, back) = match self.viewer.backwards {
            true => (-1, 1),
            false => (1, -1),
        };
        let wraps = self.viewer.is_playing();
        let place = |step: isize, far: usize| {
            let far = isize::try_from(far).ok()? * step;
            match (now.checked_add_signed(far), wraps) {
                (Some(at), _) if at < count => Some(at),
                (Some(at), true) => Some(at % count.max(1)),
                _ => None,
            }
        };
        let places = (1..=far).filter_map(|far| place(on, far));
        let places = places.chain((1..=behind).filter_map(|far| place(back, far)));
        let of_place = |at: usize| match axis {
            Axis::Images => {
                let image = subject.series.images.get(at)?;
                // Where the frame is not the first one, every image is stepped to at its beginning.
                Some((image, standing_frame(subject.series, image)))
            }
            Axis::Frames => Some((subject.image, u32::try_from(at).ok()?)),
        };
        let pictures = places.filter_map(of_place);
        pictures
            .map(|what| self.view_of(what, Purpose::Ahead))
            .collect()
    }

    /// Brings what is shown into line with what is there, and asks for what is wanted, where that has changed.
    pub(super) fn due_pictures(&mut self) -> Vec<Command> {
        self.settle_view();
        let is_viewing = self.is_viewing();
        let view = is_viewing.then(|| self.wanted_view()).flatten();
        let ahead = match view {
            Some(_) => self.ahead(),
            None => Vec::new(),
        };
        let wishes = self.pictures.wish(view, ahead);
        let wishes = wishes.map(|wishes| Command::Pictures(Box::new(wishes)));
        wishes.into_iter().collect()
    }

    pub(super) fn settle_view(&mut self) {
        let Some(subject) = self.subject() else {
            self.viewer.front = None;
            return;
        };
        let series = subject.series.series_instance_uid.clone();
        let (index, frame) = (subject.index, subject.frame);
        let path = subject.image.path.clone();
        let wanted = self.view_of((subject.image, frame), Purpose::View);
        if self.viewer.series != series {
            self.viewer.begin(&series);
            return self.settle_view();
        }
        let mut key = PictureKey::of(&wanted);
        let front = self.viewer.front.take();
        // Another series, or a picture that was given up: nothing stands in for what is wanted.
        let front = front.filter(|front| front.series == series && self.pictures.has(&front.key));
        if !self.pictures.has(&key) {
            // The same image in an older look stands in for it, else the one that was shown before.
            match self.pictures.newest_of(&path, frame) {
                Some(other) => key = other,
                None => {
                    self.viewer.front = front;
                    return;
                }
            }
        }
        self.viewer.front = Some(Front {
            window: key.window(),
            key,
            series,
            index,
            frame,
        });
    }
}
