//! Parameters that cannot be wrong: each is checked once, where it is made (`docs/protocol.md`,
//! "Parameter checks"; lengths from PS3.5, 6.2).

use std::fmt;

use jiff::civil::{Date, Time};
use serde::Serialize;
use uuid::Uuid;

use super::Error;

/// The longest part of a folder's path, in characters. The vendor names no bound; this one is common to file systems.
pub const MAX_FOLDER_NAME: usize = 255;
/// The longest free text (descriptions, notes), in characters: what DICOM allows (LT).
pub const MAX_TEXT: usize = 10_240;

/// A parameter that is refused: its documented name, the beginning of its value, and what it should be.
pub(super) fn wrong(name: &'static str, value: &str, wants: &'static str) -> Error {
    Error::InvalidParameter {
        name,
        value: quoted(value),
        wants,
    }
}

/// The beginning of a text, in quotes; "empty" where there is none.
pub(super) fn quoted(text: &str) -> String {
    if text.trim().is_empty() {
        return "empty".to_owned();
    }
    let more = if text.chars().count() > 60 { "…" } else { "" };
    let begin: String = text.chars().take(60).collect();
    format!("“{begin}{more}”")
}

/// A GUID of versions 1 to 5 or all zeros; blanks around it are forgiven.
///
/// # Errors
/// Anything else, named by `name`.
pub fn parse_guid(name: &'static str, text: &str) -> Result<Uuid, Error> {
    let wrong = || wrong(name, text, "it is not a GUID");
    let trimmed = text.trim();
    if trimmed.len() != 36 {
        return Err(wrong());
    }
    let uuid = Uuid::try_parse(trimmed).map_err(|_| wrong())?;
    if uuid.is_nil() || (1..=5).contains(&uuid.get_version_num()) {
        Ok(uuid)
    } else {
        Err(wrong())
    }
}

/// A date that exists in the calendar, `YYYY-MM-DD`.
///
/// # Errors
/// Anything else, named by `name`.
pub fn parse_date(name: &'static str, text: &str) -> Result<Date, Error> {
    let wrong = || {
        let wants = "it is not a date of the calendar (YYYY-MM-DD)";
        wrong(name, text, wants)
    };
    // jiff reads more forms than the wire has.
    let trimmed = text.trim();
    if trimmed.len() != 10 {
        return Err(wrong());
    }
    trimmed.parse().map_err(|_| wrong())
}

/// A time of day, `HH:MM`.
///
/// # Errors
/// Anything else ("9:30", "24:00"), named by `name`.
pub fn parse_time(name: &'static str, text: &str) -> Result<Time, Error> {
    let wrong = || wrong(name, text, "it is not a time of day (HH:MM)");
    let trimmed = text.trim();
    match trimmed.as_bytes() {
        [h, k, b':', m, n] if [h, k, m, n].iter().all(|d| d.is_ascii_digit()) => {}
        _ => return Err(wrong()),
    }
    Time::strptime("%H:%M", trimmed).map_err(|_| wrong())
}

/// A text of at most `longest` characters without control characters; blanks around it are taken away.
pub(super) fn line(name: &'static str, text: &str, longest: usize) -> Result<String, Error> {
    let text = text.trim();
    if text.chars().count() > longest {
        let wants = match longest {
            16 => "it is longer than 16 characters",
            64 => "it is longer than 64 characters",
            MAX_FOLDER_NAME => "it is longer than 255 characters",
            _ => "it is too long",
        };
        return Err(wrong(name, text, wants));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(wrong(name, text, "it holds control characters"));
    }
    Ok(text.to_owned())
}

/// As [`line`], and not empty.
pub(super) fn needed(name: &'static str, text: &str, longest: usize) -> Result<String, Error> {
    let text = line(name, text, longest)?;
    if text.is_empty() {
        return Err(wrong(name, &text, "it is needed"));
    }
    Ok(text)
}

/// A list that names something.
pub(super) fn some<'a>(name: &'static str, list: &'a [Uuid]) -> Result<&'a [Uuid], Error> {
    match list {
        [] => Err(wrong(name, "", "it names at least one")),
        list => Ok(list),
    }
}

/// An e-mail address: one `@` with something before it, and a host name with a dot behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Blanks around it are forgiven.
    ///
    /// # Errors
    /// What is no address, named by `name`.
    pub fn parse(name: &'static str, text: &str) -> Result<Email, Error> {
        let trimmed = text.trim();
        let good = match trimmed.split_once('@') {
            Some((local, host)) => {
                let letter = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
                let label = |part: &str| {
                    !part.is_empty()
                        && part.len() <= 63
                        && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                        && !part.starts_with('-')
                        && !part.ends_with('-')
                };
                (1..=64).contains(&local.len())
                    && trimmed.len() <= 254
                    && local.chars().all(letter)
                    && !local.split('.').any(str::is_empty)
                    && host.contains('.')
                    && host.split('.').all(label)
            }
            None => false,
        };
        if good {
            Ok(Email(trimmed.to_owned()))
        } else {
            let wants = "it is not an e-mail address (name@example.org)";
            Err(wrong(name, text, wants))
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A patient's sex, as orders have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// `F`.
    Female,
    /// `M`.
    Male,
    /// `O`.
    Other,
}

impl Sex {
    /// `M`, `F`, `O`; empty is `None`.
    ///
    /// # Errors
    /// Any other letter, named by `name`.
    pub fn parse(name: &'static str, text: &str) -> Result<Option<Sex>, Error> {
        match text.trim() {
            "" => Ok(None),
            "F" => Ok(Some(Sex::Female)),
            "M" => Ok(Some(Sex::Male)),
            "O" => Ok(Some(Sex::Other)),
            _ => Err(wrong(name, text, "it is M, F, O or empty")),
        }
    }

    /// The letter on the wire.
    pub fn letter(self) -> &'static str {
        match self {
            Sex::Female => "F",
            Sex::Male => "M",
            Sex::Other => "O",
        }
    }
}

/// A modality: up to 16 capital letters, digits and `_` (PS3.5, 6.2, CS).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Modality(String);

impl Modality {
    /// Blanks around it and small letters are forgiven.
    ///
    /// # Errors
    /// What is no modality, named by `name`.
    pub fn parse(name: &'static str, text: &str) -> Result<Modality, Error> {
        let upper = text.trim().to_ascii_uppercase();
        let good = (1..=16).contains(&upper.len())
            && upper
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_' || b == b' ');
        if good {
            Ok(Modality(upper))
        } else {
            let wants = "it is not a modality (capital letters, such as CT or MR)";
            Err(wrong(name, text, wants))
        }
    }

    /// As it is written: `CT`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A folder's name: not empty, at most [`MAX_FOLDER_NAME`] characters, without `/` and control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FolderName(String);

impl FolderName {
    /// Blanks around it are taken away.
    ///
    /// # Errors
    /// What is no name, named by `name`.
    pub fn parse(name: &'static str, text: &str) -> Result<FolderName, Error> {
        let name_of_it = needed(name, text, MAX_FOLDER_NAME)?;
        if name_of_it.contains(['/', '\n']) {
            return Err(wrong(name, text, "it is one name, without /"));
        }
        Ok(FolderName(name_of_it))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a folder is made: names parted by `/` (`CreateFolder`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FolderPath(String);

impl FolderPath {
    /// Blanks around each name are taken away.
    ///
    /// # Errors
    /// A path with a part that is no [`FolderName`], or of more than 50 parts.
    pub fn parse(name: &'static str, text: &str) -> Result<FolderPath, Error> {
        let parts = text
            .split('/')
            .map(|part| FolderName::parse(name, part))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| match error {
                Error::InvalidParameter { name, wants, .. } => wrong(name, text, wants),
                other => other,
            })?;
        if parts.len() > 50 {
            return Err(wrong(name, text, "it is more than 50 folders deep"));
        }
        let names: Vec<&str> = parts.iter().map(FolderName::as_str).collect();
        Ok(FolderPath(names.join("/")))
    }

    /// The path, `a/b/c`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_none_are_refused() {
        for good in [
            "a@example.org",
            " o'neil+x@klinik.åland.example ",
            "a.b@c-d.se",
        ] {
            assert!(Email::parse("email", good).is_ok(), "{good}");
        }
        for bad in [
            "nobody@",
            "nobody",
            "@example.org",
            "a@b",
            "a b@example.org",
            "a@@example.org",
            "a@example..org",
            "a@-x.org",
            ".a@example.org",
            "a,b@example.org",
            "a\n@example.org",
            "",
        ] {
            assert!(Email::parse("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_and_dates_are_the_clocks_and_the_calendars() {
        assert!(parse_time("t", "09:30").is_ok());
        for bad in ["9:30", "24:00", "09:60", "09:30:00", "", "ab:cd", "+9:30"] {
            assert!(parse_time("t", bad).is_err(), "{bad}");
        }
        assert!(parse_date("d", "2024-02-29").is_ok());
        for bad in ["2026-02-30", "2026-2-3", "20260203", "2026/02/03", ""] {
            assert!(parse_date("d", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn guids_have_every_letter_and_none_too_many() {
        let good = "000000b1-0000-4000-8000-0000000000b1";
        assert!(parse_guid("g", &format!(" {good} ")).is_ok());
        assert!(parse_guid("g", &Uuid::nil().to_string()).is_ok());
        for bad in [
            &format!("{good}0"),
            &good[1..],
            "000000b1-0000-9000-8000-0000000000b1",
            &good.replace('-', ""),
            "",
        ] {
            assert!(parse_guid("g", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn folder_names_of_blanks_or_without_end_are_refused() {
        for good in ["Trauma/2026", " a / b ", "«Ögon» \"x\" 👁", "مجلد/تجربة"] {
            assert!(FolderPath::parse("folderName", good).is_ok(), "{good}");
        }
        assert_eq!(FolderPath::parse("n", " a / b ").unwrap().as_str(), "a/b");
        let long = "x".repeat(5_000);
        for bad in [
            "", "   ", "a//b", "/a", "a/", "a/ /b", "a\u{7}", "a\nb", &long,
        ] {
            assert!(FolderPath::parse("folderName", bad).is_err(), "{bad}");
        }
        assert!(FolderName::parse("folderName", "a/b").is_err());
    }

    #[test]
    fn modalities_are_code_strings() {
        assert_eq!(Modality::parse("m", " ct ").unwrap().as_str(), "CT");
        for bad in ["", "C\\T", "ÅT", "ABCDEFGHIJKLMNOPQ", "C*"] {
            assert!(Modality::parse("m", bad).is_err(), "{bad}");
        }
        assert_eq!(Sex::parse("s", "F").unwrap(), Some(Sex::Female));
        assert_eq!(Sex::parse("s", "").unwrap(), None);
        assert!(Sex::parse("s", "W").is_err());
    }
}
