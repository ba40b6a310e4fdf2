//! The details panel of the Orders page: everything about the selected order, or what several have in common.

pub(in crate::ui) mod documents;
pub(in crate::ui) mod pictures;
pub(in crate::ui) mod relations;

use eframe::egui::{Align2, Rect, ScrollArea, Ui, pos2, vec2};

use crate::cloud::model::{Order, OrderProperties};
use crate::model::{Action, Model, OrderTab, OrdersAction, Remote, Session};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::upload::attributes::facts::facts;
use crate::ui::widgets::{self, IconButton, Tone, in_rect};
use crate::ui::{Textures, inside};
use crate::words;

type Lines = Vec<(&'static str, String)>;

const TABS: [OrderTab; 3] = [OrderTab::Order, OrderTab::Documents, OrderTab::Shares];

/// Name of a location, empty if it is unknown.
fn place(model: &Model, uuid: uuid::Uuid) -> String {
    let locations = model.session.as_ref().map_or(&[][..], Session::locations);
    let found = locations.iter().find(|one| one.institution_uuid == uuid);
    found.map_or_else(String::new, |found| found.institution_name.clone())
}

/// Properties of the selected order, if exactly one is selected and they have loaded.
pub(in crate::ui) fn properties(model: &Model) -> Option<&OrderProperties> {
    let of = model.orders.selection.one();
    match of.is_some() && model.details.of == of {
        true => model.details.known.value().map(AsRef::as_ref),
        false => None,
    }
}

/// Captions and values of an order, without empty values.
fn lines(model: &Model, order: &Order, more: Option<&OrderProperties>) -> Lines {
    let study = format!("{} {}", order.order_modality, order.study_description);
    let when = order
        .performed()
        .map_or_else(|| order.performed_datetime.clone(), words::date_time);
    let series = more.map_or(0, |more| more.series_list.len());
    let images = match series {
        0 => words::number(order.images_count),
        _ => format!("{} in {series} series", words::number(order.images_count)),
    };
    let text = |field: fn(&OrderProperties) -> &String| {
        more.map(|more| field(more).trim().to_owned())
            .unwrap_or_default()
    };
    let name = |field: fn(&OrderProperties) -> &String| match text(field) {
        empty if empty.is_empty() => empty,
        name => words::person_name(&name),
    };
    let mut lines = vec![
        ("Study", study.trim().to_owned()),
        ("Accession", order.accession_number.clone()),
        ("Performed", when),
        (
            "Images",
            format!("{images}, {}", words::bytes(order.bytes())),
        ),
        ("Status", order.status_word().to_owned()),
        ("Referring", name(|more| &more.referring_physicians_name)),
        ("Location", place(model, order.institution_uuid)),
        ("Other ID", order.other_patient_id.clone()),
        ("Complaints", text(|more| &more.patient_complaints)),
        ("History", text(|more| &more.patient_history)),
        ("Symptoms", text(|more| &more.patient_symptom)),
        ("Priority", text(|more| &more.priority)),
        ("Procedure", order.requesting_procedure_description.clone()),
        ("Procedure ID", text(|more| &more.requested_procedure_id)),
        ("Equipment", text(|more| &more.scheduled_equipment_name)),
        ("Requested by", name(|more| &more.requesting_physician)),
        ("Department", text(|more| &more.requesting_department)),
        ("Note", text(|more| &more.order_note1)),
        ("Note 2", text(|more| &more.order_note2)),
    ];
    lines.retain(|(_, value)| !value.trim().is_empty());
    lines
}

/// Text such as "19510203-1234 · F · 3 Feb 1951 (75 y)".
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
            .and_then(|performed| words::age(born, performed.date()));
        let age = age.map(|age| format!(" ({age})")).unwrap_or_default();
        facts.push(format!("{}{age}", words::date(born)));
    }
    facts.join(" · ")
}

/// Captions and values that several orders have in common; "several" where they differ.
fn common_lines(model: &Model) -> Lines {
    let common = &model.orders.common;
    let several = |value: &Option<String>| match value.as_deref().map(str::trim) {
        Some(value) => value.to_owned(),
        None => "several".to_owned(),
    };
    let patient = match &common.patient_name {
        Some(name) if common.patients == 1 => words::person_name(name),
        _ => words::count(common.patients as u64, "patient", "patients"),
    };
    let group = match (common.group, common.grouped) {
        (Some(_), _) => "open together",
        (None, true) => "some are in groups",
        (None, false) => "none",
    };
    let mut lines = vec![
        ("Patient", patient),
        ("Patient ID", several(&common.patient_id)),
        ("Modality", several(&common.modality)),
        ("Description", several(&common.description)),
        ("Images", words::number(common.images)),
        ("Documents", words::number(common.documents)),
        ("Size", words::bytes(common.bytes)),
        ("Status", common.status.unwrap_or("several").to_owned()),
        (
            "Location",
            common
                .location
                .map_or_else(|| "several".to_owned(), |uuid| place(model, uuid)),
        ),
        ("Group", group.to_owned()),
    ];
    lines.retain(|(_, value)| !value.is_empty());
    lines
}

/// Panel width in points up to which the narrow layout is used.
pub(in crate::ui) const NARROW: f32 = 320.0;

/// Width of the captions for a panel width, both in points.
pub(in crate::ui) fn caption(width: f32) -> f32 {
    if width > NARROW { 124.0 } else { 92.0 }
}

/// Paints the panel.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    path: &mut String,
    textures: &mut Textures,
) -> Option<Action> {
    if let Some(order) = model.orders.selected() {
        return show_one(ui, rect, model, order, (path, textures));
    }
    let selected = model.orders.selection.len();
    if selected < 2 {
        show_none(ui, rect);
        return None;
    }
    let title = format!(
        "{} selected",
        words::count(selected as u64, "order", "orders")
    );
    let (top, closed) = head(ui, rect, &title, "What they have in common", "Select none");
    widgets::hline(ui, rect.x_range(), top);
    inside(ui, rect.with_min_y(top + 10.0), "facts", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        facts(ui, &common_lines(model), caption(rect.width()));
    });
    closed.then_some(Action::Orders(OrdersAction::CloseOrder))
}

/// Title, subtitle and close button. Returns the y coordinate of the lower edge and whether the close button was pressed.
fn head(ui: &mut Ui, rect: Rect, title: &str, below: &str, close: &str) -> (f32, bool) {
    let colours = theme::palette(ui);
    let room = vec2(rect.width() - 32.0, 28.0);
    let line = Rect::from_min_size(rect.min + vec2(measure::EDGE, 12.0), room);
    let beside_cross = line.with_max_x(line.right() - 28.0);
    let ink = ink::heading(colours.text);
    in_rect(ui, beside_cross, Align2::LEFT_CENTER, title, ink);
    let cross = Rect::from_center_size(line.right_center() - vec2(12.0, 0.0), theme::square(24.0));
    let cross = ui.place(cross, IconButton::new(icon::X, close));
    let place = Rect::from_min_size(line.left_bottom() - vec2(0.0, 1.0), vec2(room.x, 22.0));
    in_rect(
        ui,
        place,
        Align2::LEFT_CENTER,
        below,
        ink::body(colours.dim),
    );
    (place.bottom() + 14.0, cross.clicked())
}

fn show_one(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    order: &Order,
    (path, textures): (&mut String, &mut Textures),
) -> Option<Action> {
    let name = words::person_name(&order.patient_name);
    let (top, closed) = head(ui, rect, &name, &who(order), "Close this order");
    let more = properties(model);
    let bar = Rect::from_min_size(
        pos2(rect.left() + measure::EDGE, top - 8.0),
        vec2(rect.width() - 32.0, measure::MAIN),
    );
    let words = tab_words(model, order, more);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let now = model.orders.tab;
    let on = TABS.iter().position(|tab| *tab == now).unwrap_or_default();
    let tab = inside(ui, bar, "tabs", |ui| widgets::tabs(ui, &words, on));
    widgets::hline(ui, rect.x_range(), bar.bottom());
    let mut asked = closed.then_some(Action::Orders(OrdersAction::CloseOrder));
    if let Some(tab) = tab.and_then(|tab| TABS.get(tab)) {
        asked = Some(Action::Orders(OrdersAction::ShowTab(*tab)));
    }
    let body = Rect::from_min_max(pos2(rect.left(), bar.bottom() + 1.0), rect.max);
    let below = inside(ui, body, "order", |ui| {
        let area = ScrollArea::vertical().auto_shrink(false).id_salt(now as u8);
        let shown = area.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(measure::INSIDE);
            let again = state(ui, &model.details.known, more.is_none());
            let asked = match now {
                OrderTab::Order => {
                    let lines = lines(model, order, more);
                    facts(ui, &lines, caption(rect.width()));
                    relations::show(ui, model, order, more, textures)
                }
                OrderTab::Documents => documents::show(ui, model, order, more, path),
                OrderTab::Shares => relations::shares(ui, more),
            };
            ui.add_space(measure::EDGE);
            again.or(asked)
        });
        shown.inner
    });
    documents::lit_target(ui, body, &name);
    asked.or(below)
}

fn tab_words(model: &Model, order: &Order, more: Option<&OrderProperties>) -> [String; 3] {
    let documents = more.map_or(order.documents_count, |more| {
        more.document_list.len() as u64
    });
    let way = model.orders.documents.of(order.patient_order_uuid);
    let counted = |word: &str, count: u64| match count {
        0 => word.to_owned(),
        count => format!("{word} {}", words::number(count)),
    };
    let shares = more.map_or(0, |more| more.share_list.len() as u64);
    let sending = if way.count() > 0 { " …" } else { "" };
    [
        "Order".to_owned(),
        format!("{}{sending}", counted("Documents", documents)),
        counted("Shares", shares),
    ]
}

/// Says that loading is in progress, or why it failed. Values already known stay visible below.
fn state<T>(ui: &mut Ui, known: &Remote<T>, nothing: bool) -> Option<Action> {
    if known.failure().is_none() && !(known.is_loading() && nothing) {
        return None;
    }
    let mut again = false;
    ui.horizontal(|ui| {
        ui.add_space(measure::EDGE);
        if let Some(failure) = known.failure() {
            ui.set_max_width(ui.available_width() - measure::EDGE);
            let (what, remedy) = (failure.what.as_str(), failure.remedy.as_str());
            again = widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"));
        } else {
            widgets::spinner(ui, "Loading the order …");
        }
    });
    again.then_some(Action::Orders(OrdersAction::ReloadOrder))
}

fn show_none(ui: &mut Ui, rect: Rect) {
    let place = rect.shrink2(vec2(24.0, 0.0)).with_min_y(rect.top() + 120.0);
    inside(ui, place, "none", |ui| {
        let (what, how) = ("No order is selected", "Press a row to see its facts here.");
        widgets::notice(ui, Tone::Plain, icon::LIST_MAGNIFYING_GLASS, what, how);
    });
}
