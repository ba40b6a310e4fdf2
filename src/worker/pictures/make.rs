//! Renders one picture, from a cached frame or from the file.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cache::{Cache, Entry};
use crate::dicom::attributes::structured_report;
use crate::dicom::catalogue::SkipReason;
use crate::dicom::image::frame_rate;
use crate::dicom::image::render::{self, NoImage, PreviewError};
use crate::dicom::media::Stamp;
use crate::message::{Content, PictureAsk, Purpose, Shot};

/// Current state of a file; for a file in an archive, that of the archive.
pub(super) fn stamp(path: &Path) -> io::Result<Stamp> {
    let there = |path: &Path| fs::metadata(path).ok();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let above = path.ancestors().skip(1).find_map(there);
            let archive = above.filter(fs::Metadata::is_file);
            archive.ok_or(error)?
        }
    };
    Ok(Stamp {
        size: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

fn lock(cache: &Mutex<Cache>) -> MutexGuard<'_, Cache> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Renders the requested picture. The error is a sentence for the user.
pub(super) fn make(ask: &PictureAsk, cache: &Mutex<Cache>) -> (Stamp, Result<Content, String>) {
    let stamp = match stamp(&ask.path) {
        Ok(stamp) => stamp,
        Err(error) => return (Stamp::default(), Err(unreadable(&plain(&error)))),
    };
    let entry = match entry(ask, stamp, cache) {
        Ok(entry) => entry,
        Err(PreviewError::NoImage(what)) => return (stamp, Ok(no_image(ask, what))),
        Err(error) => return (stamp, Err(sentence(&error))),
    };
    let picture = entry.frame.picture(&ask.look, ask.side);
    let facts = Arc::new(entry.frame.facts().clone());
    let rate = entry.rate;
    (
        stamp,
        Ok(Content::Picture(Shot {
            picture,
            facts,
            rate,
        })),
    )
}

/// The frame from the cache, or decoded. Frames decoded only for thumbnails are not cached: thousands of them would
/// evict those in view.
fn entry(ask: &PictureAsk, stamp: Stamp, cache: &Mutex<Cache>) -> Result<Entry, PreviewError> {
    if let Some(entry) = lock(cache).get(&ask.path, ask.frame, stamp) {
        return Ok(entry);
    }
    let frame = Arc::new(render::decode(&ask.path, ask.frame)?);
    if ask.purpose == Purpose::Thumbnail {
        let rate = None;
        return Ok(Entry { frame, stamp, rate });
    }
    let rate = match frame.facts().frames {
        0 | 1 => None,
        _ => {
            let known = lock(cache).rate(&ask.path, stamp);
            known.unwrap_or_else(|| frame_rate::rate(&ask.path))
        }
    };
    let entry = Entry { frame, stamp, rate };
    lock(cache).put(&ask.path, ask.frame, entry.clone());
    Ok(entry)
}

/// A report is read only if it is displayed, not for thumbnails.
fn no_image(ask: &PictureAsk, what: NoImage) -> Content {
    let is_read = ask.purpose != Purpose::Thumbnail;
    let is_report = matches!(what, NoImage::Report | NoImage::KeyObjects);
    let told = (is_read && is_report).then(|| structured_report::read(&ask.path).ok());
    told.flatten().map_or(Content::Other(what), Content::Report)
}

fn unreadable(why: &str) -> String {
    format!("The file could not be read: {why}.")
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is no longer there".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => error.to_string(),
    }
}

/// Why there is no picture. Files that cannot be displayed are uploaded nevertheless, unless they cannot be read.
fn sentence(error: &PreviewError) -> String {
    const ALL_THE_SAME: &str = "It is uploaded all the same.";
    match error {
        PreviewError::Refused(SkipReason::Unreadable(why)) => unreadable(why),
        PreviewError::Refused(_) => error.to_string(),
        _ => {
            let words = error.to_string();
            match words.contains(ALL_THE_SAME) {
                true => words,
                false => format!("{words} {ALL_THE_SAME}"),
            }
        }
    }
}
