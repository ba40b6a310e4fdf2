//! Report of a de-identification, as text and as JSON.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::files::{Cleaned, Done, End};
use super::{Context, Options};
use crate::cli::scan::print_skipped;
use crate::cli::{failure, output};
use crate::dicom::catalogue::Catalogue;
use crate::dicom::deidentify::pixels::LEAST;
use crate::dicom::deidentify::{Profile, Rectangle, Touched};
use crate::message::Failure;
use crate::words;

#[derive(Default)]
struct Total {
    cleaned: usize,
    held_back: usize,
    failed: usize,
    skipped: usize,
}

/// Prints the report and writes it to a file if requested. Returns whether all files were written.
pub(super) fn give(
    context: &Context,
    options: &Options,
    profile: &Profile,
    catalogue: &Catalogue,
    done: &[Done],
) -> Result<bool, Failure> {
    let mut total = Total {
        skipped: catalogue.skipped.len(),
        ..Total::default()
    };
    for one in done {
        *match one.end {
            End::Cleaned(_) => &mut total.cleaned,
            End::HeldBack(_) => &mut total.held_back,
            End::Failed(_) => &mut total.failed,
        } += 1;
    }
    // Before anything is printed: a standard output that takes no more ends the program.
    let kept = options.report.as_ref().map(|path| {
        let report = whole(options, profile, catalogue, done, &total);
        write(path, &report).map_err(|error| {
            let why = output::plain(&error);
            let what = format!(
                "The report {} could not be written ({why}).",
                path.display()
            );
            failure(what, "The files are cleaned all the same.")
        })
    });
    for skipped in &catalogue.skipped {
        print_skipped(context, skipped);
    }
    for one in done {
        print(context, one, options.values);
    }
    kept.transpose()?;
    let words = total.words();
    context.outcome.replace(words.clone());
    match context.json {
        true => output::object(&total.object()),
        false => output::line(words),
    }
    let problems = catalogue
        .skipped
        .iter()
        .any(|skipped| skipped.reason.is_problem());
    Ok(total.cleaned > 0 && total.failed == 0 && total.held_back == 0 && !problems)
}

impl Total {
    fn words(&self) -> String {
        let count = |number: usize| words::count(number as u64, "file", "files");
        format!(
            "{} cleaned, {} held back, {} failed, {} skipped",
            count(self.cleaned),
            self.held_back,
            self.failed,
            self.skipped
        )
    }

    fn object(&self) -> Value {
        json!({
            "event": "total",
            "cleaned": self.cleaned,
            "held_back": self.held_back,
            "failed": self.failed,
            "skipped": self.skipped,
        })
    }
}

fn print(context: &Context, done: &Done, values: bool) {
    if context.json {
        let mut object = of_file(&done.end, values);
        output::put_path(&mut object, "path", &done.path);
        return output::object(&Value::Object(object));
    }
    let path = done.path.display();
    match &done.end {
        End::Cleaned(cleaned) => {
            for none in &cleaned.not_made {
                let none = words_of(none);
                output::line(format!(
                    "not blackened {path}: {none} is no rectangle on it, which has {LEAST}×{LEAST} pixels at least"
                ));
            }
            if let Some(syntax) = cleaned
                .pixels
                .as_ref()
                .and_then(|pixels| pixels.decoded_from.as_ref())
            {
                output::line(format!(
                    "unpacked {path}: its pixels were packed ({syntax}) and are stored unpacked now"
                ));
            }
        }
        End::HeldBack(risk) => {
            let reason = risk.reason();
            output::line(format!(
                "held back {path}: {reason} Look at it, blacken what it shows with --rectangle, and write it with --yes-burned-in."
            ));
        }
        End::Failed(why) => output::line(format!("failed {path}: {why}")),
    }
}

fn of_file(end: &End, values: bool) -> Map<String, Value> {
    let object = match end {
        End::Cleaned(cleaned) => cleaned_object(cleaned, values),
        End::HeldBack(risk) => json!({ "event": "held_back", "reason": risk.reason() }),
        End::Failed(why) => json!({ "event": "failed", "reason": why }),
    };
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn cleaned_object(cleaned: &Cleaned, values: bool) -> Value {
    let report = &cleaned.report;
    let touched = report.touched.iter().map(|one| touched(one, values));
    let pixels = cleaned.pixels.as_ref().map(|pixels| {
        json!({
            "frames": pixels.frames,
            "pixels": pixels.pixels,
            "decoded_from": pixels.decoded_from,
            "icon_removed": pixels.icon_removed,
            "overlays_removed": pixels.overlays_removed,
        })
    });
    json!({
        "event": "cleaned",
        "output": cleaned.name,
        "size": cleaned.size,
        "sop_class_uid": report.sop_class_uid,
        "sop_instance_uid": report.sop_instance_uid,
        "series_instance_uid": report.series_instance_uid,
        "study_instance_uid": report.study_instance_uid,
        "patient_id": report.patient_id,
        "patient_name": report.patient_name,
        "pixels": pixels,
        "risk": cleaned.risk.map(|risk| risk.reason()),
        "no_rectangles": cleaned.not_made.iter().map(words_of).collect::<Vec<String>>(),
        "touched": touched.collect::<Vec<Value>>(),
    })
}

fn words_of(one: &Rectangle) -> String {
    format!("{},{},{},{}", one.x, one.y, one.width, one.height)
}

fn touched(one: &Touched, values: bool) -> Value {
    let mut object = json!({
        "attribute": one.keyword,
        "path": one.path,
        "vr": one.vr,
        "action": one.action.name(),
        "why": one.why.to_string(),
    });
    if let (true, Some(object)) = (values, object.as_object_mut()) {
        object.insert("before".to_owned(), json!(one.before));
        object.insert("after".to_owned(), json!(one.after));
    }
    object
}

/// The JSON report of all files. Without `--values`, files are identified by number and new name, because the original
/// name may be the patient's.
fn whole(
    options: &Options,
    profile: &Profile,
    catalogue: &Catalogue,
    done: &[Done],
    total: &Total,
) -> Value {
    let of = |(number, one): (usize, &Done)| {
        let mut object = of_file(&one.end, options.values);
        object.insert("file".to_owned(), json!(number));
        if options.values {
            output::put_path(&mut object, "path", &one.path);
        }
        Value::Object(object)
    };
    let skipped = catalogue.skipped.iter().map(|skipped| {
        let reason = words::skip_reason(&skipped.reason);
        match options.values {
            true => output::with_path(json!({ "reason": reason }), &skipped.path),
            false => json!({ "problem": skipped.reason.is_problem() }),
        }
    });
    json!({
        "program": concat!("StudyDrop ", env!("CARGO_PKG_VERSION")),
        "profile": profile.name,
        "rectangles": options.rectangles.len(),
        "values": options.values,
        "total": total.object(),
        "files": (1..).zip(done).map(of).collect::<Vec<Value>>(),
        "skipped": skipped.collect::<Vec<Value>>(),
    })
}

/// Writes the report completely or not at all, readable by its owner only, and never over an existing file.
fn write(path: &Path, report: &Value) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}
