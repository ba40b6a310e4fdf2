//! Painting of cells in a table of orders.

use eframe::egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::columns::{self as columns, Facts};
use crate::cloud::model::Order;
use crate::model::Column;
use crate::ui::fonts::icon;
use crate::ui::theme;
use crate::ui::widgets::{self, in_rect};

/// Paints one cell.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    column: Column,
    cell: Rect,
    order: &Order,
    facts: Facts<'_>,
) {
    let colours = theme::palette(ui);
    let text = columns::text(column, order, facts);
    match column {
        Column::Modality if !text.is_empty() => {
            let left = pos2(cell.left() - 1.0, cell.center().y);
            widgets::tag(ui, left, cell.width() + 8.0, &text);
        }
        Column::Modality => {}
        Column::Patient => patient(ui, cell, &text, order),
        Column::Flags if !text.is_empty() => dots(ui, cell, &text, order),
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

/// The patient's name, followed by a dot for the first flag.
fn patient(ui: &mut Ui, cell: Rect, text: &str, order: &Order) {
    let colours = theme::palette(ui);
    let column = Column::Patient;
    let flag = order.flag_list.first();
    let room = if flag.is_some() { 18.0 } else { 0.0 };
    let place = cell.with_max_x((cell.right() - room).max(cell.left()));
    let name = in_rect(
        ui,
        place,
        Align2::LEFT_CENTER,
        text,
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
        sign.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Flag: {flags}")));
        widgets::hint(sign, &flags);
    }
}

/// Up to four flags as dots, followed by the flags' names.
fn dots(ui: &mut Ui, cell: Rect, text: &str, order: &Order) {
    let colours = theme::palette(ui);
    let column = Column::Flags;
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
        text,
        columns::ink(column, colours),
    );
}
