//! Rows of the folder tree, for the Folders page and the pickers. Only visible rows are built.

use std::ops::Range;

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, EventFilter, Id, Key, Rect, Response, Role, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::cloud::model::OrderRef;
use crate::model::{Action, FoldersAction, Node};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, icon_at, in_rect};
use crate::words;

/// Row height, in points.
const HEIGHT: f32 = 32.0;

/// Drag-and-drop payload: the dragged orders.
pub(in crate::ui) struct Dragged(pub Vec<OrderRef>);

/// Result of painting a row.
pub(in crate::ui) struct Row {
    pub response: Response,
    /// The request to expand or collapse the row.
    pub toggled: Option<Action>,
}

/// Allocates space for `count` rows inside a scroll area, and calls `add` with the range of visible rows.
pub(in crate::ui) fn rows(ui: &mut Ui, count: usize, add: impl FnOnce(&mut Ui, Range<usize>)) {
    let most = u32::try_from(count).unwrap_or(u32::MAX);
    let whole = vec2(ui.available_width(), HEIGHT * exact(most));
    let (rect, _) = ui.allocate_exact_size(whole, Sense::hover());
    let seen = ui.clip_rect().intersect(rect);
    if count == 0 || !seen.is_positive() {
        return;
    }
    let first = whole_rows((seen.top() - rect.top()) / HEIGHT);
    let last = (whole_rows((seen.bottom() - rect.top()) / HEIGHT) + 1).min(count);
    let from = u32::try_from(first).unwrap_or(u32::MAX);
    let place = rect.with_min_y(rect.top() + HEIGHT * exact(from));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place));
    child.spacing_mut().item_spacing.y = 0.0;
    child.skip_ahead_auto_ids(first);
    add(&mut child, first..last);
}

/// Scrolls to a row. To be called inside the scroll area before its rows are laid out.
pub(in crate::ui) fn bring_into_sight(ui: &Ui, row: usize) {
    let row = u32::try_from(row).unwrap_or(u32::MAX);
    let top = ui.cursor().top() + HEIGHT * exact(row);
    let rect = Rect::from_min_size(pos2(ui.cursor().left(), top), vec2(1.0, HEIGHT));
    ui.scroll_to_rect(rect, None);
}

/// `rows` as `f32`, which is exact up to 2^24; nobody scrolls that far.
#[expect(clippy::cast_precision_loss, reason = "as said above")]
fn exact(rows: u32) -> f32 {
    rows as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at least 0, and within the rows that were laid out"
)]
fn whole_rows(rows: f32) -> usize {
    rows.max(0.0).floor() as usize
}

/// Paints a row. Left and Right collapse and expand it while it is focused.
pub(in crate::ui) fn row(ui: &mut Ui, node: &Node, on: bool) -> Row {
    let colours = theme::palette(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let id = ui.scope_id().with(("folder", node.uuid, node.depth));
    let response = ui.interact(line, id, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::TreeItem, true, on, &node.name);
        info.hint_text = Some(counts(node));
        info
    });
    let rect = line.shrink2(vec2(8.0, 0.0));
    let target = response.dnd_hover_payload::<Dragged>().is_some();
    let fill = match (on || target, response.hovered()) {
        (true, _) => colours.accent_bg,
        (false, true) => colours.card,
        (false, false) => Color32::TRANSPARENT,
    };
    let corner = CornerRadius::same(measure::CORNER);
    ui.painter().rect_filled(rect, corner, fill);
    if target {
        let stroke = Stroke::new(measure::FOCUS, colours.accent);
        ui.painter()
            .rect_stroke(rect, corner, stroke, StrokeKind::Inside);
    }
    widgets::focus_ring(ui, &response, rect.shrink(2.0), 4);
    let mut inner = rect;
    inner.min.x += indent(node.depth);
    let toggled = node.has_folders && caret(ui, inner, node, id.with("caret"));
    words(ui, inner, node, on);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let response = response.on_hover_text_at_pointer(counts(node));
    let by_key = arrow(ui, &response, node);
    let doubled = response.double_clicked() && node.has_folders;
    let toggled = (toggled || by_key || doubled).then_some(Action::Folders(FoldersAction::Open {
        folder: node.uuid,
        open: !node.open,
    }));
    Row { response, toggled }
}

fn indent(depth: usize) -> f32 {
    22.0 * f32::from(u8::try_from(depth.min(12)).unwrap_or(12))
}

/// Whether the arrow key that expands or collapses the row was pressed while it is focused.
fn arrow(ui: &Ui, response: &Response, node: &Node) -> bool {
    if !response.has_focus() {
        return false;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let key = if node.open {
        Key::ArrowLeft
    } else {
        Key::ArrowRight
    };
    node.has_folders && ui.input(|input| input.key_pressed(key))
}

/// The four counts as text.
fn counts(node: &Node) -> String {
    let [orders, all_orders, folders, all_folders] = node.counts;
    format!(
        "{} ({} with those below), {} ({} with those below)",
        words::count(orders, "order", "orders"),
        words::number(all_orders),
        words::count(folders, "folder", "folders"),
        words::number(all_folders),
    )
}

/// The caret that expands or collapses a folder. Returns whether it was pressed.
fn caret(ui: &mut Ui, rect: Rect, node: &Node, id: Id) -> bool {
    let centre = pos2(rect.left() + 15.0, rect.center().y);
    let place = Rect::from_center_size(centre, theme::square(22.0));
    let caret = ui.interact(place, id, Sense::click());
    let name = format!("{} {}", if node.open { "Close" } else { "Open" }, node.name);
    caret.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let ink = theme::hot(ui, &caret);
    icon_at(ui, centre, theme::caret(node.open), 13.0, ink);
    widgets::focus_ring(ui, &caret, place, 4);
    caret.clicked()
}

fn words(ui: &mut Ui, rect: Rect, node: &Node, on: bool) {
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
        words::number(node.orders)
    };
    let right = rect
        .with_min_x(rect.right() - 70.0)
        .with_max_x(rect.right() - 8.0);
    let ink = ink::small(colours.dim);
    let count = in_rect(ui, right, Align2::RIGHT_CENTER, &count, ink).rect;
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
