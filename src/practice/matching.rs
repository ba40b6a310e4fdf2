//! How a search's text is held against an order's: `*` and `?`, without regard to case and accents.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case without accents; the separators of person names are blanks.
pub(super) fn fold(text: &str) -> String {
    let plain = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase);
    let spaced = plain.map(|c| if matches!(c, '^' | '=' | ',') { ' ' } else { c });
    spaced
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What to look for, folded once.
pub(super) struct Pattern(String);

impl Pattern {
    /// `None` where nothing is looked for.
    pub(super) fn new(text: &str) -> Option<Self> {
        let folded = fold(text);
        (!folded.is_empty()).then_some(Pattern(folded))
    }

    fn has_wildcards(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// With wildcards the whole text must match. Without them each word must begin a word of the text: the vendor does
    /// not say, so this is *inferred* from what a person expects, and stands here alone.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text = fold(text);
        if self.has_wildcards() {
            return glob(&self.0, &text);
        }
        self.0
            .split(' ')
            .all(|word| text.split(' ').any(|part| part.starts_with(word)))
    }
}

/// `*` is any text, `?` one character. Time grows with the product of the lengths at most.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut last_star = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                last_star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(c) if *c == '?' || text.get(at_text) == Some(c) => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => match last_star {
                Some((star, from)) => {
                    last_star = Some((star, from + 1));
                    at_pattern = star + 1;
                    at_text = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at_pattern..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_their_case_and_accents() {
        let finds = |pattern: &str, text: &str| Pattern::new(pattern).unwrap().matches(text);
        assert!(finds("öberg*", "ÖBERG^Märta"));
        assert!(finds("oberg", "Öberg^Märta"));
        assert!(finds("märta öb", "Öberg^Märta"));
        assert!(finds("Öberg, Märta", "Öberg^Märta"));
        assert!(finds("?berg*", "Öberg^Märta"));
        assert!(finds("*ta", "Öberg^Märta"));
        assert!(finds("山田", "Yamada^Tarou=山田^太郎"));
        assert!(!finds("berg", "Öberg^Märta"));
        assert!(!finds("öberg", "Berg^Nils"));
        assert!(!finds("öberg?", "Öberg^Märta"));
        assert!(Pattern::new("  ").is_none());
    }

    #[test]
    fn a_pattern_of_many_stars_ends_soon() {
        assert!(!glob(&"*a".repeat(200), &"b".repeat(5000)));
    }
}
