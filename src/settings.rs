//! User settings, stored as TOML in the data folder.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::dicom::deidentify::Options;

/// Colour theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Dark, for reading rooms.
    #[default]
    Dark,
    /// Light, for lit rooms.
    Light,
}

/// Layout of the orders table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrdersTable {
    /// Keys of hidden columns; `None`: the default ones.
    pub hidden: Option<Vec<String>>,
    /// Column widths set by the user, in points, by column key.
    pub widths: BTreeMap<String, f32>,
}

/// Transfer settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transfer {
    /// Maximum number of connections, 1 to 64. How many are used is determined by measurement.
    pub connections: usize,
    /// Maximum number of unacknowledged messages per connection, 1 to 16. The vendor's library uses 1.
    pub in_flight: usize,
    /// Bandwidth limit in bytes per second; `None`: no limit.
    pub bytes_per_second: Option<u64>,
    /// Days that finished transfers are kept in the journal.
    pub keep_days: u32,
}

impl Default for Transfer {
    fn default() -> Self {
        Transfer {
            connections: 32,
            in_flight: 1,
            bytes_per_second: None,
            keep_days: 30,
        }
    }
}

impl Transfer {
    /// The settings clamped to their valid ranges.
    #[must_use]
    pub fn bounded(self) -> Self {
        Transfer {
            connections: self.connections.clamp(1, 64),
            in_flight: self.in_flight.clamp(1, 16),
            bytes_per_second: self.bytes_per_second.filter(|limit| *limit > 0),
            keep_days: self.keep_days,
        }
    }
}

/// What happens to files before they are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Files are sent unchanged.
    #[default]
    Off,
    /// Some values are replaced; everything else stays.
    Replace,
    /// A profile is applied: the Basic profile with options, or a saved one.
    Profile,
}

/// The last used de-identification settings. They contain nothing about patients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deidentification {
    /// The last used mode.
    pub mode: Mode,
    /// Name of the profile; empty: the Basic profile.
    pub profile: String,
    /// Changed options of the profile.
    pub options: Option<Options>,
}

/// All settings. Missing fields get their defaults, unknown ones are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Colour theme.
    pub theme: Theme,
    /// Text scale, 0.8 to 2.0; the default is 1.0.
    pub text_scale: f32,
    /// Router address, if it is not the default one.
    pub router: Option<String>,
    /// Address of the HTTP proxy.
    pub proxy: Option<String>,
    /// UUID of the user selected last.
    pub user: Option<Uuid>,
    /// UUID of the location selected last.
    pub location: Option<Uuid>,
    /// Layout of the orders table.
    pub orders_table: OrdersTable,
    /// Transfer settings.
    pub transfer: Transfer,
    /// The last used de-identification settings.
    pub deidentify: Deidentification,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            theme: Theme::Dark,
            text_scale: 1.0,
            router: None,
            proxy: None,
            user: None,
            location: None,
            orders_table: OrdersTable::default(),
            transfer: Transfer::default(),
            deidentify: Deidentification::default(),
        }
    }
}

/// Why settings could not be read or written.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// An I/O error.
    #[error("The settings in {path} could not be used ({source}).")]
    Io {
        /// The settings file or data folder.
        path: PathBuf,
        /// The underlying error.
        source: io::Error,
    },
    /// The file is not valid TOML or has invalid values.
    #[error(
        "The settings in {path} could not be understood, so the usual ones are used: {reason}."
    )]
    Syntax {
        /// The settings file.
        path: PathBuf,
        /// What is wrong, in one line.
        reason: String,
    },
    /// The home folder is unknown.
    #[error("This system names no folder for StudyDrop's data. Set STUDYDROP_DATA to a folder.")]
    NoFolder,
}

impl Settings {
    const FILE: &str = "settings.toml";

    /// Reads the settings from the data folder; the defaults if there is no file.
    ///
    /// # Errors
    /// [`SettingsError`] if there is a file that cannot be read.
    pub fn load(data: &Path) -> Result<Self, SettingsError> {
        let path = data.join(Self::FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(SettingsError::Io { path, source }),
        };
        let settings = toml::from_str::<Settings>(&text);
        let mut settings = settings.map_err(|error| SettingsError::Syntax {
            path,
            reason: error.message().to_owned(),
        })?;
        let scale = settings.text_scale;
        settings.text_scale = if scale.is_finite() {
            scale.clamp(0.8, 2.0)
        } else {
            1.0
        };
        settings.transfer = settings.transfer.bounded();
        Ok(settings)
    }

    /// Writes the settings into the data folder, completely or not at all.
    ///
    /// # Errors
    /// [`SettingsError`] if the folder cannot be written.
    pub fn save(&self, data: &Path) -> Result<(), SettingsError> {
        let path = data.join(Self::FILE);
        let text = toml::to_string_pretty(self).map_err(|error| SettingsError::Syntax {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(data)?;
            file.write_all(text.as_bytes())?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| SettingsError::Io {
            path: path.clone(),
            source,
        })
    }
}

/// The folder for all persistent data: `STUDYDROP_DATA`, or the system's folder for application data. It is created if
/// it is missing, accessible by its owner only.
///
/// # Errors
/// [`SettingsError`] if the folder cannot be determined or created.
pub fn data_folder() -> Result<PathBuf, SettingsError> {
    let path = match std::env::var_os("STUDYDROP_DATA").filter(|value| !value.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => directories::ProjectDirs::from("", "", "StudyDrop")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or(SettingsError::NoFolder)?,
    };
    make_private_folder(&path).map_err(|source| SettingsError::Io {
        path: path.clone(),
        source,
    })?;
    Ok(path)
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(folder.path()).unwrap(), Settings::default());
        let settings = Settings {
            theme: Theme::Light,
            text_scale: 1.25,
            location: Some(Uuid::nil()),
            orders_table: OrdersTable {
                hidden: Some(vec!["sex".to_owned()]),
                widths: BTreeMap::from([("patient".to_owned(), 210.0)]),
            },
            ..Settings::default()
        };
        settings.save(folder.path()).unwrap();
        assert_eq!(Settings::load(folder.path()).unwrap(), settings);
    }

    #[test]
    fn a_file_with_strange_contents_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.toml"), "theme = [").unwrap();
        let error = Settings::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("settings.toml"), "{error}");
        std::fs::write(
            folder.path().join("settings.toml"),
            "text_scale = 900.0\nunknown = 1",
        )
        .unwrap();
        assert_eq!(Settings::load(folder.path()).unwrap().text_scale, 2.0);
    }
}
