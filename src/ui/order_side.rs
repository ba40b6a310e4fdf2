//! The order at the right of the table: what the search told about it.

use eframe::egui::{Align2, Rect, Ui, vec2};

use super::details::facts;
use super::fonts::icon;
use super::inside;
use super::theme::{self, ink, measure};
use super::widgets::{self, IconButton, Tone, in_rect};
use crate::cloud::model::Order;
use crate::i18n;
use crate::model::{Action, Model, Session};

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

/// "19510203-1234 · F · 3 Feb 1951 (75 y)".
fn who(order: &Order) -> String {
    let (born, sex) = order.birth_date_and_sex();
    let id = if order.patient_id.is_empty() {
        "no patient ID"
    } else {
        &order.patient_id
    };
    let mut facts = vec![id.to_owned()];
    if !sex.is_empty() {
        facts.push(sex.to_owned());
    }
    if let Some(born) = born {
        let age = order
            .performed()
            .and_then(|performed| i18n::age(born, performed.date()));
        let age = age.map(|age| format!(" ({age})")).unwrap_or_default();
        facts.push(format!("{}{age}", i18n::date(born)));
    }
    facts.join(" · ")
}

/// Paints it.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let Some(order) = model.orders.selected() else {
        show_none(ui, rect);
        return None;
    };
    let room = vec2(rect.width() - 32.0, 28.0);
    let head = Rect::from_min_size(rect.min + vec2(measure::EDGE, 12.0), room);
    let name = i18n::person_name(&order.patient_name);
    let beside_cross = head.with_max_x(head.right() - 28.0);
    in_rect(
        ui,
        beside_cross,
        Align2::LEFT_CENTER,
        &name,
        ink::heading(colours.text),
    );
    let cross = Rect::from_center_size(head.right_center() - vec2(12.0, 0.0), theme::square(24.0));
    let cross = ui.place(cross, IconButton::new(icon::X, "Close this order"));
    let below = Rect::from_min_size(head.left_bottom() - vec2(0.0, 1.0), vec2(room.x, 22.0));
    let who = who(order);
    in_rect(ui, below, Align2::LEFT_CENTER, &who, ink::body(colours.dim));
    let top = below.bottom() + 14.0;
    widgets::hline(ui, rect.x_range(), top);
    let locations = model.session.as_ref().map_or(&[][..], Session::locations);
    let mut locations = locations.iter();
    let location = locations.find(|location| location.institution_uuid == order.institution_uuid);
    let lines = lines(
        order,
        location.map(|location| location.institution_name.as_str()),
    );
    inside(ui, rect.with_min_y(top + 10.0), "facts", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        facts(ui, &lines, if rect.width() > 320.0 { 124.0 } else { 84.0 });
    });
    cross.clicked().then_some(Action::CloseOrder)
}

fn show_none(ui: &mut Ui, rect: Rect) {
    let place = rect.shrink2(vec2(24.0, 0.0)).with_min_y(rect.top() + 120.0);
    inside(ui, place, "none", |ui| {
        let (what, how) = ("No order is selected", "Press a row to see its facts here.");
        widgets::notice(ui, Tone::Plain, icon::LIST_MAGNIFYING_GLASS, what, how);
    });
}
