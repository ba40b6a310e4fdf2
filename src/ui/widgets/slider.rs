//! A slider for whole numbers.

use eframe::egui::accesskit::Action as Access;
use eframe::egui::{
    CornerRadius, CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Response, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use super::focus_ring;
use crate::ui::theme;

/// Half the knob's width, in points.
const KNOB: f32 = 7.0;

/// A slider for an index from 0 to `count - 1`. Returns the new index if it was moved. Arrow keys,
/// Page Up, Page Down, Home and End move it; screen readers hear values counted from 1.
pub fn slider(
    ui: &mut Ui,
    rect: Rect,
    id: Id,
    name: &str,
    (now, count): (usize, usize),
) -> Option<usize> {
    let last = count.saturating_sub(1);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| {
        let value = now.saturating_add(1) as f64;
        WidgetInfo::slider(ui.is_enabled(), value, name)
    });
    let track = rect.shrink2(vec2(KNOB, 0.0));
    paint(ui, track, share(now, last), &response);
    let moved = match response.interact_pointer_pos() {
        Some(at)
            if response.dragged() || response.clicked() || response.is_pointer_button_down_on() =>
        {
            let along = (at.x - track.left()) / track.width().max(1.0);
            Some(place(along, last))
        }
        _ => keys(ui, &response, now, last),
    };
    moved.filter(|to| *to != now)
}

fn share(now: usize, last: usize) -> f32 {
    now as f32 / last.max(1) as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the number of images"
)]
fn place(along: f32, last: usize) -> usize {
    let at = (along.clamp(0.0, 1.0) * last as f32).round() as usize;
    at.min(last)
}

fn keys(ui: &Ui, response: &Response, now: usize, last: usize) -> Option<usize> {
    let asked = |action| ui.input(|input| input.num_accesskit_action_requests(response.id, action));
    let by_reader = |now: usize| {
        now.saturating_add(asked(Access::Increment))
            .saturating_sub(asked(Access::Decrement))
    };
    if !response.has_focus() {
        return Some(by_reader(now).min(last));
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let on = pressed(Key::ArrowRight) + pressed(Key::ArrowDown) + pressed(Key::PageDown) * 10;
    let back = pressed(Key::ArrowLeft) + pressed(Key::ArrowUp) + pressed(Key::PageUp) * 10;
    let to = match (pressed(Key::Home), pressed(Key::End)) {
        (1.., _) => 0,
        (_, 1..) => last,
        _ => by_reader(now).saturating_add(on).saturating_sub(back),
    };
    Some(to.min(last))
}

fn paint(ui: &Ui, track: Rect, share: f32, response: &Response) {
    let colours = theme::palette(ui);
    let y = track.center().y;
    let x = track.left() + track.width() * share;
    let line = |from: f32, to: f32, colour| {
        let bar = Rect::from_min_max(pos2(from, y - 2.0), pos2(to, y + 2.0));
        ui.painter().rect_filled(bar, CornerRadius::same(2), colour);
    };
    line(track.left() - KNOB, track.right() + KNOB, colours.raise);
    line(track.left() - KNOB, x, colours.accent);
    let lit = response.hovered() || response.dragged();
    let colour = if lit {
        colours.accent_hover
    } else {
        colours.accent
    };
    ui.painter().circle_filled(pos2(x, y), KNOB, colour);
    let knob = Rect::from_center_size(pos2(x, y), theme::square(KNOB * 2.0));
    focus_ring(ui, response, knob, 8);
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_slider_is_the_nearest_whole_number() {
        assert_eq!(
            [0.0, 0.24, 0.26, 1.0, 7.0].map(|along| place(along, 2)),
            [0, 0, 1, 2, 2]
        );
        assert_eq!(place(0.5, 0), 0);
        assert_eq!(place(f32::NAN, 10), 0);
    }
}
