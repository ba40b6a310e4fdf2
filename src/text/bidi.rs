//! Visual order of text that contains Hebrew or Arabic (Unicode Standard Annex #9).
//!
//! The text shaper draws a single right-to-left word correctly, but puts whatever follows to its right. A line is
//! therefore passed to it in visual order as pieces: single right-to-left words, and left-to-right text.

use unicode_bidi::{BidiClass, BidiInfo, Level};

/// Whether a text contains right-to-left characters.
pub fn is_needed(text: &str) -> bool {
    text.chars().any(is_rtl)
}

/// The pieces of a line in visual order. The base direction is that of the first strong character, except for sentences
/// of this program, which are left-to-right even if they start with a name.
pub fn pieces(text: &str) -> Vec<String> {
    let text: String = text.chars().filter(|c| !is_mark_of_order(*c)).collect();
    let side = is_sentence(&text).then(Level::ltr);
    let info = BidiInfo::new(&text, side);
    let mut pieces = Vec::new();
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let is_rtl = levels.get(run.start).is_some_and(|level| level.is_rtl());
            let part = text.get(run.clone()).unwrap_or_default();
            if is_rtl {
                let classes = info.original_classes.get(run).unwrap_or_default();
                pieces.extend(reversed(part, classes));
            } else {
                pieces.push(part.to_owned());
            }
        }
    }
    pieces
}

/// Whether a text has a lowercase Latin word outside parentheses: names and places are capitalised.
fn is_sentence(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut before = ' ';
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            'a'..='z' if depth == 0 && before == ' ' => return true,
            _ => {}
        }
        before = letter;
    }
    false
}

/// Splits a right-to-left run into words and the text between them, in visual order. `classes`: bidi class of each
/// byte.
fn reversed(run: &str, classes: &[BidiClass]) -> Vec<String> {
    let mut words: Vec<(Option<Script>, String)> = Vec::new();
    for (at, letter) in run.char_indices() {
        let belongs = matches!(classes.get(at), Some(BidiClass::NSM | BidiClass::BN));
        let script = script(letter);
        match words.last_mut() {
            Some((_, word)) if belongs => word.push(letter),
            Some((last, word)) if script.is_some() && *last == script => word.push(letter),
            _ => words.push((script, mirrored(letter).to_string())),
        }
    }
    words.into_iter().rev().map(|(_, word)| word).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Hebrew,
    Arabic,
}

/// Script of a letter. Arabic punctuation counts as Arabic, because it comes from the same font.
fn script(letter: char) -> Option<Script> {
    match letter {
        '\u{0590}'..='\u{05FF}' | '\u{FB1D}'..='\u{FB4F}' => Some(Script::Hebrew),
        '\u{0600}'..='\u{08FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' => {
            Some(Script::Arabic)
        }
        _ => None,
    }
}

/// Whether a character is from a right-to-left block: Hebrew, Arabic, Syriac, Thaana, N'Ko, Adlam and others.
fn is_rtl(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// Invisible characters that only affect the order: in a file's value they could make it look like another.
fn is_mark_of_order(letter: char) -> bool {
    matches!(letter, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The mirrored character of a bracket.
fn mirrored(letter: char) -> char {
    const PAIRS: [(char, char); 6] = [
        ('(', ')'),
        ('[', ']'),
        ('{', '}'),
        ('<', '>'),
        ('«', '»'),
        ('‹', '›'),
    ];
    let pair = PAIRS.iter().find_map(|(open, close)| match letter {
        letter if letter == *open => Some(*close),
        letter if letter == *close => Some(*open),
        _ => None,
    });
    pair.unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_right_to_left_stand_in_their_order() {
        for (text, drawn) in [
            ("קבאני, לנזאר", "לנזאר| |,|קבאני"),
            ("قباني، لنزار", "لنزار| |قباني،"),
            ("قباني (A-12) لنزار", "لنزار| |(|A-12|)| |قباني"),
            (
                "Patient שרון, דבורה of ward 3",
                "Patient |דבורה| |,|שרון| of ward 3",
            ),
            ("غرفة 12", "12| |غرفة"),
            ("قباني…", "…|قباني"),
            ("abc", "abc"),
            ("قباني نزار (Nizar)", "(|Nizar|)| |نزار| |قباني"),
            (
                "قباني نزار (Nizar) has no ID.",
                "نزار| |قباني| (Nizar) has no ID.",
            ),
        ] {
            assert_eq!(pieces(text).join("|"), drawn, "{text}");
        }
    }

    #[test]
    fn points_and_joiners_stay_with_their_letters() {
        assert_eq!(pieces("שָׁרוֹן א").join("|"), "א| |שָׁרוֹן");
        assert_eq!(pieces("می‌خواهم ب").join("|"), "ب| |می‌خواهم");
    }

    #[test]
    fn a_value_cannot_order_itself() {
        assert_eq!(pieces("abc\u{202E}def").join("|"), "abcdef");
        assert!(is_needed("a ب") && !is_needed("Öberg 山田"));
    }
}
