//! What this program did in this session, newest first.

use eframe::egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use jiff::civil::Date;

use super::fonts::icon;
use super::inside;
use super::theme::{self, ink, measure};
use super::widgets::{self, Tone, Words, icon_at, in_rect};
use crate::i18n;
use crate::model::{Action, Entry};

/// Paints the page.
pub(super) fn show(ui: &mut Ui, rect: Rect, log: &[Entry], today: Date) -> Option<Action> {
    let colours = theme::palette(ui);
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 14.0),
        vec2(rect.width() - 32.0, 32.0),
    );
    Words::of("Log", ink::heading(colours.text))
        .gap(12.0)
        .and(
            "what StudyDrop did since it was opened",
            ink::body(colours.dim),
        )
        .paint(ui, head, Align2::LEFT_CENTER);
    let body = Rect::from_min_max(pos2(rect.left(), head.bottom() + 10.0), rect.max);
    if log.is_empty() {
        let place = Rect::from_min_max(pos2(body.left(), body.center().y - 90.0), body.max);
        inside(ui, place, "empty", |ui| {
            let what = "Nothing has happened yet";
            let how =
                "Signing in, every study that was sent, and everything that failed is noted here.";
            widgets::notice(ui, Tone::Plain, icon::CLOCK_COUNTER_CLOCKWISE, what, how);
        });
        return None;
    }
    inside(ui, body, "entries", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .auto_shrink(false)
            .show_rows(ui, 44.0, log.len(), |ui, range| {
                for entry in log.iter().rev().skip(range.start).take(range.len()) {
                    line(ui, entry, today);
                }
            });
    });
    None
}

fn line(ui: &mut Ui, entry: &Entry, today: Date) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let time = if entry.at.date() == today {
        i18n::clock(entry.at)
    } else {
        i18n::short_date_time(entry.at, today)
    };
    let place = Rect::from_min_size(
        pos2(rect.left() + measure::EDGE, rect.top()),
        vec2(92.0, rect.height()),
    );
    in_rect(
        ui,
        place,
        Align2::LEFT_CENTER,
        &time,
        ink::body(colours.dim),
    );
    let ink = entry.tone.colours(colours).0;
    icon_at(
        ui,
        pos2(place.right() + 12.0, rect.center().y),
        entry.tone.icon(),
        18.0,
        ink,
    );
    let text = Rect::from_min_max(
        pos2(place.right() + 34.0, rect.top()),
        pos2(rect.right() - measure::EDGE, rect.bottom()),
    );
    let mut words = Words::of(&entry.what, ink::medium(colours.text));
    if !entry.detail.is_empty() {
        words = words.gap(10.0).and(&entry.detail, ink::body(colours.dim));
    }
    words.paint(ui, text, Align2::LEFT_CENTER);
    widgets::hline(ui, rect.x_range(), rect.bottom() - 1.0);
}
