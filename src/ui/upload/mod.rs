//! The Upload page: the drop target, or the found studies at the left and the selected one at the right.

pub(in crate::ui) mod attributes;
pub(in crate::ui) mod deidentify;
pub(in crate::ui) mod drop_target;
pub(in crate::ui) mod footer;
pub(in crate::ui) mod identity_picker;
pub(in crate::ui) mod media_warnings;
pub(in crate::ui) mod order_matches;
pub(in crate::ui) mod remove;
pub(in crate::ui) mod skipped_files;
pub(in crate::ui) mod study_tree;

use eframe::egui::{Align2, Rect, Ui, pos2, vec2};

use self::deidentify::preview;
use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, Kind, Words};
use super::{Textures, inside, row_from_right, viewer, with_foot};
use crate::message::Pick;
use crate::model::{Action, FolderSearch, Model, Tab, Upload, UploadAction};
use crate::words;

/// Text fields' contents, kept while the page is painted.
pub(super) struct Typing {
    /// Typed path of a folder or file to add.
    pub path: String,
    /// State of the folder picker.
    pub folder: FolderSearch,
}

/// Paints the Upload page.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    typing: &mut Typing,
    textures: &mut Textures,
) -> Option<Action> {
    let page = &model.upload;
    if page.catalogue.patients.is_empty() {
        return drop_target::show(ui, rect, model, &mut typing.path);
    }
    let (body, foot) = with_foot(ui, rect);
    let split = (rect.left() + (rect.width() * 0.465).clamp(400.0, 680.0)).floor();
    let left = Rect::from_min_max(body.min, pos2(split, body.bottom()));
    let right = Rect::from_min_max(pos2(split, body.top()), body.max);
    widgets::vline(ui, split - 1.0, body.y_range());
    let lit = ui.input(|input| !input.raw.hovered_files.is_empty());
    let a = match model.upload.tab {
        Tab::Deidentify => inside(ui, left, "hide", |ui| deidentify::show(ui, left, model)),
        Tab::Images | Tab::Details => {
            inside(ui, left, "found", |ui| show_left(ui, left, model, textures))
        }
    };
    let b = inside(ui, right, "selected", |ui| {
        show_right(ui, right, model, textures)
    });
    let c = inside(ui, foot, "foot", |ui| {
        footer::show(ui, foot, model, &mut typing.folder)
    });
    if lit {
        widgets::dashed(ui, left.shrink(8.0), false);
        drop_target::hover_word(ui, left);
    }
    a.or(b).or(c)
}

/// Text such as "2 patients, 3 studies" and "1,204 images · 1.4 GB".
fn heading(page: &Upload) -> (String, String) {
    let patients = page.catalogue.patients.len() as u64;
    let studies = page.studies().count() as u64;
    let (images, bytes) = page.totals();
    (
        format!(
            "{}, {}",
            words::count(patients, "patient", "patients"),
            words::count(studies, "study", "studies")
        ),
        format!(
            "{} · {}",
            words::count(images, "image", "images"),
            words::bytes(bytes)
        ),
    )
}

fn show_left(ui: &mut Ui, rect: Rect, model: &Model, textures: &mut Textures) -> Option<Action> {
    let colours = theme::palette(ui);
    let (title, facts) = heading(&model.upload);
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 12.0),
        vec2(rect.width() - 33.0, measure::CONTROL),
    );
    let mut left = 0.0;
    let pressed = row_from_right(ui, head, "head", |ui| {
        let asked = add_or_clear(ui);
        left = ui.min_rect().left();
        asked
    });
    let text = head.with_max_x(left - 8.0);
    let title = || Words::of(&title, ink::heading(colours.text)).gap(11.0);
    let both = || title().and(&facts, ink::body(colours.dim));
    // If there is no room for the amount here, the foot states it.
    let fits = !both().galley(ui, text.width()).elided;
    let words = if fits { both() } else { title() };
    words.paint(ui, text, Align2::LEFT_CENTER);
    let body = Rect::from_min_max(
        pos2(rect.left(), head.bottom() + 12.0),
        pos2(rect.right() - 1.0, rect.bottom()),
    );
    pressed.or(inside(ui, body, "tree", |ui| {
        study_tree::show(ui, body, model, textures)
    }))
}

fn add_or_clear(ui: &mut Ui) -> Option<Action> {
    let add = widgets::picker(
        ui,
        Button::new(Kind::Raised, "Add…").icon(icon::PLUS),
        200.0,
        false,
        |ui| {
            let folder =
                widgets::menu_row(ui, Some(icon::FOLDER_OPEN), "A folder…", "Ctrl+O", false)
                    .clicked();
            let files = widgets::menu_row(ui, Some(icon::FILES), "Files…", "", false).clicked();
            match (folder, files) {
                (true, _) => Some(Action::Upload(UploadAction::Pick(Pick::Folders))),
                (_, true) => Some(Action::Upload(UploadAction::Pick(Pick::Files))),
                _ => None,
            }
        },
    );
    let clear = ui
        .add(Button::new(Kind::Plain, "Clear").name("Clear what was dropped"))
        .clicked();
    add.or(clear.then_some(Action::Upload(UploadAction::ClearDrop)))
}

fn show_right(ui: &mut Ui, rect: Rect, model: &Model, textures: &mut Textures) -> Option<Action> {
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), 41.0));
    widgets::hline(ui, rect.x_range(), bar.bottom() - 1.0);
    let place = Rect::from_min_max(pos2(rect.left() + measure::EDGE, bar.top() + 1.0), bar.max);
    const TABS: [Tab; 3] = [Tab::Images, Tab::Details, Tab::Deidentify];
    let on = TABS.iter().position(|tab| *tab == model.upload.tab);
    let tab = inside(ui, place, "tabs", |ui| {
        widgets::tabs(
            ui,
            &["Images", "Details", "De-identify"],
            on.unwrap_or_default(),
        )
    });
    let body = Rect::from_min_max(pos2(rect.left(), bar.bottom()), rect.max);
    let below = match model.upload.tab {
        Tab::Images => inside(ui, body, "viewer", |ui| {
            viewer::show(ui, body, model, textures)
        }),
        Tab::Details => inside(ui, body, "details", |ui| attributes::show(ui, body, model)),
        Tab::Deidentify => inside(ui, body, "changes", |ui| preview::show(ui, body, model)),
    };
    let tab = tab.and_then(|index| TABS.get(index).copied());
    tab.map(|it| Action::Upload(UploadAction::ShowTab(it)))
        .or(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing;

    #[test]
    fn the_heading_counts_what_was_found() {
        let model = testing::with_drop();
        let (title, facts) = heading(&model.upload);
        assert_eq!(title, "2 patients, 3 studies");
        assert_eq!(facts, "1,204 images · 1.4 GB");
    }
}
