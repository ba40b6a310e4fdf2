//! Dates and times moved by an offset (PS3.5, table 6.2-1), as precise afterwards as before.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::uid_key::Offset;

/// A date's new value. `time` is the time that belongs to it, where there is one: past midnight the day changes.
/// `None`: it is no date that can be moved.
pub(super) fn date(text: &str, time: Option<&str>, by: Offset) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-')).collect();
    let old = parse(&digits)?;
    let new = match time.and_then(hour) {
        Some(hour) => back(old.to_datetime(Time::new(hour, 0, 0, 0).ok()?), by)?.date(),
        None => old.checked_sub(i64::from(by.days).days()).ok()?,
    };
    let (year, month, day) = (new.year(), new.month(), new.day());
    (year > 0).then_some(())?;
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

/// A time's new value: the hour is another one, the rest stays.
pub(super) fn time(text: &str, by: Offset) -> Option<String> {
    let old = i32::from(hour(text)?);
    Some(format!(
        "{:02}{}",
        (old - by.hours).rem_euclid(24),
        text.get(2..)?
    ))
}

/// A date and time's new value, with its fraction and its time zone as they were. Where it names no hour, as a date.
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
    // What is not said: the middle of the year, or of the month.
    let filled = match whole.len() {
        4 => format!("{whole}0701"),
        6 => format!("{whole}15"),
        _ => whole.get(..8)?.to_owned(),
    };
    let day = parse(&filled)?;
    let day_only = |day: Date| format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
    if whole.len() <= 8 {
        let new = day_only(day.checked_sub(i64::from(by.days).days()).ok()?);
        return Some(format!("{}{zone}", new.get(..whole.len())?));
    }
    let new = back(
        day.to_datetime(Time::new(hour(whole.get(8..)?)?, 0, 0, 0).ok()?),
        by,
    )?;
    let rest = clock.get(10..)?;
    Some(format!(
        "{}{:02}{rest}{zone}",
        day_only(new.date()),
        new.hour()
    ))
}

fn back(moment: DateTime, by: Offset) -> Option<DateTime> {
    moment
        .checked_sub(i64::from(by.days).days().hours(i64::from(by.hours)))
        .ok()
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

/// The hour of a TM, which must be one to its end.
fn hour(text: &str) -> Option<i8> {
    let is_clock = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
    let two = text.get(..2)?;
    if !text.bytes().all(is_clock) || text.len() > 16 {
        return None;
    }
    two.parse().ok().filter(|hour| (0..24).contains(hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: Offset = Offset {
        days: 400,
        hours: 5,
    };

    #[test]
    fn a_date_and_its_time_move_together_over_midnight() {
        assert_eq!(date("20240301", None, BY).as_deref(), Some("20230126"));
        assert_eq!(
            date("20240301", Some("0430"), BY).as_deref(),
            Some("20230125")
        );
        assert_eq!(time("0430", BY).as_deref(), Some("2330"));
        assert_eq!(
            date("20240301", Some("101530.25"), BY).as_deref(),
            Some("20230126")
        );
        assert_eq!(time("101530.25", BY).as_deref(), Some("051530.25"));
        assert_eq!(time("04", BY).as_deref(), Some("23"));
        assert_eq!(date("2024.03.01", None, BY).as_deref(), Some("2023.01.26"));
    }

    #[test]
    fn a_date_and_time_keeps_its_precision_its_fraction_and_its_zone() {
        for (old, new) in [
            ("20240301043059.123456+0100", "20230125233059.123456+0100"),
            ("20240301043059-0500", "20230125233059-0500"),
            ("2024030104", "2023012523"),
            ("20240301", "20230126"),
            ("202403", "202302"),
            ("2024", "2023"),
        ] {
            assert_eq!(date_time(old, BY).as_deref(), Some(new), "{old}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_moved() {
        for text in ["", "unknown", "20240230", "2024030", "00000101", "２０２４"] {
            assert_eq!(date(text, None, BY), None, "{text}");
            assert_eq!(
                date_time(text, BY).filter(|_| text != "00000101"),
                None,
                "{text}"
            );
        }
        for text in ["", "2", "2500", "noon", "é"] {
            assert_eq!(time(text, BY), None, "{text}");
        }
        assert_eq!(date_time("20240301101010+1", BY), None);
    }
}
