//! Dialog that shows a value too long for its row.

use eframe::egui::{Align, Align2, Layout, ScrollArea, Sense, Ui, vec2};

use crate::model::{Action, AttributesAction, Model, OpenedValue};
use crate::ui::dialogs::frame;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Tone, in_rect};
use crate::words;

const WIDTH: f32 = 620.0;
/// Height of a line, in points.
const LINE: f32 = 20.0;

/// Paints the dialog, if it is open.
pub(in crate::ui) fn show(ui: &Ui, model: &Model) -> Option<Action> {
    let value = model.attributes.value.as_ref()?;
    let shown = frame::show(ui, "attribute value", (&value.title, WIDTH), |ui, keys| {
        show_body(ui, value);
        ui.add_space(4.0);
        frame::line(ui, ui.cursor().top());
        ui.add_space(12.0);
        let size = vec2(ui.available_width(), measure::CONTROL);
        let foot = |ui: &mut Ui| {
            let whole = value.whole.value();
            let refused = whole.is_none().then_some("It is not there yet.");
            let copy = Button::new(Kind::Main, "Copy value")
                .height(measure::CONTROL)
                .icon(icon::COPY)
                .unless(refused);
            let copy = ui.add(copy).clicked() || (keys.enter && refused.is_none());
            let close = ui.add(Button::new(Kind::Raised, "Close"));
            keys.start(&close);
            match copy {
                _ if close.clicked() => Some(AttributesAction::CloseValue),
                true => Some(AttributesAction::CopyOpened),
                false => None,
            }
        };
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(size, layout, foot).inner
    });
    let closed = shown.closed.then_some(AttributesAction::CloseValue);
    closed.or(shown.inner).map(Action::Attributes)
}

fn show_body(ui: &mut Ui, value: &OpenedValue) {
    let colours = theme::palette(ui);
    if let Some(failure) = value.whole.failure() {
        widgets::banner(ui, Tone::Bad, &failure.what, &failure.remedy, None);
        return;
    }
    let Some(whole) = value.whole.value() else {
        widgets::label(ui, "Reading the value …", ink::body(colours.dim));
        return;
    };
    let most = (ui.ctx().content_rect().height() - 230.0).max(160.0);
    frame::shown_bars(ui);
    let area = ScrollArea::vertical()
        .id_salt("value")
        .max_height(most.min(440.0))
        .auto_shrink([false, true]);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, LINE, value.lines.len(), |ui, seen| {
        for line in value.lines.iter().skip(seen.start).take(seen.len()) {
            let text = whole.text.get(line.clone()).unwrap_or_default();
            let size = vec2(ui.available_width(), LINE);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let text = text.trim_end_matches('\r');
            in_rect(ui, rect, Align2::LEFT_CENTER, text, ink::body(colours.text));
        }
    });
    if whole.left > 0 {
        let left = format!("… and {} more", words::bytes(whole.left));
        widgets::label(ui, &left, ink::small(colours.dim));
    }
}
