//! The dialog that asks for an archive's password.

use eframe::egui::Ui;

use super::frame::{self, Main};
use crate::model::{Action, ArchivePasswordAction, UnlockForm, UploadAction};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{Kind, TextField, Trailing, Words, wrapped};
use crate::words;

const WIDTH: f32 = 440.0;
const FIELD: f32 = 308.0;

/// Text such as "scans.zip, in /media/usb, is encrypted and needs its password. 120 of its files wait for it."
fn words(form: &UnlockForm, waiting: usize) -> String {
    let name = words::file_name(&form.archive);
    let place = form
        .archive
        .parent()
        .filter(|place| !place.as_os_str().is_empty());
    let place = place.map_or(String::new(), |place| format!(", in {},", place.display()));
    let files = match waiting {
        0 => String::new(),
        1 => " One of its files waits for it.".to_owned(),
        many => format!(
            " {} of its files wait for it.",
            words::number_word(many as u64)
        ),
    };
    format!("{name}{place} is encrypted and needs its password.{files}")
}

/// Paints the dialog. `waiting`: number of files of the archive that could not be read yet.
pub(in crate::ui) fn show(ui: &Ui, form: &mut UnlockForm, waiting: usize) -> Option<Action> {
    let title = ("This archive is protected", WIDTH);
    let shown = frame::show(ui, "unlock", title, |ui, keys| {
        let colours = theme::palette(ui);
        wrapped(ui, Words::of(&words(form, waiting), ink::body(colours.dim)));
        ui.add_space(4.0);
        frame::row(ui, "Password", |ui| {
            let field = TextField::new(&mut form.password, "Password")
                .icon(icon::KEY)
                .hidden(!form.shown)
                .trailing(Trailing::Eye(form.shown))
                .wrong(form.wrong);
            let typed = field.size(FIELD, measure::CONTROL).show(ui);
            keys.field(&typed.response);
            form.shown ^= typed.eye;
            // The error about the previous password goes when the text is edited.
            form.wrong &= !typed.response.changed();
        });
        let wrong = form
            .wrong
            .then_some("This is not its password. Type it again.");
        frame::below(ui, wrong, "It is kept in memory only, until you quit.");
        let main = Main {
            word: if form.trying {
                "Unlocking…"
            } else {
                "Unlock"
            },
            kind: Kind::Main,
            refused: form.refused(),
            icon: None,
        };
        let pressed = frame::foot_with(ui, keys, "", &main, "Skip");
        match (pressed.main, pressed.cancel) {
            (true, _) => Some(ArchivePasswordAction::Try),
            (_, true) => Some(ArchivePasswordAction::Skip),
            _ => None,
        }
    });
    let closed = shown.closed.then_some(ArchivePasswordAction::Close);
    shown
        .inner
        .or(closed)
        .map(|it| Action::Upload(UploadAction::Archives(it)))
}
