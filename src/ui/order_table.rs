//! A table of orders: only the rows on the screen are laid out, so that 100,000 cost no more than ten.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Id, Modifiers, Popup, Rect, Response, Role,
    ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use uuid::Uuid;

use super::fonts::icon;
use super::inside;
use super::order_columns::{self as columns, Facts, Width};
use super::theme::{self, ink, measure};
use super::widgets::{self, Check, Words, icon_at, in_rect};
use crate::cloud::model::Order;
use crate::i18n;
use crate::model::{Column, Selection, Sort, Touch, WIDTHS};

/// What a table shows.
pub(super) struct View<'a> {
    pub orders: &'a [Order],
    /// Indices into `orders`, from the top down.
    pub rows: &'a [usize],
    /// How it is sorted.
    pub sort: Sort,
    /// What is selected.
    pub selection: &'a Selection,
    /// What is left over is the description's.
    pub columns: Vec<Width>,
    pub facts: Facts<'a>,
    /// Grows when the row with the keyboard is to be brought into sight.
    pub reveal: u64,
}

impl View<'_> {
    fn order(&self, row: usize) -> Option<&Order> {
        self.orders.get(*self.rows.get(row)?)
    }

    /// The row to bring into sight.
    fn cursor_row(&self) -> Option<usize> {
        let cursor = self.selection.cursor()?;
        self.rows.iter().position(|row| {
            let order = self.orders.get(*row);
            order.is_some_and(|order| order.patient_order_uuid == cursor)
        })
    }
}

/// What was done in a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Did {
    /// A row was pressed.
    Touched(Uuid, Touch),
    /// A row was pressed twice.
    Opened(Uuid),
    /// A row was pressed with the right button.
    Context(Uuid),
    /// A heading was pressed.
    Sorted(Column),
    /// A column is drawn this wide; the flag says that it was let go.
    Resized(Column, f32, bool),
}

/// Where columns begin, relative to the table's left edge, and how wide they are.
struct Layout {
    cells: Vec<(Column, f32, f32)>,
    width: f32,
}

/// The height of the headings.
const HEAD: f32 = 31.0;
/// The width that the checkboxes take.
const BOXES: f32 = 38.0;

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

/// Paints the table into what is left of `ui`; `menu` is what the right button opens on a row.
pub(super) fn show<T>(
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
        show_headings(ui, view, &layout, head, offset.x)
    });
    widgets::hline(ui, head.x_range(), head.bottom() - 1.0);
    (headed.or(did), chosen)
}

/// Where to scroll to, once each time that the row with the keyboard is to be brought into sight.
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
        let response = ui.interact(rect, ui.scope_id().with(("row", row)), Sense::CLICK);
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

/// The width of what the right button opens.
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
            show_cell(ui, *column, cell, order, view.facts);
        }
    }
    let boxed = show_box(ui, rect, on, response.id, who);
    let how = touch(ui.input(|input| input.modifiers));
    if boxed {
        Some(Did::Touched(uuid, Touch::Toggle))
    } else if response.double_clicked() && how == Touch::Alone {
        Some(Did::Opened(uuid))
    } else if response.clicked() {
        Some(Did::Touched(uuid, how))
    } else if response.secondary_clicked() {
        Some(Did::Context(uuid))
    } else {
        None
    }
}

fn touch(modifiers: Modifiers) -> Touch {
    match (modifiers.command, modifiers.shift) {
        (true, true) => Touch::MoreRange,
        (false, true) => Touch::Range,
        (true, false) => Touch::Toggle,
        (false, false) => Touch::Alone,
    }
}

/// "Öberg, Märta, CT Thorax".
fn row_name(order: &Order) -> String {
    let name = i18n::person_name(&order.patient_name);
    let study = format!("{} {}", order.order_modality, order.study_description);
    match study.trim() {
        "" => name,
        study => format!("{name}, {study}"),
    }
}

/// The checkbox before a row; whether it was pressed.
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

fn show_cell(ui: &mut Ui, column: Column, cell: Rect, order: &Order, facts: Facts<'_>) {
    let colours = theme::palette(ui);
    let text = columns::text(column, order, facts);
    match column {
        Column::Modality if !text.is_empty() => {
            let left = pos2(cell.left() - 1.0, cell.center().y);
            widgets::tag(ui, left, cell.width() + 8.0, &text);
        }
        Column::Modality => {}
        Column::Patient => {
            let flag = order.flag_list.first();
            let room = if flag.is_some() { 18.0 } else { 0.0 };
            let place = cell.with_max_x((cell.right() - room).max(cell.left()));
            let name = in_rect(
                ui,
                place,
                Align2::LEFT_CENTER,
                &text,
                columns::ink(column, colours),
            );
            if let Some(flag) = flag {
                let centre = pos2(name.rect.right() + 11.0, cell.center().y);
                let colour = theme::flag(colours, &flag.flag_color);
                widgets::filled_icon_at(ui, centre, icon::FLAG, 13.0, colour);
                let place = Rect::from_center_size(centre, theme::square(16.0));
                let id = ui.next_auto_id();
                ui.skip_ahead_auto_ids(1);
                let sign = ui.interact(place, id, Sense::hover());
                let flags = columns::flags(order);
                sign.widget_info(|| {
                    WidgetInfo::labeled(Role::Image, true, format!("Flag: {flags}"))
                });
                sign.on_hover_text(flags);
            }
        }
        Column::Flags if !text.is_empty() => {
            let mut x = cell.left();
            for flag in order.flag_list.iter().take(4) {
                let centre = pos2(x + 4.0, cell.center().y);
                let colour = theme::flag(colours, &flag.flag_color);
                ui.painter().circle_filled(centre, 4.0, colour);
                x += 12.0;
            }
            let place = cell.with_min_x((x + 2.0).min(cell.right()));
            in_rect(
                ui,
                place,
                Align2::LEFT_CENTER,
                &text,
                columns::ink(column, colours),
            );
        }
        _ => {
            in_rect(
                ui,
                cell,
                columns::align(column),
                &text,
                columns::ink(column, colours),
            );
        }
    }
}

fn show_headings(
    ui: &mut Ui,
    view: &View<'_>,
    layout: &Layout,
    head: Rect,
    offset: f32,
) -> Option<Did> {
    let mut did = None;
    for (column, x, width) in &layout.cells {
        let left = head.left() + x - offset;
        let rect = Rect::from_min_size(pos2(left, head.top()), vec2(*width, head.height()));
        if !rect.intersects(head) {
            continue;
        }
        did = did.or(heading(ui, *column, rect, view.sort));
        did = did.or(edge(ui, *column, rect, head));
    }
    did
}

fn heading(ui: &mut Ui, column: Column, whole: Rect, sort: Sort) -> Option<Did> {
    let colours = theme::palette(ui);
    let word = columns::word(column);
    let mut rect = whole.shrink2(vec2(8.0, 0.0));
    let id = ui.make_persistent_id(("heading", word));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, word));
    widgets::focus_ring(ui, &response, rect.shrink2(vec2(0.0, 5.0)), 4);
    let here = sort.column == column;
    let hot = here || response.hovered();
    let ink = if hot { colours.text } else { colours.dim };
    if here {
        rect.max.x -= 15.0;
    }
    let galley = Words::of(word, ink::medium_small(ink)).galley(ui, rect.width());
    let at = columns::align(column).align_size_within_rect(galley.size(), rect);
    ui.painter().galley(widgets::snap(at.min), galley, ink);
    if here {
        let sign = if sort.down {
            icon::ARROW_DOWN
        } else {
            icon::ARROW_UP
        };
        icon_at(ui, pos2(at.right() + 9.0, rect.center().y), sign, 12.0, ink);
    }
    let pressed = response.on_hover_cursor(CursorIcon::PointingHand).clicked();
    pressed.then_some(Did::Sorted(column))
}

/// The right edge of a heading can be drawn.
fn edge(ui: &mut Ui, column: Column, rect: Rect, head: Rect) -> Option<Did> {
    let grip = Rect::from_center_size(
        pos2(rect.right(), rect.center().y),
        vec2(9.0, head.height()),
    );
    let id = ui.make_persistent_id(("edge", columns::word(column)));
    let response = ui.interact(grip, id, Sense::DRAG);
    let name = || format!("Width of {}", columns::long_word(column));
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, name()));
    let lit = response.hovered() || response.dragged();
    if lit {
        widgets::vline(
            ui,
            rect.right() - 1.0,
            head.shrink2(vec2(0.0, 7.0)).y_range(),
        );
    }
    let response = response.on_hover_cursor(CursorIcon::ResizeColumn);
    let at = response.interact_pointer_pos();
    if response.dragged() || response.drag_stopped() {
        // Where the pointer is let go outside the window there is no place: the last width stays.
        let width = at.map_or(rect.width(), |at| at.x - rect.left());
        let width = width.clamp(WIDTHS.0, WIDTHS.1);
        return Some(Did::Resized(column, width, response.drag_stopped()));
    }
    None
}
