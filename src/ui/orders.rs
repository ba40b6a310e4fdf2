//! The Orders page: the search bar, the table, the order at the right.

use eframe::egui::{Align2, Key, Rect, Sense, Ui, pos2, vec2};

use super::fonts::icon;
use super::order_table::{self, Columns};
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, Check, Kind, TextField, Tone, in_rect, label};
use super::{inside, order_side, row};
use crate::i18n;
use crate::model::{Action, DateChoice, Form, MODALITIES, Model, Orders, Remote, parse_day};

const DATES: [(DateChoice, &str); 6] = [
    (DateChoice::Today, "Today"),
    (DateChoice::Yesterday, "Yesterday"),
    (DateChoice::Week, "7 days"),
    (DateChoice::Month, "30 days"),
    (DateChoice::Any, "Any date"),
    (DateChoice::Custom, "Dates…"),
];

/// Paints the page.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &Model, form: &mut Form) -> Option<Action> {
    let page = &model.orders;
    let side = (rect.width() * 0.29).clamp(280.0, 349.0).floor();
    let with_side = page.selected.is_some() || rect.width() > 1100.0;
    let split = if with_side {
        rect.right() - side
    } else {
        rect.right()
    };
    let left = Rect::from_min_max(rect.min, pos2(split, rect.bottom()));
    let mut asked = inside(ui, left, "search", |ui| show_left(ui, left, model, form));
    if with_side {
        widgets::vline(ui, split - 1.0, rect.y_range());
        let right = Rect::from_min_max(pos2(split, rect.top()), rect.max);
        asked = asked.or(inside(ui, right, "order", |ui| {
            order_side::show(ui, right, model)
        }));
    }
    asked.or(keys(ui, page))
}

/// Up and Down walk through the table while nothing else has the keyboard.
fn keys(ui: &Ui, page: &Orders) -> Option<Action> {
    if ui.memory(|memory| memory.focused()).is_some() || ui.ctx().any_popup_open() {
        return None;
    }
    let step = ui.input(|input| {
        i64::from(input.key_pressed(Key::ArrowDown)) - i64::from(input.key_pressed(Key::ArrowUp))
    });
    if ui.input(|input| input.key_pressed(Key::Escape)) && page.selected.is_some() {
        return Some(Action::CloseOrder);
    }
    let table = page.found.value().filter(|_| step != 0)?;
    let at = |row: &usize| table.orders.get(*row).map(|order| order.patient_order_uuid);
    let now = table.rows.iter().position(|row| at(row) == page.selected);
    let next = match now {
        None => 0,
        Some(now) => usize::try_from(i64::try_from(now).ok()? + step).ok()?,
    };
    table.rows.get(next).and_then(at).map(Action::SelectOrder)
}

fn show_left(ui: &mut Ui, rect: Rect, model: &Model, form: &mut Form) -> Option<Action> {
    let room = Rect::from_min_max(
        rect.min + vec2(measure::EDGE, 12.0),
        rect.max - vec2(measure::EDGE, 0.0),
    );
    let bar = Rect::from_min_size(room.min, vec2(room.width(), measure::CONTROL));
    let mut asked = row(ui, bar, "bar", |ui| show_bar(ui, bar.width(), form));
    let mut y = bar.bottom() + measure::INSIDE;
    if form.more {
        let more = Rect::from_min_size(pos2(room.left(), y), vec2(room.width(), measure::CONTROL));
        asked = asked.or(row(ui, more, "more", |ui| {
            show_more(ui, more.width(), form)
        }));
        y = more.bottom() + measure::INSIDE;
    }
    let chips = Rect::from_min_size(pos2(room.left(), y), vec2(room.width(), 28.0));
    asked = asked.or(row(ui, chips, "dates", |ui| show_dates(ui, form)));
    show_count(ui, chips, &model.orders);
    let body = Rect::from_min_max(
        pos2(rect.left(), chips.bottom() + 10.0),
        pos2(rect.right() - 1.0, rect.bottom()),
    );
    asked.or(inside(ui, body, "table", |ui| show_body(ui, body, model)))
}

/// What came of typing: nothing yet, wait for more, or search at once.
fn typed(field: &widgets::Typed) -> Option<Action> {
    match (field.entered, field.response.changed()) {
        (true, _) => Some(Action::Search),
        (false, true) => Some(Action::FilterTyped),
        _ => None,
    }
}

fn show_bar(ui: &mut Ui, width: f32, form: &mut Form) -> Option<Action> {
    ui.spacing_mut().item_spacing.x = 8.0;
    let fixed = 126.0 + 92.0 + 4.0 * 8.0;
    let rest = (width - fixed).clamp(240.0, 446.0);
    let (name, id) = ((rest * 0.46).floor(), (rest * 0.27).floor());
    let field = TextField::new(&mut form.patient_name, "Patient name")
        .hint("Patient name")
        .icon(icon::MAGNIFYING_GLASS);
    let mut asked = typed(&field.size(name, measure::CONTROL).show(ui));
    let field = TextField::new(&mut form.patient_id, "Patient ID").hint("Patient ID");
    asked = asked.or(typed(&field.size(id, measure::CONTROL).show(ui)));
    let field = TextField::new(&mut form.accession, "Accession number").hint("Accession");
    asked = asked.or(typed(&field.size(id, measure::CONTROL).show(ui)));
    asked = asked.or(modality_picker(ui, form));
    let used = form.more_in_use();
    let word = if used > 0 && !form.more {
        format!("More ({used})")
    } else {
        "More".to_owned()
    };
    let more = Button::new(Kind::Field, &word)
        .icon(icon::FUNNEL)
        .selected(form.more);
    asked.or(ui.add(more).clicked().then_some(Action::ToggleMore))
}

fn modality_picker(ui: &mut Ui, form: &Form) -> Option<Action> {
    let chosen: Vec<&str> = form.modalities.iter().copied().collect();
    let word = match chosen.as_slice() {
        [] => "Modality: all".to_owned(),
        [one] => format!("Modality: {one}"),
        [one, two] => format!("{one}, {two}"),
        many => format!("{} modalities", many.len()),
    };
    let button = Button::new(Kind::Field, &word).caret().at_most(140.0);
    widgets::picker(ui, button, 200.0, true, |ui| {
        let mut asked = None;
        if widgets::menu_row(ui, None, "All", "", chosen.is_empty()).clicked() {
            asked = Some(Action::AllModalities);
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
                    asked = Some(Action::ToggleModality(modality));
                }
            }
        }
        asked
    })
}

fn show_more(ui: &mut Ui, width: f32, form: &mut Form) -> Option<Action> {
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 8.0;
    let id = (width - 494.0).clamp(96.0, 160.0);
    let field = TextField::new(&mut form.other_id, "Other patient ID").hint("Other ID");
    let mut asked = typed(&field.size(id, measure::CONTROL).show(ui));
    label(ui, "Born", ink::small(colours.dim));
    asked = asked.or(day_fields(ui, "Birth date", &mut form.birth));
    ui.add_space(6.0);
    let all = widgets::checkbox(
        ui,
        Check::from(form.all_locations),
        "All locations",
        "Search in all locations",
        None,
    );
    asked.or(all
        .clicked()
        .then_some(Action::SetAllLocations(!form.all_locations)))
}

/// Two days: from, to.
fn day_fields(ui: &mut Ui, name: &str, days: &mut (String, String)) -> Option<Action> {
    let mut asked = None;
    for (text, end) in [(&mut days.0, "from"), (&mut days.1, "to")] {
        let wrong = !text.trim().is_empty() && parse_day(text).is_none();
        let name = format!("{name} {end}");
        let hint = if end == "from" {
            "2026-11-01"
        } else {
            "2026-11-30"
        };
        let field = TextField::new(text, &name)
            .hint(hint)
            .wrong(wrong)
            .size(112.0, measure::CONTROL)
            .show(ui);
        asked = asked.or(typed(&field));
        if end == "from" {
            label(ui, "to", ink::small(theme::palette(ui).dim));
        }
    }
    asked
}

fn show_dates(ui: &mut Ui, form: &mut Form) -> Option<Action> {
    ui.spacing_mut().item_spacing.x = 7.0;
    let born = !form.birth.0.trim().is_empty() || !form.birth.1.trim().is_empty();
    if form.dates == DateChoice::Custom && !born {
        let mut asked = day_fields(ui, "Study date", &mut form.between);
        if ui
            .add(Button::new(Kind::Plain, "Any date").height(28.0))
            .clicked()
        {
            asked = Some(Action::SetDates(DateChoice::Any));
        }
        return asked;
    }
    let mut asked = None;
    for (choice, word) in DATES {
        let on = if born {
            choice == DateChoice::Any
        } else {
            choice == form.dates
        };
        if widgets::chip(ui, on, word).clicked() {
            asked = Some(Action::SetDates(choice));
        }
    }
    asked
}

/// "1,284 orders · 0.2 s".
fn count(page: &Orders) -> String {
    match &page.found {
        Remote::Loading(_) => "Searching …".to_owned(),
        found => found.value().map_or_else(String::new, |table| {
            format!(
                "{} · {}",
                i18n::count(table.orders.len() as u64, "order", "orders"),
                i18n::took(table.took)
            )
        }),
    }
}

fn show_count(ui: &mut Ui, rect: Rect, page: &Orders) {
    let right = Rect::from_min_max(pos2(rect.right() - 150.0, rect.top()), rect.max);
    in_rect(
        ui,
        right,
        Align2::RIGHT_CENTER,
        &count(page),
        ink::small(theme::palette(ui).dim),
    );
}

fn show_body(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let page = &model.orders;
    let mut rect = rect;
    let mut asked = None;
    if let Some(failure) = page.found.failure() {
        let banner = rect
            .shrink2(vec2(measure::EDGE, 0.0))
            .with_max_y(rect.top() + 76.0);
        let (what, remedy) = (failure.what.as_str(), failure.remedy.as_str());
        let again = inside(ui, banner, "failure", |ui| {
            widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"))
        });
        asked = again.then_some(Action::Search);
        rect.min.y += 80.0;
    }
    let Some(table) = page.found.value() else {
        if page.found.is_loading() {
            let place = Rect::from_min_max(rect.min + vec2(measure::EDGE, 24.0), rect.max);
            let word = "Searching the account …";
            inside(ui, place, "searching", |ui| widgets::spinner(ui, word));
        }
        return asked;
    };
    if table.orders.is_empty() {
        let (what, how) = (
            "No order fits this search",
            "Use * in a name for any letters, choose Any date, or search in all locations under More.",
        );
        inside(ui, rect.with_min_y(rect.top() + 90.0), "none", |ui| {
            widgets::notice(ui, Tone::Plain, icon::MAGNIFYING_GLASS, what, how);
        });
        return asked;
    }
    let view = order_table::View {
        orders: &table.orders,
        rows: Some(&table.rows),
        sort: Some(page.sort),
        selected: page.selected,
        today: model.now.clock.date(),
        columns: Columns::for_width(rect.width(), true),
    };
    asked.or(inside(ui, rect, "rows", |ui| {
        order_table::show(ui, "orders", &view)
    }))
}
