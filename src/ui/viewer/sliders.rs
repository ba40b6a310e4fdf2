//! Sliders below the picture: one for the images of a series, one for the frames of an image.

use eframe::egui::{Id, Rect, Ui, pos2};

use crate::model::{Action, Subject, ViewerAction};
use crate::ui::widgets;

/// Height of the row, in points.
pub(super) const HEIGHT: f32 = 22.0;

fn images() -> Id {
    Id::unique("slider of images")
}

fn frames() -> Id {
    Id::unique("slider of frames")
}

/// Whether the id belongs to one of the sliders.
pub(super) fn is_slider(id: Id) -> bool {
    id == images() || id == frames()
}

/// Paints a slider for images and one for frames, if there are several of them.
pub(super) fn show(ui: &mut Ui, rect: Rect, subject: &Subject<'_>) -> Option<Action> {
    let count = subject.series.images.len();
    let frame_count = subject.image.frames;
    let (left, right) = match (count > 1, frame_count > 1) {
        (true, true) => {
            let middle = rect.center().x;
            (rect.with_max_x(middle - 8.0), rect.with_min_x(middle + 8.0))
        }
        _ => (rect, rect),
    };
    let mut act = None;
    if count > 1 {
        let to = widgets::slider(ui, left, images(), "Image", (subject.index, count));
        act = to.map(ViewerAction::Image);
    }
    if frame_count > 1 {
        let now = (subject.frame as usize, frame_count as usize);
        let to = widgets::slider(ui, right, frames(), "Frame", now);
        let to = to.and_then(|to| u32::try_from(to).ok());
        act = act.or(to.map(ViewerAction::Frame));
    }
    if count < 2 && frame_count < 2 {
        // The height is reserved, so that the layout does not change between series.
        let y = rect.center().y;
        widgets::hline(ui, pos2(rect.left(), y).x..=rect.right(), y);
    }
    act.map(Action::Viewer)
}
