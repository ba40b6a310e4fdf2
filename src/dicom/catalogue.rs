//! What a scan found, grouped as a technician thinks of it: patient → study → series → image.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use jiff::civil::{Date, Time};

/// A person's name in up to three scripts (PS3.5, 6.2.1.2). Each group is as the file has it, decoded, with its `^`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonName {
    /// First group: Latin letters.
    pub alphabetic: String,
    /// Second group: Chinese characters and the like.
    pub ideographic: String,
    /// Third group: kana, Hangul.
    pub phonetic: String,
}

/// One DICOM file that can be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Where it lies.
    pub path: PathBuf,
    /// Size of the whole file in bytes.
    pub size: u64,
    /// When the file was changed last, where the file system says so.
    pub modified: Option<SystemTime>,
    /// (0008,0018)
    pub sop_instance_uid: String,
    /// (0008,0016)
    pub sop_class_uid: String,
    /// (0002,0010), or the one that was recognised where the file has no file meta information.
    pub transfer_syntax_uid: String,
    /// (0020,0013)
    pub instance_number: Option<i32>,
    /// (0028,0008), at least 1.
    pub frames: u32,
}

/// A series and its images, by instance number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// (0020,000E)
    pub series_instance_uid: String,
    /// (0020,0011)
    pub number: Option<i32>,
    /// (0008,0060)
    pub modality: String,
    /// (0008,103E)
    pub description: String,
    /// (0018,0015)
    pub body_part: String,
    /// The images.
    pub images: Vec<Image>,
}

/// A study and its series, by series number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Study {
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0008,0020)
    pub date: Option<Date>,
    /// (0008,0030)
    pub time: Option<Time>,
    /// (0008,1030)
    pub description: String,
    /// (0008,0050)
    pub accession_number: String,
    /// (0008,0090)
    pub referring_physician: PersonName,
    /// (0008,0080)
    pub institution: String,
    /// The series.
    pub series: Vec<Series>,
}

/// A patient, told apart by ID and name, and their studies, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patient {
    /// (0010,0010)
    pub name: PersonName,
    /// (0010,0020)
    pub id: String,
    /// (0010,0030)
    pub birth_date: Option<Date>,
    /// (0010,0040): M, F, O or empty.
    pub sex: String,
    /// The studies.
    pub studies: Vec<Study>,
}

/// Why a file is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The content is not DICOM.
    NotDicom,
    /// A DICOMDIR: the directory of a disc, no image.
    DicomDir,
    /// The file is shorter than it says.
    Truncated {
        /// Bytes that are there.
        has: u64,
        /// Bytes that its elements claim, where they say it; `None` where the end of a sequence or fragment list is missing.
        needs: Option<u64>,
    },
    /// Study, Series or SOP Instance UID is missing or empty.
    NoUids {
        /// The first missing one's keyword.
        missing: &'static str,
    },
    /// Another file of this drop has the same SOP Instance UID.
    Duplicate {
        /// The one that is sent.
        of: PathBuf,
    },
    /// DICOM, but damaged: the reader's words.
    Damaged(String),
    /// The system would not let it be read: the system's words.
    Unreadable(String),
    /// A symbolic link that leads back to a folder above it.
    LinkLoop,
    /// A symbolic link that leads nowhere, a device, a socket.
    NotAFile,
}

impl SkipReason {
    /// Whether something that was meant to be sent may be missing, so that somebody should look. Files that are no DICOM,
    /// DICOMDIRs, duplicates and links are none of that.
    pub fn is_problem(&self) -> bool {
        matches!(
            self,
            SkipReason::Truncated { .. }
                | SkipReason::NoUids { .. }
                | SkipReason::Damaged(_)
                | SkipReason::Unreadable(_)
        )
    }
}

/// A file that is not sent, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it lies.
    pub path: PathBuf,
    /// Why.
    pub reason: SkipReason,
    /// The study that it belongs to, where its header says so.
    pub study_instance_uid: Option<String>,
}

/// One file's header: an [`Image`] with everything above it.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Patient without studies.
    pub patient: Patient,
    /// Study without series.
    pub study: Study,
    /// Series without images.
    pub series: Series,
    /// The image.
    pub image: Image,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It can be sent.
    Image(Box<Header>),
    /// It cannot, or need not.
    Skipped(Skipped),
}

impl Study {
    /// Images in all series.
    pub fn images(&self) -> usize {
        self.series.iter().map(|series| series.images.len()).sum()
    }

    /// Size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.series.iter().map(Series::bytes).sum()
    }

    /// The modalities, each once, in the order of the series.
    pub fn modalities(&self) -> Vec<&str> {
        let mut modalities = Vec::new();
        for series in &self.series {
            let modality = series.modality.as_str();
            if !modality.is_empty() && !modalities.contains(&modality) {
                modalities.push(modality);
            }
        }
        modalities
    }
}

impl Series {
    /// Size of all files in bytes.
    pub fn bytes(&self) -> u64 {
        self.images.iter().map(|image| image.size).sum()
    }
}

/// One study whose files name more than one patient. It stays one study, under the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The study.
    pub study_instance_uid: String,
    /// ID and name of the patient that it is listed under.
    pub listed: (String, PersonName),
    /// ID and name in some of its files.
    pub other: (String, PersonName),
}

/// Everything that scans found. Nothing moves while it grows; [`Catalogue::settle`] sorts it when a scan has ended.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The patients.
    pub patients: Vec<Patient>,
    /// What is not sent.
    pub skipped: Vec<Skipped>,
    /// Studies whose files disagree about the patient.
    pub conflicts: Vec<Conflict>,
    patient_index: HashMap<(String, String), usize>,
    study_index: HashMap<String, (usize, usize)>,
    series_index: HashMap<(String, String), usize>,
    files: HashMap<String, PathBuf>,
}

impl Catalogue {
    /// Files that were taken in: images and skipped ones.
    pub fn len(&self) -> usize {
        self.files.len() + self.skipped.len()
    }

    /// Whether nothing was taken in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The study with this UID.
    pub fn study(&self, uid: &str) -> Option<&Study> {
        let (patient, study) = self.study_index.get(uid)?;
        self.patients.get(*patient)?.studies.get(*study)
    }

    /// Takes in what became of a file. Of two images with one SOP Instance UID the one whose path comes first stays,
    /// whichever was read first, so that the result does not depend on the threads.
    pub fn add(&mut self, found: Found) {
        match found {
            Found::Skipped(skipped) => self.skipped.push(skipped),
            Found::Image(header) => match self.files.get(&header.image.sop_instance_uid) {
                None => self.insert(*header),
                Some(first) if *first == header.image.path => {}
                Some(first) if *first < header.image.path => {
                    let (first, header) = (first.clone(), *header);
                    self.skip_duplicate(header.image.path, first, header.study.study_instance_uid);
                }
                Some(_) => self.replace(*header),
            },
        }
    }

    fn skip_duplicate(&mut self, path: PathBuf, of: PathBuf, study: String) {
        self.skipped.push(Skipped {
            path,
            reason: SkipReason::Duplicate { of },
            study_instance_uid: Some(study),
        });
    }

    fn replace(&mut self, header: Header) {
        let uid = header.image.sop_instance_uid.clone();
        let Some(old) = self.files.remove(&uid) else {
            return;
        };
        for series in self
            .patients
            .iter_mut()
            .flat_map(|patient| &mut patient.studies)
            .flat_map(|study| &mut study.series)
        {
            series.images.retain(|image| image.path != old);
        }
        let (new, study) = (
            header.image.path.clone(),
            header.study.study_instance_uid.clone(),
        );
        self.insert(header);
        self.skip_duplicate(old, new, study);
    }

    fn insert(&mut self, header: Header) {
        let Header {
            patient,
            study,
            series,
            image,
        } = header;
        self.files
            .insert(image.sop_instance_uid.clone(), image.path.clone());
        let (study_uid, series_uid) = (
            study.study_instance_uid.clone(),
            series.series_instance_uid.clone(),
        );
        let (at_patient, at_study) = self.place_study(patient, study);
        let Some(study) = self
            .patients
            .get_mut(at_patient)
            .and_then(|patient| patient.studies.get_mut(at_study))
        else {
            return;
        };
        let at_series = *self
            .series_index
            .entry((study_uid, series_uid))
            .or_insert(study.series.len());
        match study.series.get_mut(at_series) {
            Some(series) => series.images.push(image),
            None => study.series.push(Series {
                images: vec![image],
                ..series
            }),
        }
    }

    /// Where this study is listed; makes it, and its patient, where they are new.
    fn place_study(&mut self, patient: Patient, study: Study) -> (usize, usize) {
        if let Some(place) = self.study_index.get(&study.study_instance_uid).copied() {
            self.note_conflict(place.0, patient, study.study_instance_uid);
            return place;
        }
        let at_patient = *self
            .patient_index
            .entry(key(&patient))
            .or_insert(self.patients.len());
        if at_patient == self.patients.len() {
            self.patients.push(patient);
        }
        let Some(patient) = self.patients.get_mut(at_patient) else {
            return (at_patient, 0);
        };
        let place = (at_patient, patient.studies.len());
        self.study_index
            .insert(study.study_instance_uid.clone(), place);
        patient.studies.push(study);
        place
    }

    fn note_conflict(&mut self, listed: usize, other: Patient, study_instance_uid: String) {
        let Some(listed) = self.patients.get(listed) else {
            return;
        };
        if key(listed) == key(&other) {
            return;
        }
        let conflict = Conflict {
            study_instance_uid,
            listed: (listed.id.clone(), listed.name.clone()),
            other: (other.id, other.name),
        };
        if !self.conflicts.contains(&conflict) {
            self.conflicts.push(conflict);
        }
    }

    /// Sorts: patients by name, studies newest first, series and images by number. To be called when a scan has ended.
    pub fn settle(&mut self) {
        self.patients
            .retain(|patient| patient.studies.iter().any(|study| study.images() > 0));
        self.patients
            .sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        for patient in &mut self.patients {
            patient.studies.retain(|study| study.images() > 0);
            patient.studies.sort_by(|a, b| {
                (b.date, b.time, &a.description).cmp(&(a.date, a.time, &b.description))
            });
            for study in &mut patient.studies {
                study.series.retain(|series| !series.images.is_empty());
                study.series.sort_by(|a, b| {
                    (a.number, &a.series_instance_uid).cmp(&(b.number, &b.series_instance_uid))
                });
                for series in &mut study.series {
                    series.images.sort_by(|a, b| {
                        (a.instance_number, &a.path).cmp(&(b.instance_number, &b.path))
                    });
                }
            }
        }
        self.skipped.sort_by(|a, b| a.path.cmp(&b.path));
        self.index();
    }

    /// Takes a study off the list, with what was skipped of it. Its files may be dropped again.
    pub fn remove_study(&mut self, uid: &str) {
        let Some((at_patient, at_study)) = self.study_index.get(uid).copied() else {
            return;
        };
        let Some(patient) = self.patients.get_mut(at_patient) else {
            return;
        };
        if at_study < patient.studies.len() {
            let study = patient.studies.remove(at_study);
            for image in study.series.iter().flat_map(|series| &series.images) {
                self.files.remove(&image.sop_instance_uid);
            }
        }
        if patient.studies.is_empty() {
            self.patients.remove(at_patient);
        }
        self.skipped
            .retain(|skipped| skipped.study_instance_uid.as_deref() != Some(uid));
        self.conflicts
            .retain(|conflict| conflict.study_instance_uid != uid);
        self.index();
    }

    fn index(&mut self) {
        self.patient_index.clear();
        self.study_index.clear();
        self.series_index.clear();
        for (at_patient, patient) in self.patients.iter().enumerate() {
            self.patient_index.insert(key(patient), at_patient);
            for (at_study, study) in patient.studies.iter().enumerate() {
                let uid = &study.study_instance_uid;
                self.study_index.insert(uid.clone(), (at_patient, at_study));
                for (at_series, series) in study.series.iter().enumerate() {
                    self.series_index
                        .insert((uid.clone(), series.series_instance_uid.clone()), at_series);
                }
            }
        }
    }
}

/// Who a patient is: the ID, and the name however it is capitalised and padded.
fn key(patient: &Patient) -> (String, String) {
    let name = format!("{}={}", patient.name.alphabetic, patient.name.ideographic);
    (
        patient.id.clone(),
        name.trim_end_matches(['^', ' ', '=']).to_lowercase(),
    )
}
