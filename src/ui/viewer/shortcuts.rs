//! Mouse wheel and keyboard shortcuts of the viewer.

use eframe::egui::{Event, Id, Key, Modifiers, MouseWheelUnit, Rect, Ui};

use super::canvas::{self, Placed};
use crate::message::Shot;
use crate::model::{Axis, Model, Subject, ViewerAction};

/// Scroll distance of a wheel notch in points, and images per page.
const A_NOTCH: f32 = 40.0;
const MANY: i32 = 10;
/// Zoom factor of one key press.
const NEARER: f32 = 1.25;

/// Keyboard and mouse help: input and effect.
pub(super) const TABLE: [(&str, &str); 14] = [
    ("Wheel, ↑ ↓ ← →", "next and previous image"),
    ("Page Up, Page Down", "ten images"),
    ("Home, End", "first and last image"),
    ("Shift + wheel, ← →", "frames of an image"),
    ("Right button, drag", "window: ↔ width, ↕ centre"),
    ("Ctrl + wheel, + −", "nearer, further"),
    ("Left button, drag", "move what is enlarged"),
    ("F, double click", "the whole picture"),
    ("1", "one pixel on one pixel"),
    ("I", "invert"),
    ("Space", "play, stop"),
    ("T", "text in the corners"),
    ("O", "overlays"),
    ("R", "reset"),
];

/// The action requested by wheel or keyboard.
pub(super) fn acts(
    ui: &Ui,
    room: Rect,
    model: &Model,
    subject: &Subject<'_>,
    on_screen: Option<(&Placed, &Shot)>,
) -> Option<ViewerAction> {
    if model.is_asking() || ui.ctx().any_popup_open() {
        return None;
    }
    // The wheel scrolls a report.
    let scrolls = matches!(super::front(model), super::OnScreen::Report(_));
    let turned = (!scrolls).then(|| wheel(ui, room)).flatten();
    if let Some(act) = turned {
        return Some(act);
    }
    let focused = ui.memory(|memory| memory.focused());
    let on_slider = focused.is_some_and(super::sliders::is_slider);
    if focused.is_some() && focused != Some(canvas::id()) && !on_slider {
        return None;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if let Some(act) = letters(ui, model, &pressed, on_screen) {
        return Some(act);
    }
    if on_slider {
        // A focused slider handles the arrow keys itself.
        return None;
    }
    steps(ui, &pressed, subject)
}

fn steps(ui: &Ui, pressed: &impl Fn(Key) -> bool, subject: &Subject<'_>) -> Option<ViewerAction> {
    // Counts key repeats, because keys may repeat faster than frames are painted.
    let times = |key| {
        let times = ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
        i32::try_from(times).unwrap_or(i32::MAX / MANY)
    };
    let across = times(Key::ArrowRight) - times(Key::ArrowLeft);
    let has_frames = subject.image.frames > 1 && subject.axis() == Axis::Images;
    if across != 0 && has_frames {
        return Some(ViewerAction::StepFrame(across));
    }
    let down = times(Key::ArrowDown) - times(Key::ArrowUp);
    let pages = times(Key::PageDown) - times(Key::PageUp);
    let by = across + down + pages * MANY;
    if by != 0 {
        return Some(ViewerAction::Step(by));
    }
    if pressed(Key::Home) {
        return Some(ViewerAction::End { last: false });
    }
    pressed(Key::End).then_some(ViewerAction::End { last: true })
}

fn letters(
    ui: &Ui,
    model: &Model,
    pressed: &impl Fn(Key) -> bool,
    on_screen: Option<(&Placed, &Shot)>,
) -> Option<ViewerAction> {
    for (key, act) in [
        (Key::I, ViewerAction::Invert),
        (Key::T, ViewerAction::Text),
        (Key::O, ViewerAction::Overlays),
        (Key::F, ViewerAction::Fit),
        (Key::R, ViewerAction::Reset),
        (Key::Space, ViewerAction::Play),
    ] {
        if pressed(key) {
            return Some(act);
        }
    }
    let (placed, shot) = on_screen?;
    if pressed(Key::Num1) {
        return Some(canvas::true_size(ui, placed, shot));
    }
    // On some keyboard layouts, plus needs Shift.
    let plus = || {
        let shifted = ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Plus));
        shifted || pressed(Key::Plus) || pressed(Key::Equals)
    };
    if plus() {
        return Some(canvas::zoom_by(placed, &model.viewer, NEARER));
    }
    let minus = pressed(Key::Minus);
    minus.then(|| canvas::zoom_by(placed, &model.viewer, 1.0 / NEARER))
}

/// Steps through images, or with Shift through frames, by whole notches of the wheel over the picture.
fn wheel(ui: &Ui, room: Rect) -> Option<ViewerAction> {
    let kept = Id::unique("wheel over the picture");
    if !ui.rect_contains_pointer(room) {
        return None;
    }
    let (turned, frames) = ui.input(|input| {
        let mut turned = 0.0;
        let mut frames = false;
        for event in &input.events {
            let Event::MouseWheel {
                unit,
                delta,
                modifiers,
                ..
            } = event
            else {
                continue;
            };
            // Ctrl + wheel zooms.
            if modifiers.command || modifiers.ctrl {
                continue;
            }
            frames |= modifiers.shift;
            // Some systems turn the scroll direction while Shift is held.
            let delta = match (modifiers.shift, delta.y == 0.0) {
                (true, true) => delta.x,
                _ => delta.y,
            };
            turned += match unit {
                MouseWheelUnit::Point => delta / A_NOTCH,
                _ => delta,
            };
        }
        (turned, frames)
    });
    if turned == 0.0 {
        return None;
    }
    let before: f32 = ui.data(|data| data.get_temp(kept)).unwrap_or_default();
    let all = before - turned;
    let steps = whole(all);
    ui.data_mut(|data| data.insert_temp(kept, all - steps as f32));
    match (steps, frames) {
        (0, _) => None,
        (steps, true) => Some(ViewerAction::StepFrame(steps)),
        (steps, false) => Some(ViewerAction::Step(steps)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "held between what one frame can turn"
)]
fn whole(turned: f32) -> i32 {
    turned.clamp(-100.0, 100.0).trunc() as i32
}
