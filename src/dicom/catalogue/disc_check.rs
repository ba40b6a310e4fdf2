//! Discs: what their directories promise, held against the files that were found. The files win; what is said about them is
//! said, and changes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::{Catalogue, Image, Patient, Series, SkipReason, Skipped, Study};
use crate::dicom::media::{Disc, Said, fold};

/// Paths that are listed of a disc, of each kind; the rest is counted.
const MOST_LISTED: usize = 10_000;

/// What came of holding a disc's directory against its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscReport {
    /// The directory.
    pub path: PathBuf,
    /// Files that it names.
    pub named: u64,
    /// Those of them that are not there. The first ten thousand are among [`Catalogue::skipped`], and so count as found.
    pub missing: u64,
    /// Images below its folder that it does not name. They are sent like all others.
    pub unnamed: u64,
    /// The first of them.
    pub unnamed_paths: Vec<PathBuf>,
    /// What it says otherwise than the files, by kind.
    pub contradictions: Vec<Contradiction>,
    /// Why not all of it could be read.
    pub damage: Option<String>,
}

/// Files of which a directory says something else than they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// What.
    pub about: About,
    /// How many files.
    pub files: u64,
    /// One of them.
    pub first: PathBuf,
}

/// What a directory says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// (0010,0020)
    PatientId,
    /// (0010,0010)
    PatientName,
    /// (0020,000D)
    Study,
    /// (0020,000E)
    Series,
    /// (0008,0018)
    Instance,
    /// (0008,0016)
    SopClass,
    /// (0008,0060)
    Modality,
    /// (0020,0011)
    SeriesNumber,
    /// (0020,0013)
    InstanceNumber,
}

impl About {
    /// The attribute's keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            About::PatientId => "PatientID",
            About::PatientName => "PatientName",
            About::Study => "StudyInstanceUID",
            About::Series => "SeriesInstanceUID",
            About::Instance => "SOPInstanceUID",
            About::SopClass => "SOPClassUID",
            About::Modality => "Modality",
            About::SeriesNumber => "SeriesNumber",
            About::InstanceNumber => "InstanceNumber",
        }
    }
}

/// A file that is there.
struct There<'a> {
    patient: &'a Patient,
    study: &'a Study,
    series: &'a Series,
    image: &'a Image,
}

impl Catalogue {
    /// Takes in a disc's directory. It is held against the files when the scan has ended: [`Catalogue::settle`].
    pub fn add_disc(&mut self, disc: Disc) {
        self.discs.retain(|known| known.path != disc.path);
        // What it named before is not what counts.
        let is_of_it =
            |one: &&Skipped| matches!(&one.reason, SkipReason::Missing { by } if *by == disc.path);
        let old = self.skipped.iter().filter(is_of_it);
        let old: Vec<PathBuf> = old.map(|one| one.path.clone()).collect();
        old.iter().for_each(|path| self.unskip(path));
        self.unjudged.retain(|known| known.path != disc.path);
        self.unjudged.push(disc);
    }

    /// A scan was stopped: what was not read is not missing.
    pub fn forget_unjudged_discs(&mut self) {
        self.unjudged.clear();
    }

    /// Holds new directories against all files. Files that an older one missed may have come.
    pub(in crate::dicom) fn judge_discs(&mut self) {
        self.find_missing_ones();
        let discs = std::mem::take(&mut self.unjudged);
        if !discs.is_empty() {
            let judged: Vec<_> = discs.iter().map(Judging::of).collect();
            for (report, missing) in judge(judged, self) {
                let unlisted = report.missing.saturating_sub(missing.len() as u64);
                self.unlisted.insert(report.path.clone(), unlisted);
                self.discs.push(report);
                missing.into_iter().for_each(|skipped| self.skip(skipped));
            }
            self.discs.sort_by(|a, b| a.path.cmp(&b.path));
        }
    }

    /// Takes files off the list of missing ones that are there by now.
    pub(in crate::dicom) fn find_missing_ones(&mut self) {
        let is_missing = |skipped: &&Skipped| matches!(skipped.reason, SkipReason::Missing { .. });
        let missing: Vec<PathBuf> = self
            .skipped
            .iter()
            .filter(is_missing)
            .map(|one| one.path.clone())
            .collect();
        if missing.is_empty() {
            return;
        }
        let there: HashSet<String> = self
            .images_with_all()
            .map(|there| fold(&there.image.path))
            .collect();
        for path in missing.iter().filter(|path| there.contains(&fold(path))) {
            self.unskip(path);
        }
    }

    fn images_with_all(&self) -> impl Iterator<Item = There<'_>> {
        let studies = self
            .patients
            .iter()
            .flat_map(|patient| patient.studies.iter().map(move |study| (patient, study)));
        studies.flat_map(|(patient, study)| {
            study.series.iter().flat_map(move |series| {
                series.images.iter().map(move |image| There {
                    patient,
                    study,
                    series,
                    image,
                })
            })
        })
    }
}

/// A disc while it is judged.
struct Judging<'a> {
    disc: &'a Disc,
    /// Records by folded path.
    files: HashMap<String, usize>,
    there: HashSet<usize>,
    unnamed: u64,
    unnamed_paths: Vec<PathBuf>,
    contradictions: BTreeMap<About, Contradiction>,
}

impl<'a> Judging<'a> {
    fn of(disc: &'a Disc) -> Self {
        let mut files = HashMap::new();
        for (at, said) in disc.files() {
            files.entry(fold(Path::new(&said.file))).or_insert(at);
        }
        Judging {
            disc,
            files,
            there: HashSet::new(),
            unnamed: 0,
            unnamed_paths: Vec::new(),
            contradictions: BTreeMap::new(),
        }
    }

    /// The record that names this file, marked as there.
    fn find(&mut self, path: &Path) -> Option<usize> {
        let rest = path.strip_prefix(self.disc.folder()).ok()?;
        let name = fold(rest);
        // Programs that copy discs put an ending behind names that have none.
        let bare = || self.files.get(name.strip_suffix(".dcm")?);
        let at = *self.files.get(&name).or_else(bare)?;
        self.there.insert(at);
        Some(at)
    }

    fn leave(&mut self, path: &Path) {
        self.unnamed += 1;
        if self.unnamed_paths.len() < MOST_LISTED {
            self.unnamed_paths.push(path.to_owned());
        }
    }

    fn hold_against(&mut self, at: usize, there: &There) {
        for about in contradictions(self.disc, at, there) {
            let new = || Contradiction {
                about,
                files: 0,
                first: there.image.path.clone(),
            };
            let one = self.contradictions.entry(about).or_insert_with(new);
            one.files += 1;
            if there.image.path < one.first {
                one.first.clone_from(&there.image.path);
            }
        }
    }

    fn end(mut self) -> (DiscReport, Vec<Skipped>) {
        let disc = self.disc;
        let mut missing: Vec<(usize, &Said)> = disc.files().collect();
        let named = missing.len() as u64;
        let file = |at: &usize, said: &Said| {
            // A file that two records name is one file.
            self.files.get(&fold(Path::new(&said.file))) == Some(at) && !self.there.contains(at)
        };
        missing.retain(|(at, said)| file(at, said));
        let skipped = |(at, said): &(usize, &Said)| Skipped {
            path: disc.folder().join(&said.file),
            reason: SkipReason::Missing {
                by: disc.path.clone(),
            },
            study_instance_uid: disc
                .named(*at)
                .study
                .map(str::to_owned)
                .filter(|uid| !uid.is_empty()),
            stamp: None,
        };
        let listed = missing.iter().take(MOST_LISTED).map(skipped).collect();
        self.unnamed_paths.sort();
        let report = DiscReport {
            path: disc.path.clone(),
            named,
            missing: missing.len() as u64,
            unnamed: self.unnamed,
            unnamed_paths: self.unnamed_paths,
            contradictions: self.contradictions.into_values().collect(),
            damage: disc.damage.clone(),
        };
        (report, listed)
    }
}

fn judge(mut discs: Vec<Judging>, catalogue: &Catalogue) -> Vec<(DiscReport, Vec<Skipped>)> {
    let mut folders: HashMap<PathBuf, Vec<usize>> = HashMap::new();
    for (at, one) in discs.iter().enumerate() {
        folders
            .entry(one.disc.folder().to_owned())
            .or_default()
            .push(at);
    }
    let mut visit = |path: &Path, there: Option<&There>| {
        // The innermost disc is the one that a file lies on.
        let mut is_inner = true;
        for folder in path.ancestors().skip(1) {
            let Some(here) = folders.get(folder) else {
                continue;
            };
            for at in here {
                let Some(disc) = discs.get_mut(*at) else {
                    continue;
                };
                match (disc.find(path), there) {
                    (Some(record), Some(there)) => disc.hold_against(record, there),
                    (None, Some(_)) if is_inner => disc.leave(path),
                    _ => {}
                }
            }
            is_inner = false;
        }
    };
    for there in catalogue.images_with_all() {
        visit(&there.image.path, Some(&there));
    }
    for skipped in &catalogue.skipped {
        if !matches!(skipped.reason, SkipReason::Missing { .. }) {
            visit(&skipped.path, None);
        }
    }
    discs.into_iter().map(Judging::end).collect()
}

fn contradictions(disc: &Disc, at: usize, there: &There) -> Vec<About> {
    let named = disc.named(at);
    let mut found = Vec::new();
    let mut hold = |about, said: &str, is: &str| {
        let (said, is) = (said.trim(), is.trim());
        if !said.is_empty() && said != is {
            found.push(about);
        }
    };
    if let Some((id, name)) = named.patient {
        hold(About::PatientId, id, &there.patient.id);
        let plain = |name: &str| name.trim_end_matches(['^', ' ']).to_lowercase();
        let own = plain(&there.patient.name.alphabetic);
        hold(About::PatientName, &plain(&name.alphabetic), &own);
    }
    hold(
        About::Study,
        named.study.unwrap_or_default(),
        &there.study.study_instance_uid,
    );
    let (series, modality, series_number) = named.series.unwrap_or_default();
    hold(About::Series, series, &there.series.series_instance_uid);
    hold(About::Modality, modality, &there.series.modality);
    if let Some(said) = named.said {
        hold(
            About::Instance,
            &said.sop_instance,
            &there.image.sop_instance_uid,
        );
        hold(About::SopClass, &said.sop_class, &there.image.sop_class_uid);
        if said.number.is_some() && said.number != there.image.instance_number {
            found.push(About::InstanceNumber);
        }
    }
    if series_number.is_some() && series_number != there.series.number {
        found.push(About::SeriesNumber);
    }
    found
}
