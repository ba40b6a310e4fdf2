//! Dates and names as a person reads them.

use jiff::civil::{Date, DateTime};

use crate::words;

/// `YYYY-MM-DD` as "24 Nov 2026"; anything else as it stands.
pub(super) fn day(text: &str) -> String {
    text.parse::<Date>()
        .map_or_else(|_| text.to_owned(), words::date)
}

/// `YYYY-MM-DD HH:MM` as "24 Nov 2026 07:59"; anything else as it stands.
pub(super) fn moment(text: &str) -> String {
    text.replacen(' ', "T", 1)
        .parse::<DateTime>()
        .map_or_else(|_| text.to_owned(), words::date_time)
}

/// An order's modalities, parted by `\`, in a row.
pub(super) fn modalities(text: &str) -> String {
    text.split('\\')
        .filter(|one| !one.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A number that the database counted.
pub(super) fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_out_and_odd_ones_left_alone() {
        assert_eq!(day("2026-11-24"), "24 Nov 2026");
        assert_eq!(day("soon"), "soon");
        assert_eq!(moment("2026-11-24 07:59"), "24 Nov 2026 07:59");
        assert_eq!(moment(""), "");
        assert_eq!(modalities("CT\\SR"), "CT, SR");
    }
}
