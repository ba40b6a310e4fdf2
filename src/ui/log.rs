//! The Log page: what this program did, newest first, with search, a filter for failures and export.

use eframe::egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use jiff::civil::Date;

use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, IconButton, Kind, TextField, Tone, Words, icon_at, in_rect};
use super::{inside, row, row_from_right};
use crate::model::{Action, Entry, LogAction, LogLink, LogPage, Model};
use crate::words;

/// How much of a row its link takes, in points.
const LINK_WIDTH: f32 = 110.0;

const TONES: [(Option<Tone>, &str); 5] = [
    (None, "All"),
    (Some(Tone::Good), "Done"),
    (Some(Tone::Bad), "Failed"),
    (Some(Tone::Warning), "Warnings"),
    (Some(Tone::Plain), "Notes"),
];

/// Paints the Log page into `rect`.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &mut Model) -> Option<Action> {
    let rows = model.log_rows().to_vec();
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    let head = Rect::from_min_size(
        room.min + vec2(0.0, 14.0),
        vec2(room.width(), measure::CONTROL),
    );
    let mut asked = show_head(ui, head, rows.len());
    let bar = Rect::from_min_size(
        pos2(room.left(), head.bottom() + 10.0),
        vec2(room.width(), measure::CONTROL),
    );
    let page = &mut model.log_page;
    asked = asked.or(row(ui, bar, "bar", |ui| show_bar(ui, page)));
    let mut top = bar.bottom() + 10.0;
    if page.asks_path {
        let place = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), 54.0));
        asked = asked.or(inside(ui, place, "path", |ui| show_path(ui, page)));
        top = place.bottom() + 8.0;
    }
    let body = rect.with_min_y(top);
    if rows.is_empty() {
        show_empty(ui, body, model.log.is_empty());
        return asked;
    }
    let today = model.now.clock.date();
    widgets::hline(ui, body.x_range(), body.top());
    let followed = inside(ui, body, "entries", |ui| {
        show_entries(ui, model, &rows, today)
    });
    asked.or(followed)
}

fn show_head(ui: &mut Ui, head: Rect, count: usize) -> Option<Action> {
    let colours = theme::palette(ui);
    let words = head.with_max_x(head.right() - 180.0);
    Words::of("Log", ink::heading(colours.text))
        .gap(12.0)
        .and(
            &words::count(count as u64, "entry", "entries"),
            ink::body(colours.dim),
        )
        .paint(ui, words, Align2::LEFT_CENTER);
    row_from_right(ui, head, "export", |ui| {
        let refused = (count == 0).then_some("There is nothing to export.");
        let button = Button::new(Kind::Raised, "Export as CSV…")
            .icon(icon::DOWNLOAD_SIMPLE)
            .unless(refused);
        let pressed = ui.add(button).clicked();
        pressed.then_some(Action::Log(LogAction::Export))
    })
}

fn show_bar(ui: &mut Ui, page: &mut LogPage) -> Option<Action> {
    ui.spacing_mut().item_spacing.x = 7.0;
    let field = TextField::new(&mut page.search, "Look through the log")
        .hint("Look through the log")
        .icon(icon::MAGNIFYING_GLASS);
    field.size(280.0, measure::CONTROL).show(ui);
    ui.add_space(8.0);
    let mut asked = None;
    for (tone, word) in TONES {
        if widgets::chip(ui, page.tone == tone, word).clicked() {
            asked = Some(Action::Log(LogAction::Show(tone)));
        }
    }
    asked
}

/// Field for the export path, for systems without a file dialog.
fn show_path(ui: &mut Ui, page: &mut LogPage) -> Option<Action> {
    let asked = ui.horizontal(|ui| {
        let field = TextField::new(&mut page.path, "Path of the file to export to")
            .hint("/home/me/log.csv")
            .icon(icon::FILE);
        let typed = field.size(380.0, measure::CONTROL).show(ui);
        let refused = page.path.trim().is_empty();
        let refused = refused.then_some("Type the path of the file first.");
        let button = Button::new(Kind::Raised, "Export").unless(refused);
        let pressed = ui.add(button).clicked() || (typed.entered && refused.is_none());
        let close = ui.add(IconButton::new(icon::X, "Close the field for the path"));
        match (pressed, close.clicked()) {
            (true, _) => Some(Action::Log(LogAction::ExportToPath)),
            (_, true) => Some(Action::Log(LogAction::ClosePath)),
            _ => None,
        }
    });
    if let Some(hint) = &page.hint {
        widgets::label(ui, hint, ink::small(theme::palette(ui).dim));
    }
    asked.inner
}

fn show_empty(ui: &mut Ui, body: Rect, none_at_all: bool) {
    let place = Rect::from_min_max(pos2(body.left(), body.center().y - 90.0), body.max);
    inside(ui, place, "empty", |ui| {
        let (what, how) = if none_at_all {
            (
                "Nothing has happened yet",
                "Signing in, every study that was sent, what was shared and everything that failed is noted here.",
            )
        } else {
            ("No entry fits", "Look for other words, or press All.")
        };
        widgets::notice(ui, Tone::Plain, icon::CLOCK_COUNTER_CLOCKWISE, what, how);
    });
}

fn show_entries(ui: &mut Ui, model: &Model, rows: &[usize], today: Date) -> Option<Action> {
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut asked = None;
    let area = ScrollArea::vertical().auto_shrink(false);
    area.show_rows(ui, 44.0, rows.len(), |ui, range| {
        let rows = rows.iter().skip(range.start).take(range.len());
        for (row, entry) in rows.filter_map(|row| Some((*row, model.log.get(*row)?))) {
            let link = model.log_link(entry).map(|link| (row, link));
            let followed = line(ui, entry, link, today);
            asked = asked.take().or(followed);
        }
    });
    asked
}

/// One entry; at its right end, where it leads somewhere, the link to there. `link` has the entry's place in the log too.
fn line(ui: &mut Ui, entry: &Entry, link: Option<(usize, LogLink)>, today: Date) -> Option<Action> {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let time = if entry.at.date() == today {
        words::clock(entry.at)
    } else {
        words::short_date_time(entry.at, today)
    };
    let left = pos2(rect.left() + measure::EDGE, rect.top());
    let place = Rect::from_min_size(left, vec2(104.0, rect.height()));
    in_rect(
        ui,
        place,
        Align2::LEFT_CENTER,
        &time,
        ink::body(colours.dim),
    );
    let ink = entry.tone.colours(colours).0;
    let sign = pos2(place.right() + 12.0, rect.center().y);
    icon_at(ui, sign, entry.tone.icon(), 18.0, ink);
    let text = Rect::from_min_max(
        pos2(place.right() + 34.0, rect.top()),
        pos2(rect.right() - measure::EDGE, rect.bottom()),
    );
    let text = match link {
        Some(_) => text.with_max_x(text.right() - LINK_WIDTH),
        None => text,
    };
    let mut words = Words::of(&entry.what, ink::medium(colours.text));
    for (text, ink) in [
        (&entry.whom, ink::body(colours.text)),
        (&entry.detail, ink::body(colours.dim)),
    ] {
        if !text.is_empty() {
            words = words.gap(10.0).and(text, ink);
        }
    }
    words.paint(ui, text, Align2::LEFT_CENTER);
    widgets::hline(ui, rect.x_range(), rect.bottom() - 1.0);
    let (row, link) = link?;
    let words = match link {
        LogLink::Transfer(_) => "Show transfer",
        LogLink::Order(_) => "Show order",
    };
    let room = rect.with_max_x(rect.right() - measure::EDGE);
    row_from_right(ui, room, &format!("link {row}"), |ui| {
        let pressed = widgets::link(ui, words, theme::BODY, colours.accent).clicked();
        pressed.then_some(Action::Log(LogAction::Follow(link)))
    })
}
