//! The Folders page: the tree at the left, the selected folder's orders at the right.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Frame, Id, Margin, Rect, Role, ScrollArea, Sense,
    Ui, WidgetInfo, pos2, vec2,
};

use super::fonts::icon;
use super::inside;
use super::order_columns::{self, Facts};
use super::order_table;
use super::theme::{self, ink, measure};
use super::widgets::{self, IconButton, Tone, Words, icon_at, in_rect};
use crate::i18n;
use crate::model::{Action, Folders, Model, Node, Remote, Session};

/// Paints the page.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let split = rect.left() + if rect.width() > 1000.0 { 300.0 } else { 260.0 };
    let left = Rect::from_min_max(rect.min, pos2(split, rect.bottom()));
    let right = Rect::from_min_max(pos2(split, rect.top()), rect.max);
    widgets::vline(ui, split - 1.0, rect.y_range());
    let a = inside(ui, left, "tree", |ui| show_tree(ui, left, &model.folders));
    let b = inside(ui, right, "content", |ui| show_content(ui, right, model));
    a.or(b)
}

fn show_tree(ui: &mut Ui, rect: Rect, folders: &Folders) -> Option<Action> {
    let colours = theme::palette(ui);
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 12.0),
        vec2(rect.width() - 33.0, 28.0),
    );
    in_rect(
        ui,
        head,
        Align2::LEFT_CENTER,
        "Folders",
        ink::heading(colours.text),
    );
    let again = Rect::from_center_size(
        pos2(head.right() - 12.0, head.center().y),
        theme::square(24.0),
    );
    let reload = ui
        .place(
            again,
            IconButton::new(icon::ARROW_CLOCKWISE, "Load the folders again"),
        )
        .clicked();
    let body = Rect::from_min_max(
        pos2(rect.left(), head.bottom() + 8.0),
        pos2(rect.right() - 1.0, rect.bottom()),
    );
    let asked = inside(ui, body, "list", |ui| {
        let mut asked = None;
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            asked = tree_state(ui, folders);
            for node in folders.tree() {
                asked = asked
                    .take()
                    .or(show_node(ui, &node, folders.selected == Some(node.uuid)));
            }
        });
        asked
    });
    reload.then_some(Action::ReloadFolders).or(asked)
}

fn tree_state(ui: &mut Ui, folders: &Folders) -> Option<Action> {
    let loading = matches!(folders.root(), Remote::NotAsked | Remote::Loading(None));
    let empty = matches!(folders.root(), Remote::Loaded(list) if list.is_empty());
    let failure = folders.failure.as_ref();
    if failure.is_none() && !loading && !empty {
        return None;
    }
    let add = |ui: &mut Ui| match failure {
        Some(failure) => {
            let (what, remedy) = (&failure.what, &failure.remedy);
            let again = widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"));
            again.then_some(Action::ReloadFolders)
        }
        None if loading => {
            widgets::spinner(ui, "Loading the folders …");
            None
        }
        None => {
            let ink = ink::body(theme::palette(ui).dim);
            widgets::wrapped(ui, Words::of("The account has no folders yet.", ink));
            None
        }
    };
    let framed = Frame::new()
        .inner_margin(Margin::symmetric(8, 0))
        .show(ui, add);
    framed.inner
}

fn show_node(ui: &mut Ui, node: &Node, on: bool) -> Option<Action> {
    let colours = theme::palette(ui);
    let size = vec2(ui.available_width(), 32.0);
    let (line, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, on, &node.name));
    let rect = line.shrink2(vec2(8.0, 0.0));
    let fill = match (on, response.hovered()) {
        (true, _) => colours.accent_bg,
        (false, true) => colours.card,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter()
        .rect_filled(rect, CornerRadius::same(measure::CORNER), fill);
    widgets::focus_ring(ui, &response, rect.shrink(2.0), 4);
    let mut inner = rect;
    inner.min.x += 22.0 * node.depth.min(12) as f32;
    let toggled = node.has_folders && node_caret(ui, inner, node, response.id.with("caret"));
    node_words(ui, inner, node, on);
    let pressed = response.on_hover_cursor(CursorIcon::PointingHand);
    if toggled || (pressed.double_clicked() && node.has_folders) {
        return Some(Action::OpenFolder {
            folder: node.uuid,
            open: !node.open,
        });
    }
    pressed.clicked().then_some(Action::SelectFolder(node.uuid))
}

/// The sign that opens and closes a folder; whether it was pressed.
fn node_caret(ui: &mut Ui, rect: Rect, node: &Node, id: Id) -> bool {
    let centre = pos2(rect.left() + 15.0, rect.center().y);
    let place = Rect::from_center_size(centre, theme::square(22.0));
    let caret = ui.interact(place, id, Sense::click());
    let name = format!("{} {}", if node.open { "Close" } else { "Open" }, node.name);
    caret.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    icon_at(
        ui,
        centre,
        theme::caret(node.open),
        13.0,
        theme::hot(ui, &caret),
    );
    widgets::focus_ring(ui, &caret, place, 4);
    caret.clicked()
}

fn node_words(ui: &mut Ui, rect: Rect, node: &Node, on: bool) {
    let colours = theme::palette(ui);
    let sign = if on || node.open {
        icon::FOLDER_OPEN
    } else {
        icon::FOLDER
    };
    let colour = if on { colours.accent } else { colours.dim };
    let middle = rect.center().y;
    icon_at(ui, pos2(rect.left() + 39.0, middle), sign, 17.0, colour);
    let count = if node.loading {
        "…".to_owned()
    } else {
        i18n::number(node.orders)
    };
    let right = rect
        .with_min_x(rect.right() - 70.0)
        .with_max_x(rect.right() - 8.0);
    let count = in_rect(
        ui,
        right,
        Align2::RIGHT_CENTER,
        &count,
        ink::small(colours.dim),
    )
    .rect;
    let left = pos2(rect.left() + 56.0, middle);
    let room = count.left() - left.x - if node.shared { 30.0 } else { 8.0 };
    let ink = if on {
        ink::bold(colours.text)
    } else {
        ink::body(colours.text)
    };
    let name = widgets::at(ui, left, room, &node.name, ink).rect;
    if node.shared {
        let centre = pos2(name.right() + 14.0, middle);
        icon_at(ui, centre, icon::SHARE_NETWORK, 13.0, colours.dim);
    }
}

fn show_content(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let folders = &model.folders;
    let Some((uuid, folder)) = folders.selected.zip(folders.selected_folder()) else {
        let place = Rect::from_min_max(pos2(rect.left(), rect.center().y - 90.0), rect.max);
        inside(ui, place, "none", |ui| {
            widgets::notice(
                ui,
                Tone::Plain,
                icon::FOLDERS,
                "No folder is selected",
                "Press a folder at the left to see the orders in it.",
            );
        });
        return None;
    };
    let colours = theme::palette(ui);
    let mut path = folders.path(uuid);
    let name = path.pop().unwrap_or_default();
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 14.0),
        vec2(rect.width() - 32.0, 32.0),
    );
    let mut words = Words::new();
    for parent in &path {
        words = words
            .and(&format!("{parent} / "), ink::body(colours.dim))
            .gap(3.0);
    }
    let counts = format!(
        "{}, {}",
        i18n::count(folder.order_count, "order", "orders"),
        i18n::count(folder.sub_folder_count, "folder", "folders")
    );
    words
        .and(&name, ink::heading(colours.text))
        .gap(9.0)
        .and(&counts, ink::body(colours.dim))
        .paint(ui, head, Align2::LEFT_CENTER);
    let body = Rect::from_min_max(pos2(rect.left(), head.bottom() + 14.0), rect.max);
    inside(ui, body, "orders", |ui| show_orders(ui, body, model))
}

fn show_orders(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let orders = &model.folders.orders;
    if let Some(failure) = orders.failure() {
        let place = Rect::from_min_size(
            rect.min + vec2(measure::EDGE, 0.0),
            vec2(rect.width() - 32.0, 80.0),
        );
        let again = inside(ui, place, "failure", |ui| {
            widgets::banner(
                ui,
                Tone::Bad,
                &failure.what,
                &failure.remedy,
                Some("Try again"),
            )
        });
        return again
            .then(|| model.folders.selected.map(Action::SelectFolder))
            .flatten();
    }
    let Some(list) = orders.value() else {
        let place = Rect::from_min_max(rect.min + vec2(measure::EDGE, 12.0), rect.max);
        inside(ui, place, "loading", |ui| {
            widgets::spinner(ui, "Loading the folder's orders …")
        });
        return None;
    };
    if list.is_empty() {
        let place = rect.with_min_y(rect.top() + 90.0);
        let how = "Pick this folder at the foot of Upload, and what is sent is put into it.";
        inside(ui, place, "empty", |ui| {
            let what = "No order is in this folder";
            widgets::notice(ui, Tone::Plain, icon::FOLDER_OPEN, what, how);
        });
        return None;
    }
    let today = model.now.clock.date();
    let view = order_table::View {
        orders: list,
        rows: None,
        sort: None,
        selection: None,
        columns: order_columns::of_folder(rect.width()),
        facts: Facts {
            today,
            locations: model.session.as_ref().map_or(&[][..], Session::locations),
        },
        reveal: 0,
    };
    let (_, asked) = order_table::show(ui, "folder", &view, |_| None);
    asked
}
