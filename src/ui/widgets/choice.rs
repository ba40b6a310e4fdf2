//! Checkboxes, radio cards, chips, segments and tabs.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

use super::focus_ring;
use super::words::{Words, icon_at, snap};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};

/// State of a checkbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Not checked.
    Off,
    /// Partly checked: some of its children are.
    Some,
    /// Checked.
    On,
}

impl From<bool> for Check {
    fn from(on: bool) -> Self {
        if on { Check::On } else { Check::Off }
    }
}

const BOX: f32 = 16.0;

/// A checkbox with a label. An empty `text` draws only the box; `name` is the accessible name.
/// `refused`: why it is disabled.
pub fn checkbox(
    ui: &mut Ui,
    check: Check,
    text: &str,
    name: &str,
    refused: Option<&str>,
) -> Response {
    let colours = theme::palette(ui);
    let enabled = refused.is_none();
    let ink = if enabled { colours.text } else { colours.faint };
    let galley = Words::of(text, ink::body(ink)).galley(ui, ui.available_width() - BOX - 9.0);
    let width = if text.is_empty() {
        BOX
    } else {
        BOX + 9.0 + galley.size().x
    };
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(vec2(width, 20.0), sense);
    response
        .widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, check == Check::On, name));
    let square = Align2::LEFT_CENTER.align_size_within_rect(theme::square(BOX), rect);
    paint_box(ui, square, check, enabled, response.hovered());
    focus_ring(ui, &response, square, 4);
    let text_at = pos2(
        square.right() + 9.0,
        rect.center().y - galley.size().y / 2.0,
    );
    ui.painter().galley(snap(text_at), galley, ink);
    match refused {
        Some(reason) => response.on_hover_text(reason),
        None => response.on_hover_cursor(CursorIcon::PointingHand),
    }
}

/// Paints only the square of a checkbox.
pub fn check_box(ui: &Ui, square: Rect, check: Check, hovered: bool) {
    paint_box(ui, square, check, true, hovered);
}

fn paint_box(ui: &Ui, square: Rect, check: Check, enabled: bool, hovered: bool) {
    let colours = theme::palette(ui);
    let corner = CornerRadius::same(4);
    let fill = if enabled {
        colours.accent
    } else {
        colours.faint
    };
    match check {
        Check::Off => {
            let lit = hovered && enabled;
            let border = if lit { colours.dim } else { colours.faint };
            super::surface(ui, square, corner, Color32::TRANSPARENT, border);
        }
        Check::Some => {
            ui.painter().rect_filled(square, corner, fill);
            let dash = Rect::from_center_size(square.center(), vec2(8.0, 2.0));
            ui.painter()
                .rect_filled(dash, CornerRadius::ZERO, colours.on_accent);
        }
        Check::On => {
            ui.painter().rect_filled(square, corner, fill);
            icon_at(ui, square.center(), icon::CHECK, 12.0, colours.on_accent);
        }
    }
}

/// A rounded toggle, one of several.
pub fn chip(ui: &mut Ui, on: bool, text: &str) -> Response {
    let colours = theme::palette(ui);
    let ink = if on { colours.text } else { colours.dim };
    let galley = Words::of(text, ink::chip(ink)).galley(ui, f32::INFINITY);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 24.0, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, text));
    let (fill, border) = match (on, response.hovered()) {
        (true, _) => (colours.accent_bg, colours.accent),
        (false, true) => (colours.raise, colours.line),
        (false, false) => (Color32::TRANSPARENT, colours.line),
    };
    super::surface(ui, rect, CornerRadius::same(14), fill, border);
    focus_ring(ui, &response, rect, 14);
    let text_at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(snap(text_at.min), galley, ink);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// A rounded checkbox, with a check mark while it is on.
pub fn tick(ui: &mut Ui, on: bool, text: &str) -> Response {
    let colours = theme::palette(ui);
    let ink = if on { colours.text } else { colours.dim };
    let galley = Words::of(text, ink::chip(ink)).galley(ui, f32::INFINITY);
    let sign = if on { 18.0 } else { 0.0 };
    let size = vec2(galley.size().x + 24.0 + sign, 28.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), on, text));
    let (fill, border) = match (on, response.hovered()) {
        (true, _) => (colours.accent_bg, colours.accent),
        (false, true) => (colours.raise, colours.line),
        (false, false) => (Color32::TRANSPARENT, colours.line),
    };
    super::surface(ui, rect, CornerRadius::same(14), fill, border);
    focus_ring(ui, &response, rect, 14);
    if on {
        let centre = pos2(rect.left() + 19.0, rect.center().y);
        icon_at(ui, centre, icon::CHECK, 13.0, ink);
    }
    let text_at = pos2(
        rect.left() + 12.0 + sign,
        rect.center().y - galley.size().y / 2.0,
    );
    ui.painter().galley(snap(text_at), galley, ink);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// A radio button as a card with title and description.
pub fn radio_card(ui: &mut Ui, on: bool, title: &str, text: &str) -> Response {
    let colours = theme::palette(ui);
    let width = ui.available_width();
    let words = Words::of(text, ink::small(colours.dim)).galley_wrapped(ui, width - 56.0);
    let below = if text.is_empty() { 0.0 } else { words.size().y };
    let size = vec2(width, below + 42.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, title));
    let (fill, border) = match (on, response.hovered()) {
        (true, _) => (colours.accent_bg, colours.accent),
        (false, true) => (colours.raise, colours.line),
        (false, false) => (colours.card, colours.line),
    };
    let corner = CornerRadius::same(measure::CARD_CORNER);
    super::surface(ui, rect, corner, fill, border);
    focus_ring(ui, &response, rect, measure::CARD_CORNER);
    let centre = pos2(rect.left() + 21.0, rect.top() + 21.0);
    match on {
        true => {
            ui.painter().circle_filled(centre, 8.0, colours.accent);
            ui.painter().circle_filled(centre, 3.0, colours.on_accent);
        }
        false => {
            let stroke = eframe::egui::Stroke::new(1.0, colours.faint);
            ui.painter().circle_stroke(centre, 7.5, stroke);
        }
    }
    let left = rect.left() + 40.0;
    let heading = Words::of(title, ink::bold(colours.text)).galley(ui, width - 56.0);
    let top = pos2(left, rect.top() + 21.0 - heading.size().y / 2.0);
    ui.painter().galley(snap(top), heading, colours.text);
    ui.painter()
        .galley(snap(pos2(left, rect.top() + 32.0)), words, colours.dim);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// A row of chips of which one is on. Returns the index of the pressed one.
pub fn segmented(ui: &mut Ui, words: &[&str], on: usize) -> Option<usize> {
    let mut pressed = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (index, word) in words.iter().enumerate() {
            if chip(ui, index == on, word).clicked() {
                pressed = Some(index);
            }
        }
    });
    pressed
}

/// Tabs; the current one is underlined. Returns the index of the pressed one.
pub fn tabs(ui: &mut Ui, words: &[&str], on: usize) -> Option<usize> {
    let colours = theme::palette(ui);
    let mut pressed = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 20.0;
        for (index, word) in words.iter().enumerate() {
            let ink = if index == on {
                colours.text
            } else {
                colours.dim
            };
            let galley = Words::of(word, ink::medium(ink)).galley(ui, f32::INFINITY);
            let (rect, response) =
                ui.allocate_exact_size(vec2(galley.size().x, measure::MAIN), Sense::click());
            response.widget_info(|| {
                WidgetInfo::selected(Role::Tab, ui.is_enabled(), index == on, word)
            });
            let text_at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
            let ink = if response.hovered() {
                colours.text
            } else {
                ink
            };
            ui.painter()
                .galley_with_override_text_color(snap(text_at.min), galley, ink);
            if index == on {
                let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.max);
                ui.painter()
                    .rect_filled(line, CornerRadius::ZERO, colours.accent);
            }
            focus_ring(ui, &response, text_at.expand2(vec2(2.0, 4.0)), 2);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                pressed = Some(index);
            }
        }
    });
    pressed
}
