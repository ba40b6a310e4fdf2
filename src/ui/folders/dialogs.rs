//! Dialogs of the Folders page: new, rename, describe, delete; and *Add to folder…*, which is
//! opened from other pages too.

use eframe::egui::Ui;

use super::picker::{self, Sought};
use crate::cloud::MAX_TEXT;
use crate::message::MOST_FOLDERS;
use crate::model::{Action, FolderForm, FolderKind, Folders, FoldersAction};
use crate::ui::dialogs::frame::{self, Keys, Main, Pressed};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Kind, TextField, Tone, Words, wrapped};
use crate::words;

const WIDTH: f32 = 440.0;
const FIELD: f32 = 308.0;

/// Texts of a dialog.
struct Says {
    title: String,
    main: String,
    kind: Kind,
    hint: &'static str,
}

fn says(form: &FolderForm, folders: &Folders) -> Says {
    let name = |folder| {
        let folder = folders.folder(folder);
        folder.map_or("the folder".to_owned(), |folder| {
            format!("“{}”", folder.folder_name)
        })
    };
    let plain = |title: String, main: &str, hint| Says {
        title,
        main: main.to_owned(),
        kind: Kind::Main,
        hint,
    };
    match &form.kind {
        FolderKind::New { parent: None } => plain("New folder".to_owned(), "Make the folder", ""),
        FolderKind::New {
            parent: Some(parent),
        } => plain(
            format!("New folder in {}", name(*parent)),
            "Make the folder",
            "",
        ),
        FolderKind::Rename(folder) => plain(format!("Rename {}", name(*folder)), "Rename", ""),
        FolderKind::Describe(folder) => plain(
            format!("Describe {}", name(*folder)),
            "Save the description",
            "",
        ),
        FolderKind::Delete(folder) => {
            let count = 1 + folders.folder(*folder).map_or(0, |folder| {
                folder.all_sub_folder_count.max(folder.sub_folder_count)
            });
            Says {
                title: format!("Delete {}?", name(*folder)),
                main: format!("Delete {}", words::count(count, "folder", "folders")),
                kind: Kind::Danger,
                hint: match count > MOST_FOLDERS {
                    true => "So many folders cannot be brought back.",
                    false => "You can undo it right after.",
                },
            }
        }
        FolderKind::AddTo(orders) => {
            let count = words::count(orders.len() as u64, "order", "orders");
            plain(
                format!("Add {count} to a folder"),
                &format!("Add {count}"),
                "",
            )
        }
    }
}

/// Paints the open dialog.
pub(in crate::ui) fn show(ui: &Ui, folders: &Folders, form: &mut FolderForm) -> Option<Action> {
    let says = says(form, folders);
    let shown = frame::show(ui, "folder", (&says.title, WIDTH), |ui, keys| {
        let mut asked = None;
        frame::body(ui, |ui| match form.kind {
            FolderKind::New { .. } => show_new(ui, keys, form),
            FolderKind::Rename(_) => {
                name_field(ui, keys, form, "");
            }
            FolderKind::Describe(_) => {
                text_field(ui, keys, &mut form.text);
            }
            FolderKind::Delete(folder) => show_delete(ui, folders, folder),
            FolderKind::AddTo(_) => {
                let mut sought = Sought {
                    text: &mut form.text,
                    picked: &mut form.picked,
                };
                asked = picker::show(ui, keys, folders, &mut sought).asked;
            }
        });
        if let Some(failure) = &form.failure {
            let (what, remedy) = (&failure.what, &failure.remedy);
            widgets::banner(ui, Tone::Bad, what, remedy, None);
        }
        let main = Main {
            word: &says.main,
            kind: says.kind,
            refused: form.refused(),
            icon: None,
        };
        let pressed = frame::foot(ui, keys, says.hint, &main);
        asked.or(answer(&pressed))
    });
    let closed = shown
        .closed
        .then_some(Action::Folders(FoldersAction::Close));
    shown.inner.or(closed)
}

fn answer(pressed: &Pressed) -> Option<Action> {
    match (pressed.main, pressed.cancel) {
        (true, _) => Some(Action::Folders(FoldersAction::Do)),
        (_, true) => Some(Action::Folders(FoldersAction::Close)),
        _ => None,
    }
}

fn name_field(ui: &mut Ui, keys: &mut Keys, form: &mut FolderForm, hint: &str) {
    let wrong = form.wrong();
    frame::row(ui, "Name", |ui| {
        let field = TextField::new(&mut form.text, "Name")
            .icon(icon::FOLDER)
            .wrong(wrong.is_some());
        keys.field(&field.size(FIELD, measure::CONTROL).show(ui).response);
    });
    frame::below(ui, wrong, hint);
}

fn text_field(ui: &mut Ui, keys: &mut Keys, text: &mut String) {
    frame::row(ui, "Description", |ui| {
        let field = TextField::new(text, "Description").hint("May be empty");
        keys.field(&field.size(FIELD, measure::CONTROL).show(ui).response);
    });
    let too_long = text.chars().count() > MAX_TEXT;
    frame::below(ui, too_long.then_some("This is too long."), "");
}

fn show_new(ui: &mut Ui, keys: &mut Keys, form: &mut FolderForm) {
    name_field(ui, keys, form, "a/b/c makes folders in each other.");
    text_field(ui, keys, &mut form.more);
}

/// States how many folders are deleted, and that their orders are kept.
fn show_delete(ui: &mut Ui, folders: &Folders, folder: uuid::Uuid) {
    let known = folders.folder(folder);
    let below = known.map_or(0, |known| {
        known.all_sub_folder_count.max(known.sub_folder_count)
    });
    let orders = known.map_or(0, |known| known.all_sub_order_count.max(known.order_count));
    let folders = match below {
        0 => "The folder is deleted.".to_owned(),
        1 => "The folder and the one in it are deleted.".to_owned(),
        many => format!(
            "The folder and the {} in it are deleted.",
            words::number(many)
        ),
    };
    let orders = match orders {
        0 => "No order is in it.".to_owned(),
        1 => "Its order stays in the account.".to_owned(),
        many => format!("Its {} orders stay in the account.", words::number(many)),
    };
    let words = format!("{folders} {orders} Shares of what is deleted end.");
    let ink = ink::body(theme::palette(ui).dim);
    wrapped(ui, Words::of(&words, ink));
}
