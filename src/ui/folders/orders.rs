//! The orders in a folder: a table whose rows can be dragged onto folders of the tree, and actions on the selected rows.

use eframe::egui::{
    CornerRadius, CursorIcon, DragAndDrop, Id, LayerId, Order as Layer, Rect, Ui, vec2,
};

use super::tree::Dragged;
use crate::cloud::model::Order;
use crate::model::{Action, FoldersAction, Model, OrdersAction, Session, Table};
use crate::ui::fonts::icon;
use crate::ui::inside;
use crate::ui::orders::actions::{self, Deed};
use crate::ui::orders::table::columns::{self, Facts};
use crate::ui::orders::table::{self, Did};
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Tone, Words, label};
use crate::words;

/// Paints the table, and a foot with actions while rows are selected.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let orders = &model.folders.orders;
    let mut rect = rect;
    let mut asked = None;
    if let Some(failure) = orders.failure() {
        let place = rect
            .shrink2(vec2(measure::EDGE, 0.0))
            .with_max_y(rect.top() + 76.0);
        let (what, remedy) = (&failure.what, &failure.remedy);
        let again = inside(ui, place, "failure", |ui| {
            widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"))
        });
        asked = again.then_some(Action::Folders(FoldersAction::Reload));
        rect.min.y += 82.0;
    }
    let Some(table) = orders.value() else {
        if orders.is_loading() {
            let place = Rect::from_min_max(rect.min + vec2(measure::EDGE, 12.0), rect.max);
            let word = "Loading the folder's orders …";
            inside(ui, place, "loading", |ui| widgets::spinner(ui, word));
        }
        return asked;
    };
    if table.orders.is_empty() {
        let place = rect.with_min_y(rect.top() + (rect.height() * 0.2).min(90.0));
        let how = "Add orders from the Orders page, or choose this folder at the foot of Upload.";
        inside(ui, place, "empty", |ui| {
            let what = "No order is in this folder";
            widgets::notice(ui, Tone::Plain, icon::FOLDER_OPEN, what, how);
        });
        return asked;
    }
    if !model.folders.selection.is_empty() {
        let (above, foot) = crate::ui::with_foot(ui, rect);
        rect = above;
        asked = asked.or(show_foot(ui, foot, model));
    }
    let in_table = show_table(ui, rect, model, table);
    drag_tag(ui);
    asked.or(in_table)
}

fn show_table(ui: &mut Ui, rect: Rect, model: &Model, table: &Table) -> Option<Action> {
    let page = &model.folders;
    let drag = |order: &Order| Dragged(page.dragged_with(order));
    let view = table::View {
        orders: &table.orders,
        rows: &table.rows,
        sort: page.sort,
        selection: &page.selection,
        columns: columns::of_folder(model, rect.width()),
        facts: Facts {
            today: model.now.clock.date(),
            locations: model.session.as_ref().map_or(&[][..], Session::locations),
        },
        reveal: page.reveal,
        drag: Some(&drag),
    };
    let (did, chosen) = inside(ui, rect, "rows", |ui| {
        table::show(ui, "folder orders", &view, |ui| {
            actions::rows(ui, deeds(model).iter())
        })
    });
    chosen.or(did.map(action))
}

fn action(did: Did) -> Action {
    Action::Folders(match did {
        Did::Selected(what) => FoldersAction::Select(what),
        Did::Sorted(column) => FoldersAction::Sort(column),
        Did::Opened => FoldersAction::OpenViewer,
        // Column widths are shared with the Orders page.
        Did::Resized(column, width, done) => {
            return Action::Orders(OrdersAction::Resize {
                column,
                width,
                done,
            });
        }
    })
}

/// Actions on the selected orders.
fn deeds(model: &Model) -> [Deed; 4] {
    let deed = |sign, words: &str, act| Deed::new(sign, words, Action::Folders(act));
    [
        deed(icon::EYE, "Open in viewer", FoldersAction::OpenViewer)
            .key("Enter")
            .unless(model.folders.viewer_refused()),
        deed(
            icon::FOLDER_PLUS,
            "Add to folder…",
            FoldersAction::AddSelected,
        ),
        deed(icon::SHARE_NETWORK, "Share…", FoldersAction::ShareSelected),
        deed(
            icon::FOLDER_SIMPLE_MINUS,
            "Take out of the folder",
            FoldersAction::TakeOut,
        )
        .key("Delete"),
    ]
}

fn show_foot(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let room = rect.shrink2(vec2(measure::EDGE, 8.0));
    let selected = model.folders.selection.len() as u64;
    let count = words::count(selected, "order", "orders");
    let left = crate::ui::row(ui, room, "selected", |ui| {
        ui.spacing_mut().item_spacing.x = measure::BETWEEN;
        let words = format!("{} selected", words::number(selected));
        label(ui, &words, ink::bold(colours.text));
        // The folder's own buttons above have the same captions; the accessible names tell them apart.
        let view = format!("Open {count} in the viewer");
        let share = format!("Share {count}…");
        let button = if rect.width() < WIDE {
            Button::new(Kind::Raised, icon::EYE).icon_alone()
        } else {
            Button::new(Kind::Raised, "Open viewer").icon(icon::EYE)
        };
        let refused = model.folders.viewer_refused();
        let view = ui.add(button.name(&view).unless(refused));
        let add = ui.add(Button::new(Kind::Raised, "Add to folder…").icon(icon::FOLDER_PLUS));
        let button = Button::new(Kind::Raised, "Share…").icon(icon::SHARE_NETWORK);
        let share = ui.add(button.name(&share));
        match (view.clicked(), add.clicked(), share.clicked()) {
            (true, ..) => Some(FoldersAction::OpenViewer),
            (_, true, _) => Some(FoldersAction::AddSelected),
            (.., true) => Some(FoldersAction::ShareSelected),
            _ => None,
        }
    });
    let right = crate::ui::row_from_right(ui, room, "take out", |ui| {
        let word = if rect.width() < WIDE {
            format!("Take {} out", words::number(selected))
        } else {
            format!("Take {count} out")
        };
        let say = format!("Take {count} out of the folder");
        let button = Button::new(Kind::Raised, &word).name(&say);
        let taken = ui.add(button.icon(icon::FOLDER_SIMPLE_MINUS));
        let taken = taken.on_hover_text("They stay in the account (Del)");
        taken.clicked().then_some(FoldersAction::TakeOut)
    });
    left.or(right).map(Action::Folders)
}

/// Width in points from which the foot's buttons have captions.
const WIDE: f32 = 700.0;

/// Label beside the pointer that says what is dragged.
fn drag_tag(ui: &Ui) {
    let ctx = ui.ctx();
    let Some(dragged) = DragAndDrop::payload::<Dragged>(ctx) else {
        return;
    };
    let Some(at) = ctx.input(|input| input.pointer.interact_pos()) else {
        return;
    };
    ctx.set_cursor_icon(CursorIcon::Grabbing);
    let colours = theme::palette(ui);
    let count = words::count(dragged.0.len() as u64, "order", "orders");
    let words = Words::of(
        &format!("Add {count} to …"),
        ink::medium_small(colours.on_accent),
    );
    let galley = words.galley(ui, 260.0);
    let layer = LayerId::new(Layer::Tooltip, Id::unique("dragged orders"));
    let rect = Rect::from_min_size(at + vec2(14.0, 10.0), galley.size() + vec2(16.0, 8.0));
    let painter = ctx.layer_painter(layer);
    painter.rect_filled(rect, CornerRadius::same(measure::CORNER), colours.accent);
    painter.galley(rect.min + vec2(8.0, 4.0), galley, colours.on_accent);
}
