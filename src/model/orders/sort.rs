//! Columns of a table of orders, and sorting.

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::words;

/// The columns, in display order.
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
    /// All columns, in display order.
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

    /// Identifier in the settings file.
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

/// Sorting of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Column to sort by.
    pub column: Column,
    /// Whether the order is descending.
    pub down: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Sort {
            column: Column::Performed,
            down: true,
        }
    }
}

impl Sort {
    /// The sorting after a click on a heading: reversed if it is the current column, else newest or largest first,
    /// text from A to Z.
    pub(in crate::model) fn by(self, column: Column) -> Sort {
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

/// Sort key of an order.
enum Key {
    Text(String),
    Number(u64),
}

/// Number of leading bytes of a text that are compared as one integer. They nearly always decide, which is many times
/// faster than comparing the texts.
const BEGIN: usize = 16;

impl Key {
    fn begin(&self) -> u128 {
        match self {
            Key::Number(number) => (*number).into(),
            Key::Text(text) => {
                let mut begin = [0; BEGIN];
                for (to, from) in begin.iter_mut().zip(text.bytes()) {
                    *to = from;
                }
                u128::from_be_bytes(begin)
            }
        }
    }

    /// The bytes beyond the first [`BEGIN`].
    fn rest(&self) -> &[u8] {
        match self {
            Key::Number(_) => &[],
            Key::Text(text) => text.as_bytes().get(BEGIN..).unwrap_or_default(),
        }
    }
}

/// Sorted indices into `orders`. The sort is stable. `location` returns a location's name.
pub(in crate::model) fn sorted(
    orders: &[Order],
    sort: Sort,
    location: impl Fn(Uuid) -> String,
) -> Vec<usize> {
    let keys: Vec<Key> = orders
        .iter()
        .map(|order| key(order, sort.column, &location))
        .collect();
    // Complementing the numbers reverses the order.
    let number = |key: &Key| match sort.down {
        true => !key.begin(),
        false => key.begin(),
    };
    let mut rows: Vec<(u128, usize)> = keys.iter().map(number).zip(0..).collect();
    rows.sort_unstable();
    let rest = |row: &(u128, usize)| keys.get(row.1).map_or(&[][..], Key::rest);
    for same in rows.chunk_by_mut(|a, b| a.0 == b.0) {
        if same.len() > 1 && same.iter().any(|row| !rest(row).is_empty()) {
            same.sort_by(|a, b| match sort.down {
                true => rest(b).cmp(rest(a)),
                false => rest(a).cmp(rest(b)),
            });
        }
    }
    rows.into_iter().map(|(_, index)| index).collect()
}

fn key(order: &Order, column: Column, location: impl Fn(Uuid) -> String) -> Key {
    let text = |text: &str| Key::Text(text.to_lowercase());
    match column {
        Column::Patient => text(&words::person_name(&order.patient_name)),
        Column::PatientId => text(&order.patient_id),
        Column::BirthDate => {
            let born = order.birth_date_and_sex().0;
            Key::Text(born.map(|born| born.to_string()).unwrap_or_default())
        }
        Column::Sex => text(order.birth_date_and_sex().1),
        Column::Accession => text(&order.accession_number),
        Column::Modality => text(&order.order_modality),
        Column::Description => text(&order.study_description),
        Column::Performed => Key::Text(order.performed_datetime.clone()),
        Column::Images => Key::Number(order.images_count),
        Column::Documents => Key::Number(order.documents_count),
        Column::Size => Key::Number(order.bytes()),
        Column::Status => text(order.status_word()),
        // Orders without flags are sorted to the end.
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
