//! Documents of orders (upload message 4), told apart by what they are and not by what they are called.

use std::io::{self, Read, Seek, SeekFrom};

use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::access;
use super::error::Refusal;
use super::orders::{self, Order};
use super::parameters::Parameters;
use super::store::{Store, Sum, now};
use super::store_image;
use super::text::quoted;

/// How much of a document is looked at.
const BEGINNING: u64 = 4096;
/// How far into a file the mark of a PDF may stand, as readers have it.
const PDF_WITHIN: usize = 1024;
/// The longest name of a document, in characters.
const LONGEST_NAME: usize = 255;
/// Brands of an `ftyp` box that players of MP4 take (those of ISO/IEC 14496-12 and -14, and cameras' own).
const MP4_BRANDS: [&[u8; 4]; 16] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso8", b"iso9", b"mp41", b"mp42",
    b"avc1", b"M4V ", b"M4VP", b"MSNV", b"dash", b"3gp4",
];
/// Brands of pictures in the same kind of file.
const STILL_BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"mif1", b"msf1", b"avif", b"crx "];

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pdf,
    Jpeg,
    Png,
    Bmp,
    Mp4,
}

impl Kind {
    pub(super) const fn mime(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Bmp => "image/bmp",
            Kind::Mp4 => "video/mp4",
        }
    }

    /// The extension of its file in the store.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Kind::Pdf => "pdf",
            Kind::Jpeg => "jpg",
            Kind::Png => "png",
            Kind::Bmp => "bmp",
            Kind::Mp4 => "mp4",
        }
    }

    /// What a file that begins so is.
    fn of(beginning: &[u8]) -> Option<Self> {
        match beginning {
            [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
            [b'B', b'M', rest @ ..] if is_bitmap(rest) => Some(Kind::Bmp),
            [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] => {
                is_film(beginning, rest).then_some(Kind::Mp4)
            }
            _ => {
                let within = beginning.get(..PDF_WITHIN).unwrap_or(beginning);
                within
                    .windows(5)
                    .any(|mark| mark == b"%PDF-")
                    .then_some(Kind::Pdf)
            }
        }
    }
}

/// "BM" alone begins many a text: the header behind it has one of few lengths.
fn is_bitmap(behind_mark: &[u8]) -> bool {
    let header = behind_mark
        .get(12..16)
        .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
        .map(u32::from_le_bytes);
    matches!(header, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// Whether an `ftyp` box names a brand of films: its own, or among those that it is compatible with.
fn is_film(all: &[u8], behind_mark: &[u8]) -> bool {
    let length = all
        .get(..4)
        .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
        .and_then(|bytes| usize::try_from(u32::from_be_bytes(bytes)).ok())
        .unwrap_or(0);
    let brands = behind_mark.get(..length.saturating_sub(8).min(behind_mark.len()));
    let mut brands = brands.unwrap_or_default().chunks_exact(4);
    let is_one =
        |list: &[&[u8; 4]], brand: &[u8]| list.iter().any(|known| known.as_slice() == brand);
    match brands.next() {
        Some(major) if is_one(&STILL_BRANDS, major) => false,
        Some(major) => is_one(&MP4_BRANDS, major) || brands.any(|brand| is_one(&MP4_BRANDS, brand)),
        None => false,
    }
}

/// Where a document belongs, as its message says.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) order: Uuid,
    /// The document's name.
    pub(super) name: String,
}

impl Place {
    pub(super) fn read(given: &Parameters) -> Result<Self, Refusal> {
        let name = given.line("FileName", 4 * LONGEST_NAME)?;
        // Some clients send the path that the file had.
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        if name.is_empty() {
            return Err(Refusal::parameter("FileName", "is missing"));
        }
        if name.chars().nth(LONGEST_NAME).is_some() {
            return Err(Refusal::denied(format!(
                "The document's name {} has more than {LONGEST_NAME} characters.",
                quoted(name)
            )));
        }
        Ok(Place {
            order: given.needed_guid("PatientOrderUuid")?,
            name: name.to_owned(),
        })
    }

    /// Whether the one who sends it sees the order.
    pub(super) fn check(&self, work: &Transaction<'_>, user: Uuid) -> Result<(), Refusal> {
        access::check_order(work, &user.to_string(), self.order).map(|_| ())
    }

    /// What the document is, or a sentence that says that it is nothing that is taken.
    pub(super) fn judge<R: Read + Seek>(&self, source: &mut R) -> Result<Kind, String> {
        let unreadable = |error: io::Error| format!("The file could not be read back: {error}.");
        source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut beginning = Vec::new();
        source
            .take(BEGINNING)
            .read_to_end(&mut beginning)
            .map_err(unreadable)?;
        Kind::of(&beginning).ok_or_else(|| {
            format!(
                "{} is no PDF, JPEG, PNG, BMP or MP4. Other documents are not taken.",
                quoted(&self.name)
            )
        })
    }
}

/// A document whose bytes lie in the store and that has no row yet.
pub(super) struct Arrival<'a> {
    pub(super) place: &'a Place,
    pub(super) kind: Kind,
    /// Digest of the digests of its parts.
    pub(super) digest: Sum,
    pub(super) size: i64,
    /// Relative to [`Store::files`].
    pub(super) path: &'a str,
}

/// What became of a document.
pub(super) struct Outcome {
    pub(super) document: String,
    pub(super) order: Order,
    /// The arrived file, where the order had the document already.
    pub(super) surplus: Option<String>,
}

/// Enters a document. The same bytes under the same name are the same document.
pub(super) fn record(
    work: &Transaction<'_>,
    store: &Store,
    arrival: &Arrival<'_>,
) -> Result<Outcome, Refusal> {
    let order = arrival.place.order.to_string();
    let same: Option<(String, String)> = work
        .prepare_cached(
            "SELECT uuid, path FROM document WHERE patient_order = ?1 AND name = ?2 AND digest = ?3 AND size = ?4",
        )?
        .query_row(
            params![order, arrival.place.name, arrival.digest.as_slice(), arrival.size],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let mut surplus = None;
    let document = match same {
        Some((document, path)) if store.holds(&path, arrival.size) => {
            surplus = Some(arrival.path.to_owned());
            document
        }
        Some((document, _)) => {
            // It was there once and is gone from the disk: this takes its place.
            work.prepare_cached("UPDATE document SET path = ?2 WHERE uuid = ?1")?
                .execute([&document, arrival.path])?;
            document
        }
        None => insert(work, store, &order, arrival)?,
    };
    let order = orders::find(work, &order)?.ok_or(Refusal::UnknownOrder)?;
    Ok(Outcome {
        document,
        order,
        surplus,
    })
}

fn insert(
    work: &Transaction<'_>,
    store: &Store,
    order: &str,
    arrival: &Arrival<'_>,
) -> Result<String, Refusal> {
    store_image::take_room(work, store.capacity(), arrival.size)?;
    // The order may have gone while the parts came.
    let there = work
        .prepare_cached(
            "UPDATE patient_order SET documents = documents + 1 WHERE uuid = ?1 AND trashed IS NULL",
        )?
        .execute([order])?;
    if there == 0 {
        return Err(Refusal::UnknownOrder);
    }
    let document = Uuid::new_v4().to_string();
    work.prepare_cached(
        "INSERT INTO document (uuid, patient_order, name, mime, digest, size, path, created)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        document,
        order,
        arrival.place.name,
        arrival.kind.mime(),
        arrival.digest.as_slice(),
        arrival.size,
        arrival.path,
        now()
    ])?;
    Ok(document)
}

/// The order of a document that is truly there.
pub(super) fn stored(
    work: &Transaction<'_>,
    store: &Store,
    document: &str,
    place: &Place,
) -> Result<Option<Order>, Refusal> {
    let row: Option<(String, i64)> = work
        .prepare_cached(
            "SELECT path, size FROM document WHERE uuid = ?1 AND patient_order = ?2 AND name = ?3",
        )?
        .query_row(
            params![document, place.order.to_string(), place.name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match row {
        Some((path, size)) if store.holds(&path, size) => {
            orders::find(work, &place.order.to_string())
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        let bitmap = [b"BM".as_slice(), &[0; 12], &[40, 0, 0, 0], &[0; 8]].concat();
        for (bytes, kind) in [
            (b"%PDF-1.7\n".as_slice(), Some(Kind::Pdf)),
            (b"\xef\xbb\xbf\n%PDF-1.4", Some(Kind::Pdf)),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(Kind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0", Some(Kind::Png)),
            (&bitmap, Some(Kind::Bmp)),
            (b"BMW owners' manual, 400 pages", None),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", Some(Kind::Mp4)),
            (b"\0\0\0\x14ftypXAVC\0\0\0\0mp42", Some(Kind::Mp4)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", None),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", None),
            (b"\0\0\0\x08ftyp", None),
            (b"GIF89a", None),
            (b"PK\x03\x04", None),
            (b"", None),
        ] {
            assert_eq!(Kind::of(bytes), kind, "{}", bytes.escape_ascii());
        }
    }
}
