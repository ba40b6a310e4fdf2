//! Dialogs about the selected orders: assign, move, set flag, delete.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::update::OrdersAction;
use crate::cloud::model::OrderRef;
use crate::message::{Change, Command};
use crate::model::{Dialog, Model};
use crate::words;

/// Kind of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderAsk {
    /// Deletes the orders.
    Delete,
    /// Assigns the orders to a user or a group.
    Assign,
    /// Moves the orders to a location.
    Move,
    /// Sets a flag.
    Flag,
}

/// The chosen target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// User UUID.
    User(Uuid),
    /// User group UUID.
    UserGroup(Uuid),
    /// Location UUID.
    Location(Uuid),
    /// A flag of a group, or none.
    Flag {
        /// Flag group.
        group: u32,
        /// Flag ID; 0 clears the group's flag.
        flag: u32,
    },
}

/// A dialog about orders. It applies to those selected when it was opened, even if the search changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDialog {
    /// What is asked.
    pub ask: OrderAsk,
    /// The orders concerned.
    pub orders: Vec<OrderRef>,
    /// Names of up to five patients, in display order.
    pub patients: Vec<String>,
    /// Number of patients not listed in `patients`.
    pub more_patients: usize,
    /// The user's choice.
    pub chosen: Option<Choice>,
}

/// Maximum number of patients named in the dialog.
const NAMED: usize = 5;

impl Model {
    /// Opens a dialog and requests the lists that it needs.
    pub(in crate::model) fn ask_about_orders(&mut self, ask: OrderAsk) -> Vec<Command> {
        let chosen = self.orders.chosen();
        if chosen.is_empty() {
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let mut patients = Vec::new();
        for order in &chosen {
            if seen.insert((&order.patient_name, &order.patient_id)) && patients.len() < NAMED {
                patients.push(words::person_name(&order.patient_name));
            }
        }
        let dialog = OrderDialog {
            ask,
            orders: chosen.iter().map(|order| order.place()).collect(),
            more_patients: seen.len() - patients.len(),
            patients,
            chosen: None,
        };
        self.dialog = Some(Dialog::Orders(dialog));
        match ask {
            OrderAsk::Assign | OrderAsk::Flag => self.want_directory(),
            OrderAsk::Delete | OrderAsk::Move => Vec::new(),
        }
    }

    pub(in crate::model) fn answer_about_orders(&mut self, act: &OrdersAction) -> Vec<Command> {
        let Some(Dialog::Orders(dialog)) = &mut self.dialog else {
            return Vec::new();
        };
        if let OrdersAction::Choose(choice) = act {
            dialog.chosen = Some(*choice);
            return Vec::new();
        }
        let Some(change) = change(dialog, *act == OrdersAction::Confirm) else {
            return Vec::new();
        };
        self.dialog = None;
        self.change(change)
    }
}

/// The change that the answer means; `None` while nothing is chosen. `on: false` removes an assignment.
fn change(dialog: &OrderDialog, on: bool) -> Option<Change> {
    let orders = dialog.orders.clone();
    // Only an assignment can be removed.
    if !on && dialog.ask != OrderAsk::Assign {
        return None;
    }
    if dialog.ask == OrderAsk::Delete {
        return Some(Change::Delete { orders });
    }
    Some(match dialog.chosen? {
        Choice::User(to) => Change::AssignUser { orders, to, on },
        Choice::UserGroup(to) => Change::AssignUserGroup { orders, to, on },
        Choice::Location(location) => Change::Move { orders, location },
        Choice::Flag { group, flag } => Change::SetFlag {
            orders,
            group,
            flag,
        },
    })
}
