//! Search form of the Orders page: validation and conversion to a query.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use crate::cloud::Modality;
use crate::cloud::model::{DateFilter, OrderQuery};
use crate::model::FolderChoice;

/// Modalities to choose from: the common ones of PS3.3 C.7.3.1.1.1.
pub const MODALITIES: [&str; 18] = [
    "CR", "CT", "DX", "ES", "IO", "MG", "MR", "NM", "OP", "OT", "PT", "PX", "RF", "SC", "SR", "US",
    "XA", "XC",
];

/// Filter for the study date.
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

/// Contents of the search form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Patient name or a part of it, with wildcards `*` and `?`. Without wildcards, matches names that start with it.
    pub patient_name: String,
    /// Filter for Patient ID (0010,0020).
    pub patient_id: String,
    /// Filter for Accession Number (0008,0050).
    pub accession: String,
    /// Filter for Other Patient IDs (0010,1000).
    pub other_id: String,
    /// Modalities; empty for all.
    pub modalities: BTreeSet<&'static str>,
    /// Study date range.
    pub dates: DateChoice,
    /// First and last study date as typed, for [`DateChoice::Custom`].
    pub between: (String, String),
    /// First and last birth date as typed.
    pub birth: (String, String),
    /// Whether to search in all locations of the user.
    pub all_locations: bool,
    /// Locations to search in; if empty, the session's location.
    pub locations: BTreeSet<Uuid>,
    /// Shows the orders of this folder, ignoring all other filters. Reset when any filter is edited.
    pub folder: Option<FolderChoice>,
    /// Whether *More* is expanded.
    pub more: bool,
}

/// Parses a date such as `2026-11-23`, `20261123` or `23.11.2026`.
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

/// Validation message for a date range. An empty date leaves that end open.
pub fn wrong_days(days: &(String, String)) -> Option<&'static str> {
    let empty = |text: &str| text.trim().is_empty();
    match (parse_day(&days.0), parse_day(&days.1)) {
        (None, _) if !empty(&days.0) => Some("The first is no date: write 2026-11-24."),
        (_, None) if !empty(&days.1) => Some("The last is no date: write 2026-11-24."),
        (Some(from), Some(to)) if from > to => Some("The first day is after the last one."),
        _ => None,
    }
}

impl Form {
    /// Whether a birth date is given. A search cannot filter by study date as well.
    pub fn is_by_birth(&self) -> bool {
        !self.birth.0.trim().is_empty() || !self.birth.1.trim().is_empty()
    }

    /// Validation message; while there is one, no search is made.
    pub fn wrong(&self) -> Option<&'static str> {
        if self.is_by_birth() {
            return wrong_days(&self.birth);
        }
        match self.dates {
            DateChoice::Custom => wrong_days(&self.between),
            _ => None,
        }
    }

    /// The query for the form's contents, given today's date and the session's location.
    pub fn query(&self, today: Date, location: Option<Uuid>) -> OrderQuery {
        let name = self.patient_name.trim();
        let begins = !name.is_empty() && !name.contains(['*', '?']);
        let locations = match (self.all_locations, self.locations.is_empty()) {
            (true, _) => Vec::new(),
            (false, true) => location.into_iter().collect(),
            (false, false) => self.locations.iter().copied().collect(),
        };
        OrderQuery {
            locations,
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
        if self.is_by_birth() {
            return DateFilter::Birth {
                from: parse_day(&self.birth.0),
                to: parse_day(&self.birth.1),
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

    /// Number of active filters under *More*.
    pub fn more_in_use(&self) -> usize {
        let places = self.all_locations || !self.locations.is_empty();
        [!self.other_id.trim().is_empty(), self.is_by_birth(), places]
            .into_iter()
            .filter(|used| *used)
            .count()
    }

    /// Adds a location to the search or removes it. `picked`: the session's location.
    pub(in crate::model) fn toggle_location(&mut self, location: Uuid, picked: Option<Uuid>) {
        if self.all_locations || self.locations.is_empty() {
            self.locations = picked.into_iter().filter(|_| !self.all_locations).collect();
            self.all_locations = false;
        }
        if !self.locations.remove(&location) {
            self.locations.insert(location);
        }
    }

    /// Whether a location is included in the search.
    pub fn searches(&self, location: Uuid, picked: Option<Uuid>) -> bool {
        match (self.all_locations, self.locations.is_empty()) {
            (true, _) => true,
            (false, true) => picked == Some(location),
            (false, false) => self.locations.contains(&location),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_no_dates_or_the_wrong_way_round_are_named() {
        let days = |from: &str, to: &str| wrong_days(&(from.to_owned(), to.to_owned()));
        assert_eq!(days("", ""), None);
        assert_eq!(days("2026-11-01", ""), None);
        assert_eq!(days("1.11.2026", "2026-11-01"), None);
        assert!(days("2026-02-30", "").is_some_and(|why| why.contains("first is no date")));
        assert!(days("", "yesterday").is_some_and(|why| why.contains("last is no date")));
        assert!(days("2026-11-02", "2026-11-01").is_some_and(|why| why.contains("after")));
    }

    #[test]
    fn what_is_wrong_counts_only_where_it_filters() {
        let mut form = Form {
            between: ("2026-11-02".to_owned(), "2026-11-01".to_owned()),
            ..Form::default()
        };
        assert_eq!(form.wrong(), None, "any date is chosen");
        form.dates = DateChoice::Custom;
        assert!(form.wrong().is_some());
        form.birth.0 = "1951-02-03".to_owned();
        assert_eq!(form.wrong(), None, "the birth date filters alone");
    }

    #[test]
    fn locations_are_added_to_the_picked_one_and_all_of_them_give_way_to_one() {
        let [here, there] = [11, 12].map(Uuid::from_u128);
        let mut form = Form::default();
        assert!(form.searches(here, Some(here)) && !form.searches(there, Some(here)));
        form.toggle_location(there, Some(here));
        assert_eq!(form.locations, BTreeSet::from([here, there]));
        form.toggle_location(here, Some(here));
        assert_eq!(form.locations, BTreeSet::from([there]));
        form.all_locations = true;
        form.toggle_location(here, Some(here));
        assert_eq!(form.locations, BTreeSet::from([here]));
        assert!(!form.all_locations);
    }
}
