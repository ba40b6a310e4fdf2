//! Picking a folder: a search field over the tree. Only the rows that can be seen are built.

use eframe::egui::{Key, Modifiers, ScrollArea, Ui};
use uuid::Uuid;

use super::dialog::Keys;
use super::folder_tree::{self, Row};
use super::fonts::icon;
use super::theme::{self, ink, measure};
use super::widgets::{self, TextField, Words, wrapped};
use crate::model::{Action, FolderForm, Folders, Node, Remote};

/// Paints it into a dialog's body: typing narrows the tree, Up and Down walk through it.
pub(super) fn show(
    ui: &mut Ui,
    keys: &mut Keys,
    folders: &mut Folders,
    form: &mut FolderForm,
) -> Option<Action> {
    let step = ui.input_mut(|input| {
        let down = input.consume_key(Modifiers::NONE, Key::ArrowDown);
        let up = input.consume_key(Modifiers::NONE, Key::ArrowUp);
        i64::from(down) - i64::from(up)
    });
    let width = ui.available_width();
    let field = TextField::new(&mut form.text, "Look for a folder")
        .hint("Look for a folder")
        .icon(icon::MAGNIFYING_GLASS);
    let typed = field.size(width, measure::CONTROL).show(ui);
    keys.field(&typed.response);
    let loading = matches!(folders.root(), Remote::NotAsked | Remote::Loading(None));
    let narrows = !form.text.trim().is_empty();
    let unloaded = narrows && folders.any_unloaded();
    let nodes = folders.narrowed(&form.text);
    let typed = typed.response.changed();
    form.picked = next_pick(nodes, form, typed, step);
    let asked = show_rows(ui, keys, nodes, form, loading);
    if unloaded {
        let words = "Folders that were not opened yet are not looked through.";
        wrapped(ui, Words::of(words, ink::small(theme::palette(ui).dim)));
    }
    asked
}

/// The folder that is picked after typing and walking; nothing that cannot be seen.
fn next_pick(nodes: &[Node], form: &FolderForm, typed: bool, step: i64) -> Option<Uuid> {
    let wanted = form.text.trim().to_lowercase();
    let mut picked = form.picked;
    if typed && !wanted.is_empty() {
        // The folders above those that fit are shown too, and not meant.
        let fits = |node: &&Node| node.name.to_lowercase().contains(&wanted);
        let mut fitting = nodes.iter().filter(fits);
        if !fitting.clone().any(|node| Some(node.uuid) == picked) {
            picked = fitting.next().map(|node| node.uuid);
        }
    }
    let now = nodes.iter().position(|node| Some(node.uuid) == picked);
    let stays = if wanted.is_empty() {
        picked
    } else {
        now.and(picked)
    };
    if step == 0 {
        return stays;
    }
    let next = now.map_or(0, |now| i64::try_from(now).unwrap_or_default() + step);
    let next = usize::try_from(next).ok().and_then(|next| nodes.get(next));
    next.map(|node| node.uuid).or(stays)
}

fn show_rows(
    ui: &mut Ui,
    keys: &mut Keys,
    nodes: &[Node],
    form: &mut FolderForm,
    loading: bool,
) -> Option<Action> {
    let mut asked = None;
    let rows = ScrollArea::vertical().id_salt("folders");
    let rows = rows
        .min_scrolled_height(220.0)
        .max_height(220.0)
        .auto_shrink(false);
    rows.show(ui, |ui| {
        if loading {
            widgets::spinner(ui, "Loading the folders …");
        } else if nodes.is_empty() {
            let words = if !form.text.trim().is_empty() {
                "No folder fits."
            } else {
                "The account has no folders yet."
            };
            wrapped(ui, Words::of(words, ink::body(theme::palette(ui).dim)));
        }
        folder_tree::rows(ui, nodes.len(), |ui, range| {
            for node in nodes.iter().skip(range.start).take(range.len()) {
                let on = form.picked == Some(node.uuid);
                let row = folder_tree::row(ui, node, on);
                keys.field(&row.response);
                match row {
                    Row {
                        toggled: Some(toggled),
                        ..
                    } => asked = Some(toggled),
                    Row { response, .. } if response.clicked() => form.picked = Some(node.uuid),
                    _ => {}
                }
            }
        });
    });
    asked
}
