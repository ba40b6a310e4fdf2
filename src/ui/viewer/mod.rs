//! The viewer: one image of the selected series, and the study's series below. A series opens at its middle image.

mod annotations;
mod canvas;
pub(in crate::ui) mod redaction;
mod series_strip;
mod shortcuts;
mod sliders;
mod structured_report;
mod toolbar;
mod window_menu;

use eframe::egui::{Align2, Id, PointerButton, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::fonts::icon;
use super::textures::sign_of;
use super::theme::{self, ink, measure};
use super::widgets::{Words, icon_at};
use super::{Textures, inside};
use crate::dicom::catalogue::Series;
use crate::message::{Content, Shot};
use crate::model::{Action, Front, Model, Shown, Subject};

pub(super) use canvas::Placed;

fn join(a: &str, b: &str) -> String {
    if b.is_empty() {
        a.to_owned()
    } else {
        format!("{a} · {b}")
    }
}

/// Display name of a series: its description, else body part, else modality.
pub(super) fn series_title(series: &Series) -> String {
    [&series.description, &series.body_part, &series.modality]
        .into_iter()
        .find(|text| !text.trim().is_empty())
        .cloned()
        .unwrap_or_default()
}

/// Rectangles of the viewer's parts.
struct Parts {
    picture: Rect,
    slider: Rect,
    tools: Rect,
    strip: Rect,
}

impl Parts {
    fn of(room: Rect) -> Self {
        let strip = Rect::from_min_max(
            pos2(room.left(), room.bottom() - series_strip::HEIGHT - 4.0),
            pos2(room.right(), room.bottom() + 8.0),
        );
        let tools = Rect::from_min_max(
            pos2(room.left(), strip.top() - 8.0 - redaction::BAR),
            pos2(room.right(), strip.top() - 8.0),
        );
        let slider = Rect::from_min_max(
            pos2(room.left(), tools.top() - sliders::HEIGHT),
            pos2(room.right(), tools.top()),
        );
        let picture = Rect::from_min_max(room.min, pos2(room.right(), slider.top() - 4.0));
        Parts {
            picture,
            slider,
            tools,
            strip,
        }
    }
}

/// Paints the Images tab.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    textures: &mut Textures,
) -> Option<Action> {
    pane(
        ui,
        rect.shrink2(vec2(measure::EDGE, 12.0)),
        model,
        textures,
        true,
    )
}

/// Paints the viewer. `with_areas`: areas can be drawn for redaction.
pub(super) fn pane(
    ui: &mut Ui,
    room: Rect,
    model: &Model,
    textures: &mut Textures,
    with_areas: bool,
) -> Option<Action> {
    let subject = model.subject()?;
    let parts = Parts::of(room);
    let drawing = with_areas && redaction::has_bar(model);
    let big = parts.picture;
    canvas::ground(ui, big);
    let front = front(model);
    let on_screen = match &front {
        OnScreen::Picture(front, shot) => {
            Some((Placed::of(big, shot, &model.viewer), *front, *shot))
        }
        _ => None,
    };
    let placed = on_screen.as_ref().map(|(placed, _, shot)| (placed, *shot));
    let mut asked = match &on_screen {
        Some((placed, front, _)) => {
            textures.view(ui, (big, placed.place), &front.key, &model.pictures);
            textures.wants_side(placed.side(ui.ctx().pixels_per_point()));
            picture(ui, model, &subject, placed, (with_areas, drawing))
        }
        None => {
            in_place_of_a_picture(ui, big, &front);
            None
        }
    };
    if !drawing {
        corners(ui, big, model, &subject, with_areas);
    }
    asked = asked.or(sliders::show(ui, parts.slider, &subject));
    let tools = match drawing {
        true => redaction::bar(ui, parts.tools, model, subject.series, subject.image),
        false => toolbar::show(ui, parts.tools, model, &subject, placed),
    };
    let picked = inside(ui, parts.strip, "series", |ui| {
        series_strip::show(ui, model, subject.study, subject.series, textures)
    });
    let keys = shortcuts::acts(ui, big, model, &subject, placed);
    asked.or(tools).or(picked).or(keys.map(Action::Viewer))
}

/// Content of the main area.
enum OnScreen<'a> {
    Waiting,
    Picture(&'a Front, &'a Shot),
    Report(&'a crate::dicom::attributes::structured_report::Report),
    /// An icon and a message.
    Words(&'static str, String),
}

fn front(model: &Model) -> OnScreen<'_> {
    let Some(front) = model.viewer.front() else {
        return OnScreen::Waiting;
    };
    match model.pictures.get(&front.key) {
        Shown::NotYet => OnScreen::Waiting,
        Shown::None(why) => OnScreen::Words(icon::IMAGE, why.to_owned()),
        Shown::Content(content) => match content.as_ref() {
            Content::Picture(shot) if is_nearly_empty(shot) => {
                let words = "Hardly anything of this image is in the file: it was cut off. Get it from its source again.";
                OnScreen::Words(icon::IMAGE, words.to_owned())
            }
            Content::Picture(shot) => OnScreen::Picture(front, shot),
            Content::Report(report) => OnScreen::Report(report),
            Content::Other(what) => {
                let words = format!("This is {what}. It is uploaded all the same.");
                OnScreen::Words(sign_of(*what), words)
            }
        },
    }
}

fn in_place_of_a_picture(ui: &mut Ui, big: Rect, front: &OnScreen<'_>) {
    let dim = theme::DARK.dim;
    match front {
        OnScreen::Waiting => {
            let words = Words::of("Decoding the picture …", ink::body(dim));
            words.paint(ui, big, Align2::CENTER_CENTER);
        }
        OnScreen::Words(sign, why) => {
            icon_at(ui, canvas::sign_place(big), sign, 32.0, theme::DARK.faint);
            sentence(ui, canvas::sentence_place(big), why);
        }
        OnScreen::Report(text) => structured_report::show(ui, big, text),
        OnScreen::Picture(..) => {}
    }
}

/// Whether a truncated picture has no data beyond its first lines. Samples lines beyond the first 2 %:
/// missing ones all have the same colour.
fn is_nearly_empty(shot: &Shot) -> bool {
    const LINES: usize = 64;
    let side = |value: u32| usize::try_from(value).unwrap_or_default();
    let (bytes, lines) = (side(shot.picture.width) * 4, side(shot.picture.height));
    if !shot.facts.is_cut || bytes == 0 {
        return false;
    }
    let rest = shot.picture.rgba.chunks_exact(bytes).skip(lines / 50 + 1);
    let mut some = rest.step_by(lines / LINES + 1);
    let empty = shot.picture.rgba.last_chunk::<4>();
    some.all(|line| {
        line.chunks_exact(4)
            .all(|pixel| empty.is_some_and(|empty| pixel == empty))
    })
}

/// Whether the file on screen has been replaced since it was scanned.
fn is_outdated(model: &Model, subject: &Subject<'_>) -> bool {
    let front = model.viewer.front();
    let stamp = front.and_then(|front| model.pictures.stamp(&front.key));
    let is_same = stamp.is_none_or(|stamp| stamp.modified == subject.image.modified);
    model.pictures.was_replaced(&subject.image.path) && !is_same
}

/// A wrapped message with centred lines.
fn sentence(ui: &mut Ui, place: Rect, why: &str) {
    let dim = theme::DARK.dim;
    let galley = Words::of(why, ink::body(dim)).galley_centred(ui, place.width());
    let lines = Rect::from_min_size(place.min, vec2(place.width(), galley.size().y));
    let response = ui.interact(lines, Id::unique("why"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, why));
    ui.painter().galley(place.center_top(), galley, dim);
}

/// Interaction with the picture: drawing of areas, or pan and zoom.
fn picture(
    ui: &mut Ui,
    model: &Model,
    subject: &Subject<'_>,
    placed: &Placed,
    (with_areas, drawing): (bool, bool),
) -> Option<Action> {
    let name = match drawing {
        true => "Picture: drag to blacken an area of it".to_owned(),
        false => format!("Picture: {}", annotations::place(model, subject).join(", ")),
    };
    let (response, moved) = canvas::interact(ui, placed, &model.viewer, &name, drawing);
    if response.clicked_by(PointerButton::Primary) {
        response.request_focus();
    }
    let areas = match with_areas {
        true => inside(ui, placed.room, "areas", |ui| {
            redaction::show(
                ui,
                placed,
                model,
                (subject.series, subject.image),
                &response,
            )
        }),
        false => None,
    };
    areas.or(moved)
}

fn corners(ui: &mut Ui, big: Rect, model: &Model, subject: &Subject<'_>, with_areas: bool) {
    let inner = big.shrink2(vec2(12.0, 10.0));
    let is_report = matches!(front(model), OnScreen::Report(_));
    if model.viewer.text && !is_report {
        let above = match with_areas && redaction::has_button(model) {
            true => 40.0,
            false => 0.0,
        };
        annotations::Corners::of(model, subject).paint(ui, inner, above);
    }
    if is_outdated(model, subject) {
        let words =
            "The file was replaced since it was read. Drop it again to upload what is shown.";
        warning(ui, big, 64.0, words);
    }
    if matches!(front(model), OnScreen::Picture(_, shot) if shot.facts.is_cut) {
        let words = "The end of this image is missing in the file. Get it from its source again.";
        warning(ui, big, 86.0, words);
    }
}

/// A warning `above` points above the picture's lower edge.
fn warning(ui: &mut Ui, big: Rect, above: f32, words: &str) {
    let place = Rect::from_center_size(
        pos2(big.center().x, big.bottom() - above),
        vec2(big.width() - 24.0, 20.0),
    );
    annotations::outline(
        ui,
        place,
        Align2::CENTER_CENTER,
        words,
        ink::medium_small(theme::PICTURE_GROUND),
    );
    let words = Words::of(words, ink::medium_small(theme::DARK.warning));
    words.paint(ui, place, Align2::CENTER_CENTER);
}
