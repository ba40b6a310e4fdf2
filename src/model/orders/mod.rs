//! Model of the Orders page: search results, sorting and selection.

pub(in crate::model) mod changes;
pub(in crate::model) mod dialog;
pub(in crate::model) mod documents;
mod event;
pub(in crate::model) mod filter;
pub(in crate::model) mod new_order;
pub(in crate::model) mod sort;
pub(in crate::model) mod table;
pub(in crate::model) mod update;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use self::documents::Documents;
use self::filter::Form;
use self::new_order::NewOrderForm;
use self::sort::{Sort, sorted};
use self::table::{Common, Table};
use super::selection::Selection;
use super::{Model, Page, Remote, Session};
use crate::cloud::model::{Order, OrderRef};
use crate::message::{Command, Failure, JobId, OrdersCommand};

/// How long to wait for more typing.
pub(super) const PATIENCE: Duration = Duration::from_millis(400);

/// Tabs of the details panel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a tab's name")]
pub enum OrderTab {
    #[default]
    Order,
    Documents,
    Shares,
}

/// State of the Orders page.
#[derive(Debug)]
pub struct Orders {
    /// Contents of the search form.
    pub form: Form,
    /// Search results.
    pub found: Remote<Table>,
    /// Sorting of the table.
    pub sort: Sort,
    /// Selected orders.
    pub selection: Selection,
    /// Properties that the selected orders have in common.
    pub common: Common,
    /// Incremented to scroll the row with the keyboard cursor into view.
    pub reveal: u64,
    /// Current tab of the details panel.
    pub tab: OrderTab,
    /// Document uploads.
    pub documents: Documents,
    /// The dialog *New order…*.
    pub new_order: NewOrderForm,
    /// When the pending search starts, on the clock of `Now::running`.
    pub due: Option<Duration>,
    /// Whether orders were changed since the search.
    pub(super) outdated: bool,
    /// A created order with its patient ID, to be selected once it is found.
    pub(super) made: Option<(OrderRef, String)>,
    asked: Option<JobId>,
}

impl Default for Orders {
    fn default() -> Self {
        Orders {
            form: Form::default(),
            found: Remote::NotAsked,
            sort: Sort::default(),
            selection: Selection::default(),
            common: Common::default(),
            reveal: 0,
            tab: OrderTab::Order,
            documents: Documents::default(),
            new_order: NewOrderForm::default(),
            due: None,
            outdated: false,
            made: None,
            asked: None,
        }
    }
}

impl Orders {
    /// The selected order, if exactly one is selected.
    pub fn selected(&self) -> Option<&Order> {
        self.found.value()?.get(self.selection.one()?)
    }

    /// The selected orders, in display order.
    pub fn chosen(&self) -> Vec<&Order> {
        let table = self.found.value();
        table.map_or_else(Vec::new, |table| table.chosen(&self.selection))
    }

    /// The selected orders as they are named in requests.
    pub fn places(&self) -> Vec<OrderRef> {
        self.chosen().into_iter().map(Order::place).collect()
    }

    pub(super) fn look_at_selection(&mut self) {
        let table = self.found.value();
        let common = table.map(|table| table.common(&self.selection));
        self.common = common.unwrap_or_default();
    }
}

/// Name of a location, empty if it is unknown.
fn location_name(session: Option<&Session>, location: Uuid) -> String {
    let locations = session.map_or(&[][..], Session::locations);
    let found = locations
        .iter()
        .find(|one| one.institution_uuid == location);
    found.map_or_else(String::new, |found| found.institution_name.clone())
}

impl Orders {
    /// Resets everything for another user, except sorting and document uploads.
    pub(super) fn forget(&mut self) {
        *self = Orders {
            sort: self.sort,
            documents: std::mem::take(&mut self.documents),
            ..Orders::default()
        };
    }

    /// Discards the results and the answer of a pending search.
    pub(super) fn void_search(&mut self) {
        self.asked = None;
        self.found = Remote::NotAsked;
    }
}

impl Model {
    /// *Show in Orders*: shows a folder's orders on the Orders page.
    pub(super) fn show_in_orders(&mut self, folder: Uuid) -> Vec<Command> {
        self.orders.form = Form {
            folder: Some(self.folders.choice(folder)),
            ..Form::default()
        };
        self.orders.selection.clear();
        self.page = Page::Orders;
        self.search()
    }

    fn sort_orders(&mut self, sort: Sort) {
        let session = self.session.as_ref();
        self.orders.sort = sort;
        if let Some(table) = self.orders.found.value_mut() {
            table.rows = sorted(&table.orders, sort, |uuid| location_name(session, uuid));
        }
    }

    /// Updates the common properties and requests the details after the selection has changed.
    pub(super) fn selection_changed(&mut self) -> Vec<Command> {
        self.orders.look_at_selection();
        self.ask_properties()
    }

    /// Takes in search results. Orders that are gone are deselected.
    pub(super) fn orders_news(
        &mut self,
        job: JobId,
        result: Result<Arc<Vec<Order>>, Failure>,
        took: Duration,
    ) -> Vec<Command> {
        if self.orders.asked != Some(job) {
            return Vec::new();
        }
        self.orders.asked = None;
        let (sort, session) = (self.orders.sort, self.session.as_ref());
        let arrived = result.is_ok();
        self.orders.found.answer(result.map(|orders| {
            let rows = sorted(&orders, sort, |uuid| location_name(session, uuid));
            Table::new(orders, rows, took)
        }));
        if !arrived {
            return Vec::new();
        }
        let again = self.find_made();
        let page = &mut self.orders;
        if let Some(table) = page.found.value() {
            page.selection.keep(|row| table.has(row));
        }
        page.look_at_selection();
        if !again.is_empty() {
            return again;
        }
        match self.orders.selected().map(|order| order.patient_order_uuid) {
            Some(order) if self.details.of != Some(order) => self.ask_properties(),
            _ => Vec::new(),
        }
    }

    /// Selects the order that was just created. If the filters exclude it, searches once for its patient.
    fn find_made(&mut self) -> Vec<Command> {
        let Some((place, patient_id)) = self.orders.made.take() else {
            return Vec::new();
        };
        let found = self.orders.found.value();
        if found.is_some_and(|table| table.get(place.order).is_some()) {
            self.orders.selection.pick(place.order);
            self.orders.reveal += 1;
            return Vec::new();
        }
        let searched = self.orders.form.patient_id == patient_id;
        if searched || patient_id.is_empty() {
            return Vec::new();
        }
        self.orders.form = Form {
            patient_id: patient_id.clone(),
            locations: BTreeSet::from([place.location]),
            ..Form::default()
        };
        self.orders.made = Some((place, patient_id));
        self.search()
    }

    /// Starts a search with the form's contents unless they are invalid. The answer of a pending search will be
    /// ignored.
    pub(super) fn search(&mut self) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let (user, location) = (session.user, session.location);
        self.orders.due = None;
        if self.orders.form.wrong().is_some() {
            return Vec::new();
        }
        let job = self.next_job();
        self.orders.outdated = false;
        self.orders.asked = Some(job);
        self.orders.found.ask();
        if let Some(folder) = &self.orders.form.folder {
            let folder = folder.uuid;
            return vec![Command::Orders(OrdersCommand::InFolder {
                job,
                user,
                folder,
            })];
        }
        let query = self.orders.form.query(self.now.clock.date(), location);
        vec![Command::Orders(OrdersCommand::Search { job, user, query })]
    }
}
