//! The Orders page's search bar.

use eframe::egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::table::columns;
use crate::model::{
    Action, Column, DateChoice, Form, MODALITIES, Model, Orders, OrdersAction, Remote, Session,
    parse_day, wrong_days,
};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Check, IconButton, Kind, TextField, in_rect, label};
use crate::ui::{row, row_from_right};
use crate::words;

const DATES: [(DateChoice, &str); 6] = [
    (DateChoice::Today, "Today"),
    (DateChoice::Yesterday, "Yesterday"),
    (DateChoice::Week, "7 days"),
    (DateChoice::Month, "30 days"),
    (DateChoice::Any, "Any date"),
    (DateChoice::Custom, "Dates…"),
];
/// Width in points below which accession number and birth date get lines of their own.
const NARROW: f32 = 700.0;

/// Paints the bar at the top of `room`. Returns the y coordinate of its lower edge.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    room: Rect,
    model: &Model,
    form: &mut Form,
) -> (f32, Option<Action>) {
    let narrow = room.width() < NARROW;
    let bar = Rect::from_min_size(room.min, vec2(room.width(), measure::CONTROL));
    let mut asked = row(ui, bar, "bar", |ui| show_bar(ui, bar.width(), form, narrow));
    asked = asked.or(row_from_right(ui, bar, "new", |ui| {
        let button = Button::new(Kind::Raised, "New order…").icon(icon::PLUS);
        ui.add(button)
            .clicked()
            .then_some(Action::Orders(OrdersAction::NewOrder))
    }));
    let mut y = bar.bottom() + measure::INSIDE;
    if form.more {
        let lines: &[&str] = if narrow { &["more", "born"] } else { &["all"] };
        for line in lines {
            let place = Rect::from_min_size(pos2(room.left(), y), bar.size());
            asked = asked.or(row(ui, place, line, |ui| show_more(ui, line, model, form)));
            y = place.bottom() + measure::INSIDE;
        }
    }
    let chips = Rect::from_min_size(pos2(room.left(), y), vec2(room.width(), 28.0));
    asked = asked.or(row(ui, chips, "dates", |ui| show_dates(ui, form)));
    asked = asked.or(row_from_right(ui, chips, "found", |ui| {
        // An error in the dates takes the count's place; no search is made then.
        let wrong = form.wrong().is_some();
        show_found(ui, model, narrow, wrong)
    }));
    (chips.bottom() + 10.0, asked)
}

/// The action for an edited field: search at once on Enter, or after a pause on a change.
fn typed(field: &widgets::Typed) -> Option<Action> {
    match (field.entered, field.response.changed()) {
        (true, _) => Some(Action::Orders(OrdersAction::Search)),
        (false, true) => Some(Action::Orders(OrdersAction::FilterTyped)),
        _ => None,
    }
}

fn show_bar(ui: &mut Ui, width: f32, form: &mut Form, narrow: bool) -> Option<Action> {
    ui.spacing_mut().item_spacing.x = 8.0;
    let gaps = if narrow { 4.0 } else { 5.0 };
    let modality = if narrow { 106.0 } else { 126.0 };
    let fixed = modality + 80.0 + 128.0 + gaps * 8.0 + 6.0;
    let rest = (width - fixed).clamp(160.0, 446.0);
    let (name, id) = if narrow {
        ((rest * 0.58).floor(), (rest * 0.42).floor())
    } else {
        ((rest * 0.46).floor(), (rest * 0.27).floor())
    };
    let field = TextField::new(&mut form.patient_name, "Patient name")
        .hint("Patient name")
        .icon(icon::MAGNIFYING_GLASS);
    let mut asked = typed(&field.size(name, measure::CONTROL).show(ui));
    let field = TextField::new(&mut form.patient_id, "Patient ID").hint("Patient ID");
    asked = asked.or(typed(&field.size(id, measure::CONTROL).show(ui)));
    if !narrow {
        let field = TextField::new(&mut form.accession, "Accession number").hint("Accession");
        asked = asked.or(typed(&field.size(id, measure::CONTROL).show(ui)));
    }
    asked = asked.or(modality_picker(ui, form, narrow));
    let hidden = usize::from(narrow && !form.accession.trim().is_empty());
    let used = form.more_in_use() + hidden;
    let word = if used > 0 && !form.more {
        format!("More ({used})")
    } else {
        "More".to_owned()
    };
    let more = Button::new(Kind::Field, &word)
        .icon(icon::FUNNEL)
        .selected(form.more);
    asked.or(ui
        .add(more)
        .clicked()
        .then_some(Action::Orders(OrdersAction::ToggleMore)))
}

fn modality_picker(ui: &mut Ui, form: &Form, narrow: bool) -> Option<Action> {
    let chosen: Vec<&str> = form.modalities.iter().copied().collect();
    let word = match chosen.as_slice() {
        [] if narrow => "Modality".to_owned(),
        [] => "Modality: all".to_owned(),
        [one] => format!("Modality: {one}"),
        [one, two] => format!("{one}, {two}"),
        many => format!("{} modalities", many.len()),
    };
    let button = Button::new(Kind::Field, &word).caret().at_most(140.0);
    widgets::picker(ui, button, 200.0, true, |ui| {
        let mut asked = None;
        if widgets::menu_row(ui, None, "All", "", chosen.is_empty()).clicked() {
            asked = Some(Action::Orders(OrdersAction::AllModalities));
        }
        for three in MODALITIES.chunks(3) {
            let size = vec2(ui.available_width(), 28.0);
            let (line, _) = ui.allocate_exact_size(size, Sense::hover());
            for (modality, column) in three.iter().zip([10.0, 72.0, 134.0]) {
                let on = Check::from(form.modalities.contains(modality));
                let left = line.left_center() + vec2(column, -10.0);
                let place = Rect::from_min_size(left, vec2(56.0, 20.0));
                let draw = |ui: &mut Ui| widgets::checkbox(ui, on, modality, modality, None);
                if row(ui, place, modality, draw).clicked() {
                    asked = Some(Action::Orders(OrdersAction::ToggleModality(modality)));
                }
            }
        }
        asked
    })
}

/// One line of *More*: both fields, or one of them if `line` names it.
fn show_more(ui: &mut Ui, line: &str, model: &Model, form: &mut Form) -> Option<Action> {
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 8.0;
    let mut asked = None;
    if line == "more" {
        let field = TextField::new(&mut form.accession, "Accession number").hint("Accession");
        asked = typed(&field.size(120.0, measure::CONTROL).show(ui));
    }
    if line != "born" {
        let field = TextField::new(&mut form.other_id, "Other patient ID").hint("Other ID");
        asked = asked.or(typed(&field.size(120.0, measure::CONTROL).show(ui)));
        if let Some(session) = &model.session {
            asked = asked.or(location_picker(ui, session, form));
        }
    }
    if line != "more" {
        label(ui, "Born", ink::small(colours.dim));
        asked = asked.or(day_fields(ui, "Birth date", &mut form.birth));
    }
    asked
}

/// Where to search: the location chosen in the top bar, all locations, or several.
fn location_picker(ui: &mut Ui, session: &Session, form: &Form) -> Option<Action> {
    let picked = session.location;
    let word = match (form.all_locations, form.locations.len()) {
        (true, _) => "All locations".to_owned(),
        (false, 0) => "This location".to_owned(),
        (false, 1) => session
            .locations()
            .iter()
            .find(|one| form.locations.contains(&one.institution_uuid))
            .map_or_else(
                || "One location".to_owned(),
                |one| one.institution_name.clone(),
            ),
        (false, many) => format!("{many} locations"),
    };
    let name = format!("Search in: {word}");
    let button = Button::new(Kind::Field, &word)
        .name(&name)
        .icon(icon::BUILDINGS)
        .caret()
        .at_most(200.0);
    widgets::picker(ui, button, 260.0, true, |ui| {
        let mut asked = None;
        let this = !form.all_locations && form.locations.is_empty();
        if widgets::menu_row(ui, None, "This location", "as picked above", this).clicked() {
            asked = Some(Action::Orders(OrdersAction::SetAllLocations(false)));
        }
        if widgets::menu_row(ui, None, "All locations", "", form.all_locations).clicked() {
            asked = Some(Action::Orders(OrdersAction::SetAllLocations(true)));
        }
        for location in session.locations() {
            let uuid = location.institution_uuid;
            let on = form.searches(uuid, picked);
            let row = widgets::menu_row(
                ui,
                Some(icon::BUILDINGS),
                &location.institution_name,
                "",
                on,
            );
            if row.clicked() {
                asked = Some(Action::Orders(OrdersAction::ToggleLocation(uuid)));
            }
        }
        asked
    })
}

/// Two date fields, from and to, with their validation message.
fn day_fields(ui: &mut Ui, name: &str, days: &mut (String, String)) -> Option<Action> {
    let mut asked = None;
    let wrong = wrong_days(days);
    let readable = |text: &str| text.trim().is_empty() || parse_day(text).is_some();
    let round = wrong.is_some() && readable(&days.0) && readable(&days.1);
    for (text, end) in [(&mut days.0, "from"), (&mut days.1, "to")] {
        let bad = round || !readable(text);
        let name = format!("{name} {end}");
        let hint = if end == "from" {
            "2026-11-01"
        } else {
            "2026-11-30"
        };
        let field = TextField::new(text, &name)
            .hint(hint)
            .wrong(bad)
            .size(108.0, measure::CONTROL)
            .show(ui);
        asked = asked.or(typed(&field));
        if end == "from" {
            label(ui, "to", ink::small(theme::palette(ui).dim));
        }
    }
    if let Some(wrong) = wrong {
        label(ui, wrong, ink::small(theme::palette(ui).bad));
    }
    asked
}

fn show_dates(ui: &mut Ui, form: &mut Form) -> Option<Action> {
    ui.spacing_mut().item_spacing.x = 7.0;
    let born = form.is_by_birth();
    if let Some(folder) = &form.folder {
        let word = format!("In folder {}", folder.path);
        let button = Button::new(Kind::Field, &word)
            .icon(icon::FOLDER_OPEN)
            .selected(true)
            .height(28.0)
            .at_most(300.0);
        ui.add(button);
        let close = ui.add(IconButton::new(icon::X, "Search the whole account"));
        return close
            .clicked()
            .then_some(Action::Orders(OrdersAction::SetDates(DateChoice::Any)));
    }
    if form.dates == DateChoice::Custom && !born {
        let any = IconButton::new(icon::X, "Any date");
        let closed = ui.add(any).clicked();
        label(ui, "Performed", ink::small(theme::palette(ui).dim));
        let asked = day_fields(ui, "Study date", &mut form.between);
        return match closed {
            true => Some(Action::Orders(OrdersAction::SetDates(DateChoice::Any))),
            false => asked,
        };
    }
    let mut asked = None;
    for (choice, word) in DATES {
        let on = if born {
            choice == DateChoice::Any
        } else {
            choice == form.dates
        };
        if widgets::chip(ui, on, word).clicked() {
            asked = Some(Action::Orders(OrdersAction::SetDates(choice)));
        }
    }
    asked
}

/// Text such as "1,284 orders · 0.2 s".
fn count(page: &Orders, narrow: bool) -> String {
    match &page.found {
        Remote::Loading(_) => "Searching …".to_owned(),
        found => found.value().map_or_else(String::new, |table| {
            let orders = words::count(table.orders.len() as u64, "order", "orders");
            match narrow {
                true => orders,
                false => format!("{orders} · {}", words::took(table.took)),
            }
        }),
    }
}

/// The column picker and the number of orders found.
fn show_found(ui: &mut Ui, model: &Model, narrow: bool, wrong: bool) -> Option<Action> {
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    let button = IconButton::new(icon::COLUMNS, "Columns");
    let asked = widgets::picker(ui, button, 220.0, true, |ui| show_columns(ui, model));
    if wrong {
        return asked;
    }
    let room = if narrow { 90.0 } else { 150.0 };
    let (place, _) = ui.allocate_exact_size(vec2(room, 20.0), Sense::hover());
    let words = count(&model.orders, narrow);
    in_rect(
        ui,
        place,
        Align2::RIGHT_CENTER,
        &words,
        ink::small(colours.dim),
    );
    asked
}

fn show_columns(ui: &mut Ui, model: &Model) -> Option<Action> {
    let mut asked = None;
    // The patient column cannot be hidden.
    for column in Column::ALL.into_iter().skip(1) {
        let on = model.shows_column(column);
        let word = columns::long_word(column);
        if widgets::menu_row(ui, None, word, "", on).clicked() {
            asked = Some(OrdersAction::ShowColumn { column, on: !on });
        }
    }
    if widgets::menu_row(
        ui,
        Some(icon::ARROW_CLOCKWISE),
        "The usual columns",
        "",
        false,
    )
    .clicked()
    {
        asked = Some(OrdersAction::UsualColumns);
    }
    asked.map(Action::Orders)
}
