//! Words that devices say, and that may be somebody's name by chance.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::dicom::dataset::element::Tag;

const WORDS: &str = include_str!("../../../../assets/deidentify/device_words.txt");

/// What a device says in words of its own: image and frame types, scanning sequences and options, sequence names, filters,
/// reconstruction kernels, protocols of processing, codes.
const SAID_BY_DEVICES: [Tag; 24] = [
    Tag(0x0008, 0x0008),
    Tag(0x0008, 0x0100),
    Tag(0x0008, 0x0104),
    Tag(0x0008, 0x9007),
    Tag(0x0018, 0x0020),
    Tag(0x0018, 0x0021),
    Tag(0x0018, 0x0022),
    Tag(0x0018, 0x0024),
    Tag(0x0018, 0x1160),
    Tag(0x0018, 0x1181),
    Tag(0x0018, 0x1210),
    Tag(0x0018, 0x1250),
    Tag(0x0018, 0x1251),
    Tag(0x0018, 0x7050),
    Tag(0x0018, 0x9005),
    Tag(0x0018, 0x9315),
    Tag(0x0018, 0x9316),
    Tag(0x0018, 0x9320),
    Tag(0x0018, 0x9321),
    Tag(0x0018, 0x9424),
    Tag(0x0028, 0x3003),
    Tag(0x0028, 0x1055),
    Tag(0x0054, 0x1103),
    Tag(0x0054, 0x1105),
];

/// Whether a word in this attribute is one of the device's own.
pub(super) fn says(tag: Tag, word: &[u8]) -> bool {
    static ALL: OnceLock<HashSet<&'static str>> = OnceLock::new();
    if !SAID_BY_DEVICES.contains(&tag) {
        return false;
    }
    let all = ALL.get_or_init(|| {
        let lines = WORDS.lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect()
    });
    let word = String::from_utf8_lossy(word).to_lowercase();
    all.contains(word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_called_sharp_and_a_description_may_speak_of_mr_sharp() {
        assert!(says(Tag(0x0018, 0x1210), b"SHARP"));
        assert!(!says(Tag(0x0018, 0x1210), b"MILLER"));
        assert!(!says(Tag(0x0008, 0x103E), b"SHARP"));
    }
}
