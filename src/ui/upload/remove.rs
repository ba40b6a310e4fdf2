//! Taking things off the list: Delete on what has the keyboard or is selected, and what the right button offers.

use eframe::egui::{Id, Key, Modifiers, Popup, Rect, Response, Role, Sense, Ui, WidgetInfo};

use crate::dicom::catalogue::{Patient, Series, Study};
use crate::model::{Action, Model, Removal};
use crate::ui::fonts::icon;
use crate::ui::viewer::redaction;
use crate::ui::widgets::{self, menu_row};
use crate::words;

/// The width of what the right button opens.
const MENU: f32 = 260.0;

/// The studies of a patient.
pub(in crate::ui) fn studies(patient: &Patient) -> Vec<String> {
    let studies = patient.studies.iter();
    studies
        .map(|study| study.study_instance_uid.clone())
        .collect()
}

/// A patient's line, which takes the keyboard when it is pressed.
pub(in crate::ui) fn patient(ui: &mut Ui, rect: Rect, patient: &Patient) -> Option<Action> {
    let id = ui.make_persistent_id(("patient", &patient.id, &patient.name));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("Patient {}", words::patient_name(&patient.name));
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    if response.clicked() {
        response.request_focus();
    }
    widgets::focus_ring(ui, &response, rect.shrink(2.0), 4);
    let asked = deleted(ui, &response) || menu(&response, "Remove the patient from the list");
    asked.then(|| Action::Remove(Removal::Patient(studies(patient))))
}

/// A study's card; `on`: whether it is the selected one.
pub(in crate::ui) fn study(
    ui: &Ui,
    response: &Response,
    study: &Study,
    on: bool,
    model: &Model,
) -> Option<Action> {
    if response.clicked() {
        // Delete is this study's now, and no longer the patient's line's.
        ui.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
    }
    let asked = deleted(ui, response)
        || (on && deleted_selected(ui, model))
        || menu(response, "Remove the study from the list");
    let uid = study.study_instance_uid.clone();
    asked.then_some(Action::Remove(Removal::Study(uid)))
}

/// A series' card in the strip below the picture.
pub(in crate::ui) fn series(
    ui: &Ui,
    response: &Response,
    study: &Study,
    series: &Series,
) -> Option<Action> {
    let asked = deleted(ui, response) || menu(response, "Remove the series from the list");
    asked.then(|| {
        Action::Remove(Removal::Series {
            study: study.study_instance_uid.clone(),
            series: series.series_instance_uid.clone(),
        })
    })
}

fn pressed(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Delete))
}

/// On what has the keyboard.
fn deleted(ui: &Ui, response: &Response) -> bool {
    response.has_focus() && pressed(ui)
}

/// On the selected study, while nothing else has the keyboard and nobody types or draws.
fn deleted_selected(ui: &Ui, model: &Model) -> bool {
    let focused: Option<Id> = ui.memory(|memory| memory.focused());
    let is_free = focused.is_none() && !ui.ctx().any_popup_open();
    is_free && !model.has_dialog() && !redaction::has_bar(model) && pressed(ui)
}

fn menu(response: &Response, words: &str) -> bool {
    let shown = Popup::context_menu(response).width(MENU).show(|ui| {
        ui.set_min_width(MENU);
        ui.set_max_width(MENU);
        menu_row(ui, Some(icon::X), words, "Delete", false).clicked()
    });
    shown.is_some_and(|shown| shown.inner)
}
