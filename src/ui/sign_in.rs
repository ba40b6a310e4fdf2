//! The sign-in page.

use eframe::egui::{
    Align, Align2, Id, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::fonts::icon;
use super::inside;
use super::shell::logo;
use super::theme::{self, ink, measure};
use super::widgets::{
    self, Button, Check, Kind, TextField, Tone, Trailing, Words, in_rect, label, wrapped,
};
use crate::model::{Action, KeyState, SignIn, SignInAction, SignInState};

const WIDTH: f32 = 400.0;

/// Paints the sign-in form, centred in the window.
pub(super) fn show(ui: &mut Ui, whole: Rect, form: &mut SignIn) -> Option<Action> {
    let mut asked = None;
    let builder = UiBuilder::new()
        .id_salt("sign in")
        .max_rect(whole)
        .layout(Layout::top_down(Align::Min));
    let ui = &mut ui.new_child(builder);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        // Centred vertically by the height measured in the previous frame.
        let id = Id::unique("sign in height");
        let height = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(500.0);
        let top = ((whole.height() - height) / 2.0)
            .floor()
            .max(measure::AROUND);
        let left = whole.center().x - WIDTH / 2.0;
        let place = Rect::from_min_size(
            pos2(left.floor(), ui.cursor().top() + top),
            vec2(WIDTH, height),
        );
        let builder = UiBuilder::new()
            .max_rect(place)
            .layout(Layout::top_down(Align::Min));
        let used = ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            asked = page(ui, form);
        });
        let used = used.response.rect.height();
        if (used - height).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(id, used));
            // The frame with the outdated position is discarded, so that it is never visible.
            ui.ctx().request_discard("the page is as high as it is");
        }
        ui.add_space(measure::AROUND);
    });
    asked
}

fn page(ui: &mut Ui, form: &mut SignIn) -> Option<Action> {
    header(ui);
    ui.add_space(30.0);
    match form.state.clone() {
        SignInState::Working(step) => working(ui, &step),
        SignInState::Failed(failure) => {
            widgets::banner(ui, Tone::Bad, &failure.what, &failure.remedy, None);
            ui.add_space(20.0);
            fields(ui, form)
        }
        SignInState::Idle => fields(ui, form),
    }
}

fn header(ui: &mut Ui) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 40.0), Sense::hover());
    logo(ui, Rect::from_min_size(rect.min, theme::square(40.0)));
    let text = Rect::from_min_max(pos2(rect.left() + 52.0, rect.top()), rect.max);
    let upper = Rect::from_min_max(text.min, pos2(text.right(), text.top() + 24.0));
    in_rect(
        ui,
        upper,
        Align2::LEFT_CENTER,
        "StudyDrop",
        ink::heading(colours.text),
    );
    let lower = Rect::from_min_max(pos2(text.left(), text.top() + 23.0), text.max);
    let line = "Studies from this workstation to your PostDICOM account";
    in_rect(
        ui,
        lower,
        Align2::LEFT_CENTER,
        line,
        ink::small(colours.dim),
    );
}

fn working(ui: &mut Ui, step: &str) -> Option<Action> {
    let mut asked = None;
    widgets::card_frame(ui).show(ui, |ui| {
        ui.set_width(WIDTH - 34.0);
        ui.horizontal(|ui| {
            let word = format!("{} …", step.trim_end_matches(['.', '…', ' ']));
            widgets::spinner(ui, &word);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.add(Button::new(Kind::Raised, "Cancel")).clicked() {
                    asked = Some(Action::SignIn(SignInAction::Cancel));
                }
            });
        });
    });
    asked
}

fn fields(ui: &mut Ui, form: &mut SignIn) -> Option<Action> {
    let mut asked = None;
    let account = SignIn::check(&form.account_key);
    let api = SignIn::check(&form.api_key);
    let (shown, keys) = (form.key_shown, (&mut form.account_key, &mut form.api_key));
    let (entered, _) = key_field(ui, "Account key", keys.0, &account, None);
    ui.add_space(14.0);
    let (also, eye) = key_field(ui, "API key", keys.1, &api, Some(shown));
    if eye {
        asked = Some(Action::SignIn(SignInAction::ToggleKeyShown));
    }
    ui.add_space(18.0);
    asked = asked.or(remember(ui, form));
    ui.add_space(10.0);
    let refused = form.refused();
    let button = Button::new(Kind::Main, "Sign in").width(WIDTH);
    let pressed = ui.add(button.unless(refused)).clicked();
    if pressed || ((entered || also) && refused.is_none()) {
        asked = Some(Action::SignIn(SignInAction::Submit));
    }
    ui.add_space(20.0);
    divider(ui, "no account at hand?");
    ui.add_space(20.0);
    asked = asked.or(practice(ui));
    ui.add_space(34.0);
    asked.or(advanced(ui, form))
}

fn remember(ui: &mut Ui, form: &SignIn) -> Option<Action> {
    let word = "Remember on this computer";
    let refused = form.remember_refused.as_deref();
    let pressed = widgets::checkbox(ui, Check::from(form.remember), word, word, refused);
    // Whether there is a keychain is known only after the first frame; the space is reserved so
    // that the page does not move.
    ui.add_space(2.0);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 16.0), Sense::hover());
    // The id of the widgets below must not change either, or a press in progress would be lost.
    let line = rect.with_min_x(rect.left() + 25.0);
    inside(ui, line, "refused", |ui| {
        if let Some(reason) = refused {
            let ink = ink::small(theme::palette(ui).dim);
            in_rect(ui, line, Align2::LEFT_CENTER, reason, ink);
        }
    });
    pressed
        .clicked()
        .then_some(Action::SignIn(SignInAction::ToggleRemember))
}

fn practice(ui: &mut Ui) -> Option<Action> {
    let button = Button::new(Kind::Raised, "Open the practice workspace");
    let button = button.icon(icon::GRADUATION_CAP);
    let pressed = ui.add(button.width(WIDTH).height(measure::MAIN)).clicked();
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 16.0), Sense::hover());
    let line = "Everything works as with an account. Nothing leaves this computer.";
    let ink = ink::small(theme::palette(ui).faint);
    in_rect(ui, rect, Align2::CENTER_CENTER, line, ink);
    pressed.then_some(Action::SignIn(SignInAction::OpenPractice))
}

/// A key's field with its caption, and its validation message below. Returns whether Enter was
/// pressed and whether the eye (show/hide) was.
fn key_field(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    state: &KeyState,
    shown: Option<bool>,
) -> (bool, bool) {
    let colours = theme::palette(ui);
    label(ui, name, ink::body(colours.dim));
    ui.add_space(6.0);
    let trailing = match (shown, state) {
        (Some(shown), _) => Trailing::Eye(shown),
        (None, KeyState::Good) => Trailing::Check,
        _ => Trailing::None,
    };
    let hidden = shown == Some(false);
    let typed = TextField::new(text, name)
        .id(Id::unique(("sign in", name)))
        .size(WIDTH, 38.0)
        .trailing(trailing)
        .hidden(hidden)
        .hint("36 characters, from the account's API settings")
        .show(ui);
    if let KeyState::Bad(why) = state {
        ui.add_space(5.0);
        label(ui, why, ink::small(colours.bad));
    }
    (typed.entered, typed.eye)
}

fn divider(ui: &mut Ui, word: &str) {
    let colours = theme::palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 20.0), Sense::hover());
    let used = in_rect(
        ui,
        rect,
        Align2::CENTER_CENTER,
        word,
        ink::small(colours.faint),
    )
    .rect;
    widgets::hline(
        ui,
        rect.left()..=used.left() - 12.0,
        rect.center().y.floor(),
    );
    widgets::hline(
        ui,
        used.right() + 12.0..=rect.right(),
        rect.center().y.floor(),
    );
}

fn advanced(ui: &mut Ui, form: &mut SignIn) -> Option<Action> {
    let word = if form.advanced {
        "Advanced"
    } else {
        "Advanced: router address, proxy"
    };
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, form.advanced, word));
    let ink = theme::hot(ui, &response);
    let middle = rect.center().y;
    let sign = theme::caret(form.advanced);
    widgets::icon_at(ui, pos2(rect.left() + 6.0, middle), sign, 12.0, ink);
    let galley = Words::of(word, ink::small(ink)).galley(ui, WIDTH);
    let at = pos2(rect.left() + 18.0, middle - galley.size().y / 2.0);
    ui.painter().galley(widgets::snap(at), galley, ink);
    widgets::focus_ring(ui, &response, rect, measure::CORNER);
    if form.advanced {
        addresses(ui, form);
    }
    response
        .clicked()
        .then_some(Action::SignIn(SignInAction::ToggleAdvanced))
}

fn addresses(ui: &mut Ui, form: &mut SignIn) {
    let colours = theme::palette(ui);
    ui.add_space(12.0);
    let fields = [
        ("Router address", "https://…", &mut form.router),
        (
            "Proxy, if one is needed",
            "http://host:port",
            &mut form.proxy,
        ),
    ];
    for (name, hint, text) in fields {
        label(ui, name, ink::body(colours.dim));
        ui.add_space(6.0);
        TextField::new(text, name)
            .size(WIDTH, 38.0)
            .hint(hint)
            .show(ui);
        ui.add_space(12.0);
    }
    if let Some(problem) = form.address_problem() {
        wrapped(ui, Words::of(&problem, ink::small(colours.bad)));
    }
}
