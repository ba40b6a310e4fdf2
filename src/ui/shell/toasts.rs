//! Toast messages at the lower right, the newest at the bottom.

use eframe::egui::{Align2, Area, Id, Order, Pos2, Ui, vec2};

use crate::model::{Action, ShellAction, Toast};
use crate::ui::theme::measure;
use crate::ui::widgets::{self, ToastPress};

/// Paints the toasts over the page, with their lower right corner at `corner`.
pub(in crate::ui) fn show(ui: &Ui, corner: Pos2, toasts: &[Toast]) -> Option<Action> {
    if toasts.is_empty() {
        return None;
    }
    let corner = corner - vec2(measure::EDGE, measure::EDGE);
    let area = Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(corner);
    let mut closed = None;
    area.show(ui.ctx(), |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        for toast in toasts {
            let (title, text) = (&toast.title, &toast.text);
            match widgets::toast(ui, toast.tone, title, text, toast.undo) {
                Some(ToastPress::Close) => {
                    closed = Some(Action::Shell(ShellAction::CloseToast(toast.id)))
                }
                Some(ToastPress::Undo) => closed = Some(Action::Shell(ShellAction::Undo(toast.id))),
                None => {}
            }
        }
    });
    closed
}
