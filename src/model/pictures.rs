//! Pictures of files: asked for once, kept as long as there is room.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dicom::preview::Picture;
use crate::message::Command;

/// Longest side of a thumbnail in pixels.
pub const THUMB: u32 = 128;
/// Longest side of the large picture in pixels.
pub const BIG: u32 = 1024;

/// Pictures kept, by size: a thumbnail has at most 64 KB, a large one 4 MB.
const MOST_THUMBS: usize = 2000;
const MOST_BIG: usize = 12;

type Key = (PathBuf, u32);

/// What can be shown of a file.
#[derive(Debug, Clone)]
pub enum Shown<'a> {
    /// It is on its way, or has not been asked for.
    NotYet,
    /// This.
    Picture(&'a Arc<Picture>),
    /// Why there is none.
    None(&'a str),
}

/// The pictures that have come.
#[derive(Debug, Default)]
pub struct Pictures {
    asked: HashSet<Key>,
    kept: HashMap<Key, Result<Arc<Picture>, String>>,
    thumbs: VecDeque<Key>,
    bigs: VecDeque<Key>,
}

impl Pictures {
    /// What can be shown of a file.
    pub fn get(&self, path: &Path, size: u32) -> Shown<'_> {
        match self.kept.get(&(path.to_owned(), size)) {
            None => Shown::NotYet,
            Some(Ok(picture)) => Shown::Picture(picture),
            Some(Err(why)) => Shown::None(why),
        }
    }

    /// These are on the screen: asks for those that are not there.
    pub fn want(&mut self, wanted: Vec<Key>) -> Vec<Command> {
        let new = wanted
            .into_iter()
            .filter(|key| !self.kept.contains_key(key) && self.asked.insert(key.clone()));
        new.collect::<Vec<_>>()
            .into_iter()
            .map(|(path, size)| Command::Picture { path, size })
            .collect()
    }

    /// One has come.
    pub fn add(&mut self, path: PathBuf, size: u32, result: Result<Arc<Picture>, String>) {
        let key = (path, size);
        self.asked.remove(&key);
        let (order, most) = if size > THUMB {
            (&mut self.bigs, MOST_BIG)
        } else {
            (&mut self.thumbs, MOST_THUMBS)
        };
        if self.kept.insert(key.clone(), result).is_none() {
            order.push_back(key);
        }
        while order.len() > most {
            if let Some(oldest) = order.pop_front() {
                self.kept.remove(&oldest);
            }
        }
    }
}
