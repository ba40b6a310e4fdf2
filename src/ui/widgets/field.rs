//! Single-line text fields.

use eframe::egui::{
    Color32, CornerRadius, Frame, Id, Key, Margin, Pos2, Rect, Response, Role, Sense, TextEdit, Ui,
    WidgetInfo, WidgetText, pos2, vec2,
};

use super::focus_ring;
use super::words::icon_at;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, measure};

/// Icon at the right end of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailing {
    /// No icon.
    None,
    /// A check mark: the input is valid.
    Check,
    /// An eye that toggles the visibility of the text; the flag is the current visibility.
    Eye(bool),
}

/// A single-line text field.
pub struct TextField<'a> {
    text: &'a mut String,
    name: &'a str,
    hint: &'a str,
    icon: Option<&'a str>,
    trailing: Trailing,
    hidden: bool,
    wrong: bool,
    width: f32,
    height: f32,
    id: Option<Id>,
}

/// Result of showing a field.
pub struct Typed {
    /// The field's response, with `changed` and `lost_focus`.
    pub response: Response,
    /// Whether Enter was pressed in the field.
    pub entered: bool,
    /// Whether the eye was pressed.
    pub eye: bool,
}

impl<'a> TextField<'a> {
    /// A field for `text`; `name` is its accessible name.
    pub fn new(text: &'a mut String, name: &'a str) -> Self {
        TextField {
            text,
            name,
            hint: "",
            icon: None,
            trailing: Trailing::None,
            hidden: false,
            wrong: false,
            width: 160.0,
            height: measure::CONTROL,
            id: None,
        }
    }

    /// Sets the placeholder of an empty field.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Sets an icon at the left end.
    #[must_use]
    pub fn icon(mut self, icon: &'a str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Sets the icon at the right end.
    #[must_use]
    pub fn trailing(mut self, trailing: Trailing) -> Self {
        self.trailing = trailing;
        self
    }

    /// Shows dots in place of the text.
    #[must_use]
    pub fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Draws a red border.
    #[must_use]
    pub fn wrong(mut self, wrong: bool) -> Self {
        self.wrong = wrong;
        self
    }

    /// Sets width and height in points.
    #[must_use]
    pub fn size(mut self, width: f32, height: f32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Sets a fixed id, needed to focus the field.
    #[must_use]
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Paints the field.
    pub fn show(self, ui: &mut Ui) -> Typed {
        let colours = theme::palette(ui);
        let size = vec2(self.width, self.height);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let border = if self.wrong {
            colours.bad
        } else {
            colours.line
        };
        let corner = CornerRadius::same(measure::CORNER);
        super::surface(ui, rect, corner, colours.card, border);
        let mut inner = rect.shrink2(vec2(10.0, 0.0));
        if let Some(icon) = self.icon {
            let centre = pos2(inner.left() + 8.0, rect.center().y);
            icon_at(ui, centre, icon, 16.0, colours.dim);
            inner.min.x += 23.0;
        }
        let mut eye = false;
        if self.trailing != Trailing::None {
            inner.max.x -= 24.0;
            let centre = pos2(rect.right() - 18.0, rect.center().y);
            eye = trailing(ui, self.trailing, centre, self.name);
        }
        let line = Rect::from_center_size(inner.center(), vec2(inner.width(), 20.0));
        let response = self.show_edit(ui, line);
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        let entered = response.lost_focus() && enter;
        focus_ring(ui, &response, rect.shrink(2.0), measure::CORNER - 2);
        // A click anywhere in the box focuses the field, not only one on its text.
        let pressed = ui.input(|input| input.pointer.primary_pressed());
        let at = ui.input(|input| input.pointer.interact_pos());
        let on_box = inner.with_min_x(rect.left());
        if pressed && ui.rect_contains_pointer(on_box) && at.is_some_and(|at| !line.contains(at)) {
            response.request_focus();
        }
        Typed {
            response,
            entered,
            eye,
        }
    }

    fn show_edit(self, ui: &mut Ui, line: Rect) -> Response {
        let colours = theme::palette(ui);
        let hint = WidgetText::from(self.hint).color(colours.faint);
        let mut edit = TextEdit::singleline(self.text)
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .password(self.hidden)
            .hint_text(hint)
            .font(theme::regular(theme::BODY))
            .text_color(colours.text)
            .char_limit(MOST_CHARACTERS)
            .desired_width(line.width());
        if let Some(id) = self.id {
            edit = edit.id(id);
        }
        ui.place(line, edit).accessible_name(self.name)
    }
}

/// Character limit of a field.
const MOST_CHARACTERS: usize = 4096;

fn trailing(ui: &mut Ui, trailing: Trailing, centre: Pos2, name: &str) -> bool {
    let colours = theme::palette(ui);
    match trailing {
        Trailing::None => false,
        Trailing::Check => {
            icon_at(ui, centre, icon::CHECK, 15.0, colours.good);
            false
        }
        Trailing::Eye(shown) => {
            let rect = Rect::from_center_size(centre, theme::square(24.0));
            let id = ui.next_auto_id();
            ui.skip_ahead_auto_ids(1);
            let response = ui.interact(rect, id, Sense::click());
            let verb = if shown { "Hide" } else { "Show" };
            let say = format!("{verb} {name}");
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &say));
            let ink: Color32 = if response.hovered() {
                colours.text
            } else {
                colours.dim
            };
            let sign = if shown { icon::EYE_SLASH } else { icon::EYE };
            icon_at(ui, centre, sign, 15.0, ink);
            focus_ring(ui, &response, rect, 4);
            response.on_hover_text(say).clicked()
        }
    }
}
