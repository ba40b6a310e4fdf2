//! User and group lists for sharing a folder.

use eframe::egui::{ScrollArea, Ui};
use uuid::Uuid;

use super::{Ground, WIDTH};
use crate::message::Directory;
use crate::model::{ShareForm, ShareTab};
use crate::ui::dialogs::frame::Keys;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, TextField, Words, wrapped};
use crate::words;

/// A user or group in the list.
struct Person<'a> {
    uuid: Uuid,
    name: &'a str,
    fact: String,
}

fn people<'a>(tab: ShareTab, directory: &'a Directory, me: Option<Uuid>) -> Vec<Person<'a>> {
    if tab == ShareTab::Groups {
        let groups = directory.groups.iter();
        return groups
            .map(|group| Person {
                uuid: group.user_group_uuid,
                name: &group.user_group_name,
                fact: match group.user_list.len() {
                    0 => String::new(),
                    many => words::count(many as u64, "user", "users"),
                },
            })
            .collect();
    }
    let users = directory.users.iter();
    users
        .filter(|user| Some(user.user_uuid) != me)
        .map(|user| Person {
            uuid: user.user_uuid,
            name: if user.full_name.is_empty() {
                &user.user_name
            } else {
                &user.full_name
            },
            fact: user.email.clone(),
        })
        .collect()
}

/// A search field above the list; a click toggles an entry.
pub(in crate::ui) fn show(ui: &mut Ui, keys: &mut Keys, form: &mut ShareForm, ground: &Ground<'_>) {
    let colours = theme::palette(ui);
    let (kind, sign) = match form.tab {
        ShareTab::Groups => ("groups", icon::USERS_THREE),
        _ => ("users", icon::USER),
    };
    let field = TextField::new(&mut form.search, "Look for a name")
        .hint("Look for a name")
        .icon(icon::MAGNIFYING_GLASS);
    keys.field(&field.size(WIDTH, measure::CONTROL).show(ui).response);
    let Some(directory) = ground.directory else {
        if ground.loading {
            widgets::spinner(ui, &format!("Loading the {kind} …"));
        } else {
            let words = format!("The account's {kind} are not known.");
            wrapped(ui, Words::of(&words, ink::body(colours.dim)));
        }
        return;
    };
    let me = ground.session.map(|session| session.user);
    let wanted = form.search.trim().to_lowercase();
    let mut people = people(form.tab, directory, me);
    let any = !people.is_empty();
    people.retain(|person| person.name.to_lowercase().contains(&wanted));
    if people.is_empty() {
        let words = if any {
            "No name fits.".to_owned()
        } else {
            format!("The account has no {kind} to share with.")
        };
        wrapped(ui, Words::of(&words, ink::body(colours.dim)));
    }
    let ticked = if form.tab == ShareTab::Groups {
        &mut form.groups
    } else {
        &mut form.users
    };
    let rows = ScrollArea::vertical().id_salt("people").max_height(200.0);
    let rows = rows.auto_shrink([false, true]);
    rows.show_rows(ui, measure::CONTROL, people.len(), |ui, range| {
        for person in people.iter().skip(range.start).take(range.len()) {
            let on = ticked.contains(&person.uuid);
            let row = widgets::menu_row(ui, Some(sign), person.name, &person.fact, on);
            keys.field(&row);
            if row.clicked() && !ticked.remove(&person.uuid) {
                ticked.insert(person.uuid);
            }
        }
    });
}
