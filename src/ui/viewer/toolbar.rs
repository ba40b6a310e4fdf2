//! Toolbar below the picture.

use eframe::egui::{Color32, CornerRadius, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::canvas::{self, Placed};
use super::window_menu;
use crate::message::Shot;
use crate::model::{Action, Model, RATES, Subject, ViewerAction};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, focus_ring, icon_at};
use crate::ui::{row, row_from_right};

/// A toggle button with an icon.
struct Tool<'a> {
    sign: &'a str,
    name: &'a str,
    tip: &'a str,
    on: bool,
    refused: Option<&'a str>,
}

impl Tool<'_> {
    fn show(&self, ui: &mut Ui) -> bool {
        let colours = theme::palette(ui);
        let enabled = self.refused.is_none();
        let sense = if enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let size = vec2(30.0, measure::CONTROL);
        let (rect, response) = ui.allocate_exact_size(size, sense);
        response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, self.on, self.name));
        let corner = CornerRadius::same(measure::CORNER);
        let (fill, border) = match (self.on, enabled && response.hovered()) {
            (true, _) => (colours.accent_bg, colours.accent),
            (false, true) => (colours.raise_hover, colours.raise_hover),
            (false, false) => (Color32::TRANSPARENT, Color32::TRANSPARENT),
        };
        widgets::surface(ui, rect, corner, fill, border);
        focus_ring(ui, &response, rect, measure::CORNER);
        let colour = match (enabled, self.on || response.hovered()) {
            (false, _) => colours.faint,
            (true, true) => colours.text,
            (true, false) => colours.dim,
        };
        icon_at(ui, rect.center(), self.sign, 18.0, colour);
        let clicked = response.clicked();
        let (cursor, words) = match self.refused {
            Some(why) => (CursorIcon::NotAllowed, why),
            None => (CursorIcon::PointingHand, self.tip),
        };
        let _ = response.on_hover_cursor(cursor).on_hover_text(words);
        clicked
    }
}

/// Tooltip of the disabled tools.
const NO_PICTURE: &str = "There is no picture, or it is still on its way.";

/// Paints the toolbar.
pub(super) fn show(
    ui: &mut Ui,
    rect: Rect,
    model: &Model,
    subject: &Subject<'_>,
    on_screen: Option<(&Placed, &Shot)>,
) -> Option<Action> {
    let asked = row(ui, rect, "tools", |ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        let window = window_menu::show(ui, model, subject, on_screen.map(|(_, shot)| shot));
        ui.add_space(5.0);
        window.or(tools(ui, model, rect.width(), on_screen))
    });
    let at_right = row_from_right(ui, rect, "play", |ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        keys(ui);
        play(ui, model, subject)
    });
    asked.or(at_right).map(Action::Viewer)
}

/// The tools between the window menu and playback, as many as fit.
fn tools(
    ui: &mut Ui,
    model: &Model,
    width: f32,
    on_screen: Option<(&Placed, &Shot)>,
) -> Option<ViewerAction> {
    let viewer = &model.viewer;
    let refused = on_screen.is_none().then_some(NO_PICTURE);
    let tool = |sign, name, tip, on| Tool {
        sign,
        name,
        tip,
        on,
        refused,
    };
    let has_overlays = on_screen.is_some_and(|(_, shot)| shot.facts.has_overlays);
    let none = (!has_overlays).then_some("Nothing is drawn over this image.");
    let invert = "Dark and bright the other way round (I)";
    let fit = "The whole picture (F, double click)";
    let overlays = "What is drawn over the image (O)";
    let reset = "Window, place and size as in the beginning (R)";
    let is_over = viewer.overlays && has_overlays;
    let text = tool(icon::TEXT_T, "Text", "Text in the corners (T)", viewer.text);
    let over = tool(icon::STACK, "Overlays", overlays, is_over);
    let all = [
        (
            tool(icon::CIRCLE_HALF, "Invert", invert, viewer.inverted),
            ViewerAction::Invert,
        ),
        (
            tool(icon::CORNERS_OUT, "Fit", fit, false),
            ViewerAction::Fit,
        ),
        (
            Tool {
                refused: None,
                ..text
            },
            ViewerAction::Text,
        ),
        (
            Tool {
                refused: refused.or(none),
                ..over
            },
            ViewerAction::Overlays,
        ),
        (
            tool(icon::ARROW_COUNTER_CLOCKWISE, "Reset", reset, false),
            ViewerAction::Reset,
        ),
    ];
    let mut asked = None;
    for (tool, act) in all {
        let has_room = act != ViewerAction::Overlays || has_overlays || width > WITH_OVERLAYS;
        if has_room && tool.show(ui) {
            asked = Some(act);
        }
    }
    if width > WITH_TRUE_SIZE
        && let Some((placed, shot)) = on_screen
    {
        let button = Button::new(Kind::Plain, "1:1").name("One pixel on one pixel (1)");
        if ui.add(button).clicked() {
            asked = Some(canvas::true_size(ui, placed, shot));
        }
    }
    asked
}

/// Toolbar widths in points from which the less common tools are shown.
const WITH_OVERLAYS: f32 = 470.0;
const WITH_TRUE_SIZE: f32 = 520.0;

/// Frame rate such as "10/s".
fn rate_words(rate: f32) -> String {
    let tens = (rate * 10.0).round() / 10.0;
    match tens.fract() == 0.0 {
        true => format!("{tens:.0}/s"),
        false => format!("{tens:.1}/s"),
    }
}

fn play(ui: &mut Ui, model: &Model, subject: &Subject<'_>) -> Option<ViewerAction> {
    let nothing = subject
        .playable()
        .is_none()
        .then_some("There is one image: nothing to play.");
    let words = rate_words(model.rate());
    let own = model
        .viewer
        .shot(&model.pictures)
        .and_then(|shot| shot.rate);
    let button = Button::new(Kind::Plain, &words)
        .name("Frames a second")
        .caret()
        .unless(nothing);
    let rate = widgets::picker(ui, button, 170.0, false, |ui| {
        let mut picked = None;
        if let Some(own) = own {
            let fact = rate_words(own);
            let on = model.viewer.picked_rate().is_none();
            if widgets::menu_row(ui, None, "As the file says", &fact, on).clicked() {
                picked = Some(ViewerAction::Rate(None));
            }
        }
        for rate in RATES {
            let on = (model.rate() - rate).abs() < 0.01
                && (own.is_none() || model.viewer.picked_rate().is_some());
            if widgets::menu_row(ui, None, &rate_words(rate), "", on).clicked() {
                picked = Some(ViewerAction::Rate(Some(rate)));
            }
        }
        picked
    });
    let playing = model.viewer.is_playing();
    let (sign, name, tip) = match playing {
        true => (icon::PAUSE, "Stop playing", "Stop (Space)"),
        false => (icon::PLAY, "Play", "Play (Space)"),
    };
    let tool = Tool {
        sign,
        name,
        tip,
        on: playing,
        refused: nothing,
    };
    rate.or(tool.show(ui).then_some(ViewerAction::Play))
}

/// The help list of wheel, buttons and keys.
fn keys(ui: &mut Ui) {
    let button = Button::new(Kind::Plain, icon::KEYBOARD)
        .icon_alone()
        .name("Keys and mouse");
    let _ = widgets::picker(ui, button, 330.0, true, |ui| -> Option<()> {
        let colours = theme::palette(ui);
        for (key, what) in super::shortcuts::TABLE {
            let size = vec2(ui.available_width(), 22.0);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let middle = rect.left() + 145.0;
            let key_place = rect.with_min_x(rect.left() + 10.0).with_max_x(middle - 6.0);
            let left = eframe::egui::Align2::LEFT_CENTER;
            widgets::in_rect(ui, key_place, left, key, ink::bold_small(colours.text));
            let place = rect.with_min_x(middle);
            widgets::in_rect(ui, place, left, what, ink::small(colours.dim));
        }
        None
    });
}
