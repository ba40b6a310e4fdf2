//! JPEG and JPEG-LS streams without what they say in words (ITU-T T.81, annex B; T.87).

use std::ops::Range;

/// A part of a stream that stays, or what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Kept(Range<usize>),
    New(Vec<u8>),
}

const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
const COMMENT: u8 = 0xFE;

/// What stays of a stream that begins with its Start of Image; `None` where that is all of it.
pub(super) fn parts(stream: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Parts::default();
    let mut at = 2;
    parts.keep(0..2);
    while let Some(found) = next_marker(stream, at) {
        parts.changed |= found > at;
        let marker = stream.get(found + 1).copied().unwrap_or_default();
        if marker == END {
            parts.keep(found..found + 2);
            let rest = stream.get(found + 2..).unwrap_or_default();
            return match rest.iter().any(|byte| *byte != 0) {
                false if !parts.changed => None,
                _ => Some(parts.all),
            };
        }
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            parts.keep(found..found + 2);
            at = found + 2;
            continue;
        }
        let length = stream.get(found + 2..).and_then(<[u8]>::first_chunk);
        let length = length.map_or(0, |two| usize::from(u16::from_be_bytes(*two)));
        let end = found.saturating_add(2 + length.max(2)).min(stream.len());
        let content = stream.get(found + 4..end).unwrap_or_default();
        parts.segment(marker, found..end, content);
        at = end;
        if marker == SCAN {
            at = end_of_scan(stream, end);
            parts.keep(end..at);
        }
    }
    parts.changed |= at < stream.len();
    parts.changed.then_some(parts.all)
}

#[derive(Default)]
struct Parts {
    all: Vec<Part>,
    changed: bool,
}

impl Parts {
    fn keep(&mut self, range: Range<usize>) {
        match self.all.last_mut() {
            Some(Part::Kept(last)) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => self.all.push(Part::Kept(range)),
        }
    }

    /// Of application data only what the pixels need stays: JFIF without its small picture, Adobe's colour transform, and
    /// the colour transform of JPEG-LS.
    fn segment(&mut self, marker: u8, whole: Range<usize>, content: &[u8]) {
        let is_jfif = marker == 0xE0 && content.starts_with(b"JFIF\0") && content.len() >= 14;
        let is_adobe = marker == 0xEE && content.starts_with(b"Adobe") && content.len() >= 12;
        let is_transform = marker == 0xE8 && content.starts_with(b"mrfx") && content.len() == 5;
        let longest = if is_jfif { 14 } else { 12 };
        match marker {
            0xE0 | 0xEE if (is_jfif || is_adobe) && content.len() > longest => {
                let mut short = content.get(..longest).unwrap_or_default().to_vec();
                if let Some(size) = short.get_mut(12..14) {
                    size.fill(0);
                }
                let length = if is_jfif { 16 } else { 14 };
                let mut segment = vec![0xFF, marker, 0, length];
                segment.extend(short);
                self.all.push(Part::New(segment));
                self.changed = true;
            }
            0xE0 | 0xEE if is_jfif || is_adobe => self.keep(whole),
            0xE8 if is_transform => self.keep(whole),
            0xE0..=0xEF | COMMENT => self.changed = true,
            _ => self.keep(whole),
        }
    }
}

/// Where the next marker stands; of several bytes of FF the last one begins it.
fn next_marker(stream: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match stream.get(at..at.checked_add(2)?)? {
            [0xFF, 0x00 | 0xFF] => at += 1,
            [0xFF, _] => return Some(at),
            _ => at += 1,
        }
    }
}

/// Where the coded data ends that begins at `at`: at a marker that is no restart. After FF, coded data has a byte below 80
/// (JPEG: 00).
fn end_of_scan(stream: &[u8], mut at: usize) -> usize {
    loop {
        let rest = stream.get(at..).unwrap_or_default();
        let Some(next) = rest.iter().position(|byte| *byte == 0xFF) else {
            return stream.len();
        };
        at += next;
        match stream.get(at + 1) {
            None => return stream.len(),
            Some(0x80..=0xCF | 0xD8..=0xFE) => return at,
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(stream: &[u8]) -> Option<Vec<u8>> {
        let parts = parts(stream)?;
        let bytes = parts.into_iter().flat_map(|part| match part {
            Part::Kept(range) => stream[range].to_vec(),
            Part::New(bytes) => bytes,
        });
        Some(bytes.collect())
    }

    const SCAN: &[u8] = b"\xFF\xDA\0\x04\x01\0abc\xFF\0\xFF\xD0de\xFF\x7F";

    #[test]
    fn words_go_wherever_they_stand_and_scans_stay() {
        let clean = [
            b"\xFF\xD8\xFF\xDB\0\x04xy" as &[u8],
            SCAN,
            SCAN,
            b"\xFF\xD9",
        ]
        .concat();
        assert_eq!(joined(&clean), None);
        let comment = b"\xFF\xFE\0\x06Name" as &[u8];
        let exif = b"\xFF\xE1\0\x0AExif\0\0AB" as &[u8];
        let dirty = [
            b"\xFF\xD8" as &[u8],
            exif,
            b"\xFF\xDB\0\x04xy",
            comment,
            SCAN,
            comment,
            SCAN,
            comment,
            b"\xFF\xD9Doe^John",
        ];
        assert_eq!(joined(&dirty.concat()).as_deref(), Some(clean.as_slice()));
        let padded = [clean.as_slice(), b"\0"].concat();
        assert_eq!(joined(&padded), None);
    }

    #[test]
    fn jfif_loses_its_picture_and_colour_transforms_stay() {
        let adobe = b"\xFF\xEE\0\x0EAdobe\0d\0\0\0\0\x01" as &[u8];
        let jfif = |x: u8, y: u8, more: &[u8]| {
            let length = [0, u8::try_from(16 + more.len()).unwrap()];
            let head = b"JFIF\0\x01\x01\0\0\x01\0\x01";
            [b"\xFF\xE0" as &[u8], &length, head, &[x, y], more].concat()
        };
        let file = |jfif: Vec<u8>| [b"\xFF\xD8" as &[u8], &jfif, adobe, SCAN, b"\xFF\xD9"].concat();
        let clean = file(jfif(0, 0, b""));
        assert_eq!(joined(&clean), None);
        assert_eq!(joined(&file(jfif(1, 1, b"RGB"))), Some(clean));
        let transform = b"\xFF\xD8\xFF\xE8\0\x07mrfx\x01\xFF\xD9";
        assert_eq!(joined(transform), None);
        assert_eq!(
            joined(b"\xFF\xD8\xFF\xE8\0\x08SPIFF\0\xFF\xD9").as_deref(),
            Some(b"\xFF\xD8\xFF\xD9" as &[u8])
        );
    }

    #[test]
    fn a_cut_stream_keeps_what_it_has_and_loses_half_a_comment() {
        assert_eq!(joined(b"\xFF\xD8\xFF\xDA\0\x04\x01\0abc"), None);
        assert_eq!(
            joined(b"\xFF\xD8\xFF\xFE\0\x40Na").as_deref(),
            Some(b"\xFF\xD8" as &[u8])
        );
        for length in 0..30 {
            let whole = b"\xFF\xD8\xFF\xE1\0\x08Exif\0\0\xFF\xDA\0\x04\x01\0ab\xFF\xD9xy";
            let cut = &whole[..length.min(whole.len())];
            if cut.len() >= 2 {
                let _ = joined(cut);
            }
        }
    }
}
