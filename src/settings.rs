//! What the user has chosen, kept as TOML beside the rest of what the program keeps.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::dicom::deidentify::Options;

/// Dark or light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// For dark reading rooms.
    #[default]
    Dark,
    /// For lit rooms.
    Light,
}

/// How the table of orders is drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrdersTable {
    /// The columns that are not shown, by name; none given: the usual ones.
    pub hidden: Option<Vec<String>>,
    /// The widths that were drawn, in points, by the columns' names.
    pub widths: BTreeMap<String, f32>,
}

/// How studies are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transfer {
    /// Sockets at most, 1 to 64. How many are open is measured.
    pub connections: usize,
    /// Messages in flight on one socket, 1 to 16. The vendor's library has one.
    pub in_flight: usize,
    /// Bytes a second at most; `None`: as fast as the line.
    pub bytes_per_second: Option<u64>,
    /// For how many days finished transfers stay in the journal.
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
    /// The same within the bounds.
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

/// What is done with the files on their way out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// Some values are replaced, everything else stays.
    Replace,
    /// A profile: the standard's with its options, or one that was saved.
    Profile,
}

/// How patients were hidden last: nothing that names one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deidentification {
    /// What is done.
    pub mode: Mode,
    /// The profile's name; empty: the standard's.
    pub profile: String,
    /// Its options, as they were changed.
    pub options: Option<Options>,
}

/// The settings; missing fields take their defaults, unknown ones are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark or light.
    pub theme: Theme,
    /// Text scale: 1.0 is as designed; 0.8 to 2.0.
    pub text_scale: f32,
    /// Router's address where it is not the default one.
    pub router: Option<String>,
    /// HTTP proxy.
    pub proxy: Option<String>,
    /// The user picked last.
    pub user: Option<Uuid>,
    /// The location picked last.
    pub location: Option<Uuid>,
    /// How the table of orders is drawn.
    pub orders_table: OrdersTable,
    /// How studies are sent.
    pub transfer: Transfer,
    /// How patients were hidden last.
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
    /// The file system.
    #[error("The settings in {path} could not be used ({source}).")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file is no settings file.
    #[error(
        "The settings in {path} could not be understood, so the usual ones are used: {reason}."
    )]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, in one line.
        reason: String,
    },
    /// No home folder is known.
    #[error("This system names no folder for StudyDrop's data. Set STUDYDROP_DATA to a folder.")]
    NoFolder,
}

impl Settings {
    const FILE: &str = "settings.toml";

    /// Reads them from the data folder; the defaults where there is no file yet.
    ///
    /// # Errors
    /// [`SettingsError`] when there is a file that cannot be read.
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

    /// Writes them into the data folder, whole or not at all.
    ///
    /// # Errors
    /// [`SettingsError`] when the folder cannot be written.
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

/// The folder for everything that the program keeps: `STUDYDROP_DATA`, or the system's place for a program's data.
/// It is made where it is missing, readable by its owner alone.
///
/// # Errors
/// [`SettingsError`] when there is no such place or it cannot be made.
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
