//! Files that are dropped again: those that are known and unchanged need not be read, and what has changed takes the place
//! of what it was.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::grouping::{Catalogue, Place};
use crate::dicom::catalogue::{Header, SkipReason, Stamp};
use crate::dicom::media;

/// Files that need not be read again while they are what they were.
#[derive(Debug, Clone, Default)]
pub struct Known {
    files: HashMap<PathBuf, (Stamp, Option<PathBuf>)>,
    /// An archive of which only these files are to be read, and what is in them.
    only: Option<(PathBuf, HashSet<PathBuf>)>,
}

impl Known {
    /// Whether this file, which is this one now, is known and has not changed since. A duplicate is known while the file
    /// that is sent in its place has not changed either.
    pub fn holds(&self, path: &Path, now: Stamp) -> bool {
        if let Some((archive, wanted)) = &self.only
            && path != archive
            && path.starts_with(archive)
        {
            return !path.ancestors().any(|path| wanted.contains(path));
        }
        let Some((known, original)) = self.files.get(path) else {
            return false;
        };
        let is_same = |path: &Path, known: &Stamp| {
            let now = media::open(path).map(|opened| opened.stamp());
            now.is_ok_and(|now| now == *known)
        };
        let original = original.as_ref().is_none_or(|original| {
            let known = self.files.get(original);
            known.is_some_and(|(known, _)| is_same(original, known))
        });
        *known == now && original
    }

    /// The same, but of what is in this archive all is known except these files and what is in them.
    #[must_use]
    pub fn but_for(self, archive: PathBuf, wanted: Vec<PathBuf>) -> Self {
        Known {
            only: Some((archive, wanted.into_iter().collect())),
            ..self
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl Catalogue {
    /// The files that are listed: images, and what was skipped. A file without a time of its last change is none of them.
    pub fn known(&self) -> Known {
        let studies = self.patients.iter().flat_map(|patient| &patient.studies);
        let images = studies.flat_map(|study| &study.series);
        let images = images.flat_map(|series| &series.images);
        let images = images.map(|image| (&image.path, image.stamp(), None));
        let skipped = self.skipped.iter().filter_map(|skipped| {
            let original = match &skipped.reason {
                SkipReason::Duplicate { of } => Some(of.clone()),
                _ => None,
            };
            Some((&skipped.path, skipped.stamp?, original))
        });
        let all = images.chain(skipped);
        let all = all.filter(|(_, stamp, _)| stamp.modified.is_some());
        Known {
            files: all
                .map(|(path, stamp, original)| (path.clone(), (stamp, original)))
                .collect(),
            only: None,
        }
    }

    /// Takes out the image that a file was, where it is another one now, or none; `now`: what it is.
    pub(crate) fn forget_changed(&mut self, path: &PathBuf, now: Option<&Header>) {
        let Some(uid) = self.files.get(path) else {
            return;
        };
        let Some(place) = self.images.get(uid).copied() else {
            return;
        };
        let is_same = self.image(place).zip(now).is_some_and(|(old, now)| {
            old.sop_instance_uid == now.image.sop_instance_uid && old.stamp() == now.image.stamp()
        });
        if is_same {
            return;
        }
        let uid = uid.clone();
        self.images.remove(&uid);
        self.files.remove(path);
        self.gone.entry(path.clone()).or_insert(uid);
        self.take_out(place);
        if let Some(now) = now {
            let series = &now.series.series_instance_uid;
            self.claim_changed(path, series, &now.patient, &now.study);
        }
    }

    /// Takes an image out of its series; the last one comes to its place, and no other moves.
    pub(super) fn take_out(&mut self, place: Place) {
        let mut moved = None;
        if let Some(series) = self.series_mut(place)
            && place.3 < series.images.len()
        {
            series.images.swap_remove(place.3);
            let image = series.images.get(place.3);
            moved = image.map(|image| image.sop_instance_uid.clone());
        }
        if let Some(moved) = moved {
            self.images.insert(moved, place);
        }
    }
}
