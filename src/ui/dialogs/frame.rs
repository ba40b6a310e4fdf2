//! Common parts of dialogs with fields: Esc closes, Enter presses the main button, focus starts in
//! the first field and stays inside the dialog, and a click outside is ignored.

use eframe::egui::{
    Align, Align2, Color32, Id, Key, Layout, Modal, ModalResponse, Modifiers, Response, Role,
    ScrollArea, Sense, Ui, WidgetInfo, vec2,
};

use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, IconButton, Kind, Words, in_rect};

/// Keyboard state of a dialog.
pub(in crate::ui) struct Keys {
    /// Enter was pressed and means the main button.
    pub enter: bool,
    /// The dialog was just opened.
    pub opening: bool,
    fields: Vec<Id>,
    wants_focus: bool,
}

impl Keys {
    /// Focuses a button when the dialog opens, if no field comes before it. Enter then presses that button.
    pub(in crate::ui) fn start(&mut self, response: &Response) {
        if self.wants_focus {
            response.request_focus();
            self.wants_focus = false;
        }
    }

    /// Registers a field: Enter in it presses the main button. The first one is focused when the dialog opens.
    pub(in crate::ui) fn field(&mut self, response: &Response) {
        self.start(response);
        self.fields.push(response.id);
    }
}

/// Result of showing a dialog.
pub(in crate::ui) struct Shown<T> {
    /// Return value of the content.
    pub inner: T,
    /// Whether the dialog is to be closed: by Esc or by its close button.
    pub closed: bool,
}

/// Shows a dialog of the given width (in points, without margins) with a heading.
pub(in crate::ui) fn show<T>(
    ui: &Ui,
    name: &str,
    (title, width): (&str, f32),
    add: impl FnOnce(&mut Ui, &mut Keys) -> T,
) -> Shown<T> {
    let id = Id::unique("form").with(name);
    let frame = widgets::dialog_frame(theme::palette(ui), ui.visuals().window_shadow);
    let modal = Modal::new(id)
        .frame(frame)
        .backdrop_color(Color32::from_black_alpha(150));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        let mut cross = false;
        let inner = with_keys(ui, id, false, |ui, keys| {
            cross = heading(ui, title);
            add(ui, keys)
        });
        (inner, cross)
    });
    let escaped = escaped(ui, &shown);
    let (inner, cross) = shown.inner;
    Shown {
        inner,
        closed: cross || escaped,
    }
}

/// Whether Esc closes this dialog: not if it is covered by another one or a list open in it takes
/// the key. A click outside does not.
pub(in crate::ui) fn escaped<T>(ui: &Ui, shown: &ModalResponse<T>) -> bool {
    let ctx = ui.ctx();
    let escape = || ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    shown.is_top_modal && !shown.any_popup_open && escape()
}

/// Runs `add` with the keyboard state of a dialog, or of a drop-down list (`in_list`).
pub(in crate::ui) fn with_keys<T>(
    ui: &mut Ui,
    id: Id,
    in_list: bool,
    add: impl FnOnce(&mut Ui, &mut Keys) -> T,
) -> T {
    let mut keys = keys(ui, id, in_list);
    let inner = add(ui, &mut keys);
    ui.data_mut(|data| data.insert_temp(id, keys.fields));
    inner
}

fn keys(ui: &Ui, id: Id, in_list: bool) -> Keys {
    let now = ui.ctx().cumulative_frame_nr();
    let times = id.with("times");
    // Numbers of the passes in which it was opened and last shown.
    let (opened, _) = ui
        .data(|data| data.get_temp::<(u64, u64)>(times))
        .filter(|(_, last)| last + 1 >= now)
        .unwrap_or((now, now));
    ui.data_mut(|data| data.insert_temp(times, (opened, now)));
    let fields: Vec<Id> = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let focused = ui.memory(|memory| memory.focused());
    let on_field = focused.is_none_or(|focused| fields.contains(&focused));
    let free = on_field && (in_list || !ui.ctx().any_popup_open());
    let enter = free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    // egui only measures a dialog in its first frame.
    let opening = now <= opened + 1;
    Keys {
        enter,
        opening,
        fields: Vec::new(),
        wants_focus: opening || focused.is_none(),
    }
}

/// Heading with a close button at the right. Returns whether that was pressed.
fn heading(ui: &mut Ui, title: &str) -> bool {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let words = rect.with_max_x(rect.right() - 32.0);
    in_rect(
        ui,
        words,
        Align2::LEFT_CENTER,
        title,
        ink::heading(colours.text),
    );
    let centre = rect.right_center() - vec2(12.0, 0.0);
    let cross = eframe::egui::Rect::from_center_size(centre, theme::square(24.0));
    ui.place(cross, IconButton::new(icon::X, "Close this dialog"))
        .clicked()
}

/// Makes scroll bars visible even while the pointer is elsewhere.
pub(in crate::ui) fn shown_bars(ui: &mut Ui) {
    ui.spacing_mut().scroll.dormant_handle_opacity = 0.5;
    ui.spacing_mut().scroll.floating_width = 4.0;
}

/// The dialog's content, which scrolls if the window is too low for it.
pub(in crate::ui) fn body<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let most = (ui.ctx().content_rect().height() - 210.0).max(160.0);
    shown_bars(ui);
    let scroll = ScrollArea::vertical().id_salt("body").max_height(most);
    let scroll = scroll.auto_shrink([false, true]);
    let shown = scroll.show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        add(ui)
    });
    shown.inner
}

/// A caption at the left with its widgets at the right.
pub(in crate::ui) fn row<R>(ui: &mut Ui, caption: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        let colours = theme::palette(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(124.0, measure::CONTROL), Sense::hover());
        in_rect(
            ui,
            rect,
            Align2::LEFT_CENTER,
            caption,
            ink::body(colours.dim),
        );
        add(ui)
    })
    .inner
}

/// A line of small text below a field: an error or a hint. Its space is always reserved.
pub(in crate::ui) fn below(ui: &mut Ui, wrong: Option<&str>, hint: &str) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let rect = rect.with_min_x(rect.left() + 132.0);
    match wrong {
        Some(wrong) => drop(in_rect(
            ui,
            rect,
            Align2::LEFT_CENTER,
            wrong,
            ink::small(colours.bad),
        )),
        None if hint.is_empty() => {}
        None => drop(in_rect(
            ui,
            rect,
            Align2::LEFT_CENTER,
            hint,
            ink::small(colours.dim),
        )),
    }
}

/// A horizontal line across the whole dialog.
pub(in crate::ui) fn line(ui: &Ui, y: f32) {
    let x = ui.max_rect().x_range().expand(20.0);
    widgets::hline(ui, x, y);
}

/// Main button: its label, its kind, and the reason it is disabled, if it is.
pub(in crate::ui) struct Main<'a> {
    pub word: &'a str,
    pub kind: Kind,
    pub refused: Option<&'a str>,
    pub icon: Option<&'a str>,
}

/// Dialog foot: a hint at the left, *Cancel* and the main button at the right.
pub(in crate::ui) fn foot(ui: &mut Ui, keys: &Keys, hint: &str, main: &Main<'_>) -> Pressed {
    foot_with(ui, keys, hint, main, "Cancel")
}

/// Like [`foot`], with another label for *Cancel*.
pub(in crate::ui) fn foot_with(
    ui: &mut Ui,
    keys: &Keys,
    hint: &str,
    main: &Main<'_>,
    cancel: &str,
) -> Pressed {
    ui.add_space(4.0);
    line(ui, ui.cursor().top());
    ui.add_space(12.0);
    let size = vec2(ui.available_width(), measure::CONTROL);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let mut button = Button::new(main.kind, main.word)
            .height(measure::CONTROL)
            .unless(main.refused);
        if let Some(icon) = main.icon {
            button = button.icon(icon);
        }
        let yes = ui.add(button).clicked();
        let no = ui.add(Button::new(Kind::Raised, cancel)).clicked();
        let room = ui.available_width();
        if !hint.is_empty() && room > 60.0 {
            let colours = theme::palette(ui);
            let galley = Words::of(hint, ink::small(colours.dim)).galley_wrapped(ui, room);
            let size = vec2(room, galley.size().y);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, hint));
            let at = rect.min;
            ui.painter().galley(widgets::snap(at), galley, colours.dim);
        }
        Pressed {
            main: (yes || keys.enter) && main.refused.is_none(),
            cancel: no,
        }
    })
    .inner
}

/// Which button of the foot was pressed.
pub(in crate::ui) struct Pressed {
    pub main: bool,
    pub cancel: bool,
}
