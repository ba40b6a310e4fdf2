//! Folder picker: a search field above the tree, used in the dialog *Add to folder…* and at the
//! foot of the Upload page. Only visible rows are built.

use eframe::egui::{Frame, Key, Margin, Modifiers, ScrollArea, Ui};
use uuid::Uuid;

use super::tree::{self, Row};
use crate::model::{Action, Folders, FoldersAction, Node, Remote};
use crate::ui::dialogs::frame::Keys;
use crate::ui::fonts::icon;
use crate::ui::theme::{self, Ink, ink, measure};
use crate::ui::widgets::{self, TextField, Tone, Words, wrapped};

/// State of the picker, owned by the caller.
pub(in crate::ui) struct Sought<'a> {
    /// Search text.
    pub text: &'a mut String,
    /// The picked folder.
    pub picked: &'a mut Option<Uuid>,
}

/// Result of showing the picker.
#[derive(Default)]
pub(in crate::ui) struct Came {
    /// Action requested by the tree, such as loading a folder.
    pub asked: Option<Action>,
    /// Whether a row was pressed.
    pub pressed: bool,
}

/// Paints the picker. Typing filters the tree, Up and Down move the pick. A folder that is already
/// picked is scrolled into view on opening.
pub(in crate::ui) fn show(
    ui: &mut Ui,
    keys: &mut Keys,
    folders: &Folders,
    sought: &mut Sought<'_>,
) -> Came {
    let step = ui.input_mut(|input| {
        let down = input.consume_key(Modifiers::NONE, Key::ArrowDown);
        let up = input.consume_key(Modifiers::NONE, Key::ArrowUp);
        i64::from(down) - i64::from(up)
    });
    let width = ui.available_width();
    let field = TextField::new(sought.text, "Look for a folder")
        .hint("Look for a folder")
        .icon(icon::MAGNIFYING_GLASS);
    let typed = field.size(width, measure::CONTROL).show(ui);
    keys.field(&typed.response);
    let narrows = !sought.text.trim().is_empty();
    let nodes = folders.narrowed(sought.text);
    let typed = typed.response.changed();
    if typed || step != 0 || narrows {
        *sought.picked = next_pick(&nodes, sought, typed, step);
    }
    show_rows(ui, folders, &nodes, sought, step != 0 || keys.opening)
}

/// The pick after the search text has changed and after `step` rows up or down. Hidden rows are not picked.
fn next_pick(nodes: &[Node], sought: &Sought<'_>, typed: bool, step: i64) -> Option<Uuid> {
    let wanted = sought.text.trim().to_lowercase();
    let mut picked = *sought.picked;
    if typed && !wanted.is_empty() {
        // Ancestors of matching folders are shown too, but do not count as matches.
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

/// Height of the tree, in points.
const HEIGHT: f32 = 220.0;

fn show_rows(
    ui: &mut Ui,
    folders: &Folders,
    nodes: &[Node],
    sought: &mut Sought<'_>,
    in_sight: bool,
) -> Came {
    let mut came = Came::default();
    let rows = ScrollArea::vertical().id_salt("folders");
    let rows = rows
        .min_scrolled_height(HEIGHT)
        .max_height(HEIGHT)
        .auto_shrink(false);
    rows.show(ui, |ui| {
        came.asked = show_state(ui, folders, nodes, sought.text);
        let at = nodes
            .iter()
            .position(|node| Some(node.uuid) == *sought.picked);
        if let Some(at) = at.filter(|_| in_sight) {
            tree::bring_into_sight(ui, at);
        }
        tree::rows(ui, nodes.len(), |ui, range| {
            for node in nodes.iter().skip(range.start).take(range.len()) {
                let on = *sought.picked == Some(node.uuid);
                match tree::row(ui, node, on) {
                    Row {
                        toggled: Some(toggled),
                        ..
                    } => came.asked = Some(toggled),
                    Row { response, .. } if response.clicked() => {
                        *sought.picked = Some(node.uuid);
                        came.pressed = true;
                    }
                    _ => {}
                }
            }
        });
        // Scrolls with the rows, so that the surrounding widgets do not move.
        if !sought.text.trim().is_empty() && folders.any_unloaded() {
            let words = "Folders that were not opened yet are not looked through.";
            say(ui, words, ink::small(theme::palette(ui).dim));
        }
    });
    came
}

/// Says why there are no rows: loading, failed, none, no match.
fn show_state(ui: &mut Ui, folders: &Folders, nodes: &[Node], text: &str) -> Option<Action> {
    if !nodes.is_empty() {
        return None;
    }
    let words = match folders.root() {
        Remote::NotAsked | Remote::Loading(None) => {
            widgets::spinner(ui, "Loading the folders …");
            return None;
        }
        Remote::Failed(failure, None) => {
            let (what, remedy) = (&failure.what, &failure.remedy);
            let again = widgets::banner(ui, Tone::Bad, what, remedy, Some("Try again"));
            return again.then_some(Action::Folders(FoldersAction::Reload));
        }
        _ if text.trim().is_empty() => "The account has no folders yet.",
        _ => "No folder fits.",
    };
    say(ui, words, ink::body(theme::palette(ui).dim));
    None
}

/// A paragraph in place of the rows.
fn say(ui: &mut Ui, words: &str, ink: Ink) {
    let frame = Frame::new().inner_margin(Margin::symmetric(16, 6));
    frame.show(ui, |ui| wrapped(ui, Words::of(words, ink)));
}
