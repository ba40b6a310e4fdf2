//! Formatting and comparison of DICOM person names (PS3.5 6.2.1).

use crate::dicom::catalogue::PersonName;

/// Shown for a patient without a name.
pub const NO_NAME: &str = "No name";

/// Whether two person names are the same, ignoring case, accents and empty components. Names without a common component
/// group cannot be compared and are not the same.
pub fn same_name(one: &str, other: &str) -> bool {
    let one = one.splitn(3, '=').map(folded);
    let mut other = other.splitn(3, '=').map(folded);
    let groups: Vec<_> = one
        .map(|one| (one, other.next().unwrap_or_default()))
        .collect();
    let others_say =
        groups.iter().any(|(_, other)| !other.is_empty()) || other.any(|group| !group.is_empty());
    let ones_say = groups.iter().any(|(one, _)| !one.is_empty());
    let both = groups
        .iter()
        .find(|(one, other)| !one.is_empty() && !other.is_empty());
    match both {
        Some((one, other)) => one == other,
        None => !ones_say && !others_say,
    }
}

/// Words of a component group, normalised for comparison.
fn folded(group: &str) -> Vec<String> {
    let decomposed = icu_normalizer::DecomposingNormalizerBorrowed::new_nfkd();
    let words = group.split(['^', ' ', ',', '،']).map(|part| {
        let letters = decomposed.normalize(part);
        letters
            .chars()
            .filter(|c| !('\u{300}'..='\u{36f}').contains(c) && !c.is_control())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    });
    words.filter(|part| !part.is_empty()).collect()
}

/// Formats a person name in its DICOM form (PS3.5 6.2.1.2), with up to three component groups: `Öberg^Märta` becomes
/// "Öberg, Märta", `Yamada^Tarou=山田^太郎` becomes "山田 太郎 (Yamada Tarou)".
pub fn person_name(text: &str) -> String {
    let mut groups = text.splitn(3, '=').map(str::to_owned);
    patient_name(&PersonName {
        alphabetic: groups.next().unwrap_or_default(),
        ideographic: groups.next().unwrap_or_default(),
        phonetic: groups.next().unwrap_or_default(),
    })
}

/// Formats a person name: the ideographic form first, then the alphabetic or else the phonetic one in parentheses.
pub fn patient_name(name: &PersonName) -> String {
    let all = [&name.alphabetic, &name.ideographic, &name.phonetic];
    let is_japanese = all.iter().any(|group| group.contains(is_kana));
    let [own, letters, spoken] =
        [&name.ideographic, &name.alphabetic, &name.phonetic].map(|group| Parts::of(group));
    let (first, second) = match (own.is_empty(), letters.is_empty()) {
        (false, false) => (own, Some(letters)),
        (false, true) => (own, Some(spoken)),
        (true, false) => return letters.alone(is_japanese),
        (true, true) if spoken.is_empty() => return NO_NAME.to_owned(),
        (true, true) => return spoken.alone(is_japanese),
    };
    let first = first.in_order(is_japanese);
    match second.map(|second| second.in_order(is_japanese)) {
        Some(second) if !second.is_empty() && second != first => format!("{first} ({second})"),
        _ => first,
    }
}

/// The five components of a component group.
struct Parts {
    family: String,
    given: String,
    middle: String,
    prefix: String,
    suffix: String,
}

impl Parts {
    fn of(group: &str) -> Self {
        // Control characters are dropped: they would be drawn as boxes, or affect the order of others.
        let clean = |part: &str| {
            let letters: String = part.chars().filter(|c| !is_control(*c)).collect();
            letters.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let mut parts = group.splitn(5, '^').map(clean);
        let mut next = || parts.next().unwrap_or_default();
        Parts {
            family: next(),
            given: next(),
            middle: next(),
            prefix: next(),
            suffix: next().replace('^', " ").trim().to_owned(),
        }
    }

    fn is_empty(&self) -> bool {
        self.all().iter().all(|part| part.is_empty())
    }

    fn all(&self) -> [&str; 5] {
        [
            &self.family,
            &self.given,
            &self.middle,
            &self.prefix,
            &self.suffix,
        ]
    }

    /// The name if it has only one group: family name and given names, separated by a comma unless it is East Asian.
    fn alone(&self, is_japanese: bool) -> String {
        if self.all().iter().any(|part| part.contains(is_east_asian)) {
            return self.in_order(is_japanese);
        }
        let rest = joined(&[&self.prefix, &self.given, &self.middle], " ");
        let comma = match self.all().iter().any(|part| part.contains(is_arabic)) {
            true => "، ",
            false => ", ",
        };
        joined(&[&self.family, &rest, &self.suffix], comma)
    }

    /// Family name first, without a comma.
    fn in_order(&self, is_japanese: bool) -> String {
        let between = match self.stands_together(is_japanese) {
            true => "",
            false => " ",
        };
        let name = joined(&[&self.family, &self.given, &self.middle], between);
        joined(&[&self.prefix, &name, &self.suffix], " ")
    }

    /// Whether names are written without spaces: Korean and Chinese, but not Japanese. A name is taken for Chinese if
    /// the family name has one character or is one of the known two-character ones, and no kana occur.
    fn stands_together(&self, is_japanese: bool) -> bool {
        const CHINESE: [&str; 14] = [
            "欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒", "东方", "東方", "皇甫",
            "尉迟", "公孙", "慕容",
        ];
        let name = [&self.family, &self.given, &self.middle];
        let only = |script: fn(char) -> bool| name.iter().all(|part| part.chars().all(script));
        let is_chinese =
            self.family.chars().count() == 1 || CHINESE.contains(&self.family.as_str());
        only(is_hangul) || (only(is_han) && is_chinese && !is_japanese)
    }
}

fn joined(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(between)
}

/// Control characters, and characters that affect order or visibility. The joiners are not included, because Persian
/// needs them.
fn is_control(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{2FDF}' | '\u{3005}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7FF}')
}

/// Chinese, Japanese and Korean names have no comma, even if they are in the alphabetic group.
fn is_east_asian(c: char) -> bool {
    is_han(c) || is_kana(c) || is_hangul(c)
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{0600}'..='\u{08FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_people_write_them() {
        for (dicom, written) in [
            ("Öberg^Märta", "Öberg, Märta"),
            ("PHANTOM", "PHANTOM"),
            ("Lind^Karl^Erik^Dr", "Lind, Dr Karl Erik"),
            (
                "Adams^John Robert Quincy^^Rev.^B.A. M.Div.",
                "Adams, Rev. John Robert Quincy, B.A. M.Div.",
            ),
            (
                "Morrison-Jones^Susan^^^Ph.D., Chief",
                "Morrison-Jones, Susan, Ph.D., Chief",
            ),
            ("Doe^John^^^III^x", "Doe, John, III x"),
            ("^Anna", "Anna"),
            ("Berg^^^Dr", "Berg, Dr"),
            ("Luc^  Jérôme ", "Luc, Jérôme"),
            ("Διονυσιος", "Διονυσιος"),
            ("Люкceмбypг^Иван", "Люкceмбypг, Иван"),
            ("قباني^لنزار", "قباني، لنزار"),
            ("שרון^דבורה", "שרון, דבורה"),
            ("ใจดี^สมชาย", "ใจดี, สมชาย"),
        ] {
            assert_eq!(person_name(dicom), written, "{dicom}");
        }
    }

    #[test]
    fn east_asian_names_are_written_by_the_custom_of_their_language() {
        for (dicom, written) in [
            (
                "Yamada^Tarou=山田^太郎=やまだ^たろう",
                "山田 太郎 (Yamada Tarou)",
            ),
            ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", "山田 太郎 (ﾔﾏﾀﾞ ﾀﾛｳ)"),
            ("山田^太郎", "山田 太郎"),
            ("=林^太郎=はやし^たろう", "林 太郎 (はやし たろう)"),
            ("==やまだ^たろう", "やまだ たろう"),
            ("Hong^Gildong=洪^吉洞=홍^길동", "洪吉洞 (Hong Gildong)"),
            ("홍^길동", "홍길동"),
            ("남궁^민수", "남궁민수"),
            ("Wang^XiaoDong=王^小东=", "王小东 (Wang XiaoDong)"),
            ("王^小东", "王小东"),
            ("=欧阳^娜娜", "欧阳娜娜"),
            ("Wang^XiaoDong=王^小东^^博士", "博士 王小东 (Wang XiaoDong)"),
            ("Yamada^Tarou=", "Yamada, Tarou"),
            ("山田^太郎=山田^太郎", "山田 太郎"),
        ] {
            assert_eq!(person_name(dicom), written, "{dicom}");
        }
    }

    #[test]
    fn what_is_no_letter_is_no_part_of_a_name() {
        assert_eq!(person_name("\u{7}\u{1}^Anna"), "Anna");
        assert_eq!(person_name("\u{1}Berg\u{2}^Nils"), "Berg, Nils");
        assert_eq!(person_name("Berg\u{202E}^Ni\u{200B}ls"), "Berg, Nils");
        for nothing in ["", "^^^", " ^^ ", "^^^^=^^=^", "\u{1B}"] {
            assert_eq!(person_name(nothing), "No name", "{nothing:?}");
        }
    }

    #[test]
    fn names_are_compared_by_a_group_that_both_have() {
        for (one, other, same) in [
            ("Öberg^Märta", "OBERG^MARTA^^", true),
            ("Öberg^Märta", "Öberg^Marie", false),
            ("Yamada^Tarou=山田^太郎", "Yamada^Tarou", true),
            ("=山田^太郎", "Yamada^Tarou=山田^太郎", true),
            ("=山田^太郎", "=鈴木^一郎", false),
            ("=山田^太郎", "Yamada^Tarou", false),
            ("Yamada^Tarou", "==やまだ^たろう", false),
            ("", "Yamada^Tarou", false),
            ("Yamada^Tarou", "", false),
            ("", "^^", true),
        ] {
            assert_eq!(same_name(one, other), same, "{one:?} and {other:?}");
        }
    }
}
