//! Text that loses what identifies somebody and keeps the rest: what "clean" can honestly mean in software.
//!
//! Out go: the values that the file itself gives to names, numbers and addresses (PS3.15 removes those attributes, and the
//! same words stand in descriptions), dates, times, years, e-mail and web addresses, numbers of five digits and more,
//! and what follows a title such as "Dr". Nothing finds a name in free text that no other attribute of the file has.

use std::collections::HashSet;

/// Words that are too common to be taken out because an institution has them in its name.
const COMMON: [&str; 24] = [
    "and",
    "center",
    "centre",
    "clinic",
    "college",
    "department",
    "dept",
    "for",
    "general",
    "hospital",
    "imaging",
    "institute",
    "medical",
    "medicine",
    "none",
    "of",
    "radiology",
    "school",
    "service",
    "the",
    "unit",
    "university",
    "unknown",
    "with",
];
const TITLES: [&str; 14] = [
    "dr",
    "doctor",
    "prof",
    "professor",
    "mr",
    "mrs",
    "ms",
    "miss",
    "herr",
    "frau",
    "mme",
    "mlle",
    "sr",
    "sra",
];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// What identifies somebody in one file, folded to lower case.
#[derive(Debug, Default, Clone)]
pub(super) struct Identifiers {
    words: HashSet<String>,
    /// With blanks inside, or in scripts that part no words: found anywhere.
    phrases: Vec<String>,
}

impl Identifiers {
    /// A person's name, as PN writes it.
    pub(super) fn name(&mut self, name: &str) {
        for part in name.split(['^', '=', ' ', ',', '\\']) {
            self.word(part, 2);
        }
    }

    /// A number, an address, the name of a place.
    pub(super) fn value(&mut self, value: &str) {
        for value in value.split('\\') {
            let folded = value.trim().to_lowercase();
            if folded.contains(char::is_whitespace) {
                if folded.chars().count() >= 5 {
                    self.phrases.push(folded.clone());
                }
                for word in folded.split(|c: char| !c.is_alphanumeric()) {
                    self.word(word, 4);
                }
            } else {
                self.word(&folded, 3);
            }
        }
    }

    fn word(&mut self, word: &str, shortest: usize) {
        let folded = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        if COMMON.contains(&folded.as_str()) {
            return;
        }
        if !folded.is_ascii() && folded.chars().any(|c| c >= '\u{2E80}') {
            self.phrases.push(folded);
        } else if folded.chars().count() >= shortest {
            self.words.insert(folded);
        }
    }

    /// The text without what identifies; `None` where nothing of it goes.
    pub(super) fn scrub(&self, text: &str) -> Option<String> {
        self.without(text, |word| {
            self.identifies(word) || is_address_or_number(word)
        })
    }

    /// The same for a title or a code, in which digits are no telephone numbers.
    pub(super) fn scrub_code(&self, text: &str) -> Option<String> {
        self.without(text, |word| self.identifies(word))
    }

    fn without(&self, text: &str, identifies: impl Fn(&str) -> bool) -> Option<String> {
        let mut rest = text.to_owned();
        for phrase in &self.phrases {
            rest = without(&rest, phrase);
        }
        let mut kept = String::new();
        let mut after_title = 0;
        let mut goes = false;
        for piece in rest.split_inclusive(|c: char| c.is_whitespace() || "\\,;()[]=^".contains(c)) {
            let end = piece
                .char_indices()
                .next_back()
                .filter(|(_, c)| c.is_whitespace() || "\\,;()[]=^".contains(*c))
                .map_or(piece.len(), |(at, _)| at);
            let (word, mark) = piece.split_at(end);
            let is_name = after_title > 0 && word.starts_with(char::is_uppercase);
            after_title = if is_name { after_title - 1 } else { 0 };
            if is_title(word) {
                after_title = 2;
            } else if is_name || identifies(word) {
                goes = true;
                // What parts words, lines and values stays.
                kept.push_str(if mark == " " { "" } else { mark });
                continue;
            }
            kept.push_str(piece);
        }
        (goes || rest != text).then(|| kept.trim().to_owned())
    }

    fn identifies(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric());
        let mut parts = trimmed.split(|c: char| !c.is_alphanumeric());
        self.words.contains(trimmed) || parts.any(|part| self.words.contains(part))
    }
}

fn is_address_or_number(word: &str) -> bool {
    let word = word.to_lowercase();
    word.contains('@') || word.contains("://") || word.starts_with("www.") || is_number(&word)
}

/// A date, a time, a year, or a number that is long enough for a file, a telephone or a person.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let groups: Vec<&str> = word
        .split(['.', '/', '-', ':', '_'])
        .filter(|part| !part.is_empty())
        .collect();
    let all_digits = !groups.is_empty()
        && groups
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let is_year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let has_month = groups.iter().any(|part| {
        MONTHS.iter().any(|month| {
            part.trim_matches(|c: char| c.is_ascii_digit())
                .starts_with(month)
        })
    });
    digits >= 5
        || (all_digits && (is_year || groups.len() >= 3))
        || (all_digits && word.contains(':') && groups.len() == 2)
        || (has_month && digits >= 2)
}

fn is_title(word: &str) -> bool {
    let word = word.trim_end_matches('.').to_lowercase();
    TITLES.contains(&word.as_str())
}

/// Without regard to case; a phrase that is ASCII must stand by itself.
fn without(text: &str, phrase: &str) -> String {
    let mut rest = text.to_owned();
    loop {
        let folded = rest.to_lowercase();
        // Folding may change lengths: such a text is looked at as it is.
        let looked_at = if folded.len() == rest.len() {
            &folded
        } else {
            &rest
        };
        let Some(at) = looked_at.find(phrase) else {
            return rest;
        };
        let end = at + phrase.len();
        if !rest.is_char_boundary(at) || !rest.is_char_boundary(end) || phrase.is_empty() {
            return rest;
        }
        rest.replace_range(at..end, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Identifiers {
        let mut known = Identifiers::default();
        known.name("Li^Anna Maria=李^安娜");
        known.value("St. Elsewhere General Hospital");
        known.value("A-77");
        known
    }

    #[test]
    fn what_the_file_says_of_a_person_is_taken_out_of_its_descriptions() {
        let known = known();
        for (text, rest) in [
            (
                "CT thorax of Anna Li, follow-up",
                "CT thorax of , follow-up",
            ),
            ("CT THORAX LI^ANNA", "CT THORAX ^"),
            ("李安娜 胸部", "胸部"),
            ("Head (A-77)", "Head ()"),
            ("Done at St. Elsewhere General Hospital", "Done at"),
            ("Prior of 12.03.2024, 10:15", "Prior of ,"),
            ("see 0151-2345678 or a@b.org", "see or"),
            ("Seen by Dr. Miller Jones today", "Seen by Dr. today"),
            ("Mar12 scan of 2019", "scan of"),
        ] {
            assert_eq!(known.scrub(text).as_deref(), Some(rest), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_of_a_person_stays_as_it_is() {
        let known = known();
        for text in [
            "T2 TSE sag 3 mm",
            "Lithium level, liver",
            "Hospital bed 3",
            "b1000 DWI 1.5 mm",
            "AP / LAT",
            "",
        ] {
            assert_eq!(known.scrub(text), None, "{text}");
        }
    }
}
