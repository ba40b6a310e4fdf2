//! The dialog "Replace values…": the ten fields that the Cloud API's anonymisation names.

use eframe::egui::{Align, Color32, Id, Layout, Modal, Ui, vec2};

use super::dialog;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, Kind, TextField, Words, label, wrapped};
use crate::dicom::deidentify::FIELDS;
use crate::model::{Action, Replace, Replacing};

const WIDTH: f32 = 600.0;
/// A label, a field, and room for what is wrong with it.
const FIELD: f32 = 68.0;

/// The values in use, for the foot: "patient name, patient ID".
pub(super) fn names(replacing: &Replacing) -> String {
    let values = replacing.values();
    let used = FIELDS
        .iter()
        .filter(|field| values.iter().any(|value| value.keyword() == field.keyword));
    used.map(|field| small(field.label))
        .collect::<Vec<_>>()
        .join(", ")
}

/// "Patient ID" inside a sentence.
fn small(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// Paints the dialog while it is open. Esc closes it; Enter uses what was typed; a press beside it does nothing.
pub(super) fn show(ui: &Ui, replacing: &mut Replacing) -> Option<Action> {
    if !replacing.open {
        return None;
    }
    let frame = widgets::dialog_frame(theme::palette(ui), ui.visuals().window_shadow);
    let modal = Modal::new(Id::unique("replace values"))
        .frame(frame)
        .backdrop_color(Color32::from_black_alpha(150));
    let shown = modal.show(ui.ctx(), |ui| {
        let colours = theme::palette(ui);
        ui.set_width(WIDTH);
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        label(ui, "Replace values", ink::heading(colours.text));
        let text = "Every image gets these values before it leaves this computer, wherever they stand in it. An empty field is left as it is.";
        wrapped(ui, Words::of(text, ink::body(colours.dim)));
        ui.add_space(4.0);
        let entered = fields(ui, replacing);
        ui.add_space(4.0);
        let text = "This is no full de-identification: dates, other attributes and what is written into the pictures stay.";
        wrapped(ui, Words::of(text, ink::small(colours.dim)));
        ui.add_space(6.0);
        buttons(ui, replacing).or(entered.then_some(Replace::Use))
    });
    let escaped = dialog::escaped(ui, &shown);
    let asked = shown.inner.or(escaped.then_some(Replace::Close));
    asked.map(Action::Replace)
}

/// Two columns; whether Enter was pressed in one.
fn fields(ui: &mut Ui, replacing: &mut Replacing) -> bool {
    let mut entered = false;
    let width = (WIDTH - measure::EDGE) / 2.0;
    for pair in [0, 2, 4, 6, 8] {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = measure::EDGE;
            for index in [pair, pair + 1] {
                entered |= field(ui, replacing, index, width);
            }
        });
    }
    entered
}

fn field(ui: &mut Ui, replacing: &mut Replacing, index: usize, width: f32) -> bool {
    let colours = theme::palette(ui);
    let wrong = replacing.wrong(index);
    let (Some(typed), Some(field)) = (replacing.typed.get_mut(index), FIELDS.get(index)) else {
        return false;
    };
    ui.allocate_ui_with_layout(vec2(width, FIELD), Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(vec2(width, FIELD));
        ui.spacing_mut().item_spacing.y = 3.0;
        label(ui, field.label, ink::small(colours.dim));
        let hint = match field.name {
            "StudyDate" => "unchanged · YYYY-MM-DD",
            _ => "unchanged",
        };
        let id = Id::unique(("replace", index));
        let shown = TextField::new(typed, field.label)
            .hint(hint)
            .wrong(wrong.is_some())
            .size(width, measure::CONTROL)
            .id(id)
            .show(ui);
        if index == 0 && ui.memory(|memory| memory.focused()).is_none() {
            shown.response.request_focus();
        }
        if let Some(wrong) = wrong {
            label(ui, wrong, ink::small(colours.bad));
        }
        shown.entered
    })
    .inner
}

fn buttons(ui: &mut Ui, replacing: &Replacing) -> Option<Replace> {
    let refused = replacing.refused();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = Button::new(Kind::Main, "Replace these values")
            .height(measure::CONTROL)
            .unless(refused);
        let used = ui.add(button).clicked();
        let cancel = ui.add(Button::new(Kind::Raised, "Cancel")).clicked();
        let off = !replacing.values().is_empty()
            && ui
                .add(Button::new(Kind::Plain, "Replace nothing"))
                .clicked();
        match (used, cancel, off) {
            (true, ..) => Some(Replace::Use),
            (_, true, _) => Some(Replace::Close),
            (.., true) => Some(Replace::Off),
            _ => None,
        }
    })
    .inner
}
