//! What an order holds: its images and documents, by the names that a page's addresses use for them.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, Transaction, params};

use super::Pages;
use super::error_page::Stop;
use super::scope::{Entry, Scope};
use crate::practice::House;

/// The largest order whose images are sorted by their numbers.
const MOST_SORTED: i64 = 1000;
/// The most documents that a page lists.
const MOST_DOCUMENTS: i64 = 500;

/// An image as a page shows it.
pub(super) struct Image {
    /// Relative to the folder of the stored files.
    pub(super) path: String,
    pub(super) series_uid: String,
    pub(super) modality: String,
}

impl Image {
    /// Names it in addresses: its file's name, which is made of digests and random digits, in one part.
    pub(super) fn key(&self) -> String {
        key(&self.path)
    }
}

/// Images of an order, not yet in their places.
pub(super) struct Images {
    rows: Vec<Image>,
    /// Where all are here, those that are wanted once they are sorted.
    cut: Option<(usize, usize)>,
}

impl Images {
    /// Those that are wanted, in their places.
    pub(super) fn sorted(mut self, pages: &Pages) -> Vec<Image> {
        let Some((skip, most)) = self.cut else {
            return self.rows;
        };
        pages.numbers.sort(&pages.house.store, &mut self.rows);
        self.rows.into_iter().skip(skip).take(most).collect()
    }
}

/// A stored file.
pub(super) struct Stored {
    /// Relative to the folder of the stored files.
    pub(super) path: String,
    pub(super) size: i64,
}

impl Stored {
    /// Where it lies, if it is there in its full length.
    pub(super) fn find(&self, house: &House) -> Result<PathBuf, Stop> {
        if house.store.holds(&self.path, self.size) {
            Ok(house.store.files().join(&self.path))
        } else {
            Err(Stop::Lost)
        }
    }
}

/// A document.
pub(super) struct Document {
    pub(super) uuid: String,
    pub(super) name: String,
    pub(super) kind: DocumentKind,
    pub(super) file: Stored,
}

/// What a document is. Browsers show all but the last by themselves and run nothing in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    Pdf,
    Jpeg,
    Png,
    Bmp,
    Mp4,
    Other,
}

impl DocumentKind {
    fn of(mime: &str) -> Self {
        match mime.trim().to_ascii_lowercase().as_str() {
            "application/pdf" => DocumentKind::Pdf,
            "image/jpeg" | "image/jpg" => DocumentKind::Jpeg,
            "image/png" => DocumentKind::Png,
            "image/bmp" | "image/x-ms-bmp" => DocumentKind::Bmp,
            "video/mp4" => DocumentKind::Mp4,
            _ => DocumentKind::Other,
        }
    }

    pub(super) fn mime(self) -> &'static str {
        match self {
            DocumentKind::Pdf => "application/pdf",
            DocumentKind::Jpeg => "image/jpeg",
            DocumentKind::Png => "image/png",
            DocumentKind::Bmp => "image/bmp",
            DocumentKind::Mp4 => "video/mp4",
            DocumentKind::Other => "application/octet-stream",
        }
    }

    /// How names of such files end.
    pub(super) fn ending(self) -> &'static str {
        match self {
            DocumentKind::Pdf => "pdf",
            DocumentKind::Jpeg => "jpg",
            DocumentKind::Png => "png",
            DocumentKind::Bmp => "bmp",
            DocumentKind::Mp4 => "mp4",
            DocumentKind::Other => "bin",
        }
    }

    /// Whether a browser shows it.
    pub(super) fn is_shown(self) -> bool {
        self != DocumentKind::Other
    }
}

fn key(path: &str) -> String {
    path.strip_suffix(".dcm").unwrap_or(path).replace('/', "-")
}

/// The file that a name in an address means. Anything but `xx-yy-zz` of hexadecimal digits means none.
fn path_of(key: &str) -> Option<String> {
    let mut parts = key.split('-');
    let (study, image, random) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if parts.next().is_some() || ![study, image, random].into_iter().all(digits) {
        return None;
    }
    Some(format!("{study}/{image}-{random}.dcm"))
}

/// Some of an order's images, to be sorted by their numbers. Of a very large order they are taken as their UIDs follow
/// each other, the shorter one first: devices that make so many count upwards in them.
pub(super) fn images(
    work: &Transaction<'_>,
    entry: &Entry,
    skip: i64,
    most: i64,
) -> Result<Images, Stop> {
    let all = entry.images <= MOST_SORTED;
    let (from, limit) = if all { (0, MOST_SORTED) } else { (skip, most) };
    let mut statement = work.prepare_cached(
        "SELECT i.path, i.series_uid, coalesce(s.modality, '') FROM image i
         LEFT JOIN series s ON s.patient_order = i.patient_order AND s.series_uid = i.series_uid
         WHERE i.patient_order = ?1
         ORDER BY length(i.series_uid), i.series_uid, length(i.sop_uid), i.sop_uid LIMIT ?3 OFFSET ?2",
    )?;
    let rows = statement.query_map(params![entry.uuid, from, limit], |row| {
        Ok(Image {
            path: row.get(0)?,
            series_uid: row.get(1)?,
            modality: row.get(2)?,
        })
    })?;
    let place = |number| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Images {
        rows: rows.collect::<Result<_, _>>()?,
        cut: all.then(|| (place(skip), place(most))),
    })
}

/// All files of an order's images, by their UIDs.
pub(super) fn files(work: &Transaction<'_>, order: &str) -> Result<Vec<Stored>, Stop> {
    let mut statement = work.prepare_cached(
        "SELECT path, size FROM image WHERE patient_order = ?1
         ORDER BY length(series_uid), series_uid, length(sop_uid), sop_uid",
    )?;
    let rows = statement.query_map([order], |row| {
        Ok(Stored {
            path: row.get(0)?,
            size: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The image of a name in an address, if its order is one that is shown.
pub(super) fn image(work: &Transaction<'_>, scope: &Scope, key: &str) -> Result<Stored, Stop> {
    let path = path_of(key).ok_or(Stop::NotHere)?;
    let (order, size): (String, i64) = work
        .prepare_cached("SELECT patient_order, size FROM image WHERE path = ?1")?
        .query_row([&path], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Stop::NotHere)?;
    if !scope.has(work, &order)? {
        return Err(Stop::NotHere);
    }
    Ok(Stored { path, size })
}

const DOCUMENT: &str = "SELECT uuid, name, mime, path, size FROM document";

fn document_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        uuid: row.get(0)?,
        name: row.get(1)?,
        kind: DocumentKind::of(&row.get::<_, String>(2)?),
        file: Stored {
            path: row.get(3)?,
            size: row.get(4)?,
        },
    })
}

/// An order's documents, in the order of their coming.
pub(super) fn documents(work: &Transaction<'_>, order: &str) -> Result<Vec<Document>, Stop> {
    let sql = format!(
        "{DOCUMENT} WHERE patient_order = ?1 ORDER BY created, name, uuid LIMIT {MOST_DOCUMENTS}"
    );
    let mut statement = work.prepare_cached(&sql)?;
    let rows = statement.query_map([order], document_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One document, if its order is one that is shown.
pub(super) fn document(
    work: &Transaction<'_>,
    scope: &Scope,
    uuid: &str,
) -> Result<Document, Stop> {
    let order: String = work
        .prepare_cached("SELECT patient_order FROM document WHERE uuid = ?1")?
        .query_row([uuid], |row| row.get(0))
        .optional()?
        .ok_or(Stop::NotHere)?;
    if !scope.has(work, &order)? {
        return Err(Stop::NotHere);
    }
    let sql = format!("{DOCUMENT} WHERE uuid = ?1");
    Ok(work.prepare_cached(&sql)?.query_row([uuid], document_row)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_an_address_leads_to_a_stored_image_and_nowhere_else() {
        let path = crate::practice::store::Store::image_name("1.2", "1.2.3");
        assert_eq!(path_of(&key(&path)), Some(path));
        for odd in [
            "",
            "..",
            "../../practice.sqlite",
            "aa-bb",
            "aa-bb-cc-dd",
            "aa-..-cc",
            "aa--cc",
            "aa-b/b-cc",
            "aa-bb-cc.dcm",
        ] {
            assert_eq!(path_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_a_browser_might_run_is_never_shown_in_it() {
        assert_eq!(DocumentKind::of("Application/PDF"), DocumentKind::Pdf);
        for mime in ["text/html", "image/svg+xml", "", "application/pdf; x"] {
            assert!(!DocumentKind::of(mime).is_shown(), "{mime}");
        }
    }
}
