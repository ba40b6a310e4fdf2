//! The order at the right of the table: what the search told about it.

use eframe::egui::{Align2, Rect, Ui, pos2, vec2};

use super::details::facts;
use super::fonts::icon;
use super::inside;
use super::theme::{self, measure};
use super::widgets::{self, IconButton, Tone, in_rect};
use crate::cloud::model::Order;
use crate::i18n;
use crate::model::{Action, Model};

/// Captions and values of an order.
fn lines(order: &Order, location: Option<&str>) -> Vec<(&'static str, String)> {
    let study = format!("{} {}", order.order_modality, order.study_description);
    let when = order
        .performed()
        .map_or_else(|| order.performed_datetime.clone(), i18n::date_time);
    let mut lines = vec![
        ("Study", study.trim().to_owned()),
        ("Accession", order.accession_number.clone()),
        ("Performed", when),
        (
            "Images",
            format!(
                "{}, {}",
                i18n::number(order.images_count),
                i18n::bytes(order.bytes())
            ),
        ),
        ("Documents", i18n::number(order.documents_count)),
        ("Status", order.status_word().to_owned()),
        ("Location", location.unwrap_or_default().to_owned()),
    ];
    if !order.requesting_procedure_description.is_empty() {
        lines.push(("Procedure", order.requesting_procedure_description.clone()));
    }
    if !order.other_patient_id.is_empty() {
        lines.push(("Other ID", order.other_patient_id.clone()));
    }
    lines
}

/// Paints it.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let Some(order) = model.orders.selected() else {
        let place = Rect::from_min_max(
            pos2(rect.left() + 24.0, rect.top() + 120.0),
            pos2(rect.right() - 24.0, rect.bottom()),
        );
        inside(ui, place, "none", |ui| {
            widgets::notice(
                ui,
                Tone::Plain,
                icon::LIST_MAGNIFYING_GLASS,
                "No order is selected",
                "Press a row to see its facts here.",
            );
        });
        return None;
    };
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 12.0),
        vec2(rect.width() - 32.0 - 28.0, 28.0),
    );
    let name = i18n::person_name(&order.patient_name);
    in_rect(
        ui,
        head,
        Align2::LEFT_CENTER,
        &name,
        theme::bold(theme::HEADING),
        colours.text,
    );
    let below = Rect::from_min_size(
        pos2(head.left(), head.bottom() - 1.0),
        vec2(rect.width() - 32.0, 22.0),
    );
    let id = if order.patient_id.is_empty() {
        "no patient ID"
    } else {
        &order.patient_id
    };
    in_rect(
        ui,
        below,
        Align2::LEFT_CENTER,
        id,
        theme::regular(theme::BODY),
        colours.dim,
    );
    let cross = Rect::from_center_size(
        pos2(rect.right() - 28.0, head.center().y),
        theme::square(24.0),
    );
    let closed = ui
        .place(cross, IconButton::new(icon::X, "Close this order"))
        .clicked();
    let locations = model
        .session
        .as_ref()
        .map_or(&[][..], |session| session.locations());
    let location = locations
        .iter()
        .find(|location| location.institution_uuid == order.institution_uuid);
    let top = below.bottom() + 14.0;
    widgets::hline(ui, rect.x_range(), top);
    let body = Rect::from_min_max(pos2(rect.left(), top + 10.0), rect.max);
    inside(ui, body, "facts", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        facts(
            ui,
            &lines(
                order,
                location.map(|location| location.institution_name.as_str()),
            ),
            108.0,
        );
    });
    closed.then_some(Action::CloseOrder)
}
