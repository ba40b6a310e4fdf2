//! The settings dialog: how studies are sent.

use eframe::egui::{Ui, Vec2};

use super::frame::{self, Keys, Main};
use crate::model::{Action, SettingsAction, SettingsForm};
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Kind, TextField, label};

const WIDTH: f32 = 480.0;
const FIELD: f32 = 96.0;

/// A text field of the dialog.
struct Field<'a> {
    caption: &'a str,
    text: &'a mut String,
    hint: &'a str,
    unit: &'a str,
    wrong: Option<&'static str>,
    says: &'a str,
}

/// Paints the dialog.
pub(in crate::ui) fn show(ui: &Ui, form: &mut SettingsForm) -> Option<Action> {
    let shown = frame::show(
        ui,
        "settings",
        ("Settings for sending", WIDTH),
        |ui, keys| {
            let usual = frame::body(ui, |ui| show_body(ui, keys, form));
            let refused = form.transfer().is_none();
            let main = Main {
                word: "Save",
                kind: Kind::Main,
                refused: refused.then_some("Mend the red field first."),
                icon: None,
            };
            (usual, frame::foot(ui, keys, "They hold at once.", &main))
        },
    );
    let (usual, pressed) = shown.inner;
    let act = match (pressed.main, pressed.cancel || shown.closed, usual) {
        (true, ..) => SettingsAction::Save,
        (_, true, _) => SettingsAction::Close,
        (.., true) => SettingsAction::Usual,
        _ => return None,
    };
    Some(Action::Settings(act))
}

/// Paints the fields. Returns whether the default values were asked for.
fn show_body(ui: &mut Ui, keys: &mut Keys, form: &mut SettingsForm) -> bool {
    let wrong = [
        form.connections().err(),
        form.in_flight().err(),
        form.limit().err(),
        form.keep_days().err(),
    ];
    let [connections, in_flight, limit, days] = wrong;
    let fields = [
        Field {
            caption: "Connections",
            text: &mut form.connections,
            hint: "32",
            unit: "at most",
            wrong: connections,
            says: "StudyDrop opens as many of them as make it faster.",
        },
        Field {
            caption: "Parts in flight",
            text: &mut form.in_flight,
            hint: "1",
            unit: "on each connection",
            wrong: in_flight,
            says: "1 is the usual. More helps where the account is far away.",
        },
        Field {
            caption: "Speed limit",
            text: &mut form.limit,
            hint: "none",
            unit: "MB/s",
            wrong: limit,
            says: "For all studies together. Empty: as fast as the line.",
        },
        Field {
            caption: "Keep finished",
            text: &mut form.keep_days,
            hint: "30",
            unit: "days",
            wrong: days,
            says: "So long finished transfers stay on the list, with their receipts.",
        },
    ];
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 4.0);
    for mut field in fields {
        show_field(ui, keys, &mut field);
    }
    ui.add_space(4.0);
    let ink = theme::palette(ui).dim;
    widgets::link(ui, "Fill in the usual values", theme::SMALL, ink).clicked()
}

fn show_field(ui: &mut Ui, keys: &mut Keys, field: &mut Field<'_>) {
    let colours = theme::palette(ui);
    frame::row(ui, field.caption, |ui| {
        let typed = TextField::new(field.text, field.caption)
            .hint(field.hint)
            .wrong(field.wrong.is_some())
            .size(FIELD, measure::CONTROL)
            .show(ui);
        keys.field(&typed.response);
        label(ui, field.unit, ink::body(colours.dim));
    });
    frame::below(ui, field.wrong, field.says);
    ui.add_space(6.0);
}
