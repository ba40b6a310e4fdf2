//! The orders in the selected folder: sorting, selection, and actions on the selected ones.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::cloud::ViewOf;
use crate::cloud::model::{Folder, Order, OrderRef};
use crate::message::{Change, Command, Failure, View};
use crate::model::orders::sort::sorted;
use crate::model::{Column, Folders, Model, Remote, Select, ShareTarget, Table};

/// Location names are not needed, because the table has no such column.
fn no_location(_: Uuid) -> String {
    String::new()
}

impl Folders {
    /// Selects another folder; its orders are not known yet.
    pub(in crate::model) fn show_orders_of(&mut self, folder: Option<Uuid>) {
        self.selected = folder;
        self.orders = Remote::NotAsked;
        self.select(Select::Nothing);
    }

    /// Takes in the selected folder's orders. Orders that are gone are deselected.
    pub(in crate::model) fn orders_news(&mut self, result: &Result<Arc<Folder>, Failure>) {
        if let Ok(listed) = result {
            self.recount(self.selected, listed.patient_order_list.len() as u64);
        }
        let sort = self.sort;
        let table = result.as_ref().map(|listed| {
            let orders = Arc::new(listed.patient_order_list.clone());
            let rows = sorted(&orders, sort, no_location);
            Table::new(orders, rows, Duration::ZERO)
        });
        self.orders.answer(table.map_err(Failure::clone));
        if let Some(table) = self.orders.value() {
            self.selection.keep(|row| table.has(row));
        }
        self.look_at_selection();
    }

    pub(in crate::model) fn select(&mut self, what: Select) {
        let table = self.orders.value();
        let names = table.into_iter().flat_map(Table::names);
        if self.selection.select(what, names) {
            self.reveal += 1;
        }
        self.look_at_selection();
    }

    fn look_at_selection(&mut self) {
        let table = self.orders.value();
        let common = table.map(|table| table.common(&self.selection));
        self.common = common.unwrap_or_default();
    }

    pub(in crate::model) fn sort_orders(&mut self, column: Column) {
        self.sort = self.sort.by(column);
        let sort = self.sort;
        if let Some(table) = self.orders.value_mut() {
            table.rows = sorted(&table.orders, sort, no_location);
        }
    }

    /// The selected orders, in display order.
    fn chosen(&self) -> Vec<&Order> {
        let table = self.orders.value();
        table.map_or_else(Vec::new, |table| table.chosen(&self.selection))
    }

    /// Why the selected orders cannot be opened in the viewer.
    pub fn viewer_refused(&self) -> Option<&'static str> {
        self.common.viewer_refused(self.selection.len())
    }

    /// Orders to drag along with this one: all selected ones if it is among them.
    pub fn dragged_with(&self, order: &Order) -> Vec<OrderRef> {
        if self.selection.contains(order.patient_order_uuid) {
            self.chosen().into_iter().map(Order::place).collect()
        } else {
            vec![order.place()]
        }
    }
}

impl Model {
    /// The selected orders as they are named in requests.
    pub(in crate::model) fn selected_in_folder(&self) -> Vec<OrderRef> {
        self.folders
            .chosen()
            .into_iter()
            .map(Order::place)
            .collect()
    }

    pub(in crate::model) fn share_selected_in_folder(&mut self) -> Vec<Command> {
        let orders = self.selected_in_folder();
        let orders: Vec<Uuid> = orders.iter().map(|order| order.order).collect();
        if orders.is_empty() {
            return Vec::new();
        }
        self.open_share(ShareTarget::Orders(orders))
    }

    pub(in crate::model) fn view_selected_in_folder(&mut self) -> Vec<Command> {
        let first = self
            .folders
            .chosen()
            .first()
            .map(|order| order.patient_order_uuid);
        match (first, self.folders.viewer_refused()) {
            (Some(first), None) => self.view(View::Orders(ViewOf::Order(first))),
            _ => Vec::new(),
        }
    }

    pub(in crate::model) fn take_out(&mut self) -> Vec<Command> {
        let orders = self.selected_in_folder();
        match self.folders.selected {
            Some(folder) if !orders.is_empty() => {
                self.change(Change::RemoveFromFolder { orders, folder })
            }
            _ => Vec::new(),
        }
    }
}
