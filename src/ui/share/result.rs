//! Result of sharing: the link, its QR code, the password and the expiry date.

use eframe::egui::{Align2, CornerRadius, Frame, Margin, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use jiff::civil::Date;

use crate::model::{Card, Copied, Qr, ShareAction};
use crate::ui::dialogs::frame::{self, Keys};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Tone, Words, in_rect, label, wrapped};

/// Width of the quiet zone of a QR code, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// Maximum side of the QR code, in points.
const QR_SIDE: f32 = 164.0;

/// Paints the result and the dialog's foot.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    keys: &mut Keys,
    card: &mut Card,
    today: Date,
) -> Option<ShareAction> {
    frame::body(ui, |ui| {
        let colours = theme::palette(ui);
        let frame = Frame::new()
            .fill(colours.good_bg)
            .corner_radius(CornerRadius::same(measure::CORNER))
            .inner_margin(Margin::same(12));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 14.0;
                if let Some(qr) = &card.qr {
                    show_qr(ui, qr);
                }
                ui.vertical(|ui| show_words(ui, keys, card, today));
            });
        });
        if let Some(folder) = &card.outbox {
            let rest = format!("The messages lie as files in {folder}");
            let bold = "The practice workspace sends no e-mail.";
            widgets::banner(ui, Tone::Warning, bold, &rest, None);
        }
    });
    show_foot(ui, keys, card)
}

/// Text such as "The link is ready, until 1 Dec 2026".
fn headline(card: &Card, today: Date) -> String {
    let what = match (card.way, card.outbox.is_some()) {
        ("by link", _) => "The link is ready".to_owned(),
        ("by e-mail", false) => "The e-mail is on its way".to_owned(),
        (way, _) => format!("Shared {way}"),
    };
    match card.last_day {
        Some(_) => format!("{what}, {}", card.ends(today)),
        None => format!("{what}: the share never ends"),
    }
}

fn show_words(ui: &mut Ui, keys: &mut Keys, card: &mut Card, today: Date) {
    let colours = theme::palette(ui);
    ui.spacing_mut().item_spacing = vec2(8.0, 5.0);
    let head = headline(card, today);
    wrapped(ui, Words::of(&head, ink::bold(colours.text)));
    if !card.link.is_empty() {
        label(ui, &card.link, ink::small(colours.dim));
    }
    for (caption, value) in facts(card) {
        let words = Words::of(caption, ink::small(colours.dim))
            .gap(5.0)
            .and(&value, ink::small(colours.text));
        wrapped(ui, words);
    }
    if !card.password.is_empty() {
        let words = Words::of("Password", ink::body(colours.dim))
            .gap(8.0)
            .and(&card.password, ink::bold(colours.text));
        wrapped(ui, words);
    }
    ui.add_space(2.0);
    show_copies(ui, keys, card);
}

/// Buttons that copy to the clipboard. Their width does not change with the confirmation.
fn show_copies(ui: &mut Ui, keys: &mut Keys, card: &mut Card) {
    ui.horizontal_wrapped(|ui| {
        let texts = [
            (Copied::Link, card.link.clone(), "Copy link"),
            (Copied::Password, card.password.clone(), "Copy password"),
        ];
        for (which, text, word) in texts.into_iter().filter(|(_, text, _)| !text.is_empty()) {
            let kind = if which == Copied::Link {
                Kind::Main
            } else {
                Kind::Raised
            };
            let done = card.copied == Some(which);
            let (shown, sign) = if done {
                ("Copied", icon::CHECK)
            } else {
                (word, icon::COPY)
            };
            let width = if which == Copied::Link { 128.0 } else { 160.0 };
            let button = Button::new(kind, shown).name(word).icon(sign);
            let response = ui.add(button.width(width).height(measure::CONTROL));
            if which == Copied::Link {
                keys.start(&response);
            }
            if response.clicked() {
                ui.ctx().copy_text(text);
                card.copied = Some(which);
            }
        }
    });
}

fn facts(card: &Card) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    // The recipient's name in the directory; a typed address is shown as it is.
    if card.sent_to.is_empty() {
        facts.extend(card.known_to.clone().map(|who| ("Shared", who)));
    } else {
        let with_password = if card.password_to.is_none() {
            " (with the password)"
        } else {
            ""
        };
        facts.push((
            "Link to",
            format!("{}{with_password}", card.sent_to.join(", ")),
        ));
    }
    facts.extend(card.password_to.clone().map(|to| ("Password to", to)));
    if !card.rights.is_empty() {
        facts.push(("Recipients", card.rights.join(", ")));
    }
    facts
}

fn show_foot(ui: &mut Ui, keys: &mut Keys, card: &Card) -> Option<ShareAction> {
    let hint = if card.link.is_empty() || card.password.is_empty() {
        ""
    } else {
        "Send the password another way than the link."
    };
    ui.add_space(4.0);
    frame::line(ui, ui.cursor().top());
    ui.add_space(12.0);
    let size = vec2(ui.available_width(), measure::CONTROL);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let colours = theme::palette(ui);
    let words = rect.with_max_x(rect.right() - 220.0);
    in_rect(
        ui,
        words,
        Align2::LEFT_CENTER,
        hint,
        ink::small(colours.dim),
    );
    crate::ui::row_from_right(ui, rect, "foot", |ui| {
        let done = ui.add(Button::new(Kind::Raised, "Done").width(72.0));
        keys.start(&done);
        let again = ui.add(Button::new(Kind::Plain, "Share again"));
        match (done.clicked(), again.clicked()) {
            (true, _) => Some(ShareAction::Close),
            (_, true) => Some(ShareAction::Again),
            _ => None,
        }
    })
}

/// Dark modules on white, each a whole number of points wide, with a quiet zone.
fn show_qr(ui: &mut Ui, qr: &Qr) {
    let (dark, light) = theme::QR;
    let modules = u16::try_from(qr.side + 2 * QUIET).unwrap_or(u16::MAX);
    let module = (QR_SIDE / f32::from(modules)).floor().max(1.0);
    let side = module * f32::from(modules);
    let (rect, response) = ui.allocate_exact_size(theme::square(side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "QR code of the link"));
    ui.painter().rect_filled(rect, CornerRadius::same(4), light);
    let at = |index: usize| module * f32::from(u16::try_from(index + QUIET).unwrap_or(u16::MAX));
    for (y, line) in qr.dark.chunks(qr.side.max(1)).enumerate() {
        // Adjacent dark modules are one rectangle, so that no seams are visible.
        let mut from = 0;
        for run in line.chunk_by(|a, b| a == b) {
            let to = from + run.len();
            if run.first() == Some(&true) {
                let min = rect.min + vec2(at(from), at(y));
                let max = rect.min + vec2(at(to), at(y + 1));
                let bar = Rect::from_min_max(min, max);
                ui.painter().rect_filled(bar, CornerRadius::ZERO, dark);
            }
            from = to;
        }
    }
}
