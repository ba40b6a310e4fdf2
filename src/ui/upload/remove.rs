//! Removing entries from the list: the Delete key and the context menus.

use eframe::egui::{Id, Key, Modifiers, Popup, Rect, Response, Role, Sense, Ui, WidgetInfo};

use crate::dicom::catalogue::{Patient, Series, Study};
use crate::model::{Action, Model, Removal, UploadAction};
use crate::ui::fonts::icon;
use crate::ui::viewer::redaction;
use crate::ui::widgets::{self, menu_row};
use crate::words;

/// Width of the context menus, in points.
const MENU: f32 = 260.0;

/// Study Instance UIDs of a patient's studies.
pub(in crate::ui) fn studies(patient: &Patient) -> Vec<String> {
    let studies = patient.studies.iter();
    studies
        .map(|study| study.study_instance_uid.clone())
        .collect()
}

/// Makes a patient's line focusable by a click, with Delete and a context menu.
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
    asked.then(|| Action::Upload(UploadAction::Remove(Removal::Patient(studies(patient)))))
}

/// Delete and context menu of a study's card. `on`: the study is selected.
pub(in crate::ui) fn study(
    ui: &Ui,
    response: &Response,
    study: &Study,
    on: bool,
    model: &Model,
) -> Option<Action> {
    if response.clicked() {
        // Delete now applies to the selected study, no longer to a focused patient's line.
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
    asked.then_some(Action::Upload(UploadAction::Remove(Removal::Study(uid))))
}

/// Delete and context menu of a series' card in the strip below the picture.
pub(in crate::ui) fn series(
    ui: &Ui,
    response: &Response,
    study: &Study,
    series: &Series,
) -> Option<Action> {
    let asked = deleted(ui, response) || menu(response, "Remove the series from the list");
    asked.then(|| {
        Action::Upload(UploadAction::Remove(Removal::Series {
            study: study.study_instance_uid.clone(),
            series: series.series_instance_uid.clone(),
        }))
    })
}

fn pressed(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Delete))
}

/// Whether Delete was pressed while the widget is focused.
fn deleted(ui: &Ui, response: &Response) -> bool {
    response.has_focus() && pressed(ui)
}

/// Whether Delete applies to the selected study: nothing is focused, and no dialog or area drawing is active.
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
