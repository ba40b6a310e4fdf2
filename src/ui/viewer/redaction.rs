//! Areas to black out in all images of a series: drawn on the picture, adjusted by numbers below it.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, DragValue, Key, Modifiers, PointerButton, Pos2,
    Rect, Response, Stroke, StrokeKind, Ui, pos2, vec2,
};

use super::Placed;
use crate::dicom::catalogue::{Image, Series};
use crate::dicom::deidentify::Rectangle;
use crate::model::{Action, DeidentifyAction, Mode, Model};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{Button, Kind, in_rect, label};
use crate::ui::{row, row_from_right};
use crate::words;

/// Height of the row of numbers, in points.
pub(in crate::ui) const BAR: f32 = 40.0;

/// The picture's rectangle on screen, and its image's size in pixels.
#[derive(Debug, Clone, Copy)]
struct Canvas {
    place: Rect,
    columns: f32,
    rows: f32,
}

impl Canvas {
    fn of(placed: &Placed, model: &Model, series: &Series, image: &Image) -> Option<Self> {
        let (columns, rows) = model.deidentify.looks.size(series, &image.path)?;
        let side = |value: u32| value as f32;
        Some(Canvas {
            place: placed.place,
            columns: side(columns),
            rows: side(rows),
        })
    }

    fn shown(&self, area: &Rectangle) -> Rect {
        let (x, y) = (
            self.place.width() / self.columns,
            self.place.height() / self.rows,
        );
        let side = |value: u32| value as f32;
        let rect = Rect::from_min_size(
            self.place.min + vec2(side(area.x) * x, side(area.y) * y),
            vec2(side(area.width) * x, side(area.height) * y),
        );
        rect.intersect(self.place)
    }

    /// The drawn area in whole image pixels, clipped to the image, at least one pixel in size.
    fn area(&self, from: Pos2, to: Pos2) -> Rectangle {
        let drawn = Rect::from_two_pos(from, to).intersect(self.place);
        let across = |at: f32| (at - self.place.left()) / self.place.width() * self.columns;
        let down = |at: f32| (at - self.place.top()) / self.place.height() * self.rows;
        let (x, y) = (whole(across(drawn.left())), whole(down(drawn.top())));
        let end = |at: f32| whole(at.ceil());
        Rectangle {
            x,
            y,
            width: end(across(drawn.right())).saturating_sub(x).max(1),
            height: end(down(drawn.bottom())).saturating_sub(y).max(1),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held between 0 and what 16 bits can say"
)]
fn whole(value: f32) -> u32 {
    value.clamp(0.0, 65535.0) as u32
}

/// Whether the row of numbers is visible.
pub(in crate::ui) fn has_bar(model: &Model) -> bool {
    model.deidentify.drawing && model.deidentify.mode != Mode::Off
}

/// Whether the button that starts drawing is visible.
pub(in crate::ui) fn has_button(model: &Model) -> bool {
    model.deidentify.mode != Mode::Off && !model.deidentify.drawing
}

/// Paints the areas over the picture and handles drawing. `on_picture` is the picture's pointer response.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    placed: &Placed,
    model: &Model,
    (series, image): (&Series, &Image),
    on_picture: &Response,
) -> Option<Action> {
    let page = &model.deidentify;
    if page.mode == Mode::Off {
        return None;
    }
    let areas = page.areas.get(&series.series_instance_uid);
    let areas = areas.map(Vec::as_slice).unwrap_or_default();
    let canvas = Canvas::of(placed, model, series, image);
    let big = placed.room;
    if let Some(canvas) = &canvas {
        for (index, area) in areas.iter().enumerate() {
            paint(
                ui,
                canvas.shown(area),
                page.drawing && page.area == Some(index),
            );
        }
    }
    let drawn = match (&canvas, page.drawing) {
        (Some(canvas), true) => draw(ui, canvas, areas, on_picture),
        _ => None,
    };
    if page.drawing {
        return drawn.map(Action::Deidentify);
    }
    let corner = Rect::from_min_max(
        pos2(big.center().x, big.bottom() - 44.0),
        big.max - vec2(10.0, 10.0),
    );
    let toggled = row_from_right(ui, corner, "blacken", |ui| {
        let word = match areas.len() {
            0 => "Blacken areas…".to_owned(),
            count => format!(
                "Blackened: {}…",
                words::count(count as u64, "area", "areas")
            ),
        };
        let refused = canvas
            .is_none()
            .then_some("There is no picture to draw on, or it is still on its way.");
        let button = Button::new(Kind::Raised, &word)
            .icon(icon::EYE_SLASH)
            .unless(refused);
        ui.add(button).clicked()
    });
    let act = toggled.then_some(DeidentifyAction::ToggleDrawing);
    act.or(drawn).map(Action::Deidentify)
}

fn paint(ui: &Ui, rect: Rect, on: bool) {
    let colours = theme::DARK;
    let (width, colour) = if on {
        (2.0, colours.accent)
    } else {
        (1.0, colours.dim)
    };
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::ZERO, Color32::BLACK);
    let stroke = Stroke::new(width, colour);
    painter.rect_stroke(rect, CornerRadius::ZERO, stroke, StrokeKind::Inside);
}

fn draw(
    ui: &Ui,
    canvas: &Canvas,
    areas: &[Rectangle],
    response: &Response,
) -> Option<DeidentifyAction> {
    const BY: PointerButton = PointerButton::Primary;
    let id = response.id;
    let from = id.with("from");
    let pointer = response.interact_pointer_pos();
    if response.drag_started_by(BY) {
        let at = ui.input(|input| input.pointer.press_origin()).or(pointer);
        ui.data_mut(|data| data.insert_temp(from, at));
    }
    let begun = ui
        .data(|data| data.get_temp::<Option<Pos2>>(from))
        .flatten();
    if let (true, Some(begun), Some(at)) = (response.dragged_by(BY), begun, pointer) {
        paint(ui, canvas.shown(&canvas.area(begun, at)), true);
    }
    if response.drag_stopped_by(BY) {
        ui.data_mut(|data| data.remove::<Option<Pos2>>(from));
        return begun
            .zip(pointer)
            .map(|(begun, at)| DeidentifyAction::Draw(canvas.area(begun, at)));
    }
    if response.clicked() {
        let hit = pointer.and_then(|at| {
            let mut shown = areas.iter().map(|area| canvas.shown(area));
            shown.rposition(|rect| rect.contains(at))
        });
        return Some(DeidentifyAction::PickArea(hit));
    }
    let typing = ui
        .memory(|memory| memory.focused())
        .is_some_and(|focus| focus != id);
    let delete = !typing && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Delete));
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    delete.then_some(DeidentifyAction::RemoveArea)
}

/// The row of numbers: position and size of the selected area, in pixels.
pub(in crate::ui) fn bar(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    series: &Series,
    image: &Image,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let page = &model.deidentify;
    let areas = page.areas.get(&series.series_instance_uid);
    let areas = areas.map(Vec::as_slice).unwrap_or_default();
    let size = page.looks.size(series, &image.path);
    let picked = page.area.and_then(|index| areas.get(index));
    let numbers = row(ui, rect, "numbers", |ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.spacing_mut().button_padding.x = 4.0;
        match (picked, size) {
            (Some(area), Some(size)) => change(ui, *area, size),
            _ => {
                let text = "Drag over what is to be black in the whole series.";
                let place = rect.with_max_x(rect.right() - 130.0);
                in_rect(
                    ui,
                    place,
                    Align2::LEFT_CENTER,
                    text,
                    ink::small(colours.dim),
                );
                None
            }
        }
    });
    let others = row_from_right(ui, rect, "areas", |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let done = ui
            .add(Button::new(Kind::Raised, "Done").name("Done with blackening"))
            .clicked();
        if done {
            return Some(DeidentifyAction::ToggleDrawing);
        }
        let delete = picked.is_some()
            && ui
                .add(Button::new(Kind::Danger, "Delete").name("Delete this area"))
                .clicked();
        let add = size.is_some()
            && ui
                .add(Button::new(Kind::Raised, "Add").name("Add an area"))
                .clicked();
        match (delete, add, size) {
            (true, ..) => Some(DeidentifyAction::RemoveArea),
            // A new area starts as the upper tenth, where devices usually burn in text.
            (_, true, Some((columns, rows))) => Some(DeidentifyAction::Draw(Rectangle {
                x: 0,
                y: 0,
                width: columns,
                height: (rows / 10).max(1),
            })),
            _ => None,
        }
    });
    numbers.or(others).map(Action::Deidentify)
}

fn change(ui: &mut Ui, area: Rectangle, (columns, rows): (u32, u32)) -> Option<DeidentifyAction> {
    let mut new = area;
    let mut changed = false;
    let ranges = [
        (
            "X",
            "Left edge in pixels",
            &mut new.x,
            (0, columns.saturating_sub(1)),
        ),
        (
            "Y",
            "Upper edge in pixels",
            &mut new.y,
            (0, rows.saturating_sub(1)),
        ),
        ("W", "Width in pixels", &mut new.width, (1, columns)),
        ("H", "Height in pixels", &mut new.height, (1, rows)),
    ];
    for (word, name, value, (least, most)) in ranges {
        label(ui, word, ink::small(theme::palette(ui).dim));
        let field = DragValue::new(value).range(least..=most.max(least));
        let size = vec2(40.0, measure::CONTROL);
        let response = ui.add_sized(size, field).accessible_name(name);
        changed |= response.on_hover_text(name).changed();
    }
    changed.then_some(DeidentifyAction::ChangeArea(new))
}
