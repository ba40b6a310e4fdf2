//! Names and text of files: [`crate::charset`] under the roof of this room.

pub(in crate::dicom) use crate::charset::{CharacterSet, Form};

use crate::dicom::catalogue::PersonName;

/// Splits a decoded name into its three groups (PS3.5, 6.2.1.2).
pub(in crate::dicom) fn person_name(text: &str) -> PersonName {
    let mut groups = text
        .splitn(3, '=')
        .map(|group| group.trim().trim_end_matches('^').to_owned());
    let mut next = || groups.next().unwrap_or_default();
    PersonName {
        alphabetic: next(),
        ideographic: next(),
        phonetic: next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_standards_examples_are_read_as_the_standard_prints_them() {
        // PS3.5, annexes H, I, J: Japanese, Korean and Chinese with code extensions.
        let japanese =
            b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B";
        let name = person_name(&CharacterSet::parse(b"\\ISO 2022 IR 87").decode(japanese));
        assert_eq!(name.alphabetic, "Yamada^Tarou");
        assert_eq!(name.ideographic, "山田^太郎");
        assert_eq!(name.phonetic, "やまだ^たろう");
        let korean = b"Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF";
        let name = person_name(&CharacterSet::parse(b"\\ISO 2022 IR 149").decode(korean));
        assert_eq!(
            (name.ideographic.as_str(), name.phonetic.as_str()),
            ("洪^吉洞", "홍^길동")
        );
    }
}
