//! Makes studies for tests, byte by byte, so that they can be wrong on purpose.
//!
//! ```ignore
//! let files = StudyBuilder::new().patient("Öberg^Märta", "19510203-1234").series(2).images(5).write_to(dir);
//! ```

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use uuid::Uuid;

pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
pub const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
pub const RLE: &str = "1.2.840.10008.1.2.5";
pub const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
pub const DICOMDIR: &str = "1.2.840.10008.1.3.10";

/// One file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    pub size: u64,
    pub study: String,
    pub series: String,
    pub instance: String,
}

/// A study: one patient, some series of some images each. Every knob has a sensible value to begin with.
#[derive(Debug, Clone)]
pub struct StudyBuilder {
    name: String,
    id: String,
    modality: String,
    description: String,
    accession: String,
    date: String,
    study: String,
    series: u32,
    images: u32,
    rows: u16,
    columns: u16,
    frames: Option<u32>,
    photometric: String,
    character_set: Option<String>,
    transfer_syntax: String,
    sop_class: String,
    preamble: bool,
    meta: bool,
    left_out: Vec<(u16, u16)>,
    extra: Vec<Element>,
    fragments: Option<Vec<Vec<u8>>>,
    cut_to: Option<Cut>,
    padding: Vec<u8>,
    prefix: String,
}

#[derive(Debug, Clone, Copy)]
enum Cut {
    To(usize),
    Off(usize),
}

#[derive(Debug, Clone)]
struct Element {
    tag: (u16, u16),
    vr: [u8; 2],
    value: Vec<u8>,
}

/// A fresh UID under 2.25 (PS3.5, B.2).
pub fn new_uid() -> String {
    format!("2.25.{}", Uuid::new_v4().as_u128())
}

impl Default for StudyBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl AsRef<StudyBuilder> for StudyBuilder {
    fn as_ref(&self) -> &StudyBuilder {
        self
    }
}

impl StudyBuilder {
    pub fn new() -> Self {
        StudyBuilder {
            name: "Test^Person".into(),
            id: "P-1".into(),
            modality: "CT".into(),
            description: "Test study".into(),
            accession: "A-1".into(),
            date: "20261123".into(),
            study: new_uid(),
            series: 1,
            images: 1,
            rows: 16,
            columns: 16,
            frames: None,
            photometric: "MONOCHROME2".into(),
            character_set: Some("ISO_IR 192".into()),
            transfer_syntax: EXPLICIT.into(),
            sop_class: CT_IMAGE.into(),
            preamble: true,
            meta: true,
            left_out: Vec::new(),
            extra: Vec::new(),
            fragments: None,
            cut_to: None,
            padding: Vec::new(),
            prefix: "IM".into(),
        }
    }

    /// Name as DICOM writes it, and ID. The name is written in the character set that is chosen.
    pub fn patient(mut self, name: &str, id: &str) -> Self {
        (self.name, self.id) = (name.into(), id.into());
        self
    }

    pub fn modality(mut self, modality: &str) -> Self {
        self.modality = modality.into();
        self
    }

    pub fn description(mut self, description: &str) -> Self {
        self.description = description.into();
        self
    }

    pub fn accession(mut self, accession: &str) -> Self {
        self.accession = accession.into();
        self
    }

    /// As DICOM writes it, or otherwise.
    pub fn date(mut self, date: &str) -> Self {
        self.date = date.into();
        self
    }

    pub fn study_uid(mut self, uid: &str) -> Self {
        self.study = uid.into();
        self
    }

    pub fn series(mut self, series: u32) -> Self {
        self.series = series;
        self
    }

    /// A series.
    pub fn images(mut self, images: u32) -> Self {
        self.images = images;
        self
    }

    /// Columns and rows; each pixel has 16 bits.
    pub fn pixels(mut self, columns: u16, rows: u16) -> Self {
        (self.columns, self.rows) = (columns, rows);
        self
    }

    pub fn frames(mut self, frames: u32) -> Self {
        self.frames = Some(frames);
        self
    }

    pub fn photometric(mut self, interpretation: &str) -> Self {
        self.photometric = interpretation.into();
        self
    }

    /// Specific Character Set; knows ISO_IR 100, ISO_IR 192 and those that begin with ISO 2022 and have IR 87.
    pub fn character_set(mut self, term: &str) -> Self {
        self.character_set = Some(term.into());
        self
    }

    pub fn no_character_set(mut self) -> Self {
        self.character_set = None;
        self
    }

    /// Little-endian, big-endian and deflated are really written so; any other gets its pixels as one fragment a frame,
    /// which is not what a decoder expects.
    pub fn transfer_syntax(mut self, uid: &str) -> Self {
        self.transfer_syntax = uid.into();
        self
    }

    pub fn sop_class(mut self, uid: &str) -> Self {
        self.sop_class = uid.into();
        self
    }

    /// Neither preamble nor "DICM": begins with file meta information.
    pub fn no_preamble(mut self) -> Self {
        self.preamble = false;
        self
    }

    /// Nothing but a data set.
    pub fn no_meta(mut self) -> Self {
        (self.preamble, self.meta) = (false, false);
        self
    }

    pub fn without(mut self, tag: (u16, u16)) -> Self {
        self.left_out.push(tag);
        self
    }

    /// One more element, or another value for one; the value as it is to stand in the file.
    pub fn with(mut self, tag: (u16, u16), vr: &str, value: impl AsRef<[u8]>) -> Self {
        self.left_out.push(tag);
        self.extra.retain(|element| element.tag != tag);
        let vr = vr.as_bytes().try_into().expect("two letters");
        let value = value.as_ref().to_vec();
        self.extra.push(Element { tag, vr, value });
        self
    }

    /// Packed pixels: the offset table, and the fragments.
    pub fn fragments(mut self, table: &[u8], fragments: &[&[u8]]) -> Self {
        self.left_out.push((0x7FE0, 0x10));
        self.extra.retain(|element| element.tag != (0x7FE0, 0x10));
        let fragments = fragments.iter().map(|one| one.to_vec());
        self.fragments = Some([table.to_vec()].into_iter().chain(fragments).collect());
        self
    }

    /// The file ends after so many bytes.
    pub fn cut_to(mut self, bytes: usize) -> Self {
        self.cut_to = Some(Cut::To(bytes));
        self
    }

    /// So many bytes are missing at the end.
    pub fn cut_off(mut self, bytes: usize) -> Self {
        self.cut_to = Some(Cut::Off(bytes));
        self
    }

    /// Bytes behind the data set.
    pub fn padded(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.padding = bytes.as_ref().to_vec();
        self
    }

    /// What file names begin with.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Writes the files, none with an extension, and hands back what they are.
    pub fn write_to(&self, folder: impl AsRef<Path>) -> Vec<Written> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder).expect("a folder");
        let mut written = Vec::new();
        for series_number in 1..=self.series {
            let series = new_uid();
            for number in 1..=self.images {
                let instance = new_uid();
                let bytes = self.file(&series, &instance, series_number, number);
                let path = folder.join(format!("{}{series_number:02}{number:05}", self.prefix));
                fs::write(&path, &bytes).expect("a file");
                written.push(Written {
                    path,
                    size: bytes.len() as u64,
                    study: self.study.clone(),
                    series: series.clone(),
                    instance,
                });
            }
        }
        written
    }

    /// One file's bytes.
    pub fn file(&self, series: &str, instance: &str, series_number: u32, number: u32) -> Vec<u8> {
        let mut file = Vec::new();
        if self.preamble {
            file.extend([0; 128]);
            file.extend(b"DICM");
        }
        if self.meta {
            file.extend(self.meta_group(instance));
        }
        let data_set = self.data_set(series, instance, series_number, number);
        if self.transfer_syntax == DEFLATED {
            let mut packer = flate2::write::DeflateEncoder::new(file, flate2::Compression::fast());
            packer.write_all(&data_set).expect("memory");
            file = packer.finish().expect("memory");
        } else {
            file.extend(data_set);
        }
        file.extend(&self.padding);
        match self.cut_to {
            None => {}
            Some(Cut::To(length)) => file.truncate(length),
            Some(Cut::Off(length)) => file.truncate(file.len().saturating_sub(length)),
        }
        file
    }

    fn meta_group(&self, instance: &str) -> Vec<u8> {
        let mut group = Vec::new();
        let elements = [
            element((2, 1), "OB", [0, 1]),
            element((2, 2), "UI", &self.sop_class),
            element((2, 3), "UI", instance),
            element((2, 0x10), "UI", &self.transfer_syntax),
            element((2, 0x12), "UI", "2.25.104"),
        ];
        for element in elements {
            if !self.left_out.contains(&element.tag) {
                write(&mut group, &element, EXPLICIT);
            }
        }
        let length = u32::try_from(group.len()).expect("a small group");
        let mut meta = Vec::new();
        write(
            &mut meta,
            &element((2, 0), "UL", length.to_le_bytes()),
            EXPLICIT,
        );
        meta.extend(group);
        meta
    }

    fn data_set(&self, series: &str, instance: &str, series_number: u32, number: u32) -> Vec<u8> {
        let mut elements = vec![
            element((8, 0x08), "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
            element((8, 0x16), "UI", &self.sop_class),
            element((8, 0x18), "UI", instance),
            element((8, 0x20), "DA", &self.date),
            element((8, 0x30), "TM", "091400"),
            element((8, 0x50), "SH", &self.accession),
            element((8, 0x60), "CS", &self.modality),
            element((8, 0x80), "LO", "Main hospital"),
            element((8, 0x90), "PN", ""),
            element((8, 0x1030), "LO", self.encode(&self.description)),
            element((8, 0x103E), "LO", format!("Series {series_number}")),
            element((0x10, 0x10), "PN", self.encode(&self.name)),
            element((0x10, 0x20), "LO", &self.id),
            element((0x10, 0x30), "DA", "19510203"),
            element((0x10, 0x40), "CS", "F"),
            element((0x18, 0x15), "CS", "CHEST"),
            element((0x20, 0x0D), "UI", &self.study),
            element((0x20, 0x0E), "UI", series),
            element((0x20, 0x10), "SH", "1"),
            element((0x20, 0x11), "IS", series_number.to_string()),
            element((0x20, 0x13), "IS", number.to_string()),
            element((0x28, 0x04), "CS", &self.photometric),
            element((0x28, 0x1052), "DS", "-1024"),
            element((0x28, 0x1053), "DS", "1"),
        ];
        if let Some(term) = &self.character_set {
            elements.push(element((8, 0x05), "CS", term));
        }
        if let Some(frames) = self.frames {
            elements.push(element((0x28, 0x08), "IS", frames.to_string()));
        }
        let numbers = [
            (0x02, 1),
            (0x10, self.rows),
            (0x11, self.columns),
            (0x100, 16),
            (0x101, 12),
            (0x102, 11),
            (0x103, 0),
        ];
        for (tag, number) in numbers {
            elements.push(element((0x28, tag), "US", number.to_le_bytes()));
        }
        elements.push(element((0x7FE0, 0x10), "OW", self.pixel_bytes()));
        elements.retain(|element| !self.left_out.contains(&element.tag));
        elements.extend(self.extra.iter().cloned());
        elements.sort_by_key(|element| element.tag);
        let mut bytes = Vec::new();
        for element in elements {
            write(&mut bytes, &element, &self.transfer_syntax);
        }
        if let Some(fragments) = &self.fragments {
            bytes.extend(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
            for fragment in fragments {
                bytes.extend(item(fragment));
            }
            bytes.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
        }
        bytes
    }

    /// A ramp of 12-bit values from the first pixel to the last.
    fn pixel_bytes(&self) -> Vec<u8> {
        let count = u32::from(self.rows) * u32::from(self.columns);
        let frame = (0..count).flat_map(|at| {
            let value = u64::from(at) * 4095 / u64::from(count.saturating_sub(1).max(1));
            u16::try_from(value).expect("12 bits").to_le_bytes()
        });
        let frame: Vec<u8> = frame.collect();
        frame.repeat(self.frames.unwrap_or(1) as usize)
    }

    fn encode(&self, text: &str) -> Vec<u8> {
        let term = self.character_set.as_deref().unwrap_or_default();
        if term == "ISO_IR 100" {
            return encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        }
        if !term.contains("IR 87") {
            return text.as_bytes().to_vec();
        }
        // Back to ASCII before each delimiter, as PS3.5, 6.1.2.5.3 wants it.
        let pieces = text.split_inclusive(['^', '=']);
        let encode = |piece: &str| encoding_rs::ISO_2022_JP.encode(piece).0.into_owned();
        pieces
            .flat_map(|piece| match piece.strip_suffix(['^', '=']) {
                Some(inner) => [encode(inner), piece[inner.len()..].into()].concat(),
                None => encode(piece),
            })
            .collect()
    }
}

/// An item, or a fragment; one of an odd length is padded.
pub fn item(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    content.resize(content.len().next_multiple_of(2), 0);
    let length = u32::try_from(content.len()).expect("a small item");
    [b"\xFE\xFF\0\xE0", &length.to_le_bytes()[..], &content].concat()
}

/// An element as it stands in a sequence's item (Explicit VR Little Endian).
pub fn inner(tag: (u16, u16), vr: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, &element(tag, vr, value), EXPLICIT);
    bytes
}

fn element(tag: (u16, u16), vr: &str, value: impl AsRef<[u8]>) -> Element {
    let vr = vr.as_bytes().try_into().expect("two letters");
    let value = value.as_ref().to_vec();
    Element { tag, vr, value }
}

/// Appends an element as this transfer syntax has it. Values of an odd length are padded.
fn write(bytes: &mut Vec<u8>, element: &Element, transfer_syntax: &str) {
    let big = transfer_syntax == BIG_ENDIAN;
    let u16s = |value: u16| {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let u32s = |value: u32| {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let Element { tag, vr, value } = element;
    let mut value = value.clone();
    if value.len() % 2 == 1 {
        value.push(if matches!(vr, b"UI" | b"OB") { 0 } else { b' ' });
    }
    if big && matches!(vr, b"US" | b"OW") {
        value.chunks_exact_mut(2).for_each(<[u8]>::reverse);
    }
    bytes.extend(u16s(tag.0));
    bytes.extend(u16s(tag.1));
    let native = [IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN].contains(&transfer_syntax);
    if *tag == (0x7FE0, 0x10) && !native {
        bytes.extend(b"OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0");
        bytes.extend(u32s(u32::try_from(value.len()).expect("a small image")));
        bytes.extend(value);
        bytes.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
        return;
    }
    let length = u32::try_from(value.len()).expect("a small value");
    if transfer_syntax == IMPLICIT {
        bytes.extend(u32s(length));
    } else if matches!(vr, b"OB" | b"OD" | b"OF" | b"OW" | b"SQ" | b"UN" | b"UT") {
        bytes.extend(vr);
        bytes.extend([0, 0]);
        bytes.extend(u32s(length));
    } else {
        bytes.extend(vr);
        bytes.extend(u16s(u16::try_from(length).expect("a short value")));
    }
    bytes.extend(value);
}
