//! Results of reading the scanned images' headers: picture size, and the risk of burned-in identifiers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::dicom::catalogue::{Image, Series};
use crate::dicom::deidentify::burned_in::Risk;
use crate::dicom::deidentify::{Glance, Rectangle};
use crate::message::LookAt;

/// Which series' headers were requested, and the results.
#[derive(Debug, Default)]
pub struct Looks {
    /// Number of images per Series Instance UID when the headers were requested.
    asked: HashMap<String, usize>,
    seen: HashMap<String, Seen>,
}

/// Headers of one series.
#[derive(Debug, Default)]
struct Seen {
    all: HashMap<PathBuf, Glance>,
    /// Images that may have burned-in identifiers, in display order. Kept separately because it is read in every frame.
    risky: Vec<Glance>,
}

/// Images of a series that may have burned-in identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risky {
    /// Series Instance UID (0020,000E)
    pub series: String,
    /// Such as "Series 3 · Abdomen".
    pub title: String,
    /// Number of such images.
    pub images: usize,
    /// Reason, for the first of them.
    pub risk: Risk,
}

impl Looks {
    /// Requests for the series whose headers have not been read with their current images.
    pub(in crate::model) fn want<'a>(
        &mut self,
        series: impl Iterator<Item = &'a Series>,
    ) -> Vec<LookAt> {
        let mut wanted = Vec::new();
        for one in series {
            let (uid, images) = (&one.series_instance_uid, one.images.len());
            if self.asked.get(uid) == Some(&images) {
                continue;
            }
            self.asked.insert(uid.clone(), images);
            self.seen.remove(uid);
            wanted.push(LookAt {
                series: uid.clone(),
                images: one.images.iter().map(|image| image.path.clone()).collect(),
            });
        }
        wanted
    }

    pub(in crate::model) fn add(&mut self, series: String, images: Vec<(PathBuf, Glance)>) {
        if self.asked.contains_key(&series) {
            let risky = images.iter().map(|(_, glance)| *glance);
            let seen = Seen {
                risky: risky.filter(|glance| glance.risk.is_some()).collect(),
                all: images.into_iter().collect(),
            };
            self.seen.insert(series, seen);
        }
    }

    /// Whether the series' headers have been read.
    pub fn knows(&self, series: &Series) -> bool {
        self.seen.contains_key(&series.series_instance_uid)
    }

    /// Columns and rows of an image, if its header has been read and it has pixels.
    pub fn size(&self, series: &Series, path: &Path) -> Option<(u32, u32)> {
        let seen = self.seen.get(&series.series_instance_uid)?;
        let glance = seen.all.get(path)?;
        (glance.columns > 0 && glance.rows > 0).then_some((glance.columns, glance.rows))
    }

    /// Whether an image may have burned-in identifiers.
    pub(in crate::model) fn is_risky(&self, series: &Series, image: &Image) -> bool {
        let seen = self.seen.get(&series.series_instance_uid);
        let glance = seen.and_then(|seen| seen.all.get(&image.path));
        glance.is_some_and(|glance| glance.risk.is_some())
    }

    /// Number of images that may have burned-in identifiers, with the reason for the first. Pictures that overlap one of
    /// the rectangles do not count; documents, models and videos always do.
    pub(in crate::model) fn risky(
        &self,
        series: &Series,
        areas: &[Rectangle],
    ) -> Option<(usize, Risk)> {
        let seen = self.seen.get(&series.series_instance_uid)?;
        let is_risky = |glance: &Glance| {
            let is_picture = !matches!(
                glance.risk,
                Some(Risk::Document | Risk::Model | Risk::Video)
            );
            let covered = areas
                .iter()
                .any(|area| area.x < glance.columns && area.y < glance.rows);
            glance.risk.filter(|_| !(is_picture && covered))
        };
        let mut risks = seen.risky.iter().filter_map(is_risky);
        let first = risks.next()?;
        Some((risks.count() + 1, first))
    }
}
