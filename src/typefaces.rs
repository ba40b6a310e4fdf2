//! The files of Inter that come with the program, and the system's fonts for the scripts that it has not: for the window,
//! and for what it writes on paper.

use std::path::PathBuf;

use fontdb::{Database, Source};

/// Inter Regular.
pub static REGULAR: &[u8] = include_bytes!("../assets/fonts/Inter-Regular.ttf");
/// Inter Medium.
pub static MEDIUM: &[u8] = include_bytes!("../assets/fonts/Inter-Medium.ttf");
/// Inter SemiBold.
pub static SEMI_BOLD: &[u8] = include_bytes!("../assets/fonts/Inter-SemiBold.ttf");

/// Fonts of the system that are tried, by script: the first that is there is taken.
const SCRIPTS: [(&str, &[&str]); 3] = [
    (
        "cjk",
        &[
            "Noto Sans CJK JP",
            "Noto Sans JP",
            "Source Han Sans JP",
            "Hiragino Sans",
            "Yu Gothic",
            "Meiryo",
            "MS Gothic",
            "PingFang SC",
            "Microsoft YaHei",
            "Malgun Gothic",
            "WenQuanYi Micro Hei",
            "Droid Sans Fallback",
            "IPAGothic",
        ],
    ),
    (
        "arabic",
        &[
            "Noto Sans Arabic",
            "Noto Naskh Arabic",
            "Geeza Pro",
            "Segoe UI",
            "Arial",
            "DejaVu Sans",
        ],
    ),
    (
        "other",
        &[
            "Noto Sans",
            "Noto Sans Thai",
            "Noto Sans Hebrew",
            "Segoe UI",
            "Arial Unicode MS",
            "Arial",
            "DejaVu Sans",
            "FreeSans",
        ],
    ),
];

/// The script of a character that Inter has not, as far as fonts are chosen by it.
pub fn script(character: char) -> &'static str {
    match character {
        '\u{1100}'..='\u{11FF}'
        | '\u{2E80}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE4F}'
        | '\u{FF00}'..='\u{FFEF}'
        | '\u{20000}'..='\u{3FFFF}' => "cjk",
        '\u{0600}'..='\u{08FF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' => "arabic",
        _ => "other",
    }
}

/// The system's font for a script: its file, and the number of the face in it.
pub fn of_system(fonts: &Database, script: &str, bold: bool) -> Option<(Vec<u8>, u32)> {
    let (_, names) = SCRIPTS.iter().find(|(name, _)| *name == script)?;
    let weight = if bold {
        fontdb::Weight::BOLD
    } else {
        fontdb::Weight::NORMAL
    };
    let id = names.iter().find_map(|name| {
        let families = [fontdb::Family::Name(name)];
        fonts.query(&fontdb::Query {
            families: &families,
            weight,
            ..fontdb::Query::default()
        })
    })?;
    let (source, index) = fonts.face_source(id)?;
    let data = match source {
        Source::File(path) | Source::SharedFile(path, _) => read(path)?,
        Source::Binary(bytes) => bytes.as_ref().as_ref().to_vec(),
    };
    Some((data, index))
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
