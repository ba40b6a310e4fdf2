//! The Transfers page: a card a study, and the ledger of today at the foot.

use eframe::egui::{Align2, Color32, CornerRadius, Id, Rect, ScrollArea, Sense, Ui, pos2, vec2};

use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::transfer_words::{heading, line_below, share, sign};
use super::widgets::{
    self, Button, IconButton, Kind, Tone, Words, filled_icon_at, icon_at, in_rect,
};
use super::{inside, row_from_right, with_foot};
use crate::i18n;
use crate::model::{Action, Model, Row, Transfers};
use crate::transfer::{FileFailure, TransferState};

/// Failed files that a row shows at most.
const MOST_SHOWN: usize = 200;

/// Paints the page.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let page = &model.transfers;
    let (body, foot) = with_foot(ui, rect);
    show_foot(ui, foot, page);
    if page.rows.is_empty() {
        let place = Rect::from_min_max(pos2(body.left(), body.center().y - 80.0), body.max);
        inside(ui, place, "empty", |ui| {
            let how = "Drop a study on Upload and press Upload: how far it is, and whether all of it arrived, is shown here.";
            widgets::notice(
                ui,
                Tone::Plain,
                icon::ARROWS_DOWN_UP,
                "Nothing is on the way",
                how,
            );
        });
        return None;
    }
    let head = Rect::from_min_size(
        body.min + vec2(measure::EDGE, 14.0),
        vec2(body.width() - 32.0, measure::CONTROL),
    );
    let cleared = show_head(ui, head, page);
    let list = Rect::from_min_max(pos2(body.left(), head.bottom() + 10.0), body.max);
    cleared.or(inside(ui, list, "rows", |ui| {
        let mut asked = None;
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            for row in &page.rows {
                asked = asked.take().or(show_row(ui, row));
            }
            ui.add_space(measure::INSIDE);
        });
        asked
    }))
}

fn show_head(ui: &mut Ui, rect: Rect, page: &Transfers) -> Option<Action> {
    let colours = theme::palette(ui);
    let (title, facts) = heading(page);
    Words::of(&title, ink::heading(colours.text))
        .gap(12.0)
        .and(&facts, ink::body(colours.dim))
        .paint(
            ui,
            Rect::from_min_max(rect.min, pos2(rect.right() - 140.0, rect.bottom())),
            Align2::LEFT_CENTER,
        );
    row_from_right(ui, rect, "head", |ui| {
        let refused = (!page.any_finished()).then_some("Nothing has finished yet.");
        ui.add(Button::new(Kind::Raised, "Clear finished").unless(refused))
            .clicked()
            .then_some(Action::ClearFinished)
    })
}

fn show_foot(ui: &mut Ui, rect: Rect, page: &Transfers) {
    let colours = theme::palette(ui);
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    let verified = i18n::count(page.verified(), "study verified", "studies verified");
    let right = in_rect(
        ui,
        room,
        Align2::RIGHT_CENTER,
        &verified,
        ink::medium(colours.good),
    )
    .rect;
    let seal = pos2(right.left() - 14.0, rect.center().y);
    filled_icon_at(ui, seal, icon::SEAL_CHECK, 15.0, colours.good);
    let left = Rect::from_min_max(room.min, pos2(right.left() - 32.0, room.bottom()));
    let ledger = format!("Today: {}", i18n::ledger(&page.today()));
    in_rect(
        ui,
        left,
        Align2::LEFT_CENTER,
        &ledger,
        ink::body(colours.dim),
    );
}

fn show_row(ui: &mut Ui, row: &Row) -> Option<Action> {
    let colours = theme::palette(ui);
    let over = row.status.state.is_over();
    let trouble = if over {
        row.trouble()
    } else {
        row.status.failures.to_vec()
    };
    let shown = if row.opened {
        trouble.len().min(MOST_SHOWN)
    } else {
        0
    };
    let more = if shown > 0 {
        21.0 + 22.0 * shown as f32
    } else {
        0.0
    };
    let size = vec2(ui.available_width(), 86.0 + more);
    let (line, _) = ui.allocate_exact_size(size, Sense::hover());
    if !ui.is_rect_visible(line) {
        return None;
    }
    let rect = line.shrink2(vec2(measure::EDGE, 0.0));
    let corner = CornerRadius::same(measure::CARD_CORNER);
    widgets::surface(ui, rect, corner, colours.card, colours.line);
    let (sign, filled, ink) = sign(row.status.state, colours);
    let centre = pos2(rect.left() + 26.0, rect.top() + 25.0);
    let draw = if filled { filled_icon_at } else { icon_at };
    draw(ui, centre, sign, 21.0, ink);
    show_first_line(ui, rect, row, ink);
    show_bar(ui, rect, row, ink);
    let tone = match row.status.state {
        TransferState::Verified | TransferState::NeedsAttention | TransferState::Reconnecting => {
            ink
        }
        _ => colours.dim,
    };
    let below = pos2(rect.left() + 53.0, rect.top() + 65.0);
    let room = rect.width() - 180.0;
    let below = widgets::at(ui, below, room, &line_below(row), ink::small(tone)).rect;
    let opened = show_failures_word(ui, row, below, trouble.is_empty());
    show_failures(ui, rect, trouble.get(..shown).unwrap_or_default());
    show_actions(ui, rect, row).or(opened)
}

/// The bar moves while the transfer runs, and stands as it ended.
fn show_bar(ui: &mut Ui, rect: Rect, row: &Row, ink: Color32) {
    let (left, right) = (rect.left() + 53.0, rect.right() - 15.0);
    let track = Rect::from_x_y_ranges(left..=right, rect.top() + 45.0..=rect.top() + 51.0);
    let key = Id::unique(("transfer bar", row.upload.job.0));
    let name = format!("Progress of {}", row.upload.title);
    if row.status.state.is_over() {
        ui.data_mut(|data| data.remove::<f32>(key));
        widgets::bar(ui, track, share(row), ink, &name);
    } else {
        let accent = theme::palette(ui).accent;
        widgets::steady_bar(ui, track, key, share(row), accent, &name);
    }
}

fn show_first_line(ui: &mut Ui, rect: Rect, row: &Row, ink: Color32) {
    let colours = theme::palette(ui);
    let line = |left: f32, right: f32| {
        Rect::from_min_max(
            pos2(left, rect.top() + 13.0),
            pos2(right, rect.top() + 37.0),
        )
    };
    let wide = rect.width() > 1000.0;
    let state = if wide {
        rect.right() - 495.0
    } else {
        rect.right() - 430.0
    };
    Words::of(&row.patient(), ink::bold(colours.text))
        .and(&format!(" · {}", row.upload.title), ink::body(colours.dim))
        .paint(
            ui,
            line(rect.left() + 53.0, state - 12.0),
            Align2::LEFT_CENTER,
        );
    in_rect(
        ui,
        line(state, state + 130.0),
        Align2::LEFT_CENTER,
        i18n::transfer_state(row.status.state),
        ink::medium(ink),
    );
    let count = format!(
        "{} of {} · {}",
        i18n::number(row.there()),
        i18n::count(row.images(), "image", "images"),
        i18n::bytes(row.upload.bytes())
    );
    in_rect(
        ui,
        line(state + 100.0, rect.right() - 122.0),
        Align2::RIGHT_CENTER,
        &count,
        ink::body(colours.dim),
    );
}

fn show_actions(ui: &mut Ui, rect: Rect, row: &Row) -> Option<Action> {
    let job = row.upload.job;
    let place = Rect::from_min_max(
        pos2(rect.right() - 120.0, rect.top() + 9.0),
        pos2(rect.right() - 14.0, rect.top() + 41.0),
    );
    super::row_from_right(ui, place, &format!("actions {}", job.0), |ui| {
        let failed = row.status.ledger.failed;
        match row.status.state {
            TransferState::NeedsAttention | TransferState::Cancelled if failed > 0 => {
                let word = format!("Retry {}", i18n::number(failed));
                let button = Button::new(Kind::Raised, &word).height(28.0);
                ui.add(button).clicked().then_some(Action::Retry(job))
            }
            // Where nothing that was tried failed, there is nothing to try again.
            state if state.is_over() => {
                let name = format!("Show the order of {}", row.patient());
                let button = Button::new(Kind::Plain, "Show order").height(28.0);
                let pressed = ui.add(button.name(&name)).clicked();
                pressed.then_some(Action::ShowOrder(job))
            }
            _ => {
                let name = format!("Cancel {}", row.upload.title);
                let pressed = ui.add(IconButton::new(icon::X, &name)).clicked();
                pressed.then_some(Action::CancelTransfer(job))
            }
        }
    })
}

/// "Hide files" or "Show files", behind the line below the bar.
fn show_failures_word(ui: &mut Ui, row: &Row, after: Rect, none: bool) -> Option<Action> {
    if none {
        return None;
    }
    let word = if row.opened {
        "Hide files"
    } else {
        "Show files"
    };
    let place = Rect::from_min_size(
        pos2(after.right() + 10.0, after.top()),
        vec2(80.0, after.height() + 2.0),
    );
    let pressed = inside(ui, place, &format!("files {}", row.upload.job.0), |ui| {
        widgets::link(ui, word, theme::SMALL, theme::palette(ui).dim).clicked()
    });
    pressed.then_some(Action::ToggleFailures(row.upload.job))
}

fn show_failures(ui: &mut Ui, rect: Rect, trouble: &[FileFailure]) {
    if trouble.is_empty() {
        return;
    }
    let colours = theme::palette(ui);
    let left = rect.left() + 53.0;
    widgets::hline(ui, left..=rect.right() - 15.0, rect.top() + 86.0);
    let names = || trouble.iter().map(|failure| i18n::file_name(&failure.path));
    let width = names().map(|name| {
        Words::of(&name, ink::medium_small(colours.text))
            .galley(ui, 220.0)
            .size()
            .x
    });
    let width = width.fold(80.0, f32::max).ceil();
    for (index, failure) in trouble.iter().enumerate() {
        let y = rect.top() + 103.0 + 22.0 * index as f32;
        let name = widgets::at(
            ui,
            pos2(left, y),
            width,
            &i18n::file_name(&failure.path),
            ink::medium_small(colours.text),
        );
        name.on_hover_text(failure.path.to_string_lossy());
        let why = pos2(left + width + 12.0, y);
        widgets::at(
            ui,
            why,
            rect.right() - 15.0 - why.x,
            &failure.reason,
            ink::small(colours.dim),
        );
    }
}
