//! Text and icon buttons, and links.

use std::sync::Arc;

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Galley, Rect, Response, Role, Sense, Stroke, Ui,
    Vec2, Widget, WidgetInfo, pos2, vec2,
};

use super::focus_ring;
use super::words::{Words, hint, icon_at, snap};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, Palette, ink, measure};

/// Purpose of a button, which determines its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page's main action.
    Main,
    /// Any other action.
    Raised,
    /// On a coloured card: has no background of its own.
    Plain,
    /// Deletes, or aborts something that cannot be resumed.
    Danger,
    /// Opens a list; looks like a text field.
    Field,
}

/// A button with text, and optionally an icon before it.
pub struct Button<'a> {
    text: &'a str,
    name: Option<&'a str>,
    icon: Option<&'a str>,
    caret: bool,
    kind: Kind,
    size: Vec2,
    most: f32,
    refused: Option<&'a str>,
    selected: bool,
    icon_alone: bool,
}

impl<'a> Button<'a> {
    /// A button of this kind, with its usual height.
    pub fn new(kind: Kind, text: &'a str) -> Self {
        let height = if kind == Kind::Main {
            measure::MAIN
        } else {
            measure::CONTROL
        };
        Button {
            text,
            name: None,
            icon: None,
            caret: false,
            kind,
            size: vec2(0.0, height),
            most: f32::INFINITY,
            refused: None,
            selected: false,
            icon_alone: false,
        }
    }

    /// Sets the accessible name, if the text alone is not clear enough.
    #[must_use]
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets an icon before the text.
    #[must_use]
    pub fn icon(mut self, icon: &'a str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Adds a caret at the right end, for buttons that open a list.
    #[must_use]
    pub fn caret(mut self) -> Self {
        self.caret = true;
        self
    }

    /// The text is an icon. Such a button needs a [`name`](Self::name).
    #[must_use]
    pub fn icon_alone(mut self) -> Self {
        self.icon_alone = true;
        self
    }

    /// Draws the button as pressed.
    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Sets the minimum width in points.
    #[must_use]
    pub fn width(mut self, width: f32) -> Self {
        self.size.x = width;
        self
    }

    /// Sets the maximum width in points. Longer text is truncated.
    #[must_use]
    pub fn at_most(mut self, width: f32) -> Self {
        self.most = width;
        self
    }

    /// Sets the height in points.
    #[must_use]
    pub fn height(mut self, height: f32) -> Self {
        self.size.y = height;
        self
    }

    /// Disables the button if a reason is given, which is shown as tooltip.
    #[must_use]
    pub fn unless(mut self, reason: Option<&'a str>) -> Self {
        self.refused = reason;
        self
    }

    fn words(&self, colour: Color32) -> Words {
        let font = match self.kind {
            _ if self.icon_alone => theme::icon(ICON),
            Kind::Main => theme::bold(15.0),
            Kind::Field => theme::regular(14.5),
            _ if self.size.y >= measure::MAIN => theme::medium(15.0),
            _ => theme::medium(14.0),
        };
        Words::of(self.text, ink::of(font, colour))
    }

    /// Space between icon and text, in points.
    fn gap(&self) -> f32 {
        if self.text.is_empty() { 0.0 } else { ICON_GAP }
    }

    fn padding(&self) -> f32 {
        match self.kind {
            Kind::Field => 10.0,
            _ if self.size.y >= measure::MAIN => 20.0,
            _ => 12.0,
        }
    }
}

const ICON: f32 = 16.0;
const ICON_GAP: f32 = 7.0;

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let enabled = self.refused.is_none();
        let extra = self.padding() * 2.0
            + self.icon.map_or(0.0, |_| ICON + self.gap())
            + if self.caret { ICON_GAP + 13.0 } else { 0.0 };
        let words = self.words(Color32::PLACEHOLDER);
        let galley = words.galley(ui, (self.most - extra).max(16.0));
        let size = vec2((galley.size().x + extra).max(self.size.x), self.size.y);
        let sense = if enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        let name = self.name.unwrap_or(self.text);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
        let cut = galley.elided;
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, &response, galley, extra);
        }
        match self.refused {
            Some(reason) => response
                .on_hover_cursor(CursorIcon::NotAllowed)
                .on_hover_text(reason),
            None if cut => {
                let response = response.on_hover_cursor(CursorIcon::PointingHand);
                hint(response, self.text)
            }
            None => response.on_hover_cursor(CursorIcon::PointingHand),
        }
    }
}

impl Button<'_> {
    /// `extra`: width in points of everything except the text.
    fn paint(&self, ui: &Ui, rect: Rect, response: &Response, words: Arc<Galley>, extra: f32) {
        let colours = theme::palette(ui);
        let enabled = self.refused.is_none();
        let state = State {
            enabled,
            hovered: enabled && response.hovered(),
            pressed: enabled && response.is_pointer_button_down_on(),
            selected: self.selected,
        };
        let (fill, border, ink) = look(colours, self.kind, state);
        super::surface(ui, rect, CornerRadius::same(measure::CORNER), fill, border);
        focus_ring(ui, response, rect, measure::CORNER);
        let padding = self.padding();
        let content = words.size().x + extra - padding * 2.0;
        let mut x = match self.kind {
            Kind::Field => rect.left() + padding,
            _ => rect.center().x - content / 2.0,
        };
        if let Some(icon) = self.icon {
            icon_at(ui, pos2(x + ICON / 2.0, rect.center().y), icon, ICON, ink);
            x += ICON + self.gap();
        }
        let room = rect.with_min_x(x);
        let text = Align2::LEFT_CENTER.align_size_within_rect(words.size(), room);
        ui.painter().galley(snap(text.min), words, ink);
        if self.caret {
            let centre = pos2(rect.right() - padding - 6.0, rect.center().y);
            icon_at(ui, centre, icon::CARET_DOWN, 13.0, ink);
        }
    }
}

#[derive(Clone, Copy)]
struct State {
    enabled: bool,
    hovered: bool,
    pressed: bool,
    selected: bool,
}

/// Fill, border and text colour.
fn look(colours: &Palette, kind: Kind, state: State) -> (Color32, Color32, Color32) {
    match kind {
        Kind::Main => {
            let fill = match state {
                State { enabled: false, .. } => colours.raise,
                State { pressed: true, .. } => colours.accent.gamma_multiply(0.8),
                State { hovered: true, .. } => colours.accent_hover,
                _ => colours.accent,
            };
            let ink = if state.enabled {
                colours.on_accent
            } else {
                colours.faint
            };
            (fill, fill, ink)
        }
        Kind::Plain => {
            let lit = state.pressed || state.hovered;
            let shade = colours.raise_hover.gamma_multiply(0.6);
            let fill = if lit { shade } else { Color32::TRANSPARENT };
            let ink = if state.enabled {
                colours.dim
            } else {
                colours.faint
            };
            (fill, Color32::TRANSPARENT, ink)
        }
        Kind::Raised | Kind::Danger | Kind::Field => {
            let fill = match state {
                State { selected: true, .. } => colours.accent_bg,
                State { pressed: true, .. } => colours.line,
                State { hovered: true, .. } => colours.raise_hover,
                _ if kind == Kind::Field => colours.card,
                _ => colours.raise,
            };
            let border = if state.selected {
                colours.accent
            } else {
                colours.line
            };
            let ink = match (state.enabled, kind) {
                (false, _) => colours.faint,
                (true, Kind::Danger) => colours.bad,
                _ => colours.text,
            };
            (fill, border, ink)
        }
    }
}

/// A button with only an icon; its name is the tooltip.
pub struct IconButton<'a> {
    icon: &'a str,
    name: &'a str,
    size: f32,
}

impl<'a> IconButton<'a> {
    /// An icon button; `name` is its tooltip and its accessible name.
    pub fn new(icon: &'a str, name: &'a str) -> Self {
        IconButton {
            icon,
            name,
            size: 16.0,
        }
    }
}

impl Widget for IconButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let colours = theme::palette(ui);
        let (rect, response) = ui.allocate_exact_size(theme::square(24.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.name));
        let hovered = response.hovered();
        if hovered {
            ui.painter().rect_filled(
                rect,
                CornerRadius::same(measure::CORNER),
                colours.raise_hover,
            );
        }
        focus_ring(ui, &response, rect, measure::CORNER);
        let ink = if hovered { colours.text } else { colours.dim };
        icon_at(ui, rect.center(), self.icon, self.size, ink);
        response
            .on_hover_cursor(CursorIcon::PointingHand)
            .on_hover_text(self.name)
    }
}

/// A text link.
pub fn link(ui: &mut Ui, text: &str, size: f32, colour: Color32) -> Response {
    let galley = Words::of(text, ink::of(theme::regular(size), Color32::PLACEHOLDER))
        .galley(ui, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, ui.is_enabled(), text));
    let ink = if response.hovered() {
        theme::palette(ui).text
    } else {
        colour
    };
    let bottom = rect.bottom() - 0.5;
    ui.painter().galley(rect.min, galley, ink);
    ui.painter()
        .hline(rect.x_range(), bottom, Stroke::new(1.0, ink));
    focus_ring(ui, &response, rect, 2);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
