//! The selected folder: its path, its actions, its subfolders and its orders.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use uuid::Uuid;

use super::{orders, tree};
use crate::cloud::model::Folder;
use crate::message::View;
use crate::model::{Action, FoldersAction, Model, ShareAction, ShareTarget};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, Tone, Words, icon_at, in_rect, link};
use crate::ui::{inside, row, row_from_right};
use crate::words;

/// Paints the selected folder, or a placeholder if there is none.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let page = &model.folders;
    let Some(uuid) = page.selected else {
        show_none(ui, rect);
        return None;
    };
    let Some(folder) = page.selected_folder() else {
        return show_gone(ui, rect, model);
    };
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 14.0),
        vec2(rect.width() - 32.0, measure::CONTROL),
    );
    let buttons = 316.0;
    let mut asked = row_from_right(ui, head, "buttons", |ui| show_buttons(ui, uuid));
    let crumbs = head.with_max_x(head.right() - buttons);
    asked = asked.or(row(ui, crumbs, "crumbs", |ui| {
        show_crumbs(ui, model, folder, is_narrow(rect))
    }));
    let mut top = head.bottom() + 10.0;
    let description = folder.folder_description.trim();
    // Where the heading has no room for the counts, they are shown below it.
    let counts = if is_narrow(rect) {
        counts(folder)
    } else {
        String::new()
    };
    for words in [counts.as_str(), description] {
        if words.is_empty() {
            continue;
        }
        let place = Rect::from_min_size(pos2(head.left(), top - 6.0), vec2(head.width(), 20.0));
        let ink = ink::body(theme::palette(ui).dim);
        in_rect(ui, place, Align2::LEFT_CENTER, words, ink);
        top += 20.0;
    }
    let below = page.folders_in(uuid);
    if !below.is_empty() {
        // At most four lines, which leaves room for the orders.
        let lines = u8::try_from(below.len().min(4)).unwrap_or(4);
        let place = Rect::from_min_size(
            pos2(rect.left(), top),
            vec2(rect.width(), 32.0 * f32::from(lines)),
        );
        asked = asked.or(inside(ui, place, "below", |ui| show_below(ui, below)));
        top = place.bottom() + 6.0;
    }
    let body = rect.with_min_y(top);
    asked.or(inside(ui, body, "orders", |ui| {
        orders::show(ui, body, model)
    }))
}

fn is_narrow(rect: Rect) -> bool {
    rect.width() < 780.0
}

fn show_none(ui: &mut Ui, rect: Rect) {
    let place = Rect::from_min_max(pos2(rect.left(), rect.center().y - 90.0), rect.max);
    inside(ui, place, "none", |ui| {
        let how = "Press a folder at the left to see what is in it.";
        widgets::notice(ui, Tone::Plain, icon::FOLDERS, "No folder is selected", how);
    });
}

/// Shown if the selected folder is not listed: it is still loading, or it was deleted.
fn show_gone(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let page = &model.folders;
    let place = Rect::from_min_max(rect.min + vec2(measure::EDGE, 14.0), rect.max)
        .with_max_x(rect.right() - measure::EDGE);
    let failed = page.failure.as_ref();
    let failed = failed.filter(|(of, _)| *of == page.selected);
    inside(ui, place, "gone", |ui| {
        if failed.is_none() && (page.root().is_loading() || page.orders.is_loading()) {
            widgets::spinner(ui, "Loading the folder …");
            return None;
        }
        let words = match failed {
            Some((_, failure)) => format!("{} {}", failure.what, failure.remedy),
            None => "Somebody may have deleted it. Its orders are still in the account.".to_owned(),
        };
        let what = "This folder is no longer there.";
        let again = widgets::banner(ui, Tone::Warning, what, &words, Some("Reload"));
        again.then_some(Action::Folders(FoldersAction::Reload))
    })
}

fn show_buttons(ui: &mut Ui, uuid: Uuid) -> Option<Action> {
    ui.spacing_mut().item_spacing.x = 8.0;
    let more = Button::new(Kind::Raised, "").icon(icon::DOTS_THREE);
    let more = more.name("More for this folder").width(40.0);
    let from_menu = widgets::picker(ui, more, 220.0, false, |ui| super::menu(ui, uuid));
    let share = ui.add(Button::new(Kind::Raised, "Share…").icon(icon::SHARE_NETWORK));
    let view = ui.add(Button::new(Kind::Raised, "Open viewer").icon(icon::EYE));
    match (share.clicked(), view.clicked()) {
        (true, _) => Some(Action::Share(ShareAction::Open(ShareTarget::Folder(uuid)))),
        (_, true) => Some(Action::View(View::Folder(uuid))),
        _ => from_menu,
    }
}

/// Text such as "38 orders, 0 folders", with the totals of all levels where they are larger.
fn counts(folder: &Folder) -> String {
    let with = |here: u64, below: u64, one, many| {
        let words = words::count(here, one, many);
        if below > here {
            format!("{words} ({} with those below)", words::number(below))
        } else {
            words
        }
    };
    let orders = with(
        folder.order_count,
        folder.all_sub_order_count,
        "order",
        "orders",
    );
    let (here, below) = (folder.sub_folder_count, folder.all_sub_folder_count);
    format!("{orders}, {}", with(here, below, "folder", "folders"))
}

/// The folder's path; each ancestor can be pressed.
fn show_crumbs(ui: &mut Ui, model: &Model, folder: &Folder, narrow: bool) -> Option<Action> {
    let colours = theme::palette(ui);
    let mut asked = None;
    ui.spacing_mut().item_spacing.x = 4.0;
    let way = model.folders.way_to(folder.folder_uuid);
    let above = way.len().saturating_sub(1);
    // Only the nearest three ancestors are shown.
    let hidden = above.saturating_sub(3);
    if hidden > 0 {
        widgets::label(ui, "… /", ink::body(colours.dim));
    }
    for (parent, name) in way.iter().take(above).skip(hidden) {
        let short = shortened(name);
        let link = link(ui, &short, theme::BODY, colours.dim);
        if widgets::hint(link, name).clicked() {
            asked = Some(Action::Folders(FoldersAction::SelectFolder(*parent)));
        }
        widgets::label(ui, "/", ink::body(colours.dim));
    }
    let room = Rect::from_min_size(
        pos2(ui.cursor().left() + 4.0, ui.max_rect().top()),
        vec2(ui.available_width() - 4.0, measure::CONTROL),
    );
    let mut words = Words::of(&folder.folder_name, ink::heading(colours.text));
    if !narrow {
        words = words.gap(9.0).and(&counts(folder), ink::body(colours.dim));
    }
    words.paint(ui, room, Align2::LEFT_CENTER);
    asked
}

fn shortened(name: &str) -> String {
    const MOST: usize = 18;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let begin: String = name.chars().take(MOST - 1).collect();
    format!("{}…", begin.trim_end())
}

fn show_below(ui: &mut Ui, folders: &[Folder]) -> Option<Action> {
    let mut asked = None;
    ScrollArea::vertical()
        .id_salt("below")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            tree::rows(ui, folders.len(), |ui, range| {
                for folder in folders.iter().skip(range.start).take(range.len()) {
                    asked = asked.take().or(show_line(ui, folder));
                }
            });
        });
    asked
}

fn show_line(ui: &mut Ui, folder: &Folder) -> Option<Action> {
    let colours = theme::palette(ui);
    let size = vec2(ui.available_width(), 32.0);
    let (line, _) = ui.allocate_exact_size(size, Sense::hover());
    let id = ui.scope_id().with(("below", folder.folder_uuid));
    let response = ui.interact(line, id, Sense::click());
    let name = format!("Folder {}", folder.folder_name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let rect = line.shrink2(vec2(8.0, 0.0));
    line_words(ui, rect, folder, &response);
    let dropped = response.dnd_release_payload::<tree::Dragged>();
    if response.dnd_hover_payload::<tree::Dragged>().is_some() {
        let fill = colours.accent.gamma_multiply(0.2);
        ui.painter()
            .rect_filled(rect, CornerRadius::same(measure::CORNER), fill);
    }
    if let Some(dragged) = dropped {
        return Some(Action::Folders(FoldersAction::Add {
            orders: dragged.0.clone(),
            folder: folder.folder_uuid,
        }));
    }
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response
        .clicked()
        .then_some(Action::Folders(FoldersAction::SelectFolder(
            folder.folder_uuid,
        )))
}

fn line_words(ui: &mut Ui, rect: Rect, folder: &Folder, response: &Response) {
    let colours = theme::palette(ui);
    if response.hovered() {
        let corner = CornerRadius::same(measure::CORNER);
        ui.painter().rect_filled(rect, corner, colours.card);
    }
    widgets::focus_ring(ui, response, rect.shrink(2.0), 4);
    let middle = rect.center().y;
    icon_at(
        ui,
        pos2(rect.left() + 17.0, middle),
        icon::FOLDER,
        17.0,
        colours.dim,
    );
    let right = rect
        .with_min_x(rect.right() - 300.0)
        .with_max_x(rect.right() - 8.0);
    let facts = in_rect(
        ui,
        right,
        Align2::RIGHT_CENTER,
        &counts(folder),
        ink::small(colours.dim),
    );
    let left = pos2(rect.left() + 34.0, middle);
    let room = facts.rect.left() - left.x - 8.0;
    widgets::at(
        ui,
        left,
        room,
        &folder.folder_name,
        ink::medium(colours.text),
    );
}
