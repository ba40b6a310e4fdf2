//! `studydrop deidentify`: de-identifies files on disk, and reports the result of each.

mod files;
mod parts;
mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::profiles::shelf;
use super::scan::collect;
use super::upload::replacement;
use super::{Context, failure, several};
use crate::dicom::catalogue::{Catalogue, SkipReason, Skipped};
use crate::dicom::deidentify::pixels::LEAST;
use crate::dicom::deidentify::profile_store as shelves;
use crate::dicom::deidentify::pseudonyms::Pseudonyms;
use crate::dicom::deidentify::{Blackened, Cleaner, Profile, Rectangle, Replacement, Secret};
use crate::message::Failure;
use crate::{keychain, settings};
use files::Work;

#[derive(Debug, Args)]
pub struct Options {
    /// A file or a folder.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The folder for the cleaned files; none there is overwritten. They are named by their new UIDs.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// A profile's name (see `studydrop profiles`), or a TOML file.
    #[arg(long, default_value = "basic")]
    profile: String,
    /// Replace a value in every file, such as PatientName=Doe^John; may be given several times.
    #[arg(long = "set", value_name = "KEYWORD=VALUE", value_parser = replacement)]
    set: Vec<Replacement>,
    /// The files are of one patient, whatever they say: --set may give all of them one name or ID.
    #[arg(long)]
    one_patient: bool,
    /// A CSV table with the columns original ID, new ID and new name. A patient that is not in it is refused.
    #[arg(long, value_name = "FILE")]
    pseudonyms: Option<PathBuf>,
    /// Give patients that are not in the table a new pseudonym, and write it down there.
    #[arg(long, requires = "pseudonyms")]
    new_pseudonyms: bool,
    /// Blacken this part of every picture, in pixels from its upper left corner; may be given several times.
    #[arg(long = "rectangle", value_name = "X,Y,WIDTH,HEIGHT", value_parser = rectangle)]
    rectangles: Vec<Rectangle>,
    /// Write pictures too that may show whose they are: ultrasound, screenshots, documents, videos and the like.
    #[arg(long)]
    yes_burned_in: bool,
    /// Make UIDs and dates with a key that is forgotten afterwards, and not with this computer's own.
    #[arg(long)]
    fresh: bool,
    /// Put old and new values into the report: it identifies the patients then.
    #[arg(long)]
    values: bool,
    /// Write a report of all files, as JSON; a file that is there is not overwritten.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn rectangle(text: &str) -> Result<Rectangle, String> {
    let numbers: Option<Vec<u32>> = text
        .split(',')
        .map(|part| part.trim().parse().ok())
        .collect();
    match numbers.as_deref() {
        Some([_, _, width, height]) if *width < LEAST || *height < LEAST => Err(format!(
            "a rectangle has {LEAST} by {LEAST} pixels at least"
        )),
        Some([x, y, width, height]) => Ok(Rectangle {
            x: *x,
            y: *y,
            width: *width,
            height: *height,
        }),
        _ => Err("write it as X,Y,WIDTH,HEIGHT, such as 0,0,640,48".to_owned()),
    }
}

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    places(&options)?;
    let profile = Arc::new(profile(&options)?);
    let secret = secret(&options)?;
    let mut cleaner = Cleaner::new(Arc::clone(&profile), secret.clone());
    if let Some(path) = &options.pseudonyms {
        let table = Pseudonyms::open(path, options.new_pseudonyms);
        let table = table.map_err(|error| failure(error, ""))?;
        cleaner = cleaner.with_identities(Arc::new(table));
    }
    let asks = !options.one_patient && options.pseudonyms.is_none();
    if asks && several::name_somebody(&profile.replace) {
        cleaner = cleaner.with_identities(Arc::new(several::OnlyOne::default()));
    }
    let input = std::slice::from_ref(&options.input);
    let mut catalogue = tokio::task::block_in_place(|| collect(&context.quiet(), input));
    let mut paths = paths(&catalogue);
    paths.extend(without_study(&mut catalogue));
    if paths.is_empty() && catalogue.skipped.is_empty() {
        return Err(failure(
            "There are no files.",
            "Name a folder with DICOM files, or a file.",
        ));
    }
    if asks {
        several::refuse(&catalogue, &profile.replace, ONE_PATIENT)?;
    }
    make_folder(&options.output)?;
    parts::sweep(&options.output);
    let work = Arc::new(Work {
        cleaner,
        secret,
        output: options.output.clone(),
        yes: options.yes_burned_in,
        values: options.values,
        stop: AtomicBool::new(false),
    });
    let done = {
        let its = Arc::clone(&work);
        let mut task = tokio::task::spawn_blocking(move || its.all(paths));
        tokio::select! {
            done = &mut task => done,
            _ = tokio::signal::ctrl_c() => {
                // Files in progress are completed; none is left half-written.
                work.stop.store(true, Ordering::Relaxed);
                task.await
            }
        }
    };
    let done = done.map_err(|_| failure("The cleaning ended unexpectedly.", "Try again."))?;
    report::give(context, &options, &profile, &catalogue, &done)
}

const ONE_PATIENT: &str =
    "Name the files of one patient, give each a pseudonym with --pseudonyms, or say --one-patient.";

fn places(options: &Options) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    if real(&options.input).is_some_and(|input| Some(input) == real(&options.output)) {
        return Err(failure(
            "The cleaned files would stand among the originals.",
            "Name another folder for them.",
        ));
    }
    if options.output.is_file() {
        let what = format!("{} is a file.", options.output.display());
        return Err(failure(what, "Name a folder for the cleaned files."));
    }
    match &options.report {
        Some(report) if report.exists() => {
            let what = format!("{} is there already.", report.display());
            Err(failure(what, "Name another file for the report."))
        }
        _ => Ok(()),
    }
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|_| {
        let what = format!("The folder {} could not be made.", folder.display());
        failure(what, "Name one that this user may write to.")
    })
}

/// The profile of this name, or in this TOML file, with additional replaced values.
pub(super) fn profile_named(name: &str, set: &[Replacement]) -> Result<Profile, Failure> {
    let named = Path::new(name);
    let is_file = named
        .extension()
        .is_some_and(|extension| extension == "toml");
    let mut profile = match is_file {
        true => shelves::read(named, name),
        false => shelf()?.load(name),
    }
    .map_err(|error| failure(error, ""))?;
    for value in set {
        profile.set(value.clone());
    }
    Ok(profile)
}

fn profile(options: &Options) -> Result<Profile, Failure> {
    let mut profile = profile_named(&options.profile, &options.set)?;
    if !options.rectangles.is_empty() {
        profile.rectangles.push(Blackened {
            rectangles: options.rectangles.clone(),
            ..Blackened::default()
        });
    }
    Ok(profile)
}

fn secret(options: &Options) -> Result<Secret, Failure> {
    if options.fresh {
        return Ok(Secret::random());
    }
    let data = settings::data_folder().map_err(|error| failure(error, ""))?;
    let key = tokio::task::block_in_place(|| keychain::deidentification_key(&data));
    key.map(Secret::new).map_err(|error| failure(error, ""))
}

/// Files that only an account has no place for: they are cleaned too, and no longer among those that are passed over.
fn without_study(catalogue: &mut Catalogue) -> Vec<PathBuf> {
    let is_one = |reason: &SkipReason| match reason {
        SkipReason::NoUids { missing } => missing != "SOPInstanceUID",
        _ => false,
    };
    let all = std::mem::take(&mut catalogue.skipped);
    let (some, others): (Vec<Skipped>, Vec<Skipped>) =
        all.into_iter().partition(|skipped| is_one(&skipped.reason));
    catalogue.skipped = others;
    some.into_iter().map(|skipped| skipped.path).collect()
}

fn paths(catalogue: &Catalogue) -> Vec<PathBuf> {
    let studies = catalogue
        .patients
        .iter()
        .flat_map(|patient| &patient.studies);
    let images = studies
        .flat_map(|study| &study.series)
        .flat_map(|series| &series.images);
    images.map(|image| image.path.clone()).collect()
}
