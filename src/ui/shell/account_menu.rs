//! The account menu: working user, appearance, sign-out.

use eframe::egui::{Sense, Ui, vec2};

use crate::message::Workspace;
use crate::model::{Action, Model, Session, SettingsAction, ShellAction};
use crate::settings::{Settings, Theme};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink};
use crate::ui::widgets::{self, Button, Kind, label, menu_row};

/// Selectable text scales.
const SCALES: [(f32, &str); 4] = [
    (0.9, "90 %"),
    (1.0, "100 %"),
    (1.15, "115 %"),
    (1.3, "130 %"),
];

/// The button with the user's name, and its menu.
pub(in crate::ui) fn picker(ui: &mut Ui, model: &Model, session: &Session) -> Option<Action> {
    let name = session
        .user()
        .map_or("No user", |user| user.full_name.as_str());
    let say = format!("Account: {name}");
    let button = Button::new(Kind::Field, name)
        .name(&say)
        .icon(icon::USER_CIRCLE)
        .caret()
        .at_most(220.0);
    widgets::picker(ui, button, 264.0, true, |ui| list(ui, model, session))
}

fn caption(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        label(ui, text, ink::small(theme::palette(ui).faint));
    });
    ui.add_space(2.0);
}

fn list(ui: &mut Ui, model: &Model, session: &Session) -> Option<Action> {
    let mut asked = None;
    caption(ui, "Working as");
    for user in &session.account.user_list {
        let on = user.user_uuid == session.user;
        if menu_row(ui, Some(icon::USER_CIRCLE), &user.full_name, "", on).clicked() {
            asked = Some(Action::Shell(ShellAction::PickUser(user.user_uuid)));
            ui.close();
        }
    }
    asked = asked.or(appearance(ui, &model.settings));
    ui.add_space(6.0);
    if menu_row(ui, Some(icon::GEAR_SIX), "Settings for sending…", "", false).clicked() {
        asked = Some(Action::Settings(SettingsAction::Open));
        ui.close();
    }
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    widgets::hline(ui, rect.x_range(), rect.top());
    ui.add_space(3.0);
    let cloud = session.workspace == Workspace::Cloud;
    let keychain = model.sign_in.remember_refused.is_none();
    let ways = [
        ("Sign out", false, true),
        ("Sign out and forget the keys", true, cloud && keychain),
    ];
    for (word, forget, _) in ways.into_iter().filter(|(_, _, offered)| *offered) {
        if menu_row(ui, Some(icon::SIGN_OUT), word, "", false).clicked() {
            asked = Some(Action::Shell(ShellAction::AskSignOut { forget }));
            ui.close();
        }
    }
    asked
}

fn appearance(ui: &mut Ui, settings: &Settings) -> Option<Action> {
    let mut asked = None;
    caption(ui, "Appearance");
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        let themes = [Theme::Dark, Theme::Light];
        let on = usize::from(settings.theme == Theme::Light);
        let pressed = widgets::segmented(ui, &["Dark", "Light"], on);
        asked = pressed
            .and_then(|index| themes.get(index))
            .copied()
            .map(|it| Action::Shell(ShellAction::SetTheme(it)));
    });
    caption(ui, "Text size");
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        for (scale, word) in SCALES {
            let on = (settings.text_scale - scale).abs() < 0.01;
            if widgets::chip(ui, on, word).clicked() {
                asked = Some(Action::Shell(ShellAction::SetScale(scale)));
            }
        }
    });
    asked
}
