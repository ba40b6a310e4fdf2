//! The Orders page: search bar, table, actions on the selection, and the selected order at the right.

pub(in crate::ui) mod actions;
pub(in crate::ui) mod details;
pub(in crate::ui) mod dialogs;
pub(in crate::ui) mod filter_bar;
pub(in crate::ui) mod new_order;
pub(in crate::ui) mod table;

use eframe::egui::{Rect, Ui, pos2, vec2};

use self::table::Did;
use self::table::columns::{self, Facts};

use super::fonts::icon;
use super::theme::measure;
use super::widgets::{self, Tone};
use super::{Textures, inside, with_foot};
use crate::model::{Action, Form, Model, OrdersAction, Session};

/// Text fields' contents, kept while the page is painted.
pub(super) struct Typing {
    /// Fields of the search bar.
    pub form: Form,
    /// Typed path of a document to attach.
    pub path: String,
}

/// Paints the Orders page.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    typing: &mut Typing,
    textures: &mut Textures,
) -> Option<Action> {
    let page = &model.orders;
    let side = (rect.width() * 0.29).clamp(280.0, 349.0).floor();
    let with_side = !page.selection.is_empty() || rect.width() > 1100.0;
    let split = if with_side {
        rect.right() - side
    } else {
        rect.right()
    };
    let left = Rect::from_min_max(rect.min, pos2(split, rect.bottom()));
    let mut asked = inside(ui, left, "search", |ui| {
        show_left(ui, left, model, &mut typing.form)
    });
    if with_side {
        widgets::vline(ui, split - 1.0, rect.y_range());
        let right = Rect::from_min_max(pos2(split, rect.top()), rect.max);
        asked = asked.or(inside(ui, right, "order", |ui| {
            details::show(ui, right, model, &mut typing.path, textures)
        }));
    }
    asked.or(actions::keys(ui, model))
}

fn show_left(ui: &mut Ui, rect: Rect, model: &Model, form: &mut Form) -> Option<Action> {
    let (page, foot) = with_foot(ui, rect);
    let room = Rect::from_min_max(
        page.min + vec2(measure::EDGE, 12.0),
        page.max - vec2(measure::EDGE, 0.0),
    );
    let (top, mut asked) = filter_bar::show(ui, room, model, form);
    let body = Rect::from_min_max(
        pos2(rect.left(), top),
        pos2(rect.right() - 1.0, page.bottom()),
    );
    asked = asked.or(inside(ui, body, "table", |ui| show_body(ui, body, model)));
    asked.or(inside(ui, foot, "foot", |ui| {
        actions::show(ui, foot, model)
    }))
}

fn show_body(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let page = &model.orders;
    let mut rect = rect;
    let mut asked = None;
    if let Some(failure) = page.found.failure() {
        let banner = rect
            .shrink2(vec2(measure::EDGE, 0.0))
            .with_max_y(rect.top() + 76.0);
        let (what, remedy) = (failure.what.as_str(), failure.remedy.as_str());
        let again = inside(ui, banner, "failure", |ui| {
            widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"))
        });
        asked = again.then_some(Action::Orders(OrdersAction::Search));
        rect.min.y += 80.0;
    }
    let Some(table) = page.found.value() else {
        if page.found.is_loading() {
            let place = Rect::from_min_max(rect.min + vec2(measure::EDGE, 24.0), rect.max);
            let word = "Searching the account …";
            inside(ui, place, "searching", |ui| widgets::spinner(ui, word));
        }
        return asked;
    };
    if table.orders.is_empty() {
        let (what, how) = (
            "No order fits this search",
            "Use * in a name for any letters, choose Any date, or search in all locations under More.",
        );
        inside(ui, rect.with_min_y(rect.top() + 90.0), "none", |ui| {
            widgets::notice(ui, Tone::Plain, icon::MAGNIFYING_GLASS, what, how);
        });
        return asked;
    }
    let view = table::View {
        orders: &table.orders,
        rows: &table.rows,
        sort: page.sort,
        selection: &page.selection,
        columns: columns::of_search(model, rect.width()),
        facts: Facts {
            today: model.now.clock.date(),
            locations: model.session.as_ref().map_or(&[][..], Session::locations),
        },
        reveal: page.reveal,
        drag: None,
    };
    let (did, chosen) = inside(ui, rect, "rows", |ui| {
        table::show(ui, "orders", &view, |ui| actions::menu(ui, model))
    });
    asked.or(chosen).or(did.map(action))
}

fn action(did: Did) -> Action {
    Action::Orders(match did {
        Did::Sorted(column) => return Action::Orders(OrdersAction::Sort(column)),
        Did::Selected(what) => OrdersAction::Select(what),
        Did::Opened => OrdersAction::OpenViewer,
        Did::Resized(column, width, done) => OrdersAction::Resize {
            column,
            width,
            done,
        },
    })
}
