//! Toast messages.

use eframe::egui::{CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::words::{Words, snap};
use super::{Button, IconButton, Kind, Tone};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};

/// Which button of a toast was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastPress {
    /// The close button.
    Close,
    /// The *Undo* button.
    Undo,
}

/// A toast of 340 points in width, optionally with *Undo*.
pub fn toast(ui: &mut Ui, tone: Tone, title: &str, text: &str, undo: bool) -> Option<ToastPress> {
    const WIDTH: f32 = 340.0;
    let colours = theme::palette(ui);
    let (ink, _) = tone.colours(colours);
    let room = WIDTH - 14.0 - if undo { 108.0 } else { 40.0 };
    let title_galley = Words::of(title, ink::bold(colours.text)).galley_wrapped(ui, room);
    let text_galley = (!text.is_empty())
        .then(|| Words::of(text, ink::small(colours.dim)).galley_wrapped(ui, room));
    let text_height = text_galley
        .as_ref()
        .map_or(0.0, |galley| galley.size().y + 3.0);
    let (rect, response) = ui.allocate_exact_size(
        vec2(
            WIDTH,
            (title_galley.size().y + text_height + 24.0).max(if undo { 48.0 } else { 0.0 }),
        ),
        Sense::hover(),
    );
    response
        .widget_info(|| WidgetInfo::labeled(Role::Alert, true, format!("{title} {text}").trim()));
    let corner = CornerRadius::same(measure::CORNER);
    super::surface(ui, rect, corner, colours.raise, colours.line);
    let edge = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
    let corner = CornerRadius {
        nw: measure::CORNER,
        sw: measure::CORNER,
        ne: 0,
        se: 0,
    };
    ui.painter().rect_filled(edge, corner, ink);
    let mut at = pos2(rect.left() + 15.0, rect.top() + 12.0);
    let step = title_galley.size().y + 3.0;
    ui.painter().galley(snap(at), title_galley, colours.text);
    at.y += step;
    if let Some(galley) = text_galley {
        ui.painter().galley(snap(at), galley, colours.dim);
    }
    let cross = Rect::from_center_size(
        pos2(rect.right() - 20.0, rect.top() + 20.0),
        theme::square(24.0),
    );
    let mut pressed = None;
    if undo {
        let place = Rect::from_min_size(
            pos2(rect.right() - 102.0, rect.top() + 8.0),
            vec2(62.0, 24.0),
        );
        let button = Button::new(Kind::Plain, "Undo").height(24.0);
        if ui.place(place, button).clicked() {
            pressed = Some(ToastPress::Undo);
        }
    }
    if ui
        .place(cross, IconButton::new(icon::X, "Close this message"))
        .clicked()
    {
        pressed = Some(ToastPress::Close);
    }
    pressed
}
