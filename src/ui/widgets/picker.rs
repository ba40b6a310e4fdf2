//! A button that opens a list, and the rows of such lists.

use eframe::egui::{
    Color32, CornerRadius, CursorIcon, Popup, PopupCloseBehavior, RectAlign, Response, Role, Sense,
    Ui, Widget, WidgetInfo, pos2, vec2,
};

use super::focus_ring;
use super::words::{Words, hint, icon_at, snap};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};

/// Shows `button` and, while it is open, its list below or above. Returns the list's result.
pub fn picker<T>(
    ui: &mut Ui,
    button: impl Widget,
    width: f32,
    stays_open: bool,
    list: impl FnOnce(&mut Ui) -> Option<T>,
) -> Option<T> {
    let response = button.ui(ui);
    let close = if stays_open {
        PopupCloseBehavior::CloseOnClickOutside
    } else {
        PopupCloseBehavior::CloseOnClick
    };
    let end = response.rect.center().x > ui.ctx().content_rect().width() * 0.66;
    let align = if end {
        RectAlign::BOTTOM_END
    } else {
        RectAlign::BOTTOM_START
    };
    let shown = Popup::menu(&response)
        .align(align)
        .gap(4.0)
        .width(width)
        .close_behavior(close)
        .show(|ui| {
            ui.set_min_width(width);
            ui.set_max_width(width);
            ui.spacing_mut().item_spacing.y = 1.0;
            list(ui)
        });
    shown.and_then(|shown| shown.inner)
}

/// A list row with a coloured dot before its text.
pub fn dot_row(ui: &mut Ui, colour: Color32, text: &str, on: bool) -> Response {
    let response = menu_row(ui, Some(""), text, "", on);
    let centre = response.rect.left_center() + vec2(18.0, 0.0);
    ui.painter().circle_filled(centre, 5.0, colour);
    response
}

/// A list row: icon, text, secondary text at the right end, and a check mark if it is the current one.
pub fn menu_row(ui: &mut Ui, sign: Option<&str>, text: &str, fact: &str, on: bool) -> Response {
    let colours = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), measure::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, ui.is_enabled(), on, text));
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(measure::CORNER), colours.raise);
    }
    focus_ring(ui, &response, rect.shrink(2.0), 4);
    let mut x = rect.left() + 10.0;
    if let Some(sign) = sign {
        icon_at(ui, pos2(x + 8.0, rect.center().y), sign, 16.0, colours.dim);
        x += 24.0;
    }
    let mut right = rect.right() - 10.0;
    if on {
        let centre = pos2(right - 7.0, rect.center().y);
        icon_at(ui, centre, icon::CHECK, 14.0, colours.accent);
        right -= 22.0;
    }
    if !fact.is_empty() {
        let galley = Words::of(fact, ink::small(colours.faint)).galley(ui, 120.0);
        right -= galley.size().x;
        let at = pos2(right, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(snap(at), galley, colours.faint);
        right -= 8.0;
    }
    let galley = Words::of(text, ink::body(colours.text)).galley(ui, right - x);
    let at = pos2(x, rect.center().y - galley.size().y / 2.0);
    let cut = galley.elided;
    ui.painter().galley(snap(at), galley, colours.text);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if cut { hint(response, text) } else { response }
}
