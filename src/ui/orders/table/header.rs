//! Headings of a table of orders: a click sorts, dragging the right edge resizes.

use eframe::egui::{CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::columns;
use super::{Did, Layout};
use crate::model::{Column, Sort, WIDTHS};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Words, icon_at};

/// Paints the headings, scrolled horizontally by `offset` points.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    sort: Sort,
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
        did = did.or(heading(ui, *column, rect, sort));
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

/// The draggable right edge of a heading.
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
        // If the pointer is released outside the window there is no position: the previous width is kept.
        let width = at.map_or(rect.width(), |at| at.x - rect.left());
        let width = width.clamp(WIDTHS.0, WIDTHS.1);
        return Some(Did::Resized(column, width, response.drag_stopped()));
    }
    None
}
