//! Profiles on disk: one's own in a folder, and files that others made.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::profile::Profile;
use super::profiles::{ProfileError, built_in};
use crate::dicom::scan::header::plain_words;

/// The longest file that is read as a profile, in bytes: 1 MiB.
pub const LONGEST: u64 = 1024 * 1024;

/// Why a profile could not be read from or written to a folder.
#[derive(Debug, Error)]
pub enum ShelfError {
    /// The file system.
    #[error("The profile {name} could not be used ({}).", plain_words(.source))]
    Io {
        /// Of the profile.
        name: String,
        /// The system's words.
        source: io::Error,
    },
    /// It is no profile.
    #[error("The profile {name} cannot be used. {error}")]
    Profile {
        /// Its name, or the file's.
        name: String,
        /// Why.
        error: ProfileError,
    },
    /// There is none with this name.
    #[error("There is no profile named “{name}”. There are: {known}.")]
    Unknown {
        /// As it was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The name cannot be one of a file.
    #[error(
        "“{0}” cannot be a profile's name: take up to 60 letters, digits, blanks, hyphens and underscores, beginning with a letter or digit."
    )]
    Name(String),
    /// One that comes with the program.
    #[error("“{0}” comes with the program and cannot be changed: give yours another name.")]
    BuiltIn(String),
}

/// One's own profiles, each a file of its name in a folder.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The profiles in this folder, which is made when the first one is saved.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Shelf {
            folder: folder.into(),
        }
    }

    /// Their names, ascending.
    ///
    /// # Errors
    /// [`ShelfError::Io`]
    pub fn names(&self) -> Result<Vec<String>, ShelfError> {
        let io = |source| ShelfError::Io {
            name: "folder".to_owned(),
            source,
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(io)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".toml"));
            names.extend(name.filter(|name| is_name(name)).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// One's own profile of this name, or one that comes with the program.
    ///
    /// # Errors
    /// Why there is none.
    pub fn load(&self, name: &str) -> Result<Profile, ShelfError> {
        if let Some(profile) = built_in().into_iter().find(|one| one.name == name) {
            return Ok(profile);
        }
        let path = self.path(name)?;
        match read(&path, name) {
            Err(ShelfError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let built_in = built_in().into_iter().map(|one| one.name);
                let known: Vec<String> = built_in.chain(self.names()?).collect();
                Err(ShelfError::Unknown {
                    name: name.to_owned(),
                    known: known.join(", "),
                })
            }
            Err(error) => Err(error),
            // The file's name counts: it is what is asked for.
            Ok(profile) => Ok(Profile {
                name: name.to_owned(),
                ..profile
            }),
        }
    }

    /// Keeps a profile under its name, in place of one that has it.
    ///
    /// # Errors
    /// A name that cannot be one, and the file system's.
    pub fn save(&self, profile: &Profile) -> Result<(), ShelfError> {
        let name = &profile.name;
        if built_in().iter().any(|one| one.name == *name) {
            return Err(ShelfError::BuiltIn(name.clone()));
        }
        let path = self.path(name)?;
        let text = profile.to_toml().and_then(|text| {
            Profile::from_toml(&text)?;
            Ok(text)
        });
        let text = text.map_err(|error| ShelfError::Profile {
            name: name.clone(),
            error,
        })?;
        let write = || {
            std::fs::create_dir_all(&self.folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| ShelfError::Io {
            name: name.clone(),
            source,
        })
    }

    /// Takes a profile in from a file; one without a name is called as the file is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn import(&self, path: &Path) -> Result<Profile, ShelfError> {
        let called = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let called = called.unwrap_or_default();
        let mut profile = read(path, &called)?;
        if profile.name.is_empty() {
            profile.name = called;
        }
        self.save(&profile)?;
        Ok(profile)
    }

    /// Takes a profile away.
    ///
    /// # Errors
    /// There is none, or the file system's.
    pub fn remove(&self, name: &str) -> Result<(), ShelfError> {
        let path = self.path(name)?;
        std::fs::remove_file(path).map_err(|source| ShelfError::Io {
            name: name.to_owned(),
            source,
        })
    }

    fn path(&self, name: &str) -> Result<PathBuf, ShelfError> {
        match is_name(name) {
            true => Ok(self.folder.join(format!("{name}.toml"))),
            false => Err(ShelfError::Name(name.chars().take(60).collect())),
        }
    }
}

/// A profile from a file that is named.
///
/// # Errors
/// What is wrong with it.
pub fn read(path: &Path, name: &str) -> Result<Profile, ShelfError> {
    let io = |source| ShelfError::Io {
        name: name.to_owned(),
        source,
    };
    let profile = |error| ShelfError::Profile {
        name: name.to_owned(),
        error,
    };
    if std::fs::metadata(path).map_err(io)?.len() > LONGEST {
        return Err(profile(ProfileError {
            line: None,
            what: "It is larger than 1 MiB: this is another kind of file.".to_owned(),
        }));
    }
    let text = std::fs::read_to_string(path).map_err(io)?;
    Profile::from_toml(text.trim_start_matches('\u{FEFF}')).map_err(profile)
}

fn is_name(name: &str) -> bool {
    // Windows keeps these for devices.
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    name.chars().next().is_some_and(char::is_alphanumeric)
        && name.chars().count() <= 60
        && name.chars().all(is_plain)
        && !name.ends_with(' ')
        && !DEVICES.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_profiles_are_kept_under_names_that_are_no_paths() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::in_folder(folder.path().join("profiles"));
        assert_eq!(shelf.names().unwrap(), Vec::<String>::new());
        let own = Profile {
            name: "Ward 7".into(),
            description: "Öberg's".into(),
            ..Profile::default()
        };
        shelf.save(&own).unwrap();
        assert_eq!(shelf.names().unwrap(), ["Ward 7"]);
        assert_eq!(shelf.load("Ward 7").unwrap(), own);
        assert_eq!(shelf.load("basic").unwrap().name, "basic");
        for name in ["../x", "", "a/b", "a.b", "-x", "con", "x "] {
            let error = shelf
                .save(&Profile {
                    name: name.into(),
                    ..own.clone()
                })
                .unwrap_err();
            assert!(matches!(error, ShelfError::Name(_)), "{name}: {error}");
        }
        let taken = Profile {
            name: "basic".into(),
            ..own
        };
        assert!(matches!(shelf.save(&taken), Err(ShelfError::BuiltIn(_))));
        let error = shelf.load("Ward 8").unwrap_err().to_string();
        assert!(
            error.contains("Ward 7") && error.contains("replace-only"),
            "{error}"
        );

        let file = folder.path().join("Theirs.toml");
        std::fs::write(&file, "\u{FEFF}basic = true\n").unwrap();
        assert_eq!(shelf.import(&file).unwrap().name, "Theirs");
        shelf.remove("Ward 7").unwrap();
        assert_eq!(shelf.names().unwrap(), ["Theirs"]);
    }
}
