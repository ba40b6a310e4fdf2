//! Text in its place: cut with … where it does not fit, with the whole in a tooltip.

use std::sync::Arc;

use eframe::egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat, TextWrapping};
use eframe::egui::{
    Align, Align2, Color32, FontId, Galley, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2,
};

use crate::text::bidi;
use crate::ui::theme::{self, Ink};

/// Pieces of text with their own fonts and colours, on one line. Each is ordered for itself where it is written from
/// right to left; they stand from left to right, as everything in the window does.
#[derive(Clone)]
pub struct Words {
    pieces: Vec<Piece>,
}

#[derive(Clone)]
struct Piece {
    text: String,
    /// Points before it.
    gap: f32,
    format: TextFormat,
}

impl Words {
    /// Nothing yet.
    pub fn new() -> Self {
        Words { pieces: Vec::new() }
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
        self.push(text.to_owned(), 0.0, format);
        self
    }

    /// Room of so many points.
    #[must_use]
    pub fn gap(mut self, points: f32) -> Self {
        let format = TextFormat::simple(theme::regular(theme::BODY), Color32::TRANSPARENT);
        self.push(String::new(), points, format);
        self
    }

    fn push(&mut self, text: String, gap: f32, format: TextFormat) {
        self.pieces.push(Piece { text, gap, format });
    }

    /// Underlined from the start, for links.
    #[must_use]
    pub fn underlined(mut self) -> Self {
        for piece in &mut self.pieces {
            piece.format.underline = eframe::egui::Stroke::new(1.0, piece.format.color);
        }
        self
    }

    /// All of it, as it is read.
    fn whole(&self) -> String {
        let texts = self.pieces.iter().map(|piece| piece.text.as_str());
        texts.collect()
    }

    fn is_reordered(&self) -> bool {
        self.pieces.iter().any(|piece| bidi::is_needed(&piece.text))
    }

    fn job(&self) -> LayoutJob {
        let mut job = LayoutJob {
            break_on_newline: false,
            ..LayoutJob::default()
        };
        self.append_to(&mut job);
        job
    }

    fn append_to(&self, job: &mut LayoutJob) {
        for piece in &self.pieces {
            if !bidi::is_needed(&piece.text) {
                job.append(&piece.text, piece.gap, piece.format.clone());
                continue;
            }
            // A section each: what is shaped as one is one run.
            for (number, text) in bidi::pieces(&piece.text).iter().enumerate() {
                let start = job.text.len();
                job.text.push_str(text);
                job.sections.push(LayoutSection {
                    leading_space: if number == 0 { piece.gap } else { 0.0 },
                    byte_range: ByteIndex(start)..ByteIndex(job.text.len()),
                    format: piece.format.clone(),
                });
            }
        }
    }

    /// Laid out on one line of at most `width` points.
    pub fn galley(self, ui: &Ui, width: f32) -> Arc<Galley> {
        let mut job = self.job();
        if !self.is_reordered() {
            job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
            return ui.painter().layout_job(job);
        }
        let whole = ui.painter().layout_job(job);
        if whole.size().x <= width {
            return whole;
        }
        // What goes is the end of what is read, wherever that stands.
        let (mut fits, mut too_long) = (0, self.whole().chars().count());
        while fits + 1 < too_long {
            let middle = fits.midpoint(too_long);
            let size = ui.painter().layout_job(self.cut(middle).job()).size();
            if size.x <= width {
                fits = middle;
            } else {
                too_long = middle;
            }
        }
        let mut galley = Arc::unwrap_or_clone(ui.painter().layout_job(self.cut(fits).job()));
        galley.elided = true;
        Arc::new(galley)
    }

    /// The first so many characters, and ….
    fn cut(&self, characters: usize) -> Words {
        let mut left = characters;
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let mut piece = piece.clone();
            let count = piece.text.chars().count();
            if count > left || (left == 0 && count > 0) {
                let text: String = piece.text.chars().take(left).collect();
                piece.text = format!("{}…", text.trim_end());
                pieces.push(piece);
                break;
            }
            left -= count;
            pieces.push(piece);
        }
        Words { pieces }
    }

    /// Laid out on as many lines as are needed.
    pub fn galley_wrapped(self, ui: &Ui, width: f32) -> Arc<Galley> {
        self.wrapped(ui, width, Align::LEFT)
    }

    /// The same with every line in the middle: to be painted at the middle of its top.
    pub fn galley_centred(self, ui: &Ui, width: f32) -> Arc<Galley> {
        self.wrapped(ui, width, Align::Center)
    }

    fn wrapped(mut self, ui: &Ui, width: f32, halign: Align) -> Arc<Galley> {
        for piece in &mut self.pieces {
            // Body 14 on 20, small 12 on 16.
            let size = piece.format.font_id.size;
            piece.format.line_height = Some((size * 1.4).round().min(size + 6.0));
        }
        let mut job = match self.is_reordered() {
            true => self.broken(ui, width),
            false => self.job(),
        };
        job.halign = halign;
        job.wrap = TextWrapping {
            max_width: width.max(0.0),
            ..TextWrapping::default()
        };
        ui.painter().layout_job(job)
    }

    /// Broken into lines as it is read; then each is ordered.
    fn broken(&self, ui: &Ui, width: f32) -> LayoutJob {
        let mut job = LayoutJob::default();
        let mut line = Words::new();
        for piece in &self.pieces {
            let mut gap = piece.gap;
            let mut parts: Vec<&str> = piece.text.split_inclusive(' ').collect();
            if parts.is_empty() {
                parts.push("");
            }
            for part in parts {
                let mut longer = line.clone();
                longer.push_on(part, gap, &piece.format);
                let size = ui.painter().layout_job(longer.job()).size();
                if size.x <= width || line.pieces.is_empty() {
                    line = longer;
                } else {
                    line.append_to(&mut job);
                    job.append("\n", 0.0, piece.format.clone());
                    line = Words::new();
                    line.push_on(part, 0.0, &piece.format);
                }
                gap = 0.0;
            }
        }
        line.append_to(&mut job);
        job
    }

    /// Behind the last piece, and to it where it is alike.
    fn push_on(&mut self, text: &str, gap: f32, format: &TextFormat) {
        match self.pieces.last_mut() {
            Some(last) if gap == 0.0 && last.format == *format => last.text.push_str(text),
            _ => self.push(text.to_owned(), gap, format.clone()),
        }
    }

    /// Painted into a rectangle, cut where it does not fit. Tells screen readers, and the whole in a tooltip if cut.
    pub fn paint(self, ui: &mut Ui, rect: Rect, align: Align2) -> Response {
        let whole = self.whole();
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
        hint(response, whole)
    } else {
        response
    }
}

/// A text beside what the pointer is on.
pub fn hint(response: Response, text: &str) -> Response {
    if !bidi::is_needed(text) {
        return response.on_hover_text(text);
    }
    response.on_hover_ui(|ui| {
        let ink = Ink {
            font: theme::regular(theme::BODY),
            colour: ui.visuals().text_color(),
        };
        let galley = Words::of(text, ink).galley_wrapped(ui, ui.spacing().tooltip_width);
        ui.label(galley);
    })
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
    let whole = words.whole();
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
