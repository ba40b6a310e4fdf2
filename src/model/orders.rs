//! The Orders page: what is searched, what was found, and in which order it stands.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Action, Model, Remote};
use crate::cloud::Modality;
use crate::cloud::model::{DateFilter, Order, OrderQuery};
use crate::i18n;
use crate::message::{Command, Failure, JobId};

/// The modalities to choose from (PS3.3, C.7.3.1.1.1: those of images and reports that an archive sees daily).
pub const MODALITIES: [&str; 18] = [
    "CR", "CT", "DX", "ES", "IO", "MG", "MR", "NM", "OP", "OT", "PT", "PX", "RF", "SC", "SR", "US",
    "XA", "XC",
];

/// How long to wait for more typing.
const PATIENCE: Duration = Duration::from_millis(400);

/// Which days the study was made on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it is")]
pub enum DateChoice {
    Today,
    Yesterday,
    Week,
    Month,
    #[default]
    Any,
    Custom,
}

/// The search bar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Part of the name, `*` and `?` as wildcards; without one, names that begin so.
    pub patient_name: String,
    /// Patient ID.
    pub patient_id: String,
    /// Accession number.
    pub accession: String,
    /// Other patient ID.
    pub other_id: String,
    /// Modalities; none for all.
    pub modalities: BTreeSet<&'static str>,
    /// Which days.
    pub dates: DateChoice,
    /// First and last day as typed, for `Custom`.
    pub between: (String, String),
    /// First and last birth date as typed.
    pub birth: (String, String),
    /// Whether to search in all locations of the user.
    pub all_locations: bool,
    /// Whether *More* is open.
    pub more: bool,
}

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a column's name")]
pub enum Column {
    Patient,
    PatientId,
    Modality,
    Description,
    Performed,
    Images,
    Status,
}

/// How the table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By this.
    pub column: Column,
    /// Whether the largest stands first.
    pub down: bool,
}

/// What a search found, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// As the account sent them.
    pub orders: Arc<Vec<Order>>,
    /// In the order of the table: indices into `orders`.
    pub rows: Vec<usize>,
    /// How long the account took.
    pub took: Duration,
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
    /// The order at the right.
    pub selected: Option<Uuid>,
    /// When the search that waits for more typing starts.
    pub due: Option<Duration>,
    /// Whether something was changed since the search.
    pub(super) outdated: bool,
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
            selected: None,
            due: None,
            outdated: false,
            asked: None,
        }
    }
}

/// Reads a day as typed: `2026-11-23`, `20261123`, `23.11.2026`.
pub fn parse_day(text: &str) -> Option<Date> {
    let text = text.trim();
    let digits: Vec<&str> = text.split(['-', '.', '/', ' ']).collect();
    let date = |year: &str, month: &str, day: &str| {
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    };
    match digits.as_slice() {
        [whole] if whole.len() == 8 => date(whole.get(0..4)?, whole.get(4..6)?, whole.get(6..8)?),
        [year, month, day] if year.len() == 4 => date(year, month, day),
        [day, month, year] if year.len() == 4 => date(year, month, day),
        _ => None,
    }
}

impl Form {
    /// What to ask for, on this day and in this location.
    pub fn query(&self, today: Date, location: Option<Uuid>) -> OrderQuery {
        let name = self.patient_name.trim();
        let begins = !name.is_empty() && !name.contains(['*', '?']);
        OrderQuery {
            locations: if self.all_locations {
                Vec::new()
            } else {
                location.into_iter().collect()
            },
            patient_name: if begins {
                format!("{name}*")
            } else {
                name.to_owned()
            },
            accession_number: self.accession.trim().to_owned(),
            patient_id: self.patient_id.trim().to_owned(),
            other_patient_id: self.other_id.trim().to_owned(),
            modalities: self
                .modalities
                .iter()
                .filter_map(|modality| Modality::parse("modalities", modality).ok())
                .collect(),
            dates: self.date_filter(today),
        }
    }

    fn date_filter(&self, today: Date) -> DateFilter {
        let born = (parse_day(&self.birth.0), parse_day(&self.birth.1));
        if born.0.is_some() || born.1.is_some() {
            return DateFilter::Birth {
                from: born.0,
                to: born.1,
            };
        }
        let back = |days: i64| today.checked_sub(days.days()).unwrap_or(today);
        let since = |days| DateFilter::Performed {
            from: Some(back(days)),
            to: Some(today),
        };
        match self.dates {
            DateChoice::Any => DateFilter::Any,
            DateChoice::Today => since(0),
            DateChoice::Yesterday => DateFilter::Performed {
                from: Some(back(1)),
                to: Some(back(1)),
            },
            DateChoice::Week => since(6),
            DateChoice::Month => since(29),
            DateChoice::Custom => match (parse_day(&self.between.0), parse_day(&self.between.1)) {
                (None, None) => DateFilter::Any,
                (from, to) => DateFilter::Performed { from, to },
            },
        }
    }

    /// How many of the fields under *More* filter.
    pub fn more_in_use(&self) -> usize {
        let born = !self.birth.0.trim().is_empty() || !self.birth.1.trim().is_empty();
        [!self.other_id.trim().is_empty(), born, self.all_locations]
            .into_iter()
            .filter(|used| *used)
            .count()
    }
}

impl Orders {
    /// The order at the right.
    pub fn selected(&self) -> Option<&Order> {
        let picked = self.selected?;
        self.found
            .value()?
            .orders
            .iter()
            .find(|order| order.patient_order_uuid == picked)
    }

    pub(super) fn answer(
        &mut self,
        job: JobId,
        result: Result<Arc<Vec<Order>>, Failure>,
        took: Duration,
    ) {
        if self.asked != Some(job) {
            return;
        }
        self.asked = None;
        let sort = self.sort;
        self.found.answer(result.map(|orders| Table {
            rows: sorted(&orders, sort),
            orders,
            took,
        }));
        if self.selected().is_none() {
            self.selected = None;
        }
    }

    fn sort_by(&mut self, column: Column) {
        let down = if self.sort.column == column {
            !self.sort.down
        } else {
            matches!(column, Column::Performed | Column::Images)
        };
        self.sort = Sort { column, down };
        let sort = self.sort;
        if let Some(table) = self.found.value_mut() {
            table.rows = sorted(&table.orders, sort);
        }
    }
}

/// Indices in the order of the table; equal ones stay as the account sent them.
fn sorted(orders: &[Order], sort: Sort) -> Vec<usize> {
    let mut rows: Vec<(Key, usize)> = orders
        .iter()
        .map(|order| key(order, sort.column))
        .zip(0..)
        .collect();
    rows.sort_by(|(a, first), (b, second)| {
        let by_key = a.cmp(b);
        let by_key = if sort.down { by_key.reverse() } else { by_key };
        if by_key == Ordering::Equal {
            first.cmp(second)
        } else {
            by_key
        }
    });
    rows.into_iter().map(|(_, index)| index).collect()
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Text(String),
    Number(u64),
}

fn key(order: &Order, column: Column) -> Key {
    match column {
        Column::Patient => Key::Text(i18n::person_name(&order.patient_name).to_lowercase()),
        Column::PatientId => Key::Text(order.patient_id.to_lowercase()),
        Column::Modality => Key::Text(order.order_modality.clone()),
        Column::Description => Key::Text(order.study_description.to_lowercase()),
        Column::Performed => Key::Text(order.performed_datetime.clone()),
        Column::Images => Key::Number(order.images_count),
        Column::Status => Key::Text(order.status_word().to_owned()),
    }
}

impl Model {
    pub(super) fn act_orders(&mut self, action: &Action) -> Vec<Command> {
        let page = &mut self.orders;
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
                return self.search();
            }
            Action::SortOrders(column) => page.sort_by(*column),
            Action::SelectOrder(order) => {
                page.selected = Some(*order);
                return self.ask_properties();
            }
            Action::CloseOrder => page.selected = None,
            _ => {}
        }
        Vec::new()
    }

    /// Asks for the orders that the search bar describes. An older search's answer is void from now on.
    pub(super) fn search(&mut self) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let (user, location) = (session.user, session.location);
        let job = self.next_job();
        self.orders.due = None;
        self.orders.outdated = false;
        self.orders.asked = Some(job);
        self.orders.found.ask();
        let query = self.orders.form.query(self.now.clock.date(), location);
        vec![Command::SearchOrders { job, user, query }]
    }
}
