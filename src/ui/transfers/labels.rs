//! Texts and figures of a transfer on the Transfers page.

use eframe::egui::Color32;

use crate::model::{FEW, Listed, Row, Transfers};
use crate::transfer::TransferState;
use crate::ui::fonts::icon;
use crate::ui::theme::Palette;
use crate::words;

/// Icon of a state, whether it is filled, and its colour.
pub(in crate::ui) fn sign(
    state: TransferState,
    colours: &Palette,
) -> (&'static str, bool, Color32) {
    match state {
        TransferState::Waiting => (icon::CLOCK, false, colours.dim),
        TransferState::Preparing => (icon::FILE_MAGNIFYING_GLASS, false, colours.accent),
        TransferState::Sending => (icon::ARROW_UP, false, colours.accent),
        TransferState::Reconnecting => (icon::CLOUD_SLASH, false, colours.warning),
        TransferState::Verifying => (icon::MAGNIFYING_GLASS, false, colours.accent),
        TransferState::Paused => (icon::PAUSE, false, colours.dim),
        TransferState::Verified => (icon::SEAL_CHECK, true, colours.good),
        TransferState::NeedsAttention => (icon::WARNING, true, colours.bad),
        TransferState::Cancelled => (icon::PROHIBIT, false, colours.dim),
    }
}

/// Title such as "2 running, 1 waiting", and the facts "86 MB/s", "4 connections" and "about 40 s
/// left". The middle fact is the first to be dropped in a narrow window.
pub(in crate::ui) fn heading(page: &Transfers) -> (String, [String; 3]) {
    let count = |wanted: TransferState| {
        let rows = page.rows.iter();
        rows.filter(|row| row.status.state == wanted).count()
    };
    let parts = [
        (page.active(), "running"),
        (count(TransferState::Waiting), "waiting"),
        (count(TransferState::Paused), "paused"),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, word)| format!("{} {word}", words::number(number as u64)))
        .collect();
    let title = match parts.is_empty() {
        true => "Nothing is running".to_owned(),
        false => parts.join(", "),
    };
    let live = || {
        let rows = page.rows.iter().filter(|row| row.is_active());
        rows.map(|row| &row.status)
    };
    let speed: f64 = live().filter_map(|status| status.speed).sum();
    // The connections are shared by all transfers.
    let connections = live().map(|status| status.connections).max().unwrap_or(0);
    let said = |text: Option<String>| text.unwrap_or_default();
    let connections =
        (connections > 0).then(|| words::count(connections as u64, "connection", "connections"));
    let left = left(page, speed).map(|left| format!("about {} left", words::duration(left)));
    let speed = (speed > 0.0).then(|| words::speed(speed));
    (title, [said(speed), said(connections), said(left)])
}

/// Estimated seconds until everything that is not paused has been sent: the total at `speed` bytes a
/// second, or the longest of the transfers' own estimates.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of seconds; casts of floats saturate"
)]
fn left(page: &Transfers, speed: f64) -> Option<u64> {
    let open = page
        .rows
        .iter()
        .filter(|row| !row.is_over() && row.status.state != TransferState::Paused);
    let longest = open.clone().filter_map(|row| row.status.seconds_left).max();
    let bytes: u64 = open
        .map(|row| row.status.bytes_total.saturating_sub(row.status.bytes_done))
        .sum();
    let all = (speed > 0.0).then(|| (bytes as f64 / speed).ceil() as u64);
    longest.max(all.filter(|_| bytes > 0))
}

/// Filled share of the progress bar, 0 to 1.
pub(in crate::ui) fn share(row: &Row) -> f32 {
    let status = &row.status;
    let part = |done: u64, all: u64| {
        if all == 0 {
            0.0
        } else {
            done as f32 / all as f32
        }
    };
    match status.state {
        TransferState::Verifying | TransferState::Verified => 1.0,
        TransferState::NeedsAttention | TransferState::Cancelled => part(row.there(), row.images()),
        _ if status.bytes_total > 0 => part(status.bytes_done, status.bytes_total),
        _ => part(row.there(), row.images()),
    }
}

/// Text such as "412 of 612 images · 702 MB".
pub(in crate::ui) fn figures(row: &Row) -> String {
    format!(
        "{} of {} · {}",
        words::number(row.there()),
        words::count(row.images(), "image", "images"),
        words::bytes(row.upload.bytes())
    )
}

/// Text of the line below the bar.
pub(in crate::ui) fn line_below(page: &Transfers, row: &Row) -> String {
    let line = line(page, row);
    let today = page.today_is();
    if row.started.date() < today {
        let queued = words::short_date_time(row.started, today);
        return format!("{line} · queued {queued}");
    }
    line
}

fn line(page: &Transfers, row: &Row) -> String {
    let status = &row.status;
    if let Some(note) = &status.note {
        return note.clone();
    }
    match status.state {
        TransferState::Waiting => waiting(page, row),
        TransferState::Preparing => "asking what the account has already".to_owned(),
        TransferState::Sending => sending(row),
        TransferState::Reconnecting => {
            "the connection is gone; it goes on by itself when it is back".to_owned()
        }
        TransferState::Verifying => {
            let checked = if status.verified > 0 {
                format!(" · {} checked", words::number(status.verified))
            } else {
                String::new()
            };
            format!("asking the account what it holds{checked}")
        }
        TransferState::Paused => "held until you resume it".to_owned(),
        TransferState::Verified => words::transfer_summary(status)
            .trim_start_matches("Verified: ")
            .to_owned(),
        TransferState::NeedsAttention => match status.ledger.failed {
            0 => {
                let damaged = row.trouble.len() as u64;
                let damaged = words::count(damaged, "damaged file was", "damaged files were");
                format!("{damaged} not sent; the rest is in the order")
            }
            failed => {
                let sent =
                    words::count(failed, "file could not be sent", "files could not be sent");
                match row.trouble.len().saturating_sub(status.failures.len()) as u64 {
                    0 => sent,
                    1 => format!("{sent}, 1 is damaged"),
                    damaged => format!("{sent}, {} are damaged", words::number(damaged)),
                }
            }
        },
        TransferState::Cancelled => "stopped; what was sent stays in the account".to_owned(),
    }
}

/// Text such as "after CT Thorax"; with the patient's name if two studies have the same title.
fn waiting(page: &Transfers, row: &Row) -> String {
    let Some(first) = page.after(row.job()) else {
        return "waits for its turn".to_owned();
    };
    let same = |one: &&Row| !one.is_over() && one.title() == first.title();
    if page.rows.iter().filter(same).nth(1).is_some() {
        format!("after {} of {}", first.title(), first.patient())
    } else {
        format!("after {}", first.title())
    }
}

fn sending(row: &Row) -> String {
    let status = &row.status;
    let failed = status.ledger.failed;
    let parts = [
        status.speed.map(words::speed),
        status
            .seconds_left
            .map(|left| format!("{} left", words::duration(left))),
        (failed > 0).then(|| {
            let failed = words::count(failed, "file", "files");
            format!("{failed} could not be sent so far")
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "begins to send".to_owned(),
        false => parts.join(" · "),
    }
}

/// Captions of the links that show or hide a row's files: those that need attention, and those that
/// were skipped harmlessly.
pub(in crate::ui) fn links(row: &Row) -> (Option<String>, Option<String>) {
    let trouble = row.trouble.len();
    let files = match row.listed() {
        _ if trouble == 0 => None,
        Listed::Hidden => {
            let files = words::count(trouble as u64, "file", "files");
            Some(format!("Show {files}"))
        }
        Listed::Few if trouble > FEW => Some(format!("Show all {}", words::number(trouble as u64))),
        Listed::Few | Listed::All => Some("Hide files".to_owned()),
    };
    let harmless = row.harmless.len() as u64;
    let skipped = (harmless > 0).then(|| match row.harmless_listed {
        true => "Hide skipped files".to_owned(),
        false => format!("{} skipped", words::number(harmless)),
    });
    (files, skipped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing;

    #[test]
    fn the_heading_says_what_runs_and_how_long_it_takes() {
        let (title, facts) = heading(&testing::with_transfers().transfers);
        assert_eq!(title, "2 running, 1 waiting");
        assert_eq!(facts, ["64 MB/s", "4 connections", "about 18 s left"]);
    }

    #[test]
    fn each_state_has_its_line() {
        let model = testing::with_transfers();
        let page = &model.transfers;
        let lines: Vec<String> = page.rows.iter().map(|row| line_below(page, row)).collect();
        assert_eq!(
            lines,
            [
                "64 MB/s · 18 s left",
                "asking the account what it holds · 120 checked",
                "104 of 104 images are in the order. Safe to eject.",
                "3 files could not be sent",
                "after CT Thorax with contrast",
            ]
        );
    }
}
