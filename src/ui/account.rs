//! The account's menu: who works, how the window looks, signing out.

use eframe::egui::Ui;

use super::fonts::icon;
use super::theme;
use super::widgets::{self, Button, Kind, label, menu_row};
use crate::message::Workspace;
use crate::model::{Action, Model, Session};
use crate::settings::Theme;

/// Text sizes to choose from.
const SCALES: [(f32, &str); 4] = [
    (0.9, "90 %"),
    (1.0, "100 %"),
    (1.15, "115 %"),
    (1.3, "130 %"),
];

/// The button with the user's name, and its list.
pub(super) fn picker(ui: &mut Ui, model: &Model, session: &Session) -> Option<Action> {
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
        label(
            ui,
            text,
            theme::regular(theme::SMALL),
            theme::palette(ui).faint,
        );
    });
    ui.add_space(2.0);
}

fn list(ui: &mut Ui, model: &Model, session: &Session) -> Option<Action> {
    let mut asked = None;
    caption(ui, "Working as");
    for user in &session.account.user_list {
        if menu_row(
            ui,
            Some(icon::USER_CIRCLE),
            &user.full_name,
            "",
            user.user_uuid == session.user,
        )
        .clicked()
        {
            asked = Some(Action::PickUser(user.user_uuid));
            ui.close();
        }
    }
    caption(ui, "Appearance");
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        let on = usize::from(model.settings.theme == Theme::Light);
        if let Some(index) = widgets::segmented(ui, &["Dark", "Light"], on) {
            asked = Some(Action::SetTheme(if index == 0 {
                Theme::Dark
            } else {
                Theme::Light
            }));
        }
    });
    caption(ui, "Text size");
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        for (scale, word) in SCALES {
            let on = (model.settings.text_scale - scale).abs() < 0.01;
            if widgets::chip(ui, on, word).clicked() {
                asked = Some(Action::SetScale(scale));
            }
        }
    });
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(
        eframe::egui::vec2(ui.available_width(), 1.0),
        eframe::egui::Sense::hover(),
    );
    widgets::hline(ui, rect.x_range(), rect.top());
    ui.add_space(3.0);
    if menu_row(ui, Some(icon::SIGN_OUT), "Sign out", "", false).clicked() {
        asked = Some(Action::AskSignOut { forget: false });
        ui.close();
    }
    let forgets = session.workspace == Workspace::Cloud && model.sign_in.remember_refused.is_none();
    if forgets
        && menu_row(
            ui,
            Some(icon::SIGN_OUT),
            "Sign out and forget the keys",
            "",
            false,
        )
        .clicked()
    {
        asked = Some(Action::AskSignOut { forget: true });
        ui.close();
    }
    asked
}
