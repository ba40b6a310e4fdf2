//! Formatting of numbers, sizes, dates, durations, plurals and states for display. All such formatting is done here.

mod media;

use std::time::Duration;

use jiff::civil::{Date, DateTime};

use crate::dicom::catalogue::{SkipReason, Skipped};
use crate::transfer::{Ledger, TransferState, TransferStatus};

pub use media::disc;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

pub use crate::text::person_name::{NO_NAME, patient_name, person_name, same_name};

/// Formats with thousands separators: 1284 becomes "1,284".
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: "1 image", "1,204 images".
pub fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A number at the beginning of a sentence: as a word up to nine ("Two"), else in digits ("12").
pub fn number_word(value: u64) -> String {
    const WORDS: [&str; 10] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ];
    let word = usize::try_from(value)
        .ok()
        .and_then(|index| WORDS.get(index));
    word.map_or_else(|| number(value), |word| (*word).to_owned())
}

/// A size such as "312 KB", "702 MB" or "1.4 GB" (1 KB is 1,000 bytes).
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if value < 1000 {
        return count(value, "byte", "bytes");
    }
    let mut size = value as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    let tenth = unit > 0 && size < 9.95 && (size * 10.0).round() % 10.0 != 0.0;
    if tenth {
        format!("{size:.1} {name}")
    } else {
        format!("{size:.0} {name}")
    }
}

/// A data rate such as "64 MB/s".
pub fn speed(bytes_a_second: f64) -> String {
    format!("{}/s", bytes(whole(bytes_a_second)))
}

/// Rounds to the nearest integer; negative values become 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped: casts of floats saturate"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

/// A date such as "23 Nov 2026".
pub fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

fn month(date: Date) -> &'static str {
    let index = usize::try_from(date.month() - 1).unwrap_or_default();
    MONTHS.get(index).copied().unwrap_or_default()
}

/// Date and time such as "23 Nov 2026 09:14".
pub fn date_time(at: DateTime) -> String {
    format!("{} {}", date(at.date()), clock(at))
}

/// Date for tables: "23 Nov 09:14" in the current year, "23 Nov 2024" in others.
pub fn short_date_time(at: DateTime, today: Date) -> String {
    if at.year() == today.year() {
        format!("{} {} {}", at.day(), month(at.date()), clock(at))
    } else {
        date(at.date())
    }
}

/// Time of day such as "09:14".
pub fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// Age on a date: "75 y", below two years "14 mo", below two months "12 d". `None` if `on` is before `birth`.
pub fn age(birth: Date, on: Date) -> Option<String> {
    if on < birth {
        return None;
    }
    let before = i32::from((on.month(), on.day()) < (birth.month(), birth.day()));
    let years = i32::from(on.year()) - i32::from(birth.year()) - before;
    if years >= 2 {
        return Some(format!("{years} y"));
    }
    let months = (i32::from(on.year()) - i32::from(birth.year())) * 12 + i32::from(on.month())
        - i32::from(birth.month())
        - i32::from(on.day() < birth.day());
    if months >= 2 {
        return Some(format!("{months} mo"));
    }
    let days = on
        .since((jiff::Unit::Day, birth))
        .map_or(0, |span| span.get_days());
    Some(format!("{days} d"))
}

/// Remaining time, rounded to avoid flickering: "18 s", "40 s", "3 min", "1 h 20 min".
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=20 => format!("{} s", seconds.max(1)),
        21..=59 => format!("{} s", (seconds / 5) * 5),
        60..=3569 => format!("{} min", (seconds + 30) / 60),
        _ => {
            let minutes = (seconds + 300) / 600 * 10;
            match (minutes / 60, minutes % 60) {
                (hours, 0) => format!("{hours} h"),
                (hours, minutes) => format!("{hours} h {minutes} min"),
            }
        }
    }
}

/// Elapsed time: "0.2 s", "12 s".
pub fn took(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 9.95 {
        format!("{:.1} s", seconds.max(0.1))
    } else {
        format!("{seconds:.0} s")
    }
}

/// Patient's Sex (0010,0040) as a word.
pub fn sex(code: &str) -> &str {
    match code {
        "F" => "Female",
        "M" => "Male",
        "O" => "Other",
        _ => "Unknown",
    }
}

/// Why a file is not sent, in one or two sentences.
pub fn skip_reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::NotDicom => "This is no DICOM file.".to_owned(),
        SkipReason::DicomDir => "This is a disc's directory, no image. The images that it lists are found by themselves.".to_owned(),
        SkipReason::Truncated { has, needs: Some(needs) } => format!(
            "The file is shorter than it says (cut off at {} of {}). Copy it again from the disc.",
            bytes(*has),
            bytes(*needs)
        ),
        SkipReason::Truncated { has, needs: None } => {
            format!("The file ends too early (at {}). Copy it again from the disc.", bytes(*has))
        }
        SkipReason::NoUids { missing } => {
            format!("It has no {missing}, so no account can file it. Export it again from the device.")
        }
        SkipReason::Duplicate { of } => format!("The same image as {}, which is sent.", file_name(of)),
        SkipReason::Damaged(words) => format!("The file is damaged: {}", sentence(words)),
        SkipReason::Unreadable(words) => format!("The file could not be read: {}", sentence(words)),
        SkipReason::LinkLoop => "A link that leads back to a folder above it.".to_owned(),
        SkipReason::NotAFile => "No ordinary file: a link that leads nowhere, or a device.".to_owned(),
        other => media::reason(other).unwrap_or_default(),
    }
}

fn sentence(words: &str) -> String {
    let words = words.trim();
    if words.ends_with(['.', '!', '?']) {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}

/// Last component of a path.
pub fn file_name(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Numbers of skipped files by kind, such as "8 are no DICOM", "2 duplicates", "1 truncated", and whether they need
/// attention.
pub fn skip_summary(skipped: &[Skipped]) -> Vec<(String, bool)> {
    let mut tally = [0_u64; KINDS.len()];
    for skipped in skipped {
        if let Some(count) = tally.get_mut(kind(&skipped.reason)) {
            *count += 1;
        }
    }
    let kinds = tally.into_iter().zip(KINDS);
    let kinds = kinds.filter(|(number, _)| *number > 0);
    kinds
        .map(|(number, (one, many, bad))| (count(number, one, many), bad))
        .collect()
}

/// Kinds of skipped files: text for one, text for several, and whether they need attention. Harmless ones first.
const KINDS: [(&str, &str, bool); 12] = [
    ("is no DICOM", "are no DICOM", false),
    ("disc directory", "disc directories", false),
    ("duplicate", "duplicates", false),
    ("link or device", "links or devices", false),
    ("truncated", "truncated", true),
    ("without an identifier", "without identifiers", true),
    ("damaged", "damaged", true),
    ("unreadable", "unreadable", true),
    ("missing", "missing", true),
    ("needs a password", "need a password", true),
    ("cannot be unpacked", "cannot be unpacked", true),
    (
        "archive that is not read",
        "archives that are not read",
        true,
    ),
];

/// Index of a reason in [`KINDS`].
fn kind(reason: &SkipReason) -> usize {
    match reason {
        SkipReason::NotDicom => 0,
        SkipReason::DicomDir => 1,
        SkipReason::Duplicate { .. } => 2,
        SkipReason::LinkLoop | SkipReason::NotAFile => 3,
        SkipReason::Truncated { .. } => 4,
        SkipReason::NoUids { .. } => 5,
        SkipReason::Damaged(_) | SkipReason::DamagedArchive(_) => 6,
        SkipReason::Unreadable(_) => 7,
        SkipReason::Missing { .. } => 8,
        SkipReason::Locked { .. } | SkipReason::WrongPassword { .. } => 9,
        SkipReason::Method(_) | SkipReason::OverBound(_) | SkipReason::ClimbsOut => 10,
        SkipReason::Archive(_) => 11,
    }
}

/// Display name of a transfer's state.
pub fn transfer_state(state: TransferState) -> &'static str {
    match state {
        TransferState::Waiting => "Waiting",
        TransferState::Preparing => "Reading",
        TransferState::Sending => "Sending",
        TransferState::Reconnecting => "Waiting for the network",
        TransferState::Verifying => "Verifying",
        TransferState::Paused => "Paused",
        TransferState::Verified => "Verified",
        TransferState::NeedsAttention => "Needs attention",
        TransferState::Cancelled => "Cancelled",
    }
}

/// Summary of a transfer in one line, such as "412 of 412 images are in the order. Safe to eject."
pub fn transfer_summary(status: &TransferStatus) -> String {
    let ledger = &status.ledger;
    let there = ledger.sent + ledger.already_there;
    let images = ledger.found.saturating_sub(ledger.skipped);
    match status.state {
        TransferState::Verified => {
            let verb = if images == 1 {
                "image is"
            } else {
                "images are"
            };
            let skipped = match ledger.skipped {
                0 => String::new(),
                number => format!(
                    " {} not sent.",
                    count(number, "skipped file was", "skipped files were")
                ),
            };
            format!(
                "Verified: {} of {} {verb} in the order.{skipped} Safe to eject.",
                number(there),
                number(images)
            )
        }
        state => {
            let note = status
                .note
                .as_deref()
                .map(|note| format!(" {note}"))
                .unwrap_or_default();
            format!(
                "{}: {} of {} are in the account.{note}",
                transfer_state(state),
                number(there),
                count(images, "image", "images")
            )
        }
    }
}

/// Totals such as "found 2,310 = sent 1,204 + already there 1,092 + skipped 11 + failed 3".
pub fn ledger(ledger: &Ledger) -> String {
    let pending = match ledger.pending() {
        0 => String::new(),
        open => format!(" + to do {}", number(open)),
    };
    format!(
        "found {} = sent {} + already there {} + skipped {} + failed {}{pending}",
        number(ledger.found),
        number(ledger.sent),
        number(ledger.already_there),
        number(ledger.skipped),
        number(ledger.failed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    use jiff::civil::date as day;

    #[test]
    fn numbers_and_sizes_are_grouped_and_rounded() {
        assert_eq!(
            (number(7), number(1284), number(2_000_310)),
            ("7".into(), "1,284".into(), "2,000,310".into())
        );
        assert_eq!(count(1, "image", "images"), "1 image");
        for (value, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (312_000, "312 KB"),
            (1_200_000, "1.2 MB"),
            (702_000_000, "702 MB"),
            (999_900_000, "1 GB"),
            (1_410_000_000, "1.4 GB"),
            (4_000_000_000, "4 GB"),
        ] {
            assert_eq!(bytes(value), text);
        }
        assert_eq!(speed(64_200_000.0), "64 MB/s");
        assert_eq!(speed(f64::NAN), "0 bytes/s");
    }

    #[test]
    fn dates_times_and_ages_are_short() {
        let at = day(2026, 11, 23).at(9, 14, 0, 0);
        assert_eq!(date_time(at), "23 Nov 2026 09:14");
        assert_eq!(short_date_time(at, day(2026, 12, 1)), "23 Nov 09:14");
        assert_eq!(short_date_time(at, day(2027, 1, 1)), "23 Nov 2026");
        let on = day(2026, 11, 23);
        assert_eq!(age(day(1951, 2, 3), on).as_deref(), Some("75 y"));
        assert_eq!(age(day(1951, 11, 24), on).as_deref(), Some("74 y"));
        assert_eq!(age(day(2025, 9, 23), on).as_deref(), Some("14 mo"));
        assert_eq!(age(day(2026, 11, 11), on).as_deref(), Some("12 d"));
        assert_eq!(age(day(2027, 1, 1), on), None);
    }

    #[test]
    fn time_left_does_not_flicker() {
        let texts: Vec<String> = [0, 18, 43, 59, 65, 170, 4_790, 7_200]
            .into_iter()
            .map(duration)
            .collect();
        assert_eq!(
            texts,
            [
                "1 s",
                "18 s",
                "40 s",
                "55 s",
                "1 min",
                "3 min",
                "1 h 20 min",
                "2 h"
            ]
        );
        assert_eq!(took(Duration::from_millis(214)), "0.2 s");
    }

    #[test]
    fn skipped_files_are_told_by_kind_and_the_bad_ones_last() {
        let skip = |reason| Skipped {
            path: "a".into(),
            reason,
            study_instance_uid: None,
            stamp: None,
        };
        let mut skipped = vec![skip(SkipReason::Truncated {
            has: 312_000,
            needs: Some(1_200_000),
        })];
        skipped.extend((0..8).map(|_| skip(SkipReason::NotDicom)));
        skipped.extend((0..2).map(|_| skip(SkipReason::Duplicate { of: "b".into() })));
        let summary = skip_summary(&skipped);
        let texts: Vec<&str> = summary.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["8 are no DICOM", "2 duplicates", "1 truncated"]);
        assert!(summary[2].1 && !summary[0].1);
        assert_eq!(
            skip_reason(&skipped[0].reason),
            "The file is shorter than it says (cut off at 312 KB of 1.2 MB). Copy it again from the disc."
        );
    }

    #[test]
    fn the_ledger_reads_as_a_sum() {
        let sum = Ledger {
            found: 2310,
            sent: 1204,
            already_there: 1092,
            skipped: 11,
            failed: 3,
        };
        assert_eq!(
            ledger(&sum),
            "found 2,310 = sent 1,204 + already there 1,092 + skipped 11 + failed 3"
        );
    }
}
