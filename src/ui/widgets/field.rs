//! Text fields.

use eframe::egui::{
    Color32, CornerRadius, Frame, Id, Key, Margin, Pos2, Rect, Response, Role, Sense, TextEdit, Ui,
    WidgetInfo, WidgetText, pos2, vec2,
};

use super::focus_ring;
use super::words::icon_at;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, measure};

/// What stands at the right end of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailing {
    /// Nothing.
    None,
    /// What was typed is right.
    Check,
    /// Shows or hides what was typed; the flag says whether it is shown.
    Eye(bool),
}

/// A field for one line of text.
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

/// What happened in a field.
pub struct Typed {
    /// The field's own response: `changed`, `lost_focus`.
    pub response: Response,
    /// Whether Enter was pressed in it.
    pub entered: bool,
    /// Whether the eye was pressed.
    pub eye: bool,
}

impl<'a> TextField<'a> {
    /// A field, with the name that screen readers say.
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

    /// What stands in it while it is empty.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// With an icon at its left end.
    #[must_use]
    pub fn icon(mut self, icon: &'a str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// With something at its right end.
    #[must_use]
    pub fn trailing(mut self, trailing: Trailing) -> Self {
        self.trailing = trailing;
        self
    }

    /// Shows dots.
    #[must_use]
    pub fn hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Drawn with a red border.
    #[must_use]
    pub fn wrong(mut self, wrong: bool) -> Self {
        self.wrong = wrong;
        self
    }

    /// Width and height in points.
    #[must_use]
    pub fn size(mut self, width: f32, height: f32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// A fixed id, to give it the keyboard.
    #[must_use]
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Draws it.
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
        // The whole box takes the click, not only the line of text in it.
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

/// More is not typed or pasted into one line on purpose.
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
