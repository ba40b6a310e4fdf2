//! Open orders that match a study: the line on the study's card, and the list to choose from.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use crate::dicom::catalogue::{Patient, Study};
use crate::message::Candidate;
use crate::model::{Action, Model, UploadAction, adopting};
use crate::ui::fonts::icon;
use crate::ui::row_from_right;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Words};
use crate::words;

/// Text of the line, and whether an order was chosen.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ui) struct Line {
    pub(in crate::ui) text: String,
    pub(in crate::ui) picked: bool,
}

/// Text such as "same accession number, patient ID and name".
fn why(candidate: &Candidate) -> String {
    let reasons = [
        (candidate.same_accession, "accession number"),
        (candidate.same_patient_id, "patient ID"),
        (candidate.same_name, "name"),
    ];
    let reasons = reasons.into_iter().filter(|(is_so, _)| *is_so);
    let reasons: Vec<&str> = reasons.map(|(_, words)| words).collect();
    match reasons.as_slice() {
        [] => String::new(),
        [one] => format!("same {one}"),
        [before @ .., last] => format!("same {} and {last}", before.join(", ")),
    }
}

/// Short name of an order: its accession number, or the patient's name if it has none.
fn called(candidate: &Candidate) -> String {
    match candidate.order.accession_number.trim() {
        "" => format!("of {}", words::person_name(&candidate.order.patient_name)),
        accession => accession.to_owned(),
    }
}

/// Values that the images take over from the chosen order, such as "the images get its patient ID P-1".
fn gets(patient: &Patient, study: &Study, candidate: &Candidate) -> Option<String> {
    let values = adopting(patient, study, &candidate.order).ok()?;
    let words: Vec<String> = values
        .iter()
        .map(|value| match value.keyword().as_str() {
            "PatientID" => format!("patient ID {}", value.value()),
            // The line already contains the accession number.
            _ => "accession number".to_owned(),
        })
        .collect();
    (!words.is_empty()).then(|| format!("the images get its {}", words.join(" and ")))
}

/// The line for a study; `None` if no order matches.
pub(in crate::ui) fn line(model: &Model, patient: &Patient, study: &Study) -> Option<Line> {
    let location = model.session.as_ref()?.location?;
    let matches = &model.upload.matches;
    let uid = &study.study_instance_uid;
    if let Some(candidate) = matches.chosen(uid, location) {
        let mut text = format!("Into order {}", called(candidate));
        if let Some(gets) = gets(patient, study, candidate) {
            text = format!("{text}: {gets}");
        }
        return Some(Line { text, picked: true });
    }
    let text = match matches.of(uid, location) {
        [] => return None,
        [one] => format!("Fits an open order {} ({})", called(one), why(one)),
        many => format!("Fits {} open orders", words::number(many.len() as u64)),
    };
    Some(Line {
        text,
        picked: false,
    })
}

/// Maximum width of the button in a card, and in a narrow card, in points.
const BUTTON: f32 = 140.0;
const NARROW: f32 = 94.0;
/// Card width in points below which a card is narrow.
const LITTLE_ROOM: f32 = 420.0;
/// Height of the button in points; it is beside the card's first line only.
const HEIGHT: f32 = 28.0;

fn width(card: f32) -> f32 {
    if card < LITTLE_ROOM { NARROW } else { BUTTON }
}

/// Paints the line at the foot of a study's card and, if the study is ticked, the button that opens the list.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    card: Rect,
    model: &Model,
    patient: &Patient,
    study: &Study,
) -> Option<Action> {
    let line = line(model, patient, study)?;
    let colours = theme::palette(ui);
    let left = pos2(card.left() + 115.0, card.top() + 65.0);
    icon_of_orders(ui, left);
    let room = card.right() - left.x - 18.0 - 12.0;
    let at = left + vec2(18.0, 0.0);
    widgets::at(ui, at, room, &line.text, ink::small(colours.accent));
    if !model.upload.is_checked(study) {
        return None;
    }
    let wide = width(card.width());
    let top = pos2(card.right() - wide - 10.0, card.top() + 8.0);
    let place = Rect::from_min_size(top, vec2(wide, HEIGHT));
    let id = ("match", &study.study_instance_uid);
    let name = format!("match {}", id.1);
    let is_narrow = card.width() < LITTLE_ROOM;
    row_from_right(ui, place, &name, |ui| {
        list(ui, model, (patient, study), &line, is_narrow)
    })
}

/// Width in points that the button takes from the first line of a card of width `card`. `None`: no order matches.
pub(in crate::ui) fn taken(
    model: &Model,
    patient: &Patient,
    study: &Study,
    card: f32,
) -> Option<f32> {
    line(model, patient, study)?;
    let is_there = model.upload.is_checked(study);
    Some(if is_there { width(card) + 8.0 } else { 0.0 })
}

fn icon_of_orders(ui: &Ui, left: eframe::egui::Pos2) {
    let colour = theme::palette(ui).accent;
    let centre = left + vec2(7.0, 0.0);
    widgets::icon_at(ui, centre, icon::LIST_MAGNIFYING_GLASS, 14.0, colour);
}

fn list(
    ui: &mut Ui,
    model: &Model,
    (patient, study): (&Patient, &Study),
    line: &Line,
    is_narrow: bool,
) -> Option<Action> {
    let location = model.session.as_ref()?.location?;
    let uid = &study.study_instance_uid;
    let chosen = model.upload.matches.chosen(uid, location);
    let picked = chosen.map(|candidate| candidate.order.patient_order_uuid);
    let word = match line.picked {
        true => "Other order…",
        false => "Add to order…",
    };
    let name = format!("{word} {}", super::study_tree::title(study));
    let shown = if is_narrow { "Order…" } else { word };
    let button = Button::new(Kind::Field, shown)
        .height(HEIGHT)
        .name(&name)
        .caret()
        .at_most(if is_narrow { NARROW } else { BUTTON });
    widgets::picker(ui, button, 480.0, false, |ui| {
        let own = widgets::menu_row(
            ui,
            Some(icon::PLUS),
            "Own order",
            "a new order",
            picked.is_none(),
        );
        let mut asked = own.clicked().then_some(None);
        for candidate in model.upload.matches.of(uid, location) {
            let order = candidate.order.patient_order_uuid;
            let refused = adopting(patient, study, &candidate.order).err();
            let row = candidate_row(ui, candidate, refused, picked == Some(order));
            if refused.is_none() && row.clicked() {
                asked = Some(Some(order));
            }
        }
        asked.map(|order| {
            Action::Upload(UploadAction::ChooseOrder {
                study: uid.clone(),
                order,
            })
        })
    })
}

/// Title and details of a match: patient, accession number, day; reasons and score, or why it is refused.
fn words(candidate: &Candidate, refused: Option<&str>) -> (String, String) {
    let order = &candidate.order;
    let facts = [
        words::person_name(&order.patient_name),
        order.patient_id.clone(),
        order.accession_number.clone(),
    ];
    let facts = facts.into_iter().filter(|fact| !fact.trim().is_empty());
    let first = facts.collect::<Vec<_>>().join(" · ");
    let day = order
        .performed()
        .map(|at| words::date(at.date()))
        .unwrap_or_default();
    let second = match refused {
        Some(why) => format!("Cannot be picked: {why}."),
        None => {
            let why = format!("{} ({} of 100)", why(candidate), candidate.score());
            [day, why]
                .into_iter()
                .filter(|fact| !fact.is_empty())
                .collect::<Vec<_>>()
                .join(" · ")
        }
    };
    (first, second)
}

fn candidate_row(ui: &mut Ui, candidate: &Candidate, refused: Option<&str>, on: bool) -> Response {
    let colours = theme::palette(ui);
    let sense = match refused {
        None => Sense::click(),
        Some(_) => Sense::hover(),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), sense);
    let (first, second) = words(candidate, refused);
    let name = format!("{first}, {second}");
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, refused.is_none(), on, &name));
    if refused.is_none() && (response.hovered() || response.has_focus()) {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(measure::CORNER), colours.raise);
    }
    let mut right = rect.right() - 10.0;
    if on {
        let centre = pos2(right - 7.0, rect.center().y);
        widgets::icon_at(ui, centre, icon::CHECK, 14.0, colours.accent);
        right -= 22.0;
    }
    let left = rect.left() + 34.0;
    let ink = match refused {
        None => ink::medium(colours.text),
        Some(_) => ink::medium(colours.faint),
    };
    let top = Rect::from_min_max(
        pos2(left, rect.top() + 4.0),
        pos2(right, rect.center().y + 2.0),
    );
    Words::of(&first, ink).paint(ui, top, Align2::LEFT_CENTER);
    let below = Rect::from_min_max(
        pos2(left, rect.center().y + 2.0),
        pos2(right, rect.bottom() - 4.0),
    );
    Words::of(&second, ink::small(colours.dim)).paint(ui, below, Align2::LEFT_CENTER);
    match refused {
        None => response.on_hover_cursor(CursorIcon::PointingHand),
        Some(_) => response,
    }
}
