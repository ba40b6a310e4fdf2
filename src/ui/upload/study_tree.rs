//! The list of what a scan found: warnings, patients, studies and skipped files.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use jiff::civil::Date;

use super::{media_warnings, order_matches, remove, skipped_files};
use crate::dicom::catalogue::gaps::Gap;
use crate::dicom::catalogue::{Patient, Study};
use crate::model::{Action, Model, Upload, UploadAction, Warning};
use crate::ui::Textures;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Check, Tone, Words};
use crate::words;

/// Paints the scrollable list.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    textures: &mut Textures,
) -> Option<Action> {
    let page = &model.upload;
    let mut asked = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.horizontal(|ui| {
            ui.add_space(measure::EDGE);
            ui.vertical(|ui| {
                ui.set_width(rect.width() - 2.0 * measure::EDGE);
                asked = messages(ui, page);
                ui.add_space(8.0);
                let today = model.now.clock.date();
                for patient in &page.catalogue.patients {
                    asked = asked.take().or(show_patient(ui, page, patient, today));
                    for study in &patient.studies {
                        asked = asked
                            .take()
                            .or(show_study(ui, model, patient, study, textures));
                        ui.add_space(6.0);
                    }
                    ui.add_space(8.0);
                }
                if !page.catalogue.skipped.is_empty() {
                    asked = asked.take().or(skipped_files::show(ui, page));
                }
                ui.add_space(measure::EDGE);
            });
        });
    });
    asked
}

/// Running scan, warnings and hint.
fn messages(ui: &mut Ui, page: &Upload) -> Option<Action> {
    let mut asked = None;
    if let Some((seen, known)) = page.scan_progress() {
        asked = scan_card(ui, seen, known);
        ui.add_space(measure::BETWEEN);
    }
    for warning in page.warnings() {
        asked = asked.take().or(warn(ui, &warning));
        ui.add_space(measure::INSIDE);
    }
    if let Some(hint) = &page.hint {
        widgets::banner(ui, Tone::Plain, hint, "", None);
        ui.add_space(measure::INSIDE);
    }
    asked
}

/// Progress of a scan, with a button that stops it.
pub(in crate::ui) fn scan_card(ui: &mut Ui, seen: u64, known: u64) -> Option<Action> {
    let colours = theme::palette(ui);
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, 78.0), Sense::hover());
    let corner = CornerRadius::same(measure::CARD_CORNER);
    widgets::surface(ui, rect, corner, colours.card, colours.line);
    let inner = rect.shrink2(vec2(16.0, 12.0));
    let words = match known {
        0 => "Looking for files …".to_owned(),
        known => format!(
            "Read {} of {}",
            words::number(seen),
            words::count(known, "file", "files")
        ),
    };
    let text = Rect::from_min_max(inner.min, pos2(inner.right() - 90.0, inner.top() + 32.0));
    Words::of("Reading what was dropped", ink::bold(colours.text))
        .gap(10.0)
        .and(&words, ink::small(colours.dim))
        .paint(ui, text, Align2::LEFT_CENTER);
    let track = Rect::from_min_size(
        pos2(inner.left(), inner.bottom() - 10.0),
        vec2(inner.width(), 6.0),
    );
    let share = if known == 0 {
        0.0
    } else {
        seen as f32 / known as f32
    };
    widgets::bar(ui, track, share, colours.accent, "Reading");
    let place = Rect::from_min_size(pos2(inner.right() - 76.0, inner.top()), vec2(76.0, 32.0));
    let cancel = widgets::Button::new(widgets::Kind::Raised, "Cancel").width(76.0);
    ui.place(place, cancel)
        .clicked()
        .then_some(Action::Upload(UploadAction::CancelScan))
}

/// Bold text, plain text, and an optional button with its action.
pub(in crate::ui) type WarningWords = (String, String, Option<(&'static str, Action)>);

/// Text of a warning.
fn words_of(warning: &Warning) -> WarningWords {
    match warning {
        Warning::Patients(2) => (
            "Two patients in one drop.".to_owned(),
            "Do both belong here?".to_owned(),
            Some(("Keep both", Action::Upload(UploadAction::KeepBoth))),
        ),
        Warning::Patients(count) => (
            format!(
                "{} patients in one drop.",
                words::number_word(*count as u64)
            ),
            "Do all belong here?".to_owned(),
            Some(("Keep all", Action::Upload(UploadAction::KeepBoth))),
        ),
        Warning::Conflict {
            study,
            names: (listed, other),
        } => (
            "One study under two patients.".to_owned(),
            format!(
                "Some of its files say {other}; it is listed under {listed}. Untick it, or keep it if both are the same person."
            ),
            Some((
                "Keep",
                Action::Upload(UploadAction::KeepConflict(study.clone())),
            )),
        ),
        Warning::NoPatientId(who) => (
            format!("{who} no patient ID."),
            "The account can file such studies by name only. Check the names before sending."
                .to_owned(),
            None,
        ),
        Warning::Gap {
            study,
            series,
            number,
            gap,
        } => {
            let (study, series) = (study.clone(), series.clone());
            let remedy = "Look on the disc or ask for them, or send what is here.".to_owned();
            let show = Action::Upload(UploadAction::ShowSeries { study, series });
            (gap_words(*number, gap), remedy, Some(("Show", show)))
        }
        Warning::Locked { .. }
        | Warning::Archives(_)
        | Warning::Unreadable(_)
        | Warning::Missing(_)
        | Warning::Discs(_) => media_warnings::words_of(warning),
        Warning::Damaged(1) => (
            "One damaged file is not sent.".to_owned(),
            "Copy it again.".to_owned(),
            Some(("Show", Action::Upload(UploadAction::ShowSkipped(true)))),
        ),
        Warning::Damaged(count) => (
            format!(
                "{} damaged files are not sent.",
                words::number_word(*count as u64)
            ),
            "Copy them again.".to_owned(),
            Some(("Show", Action::Upload(UploadAction::ShowSkipped(true)))),
        ),
    }
}

/// Text such as "Series 3: 2 images seem to be missing (15, 16)."
fn gap_words(series: Option<i32>, gap: &Gap) -> String {
    let series = series.map_or("A series".to_owned(), |number| format!("Series {number}"));
    let images = match gap.count {
        1 => "1 image seems".to_owned(),
        count => format!("{} images seem", words::number(count.into())),
    };
    let mut numbers: Vec<String> = gap.numbers.iter().map(i32::to_string).collect();
    let named = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    if gap.count > named {
        numbers.push("…".to_owned());
    }
    format!("{series}: {images} to be missing ({}).", numbers.join(", "))
}

fn warn(ui: &mut Ui, warning: &Warning) -> Option<Action> {
    let (bold, rest, press) = words_of(warning);
    let pressed = widgets::banner(
        ui,
        Tone::Warning,
        &bold,
        &rest,
        press.as_ref().map(|(word, _)| *word),
    );
    press.filter(|_| pressed).map(|(_, action)| action)
}

/// Text such as "F · 75 y".
fn sex_and_age(patient: &Patient, today: Date) -> String {
    let on = patient
        .studies
        .iter()
        .filter_map(|study| study.date)
        .max()
        .unwrap_or(today);
    let age = patient.birth_date.and_then(|birth| words::age(birth, on));
    let facts = [(!patient.sex.is_empty()).then(|| patient.sex.clone()), age];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn show_patient(ui: &mut Ui, page: &Upload, patient: &Patient, today: Date) -> Option<Action> {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let removed = remove::patient(ui, rect, patient);
    let ticked = patient
        .studies
        .iter()
        .filter(|study| page.is_checked(study))
        .count();
    let check = match ticked {
        0 => Check::Off,
        count if count == patient.studies.len() => Check::On,
        _ => Check::Some,
    };
    let name = words::patient_name(&patient.name);
    let place = Rect::from_min_size(pos2(rect.left(), rect.center().y - 10.0), vec2(16.0, 20.0));
    let pressed = checkbox_at(ui, place, check, &format!("All studies of {name}"));
    let text = Rect::from_min_max(pos2(rect.left() + 26.0, rect.top()), rect.max);
    Words::of(&name, ink::bold(colours.text))
        .gap(10.0)
        .and(&patient.id, ink::body(colours.dim))
        .gap(10.0)
        .and(&sex_and_age(patient, today), ink::small(colours.dim))
        .paint(ui, text, Align2::LEFT_CENTER);
    let ticks = pressed.then(|| {
        Action::Upload(UploadAction::CheckStudies {
            studies: remove::studies(patient),
            on: check != Check::On,
        })
    });
    removed.or(ticks)
}

fn checkbox_at(ui: &mut Ui, place: Rect, check: Check, name: &str) -> bool {
    ui.place(place, |ui: &mut Ui| {
        widgets::checkbox(ui, check, "", name, None)
    })
    .clicked()
}

/// Text such as "23 Nov 2026 · 4 series · 612 images · 702 MB"; without the series in a narrow card.
fn facts(study: &Study, wide: bool) -> String {
    let mut facts = Vec::new();
    facts.extend(study.date.map(words::date));
    if wide {
        let series = words::number(study.series.len() as u64);
        facts.push(format!("{series} series"));
    }
    facts.push(words::count(study.images() as u64, "image", "images"));
    facts.push(words::bytes(study.bytes()));
    facts.join(" · ")
}

/// Study description, or a placeholder.
pub(in crate::ui) fn title(study: &Study) -> &str {
    if study.description.trim().is_empty() {
        "Study without a description"
    } else {
        &study.description
    }
}

fn show_study(
    ui: &mut Ui,
    model: &Model,
    patient: &Patient,
    study: &Study,
    textures: &mut Textures,
) -> Option<Action> {
    let page = &model.upload;
    let size = vec2(ui.available_width(), 86.0);
    let (row, _) = ui.allocate_exact_size(size, Sense::hover());
    if !ui.is_rect_visible(row) {
        return None;
    }
    let rect = row.with_min_x(row.left() + 24.0);
    let on = page.study.as_deref() == Some(study.study_instance_uid.as_str());
    let response = study_card(ui, rect, study, on);
    let removed = remove::study(ui, &response, study, on, model);
    let ticked = page.is_checked(study);
    let place = pos2(rect.left() + 11.0, rect.center().y - 10.0);
    let place = Rect::from_min_size(place, vec2(16.0, 20.0));
    let name = format!("Send {}", title(study));
    let pressed = checkbox_at(ui, place, Check::from(ticked), &name);
    let thumb = Rect::from_min_size(rect.min + vec2(39.0, 11.0), theme::square(64.0));
    if let Some(series) = model.standing_series(study) {
        textures.thumb(ui, thumb, model, series);
    }
    let taken = order_matches::taken(model, patient, study, rect.width());
    study_words(ui, rect, study, taken);
    let matched = order_matches::show(ui, rect, model, patient, study);
    let uid = study.study_instance_uid.clone();
    if pressed {
        let studies = vec![uid];
        return Some(Action::Upload(UploadAction::CheckStudies {
            studies,
            on: !ticked,
        }));
    }
    let selected = response
        .clicked()
        .then_some(Action::Upload(UploadAction::SelectStudy(uid)));
    removed.or(matched).or(selected)
}

fn study_card(ui: &Ui, rect: Rect, study: &Study, on: bool) -> Response {
    let colours = theme::palette(ui);
    let id = ui.make_persistent_id(("study", &study.study_instance_uid));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("Study {}", title(study));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, on, &name));
    let (fill, border) = match (on, response.hovered()) {
        (true, _) => (colours.accent_bg, colours.accent),
        (false, true) => (colours.raise, colours.line),
        (false, false) => (colours.card, colours.line),
    };
    let corner = CornerRadius::same(measure::CARD_CORNER);
    widgets::surface(ui, rect, corner, fill, border);
    widgets::focus_ring(ui, &response, rect, measure::CARD_CORNER);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Text of a study's card. `taken`: width of the orders button at the right end of the first line,
/// if the card has a third line for matching orders.
fn study_words(ui: &mut Ui, rect: Rect, study: &Study, taken: Option<f32>) {
    let colours = theme::palette(ui);
    let first = if taken.is_some() { 23.0 } else { 33.0 };
    let mut left = pos2(rect.left() + 115.0, rect.top() + first);
    let right = rect.right() - 12.0;
    let below = left + vec2(0.0, 21.0);
    for modality in study.modalities().iter().take(4) {
        left.x = widgets::tag(ui, left, 80.0, modality).right() + 5.0;
    }
    let ink = ink::bold(colours.text);
    widgets::at(
        ui,
        left,
        right - taken.unwrap_or_default() - left.x,
        title(study),
        ink,
    );
    let room = right - below.x;
    let facts = facts(study, room > 265.0);
    widgets::at(ui, below, room, &facts, ink::small(colours.dim));
}
