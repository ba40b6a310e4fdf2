//! How a search compares text: case and accents do not count, `*` and `?` are wildcards.
//!
//! That wildcards are understood is the habit of DICOM queries (PS3.4 C.2.2.2.4); how the vendor's server treats a
//! name without any is *inferred*, and stands in [`Name`] alone.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Text as it is compared: lower case, no accents, full-width forms as plain ones.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in DecomposingNormalizerBorrowed::new_nfkd()
        .normalize(text)
        .chars()
        .flat_map(char::to_lowercase)
    {
        match letter {
            // Accents that stand alone after decomposition.
            '\u{300}'..='\u{36f}' => {}
            // Letters that have no decomposition but are typed without their stroke.
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'þ' => out.push_str("th"),
            other => out.push(other),
        }
    }
    out
}

/// A name as it is compared: folded, its components (`^`), groups (`=`) and words parted by one space.
pub(super) fn fold_name(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|c: char| matches!(c, '^' | '=' | ',' | '،') || c.is_whitespace());
    let mut out = String::with_capacity(folded.len());
    for word in words.filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// What a client sent, as a sentence quotes it: short, and without what would tear the line.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    format!("\"{out}\"")
}

/// A pattern for names.
pub(super) struct Name(String);

impl Name {
    /// `None` where the pattern is blank and so filters nothing.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let folded = fold_name(pattern);
        (!folded.is_empty()).then_some(Name(folded))
    }

    /// Whether a name, as [`fold_name`] gives it, is meant. Without wildcards the pattern is the beginning of any of its
    /// words; with wildcards it is the name from any of its words to the end (*inferred*, both).
    pub(super) fn matches(&self, folded: &str) -> bool {
        let wild = self.0.contains(['*', '?']);
        std::iter::once(0)
            .chain(folded.match_indices(' ').map(|(at, _)| at + 1))
            .filter_map(|start| folded.get(start..))
            .any(|rest| {
                if wild {
                    glob(&self.0, rest)
                } else {
                    rest.starts_with(&self.0)
                }
            })
    }
}

/// A pattern for IDs and accession numbers: the whole of one of the values that `\` parts.
pub(super) struct Id(String);

impl Id {
    /// `None` where the pattern is blank and so filters nothing.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let folded = fold(pattern.trim());
        (!folded.is_empty()).then_some(Id(folded))
    }

    /// Whether this value is meant.
    pub(super) fn matches(&self, value: &str) -> bool {
        value
            .split('\\')
            .any(|one| glob(&self.0, fold(one.trim()).as_str()))
    }
}

/// Whether a text is what a pattern with `*` (any run) and `?` (any one letter) says. Takes time in proportion to the
/// product of their lengths at worst, whatever the pattern.
fn glob(pattern: &str, text: &str) -> bool {
    let (mut wanted, mut given) = (pattern.chars(), text.chars());
    // Where to go on when a letter does not fit: behind the last `*`, one letter further in the text.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (mut next_wanted, mut next_given) = (wanted.clone(), given.clone());
        match (next_wanted.next(), next_given.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                wanted = next_wanted;
                retry = Some((wanted.clone(), given.clone()));
                continue;
            }
            (Some(a), Some(b)) if a == '?' || a == b => {
                (wanted, given) = (next_wanted, next_given);
                continue;
            }
            _ => {}
        }
        let Some((pattern_left, text_left)) = &mut retry else {
            return false;
        };
        if text_left.next().is_none() {
            return false;
        }
        wanted = pattern_left.clone();
        given = text_left.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(pattern: &str, name: &str) -> bool {
        Name::new(pattern).is_none_or(|pattern| pattern.matches(&fold_name(name)))
    }

    #[test]
    fn names_are_found_without_case_and_accents() {
        assert!(name("öberg*", "Öberg^Märta"));
        assert!(name("OBERG^MARTA", "Öberg^Märta"));
        assert!(name("marta", "Öberg^Märta"));
        assert!(name("", "Öberg^Märta"));
        assert!(name("山田", "Yamada^Tarou=山田^太郎=やまだ^たろう"));
        assert!(name("strom", "Strøm^Bjørn"));
        assert!(!name("berg", "Öberg^Märta"), "begins no word");
    }

    #[test]
    fn wildcards_reach_to_the_end_of_the_name() {
        assert!(name("*marta", "Öberg^Märta"));
        assert!(name("ö?erg*", "Öberg^Märta"));
        assert!(!name("ö?erg", "Öberg^Märta"));
        assert!(name("*b*g*a", "Öberg^Märta"));
        assert!(name("*", ""));
    }

    #[test]
    fn an_id_is_compared_as_a_whole() {
        let id = |pattern: &str, value: &str| Id::new(pattern).is_none_or(|id| id.matches(value));
        assert!(id("p1", "P1"));
        assert!(!id("p1", "P10"));
        assert!(id("p1*", "P10"));
        assert!(id("b", "A\\B"));
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let pattern = "*a".repeat(200);
        assert!(!glob(&pattern, &"a".repeat(100)));
    }
}
