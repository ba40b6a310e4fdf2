//! The Details tab: properties of study and series (collapsed to one line), and all attributes of the shown image.

pub(in crate::ui) mod facts;
pub(in crate::ui) mod long_value;
pub(in crate::ui) mod tree;

use eframe::egui::{
    Align2, Event, Id, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use crate::dicom::attributes::{Kind, Row};
use crate::dicom::catalogue::{Patient, Series, Study};
use crate::model::{Action, Attributes, AttributesAction, Model, UploadAction};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, IconButton, TextField, Tone, Words, icon_at, in_rect};
use crate::ui::{inside, row_from_right};
use crate::words;

/// Accessible name of the search field.
const SEARCH: &str = "Look through the attributes";

fn search_id() -> Id {
    Id::unique(SEARCH)
}

fn asked(act: AttributesAction) -> Option<Action> {
    Some(Action::Attributes(act))
}

/// Paints the Details tab.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let (study, series) = (model.upload.selected()?, model.upload.selected_series()?);
    let owns = |patient: &&Patient| {
        let mut studies = patient.studies.iter();
        studies.any(|other| other.study_instance_uid == study.study_instance_uid)
    };
    let patient = model.upload.catalogue.patients.iter().find(owns)?;
    let page = &model.attributes;
    // Before the search field is shown, which consumes Esc.
    let by_key = keys(ui, model);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), 40.0));
    let folded = show_facts_line(ui, line, (patient, study), page.facts_open);
    let mut top = line.bottom();
    if page.facts_open {
        let place = Rect::from_min_max(
            pos2(rect.left(), top),
            pos2(rect.right(), top + (rect.height() * 0.45).min(330.0)),
        );
        inside(ui, place, "facts", |ui| {
            facts::show(ui, patient, study, series);
        });
        top = place.bottom();
    }
    widgets::hline(ui, rect.x_range(), top);
    let bar = Rect::from_min_size(
        pos2(rect.left() + measure::EDGE, top + 9.0),
        vec2(rect.width() - 2.0 * measure::EDGE, measure::CONTROL),
    );
    let typed = show_bar(ui, bar, page);
    let place = Rect::from_min_size(
        pos2(bar.left(), bar.bottom() + 4.0),
        vec2(bar.width(), 28.0),
    );
    let stepped = show_place(ui, place, model, series);
    let mut body = rect.with_min_y(place.bottom() + 4.0);
    body.min.y = show_warnings(ui, body, model);
    let in_tree = inside(ui, body, "attributes", |ui| tree::show(ui, body, page));
    folded.or(by_key).or(typed).or(stepped).or(in_tree)
}

/// The one-line summary, which expands to the properties.
fn show_facts_line(
    ui: &mut Ui,
    line: Rect,
    (patient, study): (&Patient, &Study),
    open: bool,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let response = ui.interact(line, ui.scope_id().with("facts line"), Sense::click());
    let name = if open {
        "Fold the facts"
    } else {
        "Show the facts of the study"
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, name));
    widgets::focus_ring(ui, &response, line.shrink(3.0), 4);
    let caret = pos2(line.left() + measure::EDGE + 6.0, line.center().y);
    icon_at(
        ui,
        caret,
        theme::caret(open),
        13.0,
        theme::hot(ui, &response),
    );
    let words = line
        .with_min_x(caret.x + 14.0)
        .with_max_x(line.right() - measure::EDGE);
    let said = facts::summary(patient, study);
    in_rect(
        ui,
        words,
        Align2::LEFT_CENTER,
        &said,
        ink::medium(colours.text),
    );
    let pressed = response.clicked();
    pressed.then_some(Action::Attributes(AttributesAction::ShowFacts(!open)))
}

/// Search field, number of matches, and the switch for private attributes.
fn show_bar(ui: &mut Ui, bar: Rect, page: &Attributes) -> Option<Action> {
    let colours = theme::palette(ui);
    let mut text = page.search.clone();
    let mut asked_for = None;
    let mut left = bar.right();
    row_from_right(ui, bar, "right", |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let shown = !page.hide_private;
        if widgets::tick(ui, shown, "Private").clicked() {
            asked_for = asked(AttributesAction::ShowPrivate(!shown));
        }
        if page.is_searching() {
            let found = match page.hits() {
                0 => "Nothing found".to_owned(),
                hits => format!("{} found", words::number(hits as u64)),
            };
            widgets::label(ui, &found, ink::small(colours.dim));
        }
        left = ui.min_rect().left();
    });
    let field = bar.with_max_x(left - 10.0);
    let typed = inside(ui, field, "search", |ui| {
        TextField::new(&mut text, SEARCH)
            .hint("Name, keyword, tag or value")
            .icon(icon::MAGNIFYING_GLASS)
            .id(search_id())
            .size(field.width(), measure::CONTROL)
            .show(ui)
    });
    if typed.response.changed() && text != page.search {
        return asked(AttributesAction::Search(text));
    }
    // Enter and Down move from the field to the matches.
    let down = || ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown));
    if typed.entered || (typed.response.has_focus() && down()) {
        typed.response.surrender_focus();
        return asked(AttributesAction::Step(0));
    }
    asked_for
}

/// Position in the series, with buttons for the previous and next image.
fn show_place(ui: &mut Ui, place: Rect, model: &Model, series: &Series) -> Option<Action> {
    let colours = theme::palette(ui);
    let (index, _) = model.upload.shown_image()?;
    let count = series.images.len();
    let mut asked_for = None;
    let mut x = place.left() - 5.0;
    for (sign, name, by, can) in [
        (icon::ARROW_UP, "Previous image", -1, index > 0),
        (icon::ARROW_DOWN, "Next image", 1, index + 1 < count),
    ] {
        let at = Rect::from_min_size(pos2(x, place.center().y - 12.0), theme::square(24.0));
        let pressed = ui.scope(|ui| {
            if !can {
                ui.disable();
            }
            ui.place(at, IconButton::new(sign, name)).clicked()
        });
        if pressed.inner {
            asked_for = Some(Action::Upload(UploadAction::StepImage(by)));
        }
        x += 26.0;
    }
    let image = format!(
        "Image {} of {}",
        words::number(index as u64 + 1),
        words::number(count as u64)
    );
    let page = &model.attributes;
    let state = match (page.tree.is_loading(), page.tree.value()) {
        (true, _) => "reading …".to_owned(),
        (false, Some(_)) => words::count(page.elements() as u64, "attribute", "attributes"),
        (false, None) => String::new(),
    };
    Words::of(&image, ink::body(colours.text))
        .gap(10.0)
        .and(&state, ink::small(colours.dim))
        .paint(ui, place.with_min_x(x + 4.0), Align2::LEFT_CENTER);
    asked_for
}

/// Problems with the file. Returns the y coordinate where the tree begins.
fn show_warnings(ui: &mut Ui, body: Rect, model: &Model) -> f32 {
    let page = &model.attributes;
    let mut said: Vec<(Tone, String, &str)> = Vec::new();
    if model.shown_file_has_changed() {
        said.push((
            Tone::Warning,
            "This file has changed since it was dropped.".to_owned(),
            "It is shown as it is now. Drop it again before it is sent.",
        ));
    }
    if let Some(words) = page.tree.value().and_then(|tree| tree.ending.words()) {
        said.push((Tone::Warning, words, ""));
    }
    if let Some(failure) = page.tree.failure() {
        said.push((Tone::Bad, failure.what.clone(), &failure.remedy));
    }
    let room = body.shrink2(vec2(measure::EDGE, 0.0));
    inside(ui, room, "warnings", |ui| {
        for (tone, bold, rest) in &said {
            widgets::banner(ui, *tone, bold, rest, None);
            ui.add_space(measure::INSIDE);
        }
        match said.is_empty() {
            true => body.top(),
            false => ui.min_rect().bottom(),
        }
    })
}

/// Keyboard shortcuts of the tab while no dialog is open; those of the tree while nothing is focused.
fn keys(ui: &Ui, model: &Model) -> Option<Action> {
    let ctx = ui.ctx();
    if model.has_dialog() || ctx.any_popup_open() {
        return None;
    }
    let page = &model.attributes;
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::F) {
        ctx.memory_mut(|memory| memory.request_focus(search_id()));
        return None;
    }
    let in_search = ctx.memory(|memory| memory.has_focus(search_id()));
    if page.is_searching()
        && (in_search || !ctx.text_edit_focused())
        && pressed(Modifiers::NONE, Key::Escape)
    {
        return asked(AttributesAction::Search(String::new()));
    }
    if ctx.text_edit_focused() {
        return None;
    }
    for (key, by) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
        if pressed(Modifiers::COMMAND, key) {
            return Some(Action::Upload(UploadAction::StepImage(by)));
        }
    }
    if let Some(row) = page.selected_row()
        && take_copy(ui)
    {
        return copy(ui, row);
    }
    if ctx.memory(|memory| memory.focused()).is_some() {
        return None;
    }
    tree_keys(page, pressed)
}

fn tree_keys(page: &Attributes, pressed: impl Fn(Modifiers, Key) -> bool) -> Option<Action> {
    let none = Modifiers::NONE;
    let keys = [
        (Key::ArrowDown, AttributesAction::Step(1)),
        (Key::ArrowUp, AttributesAction::Step(-1)),
        (Key::PageDown, AttributesAction::Step(15)),
        (Key::PageUp, AttributesAction::Step(-15)),
        (Key::Home, AttributesAction::Step(isize::MIN)),
        (Key::End, AttributesAction::Step(isize::MAX)),
        (Key::ArrowRight, AttributesAction::Right),
        (Key::ArrowLeft, AttributesAction::Left),
    ];
    let found = keys.into_iter().find(|(key, _)| pressed(none, *key));
    if let Some((_, act)) = found {
        return asked(act);
    }
    let row = page.selected_row()?;
    if !pressed(none, Key::Enter) {
        return None;
    }
    match row.kind {
        Kind::Sequence(_) | Kind::Item(_) => asked(AttributesAction::Turn(row.key)),
        _ if row.is_cut => asked(AttributesAction::Open(row.key)),
        _ => None,
    }
}

/// egui reports Ctrl+C as a separate event.
fn take_copy(ui: &Ui) -> bool {
    ui.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| !matches!(event, Event::Copy));
        input.events.len() < before
    })
}

/// Copies a row's value; a truncated one is fetched first.
pub(in crate::ui) fn copy(ui: &Ui, row: &Row) -> Option<Action> {
    if row.is_cut {
        return asked(AttributesAction::CopyWhole(row.key));
    }
    ui.ctx().copy_text(row.text.to_string());
    None
}
