//! The documents of an order: attached, being sent, failed, and the controls that add one.

use eframe::egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::relations::day;
use crate::cloud::model::{Document, Order, OrderProperties};
use crate::message::Failure;
use crate::model::{self, Action, DocumentState, Model, OrdersAction, Sending};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{
    self, Button, IconButton, Kind, TextField, Words, in_rect, label, wrapped,
};
use crate::words;

/// Text such as "PDF · 312 KB · 23 Nov 2026".
fn facts(document: &Document) -> String {
    let kind = match document.document_type.as_str() {
        "application/pdf" => "PDF",
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        "image/bmp" => "BMP",
        "video/mp4" => "MP4",
        other => other,
    };
    let mut facts = vec![kind.to_owned()];
    if document.document_size > 0.0 {
        facts.push(words::bytes(bytes(document.document_size)));
    }
    facts.push(day(&document.created_datetime));
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped at zero; casts of floats saturate"
)]
fn bytes(kilobytes: f64) -> u64 {
    (kilobytes.max(0.0) * 1024.0).round() as u64
}

/// Paints the Documents tab.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    model: &Model,
    order: &Order,
    known: Option<&OrderProperties>,
    path: &mut String,
) -> Option<Action> {
    let colours = theme::palette(ui);
    let mut asked = None;
    let list = known.map_or(&[][..], |known| &known.document_list);
    for document in list {
        let name = match document.document_name.trim() {
            "" => "Without a name",
            name => name,
        };
        line(ui, icon::FILE, colours.dim, name, &facts(document));
    }
    let mut on_way = model
        .orders
        .documents
        .of(order.patient_order_uuid)
        .peekable();
    let nothing = known.is_some() && list.is_empty() && on_way.peek().is_none();
    for sending in on_way {
        asked = asked.or(show_sending(ui, sending));
    }
    ui.horizontal(|ui| {
        ui.add_space(measure::EDGE);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            ui.add_space(4.0);
            if nothing {
                label(ui, "This order has no documents.", ink::body(colours.dim));
            }
            asked = asked.take().or(ways(ui, model, path));
        });
    });
    ui.add_space(measure::BETWEEN);
    asked.or(target(ui))
}

/// The file picker's button, and a path field for systems without a file dialog.
fn ways(ui: &mut Ui, model: &Model, path: &mut String) -> Option<Action> {
    let button = Button::new(Kind::Raised, "Add document…").icon(icon::PAPERCLIP);
    let mut asked = ui
        .add(button)
        .clicked()
        .then_some(OrdersAction::PickDocuments);
    let width = ui.available_width() - measure::EDGE;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let field = TextField::new(path, "Path of a document").hint("or type a path");
        let typed = field.size(width - 72.0, measure::CONTROL).show(ui);
        let empty = path.trim().is_empty();
        let refused = empty.then_some("Type the path of a file first.");
        let add = ui.add(
            Button::new(Kind::Raised, "Add")
                .name("Add the document at this path")
                .width(64.0)
                .unless(refused),
        );
        if (add.clicked() || typed.entered) && !empty {
            asked = Some(OrdersAction::SendTyped);
        }
    });
    if let Some(hint) = model.orders.documents.hint {
        ui.set_max_width(width);
        let ink = ink::small(theme::palette(ui).warning);
        widgets::wrapped(ui, Words::of(hint, ink));
    }
    asked.map(Action::Orders)
}

/// A document that could not be sent: its name and the full reason.
fn failed_line(ui: &mut Ui, path: &std::path::Path, failure: &Failure) {
    let colours = theme::palette(ui);
    let words = format!("{} {}", failure.what, failure.remedy);
    let text = ui.available_width() - 2.0 * measure::EDGE - 26.0;
    let reason = Words::of(words.trim(), ink::small(colours.dim)).galley_wrapped(ui, text);
    let size = vec2(ui.available_width(), reason.size().y + 34.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words.trim()));
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    let centre = pos2(room.left() + 8.0, room.top() + 17.0);
    widgets::icon_at(ui, centre, icon::WARNING_CIRCLE, 16.0, colours.bad);
    let left = room.left() + 26.0;
    let name = Rect::from_min_max(
        pos2(left, room.top() + 6.0),
        pos2(room.right(), room.top() + 26.0),
    );
    let file = words::file_name(path);
    in_rect(
        ui,
        name,
        Align2::LEFT_CENTER,
        &file,
        ink::body(colours.text),
    );
    let at = pos2(left, name.bottom() + 1.0);
    ui.painter().galley(widgets::snap(at), reason, colours.dim);
    widgets::hline(ui, room.x_range(), rect.bottom() - 1.0);
}

/// An icon and a name, with a line of secondary text below. Returns the row's rectangle.
fn line(ui: &mut Ui, sign: &str, colour: Color32, name: &str, facts: &str) -> Rect {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    let centre = room.left_center() + vec2(8.0, 0.0);
    widgets::icon_at(ui, centre, sign, 16.0, colour);
    let text = room.with_min_x(room.left() + 26.0);
    let top = text.with_max_y(text.center().y);
    in_rect(ui, top, Align2::LEFT_BOTTOM, name, ink::body(colours.text));
    let bottom = text.with_min_y(text.center().y + 1.0);
    in_rect(ui, bottom, Align2::LEFT_TOP, facts, ink::small(colours.dim));
    widgets::hline(ui, room.x_range(), rect.bottom() - 1.0);
    room
}

fn show_sending(ui: &mut Ui, sending: &Sending) -> Option<Action> {
    let mut asked = None;
    let done = |document: &&model::Document| {
        !matches!(
            document.state,
            DocumentState::Waiting | DocumentState::Sending
        )
    };
    let ended = sending.documents.iter().filter(done).count();
    let failed = sending
        .documents
        .iter()
        .any(|document| matches!(document.state, DocumentState::Failed(_)));
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    let colours = theme::palette(ui);
    let words = match sending.running {
        true => format!("Sending: {ended} of {} done", sending.documents.len()),
        false => "Not all were sent".to_owned(),
    };
    in_rect(
        ui,
        room.with_max_x(room.right() - if sending.running { 32.0 } else { 114.0 }),
        Align2::LEFT_CENTER,
        &words,
        ink::bold(colours.text),
    );
    let close = if sending.running {
        "Stop sending"
    } else {
        "Close this list"
    };
    let place = Rect::from_center_size(room.right_center() - vec2(12.0, 0.0), theme::square(24.0));
    if ui.place(place, IconButton::new(icon::X, close)).clicked() {
        asked = Some(OrdersAction::DropDocuments(sending.job));
    }
    if !sending.running && failed {
        let place = Rect::from_min_size(
            pos2(room.right() - 106.0, room.center().y - 13.0),
            vec2(78.0, 26.0),
        );
        let retry = Button::new(Kind::Raised, "Retry")
            .name("Send again what failed")
            .height(26.0)
            .width(78.0);
        if ui.place(place, retry).clicked() {
            asked = Some(OrdersAction::RetryDocuments(sending.job));
        }
    }
    for document in &sending.documents {
        let (sign, colour, words) = match &document.state {
            DocumentState::Waiting => (icon::CLOCK, colours.dim, "Waiting".to_owned()),
            DocumentState::Sending => (icon::UPLOAD_SIMPLE, colours.accent, "Sending …".to_owned()),
            DocumentState::Sent => (icon::CHECK_CIRCLE, colours.good, "Sent".to_owned()),
            DocumentState::Failed(failure) => {
                failed_line(ui, &document.path, failure);
                continue;
            }
        };
        line(ui, sign, colour, &words::file_name(&document.path), &words);
    }
    asked.map(Action::Orders)
}

/// Drop target for documents, with a dashed border. A click opens the file picker.
pub(in crate::ui) fn target(ui: &mut Ui) -> Option<Action> {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 62.0), Sense::hover());
    let place = rect.shrink2(vec2(measure::EDGE, 8.0));
    let id = ui.next_auto_id();
    ui.skip_ahead_auto_ids(1);
    let response = ui.interact(place, id, Sense::CLICK);
    widgets::thin_dashes(ui, place);
    in_rect(
        ui,
        place.shrink2(vec2(12.0, 0.0)),
        Align2::CENTER_CENTER,
        match rect.width() > 320.0 {
            true => "Drop a PDF, picture or MP4 here to attach it",
            false => "Drop a PDF, picture or MP4 here",
        },
        ink::small(colours.dim),
    );
    let pressed = response
        .on_hover_cursor(eframe::egui::CursorIcon::PointingHand)
        .clicked();
    pressed.then_some(Action::Orders(OrdersAction::PickDocuments))
}

/// While files are dragged over the window: the highlighted target, with the patient's name.
pub(in crate::ui) fn lit_target(ui: &mut Ui, rect: Rect, name: &str) {
    let hovering = ui.input(|input| !input.raw.hovered_files.is_empty());
    if !hovering {
        return;
    }
    let colours = theme::palette(ui);
    ui.painter()
        .rect_filled(rect, CornerRadius::ZERO, colours.bg.gamma_multiply(0.9));
    let place = rect.shrink(measure::EDGE);
    widgets::dashed(ui, place, true);
    let words = format!("Drop to attach to the order of {name}");
    // Whose order it is must be readable before the files are dropped, so the text wraps.
    let room = place.shrink(12.0);
    let of = || Words::of(&words, ink::medium(colours.text));
    let size = of().galley_wrapped(ui, room.width()).size();
    let middle = Rect::from_center_size(room.center(), size.min(room.size()));
    crate::ui::inside(ui, middle.expand(1.0), "target", |ui| wrapped(ui, of()));
}
