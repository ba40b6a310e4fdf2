//! Model of the viewer: image, frame, window and zoom.

pub(in crate::model) mod picture_cache;
pub(in crate::model) mod update;
pub(in crate::model) mod window_presets;

use std::time::Duration;

use self::picture_cache::{MOST_VIEWS, PictureKey};
use super::{BIG, Model, Page, Pictures, Shown, Tab};
use crate::dicom::catalogue::{Image, Patient, Series, Study};
use crate::dicom::image::render::{Look, Window};
use crate::message::{Command, Content, PictureAsk, Purpose, Shot};

/// Minimum and maximum zoom; 1 fits the whole picture.
pub const ZOOMS: (f32, f32) = (0.25, 40.0);
/// Memory for prefetched pictures in bytes, and minimum and maximum number of them in the current direction.
const AHEAD_BYTES: usize = 48 * 1024 * 1024;
const AHEAD: (usize, usize) = (2, 24);
/// Number of pictures to prefetch against the current direction.
const BEHIND: usize = 3;

/// What is displayed.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Patient of the study.
    pub patient: &'a Patient,
    /// Study of the series.
    pub study: &'a Study,
    /// The displayed series.
    pub series: &'a Series,
    /// The displayed image.
    pub image: &'a Image,
    /// Index of the image in the series.
    pub index: usize,
    /// Frame number, starting at 0.
    pub frame: u32,
}

/// What the mouse wheel steps through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Images of the series.
    Images,
    /// Frames of the image.
    Frames,
}

impl Subject<'_> {
    /// What the mouse wheel steps through: frames if the series is a single multi-frame image, else images.
    pub fn axis(&self) -> Axis {
        match self.series.images.len() == 1 && self.image.frames > 1 {
            true => Axis::Frames,
            false => Axis::Images,
        }
    }

    /// What is played back: frames if there are several, else images.
    pub fn playable(&self) -> Option<Axis> {
        match (self.image.frames, self.series.images.len()) {
            (2.., _) => Some(Axis::Frames),
            (_, 2..) => Some(Axis::Images),
            _ => None,
        }
    }
}

/// The picture on screen and the image that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    /// Key of the picture.
    pub key: PictureKey,
    /// Series Instance UID.
    series: String,
    /// Index of the image in the series.
    pub index: usize,
    /// Frame number, starting at 0.
    pub frame: u32,
    /// Window that the picture was rendered with.
    window: Option<Window>,
}

/// State of the viewer dialog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stack {
    /// Study Instance UID (0020,000D)
    pub study: String,
    /// Series Instance UID; `None`: the largest series.
    pub series: Option<String>,
    /// Index of the image; `None`: the middle one.
    pub image: Option<usize>,
}

/// Display settings. Window, zoom and frame are reset for another series.
#[derive(Debug)]
pub struct Viewer {
    series: String,
    /// Window; `None`: as stored in the file.
    pub window: Option<Window>,
    /// Name of the window, if it was chosen by name.
    pub window_name: String,
    /// Whether grey levels are inverted.
    pub inverted: bool,
    /// Zoom factor; 1 fits the whole picture.
    pub zoom: f32,
    /// Point of the picture at the centre of the view, as fractions of width and height.
    pub centre: (f32, f32),
    /// Frame number, starting at 0; `None`: the image's representative frame.
    pub(super) frame: Option<u32>,
    /// Whether text is shown in the corners.
    pub text: bool,
    /// Whether overlays are shown.
    pub overlays: bool,
    /// When the next frame is due, while playing.
    pub(super) playing: Option<Duration>,
    /// Chosen frame rate in frames per second; `None`: as stored in the file.
    pub(super) rate: Option<f32>,
    /// The viewer dialog, while it is open.
    pub dialog: Option<Stack>,
    pub(super) backwards: bool,
    /// Whether the window is being changed by dragging.
    pub(super) dragging: bool,
    /// Longer side of requested pictures, in pixels.
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
    /// Rendering settings.
    pub fn look(&self) -> Look {
        Look {
            window: self.window,
            inverted: self.inverted,
            overlays: self.overlays,
        }
    }

    /// Chosen frame rate in frames per second; `None`: as stored in the file.
    pub fn picked_rate(&self) -> Option<f32> {
        self.rate
    }

    /// Whether playback is running.
    pub fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    /// The picture on screen, which may be a previous one until the wanted one has loaded.
    pub fn front(&self) -> Option<&Front> {
        self.front.as_ref()
    }

    /// The rendered picture on screen, unless it is a report or an error.
    pub fn shot<'a>(&self, pictures: &'a Pictures) -> Option<&'a Shot> {
        match pictures.get(&self.front()?.key) {
            Shown::Content(content) => match content.as_ref() {
                Content::Picture(shot) => Some(shot),
                Content::Report(_) | Content::Other(_) => None,
            },
            Shown::NotYet | Shown::None(_) => None,
        }
    }

    /// Window of the picture on screen; `None` for colour pictures.
    pub fn shown_window(&self, pictures: &Pictures) -> Option<Window> {
        let shot = self.shot(pictures)?;
        let own = (!shot.facts.is_colour).then_some(shot.facts.shown)?;
        Some(self.front()?.window.unwrap_or(own))
    }

    /// Resets the settings for another series, except the general ones.
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

    /// Resets window, inversion and zoom.
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

/// Middle index of `count`.
fn middle_of(count: u32) -> u32 {
    count / 2
}

/// Representative frame of an image: the middle one if it is the only image of the series, else the first.
pub fn standing_frame(series: &Series, image: &Image) -> u32 {
    match series.images.len() {
        1 => middle_of(image.frames),
        _ => 0,
    }
}

impl Model {
    /// Representative frame of an image. The first one if the middle one is missing or damaged.
    pub(super) fn standing_frame(&self, series: &Series, image: &Image) -> u32 {
        match standing_frame(series, image) {
            frame if self.pictures.is_without(&image.path, frame) => 0,
            frame => frame,
        }
    }

    /// Whether the viewer is visible.
    pub fn is_viewing(&self) -> bool {
        let in_upload = self.page == Page::Upload && self.upload.tab == Tab::Images;
        self.session.is_some() && (self.viewer.dialog.is_some() || in_upload)
    }

    /// What is displayed.
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
        // Settings made for another series do not apply.
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

    /// Request for the picture to display.
    pub fn wanted_view(&self) -> Option<PictureAsk> {
        let subject = self.subject()?;
        Some(self.view_of((subject.image, subject.frame), Purpose::View))
    }

    /// Requests for pictures likely to be displayed next: mainly in the current direction, a few in the other.
    fn ahead(&self) -> Vec<PictureAsk> {
        let Some(subject) = self.subject() else {
            return Vec::new();
        };
        if self.viewer.dragging {
            // They would be rendered with an outdated window.
            return Vec::new();
        }
        let shot = self.viewer.shot(&self.pictures);
        let bytes = shot.map_or(4 * 1024 * 1024, |shot| shot.picture.rgba.len());
        // Leaves memory for the displayed picture and its predecessor.
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
                // Stepping to another image starts at its representative frame.
                Some((image, standing_frame(subject.series, image)))
            }
            Axis::Frames => Some((subject.image, u32::try_from(at).ok()?)),
        };
        let pictures = places.filter_map(of_place);
        pictures
            .map(|what| self.view_of(what, Purpose::Ahead))
            .collect()
    }

    /// Updates the displayed picture, and requests pictures if the list of wanted ones has changed.
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
        // The previous picture is not kept for another series or after it was dropped.
        let front = front.filter(|front| front.series == series && self.pictures.has(&front.key));
        if !self.pictures.has(&key) {
            // Until it has loaded, shows the same image with older settings, else the previous picture.
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
