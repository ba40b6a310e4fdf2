//! Model of the settings dialog.

use crate::message::{Command, SessionCommand};
use crate::model::Model;
use crate::settings::Transfer;

/// User actions in the settings dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsAction {
    /// Opens the dialog.
    Open,
    /// Saves the settings and closes the dialog.
    Save,
    /// Closes the dialog without saving.
    Close,
    /// Fills in the default values.
    Usual,
}

/// Contents of the dialog, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsForm {
    /// Maximum number of connections.
    pub connections: String,
    /// Maximum number of unacknowledged messages per connection.
    pub in_flight: String,
    /// Bandwidth limit in MB/s; empty for none.
    pub limit: String,
    /// Days that finished transfers stay in the list.
    pub keep_days: String,
}

/// Maximum bandwidth limit in MB/s, above that of any line.
const MOST_MEGABYTES: f64 = 100_000.0;
/// Maximum of `keep_days`: ten years.
const MOST_DAYS: u32 = 3650;

impl SettingsForm {
    fn new(now: &Transfer) -> Self {
        SettingsForm {
            connections: now.connections.to_string(),
            in_flight: now.in_flight.to_string(),
            limit: now.bytes_per_second.map_or(String::new(), megabytes),
            keep_days: now.keep_days.to_string(),
        }
    }

    /// Number of connections.
    ///
    /// # Errors
    /// A validation message.
    pub fn connections(&self) -> Result<usize, &'static str> {
        whole(&self.connections, 1..=64).ok_or("A number from 1 to 64.")
    }

    /// Number of unacknowledged messages.
    ///
    /// # Errors
    /// A validation message.
    pub fn in_flight(&self) -> Result<usize, &'static str> {
        whole(&self.in_flight, 1..=16).ok_or("A number from 1 to 16.")
    }

    /// Bandwidth limit in bytes per second; `None` for no limit.
    ///
    /// # Errors
    /// A validation message.
    pub fn limit(&self) -> Result<Option<u64>, &'static str> {
        let typed = self.limit.trim().replace(',', ".");
        if typed.is_empty() {
            return Ok(None);
        }
        let number: Option<f64> = typed.parse().ok();
        let right = |number: &f64| (0.01..=MOST_MEGABYTES).contains(number);
        let number = number.filter(right);
        let number = number.ok_or("Megabytes a second: 0.01 or more. Empty: no limit.")?;
        Ok(Some(bytes(number)))
    }

    /// Days to keep finished transfers.
    ///
    /// # Errors
    /// A validation message.
    pub fn keep_days(&self) -> Result<u32, &'static str> {
        let days = whole(&self.keep_days, 0..=3650);
        let days = days.and_then(|days| u32::try_from(days).ok());
        days.filter(|days| *days <= MOST_DAYS)
            .ok_or("Days from 0 to 3,650.")
    }

    /// All settings, if they are all valid.
    pub fn transfer(&self) -> Option<Transfer> {
        Some(Transfer {
            connections: self.connections().ok()?,
            in_flight: self.in_flight().ok()?,
            bytes_per_second: self.limit().ok()?,
            keep_days: self.keep_days().ok()?,
        })
    }
}

fn whole(typed: &str, range: std::ops::RangeInclusive<usize>) -> Option<usize> {
    let number = typed.trim().parse().ok();
    number.filter(|number| range.contains(number))
}

/// Bytes as MB with up to two decimals, such as "12.5".
fn megabytes(bytes: u64) -> String {
    let hundredths = (bytes + 5_000) / 10_000;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between a hundredth and MOST_MEGABYTES"
)]
fn bytes(megabytes: f64) -> u64 {
    (megabytes * 1_000_000.0).round() as u64
}

impl Model {
    pub(in crate::model) fn act_settings(&mut self, act: SettingsAction) -> Vec<Command> {
        match act {
            SettingsAction::Open => {
                self.settings_form = Some(SettingsForm::new(&self.settings.transfer));
            }
            SettingsAction::Usual => {
                self.settings_form = Some(SettingsForm::new(&Transfer::default()));
            }
            SettingsAction::Close => self.settings_form = None,
            SettingsAction::Save => {
                let typed = self.settings_form.as_ref();
                if let Some(transfer) = typed.and_then(SettingsForm::transfer) {
                    self.settings.transfer = transfer;
                    self.settings_form = None;
                    return vec![Command::Session(SessionCommand::SaveSettings(
                        self.settings.clone(),
                    ))];
                }
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_checked_and_comes_back_as_it_was() {
        let mut form = SettingsForm::new(&Transfer {
            bytes_per_second: Some(12_500_000),
            ..Transfer::default()
        });
        assert_eq!(form.limit, "12.5");
        assert_eq!(form.limit(), Ok(Some(12_500_000)));
        form.limit = " 0,25 ".into();
        assert_eq!(form.limit(), Ok(Some(250_000)));
        for wrong in ["0", "-3", "fast", "1e99", "NaN", "inf"] {
            form.limit = wrong.into();
            assert!(form.limit().is_err(), "{wrong}");
            assert_eq!(form.transfer(), None);
        }
        form.limit.clear();
        assert_eq!(form.limit(), Ok(None));
        for (typed, right) in [
            ("1", true),
            ("64", true),
            ("65", false),
            ("0", false),
            ("", false),
        ] {
            form.connections = typed.into();
            assert_eq!(form.connections().is_ok(), right, "{typed}");
        }
        for (typed, right) in [("0", true), ("3650", true), ("3651", false), ("-1", false)] {
            form.keep_days = typed.into();
            assert_eq!(form.keep_days().is_ok(), right, "{typed}");
        }
    }

    #[test]
    fn a_limit_shows_no_digits_that_say_nothing() {
        for (bytes, text) in [
            (1_000_000, "1"),
            (10_000_000, "10"),
            (1_230_000, "1.23"),
            (20_000, "0.02"),
        ] {
            assert_eq!(megabytes(bytes), text);
        }
    }
}
