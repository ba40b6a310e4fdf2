//! The search bar of the Orders page: what is typed and chosen, what is wrong with it, and what is asked for.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use crate::cloud::Modality;
use crate::cloud::model::{DateFilter, OrderQuery};
use crate::model::FolderChoice;

/// The modalities to choose from (PS3.3, C.7.3.1.1.1: those of images and reports that an archive sees daily).
pub const MODALITIES: [&str; 18] = [
    "CR", "CT", "DX", "ES", "IO", "MG", "MR", "NM", "OP", "OT", "PT", "PX", "RF", "SC", "SR", "US",
    "XA", "XC",
];

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
    /// The locations to search in; none for the picked one.
    pub locations: BTreeSet<Uuid>,
    /// The orders of this folder are shown, whatever else is typed; the first filter that is touched ends it.
    pub folder: Option<FolderChoice>,
    /// Whether *More* is open.
    pub more: bool,
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

/// What is wrong with two days as typed, if anything; an empty one does not bound.
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
    /// Whether the birth date filters: then the study's dates cannot, for one search has either.
    pub fn is_by_birth(&self) -> bool {
        !self.birth.0.trim().is_empty() || !self.birth.1.trim().is_empty()
    }

    /// What is wrong with what is typed, if anything. It is not searched for then.
    pub fn wrong(&self) -> Option<&'static str> {
        if self.is_by_birth() {
            return wrong_days(&self.birth);
        }
        match self.dates {
            DateChoice::Custom => wrong_days(&self.between),
            _ => None,
        }
    }

    /// What to ask for, on this day and in this location.
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

    /// How many of the fields under *More* filter.
    pub fn more_in_use(&self) -> usize {
        let places = self.all_locations || !self.locations.is_empty();
        [!self.other_id.trim().is_empty(), self.is_by_birth(), places]
            .into_iter()
            .filter(|used| *used)
            .count()
    }

    /// Searches in this location too, or no longer; `picked` is the one that is searched while none is chosen.
    pub(in crate::model) fn toggle_location(&mut self, location: Uuid, picked: Option<Uuid>) {
        if self.all_locations || self.locations.is_empty() {
            self.locations = picked.into_iter().filter(|_| !self.all_locations).collect();
            self.all_locations = false;
        }
        if !self.locations.remove(&location) {
            self.locations.insert(location);
        }
    }

    /// Whether a location is searched.
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
