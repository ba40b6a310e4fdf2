//! The pictures of the selected study: an image of a series, its middle one to begin with, and the series below.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Event, Id, Key, Modifiers, MouseWheelUnit, Rect, Role,
    ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::textures::Painted;
use super::theme::{self, ink, measure};
use super::widgets::{self, in_rect};
use super::{Textures, deidentify_areas, inside, upload_remove};
use crate::dicom::catalogue::{Patient, Series, Study};
use crate::i18n;
use crate::model::{Action, BIG, Model, THUMB, middle};

/// What is written in a picture's corners.
struct Corners {
    left_top: Vec<String>,
    right_top: Vec<String>,
    left_bottom: Vec<String>,
}

fn corners(patient: &Patient, study: &Study, (series, index): (&Series, usize)) -> Corners {
    let born = patient.birth_date.map(i18n::date).unwrap_or_default();
    let when = match (study.date, study.time) {
        (Some(date), Some(time)) => i18n::date_time(date.to_datetime(time)),
        (Some(date), None) => i18n::date(date),
        _ => String::new(),
    };
    let number = series
        .number
        .map(|number| format!("Series {number}"))
        .unwrap_or_else(|| "Series".to_owned());
    let images = series.images.len();
    Corners {
        left_top: vec![
            i18n::patient_name(&patient.name),
            patient.id.clone(),
            format!("{born} {}", patient.sex).trim().to_owned(),
        ],
        right_top: vec![study.institution.clone(), study.description.clone(), when],
        left_bottom: vec![
            join(&number, &series_title(series)),
            format!(
                "Image {} of {}",
                i18n::number(index as u64 + 1),
                i18n::number(images as u64)
            ),
        ],
    }
}

fn join(a: &str, b: &str) -> String {
    if b.is_empty() {
        a.to_owned()
    } else {
        format!("{a} · {b}")
    }
}

fn series_title(series: &Series) -> String {
    [&series.description, &series.body_part, &series.modality]
        .into_iter()
        .find(|text| !text.trim().is_empty())
        .cloned()
        .unwrap_or_default()
}

/// Paints the tab.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    textures: &mut Textures,
) -> Option<Action> {
    let (study, series) = (model.upload.selected()?, model.upload.selected_series()?);
    let owns = |patient: &&Patient| {
        patient
            .studies
            .iter()
            .any(|other| other.study_instance_uid == study.study_instance_uid)
    };
    let patient = model.upload.catalogue.patients.iter().find(owns)?;
    let strip = 58.0;
    let room = rect.shrink2(vec2(measure::EDGE, 12.0));
    let numbers = match deidentify_areas::has_bar(model) {
        true => deidentify_areas::BAR,
        false => 0.0,
    };
    let bottom = room.bottom() - strip - 14.0 - numbers;
    let big = Rect::from_min_max(room.min, pos2(room.right(), bottom));
    let mut areas = None;
    let shown = model.upload.shown_image();
    if let Some((_, image)) = shown {
        match textures.paint(
            ui,
            big,
            measure::CARD_CORNER,
            &model.pictures,
            &image.path,
            BIG,
        ) {
            Painted::Picture => {}
            Painted::Waiting => word(ui, big, "Decoding the picture …"),
            Painted::Refused(why) => word(ui, big, &why),
        }
    }
    if let Some((index, image)) = shown {
        areas = inside(ui, big, "areas", |ui| {
            deidentify_areas::show(ui, big, model, series, image)
        });
        // While somebody looks for what is written in the picture, nothing else is.
        if !deidentify_areas::has_bar(model) {
            let written = corners(patient, study, (series, index));
            let inner = big.shrink2(vec2(12.0, 10.0));
            paint_lines(ui, inner, &written.left_top, Align2::LEFT_TOP);
            paint_lines(ui, inner, &written.right_top, Align2::RIGHT_TOP);
            paint_lines(ui, inner, &written.left_bottom, Align2::LEFT_BOTTOM);
        } else {
            let bar = Rect::from_min_max(
                pos2(room.left(), bottom + 4.0),
                pos2(room.right(), bottom + numbers),
            );
            areas = areas.or(deidentify_areas::bar(ui, bar, model, series, image));
        }
    }
    let below = Rect::from_min_max(
        pos2(room.left(), room.bottom() - strip - 4.0),
        pos2(room.right(), room.bottom() + 8.0),
    );
    let picked = inside(ui, below, "series", |ui| {
        show_strip(ui, model, study, series, textures)
    });
    let stepped = step(ui, big, model).map(Action::StepImage);
    areas.or(picked).or(stepped)
}

/// Through the series: by the wheel over the picture, and by keys where nothing else has them.
fn step(ui: &Ui, big: Rect, model: &Model) -> Option<i32> {
    if model.has_dialog() {
        return None;
    }
    let over = ui.rect_contains_pointer(big);
    let free = ui.memory(|memory| memory.focused()).is_none();
    let kept = Id::unique("wheel over the picture");
    let before: f32 = ui.data(|data| data.get_temp(kept)).unwrap_or_default();
    let (turned, keys) = ui.input_mut(|input| {
        let wheel = input.events.iter().filter_map(|event| match event {
            Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta,
                ..
            } => Some(delta.y / A_NOTCH),
            Event::MouseWheel { delta, .. } => Some(delta.y),
            _ => None,
        });
        let turned: f32 = if over { wheel.sum() } else { 0.0 };
        let mut pressed = |key| i32::from(free && input.consume_key(Modifiers::NONE, key));
        let on = pressed(Key::ArrowRight) + pressed(Key::PageDown) * MANY;
        (
            turned,
            on - pressed(Key::ArrowLeft) - pressed(Key::PageUp) * MANY,
        )
    });
    let all = before - turned;
    let whole = whole(all);
    ui.data_mut(|data| data.insert_temp(kept, all - whole as f32));
    Some(whole + keys).filter(|steps| *steps != 0)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "held between what one frame can turn"
)]
fn whole(turned: f32) -> i32 {
    turned.clamp(-100.0, 100.0).trunc() as i32
}

/// Points that a wheel turns by a notch, and images that a page is.
const A_NOTCH: f32 = 40.0;
const MANY: i32 = 10;

fn word(ui: &mut Ui, rect: Rect, text: &str) {
    let place = Rect::from_center_size(rect.center(), vec2(rect.width() - 48.0, 24.0));
    in_rect(
        ui,
        place,
        Align2::CENTER_CENTER,
        text,
        ink::body(theme::DARK.dim),
    );
}

fn paint_lines(ui: &mut Ui, rect: Rect, lines: &[String], align: Align2) {
    let lines: Vec<&String> = lines.iter().filter(|line| !line.is_empty()).collect();
    let height = 16.0 * lines.len() as f32;
    let top = if align.y() == eframe::egui::Align::Max {
        rect.bottom() - height
    } else {
        rect.top()
    };
    let side = Align2([align.x(), eframe::egui::Align::Center]);
    let half = if side == Align2::LEFT_CENTER {
        rect.left()..=rect.center().x - 8.0
    } else {
        rect.center().x + 8.0..=rect.right()
    };
    for (index, line) in lines.iter().enumerate() {
        let y = top + 16.0 * index as f32;
        let place = Rect::from_x_y_ranges(half.clone(), y..=y + 16.0);
        in_rect(ui, place, side, line, ink::small(theme::ON_PICTURE));
    }
}

fn show_strip(
    ui: &mut Ui,
    model: &Model,
    study: &Study,
    now: &Series,
    textures: &mut Textures,
) -> Option<Action> {
    let count = study.series.len() as f32;
    let width = ((ui.available_width() - 10.0 * (count - 1.0)) / count)
        .clamp(144.0, 190.0)
        .floor();
    let mut asked = None;
    ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            for series in &study.series {
                let on = series.series_instance_uid == now.series_instance_uid;
                let (pressed, removed) =
                    series_card(ui, model, (study, series), on, width, textures);
                if pressed {
                    asked = Some(Action::SelectSeries(series.series_instance_uid.clone()));
                }
                asked = removed.or(asked.take());
            }
        });
    });
    asked
}

fn series_card(
    ui: &mut Ui,
    model: &Model,
    (study, series): (&Study, &Series),
    on: bool,
    width: f32,
    textures: &mut Textures,
) -> (bool, Option<Action>) {
    let colours = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 58.0), Sense::click());
    let title = match series_title(series) {
        title if title.is_empty() => "Series".to_owned(),
        title => title,
    };
    response
        .widget_info(|| WidgetInfo::selected(Role::ListItem, true, on, format!("Series {title}")));
    let removed = upload_remove::series(ui, &response, study, series);
    if !ui.is_rect_visible(rect) {
        return (false, removed);
    }
    let border = if on { colours.accent } else { colours.line };
    let fill = if response.hovered() {
        colours.raise
    } else {
        colours.card
    };
    let corner = CornerRadius::same(measure::CORNER);
    widgets::surface(ui, rect, corner, fill, border);
    let thumb = Rect::from_min_size(rect.min + vec2(8.0, 8.0), theme::square(42.0));
    if let Some(image) = middle(series) {
        textures.paint(ui, thumb, 4, &model.pictures, &image.path, THUMB);
    }
    let left = rect.left() + 59.0;
    let room = rect.right() - 6.0 - left;
    let count = i18n::count(series.images.len() as u64, "image", "images");
    for (y, text, ink) in [
        (21.0, &title, ink::bold_small(colours.text)),
        (37.0, &count, ink::small(colours.dim)),
    ] {
        widgets::at(ui, pos2(left, rect.top() + y), room, text, ink);
    }
    widgets::focus_ring(ui, &response, rect.shrink(2.0), 4);
    let pressed = response.on_hover_cursor(CursorIcon::PointingHand).clicked();
    (pressed, removed)
}
