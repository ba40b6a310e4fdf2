//! Archives, recognised by their first bytes.

use serde::{Deserialize, Serialize};

/// Archives that are not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArchiveKind {
    /// tar
    Tar,
    /// 7-Zip
    SevenZip,
    /// RAR
    Rar,
    /// gzip
    Gzip,
    /// bzip2
    Bzip2,
    /// xz
    Xz,
    /// Zstandard
    Zstd,
    /// A ZIP archive inside another that is itself inside one.
    DeepZip,
    /// A part of a ZIP archive that was cut into several.
    PartOfZip,
}

/// What a file may be that is no DICOM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) enum Packed {
    /// A ZIP archive.
    Zip,
    /// Another one.
    Other(ArchiveKind),
}

/// So many bytes are needed to tell: a tar's mark comes late.
pub(in crate::dicom) const BEGINNING: usize = 262;

/// Recognises an archive.
pub(in crate::dicom) fn recognise(beginning: &[u8]) -> Option<Packed> {
    const MARKS: [(&[u8], ArchiveKind); 8] = [
        (b"PK\x07\x08PK\x03\x04", ArchiveKind::PartOfZip),
        (b"7z\xBC\xAF\x27\x1C", ArchiveKind::SevenZip),
        (b"Rar!\x1A\x07", ArchiveKind::Rar),
        (b"\x1F\x8B\x08", ArchiveKind::Gzip),
        (b"\xFD7zXZ\0", ArchiveKind::Xz),
        (b"\x28\xB5\x2F\xFD", ArchiveKind::Zstd),
        (b"BZh", ArchiveKind::Bzip2),
        (b"ustar", ArchiveKind::Tar),
    ];
    if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
        return Some(Packed::Zip);
    }
    let is = |mark: &[u8], kind| match kind {
        ArchiveKind::Tar => beginning
            .get(257..)
            .is_some_and(|end| end.starts_with(mark)),
        // Three letters alone may begin a text.
        ArchiveKind::Bzip2 => {
            beginning.starts_with(mark)
                && (beginning.get(4..10) == Some(b"1AY&SY")
                    || beginning.get(4..7) == Some(b"\x17rE"))
        }
        _ => beginning.starts_with(mark),
    };
    let found = MARKS.iter().find(|(mark, kind)| is(mark, *kind));
    found.map(|(_, kind)| Packed::Other(*kind))
}
