//! The forms in which a name, a date or a number may have been written.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Letters that belong to words with blanks between them: of these scripts a part must have three.
fn is_alphabetic_script(c: char) -> bool {
    c.is_alphabetic() && u32::from(c) < 0x1100
}

/// Whether a part of a name is long enough to mean somebody: three letters, or two characters of Chinese, Japanese or
/// Korean.
fn is_long_enough(part: &str) -> bool {
    let letters = part.chars().filter(|c| c.is_alphabetic());
    let (short, long) = letters.fold((0, 0), |(short, long), c| match is_alphabetic_script(c) {
        true => (short + 1, long),
        false => (short, long + 1),
    });
    short >= 3 || long >= 2
}

/// The parts of a name that mean somebody, and the name as a whole in its usual orders.
pub(super) fn of_name(name: &str) -> (Vec<String>, Vec<String>) {
    let (mut parts, mut wholes) = (Vec::new(), Vec::new());
    for group in name.split('=') {
        let all: Vec<&str> = group
            .split('^')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        for part in &all {
            // A code in place of a name has words in it that mean nobody.
            let is_code = part.contains(|c: char| c.is_ascii_digit());
            let words = part.split(|c| match c {
                ' ' | ',' | '(' | ')' => true,
                '-' | '_' | '.' | '\'' => !is_code,
                _ => false,
            });
            let all = words.chain([*part]).filter(|word| is_long_enough(word));
            parts.extend(all.map(str::to_owned));
        }
        if let [family, given, ..] = all.as_slice() {
            for between in ["^", " ", ", ", ",", ""] {
                wholes.push(format!("{family}{between}{given}"));
                wholes.push(format!("{given}{between}{family}"));
            }
        }
    }
    (parts, wholes)
}

/// A word as it is, without its accents, and with umlauts written in two letters.
pub(super) fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if !word.is_ascii() {
        let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(word);
        all.push(decomposed.to_string());
        all.push(
            decomposed
                .chars()
                .filter(|c| !('\u{300}'..='\u{36F}').contains(c))
                .collect(),
        );
        let in_two: String = word
            .to_lowercase()
            .replace('ä', "ae")
            .replace(['ö', 'ø'], "oe")
            .replace('ü', "ue")
            .replace('å', "aa")
            .replace('æ', "ae")
            .replace('ß', "ss");
        all.push(in_two);
    }
    all
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A birth date as people and devices write it, from `YYYYMMDD`, `YYYY.MM.DD` or `YYYY-MM-DD`.
pub(super) fn of_date(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let parts = (digits.get(..4), digits.get(4..6), digits.get(6..8));
    let (Some(year), Some(month), Some(day)) = parts else {
        return Vec::new();
    };
    // Stand-ins, and years that nobody was born in.
    if digits.len() != 8
        || !("1800".."2200").contains(&year)
        || month > "12"
        || month == "00"
        || day == "00"
    {
        return Vec::new();
    }
    let mut all = vec![
        digits.clone(),
        format!("{day}{month}{year}"),
        format!("{month}{day}{year}"),
    ];
    for sign in ["-", ".", "/", " "] {
        all.push(format!("{year}{sign}{month}{sign}{day}"));
        all.push(format!("{day}{sign}{month}{sign}{year}"));
        all.push(format!("{month}{sign}{day}{sign}{year}"));
    }
    all.extend(with_words(year, month, day));
    all
}

/// With the month's English name, whole or three letters of it.
fn with_words(year: &str, month: &str, day: &str) -> Vec<String> {
    let number = month.parse::<usize>().unwrap_or(0);
    let Some(name) = number.checked_sub(1).and_then(|at| MONTHS.get(at)) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for month in [name, name.get(..3).unwrap_or(name)] {
        for day in [day, day.trim_start_matches('0')] {
            all.push(format!("{day} {month} {year}"));
            all.push(format!("{day}-{month}-{year}"));
            all.push(format!("{month} {day}, {year}"));
            all.push(format!("{month} {day} {year}"));
        }
    }
    all
}

/// An identifier as it is, and without what stands between its digits.
pub(super) fn of_id(id: &str) -> Vec<String> {
    let id = id.trim();
    let is_plain = |c: &char| c.is_alphanumeric();
    let letters = id.chars().filter(is_plain).count();
    let is_number = id.chars().all(|c| c.is_ascii_digit());
    if letters < 4 || (is_number && letters < 5) || id.chars().all(|c| c == '0') {
        return Vec::new();
    }
    let joined: String = id.chars().filter(is_plain).collect();
    let mut all = vec![id.to_owned()];
    if joined != id && joined.len() >= 6 {
        all.push(joined);
    }
    all
}

/// A telephone number as it is, and its digits alone.
pub(super) fn of_telephone(number: &str) -> Vec<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.len() >= 7 {
        true => vec![number.trim().to_owned(), digits],
        false => Vec::new(),
    }
}

/// An address as a whole, and its lines.
pub(super) fn of_address(address: &str) -> Vec<String> {
    let lines = address.split(['\r', '\n', ',', ';', '^']).map(str::trim);
    let says = |line: &&str| {
        line.chars().count() >= 6 && line.chars().filter(|c| c.is_alphabetic()).count() >= 4
    };
    lines
        .chain([address.trim()])
        .filter(says)
        .map(str::to_owned)
        .collect()
}
