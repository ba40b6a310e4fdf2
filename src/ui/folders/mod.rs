//! The Folders page: the tree at the left, the selected folder at the right.

pub(in crate::ui) mod content;
pub(in crate::ui) mod dialogs;
pub(in crate::ui) mod orders;
pub(in crate::ui) mod picker;
pub(in crate::ui) mod tree;

use eframe::egui::{
    Align2, Frame, Key, Margin, Modifiers, Popup, Rect, Response, ScrollArea, Ui, pos2, vec2,
};
use uuid::Uuid;

use self::tree::Dragged;
use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, Button, IconButton, Kind, TextField, Tone, Words, in_rect};
use super::{inside, orders::table};
use crate::message::View;
use crate::model::{
    Action, Folders, FoldersAction, Model, Node, OrdersAction, Remote, Select, ShareAction,
    ShareTarget,
};

/// Paints the Folders page.
pub(super) fn show(ui: &mut Ui, rect: Rect, model: &mut Model) -> Option<Action> {
    let split = rect.left() + if rect.width() > 1000.0 { 300.0 } else { 260.0 };
    let left = Rect::from_min_max(rect.min, pos2(split, rect.bottom()));
    let right = Rect::from_min_max(pos2(split, rect.top()), rect.max);
    widgets::vline(ui, split - 1.0, rect.y_range());
    let a = inside(ui, left, "tree", |ui| {
        show_tree(ui, left, &mut model.folders)
    });
    let b = inside(ui, right, "content", |ui| content::show(ui, right, model));
    a.or(b).or(keys(ui, model))
}

/// Keyboard shortcuts of the page, active while no dialog is open and no field has the focus.
fn keys(ui: &Ui, model: &Model) -> Option<Action> {
    let ctx = ui.ctx();
    if model.has_dialog() || ctx.any_popup_open() {
        return None;
    }
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    let page = &model.folders;
    if pressed(Modifiers::COMMAND, Key::N) {
        return Some(Action::Folders(FoldersAction::AskNew(page.selected)));
    }
    let typing = ctx.text_edit_focused();
    let folder = page
        .selected
        .filter(|folder| page.folder(*folder).is_some() && !typing)?;
    if pressed(Modifiers::NONE, Key::F2) {
        return Some(Action::Folders(FoldersAction::AskRename(folder)));
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        let act = if page.selection.is_empty() {
            FoldersAction::AskDelete(folder)
        } else {
            FoldersAction::TakeOut
        };
        return Some(Action::Folders(act));
    }
    let select = |what| Some(Action::Folders(FoldersAction::Select(what)));
    if pressed(Modifiers::COMMAND, Key::A) {
        return select(Select::All);
    }
    let any = !page.selection.is_empty();
    if any && pressed(Modifiers::NONE, Key::Escape) {
        return select(Select::Nothing);
    }
    // A focused widget handles these keys itself, as the tree does with the arrow keys.
    if ui.memory(|memory| memory.focused()).is_some() {
        return None;
    }
    if any && pressed(Modifiers::NONE, Key::Enter) {
        return Some(Action::Folders(FoldersAction::OpenViewer));
    }
    table::keys(ui).and_then(select)
}

fn show_tree(ui: &mut Ui, rect: Rect, folders: &mut Folders) -> Option<Action> {
    let head = Rect::from_min_size(
        rect.min + vec2(measure::EDGE, 12.0),
        vec2(rect.width() - 33.0, 28.0),
    );
    let mut asked = show_head(ui, head, folders.selected);
    let field = Rect::from_min_size(
        pos2(head.left(), head.bottom() + 8.0),
        vec2(head.width(), measure::CONTROL),
    );
    inside(ui, field, "filter", |ui| {
        TextField::new(&mut folders.filter, "Narrow the tree by name")
            .hint("Name of a folder")
            .icon(icon::MAGNIFYING_GLASS)
            .size(field.width(), measure::CONTROL)
            .show(ui);
    });
    let body = Rect::from_min_max(
        pos2(rect.left(), field.bottom() + 8.0),
        pos2(rect.right() - 1.0, rect.bottom()),
    );
    let in_list = inside(ui, body, "list", |ui| {
        let shown = ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            show_nodes(ui, folders)
        });
        shown.inner
    });
    asked = asked.or(in_list);
    asked
}

fn show_head(ui: &mut Ui, head: Rect, selected: Option<Uuid>) -> Option<Action> {
    let colours = theme::palette(ui);
    in_rect(
        ui,
        head,
        Align2::LEFT_CENTER,
        "Folders",
        ink::heading(colours.text),
    );
    super::row_from_right(ui, head, "head", |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let new = Button::new(Kind::Raised, "New")
            .name("New folder…")
            .icon(icon::FOLDER_PLUS)
            .height(28.0);
        let new = ui.add(new).on_hover_text("New folder… (Ctrl+N)");
        let again = ui.add(IconButton::new(
            icon::ARROW_CLOCKWISE,
            "Load the folders again",
        ));
        match (new.clicked(), again.clicked()) {
            (true, _) => Some(Action::Folders(FoldersAction::AskNew(selected))),
            (_, true) => Some(Action::Folders(FoldersAction::Reload)),
            _ => None,
        }
    })
}

fn show_nodes(ui: &mut Ui, folders: &Folders) -> Option<Action> {
    let mut asked = tree_state(ui, folders);
    let selected = folders.selected;
    let narrows = !folders.filter.trim().is_empty();
    let unloaded = narrows && folders.any_unloaded();
    let nodes = folders.narrowed(&folders.filter);
    tree::rows(ui, nodes.len(), |ui, range| {
        for node in nodes.iter().skip(range.start).take(range.len()) {
            let row = show_node(ui, node, selected == Some(node.uuid));
            asked = asked.take().or(row);
        }
    });
    let none = narrows && nodes.is_empty();
    if none || unloaded {
        let words = match (none, unloaded) {
            (true, false) => "No folder fits.",
            (true, true) => "No folder that was opened fits. Open more of the tree to look there.",
            _ => "Folders that were not opened yet are not looked through.",
        };
        let frame = Frame::new().inner_margin(Margin::symmetric(16, 6));
        let ink = ink::small(theme::palette(ui).dim);
        frame.show(ui, |ui| widgets::wrapped(ui, Words::of(words, ink)));
    }
    asked
}

fn tree_state(ui: &mut Ui, folders: &Folders) -> Option<Action> {
    let loading = matches!(folders.root(), Remote::NotAsked | Remote::Loading(None));
    let empty = matches!(folders.root(), Remote::Loaded(list) if list.is_empty());
    // The selected folder's own failure is shown at the right.
    let failure = folders.failure.as_ref();
    let failure = failure.filter(|(of, _)| of.is_none() || *of != folders.selected);
    if failure.is_none() && !loading && !empty {
        return None;
    }
    let add = |ui: &mut Ui| match failure {
        Some((_, failure)) => {
            let (what, remedy) = (&failure.what, &failure.remedy);
            let again = widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"));
            again.then_some(Action::Folders(FoldersAction::Reload))
        }
        None if loading => {
            widgets::spinner(ui, "Loading the folders …");
            None
        }
        None => {
            let ink = ink::body(theme::palette(ui).dim);
            let words = "The account has no folders yet. New makes one.";
            widgets::wrapped(ui, Words::of(words, ink));
            None
        }
    };
    let framed = Frame::new()
        .inner_margin(Margin::symmetric(16, 0))
        .show(ui, add);
    framed.inner
}

fn show_node(ui: &mut Ui, node: &Node, on: bool) -> Option<Action> {
    let row = tree::row(ui, node, on);
    if let Some(dragged) = row.response.dnd_release_payload::<Dragged>() {
        return Some(Action::Folders(FoldersAction::Add {
            orders: dragged.0.clone(),
            folder: node.uuid,
        }));
    }
    let from_menu = context_menu(&row.response, node.uuid);
    let selected = row.response.clicked() || row.response.secondary_clicked();
    row.toggled
        .or(from_menu)
        .or(selected.then_some(Action::Folders(FoldersAction::SelectFolder(node.uuid))))
}

fn context_menu(response: &Response, folder: Uuid) -> Option<Action> {
    let shown = Popup::context_menu(response).width(220.0).show(|ui| {
        ui.set_min_width(220.0);
        ui.set_max_width(220.0);
        ui.spacing_mut().item_spacing.y = 1.0;
        menu(ui, folder)
    });
    shown.and_then(|shown| shown.inner)
}

/// Menu with all actions on a folder.
pub(super) fn menu(ui: &mut Ui, folder: Uuid) -> Option<Action> {
    let lines = [
        (
            icon::EYE,
            "Open viewer",
            "",
            Action::View(View::Folder(folder)),
        ),
        (
            icon::LIST_MAGNIFYING_GLASS,
            "Show in Orders",
            "",
            Action::Orders(OrdersAction::ShowFolder(folder)),
        ),
        (
            icon::SHARE_NETWORK,
            "Share…",
            "",
            Action::Share(ShareAction::Open(ShareTarget::Folder(folder))),
        ),
        (
            icon::FOLDER_PLUS,
            "New folder in it…",
            "Ctrl+N",
            Action::Folders(FoldersAction::AskNew(Some(folder))),
        ),
        (
            icon::PENCIL_SIMPLE,
            "Rename…",
            "F2",
            Action::Folders(FoldersAction::AskRename(folder)),
        ),
        (
            icon::NOTE_PENCIL,
            "Describe…",
            "",
            Action::Folders(FoldersAction::AskDescribe(folder)),
        ),
        (
            icon::TRASH,
            "Delete…",
            "Del",
            Action::Folders(FoldersAction::AskDelete(folder)),
        ),
    ];
    let mut asked = None;
    for (sign, word, key, action) in lines {
        if widgets::menu_row(ui, Some(sign), word, key, false).clicked() {
            asked = Some(action);
            ui.close();
        }
    }
    asked
}
