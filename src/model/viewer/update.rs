//! User actions in the viewer, and playback.

use std::time::Duration;

use super::picture_cache::PictureKey;
use super::{Axis, Stack, ZOOMS};
use crate::dicom::image::render::{Facts, Window};
use crate::model::Model;

/// Default frame rate, in frames per second.
pub const RATE: f32 = 10.0;
/// Selectable frame rates, in frames per second.
pub const RATES: [f32; 7] = [1.0, 2.0, 5.0, 10.0, 15.0, 25.0, 50.0];
/// Minimum and maximum displayed frame rate, in frames per second.
const SHOWN_RATES: (f32, f32) = (0.1, 60.0);
/// Drag distance in points that corresponds to the full range of values.
const DRAG_OVER_ALL: f64 = 1000.0;

/// A user action in the viewer.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewerAction {
    /// Moves by a number of images or frames, depending on [`Axis`]; negative is back.
    Step(i32),
    /// Moves by a number of frames of this image.
    StepFrame(i32),
    /// Shows an image by its index.
    Image(usize),
    /// Shows a frame by its number, starting at 0.
    Frame(u32),
    /// Shows the first or the last image or frame.
    End {
        /// Whether to show the last one.
        last: bool,
    },
    /// Starts or stops playback.
    Play,
    /// Sets the frame rate in frames per second; `None`: as stored in the file.
    Rate(Option<f32>),
    /// Sets a named window; `None`: as stored in the file.
    Window(Option<(Window, String)>),
    /// Sets the window to the picture's full range of values.
    WholeRange,
    /// Changes the window by dragging, in points: right is wider, down is darker.
    Drag {
        /// Horizontal distance.
        x: f32,
        /// Vertical distance.
        y: f32,
    },
    /// Ends dragging.
    Dropped,
    /// Toggles inversion of grey levels.
    Invert,
    /// Toggles the text in the corners.
    Text,
    /// Toggles overlays.
    Overlays,
    /// Sets zoom and centre.
    Zoom {
        /// Zoom factor; 1 fits the whole picture.
        zoom: f32,
        /// Point at the centre, as fractions of width and height.
        centre: (f32, f32),
    },
    /// Fits the whole picture.
    Fit,
    /// Resets window, inversion and zoom.
    Reset,
    /// Opens a local study in the viewer dialog.
    Open {
        /// Study Instance UID (0020,000D)
        study: String,
        /// Series Instance UID of the series to show first.
        series: Option<String>,
    },
    /// Closes the viewer dialog.
    Close,
}

impl Model {
    pub(in crate::model) fn act_viewer(&mut self, act: ViewerAction) {
        // The series may have changed: the action applies to the one now displayed.
        self.settle_view();
        let viewer = &mut self.viewer;
        match act {
            ViewerAction::Step(_)
            | ViewerAction::StepFrame(_)
            | ViewerAction::Image(_)
            | ViewerAction::Frame(_)
            | ViewerAction::End { .. } => {
                // Manual navigation stops playback.
                (viewer.playing, viewer.dragging) = (None, false);
                self.go_through(&act);
            }
            ViewerAction::Play => self.play_or_stop(),
            ViewerAction::Rate(rate) => viewer.rate = rate,
            ViewerAction::Window(None) => {
                (viewer.window, viewer.window_name) = (None, String::new())
            }
            ViewerAction::Window(Some((window, name))) => {
                (viewer.window, viewer.window_name) = (Some(window), name);
            }
            ViewerAction::WholeRange => self.whole_range(),
            ViewerAction::Drag { x, y } => self.drag_window(x, y),
            ViewerAction::Dropped => viewer.dragging = false,
            ViewerAction::Invert => viewer.inverted = !viewer.inverted,
            ViewerAction::Text => viewer.text = !viewer.text,
            ViewerAction::Overlays => viewer.overlays = !viewer.overlays,
            ViewerAction::Zoom { zoom, centre } => viewer.zoom_to(zoom, centre),
            ViewerAction::Fit => viewer.fit(),
            ViewerAction::Reset => viewer.reset(),
            ViewerAction::Open { study, series } => {
                let image = None;
                viewer.playing = None;
                viewer.dialog = Some(Stack {
                    study,
                    series,
                    image,
                });
            }
            ViewerAction::Close => (viewer.dialog, viewer.playing) = (None, None),
        }
    }

    fn go_through(&mut self, act: &ViewerAction) {
        let Some(subject) = self.subject() else {
            return;
        };
        let (axis, index, frame) = (subject.axis(), subject.index, subject.frame);
        let images = subject.series.images.len();
        let frames = subject.image.frames;
        let image = |at: usize| (at.min(images.saturating_sub(1)), None);
        let frame_at = |at: u32| (index, Some(at.min(frames.saturating_sub(1))));
        let (at, to_frame) = match (act, axis) {
            (ViewerAction::Step(by), Axis::Images) => {
                let by = isize::try_from(*by).unwrap_or(0);
                image(index.saturating_add_signed(by))
            }
            (ViewerAction::Step(by), Axis::Frames) | (ViewerAction::StepFrame(by), _) => {
                frame_at(frame.saturating_add_signed(*by))
            }
            (ViewerAction::Image(at), _) => image(*at),
            (ViewerAction::Frame(at), _) => frame_at(*at),
            (ViewerAction::End { last: false }, Axis::Images) => image(0),
            (ViewerAction::End { last: true }, Axis::Images) => image(usize::MAX),
            (ViewerAction::End { last: false }, Axis::Frames) => frame_at(0),
            (ViewerAction::End { last: true }, Axis::Frames) => frame_at(u32::MAX),
            _ => return,
        };
        let before = (index, frame);
        let after = (at, to_frame.unwrap_or(frame));
        if after != before {
            self.viewer.backwards = after < before;
        }
        // At the end of a series the frame is kept.
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

    /// Selects a series.
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
        // There are no values further out, so everything would be black or white.
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

    /// Effective frame rate, in frames per second.
    pub fn rate(&self) -> f32 {
        let own = self.viewer.shot(&self.pictures).and_then(|shot| shot.rate);
        let rate = self.viewer.rate.or(own).unwrap_or(RATE);
        rate.clamp(SHOWN_RATES.0, SHOWN_RATES.1)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / f64::from(self.rate()))
    }

    /// Shows the next frame if it is due and the previous one was displayed. Stops if the viewer is not visible.
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
        // Delayed frames are not skipped.
        let interval = self.interval();
        let next = (due + interval).max(self.now.running + interval / 2);
        self.viewer.playing = Some(next);
    }

    /// When the next frame is due; `None` if playback is off or the wanted picture has not loaded.
    pub(in crate::model) fn play_due(&self) -> Option<Duration> {
        let due = self.viewer.playing?;
        let wanted = self.wanted_view()?;
        self.pictures.has(&PictureKey::of(&wanted)).then_some(due)
    }

    /// Stops playback because the window is hidden.
    pub fn hidden(&mut self) {
        self.viewer.playing = None;
    }
}

/// Name of the window over the full range of values.
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
        // A picture that fits is centred.
        self.centre = match self.zoom > 1.0 {
            true => (centre.0.clamp(0.0, 1.0), centre.1.clamp(0.0, 1.0)),
            false => (0.5, 0.5),
        };
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
