//! A sorted table of orders, and properties that selected orders have in common.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::model::selection::Selection;

/// A sorted list of orders.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Orders in the sequence sent by the server.
    pub orders: Arc<Vec<Order>>,
    /// Indices into `orders`, in display order.
    pub rows: Vec<usize>,
    /// Duration of the search.
    pub took: Duration,
    /// Index: order UUID to its position in `orders`.
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

    /// An order by its UUID.
    pub fn get(&self, order: Uuid) -> Option<&Order> {
        self.orders.get(*self.places.get(&order)?)
    }

    /// The orders in display order.
    pub fn sorted(&self) -> impl Iterator<Item = &Order> {
        self.rows.iter().filter_map(|row| self.orders.get(*row))
    }

    /// The order UUIDs in display order.
    pub(in crate::model) fn names(&self) -> impl Iterator<Item = Uuid> {
        self.sorted().map(|order| order.patient_order_uuid)
    }

    /// Whether the table contains an order.
    pub(in crate::model) fn has(&self, order: Uuid) -> bool {
        self.places.contains_key(&order)
    }

    /// The selected orders, in display order.
    pub fn chosen(&self, selection: &Selection) -> Vec<&Order> {
        if let Some(one) = selection.one() {
            return self.get(one).into_iter().collect();
        }
        let chosen = self.sorted();
        chosen
            .filter(|order| selection.contains(order.patient_order_uuid))
            .collect()
    }

    /// Properties that the selected orders have in common.
    pub(in crate::model) fn common(&self, selection: &Selection) -> Common {
        let rows = selection.rows().filter_map(|row| self.get(row));
        let rows: Vec<&Order> = rows.collect();
        Common::of(rows.into_iter())
    }
}

/// Properties that the selected orders have in common. Computed when the selection changes, not in every frame. `None`:
/// the values differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Common {
    /// Patient's Name (0010,0010) in its DICOM form.
    pub patient_name: Option<String>,
    /// Patient ID (0010,0020)
    pub patient_id: Option<String>,
    /// Modality (0008,0060)
    pub modality: Option<String>,
    /// Study Description (0008,1030)
    pub description: Option<String>,
    /// Location UUID.
    pub location: Option<Uuid>,
    /// Status, as displayed.
    pub status: Option<&'static str>,
    /// UUID of the group that all are in.
    pub group: Option<Uuid>,
    /// Whether any of them is in a group.
    pub grouped: bool,
    /// Number of distinct patients, by name and ID.
    pub patients: usize,
    /// Total number of images.
    pub images: u64,
    /// Total number of documents.
    pub documents: u64,
    /// Total size in bytes.
    pub bytes: u64,
}

impl Common {
    /// Why `selected` orders cannot be opened in the viewer.
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
