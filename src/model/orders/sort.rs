//! The columns of a table of orders, and its rows in the order of one of them.

use uuid::Uuid;

use crate::cloud::model::Order;
use crate::words;

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

impl Default for Sort {
    /// The newest first.
    fn default() -> Self {
        Sort {
            column: Column::Performed,
            down: true,
        }
    }
}

impl Sort {
    /// By this column: the other way round where it is sorted by it already; else the newest, the largest, or A first.
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

/// What an order is sorted by.
enum Key {
    Text(String),
    Number(u64),
}

/// So many bytes of a text are held against each other as one number, which decides nearly always: many times faster than
/// following a pointer to each text.
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

    /// What the beginning does not decide.
    fn rest(&self) -> &[u8] {
        match self {
            Key::Number(_) => &[],
            Key::Text(text) => text.as_bytes().get(BEGIN..).unwrap_or_default(),
        }
    }
}

/// Indices in the order of the table; equal ones stay as the account sent them. `location` names a location.
pub(in crate::model) fn sorted(
    orders: &[Order],
    sort: Sort,
    location: impl Fn(Uuid) -> String,
) -> Vec<usize> {
    let keys: Vec<Key> = orders
        .iter()
        .map(|order| key(order, sort.column, &location))
        .collect();
    // The largest first is the smallest of the opposite numbers first.
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
