//! Surfaces: cards, banners, tags, lines, dashed borders.

use eframe::egui::{
    Align2, Color32, CornerRadius, Frame, Margin, Pos2, Rangef, Rect, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::words::{Words, icon_at, snap};
use super::{Button, Kind};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, Palette, ink, measure};

pub use crate::model::Tone;

impl Tone {
    /// Text and background colours.
    pub fn colours(self, colours: &Palette) -> (Color32, Color32) {
        match self {
            Tone::Plain => (colours.dim, colours.raise),
            Tone::Good => (colours.good, colours.good_bg),
            Tone::Warning => (colours.warning, colours.warning_bg),
            Tone::Bad => (colours.bad, colours.bad_bg),
        }
    }

    /// Icon beside the text.
    pub fn icon(self) -> &'static str {
        match self {
            Tone::Plain => icon::INFO,
            Tone::Good => icon::CHECK_CIRCLE,
            Tone::Warning => icon::WARNING,
            Tone::Bad => icon::WARNING_CIRCLE,
        }
    }
}

/// Frame of a card.
pub fn card_frame(ui: &Ui) -> Frame {
    let colours = theme::palette(ui);
    Frame::new()
        .fill(colours.card)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(CornerRadius::same(measure::CARD_CORNER))
        .inner_margin(Margin::same(16))
}

/// Frame of a dialog.
pub fn dialog_frame(ui_colours: &Palette, shadow: eframe::egui::Shadow) -> Frame {
    Frame::new()
        .fill(ui_colours.panel)
        .stroke(Stroke::new(1.0, ui_colours.line))
        .corner_radius(CornerRadius::same(measure::DIALOG_CORNER))
        .shadow(shadow)
        .inner_margin(Margin::same(20))
}

/// A coloured banner: bold text, plain text and an optional button. Returns whether the button was pressed.
pub fn banner(ui: &mut Ui, tone: Tone, bold: &str, rest: &str, press: Option<&str>) -> bool {
    let colours = theme::palette(ui);
    let (ink, ground) = tone.colours(colours);
    let width = ui.available_width();
    let button = press.map_or(0.0, |text| {
        Words::of(text, ink::medium(ink))
            .galley(ui, f32::INFINITY)
            .size()
            .x
            + 34.0
    });
    let words = Words::of(bold, ink::bold(colours.text))
        .and(" ", ink::body(colours.dim))
        .and(rest, ink::body(colours.dim));
    let galley = words.galley_wrapped(ui, width - 40.0 - 16.0 - button);
    let (rect, response) = ui.allocate_exact_size(
        vec2(width, (galley.size().y + 28.0).max(48.0)),
        Sense::hover(),
    );
    response
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{bold} {rest}").trim()));
    ui.painter()
        .rect_filled(rect, CornerRadius::same(measure::CORNER), ground);
    icon_at(
        ui,
        pos2(rect.left() + 21.0, rect.center().y),
        tone.icon(),
        18.0,
        ink,
    );
    let text_at = pos2(rect.left() + 40.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(snap(text_at), galley, colours.text);
    let Some(text) = press else { return false };
    let place = Rect::from_min_max(
        pos2(rect.right() - button, rect.top() + 8.0),
        pos2(rect.right() - 13.0, rect.bottom() - 8.0),
    );
    ui.place(
        place,
        Button::new(Kind::Plain, text).height(measure::CONTROL),
    )
    .clicked()
}

/// A centred notice: icon, title, and what to do about it.
pub fn notice(ui: &mut Ui, tone: Tone, sign: &str, what: &str, remedy: &str) {
    let colours = theme::palette(ui);
    let ink = if tone == Tone::Plain {
        colours.faint
    } else {
        tone.colours(colours).0
    };
    ui.vertical_centered(|ui| {
        let width = ui.available_width();
        let (rect, _) = ui.allocate_exact_size(vec2(width, 40.0), Sense::hover());
        icon_at(ui, rect.center(), sign, 36.0, ink);
        ui.add_space(4.0);
        let lines = [
            (what, ink::of(theme::bold(16.0), colours.text)),
            (remedy, ink::body(colours.dim)),
        ];
        for (text, ink) in lines.into_iter().filter(|(text, _)| !text.is_empty()) {
            let colour = ink.colour;
            let galley = Words::of(text, ink).galley_centred(ui, width.min(560.0));
            let size = vec2(width, galley.size().y);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
            ui.painter().galley(snap(rect.center_top()), galley, colour);
        }
    });
}

/// A tag with small text. `left` is the middle of its left edge, `most` its maximum width in points.
pub fn tag(ui: &mut Ui, left: Pos2, most: f32, text: &str) -> Rect {
    let colours = theme::palette(ui);
    let galley = Words::of(text, ink::tag(colours.dim)).galley(ui, most - 12.0);
    let rect = Rect::from_min_size(
        pos2(left.x, left.y - 7.0),
        vec2(galley.size().x + 12.0, 15.0),
    );
    ui.painter()
        .rect_filled(rect, CornerRadius::same(4), colours.raise);
    super::words::in_rect(
        ui,
        rect.shrink2(vec2(6.0, 0.0)).expand2(vec2(1.0, 0.0)),
        Align2::CENTER_CENTER,
        text,
        ink::tag(colours.dim),
    );
    rect
}

/// A horizontal line.
pub fn hline(ui: &Ui, x: impl Into<Rangef>, y: f32) {
    let colour = theme::palette(ui).line;
    let x = x.into();
    let rect = Rect::from_x_y_ranges(x, Rangef::new(y, y + 1.0));
    ui.painter().rect_filled(rect, CornerRadius::ZERO, colour);
}

/// A vertical line.
pub fn vline(ui: &Ui, x: f32, y: impl Into<Rangef>) {
    let colour = theme::palette(ui).line;
    let rect = Rect::from_x_y_ranges(Rangef::new(x, x + 1.0), y.into());
    ui.painter().rect_filled(rect, CornerRadius::ZERO, colour);
}

/// A filled rectangle with a border of one point.
pub fn surface(ui: &Ui, rect: Rect, corner: CornerRadius, fill: Color32, border: Color32) {
    let stroke = Stroke::new(1.0, border);
    ui.painter()
        .rect(rect, corner, fill, stroke, StrokeKind::Inside);
}

/// A subtle dashed border of one point.
pub fn thin_dashes(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(1.0, theme::palette(ui).line);
    let rect = rect.shrink(0.5);
    let path = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    ui.painter()
        .extend(Shape::dashed_line(&path, stroke, 4.0, 3.0));
}

/// Dashed border of a drop target; `lit` while something is dragged over it.
pub fn dashed(ui: &Ui, rect: Rect, lit: bool) {
    let colours = theme::palette(ui);
    let corner = 10.0;
    if lit {
        ui.painter().rect(
            rect,
            CornerRadius::same(10),
            colours.accent_bg,
            Stroke::NONE,
            StrokeKind::Inside,
        );
    }
    let stroke = Stroke::new(2.0, if lit { colours.accent } else { colours.line });
    let mut path = Vec::new();
    let arcs = [
        (pos2(rect.right() - corner, rect.top() + corner), -90.0),
        (pos2(rect.right() - corner, rect.bottom() - corner), 0.0),
        (pos2(rect.left() + corner, rect.bottom() - corner), 90.0),
        (pos2(rect.left() + corner, rect.top() + corner), 180.0),
    ];
    for (centre, from) in arcs {
        for step in 0..=6_u8 {
            let angle = (from + f32::from(step) * 15.0_f32).to_radians();
            path.push(centre + corner * vec2(angle.cos(), angle.sin()));
        }
    }
    if let Some(first) = path.first().copied() {
        path.push(first);
    }
    ui.painter()
        .extend(Shape::dashed_line(&path, stroke, 7.0, 5.0));
}
