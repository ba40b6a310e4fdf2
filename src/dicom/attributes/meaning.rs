//! Interpretation of values for display: names of UIDs, formatted dates and times.

use jiff::civil::Date;

use super::dictionary;
use crate::words;

/// Maximum number of values of an attribute that are interpreted.
const MOST: usize = 8;

/// Interpretation of a value; `None` if there is none.
pub fn aid(vr: &str, text: &str) -> Option<String> {
    let one: fn(&str) -> Option<String> = match vr {
        "UI" => |uid| dictionary::uid(uid).map(str::to_owned),
        "DA" => day,
        "TM" => time,
        "DT" => moment,
        "AS" => age,
        "PN" => name,
        _ => return None,
    };
    let named: Vec<String> = text
        .split('\\')
        .take(MOST)
        .filter_map(|value| one(value.trim()))
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

fn digits(text: &str) -> Option<i16> {
    let are = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are.then(|| text.parse().ok()).flatten()
}

fn day(text: &str) -> Option<String> {
    let small = |text: &str| i8::try_from(digits(text)?).ok();
    let plain: String = text.chars().filter(|c| *c != '.').collect();
    if plain.len() != 8 || !plain.is_ascii() {
        return None;
    }
    let (year, month) = (digits(plain.get(..4)?)?, small(plain.get(4..6)?)?);
    Date::new(year, month, small(plain.get(6..8)?)?)
        .ok()
        .map(words::date)
}

/// Formats TM, `HHMMSS.FFFFFF` or shorter, such as "09:14:05.25".
fn time(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let two = |at: usize| whole.get(at..at + 2).filter(|two| digits(two).is_some());
    let are_digits = whole.bytes().all(|byte| byte.is_ascii_digit());
    let in_pairs = matches!(whole.len(), 2 | 4 | 6) && are_digits;
    let (hour, minute) = (two(0).filter(|_| in_pairs)?, two(2)?);
    if digits(hour)? > 23 || digits(minute)? > 59 {
        return None;
    }
    let second = two(4).map(|second| format!(":{second}"));
    let part = part.trim_end_matches('0');
    let is_part = second.is_some() && part.bytes().all(|byte| byte.is_ascii_digit());
    let part = match is_part && !part.is_empty() {
        true => format!(".{part}"),
        false => String::new(),
    };
    Some(format!(
        "{hour}:{minute}{}{part}",
        second.unwrap_or_default()
    ))
}

/// Formats DT, `YYYYMMDDHHMMSS.FFFFFF&ZZXX` or shorter.
fn moment(text: &str) -> Option<String> {
    let at = text.find(['+', '-']).unwrap_or(text.len());
    let (local, zone) = text.split_at_checked(at)?;
    let day = day(local.get(..8)?)?;
    let time = time(local.get(8..)?);
    let zone = match (zone.get(..3), zone.get(3..5)) {
        (Some(hours), Some(minutes)) => format!(" {hours}:{minutes}"),
        _ => String::new(),
    };
    Some(match time {
        Some(time) => format!("{day} {time}{zone}"),
        None => day,
    })
}

/// Formats AS: "075Y" becomes "75 years".
fn age(text: &str) -> Option<String> {
    let (number, unit) = text.split_at_checked(3)?;
    let number = u64::try_from(digits(number)?).ok()?;
    let (one, many) = match unit {
        "D" => ("day", "days"),
        "W" => ("week", "weeks"),
        "M" => ("month", "months"),
        "Y" => ("year", "years"),
        _ => return None,
    };
    Some(words::count(number, one, many))
}

fn name(text: &str) -> Option<String> {
    let written = words::person_name(text);
    (text.contains(['^', '=']) && written != text).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_as_a_person_would_say_them() {
        for (vr, text, said) in [
            ("DA", "20261123", Some("23 Nov 2026")),
            ("DA", "1997.04.24", Some("24 Apr 1997")),
            ("DA", "20260230", None),
            ("DA", "20261123\\20261124", Some("23 Nov 2026, 24 Nov 2026")),
            ("TM", "091405.250000", Some("09:14:05.25")),
            ("TM", "0914", Some("09:14")),
            ("TM", "9914", None),
            ("TM", "09140", None),
            (
                "DT",
                "20261123091405+0100",
                Some("23 Nov 2026 09:14:05 +01:00"),
            ),
            ("DT", "20261123", Some("23 Nov 2026")),
            ("DT", "2026", None),
            ("AS", "075Y", Some("75 years")),
            ("AS", "001M", Some("1 month")),
            ("AS", "Y", None),
            (
                "UI",
                "1.2.840.10008.1.2.4.50",
                Some("JPEG Baseline (Process 1)"),
            ),
            ("UI", "1.2.3", None),
            ("PN", "Öberg^Märta", Some("Öberg, Märta")),
            ("PN", "Anonymous", None),
            ("LO", "20261123", None),
            ("DA", "２０２６", None),
        ] {
            assert_eq!(aid(vr, text).as_deref(), said, "{vr} {text}");
        }
    }
}
