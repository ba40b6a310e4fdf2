//! Rows of the attribute tree. Only visible rows are built, so the cost does not depend on their number.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Id, Popup, Rect, Response, Role, ScrollArea, Sense,
    Ui, WidgetInfo, pos2, vec2,
};

use super::copy;
use crate::dicom::attributes::meaning::aid;
use crate::dicom::attributes::{Kind, Row};
use crate::model::{Action, Attributes, AttributesAction};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Words, icon_at, in_rect, menu_row};
use crate::words;

/// Row height of the compact layout, in points.
const HEIGHT: f32 = 28.0;
/// Indentation per nesting level in points, and the deepest level that is indented.
const STEP: f32 = 12.0;
const DEEPEST: u16 = 10;
/// Width of the context menu, in points.
const MENU: f32 = 220.0;

/// x offsets of the columns from the rows' left edge, in points.
struct Columns {
    tag: f32,
    name: f32,
    vr: f32,
    value: f32,
    right: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        let tag = measure::EDGE;
        let name = tag + 88.0;
        let room = width - name - 34.0 - measure::EDGE;
        let vr = name + (room * 0.48).floor();
        Columns {
            tag,
            name,
            vr,
            value: vr + 34.0,
            right: width - measure::EDGE,
        }
    }
}

fn asked(act: AttributesAction) -> Option<Action> {
    Some(Action::Attributes(act))
}

/// Paints the tree, or a placeholder if there are no rows.
pub(in crate::ui) fn show(ui: &mut Ui, body: Rect, page: &Attributes) -> Option<Action> {
    if page.rows().is_empty() {
        show_empty(ui, body, page);
        return None;
    }
    widgets::hline(ui, body.x_range(), body.top());
    let columns = Columns::of(body.width());
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let mut area = ScrollArea::vertical()
        .auto_shrink(false)
        .id_salt("attributes");
    if let Some(y) = revealed(ui, page, body.height()) {
        area = area.vertical_scroll_offset(y);
    }
    let shown = area.show_viewport(ui, |ui, seen| show_rows(ui, page, &columns, seen));
    let top = shown.state.clamped_offset().y;
    ui.data_mut(|data| data.insert_temp(top_id(), top));
    shown.inner
}

fn show_empty(ui: &mut Ui, body: Rect, page: &Attributes) {
    let colours = theme::palette(ui);
    if page.tree.failure().is_some() {
        return;
    }
    let words = match (page.is_searching(), page.tree.is_loading()) {
        (_, true) => "Reading the attributes …",
        (true, _) => "No attribute fits. Look for other words, or press Esc.",
        (false, false) => "",
    };
    let place = Rect::from_center_size(body.center(), vec2(body.width() - 32.0, 24.0));
    in_rect(
        ui,
        place,
        Align2::CENTER_CENTER,
        words,
        ink::body(colours.dim),
    );
}

fn top_id() -> Id {
    Id::unique("top of the attributes")
}

/// Scroll offset that shows the selected row, once for each change of `reveal`.
fn revealed(ui: &Ui, page: &Attributes, height: f32) -> Option<f32> {
    let id = Id::unique("attributes revealed");
    let last = ui.data(|data| data.get_temp::<u64>(id)).unwrap_or(0);
    if last == page.reveal {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(id, page.reveal));
    let top = row_top(page.cursor()?);
    let now = ui.data(|data| data.get_temp::<f32>(top_id()));
    let now = now.unwrap_or(0.0);
    match () {
        () if top < now => Some(top),
        () if top + HEIGHT > now + height => Some(top + HEIGHT - height),
        () => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows are far below 2^24, where a point of a row's place is lost at most"
)]
fn row_top(row: usize) -> f32 {
    row as f32 * HEIGHT
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped at zero; casts of floats saturate"
)]
fn row_at(y: f32) -> usize {
    (y / HEIGHT).floor().max(0.0) as usize
}

fn show_rows(ui: &mut Ui, page: &Attributes, columns: &Columns, seen: Rect) -> Option<Action> {
    let rows = page.rows();
    let width = ui.available_width();
    ui.set_min_size(vec2(width, row_top(rows.len())));
    let origin = ui.max_rect().min;
    let mut asked_for = None;
    for place in row_at(seen.top())..(row_at(seen.bottom()) + 1).min(rows.len()) {
        let Some(row) = rows.get(place).and_then(|row| page.row(*row)) else {
            continue;
        };
        let rect = Rect::from_min_size(
            pos2(origin.x, origin.y + row_top(place)),
            vec2(width, HEIGHT),
        );
        let id = ui.scope_id().with(("attribute", row.key));
        let response = ui.interact(rect, id, Sense::click());
        let did = show_row(ui, page, columns, row, &response);
        let chosen = Popup::context_menu(&response).width(MENU).show(|ui| {
            ui.set_min_width(MENU);
            ui.set_max_width(MENU);
            ui.spacing_mut().item_spacing.y = 1.0;
            menu(ui, row)
        });
        let chosen = chosen.and_then(|chosen| chosen.inner);
        asked_for = asked_for.or(chosen).or(did);
    }
    asked_for
}

/// Accessible name of a row, such as "Patient's Name (0010,0010), Öberg^Märta".
fn spoken(row: &Row) -> String {
    let value = match row.kind {
        Kind::Sequence(items) => words::count(items.into(), "item", "items"),
        Kind::Item(_) => return name(row),
        Kind::Value | Kind::Bytes => row.text.to_string(),
    };
    format!("{} {}, {value}", name(row), row.number())
}

/// Attribute name; for a private attribute, its private creator.
fn name(row: &Row) -> String {
    match (&row.creator, row.kind) {
        (Some(creator), Kind::Value | Kind::Bytes | Kind::Sequence(_)) if row.is_private() => {
            format!("Private: {}", creator.trim())
        }
        _ => row.name().into_owned(),
    }
}

fn show_row(
    ui: &mut Ui,
    page: &Attributes,
    columns: &Columns,
    row: &Row,
    response: &Response,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let rect = response.rect;
    let on = page.selected() == Some(row.key);
    let fill = match (on, response.hovered()) {
        (true, _) => colours.accent_bg,
        (false, true) => colours.card,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, on, spoken(row)));
    let cell = |from: f32, to: f32| {
        Rect::from_min_max(
            pos2(rect.left() + from, rect.top()),
            pos2(rect.left() + to, rect.bottom()),
        )
    };
    if !matches!(row.kind, Kind::Item(_)) {
        let tag = cell(columns.tag, columns.name - 6.0);
        quiet(ui, tag, &row.number(), ink::small(colours.dim));
        let vr = cell(columns.vr, columns.value - 6.0);
        quiet(ui, vr, row.vr(), ink::small(colours.dim));
    }
    let left = columns.name + STEP * f32::from(row.depth.min(DEEPEST));
    let holds = matches!(row.kind, Kind::Sequence(_) | Kind::Item(_));
    let turned = holds && caret(ui, cell(left, left + 18.0), page.is_open(row), row);
    let ink = match row.is_private() {
        true => ink::body(colours.dim),
        false => ink::body(colours.text),
    };
    let words = cell(left + 18.0, columns.vr - 8.0);
    Words::of(&name(row), ink).paint(ui, words, Align2::LEFT_CENTER);
    let opened = show_value(ui, cell(columns.value, columns.right), row);
    if turned || (response.double_clicked() && holds) {
        return asked(AttributesAction::Turn(row.key));
    }
    if opened || (response.double_clicked() && row.is_cut) {
        return asked(AttributesAction::Open(row.key));
    }
    let pressed = response.clicked() || response.secondary_clicked();
    pressed.then_some(Action::Attributes(AttributesAction::Select(row.key)))
}

/// Paints text without an accessible name, because the row has one.
fn quiet(ui: &Ui, rect: Rect, text: &str, ink: theme::Ink) {
    let colour = ink.colour;
    let galley = Words::of(text, ink).galley(ui, rect.width());
    let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect);
    ui.painter().galley(widgets::snap(at.min), galley, colour);
}

fn caret(ui: &mut Ui, place: Rect, open: bool, row: &Row) -> bool {
    let id = ui.scope_id().with(("caret", row.key));
    let response = ui.interact(place, id, Sense::click());
    let word = if open { "Fold" } else { "Unfold" };
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{word} {}", name(row))));
    let ink = theme::hot(ui, &response);
    icon_at(
        ui,
        place.center() - vec2(2.0, 0.0),
        theme::caret(open),
        12.0,
        ink,
    );
    widgets::focus_ring(ui, &response, place.shrink(2.0), 4);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// The value and its interpretation. Returns whether the full value is to be opened.
fn show_value(ui: &mut Ui, mut cell: Rect, row: &Row) -> bool {
    let colours = theme::palette(ui);
    if let Some(wrong) = row.wrong {
        let at = pos2(cell.right() - 8.0, cell.center().y);
        let place = Rect::from_center_size(at, theme::square(18.0));
        let response = ui.interact(
            place,
            ui.scope_id().with(("wrong", row.key)),
            Sense::hover(),
        );
        icon_at(ui, at, icon::WARNING, 15.0, colours.warning);
        let words = format!("Damaged: {wrong}.");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        response.on_hover_text(words);
        cell.max.x -= 22.0;
    }
    let mut opened = false;
    if row.is_cut {
        let place = Rect::from_min_max(pos2(cell.right() - 40.0, cell.top() + 3.0), cell.max);
        let place = place.with_max_y(cell.bottom() - 3.0);
        opened = open_link(ui, place, row);
        cell.max.x -= 46.0;
    }
    let words = match row.kind {
        Kind::Item(_) => return opened,
        Kind::Sequence(items) => {
            let items = words::count(items.into(), "item", "items");
            Words::of(&items, ink::small(colours.dim))
        }
        Kind::Bytes => Words::of(&row.text, ink::small(colours.dim)),
        Kind::Value => {
            let words = Words::of(&row.text, ink::body(colours.text));
            let said = (!row.is_cut).then(|| aid(row.vr(), &row.text)).flatten();
            match said {
                Some(said) => words.gap(8.0).and(&said, ink::small(colours.dim)),
                None => words,
            }
        }
    };
    words.paint(ui, cell, Align2::LEFT_CENTER);
    opened
}

/// The link that opens a long value. Returns whether it was pressed.
fn open_link(ui: &mut Ui, place: Rect, row: &Row) -> bool {
    let id = ui.scope_id().with(("open", row.key));
    let response = ui.interact(place, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open {}", name(row))));
    let colours = theme::palette(ui);
    let ink = match response.hovered() {
        true => colours.text,
        false => colours.accent,
    };
    let galley = Words::of("Open", ink::small(ink)).galley(ui, place.width());
    let at = Align2::RIGHT_CENTER.align_size_within_rect(galley.size(), place);
    ui.painter().galley(widgets::snap(at.min), galley, ink);
    widgets::focus_ring(ui, &response, place.shrink(2.0), 4);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Context menu of a row.
fn menu(ui: &mut Ui, row: &Row) -> Option<Action> {
    let is_item = matches!(row.kind, Kind::Item(_));
    let has_value = matches!(row.kind, Kind::Value | Kind::Bytes) && !row.text.is_empty();
    let sign = Some(icon::COPY);
    if has_value && menu_row(ui, sign, "Copy value", "Ctrl+C", false).clicked() {
        return copy(ui, row);
    }
    if menu_row(ui, sign, "Copy row", "", false).clicked() {
        let line = format!("{} {} {}: {}", row.number(), row.vr(), name(row), row.text);
        ui.ctx().copy_text(line);
    }
    if !is_item && menu_row(ui, sign, "Copy tag", "", false).clicked() {
        ui.ctx().copy_text(row.number());
    }
    if let Some(keyword) = row.keyword().filter(|_| !is_item)
        && menu_row(ui, sign, "Copy keyword", "", false).clicked()
    {
        ui.ctx().copy_text(keyword.to_owned());
    }
    let opens = row.is_cut && menu_row(ui, Some(icon::EYE), "Open value", "Enter", false).clicked();
    opens.then_some(Action::Attributes(AttributesAction::Open(row.key)))
}
