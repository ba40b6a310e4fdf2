//! The elements of a file's top level, and where each stands.

use std::ops::Range;

use super::PIXEL_DATA;
use super::error::PixelError;
use crate::dicom::dataset::cursor::{Step, Steps};
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::image::pixel_description::Samples;
use crate::dicom::scan::header::Form;

/// An element of the top level; places are in bytes from the file's beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) tag: Tag,
    pub(super) vr: Option<[u8; 2]>,
    pub(super) whole: Range<usize>,
    /// Where its value stands; of a sequence all behind its beginning.
    pub(super) value: Range<usize>,
}

/// The top level of a data set.
pub(super) struct Top {
    pub(super) spans: Vec<Span>,
    pub(super) layout: Layout,
    /// Where the data set begins, in bytes.
    pub(super) offset: usize,
}

impl Top {
    pub(super) fn of(file: &[u8], form: Form) -> Result<Self, PixelError> {
        let offset = usize::try_from(form.offset).map_err(|_| PixelError::TooLarge)?;
        let data = file.get(offset..).unwrap_or_default();
        let spans = spans(data, form.layout, offset)?;
        Ok(Top {
            spans,
            layout: form.layout,
            offset,
        })
    }

    pub(super) fn find(&self, tag: Tag) -> Option<&Span> {
        self.spans.iter().find(|span| span.tag == tag)
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.find(tag).is_some()
    }

    /// Float and Double Float Pixel Data.
    pub(super) fn has_other_pixels(&self) -> bool {
        self.has(Tag(0x7FE0, 0x0008)) || self.has(Tag(0x7FE0, 0x0009))
    }

    /// Where the pixels stand that are not packed.
    pub(super) fn pixels(&self) -> Result<Range<usize>, PixelError> {
        let mut all = self.spans.iter().filter(|span| span.tag == PIXEL_DATA);
        match (all.next(), all.next()) {
            (Some(span), None) => Ok(span.value.clone()),
            _ => Err(PixelError::Damaged),
        }
    }

    /// Bytes as OW in a big-endian file stand in words of two (PS3.5, 8.1.1 and annex D).
    pub(super) fn are_swapped_bytes(&self, samples: &Samples) -> bool {
        let vr = self.find(PIXEL_DATA).and_then(|span| span.vr);
        self.layout.big_endian && samples.allocated <= 8 && vr == Some(*b"OW")
    }
}

/// The elements of a data set's top level, `offset` bytes behind the beginning of the file.
pub(super) fn spans(data: &[u8], layout: Layout, offset: usize) -> Result<Vec<Span>, PixelError> {
    let mut steps = Steps::new(data, layout);
    let mut spans: Vec<Span> = Vec::new();
    let shifted = |range: Range<usize>| range.start + offset..range.end + offset;
    while let Some(step) = steps.next()? {
        match step {
            Step::Element(element) if steps.depth() == 0 => spans.push(Span {
                tag: element.tag,
                vr: element.vr,
                whole: shifted(element.whole()),
                value: shifted(element.value),
            }),
            Step::Open(opened) if steps.depth() == 1 => spans.push(Span {
                tag: opened.tag,
                vr: opened.vr,
                value: shifted(opened.header.end..opened.header.end),
                whole: shifted(opened.header),
            }),
            Step::Close(end) if steps.depth() == 0 => {
                if let Some(span) = spans.last_mut() {
                    span.whole.end = end.end + offset;
                    span.value.end = end.end + offset;
                }
            }
            Step::Element(_) | Step::Open(_) | Step::Close(_) => {}
        }
    }
    Ok(spans)
}
