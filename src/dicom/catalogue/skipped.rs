//! What was skipped because of other files, when those have changed: copies whose original is gone, and what a disc misses.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::grouping::Catalogue;
use super::{Image, SkipReason, Skipped};

impl Catalogue {
    /// Copies whose original was another file when they were skipped: they are read again, as one of them is to be sent now.
    /// They are off the list; whoever asks has them read.
    pub fn take_orphans(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.orphans)
    }

    /// Copies of images that have changed or gone become copies of the one that is sent in their place, or orphans.
    pub(crate) fn settle_copies(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        if gone.is_empty() {
            return;
        }
        let mut orphans = Vec::new();
        let mut others = Vec::new();
        for (at, skipped) in self.skipped.iter().enumerate() {
            let SkipReason::Duplicate { of } = &skipped.reason else {
                continue;
            };
            let Some(uid) = gone.get(of) else {
                continue;
            };
            let place = self.images.get(uid).copied();
            match place.and_then(|place| self.image(place)) {
                Some(image) => others.push((at, image.path.clone())),
                None => orphans.push(skipped.path.clone()),
            }
        }
        for (at, of) in others {
            if let Some(skipped) = self.skipped.get_mut(at) {
                skipped.reason = SkipReason::Duplicate { of };
            }
        }
        orphans.iter().for_each(|path| self.unskip(path));
        self.orphans.append(&mut orphans);
    }

    /// Holds every copy against the image that is sent in its place. Where `same` says that they differ, neither is sent, nor
    /// any other file of that number. To be called before [`Catalogue::settle`]; `same` reads both files.
    pub fn part_copies(&mut self, same: impl Fn(&Path, &Path) -> bool) {
        let mut copies: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for skipped in &self.skipped {
            if let SkipReason::Duplicate { of } = &skipped.reason {
                let copy = skipped.path.clone();
                copies.entry(of.clone()).or_default().push(copy);
            }
        }
        for (of, mut paths) in copies {
            paths.sort();
            let other = paths.iter().find(|path| !same(&of, path)).cloned();
            if let Some(other) = other {
                self.part(&of, &other, &paths);
            }
        }
    }

    /// Takes an image off, and all that were taken for copies of it; `other` is one of them that is none.
    fn part(&mut self, of: &Path, other: &Path, copies: &[PathBuf]) {
        for path in copies {
            let at = self.skipped_index.get(path).copied();
            if let Some(skipped) = at.and_then(|at| self.skipped.get_mut(at)) {
                skipped.reason = SkipReason::OtherContent { of: of.to_owned() };
            }
        }
        let Some(uid) = self.files.remove(of) else {
            return;
        };
        let Some(place) = self.images.remove(&uid) else {
            return;
        };
        let stamp = self.image(place).map(Image::stamp);
        let studies = self.patients.get(place.0).map(|patient| &patient.studies);
        let study = studies.and_then(|studies| studies.get(place.1));
        let study_instance_uid = study.map(|study| study.study_instance_uid.clone());
        self.take_out(place);
        self.skip(Skipped {
            path: of.to_owned(),
            reason: SkipReason::OtherContent {
                of: other.to_owned(),
            },
            study_instance_uid,
            stamp,
        });
    }

    /// Counts what discs miss by what is listed of it, which goes when it comes or its study is taken off the list.
    pub(crate) fn count_missing(&mut self) {
        let mut listed: HashMap<&PathBuf, u64> = HashMap::new();
        for skipped in &self.skipped {
            if let SkipReason::Missing { by } = &skipped.reason {
                *listed.entry(by).or_default() += 1;
            }
        }
        for disc in &mut self.discs {
            let unlisted = self.unlisted.get(&disc.path).copied();
            let listed = listed.get(&disc.path).copied();
            disc.missing = listed.unwrap_or_default() + unlisted.unwrap_or_default();
        }
    }
}
