//! In which place an image stands: by the numbers of its series and of itself. They stand in the files alone; each file
//! is read for them once, for a stored file never changes.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::sync::{Mutex, PoisonError};

use super::content::Image;
use crate::practice::header;
use crate::practice::store::Store;

/// How many files' numbers are kept in memory: some ten megabytes.
const MOST: usize = 100_000;

/// Series Number and Instance Number. Files without one come first.
type Place = (Option<i64>, Option<i64>);

/// What was read so far, by the files' paths.
#[derive(Default)]
pub(super) struct Numbers(Mutex<HashMap<String, Place>>);

impl Numbers {
    /// Puts images of one order in their places; those of equal numbers stay as they are.
    pub(super) fn sort(&self, store: &Store, images: &mut [Image]) {
        let places: HashMap<String, Place> = images
            .iter()
            .map(|image| (image.path.clone(), self.of(store, &image.path)))
            .collect();
        let place = |image: &Image| places.get(&image.path).copied().unwrap_or_default();
        // One series' images stay together whatever their numbers say.
        let mut series: HashMap<String, Option<i64>> = HashMap::new();
        for image in images.iter() {
            let number = place(image).0;
            series.entry(image.series_uid.clone()).or_insert(number);
        }
        images.sort_by_cached_key(|image| {
            let uid = &image.series_uid;
            let number = series.get(uid).copied().flatten();
            (number, uid.len(), uid.clone(), place(image).1)
        });
    }

    fn of(&self, store: &Store, path: &str) -> Place {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known().get(path) {
            return *place;
        }
        let place = File::open(store.files().join(path))
            .ok()
            .and_then(|file| header::read(&mut BufReader::new(file)).ok())
            .map(|header| header.place)
            .unwrap_or_default();
        let mut known = known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(path.to_owned(), place);
        place
    }
}
