//! The files of Inter and of Noto Sans that come with the program, and the system's fonts for the characters that they have
//! not: for the window, and for what it writes on paper.

use std::path::PathBuf;

use fontdb::{Database, Source, Weight};

/// Inter Regular.
pub static REGULAR: &[u8] = include_bytes!("../assets/fonts/Inter-Regular.ttf");
/// Inter Medium.
pub static MEDIUM: &[u8] = include_bytes!("../assets/fonts/Inter-Medium.ttf");
/// Inter SemiBold.
pub static SEMI_BOLD: &[u8] = include_bytes!("../assets/fonts/Inter-SemiBold.ttf");

/// Noto Sans for Arabic, Hebrew and Thai, which Inter has not and not every system has: name, regular, semi-bold.
pub static NOTO: [(&str, &[u8], &[u8]); 3] = [
    (
        "arabic",
        include_bytes!("../assets/fonts/NotoArabic-Regular.ttf"),
        include_bytes!("../assets/fonts/NotoArabic-SemiBold.ttf"),
    ),
    (
        "hebrew",
        include_bytes!("../assets/fonts/NotoHebrew-Regular.ttf"),
        include_bytes!("../assets/fonts/NotoHebrew-SemiBold.ttf"),
    ),
    (
        "thai",
        include_bytes!("../assets/fonts/NotoThai-Regular.ttf"),
        include_bytes!("../assets/fonts/NotoThai-SemiBold.ttf"),
    ),
];

/// Fonts of Linux, macOS and Windows that look well beside Inter: the first that is there and has the character is taken.
const EAST_ASIAN: &[&str] = &[
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "Source Han Sans",
    "Hiragino Sans",
    "Yu Gothic UI",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "PingFang SC",
    "Microsoft YaHei",
    "SimSun",
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "IPAGothic",
    "VL Gothic",
];
const KOREAN: &[&str] = &[
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Source Han Sans KR",
    "Noto Sans CJK JP",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "NanumGothic",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
];
const OTHER: &[&str] = &[
    "Noto Sans",
    "Segoe UI",
    "Nirmala UI",
    "Leelawadee UI",
    "Noto Sans Devanagari",
    "Kohinoor Devanagari",
    "Geeza Pro",
    "Arial Unicode MS",
    "Arial",
    "DejaVu Sans",
    "FreeSans",
];

/// Whether a character is one of those of Chinese, Japanese and Korean, which stand alone.
pub fn is_east_asian(character: char) -> bool {
    is_korean(character)
        || matches!(character,
            '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_korean(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}')
}

/// A font of the system that has a character: its file, and the number of the face in it. Known ones come first, then
/// any other. Looks into files: not for the window's own thread.
pub fn of_system(fonts: &Database, character: char, bold: bool) -> Option<(Vec<u8>, u32)> {
    let names = match character {
        character if is_korean(character) => KOREAN,
        character if is_east_asian(character) => EAST_ASIAN,
        _ => OTHER,
    };
    let weight = if bold { Weight::BOLD } else { Weight::NORMAL };
    let known = names.iter().filter_map(|name| {
        let families = [fontdb::Family::Name(name)];
        fonts.query(&fontdb::Query {
            families: &families,
            weight,
            ..fontdb::Query::default()
        })
    });
    let mut others: Vec<_> = fonts.faces().collect();
    others.sort_by_key(|face| {
        let is_plain = face.style == fontdb::Style::Normal && !face.monospaced;
        (!is_plain, face.weight.0.abs_diff(weight.0))
    });
    let others = others.iter().map(|face| face.id);
    let has_it = |id: &fontdb::ID| {
        let has = |data: &[u8], index| has(data, index, character);
        fonts.with_face_data(*id, has).unwrap_or(false)
    };
    let id = known.chain(others).find(has_it)?;
    let (source, index) = fonts.face_source(id)?;
    let data = match source {
        Source::File(path) | Source::SharedFile(path, _) => read(path)?,
        Source::Binary(bytes) => bytes.as_ref().as_ref().to_vec(),
    };
    Some((data, index))
}

/// Whether a face of a font file has a character.
pub fn has(data: &[u8], index: u32, character: char) -> bool {
    let face = ttf_parser::Face::parse(data, index);
    face.is_ok_and(|face| face.glyph_index(character).is_some_and(|glyph| glyph.0 > 0))
}

/// A font file of at most 64 MB.
fn read(path: PathBuf) -> Option<Vec<u8>> {
    const MOST: u64 = 64 * 1024 * 1024;
    let size = std::fs::metadata(&path).ok()?.len();
    if size > MOST {
        return None;
    }
    std::fs::read(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_hebrew_and_thai_need_no_font_of_the_system() {
        for letters in ["عبدالرحمنگپچژ،٣۳", "שרוןָּדבורה״", "สมชายน้ำทิพย์๙"]
        {
            let has_all = |data: &[u8]| letters.chars().all(|letter| has(data, 0, letter));
            let all = NOTO
                .iter()
                .filter(|(_, regular, bold)| has_all(regular) && has_all(bold));
            assert_eq!(all.count(), 1, "{letters}");
        }
    }

    #[test]
    fn a_font_of_the_system_is_taken_for_what_it_has_whatever_its_name() {
        let mut fonts = Database::new();
        assert!(of_system(&fonts, 'ש', false).is_none());
        for (_, regular, bold) in NOTO {
            fonts.load_font_data(regular.to_vec());
            fonts.load_font_data(bold.to_vec());
        }
        let (regular, bold) = (of_system(&fonts, 'ש', false), of_system(&fonts, 'ש', true));
        let [_, (_, its_regular, its_bold), _] = NOTO;
        assert_eq!(regular.unwrap().0, its_regular);
        assert_eq!(bold.unwrap().0, its_bold);
        assert!(of_system(&fonts, '山', false).is_none());
    }
}
