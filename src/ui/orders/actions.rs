//! Actions on the selected orders: the bar below the table, the context menu and the keyboard shortcuts.

use eframe::egui::{Key, KeyboardShortcut, Modifiers, Rect, Ui, vec2};

use super::table;
use crate::model::{Action, Model, OrderAsk, OrdersAction};
use crate::ui::fonts::icon;
use crate::ui::theme::{self, ink, measure};
use crate::ui::widgets::{self, Button, Kind, label};
use crate::ui::{row, row_from_right};
use crate::words;

/// An action: its icon, label, shortcut, what is requested, and the reason it is disabled, if it is.
pub(in crate::ui) struct Deed {
    pub sign: &'static str,
    pub words: String,
    key: &'static str,
    pub act: Action,
    pub refused: Option<&'static str>,
}

impl Deed {
    pub(in crate::ui) fn new(sign: &'static str, words: impl Into<String>, act: Action) -> Self {
        Deed {
            sign,
            words: words.into(),
            key: "",
            act,
            refused: None,
        }
    }

    pub(in crate::ui) fn key(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    pub(in crate::ui) fn unless(mut self, refused: Option<&'static str>) -> Self {
        self.refused = refused;
        self
    }
}

/// Text such as "Delete 3 orders…".
fn delete(model: &Model) -> String {
    let count = model.orders.selection.len() as u64;
    format!("Delete {}…", words::count(count, "order", "orders"))
}

fn deeds(model: &Model) -> Vec<Deed> {
    let deed = |sign, words: &str, act| Deed::new(sign, words, Action::Orders(act));
    let none = model
        .orders
        .selection
        .is_empty()
        .then_some("Select an order first.");
    let group = model.group_refused();
    vec![
        deed(icon::EYE, "Open viewer", OrdersAction::OpenViewer)
            .key("Enter")
            .unless(model.viewer_refused()),
        deed(
            icon::USER,
            "Open all of this patient",
            OrdersAction::OpenPatient,
        )
        .unless(model.patient_refused()),
        deed(icon::SHARE_NETWORK, "Share…", OrdersAction::Share).unless(none),
        deed(
            icon::FOLDER_PLUS,
            "Add to folder…",
            OrdersAction::AddToFolder,
        )
        .unless(none),
        deed(
            icon::USER_PLUS,
            "Assign…",
            OrdersAction::Ask(OrderAsk::Assign),
        )
        .unless(none),
        deed(
            icon::MAP_PIN,
            "Move to location…",
            OrdersAction::Ask(OrderAsk::Move),
        )
        .unless(none),
        deed(icon::FLAG, "Flag…", OrdersAction::Ask(OrderAsk::Flag)).unless(none),
        deed(icon::LINK, "Group", OrdersAction::Group)
            .key("Ctrl+G")
            .unless(group),
        deed(icon::LINK_BREAK, "Ungroup", OrdersAction::Ungroup)
            .key("Ctrl+Shift+G")
            .unless(model.ungroup_refused()),
        deed(
            icon::TRASH,
            &delete(model),
            OrdersAction::Ask(OrderAsk::Delete),
        )
        .key("Del")
        .unless(none),
    ]
}

/// Context menu of the table's rows.
pub(in crate::ui) fn menu(ui: &mut Ui, model: &Model) -> Option<Action> {
    rows(ui, deeds(model).iter())
}

/// One menu row for each action.
pub(in crate::ui) fn rows<'a>(
    ui: &mut Ui,
    deeds: impl Iterator<Item = &'a Deed>,
) -> Option<Action> {
    let mut asked = None;
    for deed in deeds {
        let chosen = match deed.refused {
            Some(reason) => {
                let add = |ui: &mut Ui| {
                    widgets::menu_row(ui, Some(deed.sign), &deed.words, deed.key, false)
                };
                ui.add_enabled_ui(false, add)
                    .inner
                    .on_disabled_hover_text(reason);
                false
            }
            None => widgets::menu_row(ui, Some(deed.sign), &deed.words, deed.key, false).clicked(),
        };
        if chosen {
            asked = Some(deed.act.clone());
            ui.close();
        }
    }
    asked
}

/// Actions shown in the bar for its width, the most important first. The others are in the overflow menu.
fn in_bar(width: f32) -> &'static [Action] {
    const ALL: &[Action] = &[
        Action::Orders(OrdersAction::OpenViewer),
        Action::Orders(OrdersAction::Share),
        Action::Orders(OrdersAction::AddToFolder),
        Action::Orders(OrdersAction::Ask(OrderAsk::Assign)),
    ];
    match width {
        width if width > 800.0 => ALL,
        width if width > 690.0 => ALL.get(..3).unwrap_or(ALL),
        _ => ALL.get(..2).unwrap_or(ALL),
    }
}

/// Paints the bar.
pub(in crate::ui) fn show(ui: &mut Ui, rect: Rect, model: &Model) -> Option<Action> {
    let colours = theme::palette(ui);
    let selected = model.orders.selection.len() as u64;
    let deeds = deeds(model);
    let room = rect.shrink2(vec2(measure::EDGE, 8.0));
    let shown = in_bar(rect.width());
    let left = row(ui, room, "deeds", |ui| {
        ui.spacing_mut().item_spacing.x = measure::BETWEEN;
        let words = match selected {
            0 => "None selected".to_owned(),
            count => format!("{} selected", words::number(count)),
        };
        let ink = if selected > 0 {
            colours.text
        } else {
            colours.dim
        };
        label(ui, &words, ink::bold(ink));
        let mut asked = None;
        for deed in deeds.iter().filter(|deed| shown.contains(&deed.act)) {
            let button = Button::new(Kind::Raised, &deed.words)
                .icon(deed.sign)
                .unless(deed.refused);
            if ui.add(button).clicked() {
                asked = Some(deed.act.clone());
            }
        }
        let delete = Action::Orders(OrdersAction::Ask(OrderAsk::Delete));
        let rest = deeds
            .iter()
            .filter(|deed| !shown.contains(&deed.act) && deed.act != delete);
        let dots = Button::new(Kind::Raised, icon::DOTS_THREE)
            .icon_alone()
            .name("More actions");
        asked.or(widgets::picker(ui, dots, 260.0, false, |ui| rows(ui, rest)))
    });
    let right = row_from_right(ui, room, "delete", |ui| {
        let words = match selected {
            0 => "Delete…".to_owned(),
            count => format!("Delete {}…", words::number(count)),
        };
        let none = (selected == 0).then_some("Select an order first.");
        let button = Button::new(Kind::Danger, &words)
            .icon(icon::TRASH)
            .unless(none);
        let pressed = ui.add(button).clicked();
        pressed.then_some(Action::Orders(OrdersAction::Ask(OrderAsk::Delete)))
    });
    left.or(right)
}

/// Keyboard shortcuts, active while no other widget is focused.
pub(in crate::ui) fn keys(ui: &Ui, model: &Model) -> Option<Action> {
    if ui.memory(|memory| memory.focused()).is_some()
        || ui.ctx().any_popup_open()
        || model.has_dialog()
    {
        return None;
    }
    let pressed = |modifiers: Modifiers, key: Key| {
        ui.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
    };
    let both = Modifiers::COMMAND | Modifiers::SHIFT;
    let none = Modifiers::NONE;
    if let Some(select) = table::keys(ui) {
        return Some(Action::Orders(OrdersAction::Select(select)));
    }
    let keys = [
        (both, Key::G, OrdersAction::Ungroup),
        (Modifiers::COMMAND, Key::G, OrdersAction::Group),
        (none, Key::Delete, OrdersAction::Ask(OrderAsk::Delete)),
        (none, Key::Enter, OrdersAction::OpenViewer),
    ];
    for (modifiers, key, act) in keys {
        if pressed(modifiers, key) {
            return Some(Action::Orders(act));
        }
    }
    (!model.orders.selection.is_empty() && pressed(none, Key::Escape))
        .then_some(Action::Orders(OrdersAction::CloseOrder))
}
