//! What a person has to know of an image before rectangles are drawn on it, read from its header.

use std::path::Path;

use super::burned_in::{Risk, Signs};
use crate::dicom::catalogue::SkipReason;
use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::walk::Visitor;
use crate::dicom::scan::header::visit;

const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);

/// An image's header at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Glance {
    /// Why its picture may show whose it is.
    pub risk: Option<Risk>,
    /// Pixels a row; 0 where there is no picture.
    pub columns: u32,
    /// Rows; 0 where there is no picture.
    pub rows: u32,
}

/// Reads a file's header.
///
/// # Errors
/// Why it cannot be read.
pub fn glance(path: &Path) -> Result<Glance, SkipReason> {
    let mut seen = Seen::default();
    let form = visit(path, &mut seen)?;
    let number = |bytes: &[u8]| {
        let number = bytes.first_chunk().map(|two| form.layout.u16(*two));
        number.map(u32::from).unwrap_or_default()
    };
    Ok(Glance {
        risk: seen.signs.judge(),
        columns: number(&seen.columns),
        rows: number(&seen.rows),
    })
}

#[derive(Default)]
struct Seen {
    signs: Signs,
    rows: Vec<u8>,
    columns: Vec<u8>,
}

impl Visitor for Seen {
    fn wants(&self, tag: Tag) -> bool {
        tag == COLUMNS || self.signs.wants(tag)
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        match tag {
            COLUMNS => self.columns = value,
            ROWS => {
                self.rows.clone_from(&value);
                self.signs.take(tag, value);
            }
            _ => self.signs.take(tag, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::sample::write_sample_study;

    #[test]
    fn a_slice_has_its_size_and_no_risk() {
        let folder = tempfile::tempdir().unwrap();
        let files = write_sample_study(folder.path()).unwrap();
        let seen = glance(&files[0]).unwrap();
        assert!(seen.rows > 0 && seen.columns > 0, "{seen:?}");
        assert_eq!(seen.risk, None);
        assert!(glance(&folder.path().join("missing")).is_err());
    }
}
