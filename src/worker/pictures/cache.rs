//! LRU cache of decoded frames.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dicom::image::render::Decoded;
use crate::dicom::media::Stamp;

/// A decoded frame, with properties of its file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) frame: Arc<Decoded>,
    /// State of the file when it was read.
    pub(super) stamp: Stamp,
    /// Frame rate stored in the file, in frames per second.
    pub(super) rate: Option<f32>,
}

#[derive(Debug)]
struct Kept {
    entry: Entry,
    bytes: usize,
    used: u64,
}

/// The cached frames, limited by their size in bytes.
#[derive(Debug)]
pub(super) struct Cache {
    kept: HashMap<(PathBuf, u32), Kept>,
    bytes: usize,
    most: usize,
    uses: u64,
}

impl Cache {
    /// An empty cache for at most `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        Cache {
            kept: HashMap::new(),
            bytes: 0,
            most,
            uses: 0,
        }
    }

    /// A frame, if it is cached and the file is unchanged. A frame of a replaced file is removed.
    pub(super) fn get(&mut self, path: &Path, frame: u32, stamp: Stamp) -> Option<Entry> {
        let key = (path.to_owned(), frame);
        self.uses += 1;
        match self.kept.get_mut(&key) {
            Some(kept) if kept.entry.stamp == stamp => {
                kept.used = self.uses;
                Some(kept.entry.clone())
            }
            Some(_) => {
                self.forget(&key);
                None
            }
            None => None,
        }
    }

    /// Frame rate of a file, if any of its frames is cached.
    pub(super) fn rate(&self, path: &Path, stamp: Stamp) -> Option<Option<f32>> {
        let mut kept = self.kept.iter();
        let same = kept.find(|((other, _), kept)| other == path && kept.entry.stamp == stamp);
        same.map(|(_, kept)| kept.entry.rate)
    }

    /// Adds a frame, evicting the least recently used ones. A frame larger than the whole cache is not added.
    pub(super) fn put(&mut self, path: &Path, frame: u32, entry: Entry) {
        let key = (path.to_owned(), frame);
        self.forget(&key);
        let bytes = entry.frame.bytes();
        if bytes > self.most {
            return;
        }
        while self.bytes.saturating_add(bytes) > self.most {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.forget(&oldest);
        }
        self.uses += 1;
        self.bytes += bytes;
        let used = self.uses;
        self.kept.insert(key, Kept { entry, bytes, used });
    }

    fn forget(&mut self, key: &(PathBuf, u32)) {
        if let Some(kept) = self.kept.remove(key) {
            self.bytes -= kept.bytes;
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
