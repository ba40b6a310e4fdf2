//! Actions on a transfer: icons at the right of its row, and the menu behind ⋯ and the right button.

use eframe::egui::{Popup, Rect, Response, Ui, pos2};

use super::row::Ways;
use crate::model::{Action, Row, TransfersAction};
use crate::transfer::TransferState;
use crate::ui::fonts::icon;
use crate::ui::widgets::{self, Button, IconButton, Kind, menu_row};
use crate::words;

/// Width of the menu, in points.
const MENU: f32 = 232.0;

/// Paints the icons that apply to the state, from the right. Returns the x coordinate of the
/// leftmost and the action pressed.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, row: &Row, ways: Ways) -> (f32, Option<Action>) {
    let place = Rect::from_min_max(
        pos2(rect.right() - 160.0, rect.top() + 9.0),
        pos2(rect.right() - 10.0, rect.top() + 41.0),
    );
    crate::ui::row_from_right(ui, place, "actions", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let first = main_ones(ui, row);
        ui.add_space(2.0);
        let name = format!("More for {}", row.title());
        let more = IconButton::new(icon::DOTS_THREE, &name);
        let listed = widgets::picker(ui, more, MENU, false, |ui| list(ui, row, ways));
        (ui.min_rect().left(), first.or(listed))
    })
}

/// The most likely actions in the current state.
fn main_ones(ui: &mut Ui, row: &Row) -> Option<Action> {
    let (job, title) = (row.job(), row.title());
    let failed = row.status.ledger.failed;
    match row.status.state {
        TransferState::NeedsAttention | TransferState::Cancelled if failed > 0 => {
            let word = format!("Retry {}", words::number(failed));
            let button = Button::new(Kind::Raised, &word).height(28.0);
            // Aligned with the right end of the progress bar.
            ui.add_space(5.0);
            ui.add(button)
                .clicked()
                .then_some(Action::Transfers(TransfersAction::Retry(job)))
        }
        state if state.is_over() => {
            let name = format!("Save a receipt of {title}");
            let receipt = ui.add(IconButton::new(icon::RECEIPT, &name)).clicked();
            let name = format!("Show the order of {}", row.patient());
            let order = !row.is_unknown()
                && ui
                    .add(IconButton::new(icon::ARROW_SQUARE_OUT, &name))
                    .clicked();
            match (receipt, order) {
                (true, _) => Some(Action::Transfers(TransfersAction::AskReceipt(job))),
                (_, true) => Some(Action::Transfers(TransfersAction::ShowOrder(job))),
                _ => None,
            }
        }
        state => {
            let name = format!("Cancel {title}");
            let cancel = ui.add(IconButton::new(icon::X, &name)).clicked();
            let (sign, verb, act) = match state {
                TransferState::Paused => (icon::PLAY, "Resume", TransfersAction::Resume(job)),
                _ => (icon::PAUSE, "Pause", TransfersAction::Pause(job)),
            };
            let name = format!("{verb} {title}");
            let held = ui.add(IconButton::new(sign, &name)).clicked();
            match (cancel, held) {
                (true, _) => Some(Action::Transfers(TransfersAction::Cancel(job))),
                (_, true) => Some(Action::Transfers(act)),
                _ => None,
            }
        }
    }
}

/// Context menu with all actions.
pub(in crate::ui) fn context_menu(response: &Response, row: &Row, ways: Ways) -> Option<Action> {
    let shown = Popup::context_menu(response).width(MENU).show(|ui| {
        ui.set_min_width(MENU);
        ui.set_max_width(MENU);
        ui.spacing_mut().item_spacing.y = 1.0;
        list(ui, row, ways)
    });
    shown.and_then(|shown| shown.inner)
}

/// All actions on the transfer, as menu rows.
fn list(ui: &mut Ui, row: &Row, ways: Ways) -> Option<Action> {
    let offers = match row.is_over() {
        true => when_over(row),
        false => while_open(row, ways),
    };
    let mut asked = None;
    for offer in offers {
        let (sign, word, keys) = (Some(offer.sign), &offer.word, offer.keys);
        if menu_row(ui, sign, word, keys, false).clicked() {
            asked = Some(offer.action);
        }
    }
    asked
}

/// A row of the menu.
struct Offer {
    sign: &'static str,
    word: String,
    /// Keyboard shortcut of the same action.
    keys: &'static str,
    action: Action,
}

impl Offer {
    fn new(sign: &'static str, word: impl Into<String>, action: Action) -> Self {
        Offer {
            sign,
            word: word.into(),
            keys: "",
            action,
        }
    }
}

fn when_over(row: &Row) -> Vec<Offer> {
    let job = row.job();
    let act = Action::Transfers;
    let mut offers = Vec::new();
    let failed = row.status.ledger.failed;
    if failed > 0 {
        let files = words::count(failed, "failed file", "failed files");
        let word = format!("Send {files} again");
        offers.push(Offer::new(
            icon::ARROW_CLOCKWISE,
            word,
            Action::Transfers(TransfersAction::Retry(job)),
        ));
    }
    let receipt = act(TransfersAction::AskReceipt(job));
    offers.push(Offer::new(icon::RECEIPT, "Save a receipt…", receipt));
    if !row.is_unknown() {
        let order = Action::Transfers(TransfersAction::ShowOrder(job));
        offers.push(Offer::new(icon::ARROW_SQUARE_OUT, "Show order", order));
    }
    let gone = act(TransfersAction::Remove(job));
    offers.push(Offer::new(icon::TRASH, "Take off the list", gone));
    offers
}

fn while_open(row: &Row, ways: Ways) -> Vec<Offer> {
    let job = row.job();
    let act = Action::Transfers;
    let mut offers = vec![match row.status.state {
        TransferState::Paused => {
            Offer::new(icon::PLAY, "Resume", act(TransfersAction::Resume(job)))
        }
        _ => Offer::new(icon::PAUSE, "Pause", act(TransfersAction::Pause(job))),
    }];
    if ways.up {
        let first = act(TransfersAction::First(job));
        offers.push(Offer::new(icon::ARROW_LINE_UP, "Send first", first));
        let up = act(TransfersAction::Up(job));
        offers.push(Offer {
            keys: "Alt+Up",
            ..Offer::new(icon::ARROW_UP, "Move up", up)
        });
    }
    if ways.down {
        let down = act(TransfersAction::Down(job));
        offers.push(Offer {
            keys: "Alt+Down",
            ..Offer::new(icon::ARROW_DOWN, "Move down", down)
        });
    }
    let cancel = Action::Transfers(TransfersAction::Cancel(job));
    offers.push(Offer::new(icon::X, "Cancel", cancel));
    offers
}
