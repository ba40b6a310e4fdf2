//! Dates moved by an offset of whole days (PS3.15, E.3.6), as precise afterwards as before. Times of day stay as they are,
//! so that the interval between any two instants of a patient is kept whichever attributes carry them: a time without a
//! date, a date without a time, or both.

use jiff::ToSpan;
use jiff::civil::Date;

use super::uid_key::Offset;

/// A date's new value (DA; PS3.5, table 6.2-1). `None`: it is no date that can be moved.
pub(super) fn date(text: &str, by: Offset) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-')).collect();
    let (year, month, day) = parts(back(parse(&digits)?, by)?);
    match text.len() {
        8 => Some(format!("{year:04}{month:02}{day:02}")),
        // As the standard wrote it before 1993, and as some devices do.
        10 => {
            let mark = text.chars().nth(4)?;
            Some(format!("{year:04}{mark}{month:02}{mark}{day:02}"))
        }
        _ => None,
    }
}

/// Whether this is a time of day (TM), which stays as it is.
pub(super) fn is_time(text: &str) -> bool {
    let clock = text.replace(':', "");
    let (whole, fraction) = clock.split_once('.').unwrap_or((&clock, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    is_number(whole)
        && is_number(fraction)
        && matches!(whole.len(), 2 | 4 | 6)
        && text.len() <= 16
        && whole.get(..2).is_some_and(|hour| hour < "24")
}

/// A date and time's new value (DT), with its time of day, its fraction and its time zone as they were. One that names
/// no day moves as the middle of its month or year does.
pub(super) fn date_time(text: &str, by: Offset) -> Option<String> {
    let zone = text.find(['+', '-', '&']).unwrap_or(text.len());
    let (clock, zone) = text.split_at_checked(zone)?;
    let whole = clock.split('.').next()?;
    let is_fine = whole.bytes().all(|byte| byte.is_ascii_digit()) && whole.len() % 2 == 0;
    let valid_zone = zone.is_empty() || (zone.len() == 5 && zone.get(1..)?.parse::<u16>().is_ok());
    let valid_fraction = clock
        .get(whole.len()..)?
        .bytes()
        .all(|byte| byte == b'.' || byte.is_ascii_digit());
    if !is_fine || !valid_zone || !valid_fraction || !(4..=14).contains(&whole.len()) {
        return None;
    }
    let filled = match whole.len() {
        4 => format!("{whole}0701"),
        6 => format!("{whole}15"),
        _ => whole.get(..8)?.to_owned(),
    };
    let (year, month, day) = parts(back(parse(&filled)?, by)?);
    let new = format!("{year:04}{month:02}{day:02}");
    let named = whole.len().min(8);
    let rest = clock.get(named..)?;
    if named < whole.len() && !is_time(rest) {
        return None;
    }
    Some(format!("{}{rest}{zone}", new.get(..named)?))
}

/// The day so many days before, if the calendar has it.
fn back(day: Date, by: Offset) -> Option<Date> {
    let new = day.checked_sub(i64::from(by.days).days()).ok()?;
    (new.year() > 0).then_some(new)
}

fn parts(day: Date) -> (i16, i8, i8) {
    (day.year(), day.month(), day.day())
}

fn parse(digits: &str) -> Option<Date> {
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Date::new(
        digits.get(..4)?.parse().ok()?,
        digits.get(4..6)?.parse().ok()?,
        digits.get(6..)?.parse().ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: Offset = Offset { days: 400 };

    #[test]
    fn a_date_moves_by_whole_days_and_a_time_stays() {
        assert_eq!(date("20240301", BY).as_deref(), Some("20230126"));
        assert_eq!(date("2024.03.01", BY).as_deref(), Some("2023.01.26"));
        assert_eq!(date("2024-03-01", BY).as_deref(), Some("2023-01-26"));
        for text in ["04", "0430", "101530.25", "235959.999999", "00", "235960"] {
            assert!(is_time(text), "{text}");
        }
    }

    #[test]
    fn a_date_and_time_keeps_its_precision_its_fraction_and_its_zone() {
        for (old, new) in [
            ("20240301043059.123456+0100", "20230126043059.123456+0100"),
            ("20240301003059-0500", "20230126003059-0500"),
            ("2024030104", "2023012604"),
            ("20240301", "20230126"),
            ("20240301+0100", "20230126+0100"),
            ("202403", "202302"),
            ("2024", "2023"),
        ] {
            assert_eq!(date_time(old, BY).as_deref(), Some(new), "{old}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_moved() {
        for text in [
            "",
            "unknown",
            "20240230",
            "2024030",
            "00000101",
            "２０２４",
            "00010101",
        ] {
            assert_eq!(date(text, BY), None, "{text}");
            assert_eq!(date_time(text, BY), None, "{text}");
        }
        for text in ["", "2", "2500", "noon", "é", "1015 Miller", "10.", "101"] {
            assert!(!is_time(text), "{text}");
        }
        for text in [
            "20240301101010+1",
            "2024030125",
            "20240301101010.",
            "20240230",
        ] {
            assert_eq!(date_time(text, BY), None, "{text}");
        }
    }
}
