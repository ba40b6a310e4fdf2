//! Window menu: as stored in the file, the file's other windows, presets for the body part, full range.

use eframe::egui::{ScrollArea, Ui};

use super::annotations::window_words;
use crate::dicom::image::render::Window;
use crate::message::Shot;
use crate::model::{Model, Subject, ViewerAction, WHOLE_RANGE, presets};
use crate::ui::fonts::icon;
use crate::ui::widgets::{self, Button, Kind};

/// An entry of the menu.
struct Line {
    name: String,
    fact: String,
    on: bool,
    act: ViewerAction,
}

fn named(model: &Model, name: &str, window: Window) -> Line {
    Line {
        name: name.to_owned(),
        fact: window_words(window.center, window.width),
        on: model.viewer.window_name == name,
        act: ViewerAction::Window(Some((window, name.to_owned()))),
    }
}

/// Entries of the menu.
fn lines(model: &Model, subject: &Subject<'_>, shot: &Shot) -> Vec<Line> {
    let facts = &shot.facts;
    let mut lines = vec![Line {
        name: "As the file says".to_owned(),
        fact: window_words(facts.shown.center, facts.shown.width),
        on: model.viewer.window.is_none(),
        act: ViewerAction::Window(None),
    }];
    if facts.windows.len() > 1 || facts.windows.iter().any(|own| !own.name.is_empty()) {
        for (index, own) in facts.windows.iter().take(MOST_OWN).enumerate() {
            let name = match own.name.trim() {
                "" => format!("The file's window {}", index + 1),
                name => format!("{name} (the file's)"),
            };
            let window = Window {
                center: own.center,
                width: own.width,
            };
            lines.push(named(model, &name, window));
        }
    }
    lines.push(Line {
        name: WHOLE_RANGE.to_owned(),
        fact: String::new(),
        on: model.viewer.window_name == WHOLE_RANGE,
        act: ViewerAction::WholeRange,
    });
    let (all, _) = presets(subject.series);
    lines.extend(
        all.into_iter()
            .map(|preset| named(model, preset.name, preset.window)),
    );
    lines
}

/// Limit on windows listed from the file, which may contain any number.
const MOST_OWN: usize = 12;

/// Paints the button and, while it is open, the menu.
pub(super) fn show(
    ui: &mut Ui,
    model: &Model,
    subject: &Subject<'_>,
    shot: Option<&Shot>,
) -> Option<ViewerAction> {
    let word = match (&model.viewer.window, model.viewer.window_name.as_str()) {
        (Some(_), name) if !name.is_empty() => name,
        _ => "Window",
    };
    let refused = match shot {
        None => Some("There is no picture, or it is still on its way."),
        Some(shot) if shot.facts.is_colour => Some("Colours are shown as they are."),
        Some(_) => None,
    };
    let button = Button::new(Kind::Raised, word)
        .name("Window")
        .icon(icon::SLIDERS_HORIZONTAL)
        .caret()
        .at_most(150.0)
        .unless(refused);
    widgets::picker(ui, button, 290.0, false, |ui| {
        let mut asked = None;
        let lines = shot.map(|shot| lines(model, subject, shot));
        let most = (ui.ctx().content_rect().height() - 130.0).max(160.0);
        ScrollArea::vertical().max_height(most).show(ui, |ui| {
            for line in lines.into_iter().flatten() {
                if widgets::menu_row(ui, None, &line.name, &line.fact, line.on).clicked() {
                    asked = Some(line.act);
                }
            }
        });
        asked
    })
}
