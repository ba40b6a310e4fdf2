//! Profiles as files: TOML that a person can read, and the ones that come with the program.

use thiserror::Error;

use super::profile::{OverrideAction, Profile};
use super::replacement::find;

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
            ("[[rectangles]]\nmodality = \"US\"\n", 1, "are missing"),
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
}
