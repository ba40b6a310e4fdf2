//! Questions in the middle of the window.

use eframe::egui::{Color32, Id, Key, Modal, Ui, vec2};

use super::order_dialogs::buttons;
use super::theme::{self, ink};
use super::widgets::{self, Button, Kind, Words, label, wrapped};
use crate::i18n;
use crate::model::{Action, Dialog, Model};

/// What a question says, and what its answers do.
struct Question {
    title: &'static str,
    text: String,
    yes: &'static str,
    then: Action,
}

fn question(dialog: &Dialog) -> Option<Question> {
    let running = |count: usize| i18n::count(count as u64, "task is", "tasks are");
    Some(match dialog {
        // Those about orders are painted elsewhere.
        Dialog::Orders(_) | Dialog::NewOrder => return None,
        Dialog::SignOut {
            forget,
            running: count,
        } => Question {
            title: "Sign out while something is under way?",
            text: format!(
                "{} not finished. Signing out stops what runs; what was done and sent stays in the account.",
                running(*count)
            ),
            yes: "Stop and sign out",
            then: Action::SignOut { forget: *forget },
        },
        Dialog::Close { running: count } => Question {
            title: "Close while something is under way?",
            text: format!(
                "{} not finished. Closing stops what runs; drop the study again later and only the rest is sent.",
                running(*count)
            ),
            yes: "Stop and close",
            then: Action::Quit,
        },
    })
}

/// Paints the question that waits, if any. Esc and a click outside close it; Enter does the careful thing.
pub(super) fn show(ui: &Ui, model: &Model) -> Option<Action> {
    let asked = question(model.dialog.as_ref()?)?;
    let frame = widgets::dialog_frame(theme::palette(ui), ui.visuals().window_shadow);
    let modal = Modal::new(Id::unique("dialog"))
        .frame(frame)
        .backdrop_color(Color32::from_black_alpha(150));
    let shown = modal.show(ui.ctx(), |ui| {
        let colours = theme::palette(ui);
        ui.set_width(420.0);
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        label(ui, asked.title, ink::heading(colours.text));
        wrapped(ui, Words::of(&asked.text, ink::body(colours.dim)));
        ui.add_space(6.0);
        buttons(ui, |ui| {
            let stay =
                ui.add(Button::new(Kind::Main, "Keep going").height(theme::measure::CONTROL));
            if ui.memory(|memory| memory.focused()).is_none() {
                stay.request_focus();
            }
            let yes = ui.add(Button::new(Kind::Danger, asked.yes));
            match (stay.clicked(), yes.clicked()) {
                (true, _) => Some(Action::CloseDialog),
                (_, true) => Some(asked.then.clone()),
                _ => None,
            }
        })
    });
    let escaped = shown.should_close() || ui.input(|input| input.key_pressed(Key::Escape));
    shown.inner.or(escaped.then_some(Action::CloseDialog))
}
