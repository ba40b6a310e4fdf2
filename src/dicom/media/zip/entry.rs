//! One entry of an archive's directory (APPNOTE.TXT, 4.3.12).

use std::borrow::Cow;

use super::decrypt::Encryption;
use super::limits::LARGEST_FILE;
use super::names::RawName;
use crate::dicom::media::error::MediaError;

/// Its fixed part, in bytes.
pub(in crate::dicom::media) const FIXED: usize = 46;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// In place of the method, where AES is used; the method stands in an extra field.
const AES: u16 = 99;

/// A file in an archive.
#[derive(Debug)]
pub(in crate::dicom::media) struct Entry {
    /// As the end of a path; no two of an archive have the same.
    pub(in crate::dicom::media) path: Box<str>,
    /// Where its own header stands.
    pub(in crate::dicom::media) header_at: u64,
    /// In bytes, as it stands in the archive, with what encryption puts around it.
    pub(in crate::dicom::media) packed: u64,
    /// In bytes, as it was put in.
    pub(in crate::dicom::media) size: u64,
    pub(in crate::dicom::media) encryption: Encryption,
    /// Why it is not read.
    pub(in crate::dicom::media) flaw: Option<MediaError>,
    method: u16,
    crc: u32,
    has_crc: bool,
}

/// By what an entry is known to be whole.
#[derive(Debug, Clone, Copy)]
pub(in crate::dicom::media) enum Checksum {
    Crc(u32),
    /// The encryption's.
    Proof,
}

impl Entry {
    pub(in crate::dicom::media) fn is_deflated(&self) -> bool {
        self.method == DEFLATED
    }

    pub(in crate::dicom::media) fn checksum(&self) -> Checksum {
        match self.has_crc {
            true => Checksum::Crc(self.crc),
            false => Checksum::Proof,
        }
    }
}

/// What a record of the directory says.
pub(in crate::dicom::media) struct Record {
    pub(in crate::dicom::media) name: RawName,
    pub(in crate::dicom::media) entry: Entry,
    /// Folders have records of their own.
    pub(in crate::dicom::media) is_folder: bool,
}

pub(in crate::dicom::media) fn le16(bytes: &[u8], at: usize) -> u16 {
    let two = bytes.get(at..).and_then(|rest| rest.first_chunk());
    two.map_or(0, |two| u16::from_le_bytes(*two))
}

pub(in crate::dicom::media) fn le32(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
    four.map_or(0, |four| u32::from_le_bytes(*four))
}

pub(in crate::dicom::media) fn le64(bytes: &[u8], at: usize) -> u64 {
    let eight = bytes.get(at..).and_then(|rest| rest.first_chunk());
    eight.map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// The extra field with this number.
fn extra(mut extras: &[u8], number: u16) -> Option<&[u8]> {
    while extras.len() >= 4 {
        let length = usize::from(le16(extras, 2));
        let value = extras.get(4..4 + length)?;
        if le16(extras, 0) == number {
            return Some(value);
        }
        extras = extras.get(4 + length..)?;
    }
    None
}

impl Record {
    /// Reads a record: its fixed part, its name, its extra fields.
    pub(in crate::dicom::media) fn of(fixed: &[u8], name: Vec<u8>, extras: &[u8]) -> Record {
        let flags = le16(fixed, 8);
        let mut entry = Entry {
            path: Box::default(),
            header_at: le32(fixed, 42).into(),
            packed: le32(fixed, 20).into(),
            size: le32(fixed, 24).into(),
            encryption: Encryption::None,
            flaw: None,
            method: le16(fixed, 10),
            crc: le32(fixed, 16),
            has_crc: true,
        };
        entry.widen(extras);
        let time = le16(fixed, 12);
        entry.read_encryption(flags, time, extras);
        entry.judge(fixed);
        // What has data is a file, whatever it is called.
        let is_folder = (name.ends_with(b"/") || name.ends_with(b"\\")) && entry.size == 0;
        Record {
            name: unicode(&name, extras).unwrap_or(RawName {
                bytes: name,
                is_unicode: flags & 1 << 11 != 0,
            }),
            entry,
            is_folder,
        }
    }
}

/// A name that stands in Unicode beside the old one, if it is of this one.
fn unicode(name: &[u8], extras: &[u8]) -> Option<RawName> {
    let value = extra(extras, 0x7075)?;
    let is_of_this = value.first() == Some(&1) && le32(value, 1) == crc32fast::hash(name);
    let bytes = value.get(5..)?;
    (is_of_this && std::str::from_utf8(bytes).is_ok()).then(|| RawName {
        bytes: bytes.to_vec(),
        is_unicode: true,
    })
}

impl Entry {
    /// Sizes and places that need more than four bytes stand in an extra field, in this order (4.5.3).
    fn widen(&mut self, extras: &[u8]) {
        let Some(mut wide) = extra(extras, 1) else {
            return;
        };
        for value in [&mut self.size, &mut self.packed, &mut self.header_at] {
            if *value == u64::from(u32::MAX) && wide.len() >= 8 {
                *value = le64(wide, 0);
                wide = wide.get(8..).unwrap_or_default();
            }
        }
    }

    fn read_encryption(&mut self, flags: u16, time: u16, extras: &[u8]) {
        if flags & 1 == 0 {
            return;
        }
        if flags & 1 << 6 != 0 {
            self.flaw = Some(MediaError::Method(Cow::Borrowed(
                "PKWARE's strong encryption",
            )));
        }
        if self.method == AES {
            let value = extra(extras, 0x9901).unwrap_or_default();
            let key = match value.get(4) {
                Some(1) => 16,
                Some(2) => 24,
                _ => 32,
            };
            self.encryption = Encryption::Aes { key };
            self.has_crc = le16(value, 0) == 1;
            self.method = le16(value, 5);
            return;
        }
        // Where the checksum was not known yet, the time stands in for it.
        let check = match flags & 1 << 3 {
            0 => self.crc.to_be_bytes()[0],
            _ => time.to_be_bytes()[0],
        };
        self.encryption = Encryption::Old { check };
    }

    /// What can be said against it without looking into the archive.
    fn judge(&mut self, fixed: &[u8]) {
        let is_unix = fixed.get(5) == Some(&3);
        let kind = le32(fixed, 38) >> 16 & 0o170_000;
        // What was packed from a pipe is called one, and is a file all the same.
        if is_unix && kind == 0o120_000 {
            self.flaw = Some(MediaError::NotAFile);
        } else if self.size > LARGEST_FILE {
            self.flaw = Some(MediaError::OverBound(
                "it is larger than any image (64 GiB)",
            ));
        } else if let Some(name) = unsupported(self.method) {
            self.flaw.get_or_insert(MediaError::Method(name));
        } else if self.method == STORED {
            let (before, behind) = self.encryption.around();
            if self.packed != self.size.saturating_add(before + behind) {
                self.flaw = Some(MediaError::Damaged(
                    "its archive contradicts itself about its size",
                ));
            }
        }
    }
}

/// The name of a method that is not supported (4.4.5).
fn unsupported(method: u16) -> Option<Cow<'static, str>> {
    let name = match method {
        STORED | DEFLATED => return None,
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "xz",
        98 => "PPMd",
        other => return Some(Cow::Owned(format!("method {other}"))),
    };
    Some(Cow::Borrowed(name))
}
