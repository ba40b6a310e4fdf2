//! Text painting: single lines are truncated with "…" if they do not fit, with the full text as tooltip.

use std::sync::Arc;

use eframe::egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat, TextWrapping};
use eframe::egui::{
    Align, Align2, Color32, FontId, Galley, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2,
};

use crate::text::bidi;
use crate::ui::theme::{self, Ink};

/// Styled text on one line. Each piece is reordered by itself if it contains right-to-left text;
/// the pieces are laid out from left to right.
#[derive(Clone)]
pub struct Words {
    pieces: Vec<Piece>,
}

#[derive(Clone)]
struct Piece {
    text: String,
    /// Space before the piece, in points.
    gap: f32,
    format: TextFormat,
}

impl Words {
    /// Empty text.
    pub fn new() -> Self {
        Words { pieces: Vec::new() }
    }

    /// Text with a single piece.
    pub fn of(text: &str, ink: Ink) -> Self {
        Words::new().and(text, ink)
    }

    /// Appends a piece.
    #[must_use]
    pub fn and(mut self, text: &str, ink: Ink) -> Self {
        let format = TextFormat {
            valign: Align::Center,
            ..TextFormat::simple(ink.font, ink.colour)
        };
        self.push(text.to_owned(), 0.0, format);
        self
    }

    /// Appends space, in points.
    #[must_use]
    pub fn gap(mut self, points: f32) -> Self {
        let format = TextFormat::simple(theme::regular(theme::BODY), Color32::TRANSPARENT);
        self.push(String::new(), points, format);
        self
    }

    fn push(&mut self, text: String, gap: f32, format: TextFormat) {
        self.pieces.push(Piece { text, gap, format });
    }

    /// Underlines all pieces, for links.
    #[must_use]
    pub fn underlined(mut self) -> Self {
        for piece in &mut self.pieces {
            piece.format.underline = eframe::egui::Stroke::new(1.0, piece.format.color);
        }
        self
    }

    /// The text of all pieces in logical order.
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
            // A separate section for each run, because a section is shaped as a unit.
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

    /// Lays the text out on one line, truncated at `width` points.
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
        // Truncates at the logical end, wherever that is displayed.
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

    /// The first `characters` characters, followed by "…".
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

    /// Lays the text out with lines wrapped at `width` points.
    pub fn galley_wrapped(self, ui: &Ui, width: f32) -> Arc<Galley> {
        self.wrapped(ui, width, Align::LEFT)
    }

    /// Like [`galley_wrapped`](Self::galley_wrapped), with centred lines. To be painted at the centre of its top edge.
    pub fn galley_centred(self, ui: &Ui, width: f32) -> Arc<Galley> {
        self.wrapped(ui, width, Align::Center)
    }

    fn wrapped(mut self, ui: &Ui, width: f32, halign: Align) -> Arc<Galley> {
        for piece in &mut self.pieces {
            // Line height: 20 for 14-point text, 16 for 12-point text.
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

    /// Breaks the text into lines in logical order, then reorders each line.
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

    /// Appends to the last piece if the format is the same, else as a new piece.
    fn push_on(&mut self, text: &str, gap: f32, format: &TextFormat) {
        match self.pieces.last_mut() {
            Some(last) if gap == 0.0 && last.format == *format => last.text.push_str(text),
            _ => self.push(text.to_owned(), gap, format.clone()),
        }
    }

    /// Paints the text into `rect`, truncated if needed, with an accessible name and a tooltip if truncated.
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

/// Adds a tooltip.
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

/// Paints one piece of text into a rectangle.
pub fn in_rect(ui: &mut Ui, rect: Rect, align: Align2, text: &str, ink: Ink) -> Response {
    Words::of(text, ink).paint(ui, rect, align)
}

/// Paints one piece of text, truncated at `width` points. `left` is the middle of its left edge.
pub fn at(ui: &mut Ui, left: Pos2, width: f32, text: &str, ink: Ink) -> Response {
    let rect = Rect::from_min_size(left - vec2(0.0, 12.0), vec2(width, 24.0));
    in_rect(ui, rect, Align2::LEFT_CENTER, text, ink)
}

/// Adds one line of text to the layout.
pub fn label(ui: &mut Ui, text: &str, ink: Ink) -> Response {
    let galley = Words::of(text, ink).galley(ui, ui.available_width());
    let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
    place(ui, &galley, rect, Align2::LEFT_CENTER, text)
}

/// Adds wrapped text to the layout.
pub fn wrapped(ui: &mut Ui, words: Words) -> Response {
    let whole = words.whole();
    let galley = words.galley_wrapped(ui, ui.available_width());
    let (rect, _) = ui.allocate_exact_size(galley.size(), Sense::hover());
    place(ui, &galley, rect, Align2::LEFT_TOP, &whole)
}

/// Paints an icon centred at a point. It has no accessible name.
pub fn icon_at(ui: &Ui, centre: Pos2, icon: &str, size: f32, colour: Color32) {
    sign_at(ui, centre, icon, theme::icon(size), colour);
}

/// Like [`icon_at`], with the filled icon.
pub fn filled_icon_at(ui: &Ui, centre: Pos2, icon: &str, size: f32, colour: Color32) {
    sign_at(ui, centre, icon, theme::icon_fill(size), colour);
}

fn sign_at(ui: &Ui, centre: Pos2, icon: &str, font: FontId, colour: Color32) {
    let galley = ui.painter().layout_no_wrap(icon.to_owned(), font, colour);
    let rect = Align2::CENTER_CENTER.anchor_size(centre, galley.size());
    ui.painter().galley(rect.min.round(), galley, colour);
}

/// Rounds to whole points; slightly less than a half is rounded down, which centres capitals in their line.
pub fn snap(at: Pos2) -> Pos2 {
    Pos2::new(at.x.round(), (at.y - 0.3).round())
}
