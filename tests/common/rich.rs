//! A file with some of everything that a tree of attributes shows, read as the worker would.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use studydrop::dicom::attributes::{self, Tree};

pub fn element(tag: (u16, u16), vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == b"UI" { 0 } else { b' ' });
    }
    let mut bytes = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    bytes.extend(vr);
    let length = u32::try_from(value.len()).expect("it is short");
    match vr {
        b"SQ" | b"UN" | b"OB" | b"OW" | b"UT" | b"UC" => {
            bytes.extend([0, 0]);
            bytes.extend(length.to_le_bytes());
        }
        _ => bytes.extend(u16::try_from(length).expect("it is short").to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

pub fn item(elements: &[Vec<u8>]) -> Vec<u8> {
    let content = elements.concat();
    let length = u32::try_from(content.len()).expect("it is short");
    [
        &[0xFE, 0xFF, 0x00, 0xE0][..],
        &length.to_le_bytes(),
        &content,
    ]
    .concat()
}

fn code(value: &str, meaning: &str) -> Vec<u8> {
    item(&[
        element((0x0008, 0x0100), b"SH", value.as_bytes()),
        element((0x0008, 0x0102), b"SH", b"SRT"),
        element((0x0008, 0x0104), b"LO", meaning.as_bytes()),
    ])
}

/// A CT image of the thorax, in Explicit VR Little Endian.
pub fn content(name: &str) -> Vec<u8> {
    let comment = "Patient was asked to hold the breath twice. ".repeat(12);
    let request = [
        element((0x0032, 0x1060), b"LO", b"CT thorax with contrast"),
        element(
            (0x0040, 0x0008),
            b"SQ",
            &code("P5-08000", "Thorax with contrast"),
        ),
        element((0x0040, 0x1001), b"SH", b"RP-2026-118"),
    ];
    let meta = [
        element((0x0002, 0x0002), b"UI", b"1.2.840.10008.5.1.4.1.1.2"),
        element((0x0002, 0x0010), b"UI", b"1.2.840.10008.1.2.1"),
    ];
    let data = [
        element((0x0008, 0x0005), b"CS", b"ISO_IR 192"),
        element((0x0008, 0x0008), b"CS", b"ORIGINAL\\PRIMARY\\AXIAL"),
        element((0x0008, 0x0016), b"UI", b"1.2.840.10008.5.1.4.1.1.2"),
        element((0x0008, 0x0018), b"UI", b"1.2.752.24.7.1928374"),
        element((0x0008, 0x0020), b"DA", b"20261123"),
        element((0x0008, 0x0030), b"TM", b"091405.25"),
        element((0x0008, 0x0060), b"CS", b"CT"),
        element((0x0008, 0x0070), b"LO", b"ACME Imaging"),
        element((0x0008, 0x0090), b"PN", "Läkare^Åke".as_bytes()),
        element(
            (0x0008, 0x2218),
            b"SQ",
            &[code("T-D3000", "Chest"), code("T-28000", "Lung")].concat(),
        ),
        element((0x0009, 0x0010), b"LO", b"ACME CT 01"),
        element((0x0009, 0x1001), b"LO", b"recon kernel B60"),
        element((0x0009, 0x1002), b"UN", &[7; 40]),
        element((0x0010, 0x0010), b"PN", name.as_bytes()),
        element((0x0010, 0x0020), b"LO", b"19510203-1234"),
        element((0x0010, 0x1010), b"AS", b"075Y"),
        element((0x0010, 0x4000), b"LT", comment.as_bytes()),
        element((0x0018, 0x0050), b"DS", b"1.25"),
        element((0x0018, 0x0060), b"DS", b"120"),
        element((0x0020, 0x0013), b"IS", b"94"),
        element((0x0020, 0x0032), b"DS", b"-170.5\\-170.5\\-312.75"),
        element((0x0028, 0x0010), b"US", &512_u16.to_le_bytes()),
        element((0x0028, 0x0011), b"US", &512_u16.to_le_bytes()),
        element((0x0040, 0x0275), b"SQ", &item(&request)),
        element((0x7FE0, 0x0010), b"OW", &[0; 2048]),
    ];
    [vec![0; 128], b"DICM".to_vec(), meta.concat(), data.concat()].concat()
}

/// Writes it into a folder.
pub fn file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(format!("{}.dcm", name.len()));
    std::fs::write(&path, content(name)).expect("it can be written");
    path
}

pub fn tree(path: &Path) -> Arc<Tree> {
    Arc::new(attributes::read(path, &AtomicBool::new(false)).expect("it can be read"))
}
