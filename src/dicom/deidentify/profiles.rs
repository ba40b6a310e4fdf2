//! Profiles as files: TOML that a person can read, the ones that come with the program, and one's own in a folder.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::profile::{OverrideAction, Profile};
use super::replacement::find;
use crate::dicom::header::plain_words;

/// The longest file that is read as a profile, in bytes: 1 MiB.
pub const LONGEST: u64 = 1024 * 1024;
/// Rectangles in one profile, at most.
const MOST_RECTANGLES: usize = 1000;

/// Why a text is no profile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{what}", line.map(|line| format!("Line {line}: ")).unwrap_or_default())]
pub struct ProfileError {
    /// Counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub what: String,
}

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

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// What is wrong with it, in which line, and what to do.
    pub fn from_toml(text: &str) -> Result<Profile, ProfileError> {
        let profile = toml::from_str::<Profile>(text).map_err(|error| ProfileError {
            line: error.span().map(|span| line_at(text, span.start)),
            what: worded(error.message()),
        })?;
        profile.checked(text)
    }

    /// As a file.
    ///
    /// # Errors
    /// A value that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, ProfileError> {
        toml::to_string_pretty(self).map_err(|error| ProfileError {
            line: None,
            what: worded(&error.to_string()),
        })
    }

    /// What the types do not say.
    fn checked(self, text: &str) -> Result<Profile, ProfileError> {
        self.check_rectangles(text)?;
        self.check_rules(text)?;
        if !self.basic && self.options != super::Options::default() {
            return wrong(
                first_line(text, "options"),
                "The options are those of the basic profile: set basic = true, or take them away.",
            );
        }
        let does_nothing =
            self.replace.is_empty() && self.overrides.is_empty() && self.rectangles.is_empty();
        if !self.basic && does_nothing {
            return wrong(
                first_line(text, "basic"),
                "This profile changes nothing: set basic = true, or name what is replaced.",
            );
        }
        Ok(self)
    }

    fn check_rectangles(&self, text: &str) -> Result<(), ProfileError> {
        let mut before = 0;
        for (number, place) in self.rectangles.iter().enumerate() {
            let line = nth_line(text, "[[rectangles]]", number);
            let line = line.or_else(|| first_line(text, "rectangles"));
            if place.rectangles.is_empty() {
                return wrong(
                    line,
                    "Rectangles are missing here: name one as { x = 0, y = 0, width = 512, height = 40 }.",
                );
            }
            let is_empty = |one: &super::Rectangle| one.width == 0 || one.height == 0;
            if let Some(inner) = place.rectangles.iter().position(is_empty) {
                let own = nth_with(text, "width", before + inner);
                return wrong(
                    own.or(line),
                    "A rectangle has no size: give it a width and a height of at least 1.",
                );
            }
            before += place.rectangles.len();
        }
        match before > MOST_RECTANGLES {
            true => wrong(
                first_line(text, "rectangles"),
                "There are more than 1000 rectangles: join them.",
            ),
            false => Ok(()),
        }
    }

    fn check_rules(&self, text: &str) -> Result<(), ProfileError> {
        for (number, one) in self.replace.iter().enumerate() {
            let mut earlier = self.replace.iter().take(number);
            if earlier.any(|other| other.keyword() == one.keyword()) {
                let what = format!("{} is replaced twice: take one away.", one.keyword());
                return wrong(nth_line(text, "[[replace]]", number), &what);
            }
        }
        for (number, own) in self.overrides.iter().enumerate() {
            let line = nth_line(text, "[[overrides]]", number);
            let mut earlier = self.overrides.iter().take(number);
            if earlier.any(|other| other.attribute == own.attribute) {
                let what = format!("There are two rules for {}: take one away.", own.attribute);
                return wrong(line, &what);
            }
            let name = own.attribute.to_string();
            let is_replaced = self.replace.iter().any(|one| one.keyword() == name);
            if is_replaced && own.action != OverrideAction::Keep {
                let what = format!("{name} is replaced, and has a rule too: take one away.");
                return wrong(line, &what);
            }
        }
        Ok(())
    }

    /// With another value for an attribute, whatever it was before.
    pub fn set(&mut self, replacement: super::Replacement) {
        if let Some(old) = find(&self.replace, replacement.tag()).cloned() {
            self.replace.retain(|one| *one != old);
        }
        self.replace.push(replacement);
    }
}

fn wrong<T>(line: Option<usize>, what: &str) -> Result<T, ProfileError> {
    Err(ProfileError {
        line,
        what: what.to_owned(),
    })
}

/// Counted from 1.
fn line_at(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

fn first_line(text: &str, word: &str) -> Option<usize> {
    nth_with(text, word, 0)
}

/// The line of the table with this header, counted from 0.
fn nth_line(text: &str, header: &str, number: usize) -> Option<usize> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.trim() == header);
    lines.nth(number).map(|(at, _)| at + 1)
}

/// The line in which a word stands for the so manyth time, comments left aside.
fn nth_with(text: &str, word: &str, number: usize) -> Option<usize> {
    let mut found = 0;
    for (at, line) in text.lines().enumerate() {
        let says = line.split('#').next().unwrap_or_default();
        found += says.matches(word).count();
        if found > number {
            return Some(at + 1);
        }
    }
    None
}

/// The reader's words, and what to do.
fn worded(message: &str) -> String {
    let message = message.trim().trim_end_matches('.').replace('`', "“");
    let first = message.lines().next().unwrap_or_default();
    let remedy = if first.starts_with("unknown field") {
        "Correct the word, or take the line away"
    } else if first.starts_with("unknown variant") {
        "Take one of these"
    } else if first.starts_with("duplicate key") {
        "Take one of them away"
    } else {
        "Correct this line"
    };
    let mut letters = first.chars();
    let capital: String = letters
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    format!("{capital}{}. {remedy}.", letters.as_str())
}

/// The profiles that come with the program.
pub fn built_in() -> Vec<Profile> {
    const TEXTS: [&str; 5] = [
        include_str!("../../../assets/deidentify/basic.toml"),
        include_str!("../../../assets/deidentify/basic-modified-dates.toml"),
        include_str!("../../../assets/deidentify/basic-keep-characteristics.toml"),
        include_str!("../../../assets/deidentify/teaching.toml"),
        include_str!("../../../assets/deidentify/replace-only.toml"),
    ];
    let read = TEXTS
        .iter()
        .filter_map(|text| Profile::from_toml(text).ok());
    read.collect()
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
    fn every_profile_of_the_program_is_read_and_written_as_it_is() {
        let all = built_in();
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        let meant = [
            "basic",
            "basic-modified-dates",
            "basic-keep-characteristics",
            "teaching",
            "replace-only",
        ];
        assert_eq!(names, meant);
        for profile in all {
            assert!(!profile.description.is_empty());
            let text = profile.to_toml().unwrap();
            assert_eq!(Profile::from_toml(&text).unwrap(), profile);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, line, words) in [
            ("name = \"x\"\nbasics = true\n", 2, "basics"),
            (
                "basic = true\n\n[options]\nretain-uid = true\n",
                4,
                "retain-uid",
            ),
            ("basic = true\n[options]\ndates = \"some\"\n", 3, "some"),
            (
                "[[replace]]\nattribute = \"PatientNam\"\nvalue = \"X\"\n",
                1,
                "PatientNam",
            ),
            (
                "basic = true\n[[replace]]\nattribute = \"PatientSex\"\nvalue = \"female\"\n",
                2,
                "PatientSex",
            ),
            (
                "[[overrides]]\nattribute = \"Nothing\"\naction = \"keep\"\n",
                2,
                "Nothing",
            ),
            (
                "[[overrides]]\nattribute = \"StudyDate\"\naction = \"kept\"\n",
                3,
                "kept",
            ),
            (
                "[[rectangles]]\nmodality = \"US\"\nrectangles = [\n{ x = 0, y = 0, width = 9, height = 9 },\n{ x = 0, y = 0, width = 0, height = 9 }]\n",
                5,
                "no size",
            ),
            ("[[rectangles]]\nmodality = \"US\"\n", 1, "at least one"),
            (
                "[[rectangles]]\nrectangles = [{ x = -1, y = 0, width = 9, height = 9 }]\n",
                2,
                "-1",
            ),
            (
                "[[replace]]\nattribute = \"PatientID\"\nvalue = \"1\"\n[[replace]]\nattribute = \"PatientId\"\nvalue = \"2\"\n",
                4,
                "twice",
            ),
            ("basic = false\n", 1, "changes nothing"),
            ("name = \"x\"\nbasic = \n", 2, "Correct this line"),
        ] {
            let error = Profile::from_toml(text).unwrap_err();
            assert_eq!(error.line, Some(line), "{text}: {error}");
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
    }

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
