//! The dialog that saves the receipt of a finished transfer.

use eframe::egui::Ui;

use super::frame::{self, Keys, Main};
use crate::message::ReceiptFormat;
use crate::model::{Action, Model, ReceiptForm, TransfersAction};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Kind, TextField, Words, wrapped};

const WIDTH: f32 = 440.0;

/// Paints the dialog.
pub(in crate::ui) fn show(ui: &Ui, model: &Model, form: &mut ReceiptForm) -> Option<Action> {
    let row = model.transfers.get(form.job);
    let whose = row.map_or((String::new(), String::new()), |row| {
        (row.patient(), format!(" · {}", row.title()))
    });
    let shown = frame::show(ui, "receipt", ("Save a receipt", WIDTH), |ui, keys| {
        let colours = theme::palette(ui);
        let words = Words::of(&whose.0, ink::bold(colours.text));
        wrapped(ui, words.and(&whose.1, ink::body(colours.dim)));
        frame::body(ui, |ui| show_body(ui, keys, form));
        let main = Main {
            word: match form.format {
                ReceiptFormat::Pdf => "Save as PDF…",
                ReceiptFormat::Json => "Save as JSON…",
            },
            kind: Kind::Main,
            refused: form.saving.then_some("It is being saved."),
            icon: Some(match form.format {
                ReceiptFormat::Pdf => icon::FILE_PDF,
                ReceiptFormat::Json => icon::BRACKETS_CURLY,
            }),
        };
        frame::foot(ui, keys, "", &main)
    });
    let pressed = shown.inner;
    let act = match (pressed.main, pressed.cancel || shown.closed) {
        (true, _) => TransfersAction::SaveReceipt,
        (_, true) => TransfersAction::CloseReceipt,
        _ => return None,
    };
    Some(Action::Transfers(act))
}

fn show_body(ui: &mut Ui, keys: &mut Keys, form: &mut ReceiptForm) {
    let colours = theme::palette(ui);
    if form.asks_path {
        let row = |ui: &mut Ui| {
            let field = TextField::new(&mut form.path, "Path of the receipt")
                .hint("/folder/receipt.pdf")
                .wrong(form.wrong.is_some())
                .size(WIDTH - 132.0, measure::CONTROL);
            keys.field(&field.show(ui).response);
        };
        frame::row(ui, "Path", row);
        frame::below(ui, None, "No dialog opened? Type where it goes.");
        if let Some(wrong) = &form.wrong {
            wrapped(ui, Words::of(wrong, ink::small(colours.bad)));
        }
    }
    frame::row(ui, "As", |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (format, word) in [
            (ReceiptFormat::Pdf, "PDF, to read and print"),
            (ReceiptFormat::Json, "JSON, for programs"),
        ] {
            let chip = widgets::chip(ui, form.format == format, word);
            keys.field(&chip);
            if chip.clicked() {
                form.format = format;
            }
        }
    });
    let says = "It names the patient, and every file with its size, the digest of what was sent (SHA-256) and what became of it. The file's name tells nothing about the patient.";
    wrapped(ui, Words::of(says, ink::small(colours.dim)));
}
