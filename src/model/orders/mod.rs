//! The Orders page: what was found, in which order it stands, and what of it is selected.

pub(in crate::model) mod changes;
pub(in crate::model) mod dialog;
pub(in crate::model) mod documents;
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
use super::{Action, Model, Page, Remote, Session};
use crate::cloud::model::{Order, OrderRef};
use crate::message::{Command, Failure, JobId};

/// How long to wait for more typing.
const PATIENCE: Duration = Duration::from_millis(400);

/// The order's parts at the right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a tab's name")]
pub enum OrderTab {
    #[default]
    Order,
    Documents,
    Shares,
}

/// The page.
#[derive(Debug)]
pub struct Orders {
    /// The search bar.
    pub form: Form,
    /// What was found.
    pub found: Remote<Table>,
    /// How it is sorted.
    pub sort: Sort,
    /// The selected rows.
    pub selection: Selection,
    /// What they have in common.
    pub common: Common,
    /// Grows when the row with the keyboard is to be brought into sight.
    pub reveal: u64,
    /// What is shown of the order at the right.
    pub tab: OrderTab,
    /// Documents on their way.
    pub documents: Documents,
    /// The form of a new order.
    pub new_order: NewOrderForm,
    /// When the search that waits for more typing starts.
    pub due: Option<Duration>,
    /// Whether something was changed since the search.
    pub(super) outdated: bool,
    /// An order that was just made: selected when it is found.
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
    /// The one order that is selected, where exactly one is.
    pub fn selected(&self) -> Option<&Order> {
        self.found.value()?.get(self.selection.one()?)
    }

    /// The selected orders from the top of the table down.
    pub fn chosen(&self) -> Vec<&Order> {
        let table = self.found.value();
        table.map_or_else(Vec::new, |table| table.chosen(&self.selection))
    }

    /// The names of the selected orders in requests.
    pub fn places(&self) -> Vec<OrderRef> {
        self.chosen().into_iter().map(Order::place).collect()
    }

    pub(super) fn look_at_selection(&mut self) {
        let table = self.found.value();
        let common = table.map(|table| table.common(&self.selection));
        self.common = common.unwrap_or_default();
    }
}

/// Names a location.
fn location_name(session: Option<&Session>, location: Uuid) -> String {
    let locations = session.map_or(&[][..], Session::locations);
    let found = locations
        .iter()
        .find(|one| one.institution_uuid == location);
    found.map_or_else(String::new, |found| found.institution_name.clone())
}

impl Orders {
    /// Forgets what another user searched and found; how the table is sorted and documents that are on their way stay.
    pub(super) fn forget(&mut self) {
        *self = Orders {
            sort: self.sort,
            documents: std::mem::take(&mut self.documents),
            ..Orders::default()
        };
    }

    /// A search that is under way is void from now on.
    pub(super) fn void_search(&mut self) {
        self.asked = None;
        self.found = Remote::NotAsked;
    }
}

impl Model {
    /// *Show in Orders*: the Orders page with a folder's orders.
    pub(super) fn show_in_orders(&mut self, folder: Uuid) -> Vec<Command> {
        self.orders.form = Form {
            folder: Some(self.folders.choice(folder)),
            ..Form::default()
        };
        self.orders.selection.clear();
        self.page = Page::Orders;
        self.search()
    }

    pub(super) fn act_orders(&mut self, action: &Action) -> Vec<Command> {
        let page = &mut self.orders;
        if matches!(
            action,
            Action::FilterTyped
                | Action::ToggleModality(_)
                | Action::AllModalities
                | Action::SetDates(_)
                | Action::SetAllLocations(_)
        ) {
            // Who filters searches the account and no longer one folder.
            page.form.folder = None;
            // And no longer an order that was just made.
            page.made = None;
        }
        match action {
            Action::FilterTyped => page.due = Some(self.now.running + PATIENCE),
            Action::Search => return self.search(),
            Action::ToggleModality(modality) => {
                if !page.form.modalities.remove(*modality) {
                    page.form.modalities.insert(modality);
                }
                return self.search();
            }
            Action::AllModalities => {
                page.form.modalities.clear();
                return self.search();
            }
            Action::SetDates(choice) => {
                page.form.dates = *choice;
                // One search has either the study's dates or the birth date.
                page.form.birth = Default::default();
                return self.search();
            }
            Action::ToggleMore => page.form.more = !page.form.more,
            Action::SetAllLocations(all) => {
                page.form.all_locations = *all;
                page.form.locations.clear();
                return self.search();
            }
            Action::SortOrders(column) => {
                let sort = page.sort.by(*column);
                self.sort_orders(sort);
            }
            Action::SelectOrder(order) => {
                page.selection.pick(*order);
                return self.selection_changed();
            }
            Action::CloseOrder => {
                page.selection.clear();
                return self.selection_changed();
            }
            _ => {}
        }
        Vec::new()
    }

    fn sort_orders(&mut self, sort: Sort) {
        let session = self.session.as_ref();
        self.orders.sort = sort;
        if let Some(table) = self.orders.found.value_mut() {
            table.rows = sorted(&table.orders, sort, |uuid| location_name(session, uuid));
        }
    }

    /// What follows from another selection: what it has in common, and everything about the one order.
    pub(super) fn selection_changed(&mut self) -> Vec<Command> {
        self.orders.look_at_selection();
        self.ask_properties()
    }

    /// A search's answer. Rows that are not there any more are no longer selected.
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

    /// Selects the order that was just made; where the search bar leaves it out, searches once for its patient.
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

    /// Asks for the orders that the search bar describes, unless something in it is known to be wrong. An older search's
    /// answer is void from now on.
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
            return vec![Command::OrdersInFolder { job, user, folder }];
        }
        let query = self.orders.form.query(self.now.clock.date(), location);
        vec![Command::SearchOrders { job, user, query }]
    }
}
