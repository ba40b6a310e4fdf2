//! What an order is related to: folders, users, flags, its group, and its shares.

use eframe::egui::{Align, Align2, Layout, Sense, Ui, vec2};

use super::pictures;
use super::{NARROW, caption};
use crate::cloud::model::{Flag, FlagGroup, Order, OrderProperties, OrderRef, ShareOfOrder};
use crate::message::Change;
use crate::model::{Action, Model, OrderAsk, OrdersAction};
use crate::ui::Textures;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, IconButton, Kind, Words, in_rect, label};
use crate::words;

/// A caption with its content at the right, which may wrap.
fn section(ui: &mut Ui, word: &str, add: impl FnOnce(&mut Ui) -> Option<Action>) -> Option<Action> {
    let colours = theme::palette(ui);
    let width = ui.available_width();
    let layout = Layout::left_to_right(Align::Min);
    ui.allocate_ui_with_layout(vec2(width, 30.0), layout, |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        ui.add_space(measure::EDGE);
        let size = vec2(caption(width), 30.0);
        let (place, _) = ui.allocate_exact_size(size, Sense::hover());
        in_rect(ui, place, Align2::LEFT_CENTER, word, ink::body(colours.dim));
        ui.add_space(8.0);
        let room = vec2(ui.available_width() - measure::EDGE, 30.0);
        let wrapping = Layout::left_to_right(Align::Center).with_main_wrap(true);
        ui.allocate_ui_with_layout(room, wrapping, |ui| {
            ui.set_max_width(room.x);
            ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
            ui.set_row_height(30.0);
            add(ui)
        })
        .inner
    })
    .inner
}

/// A tag with a remove button. Returns whether that was pressed.
fn removable(ui: &mut Ui, text: &str, remove: &str) -> bool {
    let colours = theme::palette(ui);
    let galley = Words::of(text, ink::small(colours.text)).galley(ui, ui.max_rect().width() - 34.0);
    let size = vec2(galley.size().x + 34.0, 24.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let corner = eframe::egui::CornerRadius::same(4);
    ui.painter().rect_filled(rect, corner, colours.raise);
    let place = rect
        .with_max_x(rect.right() - 24.0)
        .with_min_x(rect.left() + 8.0);
    in_rect(
        ui,
        place.expand2(vec2(1.0, 0.0)),
        Align2::LEFT_CENTER,
        text,
        ink::small(colours.text),
    );
    let cross = rect.with_min_x(rect.right() - 24.0);
    let pressed = ui.place(cross, IconButton::new(icon::X, remove)).clicked();
    widgets::hint(response, text);
    pressed
}

/// The button at the end of a section that adds to it.
fn more(ui: &mut Ui, name: &str, act: OrdersAction) -> Option<Action> {
    let pressed = ui.add(IconButton::new(icon::PLUS, name)).clicked();
    pressed.then_some(Action::Orders(act))
}

/// Paints the sections. Nothing is shown until the properties have loaded.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    model: &Model,
    order: &Order,
    known: Option<&OrderProperties>,
    textures: &mut Textures,
) -> Option<Action> {
    let place = order.place();
    let mut asked = None;
    if let Some(known) = known {
        asked = asked.or(folders(ui, known, place));
        asked = asked.or(people(ui, known, place));
    }
    asked = asked.or(flags(ui, model, order, known));
    if let Some(known) = known {
        asked = asked.or(group(ui, known, place));
    }
    ui.add_space(measure::INSIDE);
    asked = asked.or(pictures::show(ui, model, order, known, textures));
    asked.or(super::documents::target(ui))
}

fn folders(ui: &mut Ui, known: &OrderProperties, place: OrderRef) -> Option<Action> {
    section(ui, "Folders", |ui| {
        let mut asked = None;
        for folder in &known.folder_list {
            let path = match folder.folder_path.is_empty() {
                true => folder.folder_name.clone(),
                false => folder.folder_path.replace('/', " / "),
            };
            if removable(ui, &path, &format!("Take out of {path}")) {
                asked = Some(Action::Change(Change::RemoveFromFolder {
                    orders: vec![place],
                    folder: folder.folder_uuid,
                }));
            }
        }
        asked.or(more(ui, "Add to a folder", OrdersAction::AddToFolder))
    })
}

fn people(ui: &mut Ui, known: &OrderProperties, place: OrderRef) -> Option<Action> {
    section(ui, "Assigned to", |ui| {
        let mut asked = None;
        for group in &known.user_group_list {
            let name = &group.user_group_name;
            if removable(ui, name, &format!("Take back from {name}")) {
                asked = Some(Action::Change(Change::AssignUserGroup {
                    orders: vec![place],
                    to: group.user_group_uuid,
                    on: false,
                }));
            }
        }
        for user in &known.user_list {
            let name = &user.full_name;
            if removable(ui, name, &format!("Take back from {name}")) {
                asked = Some(Action::Change(Change::AssignUser {
                    orders: vec![place],
                    to: user.user_uuid,
                    on: false,
                }));
            }
        }
        asked.or(more(
            ui,
            "Assign this order…",
            OrdersAction::Ask(OrderAsk::Assign),
        ))
    })
}

/// One line for each flag group of the account, or the order's own flags if the groups are not known.
fn flags(
    ui: &mut Ui,
    model: &Model,
    order: &Order,
    known: Option<&OrderProperties>,
) -> Option<Action> {
    // While the properties are being reloaded, the search result is more recent.
    let has = match known {
        Some(known) if order.flag_list.is_empty() => &known.order.flag_list,
        _ => &order.flag_list,
    };
    let groups = model
        .directory
        .value()
        .map_or(&[][..], |lists| &lists.flags);
    let mut asked = None;
    for group in groups {
        let word = match (groups.len(), group.group_name.trim()) {
            (1, _) | (_, "") => "Flag",
            (_, name) => name,
        };
        let now = has.iter().find(|flag| flag.group_id == group.group_id);
        asked = asked.or(section(ui, word, |ui| {
            flag_picker(ui, word, group, now, order.place())
        }));
    }
    if groups.is_empty() && !has.is_empty() {
        section(ui, "Flag", |ui| {
            for flag in has {
                dot(ui, flag);
                let colour = theme::palette(ui).text;
                label(ui, &flag.flag_name, ink::body(colour));
            }
            None
        });
    }
    asked
}

/// A dot in the flag's colour; its name is shown beside it.
fn dot(ui: &mut Ui, flag: &Flag) {
    let colour = theme::flag(theme::palette(ui), &flag.flag_color);
    let (rect, _) = ui.allocate_exact_size(theme::square(16.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, colour);
}

fn flag_picker(
    ui: &mut Ui,
    word: &str,
    group: &FlagGroup,
    now: Option<&Flag>,
    place: OrderRef,
) -> Option<Action> {
    if let Some(flag) = now {
        dot(ui, flag);
    }
    let text = now.map_or("No flag", |flag| flag.flag_name.as_str());
    let name = format!("{word}: {text}");
    let most = ui.available_width();
    let button = Button::new(Kind::Field, text)
        .name(&name)
        .caret()
        .height(26.0)
        .at_most(most);
    let set = |flag: u64| -> Option<Action> {
        Some(Action::Change(Change::SetFlag {
            orders: vec![place],
            group: u32::try_from(group.group_id).ok()?,
            flag: u32::try_from(flag).ok()?,
        }))
    };
    widgets::picker(ui, button, 220.0, false, |ui| {
        let mut asked = None;
        for flag in &group.flag_list {
            let on = now.is_some_and(|now| now.flag_id == flag.flag_id);
            if widgets::dot_row(
                ui,
                theme::flag(theme::palette(ui), &flag.flag_color),
                &flag.flag_name,
                on,
            )
            .clicked()
            {
                asked = set(flag.flag_id);
            }
        }
        if widgets::menu_row(ui, Some(icon::PROHIBIT), "No flag", "", now.is_none()).clicked() {
            asked = set(0);
        }
        asked
    })
}

fn group(ui: &mut Ui, known: &OrderProperties, place: OrderRef) -> Option<Action> {
    if known.connected_order_list.is_empty() {
        return None;
    }
    section(ui, "Opens with", |ui| {
        let mut asked = None;
        for other in &known.connected_order_list {
            let study = format!("{} {}", other.order_modality, other.study_description);
            let study = study.trim();
            let remove = format!("Take {study} out of the group");
            if removable(ui, study, &remove) {
                asked = Some(Action::Change(Change::Ungroup {
                    orders: vec![other.place()],
                }));
            }
        }
        let leave = IconButton::new(icon::LINK_BREAK, "Take this order out of the group");
        if ui.add(leave).clicked() {
            asked = Some(Action::Change(Change::Ungroup {
                orders: vec![place],
            }));
        }
        asked
    })
}

/// The shares of the order.
pub(in crate::ui) fn shares(ui: &mut Ui, known: Option<&OrderProperties>) -> Option<Action> {
    let mut asked = None;
    let list = known.map_or(&[][..], |known| &known.share_list);
    for share in list {
        show_share(ui, share);
    }
    ui.horizontal(|ui| {
        ui.add_space(measure::EDGE);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            ui.add_space(4.0);
            if known.is_some() && list.is_empty() {
                let colour = theme::palette(ui).dim;
                label(ui, "This order was not shared.", ink::body(colour));
            }
            let button = Button::new(Kind::Raised, "Share…")
                .name("Share this order…")
                .icon(icon::SHARE_NETWORK);
            if ui.add(button).clicked() {
                asked = Some(Action::Orders(OrdersAction::Share));
            }
        });
    });
    asked
}

fn show_share(ui: &mut Ui, share: &ShareOfOrder) {
    let colours = theme::palette(ui);
    let (sign, title) = match share.email.is_empty() {
        true => (icon::LINK, "By link".to_owned()),
        false => (
            icon::ENVELOPE_SIMPLE,
            format!("By e-mail to {}", share.email),
        ),
    };
    let mut facts = vec![match share.expire_date.is_empty() {
        true => "never ends".to_owned(),
        false => format!("until {}", day(&share.expire_date)),
    }];
    facts.push(match share.user_can_download_studies {
        true => "may download".to_owned(),
        false => "may only look".to_owned(),
    });
    // In a narrow panel each fact gets its own line.
    let narrow = ui.available_width() <= NARROW;
    let lines = match narrow {
        true => facts,
        false => vec![facts.join(" · ")],
    };
    let height = if narrow { 64.0 } else { 48.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let room = rect.shrink2(vec2(measure::EDGE, 0.0));
    widgets::icon_at(
        ui,
        room.left_center() + vec2(8.0, 0.0),
        sign,
        16.0,
        colours.dim,
    );
    let text = room
        .with_min_x(room.left() + 26.0)
        .with_max_x(room.right() - 32.0);
    let top = text.with_max_y(rect.top() + 24.0);
    in_rect(
        ui,
        top,
        Align2::LEFT_BOTTOM,
        &title,
        ink::body(colours.text),
    );
    let mut below = text.with_min_y(rect.top() + 25.0);
    for line in &lines {
        in_rect(ui, below, Align2::LEFT_TOP, line, ink::small(colours.dim));
        below.min.y += 16.0;
    }
    if !share.share_url.is_empty() {
        let place = eframe::egui::Rect::from_center_size(
            room.right_center() - vec2(12.0, 0.0),
            theme::square(24.0),
        );
        let copy = ui.place(place, IconButton::new(icon::COPY, "Copy the link"));
        if copy.clicked() {
            ui.ctx().copy_text(share.share_url.clone());
        }
    }
    widgets::hline(ui, room.x_range(), rect.bottom() - 1.0);
}

/// Formats a date sent by the server for display; text that is not a date stays as it is.
pub(in crate::ui) fn day(text: &str) -> String {
    let begin = text.get(..10).unwrap_or(text);
    begin.parse().map_or_else(|_| text.to_owned(), words::date)
}
