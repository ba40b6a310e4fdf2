//! What a person does with the picture, and playing.

use std::time::Duration;

use super::picture_cache::PictureKey;
use super::{Axis, Stack, ZOOMS};
use crate::dicom::image::render::{Facts, Window};
use crate::message::Command;
use crate::model::{Action, Model};

/// Frames a second where the file says nothing.
pub const RATE: f32 = 10.0;
/// The rates to choose from.
pub const RATES: [f32; 7] = [1.0, 2.0, 5.0, 10.0, 15.0, 25.0, 50.0];
/// The least and the most frames a second that are shown.
const SHOWN_RATES: (f32, f32) = (0.1, 60.0);
/// What a window changes by when it is dragged over the whole range of values, in points.
const DRAG_OVER_ALL: f64 = 1000.0;

/// What a person does with the picture.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewerAct {
    /// On by so many, back where it is less than 0: through what the wheel goes through.
    Step(i32),
    /// On by so many frames of this image.
    StepFrame(i32),
    /// To this image, counted from 0.
    Image(usize),
    /// To this frame, counted from 0.
    Frame(u32),
    /// To the first or the last one.
    End {
        /// Whether to the last.
        last: bool,
    },
    /// Plays, or stops.
    Play,
    /// So many frames a second; `None`: as the file says.
    Rate(Option<f32>),
    /// This window by its name; `None`: as the file says.
    Window(Option<(Window, String)>),
    /// From the darkest to the brightest value of this picture.
    WholeRange,
    /// The window is dragged by so many points: to the right it gets wider, down it gets darker.
    Drag {
        /// To the right.
        x: f32,
        /// Down.
        y: f32,
    },
    /// The drag is over.
    Dropped,
    /// Dark and bright the other way round.
    Invert,
    /// Corners written on, or not.
    Text,
    /// What is drawn over the image, or not.
    Overlays,
    /// So near, with this point of the picture in the middle.
    Zoom {
        /// Against being seen whole.
        zoom: f32,
        /// In parts of width and height.
        centre: (f32, f32),
    },
    /// The whole picture.
    Fit,
    /// Window, zoom and all as in the beginning.
    Reset,
    /// Looks at a study of this computer in a dialog.
    Open {
        /// (0020,000D)
        study: String,
        /// The series to begin with.
        series: Option<String>,
    },
    /// Closes the dialog.
    Close,
}

impl Model {
    pub(in crate::model) fn act_viewer(&mut self, act: ViewerAct) {
        // Another series may have come to the front since: what is done is done to that one.
        self.settle_view();
        let viewer = &mut self.viewer;
        match act {
            ViewerAct::Step(_)
            | ViewerAct::StepFrame(_)
            | ViewerAct::Image(_)
            | ViewerAct::Frame(_)
            | ViewerAct::End { .. } => {
                // Who goes somewhere by hand does not play on from there.
                (viewer.playing, viewer.dragging) = (None, false);
                self.go_through(&act);
            }
            ViewerAct::Play => self.play_or_stop(),
            ViewerAct::Rate(rate) => viewer.rate = rate,
            ViewerAct::Window(None) => (viewer.window, viewer.window_name) = (None, String::new()),
            ViewerAct::Window(Some((window, name))) => {
                (viewer.window, viewer.window_name) = (Some(window), name);
            }
            ViewerAct::WholeRange => self.whole_range(),
            ViewerAct::Drag { x, y } => self.drag_window(x, y),
            ViewerAct::Dropped => viewer.dragging = false,
            ViewerAct::Invert => viewer.inverted = !viewer.inverted,
            ViewerAct::Text => viewer.text = !viewer.text,
            ViewerAct::Overlays => viewer.overlays = !viewer.overlays,
            ViewerAct::Zoom { zoom, centre } => viewer.zoom_to(zoom, centre),
            ViewerAct::Fit => viewer.fit(),
            ViewerAct::Reset => viewer.reset(),
            ViewerAct::Open { study, series } => {
                let image = None;
                viewer.playing = None;
                viewer.dialog = Some(Stack {
                    study,
                    series,
                    image,
                });
            }
            ViewerAct::Close => (viewer.dialog, viewer.playing) = (None, None),
        }
    }

    fn go_through(&mut self, act: &ViewerAct) {
        let Some(subject) = self.subject() else {
            return;
        };
        let (axis, index, frame) = (subject.axis(), subject.index, subject.frame);
        let images = subject.series.images.len();
        let frames = subject.image.frames;
        let image = |at: usize| (at.min(images.saturating_sub(1)), None);
        let frame_at = |at: u32| (index, Some(at.min(frames.saturating_sub(1))));
        let (at, to_frame) = match (act, axis) {
            (ViewerAct::Step(by), Axis::Images) => {
                let by = isize::try_from(*by).unwrap_or(0);
                image(index.saturating_add_signed(by))
            }
            (ViewerAct::Step(by), Axis::Frames) | (ViewerAct::StepFrame(by), _) => {
                frame_at(frame.saturating_add_signed(*by))
            }
            (ViewerAct::Image(at), _) => image(*at),
            (ViewerAct::Frame(at), _) => frame_at(*at),
            (ViewerAct::End { last: false }, Axis::Images) => image(0),
            (ViewerAct::End { last: true }, Axis::Images) => image(usize::MAX),
            (ViewerAct::End { last: false }, Axis::Frames) => frame_at(0),
            (ViewerAct::End { last: true }, Axis::Frames) => frame_at(u32::MAX),
            _ => return,
        };
        let before = (index, frame);
        let after = (at, to_frame.unwrap_or(frame));
        if after != before {
            self.viewer.backwards = after < before;
        }
        // At the end of a series the frame stays where it is.
        if at != index || to_frame.is_some() {
            self.viewer.frame = to_frame;
        }
        self.show_image(at);
    }

    fn show_image(&mut self, at: usize) {
        match &mut self.viewer.dialog {
            Some(stack) => stack.image = Some(at),
            None => self.upload.image = Some(at),
        }
    }

    /// Another series in front.
    pub(in crate::model) fn select_series(&mut self, uid: String) {
        self.viewer.playing = None;
        match &mut self.viewer.dialog {
            Some(stack) => (stack.series, stack.image) = (Some(uid), None),
            None => (self.upload.series, self.upload.image) = (Some(uid), None),
        }
    }

    fn facts(&self) -> Option<&Facts> {
        let shot = self.viewer.shot(&self.pictures)?;
        (!shot.facts.is_colour).then_some(&*shot.facts)
    }

    fn whole_range(&mut self) {
        let Some(window) = self.facts().and_then(range_of) else {
            return;
        };
        self.viewer.window = Some(window);
        self.viewer.window_name = WHOLE_RANGE.to_owned();
    }

    fn drag_window(&mut self, x: f32, y: f32) {
        let Some(facts) = self.facts() else {
            return;
        };
        let now = self.viewer.window.unwrap_or(facts.shown);
        let all = range_of(facts).map_or(now.width, |window| window.width);
        let step = all / DRAG_OVER_ALL;
        let width = (now.width + f64::from(x) * step).max(step);
        let center = now.center + f64::from(y) * step;
        if !width.is_finite() || !center.is_finite() {
            return;
        }
        // No value lies beyond: further on everything stays black, or white.
        let (low, high) = (facts.darkest - all, facts.brightest + all);
        let center = center.max(low).min(high.max(low));
        let width = width.min(all * 4.0);
        self.viewer.window = Some(Window { center, width });
        self.viewer.window_name.clear();
        self.viewer.dragging = true;
    }

    fn play_or_stop(&mut self) {
        let playable = self.subject().and_then(|subject| subject.playable());
        self.viewer.playing = match (self.viewer.playing, playable) {
            (None, Some(_)) => Some(self.now.running + self.interval()),
            _ => None,
        };
        self.viewer.backwards = false;
    }

    /// Frames a second that are shown.
    pub fn rate(&self) -> f32 {
        let own = self.viewer.shot(&self.pictures).and_then(|shot| shot.rate);
        let rate = self.viewer.rate.or(own).unwrap_or(RATE);
        rate.clamp(SHOWN_RATES.0, SHOWN_RATES.1)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / f64::from(self.rate()))
    }

    /// The next frame, where it is due and the one before it was shown. Stops where nobody sees it.
    pub(in crate::model) fn play(&mut self) {
        if !self.is_viewing() || self.is_asking() {
            self.viewer.playing = None;
        }
        let Some(due) = self.play_due().filter(|due| *due <= self.now.running) else {
            return;
        };
        let Some(subject) = self.subject() else {
            self.viewer.playing = None;
            return;
        };
        match subject.playable() {
            Some(Axis::Frames) => {
                let next = (subject.frame + 1) % subject.image.frames.max(1);
                self.viewer.frame = Some(next);
            }
            Some(Axis::Images) => {
                let next = (subject.index + 1) % subject.series.images.len().max(1);
                self.viewer.frame = None;
                self.show_image(next);
            }
            None => {
                self.viewer.playing = None;
                return;
            }
        }
        // Nothing is made up for: what could not be made in time is shown later.
        let interval = self.interval();
        let next = (due + interval).max(self.now.running + interval / 2);
        self.viewer.playing = Some(next);
    }

    /// When the next frame is due; `None` where it is not played, or the one before is still on its way.
    pub(in crate::model) fn play_due(&self) -> Option<Duration> {
        let due = self.viewer.playing?;
        let wanted = self.wanted_view()?;
        self.pictures.has(&PictureKey::of(&wanted)).then_some(due)
    }

    /// Stops playing: the window cannot be seen.
    pub fn hidden(&mut self) {
        self.viewer.playing = None;
    }

    /// Pictures are on the screen: these thumbnails, and one that is so large.
    pub(in crate::model) fn see(&mut self, action: Action) -> Vec<Command> {
        if let Action::See { thumbs, side } = action {
            self.pictures.see(thumbs);
            self.viewer.side = side.unwrap_or(self.viewer.side);
        }
        Vec::new()
    }
}

/// The name of the window from the darkest to the brightest value.
pub const WHOLE_RANGE: &str = "Whole range";

fn range_of(facts: &Facts) -> Option<Window> {
    let width = facts.brightest - facts.darkest;
    (width.is_finite() && width > 0.0).then(|| Window {
        center: facts.darkest + width / 2.0,
        width,
    })
}

impl super::Viewer {
    fn zoom_to(&mut self, zoom: f32, centre: (f32, f32)) {
        if !(zoom.is_finite() && centre.0.is_finite() && centre.1.is_finite()) {
            return;
        }
        self.zoom = zoom.clamp(ZOOMS.0, ZOOMS.1);
        // What is seen whole stands in the middle.
        self.centre = match self.zoom > 1.0 {
            true => (centre.0.clamp(0.0, 1.0), centre.1.clamp(0.0, 1.0)),
            false => (0.5, 0.5),
        };
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
