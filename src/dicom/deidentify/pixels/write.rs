//! The result: the file without what must not stay, or with its pixels unpacked.

use std::io::Read;
use std::ops::Range;

use super::error::PixelError;
use super::layout::{Span, Top, spans};
use super::{ICON, PIXEL_DATA, Work};
use crate::dicom::dataset::element::{Layout, Tag, is_long};
use crate::dicom::deidentify::replace::LARGEST;
use crate::dicom::image::pixel_description::Samples;
use crate::dicom::scan::header::Form;

pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const META_LENGTH: Tag = Tag(0x0002, 0x0000);
const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);
const LOSSY: Tag = Tag(0x0028, 0x2110);

/// What must not stay beside unpacked pixels: lengths of groups that change, offset tables of the fragments (PS3.3,
/// C.7.6.3), and the small picture.
pub(super) fn goes(tag: Tag) -> bool {
    const GO: [Tag; 6] = [
        Tag(0x0028, 0x0000),
        Tag(0x7FE0, 0x0000),
        Tag(0x7FE0, 0x0001),
        Tag(0x7FE0, 0x0002),
        Tag(0x7FE0, 0x0003),
        Tag(0x7FE0, 0x0004),
    ];
    GO.contains(&tag) || goes_with_icon(tag)
}

/// The small picture, and the length of its group.
pub(super) fn goes_with_icon(tag: Tag) -> bool {
    tag == ICON || tag == Tag(ICON.0, 0)
}

/// A deflated file as it would be without that.
pub(super) fn inflated(file: &[u8], form: Form) -> Result<Vec<u8>, PixelError> {
    let offset = usize::try_from(form.offset).map_err(|_| PixelError::TooLarge)?;
    let (head, body) = file.split_at_checked(offset).ok_or(PixelError::Damaged)?;
    let mut plain = with_syntax(head, EXPLICIT)?;
    let start = plain.len() as u64;
    flate2::read::DeflateDecoder::new(body)
        .take(LARGEST + 1)
        .read_to_end(&mut plain)
        .map_err(|_| PixelError::Damaged)?;
    match plain.len() as u64 - start > LARGEST {
        true => Err(PixelError::TooLarge),
        false => Ok(plain),
    }
}

/// The file without its small picture, and where its pixels stand then.
pub(super) fn without_icon(file: &[u8], top: &Top) -> Result<(Vec<u8>, Range<usize>), PixelError> {
    let mut out = Vec::with_capacity(file.len());
    let mut done = 0;
    let mut pixels = None;
    for span in &top.spans {
        let kept = file
            .get(done..span.whole.start)
            .ok_or(PixelError::Damaged)?;
        out.extend_from_slice(kept);
        done = span.whole.start;
        if goes_with_icon(span.tag) {
            done = span.whole.end;
        } else if span.tag == PIXEL_DATA {
            let start = out.len() + (span.value.start - span.whole.start);
            pixels = Some(start..start + span.value.len());
        }
    }
    out.extend_from_slice(file.get(done..).unwrap_or_default());
    Ok((out, pixels.ok_or(PixelError::Damaged)?))
}

/// The file with these pixels in place of the packed ones.
pub(super) fn unpacked(
    work: &Work<'_>,
    samples: &Samples,
    pixels: Vec<u8>,
    is_lossy: bool,
) -> Result<Vec<u8>, PixelError> {
    let (head, _) = work
        .file
        .split_at_checked(work.top.offset)
        .ok_or(PixelError::Damaged)?;
    let mut out = with_syntax(head, EXPLICIT)?;
    out.reserve(pixels.len().saturating_add(64 * 1024));
    let mut new = changed(samples, is_lossy && !work.top.has(LOSSY));
    new.push((PIXEL_DATA, pixel_vr(samples), pixels));
    // Descending, so that the next one stands at the end.
    new.sort_by_key(|(tag, ..)| std::cmp::Reverse(*tag));
    for span in &work.top.spans {
        while let Some((tag, vr, value)) = new.pop_if(|(tag, ..)| *tag <= span.tag) {
            put(&mut out, tag, vr, &value)?;
            if tag == span.tag {
                break;
            }
        }
        if !goes(span.tag) && !is_changed(span, samples, work) {
            let kept = work
                .file
                .get(span.whole.clone())
                .ok_or(PixelError::Damaged)?;
            out.extend_from_slice(kept);
        }
    }
    while let Some((tag, vr, value)) = new.pop() {
        put(&mut out, tag, vr, &value)?;
    }
    Ok(out)
}

fn is_changed(span: &Span, samples: &Samples, work: &Work<'_>) -> bool {
    span.tag == PIXEL_DATA
        || changed(samples, !work.top.has(LOSSY))
            .iter()
            .any(|(tag, ..)| *tag == span.tag)
}

/// The attributes that describe the pixels otherwise than before.
pub(super) fn changed(samples: &Samples, add_lossy: bool) -> Vec<(Tag, [u8; 2], Vec<u8>)> {
    let mut new = Vec::new();
    if samples.count == 3 {
        let interpretation = samples.interpretation.clone().into_bytes();
        new.push((Tag(0x0028, 0x0004), *b"CS", interpretation));
        new.push((Tag(0x0028, 0x0006), *b"US", vec![0, 0]));
    }
    if add_lossy {
        new.push((LOSSY, *b"CS", b"01".to_vec()));
    }
    new
}

fn pixel_vr(samples: &Samples) -> [u8; 2] {
    if samples.allocated > 8 {
        *b"OW"
    } else {
        *b"OB"
    }
}

/// File meta information with another transfer syntax, and what stands before it.
fn with_syntax(head: &[u8], syntax: &str) -> Result<Vec<u8>, PixelError> {
    let start = match head {
        _ if head.get(128..132) == Some(b"DICM") => 132,
        _ if head.starts_with(b"DICM") => 4,
        _ => 0,
    };
    let meta = head.get(start..).unwrap_or_default();
    let mut group = Vec::new();
    let (mut has_length, mut has_syntax) = (false, false);
    for span in spans(meta, Layout::EXPLICIT, 0)? {
        match span.tag {
            META_LENGTH => has_length = true,
            TRANSFER_SYNTAX => {
                has_syntax = true;
                put(&mut group, TRANSFER_SYNTAX, *b"UI", syntax.as_bytes())?;
            }
            _ => group.extend_from_slice(meta.get(span.whole).unwrap_or_default()),
        }
    }
    if !has_syntax {
        return Err(PixelError::Damaged);
    }
    let mut out = head.get(..start).unwrap_or_default().to_vec();
    if has_length {
        let length = u32::try_from(group.len()).map_err(|_| PixelError::TooLarge)?;
        put(&mut out, META_LENGTH, *b"UL", &length.to_le_bytes())?;
    }
    out.extend_from_slice(&group);
    Ok(out)
}

/// Writes an element, explicit and little-endian, padded to an even length.
fn put(out: &mut Vec<u8>, tag: Tag, vr: [u8; 2], value: &[u8]) -> Result<(), PixelError> {
    let length = value.len() + value.len() % 2;
    out.extend_from_slice(&tag.0.to_le_bytes());
    out.extend_from_slice(&tag.1.to_le_bytes());
    out.extend_from_slice(&vr);
    let too_large = |_| PixelError::TooLarge;
    if is_long(vr) {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&u32::try_from(length).map_err(too_large)?.to_le_bytes());
    } else {
        out.extend_from_slice(&u16::try_from(length).map_err(too_large)?.to_le_bytes());
    }
    out.extend_from_slice(value);
    if length > value.len() {
        out.push(if vr == *b"CS" { b' ' } else { 0 });
    }
    Ok(())
}
