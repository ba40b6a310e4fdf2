//! Names in archives, which are bytes in whatever character set the packing program used, made into paths.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use encoding_rs::{EUC_KR, Encoding, GBK, SHIFT_JIS};

use super::limits::{DEEPEST, LONGEST_NAME};
use crate::dicom::media::error::MediaError;

/// A name as it stands in an archive.
pub(in crate::dicom::media) struct RawName {
    pub(in crate::dicom::media) bytes: Vec<u8>,
    /// Whether the archive says that it is Unicode.
    pub(in crate::dicom::media) is_unicode: bool,
}

/// How the names of one archive that are not Unicode are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom::media) enum Script {
    /// The character set of MS-DOS, which the format names; every byte means something in it.
    Dos,
    /// One of East Asia.
    Asian(&'static Encoding),
}

impl Script {
    /// Guesses from all names of an archive at once: what a few of them could be by chance, all of them are not. A wrong
    /// guess makes names that nobody can read, and nothing worse.
    pub(in crate::dicom::media) fn guess<'a>(
        names: impl Iterator<Item = &'a RawName> + Clone,
    ) -> Script {
        let unclear =
            names.filter(|name| !name.is_unicode && std::str::from_utf8(&name.bytes).is_err());
        let (mut high, mut euc, mut kana, mut hangul) = (0_u64, true, 0_u64, 0_u64);
        let mut is_sjis = true;
        for name in unclear {
            is_sjis &= !SHIFT_JIS.decode_without_bom_handling(&name.bytes).1;
            let mut bytes = name.bytes.iter().copied().peekable();
            while let Some(byte) = bytes.next() {
                if byte.is_ascii() {
                    continue;
                }
                high += 1;
                if matches!(byte, 0x82 | 0x83) {
                    kana += 1;
                }
                // Two bytes of the upper half, as EUC has them.
                match (byte, bytes.peek()) {
                    (0xA1..=0xFE, Some(0xA1..=0xFE)) => {
                        bytes.next();
                        hangul += u64::from(matches!(byte, 0xB0..=0xC8));
                    }
                    _ => euc = false,
                }
            }
        }
        match high {
            0 => Script::Dos,
            _ if euc && hangul == high => Script::Asian(EUC_KR),
            _ if euc => Script::Asian(GBK),
            _ if is_sjis && kana * 3 >= high => Script::Asian(SHIFT_JIS),
            _ => Script::Dos,
        }
    }

    pub(in crate::dicom::media) fn decode(self, name: &RawName) -> String {
        match (std::str::from_utf8(&name.bytes), self) {
            (Ok(text), _) => text.to_owned(),
            _ if name.is_unicode => String::from_utf8_lossy(&name.bytes).into_owned(),
            (_, Script::Dos) => name.bytes.iter().copied().map(dos).collect(),
            (_, Script::Asian(encoding)) => encoding
                .decode_without_bom_handling(&name.bytes)
                .0
                .into_owned(),
        }
    }
}

/// Code page 437.
fn dos(byte: u8) -> char {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";
    match byte {
        0..=0x7F => char::from(byte),
        _ => UPPER.chars().nth(usize::from(byte) - 0x80).unwrap_or('_'),
    }
}

/// A name as the end of a path: folders divided by `/`, none of them empty or leading upwards. An error beside it says why
/// the file is not read by it.
pub(in crate::dicom::media) fn path_of(name: &str) -> (String, Option<MediaError>) {
    let mut flaw = None;
    let plain = name.replace('\\', "/");
    let has_drive = matches!(plain.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    if plain.starts_with('/') || has_drive {
        flaw = Some(MediaError::ClimbsOut);
    }
    let clean = |part: &str| -> String {
        let letter = |c: char| if c.is_control() { '_' } else { c };
        part.chars().map(letter).collect()
    };
    let mut parts = Vec::new();
    for part in plain.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                flaw = Some(MediaError::ClimbsOut);
                parts.push("(up)".to_owned());
            }
            part => parts.push(clean(part)),
        }
    }
    if let (true, Some(first)) = (has_drive, parts.first_mut()) {
        *first = first.replacen(':', "_", 1);
    }
    if parts.is_empty() {
        parts.push("(no name)".to_owned());
    }
    let mut path = parts.join("/");
    if parts.len() > DEEPEST || path.len() > LONGEST_NAME {
        flaw = Some(MediaError::OverBound("its name is longer than any path"));
        let end = parts.pop().unwrap_or_default();
        path = end.chars().take(100).collect();
    }
    (path, flaw)
}

/// Gives each path that is taken, or is a folder's, another: "IM1", "IM1 (2)". Every entry keeps a path of its own, the
/// same one whenever this archive is read.
pub(in crate::dicom::media) fn make_unique(paths: &mut [String]) {
    let mut folders = HashSet::new();
    for path in paths.iter() {
        let mut hasher = DefaultHasher::new();
        for (depth, part) in path.split('/').enumerate() {
            if depth > 0 {
                folders.insert(hasher.finish());
            }
            part.hash(&mut hasher);
        }
    }
    let hash = |path: &str| {
        let mut hasher = DefaultHasher::new();
        path.split('/').for_each(|part| part.hash(&mut hasher));
        hasher.finish()
    };
    // Hashes, for names may be long and many. Two that are equal by chance cost a name its looks.
    let mut taken = HashSet::with_capacity(paths.len());
    let mut counts: HashMap<u64, u64> = HashMap::new();
    for path in paths {
        let own = hash(path);
        if !folders.contains(&own) && taken.insert(own) {
            continue;
        }
        let count = counts.entry(own).or_insert(1);
        loop {
            *count += 1;
            let other = format!("{path} ({count})");
            let hashed = hash(&other);
            if !folders.contains(&hashed) && taken.insert(hashed) {
                *path = other;
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(names: &[&[u8]]) -> Vec<String> {
        let raw = |bytes: &&[u8]| RawName {
            bytes: bytes.to_vec(),
            is_unicode: false,
        };
        let names: Vec<RawName> = names.iter().map(raw).collect();
        let script = Script::guess(names.iter());
        names.iter().map(|name| script.decode(name)).collect()
    }

    #[test]
    fn names_are_read_in_the_character_set_that_all_of_them_fit() {
        assert_eq!(
            decoded(&[b"M\x81ller/IM1", b"\x84rzte"]),
            ["Müller/IM1", "ärzte"]
        );
        let japanese = SHIFT_JIS.encode("テスト/画像の表").0;
        assert_eq!(decoded(&[&japanese]), ["テスト/画像の表"]);
        let chinese = GBK.encode("张三/图像").0;
        assert_eq!(decoded(&[&chinese, b"IM1"]), ["张三/图像", "IM1"]);
        let korean = EUC_KR.encode("영상/환자").0;
        assert_eq!(decoded(&[&korean]), ["영상/환자"]);
        assert_eq!(decoded(&["Öberg/ünï".as_bytes()]), ["Öberg/ünï"]);
        let every: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&[&every])[0].chars().count(), 256);
    }

    #[test]
    fn a_name_that_leads_out_is_told_apart_and_leads_nowhere() {
        for name in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "C:\\x",
            "\\\\server\\x",
            "..\\x",
            "c:x",
        ] {
            let (path, flaw) = path_of(name);
            assert_eq!(flaw, Some(MediaError::ClimbsOut), "{name}");
            let is_inside = !path.starts_with('/') && path.split('/').all(|part| part != "..");
            assert!(is_inside && !path.contains(':'), "{path}");
        }
        assert_eq!(path_of("DICOM\\.\\IM1"), ("DICOM/IM1".to_owned(), None));
        assert_eq!(path_of("a//b\0c").0, "a/b_c");
        assert_eq!(path_of("").0, "(no name)");
        assert!(path_of(&"a/".repeat(100)).1.is_some());
    }

    #[test]
    fn two_entries_of_one_name_have_two_paths() {
        let mut paths: Vec<String> = ["a", "b/c", "a", "b", "a (2)", "a"]
            .map(String::from)
            .to_vec();
        make_unique(&mut paths);
        assert_eq!(paths, ["a", "b/c", "a (2)", "b (2)", "a (2) (2)", "a (3)"]);
        let mut same = vec!["same".to_owned(); 50_000];
        make_unique(&mut same);
        assert_eq!(same.iter().collect::<HashSet<_>>().len(), 50_000);
    }
}
