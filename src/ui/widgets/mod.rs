//! Widgets shared by all pages. They are styled by [`crate::ui::theme`] in all states (hovered, focused,
//! pressed, disabled) and have accessible names.

mod button;
mod choice;
mod field;
mod frame;
mod picker;
mod progress;
mod slider;
mod toast;
mod words;

pub use button::{Button, IconButton, Kind, link};
pub use choice::{Check, check_box, checkbox, chip, radio_card, segmented, tabs, tick};
pub use field::{TextField, Trailing, Typed};
pub use frame::{
    Tone, banner, card_frame, dashed, dialog_frame, hline, notice, surface, tag, thin_dashes, vline,
};
pub use picker::{dot_row, menu_row, picker};
pub use progress::{bar, spinner, steady_bar};
pub use slider::slider;
pub use toast::{ToastPress, toast};
pub use words::{Words, at, filled_icon_at, hint, icon_at, in_rect, label, snap, wrapped};

use eframe::egui::{CornerRadius, Rect, Response, Stroke, StrokeKind, Ui};

use super::theme::{self, measure};

/// The ring around a focused widget.
pub(super) fn focus_ring(ui: &Ui, response: &Response, rect: Rect, corner: u8) {
    if response.has_focus() {
        let stroke = Stroke::new(measure::FOCUS, theme::palette(ui).accent);
        let corner = CornerRadius::same(corner.saturating_add(2));
        ui.painter()
            .rect_stroke(rect.expand(2.0), corner, stroke, StrokeKind::Inside);
    }
}
