//! The columns of a table of orders, and its rows in the order of one of them.

use std::cmp::Ordering;

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::i18n;

/// A column. They stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is a column's name")]
pub enum Column {
    Patient,
    PatientId,
    BirthDate,
    Sex,
    Accession,
    Modality,
    Description,
    Performed,
    Images,
    Documents,
    Size,
    Status,
    Flags,
    Location,
}

impl Column {
    /// All of them.
    pub const ALL: [Column; 14] = [
        Column::Patient,
        Column::PatientId,
        Column::BirthDate,
        Column::Sex,
        Column::Accession,
        Column::Modality,
        Column::Description,
        Column::Performed,
        Column::Images,
        Column::Documents,
        Column::Size,
        Column::Status,
        Column::Flags,
        Column::Location,
    ];

    /// Its name in the settings.
    pub fn key(self) -> &'static str {
        match self {
            Column::Patient => "patient",
            Column::PatientId => "patient-id",
            Column::BirthDate => "birth-date",
            Column::Sex => "sex",
            Column::Accession => "accession",
            Column::Modality => "modality",
            Column::Description => "description",
            Column::Performed => "performed",
            Column::Images => "images",
            Column::Documents => "documents",
            Column::Size => "size",
            Column::Status => "status",
            Column::Flags => "flags",
            Column::Location => "location",
        }
    }
}

/// How the table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By this.
    pub column: Column,
    /// Whether the largest stands first.
    pub down: bool,
}

impl Sort {
    /// By this column: the other way round where it is sorted by it already; else the newest, the largest, or A first.
    pub(super) fn by(self, column: Column) -> Sort {
        let down = if self.column == column {
            !self.down
        } else {
            matches!(
                column,
                Column::Performed | Column::Images | Column::Documents | Column::Size
            )
        };
        Sort { column, down }
    }
}

/// What an order is sorted by. The beginning of the text as a number decides nearly always: comparing numbers is many times
/// faster than following a pointer to each text.
struct Key {
    begin: u128,
    rest: String,
    index: usize,
}

impl Key {
    fn of(text: String, index: usize) -> Key {
        let mut begin = [0; 16];
        for (to, from) in begin.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        let begin = u128::from_be_bytes(begin);
        // What fits into the number needs no text.
        let rest = if text.len() > 16 { text } else { String::new() };
        Key { begin, rest, index }
    }

    fn compare(&self, other: &Key) -> Ordering {
        let begin = self.begin.cmp(&other.begin);
        begin.then_with(|| self.rest.cmp(&other.rest))
    }
}

/// Indices in the order of the table; equal ones stay as the account sent them. `location` names a location.
pub(super) fn sorted(
    orders: &[Order],
    sort: Sort,
    location: impl Fn(Uuid) -> String,
) -> Vec<usize> {
    let mut keys: Vec<Key> = orders
        .iter()
        .enumerate()
        .map(|(index, order)| key(order, index, sort.column, &location))
        .collect();
    keys.sort_unstable_by(|a, b| {
        let by_key = a.compare(b);
        let by_key = if sort.down { by_key.reverse() } else { by_key };
        by_key.then(a.index.cmp(&b.index))
    });
    keys.into_iter().map(|key| key.index).collect()
}

fn key(order: &Order, index: usize, column: Column, location: impl Fn(Uuid) -> String) -> Key {
    let text = |text: &str| Key::of(text.to_lowercase(), index);
    let number = |begin: u64| Key {
        begin: begin.into(),
        rest: String::new(),
        index,
    };
    match column {
        Column::Patient => text(&i18n::person_name(&order.patient_name)),
        Column::PatientId => text(&order.patient_id),
        Column::BirthDate => {
            let born = order.birth_date_and_sex().0;
            Key::of(born.map(|born| born.to_string()).unwrap_or_default(), index)
        }
        Column::Sex => text(order.birth_date_and_sex().1),
        Column::Accession => text(&order.accession_number),
        Column::Modality => text(&order.order_modality),
        Column::Description => text(&order.study_description),
        Column::Performed => Key::of(order.performed_datetime.clone(), index),
        Column::Images => number(order.images_count),
        Column::Documents => number(order.documents_count),
        Column::Size => number(order.bytes()),
        Column::Status => text(order.status_word()),
        // Those without a flag stand at the end of the alphabet, where nobody looks for flags.
        Column::Flags => text(
            order
                .flag_list
                .first()
                .map_or("\u{10FFFF}", |flag| flag.flag_name.as_str()),
        ),
        Column::Location => text(&location(order.institution_uuid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<Order> {
        let order = |name: &&str| Order {
            patient_name: (*name).to_owned(),
            ..Order::default()
        };
        names.iter().map(order).collect()
    }

    #[test]
    fn names_are_sorted_beyond_their_first_sixteen_letters_and_equal_ones_stay() {
        let orders = named(&[
            "Featherstonehaugh^Zoe",
            "Featherstonehaugh^Ada",
            "Berg",
            "Featherstonehaugh^Zoe",
        ]);
        let by = |down| {
            let column = Column::Patient;
            sorted(&orders, Sort { column, down }, |_| String::new())
        };
        assert_eq!(by(false), [2, 1, 0, 3]);
        assert_eq!(by(true), [0, 3, 1, 2]);
    }

    #[test]
    fn every_column_has_a_name_of_its_own_in_the_settings() {
        let keys: std::collections::BTreeSet<&str> =
            Column::ALL.into_iter().map(Column::key).collect();
        assert_eq!(keys.len(), Column::ALL.len());
    }
}
