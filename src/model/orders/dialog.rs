//! The questions that are asked about the selected orders: who, where, which flag, and whether to delete.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::update::OrdersAct;
use crate::cloud::model::OrderRef;
use crate::message::{Change, Command};
use crate::model::{Dialog, Model};
use crate::words;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderAsk {
    /// Whether to delete them.
    Delete,
    /// To whom they are assigned.
    Assign,
    /// Which location they are moved to.
    Move,
    /// Which flag they get.
    Flag,
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A user.
    User(Uuid),
    /// A group of users.
    UserGroup(Uuid),
    /// A location.
    Location(Uuid),
    /// A flag; 0 for none of its group.
    Flag {
        /// The group of flags.
        group: u32,
        /// The flag.
        flag: u32,
    },
}

/// A question about orders. It is about those that were selected when it was asked, whatever is searched meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDialog {
    /// What is asked.
    pub ask: OrderAsk,
    /// About which.
    pub orders: Vec<OrderRef>,
    /// Their patients' names, in the order of the table, up to five.
    pub patients: Vec<String>,
    /// How many patients more there are.
    pub more_patients: usize,
    /// What was chosen.
    pub chosen: Option<Choice>,
}

/// As many patients are named before something cannot be taken back.
const NAMED: usize = 5;

impl Model {
    /// Opens the question, and asks for the lists that it needs.
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

    pub(in crate::model) fn answer_about_orders(&mut self, act: &OrdersAct) -> Vec<Command> {
        let Some(Dialog::Orders(dialog)) = &mut self.dialog else {
            return Vec::new();
        };
        if let OrdersAct::Choose(choice) = act {
            dialog.chosen = Some(*choice);
            return Vec::new();
        }
        let Some(change) = change(dialog, *act == OrdersAct::Confirm) else {
            return Vec::new();
        };
        self.dialog = None;
        self.change(change)
    }
}

/// What the answer changes; nothing while there is no answer.
fn change(dialog: &OrderDialog, on: bool) -> Option<Change> {
    let orders = dialog.orders.clone();
    // Only an assignment has a button that takes it back.
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
