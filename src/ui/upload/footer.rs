//! The foot of the Upload page: destination, amount, and the Upload button.

use eframe::egui::{Align2, Id, Rect, Sense, Ui, vec2};

use super::identity_picker;
use crate::model::{Action, FolderSearch, Model, UploadAction, adopting};
use crate::ui::dialogs::frame;
use crate::ui::folders::picker::{self, Sought};
use crate::ui::fonts::icon;
use crate::ui::shell::location_picker;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Words, label};
use crate::ui::{row, row_from_right};
use crate::words;

/// Amount and button label, such as "1,100 images · 1.3 GB" and "Upload 2 studies". Says so while a
/// scan is still running.
fn words(model: &Model) -> (String, String) {
    let (studies, images, bytes) = model.upload.chosen();
    let images = words::count(images, "image", "images");
    let facts = match (model.transfers.refused(), studies) {
        (Some(why), _) => why.to_owned(),
        (None, 0) => "Nothing is ticked".to_owned(),
        (None, _) => format!("{images} · {}", words::bytes(bytes)),
    };
    let studies = words::count(studies as u64, "study", "studies");
    let word = match model.upload.scan_progress() {
        Some(_) => "Still reading …".to_owned(),
        None => format!("Upload {studies}"),
    };
    (facts, word)
}

/// How the images are changed before upload, if they are.
fn changes(model: &Model) -> Option<String> {
    let hidden = identity_picker::said(model);
    let location = model.session.as_ref()?.location?;
    let mut into = 0_usize;
    let mut differ = false;
    for patient in &model.upload.catalogue.patients {
        for study in &patient.studies {
            let uid = &study.study_instance_uid;
            let chosen = model.upload.matches.chosen(uid, location);
            if let (true, Some(candidate)) = (model.upload.is_checked(study), chosen) {
                into += 1;
                differ |=
                    adopting(patient, study, &candidate.order).is_ok_and(|list| !list.is_empty());
            }
        }
    }
    let mut parts = Vec::new();
    parts.extend(hidden);
    if into > 0 {
        let studies = words::count(into as u64, "study goes", "studies go");
        let orders = match into {
            1 => "an open order",
            _ => "open orders",
        };
        let gets = match differ {
            true => {
                "; where they differ, the images get the order's patient ID and accession number"
            }
            false => "",
        };
        parts.push(format!("{studies} into {orders}{gets}."));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Paints the foot.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    search: &mut FolderSearch,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let (facts, word) = words(model);
    let mut room = rect
        .shrink2(vec2(measure::EDGE, 8.0))
        .translate(vec2(0.0, 1.0));
    let hidden = match model.upload.chosen().0 {
        0 => None,
        _ => model.deidentify_refused(),
    };
    let below = hidden.clone().or_else(|| changes(model));
    if let Some(words) = below {
        room = room.translate(vec2(0.0, -8.0));
        let below = rect.shrink2(vec2(measure::EDGE, 3.0));
        let below = below.with_min_y(below.bottom() - 16.0);
        let colour = match hidden {
            Some(_) => colours.warning,
            None => colours.accent,
        };
        Words::of(&words, ink::small(colour)).paint(ui, below, Align2::LEFT_CENTER);
    }
    let mut left_end = room.left();
    let a = row(ui, room, "where", |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        label(ui, "To", ink::small(colours.dim));
        let session = model.session.as_ref()?;
        let place = location_picker(ui, session, "To");
        ui.add_space(4.0);
        label(ui, "Folder", ink::small(colours.dim));
        let folder = folder_list(ui, model, search);
        ui.add_space(4.0);
        label(ui, "Identity", ink::small(colours.dim));
        let identity = identity_picker::picker(ui, model);
        left_end = ui.min_rect().right();
        place.or(folder).or(identity)
    });
    let b = row_from_right(ui, room, "send", |ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let refused = model.sending_refused().or(hidden);
        let button = Button::new(Kind::Main, &word)
            .icon(icon::UPLOAD_SIMPLE)
            .unless(refused.as_deref());
        let pressed = ui.add(button).clicked();
        let most = ui.cursor().right() - left_end - 12.0;
        let galley = Words::of(&facts, ink::body(colours.dim)).galley(ui, most.max(0.0));
        // A truncated amount is useless, and the page's head states it too.
        if galley.elided && model.transfers.refused().is_none() {
            return pressed.then_some(Action::Upload(UploadAction::Send));
        }
        let (place, _) = ui.allocate_exact_size(vec2(galley.size().x, 20.0), Sense::hover());
        Words::of(&facts, ink::body(colours.dim)).paint(
            ui,
            place.expand2(vec2(1.0, 0.0)),
            Align2::RIGHT_CENTER,
        );
        pressed.then_some(Action::Upload(UploadAction::Send))
    });
    a.or(b)
}

/// Folder picker: no folder, or one of the tree.
fn folder_list(ui: &mut Ui, model: &Model, search: &mut FolderSearch) -> Option<Action> {
    let now = model.upload.folder.as_ref();
    let word = now.map_or("None", |folder| folder.path.as_str());
    let name = format!("Folder: {word}");
    let button = Button::new(Kind::Field, word)
        .name(&name)
        .icon(icon::FOLDER)
        .caret()
        .at_most(220.0);
    let picked = now.map(|folder| folder.uuid);
    let mut is_open = false;
    let asked = widgets::picker(ui, button, 300.0, true, |ui| {
        is_open = true;
        let sign = Some(icon::PROHIBIT);
        if widgets::menu_row(ui, sign, "None", "no folder", picked.is_none()).clicked() {
            ui.close();
            return Some(Action::Upload(UploadAction::PickFolder(None)));
        }
        let mut sought = Sought {
            text: &mut search.text,
            picked: &mut search.at,
        };
        let id = Id::unique("folder of the upload");
        let (came, enter) = frame::with_keys(ui, id, true, |ui, keys| {
            let came = picker::show(ui, keys, &model.folders, &mut sought);
            (came, keys.enter)
        });
        let chosen = search.at.filter(|_| came.pressed || enter);
        if let Some(chosen) = chosen {
            ui.close();
            return Some(Action::Upload(UploadAction::PickFolder(Some(
                model.folders.choice(chosen),
            ))));
        }
        came.asked
    });
    if !is_open {
        // The picker starts with the chosen folder the next time it opens.
        search.text.clear();
        search.at = picked;
    }
    asked
}
