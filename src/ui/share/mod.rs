//! The Share dialog: by link, by e-mail, with users, with groups; then the result.

pub(in crate::ui) mod people;
pub(in crate::ui) mod result;

use eframe::egui::{ScrollArea, Ui};
use jiff::civil::Date;
use uuid::Uuid;

use super::dialogs::frame::{self, Keys, Main};
use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, Check, Kind, TextField, Tone, label};
use crate::cloud::model::Contact;
use crate::message::Directory;
use crate::model::{
    Action, Expiry, Model, Session, ShareAction, ShareForm, ShareState, ShareTab, Wrong,
};
use crate::words;

/// Width of the dialog without margins, and of its fields, in points.
pub(super) const WIDTH: f32 = 518.0;
const FIELD: f32 = 386.0;

const EXPIRIES: [(Expiry, &str); 4] = [
    (Expiry::Week, "7 days"),
    (Expiry::Month, "30 days"),
    (Expiry::Never, "Never"),
    (Expiry::Day, "A date…"),
];

/// Data that the form depends on.
pub(super) struct Ground<'a> {
    pub today: Date,
    pub directory: Option<&'a Directory>,
    pub loading: bool,
    pub session: Option<&'a Session>,
    wrong: Wrong,
}

/// Paints the dialog.
pub(super) fn show(ui: &Ui, model: &Model, form: &mut ShareForm) -> Option<Action> {
    let today = model.now.clock.date();
    let ground = Ground {
        today,
        directory: model.directory.value().map(AsRef::as_ref),
        loading: model.directory.is_loading(),
        session: model.session.as_ref(),
        wrong: form.wrong(today),
    };
    let title = format!("Share {}", form.what);
    let shown = frame::show(ui, "share", (&title, WIDTH), |ui, keys| {
        show_tabs(ui, form);
        match &mut form.state {
            ShareState::Done(card) => result::show(ui, keys, card, ground.today),
            _ => show_form(ui, keys, form, &ground),
        }
    });
    let closed = shown.closed.then_some(ShareAction::Close);
    shown.inner.or(closed).map(Action::Share)
}

/// The tabs. Switching starts the other form with the values already entered.
fn show_tabs(ui: &mut Ui, form: &mut ShareForm) {
    let tabs = form.tabs();
    let words: Vec<&str> = tabs.iter().map(|(_, word)| *word).collect();
    let on = tabs.iter().position(|(tab, _)| *tab == form.tab);
    let pressed = widgets::tabs(ui, &words, on.unwrap_or_default());
    let working = matches!(form.state, ShareState::Working(_));
    if let Some((tab, _)) = pressed.and_then(|at| tabs.get(at)).filter(|_| !working) {
        form.tab = *tab;
        form.state = ShareState::Editing;
    }
    frame::line(ui, ui.cursor().top() - 8.0);
    ui.add_space(4.0);
}

fn show_form(
    ui: &mut Ui,
    keys: &mut Keys,
    form: &mut ShareForm,
    ground: &Ground<'_>,
) -> Option<ShareAction> {
    let asked = frame::body(ui, |ui| show_fields(ui, keys, form, ground));
    if let ShareState::Failed(failure) = &form.state {
        widgets::banner(ui, Tone::Bad, &failure.what, &failure.remedy, None);
    }
    let working = matches!(form.state, ShareState::Working(_));
    let word = if working {
        "Sharing …".to_owned()
    } else {
        main_word(form)
    };
    let main = Main {
        word: &word,
        kind: Kind::Main,
        refused: form.refused(ground.today),
        icon: None,
    };
    let pressed = frame::foot(ui, keys, hint(form), &main);
    match (pressed.main, pressed.cancel) {
        (true, _) => Some(ShareAction::Share),
        (_, true) => Some(ShareAction::Close),
        _ => asked,
    }
}

fn show_fields(
    ui: &mut Ui,
    keys: &mut Keys,
    form: &mut ShareForm,
    ground: &Ground<'_>,
) -> Option<ShareAction> {
    match form.tab {
        ShareTab::Link => {}
        ShareTab::Email => show_addresses(ui, keys, form, ground),
        ShareTab::Users | ShareTab::Groups => people::show(ui, keys, form, ground),
    }
    show_expiry(ui, keys, form, ground);
    if matches!(form.tab, ShareTab::Users | ShareTab::Groups) {
        return None;
    }
    let asked = show_password(ui, keys, form, ground);
    show_rights(ui, keys, form, ground);
    if form.is_folder() {
        show_texts(ui, keys, form, ground);
    }
    asked
}

fn main_word(form: &ShareForm) -> String {
    let with = |count: usize, one, many| words::count(count as u64, one, many);
    match form.tab {
        ShareTab::Link => "Make the link".to_owned(),
        ShareTab::Email => "Send the e-mail".to_owned(),
        ShareTab::Users => format!("Share with {}", with(form.users.len(), "user", "users")),
        ShareTab::Groups => format!("Share with {}", with(form.groups.len(), "group", "groups")),
    }
}

fn hint(form: &ShareForm) -> &'static str {
    match form.tab {
        ShareTab::Link => "Whoever has the link and the password can see the images.",
        ShareTab::Email if form.password_to.trim().is_empty() => {
            "Link and password go to the same address."
        }
        ShareTab::Email => "Link and password go to different addresses.",
        ShareTab::Users | ShareTab::Groups => "They see the folder's orders in their own account.",
    }
}

fn show_expiry(ui: &mut Ui, keys: &mut Keys, form: &mut ShareForm, ground: &Ground<'_>) {
    frame::row(ui, "Ends", |ui| {
        ui.spacing_mut().item_spacing.x = 7.0;
        for (expiry, word) in EXPIRIES {
            let chip = widgets::chip(ui, form.expiry == expiry, word);
            // Focus starts on the chosen chip.
            if form.expiry == expiry {
                keys.field(&chip);
            }
            if chip.clicked() {
                form.expiry = expiry;
            }
        }
    });
    if form.expiry == Expiry::Day {
        frame::row(ui, "Last day", |ui| {
            let field = TextField::new(&mut form.day, "Last day")
                .hint("2026-12-31")
                .icon(icon::CALENDAR_BLANK)
                .wrong(ground.wrong.day.is_some());
            keys.field(&field.size(150.0, measure::CONTROL).show(ui).response);
            let colours = theme::palette(ui);
            match (ground.wrong.day, form.last_day(ground.today)) {
                (Some(wrong), _) => drop(label(ui, wrong, ink::small(colours.bad))),
                (None, Some(day)) => {
                    let words = format!("until {}", words::date(day));
                    label(ui, &words, ink::small(colours.dim));
                }
                _ => {}
            }
        });
    }
}

fn show_password(
    ui: &mut Ui,
    keys: &mut Keys,
    form: &mut ShareForm,
    ground: &Ground<'_>,
) -> Option<ShareAction> {
    if !form.is_folder() {
        frame::row(ui, "Password", |ui| {
            let words = match form.tab {
                ShareTab::Email => "Made by the account, which sends it.",
                _ => "Made by the account; you see it here with the link.",
            };
            label(ui, words, ink::body(theme::palette(ui).text));
        });
        return None;
    }
    let made = frame::row(ui, "Password", |ui| {
        let field = TextField::new(&mut form.password, "Password")
            .hint("Empty: the account makes one")
            .wrong(ground.wrong.password.is_some());
        keys.field(&field.size(FIELD - 48.0, measure::CONTROL).show(ui).response);
        let again = Button::new(Kind::Raised, "").icon(icon::ARROW_CLOCKWISE);
        let again = again.name("Make another password").width(40.0);
        ui.add(again)
            .on_hover_text("Make another password")
            .clicked()
    });
    if ground.wrong.password.is_some() {
        frame::below(ui, ground.wrong.password, "");
    }
    made.then_some(ShareAction::MakePassword)
}

fn tick(ui: &mut Ui, keys: &mut Keys, on: &mut bool, name: &str) {
    let response = widgets::checkbox(ui, Check::from(*on), "", name, None);
    keys.field(&response);
    if response.clicked() {
        *on = !*on;
    }
}

fn show_rights(ui: &mut Ui, keys: &mut Keys, form: &mut ShareForm, ground: &Ground<'_>) {
    frame::row(ui, "May download", |ui| {
        tick(ui, keys, &mut form.may_download, "May download");
    });
    if !form.is_folder() {
        return;
    }
    frame::row(ui, "May upload", |ui| {
        tick(ui, keys, &mut form.may_upload, "May upload");
        let Some(session) = ground.session.filter(|_| form.may_upload) else {
            return;
        };
        label(ui, "to", ink::small(theme::palette(ui).dim));
        if let Some(location) = location_picker(ui, session, form.upload_to) {
            form.upload_to = Some(location);
        }
    });
}

fn location_picker(ui: &mut Ui, session: &Session, picked: Option<Uuid>) -> Option<Uuid> {
    let mut locations = session.locations().iter();
    let now = locations.find(|location| Some(location.institution_uuid) == picked);
    let now = now.map_or("Choose a location", |location| &location.institution_name);
    let name = format!("Uploads go to: {now}");
    let button = Button::new(Kind::Field, now)
        .name(&name)
        .icon(icon::BUILDINGS);
    widgets::picker(ui, button.caret().at_most(300.0), 280.0, false, |ui| {
        let mut chosen = None;
        for location in session.locations() {
            let uuid = location.institution_uuid;
            let on = Some(uuid) == picked;
            let name = &location.institution_name;
            if widgets::menu_row(ui, Some(icon::BUILDINGS), name, "", on).clicked() {
                chosen = Some(uuid);
            }
        }
        chosen
    })
}

fn show_texts(ui: &mut Ui, keys: &mut Keys, form: &mut ShareForm, ground: &Ground<'_>) {
    frame::row(ui, "Title", |ui| {
        let field = TextField::new(&mut form.title, "Title")
            .hint("What recipients see first")
            .wrong(ground.wrong.title.is_some());
        keys.field(&field.size(FIELD, measure::CONTROL).show(ui).response);
    });
    if ground.wrong.title.is_some() {
        frame::below(ui, ground.wrong.title, "");
    }
    frame::row(ui, "Text", |ui| {
        let field = TextField::new(&mut form.text, "Text").hint("For recipients");
        keys.field(&field.size(FIELD, measure::CONTROL).show(ui).response);
    });
}

fn show_addresses(ui: &mut Ui, keys: &mut Keys, form: &mut ShareForm, ground: &Ground<'_>) {
    let contacts = ground
        .directory
        .map_or(&[][..], |directory| &directory.contacts);
    frame::row(ui, "To", |ui| {
        address(
            ui,
            keys,
            &mut form.email,
            ("E-mail address", ground.wrong.email),
            contacts,
        );
    });
    frame::below(ui, ground.wrong.email, "");
    frame::row(ui, "Password to", |ui| {
        let name = ("Address for the password", ground.wrong.password_to);
        address(ui, keys, &mut form.password_to, name, contacts);
    });
    let hint = "Another address, so that no message holds both. May be empty.";
    frame::below(ui, ground.wrong.password_to, hint);
}

fn address(
    ui: &mut Ui,
    keys: &mut Keys,
    text: &mut String,
    (name, wrong): (&str, Option<&str>),
    contacts: &[Contact],
) {
    let field = TextField::new(text, name)
        .hint("name@example.org")
        .icon(icon::ENVELOPE_SIMPLE)
        .wrong(wrong.is_some());
    let width = FIELD - 120.0;
    keys.field(&field.size(width, measure::CONTROL).show(ui).response);
    let refused = contacts
        .is_empty()
        .then_some("The account has no contacts.");
    let say = format!("Contacts for {name}");
    let button = Button::new(Kind::Field, "Contacts")
        .name(&say)
        .caret()
        .width(112.0);
    let chosen = widgets::picker(ui, button.unless(refused), 300.0, false, |ui| {
        contact_list(ui, contacts, text)
    });
    if let Some(email) = chosen {
        *text = email;
    }
}

/// Contacts that match the search text, or all of them if none does.
fn contact_list(ui: &mut Ui, contacts: &[Contact], typed: &str) -> Option<String> {
    let typed = typed.trim().to_lowercase();
    let fits = |contact: &&Contact| {
        contact.contact_name.to_lowercase().contains(&typed)
            || contact.email.to_lowercase().contains(&typed)
    };
    let with_address = || contacts.iter().filter(|contact| !contact.email.is_empty());
    let mut fitting: Vec<&Contact> = with_address().filter(fits).collect();
    if fitting.is_empty() {
        fitting = with_address().collect();
    }
    let mut chosen = None;
    let rows = ScrollArea::vertical().max_height(230.0);
    rows.show_rows(ui, measure::CONTROL, fitting.len(), |ui, range| {
        for contact in fitting.iter().skip(range.start).take(range.len()) {
            let row = widgets::menu_row(
                ui,
                Some(icon::USER),
                &contact.contact_name,
                &contact.email,
                false,
            );
            if row.clicked() {
                chosen = Some(contact.email.clone());
                ui.close();
            }
        }
    });
    chosen
}
