//! What the Transfers page says and shows of a transfer, in words and figures.

use eframe::egui::Color32;

use super::fonts::icon;
use super::theme::Palette;
use crate::i18n;
use crate::model::{Row, Transfers};
use crate::transfer::TransferState;

/// How a state is drawn.
pub(super) fn sign(state: TransferState, colours: &Palette) -> (&'static str, bool, Color32) {
    match state {
        TransferState::Waiting => (icon::CLOCK, false, colours.dim),
        TransferState::Preparing | TransferState::Sending => {
            (icon::ARROW_UP, false, colours.accent)
        }
        TransferState::Reconnecting => (icon::PLUGS_CONNECTED, false, colours.warning),
        TransferState::Verifying => (icon::MAGNIFYING_GLASS, false, colours.accent),
        TransferState::Paused => (icon::PAUSE, false, colours.dim),
        TransferState::Verified => (icon::SEAL_CHECK, true, colours.good),
        TransferState::NeedsAttention => (icon::WARNING, true, colours.bad),
        TransferState::Cancelled => (icon::PROHIBIT, false, colours.dim),
    }
}

/// "2 running, 1 waiting", "86 MB/s · 4 connections · about 40 s left".
pub(super) fn heading(page: &Transfers) -> (String, String) {
    let states = page.rows.iter().map(|row| row.status.state);
    let running = states
        .clone()
        .filter(|state| !state.is_over() && *state != TransferState::Waiting)
        .count();
    let waiting = states
        .filter(|state| *state == TransferState::Waiting)
        .count();
    let title = match (running, waiting) {
        (0, 0) => "Nothing is running".to_owned(),
        (running, 0) => format!("{running} running"),
        (0, waiting) => format!("{waiting} waiting"),
        (running, waiting) => format!("{running} running, {waiting} waiting"),
    };
    let live = || {
        page.rows
            .iter()
            .map(|row| &row.status)
            .filter(|status| !status.state.is_over())
    };
    let speed: f64 = live().filter_map(|status| status.speed).sum();
    let connections: usize = live().map(|status| status.connections).sum();
    let left = live().filter_map(|status| status.seconds_left).max();
    let mut facts = Vec::new();
    if speed > 0.0 {
        facts.push(i18n::speed(speed));
    }
    if connections > 0 {
        facts.push(i18n::count(connections as u64, "connection", "connections"));
    }
    facts.extend(left.map(|left| format!("about {} left", i18n::duration(left))));
    (title, facts.join(" · "))
}

/// How much of the bar is filled.
pub(super) fn share(row: &Row) -> f32 {
    let status = &row.status;
    let part = |done: u64, all: u64| {
        if all == 0 {
            0.0
        } else {
            done as f32 / all as f32
        }
    };
    match status.state {
        TransferState::Waiting => 0.0,
        TransferState::Verifying | TransferState::Verified => 1.0,
        TransferState::NeedsAttention | TransferState::Cancelled => part(row.there(), row.images()),
        _ if status.bytes_total > 0 => part(status.bytes_done, status.bytes_total),
        _ => part(row.there(), row.images()),
    }
}

/// The line below the bar.
pub(super) fn line_below(row: &Row) -> String {
    let status = &row.status;
    if let Some(note) = &status.note {
        return note.clone();
    }
    match status.state {
        TransferState::Waiting => "waits for its turn".to_owned(),
        TransferState::Preparing => "asking what the account has already".to_owned(),
        TransferState::Sending => {
            let left = status
                .seconds_left
                .map(|left| format!("{} left", i18n::duration(left)));
            [status.speed.map(i18n::speed), left]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · ")
        }
        TransferState::Reconnecting => "the connection is gone; it goes on by itself".to_owned(),
        TransferState::Verifying => {
            let checked = if status.verified > 0 {
                format!(" · {} checked", i18n::number(status.verified))
            } else {
                String::new()
            };
            format!("asking the account what it holds{checked}")
        }
        TransferState::Paused => "paused; press Resume to go on".to_owned(),
        TransferState::Verified => i18n::transfer_summary(status)
            .trim_start_matches("Verified: ")
            .to_owned(),
        TransferState::NeedsAttention => match status.ledger.failed {
            0 => {
                let damaged = row.trouble().len() as u64;
                let damaged = i18n::count(damaged, "damaged file was", "damaged files were");
                format!("{damaged} not sent; the rest is in the order")
            }
            failed => i18n::count(failed, "file could not be sent", "files could not be sent"),
        },
        TransferState::Cancelled => "stopped; what was sent stays in the account".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing;

    #[test]
    fn the_heading_says_what_runs_and_how_long_it_takes() {
        let (title, facts) = heading(&testing::with_transfers().transfers);
        assert_eq!(title, "2 running, 1 waiting");
        assert_eq!(facts, "64 MB/s · 4 connections · about 18 s left");
    }

    #[test]
    fn each_state_has_its_line() {
        let model = testing::with_transfers();
        let lines: Vec<String> = model.transfers.rows.iter().map(line_below).collect();
        assert_eq!(
            lines,
            [
                "64 MB/s · 18 s left",
                "asking the account what it holds · 120 checked",
                "104 of 104 images are in the order. Safe to eject.",
                "3 files could not be sent",
                "waits for its turn",
            ]
        );
    }
}
