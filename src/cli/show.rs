//! `studydrop show`: prints the attributes of a file, as text or as DICOM JSON.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Context, failure, output, say};
use crate::dicom::attributes::{self, Ending, ReadError};
use crate::message::Failure;

/// Which file.
#[derive(Debug, Args)]
pub struct Options {
    /// A DICOM file.
    file: PathBuf,
}

pub(super) fn run(context: &Context, options: &Options) -> Result<bool, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let shown = if context.json {
        attributes::json(&options.file)
            .map(|(value, ending)| output::write_object(&mut out, &value).map(|()| ending))
    } else {
        attributes::write_text(&options.file, &mut out)
    };
    let written = shown.map_err(|error| refused(options, &error))?;
    let written = written.and_then(|ending| out.flush().map(|()| ending));
    match written.map(|ending| (ending.words(), ending)) {
        Ok((None, _)) => Ok(true),
        Ok((Some(words), ending)) => {
            say(&format!(
                "{} {words} {}",
                options.file.display(),
                remedy(&ending)
            ));
            Ok(false)
        }
        // The reader (`| head`) has ended because it has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(failure(
            format!("The attributes could not be written: {error}."),
            "Make room on the disk, or write elsewhere.",
        )),
    }
}

fn remedy(ending: &Ending) -> &'static str {
    match ending {
        Ending::Damaged { .. } | Ending::Cut(_) => "Copy the file again from where it came from.",
        _ => "",
    }
}

fn refused(options: &Options, error: &ReadError) -> Failure {
    let remedy = match error {
        ReadError::NotDicom => "Name a DICOM file.",
        _ => "Check the path, and that this user may read the file.",
    };
    failure(format!("{}: {error}", options.file.display()), remedy)
}
