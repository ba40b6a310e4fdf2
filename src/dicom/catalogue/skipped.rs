//! What was skipped because of other files, when those have changed: copies whose original is gone, and what a disc misses.

use std::collections::HashMap;
use std::path::PathBuf;

use super::grouping::Catalogue;
use crate::dicom::catalogue::SkipReason;

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
