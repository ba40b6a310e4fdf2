//! Text in the corners of a picture.

use eframe::egui::{Align, Align2, Rect, Ui, vec2};

use crate::model::{Axis, Model, Subject};
use crate::ui::theme::{self, Ink, ink};
use crate::ui::widgets::{self, Words, in_rect};
use crate::words;

/// Line height, in points.
const LINE: f32 = 16.0;

/// Lines of each corner.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Corners {
    pub(super) left_top: Vec<String>,
    pub(super) right_top: Vec<String>,
    pub(super) left_bottom: Vec<String>,
    pub(super) right_bottom: Vec<String>,
}

impl Corners {
    pub(super) fn of(model: &Model, subject: &Subject<'_>) -> Self {
        let Subject {
            patient,
            study,
            series,
            ..
        } = subject;
        let born = patient.birth_date.map(words::date).unwrap_or_default();
        let when = match (study.date, study.time) {
            (Some(date), Some(time)) => words::date_time(date.to_datetime(time)),
            (Some(date), None) => words::date(date),
            _ => String::new(),
        };
        let number = series
            .number
            .map(|number| format!("Series {number}"))
            .unwrap_or_else(|| "Series".to_owned());
        let mut left_bottom = vec![super::join(&number, &super::series_title(series))];
        left_bottom.extend(place(model, subject));
        Corners {
            left_top: vec![
                words::patient_name(&patient.name),
                patient.id.clone(),
                format!("{born} {}", patient.sex).trim().to_owned(),
            ],
            right_top: vec![study.institution.clone(), study.description.clone(), when],
            left_bottom,
            right_bottom: how(model),
        }
    }

    /// Paints the corners. `above`: points to leave free at the lower right corner.
    pub(super) fn paint(&self, ui: &mut Ui, rect: Rect, above: f32) {
        lines(ui, rect, &self.left_top, Align2::LEFT_TOP);
        lines(ui, rect, &self.right_top, Align2::RIGHT_TOP);
        lines(ui, rect, &self.left_bottom, Align2::LEFT_BOTTOM);
        let rect = rect.with_max_y(rect.bottom() - above);
        lines(ui, rect, &self.right_bottom, Align2::RIGHT_BOTTOM);
    }
}

/// Text such as "Image 148 of 312" for the picture on screen, and what is still loading.
pub(super) fn place(model: &Model, subject: &Subject<'_>) -> Vec<String> {
    let images = words::number(subject.series.images.len() as u64);
    let number = |index: usize| words::number(index as u64 + 1);
    let frame_number = |frame: u32| words::number(u64::from(frame) + 1);
    let several = subject.image.frames > 1;
    let frames = words::number(subject.image.frames.into());
    let mut lines = Vec::new();
    let wanted = (subject.index, subject.frame);
    match model.viewer.front().map(|front| (front.index, front.frame)) {
        Some(front) => {
            // In a series of a single file, only the frames are counted.
            if subject.axis() == Axis::Images {
                lines.push(format!("Image {} of {images}", number(front.0)));
            }
            if several && front.0 == subject.index {
                lines.push(format!("Frame {} of {frames}", frame_number(front.1)));
            }
            if front.0 != wanted.0 {
                lines.push(format!("Image {} is loading …", number(wanted.0)));
            } else if front.1 != wanted.1 {
                lines.push(format!("Frame {} is loading …", frame_number(wanted.1)));
            }
        }
        None => lines.push(format!(
            "Image {} of {images} is loading …",
            number(wanted.0)
        )),
    }
    lines
}

/// Text such as "C −600 W 1500" and "zoom 1.0".
fn how(model: &Model) -> Vec<String> {
    if model.viewer.shot(&model.pictures).is_none() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if let Some(window) = model.viewer.shown_window(&model.pictures) {
        lines.push(window_words(window.center, window.width));
    }
    let tens = (model.viewer.zoom * 10.0).round() / 10.0;
    lines.push(format!("zoom {tens:.1}"));
    lines
}

/// Window centre and width such as "C −600 W 1500"; with decimals if the width is small.
pub(super) fn window_words(center: f64, width: f64) -> String {
    let digits = match width {
        width if width >= 20.0 => 0,
        width if width >= 1.0 => 2,
        _ => 4,
    };
    let number = |value: f64| {
        let text = format!("{value:.digits$}");
        match text.strip_prefix('-') {
            Some(rest) if rest.chars().all(|digit| matches!(digit, '0' | '.')) => rest.to_owned(),
            Some(rest) => format!("−{rest}"),
            None => text,
        }
    };
    format!("C {} W {}", number(center), number(width))
}

fn lines(ui: &mut Ui, rect: Rect, lines: &[String], align: Align2) {
    let lines: Vec<&String> = lines.iter().filter(|line| !line.is_empty()).collect();
    let height = LINE * lines.len() as f32;
    let top = if align.y() == Align::Max {
        rect.bottom() - height
    } else {
        rect.top()
    };
    let side = Align2([align.x(), Align::Center]);
    let half = if side == Align2::LEFT_CENTER {
        rect.left()..=rect.center().x - 8.0
    } else {
        rect.center().x + 8.0..=rect.right()
    };
    for (index, line) in lines.iter().enumerate() {
        let y = top + LINE * index as f32;
        let place = Rect::from_x_y_ranges(half.clone(), y..=y + LINE);
        outline(ui, place, side, line, ink::small(theme::PICTURE_GROUND));
        in_rect(ui, place, side, line, ink::small(theme::ON_PICTURE));
    }
}

/// Offsets of the outline, in points.
const AROUND: [(f32, f32); 8] = [
    (-1.0, -1.0),
    (0.0, -1.0),
    (1.0, -1.0),
    (-1.0, 0.0),
    (1.0, 0.0),
    (-1.0, 1.0),
    (0.0, 1.0),
    (1.0, 1.0),
];

/// Black outline that keeps text readable on bright pictures.
pub(super) fn outline(ui: &Ui, place: Rect, side: Align2, line: &str, black: Ink) {
    let colour = theme::PICTURE_GROUND;
    let galley = Words::of(line, black).galley(ui, place.width());
    let at = side.align_size_within_rect(galley.size(), place).min;
    for (x, y) in AROUND {
        let at = widgets::snap(at) + vec2(x, y);
        ui.painter().galley(at, galley.clone(), colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, UploadAction, testing};

    #[test]
    fn a_window_is_written_with_as_many_digits_as_it_has_use_for() {
        assert_eq!(window_words(-600.0, 1500.0), "C −600 W 1500");
        assert_eq!(window_words(-0.2, 400.4), "C 0 W 400");
        assert_eq!(window_words(2.5, 5.25), "C 2.50 W 5.25");
        assert_eq!(window_words(0.05, 0.1), "C 0.0500 W 0.1000");
    }

    #[test]
    fn nothing_is_said_of_a_picture_that_is_not_there_yet() {
        let mut model = testing::with_drop();
        let thorax = testing::uid_of(&model, "Thorax with contrast");
        drop(model.act(Action::Upload(UploadAction::SelectStudy(thorax))));
        let subject = model.subject().unwrap();
        let corners = Corners::of(&model, &subject);
        assert_eq!(
            corners.left_bottom,
            ["Series 2 · Lung 1.25 mm", "Image 157 of 312 is loading …"]
        );
        assert!(corners.right_bottom.is_empty());
        assert_eq!(corners.left_top[0], "Öberg, Märta");
    }
}
