//! What the headers of the dropped images say: how large they are, and whether their pictures may show whose they are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::dicom::catalogue::{Image, Series};
use crate::dicom::deidentify::burned_in::Risk;
use crate::dicom::deidentify::{Glance, Rectangle};
use crate::message::LookAt;

/// What was asked, and what came back.
#[derive(Debug, Default)]
pub struct Looks {
    /// By series: how many images it had when they were looked at.
    asked: HashMap<String, usize>,
    seen: HashMap<String, Seen>,
}

/// What the headers of one series say.
#[derive(Debug, Default)]
struct Seen {
    all: HashMap<PathBuf, Glance>,
    /// Those that may show whose they are, in the order of the images: they are gone through in every frame.
    risky: Vec<Glance>,
}

/// Pictures of a series that may show whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risky {
    /// (0020,000E)
    pub series: String,
    /// "Series 3 · Abdomen"
    pub title: String,
    /// How many.
    pub images: usize,
    /// Why, for the first of them.
    pub risk: Risk,
}

impl Looks {
    /// The series among these that were not looked at yet, as they are now.
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

    /// Whether the headers of this series are known.
    pub fn knows(&self, series: &Series) -> bool {
        self.seen.contains_key(&series.series_instance_uid)
    }

    /// Columns and rows of an image, where they are known and it has a picture.
    pub fn size(&self, series: &Series, path: &Path) -> Option<(u32, u32)> {
        let seen = self.seen.get(&series.series_instance_uid)?;
        let glance = seen.all.get(path)?;
        (glance.columns > 0 && glance.rows > 0).then_some((glance.columns, glance.rows))
    }

    /// Whether this image may show whose it is.
    pub(in crate::model) fn is_risky(&self, series: &Series, image: &Image) -> bool {
        let seen = self.seen.get(&series.series_instance_uid);
        let glance = seen.and_then(|seen| seen.all.get(&image.path));
        glance.is_some_and(|glance| glance.risk.is_some())
    }

    /// Pictures of a series that may show whose they are; those on which one of these rectangles lies are not counted, as
    /// long as they are pictures and no documents or videos.
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
