//! Attributes as a person reads them: "Referenced study › Study date".

use std::collections::HashMap;

use super::plan::Touched;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::vr::keyword;

/// Names for what was touched in one file. Private attributes are named by their creator, where its mark was touched too.
#[derive(Debug, Default)]
pub struct Names {
    /// By the path of the sequence around it, and group and block.
    creators: HashMap<(String, u16, u16), String>,
}

impl Names {
    /// Looks for the creators of private attributes; they are known where the report has values.
    pub fn of(touched: &[Touched]) -> Self {
        let mut creators = HashMap::new();
        for one in touched {
            let (around, tag) = parted(&one.path);
            if let (Some(Tag(group, element @ 0x10..=0xFF)), Some(creator)) = (tag, &one.before)
                && group % 2 == 1
            {
                creators.insert((around.to_owned(), group, element), creator.clone());
            }
        }
        Names { creators }
    }

    /// The attribute with the sequences around it.
    pub fn name(&self, path: &str) -> String {
        let mut name = String::new();
        let mut from = 0;
        for step in path.split_inclusive("].") {
            if !name.is_empty() {
                name.push_str(" › ");
            }
            let around = path.get(..from).unwrap_or_default();
            name.push_str(&self.step(around, step));
            from += step.len();
        }
        name
    }

    fn step(&self, around: &str, step: &str) -> String {
        let (number, _) = step.split_once('[').unwrap_or((step, ""));
        let Some(tag) = tag(number.trim_matches('.')) else {
            return step.to_owned();
        };
        if tag.0 % 2 == 0 {
            return words(&keyword(tag));
        }
        let block = if tag.1 < 0x100 { tag.1 } else { tag.1 >> 8 };
        let number = format!("({:04X},{:04X})", tag.0, tag.1);
        match self.creators.get(&(around.to_owned(), tag.0, block)) {
            Some(creator) if tag.1 >= 0x100 => format!("Private: {} {number}", creator.trim()),
            Some(creator) => format!("Private: {}", creator.trim()),
            None => format!("Private {number}"),
        }
    }
}

/// What is around an attribute, and its own tag.
fn parted(path: &str) -> (&str, Option<Tag>) {
    match path.rfind("].") {
        Some(at) => {
            let (around, own) = path.split_at_checked(at + 2).unwrap_or((path, ""));
            (around, tag(own))
        }
        None => ("", tag(path)),
    }
}

fn tag(text: &str) -> Option<Tag> {
    let inside = text.strip_prefix('(')?.strip_suffix(')')?;
    let (group, element) = inside.split_once(',')?;
    let number = |text| u16::from_str_radix(text, 16).ok();
    Some(Tag(number(group)?, number(element)?))
}

/// A keyword in words: "PatientBirthDate" is "Patient birth date", "RequestAttributesSequence" is "Request attributes".
pub fn words(keyword: &str) -> String {
    if keyword.starts_with('(') {
        return keyword.to_owned();
    }
    let letters: Vec<char> = keyword
        .strip_suffix("Sequence")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(keyword)
        .chars()
        .collect();
    let mut words = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let after_small = before.is_some_and(|before| before.is_lowercase());
        let digits = before.is_some_and(|before| before.is_alphabetic()) && letter.is_ascii_digit();
        let ends_capitals = letter.is_uppercase()
            && before.is_some_and(|before| before.is_uppercase())
            && after.is_some_and(|after| after.is_lowercase() && *after != 's');
        let begins = (letter.is_uppercase() && after_small) || ends_capitals || digits;
        if begins && at > 0 {
            words.push(' ');
        }
        let in_capitals = letter.is_uppercase()
            && (after.is_some_and(|after| after.is_uppercase())
                || (before.is_some_and(|before| before.is_uppercase()) && !ends_capitals)
                || (after == Some(&'s') && letters.get(at + 2).is_none()));
        match at == 0 || in_capitals {
            true => words.push(*letter),
            false => words.extend(letter.to_lowercase()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Action, Why};
    use super::*;

    #[test]
    fn keywords_become_words() {
        for (keyword, said) in [
            ("PatientBirthDate", "Patient birth date"),
            ("PatientID", "Patient ID"),
            ("OtherPatientIDs", "Other patient IDs"),
            ("StudyInstanceUID", "Study instance UID"),
            ("SOPInstanceUID", "SOP instance UID"),
            ("RequestAttributesSequence", "Request attributes"),
            ("(0008,FFF2)", "(0008,FFF2)"),
        ] {
            assert_eq!(words(keyword), said);
        }
    }

    #[test]
    fn sequences_and_private_attributes_are_named() {
        let touched = |path: &str, before: &str| Touched {
            path: path.to_owned(),
            keyword: String::new(),
            vr: "LO".to_owned(),
            action: Action::Removed,
            why: Why::Private,
            before: Some(before.to_owned()),
            after: None,
        };
        let all = [
            touched("(0029,0010)", "SIEMENS CSA HEADER"),
            touched("(0029,1008)", "IMAGE NUM 4"),
        ];
        let names = Names::of(&all);
        assert_eq!(names.name("(0029,0010)"), "Private: SIEMENS CSA HEADER");
        assert_eq!(
            names.name("(0029,1008)"),
            "Private: SIEMENS CSA HEADER (0029,1008)"
        );
        assert_eq!(names.name("(0031,1008)"), "Private (0031,1008)");
        assert_eq!(
            names.name("(0040,0275)[1].(0032,1032)"),
            "Request attributes › Requesting physician"
        );
        assert_eq!(
            names.name("(0040,A730)[3].(0040,A730)[1].(0040,A123)"),
            "Content › Content › Person name"
        );
    }
}
