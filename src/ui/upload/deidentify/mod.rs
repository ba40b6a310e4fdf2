//! Left side of the De-identify tab: mode, profile options, and what must be reviewed before upload.

pub(in crate::ui) mod preview;
pub(in crate::ui) mod profile;
pub(in crate::ui) mod pseudonym;

use eframe::egui::{
    Align, Align2, CornerRadius, Id, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use crate::dicom::deidentify::FIELDS;
use crate::model::{Action, DeidentifyAction, Mode, Model, Risky, Several, Tab, UploadAction};
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Check, Kind, TextField, Tone, Words, label, wrapped};
use crate::ui::{inside, row_from_right};
use crate::words;

/// Height in points below which the compact layout is used.
const LITTLE_ROOM: f32 = 560.0;
/// Width of the captions beside fields, in points.
pub(in crate::ui) const CAPTION: f32 = 132.0;

/// Text such as "1 study of Öberg, Märta" and "612 images · CT · 23 Nov 2026".
fn heading(model: &Model) -> (String, String) {
    let (studies, images, bytes) = model.upload.chosen();
    let patients = model.ticked_patients();
    let whose = match patients.as_slice() {
        [one] => words::person_name(&one.name),
        many => words::count(many.len() as u64, "patient", "patients"),
    };
    let title = format!(
        "{} of {whose}",
        words::count(studies as u64, "study", "studies")
    );
    let facts = format!(
        "{} · {}",
        words::count(images, "image", "images"),
        words::bytes(bytes)
    );
    match studies {
        0 => ("Nothing is ticked".to_owned(), String::new()),
        _ => (title, facts),
    }
}

/// Paints the left side.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let (title, facts) = heading(model);
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 12.0),
        vec2(rect.width() - 33.0, 46.0),
    );
    let mut left = 0.0;
    let back = row_from_right(ui, head.with_max_y(head.top() + 32.0), "back", |ui| {
        let button = Button::new(Kind::Raised, "Back to the studies");
        let pressed = ui.add(button).clicked();
        left = ui.min_rect().left();
        pressed.then_some(Action::Upload(UploadAction::ShowTab(Tab::Images)))
    });
    let first = Rect::from_min_max(head.min, pos2(left - 8.0, head.top() + 28.0));
    Words::of(&title, ink::heading(colours.text)).paint(ui, first, Align2::LEFT_CENTER);
    let second = head.with_min_y(head.top() + 28.0);
    Words::of(&facts, ink::body(colours.dim)).paint(ui, second, Align2::LEFT_CENTER);
    let body = Rect::from_min_max(
        pos2(rect.left(), head.bottom() + 8.0),
        pos2(rect.right() - 1.0, rect.bottom()),
    );
    let place = body.shrink2(vec2(measure::EDGE, 8.0));
    let mut rest = body;
    let status = from_below(ui, place, |ui| {
        let asked = status(ui, model);
        rest.max.y = ui.min_rect().top() - 8.0;
        asked
    });
    let asked = inside(ui, rest, "choices", |ui| show_choices(ui, rect, model));
    back.or(asked).or(status)
}

fn show_choices(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let mut asked = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.horizontal(|ui| {
            ui.add_space(measure::EDGE);
            ui.vertical(|ui| {
                ui.set_width(rect.width() - 2.0 * measure::EDGE);
                ui.spacing_mut().item_spacing.y = 8.0;
                asked = modes(ui, model, rect.height() < LITTLE_ROOM);
                asked = asked.take().or(match model.deidentify.mode {
                    Mode::Off => None,
                    Mode::Replace => replace(ui, model),
                    Mode::Profile => profile(ui, model),
                });
                ui.add_space(measure::EDGE);
            });
        });
    });
    asked
}

/// Lays out the status area from the lower edge upwards.
fn from_below<T>(ui: &mut Ui, rect: Rect, add: impl FnOnce(&mut Ui) -> T) -> T {
    let builder = UiBuilder::new()
        .id_salt("status")
        .max_rect(rect)
        .layout(Layout::bottom_up(Align::Min));
    let mut child = ui.new_child(builder);
    child.spacing_mut().item_spacing.y = 8.0;
    add(&mut child)
}

/// What must be reviewed before upload, or the result of the check.
fn status(ui: &mut Ui, model: &Model) -> Option<Action> {
    if model.deidentify.mode != Mode::Profile {
        return None;
    }
    let (open, all) = model.looking();
    if model.deidentify.hides() && open > 0 {
        let words = format!(
            "Looking at the headers of {} …",
            words::count(all as u64, "series", "series")
        );
        widgets::spinner(ui, &words);
        return None;
    }
    // Bottom-up: the last one is at the top. Success is shown only if nothing is left to review.
    let unknown = pseudonym::unknown(ui, model).map(Action::Deidentify);
    let asked = pictures(ui, model);
    let waits = model.risky().iter().any(|one| !model.is_agreed(one));
    result(ui, model, !waits && model.deidentify_refused().is_none());
    unknown.or(asked)
}

/// An icon with bold text, and details in small text below.
fn verdict(ui: &mut Ui, tone: Tone, bold: &str, rest: &str) {
    let colours = theme::palette(ui);
    let (ink, ground) = tone.colours(colours);
    let width = ui.available_width();
    let first = Words::of(bold, ink::bold(colours.text)).galley_wrapped(ui, width - 56.0);
    let second = Words::of(rest, ink::small(colours.dim)).galley_wrapped(ui, width - 56.0);
    let height = first.size().y + second.size().y + 20.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{bold} {rest}").trim()));
    let corner = CornerRadius::same(measure::CORNER);
    ui.painter().rect_filled(rect, corner, ground);
    let sign = pos2(rect.left() + 21.0, rect.center().y);
    widgets::icon_at(ui, sign, tone.icon(), 18.0, ink);
    let at = pos2(rect.left() + 40.0, rect.top() + 9.0);
    let below = at + vec2(0.0, first.size().y + 2.0);
    ui.painter().galley(widgets::snap(at), first, colours.text);
    ui.painter()
        .galley(widgets::snap(below), second, colours.dim);
}

/// The modes to choose from, with the current profile.
fn modes(ui: &mut Ui, model: &Model, short: bool) -> Option<Action> {
    let page = &model.deidentify;
    let own = page.called();
    let profile_text = match (page.profile.basic, page.profile.description.as_str()) {
        (true, "") => {
            "The DICOM standard's list of 631 attributes, at every depth. UIDs replaced, private data removed."
        }
        (_, "") => "A profile of your own: see at the right what it changes.",
        (_, said) => said,
    };
    let modes = [
        (
            Mode::Off,
            "Send as it is",
            "Names and numbers stay in the files.",
        ),
        (
            Mode::Replace,
            "Replace these values",
            "The values that you type; everything else stays.",
        ),
        (Mode::Profile, own.as_str(), profile_text),
    ];
    let mut asked = None;
    for (mode, title, text) in modes {
        let on = page.mode == mode;
        // In the compact layout, unselected modes are shown without their description.
        let text = if short && page.mode != Mode::Off && !on {
            ""
        } else {
            text
        };
        if widgets::radio_card(ui, on, title, text).clicked() {
            asked = Some(Action::Deidentify(DeidentifyAction::Choose(mode)));
        }
    }
    asked
}

fn replace(ui: &mut Ui, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let page = &model.deidentify;
    let mut asked = None;
    section(ui, "New values");
    let text = "They are written wherever the attribute stands in a file. An empty field leaves it as it is.";
    wrapped(ui, Words::of(text, ink::small(colours.dim)));
    for (index, field) in FIELDS.iter().enumerate() {
        let mut typed = page.typed.get(index).cloned().unwrap_or_default();
        let wrong = page.wrong(index);
        let hint = match field.name {
            "StudyDate" => "unchanged · YYYY-MM-DD",
            _ => "unchanged",
        };
        if let Some(typed) = captioned(ui, field.label, &mut typed, hint, wrong) {
            asked = Some(DeidentifyAction::Typed(index, typed));
        }
    }
    let patients = model.ticked_patients();
    let refused = match patients.as_slice() {
        [one] if page.identities.contains_key(one) => None,
        [_] => Some("It is still being made."),
        _ => Some("Tick the studies of one patient: each patient has a pseudonym of their own."),
    };
    let button = Button::new(Kind::Raised, "Fill in a pseudonym").unless(refused);
    if ui.add(button).clicked() {
        asked = Some(DeidentifyAction::FillIn);
    }
    asked = asked.or(several(ui, model));
    let text = "This is no full de-identification: dates, other attributes and what is written into the pictures stay.";
    wrapped(ui, Words::of(text, ink::small(colours.dim)));
    let areas = areas(ui, model);
    asked.map(Action::Deidentify).or(areas)
}

/// What is meant where several patients would get one name or ID.
fn several(ui: &mut Ui, model: &Model) -> Option<DeidentifyAction> {
    let patients = model.merges_patients()?;
    let bold = format!(
        "{} would get the same name or ID.",
        words::count(patients as u64, "patient", "patients")
    );
    let rest = "The account takes them for one person then. Say what is meant:";
    widgets::banner(ui, Tone::Warning, &bold, rest, None);
    let each = model.deidentify.several == Several::EachItsOwn;
    let word = "Give each patient a pseudonym of their own in place of these";
    let pressed = widgets::checkbox(ui, Check::from(each), word, word, None).clicked();
    let own = pressed.then_some(DeidentifyAction::EachItsOwn(!each));
    let one = model.is_one_patient();
    let word = "They are one patient: give all of them these";
    let pressed = widgets::checkbox(ui, Check::from(one), word, word, None).clicked();
    own.or(pressed.then_some(DeidentifyAction::OnePatient(!one)))
}

fn profile(ui: &mut Ui, model: &Model) -> Option<Action> {
    let page = &model.deidentify;
    let picked = profile::show(ui, model);
    let identity = pseudonym::show(ui, model);
    let areas = areas(ui, model);
    let check = Check::from(page.profile.residual_check);
    let word = "Check each file for what is left of name, ID and birth date";
    let pressed = widgets::checkbox(ui, check, word, word, None).clicked();
    let checked = pressed.then_some(Action::Deidentify(DeidentifyAction::CheckResidue(
        !page.profile.residual_check,
    )));
    picked.or(identity).or(areas).or(checked)
}

/// A bold heading above a group.
pub(in crate::ui) fn section(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    label(ui, text, ink::bold(theme::palette(ui).text));
}

/// A caption and a text field. Returns the new text if it was edited.
pub(in crate::ui) fn captioned(
    ui: &mut Ui,
    caption: &str,
    text: &mut String,
    hint: &str,
    wrong: Option<&str>,
) -> Option<String> {
    let colours = theme::palette(ui);
    let width = ui.available_width();
    let changed = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (place, _) = ui.allocate_exact_size(vec2(CAPTION, measure::CONTROL), Sense::hover());
        widgets::in_rect(
            ui,
            place,
            Align2::LEFT_CENTER,
            caption,
            ink::body(colours.dim),
        );
        let field = TextField::new(text, caption)
            .hint(hint)
            .wrong(wrong.is_some())
            .size(width - CAPTION, measure::CONTROL)
            .id(Id::unique(("deidentify", caption)));
        field.show(ui).response.changed()
    });
    if let Some(wrong) = wrong {
        ui.horizontal(|ui| {
            ui.add_space(CAPTION);
            label(ui, wrong, ink::small(colours.bad));
        });
    }
    changed.inner.then(|| std::mem::take(text))
}

/// Images that may have burned-in identifiers, and the checkbox that confirms their review.
fn pictures(ui: &mut Ui, model: &Model) -> Option<Action> {
    let risky = model.risky();
    if risky.is_empty() {
        return None;
    }
    let images: usize = risky.iter().map(|one| one.images).sum();
    let pictures = words::count(images as u64, "picture", "pictures");
    let are = if images == 1 { "it is" } else { "they are" };
    let bold = format!("{pictures} may show whose {are}.");
    let yes = risky.iter().all(|one| model.is_agreed(one));
    let word = match images {
        1 => "I have looked at it: send it",
        _ => "I have looked: send them",
    };
    let name = format!("Send {pictures} that may show whose {are}");
    let row = ui.horizontal(|ui| {
        let agreed = widgets::checkbox(ui, Check::from(yes), word, &name, None).clicked();
        let colour = theme::palette(ui).accent;
        let look = widgets::link(ui, "Look at them…", theme::BODY, colour).clicked();
        match (agreed, look) {
            (true, _) => Some(DeidentifyAction::Agree(!yes)),
            (_, true) => Some(DeidentifyAction::LookAtRisky),
            _ => None,
        }
    });
    verdict(ui, Tone::Warning, &bold, &reasons(&risky));
    row.inner.map(Action::Deidentify)
}

/// Text such as "Series 3 · Abdomen (12): Ultrasound pictures often …"
fn reasons(risky: &[Risky]) -> String {
    const MOST: usize = 3;
    let said = risky.iter().take(MOST).map(|one| {
        let images = words::number(one.images as u64);
        format!("{} ({images}): {}", one.title, one.risk.reason())
    });
    let mut said: Vec<String> = said.collect();
    if let Some(more @ 1..) = risky.len().checked_sub(MOST) {
        said.push(format!("And {} more series.", words::number(more as u64)));
    }
    said.push("Look at them, and blacken what is written there.".to_owned());
    said.join(" ")
}

fn areas(ui: &mut Ui, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    section(ui, "Blackened in the pictures");
    let areas = &model.deidentify.areas;
    let count: usize = areas.values().map(Vec::len).sum();
    let words = match count {
        0 => "Nothing is blackened.".to_owned(),
        _ => format!(
            "{} in {}.",
            words::count(count as u64, "area", "areas"),
            words::count(areas.len() as u64, "series", "series")
        ),
    };
    let pressed = ui.horizontal(|ui| {
        label(ui, &words, ink::body(colours.dim));
        widgets::link(ui, "Draw on the picture…", theme::BODY, colours.accent).clicked()
    });
    let act = DeidentifyAction::ToggleDrawing;
    pressed.inner.then_some(Action::Deidentify(act))
}

/// Result of the residual check of the shown image.
fn result(ui: &mut Ui, model: &Model, is_well: bool) {
    let Some(Ok(preview)) = &model.deidentify.shown.last else {
        return;
    };
    match &preview.residue {
        Some(residue) => {
            let rest = format!("{residue} Such a file is not sent.");
            verdict(ui, Tone::Bad, "Something is left", &rest);
        }
        None if preview.checked && !is_well => {}
        None if preview.checked => {
            let bold = "Checked: no trace of the name, ID or birth date";
            let rest = "in this image; each one is checked before it is sent";
            verdict(ui, Tone::Good, bold, rest);
        }
        None => {
            let rest = "What is left of name, ID and birth date is not looked for.";
            verdict(ui, Tone::Warning, "Not checked", rest);
        }
    }
}
