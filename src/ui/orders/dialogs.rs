//! Modal dialogs about the selected orders.

use eframe::egui::{Align, Color32, Id, Key, Layout, Modal, ScrollArea, Ui, vec2};

use crate::model::{
    Action, Choice, Dialog, Model, OrderAsk, OrderDialog, OrdersAction, Remote, Session,
    ShellAction,
};
use crate::ui::dialogs::frame;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Words, label, wrapped};
use crate::words;

/// Paints the open dialog, if there is one. Esc closes it; a click outside does not.
pub(in crate::ui) fn show(ui: &Ui, model: &Model) -> Option<Action> {
    let Some(Dialog::Orders(asked)) = &model.dialog else {
        return None;
    };
    frame(ui, "orders dialog", 440.0, |ui| match asked.ask {
        OrderAsk::Delete => show_delete(ui, asked),
        _ => show_choice(ui, model, asked),
    })
}

/// A modal frame of `width` points. Esc closes it.
pub(in crate::ui) fn frame(
    ui: &Ui,
    name: &'static str,
    width: f32,
    add: impl FnOnce(&mut Ui) -> Option<Action>,
) -> Option<Action> {
    let frame = widgets::dialog_frame(theme::palette(ui), ui.visuals().window_shadow);
    let modal = Modal::new(Id::unique(name))
        .frame(frame)
        .backdrop_color(Color32::from_black_alpha(150));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 10.0);
        add(ui)
    });
    let closed = frame::escaped(ui, &shown);
    shown
        .inner
        .or(closed.then_some(Action::Shell(ShellAction::CloseDialog)))
}

/// A row of buttons from the right, exactly as high as a button: with the remaining height, the
/// buttons would be centred in it and the dialog would grow with every frame.
pub(in crate::ui) fn buttons<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let size = vec2(ui.available_width(), measure::CONTROL);
    let layout = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(size, layout, add).inner
}

fn orders(dialog: &OrderDialog) -> String {
    words::count(dialog.orders.len() as u64, "order", "orders")
}

/// Asks for confirmation, with the number of orders and whose they are. Focus starts on Cancel.
fn show_delete(ui: &mut Ui, dialog: &OrderDialog) -> Option<Action> {
    let colours = theme::palette(ui);
    let count = orders(dialog);
    let heading = format!("Delete {count}?");
    label(ui, &heading, ink::heading(colours.text));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        for patient in &dialog.patients {
            label(ui, patient, ink::bold(colours.text));
        }
        if dialog.more_patients > 0 {
            let more = format!("and {} more", words::number(dialog.more_patients as u64));
            label(ui, &more, ink::body(colours.dim));
        }
    });
    let (they, them) = match dialog.orders.len() {
        1 => ("It goes to the account's trash with its", "it"),
        _ => ("They go to the account's trash with their", "them"),
    };
    let text =
        format!("{they} images and documents. StudyDrop cannot take {them} back out of the trash.");
    wrapped(ui, Words::of(&text, ink::body(colours.dim)));
    ui.add_space(6.0);
    buttons(ui, |ui| {
        let verb = format!("Delete {count}");
        let yes = ui.add(Button::new(Kind::Danger, &verb).icon(icon::TRASH));
        let no = ui.add(Button::new(Kind::Raised, "Cancel"));
        if ui.memory(|memory| memory.focused()).is_none() {
            no.request_focus();
        }
        match (no.clicked(), yes.clicked()) {
            (true, _) => Some(Action::Shell(ShellAction::CloseDialog)),
            (_, true) => Some(Action::Orders(OrdersAction::Confirm)),
            _ => None,
        }
    })
}

/// Title, the main button's label once something is chosen, and the hint shown until then.
fn words(model: &Model, dialog: &OrderDialog) -> (String, String, &'static str) {
    let count = orders(dialog);
    let name = dialog
        .chosen
        .map(|choice| name(model, choice))
        .unwrap_or_default();
    match dialog.ask {
        OrderAsk::Assign => (
            format!("Assign {count}"),
            format!("Assign to {name}"),
            "Choose a user or a group first.",
        ),
        OrderAsk::Move => (
            format!("Move {count} to another location"),
            format!("Move to {name}"),
            "Choose a location first.",
        ),
        OrderAsk::Flag | OrderAsk::Delete => (
            format!("Flag {count}"),
            match dialog.chosen {
                Some(Choice::Flag { flag: 0, .. }) => "Set “No flag”".to_owned(),
                _ => format!("Set flag “{name}”"),
            },
            "Choose a flag first.",
        ),
    }
}

/// Display name of a choice.
fn name(model: &Model, choice: Choice) -> String {
    let lists = model.directory.value();
    let found = match choice {
        Choice::Location(location) => locations(model)
            .iter()
            .find(|one| one.institution_uuid == location)
            .map(|one| one.institution_name.clone()),
        Choice::User(user) => lists.and_then(|lists| {
            let found = lists.users.iter().find(|one| one.user_uuid == user)?;
            Some(found.full_name.clone())
        }),
        Choice::UserGroup(group) => lists.and_then(|lists| {
            let found = lists
                .groups
                .iter()
                .find(|one| one.user_group_uuid == group)?;
            Some(found.user_group_name.clone())
        }),
        Choice::Flag { group, flag } => lists.and_then(|lists| {
            let group = lists
                .flags
                .iter()
                .find(|one| one.group_id == u64::from(group))?;
            let flag = group
                .flag_list
                .iter()
                .find(|one| one.flag_id == u64::from(flag))?;
            Some(flag.flag_name.clone())
        }),
    };
    found.unwrap_or_default()
}

fn locations(model: &Model) -> &[crate::cloud::model::Location] {
    model.session.as_ref().map_or(&[][..], Session::locations)
}

fn show_choice(ui: &mut Ui, model: &Model, dialog: &OrderDialog) -> Option<Action> {
    let colours = theme::palette(ui);
    let (title, verb, first) = words(model, dialog);
    label(ui, &title, ink::heading(colours.text));
    let room = (ui.ctx().content_rect().height() - 260.0).clamp(120.0, 300.0);
    let mut asked = None;
    frame::shown_bars(ui);
    let area = ScrollArea::vertical()
        .max_height(room)
        .min_scrolled_height(room);
    area.auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        asked = match dialog.ask {
            OrderAsk::Assign => people_rows(ui, model, dialog.chosen),
            OrderAsk::Move => location_rows(ui, model, dialog.chosen),
            OrderAsk::Flag | OrderAsk::Delete => flag_rows(ui, model, dialog.chosen),
        };
    });
    ui.add_space(2.0);
    let refused = dialog.chosen.is_none().then_some(first);
    let pressed = buttons(ui, |ui| {
        let word = match refused {
            Some(_) => verb_alone(dialog.ask),
            None => verb.as_str(),
        };
        let main = Button::new(Kind::Main, word)
            .height(measure::CONTROL)
            .at_most(280.0)
            .unless(refused);
        let yes = ui.add(main).clicked();
        let back = dialog.ask == OrderAsk::Assign && refused.is_none();
        let back = back && ui.add(Button::new(Kind::Raised, "Take back")).clicked();
        let no = ui.add(Button::new(Kind::Raised, "Cancel")).clicked();
        match (no, yes, back) {
            (true, ..) => Some(Action::Shell(ShellAction::CloseDialog)),
            (_, true, _) => Some(Action::Orders(OrdersAction::Confirm)),
            (.., true) => Some(Action::Orders(OrdersAction::TakeBack)),
            _ => None,
        }
    });
    let nothing = ui.memory(|memory| memory.focused()).is_none();
    let entered = nothing && ui.input(|input| input.key_pressed(Key::Enter));
    let entered = entered && refused.is_none();
    asked
        .or(pressed)
        .or(entered.then_some(Action::Orders(OrdersAction::Confirm)))
}

fn verb_alone(ask: OrderAsk) -> &'static str {
    match ask {
        OrderAsk::Assign => "Assign",
        OrderAsk::Move => "Move",
        OrderAsk::Flag | OrderAsk::Delete => "Set flag",
    }
}

fn chosen(choice: Choice) -> Option<Action> {
    Some(Action::Orders(OrdersAction::Choose(choice)))
}

fn note(ui: &mut Ui, text: &str) {
    let ink = ink::body(theme::palette(ui).dim);
    wrapped(ui, Words::of(text, ink));
}

/// Says that the account's lists are loading, or why this one is empty.
fn no_list(ui: &mut Ui, model: &Model, what: &str) {
    match &model.directory {
        Remote::NotAsked | Remote::Loading(None) => widgets::spinner(ui, "Loading the lists …"),
        lists => {
            note(ui, what);
            let missing = lists.value().map_or(&[][..], |lists| &lists.missing);
            for failure in missing {
                note(ui, &failure.what);
            }
        }
    }
}

fn people_rows(ui: &mut Ui, model: &Model, now: Option<Choice>) -> Option<Action> {
    let mut asked = None;
    let lists = model.directory.value();
    let groups = lists.map_or(&[][..], |lists| &lists.groups);
    let users = lists.map_or(&[][..], |lists| &lists.users);
    for group in groups {
        let choice = Choice::UserGroup(group.user_group_uuid);
        let fact = match group.user_list.len() {
            0 => "group".to_owned(),
            count => words::count(count as u64, "user", "users"),
        };
        let sign = Some(icon::USERS_THREE);
        let on = now == Some(choice);
        if widgets::menu_row(ui, sign, &group.user_group_name, &fact, on).clicked() {
            asked = chosen(choice);
        }
    }
    for user in users {
        let choice = Choice::User(user.user_uuid);
        let on = now == Some(choice);
        let name = match user.full_name.trim() {
            "" => &user.user_name,
            _ => &user.full_name,
        };
        if widgets::menu_row(ui, Some(icon::USER), name, &user.email, on).clicked() {
            asked = chosen(choice);
        }
    }
    if groups.is_empty() && users.is_empty() {
        no_list(ui, model, "The account names no users and no groups.");
    }
    asked
}

fn location_rows(ui: &mut Ui, model: &Model, now: Option<Choice>) -> Option<Action> {
    let mut asked = None;
    for location in locations(model) {
        let choice = Choice::Location(location.institution_uuid);
        let on = now == Some(choice);
        let name = &location.institution_name;
        if widgets::menu_row(ui, Some(icon::BUILDINGS), name, "", on).clicked() {
            asked = chosen(choice);
        }
    }
    asked
}

fn flag_rows(ui: &mut Ui, model: &Model, now: Option<Choice>) -> Option<Action> {
    let colours = theme::palette(ui);
    let mut asked = None;
    let groups = model
        .directory
        .value()
        .map_or(&[][..], |lists| &lists.flags);
    for group in groups {
        // Group numbers outside u32 cannot be sent, so they are not offered.
        let Ok(number) = u32::try_from(group.group_id) else {
            continue;
        };
        ui.add_space(4.0);
        label(ui, &group.group_name, ink::medium_small(colours.dim));
        for flag in &group.flag_list {
            let Ok(id) = u32::try_from(flag.flag_id) else {
                continue;
            };
            let choice = Choice::Flag {
                group: number,
                flag: id,
            };
            let colour = theme::flag(colours, &flag.flag_color);
            if widgets::dot_row(ui, colour, &flag.flag_name, now == Some(choice)).clicked() {
                asked = chosen(choice);
            }
        }
        let none = Choice::Flag {
            group: number,
            flag: 0,
        };
        // The group's name distinguishes this row from those of other groups.
        let (sign, of) = (Some(icon::PROHIBIT), &group.group_name);
        if widgets::menu_row(ui, sign, "No flag", of, now == Some(none)).clicked() {
            asked = chosen(none);
        }
    }
    if groups.is_empty() {
        no_list(ui, model, "The account has no flags.");
    }
    asked
}
