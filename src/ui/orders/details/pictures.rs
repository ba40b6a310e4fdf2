//! Local pictures of an order's study: a thumbnail for each series, and the viewer dialog.

use eframe::egui::{CornerRadius, CursorIcon, Role, Sense, Ui, WidgetInfo, vec2};

use crate::cloud::model::{Order, OrderProperties};
use crate::dicom::catalogue::{Series, Study};
use crate::model::{Action, Model, OrdersAction, ViewerAction};
use crate::ui::dialogs::frame;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Words, focus_ring};
use crate::ui::{Textures, fonts::icon, viewer};
use crate::words;

/// Side of a thumbnail, in points.
const SIDE: f32 = 64.0;
/// Maximum number of thumbnails; the viewer dialog shows all series.
const MOST: usize = 12;

/// Paints the section.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    model: &Model,
    order: &Order,
    known: Option<&OrderProperties>,
    textures: &mut Textures,
) -> Option<Action> {
    let dim = theme::palette(ui).dim;
    let mut asked = None;
    ui.horizontal(|ui| {
        ui.add_space(measure::EDGE);
        ui.vertical(|ui| {
            ui.set_max_width(ui.available_width() - measure::EDGE);
            ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
            widgets::label(ui, "Pictures on this computer", ink::body(dim));
            asked = match model.study_of_order(order, known) {
                Some((_, study)) => thumbnails(ui, model, study, textures),
                None => none(ui),
            };
            ui.add_space(measure::INSIDE);
        });
    });
    asked
}

fn none(ui: &mut Ui) -> Option<Action> {
    let colours = theme::palette(ui);
    let words = "None of its images are here. The browser shows those in the account.";
    widgets::wrapped(ui, Words::of(words, ink::small(colours.dim)));
    let button = Button::new(Kind::Raised, "Open in viewer")
        .name("Open this order in viewer")
        .icon(icon::EYE);
    let pressed = ui.add(button).clicked();
    pressed.then_some(Action::Orders(OrdersAction::OpenViewer))
}

fn thumbnails(
    ui: &mut Ui,
    model: &Model,
    study: &Study,
    textures: &mut Textures,
) -> Option<Action> {
    let mut picked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for series in study.series.iter().take(MOST) {
            if thumbnail(ui, model, series, textures) {
                picked = Some(series.series_instance_uid.clone());
            }
        }
    });
    let more = study.series.len().saturating_sub(MOST);
    if more > 0 {
        let words = format!("and {} more series", words::number(more as u64));
        widgets::label(ui, &words, ink::small(theme::palette(ui).dim));
    }
    let study = study.study_instance_uid.clone();
    picked.map(|series| {
        Action::Viewer(ViewerAction::Open {
            study,
            series: Some(series),
        })
    })
}

fn thumbnail(ui: &mut Ui, model: &Model, series: &Series, textures: &mut Textures) -> bool {
    let (rect, response) = ui.allocate_exact_size(theme::square(SIDE), Sense::click());
    let title = viewer::series_title(series);
    let images = words::count(series.images.len() as u64, "image", "images");
    let name = format!("Look at {title}, {images}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if ui.is_rect_visible(rect) {
        textures.thumb(ui, rect, model, series);
    }
    let colours = theme::palette(ui);
    if response.hovered() {
        let corner = CornerRadius::same(4);
        let stroke = eframe::egui::Stroke::new(1.0, colours.accent);
        let kind = eframe::egui::StrokeKind::Outside;
        ui.painter().rect_stroke(rect, corner, stroke, kind);
    }
    focus_ring(ui, &response, rect, 4);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response
        .on_hover_text(format!("{title} · {images}"))
        .clicked()
}

/// Paints the viewer dialog while it is open.
pub(in crate::ui) fn dialog(ui: &Ui, model: &Model, textures: &mut Textures) -> Option<Action> {
    let stack = model.viewer.dialog.as_ref()?;
    let Some((patient, study)) = model.study_here(&stack.study) else {
        // The study is gone because the scan results were cleared.
        return Some(Action::Viewer(ViewerAction::Close));
    };
    let window = ui.ctx().content_rect();
    let size = vec2(
        (window.width() - 120.0).clamp(480.0, 1180.0),
        (window.height() - 130.0).max(360.0),
    );
    let name = words::patient_name(&patient.name);
    let title = format!("{name} · {}", crate::ui::upload::study_tree::title(study));
    let shown = frame::show(ui, "pictures", (&title, size.x), |ui, _keys| {
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        viewer::pane(ui, rect.shrink2(vec2(0.0, 4.0)), model, textures, false)
    });
    let closed = shown.closed.then_some(Action::Viewer(ViewerAction::Close));
    shown.inner.or(closed)
}
