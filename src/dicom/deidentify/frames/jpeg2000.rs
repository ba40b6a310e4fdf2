//! JPEG 2000 and HTJ2K code streams without comments (ITU-T T.800, annex A), and files of boxes (annex I) without anything
//! but their code stream. JPEG XL's boxes are like those.

use std::ops::Range;

use super::jpeg::Part;

const COMMENT: u8 = 0x64;
const TILE_PART: u8 = 0x90;
const TILE_DATA: u8 = 0x93;
const END: u8 = 0xD9;

/// The boxes of a file in front of whose code stream colours are looked up cannot be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HasPalette;

/// What stays of a code stream that stands at `place` of `file`; `None` where that is all of it.
pub(super) fn parts(file: &[u8], place: Range<usize>) -> Option<Vec<Part>> {
    let stream = file.get(..place.end).unwrap_or_default();
    let mut parts = Parts::default();
    parts.keep(place.start..place.start + 2);
    let mut at = place.start + 2;
    // The main header.
    loop {
        match segment(stream, at) {
            Some((TILE_PART, _)) => break,
            Some((COMMENT, end)) => {
                parts.changed = true;
                at = end;
            }
            Some((_, end)) => {
                parts.keep(at..end);
                at = end;
            }
            None => {
                parts.keep(at..stream.len());
                return parts.changed.then_some(parts.all);
            }
        }
    }
    while let Some((TILE_PART, header_end)) = segment(stream, at) {
        let length = stream.get(at + 6..).and_then(<[u8]>::first_chunk);
        let length = length.map_or(0, |four| u32::from_be_bytes(*four));
        let end = match usize::try_from(length) {
            Ok(length @ 14..) => at.saturating_add(length).min(stream.len()),
            _ => last_end(stream, at),
        };
        parts.keep(at..header_end.min(end));
        parts.tile_part(stream, header_end..end);
        at = end;
    }
    if stream.get(at..at + 2) == Some(&[0xFF, END]) {
        parts.keep(at..at + 2);
        at += 2;
    }
    let rest = stream.get(at..).unwrap_or_default();
    parts.changed |= rest.iter().any(|byte| *byte != 0);
    parts.changed.then_some(parts.all)
}

/// The marker at `at` and where its segment ends; `None` where there is none.
fn segment(stream: &[u8], at: usize) -> Option<(u8, usize)> {
    let [0xFF, marker] = *stream.get(at..)?.first_chunk()? else {
        return None;
    };
    if matches!(marker, 0x30..=0x3F | TILE_DATA | END | 0x92) {
        return Some((marker, at + 2));
    }
    let length = stream.get(at + 2..)?.first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let end = at + 2 + length;
    (length >= 2 && end <= stream.len()).then_some((marker, end))
}

/// Where the end of the code stream stands that comes last.
fn last_end(stream: &[u8], at: usize) -> usize {
    let rest = stream.get(at..).unwrap_or_default();
    let found = rest.windows(2).rposition(|pair| pair == [0xFF, END]);
    found.map_or(stream.len(), |found| at + found)
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

    /// A tile-part behind its first segment. Its length is written elsewhere too, so that a comment keeps its length and
    /// loses its content.
    fn tile_part(&mut self, stream: &[u8], place: Range<usize>) {
        let mut at = place.start;
        while let Some((marker, end)) = segment(stream, at)
            && marker != TILE_DATA
            && end <= place.end
        {
            let content = stream.get(at + 4..end).unwrap_or_default();
            if marker == COMMENT && content.iter().any(|byte| *byte != 0) {
                self.keep(at..at + 4);
                self.all.push(Part::New(vec![0; content.len()]));
                self.changed = true;
            } else {
                self.keep(at..end);
            }
            at = end;
        }
        self.keep(at..place.end);
    }
}

/// Of a JP2 file the first code stream, without comments.
///
/// # Errors
/// [`HasPalette`], and a file without a code stream.
pub(super) fn parts_of_file(file: &[u8]) -> Result<Vec<Part>, HasPalette> {
    let mut stream = None;
    for (kind, content) in boxes(file) {
        let header = file.get(content.clone()).unwrap_or_default();
        let looks_up = |kind: &[u8]| header.windows(4).any(|four| four == kind);
        if &kind == b"jp2h" && (looks_up(b"pclr") || looks_up(b"cmap")) {
            return Err(HasPalette);
        }
        if &kind == b"jp2c" && stream.is_none() {
            stream = Some(content);
        }
    }
    let stream = stream.ok_or(HasPalette)?;
    Ok(parts(file, stream.clone()).unwrap_or_else(|| vec![Part::Kept(stream)]))
}

/// Of a JPEG XL file its code stream and what leads to it; `None` where that is all of it.
pub(super) fn parts_of_xl(file: &[u8]) -> Option<Vec<Part>> {
    const STAY: [&[u8; 4]; 5] = [b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp"];
    let mut parts = Parts::default();
    let mut at = 0;
    for (kind, content) in boxes(file) {
        match STAY.contains(&&kind) {
            true => parts.keep(at..content.end),
            false => parts.changed = true,
        }
        at = content.end;
    }
    let rest = file.get(at..).unwrap_or_default();
    parts.changed |= rest.iter().any(|byte| *byte != 0);
    parts.changed.then_some(parts.all)
}

/// The boxes of a file: their kinds, and where their content stands.
fn boxes(file: &[u8]) -> Vec<([u8; 4], Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0usize;
    while let Some([l0, l1, l2, l3, k0, k1, k2, k3]) = file.get(at..).and_then(<[u8]>::first_chunk)
    {
        let kind = [*k0, *k1, *k2, *k3];
        let (header, length) = match u32::from_be_bytes([*l0, *l1, *l2, *l3]) {
            0 => (8, file.len() - at),
            1 => {
                let long = file.get(at + 8..).and_then(<[u8]>::first_chunk);
                let long = long.map_or(0, |eight| u64::from_be_bytes(*eight));
                (16, usize::try_from(long).unwrap_or(usize::MAX))
            }
            short => (8, usize::try_from(short).unwrap_or(usize::MAX)),
        };
        if length < header || kind == [0; 4] {
            break;
        }
        let end = at.saturating_add(length).min(file.len());
        found.push((kind, (at + header).min(end)..end));
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(stream: &[u8], parts: Vec<Part>) -> Vec<u8> {
        let bytes = parts.into_iter().flat_map(|part| match part {
            Part::Kept(range) => stream[range].to_vec(),
            Part::New(bytes) => bytes,
        });
        bytes.collect()
    }

    fn comment(text: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + text.len()).unwrap().to_be_bytes();
        [b"\xFF\x64" as &[u8], &length, b"\0\x01", text].concat()
    }

    fn tile_part(header: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(14 + header.len() + data.len()).unwrap();
        let start = [
            b"\xFF\x90\0\x0A\0\0" as &[u8],
            &length.to_be_bytes(),
            b"\0\x01",
        ]
        .concat();
        [&start, header, b"\xFF\x93", data].concat()
    }

    const HEAD: &[u8] = b"\xFF\x4F\xFF\x51\0\x04xy";

    #[test]
    fn comments_go_from_the_main_header_and_are_blank_in_tile_parts() {
        let body = [tile_part(b"", b"ab\xFF\x64\0\x04cd"), tile_part(b"", b"ef")].concat();
        let clean = [HEAD, &body, b"\xFF\xD9"].concat();
        assert_eq!(parts(&clean, 0..clean.len()), None);
        let name = comment(b"Doe^John");
        let tiled = [
            tile_part(&name, b"ab\xFF\x64\0\x04cd"),
            tile_part(b"", b"ef"),
        ]
        .concat();
        let blank = [b"\xFF\x64\0\x0C" as &[u8], &[0; 12 - 2]].concat();
        let expected = [
            HEAD,
            &tile_part(&blank, b"ab\xFF\x64\0\x04cd"),
            &tile_part(b"", b"ef"),
            b"\xFF\xD9",
        ]
        .concat();
        let dirty = [HEAD, &name, &tiled, b"\xFF\xD9Doe"].concat();
        let kept = parts(&dirty, 0..dirty.len()).unwrap();
        assert_eq!(joined(&dirty, kept), expected);
    }

    #[test]
    fn of_a_file_of_boxes_its_code_stream_stays() {
        let boxed = |kind: &[u8], content: &[u8]| {
            let length = u32::try_from(8 + content.len()).unwrap().to_be_bytes();
            [&length as &[u8], kind, content].concat()
        };
        let stream = [HEAD, &tile_part(b"", b"ab"), b"\xFF\xD9"].concat();
        let file = [
            boxed(b"jP  ", b"\r\n\x87\n"),
            boxed(b"xml ", b"Doe^John"),
            boxed(b"jp2c", &stream),
            boxed(b"uuid", b"Doe^John"),
        ]
        .concat();
        let kept = parts_of_file(&file).unwrap();
        assert_eq!(joined(&file, kept), stream);
        let palette = [boxed(b"jp2h", b"....pclr"), boxed(b"jp2c", &stream)].concat();
        assert_eq!(parts_of_file(&palette), Err(HasPalette));
        let xl = [
            boxed(b"JXL ", b"\r\n\x87\n"),
            boxed(b"Exif", b"Doe"),
            boxed(b"jxlc", b"ab"),
        ];
        let kept = parts_of_xl(&xl.concat()).unwrap();
        assert_eq!(
            joined(&xl.concat(), kept),
            [xl[0].clone(), xl[2].clone()].concat()
        );
        assert_eq!(parts_of_xl(&[xl[0].clone(), xl[2].clone()].concat()), None);
    }
}
