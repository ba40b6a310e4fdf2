//! What a packed picture says of itself, before a decoder believes it: JPEG (ISO 10918-1, annex B), JPEG-LS and JPEG 2000
//! (ISO 15444-1, annex A).

/// The beginning of a packed picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) struct Told {
    pub(in crate::dicom) width: u64,
    pub(in crate::dicom) height: u64,
    pub(in crate::dicom) components: u16,
    /// Bits a sample.
    pub(in crate::dicom) bits: u16,
    /// Whether every colour has a sample for each pixel.
    pub(in crate::dicom) is_full: bool,
    pub(in crate::dicom) kind: Kind,
}

/// What becomes of colours in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) enum Kind {
    /// JPEG that loses something; the decoder makes RGB of it.
    Jpeg,
    /// Lossless JPEG; the decoder leaves colours as they are.
    LosslessJpeg,
    /// JPEG-LS, lossless or nearly; its colours stay as they are.
    JpegLs,
    /// JPEG 2000.
    Jpeg2000 {
        /// Whether the decoder turns its colours into RGB.
        transformed: bool,
        /// Whether its transform loses nothing.
        reversible: bool,
    },
}

impl Told {
    /// Reads a stream's beginning; `None` for anything else.
    pub(in crate::dicom) fn by(stream: &[u8]) -> Option<Told> {
        match stream.get(..4)? {
            [0xFF, 0x4F, 0xFF, 0x51] => jpeg_2000(stream),
            [0xFF, 0xD8, ..] => jpeg(stream),
            // A file of JPEG 2000, with the stream somewhere behind its beginning.
            [0, 0, 0, 12] if stream.get(4..8) == Some(b"jP  ") => {
                let start = stream
                    .windows(4)
                    .position(|four| four == [0xFF, 0x4F, 0xFF, 0x51])?;
                jpeg_2000(stream.get(start..)?)
            }
            _ => None,
        }
    }
}

fn be16(stream: &[u8], at: usize) -> Option<u16> {
    let bytes = stream.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn be32(stream: &[u8], at: usize) -> Option<u64> {
    let bytes = stream.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?).into())
}

/// SIZ: the size, and where the picture begins in it; COD: how it is transformed.
fn jpeg_2000(stream: &[u8]) -> Option<Told> {
    let width = be32(stream, 8)?.saturating_sub(be32(stream, 16)?);
    let height = be32(stream, 12)?.saturating_sub(be32(stream, 20)?);
    let components = be16(stream, 40).unwrap_or(0);
    let each = stream
        .get(42..42 + usize::from(components) * 3)
        .unwrap_or_default();
    let is_full = each.chunks_exact(3).all(|one| matches!(one, [_, 1, 1]));
    let bits = each.first().map_or(0, |depth| u16::from(depth & 0x7F) + 1);
    let (mut transformed, mut reversible) = (false, false);
    let mut at = 2;
    while let Some([0xFF, marker]) = stream.get(at..at + 2) {
        match marker {
            // Start of a tile: the main header is over.
            0x90 => break,
            0x52 => {
                transformed = stream.get(at + 8) == Some(&1);
                reversible = stream.get(at + 13) == Some(&1);
                break;
            }
            _ => at += 2 + usize::from(be16(stream, at + 2).filter(|length| *length >= 2)?),
        }
    }
    Some(Told {
        width,
        height,
        components,
        bits,
        is_full,
        kind: Kind::Jpeg2000 {
            transformed,
            reversible,
        },
    })
}

/// Up to the frame header: lines and samples a line.
fn jpeg(stream: &[u8]) -> Option<Told> {
    segments(stream).find_map(|Segment { marker, at }| {
        if !is_frame(marker) {
            return None;
        }
        Some(Told {
            height: be16(stream, at + 5)?.into(),
            width: be16(stream, at + 7)?.into(),
            components: stream.get(at + 9).copied().unwrap_or(0).into(),
            bits: stream.get(at + 4).copied().unwrap_or(0).into(),
            is_full: true,
            kind: match marker {
                0xC3 | 0xC7 | 0xCB | 0xCF => Kind::LosslessJpeg,
                0xF7 => Kind::JpegLs,
                _ => Kind::Jpeg,
            },
        })
    })
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7)
}

struct Segment {
    marker: u8,
    /// Where its marker stands.
    at: usize,
}

/// The marker segments of a JPEG stream, those between its scans included.
fn segments(stream: &[u8]) -> impl Iterator<Item = Segment> + '_ {
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            let marker = *stream.get(at + 1)?;
            match (*stream.get(at)?, marker) {
                (0xFF, 0xFF) => at += 1,
                // Data of a scan, a byte of it that looks like a marker, and marks within it.
                (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
                (0xFF, 0xD9) => return None,
                (0xFF, _) => {
                    let segment = Segment { marker, at };
                    at += 2 + usize::from(be16(stream, at + 2).filter(|length| *length >= 2)?);
                    return Some(segment);
                }
                _ => at += 1,
            }
        }
    })
}

/// Names the colours of a JPEG stream R, G and B where nothing in it says that they are another colour space: the decoder
/// takes colours with other names for YCbCr. For images whose header says RGB.
pub(in crate::dicom) fn call_it_rgb(stream: &mut [u8]) {
    let (mut names, mut places) = (None, Vec::new());
    for Segment { marker, at } in segments(stream) {
        let is = |from: usize, bytes: &[u8]| {
            stream.get(at + from..at + from + bytes.len()) == Some(bytes)
        };
        match marker {
            0xE0 if is(4, b"JFIF\0") => return,
            0xEE if is(4, b"Adobe") && is_transformed(stream, at) => return,
            marker if is_frame(marker) => {
                let Some([3, one, _, _, two, _, _, three]) = stream.get(at + 9..at + 17) else {
                    return;
                };
                names = Some([*one, *two, *three]);
                places.extend((0..3).map(|number| at + 10 + 3 * number));
            }
            0xDA => {
                let colours = usize::from(stream.get(at + 4).copied().unwrap_or(0));
                places.extend((0..colours.min(4)).map(|number| at + 5 + 2 * number));
            }
            _ => {}
        }
    }
    for place in places {
        let Some(name) = stream.get_mut(place) else {
            continue;
        };
        let number = names.and_then(|names| names.iter().position(|one| one == name));
        if let Some(new) = number.and_then(|number| b"RGB".get(number)) {
            *name = *new;
        }
    }
}

/// Whether Adobe's segment says that colours are not RGB; one that is too short says nothing.
fn is_transformed(stream: &[u8], at: usize) -> bool {
    let is_whole = be16(stream, at + 2).is_some_and(|length| length >= 14);
    is_whole && stream.get(at + 15) != Some(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_stream_that_claims_a_huge_picture_is_seen_through() {
        let pixels = |stream: &[u8]| Told::by(stream).map(|told| told.width * told.height);
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x04ab\xFF\xC0\0\x11\x08\xFF\xFF\xFF\xFE\x03";
        assert_eq!(pixels(jpeg), Some(65_535 * 65_534));
        let mut jpeg2000 = b"\xFF\x4F\xFF\x51\0\x29\0\0".to_vec();
        for side in [70_000u32, 60_000, 0, 0] {
            jpeg2000.extend(side.to_be_bytes());
        }
        assert_eq!(pixels(&jpeg2000), Some(70_000 * 60_000));
        assert_eq!(pixels(b"\xFF\xD8\xFF"), None);
        assert_eq!(pixels(b""), None);
    }

    #[test]
    fn colours_are_called_rgb_unless_the_stream_says_what_they_are() {
        let frame = b"\xFF\xC0\0\x11\x08\0\x01\0\x01\x03\x01\x11\0\x02\x11\0\x03\x11\0";
        let scan = b"\xFF\xDA\0\x0C\x03\x01\0\x02\0\x03\0\0\x3F\0\x12\xFF\0\x34\xFF\xD9";
        let mut plain = [&b"\xFF\xD8"[..], frame, scan].concat();
        call_it_rgb(&mut plain);
        assert_eq!((plain[12], plain[15], plain[18]), (b'R', b'G', b'B'));
        assert_eq!((plain[26], plain[28], plain[30]), (b'R', b'G', b'B'));
        let jfif = [&b"\xFF\xD8\xFF\xE0\0\x07JFIF\0"[..], frame, scan].concat();
        let mut same = jfif.clone();
        call_it_rgb(&mut same);
        assert_eq!(same, jfif);
        let adobe = |rest: &[u8]| {
            let length = u8::try_from(7 + rest.len()).unwrap();
            let head = [0xFF, 0xD8, 0xFF, 0xEE, 0, length];
            [&head[..], b"Adobe", rest, frame, scan].concat()
        };
        let is_left = |mut stream: Vec<u8>| {
            let before = stream.clone();
            call_it_rgb(&mut stream);
            stream == before
        };
        assert!(is_left(adobe(&[0, 0, 0, 0, 0, 0, 1])));
        assert!(!is_left(adobe(&[0, 0, 0, 0, 0, 0, 0])));
        assert!(!is_left(adobe(&[0; 5])), "it ends before it says anything");
    }
}
