//! Position and interaction of the viewer's picture: pan, zoom, windowing.

use eframe::egui::{
    CornerRadius, CursorIcon, EventFilter, Id, PointerButton, Pos2, Rect, Response, Role, Sense,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::message::Shot;
use crate::model::{Action, Viewer, ViewerAction, ZOOMS};
use crate::ui::textures::{fit, shape};
use crate::ui::theme::{self, measure};

/// A picture's position on screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ui) struct Placed {
    /// Visible area; the picture is clipped to it.
    pub room: Rect,
    /// Rectangle of the whole picture, which may exceed `room`.
    pub place: Rect,
    /// Size in points at zoom 1, where the picture fits into `room`.
    whole: Vec2,
}

impl Placed {
    pub(super) fn of(room: Rect, shot: &Shot, viewer: &Viewer) -> Self {
        let whole = fit(room, shape(shot)).size();
        let size = whole * viewer.zoom;
        let (x, y) = viewer.centre;
        let min = room.center() - vec2(size.x * x, size.y * y);
        Placed {
            room,
            place: Rect::from_min_size(min, size),
            whole,
        }
    }

    /// Zooms to a factor; the point under `at` stays where it is.
    fn zoomed(&self, zoom: f32, at: Pos2) -> ViewerAction {
        let zoom = zoom.clamp(ZOOMS.0, ZOOMS.1);
        let under = (at - self.place.min) / self.place.size();
        let size = self.whole * zoom;
        let min = at - under * size;
        let centre = (self.room.center() - min) / size;
        ViewerAction::Zoom {
            zoom,
            centre: (centre.x, centre.y),
        }
    }

    /// Zooms so that one image pixel equals one screen pixel.
    fn true_size(&self, columns: u32, points_a_pixel: f32) -> ViewerAction {
        let wanted = columns as f32 * points_a_pixel;
        self.zoomed(wanted / self.whole.x.max(1.0), self.room.center())
    }

    fn moved(&self, by: Vec2, viewer: &Viewer) -> ViewerAction {
        let by = by / self.place.size();
        ViewerAction::Zoom {
            zoom: viewer.zoom,
            centre: (viewer.centre.0 - by.x, viewer.centre.1 - by.y),
        }
    }

    /// Pixels worth requesting for the longer side: 512, 1024, 2048 or 4096.
    pub(super) fn side(&self, pixels_per_point: f32) -> u32 {
        let longer = self.place.width().max(self.place.height()) * pixels_per_point;
        const SIDES: [u32; 4] = [512, 1024, 2048, 4096];
        let enough = SIDES.into_iter().find(|side| *side as f32 >= longer * 0.9);
        enough.unwrap_or(4096)
    }
}

/// egui id of the picture, for keyboard focus.
pub(super) fn id() -> Id {
    Id::unique("picture")
}

/// Paints the black background.
pub(super) fn ground(ui: &Ui, room: Rect) {
    let corner = CornerRadius::same(measure::CARD_CORNER);
    ui.painter()
        .rect_filled(room, corner, theme::PICTURE_GROUND);
}

/// Pointer interaction with the picture. `drawing`: the left button draws areas.
pub(super) fn interact(
    ui: &mut Ui,
    placed: &Placed,
    viewer: &Viewer,
    name: &str,
    drawing: bool,
) -> (Response, Option<Action>) {
    let rect = match drawing {
        true => placed.place.intersect(placed.room),
        false => placed.room,
    };
    let response = ui.interact(rect, id(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    if response.has_focus() {
        // Arrow keys step through the series instead of moving the focus.
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    let act = pointer(ui, placed, viewer, &response, drawing);
    if response.dragged_by(PointerButton::Secondary) {
        ui.ctx().set_cursor_icon(CursorIcon::Move);
    } else if response.hovered() && viewer.zoom > 1.0 && !drawing {
        let held = response.dragged();
        let hand = if held {
            CursorIcon::Grabbing
        } else {
            CursorIcon::Grab
        };
        ui.ctx().set_cursor_icon(hand);
    }
    (response, act.map(Action::Viewer))
}

fn pointer(
    ui: &Ui,
    placed: &Placed,
    viewer: &Viewer,
    response: &Response,
    drawing: bool,
) -> Option<ViewerAction> {
    let zoom = ui.input(|input| input.zoom_delta());
    let over = ui.rect_contains_pointer(placed.room);
    if over && (zoom - 1.0).abs() > 0.001 {
        let at = ui.input(|input| input.pointer.hover_pos());
        return Some(placed.zoomed(viewer.zoom * zoom, at.unwrap_or(placed.room.center())));
    }
    if response.drag_stopped_by(PointerButton::Secondary) {
        return Some(ViewerAction::Dropped);
    }
    let delta = response.drag_delta();
    let moves = delta != Vec2::ZERO;
    if moves && response.dragged_by(PointerButton::Secondary) {
        let Vec2 { x, y } = delta;
        return Some(ViewerAction::Drag { x, y });
    }
    let holds = response.dragged_by(PointerButton::Middle)
        || (!drawing && response.dragged_by(PointerButton::Primary));
    if moves && holds && viewer.zoom > 1.0 {
        return Some(placed.moved(delta, viewer));
    }
    (response.double_clicked() && !drawing).then_some(ViewerAction::Fit)
}

/// Zooms by a factor, keeping the centre.
pub(super) fn zoom_by(placed: &Placed, viewer: &Viewer, factor: f32) -> ViewerAction {
    placed.zoomed(viewer.zoom * factor, placed.room.center())
}

/// Zooms so that one image pixel equals one screen pixel.
pub(super) fn true_size(ui: &Ui, placed: &Placed, shot: &Shot) -> ViewerAction {
    placed.true_size(shot.facts.columns, 1.0 / ui.ctx().pixels_per_point())
}

/// Rectangle for a message in place of a picture.
pub(super) fn sentence_place(room: Rect) -> Rect {
    let width = (room.width() - 48.0).min(420.0);
    Rect::from_center_size(room.center(), vec2(width, room.height() - 48.0))
        .with_min_y(room.center().y - 32.0)
}

/// Centre of the icon above that message.
pub(super) fn sign_place(room: Rect) -> Pos2 {
    pos2(room.center().x, room.center().y - 52.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(zoom: f32, centre: (f32, f32)) -> Placed {
        let room = Rect::from_min_size(pos2(100.0, 50.0), vec2(600.0, 400.0));
        let whole = vec2(400.0, 400.0);
        let size = whole * zoom;
        let min = room.center() - vec2(size.x * centre.0, size.y * centre.1);
        Placed {
            room,
            place: Rect::from_min_size(min, size),
            whole,
        }
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_when_it_comes_nearer() {
        let before = placed(1.0, (0.5, 0.5));
        let at = pos2(300.0, 200.0);
        let ViewerAction::Zoom { zoom, centre } = before.zoomed(3.0, at) else {
            panic!("it zooms");
        };
        let after = placed(zoom, centre);
        let under = |placed: &Placed| (at - placed.place.min) / placed.place.size();
        assert!((under(&before) - under(&after)).length() < 1e-4);
        assert_eq!(after.place.width(), 1200.0);
    }

    #[test]
    fn a_picture_is_asked_for_as_large_as_it_is_seen() {
        assert_eq!(placed(1.0, (0.5, 0.5)).side(1.0), 512);
        assert_eq!(placed(1.0, (0.5, 0.5)).side(2.0), 1024);
        assert_eq!(placed(40.0, (0.5, 0.5)).side(1.0), 4096);
    }
}
