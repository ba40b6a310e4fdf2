//! Confirmation dialogs.

use eframe::egui::{Color32, Id, Key, Modal, Ui, vec2};

use crate::model::{Action, Dialog, Model, ShellAction, Unfinished};
use crate::ui::orders::dialogs::buttons;
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Button, Kind, Words, label, wrapped};
use crate::words;

/// A question's text, and the action that each answer leads to.
struct Question {
    title: &'static str,
    text: String,
    yes: &'static str,
    /// Whether confirming discards something; the button is then red.
    loses: bool,
    no: &'static str,
    then: Action,
}

fn question(dialog: &Dialog) -> Option<Question> {
    Some(match dialog {
        // Painted by the orders page.
        Dialog::Orders(_) | Dialog::NewOrder => return None,
        Dialog::SignOut { forget, open } => Question {
            title: "Sign out?",
            text: unfinished(
                open,
                "They go on when you sign in to this account again.",
                "Signing out",
            ),
            yes: "Sign out",
            loses: loses(open),
            no: "Stay signed in",
            then: Action::Shell(ShellAction::SignOut { forget: *forget }),
        },
        Dialog::Close(open) => Question {
            title: "Close StudyDrop?",
            text: unfinished(
                open,
                "They go on when StudyDrop is started again.",
                "Closing",
            ),
            yes: "Close",
            loses: loses(open),
            no: "Keep it open",
            then: Action::Shell(ShellAction::Quit),
        },
    })
}

fn loses(open: &Unfinished) -> bool {
    open.others > 0 || (open.studies > 0 && !open.kept)
}

/// Text such as "2 studies are not sent yet. They go on when StudyDrop is started again."
fn unfinished(open: &Unfinished, later: &str, doing: &str) -> String {
    let mut sentences = Vec::new();
    if open.studies > 0 {
        let studies = words::count(open.studies as u64, "study is", "studies are");
        sentences.push(format!("{studies} not sent yet."));
        sentences.push(match (open.kept, open.studies) {
            (true, 1) => later.replacen("They go", "It goes", 1),
            (true, _) => later.to_owned(),
            (false, _) => format!(
                "{doing} stops that: drop what is missing again later, and only the rest is sent."
            ),
        });
    }
    if open.others > 0 {
        let others = words::count(
            open.others as u64,
            "document or change is",
            "documents and changes are",
        );
        sentences.push(format!("{others} not finished. {doing} stops what runs."));
    }
    sentences.join(" ")
}

/// Paints the pending question, if any. Esc and a click outside cancel it; Enter chooses the safe answer.
pub(in crate::ui) fn show(ui: &Ui, model: &Model) -> Option<Action> {
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
            let stay = ui.add(Button::new(Kind::Main, asked.no).height(theme::measure::CONTROL));
            if ui.memory(|memory| memory.focused()).is_none() {
                stay.request_focus();
            }
            let kind = match asked.loses {
                true => Kind::Danger,
                false => Kind::Raised,
            };
            let yes = ui.add(Button::new(kind, asked.yes).height(theme::measure::CONTROL));
            match (stay.clicked(), yes.clicked()) {
                (true, _) => Some(Action::Shell(ShellAction::CloseDialog)),
                (_, true) => Some(asked.then.clone()),
                _ => None,
            }
        })
    });
    let escaped = shown.should_close() || ui.input(|input| input.key_pressed(Key::Escape));
    shown
        .inner
        .or(escaped.then_some(Action::Shell(ShellAction::CloseDialog)))
}
