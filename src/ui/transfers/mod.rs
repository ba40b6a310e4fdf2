//! The Transfers page: a card for each study in queue order, and the day's totals at the foot.

pub(in crate::ui) mod actions;
pub(in crate::ui) mod labels;
pub(in crate::ui) mod row;

use eframe::egui::{
    Align2, DragAndDrop, EventFilter, Key, KeyboardShortcut, Modifiers, Rangef, Rect, Response,
    ScrollArea, Ui, pos2, vec2,
};

use self::labels::heading;
use self::row::Ways;
use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, Kind, Tone, Words, filled_icon_at, in_rect};
use super::{inside, row_from_right, with_foot};
use crate::message::{JobId, Journal};
use crate::model::{Action, Model, Row, Transfers, TransfersAction};
use crate::transfer::TransferState;
use crate::words;

/// Space between two cards, in points.
const GAP: f32 = 8.0;
/// Distance from an edge in points within which a dragged row scrolls the list.
const NEAR: f32 = 36.0;

/// Drag-and-drop payload: the dragged transfer.
struct Lifted(JobId);

/// Paints the Transfers page.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let page = &model.transfers;
    let (body, foot) = with_foot(ui, rect);
    show_foot(ui, foot, page);
    let top = body.top() + 14.0;
    let room = Rect::from_min_max(
        pos2(body.left() + measure::EDGE, top),
        pos2(body.right() - measure::EDGE, body.bottom()),
    );
    if page.rows.is_empty() {
        let said = show_banner(ui, room, page);
        show_empty(ui, body.with_min_y(said));
        return None;
    }
    let head = Rect::from_min_size(room.min, vec2(room.width(), measure::CONTROL));
    let asked = show_head(ui, head, page);
    let top = show_banner(ui, room.with_min_y(head.bottom() + 10.0), page);
    let list = body.with_min_y(top);
    asked.or(inside(ui, list, "rows", |ui| show_rows(ui, page)))
}

fn show_empty(ui: &mut Ui, body: Rect) {
    let place = body.with_min_y(body.center().y - 80.0);
    inside(ui, place, "empty", |ui| {
        let how = "Drop a study on Upload and press Upload: how far it is, and whether all of it arrived, is shown here.";
        let sign = icon::ARROWS_DOWN_UP;
        widgets::notice(ui, Tone::Plain, sign, "Nothing is on the way", how);
    });
}

/// A banner if the journal cannot be kept. Returns the y coordinate where the list begins.
fn show_banner(ui: &mut Ui, room: Rect, page: &Transfers) -> f32 {
    let (Journal::InUse(failure) | Journal::NotKept(failure)) = &page.journal else {
        return room.top();
    };
    let tone = match page.journal {
        Journal::InUse(_) => Tone::Bad,
        _ => Tone::Warning,
    };
    let height = inside(ui, room, "journal", |ui| {
        widgets::banner(ui, tone, &failure.what, &failure.remedy, None);
        ui.min_rect().height()
    });
    room.top() + height + 10.0
}

fn show_head(ui: &mut Ui, rect: Rect, page: &Transfers) -> Option<Action> {
    let colours = theme::palette(ui);
    let (title, facts) = heading(page);
    let mut left_end = rect.right();
    let asked = row_from_right(ui, rect, "head", |ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let refused = page.nothing_to_clear();
        let clear = Button::new(Kind::Raised, "Clear finished").unless(refused);
        let mut asked = ui
            .add(clear)
            .clicked()
            .then_some(Action::Transfers(TransfersAction::ClearFinished));
        let paused = |row: &Row| row.status.state == TransferState::Paused;
        let open = || page.rows.iter().filter(|row| !row.is_over());
        let refused = (!open().any(|row| !paused(row))).then_some("There is nothing to pause.");
        let all_paused = refused.is_some() && open().next().is_some();
        if !all_paused {
            let pause = Button::new(Kind::Raised, "Pause all")
                .icon(icon::PAUSE)
                .unless(refused);
            let pressed = ui.add(pause).clicked();
            asked = asked.or(pressed.then_some(Action::Transfers(TransfersAction::PauseAll)));
        }
        if open().any(paused) {
            let resume = Button::new(Kind::Raised, "Resume all").icon(icon::PLAY);
            let pressed = ui.add(resume).clicked();
            asked = asked.or(pressed.then_some(Action::Transfers(TransfersAction::ResumeAll)));
        }
        left_end = ui.min_rect().left();
        asked
    });
    let room = rect.with_max_x(left_end - 12.0);
    let words = |facts: &[&str]| {
        let said = facts.iter().filter(|fact| !fact.is_empty());
        let said: Vec<&str> = said.copied().collect();
        Words::of(&title, ink::heading(colours.text))
            .gap(12.0)
            .and(&said.join(" · "), ink::body(colours.dim))
    };
    let [speed, connections, left] = &facts;
    let all = [speed.as_str(), connections.as_str(), left.as_str()];
    let shown = match words(&all).galley(ui, f32::INFINITY).size().x > room.width() {
        true => words(&[speed, left]),
        false => words(&all),
    };
    shown.paint(ui, room, Align2::LEFT_CENTER);
    asked
}

fn show_foot(ui: &mut Ui, rect: Rect, page: &Transfers) {
    let colours = theme::palette(ui);
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    let verified = words::count(page.verified(), "study verified", "studies verified");
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
    let ledger = format!("Today: {}", words::ledger(&page.today()));
    in_rect(
        ui,
        left,
        Align2::LEFT_CENTER,
        &ledger,
        ink::body(colours.dim),
    );
}

/// The list of transfers. Only visible rows are painted.
fn show_rows(ui: &mut Ui, page: &Transfers) -> Option<Action> {
    let area = ScrollArea::vertical().auto_shrink(false);
    let shown = area.show_viewport(ui, |ui, seen| show_seen(ui, page, seen));
    shown.inner
}

fn show_seen(ui: &mut Ui, page: &Transfers, seen: Rect) -> Option<Action> {
    let whole = ui.max_rect();
    // Vertical extent of each row, relative to the top of the list.
    let mut y = 0.0;
    let spans = page.rows.iter().map(|row| {
        let height = row::height(row);
        let span = Rangef::new(y, y + height);
        y = span.max + GAP;
        span
    });
    let spans: Vec<Rangef> = spans.collect();
    ui.set_min_size(vec2(whole.width(), y));
    let places = Places {
        page,
        spans: &spans,
        whole,
    };
    let lifted = DragAndDrop::payload::<Lifted>(ui.ctx()).map(|lifted| lifted.0);
    let queue = page.queue();
    let mut asked = None;
    for (row, span) in page.rows.iter().zip(&spans) {
        // One more row at each end is built, so that keyboard focus can move to it.
        if span.max + 90.0 < seen.top() || span.min - 90.0 > seen.bottom() {
            continue;
        }
        let place = |end: Option<&JobId>| !row.is_over() && end != Some(&row.job());
        let ways = Ways {
            up: place(queue.first()),
            down: place(queue.last()),
        };
        let how = (ways, lifted == Some(row.job()));
        let (response, pressed) = row::in_place(ui, places.rect(*span), (page, row), how);
        if ways != Ways::default() && response.drag_started() {
            DragAndDrop::set_payload(ui.ctx(), Lifted(row.job()));
        }
        asked = asked.or(pressed).or(keys(ui, &places, row, &response));
    }
    let dropped = lifted.and_then(|job| places.drag(ui, job));
    asked.or(dropped)
}

/// Positions of all rows.
struct Places<'a> {
    page: &'a Transfers,
    /// Vertical extents, relative to the top of the list.
    spans: &'a [Rangef],
    whole: Rect,
}

impl Places<'_> {
    /// A row's rectangle in screen coordinates.
    fn rect(&self, span: Rangef) -> Rect {
        let x = self.whole.x_range().shrink(measure::EDGE);
        let top = self.whole.top();
        Rect::from_x_y_ranges(x, top + span.min..=top + span.max)
    }

    /// Drop positions: before each unfinished row and after the last one, as y coordinate and the following row.
    fn gaps(&self) -> Vec<(f32, Option<JobId>)> {
        let rows = self.page.rows.iter().zip(self.spans);
        let mut open = rows.filter(|(row, _)| !row.is_over());
        let mut gaps: Vec<_> = open
            .clone()
            .map(|(row, span)| (span.min - GAP / 2.0, Some(row.job())))
            .collect();
        gaps.extend(
            open.next_back()
                .map(|(_, span)| (span.max + GAP / 2.0, None)),
        );
        gaps
    }

    /// While a row is dragged, shows a line at the nearest drop position; on release returns the move.
    fn drag(&self, ui: &mut Ui, job: JobId) -> Option<Action> {
        let row = self.page.get(job).filter(|row| !row.is_over())?;
        let at = ui.ctx().pointer_latest_pos()?;
        row::show_lifted(ui, row);
        let top = self.whole.top();
        let away = |gap: &(f32, Option<JobId>)| (top + gap.0 - at.y).abs();
        let (y, before) = self
            .gaps()
            .into_iter()
            .min_by(|one, other| away(one).total_cmp(&away(other)))?;
        let x = self.whole.x_range().shrink(measure::EDGE);
        let line = Rect::from_x_y_ranges(x, top + y - 1.5..=top + y + 1.5);
        ui.painter()
            .rect_filled(line, 1.5, theme::palette(ui).accent);
        let seen = ui.clip_rect();
        let scroll = match at.y {
            y if y < seen.top() + NEAR => 8.0,
            y if y > seen.bottom() - NEAR => -8.0,
            _ => 0.0,
        };
        if scroll != 0.0 {
            ui.scroll_with_delta(vec2(0.0, scroll));
            ui.ctx().request_repaint();
        }
        if !ui.input(|input| input.pointer.any_released()) {
            return None;
        }
        DragAndDrop::clear_payload(ui.ctx());
        Some(Action::Transfers(TransfersAction::Move { job, before }))
    }
}

/// Up and Down move the focus between rows; with Alt they move the focused row.
fn keys(ui: &Ui, places: &Places<'_>, row: &Row, response: &Response) -> Option<Action> {
    if response.gained_focus() {
        ui.scroll_to_rect(response.rect.expand(GAP), None);
    }
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |modifiers, key| {
        let shortcut = KeyboardShortcut::new(modifiers, key);
        ui.input_mut(|input| input.consume_shortcut(&shortcut))
    };
    let job = row.job();
    let moved = if pressed(Modifiers::ALT, Key::ArrowUp) {
        Some(TransfersAction::Up(job))
    } else if pressed(Modifiers::ALT, Key::ArrowDown) {
        Some(TransfersAction::Down(job))
    } else {
        None
    };
    if moved.is_some() {
        // Scrolls far enough to show the new position in either direction.
        ui.scroll_to_rect(response.rect.expand(response.rect.height() + GAP), None);
        return moved.map(Action::Transfers);
    }
    let up = pressed(Modifiers::NONE, Key::ArrowUp);
    if up || pressed(Modifiers::NONE, Key::ArrowDown) {
        let rows = &places.page.rows;
        let at = rows.iter().position(|one| one.job() == job)?;
        let next = match up {
            true => at.checked_sub(1),
            false => Some(at + 1),
        };
        let next = next.and_then(|next| rows.get(next))?;
        ui.memory_mut(|memory| memory.request_focus(row::id(next)));
    }
    None
}
