//! `studydrop scan`: lists what would be sent and what would not.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::progress::Progress;
use super::{Context, output, passwords};
use crate::dicom::catalogue::{
    Catalogue, Contradiction, DiscReport, Found, Patient, Skipped, Study, copies,
};
use crate::dicom::media::Disc;
use crate::dicom::scan::{self, Sink};
use crate::message::Failure;
use crate::words;

pub(super) async fn run(context: &Context, paths: Vec<PathBuf>) -> Result<bool, Failure> {
    let catalogue = collect(context, &paths);
    for patient in &catalogue.patients {
        for study in &patient.studies {
            print_study(context, patient, study);
        }
    }
    print_guesses(context, &catalogue);
    for skipped in &catalogue.skipped {
        print_skipped(context, skipped);
    }
    for disc in &catalogue.discs {
        print_disc(context, disc);
    }
    let conflicts = print_conflicts(context, &catalogue);
    let problems = catalogue
        .skipped
        .iter()
        .any(|skipped| skipped.reason.is_problem());
    Ok(!problems && !conflicts && !catalogue.patients.is_empty())
}

/// Scans paths into a catalogue, with progress on standard error and, with `--json`, a line for each file.
pub(super) fn collect(context: &Context, paths: &[PathBuf]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let mut todo = paths.to_vec();
    // An unlocked archive may contain another locked one.
    while !todo.is_empty() {
        let collector = Collector {
            json: context.json,
            progress: Progress::counting("Reading files"),
            catalogue: Mutex::new(catalogue),
        };
        scan::scan(&todo, &collector, &AtomicBool::new(false));
        collector.progress.finish();
        let collected = collector.catalogue.into_inner();
        catalogue = collected.unwrap_or_else(PoisonError::into_inner);
        todo = passwords::ask(&catalogue);
        for archive in &todo {
            drop(catalogue.forget_locked(archive));
        }
    }
    // A copy that cannot be read any more is told as a copy.
    catalogue.part_copies(|one, other| copies::same_content(one, other).unwrap_or(true));
    catalogue.settle();
    catalogue
}

struct Collector {
    json: bool,
    progress: Progress,
    catalogue: Mutex<Catalogue>,
}

impl Sink for Collector {
    fn found(&self, found: Found) {
        self.progress.add(1);
        if let (true, Found::Image(header)) = (self.json, &found) {
            let found = json!({
                "event": "found",
                "size": header.image.size,
                "study_instance_uid": header.study.study_instance_uid,
                "sop_instance_uid": header.image.sop_instance_uid,
                "guessed": header.image.guesses.to_string(),
            });
            output::object(&output::with_path(found, &header.image.path));
        }
        self.catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(found);
    }

    fn disc(&self, disc: Disc) {
        self.catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add_disc(disc);
    }
}

/// Studies whose files name more than one patient; whether there are any.
pub(super) fn print_conflicts(context: &Context, catalogue: &Catalogue) -> bool {
    for conflict in &catalogue.conflicts {
        let ((listed_id, listed), (other_id, other)) = (&conflict.listed, &conflict.other);
        if context.json {
            output::object(&json!({
                "event": "two_patients",
                "study_instance_uid": conflict.study_instance_uid,
                "patients": [
                    {"patient_name": listed.alphabetic, "patient_id": listed_id},
                    {"patient_name": other.alphabetic, "patient_id": other_id},
                ],
            }));
            continue;
        }
        output::line(format!(
            "two patients in one study: {} [{listed_id}] and {} [{other_id}], study {}",
            words::patient_name(listed),
            words::patient_name(other),
            conflict.study_instance_uid
        ));
    }
    !catalogue.conflicts.is_empty()
}

/// Prints the differences between a disc's directory and its files.
pub(super) fn print_disc(context: &Context, disc: &DiscReport) {
    let sentences = words::disc(disc);
    if context.json {
        let contradiction = |one: &Contradiction| json!({"about": one.about.keyword(), "files": one.files, "first": one.first.to_string_lossy()});
        let unnamed = disc.unnamed_paths.iter().map(|path| path.to_string_lossy());
        let object = json!({
            "event": "disc",
            "named": disc.named,
            "missing": disc.missing,
            "unnamed": disc.unnamed,
            "unnamed_paths": unnamed.collect::<Vec<_>>(),
            "damage": disc.damage,
            "contradictions": disc.contradictions.iter().map(contradiction).collect::<Vec<_>>(),
            "says": sentences,
        });
        output::object(&output::with_path(object, &disc.path));
        return;
    }
    let named = words::count(disc.named, "file", "files");
    output::line(format!("disc {} names {named}", disc.path.display()));
    for sentence in sentences {
        output::line(format!("  {sentence}"));
    }
}

fn print_study(context: &Context, patient: &Patient, study: &Study) {
    if context.json {
        output::object(&study_object(patient, study));
        return;
    }
    let date = study.date.map(words::date).unwrap_or_default();
    let images = words::count(study.images() as u64, "image", "images");
    output::line(format!(
        "{} [{}]  {} {}  {date}  {images}  {}",
        words::patient_name(&patient.name),
        patient.id,
        study.modalities().join("/"),
        study.description,
        words::bytes(study.bytes()),
    ));
}

fn study_object(patient: &Patient, study: &Study) -> Value {
    json!({
        "event": "study",
        "patient_name": patient.name.alphabetic,
        "patient_name_ideographic": patient.name.ideographic,
        "patient_id": patient.id,
        "study_instance_uid": study.study_instance_uid,
        "study_date": study.date.map(|date| date.to_string()),
        "study_description": study.description,
        "accession_number": study.accession_number,
        "modalities": study.modalities(),
        "series": study.series.len(),
        "images": study.images(),
        "bytes": study.bytes(),
    })
}

/// A line for each image of which something had to be guessed; under `--json` it stands beside the image.
fn print_guesses(context: &Context, catalogue: &Catalogue) {
    if context.json {
        return;
    }
    let studies = catalogue
        .patients
        .iter()
        .flat_map(|patient| &patient.studies);
    let series = studies.flat_map(|study| &study.series);
    let images = series.flat_map(|series| &series.images);
    for image in images.filter(|image| !image.guesses.is_empty()) {
        output::line(format!(
            "guessed {}: {}",
            image.path.display(),
            image.guesses
        ));
    }
}

/// One skipped file, with its reason in words.
pub(super) fn print_skipped(context: &Context, skipped: &Skipped) {
    let reason = words::skip_reason(&skipped.reason);
    if context.json {
        let object = json!({
            "event": "skipped",
            "reason": reason,
            "problem": skipped.reason.is_problem(),
            "study_instance_uid": skipped.study_instance_uid,
        });
        output::object(&output::with_path(object, &skipped.path));
    } else {
        output::line(format!("skipped {}: {reason}", skipped.path.display()));
    }
}
