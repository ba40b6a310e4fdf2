//! Which rectangles of a profile are meant for a file.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek};

use super::error::PixelError;
use crate::dicom::dataset::element::{Layout, Tag};
use crate::dicom::dataset::text::CharacterSet;
use crate::dicom::dataset::walk::Visitor;
use crate::dicom::deidentify::profile::{Blackened, Rectangle};
use crate::dicom::scan::header::visit_in;

const SERIES: Tag = Tag(0x0020, 0x000E);
const MODALITY: Tag = Tag(0x0008, 0x0060);
const MANUFACTURER: Tag = Tag(0x0008, 0x0070);
const MODEL: Tag = Tag(0x0008, 0x1090);
const CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);

/// The rectangles of those that fit a file of `size` bytes, which is read as far as its header.
///
/// # Errors
/// A file that cannot be read.
pub fn rectangles_for<R: Read + Seek>(
    blackened: &[Blackened],
    file: R,
    size: u64,
) -> Result<Vec<Rectangle>, PixelError> {
    if blackened.is_empty() {
        return Ok(Vec::new());
    }
    let mut about = About::default();
    let form = visit_in(BufReader::new(file), size, &mut about)?;
    let fitting = blackened.iter().filter(|one| about.fits(one, form.layout));
    Ok(fitting
        .flat_map(|one| one.rectangles.iter().copied())
        .collect())
}

#[derive(Default)]
struct About(HashMap<Tag, Vec<u8>>);

impl Visitor for About {
    fn wants(&self, tag: Tag) -> bool {
        let wanted = [
            SERIES,
            MODALITY,
            MANUFACTURER,
            MODEL,
            CHARACTER_SET,
            ROWS,
            COLUMNS,
        ];
        wanted.contains(&tag)
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        self.0.entry(tag).or_insert(value);
    }
}

impl About {
    fn bytes(&self, tag: Tag) -> &[u8] {
        self.0.get(&tag).map(Vec::as_slice).unwrap_or_default()
    }

    fn fits(&self, one: &Blackened, layout: Layout) -> bool {
        let set = CharacterSet::parse(self.bytes(CHARACTER_SET));
        let says = |tag, text: &str| {
            let has = set.decode(self.bytes(tag));
            text.is_empty() || has.trim_matches(['\0', ' ']) == text.trim()
        };
        let number = |tag, wanted: Option<u32>| {
            let has = self
                .bytes(tag)
                .first_chunk()
                .map(|two| u32::from(layout.u16(*two)));
            wanted.is_none_or(|wanted| has == Some(wanted))
        };
        says(SERIES, &one.series)
            && says(MODALITY, &one.modality)
            && says(MANUFACTURER, &one.manufacturer)
            && says(MODEL, &one.model)
            && number(ROWS, one.rows)
            && number(COLUMNS, one.columns)
    }
}
