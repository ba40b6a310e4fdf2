//! Cards of a study's series, below the picture.

use eframe::egui::{
    CornerRadius, CursorIcon, Id, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

use super::series_title;
use crate::dicom::catalogue::{Series, Study};
use crate::model::{Action, Model, UploadAction};
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets;
use crate::ui::{Textures, upload::remove};
use crate::words;

/// Height of a card, in points.
pub(super) const HEIGHT: f32 = 58.0;

/// Paints the cards side by side.
pub(super) fn show(
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
                let response = card(ui, model, series, on, width, textures);
                if response.clicked() {
                    asked = Some(Action::Upload(UploadAction::SelectSeries(
                        series.series_instance_uid.clone(),
                    )));
                }
                asked = remove::series(ui, &response, study, series).or(asked.take());
            }
        });
    });
    asked
}

/// Paints the card of one series.
pub(in crate::ui) fn card(
    ui: &mut Ui,
    model: &Model,
    series: &Series,
    on: bool,
    width: f32,
    textures: &mut Textures,
) -> Response {
    let colours = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
    let title = match series_title(series) {
        title if title.is_empty() => "Series".to_owned(),
        title => title,
    };
    response
        .widget_info(|| WidgetInfo::selected(Role::ListItem, true, on, format!("Series {title}")));
    if on {
        bring_into_sight(ui, series, &response);
    }
    if !ui.is_rect_visible(rect) {
        return response;
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
    textures.thumb(ui, thumb, model, series);
    let left = rect.left() + 59.0;
    let room = rect.right() - 6.0 - left;
    let count = match series.images.as_slice() {
        [one] if one.frames > 1 => words::count(one.frames.into(), "frame", "frames"),
        images => words::count(images.len() as u64, "image", "images"),
    };
    for (y, text, ink) in [
        (21.0, &title, ink::bold_small(colours.text)),
        (37.0, &count, ink::small(colours.dim)),
    ] {
        widgets::at(ui, pos2(left, rect.top() + y), room, text, ink);
    }
    widgets::focus_ring(ui, &response, rect.shrink(2.0), 4);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Scrolls to the selected series once after each selection.
fn bring_into_sight(ui: &Ui, series: &Series, response: &Response) {
    let kept = Id::unique("series in sight");
    let uid = series.series_instance_uid.clone();
    if ui.data(|data| data.get_temp::<String>(kept)).as_ref() != Some(&uid) {
        response.scroll_to_me(None);
        ui.data_mut(|data| data.insert_temp(kept, uid));
    }
}
