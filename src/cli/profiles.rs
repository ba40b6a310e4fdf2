//! `studydrop profiles`: manages de-identification profiles.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, failure, output};
use crate::dicom::deidentify::profile_store::Shelf;
use crate::dicom::deidentify::profiles::built_in;
use crate::message::Failure;
use crate::settings;

#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    action: Option<Action>,
}

/// Nothing lists them.
#[derive(Debug, Subcommand)]
enum Action {
    /// Print a profile as a file.
    Show {
        /// Its name.
        name: String,
    },
    /// Take a profile in from a file.
    Import {
        /// A TOML file.
        file: PathBuf,
    },
    /// Take away a profile of your own.
    Remove {
        /// Its name.
        name: String,
    },
}

/// The folder with the user's own profiles.
pub(super) fn shelf() -> Result<Shelf, Failure> {
    let data = settings::data_folder().map_err(|error| failure(error, ""))?;
    Ok(Shelf::in_folder(data.join("profiles")))
}

pub(super) fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    let shelf = shelf()?;
    match options.action {
        None => list(context, &shelf)?,
        Some(Action::Show { name }) => {
            let profile = shelf.load(&name).map_err(|error| failure(error, ""))?;
            let text = profile.to_toml().map_err(|error| failure(error, ""))?;
            output::lines(text.trim_end());
        }
        Some(Action::Import { file }) => {
            let profile = shelf.import(&file).map_err(|error| failure(error, ""))?;
            match context.json {
                true => output::object(&json!({ "event": "imported", "name": profile.name })),
                false => output::line(format!("{} is there now.", profile.name)),
            }
        }
        Some(Action::Remove { name }) => {
            shelf.remove(&name).map_err(|error| failure(error, ""))?;
        }
    }
    Ok(true)
}

fn list(context: &Context, shelf: &Shelf) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for profile in built_in() {
        rows.push((profile.name, profile.description, false));
    }
    for name in shelf.names().map_err(|error| failure(error, ""))? {
        let description = match shelf.load(&name) {
            Ok(profile) => profile.description,
            Err(error) => error.to_string(),
        };
        rows.push((name, description, true));
    }
    if context.json {
        for (name, description, own) in rows {
            output::object(&json!({
                "event": "profile", "name": name, "description": description, "own": own,
            }));
        }
        return Ok(());
    }
    let rows = rows
        .into_iter()
        .map(|(name, description, _)| vec![name, description]);
    output::table(&rows.collect::<Vec<_>>());
    Ok(())
}
