//! Text in its place: cut with … where it does not fit, with the whole in a tooltip.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Align, Align2, Color32, FontId, Galley, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2,
};

use crate::ui::theme::{self, Ink};

/// Pieces of text with their own fonts and colours, on one line.
pub struct Words {
    job: LayoutJob,
}

impl Words {
    /// Nothing yet.
    pub fn new() -> Self {
        let job = LayoutJob {
            break_on_newline: false,
            ..LayoutJob::default()
        };
        Words { job }
    }

    /// One piece.
    pub fn of(text: &str, ink: Ink) -> Self {
        Words::new().and(text, ink)
    }

    /// One more piece.
    #[must_use]
    pub fn and(mut self, text: &str, ink: Ink) -> Self {
        let format = TextFormat {
            valign: Align::Center,
            ..TextFormat::simple(ink.font, ink.colour)
        };
        self.job.append(text, 0.0, format);
        self
    }

    /// Room of so many points.
    #[must_use]
    pub fn gap(mut self, points: f32) -> Self {
        let format = TextFormat::simple(theme::regular(theme::BODY), Color32::TRANSPARENT);
        self.job.append("", points, format);
        self
    }

    /// Underlined from the start, for links.
    #[must_use]
    pub fn underlined(mut self) -> Self {
        for section in &mut self.job.sections {
            section.format.underline = eframe::egui::Stroke::new(1.0, section.format.color);
        }
        self
    }

    /// Laid out on one line of at most `width` points.
    pub fn galley(mut self, ui: &Ui, width: f32) -> Arc<Galley> {
        self.job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
        ui.painter().layout_job(self.job)
    }

    /// Laid out on as many lines as are needed.
    pub fn galley_wrapped(mut self, ui: &Ui, width: f32) -> Arc<Galley> {
        for section in &mut self.job.sections {
            // Body 14 on 20, small 12 on 16.
            let size = section.format.font_id.size;
            section.format.line_height = Some((size * 1.4).round().min(size + 6.0));
        }
        self.job.wrap = TextWrapping {
            max_width: width.max(0.0),
            ..TextWrapping::default()
        };
        ui.painter().layout_job(self.job)
    }

    /// The same with every line in the middle: to be painted at the middle of its top.
    pub fn galley_centred(mut self, ui: &Ui, width: f32) -> Arc<Galley> {
        self.job.halign = Align::Center;
        self.galley_wrapped(ui, width)
    }

    /// Painted into a rectangle, cut where it does not fit. Tells screen readers, and the whole in a tooltip if cut.
    pub fn paint(self, ui: &mut Ui, rect: Rect, align: Align2) -> Response {
        let whole = self.job.text.clone();
        let galley = self.galley(ui, rect.width());
        place(ui, &galley, rect, align, &whole)
    }
}

impl Default for Words {
    fn default() -> Self {
        Words::new()
    }
}

fn place(ui: &mut Ui, galley: &Arc<Galley>, rect: Rect, align: Align2, whole: &str) -> Response {
    let used = align.align_size_within_rect(galley.size(), rect);
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    let response = ui.interact(used.intersect(ui.clip_rect()), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, whole));
    ui.painter()
        .galley(snap(used.min), galley.clone(), Color32::PLACEHOLDER);
    let response = response.with_new_rect(used);
    if galley.elided {
        response.on_hover_text(whole)
    } else {
        response
    }
}

/// One piece of text in a rectangle.
pub fn in_rect(ui: &mut Ui, rect: Rect, align: Align2, text: &str, ink: Ink) -> Response {
    Words::of(text, ink).paint(ui, rect, align)
}

/// One piece of text from a point to the right (left centre), cut at `width`.
pub fn at(ui: &mut Ui, left: Pos2, width: f32, text: &str, ink: Ink) -> Response {
    let rect = Rect::from_min_size(left - vec2(0.0, 12.0), vec2(width, 24.0));
    in_rect(ui, rect, Align2::LEFT_CENTER, text, ink)
}

/// One line of text that takes its place in the layout.
pub fn label(ui: &mut Ui, text: &str, ink: Ink) -> Response {
    let galley = Words::of(text, ink).galley(ui, ui.available_width());
    let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
    place(ui, &galley, rect, Align2::LEFT_CENTER, text)
}

/// Text on as many lines as it needs, in the layout.
pub fn wrapped(ui: &mut Ui, words: Words) -> Response {
    let whole = words.job.text.clone();
    let galley = words.galley_wrapped(ui, ui.available_width());
    let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
    place(ui, &galley, rect, Align2::LEFT_TOP, &whole)
}

/// An icon around a point. It says nothing to screen readers: the word beside it does.
pub fn icon_at(ui: &Ui, centre: Pos2, icon: &str, size: f32, colour: Color32) {
    sign_at(ui, centre, icon, theme::icon(size), colour);
}

/// The same, filled.
pub fn filled_icon_at(ui: &Ui, centre: Pos2, icon: &str, size: f32, colour: Color32) {
    sign_at(ui, centre, icon, theme::icon_fill(size), colour);
}

fn sign_at(ui: &Ui, centre: Pos2, icon: &str, font: FontId, colour: Color32) {
    let galley = ui.painter().layout_no_wrap(icon.to_owned(), font, colour);
    let rect = Align2::CENTER_CENTER.anchor_size(centre, galley.size());
    ui.painter().galley(rect.min.round(), galley, colour);
}

/// Text on whole pixels. A half is rounded up, where capitals stand in the middle of their line.
pub fn snap(at: Pos2) -> Pos2 {
    Pos2::new(at.x.round(), (at.y - 0.3).round())
}
