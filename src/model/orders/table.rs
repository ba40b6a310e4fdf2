//! Orders in the rows of a table, and what the selected ones have in common.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::model::selection::Selection;

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
    pub(in crate::model) fn new(orders: Arc<Vec<Order>>, rows: Vec<usize>, took: Duration) -> Self {
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
    pub(in crate::model) fn names(&self) -> impl Iterator<Item = Uuid> {
        self.sorted().map(|order| order.patient_order_uuid)
    }

    /// Whether an order is in the table.
    pub(in crate::model) fn has(&self, order: Uuid) -> bool {
        self.places.contains_key(&order)
    }

    /// The selected orders from the top down.
    pub fn chosen(&self, selection: &Selection) -> Vec<&Order> {
        if let Some(one) = selection.one() {
            return self.get(one).into_iter().collect();
        }
        let chosen = self.sorted();
        chosen
            .filter(|order| selection.contains(order.patient_order_uuid))
            .collect()
    }

    /// What the selected orders have in common.
    pub(in crate::model) fn common(&self, selection: &Selection) -> Common {
        let rows = selection.rows().filter_map(|row| self.get(row));
        let rows: Vec<&Order> = rows.collect();
        Common::of(rows.into_iter())
    }
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
    /// Why so many selected orders cannot be opened in the viewer, if so.
    pub(in crate::model) fn viewer_refused(&self, selected: usize) -> Option<&'static str> {
        match (selected, self.group) {
            (0, _) => Some("Select an order first."),
            (1, _) | (_, Some(_)) => None,
            _ => Some("Select one order. Grouped orders open together."),
        }
    }

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
