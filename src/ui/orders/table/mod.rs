//! A table of orders. Only visible rows are laid out, so the cost does not depend on their number.

pub(in crate::ui) mod cells;
pub(in crate::ui) mod columns;
pub(in crate::ui) mod header;

use eframe::egui::{
    Color32, CornerRadius, CursorIcon, DragAndDrop, Id, Key, KeyboardShortcut, Modifiers, Popup,
    Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};

use self::columns::{BOXES, Facts, Width};

use crate::cloud::model::Order;
use crate::model::{Column, Select, Selection, Sort, Touch};
use crate::ui::folders::tree::Dragged;
use crate::ui::inside;
use crate::ui::theme::{self, measure};
use crate::ui::widgets::{self, Check};
use crate::words;

/// Data shown by a table.
pub(in crate::ui) struct View<'a> {
    pub orders: &'a [Order],
    /// Indices into `orders`, in display order.
    pub rows: &'a [usize],
    /// Current sorting.
    pub sort: Sort,
    /// Selected rows and the row with the keyboard cursor.
    pub selection: &'a Selection,
    /// Columns with their widths; the description gets the remaining width.
    pub columns: Vec<Width>,
    pub facts: Facts<'a>,
    /// Incremented to scroll the row with the keyboard cursor into view.
    pub reveal: u64,
    /// Payload for dragging a row, called once per drag. `None`: rows cannot be dragged.
    pub drag: Option<&'a dyn Fn(&Order) -> Dragged>,
}

impl View<'_> {
    fn order(&self, row: usize) -> Option<&Order> {
        self.orders.get(*self.rows.get(row)?)
    }

    /// Position in `rows` of the keyboard cursor.
    fn cursor_row(&self) -> Option<usize> {
        let cursor = self.selection.cursor()?;
        self.rows.iter().position(|row| {
            let order = self.orders.get(*row);
            order.is_some_and(|order| order.patient_order_uuid == cursor)
        })
    }
}

/// User interaction with a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ui) enum Did {
    /// The selection is to change.
    Selected(Select),
    /// A row was double-clicked; the first click has selected it.
    Opened,
    /// A heading was clicked.
    Sorted(Column),
    /// A column was resized to a width in points; the flag is set when the drag ends.
    Resized(Column, f32, bool),
}

/// Columns with their x offset from the table's left edge and their width, in points.
pub(in crate::ui) struct Layout {
    pub(in crate::ui) cells: Vec<(Column, f32, f32)>,
    width: f32,
}

/// Height of the headings, in points.
const HEAD: f32 = 31.0;

fn layout(view: &View<'_>, room: f32) -> Layout {
    let columns = view.columns.iter();
    let wanted = BOXES + columns.clone().map(|one| one.wanted).sum::<f32>();
    let spare: f32 = columns.clone().map(Width::spare).sum();
    let extra = (room - wanted).max(0.0);
    let share = match spare > 0.0 {
        true => ((wanted - room) / spare).clamp(0.0, 1.0),
        false => 0.0,
    };
    let mut x = BOXES;
    let cells = columns.map(|one| {
        let grows = one.column == Column::Description;
        let width = one.wanted - one.spare() * share + if grows { extra } else { 0.0 };
        let cell = (one.column, x, width.floor());
        x += width.floor();
        cell
    });
    let cells = cells.collect();
    Layout {
        cells,
        width: x.max(room),
    }
}

/// Paints the table into the available space of `ui`; `menu` paints the rows' context menu.
pub(in crate::ui) fn show<T>(
    ui: &mut Ui,
    name: &str,
    view: &View<'_>,
    mut menu: impl FnMut(&mut Ui) -> Option<T>,
) -> (Option<Did>, Option<T>) {
    let whole = ui.available_rect_before_wrap();
    let layout = layout(view, whole.width());
    let head = Rect::from_min_size(whole.min, vec2(whole.width(), HEAD));
    let body = whole.with_min_y(head.bottom());
    let id = ui.make_persistent_id((name, "table"));
    let (mut did, mut chosen) = (None, None);
    let offset = inside(ui, body, name, |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        let mut area = ScrollArea::both().auto_shrink(false).id_salt(name);
        if let Some(y) = revealed(ui, id, view, body.height()) {
            area = area.vertical_scroll_offset(y);
        }
        let shown = area.show_viewport(ui, |ui, seen| {
            (did, chosen) = show_rows(ui, view, &layout, seen, &mut menu);
        });
        let offset = shown.state.clamped_offset();
        ui.data_mut(|data| data.insert_temp(id.with("top"), offset.y));
        offset
    });
    let headed = inside(ui, head, "headings", |ui| {
        ui.set_clip_rect(ui.clip_rect().intersect(head));
        header::show(ui, view.sort, &layout, head, offset.x)
    });
    widgets::hline(ui, head.x_range(), head.bottom() - 1.0);
    (headed.or(did), chosen)
}

/// Scroll offset that shows the row with the keyboard cursor, once for each change of `reveal`.
fn revealed(ui: &Ui, id: Id, view: &View<'_>, height: f32) -> Option<f32> {
    let last = ui.data_mut(|data| {
        let last = data.get_temp::<u64>(id.with("revealed")).unwrap_or(0);
        data.insert_temp(id.with("revealed"), view.reveal);
        last
    });
    if last == view.reveal {
        return None;
    }
    let top = row_top(view.cursor_row()?);
    let now = ui.data(|data| data.get_temp::<f32>(id.with("top")));
    let now = now.unwrap_or(0.0);
    if top < now {
        Some(top)
    } else if top + measure::ROW > now + height {
        Some(top + measure::ROW - height)
    } else {
        None
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows are far below 2^24, where a point of a row's place is lost at most"
)]
fn row_top(row: usize) -> f32 {
    row as f32 * measure::ROW
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped at zero; casts of floats saturate"
)]
fn row_at(y: f32) -> usize {
    (y / measure::ROW).floor().max(0.0) as usize
}

fn show_rows<T>(
    ui: &mut Ui,
    view: &View<'_>,
    layout: &Layout,
    seen: Rect,
    menu: &mut impl FnMut(&mut Ui) -> Option<T>,
) -> (Option<Did>, Option<T>) {
    let (mut did, mut chosen) = (None, None);
    let count = view.rows.len();
    ui.set_min_size(vec2(layout.width, row_top(count)));
    let origin = ui.max_rect().min;
    for row in row_at(seen.top())..(row_at(seen.bottom()) + 1).min(count) {
        let Some(order) = view.order(row) else {
            continue;
        };
        let rect = Rect::from_min_size(
            pos2(origin.x, origin.y + row_top(row)),
            vec2(layout.width, measure::ROW),
        );
        let sense = match view.drag {
            Some(_) => Sense::CLICK | Sense::DRAG,
            None => Sense::CLICK,
        };
        let response = ui.interact(rect, ui.scope_id().with(("row", row)), sense);
        did = did.or(show_row(ui, view, layout, order, &response));
        let shown = Popup::context_menu(&response).width(MENU).show(|ui| {
            ui.set_min_width(MENU);
            ui.set_max_width(MENU);
            ui.spacing_mut().item_spacing.y = 1.0;
            menu(ui)
        });
        chosen = chosen.or(shown.and_then(|shown| shown.inner));
    }
    (did, chosen)
}

/// Width of the context menu, in points.
const MENU: f32 = 260.0;

fn show_row(
    ui: &mut Ui,
    view: &View<'_>,
    layout: &Layout,
    order: &Order,
    response: &Response,
) -> Option<Did> {
    let colours = theme::palette(ui);
    let uuid = order.patient_order_uuid;
    let on = view.selection.contains(uuid);
    let rect = response.rect;
    let fill = match (on, response.hovered()) {
        (true, _) => colours.accent_bg,
        (false, true) => colours.card,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    widgets::hline(ui, rect.x_range(), rect.bottom() - 1.0);
    let who = || row_name(order);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, on, who()));
    for (column, x, width) in &layout.cells {
        let left = rect.left() + x;
        let cell = Rect::from_min_max(
            pos2(left + 8.0, rect.top()),
            pos2(left + width - 8.0, rect.bottom()),
        );
        if ui.is_rect_visible(cell) {
            cells::show(ui, *column, cell, order, view.facts);
        }
    }
    if let Some(drag) = view.drag.filter(|_| response.drag_started()) {
        DragAndDrop::set_payload(ui.ctx(), drag(order));
    }
    let boxed = show_box(ui, rect, on, response.id, who);
    let how = touch(ui.input(|input| input.modifiers));
    let pressed = |how| Did::Selected(Select::Touch { row: uuid, how });
    if boxed {
        Some(pressed(Touch::Toggle))
    } else if response.double_clicked() && how == Touch::Alone {
        Some(Did::Opened)
    } else if response.clicked() {
        Some(pressed(how))
    } else if response.secondary_clicked() {
        Some(Did::Selected(Select::Context(uuid)))
    } else {
        None
    }
}

/// Selection change requested by the keyboard. Called only while no other widget is focused.
pub(in crate::ui) fn keys(ui: &Ui) -> Option<Select> {
    let step = |by, extend| Select::Step { by, extend };
    let none = Modifiers::NONE;
    let keys = [
        (Modifiers::SHIFT, Key::ArrowDown, step(1, true)),
        (Modifiers::SHIFT, Key::ArrowUp, step(-1, true)),
        (none, Key::ArrowDown, step(1, false)),
        (none, Key::ArrowUp, step(-1, false)),
        (none, Key::PageDown, step(15, false)),
        (none, Key::PageUp, step(-15, false)),
        (none, Key::Home, step(isize::MIN, false)),
        (none, Key::End, step(isize::MAX, false)),
        (Modifiers::COMMAND, Key::A, Select::All),
    ];
    let pressed = |(modifiers, key, _): &(Modifiers, Key, Select)| {
        let shortcut = KeyboardShortcut::new(*modifiers, *key);
        ui.input_mut(|input| input.consume_shortcut(&shortcut))
    };
    let found = keys.iter().find(|key| pressed(key));
    found.map(|(.., select)| *select)
}

fn touch(modifiers: Modifiers) -> Touch {
    match (modifiers.command, modifiers.shift) {
        (true, true) => Touch::MoreRange,
        (false, true) => Touch::Range,
        (true, false) => Touch::Toggle,
        (false, false) => Touch::Alone,
    }
}

/// Accessible name of a row, such as "Öberg, Märta, CT Thorax".
fn row_name(order: &Order) -> String {
    let name = words::person_name(&order.patient_name);
    let study = format!("{} {}", order.order_modality, order.study_description);
    match study.trim() {
        "" => name,
        study => format!("{name}, {study}"),
    }
}

/// The checkbox of a row. Returns whether it was pressed.
fn show_box(ui: &mut Ui, row: Rect, on: bool, id: Id, who: impl Fn() -> String) -> bool {
    let place = Rect::from_min_size(row.min, vec2(BOXES, row.height()));
    let response = ui.interact(place, id.with("box"), Sense::CLICK);
    let name = || format!("Select {}", who());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, name()));
    let square =
        Rect::from_center_size(pos2(row.left() + 18.0, row.center().y), theme::square(16.0));
    widgets::check_box(ui, square, Check::from(on), response.hovered());
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}
