//! The orders in a folder: picked one by one or in ranges, dragged onto folders of the tree, taken out.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, DragAndDrop, Id, LayerId, Order as Layer, Rect,
    Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use jiff::civil::Date;

use super::folder_tree::Dragged;
use super::fonts::icon;
use super::inside;
use super::theme::{self, Ink, Palette, ink, measure};
use super::widgets::{self, Button, Kind, Tone, Words, in_rect, label};
use crate::cloud::model::Order;
use crate::i18n;
use crate::model::{Action, FoldersAct, Model, Pick};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Patient,
    PatientId,
    Modality,
    Description,
    Performed,
    Images,
    Documents,
}

/// The fields that there is room for, each with its place.
fn columns(rect: Rect) -> Vec<(Field, Rect)> {
    let mut fields = vec![
        (Field::Patient, 156.0),
        (Field::PatientId, 146.0),
        (Field::Modality, 58.0),
        (Field::Description, 0.0),
        (Field::Performed, 122.0),
        (Field::Images, 70.0),
        (Field::Documents, 58.0),
    ];
    for (least, field) in [
        (760.0, Field::Documents),
        (640.0, Field::PatientId),
        (520.0, Field::Images),
    ] {
        if rect.width() < least {
            fields.retain(|(other, _)| *other != field);
        }
    }
    let edges = measure::EDGE + 8.0;
    let fixed: f32 = fields.iter().map(|(_, width)| width).sum();
    let rest = (rect.width() - edges - fixed).max(90.0);
    let mut x = rect.left() + measure::EDGE;
    let places = fields.into_iter().map(|(field, width)| {
        let width = if field == Field::Description {
            rest
        } else {
            width
        };
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(width - 12.0, rect.height()));
        x += width;
        (field, place)
    });
    places.collect()
}

impl Field {
    fn word(self) -> &'static str {
        match self {
            Field::Patient => "Patient",
            Field::PatientId => "Patient ID",
            Field::Modality => "Mod.",
            Field::Description => "Description",
            Field::Performed => "Performed",
            Field::Images => "Images",
            Field::Documents => "Docs",
        }
    }

    fn align(self) -> Align2 {
        if matches!(self, Field::Images | Field::Documents) {
            Align2::RIGHT_CENTER
        } else {
            Align2::LEFT_CENTER
        }
    }

    fn text(self, order: &Order, today: Date) -> String {
        match self {
            Field::Patient => i18n::person_name(&order.patient_name),
            Field::PatientId => order.patient_id.clone(),
            Field::Modality => order.order_modality.clone(),
            Field::Description => order.study_description.clone(),
            Field::Performed => match order.performed() {
                Some(at) => i18n::short_date_time(at, today),
                None => order.performed_datetime.clone(),
            },
            Field::Images => i18n::number(order.images_count),
            Field::Documents => i18n::number(order.documents_count),
        }
    }

    fn ink(self, colours: &Palette) -> Ink {
        match self {
            Field::Patient => ink::bold(colours.text),
            Field::Description | Field::Images | Field::Documents => ink::body(colours.text),
            _ => ink::body(colours.dim),
        }
    }
}

/// Paints the list, and the foot while something is picked.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let orders = &model.folders.orders;
    let mut rect = rect;
    let mut asked = None;
    if let Some(failure) = orders.failure() {
        let place = rect
            .shrink2(vec2(measure::EDGE, 0.0))
            .with_max_y(rect.top() + 76.0);
        let (what, remedy) = (&failure.what, &failure.remedy);
        let again = inside(ui, place, "failure", |ui| {
            widgets::banner(ui, Tone::Bad, what, remedy, Some("Reload"))
        });
        asked = again.then_some(Action::ReloadFolders);
        rect.min.y += 82.0;
    }
    let Some(list) = orders.value() else {
        if orders.is_loading() {
            let place = Rect::from_min_max(rect.min + vec2(measure::EDGE, 12.0), rect.max);
            let word = "Loading the folder's orders …";
            inside(ui, place, "loading", |ui| widgets::spinner(ui, word));
        }
        return asked;
    };
    if list.is_empty() {
        let place = rect.with_min_y(rect.top() + (rect.height() * 0.2).min(90.0));
        let how = "Add orders from the Orders page, or pick this folder at the foot of Upload.";
        inside(ui, place, "empty", |ui| {
            let what = "No order is in this folder";
            widgets::notice(ui, Tone::Plain, icon::FOLDER_OPEN, what, how);
        });
        return asked;
    }
    if !model.folders.picked.is_empty() {
        let (above, foot) = super::with_foot(ui, rect);
        rect = above;
        asked = asked.or(show_foot(ui, foot, model.folders.picked.len()));
    }
    let in_list = inside(ui, rect, "list", |ui| show_list(ui, rect, model, list));
    drag_tag(ui);
    asked.or(in_list)
}

fn show_list(ui: &mut Ui, rect: Rect, model: &Model, list: &[Order]) -> Option<Action> {
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), 31.0));
    let colours = theme::palette(ui);
    for (field, place) in columns(head) {
        let ink = ink::medium_small(colours.dim);
        in_rect(ui, place, field.align(), field.word(), ink);
    }
    widgets::hline(ui, head.x_range(), head.bottom() - 1.0);
    let body = rect.with_min_y(head.bottom());
    inside(ui, body, "rows", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut asked = None;
        let rows = ScrollArea::vertical().auto_shrink(false);
        rows.show_rows(ui, measure::ROW, list.len(), |ui, range| {
            let rows = list.iter().enumerate();
            for (index, order) in rows.skip(range.start).take(range.len()) {
                asked = asked.take().or(show_row(ui, model, index, order));
            }
        });
        asked
    })
}

fn show_row(ui: &mut Ui, model: &Model, index: usize, order: &Order) -> Option<Action> {
    let colours = theme::palette(ui);
    let size = vec2(ui.available_width(), measure::ROW);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let uuid = order.patient_order_uuid;
    let on = model.folders.picked.contains(&uuid);
    let id = ui.scope_id().with(("order", uuid, index));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let name = format!(
        "Order of {}: {} {}",
        i18n::person_name(&order.patient_name),
        order.order_modality,
        order.study_description
    );
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, on, name.trim()));
    let fill = match (on, response.hovered()) {
        (true, _) => colours.accent_bg,
        (false, true) => colours.card,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    widgets::hline(ui, rect.x_range(), rect.bottom() - 1.0);
    show_cells(ui, rect, order, model.now.clock.date());
    widgets::focus_ring(ui, &response, rect.shrink(3.0), 4);
    // What is dragged: all that is picked, where this one is among them.
    let dragged = if on {
        model.picked_orders()
    } else {
        Vec::new()
    };
    let dragged = if on { dragged } else { vec![order.place()] };
    response.dnd_set_drag_payload(Dragged(dragged));
    let how = ui.input(|input| match input.modifiers {
        held if held.shift => Pick::Range,
        held if held.command => Pick::Toggle,
        _ => Pick::Only,
    });
    let again = on && how == Pick::Only && model.folders.picked.len() == 1;
    let how = if again { Pick::Toggle } else { how };
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let act = FoldersAct::Pick { order: uuid, how };
    response.clicked().then_some(Action::Folders(act))
}

fn show_cells(ui: &mut Ui, rect: Rect, order: &Order, today: Date) {
    let colours = theme::palette(ui);
    for (field, place) in columns(rect) {
        let text = field.text(order, today);
        if field == Field::Modality {
            if !text.is_empty() {
                let left = pos2(place.left() - 1.0, place.center().y);
                widgets::tag(ui, left, place.width() + 8.0, &text);
            }
            continue;
        }
        in_rect(ui, place, field.align(), &text, field.ink(colours));
    }
}

fn show_foot(ui: &mut Ui, rect: Rect, picked: usize) -> Option<Action> {
    let colours = theme::palette(ui);
    let room = rect.shrink2(vec2(measure::EDGE, 8.0));
    let count = i18n::count(picked as u64, "order", "orders");
    let left = super::row(ui, room, "picked", |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        label(ui, &format!("{picked} selected"), ink::bold(colours.text));
        ui.add_space(6.0);
        let add = ui.add(Button::new(Kind::Raised, "Add to folder…").icon(icon::FOLDER_PLUS));
        let share = Button::new(Kind::Raised, "Share…").icon(icon::SHARE_NETWORK);
        let say = format!("Share {count}…");
        let share = ui.add(share.name(&say));
        match (add.clicked(), share.clicked()) {
            (true, _) => Some(FoldersAct::AddPicked),
            (_, true) => Some(FoldersAct::SharePicked),
            _ => None,
        }
    });
    let right = super::row_from_right(ui, room, "take out", |ui| {
        let word = format!("Take {count} out");
        let say = format!("Take {count} out of the folder");
        let button = Button::new(Kind::Raised, &word).name(&say);
        let taken = ui.add(button.icon(icon::FOLDER_SIMPLE_MINUS));
        let taken = taken.on_hover_text("They stay in the account (Del)");
        taken.clicked().then_some(FoldersAct::TakeOut)
    });
    left.or(right).map(Action::Folders)
}

/// What is dragged, beside the pointer.
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
    let count = i18n::count(dragged.0.len() as u64, "order", "orders");
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
