//! A disc, as its directory describes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dicomdir::{Allowance, Reading};
use crate::dicom::catalogue::PersonName;

/// How far a file's record is followed upwards; an image is three below its patient.
const DEEPEST: usize = 16;

/// What a disc's directory says. [`crate::dicom::catalogue::Catalogue::add_disc`] holds it against the files.
#[derive(Debug, Clone)]
pub struct Disc {
    /// The directory itself.
    pub path: PathBuf,
    /// Why not all of it could be read.
    pub damage: Option<String>,
    records: Arc<Vec<Record>>,
}

/// What a record says, and the record above it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) parent: Option<usize>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Patient {
        id: String,
        name: PersonName,
    },
    Study {
        uid: String,
    },
    Series {
        uid: String,
        modality: String,
        number: Option<i32>,
    },
    /// Anything that may be a file, or lie between one and its series.
    Other(Option<Box<Said>>),
}

/// What the directory says about a file.
#[derive(Debug, Default)]
pub(in crate::dicom) struct Said {
    /// From the directory's folder on, divided by `/`.
    pub(in crate::dicom) file: String,
    pub(in crate::dicom) sop_class: String,
    pub(in crate::dicom) sop_instance: String,
    pub(in crate::dicom) number: Option<i32>,
}

/// The same, with everything above it.
#[derive(Debug, Default)]
pub(in crate::dicom) struct Named<'a> {
    pub(in crate::dicom) said: Option<&'a Said>,
    pub(in crate::dicom) patient: Option<(&'a str, &'a PersonName)>,
    pub(in crate::dicom) study: Option<&'a str>,
    pub(in crate::dicom) series: Option<(&'a str, &'a str, Option<i32>)>,
}

/// Whether a file of this name may be a disc's directory: old ones and copies that are kept beside it are called otherwise.
pub(in crate::dicom) fn is_called_so(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    fold(Path::new(name)) == "dicomdir"
}

/// A path as discs compare it: without case, version numbers (`;1`) and the dot that some write behind names (ISO 9660).
pub(in crate::dicom) fn fold(path: &Path) -> String {
    let text = path.to_string_lossy();
    let part = |part: &str| {
        let name = match part.rsplit_once(';') {
            Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => part,
        };
        name.trim_end_matches('.').to_lowercase()
    };
    let parts: Vec<String> = text.split(['/', '\\']).map(part).collect();
    parts.join("/")
}

impl Disc {
    /// Reads a directory; as far as that is possible and is `left` to be read.
    pub(in crate::dicom) fn read(path: &Path, left: &mut Allowance) -> Disc {
        let mut reading = Reading::within(left);
        let damage = reading.file(path).err();
        Disc {
            path: path.to_owned(),
            damage,
            records: Arc::new(reading.join()),
        }
    }

    /// The folder that it describes.
    pub(in crate::dicom) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The files that it names, with their places among its records.
    pub(in crate::dicom) fn files(&self) -> impl Iterator<Item = (usize, &Said)> {
        let records = self.records.iter().enumerate();
        records.filter_map(|(at, record)| match &record.content {
            Content::Other(Some(said)) => Some((at, &**said)),
            _ => None,
        })
    }

    /// Everything that it says about a file.
    pub(in crate::dicom) fn named(&self, at: usize) -> Named<'_> {
        let mut named = Named::default();
        let mut next = Some(at);
        for _ in 0..DEEPEST {
            let Some(record) = next.and_then(|at| self.records.get(at)) else {
                break;
            };
            match &record.content {
                Content::Patient { id, name } => named.patient = Some((id, name)),
                Content::Study { uid } => named.study = Some(uid),
                Content::Series {
                    uid,
                    modality,
                    number,
                } => {
                    named.series = Some((uid, modality, *number));
                }
                Content::Other(Some(said)) if named.said.is_none() => named.said = Some(said),
                Content::Other(_) => {}
            }
            next = record.parent;
        }
        named
    }
}
