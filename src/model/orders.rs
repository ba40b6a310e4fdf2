//! The Orders page: what was found, in which order it stands, and what of it is selected.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::documents::Documents;
use super::new_order::NewOrderForm;
use super::order_filter::Form;
use super::order_sort::{Column, Sort, sorted};
use super::selection::Selection;
use super::{Action, Model, Page, Remote, Session};
use crate::cloud::model::{Order, OrderRef};
use crate::message::{Command, Failure, JobId};

/// How long to wait for more typing.
const PATIENCE: Duration = Duration::from_millis(400);

/// What a search found, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// As the account sent them.
    pub orders: Arc<Vec<Order>>,
    /// In the order of the table: indices into `orders`.
    pub rows: Vec<usize>,
    /// How long the account took.
    pub took: Duration,
    /// Where each order stands in `orders`.
    places: HashMap<Uuid, usize>,
}

impl Table {
    fn new(orders: Arc<Vec<Order>>, rows: Vec<usize>, took: Duration) -> Self {
        let places = orders.iter().map(|order| order.patient_order_uuid);
        Table {
            places: places.zip(0..).collect(),
            orders,
            rows,
            took,
        }
    }

    /// The order with this name.
    pub fn get(&self, order: Uuid) -> Option<&Order> {
        self.orders.get(*self.places.get(&order)?)
    }

    /// The orders from the top of the table down.
    pub fn sorted(&self) -> impl Iterator<Item = &Order> {
        self.rows.iter().filter_map(|row| self.orders.get(*row))
    }

    /// Their names from the top down.
    pub(super) fn names(&self) -> impl Iterator<Item = Uuid> {
        self.sorted().map(|order| order.patient_order_uuid)
    }
}

/// The order's parts at the right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a tab's name")]
pub enum OrderTab {
    #[default]
    Order,
    Documents,
    Shares,
}

/// What the selected orders have in common. Worked out when the selection changes, not a frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Common {
    /// The patient's name as DICOM writes it, where all have the same.
    pub patient_name: Option<String>,
    /// Patient ID, where all have the same.
    pub patient_id: Option<String>,
    /// Modality, where all have the same.
    pub modality: Option<String>,
    /// Study description, where all have the same.
    pub description: Option<String>,
    /// Location, where all have the same.
    pub location: Option<Uuid>,
    /// Status, where all have the same.
    pub status: Option<&'static str>,
    /// The group, where all are in the same.
    pub group: Option<Uuid>,
    /// Whether any is in a group.
    pub grouped: bool,
    /// How many patients they are of: name and ID.
    pub patients: usize,
    /// Images of all.
    pub images: u64,
    /// Documents of all.
    pub documents: u64,
    /// Bytes of all.
    pub bytes: u64,
}

impl Common {
    fn of<'a>(orders: impl Iterator<Item = &'a Order> + Clone) -> Common {
        let mut all = orders.clone();
        let Some(first) = all.next() else {
            return Common::default();
        };
        let same = |text: fn(&Order) -> &str| -> Option<String> {
            let mut rest = orders.clone();
            rest.all(|order| text(order) == text(first))
                .then(|| text(first).to_owned())
        };
        let group = first.group();
        let patients: HashSet<(&str, &str)> = orders
            .clone()
            .map(|order| (order.patient_name.as_str(), order.patient_id.as_str()))
            .collect();
        let location = first.institution_uuid;
        let here = orders.clone().all(|one| one.institution_uuid == location);
        let status = first.status_word();
        Common {
            patient_name: same(|order| &order.patient_name),
            patient_id: same(|order| &order.patient_id),
            modality: same(|order| &order.order_modality),
            description: same(|order| &order.study_description),
            location: here.then_some(location),
            status: orders
                .clone()
                .all(|order| order.status_word() == status)
                .then_some(status),
            group: group.filter(|_| orders.clone().all(|order| order.group() == group)),
            grouped: orders.clone().any(|order| order.group().is_some()),
            patients: patients.len(),
            images: orders.clone().map(|order| order.images_count).sum(),
            documents: orders.clone().map(|order| order.documents_count).sum(),
            bytes: orders.map(Order::bytes).sum(),
        }
    }
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
            sort: Sort {
                column: Column::Performed,
                down: true,
            },
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
        let Some(table) = self.found.value() else {
            return Vec::new();
        };
        if let Some(one) = self.selection.one() {
            return table.get(one).into_iter().collect();
        }
        let chosen = table.sorted();
        chosen
            .filter(|order| self.selection.contains(order.patient_order_uuid))
            .collect()
    }

    /// The names of the selected orders in requests.
    pub fn places(&self) -> Vec<OrderRef> {
        self.chosen().into_iter().map(Order::place).collect()
    }

    pub(super) fn look_at_selection(&mut self) {
        let common = self.found.value().map(|table| {
            let rows: Vec<&Order> = self
                .selection
                .rows()
                .filter_map(|row| table.get(row))
                .collect();
            Common::of(rows.into_iter())
        });
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
            page.selection.keep(|row| table.places.contains_key(&row));
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
